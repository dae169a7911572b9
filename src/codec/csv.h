/* codec/csv.h: comma-separated values (RFC 4180), in both directions. Lines end in CRLF or LF, a byte order mark in
 * front is skipped, blank lines are too. Knows no columns. */
#ifndef HOLDFAST_CODEC_CSV_H
#define HOLDFAST_CODEC_CSV_H

#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"

#define CSV_FIELDS_MAX 32	/* columns of our widest table, with room */
#define CSV_RECORD_MAX 4096	/* bytes of a record's texts; our longest column has a few hundred */

/* A text being read; ${rest} is borrowed. Set up with csv_over. */
struct csv {
	struct bytes rest;
	size_t line;		/* of the next record, from 1 */
};
struct csv csv_over(struct bytes text);

struct csv_record {
	size_t line;		/* where it begins */
	size_t count;
	const char *fields[CSV_FIELDS_MAX]; /* in ${room} */
	char room[CSV_RECORD_MAX];
};

/* The next record. ERR_NOT_FOUND: that was all. ERR_MALFORMED (a quote where none may be, one that does not end, a
 * NUL) and ERR_LIMIT, both with the line; the text cannot be read on then. */
enum err csv_take(struct csv *c, struct csv_record *out, struct fault *why);

/* Append a field, with a comma in front unless it is the first, in quotes where it needs them. */
void csv_put(struct buf *out, bool first, const char *text);
/* End the record. */
void csv_end(struct buf *out);

#endif
