/* codec/json.h: JSON (RFC 8259) read strictly, over jansson.
 * Owns the rules for JSON from outside: valid UTF-8, no repeated names, bounded depth, one value and
 * nothing behind it; an object holds what its table of fields says and no more. */
#ifndef HOLDFAST_CODEC_JSON_H
#define HOLDFAST_CODEC_JSON_H

#include <jansson.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"

/* Parse one value; the caller releases *out with json_decref. ERR_MALFORMED with line and column,
 * ERR_LIMIT when it nests deeper than JSON_DEPTH_MAX, ERR_NOMEM. */
#define JSON_DEPTH_MAX 32 /* our deepest document has 6; recursion in readers is bounded by this */
enum err json_parse(struct bytes text, json_t **out, struct fault *why);

enum json_kind {
	JSON_KIND_NONE = 0,
	JSON_KIND_TEXT,		/* into char[size]; plain text only (see text_is_plain) */
	JSON_KIND_WHOLE,	/* into int64_t; between least and most */
	JSON_KIND_BOOL,		/* into bool */
	JSON_KIND_VALUE		/* into json_t *, borrowed, of any type */
};

/* One field that an object may hold. Absent optional fields leave ${out} alone. */
struct json_field {
	const char *name;
	enum json_kind kind;
	bool required;
	void *out;
	size_t size;		/* of a text's room, NUL included */
	int64_t least, most;	/* of a whole number */
};

/* Read ${object} into the fields' places. A field that is missing, unknown, of the wrong type, too
 * long or out of range: ERR_MALFORMED, naming it; places may then be partly written. */
enum err json_read_object(const json_t *object, const struct json_field *fields, size_t count,
    struct fault *why);

/* Append as compact JSON, keys in the order of their insertion. ERR_NOMEM, ERR_LIMIT. */
enum err json_write(const json_t *value, struct buf *out);

/* Append in the canonical form of The Update Framework (OLPC): keys sorted by their bytes, no
 * spaces, only '"' and '\' escaped. ERR_UNSUPPORTED: a number with a fraction. */
enum err json_write_canonical(const json_t *value, struct buf *out);

#endif
