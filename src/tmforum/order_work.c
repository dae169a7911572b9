/* tmforum/order_work.c: see order_work.h. */
#include "tmforum/order_work.h"

#include "base/text.h"
#include "tmforum/characteristic.h"
#include "tmforum/record_desk.h"

/* One item being done. */
struct work {
	const struct desk *desk;
	struct order_held *held;
	const struct resource *record; /* what the items act on */
	struct order_item *item;
	struct refusal *why;
};

enum err
order_work_check(const struct desk *d, const struct order_held *held, struct order_items *items,
    struct order_item **missing)
{
	const struct resource *record = resource_of(held->resource->partner);

	for (size_t i = 0; i < items->count; i++) {
		struct order_item *item = &items->all[i];
		struct subscription sub;
		enum err e;

		if (item->action != ACTION_MODIFY && item->action != ACTION_DELETE)
			continue;
		if ((e = record_desk_find(d, record, item->subject, &sub)) == ERR_NOT_FOUND)
			*missing = item;
		if (e != ERR_NONE)
			return e;
	}
	return ERR_NONE;
}

/* What the record will say of where it came from. */
static json_t *
origin_of(const struct work *w)
{
	json_t *order = json_object_get(w->held->order, "id");

	if (w->held->resource->kind == RESOURCE_PRODUCT_ORDER)
		return json_pack("[{s:s, s:O, s:s}]", "orderItemId", w->item->id, "productOrderId", order,
		    "orderItemAction", "add");
	return json_pack("[{s:s, s:O, s:s, s:s}]", "itemId", w->item->id, "serviceOrderId", order,
	    "itemAction", "add", "@referredType", "ServiceOrder");
}

/* The record that an item adds: what the client said of it, and the order that it came by. */
static json_t *
record_to_add(const struct work *w)
{
	json_t *record = json_deep_copy(w->item->subject);
	json_t *offering = json_object_get(w->item->item, "productOffering");
	int bad = record == NULL;

	if (!bad)
		bad |= json_object_set_new(record, w->held->resource->items, origin_of(w));
	if (!bad && offering != NULL && json_object_get(record, "productOffering") == NULL)
		bad |= json_object_set(record, "productOffering", offering);
	if (!bad)
		return record;
	json_decref(record);
	return NULL;
}

/* Tell the client on the item what it has got. */
static enum err
tell_added(const struct work *w, const struct record_made *made)
{
	json_t *subject = w->item->subject, *list = json_object_get(subject, w->record->characteristics);
	const struct subscription *sub = &made->subscription;
	enum err e;

	if (!json_is_array(list)) {
		list = json_array();
		if (json_object_set_new(subject, w->record->characteristics, list) != 0)
			return ERR_NOMEM;
	}
	if ((e = characteristic_set(list, "activationCode", json_string(made->code))) != ERR_NONE ||
	    (e = characteristic_set(list, "externalId", json_string(sub->external_id))) != ERR_NONE ||
	    (e = characteristic_set(list, "reference", json_string(sub->reference))) != ERR_NONE)
		return e;
	return characteristic_set(list, "seats", json_integer(sub->seats));
}

/* Its id, and its state as the inventory shows it now. */
static enum err
tell_state(const struct work *w, const char *id)
{
	json_t *shown = NULL;
	enum err e;

	if ((e = record_desk_get(w->desk, w->record, id, "", &shown)) != ERR_NONE)
		return e;
	if (json_object_set_new(w->item->subject, "id", json_string(id)) != 0 ||
	    json_object_set(w->item->subject, w->record->state,
		json_object_get(shown, w->record->state)) != 0)
		e = ERR_NOMEM;
	json_decref(shown);
	return e;
}

static enum err
add(const struct work *w)
{
	const char *external_id = json_string_value(json_object_get(w->held->order, "externalId"));
	bool alone = json_array_size(json_object_get(w->held->order, w->held->resource->items)) == 1 &&
	    json_object_get(w->item->item, w->held->resource->items) == NULL;
	const struct record_defaults defaults = { .external_id = alone && external_id != NULL
		    ? external_id
		    : "",
		.seats = w->item->quantity };
	json_t *record = record_to_add(w);
	struct record_made made;
	enum err e = ERR_NOMEM;

	if (record != NULL &&
	    (e = record_desk_add(w->desk, w->record, record, &defaults, &made, w->why)) == ERR_NONE &&
	    (e = tell_added(w, &made)) == ERR_NONE)
		e = tell_state(w, made.subscription.id);
	json_decref(record);
	return e;
}

/* The item's record as a merge patch: its characteristics are put among those that are there. */
static enum err
make_patch(const struct work *w, const char *id, json_t **out)
{
	const char *name = w->record->characteristics;
	json_t *patch = json_copy(w->item->subject), *shown = NULL, *list = NULL;
	json_t *given = json_object_get(w->item->subject, name);
	enum err e = ERR_NOMEM;

	if (patch == NULL)
		goto done;
	json_object_del(patch, "id");
	json_object_del(patch, "href");
	json_object_del(patch, "@type");
	if (w->item->action == ACTION_DELETE &&
	    json_object_set_new(patch, w->record->state, json_string("terminated")) != 0)
		goto done;
	e = ERR_NONE;
	if (json_is_array(given) &&
	    (e = record_desk_get(w->desk, w->record, id, "", &shown)) == ERR_NONE) {
		list = record_own_characteristics(json_object_get(shown, name));
		e = list == NULL ? ERR_NOMEM : characteristic_merge(list, given);
		if (e == ERR_NONE && json_object_set(patch, name, list) != 0)
			e = ERR_NOMEM;
	}
	if (e == ERR_NONE)
		*out = json_incref(patch);
done:
	json_decref(patch);
	json_decref(shown);
	json_decref(list);
	return e;
}

/* A command that came late, and was overtaken by what took effect after it should have, says so. */
static enum err
note_overtaken(const struct work *w)
{
	json_t *note = json_pack("[{s:s, s:s, s:o}]", "text", w->why->detail, "author", "Holdfast", "date",
	    characteristic_of_date(w->desk->now));

	return json_object_set_new(w->item->item, "note", note) == 0 ? ERR_NONE : ERR_NOMEM;
}

static enum err
change(const struct work *w)
{
	int64_t start = order_document_start(w->held->order);
	struct desk desk = *w->desk;
	struct subscription sub;
	json_t *patch = NULL;
	enum err e;

	desk.effective = start < desk.now ? start : 0;
	e = record_desk_find(&desk, w->record, w->item->subject, &sub);
	if (e == ERR_NOT_FOUND)
		return desk_refuse(w->why, e, "unknown_subscription", "You have no such %s (any more).",
		    w->record->name);
	if (e == ERR_NONE && (e = make_patch(w, sub.id, &patch)) == ERR_NONE &&
	    (e = record_desk_change(&desk, w->record, sub.id, patch, w->why)) == ERR_NONE &&
	    text_equal(w->why->code, "overtaken"))
		e = note_overtaken(w);
	if (e == ERR_NONE)
		e = tell_state(w, sub.id);
	json_decref(patch);
	return e;
}

/* What may be better next time: then the order waits. Anything else would be the same for ever. */
static bool
may_pass(enum err e)
{
	return e == ERR_NOMEM || e == ERR_IO || e == ERR_FULL || e == ERR_TIMEOUT;
}

/* Do one item as a part of its own. */
static enum err
do_item(const struct work *w)
{
	struct store *store = w->desk->store;
	enum err e;

	if (w->item->action == ACTION_NO_CHANGE)
		return ERR_NONE;
	if ((e = store->begin(store)) != ERR_NONE)
		return e;
	e = desk_finish(w->desk, w->item->action == ACTION_ADD ? add(w) : change(w));
	if (e != ERR_NONE && !desk_is_refusal(e) && !may_pass(e))
		e = desk_refuse(w->why, ERR_CONFLICT, "not_possible", "It cannot be done: %s.",
		    err_name(e));
	return e;
}

enum err
order_work_do(const struct desk *d, struct order_held *held)
{
	bool ended[ORDER_STATES] = { false };
	struct order_items items;
	enum err e;

	if ((e = order_document_items(held->resource, held->order, &items, NULL)) != ERR_NONE)
		return e == ERR_NOMEM ? e : ERR_IO;
	for (size_t i = 0; i < items.count; i++) {
		struct refusal why = { "", "" };
		struct work w = { d, held, resource_of(held->resource->partner), &items.all[i], &why };
		enum order_state state = ORDER_COMPLETED;

		e = do_item(&w);
		if (desk_is_refusal(e)) {
			state = ORDER_FAILED;
			e = order_document_add_error(held->resource, held->order, w.item, &why, d->now);
		}
		if (e != ERR_NONE || (e = order_document_set_item_state(w.item, state)) != ERR_NONE)
			return e;
		ended[state] = true;
	}
	return order_store_move(d, held, order_state_of_items(ended));
}
