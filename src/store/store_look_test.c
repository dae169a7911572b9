/* Goal of this test: what somebody who looks after subscriptions finds: by any of their names, whole and begun, and
 * never another provider's; every device once; the log by who, what and page. */
#include <stdio.h>

#include "base/test.h"
#include "base/text.h"
#include "entitle/authority_seat.h"
#include "entitle/event.h"
#include "entitle/recipient.h"
#include "store/store_sqlite.h"

static const int64_t NOW = 1795000000;

struct world {
	struct store *store;
	struct provider own, other;
};

static void
world_open(struct world *w)
{
	static int number;
	char path[200];

	*w = (struct world){ .own = { .contact = { .name = "Own" } }, .other = { .contact = { .name = "Other" } } };
	w->own.policy = w->other.policy = policy_default();
	snprintf(path, sizeof path, "%s/look%d.db", test_dir(), number++);
	CHECK_EQ(store_sqlite_open(path, &w->store, NULL), ERR_NONE);
	CHECK_EQ(authority_add_provider(w->store, &w->own, "vendor", NOW, NULL), ERR_NONE);
	CHECK_EQ(authority_add_provider(w->store, &w->other, "vendor", NOW, NULL), ERR_NONE);
}

/* A subscription with a recipient and a device. */
static struct subscription
add(struct world *w, const struct provider *p, const char *external_id, const char *mail, const char *name,
    struct device *device)
{
	struct order order = { .seats = 3 };
	struct recipient r = { .language = "en" };
	struct activation a = { .peer = "192.0.2.1", .device = { .platform = "linux" } };
	char code[CODE_SHOWN_SIZE], token[TOKEN_SIZE];
	struct subscription sub, after;
	struct refusal why;
	int64_t retry;

	strcpy(order.external_id, external_id);
	CHECK_EQ(authority_order(w->store, p, &order, NOW, &sub, code, &why), ERR_NONE);
	strcpy(r.subscription, sub.id);
	strcpy(r.address, mail);
	CHECK_EQ(recipient_set(w->store, p, &r, "provider", NOW, &why), ERR_NONE);
	strcpy(a.code, code);
	strcpy(a.device.name, name);
	strcpy(a.device.machine, external_id);
	CHECK_EQ(authority_activate(w->store, &a, NOW, device, token, &after, &why, &retry), ERR_NONE);
	return after;
}

struct found {
	int count;
	char last[ID_SIZE];
};

static bool
take_found(void *ctx, const struct subscription *s)
{
	struct found *f = ctx;

	f->count++;
	text_copy(f->last, sizeof f->last, s->id);
	return true;
}

static struct found
search(struct world *w, const char *text)
{
	struct found f = { .count = 0 };

	CHECK_EQ(w->store->look.search(w->store, w->own.id, text, 50, take_found, &f), ERR_NONE);
	return f;
}

TEST(a_subscription_is_found_by_each_of_its_names_whole_or_begun)
{
	struct subscription sub;
	struct device device;
	struct world w;
	char lower[REFERENCE_SIZE];

	world_open(&w);
	sub = add(&w, &w.own, "CUST-1001", "ann@example.org", "Ann's laptop", &device);
	add(&w, &w.own, "CUST-2002", "bob@example.org", "Bob's PC", &(struct device){ .seated = false });
	strcpy(lower, sub.reference);
	for (char *c = lower; *c != '\0'; c++)
		*c = (char)(*c >= 'A' && *c <= 'Z' ? *c + 32 : *c);
	const char *const texts[] = { sub.id, sub.reference, lower, "CUST-1001", "CUST-1", "ann@example.org", "ANN@EX",
		"Ann's laptop", "ann's LAP", device.id };

	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		struct found f = search(&w, texts[i]);

		CHECK_EQ(f.count, 1);
		CHECK_TEXT(f.last, sub.id);
	}
	CHECK_EQ(search(&w, "CUST-").count, 2);
	w.store->close(w.store);
}

TEST(nothing_is_found_by_nothing_by_patterns_or_of_another_provider)
{
	static const char *const texts[] = { "", "%", "_", "*", "' OR 1=1 --", "example", "CUST-9", "sub_" };
	struct subscription sub;
	struct device device;
	struct world w;

	world_open(&w);
	add(&w, &w.own, "CUST-1", "ann@example.org", "laptop", &device);
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		CHECK_EQ(search(&w, texts[i]).count, 0);
	sub = add(&w, &w.other, "CUST-9", "zoe@example.org", "theirs", &device);
	CHECK_EQ(search(&w, sub.id).count, 0);
	CHECK_EQ(search(&w, sub.reference).count, 0);
	CHECK_EQ(search(&w, "CUST-9").count, 0);
	CHECK_EQ(search(&w, "zoe@").count, 0);
	CHECK_EQ(search(&w, "theirs").count, 0);
	CHECK_EQ(search(&w, device.id).count, 0);
	w.store->close(w.store);
}

TEST(no_more_is_found_than_was_asked_for)
{
	struct found f = { .count = 0 };
	struct device device;
	struct world w;
	char name[20];

	world_open(&w);
	for (int i = 0; i < 5; i++) {
		snprintf(name, sizeof name, "MANY-%d", i);
		add(&w, &w.own, name, "many@example.org", "same name", &device);
	}
	CHECK_EQ(w.store->look.search(w.store, w.own.id, "same", 3, take_found, &f), ERR_NONE);
	CHECK_EQ(f.count, 3);
	CHECK_EQ(search(&w, "same").count, 5);
	w.store->close(w.store);
}

struct fleet {
	int count, seated;
	char names[200];
};

static bool
take_fleet(void *ctx, const struct subscription *s, const struct device *d)
{
	struct fleet *f = ctx;

	CHECK_TEXT(d->subscription, s->id);
	CHECK_EQ(s->state, SUB_ACTIVE);
	f->count++;
	f->seated += d->seated;
	strcat(f->names, d->name);
	return true;
}

TEST(every_device_is_in_the_fleet_once_also_one_without_a_seat)
{
	struct device a, b;
	struct subscription sub;
	struct fleet f = { .count = 0 };
	struct refusal why;
	struct world w;

	world_open(&w);
	sub = add(&w, &w.own, "A", "a@example.org", "one", &a);
	add(&w, &w.own, "B", "b@example.org", "two", &b);
	add(&w, &w.other, "C", "c@example.org", "theirs", &b);
	CHECK_EQ(authority_release_seat(w.store, &w.own,
	    &(struct seat_change){ .subscription = sub.id, .device = a.id, .actor = "x" }, NOW, &why), ERR_NONE);
	CHECK_EQ(w.store->look.list_fleet(w.store, w.own.id, take_fleet, &f), ERR_NONE);
	CHECK_EQ(f.count, 2);
	CHECK_EQ(f.seated, 1);
	CHECK(strstr(f.names, "theirs") == NULL);
	w.store->close(w.store);
}

struct pages {
	int count;
	int64_t last;
};

static bool
take_audit(void *ctx, const struct event *e)
{
	struct pages *p = ctx;

	CHECK(p->last == 0 || e->position < p->last);
	p->last = e->position;
	p->count++;
	return true;
}

static struct pages
audit(struct world *w, struct audit_filter filter)
{
	struct pages p = { .count = 0 };

	if (filter.actor == NULL)
		filter.actor = "";
	if (filter.kind == NULL)
		filter.kind = "";
	CHECK_EQ(w->store->look.list_audit(w->store, &filter, take_audit, &p), ERR_NONE);
	return p;
}

TEST(the_log_is_read_by_page_by_who_and_by_what_and_a_provider_sees_its_own)
{
	struct subscription sub;
	struct pages page;
	struct device d;
	struct world w;
	int own;

	world_open(&w);
	sub = add(&w, &w.own, "A", "a@example.org", "one", &d);
	add(&w, &w.other, "B", "b@example.org", "two", &d);
	CHECK_EQ(audit(&w, (struct audit_filter){ .chain = sub.id, .kind = "ordered", .limit = 9 }).count, 1);
	own = audit(&w, (struct audit_filter){ .provider = w.own.id, .limit = 1000 }).count;
	CHECK_EQ(audit(&w, (struct audit_filter){ .provider = w.other.id, .limit = 1000 }).count, own);
	/* Both subscriptions' are nobody else's: without a provider there are the two that made one. */
	page = audit(&w, (struct audit_filter){ .limit = 1000 });
	CHECK_EQ(page.count, 2);
	CHECK_EQ(audit(&w, (struct audit_filter){ .from = page.last + 1, .limit = 1000 }).count, 1);
	page = audit(&w, (struct audit_filter){ .provider = w.own.id, .limit = 2 });
	CHECK_EQ(page.count, 2);
	page = audit(&w, (struct audit_filter){ .provider = w.own.id, .before = page.last, .limit = 1000 });
	CHECK_EQ(page.count, own - 2);
	CHECK_EQ(audit(&w, (struct audit_filter){ .provider = w.own.id, .kind = "ordered", .limit = 9 }).count, 1);
	CHECK_EQ(audit(&w, (struct audit_filter){ .provider = w.own.id, .kind = "provider_added", .limit = 9 }).count, 1);
	CHECK_EQ(audit(&w, (struct audit_filter){ .provider = w.own.id, .actor = w.own.id, .limit = 9 }).count, 1);
	CHECK_EQ(audit(&w, (struct audit_filter){ .provider = w.own.id, .actor = "nobody", .limit = 9 }).count, 0);
	w.store->close(w.store);
}

static bool
take_sent(void *ctx, const struct delivery *d, struct bytes body)
{
	(void)d, (void)body;
	++*(int *)ctx;
	return true;
}

TEST(what_went_out_about_a_subscription_is_listed_with_it)
{
	struct delivery d = { .kind = DELIVERY_MAIL, .lane = LANE_MAIL, .type = "welcome", .state = DELIVERY_PENDING,
		.created = NOW, .due = NOW, .until = NOW + 9 };
	struct subscription sub;
	struct device device;
	struct world w;
	int n = 0;

	world_open(&w);
	sub = add(&w, &w.own, "A", "a@example.org", "one", &device);
	for (int i = 0; i < 3; i++) {
		snprintf(d.id, sizeof d.id, "msg_%d", i);
		d.position = i + 1;
		strcpy(d.provider, w.own.id);
		strcpy(d.subject, i == 2 ? "" : sub.id);
		CHECK_EQ(w.store->begin(w.store), ERR_NONE);
		CHECK_EQ(w.store->delivery.add(w.store, &d, bytes_of_text("{}")), ERR_NONE);
		CHECK_EQ(w.store->commit(w.store), ERR_NONE);
	}
	CHECK_EQ(w.store->look.list_sent(w.store, sub.id, 10, take_sent, &n), ERR_NONE);
	CHECK_EQ(n, 2);
	n = 0;
	CHECK_EQ(w.store->look.list_sent(w.store, sub.id, 1, take_sent, &n), ERR_NONE);
	CHECK_EQ(n, 1);
	CHECK_EQ(w.store->look.list_sent(w.store, "", 10, take_sent, &n), ERR_NONE);
	CHECK_EQ(n, 1);
	w.store->close(w.store);
}
