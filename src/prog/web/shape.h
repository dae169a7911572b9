/* prog/web/shape.h: JSON objects as tables of fields over structs. Bodies and queries are read by them, answers
 * are written by them, and /openapi.json describes them: so what it says is what is done. */
#ifndef HOLDFAST_PROG_WEB_SHAPE_H
#define HOLDFAST_PROG_WEB_SHAPE_H

#include <jansson.h>
#include <stddef.h>

#include "base/err.h"
#include "base/bytes.h"

enum field_kind {
	FIELD_NONE = 0,
	FIELD_TEXT,		/* char[size], plain text */
	FIELD_WHOLE,		/* int64_t, from least to most */
	FIELD_BOOL,		/* bool */
	FIELD_TIME,		/* int64_t; as "2027-01-31T00:00:00Z", and 0 as null */
	FIELD_CHOICE,		/* an enum; as its value's name */
	FIELD_OBJECT,		/* a struct within, of the shape ${of} */
	FIELD_LIST,		/* json_t *, an array of objects of the shape ${of}, or of texts without one */
	FIELD_ANY		/* json_t *, of any form */
};

/* json_t * is borrowed when read (it lasts as long as the call), and given away when written. */

enum field_flag {
	FIELD_REQUIRED = 1,	/* must be there when read */
	FIELD_FILLED = 2,	/* may not be empty when read */
	FIELD_NULLABLE = 4,	/* when read: null, which is written as 0 or "" */
	FIELD_SPARSE = 8	/* when written: left out when empty, 0 or NULL */
};

struct shape;

struct field {
	const char *name;
	enum field_kind kind;
	unsigned flags;
	size_t offset, size;
	int64_t least, most;
	const char *(*choice)(int value); /* the name of a value */
	uint64_t choices;	/* bit N: the value N is one */
	const struct shape *of;
	const char *about;	/* a sentence for those who call */
};

struct shape {
	const char *name;
	const struct field *fields;
	size_t count;
	size_t size;		/* of the struct */
};

#define SHAPE_FIELDS_MAX 32

/* A row for the member ${m} of struct ${s}. */
#define SHAPE_FIELD(s, m, n, k)                                                             \
	.name = n, .kind = k, .offset = offsetof(struct s, m), .size = sizeof(((struct s *)0)->m)
#define SHAPE_TEXT(s, m, n) SHAPE_FIELD(s, m, n, FIELD_TEXT)
#define SHAPE_WHOLE(s, m, n, from, to) SHAPE_FIELD(s, m, n, FIELD_WHOLE), .least = from, .most = to
#define SHAPE_BOOL(s, m, n) SHAPE_FIELD(s, m, n, FIELD_BOOL)
#define SHAPE_TIME(s, m, n) SHAPE_FIELD(s, m, n, FIELD_TIME)
#define SHAPE_CHOICE(s, m, n, fn, mask)                                                     \
	SHAPE_FIELD(s, m, n, FIELD_CHOICE), .choice = fn, .choices = mask
#define SHAPE_OBJECT(s, m, n, shape) SHAPE_FIELD(s, m, n, FIELD_OBJECT), .of = shape
#define SHAPE_LIST(s, m, n, shape) SHAPE_FIELD(s, m, n, FIELD_LIST), .of = shape
#define SHAPE_ANY(s, m, n) SHAPE_FIELD(s, m, n, FIELD_ANY)

/* The shape NAME_shape of struct ${s}, over the rows in NAME_fields. */
#define SHAPE(var, s, title)                                                                \
	static const struct shape var##_shape = { title, var##_fields,                       \
		sizeof var##_fields / sizeof var##_fields[0], sizeof(struct s) }

/* Read ${object} into ${out}; what is optional and absent stays as it was. ERR_MALFORMED with a sentence that
 * names the field; ${out} may then be partly written. */
enum err shape_read(const struct shape *shape, const json_t *object, void *out, struct fault *why);

/* The same from a query or form (a=1&b=2), for fields that are one value. */
enum err shape_read_query(const struct shape *shape, struct bytes query, void *out, struct fault *why);

/* A new object of ${from}; NULL when memory is short. What FIELD_LIST and FIELD_ANY hold is given away. */
json_t *shape_write(const struct shape *shape, const void *from);

/* The JSON Schema of the shape, with references to those within: as it is read, or as it is written. */
json_t *shape_schema(const struct shape *shape, bool written);
/* The schema of one field. */
json_t *shape_field_schema(const struct field *f, bool written);

#endif
