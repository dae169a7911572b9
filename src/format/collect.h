/* format/collect.h: an outlet that keeps what it is given, for the tests and fuzzers of readers. */
#ifndef HOLDFAST_FORMAT_COLLECT_H
#define HOLDFAST_FORMAT_COLLECT_H

#include "base/buf.h"
#include "format/unpack.h"

#define COLLECT_MAX 64		/* entries that are kept; more are counted */

struct collect_entry {
	char name[64];
	enum outlet_what what;
	struct buf content;
};

struct collect {
	struct outlet outlet;
	struct collect_entry entries[COLLECT_MAX];
	size_t count;
	bool begun;		/* an entry is being filled */
	struct outlet_member members[COLLECT_MAX];	/* what was told; names are not kept */
	size_t member_count;
	unsigned troubles[TROUBLES];
	uint64_t bytes, bytes_max;	/* beyond these it says that it is enough */
	uint64_t steps_left;
};

/* At most ${bytes_max} bytes in all, and as many steps. */
void collect_init(struct collect *c, uint64_t bytes_max);
void collect_fini(struct collect *c);

/* How many things could not be had, for whatever reason. */
unsigned collect_troubles(const struct collect *c);

/* The first entry whose content is ${content}, or NULL. */
const struct collect_entry *collect_find(const struct collect *c, struct bytes content);

/* Put a copy of ${object} that ends with its heap through the reader of ${kind}. */
enum err collect_unpack(struct collect *c, enum kind kind, struct bytes object);

#endif
