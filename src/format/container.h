/* format/container.h: containers of every format: bytes in, entries out.
 * Owns the choice of a reader by content, never by name. Detects nothing, keeps no limits but those
 * of the libraries beneath, touches no file system: who reads decides how much to read.
 *
 *	kind_find(&object, &kinds)
 *	container_open(&object, kind, CONTAINER_ONE_LAYER, &c)
 *	while (container_next(c, &entry) == ERR_NONE)
 *		while (container_read(c, &part) == ERR_NONE && part.n > 0)
 *			...
 */
#ifndef HOLDFAST_FORMAT_CONTAINER_H
#define HOLDFAST_FORMAT_CONTAINER_H

#include "format/kind.h"
#include "format/outlet.h"

struct container;	/* being read; of one thread */

/* With the NUL; longer names lose their middle. */
#define CONTAINER_NAME_SIZE 256

enum container_depth {
	/* A compressed file yields what was compressed, as one entry: a .tar.gz yields a tar. */
	CONTAINER_ONE_LAYER = 0,
	/* A compressed archive yields the archive's entries, however large it is. ERR_NOT_FOUND
	 * from container_open when there is no archive inside the compression. */
	CONTAINER_THROUGH,
};

struct container_entry {
	char name[CONTAINER_NAME_SIZE];	/* fit to be shown; not a path to use */
	bool encrypted;			/* its content needs a password: container_read will fail */
	uint64_t packed, size;		/* as struct outlet_member has them, from what the container says */
	uint64_t position;
};

/* Call once, before any sandbox is entered: sets the character type of the locale, so that names in
 * other encodings can be converted. */
void container_prepare(void);

/* Called with ${ctx} for each header and whenever input is read; returns false to end it all. A
 * hostile archive can keep its reader busy for long without ever yielding an entry. */
typedef bool container_step_fn(void *ctx);

struct container_hook {
	container_step_fn *step;
	void *ctx;
};

/* Open ${object} (borrowed until container_close, with what stands behind it) as ${kind}.
 * ERR_NOT_FOUND: it is none, after all. Damage is told by the first container_next.
 * ERR_CLOSED: the hook ended it. ERR_IO: the object cannot be read. ERR_NOMEM. */
enum err container_open(const struct source *object, enum kind kind, enum container_depth depth,
    struct container_hook hook, struct container **out);

/* Go to the next file inside. What says that it has no content (folders, links, empty files) is
 * passed over, at the cost of a step each. ERR_NOT_FOUND: there are no more. ERR_MALFORMED:
 * nothing more can be read; container_trouble says why. ERR_CLOSED: the hook ended it. */
enum err container_next(struct container *c, struct container_entry *out);

/* Read on in this entry: *out is borrowed until the next call with ${c}, and empty at the
 * entry's end. ERR_MALFORMED: the rest of this entry cannot be read (container_trouble says
 * why), but container_next may go on. ERR_CLOSED. */
enum err container_read(struct container *c, struct bytes *out);

/* Why the last call failed. */
enum trouble container_trouble(const struct container *c);

/* How far its bytes were taken: once container_next has come to the end, what lies behind is none of its
 * entries'. Where it goes back and forth it may be less. */
uint64_t container_end(const struct container *c);

/* NULL is fine. */
void container_close(struct container *c);

#endif
