/* Goal of this test: documents come back as they were sent, to whom they belong and to nobody else, in the order
 * in which they came; and a part of a transaction can be undone alone. */
#include <stdio.h>
#include <stdlib.h>

#include "base/test.h"
#include "base/text.h"
#include "entitle/authority.h"
#include "store/store_sqlite.h"

static const int64_t NOW = 1795000000, DAY = 86400;
static const struct document_page ALL = { 0, -1 };

struct world {
	struct store *store;
	struct provider mine, theirs;
};

static void
world_open(struct world *w)
{
	static int number;
	char path[200];

	*w = (struct world){ .store = NULL };
	w->mine.policy = w->theirs.policy = policy_default();
	snprintf(path, sizeof path, "%s/document%d.db", test_dir(), number++);
	CHECK_EQ(store_sqlite_open(path, &w->store, NULL), ERR_NONE);
	CHECK_EQ(authority_add_provider(w->store, &w->mine, "vendor", NOW, NULL), ERR_NONE);
	CHECK_EQ(authority_add_provider(w->store, &w->theirs, "vendor", NOW, NULL), ERR_NONE);
}

static void
world_close(struct world *w)
{
	w->store->close(w->store);
}

static struct document
make(const struct provider *p, const char *kind, const char *id, const char *external_id)
{
	struct document d = { .created = NOW, .updated = NOW };

	strcpy(d.provider, p->id);
	strcpy(d.kind, kind);
	strcpy(d.id, id);
	strcpy(d.external_id, external_id);
	strcpy(d.state, "acknowledged");
	return d;
}

static enum err
add(struct world *w, const struct document *d, const char *body)
{
	return w->store->document.add(w->store, d, bytes_of_text(body));
}

/* What a listing said, as one text. */
struct heard {
	char text[400];
	int most;		/* stop after so many; 0: never */
	int seen;
};

static bool
hear(struct heard *h, const char *id, struct bytes body)
{
	size_t n = strlen(h->text);

	snprintf(h->text + n, sizeof h->text - n, "%s%s=%.*s", n == 0 ? "" : " ", id, (int)body.n,
	    body.n == 0 ? "" : (const char *)body.p);
	return ++h->seen != h->most;
}

static bool
hear_document(void *ctx, const struct document *d, struct bytes body)
{
	return hear(ctx, d->id, body);
}

static bool
hear_service(void *ctx, const char *subscription, struct bytes body)
{
	return hear(ctx, subscription, body);
}

TEST(a_document_comes_back_as_it_was_sent)
{
	struct document d, got;
	struct world w;
	struct buf body;

	world_open(&w);
	buf_init(&body, 100);
	d = make(&w.mine, "order", "ord_1", "theirs-1");
	d.due = NOW + DAY;
	CHECK_EQ(add(&w, &d, "{\"a\":1}"), ERR_NONE);
	CHECK_EQ(w.store->document.get(w.store, w.mine.id, "order", "ord_1", &got, &body), ERR_NONE);
	CHECK_BYTES(buf_bytes(&body), bytes_of_text("{\"a\":1}"));
	CHECK_TEXT(got.external_id, "theirs-1");
	CHECK_TEXT(got.state, "acknowledged");
	CHECK_EQ(got.due, NOW + DAY);
	CHECK_EQ(got.created, NOW);

	strcpy(got.state, "completed");
	got.due = 0;
	got.updated = NOW + 1;
	CHECK_EQ(w.store->document.put(w.store, &got, bytes_of_text("{}")), ERR_NONE);
	buf_clear(&body);
	CHECK_EQ(w.store->document.find_by_external_id(w.store, w.mine.id, "order", "theirs-1", &got,
		     &body), ERR_NONE);
	CHECK_BYTES(buf_bytes(&body), bytes_of_text("{}"));
	CHECK_TEXT(got.state, "completed");
	CHECK_EQ(got.updated, NOW + 1);
	buf_fini(&body);
	world_close(&w);
}

TEST(no_two_documents_of_a_kind_have_one_id_and_no_two_of_a_provider_one_external_id)
{
	struct document d;
	struct world w;

	world_open(&w);
	d = make(&w.mine, "order", "ord_1", "x");
	CHECK_EQ(add(&w, &d, "{}"), ERR_NONE);
	CHECK_EQ(add(&w, &d, "{}"), ERR_EXISTS);
	d = make(&w.mine, "order", "ord_2", "x");
	CHECK_EQ(add(&w, &d, "{}"), ERR_EXISTS);
	d = make(&w.mine, "customer", "ord_1", "x");
	CHECK_EQ(add(&w, &d, "{}"), ERR_NONE);
	d = make(&w.theirs, "order", "ord_3", "x");
	CHECK_EQ(add(&w, &d, "{}"), ERR_NONE);
	/* No name is no name. */
	d = make(&w.mine, "order", "ord_4", "");
	CHECK_EQ(add(&w, &d, "{}"), ERR_NONE);
	d = make(&w.mine, "order", "ord_5", "");
	CHECK_EQ(add(&w, &d, "{}"), ERR_NONE);
	world_close(&w);
}

TEST(another_providers_document_is_not_there)
{
	struct document d, got;
	struct heard h = { .seen = 0 };
	struct world w;
	int64_t n;

	world_open(&w);
	d = make(&w.theirs, "order", "ord_1", "x");
	CHECK_EQ(add(&w, &d, "{}"), ERR_NONE);
	CHECK_EQ(w.store->document.get(w.store, w.mine.id, "order", "ord_1", &got, NULL), ERR_NOT_FOUND);
	CHECK_EQ(w.store->document.find_by_external_id(w.store, w.mine.id, "order", "x", &got, NULL),
	    ERR_NOT_FOUND);
	CHECK_EQ(w.store->document.list(w.store, w.mine.id, "order", ALL, hear_document, &h), ERR_NONE);
	CHECK_TEXT(h.text, "");
	CHECK_EQ(w.store->document.count(w.store, w.mine.id, "order", &n), ERR_NONE);
	CHECK_EQ(n, 0);
	strcpy(d.provider, w.mine.id);
	CHECK_EQ(w.store->document.put(w.store, &d, bytes_of_text("{}")), ERR_NOT_FOUND);
	CHECK_EQ(w.store->document.get_any(w.store, "order", "ord_1", &got, NULL), ERR_NONE);
	CHECK_TEXT(got.provider, w.theirs.id);
	world_close(&w);
}

TEST(a_deleted_document_is_only_there_for_what_reports_on_it)
{
	struct document d, got;
	struct buf body;
	struct world w;
	int64_t n;

	world_open(&w);
	d = make(&w.mine, "order", "ord_1", "x");
	CHECK_EQ(add(&w, &d, "{}"), ERR_NONE);
	d.deleted = NOW + 1;
	CHECK_EQ(w.store->document.put(w.store, &d, bytes_of_text("{}")), ERR_NONE);
	CHECK_EQ(w.store->document.get(w.store, w.mine.id, "order", "ord_1", &got, NULL), ERR_NOT_FOUND);
	CHECK_EQ(w.store->document.count(w.store, w.mine.id, "order", &n), ERR_NONE);
	CHECK_EQ(n, 0);
	CHECK_EQ(w.store->document.get_any(w.store, "order", "ord_1", &got, NULL), ERR_NONE);
	CHECK_EQ(got.deleted, NOW + 1);
	/* Its external id is free again. */
	d = make(&w.mine, "order", "ord_2", "x");
	CHECK_EQ(add(&w, &d, "{}"), ERR_NONE);

	CHECK_EQ(w.store->document.purge(w.store, NOW + 1, 10, &n), ERR_NONE);
	CHECK_EQ(n, 0);
	CHECK_EQ(w.store->document.purge(w.store, NOW + 2, 10, &n), ERR_NONE);
	CHECK_EQ(n, 1);
	CHECK_EQ(w.store->document.get_any(w.store, "order", "ord_1", &got, NULL), ERR_NOT_FOUND);
	CHECK_EQ(w.store->document.get_any(w.store, "order", "ord_2", &got, NULL), ERR_NONE);
	CHECK_EQ(w.store->document.forget(w.store, "ord_2"), ERR_NONE);
	CHECK_EQ(w.store->document.get_any(w.store, "order", "ord_2", &got, NULL), ERR_NOT_FOUND);
	/* What was deleted stays so, and says nothing any more. */
	d = make(&w.mine, "order", "ord_3", "y");
	d.deleted = NOW;
	CHECK_EQ(add(&w, &d, "{\"name\":\"Ann\"}"), ERR_NONE);
	CHECK_EQ(w.store->document.forget(w.store, "ord_3"), ERR_NONE);
	buf_init(&body, 100);
	CHECK_EQ(w.store->document.get_any(w.store, "order", "ord_3", &got, &body), ERR_NONE);
	CHECK_EQ(body.n, 0);
	CHECK_EQ(got.deleted, NOW);
	CHECK_TEXT(got.external_id, "");
	buf_fini(&body);
	world_close(&w);
}

TEST(a_page_is_so_many_behind_the_first_so_many)
{
	static const struct {
		struct document_page page;
		int most;
		const char *heard;
	} cases[] = {
		{ { 0, -1 }, 0, "ord_c=0 ord_b=1 ord_a=2" },
		{ { 0, 2 }, 0, "ord_c=0 ord_b=1" },
		{ { 1, 1 }, 0, "ord_b=1" },
		{ { 2, 5 }, 0, "ord_a=2" },
		{ { 3, 5 }, 0, "" },
		{ { 0, 0 }, 0, "" },
		{ { 0, -1 }, 1, "ord_c=0" },
	};
	struct document d;
	struct world w;

	world_open(&w);
	for (int i = 0; i < 3; i++) {
		char id[] = { 'o', 'r', 'd', '_', (char)('c' - i), 0 }, body[] = { (char)('0' + i), 0 };

		d = make(&w.mine, "order", id, "");
		CHECK_EQ(add(&w, &d, body), ERR_NONE);
	}
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct heard h = { .most = cases[i].most };

		CHECK_EQ(w.store->document.list(w.store, w.mine.id, "order", cases[i].page, hear_document,
			     &h), ERR_NONE);
		CHECK_TEXT(h.text, cases[i].heard);
	}
	world_close(&w);
}

/* Listen, and remember where it stopped. */
struct walking {
	struct heard heard;
	struct document_walk walk;
	char id[ID_SIZE];
};

static bool
walk_document(void *ctx, const struct document *d, struct bytes body)
{
	struct walking *w = ctx;

	w->walk.after = d->seq;
	return hear(&w->heard, d->id, body);
}

static bool
walk_service(void *ctx, const char *subscription, struct bytes body)
{
	struct walking *w = ctx;

	strcpy(w->id, subscription);
	w->walk.after_id = w->id;
	return hear(&w->heard, subscription, body);
}

TEST(a_walk_in_parts_comes_by_all_that_a_listing_does)
{
	struct heard all = { .seen = 0 };
	struct document d;
	struct world w;

	world_open(&w);
	for (int i = 0; i < 7; i++) {
		char id[] = { 'o', 'r', 'd', '_', (char)('z' - i), 0 }, body[] = { (char)('0' + i), 0 };

		d = make(i == 3 ? &w.theirs : &w.mine, "order", id, "");
		d.deleted = i == 5 ? NOW : 0;
		CHECK_EQ(add(&w, &d, body), ERR_NONE);
	}
	CHECK_EQ(w.store->document.list(w.store, w.mine.id, "order", ALL, hear_document, &all), ERR_NONE);
	CHECK_EQ(all.seen, 5);
	for (int most = 1; most < 7; most++) {
		struct walking k = { .walk = { w.mine.id, "order", most, 0, "" } };
		int before;

		do {
			before = k.heard.seen;
			CHECK_EQ(w.store->document.walk(w.store, &k.walk, walk_document, &k), ERR_NONE);
			CHECK(k.heard.seen - before <= most);
		} while (k.heard.seen - before == most);
		CHECK_TEXT(k.heard.text, all.text);
	}
	world_close(&w);
}

TEST(what_is_due_first_is_found_whoever_it_belongs_to)
{
	struct document d, got;
	struct world w;

	world_open(&w);
	CHECK_EQ(w.store->document.get_next_due(w.store, "order", &got), ERR_NOT_FOUND);
	d = make(&w.mine, "order", "ord_1", "");
	CHECK_EQ(add(&w, &d, "{}"), ERR_NONE);
	CHECK_EQ(w.store->document.get_next_due(w.store, "order", &got), ERR_NOT_FOUND);
	d = make(&w.mine, "order", "ord_2", "");
	d.due = NOW + 2;
	CHECK_EQ(add(&w, &d, "{}"), ERR_NONE);
	d = make(&w.theirs, "order", "ord_3", "");
	d.due = NOW + 1;
	CHECK_EQ(add(&w, &d, "{}"), ERR_NONE);
	d = make(&w.theirs, "other", "oth_1", "");
	d.due = NOW;
	CHECK_EQ(add(&w, &d, "{}"), ERR_NONE);
	CHECK_EQ(w.store->document.get_next_due(w.store, "order", &got), ERR_NONE);
	CHECK_TEXT(got.id, "ord_3");
	CHECK_TEXT(got.provider, w.theirs.id);
	got.due = 0;
	CHECK_EQ(w.store->document.put(w.store, &got, bytes_of_text("{}")), ERR_NONE);
	CHECK_EQ(w.store->document.get_next_due(w.store, "order", &got), ERR_NONE);
	CHECK_TEXT(got.id, "ord_2");
	world_close(&w);
}

static struct subscription
order(struct world *w, const struct provider *p, const char *external_id)
{
	struct order o = { .seats = 1 };
	char code[CODE_SHOWN_SIZE];
	struct subscription sub;
	struct refusal why;

	strcpy(o.external_id, external_id);
	CHECK_EQ(authority_order(w->store, p, &o, NOW, &sub, code, &why), ERR_NONE);
	return sub;
}

static int64_t
count_services(struct world *w)
{
	int64_t n = -1;

	CHECK_EQ(w->store->document.count_services(w->store, w->mine.id, "service", &n), ERR_NONE);
	return n;
}

TEST(services_are_the_providers_subscriptions_with_or_without_a_document)
{
	struct change cancel = { .event = EV_CANCEL, .reason = REASON_DISCONTINUED, .actor = "test" };
	struct change reinstate = { .event = EV_REINSTATE, .actor = "test" };
	char both[100], first_only[100];
	struct heard h = { .seen = 0 };
	struct subscription a, b;
	struct refusal why;
	struct document d;
	struct world w;
	bool a_first;
	int64_t n;

	world_open(&w);
	a = order(&w, &w.mine, "a");
	b = order(&w, &w.mine, "b");
	order(&w, &w.theirs, "c");
	d = make(&w.mine, "service", b.id, "");
	CHECK_EQ(add(&w, &d, "{}"), ERR_NONE);
	/* A document of another kind about the same subscription is another matter. */
	d = make(&w.mine, "product", a.id, "");
	CHECK_EQ(add(&w, &d, "[]"), ERR_NONE);
	a_first = strcmp(a.id, b.id) < 0;
	snprintf(both, sizeof both, "%s=%s %s=%s", a_first ? a.id : b.id, a_first ? "" : "{}",
	    a_first ? b.id : a.id, a_first ? "{}" : "");
	CHECK_EQ(w.store->document.list_services(w.store, w.mine.id, "service", ALL, hear_service, &h),
	    ERR_NONE);
	CHECK_TEXT(h.text, both);
	CHECK_EQ(count_services(&w), 2);

	for (int most = 1; most < 4; most++) {
		struct walking k = { .walk = { w.mine.id, "service", most, 0, "" } };
		int before;

		do {
			before = k.heard.seen;
			CHECK_EQ(w.store->document.walk_services(w.store, &k.walk, walk_service, &k), ERR_NONE);
		} while (k.heard.seen - before == most);
		CHECK_TEXT(k.heard.text, both);
	}

	/* Deleted and cancelled: gone from the list. Reinstated: there again. */
	d = make(&w.mine, "service", b.id, "");
	d.deleted = NOW;
	CHECK_EQ(w.store->document.put(w.store, &d, bytes_of_text("{}")), ERR_NONE);
	CHECK_EQ(count_services(&w), 2);
	CHECK_EQ(authority_change(w.store, &w.mine, b.id, &cancel, NOW, &b, &why), ERR_NONE);
	CHECK_EQ(count_services(&w), 1);
	h = (struct heard){ .seen = 0 };
	snprintf(first_only, sizeof first_only, "%s=", a.id);
	CHECK_EQ(w.store->document.list_services(w.store, w.mine.id, "service", ALL, hear_service, &h),
	    ERR_NONE);
	CHECK_TEXT(h.text, first_only);
	/* The subscription still needs it. */
	CHECK_EQ(w.store->document.purge(w.store, NOW + DAY, 10, &n), ERR_NONE);
	CHECK_EQ(n, 0);
	CHECK_EQ(authority_change(w.store, &w.mine, b.id, &reinstate, NOW, &b, &why), ERR_NONE);
	CHECK_EQ(count_services(&w), 2);
	world_close(&w);
}

TEST(a_part_of_a_transaction_can_be_undone_alone)
{
	struct document d, got;
	struct world w;
	int64_t n;

	world_open(&w);
	CHECK_EQ(w.store->begin(w.store), ERR_NONE);
	d = make(&w.mine, "order", "ord_1", "");
	CHECK_EQ(add(&w, &d, "{}"), ERR_NONE);
	CHECK_EQ(w.store->begin(w.store), ERR_NONE);
	d = make(&w.mine, "order", "ord_2", "");
	CHECK_EQ(add(&w, &d, "{}"), ERR_NONE);
	w.store->rollback(w.store);
	CHECK_EQ(w.store->begin(w.store), ERR_NONE);
	d = make(&w.mine, "order", "ord_3", "");
	CHECK_EQ(add(&w, &d, "{}"), ERR_NONE);
	CHECK_EQ(w.store->commit(w.store), ERR_NONE);
	CHECK_EQ(w.store->commit(w.store), ERR_NONE);
	CHECK_EQ(w.store->document.get(w.store, w.mine.id, "order", "ord_2", &got, NULL), ERR_NOT_FOUND);
	CHECK_EQ(w.store->document.count(w.store, w.mine.id, "order", &n), ERR_NONE);
	CHECK_EQ(n, 2);

	/* The whole undoes the parts that were kept for it. */
	CHECK_EQ(w.store->begin(w.store), ERR_NONE);
	CHECK_EQ(w.store->begin(w.store), ERR_NONE);
	d = make(&w.mine, "order", "ord_4", "");
	CHECK_EQ(add(&w, &d, "{}"), ERR_NONE);
	CHECK_EQ(w.store->commit(w.store), ERR_NONE);
	w.store->rollback(w.store);
	w.store->rollback(w.store);
	CHECK_EQ(w.store->document.count(w.store, w.mine.id, "order", &n), ERR_NONE);
	CHECK_EQ(n, 2);
	/* And the next transaction is a whole one. */
	CHECK_EQ(w.store->begin(w.store), ERR_NONE);
	CHECK_EQ(w.store->commit(w.store), ERR_NONE);
	world_close(&w);
}
