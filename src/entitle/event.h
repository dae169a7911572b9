/* entitle/event.h: the append-only log whose entries vouch for their predecessors. */
#ifndef HOLDFAST_ENTITLE_EVENT_H
#define HOLDFAST_ENTITLE_EVENT_H

#include <jansson.h>

#include "entitle/store.h"

/* Append an event to ${chain} within the store's open transaction. ${detail} is released here, also
 * on failure; NULL (memory was short) is ERR_NOMEM. ERR_LIMIT: the detail is over EVENT_DETAIL_SIZE. */
enum err event_append(struct store *store, const char *chain, const char *actor, const char *kind,
    json_t *detail, int64_t now);

/* The hash of ${e} as it must stand behind ${previous} (HASH_MAX bytes; zeros before the first). */
enum err event_digest(const struct event *e, const uint8_t *previous, uint8_t out[static HASH_MAX]);

/* What a check of the whole log found. */
struct event_check {
	int64_t events, chains;
	int64_t purged;		/* of the events: their detail was forgotten on purpose */
	int64_t broken_at;	/* position of the first event that does not fit; 0: all fit */
};

/* Recompute every chain. ERR_NONE also when the log is broken: that is an answer, not a failure. */
enum err event_verify_log(struct store *store, struct event_check *out);

#endif
