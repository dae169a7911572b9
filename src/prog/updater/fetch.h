/* updater/fetch.h: how files of a repository come to the device over HTTP: from the first place that can be reached,
 * with an ETag for what seldom changes, and on from where a download broke off. Owns these habits and their notes in
 * the folder of trusted metadata; believes nothing: tuf/ looks at what came. */
#ifndef HOLDFAST_UPDATER_FETCH_H
#define HOLDFAST_UPDATER_FETCH_H

#include "agent/job.h"
#include "tuf/target.h"

struct fetcher {
	const struct job *job;
	int dir;			/* borrowed */
	int64_t deadline_ms;		/* by the boot clock: from then on nobody is asked, which is ERR_TIMEOUT */
	int64_t retry_after_s;		/* the longest that servers asked for since one answered well; -1: none did */
};

/* Whether another place, or another time, may do better: none could be reached, or answered with an error of its own.
 * Only then it counts what servers asked for. */
bool fetch_is_outage(enum err e);

/* For tuf_client_refresh; ${ctx} is a struct fetcher. New roots are also kept under their own name, for the daemon,
 * which walks the chain again by itself. */
enum err fetch_metadata(void *ctx, const char *path, struct buf *out, struct fault *why);

/* Fetch ${target}, whose length and digest then hold, into a file of the folder; the caller closes *out. What was there
 * of it already is not fetched again; what there was of another is given up. Where a place sent something else, or more, the next one is asked. ERR_FORGED,
 * ERR_LIMIT, ERR_MALFORMED: all did, and nothing of it is kept. ERR_FULL, ERR_NOT_FOUND, ERR_CLOSED, ERR_TIMEOUT: what came is kept for the next time. */
enum err fetch_target(struct fetcher *f, const struct tuf_target *target, int *out, struct fault *why);

/* True when some of ${target} came already, and can be gone on from. */
bool fetch_has_part(const struct fetcher *f, const struct tuf_target *target);

/* The target was used: its file goes. */
void fetch_forget(const struct fetcher *f);

#endif
