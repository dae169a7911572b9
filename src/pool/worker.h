/* pool/worker.h: one worker process as the pool sees it.
 * Owns the process, its channel, and the objects that it holds. Judges every message; what to
 * do about a worker that is gone is the pool's business. */
#ifndef HOLDFAST_POOL_WORKER_H
#define HOLDFAST_POOL_WORKER_H

#include <sys/types.h>

#include "pool/limits.h"
#include "verdict/message.h"

/* One to be scanned. Whoever holds the struct owns the descriptor. */
struct object {
	uint64_t tag;
	uint64_t size;
	int fd;
};

enum worker_state {
	WORKER_NONE = 0,	/* no process */
	WORKER_STARTING,	/* has not said READY */
	WORKER_READY
};

struct worker {
	enum worker_state state;
	pid_t pid;
	int channel;		/* ours; does not block */
	bool leaving;		/* gets no more objects */
	int64_t born, deadline;	/* on the boot clock, in ms; the deadline is for what it does now */
	uint64_t served;
	/* How many objects it is done with, by its own word: verdicts come in batches. A page that
	 * both sides map; what stands there is only a hint. */
	const volatile uint32_t *progress;
	struct object held[POOL_PIPELINE];	/* in the order in which it scans them */
	size_t held_count;
};

/* Start ${path}, to become ${uid} when started as root, with the database, and send the setup. */
enum err worker_start(struct worker *w, const char *path, uid_t uid, int database,
    const struct message_setup *setup, struct fault *why);

/* Hand it objects, whose descriptors are then its own. ${time_ms} is what a scan may take.
 * On an error the objects stay the caller's, and the worker is to be stopped. */
enum err worker_send(struct worker *w, const struct object *objects, size_t count,
    int64_t time_ms);

/* Which of held[] it is at, as far as it says so. */
size_t worker_at(const struct worker *w);

/* What one message was. */
enum worker_said {
	WORKER_SAID_NOTHING = 0,	/* none is there */
	WORKER_SAID_READY,		/* *ready is filled */
	WORKER_SAID_VERDICT,		/* on what was held first; the verdicts are the caller's */
	WORKER_SAID_FAULT,		/* it could not start; *why has its sentence */
	WORKER_SAID_GONE,		/* the channel is closed */
	WORKER_SAID_NONSENSE		/* anything else: captured or broken, it must be stopped */
};

struct worker_message {
	struct message_ready ready;
	struct verdict verdicts[POOL_PIPELINE];
	uint64_t tags[POOL_PIPELINE];
	size_t count;
};

/* Take one message, if there is one. ${room} has CHANNEL_MESSAGE_MAX bytes. */
enum worker_said worker_hear(struct worker *w, int64_t time_ms, uint8_t *room,
    struct worker_message *out, struct fault *why);

/* True when what it does now takes too long. */
bool worker_is_late(const struct worker *w, int64_t now);

/* Kill it, wait for it, and say how it ended in ${end} (may be NULL). The objects that it held stay
 * in held[]; the caller takes them out. */
void worker_stop(struct worker *w, char *end, size_t end_size);

#endif
