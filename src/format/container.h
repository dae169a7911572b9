/* format/container.h: containers of every format: bytes in, entries out.
 * Owns the choice of a reader by content, never by name. Detects nothing, keeps no limits but those
 * of the libraries beneath, touches no file system: who reads decides how much to read.
 *
 *	container_open(&object, CONTAINER_ONE_LAYER, &c)
 *	while (container_next(c, &entry) == ERR_NONE)
 *		while (container_read(c, room, sizeof room, &got) == ERR_NONE && got > 0)
 *			...
 */
#ifndef HOLDFAST_FORMAT_CONTAINER_H
#define HOLDFAST_FORMAT_CONTAINER_H

#include "base/source.h"

struct container;	/* being read; of one thread */

/* With the NUL; longer names lose their middle. */
#define CONTAINER_NAME_SIZE 256

enum container_depth {
	/* A compressed file yields what was compressed, as one entry: a .tar.gz yields a tar. */
	CONTAINER_ONE_LAYER = 0,
	/* A compressed archive yields the archive's entries, however large it is. ERR_NOT_FOUND from
	 * container_open when there is no archive inside the compression. */
	CONTAINER_THROUGH,
};

struct container_entry {
	char name[CONTAINER_NAME_SIZE];	/* fit to be shown; what the archive says, not a path to use */
	bool encrypted;			/* its content needs a password: container_read will fail */
};

/* What lies behind the last error of container_next or container_read. */
enum container_trouble {
	CONTAINER_TROUBLE_NONE = 0,
	CONTAINER_TROUBLE_DAMAGED,
	CONTAINER_TROUBLE_ENCRYPTED,
	CONTAINER_TROUBLE_UNSUPPORTED,	/* a method that we do not undo */
	CONTAINER_TROUBLE_MEMORY,	/* needs more than there is */
	CONTAINER_TROUBLE_UNREADABLE,	/* the object itself could not be read */
};

/* Call once, before any sandbox is entered: sets the character type of the locale, so that names in
 * other encodings can be converted. */
void container_prepare(void);

/* Look at ${object} (borrowed until container_close, with what stands behind it) and open it.
 * ERR_NOT_FOUND: it is no container that we know, which is the ordinary case. ERR_NOMEM. */
enum err container_open(const struct source *object, enum container_depth depth,
    struct container **out);

/* Go to the next file inside. Folders, links and devices are passed over, but each costs a call to
 * the hook of container_on_step. ERR_NOT_FOUND: there are no more. ERR_MALFORMED: nothing
 * more can be read; container_trouble says why. ERR_CLOSED: the hook said stop. ERR_NOMEM. */
enum err container_next(struct container *c, struct container_entry *out);

/* Read on in this entry: *got is 0 at its end. ERR_MALFORMED: the rest of this entry cannot be read
 * (container_trouble says why), but container_next may go on. ERR_CLOSED, ERR_NOMEM. */
enum err container_read(struct container *c, uint8_t *to, size_t room, size_t *got);

/* Why the last call failed. */
enum container_trouble container_trouble(const struct container *c);

/* True when the container is (also) a stream of one compressed thing, so that CONTAINER_THROUGH
 * makes a difference. */
bool container_is_compression(const struct container *c);

/* ${step} is called with ${ctx} for each header and whenever input is read, and returns false to
 * end it all: a hostile archive can keep its reader busy without ever yielding an entry. */
typedef bool container_step_fn(void *ctx);
void container_on_step(struct container *c, container_step_fn *step, void *ctx);

void container_close(struct container *c);

#endif
