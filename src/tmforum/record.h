/* tmforum/record.h: a subscription as TMF638 shows a service and TMF637 a product, and what may be asked of it
 * in their words. Pure: a subscription and the document that the provider keeps with it go in, JSON comes out.
 *
 * There is no "suspended" among the states of a service in v4: a suspended subscription is an inactive service,
 * and its own state, reason and since are characteristics. One that waits for its first device is active: it is
 * what was ordered, and the provider has nothing left to do. */
#ifndef HOLDFAST_TMFORUM_RECORD_H
#define HOLDFAST_TMFORUM_RECORD_H

#include <jansson.h>

#include "entitle/subscription.h"
#include "tmforum/resource.h"

/* What a state in the interface's words asks of a subscription. */
enum record_wish {
	WISH_NONE = 0,		/* no such state, or not one to ask for */
	WISH_PLANNED,		/* ordered, but no device may activate it yet */
	WISH_ACTIVE,
	WISH_INACTIVE,
	WISH_TERMINATED
};
enum record_wish record_wish_of(const struct resource *r, const char *state);

/* What is asked of one subscription, in its characteristics and its state. */
struct record_terms {
	char external_id[EXTERNAL_ID_SIZE]; /* empty: not said */
	enum record_wish wish;	/* WISH_NONE: not said */
	int64_t seats;		/* 0: not said */
	bool says_paid_until;
	int64_t paid_until;	/* 0: open-ended */
	enum reason reason;	/* REASON_NONE: not said */
};

/* Read them from a service or product, ${record}. An unknown state or reason, a time that is none, or too many
 * seats: ERR_MALFORMED with a sentence. */
enum err record_read_terms(const struct resource *r, const json_t *record, struct record_terms *out,
    struct fault *why);

/* The state of ${s} in the interface's words. ${planned} is the state that its document keeps: it counts while
 * nobody has let the subscription go. */
const char *record_state(const struct resource *r, const struct subscription *s, const char *planned,
    int64_t now);

struct record {
	const struct subscription *subscription;
	const json_t *own;	/* what the provider keeps with it, an object; NULL: nothing */
	const char *planned;	/* the state that its document keeps; "" when there is none */
};

/* The whole as it is shown. ${base_url} ends with '/'. The caller releases it; parts are shared with ${own}.
 * NULL: memory was short. */
json_t *record_show(const struct resource *r, const struct record *record, const char *base_url,
    int64_t now);

/* Put the activation code among the characteristics of a record that is shown to who ordered it. ERR_NOMEM. */
enum err record_add_code(const struct resource *r, json_t *shown, const char *code);

/* A new list of the characteristics in ${list} that are the provider's: without those that record_show sets. The
 * caller releases it; NULL: memory was short. */
json_t *record_own_characteristics(const json_t *list);

/* ${base_url} and the resource's address: "…/service/ID". The caller releases it; NULL: memory was short. */
json_t *record_href(const struct resource *r, const char *base_url, const char *id);

#endif
