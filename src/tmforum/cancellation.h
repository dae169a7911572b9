/* tmforum/cancellation.h: the task that cancels an order: cancelServiceOrder of TMF641, cancelProductOrder of
 * TMF622. A refusal (see desk_is_refusal) has a code and a sentence. */
#ifndef HOLDFAST_TMFORUM_CANCELLATION_H
#define HOLDFAST_TMFORUM_CANCELLATION_H

#include "tmforum/desk.h"

/* Ask for an order to be cancelled, now or at its requestedCancellationDate: ${r} is the task's resource, ${body}
 * names the order. *out, which the caller releases, is the task: done, or terminatedWithError because nothing of the
 * order could be cancelled any more. ERR_MALFORMED "unknown_order": there is no such order. */
enum err cancellation_place(const struct desk *d, const struct resource *r, const json_t *body,
    json_t **out, struct refusal *why);

/* Within a transaction: do one that waited for its time. ERR_NOT_FOUND. */
enum err cancellation_work(const struct desk *d, const struct resource *r, const char *id);

/* A copy for whoever asks, with addresses. The caller releases it; NULL: memory was short. */
json_t *cancellation_show(const struct resource *r, const json_t *task, const char *base_url);

#endif
