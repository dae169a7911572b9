/* tmforum/order_work.h: doing what the items of an order ask for. */
#ifndef HOLDFAST_TMFORUM_ORDER_WORK_H
#define HOLDFAST_TMFORUM_ORDER_WORK_H

#include "tmforum/order_store.h"

/* Whether every item that changes something names one of the provider's subscriptions; the first that does not is
 * *missing. ERR_NOT_FOUND then. */
enum err order_work_check(const struct desk *d, const struct order_held *held,
    struct order_items *items, struct order_item **missing);

/* Within a transaction: do all items of an order that is in progress, and move it to where they lead. An item that
 * is refused is failed and says why. */
enum err order_work_do(const struct desk *d, struct order_held *held);

#endif
