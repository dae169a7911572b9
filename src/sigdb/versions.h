/* sigdb/versions.h: where the keys of a PE program's version information begin ("ProductName" and the
 * like): the places of signatures whose offset is VI. Follows Microsoft's "VS_VERSIONINFO" and its tree of
 * resources. Owns no memory; nothing in the object is trusted beyond what the view lets through. */
#ifndef HOLDFAST_SIGDB_VERSIONS_H
#define HOLDFAST_SIGDB_VERSIONS_H

#include "sigdb/program.h"

/* Version information that is read, as ClamAV does; and keys: a program has a dozen in each language. */
enum { VERSIONS_MAX = 16, VERSION_KEYS_MAX = 1024 };

struct versions {
	bool read;	/* for the object at hand */
	uint32_t count;
	uint64_t keys[VERSION_KEYS_MAX];	/* bytes of the file */
};

/* Fill ${out}; none when the program has no version information, or where it is damaged. */
void versions_read(struct view *v, const struct program *p, struct versions *out);

/* Does a key begin at ${at}? */
bool versions_has(const struct versions *versions, uint64_t at);

#endif
