/* verdict/message.h: what a worker and the pool that started it say to each other.
 * Owns the form of each message; who may say what when is in pool/ and prog/worker/.
 *
 *	pool	SETUP			what the worker is for; once, first
 *	worker	READY or FAULT		the database is loaded and the sandbox closed, or why not
 *	pool	OBJECT + descriptors	one or several; several messages may be under way
 *	worker	VERDICT			one or several, in the order of the objects
 */
#ifndef HOLDFAST_VERDICT_MESSAGE_H
#define HOLDFAST_VERDICT_MESSAGE_H

#include "verdict/scan_limits.h"
#include "verdict/verdict.h"

enum message_kind {
	MESSAGE_NONE = 0,
	MESSAGE_SETUP,
	MESSAGE_OBJECT,
	MESSAGE_READY,
	MESSAGE_FAULT,
	MESSAGE_VERDICT,
	MESSAGE_KINDS
};

struct message_setup {
	bool all;	/* name every signature that matches */
	bool verify;	/* read the whole database and test its digest first */
	struct scan_limits limits;
};

/* Objects in one message, each with a descriptor: enough that passing them costs little beside
 * scanning them. */
#define MESSAGE_OBJECTS_MAX 16

struct message_object {
	uint64_t tag;
	uint64_t size;	/* of the file, so that the worker needs no fstat(2) */
};

struct message_ready {
	uint32_t layers;	/* enum sandbox_layer, as many as are in force */
	uint64_t signatures;
	uint64_t generation;
	int64_t built;
};

/* Takes the first byte. MESSAGE_NONE when it is none of the kinds. */
enum message_kind message_kind(struct reader *r);

/* Each writes a whole message, its kind first; the error sticks in ${out}. */
void message_write_setup(const struct message_setup *m, struct buf *out);
void message_write_objects(const struct message_object *m, size_t count, struct buf *out);
void message_write_ready(const struct message_ready *m, struct buf *out);
void message_write_fault(const struct fault *f, struct buf *out);

/* Begin a message with a verdict, or add one to what ${out} holds already. */
void message_write_verdict(uint64_t tag, const struct verdict *v, struct buf *out);

/* Each reads what stands behind the kind, to the message's end. ERR_MALFORMED; the output changes
 * only on success. */
enum err message_read_setup(struct reader *r, struct message_setup *out);
enum err message_read_objects(struct reader *r, struct message_object out[static MESSAGE_OBJECTS_MAX],
    size_t *count);
enum err message_read_ready(struct reader *r, struct message_ready *out);

/* A fault whose sentence is not plain text, or whose number is none of ours, is malformed. */
enum err message_read_fault(struct reader *r, struct fault *out);

/* Takes the next of the verdicts; they end when the reader is done. On success the caller calls
 * verdict_fini(out). ERR_MALFORMED, ERR_NOMEM. */
enum err message_take_verdict(struct reader *r, uint64_t *tag, struct verdict *out);

#endif
