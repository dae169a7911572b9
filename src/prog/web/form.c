/* prog/web/form.c: see form.h. */
#include "prog/web/form.h"

#include <stdio.h>

#include "base/text.h"
#include "base/timestamp.h"
#include "codec/encode.h"

/* An error's sentence: a label and what is wrong. */
enum { SENTENCE_SIZE = 200 };

static void
open_with(struct form *f, struct bytes body)
{
	*f = (struct form){ body, "", json_array(), json_object(), json_object(), true };
	if (f->errors == NULL || f->wrong == NULL || f->values == NULL)
		f->good = false;
}

void
form_open(struct form *f, struct call *c)
{
	open_with(f, http_request_body(c->request));
}

void
form_open_query(struct form *f, struct call *c)
{
	open_with(f, http_request_query(c->request));
}

void
form_close(struct form *f)
{
	json_decref(f->errors);
	json_decref(f->wrong);
	json_decref(f->values);
}

void
form_wrong(struct form *f, const char *name, const char *text)
{
	f->good = false;
	json_object_set_new(f->wrong, name, json_true());
	json_array_append_new(f->errors, json_pack("{s:o, s:s}", "field", json_sprintf("%s%s", f->prefix, name), "text", text));
}

static void
wrong(struct form *f, const char *name, const char *label, const char *what)
{
	char sentence[SENTENCE_SIZE];

	snprintf(sentence, sizeof sentence, "%s %s", label, what);
	form_wrong(f, name, sentence);
}

bool
form_lines_are_plain(char *text)
{
	bool plain = true;

	while (plain && *text != '\0') {
		size_t n = strcspn(text, "\r\n\t");
		char end = text[n];

		text[n] = '\0';
		plain = text_is_plain(text);
		text[n] = end;
		text += n + (end != '\0');
	}
	return plain;
}

/* What is wrong with what was sent; NULL: nothing. */
static const char *
find_fault(struct form *f, const char *name, char *out, size_t size, enum form_need need)
{
	switch (decode_form_field(f->body, name, out, size)) {
	case ERR_NONE:
		break;
	case ERR_NOT_FOUND:
		out[0] = '\0';
		break;
	case ERR_LIMIT:
		out[0] = '\0';
		return "is too long.";
	default:
		out[0] = '\0';
		return "cannot be read, or was sent twice.";
	}
	if ((need == FORM_LINES || need == FORM_SECRET) ? !form_lines_are_plain(out) : !text_is_plain(out))
		return "has letters that cannot be used.";
	if ((need == FORM_NEEDED || need == FORM_SECRET) && out[0] == '\0')
		return "is missing.";
	return NULL;
}

void
form_text(struct form *f, const char *name, const char *label, char *out, size_t size, enum form_need need)
{
	const char *fault = find_fault(f, name, out, size, need);
	json_t *value = need == FORM_SECRET || out[0] == '\0' ? NULL : json_string(out);

	if (value != NULL)
		json_object_set_new(f->values, name, value);
	if (fault == NULL)
		return;
	if (need == FORM_NEEDED || need == FORM_OPTIONAL)
		out[0] = '\0';
	wrong(f, name, label, fault);
}

void
form_whole(struct form *f, const char *name, const char *label, struct form_range range, int64_t *out,
    enum form_need need)
{
	char text[24], what[80];
	uint64_t n;

	form_text(f, name, label, text, sizeof text, need);
	if (text[0] == '\0')
		return;
	if (text_to_u64(bytes_of_text(text), (uint64_t)range.most, &n) == ERR_NONE && (int64_t)n >= range.least) {
		*out = (int64_t)n;
		return;
	}
	snprintf(what, sizeof what, "is a number from %lld to %lld.", (long long)range.least, (long long)range.most);
	wrong(f, name, label, what);
}

void
form_day(struct form *f, const char *name, const char *label, int64_t *out, enum form_need need)
{
	char day[16], whole[TIMESTAMP_SIZE + 16];
	int64_t t;

	*out = 0;
	form_text(f, name, label, day, sizeof day, need);
	if (day[0] == '\0')
		return;
	snprintf(whole, sizeof whole, "%sT00:00:00Z", day);
	if (timestamp_read(whole, &t) == ERR_NONE && t > 0)
		*out = t;
	else
		wrong(f, name, label, "is a day such as 2027-01-31.");
}

bool
form_ticked(struct form *f, const char *name)
{
	char text[16];

	form_text(f, name, "A box", text, sizeof text, FORM_OPTIONAL);
	return text[0] != '\0';
}

void
form_show(struct form *f, struct page *p)
{
	page_put(p, "has_errors", json_boolean(json_array_size(f->errors) > 0));
	page_put(p, "errors", json_incref(f->errors));
	page_put(p, "wrong", json_incref(f->wrong));
	page_put(p, "sent", json_incref(f->values));
}
