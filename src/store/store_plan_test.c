/* Goal of this test: what pages and searches ask is answered from indexes: no question reads what belongs to others, or
 * all there is, to find a few rows. */
#include <sqlite3.h>
#include <stdio.h>

#include "base/test.h"
#include "entitle/recipient.h"
#include "store/schema.h"
#include "store/store_sqlite.h"
#include "store/store_sqlite_internal.h"

static const int64_t NOW = 1795000000;

static struct store *
open_store(void)
{
	struct store *s = NULL;

	CHECK_EQ(store_sqlite_open(":memory:", &s, NULL), ERR_NONE);
	return s;
}

static sqlite3 *
database(struct store *s)
{
	return store_sqlite_of(s)->statements.db;
}

/* The plan of the statement that was prepared last, a line for each step. */
static void
plan_of_last(struct store *s, char *out, size_t size)
{
	struct statements *all = &store_sqlite_of(s)->statements;
	sqlite3_stmt *explain = NULL;
	char sql[4096];
	size_t n = 0;

	snprintf(sql, sizeof sql, "EXPLAIN QUERY PLAN %s", all->cached[all->count - 1].sql);
	CHECK_EQ(sqlite3_prepare_v2(all->db, sql, -1, &explain, NULL), SQLITE_OK);
	while (sqlite3_step(explain) == SQLITE_ROW && n < size)
		n += (size_t)snprintf(out + n, size - n, "%s\n", (const char *)sqlite3_column_text(explain, 3));
	sqlite3_finalize(explain);
	CHECK(n > 0 && n < size);
}

/* No table is read from end to end; what a part of the question found may be. */
static void
check_no_scan(const char *plan)
{
	static const char *const tables[] = { "subscription", "device", "recipient", "checkout", "payment", "p", "c",
		"contact_request" };
	char scan[64];

	for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
		snprintf(scan, sizeof scan, "SCAN %s\n", tables[i]);
		CHECK(strstr(plan, scan) == NULL);
		snprintf(scan, sizeof scan, "SCAN %s USING", tables[i]);
		CHECK(strstr(plan, scan) == NULL);
	}
}

static bool
ignore_subscription(void *ctx, const struct subscription *s)
{
	(void)ctx, (void)s;
	return true;
}

static bool
ignore_payment(void *ctx, const struct payment *p)
{
	(void)ctx, (void)p;
	return true;
}

static bool
ignore_request(void *ctx, const struct contact_request *r)
{
	(void)ctx, (void)r;
	return true;
}

TEST(the_search_reads_a_providers_own_names_alone)
{
	static const char *const steps[] = {
		"SEARCH recipient USING COVERING INDEX recipient_provider (provider=? AND address>? AND address<?)",
		"SEARCH device USING INDEX device_name (provider=? AND name>? AND name<?)",
		"SEARCH subscription USING COVERING INDEX subscription_external (provider=? AND external_id>? AND external_id<?)",
		"SEARCH subscription USING COVERING INDEX subscription_reference (provider=? AND reference=?)",
		"SEARCH subscription USING PRIMARY KEY (id=?)",
	};
	struct store *s = open_store();
	char plan[4096];

	CHECK_EQ(s->look.search(s, "prv_x", "lap", 50, ignore_subscription, NULL), ERR_NONE);
	plan_of_last(s, plan, sizeof plan);
	check_no_scan(plan);
	for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++)
		if (strstr(plan, steps[i]) == NULL)
			fail_msg("no step \"%s\" in\n%s", steps[i], plan);
	s->close(s);
}

TEST(a_subscriptions_payments_are_found_by_its_checkouts)
{
	struct store *s = open_store();
	char plan[4096];

	CHECK_EQ(s->payment.list(s, "sub_x", ignore_payment, NULL), ERR_NONE);
	plan_of_last(s, plan, sizeof plan);
	check_no_scan(plan);
	CHECK(strstr(plan, "USING COVERING INDEX checkout_subscription (subscription=?)") != NULL);
	CHECK(strstr(plan, "SEARCH p USING PRIMARY KEY (checkout=?)") != NULL);
	s->close(s);
}

TEST(a_persons_requests_are_found_by_their_address)
{
	struct store *s = open_store();
	char plan[4096];

	CHECK_EQ(s->support.list_contact_requests(s, &(struct contact_filter){ .mail = "a@b.c", .most = 9 },
		     ignore_request, NULL), ERR_NONE);
	plan_of_last(s, plan, sizeof plan);
	check_no_scan(plan);
	CHECK(strstr(plan, "USING INDEX contact_request_mail (mail=?)") != NULL);
	s->close(s);
}

static bool
ignore_event(void *ctx, const struct event *e)
{
	(void)ctx, (void)e;
	return true;
}

TEST(the_newest_of_one_log_are_read_from_its_end)
{
	const struct audit_filter newest = { .chain = "sub_x", .actor = "", .kind = "", .limit = 9 };
	struct store *s = open_store();
	char plan[4096];

	CHECK_EQ(s->look.list_audit(s, &newest, ignore_event, NULL), ERR_NONE);
	plan_of_last(s, plan, sizeof plan);
	CHECK_TEXT(plan, "SEARCH e USING INDEX event_chain (chain=?)\n");
	s->close(s);
}

static void
run(sqlite3 *db, const char *sql)
{
	CHECK_EQ(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
}

static int
number(sqlite3 *db, const char *sql)
{
	sqlite3_stmt *st = NULL;
	int n;

	CHECK_EQ(sqlite3_prepare_v2(db, sql, -1, &st, NULL), SQLITE_OK);
	CHECK_EQ(sqlite3_step(st), SQLITE_ROW);
	n = sqlite3_column_int(st, 0);
	sqlite3_finalize(st);
	return n;
}

/* Whatever is done with subscriptions, devices and recipients. */
static void
check_owners(struct store *s)
{
	CHECK_EQ(number(database(s),
		     "SELECT count(*) FROM device d JOIN subscription s ON s.id = d.subscription WHERE d.provider <> s.provider"),
	    0);
	CHECK_EQ(number(database(s), "SELECT count(*) FROM recipient r JOIN subscription s ON s.id = r.subscription"
				     " WHERE r.provider <> s.provider"), 0);
}

static struct subscription
add(struct store *s, const struct provider *p, const char *external_id, struct device *out)
{
	struct activation a = { .peer = "192.0.2.1", .device = { .name = "laptop", .machine = "m" } };
	struct recipient r = { .address = "ann@example.org", .language = "en" };
	struct order order = { .seats = 2 };
	char token[TOKEN_SIZE];
	struct subscription sub, after;
	struct refusal why;
	int64_t retry_s;

	strcpy(order.external_id, external_id);
	CHECK_EQ(authority_order(s, p, &order, NOW, &sub, a.code, &why), ERR_NONE);
	strcpy(r.subscription, sub.id);
	CHECK_EQ(recipient_set(s, p, &r, "provider", NOW, &why), ERR_NONE);
	CHECK_EQ(recipient_set(s, p, &r, "provider", NOW, &why), ERR_NONE);
	CHECK_EQ(authority_activate(s, &a, NOW, out, token, &after, &why, &retry_s), ERR_NONE);
	return after;
}

TEST(whose_a_device_or_an_address_is_follows_the_subscription)
{
	struct provider own = { .contact = { .name = "Own" }, .policy = policy_default() }, other = own;
	struct store *s = open_store();
	struct subscription sub, taken;
	struct device d, e;
	char sql[200];

	CHECK_EQ(authority_add_provider(s, &own, "vendor", NOW, NULL), ERR_NONE);
	CHECK_EQ(authority_add_provider(s, &other, "vendor", NOW, NULL), ERR_NONE);
	sub = add(s, &own, "A", &d);
	taken = add(s, &other, "B", &e);
	check_owners(s);
	CHECK_EQ(number(database(s), "SELECT count(*) FROM device WHERE provider <> ''"), 2);
	/* The whole subscription moves; one device moves. */
	strcpy(sub.provider, other.id);
	strcpy(sub.external_id, "A2");
	CHECK_EQ(s->put_subscription(s, &sub), ERR_NONE);
	check_owners(s);
	snprintf(sql, sizeof sql, "UPDATE device SET subscription = '%s', machine = 'n' WHERE id = '%s'", sub.id, e.id);
	run(database(s), sql);
	strcpy(taken.provider, own.id);
	CHECK_EQ(s->put_subscription(s, &taken), ERR_NONE);
	check_owners(s);
	s->close(s);
}

/* Before the provider stood beside the names. */
enum { BEFORE_OWNERS = 15 };

TEST(what_was_there_before_has_its_owner_too)
{
	sqlite3 *db = NULL;

	CHECK_EQ(sqlite3_open(":memory:", &db), SQLITE_OK);
	CHECK_EQ(schema_migrate_to(db, BEFORE_OWNERS, NULL), ERR_NONE);
	run(db, "PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON;");
	run(db, "INSERT INTO recipient (subscription, address, name, language, code) VALUES ('gone', 'a@b.c', '', 'en', '')");
	run(db, "INSERT INTO contact_request (reference, name, mail, article, device, text, at)"
		" VALUES ('HF-1', 'Ann', 'ann@example.org', '', '', 'x', 1)");
	CHECK_EQ(schema_migrate(db, NULL), ERR_NONE);
	CHECK_EQ(number(db, "SELECT count(*) FROM recipient WHERE provider = ''"), 1);
	CHECK_EQ(number(db, "SELECT count(*) FROM contact_request WHERE mail = 'ANN@example.org' COLLATE NOCASE"), 1);
	sqlite3_close(db);
}
