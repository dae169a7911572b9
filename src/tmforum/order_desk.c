/* tmforum/order_desk.c: see order_desk.h. */
#include "tmforum/order_desk.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"
#include "codec/encode.h"
#include "tmforum/merge_patch.h"
#include "tmforum/order_work.h"

/* Two orders are the same when they say the same, in whatever order. */
static enum err
digest_of(const json_t *body, char out[static HASH_HEX_SIZE])
{
	char *text = json_dumps(body, JSON_COMPACT | JSON_SORT_KEYS);
	uint8_t digest[HASH_MAX];
	enum err e = ERR_NOMEM;

	if (text != NULL && (e = hash_of(HASH_SHA256, bytes_of_text(text), digest)) == ERR_NONE)
		encode_hex(bytes_of(digest, sizeof digest), out);
	free(text);
	return e;
}

static enum err
check_external_id(const json_t *order, struct refusal *why)
{
	const char *id = json_string_value(json_object_get(order, "externalId"));

	if (id == NULL || (strlen(id) < EXTERNAL_ID_SIZE && text_is_plain(id)))
		return ERR_NONE;
	return desk_refuse(why, ERR_MALFORMED, "malformed_request",
	    "\"externalId\" must be a plain text of at most %d bytes.", EXTERNAL_ID_SIZE - 1);
}

static enum err
refuse_duplicate(const char *external_id, struct refusal *why)
{
	return desk_refuse(why, ERR_CONFLICT, "duplicate_order",
	    "Another order has the externalId \"%.100s\" already.", external_id);
}

/* The order that was placed with this external id before. ERR_NOT_FOUND: none was. */
static enum err
find_earlier(const struct desk *d, const struct resource *r, const char *external_id,
    const char *sent, json_t **out, struct refusal *why)
{
	char earlier[HASH_HEX_SIZE];
	struct document document;
	json_t *order = NULL;
	struct buf body;
	enum err e;

	buf_init(&body, DOCUMENT_BODY_MAX);
	e = d->store->document.find_by_external_id(d->store, d->provider->id, r->name, external_id,
	    &document, &body);
	if (e == ERR_NONE)
		e = order_store_parse(buf_bytes(&body), &order, earlier);
	buf_fini(&body);
	if (e != ERR_NONE)
		return e;
	if (text_equal(earlier, sent)) {
		*out = order;
		return ERR_NONE;
	}
	json_decref(order);
	return refuse_duplicate(external_id, why);
}

/* Nothing of it can be done: it names what is not there. */
static enum err
reject(const struct desk *d, struct order_held *held, struct order_items *items,
    struct order_item *missing)
{
	struct refusal why;
	enum err e;

	desk_refuse(&why, ERR_NOT_FOUND, "unknown_subscription", "Item \"%.64s\": you have no such %s.",
	    missing->id, held->resource->subject);
	if ((e = order_document_add_error(held->resource, held->order, missing, &why, d->now)) !=
	    ERR_NONE)
		return e;
	for (size_t i = 0; i < items->count; i++)
		if ((e = order_document_set_item_state(&items->all[i], ORDER_REJECTED)) != ERR_NONE)
			return e;
	return order_store_move(d, held, ORDER_REJECTED);
}

static enum err
set_all_items(struct order_held *held, enum order_state state)
{
	struct order_items items;
	enum err e;

	if ((e = order_document_items(held->resource, held->order, &items, NULL)) != ERR_NONE)
		return e == ERR_NOMEM ? e : ERR_IO;
	for (size_t i = 0; i < items.count; i++)
		if ((e = order_document_set_item_state(&items.all[i], state)) != ERR_NONE)
			return e;
	return ERR_NONE;
}

/* It goes on: it waits for its time, or is worked off. */
static enum err
go_on(const struct desk *d, struct order_held *held)
{
	enum err e;

	if ((e = order_store_move(d, held, ORDER_IN_PROGRESS)) != ERR_NONE)
		return e;
	if (order_document_start(held->order) <= d->now)
		return order_work_do(d, held);
	if ((e = order_store_move(d, held, ORDER_PENDING)) != ERR_NONE)
		return e;
	return set_all_items(held, ORDER_PENDING);
}

static enum err
begin_order(const struct desk *d, struct order_held *held)
{
	struct order_item *missing = NULL;
	struct order_items items;
	enum err e;

	if ((e = desk_log(d, held->resource, held->document.id, "order_created",
		 json_pack("{s:s}", "state", order_state_name(ORDER_ACKNOWLEDGED)))) != ERR_NONE ||
	    (e = order_document_items(held->resource, held->order, &items, NULL)) != ERR_NONE)
		return e;
	e = order_work_check(d, held, &items, &missing);
	if (e == ERR_NOT_FOUND)
		return reject(d, held, &items, missing);
	return e == ERR_NONE ? go_on(d, held) : e;
}

static enum err
place_within(const struct desk *d, const struct resource *r, const json_t *body, json_t **out,
    bool *again, struct refusal *why)
{
	const char *external_id = json_string_value(json_object_get(body, "externalId"));
	struct order_held held = { .resource = r, .document = { .created = d->now } };
	struct fault fault;
	enum err e;

	if ((e = digest_of(body, held.sent)) != ERR_NONE)
		return e;
	if (external_id != NULL && external_id[0] != '\0') {
		e = find_earlier(d, r, external_id, held.sent, out, why);
		*again = e == ERR_NONE;
		if (e != ERR_NOT_FOUND)
			return e;
	}
	authority_make_id(r->prefix, held.document.id);
	memcpy(held.document.provider, d->provider->id, ID_SIZE);
	text_copy(held.document.kind, sizeof held.document.kind, r->name);
	if ((held.order = json_deep_copy(body)) == NULL)
		return ERR_NOMEM;
	if (order_document_open(r, held.order, held.document.id, d->now, &fault) != ERR_NONE)
		e = desk_refuse_malformed(why, &fault);
	else if ((e = order_store_save(d, &held)) == ERR_NONE &&
	    (e = begin_order(d, &held)) == ERR_NONE)
		e = order_store_save(d, &held);
	if (e == ERR_NONE)
		*out = json_incref(held.order);
	json_decref(held.order);
	return e;
}

enum err
order_desk_place(const struct desk *d, const struct resource *r, const json_t *body, json_t **out,
    bool *again, struct refusal *why)
{
	json_t *order = NULL;
	struct fault fault;
	enum err e;

	*again = false;
	if (resource_check(r, body, true, &fault) != ERR_NONE)
		return desk_refuse_malformed(why, &fault);
	if ((e = check_external_id(body, why)) != ERR_NONE)
		return e;
	if ((e = d->store->begin(d->store)) != ERR_NONE)
		return e;
	e = desk_finish(d, place_within(d, r, body, &order, again, why));
	if (e == ERR_NONE)
		*out = order;
	else
		json_decref(order);
	return e;
}

enum err
order_desk_get(const struct desk *d, const struct resource *r, const char *id, json_t **out)
{
	struct order_held held;
	enum err e = order_store_load(d, r, id, &held);

	if (e == ERR_NONE)
		*out = held.order;
	return e;
}

/* Whether a change is of what can no longer be changed. */
static bool
touches_work(const struct resource *r, const json_t *before, const json_t *after)
{
	static const char *const names[] = { "requestedStartDate", "requestedCompletionDate" };
	const json_t *a = json_object_get(before, r->items), *b = json_object_get(after, r->items);

	if (!json_equal(a, b))
		return true;
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		a = json_object_get(before, names[i]);
		b = json_object_get(after, names[i]);
		if (a == NULL || b == NULL ? a != b : !json_equal(a, b))
			return true;
	}
	return false;
}

/* The items that a patch brought begin where the order is. */
static enum err
adopt_items(struct order_held *held, struct refusal *why)
{
	struct order_items items;
	struct fault fault;
	enum err e;

	if (order_document_items(held->resource, held->order, &items, &fault) != ERR_NONE)
		return desk_refuse_malformed(why, &fault);
	for (size_t i = 0; i < items.count; i++)
		if ((e = order_document_set_item_state(&items.all[i],
			 order_document_state(held->order))) != ERR_NONE)
			return e;
	return ERR_NONE;
}

/* Merge all of ${patch} but the state, which moves by itself. */
static enum err
patch_order(const struct desk *d, struct order_held *held, const json_t *patch, struct refusal *why)
{
	const struct resource *r = held->resource;
	json_t *without = json_copy((json_t *)(uintptr_t)patch), *merged = NULL, *changes = NULL;
	json_t *before = held->order, *after = NULL;
	enum err e = ERR_NOMEM;

	if (without == NULL)
		return e;
	json_object_del(without, "state");
	if ((e = merge_patch_apply(before, without, &merged)) != ERR_NONE)
		goto done;
	if ((after = json_deep_copy(merged)) == NULL ||
	    (changes = desk_list_changes(r, before, after)) == NULL) {
		e = ERR_NOMEM;
		goto done;
	}
	if (json_array_size(changes) == 0)
		goto done;
	if (order_state_is_final(order_document_state(before)) && touches_work(r, before, after)) {
		e = desk_refuse(why, ERR_CONFLICT, "order_is_final",
		    "The order is %s: what it asks for cannot be changed any more.",
		    order_state_name(order_document_state(before)));
		goto done;
	}
	held->order = after;
	after = before;
	if (!json_equal(json_object_get(after, r->items), json_object_get(held->order, r->items)) &&
	    (e = adopt_items(held, why)) != ERR_NONE)
		goto done;
	e = desk_log(d, r, held->document.id, "order_changed", json_pack("{s:O}", "attributes", changes));
done:
	json_decref(without);
	json_decref(merged);
	json_decref(changes);
	json_decref(after);
	return e;
}

static enum err
hold(const struct desk *d, struct order_held *held)
{
	enum err e;

	/* The state machine has no way from pending to held but through inProgress. */
	if (order_document_state(held->order) == ORDER_PENDING &&
	    (e = order_store_move(d, held, ORDER_IN_PROGRESS)) != ERR_NONE)
		return e;
	if ((e = order_store_move(d, held, ORDER_HELD)) != ERR_NONE)
		return e;
	return set_all_items(held, ORDER_HELD);
}

/* Bring the order where its owner wants it. */
static enum err
move_as_asked(const struct desk *d, struct order_held *held, enum order_state to, struct refusal *why)
{
	enum order_state from = order_document_state(held->order);

	switch (to) {
	case ORDER_CANCELLED:
	case ORDER_ASSESSING_CANCELLATION:
		if (order_state_may_ask(from, to))
			return order_store_cancel(d, held, NULL);
		break;
	case ORDER_HELD:
		if (from == ORDER_PENDING || order_state_may_ask(from, to))
			return hold(d, held);
		break;
	case ORDER_PENDING:
	case ORDER_IN_PROGRESS:
		if (from == ORDER_HELD || order_state_may_ask(from, to))
			return go_on(d, held);
		break;
	default:
		break;
	}
	return desk_refuse(why, ERR_CONFLICT, "invalid_transition", "An order that is %s cannot be made %s.",
	    order_state_name(from), order_state_name(to));
}

static enum err
change_held(const struct desk *d, struct order_held *held, const json_t *patch, struct refusal *why)
{
	const char *name = json_string_value(json_object_get(patch, "state"));
	enum order_state from = order_document_state(held->order), to = from;
	struct fault fault;
	enum err e;

	if (name != NULL && (to = order_state_of(name)) == ORDER_NONE)
		return desk_refuse(why, ERR_MALFORMED, "malformed_request",
		    "\"%.64s\" is not a state of an order.", name);
	if (resource_check_fixed(held->resource, held->order, patch, &fault) != ERR_NONE)
		return desk_refuse_malformed(why, &fault);
	if ((e = patch_order(d, held, patch, why)) != ERR_NONE)
		return e;
	if (to != from)
		return move_as_asked(d, held, to, why);
	/* Its time has come by the change. */
	if (from == ORDER_PENDING && order_document_start(held->order) <= d->now)
		return go_on(d, held);
	return ERR_NONE;
}

static enum err
change_within(const struct desk *d, const struct resource *r, const char *id, const json_t *patch,
    json_t **out, struct refusal *why)
{
	struct order_held held;
	enum err e;

	if ((e = order_store_load(d, r, id, &held)) != ERR_NONE)
		return e == ERR_NOT_FOUND
		    ? desk_refuse(why, e, "not_found", "You have no %s with this id.", r->name)
		    : e;
	if ((e = change_held(d, &held, patch, why)) == ERR_NONE &&
	    (e = check_external_id(held.order, why)) == ERR_NONE) {
		e = order_store_save(d, &held);
		if (e == ERR_EXISTS)
			e = refuse_duplicate(held.document.external_id, why);
	}
	if (e == ERR_NONE)
		*out = json_incref(held.order);
	json_decref(held.order);
	return e;
}

enum err
order_desk_change(const struct desk *d, const struct resource *r, const char *id,
    const json_t *patch, json_t **out, struct refusal *why)
{
	json_t *order = NULL;
	struct fault fault;
	enum err e;

	if (resource_check(r, patch, false, &fault) != ERR_NONE)
		return desk_refuse_malformed(why, &fault);
	if ((e = d->store->begin(d->store)) != ERR_NONE)
		return e;
	e = desk_finish(d, change_within(d, r, id, patch, &order, why));
	if (e == ERR_NONE)
		*out = order;
	else
		json_decref(order);
	return e;
}

static enum err
delete_within(const struct desk *d, const struct resource *r, const char *id, struct refusal *why)
{
	struct order_held held;
	enum err e;

	if ((e = order_store_load(d, r, id, &held)) != ERR_NONE)
		return e == ERR_NOT_FOUND
		    ? desk_refuse(why, e, "not_found", "You have no %s with this id.", r->name)
		    : e;
	if (!order_state_is_final(order_document_state(held.order)))
		e = order_store_cancel(d, &held, NULL);
	if (e == ERR_NONE)
		e = desk_log(d, r, id, "order_deleted",
		    json_pack("{s:s}", "state", order_state_name(order_document_state(held.order))));
	held.document.deleted = d->now;
	if (e == ERR_NONE)
		e = order_store_save(d, &held);
	json_decref(held.order);
	return e;
}

enum err
order_desk_delete(const struct desk *d, const struct resource *r, const char *id,
    struct refusal *why)
{
	enum err e;

	if ((e = d->store->begin(d->store)) != ERR_NONE)
		return e;
	return desk_finish(d, delete_within(d, r, id, why));
}

enum err
order_desk_work(const struct desk *d, const struct resource *r, const char *id)
{
	struct order_held held;
	enum err e;

	if ((e = order_store_load(d, r, id, &held)) != ERR_NONE)
		return e;
	/* Somebody may have held or cancelled it, or put it off, in the meantime. */
	if (order_document_state(held.order) == ORDER_PENDING && held.document.due <= d->now &&
	    (e = go_on(d, &held)) == ERR_NONE)
		e = order_store_save(d, &held);
	json_decref(held.order);
	return e;
}
