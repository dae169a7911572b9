/* Goal of this test: orders, records and cancellations through a real store: what is due is done on time, also when
 * nobody was there; what is refused changes nothing; and listeners are told what happened, in the words of their
 * interface and without secrets. */
#include <stdio.h>
#include <stdlib.h>

#include "base/test.h"
#include "base/text.h"
#include "codec/json.h"
#include "entitle/event.h"
#include "store/store_sqlite.h"
#include "tmforum/cancellation.h"
#include "tmforum/characteristic.h"
#include "tmforum/document_desk.h"
#include "tmforum/due.h"
#include "tmforum/notification.h"
#include "tmforum/order_desk.h"
#include "tmforum/order_document.h"
#include "tmforum/record_desk.h"

static const int64_t NOW = 1795000000, DAY = 86400;

struct world {
	struct store *store;
	struct provider mine, theirs;
	struct desk desk;
	struct refusal why;
};

static void
world_open(struct world *w)
{
	static int number;
	char path[200];

	*w = (struct world){ .store = NULL };
	w->mine.policy = w->theirs.policy = policy_default();
	snprintf(path, sizeof path, "%s/tmf%d.db", test_dir(), number++);
	CHECK_EQ(store_sqlite_open(path, &w->store, NULL), ERR_NONE);
	CHECK_EQ(authority_add_provider(w->store, &w->mine, "vendor", NOW, NULL), ERR_NONE);
	CHECK_EQ(authority_add_provider(w->store, &w->theirs, "vendor", NOW, NULL), ERR_NONE);
	w->desk = (struct desk){ w->store, &w->mine, "test", NOW };
}

static void
world_close(struct world *w)
{
	struct event_check check;

	CHECK_EQ(event_verify_log(w->store, &check), ERR_NONE);
	CHECK_EQ(check.broken_at, 0);
	w->store->close(w->store);
}

static json_t *
parse(const char *text)
{
	json_t *value = NULL;

	CHECK_EQ(json_parse(bytes_of_text(text), &value, NULL), ERR_NONE);
	return value;
}

static const struct resource *
orders(void)
{
	return resource_of(RESOURCE_SERVICE_ORDER);
}

static const struct resource *
services(void)
{
	return resource_of(RESOURCE_SERVICE);
}

/* Place an order; returns it as it is stored. */
static json_t *
place(struct world *w, const char *text)
{
	json_t *body = parse(text), *order = NULL;
	bool again;

	CHECK_EQ(order_desk_place(&w->desk, orders(), body, &order, &again, &w->why), ERR_NONE);
	CHECK(!again);
	json_decref(body);
	return order;
}

static void
id_of(const json_t *resource, char out[static ID_SIZE])
{
	CHECK_EQ(text_copy(out, ID_SIZE, json_string_value(json_object_get(resource, "id"))), ERR_NONE);
}

/* The state of the stored order, and the id of the service that its first item has. */
static enum order_state
look(struct world *w, const char *id, char service[static ID_SIZE])
{
	json_t *order = NULL, *item;
	enum order_state state;
	const char *of;

	CHECK_EQ(order_desk_get(&w->desk, orders(), id, &order), ERR_NONE);
	state = order_document_state(order);
	item = json_array_get(json_object_get(order, "serviceOrderItem"), 0);
	of = json_string_value(json_object_get(json_object_get(item, "service"), "id"));
	text_copy(service, ID_SIZE, of == NULL ? "" : of);
	json_decref(order);
	return state;
}

static int64_t
count_services(struct world *w)
{
	int64_t n = -1;

	CHECK_EQ(w->store->document.count_services(w->store, w->mine.id, "service", &n), ERR_NONE);
	return n;
}

#define ADD "{\"id\":\"1\",\"action\":\"add\",\"service\":{\"state\":\"active\"}}"
/* A day behind NOW. */
#define TOMORROW "\"requestedStartDate\":\"2026-11-19T11:06:40Z\""

TEST(an_order_for_later_is_done_when_its_time_comes)
{
	char id[ID_SIZE], service[ID_SIZE];
	struct world w;
	json_t *order;
	int64_t next;

	world_open(&w);
	CHECK_EQ(due_run(w.store, NOW, 10, &next), ERR_NONE);
	CHECK_EQ(next, 0);
	order = place(&w, "{" TOMORROW ",\"serviceOrderItem\":[" ADD "]}");
	id_of(order, id);
	json_decref(order);
	CHECK_EQ(count_services(&w), 0);
	CHECK_EQ(due_run(w.store, NOW + DAY - 1, 10, &next), ERR_NONE);
	CHECK_EQ(next, NOW + DAY);
	CHECK_EQ(look(&w, id, service), ORDER_PENDING);
	CHECK_EQ(count_services(&w), 0);
	/* Nobody was there for a week. */
	CHECK_EQ(due_run(w.store, NOW + 8 * DAY, 10, &next), ERR_NONE);
	CHECK_EQ(next, 0);
	CHECK_EQ(look(&w, id, service), ORDER_COMPLETED);
	CHECK_EQ(count_services(&w), 1);
	/* Once is enough. */
	CHECK_EQ(due_run(w.store, NOW + 9 * DAY, 10, &next), ERR_NONE);
	CHECK_EQ(count_services(&w), 1);
	world_close(&w);
}

TEST(what_is_due_is_done_in_its_order_and_no_more_than_asked_at_once)
{
	char ids[3][ID_SIZE], service[ID_SIZE];
	struct world w;
	json_t *order;
	int64_t next;

	world_open(&w);
	for (int i = 0; i < 3; i++) {
		char text[300];

		snprintf(text, sizeof text,
		    "{\"requestedStartDate\":\"2026-11-%dT11:06:40Z\",\"serviceOrderItem\":[" ADD "]}", 21 - i);
		order = place(&w, text);
		id_of(order, ids[i]);
		json_decref(order);
	}
	CHECK_EQ(due_run(w.store, NOW + 9 * DAY, 2, &next), ERR_NONE);
	CHECK_EQ(next, NOW + 3 * DAY);
	CHECK_EQ(look(&w, ids[0], service), ORDER_PENDING);
	CHECK_EQ(look(&w, ids[1], service), ORDER_COMPLETED);
	CHECK_EQ(look(&w, ids[2], service), ORDER_COMPLETED);
	CHECK_EQ(due_run(w.store, NOW + 9 * DAY, 2, &next), ERR_NONE);
	CHECK_EQ(look(&w, ids[0], service), ORDER_COMPLETED);
	world_close(&w);
}

TEST(a_damaged_order_is_put_off_and_keeps_nothing_else)
{
	char damaged[ID_SIZE], good[ID_SIZE], service[ID_SIZE];
	struct document d;
	struct world w;
	json_t *order;
	int64_t next;

	world_open(&w);
	order = place(&w, "{" TOMORROW ",\"serviceOrderItem\":[" ADD "]}");
	id_of(order, damaged);
	json_decref(order);
	order = place(&w, "{" TOMORROW ",\"serviceOrderItem\":[" ADD "]}");
	id_of(order, good);
	json_decref(order);
	CHECK_EQ(w.store->document.get(w.store, w.mine.id, "serviceOrder", damaged, &d, NULL), ERR_NONE);
	CHECK_EQ(w.store->document.put(w.store, &d, bytes_of_text("damage")), ERR_NONE);
	CHECK_EQ(due_run(w.store, NOW + 2 * DAY, 10, &next), ERR_NONE);
	CHECK_EQ(next, NOW + 2 * DAY + 3600);
	CHECK_EQ(look(&w, good, service), ORDER_COMPLETED);
	world_close(&w);
}

static enum err
patch_order(struct world *w, const char *id, const char *text)
{
	json_t *patch = parse(text), *order = NULL;
	enum err e = order_desk_change(&w->desk, orders(), id, patch, &order, &w->why);

	json_decref(order);
	json_decref(patch);
	return e;
}

TEST(an_order_that_is_held_or_cancelled_is_not_done_when_its_time_comes)
{
	static const struct {
		const char *patch;
		enum order_state state;
	} cases[] = {
		{ "{\"state\":\"held\"}", ORDER_HELD },
		{ "{\"state\":\"cancelled\"}", ORDER_CANCELLED },
		{ "{\"state\":\"assessingCancellation\"}", ORDER_CANCELLED },
	};
	char id[ID_SIZE], service[ID_SIZE];
	struct world w;
	int64_t next;

	world_open(&w);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		json_t *order = place(&w, "{" TOMORROW ",\"serviceOrderItem\":[" ADD "]}");

		id_of(order, id);
		json_decref(order);
		CHECK_EQ(patch_order(&w, id, cases[i].patch), ERR_NONE);
		CHECK_EQ(due_run(w.store, NOW + 9 * DAY, 10, &next), ERR_NONE);
		CHECK_EQ(next, 0);
		CHECK_EQ(look(&w, id, service), cases[i].state);
		CHECK_EQ(count_services(&w), 0);
	}
	world_close(&w);
}

TEST(an_order_that_was_held_past_its_time_is_done_when_it_is_let_go)
{
	char id[ID_SIZE], service[ID_SIZE];
	struct world w;
	json_t *order;

	world_open(&w);
	order = place(&w, "{" TOMORROW ",\"serviceOrderItem\":[" ADD "]}");
	id_of(order, id);
	json_decref(order);
	CHECK_EQ(patch_order(&w, id, "{\"state\":\"held\"}"), ERR_NONE);
	w.desk.now = NOW + 2 * DAY;
	CHECK_EQ(patch_order(&w, id, "{\"state\":\"inProgress\"}"), ERR_NONE);
	CHECK_EQ(look(&w, id, service), ORDER_COMPLETED);
	CHECK_EQ(count_services(&w), 1);
	world_close(&w);
}

TEST(a_cancellation_for_later_is_done_when_its_time_comes_and_comes_too_late_if_the_order_was_faster)
{
	const struct resource *r = resource_of(RESOURCE_CANCEL_SERVICE_ORDER);
	static const char *const starts[] = { "2026-11-20T11:06:40Z", "2026-11-18T23:06:40Z" };
	static const enum order_state ends[] = { ORDER_CANCELLED, ORDER_COMPLETED };
	char id[ID_SIZE], service[ID_SIZE];
	struct world w;
	int64_t next;

	world_open(&w);
	for (int i = 0; i < 2; i++) {
		char text[300];
		json_t *order, *body, *task = NULL;

		snprintf(text, sizeof text, "{\"requestedStartDate\":\"%s\",\"serviceOrderItem\":[" ADD "]}",
		    starts[i]);
		order = place(&w, text);
		id_of(order, id);
		json_decref(order);
		body = json_pack("{s:s, s:{s:s}}", "requestedCancellationDate", "2026-11-19T11:06:40Z",
		    "serviceOrder", "id", id);
		CHECK_EQ(cancellation_place(&w.desk, r, body, &task, &w.why), ERR_NONE);
		CHECK_TEXT(json_string_value(json_object_get(task, "state")), "accepted");
		json_decref(body);
		json_decref(task);
		CHECK_EQ(look(&w, id, service), ORDER_PENDING);
		CHECK_EQ(due_run(w.store, NOW + 9 * DAY, 10, &next), ERR_NONE);
		CHECK_EQ(look(&w, id, service), ends[i]);
	}
	world_close(&w);
}

TEST(an_order_that_comes_twice_is_done_once)
{
	static const char text[] = "{\"externalId\":\"x\",\"serviceOrderItem\":[" ADD "]}";
	json_t *first, *body = parse(text), *second = NULL;
	struct world w;
	bool again;

	world_open(&w);
	first = place(&w, text);
	w.desk.now = NOW + DAY;
	CHECK_EQ(order_desk_place(&w.desk, orders(), body, &second, &again, &w.why), ERR_NONE);
	CHECK(again);
	CHECK(json_equal(first, second));
	CHECK_EQ(count_services(&w), 1);
	json_decref(second);
	second = NULL;
	json_object_set_new(body, "priority", json_string("2"));
	CHECK_EQ(order_desk_place(&w.desk, orders(), body, &second, &again, &w.why), ERR_CONFLICT);
	CHECK_TEXT(w.why.code, "duplicate_order");
	CHECK(second == NULL);
	json_decref(body);
	json_decref(first);
	world_close(&w);
}

/* Order a service with this record; returns its subscription. */
static struct record_made
add_service(struct world *w, const char *text)
{
	const struct record_defaults defaults = { "", 1 };
	json_t *record = parse(text);
	struct record_made made;

	CHECK_EQ(record_desk_add(&w->desk, services(), record, &defaults, &made, &w->why), ERR_NONE);
	json_decref(record);
	return made;
}

static enum err
patch_service(struct world *w, const char *id, const char *text)
{
	json_t *patch = parse(text);
	enum err e = record_desk_change(&w->desk, services(), id, patch, &w->why);

	json_decref(patch);
	return e;
}

TEST(an_item_that_is_refused_undoes_what_it_did_and_nothing_else)
{
	struct record_made made;
	struct subscription sub;
	struct world w;
	json_t *order;
	char text[500];

	world_open(&w);
	made = add_service(&w, "{\"serviceCharacteristic\":[{\"name\":\"paidUntil\",\"value\":\"2026-11-19\"}]}");
	CHECK_EQ(w.store->get_subscription(w.store, made.subscription.id, &sub), ERR_NONE);
	sub.state = SUB_ACTIVE;
	CHECK_EQ(w.store->put_subscription(w.store, &sub), ERR_NONE);
	w.desk.now = NOW + 3 * DAY;
	/* Its seats are set, and then it cannot be active: its paid time is over. */
	snprintf(text, sizeof text,
	    "{\"serviceOrderItem\":[" ADD ",{\"id\":\"2\",\"action\":\"modify\",\"service\":{\"id\":\"%s\","
	    "\"state\":\"active\",\"serviceCharacteristic\":[{\"name\":\"seats\",\"value\":5}]}}]}",
	    sub.id);
	order = place(&w, text);
	CHECK_EQ(order_document_state(order), ORDER_PARTIAL);
	CHECK_EQ(count_services(&w), 2);
	CHECK_EQ(w.store->get_subscription(w.store, sub.id, &sub), ERR_NONE);
	CHECK_EQ(sub.seats, 1);
	json_decref(order);
	world_close(&w);
}

TEST(a_service_that_has_expired_is_active_again_with_a_later_paid_time)
{
	struct record_made made;
	struct subscription sub;
	struct world w;

	world_open(&w);
	made = add_service(&w, "{\"serviceCharacteristic\":[{\"name\":\"paidUntil\",\"value\":\"2026-11-19\"}]}");
	CHECK_EQ(w.store->get_subscription(w.store, made.subscription.id, &sub), ERR_NONE);
	sub.state = SUB_ACTIVE;
	CHECK_EQ(w.store->put_subscription(w.store, &sub), ERR_NONE);
	w.desk.now = NOW + 3 * DAY;
	CHECK_EQ(patch_service(&w, sub.id, "{\"state\":\"active\"}"), ERR_CONFLICT);
	CHECK_TEXT(w.why.code, "subscription_expired");
	CHECK_EQ(patch_service(&w, sub.id, "{\"serviceCharacteristic\":[{\"name\":\"paidUntil\",\"value\":\"2026-11-19\"}]}"),
	    ERR_NONE);
	CHECK_EQ(patch_service(&w, sub.id, "{\"serviceCharacteristic\":[{\"name\":\"paidUntil\",\"value\":\"2026-11-20\"}]}"),
	    ERR_CONFLICT);
	CHECK_TEXT(w.why.code, "paid_time_over");
	CHECK_EQ(patch_service(&w, sub.id,
		     "{\"state\":\"active\",\"serviceCharacteristic\":[{\"name\":\"paidUntil\",\"value\":\"2027-01-01\"}]}"),
	    ERR_NONE);
	CHECK_EQ(w.store->get_subscription(w.store, sub.id, &sub), ERR_NONE);
	CHECK_EQ(subscription_state_at(&sub, w.desk.now), SUB_ACTIVE);
	world_close(&w);
}

TEST(seats_are_never_fewer_than_devices_hold)
{
	struct activation a = { .peer = "127.0.0.1", .device = { .name = "a", .machine = "a" } };
	struct record_made made;
	struct subscription sub;
	char token[TOKEN_SIZE];
	struct device d;
	struct world w;
	int64_t retry_s;

	world_open(&w);
	made = add_service(&w, "{\"serviceCharacteristic\":[{\"name\":\"seats\",\"value\":3}]}");
	memcpy(a.code, made.code, sizeof made.code);
	for (int i = 0; i < 2; i++) {
		a.device.machine[0] = (char)('a' + i);
		CHECK_EQ(authority_activate(w.store, &a, NOW, &d, token, &sub, &w.why, &retry_s), ERR_NONE);
	}
	CHECK_EQ(patch_service(&w, sub.id, "{\"serviceCharacteristic\":[{\"name\":\"seats\",\"value\":1}]}"),
	    ERR_CONFLICT);
	CHECK_TEXT(w.why.code, "seats_in_use");
	CHECK_EQ(patch_service(&w, sub.id, "{\"serviceCharacteristic\":[{\"name\":\"seats\",\"value\":2}]}"),
	    ERR_NONE);
	CHECK_EQ(w.store->get_subscription(w.store, sub.id, &sub), ERR_NONE);
	CHECK_EQ(sub.seats, 2);
	world_close(&w);
}

TEST(nobody_reaches_what_is_another_providers)
{
	json_t *order, *shown = NULL, *body;
	struct record_made made;
	char id[ID_SIZE];
	struct world w;

	world_open(&w);
	made = add_service(&w, "{}");
	order = place(&w, "{" TOMORROW ",\"serviceOrderItem\":[" ADD "]}");
	id_of(order, id);
	json_decref(order);
	w.desk.provider = &w.theirs;
	CHECK_EQ(order_desk_get(&w.desk, orders(), id, &shown), ERR_NOT_FOUND);
	CHECK_EQ(patch_order(&w, id, "{}"), ERR_NOT_FOUND);
	CHECK_EQ(order_desk_delete(&w.desk, orders(), id, &w.why), ERR_NOT_FOUND);
	CHECK_EQ(record_desk_get(&w.desk, services(), made.subscription.id, "", &shown), ERR_NOT_FOUND);
	CHECK_EQ(patch_service(&w, made.subscription.id, "{}"), ERR_NOT_FOUND);
	CHECK_EQ(record_desk_remove(&w.desk, services(), made.subscription.id, &w.why), ERR_NOT_FOUND);
	body = json_pack("{s:{s:s}}", "serviceOrder", "id", id);
	CHECK_EQ(cancellation_place(&w.desk, resource_of(RESOURCE_CANCEL_SERVICE_ORDER), body, &shown, &w.why),
	    ERR_MALFORMED);
	json_decref(body);
	order = place(&w, "{\"serviceOrderItem\":[" ADD "]}");
	json_decref(order);
	world_close(&w);
}

TEST(what_was_deleted_is_forgotten_after_a_while)
{
	struct document d;
	char id[ID_SIZE];
	struct world w;
	json_t *order;
	bool more;

	world_open(&w);
	order = place(&w, "{\"serviceOrderItem\":[" ADD "]}");
	id_of(order, id);
	json_decref(order);
	CHECK_EQ(order_desk_delete(&w.desk, orders(), id, &w.why), ERR_NONE);
	CHECK_EQ(due_forget(w.store, NOW + DUE_DELETED_KEPT_S, &more), ERR_NONE);
	CHECK_EQ(w.store->document.get_any(w.store, "serviceOrder", id, &d, NULL), ERR_NONE);
	CHECK_EQ(due_forget(w.store, NOW + DUE_DELETED_KEPT_S + 1, &more), ERR_NONE);
	CHECK(!more);
	CHECK_EQ(w.store->document.get_any(w.store, "serviceOrder", id, &d, NULL), ERR_NOT_FOUND);
	world_close(&w);
}

/* All that listeners with one query are told, one line each. */
struct hearing {
	struct world *w;
	const char *query;
	char text[4000];
	char last[20000];	/* the last body */
};

static void
hear(struct hearing *h, const struct event *e, const struct notification *n)
{
	const struct notification_receiver to = { "https://a/", h->query };
	char provider[ID_SIZE], scope[ENDPOINT_SCOPE_SIZE];
	struct store *store = h->w->store;
	struct buf body;
	json_t *value, *subject;
	const char *state;
	enum err err;

	buf_init(&body, sizeof h->last);
	CHECK_EQ(notification_provider(store, e, provider), ERR_NONE);
	CHECK_TEXT(provider, h->w->mine.id);
	err = notification_write(store, e, n, &to, &body);
	if (err == ERR_DENIED)
		goto done;
	CHECK_EQ(err, ERR_NONE);
	CHECK_EQ(text_from_bytes(h->last, sizeof h->last, buf_bytes(&body)), ERR_NONE);
	CHECK(strstr(h->last, "activationCode") == NULL);
	value = parse(h->last);
	CHECK_TEXT(json_string_value(json_object_get(value, "eventType")), n->type);
	subject = json_object_get(json_object_get(value, "event"), n->resource->name);
	CHECK(json_string_value(json_object_get(subject, "id")) != NULL);
	CHECK_EQ(strncmp(json_string_value(json_object_get(subject, "href")), "https://a/tmf-api/", 18), 0);
	state = json_string_value(json_object_get(subject, n->resource->state != NULL ? n->resource->state
										      : "state"));
	notification_scope(n, scope);
	snprintf(h->text + strlen(h->text), sizeof h->text - strlen(h->text), "%s %s %s\n", scope, n->type,
	    state == NULL ? "-" : state);
	json_decref(value);
done:
	buf_fini(&body);
}

static bool
hear_event(void *ctx, const struct event *e)
{
	struct notification plan[NOTIFICATIONS_MAX];
	size_t n = notification_plan(e, plan);

	for (size_t i = 0; i < n; i++)
		hear(ctx, e, &plan[i]);
	return true;
}

static const char *
hear_all(struct hearing *h, struct world *w, const char *query)
{
	*h = (struct hearing){ .w = w, .query = query };
	CHECK_EQ(w->store->list_events(w->store, NULL, 0, hear_event, h), ERR_NONE);
	return h->text;
}

TEST(listeners_are_told_of_an_order_as_it_was_at_each_step)
{
	struct hearing h;
	char id[ID_SIZE];
	struct world w;
	json_t *order;
	int64_t next;

	world_open(&w);
	order = place(&w, "{" TOMORROW ",\"serviceOrderItem\":[" ADD "]}");
	id_of(order, id);
	json_decref(order);
	CHECK_EQ(patch_order(&w, id, "{\"description\":\"x\"}"), ERR_NONE);
	CHECK_EQ(due_run(w.store, NOW + DAY, 10, &next), ERR_NONE);
	w.desk.now = NOW + DAY;
	CHECK_EQ(order_desk_delete(&w.desk, orders(), id, &w.why), ERR_NONE);
	CHECK_TEXT(hear_all(&h, &w, ""),
	    "serviceOrdering ServiceOrderCreateEvent acknowledged\n"
	    "serviceOrdering ServiceOrderStateChangeEvent inProgress\n"
	    "serviceOrdering ServiceOrderStateChangeEvent pending\n"
	    "serviceOrdering ServiceOrderAttributeValueChangeEvent completed\n"
	    "serviceOrdering ServiceOrderStateChangeEvent inProgress\n"
	    "serviceInventory ServiceCreateEvent active\n"
	    "productInventory ProductCreateEvent active\n"
	    "serviceOrdering ServiceOrderStateChangeEvent completed\n"
	    "serviceOrdering ServiceOrderDeleteEvent completed\n");
	CHECK_TEXT(hear_all(&h, &w, "eventType=ServiceOrderDeleteEvent"),
	    "serviceOrdering ServiceOrderDeleteEvent completed\n");
	CHECK_TEXT(hear_all(&h, &w, "event.serviceOrder.state=pending,completed&eventType=ServiceOrderStateChangeEvent"),
	    "serviceOrdering ServiceOrderStateChangeEvent pending\n"
	    "serviceOrdering ServiceOrderStateChangeEvent completed\n");
	world_close(&w);
}

TEST(listeners_are_told_of_services_whoever_changed_them)
{
	struct change suspend = { .event = EV_SUSPEND, .reason = REASON_BILLING, .actor = "test" };
	struct change resume = { .event = EV_RESUME, .actor = "test" };
	struct subscription sub;
	struct record_made made;
	struct hearing h;
	struct world w;

	world_open(&w);
	made = add_service(&w, "{\"state\":\"active\"}");
	CHECK_EQ(authority_change(w.store, &w.mine, made.subscription.id, &suspend, NOW, &sub, &w.why), ERR_NONE);
	CHECK_EQ(authority_change(w.store, &w.mine, sub.id, &resume, NOW, &sub, &w.why), ERR_NONE);
	CHECK_EQ(patch_service(&w, sub.id, "{\"name\":\"x\"}"), ERR_NONE);
	CHECK_EQ(patch_service(&w, sub.id, "{\"serviceCharacteristic\":[{\"name\":\"seats\",\"value\":2}]}"),
	    ERR_NONE);
	CHECK_EQ(record_desk_remove(&w.desk, services(), sub.id, &w.why), ERR_NONE);
	CHECK_TEXT(hear_all(&h, &w, "eventType=ServiceCreateEvent,ServiceStateChangeEvent"),
	    "serviceInventory ServiceCreateEvent terminated\n"
	    "serviceInventory ServiceStateChangeEvent inactive\n"
	    "serviceInventory ServiceStateChangeEvent active\n"
	    "serviceInventory ServiceStateChangeEvent terminated\n");
	CHECK_TEXT(hear_all(&h, &w, "eventType=ProductStateChangeEvent"),
	    "productInventory ProductStateChangeEvent suspended\n"
	    "productInventory ProductStateChangeEvent active\n"
	    "productInventory ProductStateChangeEvent terminated\n");
	hear_all(&h, &w, "eventType=ServiceAttributeValueChangeEvent");
	CHECK(strstr(h.text, "ServiceAttributeValueChangeEvent") != NULL);
	hear_all(&h, &w, "eventType=ServiceDeleteEvent");
	CHECK_TEXT(h.text, "serviceInventory ServiceDeleteEvent terminated\n");
	world_close(&w);
}

TEST(listeners_are_told_of_cancellations_and_documents)
{
	const struct resource *customers = resource_of(RESOURCE_CUSTOMER);
	json_t *order, *body, *made = NULL, *changed = NULL;
	struct hearing h;
	char id[ID_SIZE];
	struct world w;

	world_open(&w);
	order = place(&w, "{" TOMORROW ",\"serviceOrderItem\":[" ADD "]}");
	body = json_pack("{s:{s:O}}", "serviceOrder", "id", json_object_get(order, "id"));
	CHECK_EQ(cancellation_place(&w.desk, resource_of(RESOURCE_CANCEL_SERVICE_ORDER), body, &made, &w.why),
	    ERR_NONE);
	json_decref(order);
	json_decref(body);
	json_decref(made);
	CHECK_TEXT(hear_all(&h, &w, "eventType=CancelServiceOrderCreateEvent,CancelServiceOrderStateChangeEvent"),
	    "serviceOrdering CancelServiceOrderCreateEvent accepted\n"
	    "serviceOrdering CancelServiceOrderStateChangeEvent inProgress\n"
	    "serviceOrdering CancelServiceOrderStateChangeEvent done\n");
	body = parse("{\"name\":\"Ann\",\"engagedParty\":{\"id\":\"p\"}}");
	CHECK_EQ(document_desk_add(&w.desk, customers, body, &made, &w.why), ERR_NONE);
	id_of(made, id);
	json_decref(made);
	json_decref(body);
	body = parse("{\"status\":\"Approved\"}");
	CHECK_EQ(document_desk_change(&w.desk, customers, id, body, &changed, &w.why), ERR_NONE);
	json_decref(changed);
	json_decref(body);
	CHECK_EQ(document_desk_delete(&w.desk, customers, id, &w.why), ERR_NONE);
	hear_all(&h, &w, "event.customer.name=Ann");
	CHECK_TEXT(h.text, "customerManagement CustomerCreateEvent -\n"
			   "customerManagement CustomerAttributeValueChangeEvent -\n"
			   "customerManagement CustomerDeleteEvent -\n");
	world_close(&w);
}

TEST(what_is_too_large_is_told_by_its_name)
{
	json_t *body = parse("{\"serviceOrderItem\":[" ADD "]}"), *order = NULL;
	struct hearing h;
	struct world w;
	bool again;
	char *large = malloc(30001);

	world_open(&w);
	memset(large, 'x', 30000);
	large[30000] = '\0';
	json_object_set_new(body, "description", json_string(large));
	CHECK_EQ(order_desk_place(&w.desk, orders(), body, &order, &again, &w.why), ERR_NONE);
	hear_all(&h, &w, "eventType=ServiceOrderCreateEvent");
	CHECK_TEXT(h.text, "serviceOrdering ServiceOrderCreateEvent acknowledged\n");
	CHECK(strlen(h.last) < 1000);
	CHECK(strstr(h.last, "description") == NULL);
	free(large);
	json_decref(order);
	json_decref(body);
	world_close(&w);
}

TEST(what_no_listener_is_told_has_no_plan)
{
	static const char *const kinds[] = { "provider_added", "transferred", "record_changed", "order_state", "" };
	struct notification plan[NOTIFICATIONS_MAX];

	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
		struct event e = { .detail = "{\"resource\":\"nothing\"}" };

		strcpy(e.kind, kinds[i]);
		CHECK_EQ(notification_plan(&e, plan), 0);
	}
}

TEST(an_order_is_placed_whole_or_not_at_all_when_memory_is_short)
{
	json_t *body = parse("{\"serviceOrderItem\":[" ADD ",{\"id\":\"2\",\"action\":\"noChange\",\"service\":{}}]}");
	struct world w;

	world_open(&w);
	for (unsigned nth = 1;; nth++) {
		int64_t before = count_services(&w);
		json_t *order = NULL;
		bool again;
		enum err e;

		test_fail_allocation(nth);
		e = order_desk_place(&w.desk, orders(), body, &order, &again, &w.why);
		test_fail_allocation(0);
		CHECK_EQ(count_services(&w), before + (e == ERR_NONE));
		CHECK_EQ(e == ERR_NONE, order != NULL);
		json_decref(order);
		if (!test_allocation_failed())
			break;
	}
	json_decref(body);
	world_close(&w);
}
