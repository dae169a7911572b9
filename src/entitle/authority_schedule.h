/* entitle/authority_schedule.h: what happens by itself as time passes: changes that were dated ahead, expiry, ends
 * of grace and of doubt, reminders, purging, reconciliation, a provider's leaving.
 *
 * What is due is a row of the store (entitle/store_schedule.h) that is written in the transaction of its cause,
 * and goes in the transaction in which its cause ends. So a reminder stops everywhere at once, and nothing is
 * forgotten while the server is down: it is done afterwards, in order, each at the time that it was due. Whoever
 * changes a subscription does first what is due of it; readers derive from times, and need nobody to be punctual. */
#ifndef HOLDFAST_ENTITLE_AUTHORITY_SCHEDULE_H
#define HOLDFAST_ENTITLE_AUTHORITY_SCHEDULE_H

#include "entitle/authority.h"

/* So much is done in one call: the caller has other things to do too. */
#define RUN_DUE_MOST 200

/* Do what is due by ${now}, each as one transaction, at most RUN_DUE_MOST. *next_due: when to call again (${now}:
 * at once, there is more); 0: nothing is planned. What cannot be done for its own sake goes, and the vendor's log
 * says so; ERR_IO and the like leave it for the next call. */
enum err authority_run_due(struct store *store, int64_t now, int64_t *next_due);

/* Withdraw a change of one of the provider's subscriptions that was dated ahead. ERR_NOT_FOUND: there is no such
 * change (any more). The changes that wait: store->schedule.list, those of DUE_CHANGE. */
enum err authority_withdraw_change(struct store *store, const struct provider *p, const char *id,
    const char *change, const char *actor, int64_t now);

#endif
