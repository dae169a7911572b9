/* agent/scanning.h: one scan, as a program of a user runs it: walk, hand the files over, act on the verdicts.
 * It goes by the device's settings: whether to quarantine, and what to pass over below the paths that were named: that
 * is not even opened.
 * What is infected is sealed by the daemon and then removed here, with the rights of whoever asked.
 * Owns the order of things; what is shown of it is the caller's. */
#ifndef HOLDFAST_AGENT_SCANNING_H
#define HOLDFAST_AGENT_SCANNING_H

#include "agent/reply.h"

/* What became of one file. */
struct scanning_result {
	const char *path;
	uint64_t size;
	const struct verdict *verdict;
	const char *entry;	/* where it is in the quarantine, its original removed; empty: it is not */
	const char *trouble;	/* why it is not, though it should be; empty: nothing */
};

/* Called from scanning_run, in its thread. Everything is borrowed for the call. */
struct scanning_face {
	void (*result)(void *ctx, const struct scanning_result *result);
	void (*unread)(void *ctx, const char *path, const char *why); /* it could not be looked at */
	void (*progress)(void *ctx, const char *path);	/* it was handed over */
	bool (*cancelled)(void *ctx);	/* true: begin no more files, and end in order */
	void *ctx;
};

struct scanning_order {
	const char *state;	/* the daemon's state directory */
	bool quarantine;	/* seal and remove what is infected, unless the settings say not to */
	char *const *paths;	/* files and folders; links among these are followed, below them not */
	size_t count;
};

/* Scan. ERR_NONE: it came to its end, or was cancelled. ERR_DENIED: the daemon ended it, and *said is its
 * reply (REPLY_REFUSED or another), which needs no freeing. Anything else: the sentence says it. */
enum err scanning_run(const struct scanning_order *order, const struct scanning_face *face,
    struct reply *said, struct fault *why);

#endif
