/* prog/web/form.h: what a person sent with a form, read field by field, and what is to be mended. A field that is
 * missing, too long, there twice, broken or not plain text is an error beside that field, never a value cut short.
 *
 *	form_open(&f, c);
 *	form_text(&f, "name", "A name", name, sizeof name, FORM_NEEDED);
 *	if (f.good) …
 *	else { form_show(&f, &page); page_answer(&page, 422, …); }
 *	form_close(&f);
 */
#ifndef HOLDFAST_PROG_WEB_FORM_H
#define HOLDFAST_PROG_WEB_FORM_H

#include <jansson.h>

#include "prog/web/page.h"
#include "prog/web/web.h"

struct form {
	struct bytes body;
	const char *prefix;	/* before a field's name that is its id on the page; "" unless set */
	json_t *errors;		/* a list of {field, text}, as the template "errors" shows it */
	json_t *wrong;		/* by the fields' names: there is such an error */
	json_t *values;		/* what was sent, to be shown again */
	bool good;		/* nothing is to be mended so far */
};

enum form_need {
	FORM_OPTIONAL = 0,	/* "" when it is missing */
	FORM_NEEDED,
	FORM_SECRET,		/* needed, and not shown again */
	FORM_LINES		/* optional; may have line ends */
};

/* Of the request's body, and of its query. */
void form_open(struct form *f, struct call *c);
void form_open_query(struct form *f, struct call *c);
void form_close(struct form *f);

/* ${label} begins a sentence, such as "The reason". ${out} is a text in any case. */
void form_text(struct form *f, const char *name, const char *label, char *out, size_t size, enum form_need need);

/* A whole number; ${out} stays as it is when the field is missing or empty and not needed. */
struct form_range {
	int64_t least, most;
};
void form_whole(struct form *f, const char *name, const char *label, struct form_range range, int64_t *out,
    enum form_need need);

/* A day as browsers send it, "2027-01-31": its begin, in UTC. 0 when it is empty. */
void form_day(struct form *f, const char *name, const char *label, int64_t *out, enum form_need need);

/* Whether a box is ticked. */
bool form_ticked(struct form *f, const char *name);

/* Whether what was typed into a field of several lines is plain but for line ends and tabs. Writes in ${text} while it
 * looks, and leaves it as it was. */
bool form_lines_are_plain(char *text);

/* The field is not as it must be; ${text} is a whole sentence. */
void form_wrong(struct form *f, const char *name, const char *text);

/* Give the page "errors", "has_errors", "wrong", and "sent": what was sent, by the fields' names. */
void form_show(struct form *f, struct page *p);

#endif
