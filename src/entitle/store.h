/* entitle/store.h: what the authority needs from a store: a struct of functions that a back end fills in.
 * Owns no data. A back end (store/store_sqlite.c) passes the contract tests in store/store_test.c.
 *
 * All functions: ERR_IO when the store fails, ERR_FULL when it has no room, ERR_NOMEM. Records go in and
 * out by value. Writes happen between begin and commit; what was not committed never happened. */
#ifndef HOLDFAST_ENTITLE_STORE_H
#define HOLDFAST_ENTITLE_STORE_H

#include "crypto/hash.h"
#include "entitle/store_document.h"
#include "entitle/store_access.h"
#include "entitle/store_delivery.h"
#include "entitle/store_payment.h"
#include "entitle/store_session.h"
#include "entitle/store_support.h"
#include "entitle/store_schedule.h"
#include "entitle/store_user.h"
#include "entitle/store_look.h"
#include "entitle/subscription.h"

#define EVENT_KIND_SIZE 32
#define EVENT_SALT_SIZE 16
#define EVENT_DETAIL_SIZE 1024	/* JSON; the largest holds two names and a contact card */

/* One entry of the append-only log. Events of one subscription form a chain; so do those of a provider's own affairs
 * (keys, people, webhooks, terms), and those of the vendor. */
struct event {
	int64_t position;	/* in the whole log; rises, with gaps allowed */
	char chain[ID_SIZE];	/* a subscription's id, a provider's, or CHAIN_VENDOR */
	int64_t seq;		/* in the chain, from 1 without gaps */
	int64_t at;
	char actor[NAME_SIZE];	/* such as "provider prv_…", "device dev_…", "vendor" */
	char kind[EVENT_KIND_SIZE];
	char detail[EVENT_DETAIL_SIZE]; /* empty once purged */
	uint8_t salt[EVENT_SALT_SIZE]; /* so that nobody guesses what was purged */
	uint8_t sum[HASH_MAX];	/* SHA-256 of salt and detail: stays when they go */
	uint8_t hash[HASH_MAX];	/* over the predecessor's hash and all of the above but position, detail, salt */
	bool purged;
};
#define CHAIN_VENDOR "vendor"

/* A purchase under way. */
struct checkout {
	char id[ID_SIZE];
	char device[ID_SIZE];
	int64_t created;
	int64_t paid;		/* when; 0: not yet */
	char subscription[ID_SIZE]; /* what it bought, once paid */
	char payer[EXTERNAL_ID_SIZE]; /* the payment service's name for who paid; may be empty */
};

/* What a provider has. */
struct figures {
	int64_t by_state[SUB_STATES]; /* subscriptions; at the time of the question */
	int64_t seats;		/* of all but the cancelled ones */
	int64_t devices;	/* that have one of those */
};

/* Return false to stop the listing. */
typedef bool store_provider_fn(void *ctx, const struct provider *p);
typedef bool store_subscription_fn(void *ctx, const struct subscription *s);
typedef bool store_device_fn(void *ctx, const struct device *d);
typedef bool store_event_fn(void *ctx, const struct event *e);

struct store {
	struct store_document document;
	struct store_access access;
	struct store_payment payment;
	struct store_session session;
	struct store_support support;
	struct store_schedule schedule;
	struct store_delivery delivery;
	struct store_user user;
	struct store_look look;

	void (*close)(struct store *s);

	/* begin takes the write lock: ERR_TIMEOUT when others hold it long. A begin within a transaction
	 * begins a part of it: its rollback undoes that part alone, its commit leaves it to the whole. */
	enum err (*begin)(struct store *s);
	enum err (*commit)(struct store *s);
	void (*rollback)(struct store *s); /* safe when none is open */

	/* ERR_EXISTS: the id is taken. */
	enum err (*add_provider)(struct store *s, const struct provider *p);
	/* Writes contact, verify address and policy. */
	enum err (*put_provider)(struct store *s, const struct provider *p);
	/* Writes when it leaves, and to whom. */
	enum err (*put_leaving)(struct store *s, const struct provider *p);
	enum err (*get_provider)(struct store *s, const char *id, struct provider *out);
	/* Writes where it stands among the others, and whether it is suspended. */
	enum err (*put_place)(struct store *s, const struct provider *p);
	/* That alone, cheaply: asked at each check-in. */
	enum err (*get_place)(struct store *s, const char *id, struct tree_place *out);
	/* Those directly below ${parent} in the order of their ids, from behind ${after}. */
	enum err (*list_children)(struct store *s, const char *parent, const char *after,
	    store_provider_fn *fn, void *ctx);
	enum err (*get_retail_provider)(struct store *s, struct provider *out);
	/* Looks at every subscription of the provider. */
	enum err (*get_figures)(struct store *s, const char *provider, int64_t now, struct figures *out);
	enum err (*list_providers)(struct store *s, store_provider_fn *fn, void *ctx);

	/* ERR_EXISTS: the provider has a subscription with this external id. */
	enum err (*add_subscription)(struct store *s, const struct subscription *sub,
	    const uint8_t *code_digest);
	enum err (*get_subscription)(struct store *s, const char *id, struct subscription *out);
	enum err (*find_subscription_by_code)(struct store *s, const uint8_t *code_digest,
	    struct subscription *out);
	enum err (*find_subscription_by_external_id)(struct store *s, const char *provider,
	    const char *external_id, struct subscription *out);
	/* By what persons quote. ERR_NOT_FOUND also when chance gave it to two: 40 bits are few among millions. */
	enum err (*find_subscription_by_reference)(struct store *s, const char *reference,
	    struct subscription *out);
	/* All of one provider in the order of their ids, from behind ${after}. */
	enum err (*list_subscriptions)(struct store *s, const char *provider, const char *after,
	    store_subscription_fn *fn, void *ctx);
	/* Writes all but id, reference, created and the code. ERR_EXISTS: the provider has one with this
	 * external id. */
	enum err (*put_subscription)(struct store *s, const struct subscription *sub);
	/* Another activation code: the old one opens nothing any more. */
	enum err (*put_code)(struct store *s, const char *subscription, const uint8_t *code_digest);

	/* ERR_LIMIT: all seats are taken; counted and inserted in one statement. */
	enum err (*add_device)(struct store *s, const struct device *d, const uint8_t *token_digest);
	/* Give ${d} (already known) a seat of d->subscription and a new token. ERR_LIMIT. */
	enum err (*seat_device)(struct store *s, const struct device *d,
	    const uint8_t *token_digest);
	/* Take its seat; writes seated, left, left_at, moved_to and moved_to_id. */
	enum err (*unseat_device)(struct store *s, const struct device *d);
	/* Give it a seat of d->subscription, token kept; what that subscription knew of the same machine gives
	 * way. ERR_LIMIT. */
	enum err (*move_device)(struct store *s, const struct device *d);
	enum err (*get_device)(struct store *s, const char *id, struct device *out);
	enum err (*find_device_by_token)(struct store *s, const uint8_t *digest, struct device *out);
	enum err (*find_device_by_machine)(struct store *s, const char *subscription,
	    const char *machine, struct device *out);
	enum err (*list_devices)(struct store *s, const char *subscription, store_device_fn *fn,
	    void *ctx);
	enum err (*note_device_seen)(struct store *s, const char *id, int64_t now,
	    int64_t generation);
	/* It has been told that it lost its seat. */
	enum err (*note_device_told)(struct store *s, const char *id, int64_t now);
	/* Forget name, machine and platform of all the subscription's devices. */
	enum err (*purge_devices)(struct store *s, const char *subscription);

	/* The last event of a chain: ERR_NOT_FOUND when it has none. */
	enum err (*get_last_event)(struct store *s, const char *chain, struct event *out);
	/* ERR_EXISTS: the chain has that seq already. */
	enum err (*add_event)(struct store *s, const struct event *e);
	/* In the order of position, from behind ${after}; of one chain unless it is NULL. */
	enum err (*list_events)(struct store *s, const char *chain, int64_t after,
	    store_event_fn *fn, void *ctx);
	/* All events, chain by chain, in each by seq. */
	enum err (*walk_chains)(struct store *s, store_event_fn *fn, void *ctx);
	/* Forget detail and salt of a chain's events; what vouches for them stays. */
	enum err (*purge_events)(struct store *s, const char *chain);
	/* The position of the newest event; 0: none. Cheap: asked many times a second. */
	enum err (*get_position)(struct store *s, int64_t *out);

	enum err (*add_checkout)(struct store *s, const struct checkout *c);
	enum err (*get_checkout)(struct store *s, const char *id, struct checkout *out);
	/* Writes paid, subscription, payer. */
	enum err (*put_checkout)(struct store *s, const struct checkout *c);

	/* Count one more attempt under ${key} (such as an address) in the window of ${window_s} seconds
	 * that began with the first; *count includes it, *ends is when the window ends. */
	enum err (*count_attempt)(struct store *s, const char *key, int64_t now, int64_t window_s,
	    int64_t *count, int64_t *ends);
	/* As many as count_attempt counted in the window that still runs. */
	enum err (*get_attempts)(struct store *s, const char *key, int64_t now, int64_t *count,
	    int64_t *ends);
};

#endif
