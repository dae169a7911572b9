/* tmforum/order_document.h: an order as a document: its items, its states and dates, its errors. Pure: changes the
 * JSON that it is given and nothing else. */
#ifndef HOLDFAST_TMFORUM_ORDER_DOCUMENT_H
#define HOLDFAST_TMFORUM_ORDER_DOCUMENT_H

#include <jansson.h>
#include <stdint.h>

#include "entitle/authority.h"
#include "tmforum/limits.h"
#include "tmforum/order_state.h"
#include "tmforum/resource.h"

enum order_action { ACTION_NONE = 0, ACTION_ADD, ACTION_MODIFY, ACTION_DELETE, ACTION_NO_CHANGE };

/* One item of an order; all point into the document. */
struct order_item {
	json_t *item;
	json_t *subject;	/* the service or product that it acts on */
	const char *id;
	enum order_action action;
	int64_t quantity;	/* 1 unless given */
};

struct order_items {
	struct order_item all[ORDER_ITEMS_MAX];
	size_t count;
};

/* Find the items of ${order}, also those within others, and check each: an id of its own, an action, what it acts
 * on in a form that can be read. A product's item without a product gets an empty one. ERR_MALFORMED with a
 * sentence; ERR_LIMIT: more than ORDER_ITEMS_MAX; ERR_NOMEM. */
enum err order_document_items(const struct resource *r, json_t *order, struct order_items *out,
    struct fault *why);

/* Make an order of what a client sent: what is ours to say is dropped, then said: ${id}, acknowledged, the date. */
enum err order_document_open(const struct resource *r, json_t *order, const char *id, int64_t now,
    struct fault *why);

/* The time at which the client wants it to begin; 0: at once. */
int64_t order_document_start(const json_t *order);

/* Its state, and the dates that go with it: begun, expected, completed, cancelled. ERR_NOMEM. */
enum err order_document_set_state(json_t *order, enum order_state state, int64_t now);
enum order_state order_document_state(const json_t *order);

enum err order_document_set_item_state(struct order_item *item, enum order_state state);

/* Say on the item and on the order why the item was not done. ERR_NOMEM. */
enum err order_document_add_error(const struct resource *r, json_t *order,
    const struct order_item *item, const struct refusal *why, int64_t now);

/* A copy for whoever asks, with addresses: of the order, and of what its items act on. The caller releases it;
 * NULL: memory was short. */
json_t *order_document_show(const struct resource *r, const json_t *order, const char *base_url);

/* Take the activation codes out of ${order}: for what leaves the house to an address rather than to a key. */
void order_document_hide_codes(const struct resource *r, json_t *order);

#endif
