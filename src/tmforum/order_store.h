/* tmforum/order_store.h: an order as it is stored and moved: what order_desk, order_work and cancellation share. */
#ifndef HOLDFAST_TMFORUM_ORDER_STORE_H
#define HOLDFAST_TMFORUM_ORDER_STORE_H

#include "crypto/hash.h"
#include "tmforum/desk.h"
#include "tmforum/order_document.h"

/* An order in hand. */
struct order_held {
	const struct resource *resource;
	struct document document;
	json_t *order;
	char sent[HASH_HEX_SIZE]; /* digest of what the client sent, to tell it from another */
	bool exists;		/* in the store */
};

/* Parse a stored body. The caller releases *out. ${sent} may be NULL. */
enum err order_store_parse(struct bytes body, json_t **out, char sent[HASH_HEX_SIZE]);

/* A stored body as it is shown; see order_document_show. */
json_t *order_store_show(const struct resource *r, struct bytes body, const char *base_url);

/* Take the provider's order in hand; release out->order. ERR_NOT_FOUND. */
enum err order_store_load(const struct desk *d, const struct resource *r, const char *id,
    struct order_held *out);

/* Put it back, with the state and external id that it has, and due when it is pending. ERR_EXISTS: the external id
 * is taken. */
enum err order_store_save(const struct desk *d, struct order_held *held);

/* Move the order along its state machine, which allows it, and log that. */
enum err order_store_move(const struct desk *d, struct order_held *held, enum order_state to);

/* Move it and every item that is not final to its cancellation, as the state machine has it; nothing of it was
 * done. */
enum err order_store_cancel(const struct desk *d, struct order_held *held, const char *reason);

#endif
