/* tmforum/notification.h: what listeners of the TM Forum interfaces are told of an event in the log. One table says
 * which events of ours are which of theirs; what is not in it is told to nobody. Activation codes are never told:
 * a listener is an address, not a key.
 *
 * Whoever delivers asks notification_plan what an event is told as, finds the listeners of the provider
 * (notification_provider) at that interface (notification_scope), and sends each what notification_write says. */
#ifndef HOLDFAST_TMFORUM_NOTIFICATION_H
#define HOLDFAST_TMFORUM_NOTIFICATION_H

#include "base/buf.h"
#include "entitle/store.h"
#include "tmforum/resource.h"

/* One event is told at no more interfaces: a subscription's as a service's and as a product's. */
#define NOTIFICATIONS_MAX 2

struct notification {
	const struct resource *resource;
	char type[DELIVERY_TYPE_SIZE]; /* "ServiceOrderStateChangeEvent" */
};

/* The notifications of ${e}; how many. */
size_t notification_plan(const struct event *e, struct notification out[static NOTIFICATIONS_MAX]);

/* The scope of the listeners that hear it, such as "serviceOrdering". */
void notification_scope(const struct notification *n, char out[static ENDPOINT_SCOPE_SIZE]);

/* Whose it is. ERR_NOT_FOUND: nobody's any more. */
enum err notification_provider(struct store *store, const struct event *e, char out[static ID_SIZE]);

/* For whom: this server's address, which ends with '/', and the listener's query. */
struct notification_receiver {
	const char *base_url;
	const char *query;	/* "" when it has none */
};

/* Append the body: the event, with what it is about as it was then, or only its id, address and state when the whole
 * does not fit into ${out}. ERR_NOT_FOUND: there is nothing to tell of any
 * more. ERR_DENIED: the listener's query does not want it. */
enum err notification_write(struct store *store, const struct event *e, const struct notification *n,
    const struct notification_receiver *to, struct buf *out);

#endif
