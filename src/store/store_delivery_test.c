/* Goal of this test: the queue of what goes out, in a real store: what is due comes in its order and once, what
 * one receiver does holds up no other, and providers see and replay their own alone. */
#include <stdio.h>

#include "base/test.h"
#include "base/text.h"
#include "entitle/endpoint.h"
#include "entitle/event.h"
#include "entitle/event_type.h"
#include "store/store_sqlite.h"

static const int64_t NOW = 1795000000;

struct world {
	struct store *store;
	struct store_delivery *q;
	struct provider own, other;
	struct endpoint first, second, foreign;
	struct refusal why;
};

static struct endpoint
hook(struct world *w, const struct provider *p, const char *filter)
{
	struct endpoint made = { .kind = ENDPOINT_WEBHOOK, .url = "https://receiver.example/hook" };

	strcpy(made.filter, filter);
	CHECK_EQ(endpoint_add(w->store, p, &made, REACH_PUBLIC, "key", NOW, &w->why), ERR_NONE);
	return made;
}

static void
world_open(struct world *w)
{
	static int number;
	char path[200];

	*w = (struct world){ .own = { .contact = { .name = "Own" } },
		.other = { .contact = { .name = "Other" } } };
	w->own.policy = w->other.policy = policy_default();
	snprintf(path, sizeof path, "%s/delivery%d.db", test_dir(), number++);
	CHECK_EQ(store_sqlite_open(path, &w->store, NULL), ERR_NONE);
	CHECK_EQ(authority_add_provider(w->store, &w->own, "vendor", NOW, NULL), ERR_NONE);
	CHECK_EQ(authority_add_provider(w->store, &w->other, "vendor", NOW, NULL), ERR_NONE);
	w->q = &w->store->delivery;
	w->first = hook(w, &w->own, "");
	w->second = hook(w, &w->own, "subscription.suspended device.left");
	w->foreign = hook(w, &w->other, "");
}

static void
world_close(struct world *w)
{
	struct event_check check;

	CHECK_EQ(event_verify_log(w->store, &check), ERR_NONE);
	CHECK_EQ(check.broken_at, 0);
	w->store->close(w->store);
}

static struct delivery
put(struct world *w, const struct endpoint *p, int64_t position, int64_t due)
{
	struct delivery d = { .kind = DELIVERY_WEBHOOK, .type = "subscription.suspended",
		.state = DELIVERY_PENDING, .subject = "sub_1", .position = position, .created = NOW,
		.due = due, .until = NOW + DELIVERY_WINDOW_S };

	authority_make_id("msg_", d.id);
	strcpy(d.provider, p->provider);
	strcpy(d.lane, p->id);
	CHECK_EQ(w->q->add(w->store, &d, bytes_of_text("{\"n\":1}")), ERR_NONE);
	return d;
}

struct list {
	char names[8][ID_SIZE];
	size_t count;
	char body[32];
};

static bool
note_delivery(void *ctx, const struct delivery *d, struct bytes body)
{
	struct list *l = ctx;

	strcpy(l->names[l->count++], d->id);
	text_from_bytes(l->body, sizeof l->body, body);
	return l->count < 8;
}

static bool
note_lane(void *ctx, const struct lane *lane)
{
	struct list *l = ctx;

	strcpy(l->names[l->count++], lane->name);
	return l->count < 8;
}

static bool
note_endpoint(void *ctx, const struct endpoint *p)
{
	struct list *l = ctx;

	strcpy(l->names[l->count++], p->id);
	return true;
}

static size_t
due_lanes(struct world *w, int64_t now, struct list *l)
{
	*l = (struct list){ .count = 0 };
	CHECK_EQ(w->q->list_due_lanes(w->store, now, note_lane, l), ERR_NONE);
	return l->count;
}

static size_t
list(struct world *w, const struct provider *p, const char *lane, enum delivery_state state, struct list *l)
{
	const struct delivery_filter filter = { p->id, lane, state, NULL, 8 };

	*l = (struct list){ .count = 0 };
	CHECK_EQ(w->q->list(w->store, &filter, note_delivery, l), ERR_NONE);
	return l->count;
}

TEST(an_endpoint_is_kept_with_a_secret_and_is_its_owners_alone)
{
	struct endpoint got;
	struct list l = { .count = 0 };
	struct world w;

	world_open(&w);
	CHECK(strncmp(w.first.secret, "whsec_", 6) == 0);
	CHECK_EQ(strlen(w.first.secret), 50);
	CHECK_EQ(endpoint_get(w.store, &w.own, ENDPOINT_WEBHOOK, w.second.id, &got), ERR_NONE);
	CHECK_TEXT(got.url, "https://receiver.example/hook");
	CHECK_TEXT(got.secret, w.second.secret);
	CHECK(endpoint_wants(&got, "device.left"));
	CHECK(!endpoint_wants(&got, "device.lef"));
	CHECK(!endpoint_wants(&got, "subscription.resumed"));
	CHECK(endpoint_wants(&w.first, "subscription.resumed"));
	CHECK_EQ(endpoint_get(w.store, &w.other, ENDPOINT_WEBHOOK, w.first.id, &got), ERR_NOT_FOUND);
	CHECK_EQ(endpoint_get(w.store, &w.own, ENDPOINT_HUB, w.first.id, &got), ERR_NOT_FOUND);
	CHECK_EQ(endpoint_remove(w.store, &w.other, ENDPOINT_WEBHOOK, w.first.id, "key", NOW), ERR_NOT_FOUND);
	CHECK_EQ(w.q->list_endpoints(w.store, w.own.id, ENDPOINT_NONE, note_endpoint, &l), ERR_NONE);
	CHECK_EQ(l.count, 2);
	CHECK_TEXT(l.names[0], w.first.id);
	world_close(&w);
}

TEST(only_addresses_that_may_be_called_are_taken)
{
	static const struct {
		const char *url;
		enum reach least;	/* NONE: never */
	} cases[] = {
		{ "https://receiver.example", REACH_PUBLIC },
		{ "https://receiver.example:8443/a?b=c", REACH_PUBLIC },
		{ "https://[2001:db8::1]/", REACH_PUBLIC },
		{ "http://receiver.example/", REACH_NONE },
		{ "http://127.0.0.1:80/", REACH_DEVELOPMENT },
		{ "http://[::1]:80/", REACH_DEVELOPMENT },
		{ "https://localhost/", REACH_DEVELOPMENT },
		{ "http://127.0.0.1.example/", REACH_NONE },
		{ "http://127.0.0.1@receiver.example/", REACH_NONE },
		{ "https://user:word@receiver.example/", REACH_NONE },
		{ "https://", REACH_NONE },
		{ "https:///path", REACH_NONE },
		{ "https://a b/", REACH_NONE },
		{ "https://a/\r\nX: y", REACH_NONE },
		{ "https://a/#part", REACH_NONE },
		{ "https://[::1", REACH_NONE },
		{ "ftp://receiver.example/", REACH_NONE },
		{ "gopher://127.0.0.1/", REACH_NONE },
		{ "", REACH_NONE },
	};
	struct world w;

	world_open(&w);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		for (enum reach r = REACH_PUBLIC; r < REACH_COUNT; r++) {
			struct endpoint p = { .kind = ENDPOINT_WEBHOOK };
			bool takes = cases[i].least == r || cases[i].least == REACH_PUBLIC;

			strcpy(p.url, cases[i].url);
			CHECK_EQ(endpoint_add(w.store, &w.own, &p, r, "key", NOW, &w.why),
			    takes ? ERR_NONE : ERR_MALFORMED);
			if (takes)
				CHECK_EQ(endpoint_remove(w.store, &w.own, ENDPOINT_WEBHOOK, p.id, "key", NOW),
				    ERR_NONE);
			else
				CHECK_TEXT(w.why.code, "callback_url");
		}
	world_close(&w);
}

TEST(an_unknown_event_type_and_one_endpoint_too_many_are_refused)
{
	struct endpoint p = { .kind = ENDPOINT_WEBHOOK, .url = "https://a.example/",
		.filter = "subscription.suspended subscription.suspend" };
	const struct endpoint_change change = { .filter = "nothing", .actor = "key" };
	struct world w;

	world_open(&w);
	CHECK_EQ(endpoint_add(w.store, &w.own, &p, REACH_PUBLIC, "key", NOW, &w.why), ERR_MALFORMED);
	CHECK_TEXT(w.why.code, "unknown_event_type");
	CHECK_EQ(endpoint_change(w.store, &w.own, &w.first, &change, REACH_PUBLIC, NOW, &w.why), ERR_MALFORMED);
	CHECK_TEXT(w.first.filter, "");
	for (int i = 2; i < ENDPOINTS_MAX; i++)
		hook(&w, &w.own, "");
	p.filter[0] = '\0';
	CHECK_EQ(endpoint_add(w.store, &w.own, &p, REACH_PUBLIC, "key", NOW, &w.why), ERR_LIMIT);
	CHECK_TEXT(w.why.code, "too_many_endpoints");
	hook(&w, &w.other, "");
	world_close(&w);
}

TEST(an_event_is_queued_once_for_each_endpoint_and_due_in_order)
{
	struct delivery a, again;
	struct list l;
	struct world w;

	world_open(&w);
	a = put(&w, &w.first, 7, NOW + 5);
	put(&w, &w.second, 7, NOW + 3);
	put(&w, &w.first, 6, NOW + 9);
	again = a;
	strcpy(again.id, "msg_other");
	CHECK_EQ(w.q->add(w.store, &again, bytes_of_text("")), ERR_EXISTS);
	CHECK_EQ(due_lanes(&w, NOW + 2, &l), 0);
	CHECK_EQ(due_lanes(&w, NOW + 9, &l), 2);
	CHECK_TEXT(l.names[0], w.second.id);
	CHECK_TEXT(l.names[1], w.first.id);
	l.count = 0;
	CHECK_EQ(w.q->list_due(w.store, w.first.id, NOW + 8, note_delivery, &l), ERR_NONE);
	CHECK_EQ(l.count, 1);
	CHECK_TEXT(l.names[0], a.id);
	CHECK_TEXT(l.body, "{\"n\":1}");
	world_close(&w);
}

TEST(a_paused_lane_waits_and_holds_up_no_other)
{
	struct lane lane;
	struct list l;
	struct world w;

	world_open(&w);
	put(&w, &w.first, 7, NOW);
	put(&w, &w.second, 7, NOW);
	CHECK_EQ(w.q->get_lane(w.store, w.first.id, &lane), ERR_NONE);
	CHECK_EQ(lane.failures, 0);
	lane.failures = 3;
	lane.paused = NOW + 60;
	CHECK_EQ(w.q->put_lane(w.store, &lane), ERR_NONE);
	put(&w, &w.first, 8, NOW);
	CHECK_EQ(due_lanes(&w, NOW + 59, &l), 1);
	CHECK_TEXT(l.names[0], w.second.id);
	CHECK_EQ(due_lanes(&w, NOW + 60, &l), 2);
	CHECK_EQ(w.q->get_lane(w.store, w.first.id, &lane), ERR_NONE);
	CHECK_EQ(lane.failures, 3);
	world_close(&w);
}

TEST(what_is_delivered_is_due_no_more)
{
	struct delivery d, got;
	struct list l;
	struct buf body;
	struct world w;

	world_open(&w);
	buf_init(&body, 100);
	d = put(&w, &w.first, 7, NOW);
	d.state = DELIVERY_DELIVERED;
	d.finished = NOW + 1;
	d.attempts = 2;
	d.status = 204;
	CHECK_EQ(w.q->put(w.store, &d), ERR_NONE);
	CHECK_EQ(due_lanes(&w, NOW + 9, &l), 0);
	CHECK_EQ(delivery_get(w.store, &w.own, d.id, &got, &body), ERR_NONE);
	CHECK_EQ(got.status, 204);
	CHECK_EQ(got.attempts, 2);
	CHECK_BYTES(buf_bytes(&body), bytes_of_text("{\"n\":1}"));
	CHECK_EQ(delivery_get(w.store, &w.other, d.id, &got, NULL), ERR_NOT_FOUND);
	buf_fini(&body);
	world_close(&w);
}

TEST(a_provider_lists_its_own_by_endpoint_and_state_newest_first)
{
	struct delivery a, b;
	struct list l;
	struct world w;

	world_open(&w);
	a = put(&w, &w.first, 7, NOW);
	b = put(&w, &w.second, 7, NOW);
	put(&w, &w.foreign, 7, NOW);
	a.state = DELIVERY_FAILED;
	CHECK_EQ(w.q->put(w.store, &a), ERR_NONE);
	CHECK_EQ(list(&w, &w.own, NULL, DELIVERY_STATELESS, &l), 2);
	CHECK_TEXT(l.names[0], b.id);
	CHECK_EQ(list(&w, &w.own, NULL, DELIVERY_FAILED, &l), 1);
	CHECK_TEXT(l.names[0], a.id);
	CHECK_EQ(list(&w, &w.own, w.second.id, DELIVERY_STATELESS, &l), 1);
	CHECK_EQ(list(&w, &w.own, w.second.id, DELIVERY_FAILED, &l), 0);
	CHECK_EQ(list(&w, &w.own, w.foreign.id, DELIVERY_STATELESS, &l), 0);
	l.count = 0;
	CHECK_EQ(w.q->list(w.store, &(struct delivery_filter){ w.own.id, NULL, DELIVERY_STATELESS, b.id, 8 },
		     note_delivery, &l), ERR_NONE);
	CHECK_EQ(l.count, 1);
	CHECK_TEXT(l.names[0], a.id);
	world_close(&w);
}

TEST(failed_deliveries_are_replayed_but_not_those_of_others_or_of_the_disabled)
{
	struct delivery a, b, c;
	struct refusal why;
	int64_t count;
	struct list l;
	struct world w;

	world_open(&w);
	a = put(&w, &w.first, 7, NOW);
	b = put(&w, &w.second, 7, NOW);
	c = put(&w, &w.foreign, 7, NOW);
	CHECK_EQ(delivery_replay(w.store, &w.own, a.id, NOW, &a, &why), ERR_CONFLICT);
	CHECK_TEXT(why.code, "still_pending");
	CHECK_EQ(w.q->fail_lane(w.store, a.lane, "no", NOW), ERR_NONE);
	CHECK_EQ(w.q->fail_lane(w.store, c.lane, "no", NOW), ERR_NONE);
	CHECK_EQ(endpoint_disable(w.store, &w.second, "gone", "clerk", NOW), ERR_NONE);
	CHECK_EQ(delivery_replay_failed(w.store, &w.own, NULL, NOW + 1, NOW + 10, &count), ERR_NONE);
	CHECK_EQ(count, 0);
	CHECK_EQ(delivery_replay_failed(w.store, &w.own, NULL, NOW, NOW + 10, &count), ERR_NONE);
	CHECK_EQ(count, 1);
	CHECK_EQ(due_lanes(&w, NOW + 10, &l), 1);
	CHECK_TEXT(l.names[0], w.first.id);
	CHECK_EQ(delivery_replay(w.store, &w.own, b.id, NOW, &b, &why), ERR_CONFLICT);
	CHECK_TEXT(why.code, "endpoint_disabled");
	CHECK_EQ(delivery_replay(w.store, &w.own, c.id, NOW, &c, &why), ERR_NOT_FOUND);
	world_close(&w);
}

TEST(a_disabled_endpoint_says_why_and_can_be_enabled_again)
{
	const bool no = false;
	const struct endpoint_change enable = { .disabled = &no, .actor = "key" };
	struct list l;
	struct world w;

	world_open(&w);
	put(&w, &w.first, 7, NOW);
	CHECK_EQ(endpoint_disable(w.store, &w.first, "failing", "clerk", NOW), ERR_NONE);
	CHECK_EQ(due_lanes(&w, NOW, &l), 0);
	CHECK_EQ(list(&w, &w.own, w.first.id, DELIVERY_FAILED, &l), 1);
	CHECK_EQ(endpoint_get(w.store, &w.own, ENDPOINT_WEBHOOK, w.first.id, &w.first), ERR_NONE);
	CHECK_EQ(w.first.disabled, NOW);
	CHECK_TEXT(w.first.why, "failing");
	CHECK_EQ(endpoint_change(w.store, &w.own, &w.first, &enable, REACH_PUBLIC, NOW, &w.why), ERR_NONE);
	CHECK_EQ(endpoint_get(w.store, &w.own, ENDPOINT_WEBHOOK, w.first.id, &w.first), ERR_NONE);
	CHECK_EQ(w.first.disabled, 0);
	CHECK_TEXT(w.first.why, "");
	world_close(&w);
}

TEST(a_rotated_secret_overlaps_with_the_old_one)
{
	char old[ENDPOINT_SECRET_SIZE];
	struct world w;

	world_open(&w);
	strcpy(old, w.first.secret);
	CHECK_EQ(endpoint_rotate_secret(w.store, &w.own, &w.first, "key", NOW), ERR_NONE);
	CHECK_TEXT(w.first.old_secret, old);
	CHECK(!text_equal(w.first.secret, old));
	CHECK_EQ(w.first.old_until, NOW + SECRET_OVERLAP_S);
	CHECK_EQ(endpoint_rotate_secret(w.store, &w.other, &w.first, "key", NOW), ERR_NOT_FOUND);
	world_close(&w);
}

TEST(a_removed_endpoint_takes_its_deliveries_with_it)
{
	struct endpoint got;
	struct list l;
	struct world w;

	world_open(&w);
	put(&w, &w.first, 7, NOW);
	CHECK_EQ(endpoint_remove(w.store, &w.own, ENDPOINT_WEBHOOK, w.first.id, "key", NOW), ERR_NONE);
	CHECK_EQ(w.q->get_endpoint(w.store, w.first.id, &got), ERR_NOT_FOUND);
	CHECK_EQ(due_lanes(&w, NOW, &l), 0);
	CHECK_EQ(list(&w, &w.own, NULL, DELIVERY_STATELESS, &l), 0);
	world_close(&w);
}

TEST(only_what_is_finished_is_forgotten)
{
	struct delivery a;
	int64_t forgotten;
	struct list l;
	struct world w;

	world_open(&w);
	a = put(&w, &w.first, 7, NOW);
	put(&w, &w.first, 8, NOW);
	a.state = DELIVERY_DELIVERED;
	a.finished = NOW;
	CHECK_EQ(w.q->put(w.store, &a), ERR_NONE);
	CHECK_EQ(w.q->purge(w.store, NOW, 10, &forgotten), ERR_NONE);
	CHECK_EQ(forgotten, 0);
	CHECK_EQ(w.q->purge(w.store, NOW + 1, 10, &forgotten), ERR_NONE);
	CHECK_EQ(forgotten, 1);
	CHECK_EQ(list(&w, &w.own, NULL, DELIVERY_STATELESS, &l), 1);
	world_close(&w);
}

TEST(a_cursor_moves_with_the_transaction_or_not_at_all)
{
	int64_t at;
	struct world w;

	world_open(&w);
	CHECK_EQ(w.q->get_cursor(w.store, "test", &at), ERR_NONE);
	CHECK_EQ(at, 0);
	CHECK_EQ(w.store->begin(w.store), ERR_NONE);
	CHECK_EQ(w.q->put_cursor(w.store, "test", 5), ERR_NONE);
	put(&w, &w.first, 7, NOW);
	w.store->rollback(w.store);
	CHECK_EQ(w.q->get_cursor(w.store, "test", &at), ERR_NONE);
	CHECK_EQ(at, 0);
	CHECK_EQ(list(&w, &w.own, NULL, DELIVERY_STATELESS, &(struct list){ .count = 0 }), 0);
	CHECK_EQ(w.q->put_cursor(w.store, "test", 6), ERR_NONE);
	CHECK_EQ(w.q->get_cursor(w.store, "test", &at), ERR_NONE);
	CHECK_EQ(at, 6);
	world_close(&w);
}

TEST(recipients_brands_and_templates_are_kept_and_taken_away)
{
	struct recipient r = { "sub_1", "a@b.example", "Ada", "de", "ABCDE-FGHI-JKLM" }, got;
	struct brand b = { "prv_1", "Logo", "#102030", "Sender", "help@b.example" }, brand;
	struct mail_template t = { "prv_1", "welcome", "de", "Hallo", "Text" }, text;
	struct world w;

	world_open(&w);
	CHECK_EQ(w.q->get_recipient(w.store, "sub_1", &got), ERR_NOT_FOUND);
	CHECK_EQ(w.q->put_recipient(w.store, &r), ERR_NONE);
	CHECK_EQ(w.q->get_recipient(w.store, "sub_1", &got), ERR_NONE);
	CHECK_TEXT(got.address, "a@b.example");
	CHECK_TEXT(got.code, "ABCDE-FGHI-JKLM");
	r.address[0] = '\0';
	CHECK_EQ(w.q->put_recipient(w.store, &r), ERR_NONE);
	CHECK_EQ(w.q->get_recipient(w.store, "sub_1", &got), ERR_NOT_FOUND);
	CHECK_EQ(w.q->put_brand(w.store, &b), ERR_NONE);
	CHECK_EQ(w.q->get_brand(w.store, "prv_1", &brand), ERR_NONE);
	CHECK_TEXT(brand.colour, "#102030");
	CHECK_EQ(w.q->put_template(w.store, &t), ERR_NONE);
	CHECK_EQ(w.q->get_template(w.store, "prv_1", "welcome", "en", &text), ERR_NOT_FOUND);
	CHECK_EQ(w.q->get_template(w.store, "prv_1", "welcome", "de", &text), ERR_NONE);
	CHECK_TEXT(text.subject, "Hallo");
	t.text[0] = '\0';
	CHECK_EQ(w.q->put_template(w.store, &t), ERR_NONE);
	CHECK_EQ(w.q->get_template(w.store, "prv_1", "welcome", "de", &text), ERR_NOT_FOUND);
	world_close(&w);
}
