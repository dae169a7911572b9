/* codec/template.h: pages as text with places for values: a part of Mustache's syntax (mustache.5) over a json_t.
 *
 *	{{name}} {{a.b}} {{.}}	the value, escaped for HTML; a text or a whole number, nothing when there is none
 *	{{#name}} … {{/name}}	once for each element of a list, which {{.}} and its members are then; once for any
 *				other value that is something; not at all for null, false, 0, "", an empty list, none
 *	{{^name}} … {{/name}}	just when {{#name}} would not
 *	{{> name}}		another template, with the same values
 *	{{! words }}		nothing
 *
 * A name is looked for in the innermost section's value first, then outwards. A line with nothing but one such tag
 * (but a value's) leaves no line. There is neither "{{{" nor "{{&": text that is HTML already has a type of its own,
 * which only code can make. A value may stand between tags and in quoted attributes, and nowhere else: where escaping
 * would not help, the template is refused.
 *
 * Owns the form; no files, no clock. What it reads is ours, what it writes into it may be anybody's. */
#ifndef HOLDFAST_CODEC_TEMPLATE_H
#define HOLDFAST_CODEC_TEMPLATE_H

#include <jansson.h>

#include "base/buf.h"
#include "base/err.h"

#define TEMPLATE_NAME_SIZE 64
#define TEMPLATE_BYTES_MAX 65536 /* of one: a page that a person wrote is far smaller */
#define TEMPLATE_SECTIONS_MAX 16 /* within each other, in one template */
#define TEMPLATE_PARTIALS_MAX 8	 /* within each other */

struct template_set;

/* Free with template_set_free. ERR_NOMEM. */
enum err template_set_new(struct template_set **out);
void template_set_free(struct template_set *s);

/* Add the template ${name}, such as "portal/devices". ERR_MALFORMED: it has an error, which is said with its line;
 * ERR_EXISTS, ERR_LIMIT, ERR_NOMEM. */
enum err template_set_add(struct template_set *s, const char *name, struct bytes text, struct fault *why);

/* Behind the last one: ERR_MALFORMED when one includes another that is not there, or, in the end, itself. */
enum err template_set_finish(struct template_set *s, struct fault *why);

/* The texts of one page that are HTML already: safe output of ours. All zero is none. */
struct template_markup {
	json_t *texts;
};

/* Such a text as a value: the caller releases it (or gives it to a json_t); NULL: memory is short. It is HTML between
 * tags alone; in an attribute it is text like any other. */
json_t *template_markup_add(struct template_markup *m, struct bytes html);
void template_markup_fini(struct template_markup *m);

/* Append the template with its values; ${markup} may be NULL. ERR_NOT_FOUND: there is no such template; ERR_LIMIT,
 * ERR_NOMEM: what ${out} says. */
enum err template_render(const struct template_set *s, const char *name, const json_t *values,
    const struct template_markup *markup, struct buf *out);

#endif
