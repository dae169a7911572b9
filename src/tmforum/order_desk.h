/* tmforum/order_desk.h: placing, changing, cancelling and working off orders. An order, what its items do to
 * subscriptions, and what the log says of both are one transaction. Each item is a part of its own: one that is
 * refused is failed, and leaves the others done.
 *
 * An order whose requestedStartDate lies ahead is pending until then; due_run (tmforum/due.h) works it off, also
 * when nobody was there at the time. A refusal (see desk_is_refusal) has a code and a sentence. */
#ifndef HOLDFAST_TMFORUM_ORDER_DESK_H
#define HOLDFAST_TMFORUM_ORDER_DESK_H

#include "tmforum/desk.h"

/* Place an order, ${body}, which is not changed. *out is the order as it is stored: give it to
 * order_document_show. An order with an externalId that the provider used before is that order, if it is the same
 * (then *again), else ERR_CONFLICT "duplicate_order". */
enum err order_desk_place(const struct desk *d, const struct resource *r, const json_t *body,
    json_t **out, bool *again, struct refusal *why);

/* ERR_NOT_FOUND also for another provider's. */
enum err order_desk_get(const struct desk *d, const struct resource *r, const char *id,
    json_t **out);

/* Change an order by a merge patch; its state along the state machine. ERR_CONFLICT: "order_is_final" for its items
 * and dates, "invalid_transition" for its state. */
enum err order_desk_change(const struct desk *d, const struct resource *r, const char *id,
    const json_t *patch, json_t **out, struct refusal *why);

/* Delete an order; one that is not final is cancelled first. What it did stays done. */
enum err order_desk_delete(const struct desk *d, const struct resource *r, const char *id,
    struct refusal *why);

/* Within a transaction: go on with an order that waited for its time. ERR_NOT_FOUND. */
enum err order_desk_work(const struct desk *d, const struct resource *r, const char *id);

#endif
