/* tmforum/order_document.c: see order_document.h. */
#include "tmforum/order_document.h"

#include "base/text.h"
#include "tmforum/characteristic.h"
#include "tmforum/date_time.h"
#include "tmforum/record.h"

static enum order_action
action_of(const char *name)
{
	static const struct {
		const char *name;
		enum order_action action;
	} actions[] = {
		{ "add", ACTION_ADD },
		{ "modify", ACTION_MODIFY },
		{ "delete", ACTION_DELETE },
		{ "noChange", ACTION_NO_CHANGE },
	};

	for (size_t i = 0; name != NULL && i < sizeof actions / sizeof actions[0]; i++)
		if (text_equal(actions[i].name, name))
			return actions[i].action;
	return ACTION_NONE;
}

static enum err
check_subject(const struct resource *r, const struct order_item *item, struct fault *why)
{
	const struct resource *partner = resource_of(r->partner);
	const json_t *id = json_object_get(item->subject, "id");
	const json_t *list = json_object_get(item->subject, partner->characteristics);
	struct record_terms terms;
	enum err e;

	if (id != NULL && !json_is_string(id))
		return fault_set(why, ERR_MALFORMED, "the \"id\" of a %s must be a text", r->subject);
	if (list != NULL && !json_is_array(list))
		return fault_set(why, ERR_MALFORMED, "\"%s\" must be an array of objects",
		    partner->characteristics);
	if ((item->action == ACTION_MODIFY || item->action == ACTION_DELETE) && id == NULL &&
	    characteristic_find(list, "externalId") == NULL)
		return fault_set(why, ERR_MALFORMED,
		    "it must name its %s by \"id\" or by the characteristic \"externalId\"", r->subject);
	if ((e = resource_check(partner, item->subject, false, why)) != ERR_NONE)
		return e;
	if ((e = record_read_terms(partner, item->subject, &terms, why)) != ERR_NONE)
		return e;
	if (item->action == ACTION_ADD && terms.wish == WISH_TERMINATED)
		return fault_set(why, ERR_MALFORMED, "a %s that is added cannot be terminated", r->subject);
	return ERR_NONE;
}

static enum err
read_item(const struct resource *r, json_t *from, struct order_item *out, struct fault *why)
{
	const json_t *quantity = json_object_get(from, "quantity");
	struct order_item item = { .item = from, .quantity = 1 };

	item.id = json_string_value(json_object_get(from, "id"));
	item.action = action_of(json_string_value(json_object_get(from, "action")));
	item.subject = json_object_get(from, r->subject);
	if (item.id == NULL || item.id[0] == '\0')
		return fault_set(why, ERR_MALFORMED, "it must have an \"id\"");
	if (item.action == ACTION_NONE)
		return fault_set(why, ERR_MALFORMED,
		    "its \"action\" must be one of add, modify, delete, noChange");
	if (item.subject == NULL && r->kind == RESOURCE_PRODUCT_ORDER) {
		item.subject = json_object();
		if (json_object_set_new(from, r->subject, item.subject) != 0)
			return fault_set(why, ERR_NOMEM, "memory is short");
	}
	if (!json_is_object(item.subject))
		return fault_set(why, ERR_MALFORMED, "it must have a \"%s\"", r->subject);
	if (quantity != NULL && !json_is_null(quantity)) {
		item.quantity = json_integer_value(quantity);
		if (item.quantity < 1 || item.quantity > SEATS_MAX)
			return fault_set(why, ERR_MALFORMED,
			    "its \"quantity\" must be a whole number from 1 to %d", SEATS_MAX);
	}
	*out = item;
	return check_subject(r, out, why);
}

static bool
has_item(const struct order_items *items, const char *id)
{
	for (size_t i = 0; i < items->count; i++)
		if (text_equal(items->all[i].id, id))
			return true;
	return false;
}

/* Items may hold items; the nesting is bounded by that of JSON. */
static enum err
gather_items(const struct resource *r, json_t *list, struct order_items *out, struct fault *why)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		json_t *from = json_array_get(list, i), *inner;
		struct order_item item;
		enum err e;

		if (out->count == ORDER_ITEMS_MAX)
			return fault_set(why, ERR_LIMIT, "an order has at most %d items", ORDER_ITEMS_MAX);
		if (!json_is_object(from))
			return fault_set(why, ERR_MALFORMED, "\"%s\" must be an array of objects", r->items);
		if ((e = read_item(r, from, &item, why)) != ERR_NONE) {
			fault_within(why, "item %zu of \"%s\"", i + 1, r->items);
			return e;
		}
		if (has_item(out, item.id))
			return fault_set(why, ERR_MALFORMED, "two items have the id \"%.64s\"", item.id);
		out->all[out->count++] = item;
		inner = json_object_get(from, r->items);
		if (inner != NULL && !json_is_array(inner))
			return fault_set(why, ERR_MALFORMED, "\"%s\" must be an array of objects", r->items);
		if ((e = gather_items(r, inner, out, why)) != ERR_NONE)
			return e;
	}
	return ERR_NONE;
}

enum err
order_document_items(const struct resource *r, json_t *order, struct order_items *out,
    struct fault *why)
{
	json_t *list = json_object_get(order, r->items);

	out->count = 0;
	if (json_array_size(list) == 0)
		return fault_set(why, ERR_MALFORMED, "an order must have at least one \"%s\"", r->items);
	return gather_items(r, list, out, why);
}

static json_t *
date(int64_t t)
{
	return characteristic_of_date(t);
}

enum err
order_document_set_state(json_t *order, enum order_state state, int64_t now)
{
	int bad = json_object_set_new(order, "state", json_string(order_state_name(state)));
	const json_t *wanted = json_object_get(order, "requestedCompletionDate");
	int64_t start = order_document_start(order);

	switch (state) {
	case ORDER_IN_PROGRESS:
		if (json_object_get(order, "startDate") == NULL)
			bad |= json_object_set_new(order, "startDate", date(now));
		break;
	case ORDER_PENDING:
		if (wanted != NULL)
			bad |= json_object_set(order, "expectedCompletionDate", (json_t *)(uintptr_t)wanted);
		else if (start != 0)
			bad |= json_object_set_new(order, "expectedCompletionDate", date(start));
		break;
	case ORDER_COMPLETED:
	case ORDER_PARTIAL:
	case ORDER_FAILED:
		bad |= json_object_set_new(order, "completionDate", date(now));
		bad |= json_object_set_new(order, "expectedCompletionDate", date(now));
		break;
	case ORDER_CANCELLED:
		bad |= json_object_set_new(order, "cancellationDate", date(now));
		break;
	default:
		break;
	}
	return bad ? ERR_NOMEM : ERR_NONE;
}

enum order_state
order_document_state(const json_t *order)
{
	const char *name = json_string_value(json_object_get(order, "state"));

	return name == NULL ? ORDER_NONE : order_state_of(name);
}

enum err
order_document_set_item_state(struct order_item *item, enum order_state state)
{
	return json_object_set_new(item->item, "state", json_string(order_state_name(state))) == 0
	    ? ERR_NONE
	    : ERR_NOMEM;
}

enum err
order_document_open(const struct resource *r, json_t *order, const char *id, int64_t now,
    struct fault *why)
{
	struct order_items items;
	int bad = 0;
	enum err e;

	if ((e = order_document_items(r, order, &items, why)) != ERR_NONE)
		return e;
	for (size_t i = 0; i < r->attribute_count; i++)
		if (r->attributes[i].flags & ATTRIBUTE_OURS)
			json_object_del(order, r->attributes[i].name);
	bad |= json_object_set_new(order, "id", json_string(id));
	bad |= json_object_set_new(order, "orderDate", date(now));
	if (json_object_get(order, "@type") == NULL)
		bad |= json_object_set_new(order, "@type", json_string(r->type));
	if (bad)
		return fault_set(why, ERR_NOMEM, "memory is short");
	if ((e = order_document_set_state(order, ORDER_ACKNOWLEDGED, now)) != ERR_NONE)
		return fault_set(why, e, "memory is short");
	for (size_t i = 0; i < items.count; i++) {
		json_object_del(items.all[i].item, "errorMessage");
		if ((e = order_document_set_item_state(&items.all[i], ORDER_ACKNOWLEDGED)) != ERR_NONE)
			return fault_set(why, e, "memory is short");
	}
	return ERR_NONE;
}

int64_t
order_document_start(const json_t *order)
{
	const char *text = json_string_value(json_object_get(order, "requestedStartDate"));
	int64_t t;

	return text != NULL && date_time_read_seconds(text, &t) == ERR_NONE ? t : 0;
}

/* Append ${element}, which is released, to the array ${name} of ${object}, which is made when it is missing. */
static int
append(json_t *object, const char *name, json_t *element)
{
	json_t *list = json_object_get(object, name);

	if (!json_is_array(list) &&
	    ((list = json_array()) == NULL || json_object_set_new(object, name, list) != 0)) {
		json_decref(element);
		return -1;
	}
	return json_array_append_new(list, element);
}

static json_t *
error_of(const struct refusal *why, int64_t now)
{
	return json_pack("{s:s, s:s, s:s, s:o}", "code", why->code, "reason", why->detail, "message",
	    why->detail, "timestamp", date(now));
}

enum err
order_document_add_error(const struct resource *r, json_t *order, const struct order_item *item,
    const struct refusal *why, int64_t now)
{
	json_t *on_item = error_of(why, now), *on_order = error_of(why, now);
	int bad = 0;

	if (on_order != NULL)
		bad |= json_object_set_new(on_order, r->items,
		    json_pack("[{s:s, s:s, s:O}]", "id", item->id, "itemId", item->id,
			r->kind == RESOURCE_PRODUCT_ORDER ? "productOrderId" : "serviceOrderId",
			json_object_get(order, "id")));
	bad |= append(item->item, "errorMessage", on_item);
	bad |= append(order, "errorMessage", on_order);
	return bad ? ERR_NOMEM : ERR_NONE;
}

static int
show_items(const struct resource *r, json_t *list, const char *base_url)
{
	int bad = 0;

	for (size_t i = 0; i < json_array_size(list); i++) {
		json_t *item = json_array_get(list, i), *subject = json_object_get(item, r->subject);
		const char *id = json_string_value(json_object_get(subject, "id"));

		if (id != NULL)
			bad |= json_object_set_new(subject, "href",
			    record_href(resource_of(r->partner), base_url, id));
		bad |= show_items(r, json_object_get(item, r->items), base_url);
	}
	return bad;
}

json_t *
order_document_show(const struct resource *r, const json_t *order, const char *base_url)
{
	const char *id = json_string_value(json_object_get(order, "id"));
	json_t *out = json_object();

	if (out != NULL && id != NULL && json_object_set(out, "id", json_object_get(order, "id")) == 0 &&
	    json_object_set_new(out, "href", record_href(r, base_url, id)) == 0) {
		json_t *copy = json_deep_copy(order);
		int bad = copy == NULL || json_object_update_missing(out, copy) != 0 ||
		    (r->items != NULL && show_items(r, json_object_get(out, r->items), base_url) != 0);

		json_decref(copy);
		if (!bad)
			return out;
	}
	json_decref(out);
	return NULL;
}

static void
hide_in(const struct resource *r, json_t *list)
{
	const char *characteristics = resource_of(r->partner)->characteristics;

	for (size_t i = 0; i < json_array_size(list); i++) {
		json_t *item = json_array_get(list, i), *subject = json_object_get(item, r->subject);
		json_t *all = json_object_get(subject, characteristics), *kept;

		if (all != NULL) {
			kept = characteristic_without(all, "activationCode");
			/* When memory is short, none of them rather than the code. */
			if (kept == NULL || json_object_set_new(subject, characteristics, kept) != 0)
				json_object_del(subject, characteristics);
		}
		hide_in(r, json_object_get(item, r->items));
	}
}

void
order_document_hide_codes(const struct resource *r, json_t *order)
{
	hide_in(r, json_object_get(order, r->items));
}
