/* tmforum/order_store.c: see order_store.h. */
#include "tmforum/order_store.h"

#include <assert.h>

#include "base/text.h"
#include "codec/json.h"

/* What is stored is {"order": …, "sent": …}. */
enum err
order_store_parse(struct bytes body, json_t **out, char sent[HASH_HEX_SIZE])
{
	json_t *stored = NULL, *order;
	const char *digest;
	enum err e;

	if ((e = desk_parse(body, &stored)) != ERR_NONE)
		return e;
	order = json_object_get(stored, "order");
	digest = json_string_value(json_object_get(stored, "sent"));
	if (!json_is_object(order) || digest == NULL ||
	    (sent != NULL && text_copy(sent, HASH_HEX_SIZE, digest) != ERR_NONE))
		e = ERR_IO;
	else
		*out = json_incref(order);
	json_decref(stored);
	return e;
}

json_t *
order_store_show(const struct resource *r, struct bytes body, const char *base_url)
{
	json_t *order = NULL, *shown;

	if (order_store_parse(body, &order, NULL) != ERR_NONE)
		return NULL;
	shown = order_document_show(r, order, base_url);
	json_decref(order);
	return shown;
}

enum err
order_store_load(const struct desk *d, const struct resource *r, const char *id,
    struct order_held *out)
{
	struct order_held held = { .resource = r, .exists = true };
	struct buf body;
	enum err e;

	buf_init(&body, DOCUMENT_BODY_MAX);
	e = d->store->document.get(d->store, d->provider->id, r->name, id, &held.document, &body);
	if (e == ERR_NONE)
		e = order_store_parse(buf_bytes(&body), &held.order, held.sent);
	if (e == ERR_NONE)
		*out = held;
	buf_fini(&body);
	return e;
}

/* When something must be done with it by itself. */
static int64_t
due_of(const struct desk *d, const struct order_held *held)
{
	int64_t start = order_document_start(held->order);

	if (order_document_state(held->order) != ORDER_PENDING)
		return 0;
	return start > d->now ? start : d->now;
}

enum err
order_store_save(const struct desk *d, struct order_held *held)
{
	const char *external_id = json_string_value(json_object_get(held->order, "externalId"));
	json_t *stored = json_pack("{s:O, s:s}", "order", held->order, "sent", held->sent);
	enum err e = ERR_NOMEM;

	if (stored != NULL &&
	    (e = text_copy(held->document.external_id, sizeof held->document.external_id,
		 external_id == NULL ? "" : external_id)) == ERR_NONE &&
	    (e = text_copy(held->document.state, sizeof held->document.state,
		 order_state_name(order_document_state(held->order)))) == ERR_NONE) {
		held->document.due = due_of(d, held);
		held->document.updated = d->now;
		e = desk_save(d, &held->document, stored, held->exists);
	}
	json_decref(stored);
	if (e == ERR_NONE)
		held->exists = true;
	return e;
}

enum err
order_store_move(const struct desk *d, struct order_held *held, enum order_state to)
{
	enum order_state from = order_document_state(held->order);
	enum err e;

	assert(order_state_allows(from, to));
	if ((e = order_document_set_state(held->order, to, d->now)) != ERR_NONE)
		return e;
	return desk_log(d, held->resource, held->document.id, "order_state",
	    json_pack("{s:s, s:s}", "from", order_state_name(from), "state", order_state_name(to)));
}

enum err
order_store_cancel(const struct desk *d, struct order_held *held, const char *reason)
{
	static const enum order_state way[] = { ORDER_ASSESSING_CANCELLATION,
		ORDER_PENDING_CANCELLATION, ORDER_CANCELLED };
	struct order_items items;
	enum err e;

	if ((e = order_document_items(held->resource, held->order, &items, NULL)) != ERR_NONE)
		return e == ERR_NOMEM ? e : ERR_IO;
	for (size_t i = 0; i < sizeof way / sizeof way[0]; i++)
		if ((e = order_store_move(d, held, way[i])) != ERR_NONE)
			return e;
	for (size_t i = 0; i < items.count; i++)
		if ((e = order_document_set_item_state(&items.all[i], ORDER_CANCELLED)) != ERR_NONE)
			return e;
	if (reason != NULL && reason[0] != '\0' &&
	    json_object_set_new(held->order, "cancellationReason", json_string(reason)) != 0)
		return ERR_NOMEM;
	return ERR_NONE;
}
