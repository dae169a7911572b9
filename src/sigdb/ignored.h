/* sigdb/ignored.h: the names of signatures that a source says to leave out (.ign, .ign2).
 * Owns the names. */
#ifndef HOLDFAST_SIGDB_IGNORED_H
#define HOLDFAST_SIGDB_IGNORED_H

#include "base/buf.h"

struct ignored {
	struct buf names;	/* one behind the other, each with its NUL */
	uint32_t *slots;	/* where a name begins, and 1; a power of two of them */
	size_t slot_count, count;
};

void ignored_init(struct ignored *i);
void ignored_fini(struct ignored *i);

/* ERR_NOMEM, ERR_LIMIT. */
enum err ignored_add(struct ignored *i, const char *name);
bool ignored_has(const struct ignored *i, const char *name);

#endif
