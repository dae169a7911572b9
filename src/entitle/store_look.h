/* entitle/store_look.h: what people who look after subscriptions ask of a store: to find one, to see all devices at
 * once, to read the log by who and when. Reads only; part of struct store, whose errors hold here too. */
#ifndef HOLDFAST_ENTITLE_STORE_LOOK_H
#define HOLDFAST_ENTITLE_STORE_LOOK_H

#include "entitle/store_delivery.h"
#include "entitle/subscription.h"

struct event;
struct store;

/* Which log entries. */
struct audit_filter {
	const char *chain;	/* of this subscription (or other chain) alone; NULL: as ${provider} says */
	const char *provider;	/* its own, those of its subscriptions, and the vendor's that name it; NULL: the
				 * vendor's and all providers' own, but of no subscription */
	const char *actor;	/* which it contains, such as a user's id; "": anyone's */
	const char *kind;	/* "": any */
	int64_t before;		/* a position: the page ended with it; 0: from the newest */
	int64_t from;		/* a position: nobody waits for all that is older; 0: from the first */
	int64_t limit;
};

/* Return false to stop the listing. */
typedef bool store_found_fn(void *ctx, const struct subscription *s);
typedef bool store_fleet_fn(void *ctx, const struct subscription *s, const struct device *d);
typedef bool store_audit_fn(void *ctx, const struct event *e);

struct store_look {
	/* The provider's subscriptions whose id, reference or device's id is ${text}, or whose external id, address
	 * of mail or device's name begins with it (the last two in either case); at most ${most}. */
	enum err (*search)(struct store *s, const char *provider, const char *text, int64_t most,
	    store_found_fn *fn, void *ctx);
	/* Every device of the provider with its subscription, in the order of the subscriptions. */
	enum err (*list_fleet)(struct store *s, const char *provider, store_fleet_fn *fn, void *ctx);
	/* The newest first. Of a provider, each entry in the range is looked at. */
	enum err (*list_audit)(struct store *s, const struct audit_filter *filter, store_audit_fn *fn, void *ctx);
	/* What went out about a subscription, the newest first, without the bodies. */
	enum err (*list_sent)(struct store *s, const char *subscription, int64_t most, store_delivery_fn *fn,
	    void *ctx);
};

#endif
