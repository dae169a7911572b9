/* tmforum/record_desk.h: what may be done with services and products: each drives the subscription behind it,
 * through the authority, and keeps what the provider wants kept with it, in one transaction.
 * Owns no rule about subscriptions.
 *
 * A refusal (see desk_is_refusal) has a code and a sentence; anything else is a failure of the store or memory. */
#ifndef HOLDFAST_TMFORUM_RECORD_DESK_H
#define HOLDFAST_TMFORUM_RECORD_DESK_H

#include "tmforum/desk.h"
#include "tmforum/record.h"

struct record_made {
	struct subscription subscription;
	char code[CODE_SHOWN_SIZE]; /* the activation code */
};

/* Order a subscription as ${record} wants it: its state, seats, paid time and external id are characteristics (see
 * doc/tmforum.md); the rest is kept. Without an external id of its own it gets ${external_id}, unless that is empty
 * or taken: then one that we make. Without seats it gets ${seats}. */
struct record_defaults {
	const char *external_id;
	int64_t seats;
};
enum err record_desk_add(const struct desk *d, const struct resource *r, const json_t *record,
    const struct record_defaults *defaults, struct record_made *out, struct refusal *why);

/* Change the subscription ${id} and what is kept with it, by a merge patch. A change of state that a later one has
 * overtaken changes nothing: ${why} then has the code "overtaken", as of authority_change. ERR_NOT_FOUND also for another
 * provider's, and for one that was removed. */
enum err record_desk_change(const struct desk *d, const struct resource *r, const char *id,
    const json_t *patch, struct refusal *why);

/* Cancel it, unless it is; then nobody sees it in this interface, until it is reinstated. */
enum err record_desk_remove(const struct desk *d, const struct resource *r, const char *id,
    struct refusal *why);

/* As it is shown. The caller releases *out. ERR_NOT_FOUND as record_desk_change. */
enum err record_desk_get(const struct desk *d, const struct resource *r, const char *id,
    const char *base_url, json_t **out);

/* The provider's subscription that ${record} means: by its id, or by its external id. ERR_NOT_FOUND. */
enum err record_desk_find(const struct desk *d, const struct resource *r, const json_t *record,
    struct subscription *out);

#endif
