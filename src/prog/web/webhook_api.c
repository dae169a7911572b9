/* prog/web/webhook_api.c: where a provider's systems want to be told, and what became of what they were told;
 * doc/webhooks.md says what is sent. */
#include <stdio.h>

#include "base/text.h"
#include "codec/json.h"
#include "crypto/random.h"
#include "entitle/endpoint.h"
#include "prog/web/answer.h"
#include "prog/web/routes.h"
#include "prog/web/shape.h"

/* Deliveries in one answer; the largest body is a few hundred bytes. */
enum { PAGE = 100, BODY_MAX = 65536 };

/* The endpoint's refusals are of what was sent, not of what is there. */
static void
refuse_endpoint(struct call *c, enum err e, const struct refusal *why, const char *doing)
{
	if (e == ERR_MALFORMED && why != NULL && why->code[0] != '\0')
		answer_problem_with(c->request, 422, why, NULL);
	else
		answer_error(c, e, &(struct answer_error){ .why = why, .missing = "unknown_webhook",
				       .sentence = "You have no webhook with this id.", .doing = doing });
}

struct webhook_answer {
	struct endpoint endpoint;
	json_t *events;
	bool disabled;
};

#define WEBHOOK_FIELDS                                                                               \
	{ SHAPE_TEXT(webhook_answer, endpoint.id, "id") },                                             \
	{ SHAPE_TEXT(webhook_answer, endpoint.url, "url") },                                           \
	{ SHAPE_LIST(webhook_answer, events, "events", NULL), .about = "Event types; empty: all" },    \
	{ SHAPE_TIME(webhook_answer, endpoint.created, "created") },                                   \
	{ SHAPE_TIME(webhook_answer, endpoint.disabled, "disabled"),                                   \
	    .about = "Since when nothing is sent to it; null: it is enabled" },                        \
	{ SHAPE_TEXT(webhook_answer, endpoint.why, "disabled_reason"), .flags = FIELD_SPARSE,          \
	    .about = "gone, failing or by_owner" }

static const struct field webhook_fields[] = { WEBHOOK_FIELDS };
SHAPE(webhook, webhook_answer, "Webhook");

static const struct field webhook_new_fields[] = {
	WEBHOOK_FIELDS,
	{ SHAPE_TEXT(webhook_answer, endpoint.secret, "secret"),
	    .about = "What the messages are signed with (Standard Webhooks); shown in this answer alone" },
};
SHAPE(webhook_new, webhook_answer, "NewWebhook");

static const struct field webhook_request_fields[] = {
	{ SHAPE_TEXT(webhook_answer, endpoint.url, "url"), .flags = FIELD_REQUIRED | FIELD_FILLED },
	{ SHAPE_LIST(webhook_answer, events, "events", NULL), .about = "Event types; all unless given" },
};
SHAPE(webhook_request, webhook_answer, "WebhookRequest");

static const struct field webhook_change_fields[] = {
	{ SHAPE_TEXT(webhook_answer, endpoint.url, "url"), .flags = FIELD_FILLED },
	{ SHAPE_LIST(webhook_answer, events, "events", NULL) },
	{ SHAPE_BOOL(webhook_answer, disabled, "disabled") },
};
SHAPE(webhook_change, webhook_answer, "WebhookChange");

/* Event types with a space between, and back. */
static json_t *
events_to_json(const char *filter)
{
	json_t *list = json_array();

	while (*(filter += strspn(filter, " ")) != '\0') {
		size_t n = strcspn(filter, " ");

		json_array_append_new(list, json_stringn(filter, n));
		filter += n;
	}
	return list;
}

/* Answers when the list holds something else, or too much. */
static bool
read_events(struct call *c, json_t *list, char filter[static ENDPOINT_FILTER_SIZE])
{
	struct buf b;
	json_t *item;
	size_t i;
	bool good = true;

	buf_init(&b, ENDPOINT_FILTER_SIZE - 1);
	json_array_foreach(list, i, item) {
		const char *text = json_string_value(item);

		good = good && text != NULL && text[0] != '\0' && strchr(text, ' ') == NULL;
		if (good)
			buf_printf(&b, "%s%s", i == 0 ? "" : " ", text);
	}
	good = good && text_from_bytes(filter, ENDPOINT_FILTER_SIZE, buf_bytes(&b)) == ERR_NONE &&
	    b.err == ERR_NONE;
	buf_fini(&b);
	if (!good)
		answer_problem(c->request, 400, "malformed_request",
		    "field \"events\" must be a list of event types");
	return good;
}

static void
answer_webhook(struct call *c, const struct endpoint *p)
{
	struct webhook_answer a = { .endpoint = *p, .events = events_to_json(p->filter) };

	answer_shape(c, &a);
	random_forget(&a, sizeof a);
}

static bool
find_webhook(struct call *c, struct endpoint *out)
{
	enum err e = endpoint_get(c->web->store, &c->principal.provider, ENDPOINT_WEBHOOK, c->parameter, out);

	if (e != ERR_NONE)
		refuse_endpoint(c, e, NULL, "looking up a webhook");
	return e == ERR_NONE;
}

struct webhook_list {
	json_t *webhooks;
};
static const struct field webhook_list_fields[] = {
	{ SHAPE_LIST(webhook_list, webhooks, "webhooks", &webhook_shape) },
};
SHAPE(webhook_list, webhook_list, "WebhookList");

static bool
add_to_list(void *ctx, const struct endpoint *p)
{
	struct webhook_answer a = { .endpoint = *p, .events = events_to_json(p->filter) };

	json_array_append_new(ctx, shape_write(&webhook_shape, &a));
	return true;
}

static void
list_webhooks(struct call *c)
{
	struct webhook_list list = { json_array() };
	struct store *store = c->web->store;
	enum err e = ERR_NOMEM;

	if (list.webhooks != NULL)
		e = store->delivery.list_endpoints(store, c->principal.provider.id, ENDPOINT_WEBHOOK,
		    add_to_list, list.webhooks);
	if (e == ERR_NONE) {
		answer_shape(c, &list);
		return;
	}
	json_decref(list.webhooks);
	answer_failure(c->request, e, "listing webhooks");
}

static void
add_webhook(struct call *c)
{
	struct webhook_answer in = { .endpoint = { .kind = ENDPOINT_WEBHOOK } };
	struct refusal why = { "", "" };
	char location[64];
	enum err e;

	if (!answer_take_body(c, &in) || !read_events(c, in.events, in.endpoint.filter))
		return;
	e = endpoint_add(c->web->store, &c->principal.provider, &in.endpoint, c->web->reach,
	    c->principal.actor, c->now, &why);
	if (e != ERR_NONE) {
		refuse_endpoint(c, e, &why, "adding a webhook");
		return;
	}
	snprintf(location, sizeof location, "/v1/webhooks/%s", in.endpoint.id);
	http_answer_header(c->request, "Location", location);
	answer_webhook(c, &in.endpoint);
	random_forget(&in, sizeof in);
}

static void
look_at_webhook(struct call *c)
{
	struct endpoint p;

	if (find_webhook(c, &p))
		answer_webhook(c, &p);
}

static void
change_webhook(struct call *c)
{
	struct webhook_answer in = { .events = NULL };
	struct endpoint_change change = { .actor = c->principal.actor };
	struct refusal why = { "", "" };
	struct endpoint p;
	enum err e;

	if (!find_webhook(c, &p))
		return;
	in.endpoint = p;
	in.disabled = p.disabled != 0;
	if (!answer_take_body(c, &in) ||
	    (in.events != NULL && !read_events(c, in.events, in.endpoint.filter)))
		return;
	change.url = in.endpoint.url;
	change.filter = in.endpoint.filter;
	change.disabled = &in.disabled;
	e = endpoint_change(c->web->store, &c->principal.provider, &p, &change, c->web->reach, c->now, &why);
	if (e == ERR_NONE)
		answer_webhook(c, &p);
	else
		refuse_endpoint(c, e, &why, "changing a webhook");
}

static void
remove_webhook(struct call *c)
{
	enum err e = endpoint_remove(c->web->store, &c->principal.provider, ENDPOINT_WEBHOOK, c->parameter,
	    c->principal.actor, c->now);

	if (e == ERR_NONE)
		answer_done(c);
	else
		refuse_endpoint(c, e, NULL, "removing a webhook");
}

static void
rotate_secret(struct call *c)
{
	struct endpoint p;
	enum err e;

	if (!find_webhook(c, &p))
		return;
	e = endpoint_rotate_secret(c->web->store, &c->principal.provider, &p, c->principal.actor, c->now);
	if (e == ERR_NONE)
		answer_webhook(c, &p);
	else
		refuse_endpoint(c, e, NULL, "changing a webhook's secret");
}

static const char *
kind_choice(int value)
{
	return delivery_kind_name((enum delivery_kind)value);
}

static const char *
state_choice(int value)
{
	return delivery_state_name((enum delivery_state)value);
}
#define KINDS (1 << DELIVERY_WEBHOOK | 1 << DELIVERY_HUB | 1 << DELIVERY_MAIL)
#define STATES                                                                                       \
	(1 << DELIVERY_PENDING | 1 << DELIVERY_DELIVERED | 1 << DELIVERY_FAILED | 1 << DELIVERY_DROPPED)

struct delivery_answer {
	struct delivery delivery;
	json_t *body;		/* NULL: left out */
};
static const struct field delivery_fields[] = {
	{ SHAPE_TEXT(delivery_answer, delivery.id, "id"), .about = "Also in the message: a repetition is known by it" },
	{ SHAPE_CHOICE(delivery_answer, delivery.kind, "kind", kind_choice, KINDS) },
	{ SHAPE_TEXT(delivery_answer, delivery.lane, "endpoint"), .about = "The webhook or hub; \"mail\" for mail" },
	{ SHAPE_TEXT(delivery_answer, delivery.subject, "subscription"), .flags = FIELD_SPARSE },
	{ SHAPE_TEXT(delivery_answer, delivery.type, "type") },
	{ SHAPE_CHOICE(delivery_answer, delivery.state, "state", state_choice, STATES) },
	{ SHAPE_TIME(delivery_answer, delivery.created, "created") },
	{ SHAPE_TIME(delivery_answer, delivery.due, "next_attempt"), .flags = FIELD_SPARSE },
	{ SHAPE_TIME(delivery_answer, delivery.finished, "finished") },
	{ SHAPE_WHOLE(delivery_answer, delivery.attempts, "attempts", 0, INT64_MAX) },
	{ SHAPE_WHOLE(delivery_answer, delivery.status, "status", 0, 999), .about = "The receiver's last; 0: none" },
	{ SHAPE_TEXT(delivery_answer, delivery.error, "error"), .flags = FIELD_SPARSE },
	{ SHAPE_ANY(delivery_answer, body, "body"), .flags = FIELD_SPARSE, .about = "What is sent" },
};
SHAPE(delivery, delivery_answer, "Delivery");

struct delivery_query {
	char endpoint[ID_SIZE], before[ID_SIZE];
	enum delivery_state state;
	int64_t limit;
};
static const struct field delivery_query_fields[] = {
	{ SHAPE_TEXT(delivery_query, endpoint, "endpoint") },
	{ SHAPE_CHOICE(delivery_query, state, "state", state_choice, STATES) },
	{ SHAPE_TEXT(delivery_query, before, "before"), .about = "The next of the page before" },
	{ SHAPE_WHOLE(delivery_query, limit, "limit", 1, PAGE) },
};
SHAPE(delivery_query, delivery_query, "DeliveryQuery");

struct delivery_page {
	json_t *list;
	char next[ID_SIZE];
	int64_t limit;
};
static const struct field delivery_page_fields[] = {
	{ SHAPE_LIST(delivery_page, list, "deliveries", &delivery_shape) },
	{ SHAPE_TEXT(delivery_page, next, "next"), .flags = FIELD_SPARSE, .about = "There are more: ask with ?before=" },
};
SHAPE(delivery_page, delivery_page, "DeliveryPage");

/* When something that is over was due says nothing. */
static struct delivery_answer
answer_of(const struct delivery *d)
{
	struct delivery_answer a = { .delivery = *d };

	if (d->state != DELIVERY_PENDING)
		a.delivery.due = 0;
	return a;
}

static bool
add_delivery(void *ctx, const struct delivery *d, struct bytes body)
{
	struct delivery_answer a = answer_of(d);
	struct delivery_page *page = ctx;
	size_t n = json_array_size(page->list);

	(void)body;
	if (n == (size_t)page->limit) {
		text_copy(page->next, sizeof page->next,
		    json_string_value(json_object_get(json_array_get(page->list, n - 1), "id")));
		return false;
	}
	json_array_append_new(page->list, shape_write(&delivery_shape, &a));
	return true;
}

static void
list_deliveries(struct call *c)
{
	struct delivery_query query = { .limit = PAGE };
	struct delivery_filter filter = { .provider = c->principal.provider.id };
	struct store *store = c->web->store;
	struct delivery_page page = { .list = NULL };
	enum err e = ERR_NOMEM;

	if (!answer_take_query(c, &query))
		return;
	page.limit = query.limit;
	filter.lane = query.endpoint[0] == '\0' ? NULL : query.endpoint;
	filter.before = query.before[0] == '\0' ? NULL : query.before;
	filter.state = query.state;
	/* One more, to know whether there is a next page. */
	filter.limit = query.limit + 1;
	if ((page.list = json_array()) != NULL)
		e = store->delivery.list(store, &filter, add_delivery, &page);
	if (e == ERR_NONE) {
		answer_shape(c, &page);
		return;
	}
	json_decref(page.list);
	answer_failure(c->request, e, "listing deliveries");
}

static void
refuse_delivery(struct call *c, enum err e, const struct refusal *why, const char *doing)
{
	answer_error(c, e, &(struct answer_error){ .why = why, .missing = "unknown_delivery",
			       .sentence = "You have no delivery with this id.", .doing = doing });
}

static void
look_at_delivery(struct call *c)
{
	struct delivery_answer a;
	struct delivery d;
	struct buf body;
	enum err e;

	buf_init(&body, BODY_MAX);
	e = delivery_get(c->web->store, &c->principal.provider, c->parameter, &d, &body);
	if (e != ERR_NONE) {
		refuse_delivery(c, e, NULL, "looking up a delivery");
	} else {
		a = answer_of(&d);
		/* A mail's is text, and says what only the subscriber is to read. */
		if (d.kind != DELIVERY_MAIL && json_parse(buf_bytes(&body), &a.body, NULL) != ERR_NONE)
			a.body = NULL;
		answer_shape(c, &a);
	}
	buf_fini(&body);
}

static void
replay_delivery(struct call *c)
{
	struct refusal why = { "", "" };
	struct delivery_answer a;
	struct delivery d;
	enum err e;

	e = delivery_replay(c->web->store, &c->principal.provider, c->parameter, c->now, &d, &why);
	if (e != ERR_NONE) {
		refuse_delivery(c, e, &why, "replaying a delivery");
		return;
	}
	a = answer_of(&d);
	answer_shape(c, &a);
}

struct replay_body {
	int64_t since, replayed;
};
static const struct field replay_request_fields[] = {
	{ SHAPE_TIME(replay_body, since, "since"), .flags = FIELD_REQUIRED, .about = "Those made then or later" },
};
SHAPE(replay_request, replay_body, "ReplayRequest");
static const struct field replay_fields[] = {
	{ SHAPE_WHOLE(replay_body, replayed, "replayed", 0, INT64_MAX) },
};
SHAPE(replay, replay_body, "Replay");

static void
replay_webhook(struct call *c)
{
	struct replay_body body = { .since = 0 };
	struct endpoint p;
	enum err e;

	if (!find_webhook(c, &p) || !answer_take_body(c, &body))
		return;
	e = delivery_replay_failed(c->web->store, &c->principal.provider, p.id, body.since, c->now,
	    &body.replayed);
	if (e == ERR_NONE)
		answer_shape(c, &body);
	else
		refuse_endpoint(c, e, NULL, "replaying a webhook's deliveries");
}

static const struct route routes[] = {
	{ "GET", "/v1/webhooks", list_webhooks, PERMIT_OWN, "listWebhooks", "Your webhooks",
	    .answer = &webhook_list_shape },
	{ "POST", "/v1/webhooks", add_webhook, PERMIT_OWN, "addWebhook",
	    "A new webhook; its secret is shown in this answer alone", .body = &webhook_request_shape,
	    .answer = &webhook_new_shape, .status = 201 },
	{ "GET", "/v1/webhooks/{webhook}", look_at_webhook, PERMIT_OWN, "getWebhook", "One webhook",
	    .answer = &webhook_shape },
	{ "PATCH", "/v1/webhooks/{webhook}", change_webhook, PERMIT_OWN, "changeWebhook",
	    "Another address or other events; disable or enable it", .body = &webhook_change_shape,
	    .answer = &webhook_shape },
	{ "DELETE", "/v1/webhooks/{webhook}", remove_webhook, PERMIT_OWN, "removeWebhook",
	    "Remove a webhook and what was kept for it" },
	{ "POST", "/v1/webhooks/{webhook}/secret", rotate_secret, PERMIT_OWN, "rotateWebhookSecret",
	    "A new secret; the one before signs too for a day", .answer = &webhook_new_shape },
	{ "POST", "/v1/webhooks/{webhook}/replay", replay_webhook, PERMIT_OPERATE, "replayWebhook",
	    "Send all again that failed", .body = &replay_request_shape, .answer = &replay_shape },
	{ "GET", "/v1/deliveries", list_deliveries, PERMIT_READ, "listDeliveries",
	    "What was sent or is to be, newest first", .query = &delivery_query_shape,
	    .answer = &delivery_page_shape },
	{ "GET", "/v1/deliveries/{delivery}", look_at_delivery, PERMIT_READ, "getDelivery",
	    "One delivery with its body", .answer = &delivery_shape },
	{ "POST", "/v1/deliveries/{delivery}/replay", replay_delivery, PERMIT_OPERATE, "replayDelivery",
	    "Send one again", .answer = &delivery_shape },
};
const struct route_group webhook_routes = { "/v1/", routes_refuse, routes, sizeof routes / sizeof routes[0] };
