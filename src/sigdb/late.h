/* sigdb/late.h: what is decided last: byte comparisons, regular expressions, and the expression over all
 * counts. Owns a copy of the object in memory, made when the first regular expression needs it. */
#ifndef HOLDFAST_SIGDB_LATE_H
#define HOLDFAST_SIGDB_LATE_H

#include "base/buf.h"
#include "sigdb/awake.h"

struct late {
	const struct evaluated *object;
	uint8_t *copy;
	struct bytes text;	/* all of the object, once it is needed */
};

void late_fini(struct late *late);

/* Does the signature match, given what was found of its bodies? ERR_LIMIT: a regular expression costs too
 * much, or the object is too large for one. ERR_NOMEM, ERR_IO, ERR_TRUNCATED, ERR_MALFORMED. */
enum err late_decide(struct late *late, struct awake *a, bool *holds);

#endif
