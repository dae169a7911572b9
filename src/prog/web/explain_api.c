/* prog/web/explain_api.c: why things are as they are: one device explained, figures, and the comparison with the
 * provider's own inventory. */
#include "entitle/authority_explain.h"
#include "entitle/authority_reconcile.h"

#include <stdlib.h>

#include "base/text.h"
#include "prog/web/answer.h"
#include "prog/web/subscription_shapes.h"

/* The members of what authority_explain gives. */
struct explanation {
	json_t *condition, *notice, *words, *because, *sides, *drift;
};
static const struct field explanation_fields[] = {
	{ SHAPE_ANY(explanation, condition, "condition"), .about = "kind, reason, since, until" },
	{ SHAPE_ANY(explanation, notice, "notice"), .about = "What the person reads" },
	{ SHAPE_LIST(explanation, words, "words", NULL), .about = "A few sentences, in the order of what happened" },
	{ SHAPE_ANY(explanation, because, "because"), .about = "The events that made it so" },
	{ SHAPE_ANY(explanation, sides, "sides"), .about = "What is held true here, by your system, and by the device" },
	{ SHAPE_ANY(explanation, drift, "drift"), .about = "Where the sides differ" },
};
SHAPE(explanation, explanation, "Explanation");

static void
explain(struct call *c)
{
	struct explanation x;
	json_t *all = NULL;
	enum err e;

	e = authority_explain(c->web->store, &c->principal.provider, c->parameter, c->now, &all);
	if (e != ERR_NONE) {
		answer_error(c, e, &(struct answer_error){ .missing = "unknown_device",
				       .sentence = "You have no device with this id.", .doing = "explaining" });
		return;
	}
	x = (struct explanation){ json_incref(json_object_get(all, "condition")),
		json_incref(json_object_get(all, "notice")), json_incref(json_object_get(all, "words")),
		json_incref(json_object_get(all, "because")), json_incref(json_object_get(all, "sides")),
		json_incref(json_object_get(all, "drift")) };
	json_decref(all);
	answer_shape(c, &x);
}

#define FIGURES_FIELDS                                                                                \
	{ SHAPE_WHOLE(figures, by_state[SUB_PENDING], "pending", 0, INT64_MAX) },                       \
	{ SHAPE_WHOLE(figures, by_state[SUB_ACTIVE], "active", 0, INT64_MAX) },                         \
	{ SHAPE_WHOLE(figures, by_state[SUB_SUSPENDED], "suspended", 0, INT64_MAX) },                   \
	{ SHAPE_WHOLE(figures, by_state[SUB_EXPIRED], "expired", 0, INT64_MAX) },                       \
	{ SHAPE_WHOLE(figures, by_state[SUB_CANCELLED], "cancelled", 0, INT64_MAX) },                   \
	{ SHAPE_WHOLE(figures, seats, "seats", 0, INT64_MAX), .about = "Of all but the cancelled ones" },\
	{ SHAPE_WHOLE(figures, devices, "devices", 0, INT64_MAX), .about = "That have one of them" }

static const struct field figures_fields[] = { FIGURES_FIELDS };
const struct shape figures_shape = { "Figures", figures_fields,
	sizeof figures_fields / sizeof figures_fields[0], sizeof(struct figures) };

void
figures_answer(struct call *c, const char *provider)
{
	struct store *store = c->web->store;
	struct figures f;
	enum err e;

	if ((e = store->get_figures(store, provider, c->now, &f)) == ERR_NONE)
		answer_shape(c, &f);
	else
		answer_failure(c->request, e, "counting");
}

static void
show_figures(struct call *c)
{
	figures_answer(c, c->principal.provider.id);
}

static void
show_figures_of(struct call *c)
{
	struct provider p;
	enum err e = c->web->store->get_provider(c->web->store, c->parameter, &p);

	if (e == ERR_NONE)
		figures_answer(c, p.id);
	else
		answer_error(c, e, &(struct answer_error){ .missing = "unknown_provider",
				       .sentence = "There is no provider with this id.", .doing = "counting" });
}

static const char *
says_choice(int value)
{
	return verify_answer_name((enum verify_answer)value);
}

static const struct field entry_fields[] = {
	{ SHAPE_TEXT(inventory_entry, external_id, "external_id"), .flags = FIELD_REQUIRED | FIELD_FILLED },
	{ SHAPE_CHOICE(inventory_entry, says, "state", says_choice,
	    1 << VERIFY_ACTIVE | 1 << VERIFY_SUSPENDED | 1 << VERIFY_CANCELLED), .flags = FIELD_REQUIRED },
};
SHAPE(entry, inventory_entry, "InventoryEntry");

struct inventory_request {
	int64_t as_of;
	json_t *entries;
};
static const struct field inventory_fields[] = {
	{ SHAPE_TIME(inventory_request, as_of, "as_of"), .flags = FIELD_REQUIRED,
	    .about = "When your system said so; a change that took effect here later stands" },
	{ SHAPE_LIST(inventory_request, entries, "subscriptions", &entry_shape), .flags = FIELD_REQUIRED },
};
SHAPE(inventory, inventory_request, "Inventory");

struct inventory_end {
	int64_t began;
};
static const struct field end_fields[] = {
	{ SHAPE_TIME(inventory_end, began, "began"), .flags = FIELD_REQUIRED,
	    .about = "The as_of of its first part: whatever no part named is missing in it" },
};
SHAPE(end, inventory_end, "InventoryEnd");

static const struct field report_fields[] = {
	{ SHAPE_WHOLE(reconcile_report, agreed, "agreed", 0, INT64_MAX) },
	{ SHAPE_WHOLE(reconcile_report, repaired, "repaired", 0, INT64_MAX), .about = "Ours follows yours now" },
	{ SHAPE_WHOLE(reconcile_report, reported, "reported", 0, INT64_MAX),
	    .about = "A difference that only a person can settle: an event \"drift\"" },
	{ SHAPE_WHOLE(reconcile_report, unknown, "unknown", 0, INT64_MAX), .about = "Yours that are not here" },
	{ SHAPE_WHOLE(reconcile_report, missing, "missing", 0, INT64_MAX), .about = "Ours that you do not have" },
};
SHAPE(report, reconcile_report, "ReconcileReport");

/* Answers when an entry is none. The caller frees *out. */
static bool
read_entries(struct call *c, const json_t *list, struct inventory_entry **out)
{
	size_t n = json_array_size(list);
	struct inventory_entry *entries = calloc(n + 1, sizeof *entries);
	struct fault why;

	if (entries == NULL) {
		answer_failure(c->request, ERR_NOMEM, "reading an inventory");
		return false;
	}
	for (size_t i = 0; i < n; i++) {
		if (shape_read(&entry_shape, json_array_get(list, i), &entries[i], &why) == ERR_NONE)
			continue;
		fault_within(&why, "subscriptions[%zu]", i);
		answer_problem(c->request, 400, "malformed_request", why.text);
		free(entries);
		return false;
	}
	*out = entries;
	return true;
}

static void
take_inventory(struct call *c)
{
	struct inventory_request request = { .as_of = 0 };
	struct reconcile_report report = { .agreed = 0 };
	struct inventory_entry *entries = NULL;
	struct inventory inventory;
	enum err e;

	if (!answer_take_body(c, &request) || !read_entries(c, request.entries, &entries))
		return;
	inventory = (struct inventory){ entries, json_array_size(request.entries), request.as_of };
	if (request.as_of > c->now) {
		answer_problem(c->request, 400, "malformed_request", "field \"as_of\" lies in the future");
	} else {
		e = authority_reconcile(c->web->store, &c->principal.provider, &inventory, c->now, &report);
		if (e == ERR_NONE)
			answer_shape(c, &report);
		else
			answer_failure(c->request, e, "reconciling with an inventory");
	}
	free(entries);
}

static void
end_inventory(struct call *c)
{
	struct reconcile_report report = { .agreed = 0 };
	struct inventory_end request = { .began = 0 };
	enum err e;

	if (!answer_take_body(c, &request))
		return;
	e = authority_reconcile_end(c->web->store, &c->principal.provider, request.began, c->now, &report);
	if (e == ERR_NONE)
		answer_shape(c, &report);
	else
		answer_failure(c->request, e, "reconciling with an inventory");
}

static const struct route routes[] = {
	{ "GET", "/v1/devices/{device}/explain", explain, PERMIT_READ, "explainDevice",
	    "Why a device is in its condition, in words and down to the events that made it so",
	    .answer = &explanation_shape },
	{ "GET", "/v1/figures", show_figures, PERMIT_READ, "getFigures", "How many you have of what",
	    .answer = &figures_shape },
	{ "POST", "/v1/inventory", take_inventory, PERMIT_OPERATE, "sendInventory",
	    "A part of your own inventory: where it differs, ours follows yours, and the log says so",
	    .body = &inventory_shape, .answer = &report_shape },
	{ "POST", "/v1/inventory/end", end_inventory, PERMIT_OPERATE, "endInventory",
	    "Your inventory was sent whole: what it did not name is reported, never cancelled", .body = &end_shape,
	    .answer = &report_shape },
	{ "GET", "/v1/vendor/providers/{provider}/figures", show_figures_of, PERMIT_VENDOR, "getFiguresOfProvider",
	    "How many a provider has of what", .answer = &figures_shape },
};
const struct route_group explain_routes = { "/v1/", routes_refuse, routes, sizeof routes / sizeof routes[0] };
