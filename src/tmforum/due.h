/* tmforum/due.h: what becomes due with orders: those that wait for their time, and cancellations that do. */
#ifndef HOLDFAST_TMFORUM_DUE_H
#define HOLDFAST_TMFORUM_DUE_H

#include "entitle/store.h"

/* Do what is due by ${now}, of all providers, each in a transaction of its own and at most ${most} of them; *next is
 * when the next is due, which may be past (0: nothing is). What cannot be done, such as a damaged order, is put off
 * for an hour. On an error of the store or of memory the rest is left for the next time. */
enum err due_run(struct store *store, int64_t now, int most, int64_t *next);

/* Forget for good what was deleted long ago, a little of it: *more when there is more. */
enum err due_forget(struct store *store, int64_t now, bool *more);

/* So long is what was deleted kept for what reports on it: as long as notifications are tried, and some. */
#define DUE_DELETED_KEPT_S (7 * 86400)

#endif
