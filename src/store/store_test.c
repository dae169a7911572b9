/* Goal of this test: the authority's rules, driven through a real store: what a provider and its devices
 * do one after the other, and what is refused. */
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/test.h"
#include "entitle/authority.h"
#include "codec/encode.h"
#include "entitle/authority_schedule.h"
#include "entitle/event.h"
#include "store/schema.h"
#include "os/landlock.h"
#include "store/store_sqlite.h"

static const int64_t NOW = 1795000000, DAY = 86400;

struct world {
	struct store *store;
	struct provider provider;
	struct subscription sub;
	char code[CODE_SHOWN_SIZE];
	char path[200];
};

static void
world_open(struct world *w, int64_t seats)
{
	static int number;
	struct contact vendor = { .name = "Holdfast Direct" };
	struct order order = { .external_id = "order-1", .seats = seats };
	struct refusal why;

	*w = (struct world){ .provider = { .policy = policy_default() } };
	snprintf(w->path, sizeof w->path, "%s/store%d.db", test_dir(), number++);
	CHECK_EQ(store_sqlite_open(w->path, &w->store, NULL), ERR_NONE);
	CHECK_EQ(authority_ensure_retail(w->store, &vendor, NOW), ERR_NONE);
	strcpy(w->provider.contact.name, "Example Broadband");
	strcpy(w->provider.verify_url, "http://127.0.0.1/verify");
	CHECK_EQ(authority_add_provider(w->store, &w->provider, "vendor", NOW, NULL), ERR_NONE);
	CHECK_EQ(authority_order(w->store, &w->provider, &order, NOW, &w->sub, w->code, &why),
	    ERR_NONE);
}

static void
world_close(struct world *w)
{
	struct event_check check;

	CHECK_EQ(event_verify_log(w->store, &check), ERR_NONE);
	CHECK_EQ(check.broken_at, 0);
	CHECK(check.events > 0);
	w->store->close(w->store);
}

struct device_made {
	struct device device;
	char token[TOKEN_SIZE];
	struct subscription sub;
	struct refusal why;
	int64_t retry_s;
};

static enum err
activate(struct world *w, const char *machine, const char *replace, struct device_made *out)
{
	struct activation a = { .peer = "127.0.0.1" };

	*out = (struct device_made){ .retry_s = 0 };
	strcpy(a.code, w->code);
	strcpy(a.replace, replace);
	strcpy(a.device.name, machine);
	strcpy(a.device.machine, machine);
	strcpy(a.device.platform, "linux");
	return authority_activate(w->store, &a, NOW, &out->device, out->token, &out->sub, &out->why,
	    &out->retry_s);
}

static enum err
change(struct world *w, enum sub_event event, enum reason reason, int64_t now, struct refusal *why)
{
	struct change c = { .event = event, .reason = reason, .actor = "test" };

	return authority_change(w->store, &w->provider, w->sub.id, &c, now, &w->sub, why);
}

/* The reason in a lease made at ${now} for a device. */
static enum reason
reason_of(struct world *w, const char *device, int64_t now)
{
	struct device d;
	struct lease l;
	int64_t checkin_s;

	CHECK_EQ(w->store->get_device(w->store, device, &d), ERR_NONE);
	CHECK_EQ(authority_lease(w->store, &d, now, &l, &checkin_s), ERR_NONE);
	CHECK((l.features == 0) == (l.reason != REASON_NONE));
	return l.reason;
}

TEST(an_order_waits_for_its_first_device_and_is_then_active)
{
	struct device_made d;
	struct world w;

	world_open(&w, 1);
	CHECK_EQ(w.sub.state, SUB_PENDING);
	CHECK_EQ(activate(&w, "machine-a", "", &d), ERR_NONE);
	CHECK_EQ(w.store->get_subscription(w.store, w.sub.id, &w.sub), ERR_NONE);
	CHECK_EQ(w.sub.state, SUB_ACTIVE);
	CHECK_EQ(reason_of(&w, d.device.id, NOW), REASON_NONE);
	CHECK_EQ(authority_find_device(w.store, d.token, &d.device), ERR_NONE);
	CHECK_EQ(authority_find_device(w.store, "hfd_nonsense", &d.device), ERR_DENIED);
	world_close(&w);
}

TEST(a_second_order_with_the_same_external_id_is_refused)
{
	struct order order = { .external_id = "order-1", .seats = 1 };
	struct subscription sub;
	char code[CODE_SHOWN_SIZE];
	struct refusal why;
	struct world w;

	world_open(&w, 1);
	CHECK_EQ(authority_order(w.store, &w.provider, &order, NOW, &sub, code, &why), ERR_CONFLICT);
	CHECK_TEXT(why.code, "duplicate_order");
	world_close(&w);
}

TEST(suspension_and_resumption_each_reach_the_device_and_conflicts_have_codes)
{
	struct device_made d;
	struct refusal why;
	struct world w;

	world_open(&w, 1);
	CHECK_EQ(activate(&w, "machine-a", "", &d), ERR_NONE);
	CHECK_EQ(change(&w, EV_RESUME, REASON_NONE, NOW, &why), ERR_CONFLICT);
	CHECK_TEXT(why.code, "not_suspended");
	CHECK_EQ(change(&w, EV_SUSPEND, REASON_BILLING, NOW + 1, &why), ERR_NONE);
	CHECK_EQ(reason_of(&w, d.device.id, NOW + 2), REASON_BILLING);
	CHECK_EQ(change(&w, EV_SUSPEND, REASON_BILLING, NOW + 2, &why), ERR_CONFLICT);
	CHECK_TEXT(why.code, "already_suspended");
	CHECK_EQ(change(&w, EV_RESUME, REASON_NONE, NOW + 3, &why), ERR_NONE);
	CHECK_EQ(reason_of(&w, d.device.id, NOW + 4), REASON_NONE);
	CHECK_EQ(change(&w, EV_CANCEL, REASON_DISCONTINUED, NOW + 5, &why), ERR_NONE);
	CHECK_EQ(reason_of(&w, d.device.id, NOW + 6), REASON_DISCONTINUED);
	CHECK_EQ(change(&w, EV_RESUME, REASON_NONE, NOW + 7, &why), ERR_CONFLICT);
	CHECK_TEXT(why.code, "subscription_cancelled");
	CHECK_EQ(change(&w, EV_REINSTATE, REASON_NONE, NOW + 8, &why), ERR_NONE);
	CHECK_EQ(reason_of(&w, d.device.id, NOW + 9), REASON_NONE);
	world_close(&w);
}

TEST(a_cancelled_subscription_comes_back_within_retention_and_not_after)
{
	struct refusal why;
	struct world w;

	world_open(&w, 1);
	CHECK_EQ(change(&w, EV_CANCEL, REASON_DISCONTINUED, NOW, &why), ERR_NONE);
	CHECK_EQ(change(&w, EV_REINSTATE, REASON_NONE, NOW + 91 * DAY, &why), ERR_CONFLICT);
	CHECK_TEXT(why.code, "retention_over");
	CHECK_EQ(change(&w, EV_REINSTATE, REASON_NONE, NOW + 89 * DAY, &why), ERR_NONE);
	world_close(&w);
}

TEST(another_providers_subscription_does_not_exist)
{
	struct provider other = { .policy = policy_default() };
	struct change c = { .event = EV_SUSPEND, .reason = REASON_BILLING, .actor = "other" };
	struct subscription sub;
	struct refusal why;
	struct world w;

	world_open(&w, 1);
	strcpy(other.contact.name, "Other");
	CHECK_EQ(authority_add_provider(w.store, &other, "vendor", NOW, NULL), ERR_NONE);
	CHECK_EQ(authority_get(w.store, &other, w.sub.id, &sub), ERR_NOT_FOUND);
	CHECK_EQ(authority_change(w.store, &other, w.sub.id, &c, NOW, &sub, &why), ERR_NOT_FOUND);
	world_close(&w);
}

TEST(a_taken_seat_is_told_and_replacing_it_unprotects_the_first_device_at_once)
{
	struct device_made a, b;
	struct device d;
	struct world w;

	world_open(&w, 1);
	CHECK_EQ(activate(&w, "machine-a", "", &a), ERR_NONE);
	CHECK_EQ(activate(&w, "machine-b", "", &b), ERR_CONFLICT);
	CHECK_TEXT(b.why.code, "seats_taken");
	CHECK_TEXT(b.sub.id, w.sub.id);
	CHECK_EQ(activate(&w, "machine-b", "dev_none", &b), ERR_NOT_FOUND);
	CHECK_TEXT(b.why.code, "unknown_device");
	CHECK_EQ(activate(&w, "machine-b", a.device.id, &b), ERR_NONE);
	CHECK_EQ(reason_of(&w, a.device.id, NOW), REASON_TRANSFERRED);
	CHECK_EQ(reason_of(&w, b.device.id, NOW), REASON_NONE);
	CHECK_EQ(w.store->get_device(w.store, a.device.id, &d), ERR_NONE);
	CHECK_TEXT(d.moved_to, "machine-b");
	world_close(&w);
}

TEST(the_same_machine_installed_again_takes_its_old_seat)
{
	struct device_made a, again;
	struct device d;
	struct world w;

	world_open(&w, 1);
	CHECK_EQ(activate(&w, "machine-a", "", &a), ERR_NONE);
	CHECK_EQ(activate(&w, "machine-a", "", &again), ERR_NONE);
	CHECK_TEXT(again.device.id, a.device.id);
	CHECK_EQ(authority_find_device(w.store, a.token, &d), ERR_DENIED);
	CHECK_EQ(authority_find_device(w.store, again.token, &d), ERR_NONE);
	world_close(&w);
}

TEST(a_wrong_code_is_refused_and_guessing_is_slowed_down)
{
	struct device_made d;
	struct world w;
	char right[CODE_SHOWN_SIZE];

	world_open(&w, 1);
	memcpy(right, w.code, sizeof right);
	code_make(w.code);
	for (int i = 0; i < ACTIVATION_TRIES; i++) {
		CHECK_EQ(activate(&w, "machine-a", "", &d), ERR_NOT_FOUND);
		CHECK_TEXT(d.why.code, "unknown_code");
	}
	memcpy(w.code, right, sizeof right);
	CHECK_EQ(activate(&w, "machine-a", "", &d), ERR_LIMIT);
	CHECK_TEXT(d.why.code, "too_many_attempts");
	CHECK(d.retry_s > 0 && d.retry_s <= ACTIVATION_WINDOW_S);
	world_close(&w);
}

TEST(a_code_whose_subscription_ended_is_spent)
{
	struct device_made d;
	struct refusal why;
	struct world w;

	world_open(&w, 1);
	CHECK_EQ(change(&w, EV_SUSPEND, REASON_BILLING, NOW, &why), ERR_NONE);
	CHECK_EQ(activate(&w, "machine-a", "", &d), ERR_CONFLICT);
	CHECK_TEXT(d.why.code, "subscription_suspended");
	CHECK_EQ(change(&w, EV_CANCEL, REASON_DISCONTINUED, NOW, &why), ERR_NONE);
	CHECK_EQ(activate(&w, "machine-a", "", &d), ERR_CONFLICT);
	CHECK_TEXT(d.why.code, "code_spent");
	world_close(&w);
}

static enum outcome
reactivate(struct world *w, const struct device *d, enum verify_answer answer, int64_t now)
{
	struct recheck_result r = { .answer = answer };
	enum outcome outcome = OUTCOME_NONE;
	struct buf detail;

	buf_init(&detail, 500);
	CHECK_EQ(authority_reactivate(w->store, d, &r, now, &outcome, &detail), ERR_NONE);
	CHECK(detail.n > 0);
	buf_fini(&detail);
	return outcome;
}

TEST(reactivate_follows_what_the_providers_system_says)
{
	struct device_made d;
	struct refusal why;
	struct world w;

	world_open(&w, 1);
	CHECK_EQ(activate(&w, "machine-a", "", &d), ERR_NONE);
	CHECK_EQ(reactivate(&w, &d.device, VERIFY_NONE, NOW), OUTCOME_ACTIVE);
	CHECK_EQ(change(&w, EV_SUSPEND, REASON_BILLING, NOW, &why), ERR_NONE);
	CHECK_EQ(reactivate(&w, &d.device, VERIFY_SUSPENDED, NOW), OUTCOME_STILL_BLOCKED);
	CHECK_EQ(reason_of(&w, d.device.id, NOW), REASON_BILLING);
	CHECK_EQ(reactivate(&w, &d.device, VERIFY_ACTIVE, NOW), OUTCOME_ACTIVE);
	CHECK_EQ(reason_of(&w, d.device.id, NOW), REASON_NONE);
	CHECK_EQ(change(&w, EV_CANCEL, REASON_DISCONTINUED, NOW, &why), ERR_NONE);
	CHECK_EQ(reactivate(&w, &d.device, VERIFY_ACTIVE, NOW), OUTCOME_ACTIVE);
	world_close(&w);
}

TEST(reactivate_brings_nothing_back_after_retention)
{
	struct device_made d;
	struct refusal why;
	struct world w;

	world_open(&w, 1);
	CHECK_EQ(activate(&w, "machine-a", "", &d), ERR_NONE);
	CHECK_EQ(change(&w, EV_CANCEL, REASON_DISCONTINUED, NOW, &why), ERR_NONE);
	CHECK_EQ(reactivate(&w, &d.device, VERIFY_ACTIVE, NOW + 91 * DAY), OUTCOME_NOT_POSSIBLE);
	CHECK_EQ(reason_of(&w, d.device.id, NOW + 91 * DAY), REASON_DISCONTINUED);
	world_close(&w);
	world_open(&w, 1);
	CHECK_EQ(activate(&w, "machine-a", "", &d), ERR_NONE);
	CHECK_EQ(change(&w, EV_CANCEL, REASON_DISCONTINUED, NOW, &why), ERR_NONE);
	CHECK_EQ(reactivate(&w, &d.device, VERIFY_ACTIVE, NOW + 89 * DAY), OUTCOME_ACTIVE);
	world_close(&w);
}

TEST(the_benefit_of_the_doubt_is_given_once_in_30_days_and_ends)
{
	struct device_made d;
	struct refusal why;
	struct world w;

	world_open(&w, 1);
	CHECK_EQ(activate(&w, "machine-a", "", &d), ERR_NONE);
	CHECK_EQ(change(&w, EV_SUSPEND, REASON_BILLING, NOW, &why), ERR_NONE);
	CHECK_EQ(reactivate(&w, &d.device, VERIFY_UNREACHABLE, NOW), OUTCOME_BENEFIT_OF_DOUBT);
	CHECK_EQ(reason_of(&w, d.device.id, NOW + DAY - 1), REASON_NONE);
	CHECK_EQ(reason_of(&w, d.device.id, NOW + DAY), REASON_BILLING);
	CHECK_EQ(reactivate(&w, &d.device, VERIFY_UNREACHABLE, NOW + 2 * DAY), OUTCOME_UNREACHABLE);
	CHECK_EQ(reactivate(&w, &d.device, VERIFY_UNREACHABLE, NOW + 31 * DAY),
	    OUTCOME_BENEFIT_OF_DOUBT);
	world_close(&w);
}

TEST(a_purchase_takes_the_device_over_and_paying_twice_changes_nothing)
{
	struct device_made d;
	struct checkout c, again;
	struct refusal why;
	struct world w;

	world_open(&w, 1);
	CHECK_EQ(activate(&w, "machine-a", "", &d), ERR_NONE);
	CHECK_EQ(change(&w, EV_CANCEL, REASON_DISCONTINUED, NOW, &why), ERR_NONE);
	CHECK_EQ(authority_begin_checkout(w.store, &d.device, NOW, &c), ERR_NONE);
	CHECK_EQ(reason_of(&w, d.device.id, NOW), REASON_DISCONTINUED);
	CHECK_EQ(authority_complete_checkout(w.store, c.id, 365 * DAY, NOW, &c), ERR_NONE);
	CHECK_EQ(authority_complete_checkout(w.store, c.id, 365 * DAY, NOW + 9, &again), ERR_NONE);
	CHECK_TEXT(again.subscription, c.subscription);
	CHECK_EQ(again.paid, NOW);
	CHECK_EQ(reason_of(&w, d.device.id, NOW), REASON_NONE);
	CHECK_EQ(reason_of(&w, d.device.id, NOW + 365 * DAY), REASON_EXPIRED);
	CHECK_EQ(authority_complete_checkout(w.store, "chk_none", 1, NOW, &c), ERR_NOT_FOUND);
	world_close(&w);
}

TEST(a_revision_changes_with_whatever_a_device_should_see)
{
	char before[REVISION_SIZE], after[REVISION_SIZE];
	struct device_made a, b;
	struct world w;

	world_open(&w, 1);
	CHECK_EQ(activate(&w, "machine-a", "", &a), ERR_NONE);
	CHECK_EQ(authority_revision(w.store, a.device.id, NOW, before), ERR_NONE);
	CHECK_EQ(authority_revision(w.store, a.device.id, NOW, after), ERR_NONE);
	CHECK_TEXT(before, after);
	CHECK_EQ(activate(&w, "machine-b", a.device.id, &b), ERR_NONE);
	CHECK_EQ(authority_revision(w.store, a.device.id, NOW, after), ERR_NONE);
	CHECK(strcmp(before, after) != 0);
	world_close(&w);
}

TEST(processes_that_fight_over_the_last_seat_never_take_one_too_many)
{
	enum { FIGHTERS = 8 };
	struct world w;
	int winners = 0;

	world_open(&w, 3);
	for (int i = 0; i < FIGHTERS; i++) {
		if (fork() == 0) {
			struct world own = w;
			struct device_made d;
			char machine[16];
			enum err e;

			if (store_sqlite_open(w.path, &own.store, NULL) != ERR_NONE)
				_exit(9);
			snprintf(machine, sizeof machine, "machine-%d", i);
			e = activate(&own, machine, "", &d);
			_exit(e == ERR_NONE ? 1 : e == ERR_CONFLICT ? 0 : 9);
		}
	}
	for (int i = 0; i < FIGHTERS; i++) {
		int status;

		CHECK(wait(&status) > 0);
		CHECK(WIFEXITED(status) && WEXITSTATUS(status) <= 1);
		winners += WEXITSTATUS(status);
	}
	CHECK_EQ(winners, 3);
	world_close(&w);
}

/* One statement that touches more pages than SQLite keeps in memory writes the rest to a temporary file; where
 * it may make none, one in a thousand activations failed. */
static enum err
add_many_devices(struct world *w)
{
	struct device d = { .name = "d", .platform = "linux" };
	struct order order = { .seats = SEATS_MAX };
	uint8_t digest[HASH_MAX];
	struct subscription sub;
	struct refusal why;
	enum err e = ERR_NONE;

	for (int i = 0; i < 100 && e == ERR_NONE; i++) {
		snprintf(order.external_id, sizeof order.external_id, "many-%d", i);
		e = authority_order(w->store, &w->provider, &order, NOW, &sub, w->code, &why);
		memcpy(d.subscription, sub.id, ID_SIZE);
		if (e == ERR_NONE)
			e = w->store->begin(w->store);
		for (int k = 0; k < 100 && e == ERR_NONE; k++) {
			authority_make_id("dev_", d.id);
			authority_make_id("machine", d.machine);
			if ((e = authority_token_digest(d.id, digest)) == ERR_NONE)
				e = w->store->add_device(w->store, &d, digest);
		}
		if (e == ERR_NONE)
			e = w->store->commit(w->store);
	}
	return e;
}

TEST(a_process_that_may_reach_the_stores_folder_alone_needs_no_other)
{
	const struct landlock_path paths[] = { { test_dir(), LANDLOCK_WRITE } };
	struct fault why;
	struct world w;
	bool in_force;
	int status;

	world_open(&w, 1);
	if (fork() == 0) {
		struct world own = w;

		if (landlock_enter(paths, 1, false, &in_force, &why) != ERR_NONE ||
		    store_sqlite_open(w.path, &own.store, NULL) != ERR_NONE)
			_exit(9);
		_exit((int)add_many_devices(&own));
	}
	CHECK(wait(&status) > 0);
	CHECK(WIFEXITED(status));
	CHECK_EQ(WEXITSTATUS(status), ERR_NONE);
	world_close(&w);
}

TEST(a_full_disk_refuses_the_change_and_keeps_the_store_whole)
{
	struct rlimit old, small;
	struct refusal why;
	struct world w;
	enum err e;

	world_open(&w, 1);
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &old);
	small = old;
	small.rlim_cur = 4096;
	setrlimit(RLIMIT_FSIZE, &small);
	e = change(&w, EV_SUSPEND, REASON_BILLING, NOW, &why);
	setrlimit(RLIMIT_FSIZE, &old);
	CHECK(e == ERR_FULL || e == ERR_IO);
	CHECK_EQ(w.store->get_subscription(w.store, w.sub.id, &w.sub), ERR_NONE);
	CHECK_EQ(w.sub.state, SUB_PENDING);
	CHECK_EQ(change(&w, EV_SUSPEND, REASON_BILLING, NOW, &why), ERR_NONE);
	world_close(&w);
}

static void
run_sql(const char *path, const char *sql, int want)
{
	sqlite3 *db = NULL;

	CHECK_EQ(sqlite3_open(path, &db), SQLITE_OK);
	CHECK_EQ(sqlite3_exec(db, sql, NULL, NULL, NULL), want);
	sqlite3_close(db);
}

TEST(the_log_refuses_changes_and_finds_those_made_around_it)
{
	struct event_check check;
	struct device_made d;
	struct world w;

	world_open(&w, 1);
	CHECK_EQ(activate(&w, "machine-a", "", &d), ERR_NONE);
	run_sql(w.path, "UPDATE event SET at = 1", SQLITE_CONSTRAINT);
	run_sql(w.path, "DELETE FROM event", SQLITE_CONSTRAINT);
	run_sql(w.path,
	    "DROP TRIGGER event_no_update; UPDATE event SET actor = 'nobody' WHERE position = 3",
	    SQLITE_OK);
	CHECK_EQ(event_verify_log(w.store, &check), ERR_NONE);
	CHECK_EQ(check.broken_at, 3);
	w.store->close(w.store);
}

TEST(a_file_that_is_no_store_or_of_a_later_version_is_refused)
{
	struct store *store = NULL;
	struct fault why;
	char path[200];
	FILE *f;

	snprintf(path, sizeof path, "%s/other.db", test_dir());
	run_sql(path, "CREATE TABLE x (y)", SQLITE_OK);
	CHECK_EQ(store_sqlite_open(path, &store, &why), ERR_MALFORMED);
	snprintf(path, sizeof path, "%s/later.db", test_dir());
	CHECK_EQ(store_sqlite_open(path, &store, &why), ERR_NONE);
	store->close(store);
	run_sql(path, "PRAGMA user_version = 999", SQLITE_OK);
	CHECK_EQ(store_sqlite_open(path, &store, &why), ERR_UNSUPPORTED);
	snprintf(path, sizeof path, "%s/text.db", test_dir());
	CHECK((f = fopen(path, "w")) != NULL);
	for (int i = 0; i < 200; i++)
		fputs("this is not a database, ", f);
	fclose(f);
	CHECK_EQ(store_sqlite_open(path, &store, &why), ERR_MALFORMED);
}

/* A store as it was when changes had no time of their own: an active subscription that is paid until ${NOW}, and a
 * cancelled one, each with an event that vouches for its detail itself. */
enum { BEFORE_TIME = 6 };

static void
make_store_before_time(const char *path)
{
	struct event e = { .seq = 1, .at = 5, .actor = "provider", .kind = "ordered", .detail = "{}" };
	static const uint8_t first[HASH_MAX];
	char sql[2048], hash[HASH_HEX_SIZE];
	sqlite3 *db = NULL;

	CHECK_EQ(sqlite3_open(path, &db), SQLITE_OK);
	CHECK_EQ(schema_migrate_to(db, BEFORE_TIME, NULL), ERR_NONE);
	strcpy(e.chain, "sub_active");
	CHECK_EQ(event_digest(&e, first, e.hash), ERR_NONE);
	encode_hex(bytes_of(e.hash, sizeof e.hash), hash);
	snprintf(sql, sizeof sql,
	    "INSERT INTO provider VALUES ('prv_old', 'Old', '', '', '', '', '', 1, 1, 1, 1, 86400, 0, 1);"
	    "INSERT INTO subscription VALUES ('sub_active', 'prv_old', 'a', 'HF-1', x'01', 2, 0, 5, 1, %lld, 0, 0,"
	    " 5, 1), ('sub_cancelled', 'prv_old', 'b', 'HF-2', x'02', 4, 4, 5, 1, 0, 0, 0, 5, 1);"
	    "INSERT INTO event (chain, seq, at, actor, kind, detail, hash)"
	    " VALUES ('sub_active', 1, 5, 'provider', 'ordered', '{}', x'%s');",
	    (long long)NOW, hash);
	CHECK_EQ(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

TEST(a_store_from_before_changes_had_a_time_goes_on_and_its_chain_holds)
{
	struct event_check check;
	struct store *store = NULL;
	struct subscription sub;
	char path[200];
	int64_t next = -1;

	snprintf(path, sizeof path, "%s/before.db", test_dir());
	make_store_before_time(path);
	CHECK_EQ(store_sqlite_open(path, &store, NULL), ERR_NONE);
	CHECK_EQ(store->get_subscription(store, "sub_active", &sub), ERR_NONE);
	CHECK_EQ(sub.decided, 5);
	CHECK_EQ(sub.activated, 5);
	CHECK_EQ(authority_run_due(store, NOW, &next), ERR_NONE);
	CHECK_EQ(next, NOW + 86400);
	CHECK_EQ(store->get_subscription(store, "sub_active", &sub), ERR_NONE);
	CHECK_EQ(sub.expiry_told, NOW);
	CHECK_EQ(store->get_subscription(store, "sub_cancelled", &sub), ERR_NONE);
	CHECK_EQ(sub.purged, NOW);
	CHECK_EQ(event_verify_log(store, &check), ERR_NONE);
	CHECK_EQ(check.broken_at, 0);
	CHECK_EQ(check.events, 3);
	store->close(store);
	run_sql(path, "UPDATE event SET detail = '' WHERE position = 1", SQLITE_CONSTRAINT);
}

TEST(only_purging_changes_an_event_and_a_changed_detail_is_found)
{
	struct event_check check;
	struct world w;

	world_open(&w, 1);
	run_sql(w.path, "UPDATE event SET detail = '{}' WHERE position = 3", SQLITE_CONSTRAINT);
	run_sql(w.path, "UPDATE event SET detail = '', salt = x'', at = 1 WHERE position = 3", SQLITE_CONSTRAINT);
	run_sql(w.path, "DROP TRIGGER event_no_update; UPDATE event SET detail = '{}' WHERE position = 3",
	    SQLITE_OK);
	CHECK_EQ(event_verify_log(w.store, &check), ERR_NONE);
	CHECK_EQ(check.broken_at, 3);
	w.store->close(w.store);
}
