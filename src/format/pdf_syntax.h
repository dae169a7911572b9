/* format/pdf_syntax.h: the values of PDF as bytes: dictionaries, arrays, strings, names, numbers.
 * Follows ISO 32000-1, 7.2 and 7.3, leniently. For this folder only. */
#ifndef HOLDFAST_FORMAT_PDF_SYNTAX_H
#define HOLDFAST_FORMAT_PDF_SYNTAX_H

#include "base/buf.h"

/* The next value of *in as it is written, without the blanks and comments before it; a reference such
 * as "12 0 R" is one. Empty at the end, and at a bracket that closes nothing. */
struct bytes pdf_take_value(struct bytes *in);

/* The value of ${key} (without its slash) in a dictionary "<<...>>", or none. */
struct bytes pdf_get(struct bytes dictionary, const char *key);

/* The values within an array; a value that is none stands for itself. */
struct bytes pdf_items(struct bytes value);

/* Whether ${value} is the name ${name}; #xx is undone. */
bool pdf_is_name(struct bytes value, const char *name);

/* The number, or ${otherwise}. */
int64_t pdf_number(struct bytes value, int64_t otherwise);

/* "12 0 R": the number of the object. False: no reference. */
bool pdf_reference(struct bytes value, uint32_t *number);

/* What a string "(...)" or "<...>" says. */
void pdf_string(struct bytes value, struct buf *out);

/* Whatever is behind blanks and comments. */
struct bytes pdf_skip_blanks(struct bytes in);

#endif
