/* prog/web/provider_api.c: what a provider's systems ask for; doc/provider-api.md is the contract. What is
 * another provider's does not exist. */
#include <stdio.h>

#include "base/text.h"
#include "base/timestamp.h"
#include "codec/encode.h"
#include "codec/json.h"
#include "prog/web/answer.h"
#include "prog/web/routes.h"

/* Subscriptions in one answer; the next page begins behind the last. */
enum { PAGE = 100 };

static json_t *
time_to_json(int64_t t)
{
	char text[TIMESTAMP_SIZE];

	if (t == 0)
		return json_null();
	timestamp_write(t, text);
	return json_string(text);
}

static bool
add_device(void *ctx, const struct device *d)
{
	json_array_append_new(ctx, json_pack("{s:s, s:s, s:s, s:b, s:s, s:o, s:o, s:I}", "id", d->id,
		"name", d->name, "platform", d->platform, "seated", d->seated, "left_reason",
		reason_code(d->left), "activated", time_to_json(d->created), "last_seen",
		time_to_json(d->last_seen), "generation", (json_int_t)d->generation));
	return true;
}

static json_t *
subscription_to_json(const struct subscription *s, int64_t now)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:o, s:I, s:o, s:o}", "id", s->id, "external_id",
	    s->external_id, "reference", s->reference, "state",
	    sub_state_name(subscription_state_at(s, now)), "reason", reason_code(s->reason), "since",
	    time_to_json(s->since), "seats", (json_int_t)s->seats, "paid_until",
	    time_to_json(s->paid_until), "created", time_to_json(s->created));
}

/* With its devices. NULL when the store fails. */
static json_t *
subscription_with_devices(struct call *c, const struct subscription *s)
{
	json_t *all = subscription_to_json(s, c->now), *devices = json_array();

	if (devices == NULL ||
	    c->web->store->list_devices(c->web->store, s->id, add_device, devices) != ERR_NONE) {
		json_decref(all);
		json_decref(devices);
		return NULL;
	}
	json_object_set_new(all, "devices", devices);
	return all;
}

static bool
read_order(struct call *c, struct order *out)
{
	char paid_until[TIMESTAMP_SIZE] = "";
	const struct json_field fields[] = {
		{ .name = "external_id", .kind = JSON_KIND_TEXT, .required = true,
		    .out = out->external_id, .size = sizeof out->external_id },
		{ .name = "seats", .kind = JSON_KIND_WHOLE, .out = &out->seats, .least = 1,
		    .most = SEATS_MAX },
		{ .name = "paid_until", .kind = JSON_KIND_TEXT, .out = paid_until,
		    .size = sizeof paid_until },
	};
	json_t *body = answer_read_body(c->request, fields, sizeof fields / sizeof fields[0]);

	if (body == NULL)
		return false;
	json_decref(body);
	if (out->external_id[0] == '\0') {
		answer_problem(c->request, 400, "malformed_request",
		    "field \"external_id\" must not be empty");
		return false;
	}
	if (paid_until[0] != '\0' && timestamp_read(paid_until, &out->paid_until) != ERR_NONE) {
		answer_problem(c->request, 400, "malformed_request",
		    "field \"paid_until\" must be a time such as 2027-01-31T00:00:00Z");
		return false;
	}
	if (paid_until[0] != '\0' && out->paid_until <= c->now) {
		answer_problem(c->request, 400, "malformed_request",
		    "field \"paid_until\" must lie in the future: such an order would protect nothing");
		return false;
	}
	return true;
}

static void
place_order(struct call *c)
{
	struct order order = { .seats = 1 };
	char code[CODE_SHOWN_SIZE], location[64];
	struct subscription sub;
	struct refusal why;
	json_t *answer;
	enum err e;

	if (!read_order(c, &order))
		return;
	e = authority_order(c->web->store, &c->principal.provider, &order, c->now, &sub, code, &why);
	if (e == ERR_CONFLICT) {
		answer_problem_with(c->request, 409, &why, NULL);
		return;
	}
	if (e != ERR_NONE) {
		answer_failure(c->request, e, "ordering a subscription");
		return;
	}
	snprintf(location, sizeof location, "/v1/subscriptions/%s", sub.id);
	http_answer_header(c->request, "Location", location);
	answer = subscription_to_json(&sub, c->now);
	if (answer != NULL)
		json_object_set_new(answer, "activation_code", json_string(code));
	answer_json(c->request, 201, answer);
}

struct page {
	json_t *list;
	int64_t now;
	char next[ID_SIZE];	/* empty: this was the last page */
};

static bool
add_subscription(void *ctx, const struct subscription *s)
{
	struct page *page = ctx;

	if (json_array_size(page->list) == PAGE) {
		json_t *last = json_array_get(page->list, PAGE - 1);

		text_copy(page->next, sizeof page->next,
		    json_string_value(json_object_get(last, "id")));
		return false;
	}
	json_array_append_new(page->list, subscription_to_json(s, page->now));
	return true;
}

static enum err
fill_page(struct call *c, struct page *page)
{
	struct bytes query = http_request_query(c->request);
	struct store *store = c->web->store;
	char external_id[EXTERNAL_ID_SIZE], after[ID_SIZE];
	struct subscription sub;
	enum err e;

	e = decode_form_field(query, "external_id", external_id, sizeof external_id);
	if (e == ERR_NONE) {
		e = store->find_subscription_by_external_id(store, c->principal.provider.id, external_id, &sub);
		if (e == ERR_NONE)
			add_subscription(page, &sub);
		return e == ERR_NOT_FOUND ? ERR_NONE : e;
	}
	if (e != ERR_NOT_FOUND)
		return ERR_MALFORMED;
	e = decode_form_field(query, "after", after, sizeof after);
	if (e != ERR_NONE && e != ERR_NOT_FOUND)
		return ERR_MALFORMED;
	return store->list_subscriptions(store, c->principal.provider.id, after, add_subscription, page);
}

static void
list_subscriptions(struct call *c)
{
	struct page page = { .now = c->now };
	enum err e;

	if ((page.list = json_array()) == NULL) {
		answer_failure(c->request, ERR_NOMEM, "listing subscriptions");
		return;
	}
	e = fill_page(c, &page);
	if (e == ERR_NONE) {
		answer_json(c->request, 200, json_pack("{s:O, s:s*}", "subscriptions", page.list,
			"next", page.next[0] == '\0' ? NULL : page.next));
	} else if (e == ERR_MALFORMED) {
		answer_problem(c->request, 400, "malformed_request",
		    "The query takes external_id=..., or after=... of the page before.");
	} else {
		answer_failure(c->request, e, "listing subscriptions");
	}
	json_decref(page.list);
}

/* The subscription that the path names, when it is the asker's. */
static bool
find_own(struct call *c, struct subscription *out)
{
	enum err e = authority_get(c->web->store, &c->principal.provider, c->parameter, out);

	if (e == ERR_NONE)
		return true;
	if (e == ERR_NOT_FOUND)
		answer_problem(c->request, 404, "unknown_subscription",
		    "You have no subscription with this id.");
	else
		answer_failure(c->request, e, "looking up a subscription");
	return false;
}

static void
look_at(struct call *c)
{
	struct subscription sub;

	if (find_own(c, &sub))
		answer_json(c->request, 200, subscription_with_devices(c, &sub));
}

static bool
add_event(void *ctx, const struct event *e)
{
	json_t *detail = json_loads(e->detail, 0, NULL);
	char hash[HASH_HEX_SIZE];

	encode_hex(bytes_of(e->hash, sizeof e->hash), hash);
	json_array_append_new(ctx, json_pack("{s:I, s:o, s:s, s:s, s:o, s:s}", "seq",
		(json_int_t)e->seq, "at", time_to_json(e->at), "actor", e->actor, "kind", e->kind,
		"detail", detail == NULL ? json_null() : detail, "hash", hash));
	return true;
}

static void
list_events(struct call *c)
{
	struct store *store = c->web->store;
	struct subscription sub;
	json_t *list;
	enum err e;

	if (!find_own(c, &sub))
		return;
	list = json_array();
	e = list == NULL ? ERR_NOMEM : store->list_events(store, sub.id, 0, add_event, list);
	if (e == ERR_NONE)
		answer_json(c->request, 200, json_pack("{s:O}", "events", list));
	else
		answer_failure(c->request, e, "listing events");
	json_decref(list);
}

static void
apply_change(struct call *c, struct change *change)
{
	struct subscription sub;
	struct refusal why;
	enum err e;

	change->actor = c->principal.actor;
	e = authority_change(c->web->store, &c->principal.provider, c->parameter, change, c->now, &sub, &why);
	if (e == ERR_NONE)
		answer_json(c->request, 200, subscription_with_devices(c, &sub));
	else if (e == ERR_NOT_FOUND)
		answer_problem(c->request, 404, "unknown_subscription",
		    "You have no subscription with this id.");
	else if (e == ERR_CONFLICT)
		answer_problem_with(c->request, 409, &why, NULL);
	else
		answer_failure(c->request, e, "changing a subscription");
}

/* Suspend and cancel take a reason; ${fallback} stands for a body without one. */
static void
change_with_reason(struct call *c, enum sub_event event, enum reason fallback)
{
	struct change change = { .event = event, .reason = fallback };
	char code[32] = "";
	const struct json_field fields[] = {
		{ .name = "reason", .kind = JSON_KIND_TEXT, .out = code, .size = sizeof code },
	};
	json_t *body;

	if ((body = answer_read_body(c->request, fields, 1)) == NULL)
		return;
	json_decref(body);
	if (code[0] != '\0' &&
	    (!reason_from_code(code, &change.reason) ||
		(change.reason != REASON_BILLING && change.reason != REASON_PROVIDER_REQUEST &&
		    change.reason != REASON_DISCONTINUED))) {
		answer_problem(c->request, 400, "unknown_reason",
		    "\"reason\" is one of billing, provider_request, discontinued.");
		return;
	}
	apply_change(c, &change);
}

static void
suspend_subscription(struct call *c)
{
	change_with_reason(c, EV_SUSPEND, REASON_PROVIDER_REQUEST);
}

static void
cancel_subscription(struct call *c)
{
	change_with_reason(c, EV_CANCEL, REASON_DISCONTINUED);
}

/* Resume and reinstate take nothing: an empty object or no body at all. */
static void
change_back(struct call *c, enum sub_event event)
{
	struct change change = { .event = event };
	json_t *body = NULL;

	if (http_request_body(c->request).n > 0 &&
	    (body = answer_read_body(c->request, NULL, 0)) == NULL)
		return;
	json_decref(body);
	apply_change(c, &change);
}

static void
resume_subscription(struct call *c)
{
	change_back(c, EV_RESUME);
}

static void
reinstate_subscription(struct call *c)
{
	change_back(c, EV_REINSTATE);
}

static const struct route routes[] = {
	{ "POST", "/v1/subscriptions", place_order, PERMIT_OPERATE },
	{ "GET", "/v1/subscriptions", list_subscriptions, PERMIT_READ },
	{ "GET", "/v1/subscriptions/{}", look_at, PERMIT_READ },
	{ "POST", "/v1/subscriptions/{}/suspend", suspend_subscription, PERMIT_OPERATE },
	{ "POST", "/v1/subscriptions/{}/resume", resume_subscription, PERMIT_OPERATE },
	{ "POST", "/v1/subscriptions/{}/cancel", cancel_subscription, PERMIT_OPERATE },
	{ "POST", "/v1/subscriptions/{}/reinstate", reinstate_subscription, PERMIT_OPERATE },
	{ "GET", "/v1/subscriptions/{}/events", list_events, PERMIT_READ },
};
const struct route_group provider_routes = { "/v1/", routes_refuse, routes,
	sizeof routes / sizeof routes[0] };
