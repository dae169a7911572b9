/* entitle/store_delivery.h: what the authority needs from a store for all that goes out: who is told, and the
 * queue of what is still to be told. Part of struct store, whose errors and transactions hold here too.
 *
 * What goes to one receiver is one lane of the queue: a receiver that fails or is slow holds up its own. */
#ifndef HOLDFAST_ENTITLE_STORE_DELIVERY_H
#define HOLDFAST_ENTITLE_STORE_DELIVERY_H

#include "base/buf.h"
#include "entitle/code.h"
#include "entitle/limits.h"

struct store;

enum endpoint_kind {
	ENDPOINT_NONE = 0,
	ENDPOINT_WEBHOOK,	/* our own events, signed */
	ENDPOINT_HUB,		/* a listener of a TM Forum interface */
	ENDPOINT_KINDS
};

#define ENDPOINT_FILTER_SIZE 2049	/* every event type by name, or a query of TM Forum's */
#define ENDPOINT_SCOPE_SIZE 32		/* "serviceInventory", with room */
#define ENDPOINT_WHY_SIZE 32
#define ENDPOINT_SECRET_SIZE 64		/* "whsec_" and 32 bytes in base64 have 50 letters */

/* Where a provider wants to be told. */
struct endpoint {
	char id[ID_SIZE];	/* "whk_…" or "hub_…" */
	char provider[ID_SIZE];
	enum endpoint_kind kind;
	char scope[ENDPOINT_SCOPE_SIZE]; /* of a hub: the interface that it listens to; else empty */
	char url[URL_SIZE];
	char filter[ENDPOINT_FILTER_SIZE]; /* webhook: event types, a space between; empty: all. Hub: its query */
	char secret[ENDPOINT_SECRET_SIZE]; /* webhook: "whsec_…" */
	char old_secret[ENDPOINT_SECRET_SIZE]; /* signs too, until old_until; empty: none */
	int64_t old_until;
	int64_t created;
	int64_t disabled;	/* when; 0: it is not */
	char why[ENDPOINT_WHY_SIZE]; /* disabled: "gone", "failing", "by_owner"; else empty */
};

enum delivery_kind {
	DELIVERY_NONE = 0,
	DELIVERY_WEBHOOK,
	DELIVERY_HUB,
	DELIVERY_MAIL,
	DELIVERY_KINDS
};

enum delivery_state {
	DELIVERY_STATELESS = 0,
	DELIVERY_PENDING,	/* to be tried when due */
	DELIVERY_DELIVERED,
	DELIVERY_FAILED,	/* given up; may be replayed */
	DELIVERY_DROPPED,	/* not sent, because what it would say was no longer so */
	DELIVERY_STATES
};

#define DELIVERY_TYPE_SIZE 48	/* "ServiceOrderAttributeValueChangeEvent", with room */
#define DELIVERY_ERROR_SIZE 200
#define LANE_MAIL "mail"

struct delivery {
	char id[ID_SIZE];	/* "msg_…": the receiver knows a repetition by it */
	enum delivery_kind kind;
	char provider[ID_SIZE];
	char lane[ID_SIZE];	/* the endpoint's id, or LANE_MAIL */
	char subject[ID_SIZE];	/* the subscription that it is about; may be empty */
	char type[DELIVERY_TYPE_SIZE];
	int64_t position;	/* of the event that it tells */
	enum delivery_state state;
	int64_t created;
	int64_t due;		/* pending: when to try (again) */
	int64_t until;		/* pending: given up after that */
	int64_t finished;	/* when it stopped being pending; 0: not yet */
	int64_t attempts;
	int64_t status;		/* the receiver's last answer, such as 500; 0: none */
	char error[DELIVERY_ERROR_SIZE]; /* of the last attempt; empty: none */
};

/* How a lane does. */
struct lane {
	char name[ID_SIZE];
	int64_t failures;	/* in a row */
	int64_t paused;		/* nothing is tried before */
	int64_t delivered;	/* when something last got through; 0: never */
};

/* To whom mail about a subscription goes. */
#define MAIL_ADDRESS_SIZE 255	/* RFC 5321: 254 letters */
#define MAIL_LANGUAGE_SIZE 3
struct recipient {
	char subscription[ID_SIZE];
	char address[MAIL_ADDRESS_SIZE];
	char name[NAME_SIZE];	/* may be empty */
	char language[MAIL_LANGUAGE_SIZE]; /* "en", "de" */
	char code[CODE_SHOWN_SIZE]; /* the activation code as shown, until the welcome is sent; else empty */
};

/* How a provider's mail looks and, for some kinds, reads. */
#define BRAND_COLOUR_SIZE 8	/* "#1a2b3c" */
struct brand {
	char provider[ID_SIZE];
	char logo[NAME_SIZE];	/* words that stand where a logo would; empty: the provider's name */
	char colour[BRAND_COLOUR_SIZE];
	char sender[NAME_SIZE];	/* the name in From; empty: the provider's */
	char reply_to[MAIL_ADDRESS_SIZE]; /* empty: none */
};

#define MAIL_SUBJECT_SIZE 121
#define MAIL_TEXT_SIZE 4001
struct mail_template {
	char provider[ID_SIZE];
	char kind[DELIVERY_TYPE_SIZE];
	char language[MAIL_LANGUAGE_SIZE];
	char subject[MAIL_SUBJECT_SIZE];
	char text[MAIL_TEXT_SIZE];
};

/* Which deliveries of a provider to list, newest first. */
struct delivery_filter {
	const char *provider;
	const char *lane;	/* NULL: all */
	enum delivery_state state; /* DELIVERY_STATELESS: all */
	const char *before;	/* a delivery's id: the page ended with it; NULL: from the newest */
	int64_t limit;
};

/* Which deliveries to try once more. */
struct replay {
	const char *provider;
	const char *lane;	/* NULL: all */
	int64_t since;		/* created then or later */
	int64_t now, until;
};

/* Return false to stop the listing. */
typedef bool store_endpoint_fn(void *ctx, const struct endpoint *p);
typedef bool store_delivery_fn(void *ctx, const struct delivery *d, struct bytes body);
typedef bool store_lane_fn(void *ctx, const struct lane *l);

struct store_delivery {
	/* ERR_EXISTS: the id is taken. */
	enum err (*add_endpoint)(struct store *s, const struct endpoint *p);
	/* By its id, whoever owns it. */
	enum err (*get_endpoint)(struct store *s, const char *id, struct endpoint *out);
	/* Of one provider, in the order in which they were made; all kinds when ${kind} is none. */
	enum err (*list_endpoints)(struct store *s, const char *provider, enum endpoint_kind kind,
	    store_endpoint_fn *fn, void *ctx);
	/* Writes url, filter, secrets, disabled and why. */
	enum err (*put_endpoint)(struct store *s, const struct endpoint *p);
	/* With its lane and all its deliveries. */
	enum err (*remove_endpoint)(struct store *s, const char *id);

	/* How far the log was followed under this name; 0 at first. */
	enum err (*get_cursor)(struct store *s, const char *name, int64_t *out);
	enum err (*put_cursor)(struct store *s, const char *name, int64_t position);

	/* ERR_EXISTS: the id is taken, or the lane has this type for this event. */
	enum err (*add)(struct store *s, const struct delivery *d, struct bytes body);
	/* The body is appended to ${body}, which may be NULL. */
	enum err (*get)(struct store *s, const char *provider, const char *id, struct delivery *out,
	    struct buf *body);
	/* Writes state, due, until, finished, attempts, status and error. */
	enum err (*put)(struct store *s, const struct delivery *d);
	enum err (*list)(struct store *s, const struct delivery_filter *filter, store_delivery_fn *fn,
	    void *ctx);
	/* Failed ones become pending again, due at once: *changed of them. */
	enum err (*replay)(struct store *s, const struct replay *r, int64_t *changed);
	/* Whatever is pending in the lane has failed. */
	enum err (*fail_lane)(struct store *s, const char *lane, const char *error, int64_t now);
	/* Forget what was finished before ${before}; at most ${most} at once. */
	enum err (*purge)(struct store *s, int64_t before, int64_t most, int64_t *forgotten);

	/* Lanes with something due and not paused, those that wait longest first. */
	enum err (*list_due_lanes)(struct store *s, int64_t now, store_lane_fn *fn, void *ctx);
	/* What is due in a lane, the longest due first. */
	enum err (*list_due)(struct store *s, const char *lane, int64_t now, store_delivery_fn *fn,
	    void *ctx);
	/* All zero for a lane that has none. */
	enum err (*get_lane)(struct store *s, const char *name, struct lane *out);
	enum err (*put_lane)(struct store *s, const struct lane *l);

	/* ERR_NOT_FOUND: nobody gets mail about the subscription. */
	enum err (*get_recipient)(struct store *s, const char *subscription, struct recipient *out);
	/* An empty address: nobody (any more). */
	enum err (*put_recipient)(struct store *s, const struct recipient *r);

	/* ERR_NOT_FOUND: the provider has none. */
	enum err (*get_brand)(struct store *s, const char *provider, struct brand *out);
	enum err (*put_brand)(struct store *s, const struct brand *b);
	/* ERR_NOT_FOUND: the provider has no words of its own for this. */
	enum err (*get_template)(struct store *s, const char *provider, const char *kind,
	    const char *language, struct mail_template *out);
	/* An empty text: the provider has none (any more). */
	enum err (*put_template)(struct store *s, const struct mail_template *t);
};

#endif
