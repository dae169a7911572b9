/* entitle/authority_internal.h: what the parts of the authority share, and nobody else. */
#ifndef HOLDFAST_ENTITLE_AUTHORITY_INTERNAL_H
#define HOLDFAST_ENTITLE_AUTHORITY_INTERNAL_H

#include <jansson.h>

#include "entitle/authority.h"

/* Fill in ${why} and return ${e}. */
enum err refuse(struct refusal *why, enum err e, const char *code, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* Commit when ${e} is ERR_NONE, else roll back; the error that counts. */
enum err finish_transaction(struct store *store, enum err e);

/* A cancelled subscription that can no longer be reinstated, whoever asks. */
bool retention_is_over(const struct provider *p, const struct subscription *sub, int64_t now);

/* Within a transaction: give ${sub} its names and store it with the code's digest. */
enum err insert_subscription(struct store *store, const struct provider *p,
    struct subscription *sub, const char *code, int64_t now);

/* A subscription that is being changed, within a transaction. */
struct changing {
	struct store *store;
	struct provider provider; /* whose it is */
	struct subscription sub;
	int64_t now;
	struct refusal *why;
};

/* Read it, and do first what is due of it. ERR_NOT_FOUND also when it is not ${provider}'s (NULL: anyone's). */
enum err changing_begin(struct changing *c, const char *provider, const char *id);

/* Read it as it is: what was due before has been done. */
enum err changing_read(struct changing *c, const char *id);

/* Store it, with what is due because of how it is now; its devices see that something has changed. */
enum err changing_save(struct changing *c);

/* Apply, store and log one change, at its effective time. Conflicts as of authority_change, but its dates are
 * taken as they are. */
enum err changing_apply(struct changing *c, const struct change *change);

/* Append to its log. */
enum err changing_log(const struct changing *c, const char *actor, const char *kind, json_t *detail);

/* Do what is due of one subject. */
enum err schedule_catch_up(struct store *store, const char *subject, int64_t now);

/* Make what is due of a subscription fit how it is now: reminders and ends whose cause is gone go. */
enum err schedule_plan(struct changing *c);

/* Likewise of a provider. */
enum err schedule_plan_provider(struct store *store, const struct provider *p, int64_t now);

/* Keep a change that is dated ahead. ERR_CONFLICT "already_scheduled". */
enum err schedule_change(struct changing *c, const struct change *change);

/* When a cancellation that was dated ahead takes effect; 0: there is none. */
enum err schedule_find_cancellation(struct store *store, const char *subscription, int64_t *out);

/* What is done with one of a provider's subscriptions when a row is due that goes through all of them. */
typedef enum err batch_fn(struct store *store, const struct due *d, const char *id, int64_t now);

/* Do ${fn} with the provider's next subscriptions behind d->about, so many as one transaction may take, and let the
 * schedule go on with the others. */
enum err schedule_run_batch(struct store *store, const struct due *d, batch_fn *fn, int64_t now);

/* The next batch of a leaving provider's subscriptions is told, or moves. */
enum err leave_run(struct store *store, const struct provider *p, const struct due *d, int64_t now);

/* The next batch of a provider's subscriptions is told that it was suspended, or that this is over. */
enum err tree_run(struct store *store, const struct provider *p, const struct due *d, int64_t now);

/* Refuse what a suspended provider may not begin. */
enum err refuse_suspended(struct refusal *why);

/* Within a transaction: give ${p} an id and store it. Errors as authority_add_provider. */
enum err insert_provider(struct store *store, struct provider *p, const char *actor, int64_t now,
    struct fault *why);

/* Forget a person's data in a subscription whose retention is over. */
enum err retention_purge(struct changing *c);

/* Free the seat of ${d}, one of the subscription's: who waits for a seat gets it. ${kind} is the event's. */
enum err seat_free(struct changing *c, struct device *d, enum reason reason, const char *kind,
    const char *actor);

/* Devices that lost their seats to too few get those that are free now. */
enum err seat_return_waiting(struct changing *c);

/* A person moves a seat. ERR_CONFLICT "transfer_limit". */
enum err seat_count_move(struct changing *c);

/* Within a transaction: move ${d} from whatever it had to a seat of ${sub}. */
enum err take_over_device(struct store *store, struct device *d, const struct subscription *sub,
    int64_t now);

#endif
