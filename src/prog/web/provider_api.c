/* prog/web/provider_api.c: how a provider's systems order, find and change subscriptions, and read what happened;
 * doc/provider-api.md is the contract. What is another provider's does not exist. */
#include <stdio.h>

#include "base/text.h"
#include "codec/encode.h"
#include "crypto/random.h"
#include "entitle/recipient.h"
#include "prog/web/answer.h"
#include "prog/web/subscription_shapes.h"

/* Things in one answer unless asked for fewer; the next page begins behind the last. */
enum { PAGE = 100, EVENTS_PAGE = 1000 };

struct order_request {
	struct order order;
	struct recipient recipient; /* an empty address: nobody */
};
static const struct field order_fields[] = {
	{ SHAPE_TEXT(order_request, order.external_id, "external_id"), .flags = FIELD_REQUIRED | FIELD_FILLED,
	    .about = "Your own name for it, unique among yours" },
	{ SHAPE_WHOLE(order_request, order.seats, "seats", 1, SEATS_MAX),
	    .about = "Devices at one time; 1 unless given" },
	{ SHAPE_TIME(order_request, order.paid_until, "paid_until"), .flags = FIELD_NULLABLE,
	    .about = "When it expires by itself; open-ended unless given" },
	{ SHAPE_OBJECT(order_request, recipient, "recipient", &subscription_recipient_request_shape),
	    .about = "Who gets mail about it, first a welcome with the activation code" },
};
SHAPE(order, order_request, "Order");

/* The order and who is told of it, or neither. */
static enum err
order_and_tell(struct call *c, struct order_request *request, struct subscription_answer *out,
    struct refusal *why)
{
	const struct provider *p = &c->principal.provider;
	struct store *store = c->web->store;
	enum err e;

	if ((e = store->begin(store)) != ERR_NONE)
		return e;
	e = authority_order(store, p, &request->order, c->now, &out->sub, out->activation_code, why);
	if (e == ERR_NONE && request->recipient.address[0] != '\0') {
		text_copy(request->recipient.subscription, ID_SIZE, out->sub.id);
		text_copy(request->recipient.code, CODE_SHOWN_SIZE, out->activation_code);
		e = recipient_set(store, p, &request->recipient, c->principal.actor, c->now, why);
	}
	if (e == ERR_NONE)
		e = store->commit(store);
	if (e != ERR_NONE)
		store->rollback(store);
	return e;
}

static void
place_order(struct call *c)
{
	struct order_request request = { .order = { .seats = 1 } };
	struct subscription_answer answer = { .devices = NULL };
	char location[64];
	struct refusal why = { "", "" };
	enum err e;

	if (!answer_take_body(c, &request))
		return;
	if (request.order.paid_until != 0 && request.order.paid_until <= c->now) {
		answer_problem(c->request, 400, "malformed_request",
		    "field \"paid_until\" must lie in the future: such an order would protect nothing");
		return;
	}
	e = order_and_tell(c, &request, &answer, &why);
	if (e != ERR_NONE) {
		subscription_refuse(c, e, &why, "ordering a subscription");
		return;
	}
	answer.state = answer.sub.state;
	snprintf(location, sizeof location, "/v1/subscriptions/%s", answer.sub.id);
	http_answer_header(c->request, "Location", location);
	answer_shape(c, &answer);
	random_forget(answer.activation_code, sizeof answer.activation_code);
	random_forget(request.recipient.code, sizeof request.recipient.code);
}

struct list_query {
	char external_id[EXTERNAL_ID_SIZE], after[ID_SIZE];
	enum sub_state state;	/* SUB_NONE: all */
	bool drift;		/* only where the sides differ */
	int64_t limit;
};
static const struct field list_query_fields[] = {
	{ SHAPE_TEXT(list_query, external_id, "external_id"), .about = "The one of that name, or none" },
	{ SHAPE_CHOICE(list_query, state, "state", subscription_state_choice, SUBSCRIPTION_STATES) },
	{ SHAPE_BOOL(list_query, drift, "drift"),
	    .about = "true: only those of which your system last said what is not so here" },
	{ SHAPE_TEXT(list_query, after, "after"), .about = "The next of the page before" },
	{ SHAPE_WHOLE(list_query, limit, "limit", 1, PAGE) },
};
SHAPE(list_query, list_query, "SubscriptionQuery");

struct page {
	json_t *list;
	char next[ID_SIZE];	/* empty: this was the last page */
	const struct list_query *query;
	int64_t now;
};
static const struct field page_fields[] = {
	{ SHAPE_LIST(page, list, "subscriptions", &subscription_shape) },
	{ SHAPE_TEXT(page, next, "next"), .flags = FIELD_SPARSE, .about = "There are more: ask with ?after=" },
};
SHAPE(page, page, "SubscriptionPage");

static bool
add_subscription(void *ctx, const struct subscription *s)
{
	struct page *page = ctx;
	size_t n = json_array_size(page->list);

	if (page->query->state != SUB_NONE && subscription_state_at(s, page->now) != page->query->state)
		return true;
	if (page->query->drift && subscription_agrees(s, page->now))
		return true;
	if (n == (size_t)page->query->limit) {
		text_copy(page->next, sizeof page->next,
		    json_string_value(json_object_get(json_array_get(page->list, n - 1), "id")));
		return false;
	}
	json_array_append_new(page->list, subscription_to_json(s, page->now));
	return true;
}

static enum err
fill_page(struct call *c, struct page *page)
{
	const char *provider = c->principal.provider.id;
	struct store *store = c->web->store;
	struct subscription sub;
	enum err e;

	if (page->query->external_id[0] == '\0')
		return store->list_subscriptions(store, provider, page->query->after, add_subscription, page);
	e = store->find_subscription_by_external_id(store, provider, page->query->external_id, &sub);
	if (e == ERR_NONE)
		add_subscription(page, &sub);
	return e == ERR_NOT_FOUND ? ERR_NONE : e;
}

static void
list_subscriptions(struct call *c)
{
	struct list_query query = { .limit = PAGE };
	struct page page = { .query = &query, .now = c->now };
	enum err e = ERR_NOMEM;

	if (!answer_take_query(c, &query))
		return;
	if ((page.list = json_array()) != NULL)
		e = fill_page(c, &page);
	if (e == ERR_NONE) {
		answer_shape(c, &page);
		return;
	}
	json_decref(page.list);
	answer_failure(c->request, e, "listing subscriptions");
}

static void
look_at_subscription(struct call *c)
{
	struct subscription sub;

	if (subscription_find_own(c, &sub))
		subscription_answer_whole(c, &sub);
}

struct event_query {
	int64_t after, limit;
};
static const struct field event_query_fields[] = {
	{ SHAPE_WHOLE(event_query, after, "after", 0, INT64_MAX), .about = "The seq that the page before ended with" },
	{ SHAPE_WHOLE(event_query, limit, "limit", 1, EVENTS_PAGE) },
};
SHAPE(event_query, event_query, "EventQuery");

struct event_answer {
	struct event event;
	char hash[HASH_HEX_SIZE];
	json_t *detail;
};
static const struct field event_fields[] = {
	{ SHAPE_WHOLE(event_answer, event.seq, "seq", 1, INT64_MAX), .about = "From 1 without gaps" },
	{ SHAPE_TIME(event_answer, event.at, "at") },
	{ SHAPE_TEXT(event_answer, event.actor, "actor"), .about = "Who did it" },
	{ SHAPE_TEXT(event_answer, event.kind, "kind") },
	{ SHAPE_ANY(event_answer, detail, "detail") },
	{ SHAPE_TEXT(event_answer, hash, "hash"), .about = "Over the event and the hash before it" },
};
SHAPE(event, event_answer, "Event");

struct event_page {
	json_t *list;
	int64_t next;		/* 0: this was the last page */
	struct event_query query;
};
static const struct field event_page_fields[] = {
	{ SHAPE_LIST(event_page, list, "events", &event_shape) },
	{ SHAPE_WHOLE(event_page, next, "next", 1, INT64_MAX), .flags = FIELD_SPARSE,
	    .about = "There are more: ask with ?after=" },
};
SHAPE(event_page, event_page, "EventPage");

static bool
add_event(void *ctx, const struct event *e)
{
	struct event_answer answer = { .event = *e };
	struct event_page *page = ctx;

	if (e->seq <= page->query.after)
		return true;
	if (json_array_size(page->list) == (size_t)page->query.limit) {
		page->next = e->seq - 1;
		return false;
	}
	encode_hex(bytes_of(e->hash, sizeof e->hash), answer.hash);
	answer.detail = json_loads(e->detail, 0, NULL);
	json_array_append_new(page->list, shape_write(&event_shape, &answer));
	return true;
}

/* The events of one chain, page by page. */
static void
answer_events(struct call *c, const char *chain)
{
	struct event_page page = { .query = { .limit = EVENTS_PAGE } };
	struct store *store = c->web->store;
	enum err e = ERR_NOMEM;

	if (!answer_take_query(c, &page.query))
		return;
	if ((page.list = json_array()) != NULL)
		e = store->list_events(store, chain, 0, add_event, &page);
	if (e == ERR_NONE) {
		answer_shape(c, &page);
		return;
	}
	json_decref(page.list);
	answer_failure(c->request, e, "listing events");
}

static void
list_events(struct call *c)
{
	struct subscription sub;

	if (subscription_find_own(c, &sub))
		answer_events(c, sub.id);
}

static void
list_own_events(struct call *c)
{
	answer_events(c, c->principal.provider.id);
}

#define EFFECTIVE                                                                                  \
	{ SHAPE_TIME(change, effective, "effective"),                                                \
	    .about = "When it takes effect, in the past (14 days unless agreed otherwise) or ahead; now unless given" }

static const struct field stop_fields[] = {
	{ SHAPE_CHOICE(change, reason, "reason", subscription_reason_choice, SUBSCRIPTION_REASONS),
	    .about = "What the subscriber reads" },
	EFFECTIVE,
};
SHAPE(stop, change, "StopRequest");

static const struct field again_fields[] = { EFFECTIVE };
SHAPE(again, change, "AgainRequest");

static const struct field renew_fields[] = {
	{ SHAPE_TIME(change, paid_until, "paid_until"), .flags = FIELD_REQUIRED | FIELD_NULLABLE,
	    .about = "The new end of what is paid; null: open-ended" },
	EFFECTIVE,
};
SHAPE(renew, change, "RenewRequest");

/* ${reason} stands for a body without one. */
static void
change_subscription(struct call *c, enum sub_event event, enum reason reason)
{
	struct change change = { .event = event, .reason = reason, .actor = c->principal.actor };
	struct refusal why = { "", "" };
	struct subscription sub;
	enum err e;

	if (!answer_take_body(c, &change))
		return;
	e = authority_change(c->web->store, &c->principal.provider, c->parameter, &change, c->now, &sub, &why);
	if (e == ERR_NONE)
		subscription_answer_change(c, &sub, why.code[0] == '\0' ? "done" : why.code);
	else
		subscription_refuse(c, e, &why, "changing a subscription");
}

static void
suspend(struct call *c)
{
	change_subscription(c, EV_SUSPEND, REASON_PROVIDER_REQUEST);
}

static void
cancel(struct call *c)
{
	change_subscription(c, EV_CANCEL, REASON_DISCONTINUED);
}

static void
resume(struct call *c)
{
	change_subscription(c, EV_RESUME, REASON_NONE);
}

static void
reinstate(struct call *c)
{
	change_subscription(c, EV_REINSTATE, REASON_NONE);
}

static void
renew(struct call *c)
{
	change_subscription(c, EV_RENEW, REASON_NONE);
}

static const struct route routes[] = {
	{ "POST", "/v1/subscriptions", place_order, PERMIT_OPERATE, "orderSubscription", "Order a subscription",
	    .body = &order_shape, .answer = &subscription_shape, .status = 201 },
	{ "GET", "/v1/subscriptions", list_subscriptions, PERMIT_READ, "listSubscriptions",
	    "Your subscriptions, or the one of a name, without their devices", .query = &list_query_shape,
	    .answer = &page_shape },
	{ "GET", "/v1/subscriptions/{subscription}", look_at_subscription, PERMIT_READ, "getSubscription",
	    "One subscription with its devices", .answer = &subscription_shape },
	{ "POST", "/v1/subscriptions/{subscription}/suspend", suspend, PERMIT_OPERATE, "suspendSubscription",
	    "Stop protection for now", .body = &stop_shape, .answer = &subscription_shape },
	{ "POST", "/v1/subscriptions/{subscription}/resume", resume, PERMIT_OPERATE, "resumeSubscription",
	    "End a suspension", .body = &again_shape, .answer = &subscription_shape },
	{ "POST", "/v1/subscriptions/{subscription}/cancel", cancel, PERMIT_OPERATE, "cancelSubscription",
	    "End the service", .body = &stop_shape, .answer = &subscription_shape },
	{ "POST", "/v1/subscriptions/{subscription}/reinstate", reinstate, PERMIT_OPERATE,
	    "reinstateSubscription", "Undo a cancellation", .body = &again_shape,
	    .answer = &subscription_shape },
	{ "POST", "/v1/subscriptions/{subscription}/renew", renew, PERMIT_OPERATE, "renewSubscription",
	    "It is paid for until a later time", .body = &renew_shape, .answer = &subscription_shape },
	{ "GET", "/v1/provider/events", list_own_events, PERMIT_OWN, "listOwnEvents",
	    "What happened to your keys, people, webhooks, card and terms, and who did it, oldest first",
	    .query = &event_query_shape, .answer = &event_page_shape },
	{ "GET", "/v1/subscriptions/{subscription}/events", list_events, PERMIT_READ, "listEvents",
	    "All that happened to a subscription, oldest first", .query = &event_query_shape,
	    .answer = &event_page_shape },
};
const struct route_group provider_routes = { "/v1/", routes_refuse, routes, sizeof routes / sizeof routes[0] };
