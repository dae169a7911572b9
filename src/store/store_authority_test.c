/* Goal of this test: what happens to subscriptions and seats as time passes and from outside, through a real store:
 * changes at their time, reminders, seats, merging, leaving, purging, reconciling, explaining. */
#include <sqlite3.h>
#include <stdio.h>

#include "base/test.h"
#include "base/text.h"
#include "entitle/authority_explain.h"
#include "entitle/authority_leave.h"
#include "entitle/authority_merge.h"
#include "entitle/authority_reconcile.h"
#include "entitle/authority_schedule.h"
#include "entitle/authority_seat.h"
#include "entitle/event.h"
#include "store/store_sqlite.h"

static const int64_t NOW = 1795000000, DAY = 86400;

struct world {
	struct store *store;
	struct provider provider;
	struct subscription sub;
	struct refusal why;
	char code[CODE_SHOWN_SIZE];
};

static void
order(struct world *w, const char *external_id, int64_t seats, int64_t paid_until)
{
	struct order o = { .seats = seats, .paid_until = paid_until };

	strcpy(o.external_id, external_id);
	CHECK_EQ(authority_order(w->store, &w->provider, &o, NOW, &w->sub, w->code, &w->why), ERR_NONE);
}

static void
world_open(struct world *w, const struct policy *policy)
{
	struct contact vendor = { .name = "Holdfast Direct" };

	*w = (struct world){ .provider = { .policy = policy == NULL ? policy_default() : *policy } };
	CHECK_EQ(store_sqlite_open(":memory:", &w->store, NULL), ERR_NONE);
	CHECK_EQ(authority_ensure_retail(w->store, &vendor, NOW), ERR_NONE);
	strcpy(w->provider.contact.name, "Example Broadband");
	CHECK_EQ(authority_add_provider(w->store, &w->provider, "vendor", NOW, NULL), ERR_NONE);
}

static void
world_close(struct world *w)
{
	struct event_check check;

	CHECK_EQ(event_verify_log(w->store, &check), ERR_NONE);
	CHECK_EQ(check.broken_at, 0);
	w->store->close(w->store);
}

static enum err
activate_at(struct world *w, const char *machine, const char *replace, const char *previous, int64_t now,
    struct device *out)
{
	struct activation a = { .peer = "127.0.0.1" };
	char token[TOKEN_SIZE];
	struct subscription sub;
	int64_t retry_s;

	strcpy(a.code, w->code);
	strcpy(a.replace, replace);
	strcpy(a.previous, previous);
	strcpy(a.device.name, machine);
	strcpy(a.device.machine, machine);
	strcpy(a.device.platform, "linux");
	return authority_activate(w->store, &a, now, out, token, &sub, &w->why, &retry_s);
}

static struct device
activated(struct world *w, const char *machine)
{
	struct device d;

	CHECK_EQ(activate_at(w, machine, "", "", NOW, &d), ERR_NONE);
	return d;
}

static struct device
device_now(struct world *w, const char *id)
{
	struct device d;

	CHECK_EQ(w->store->get_device(w->store, id, &d), ERR_NONE);
	return d;
}

static enum err
change(struct world *w, enum sub_event event, enum reason reason, int64_t effective, int64_t now)
{
	struct change c = { event, reason, "test", effective, 0 };

	return authority_change(w->store, &w->provider, w->sub.id, &c, now, &w->sub, &w->why);
}

/* What is due by ${now}, and the subscription after it. */
static int64_t
run(struct world *w, int64_t now)
{
	int64_t next = -1;

	do
		CHECK_EQ(authority_run_due(w->store, now, &next), ERR_NONE);
	while (next == now);
	if (w->sub.id[0] != '\0')
		CHECK_EQ(w->store->get_subscription(w->store, w->sub.id, &w->sub), ERR_NONE);
	return next;
}

struct tally {
	const char *kind;
	const char *detail;	/* a part of it; NULL: any */
	int64_t count, last;
};

static bool
tally(void *ctx, const struct event *e)
{
	struct tally *t = ctx;

	if (strcmp(e->kind, t->kind) == 0 && (t->detail == NULL || strstr(e->detail, t->detail) != NULL)) {
		t->count++;
		t->last = e->at;
	}
	return true;
}

static struct tally
count_events(struct world *w, const char *chain, const char *kind, const char *detail)
{
	struct tally t = { .kind = kind, .detail = detail };

	CHECK_EQ(w->store->list_events(w->store, chain, 0, tally, &t), ERR_NONE);
	return t;
}

static struct lease
lease_at(struct world *w, const char *device, int64_t now)
{
	struct device d = device_now(w, device);
	struct lease l;
	int64_t checkin_s;

	CHECK_EQ(authority_lease(w->store, &d, now, &l, &checkin_s), ERR_NONE);
	return l;
}

TEST(a_change_that_is_dated_ahead_takes_effect_at_its_time_also_when_nobody_was_there)
{
	struct world w;

	world_open(&w, NULL);
	order(&w, "o", 1, 0);
	activated(&w, "a");
	CHECK_EQ(change(&w, EV_SUSPEND, REASON_BILLING, NOW + 5 * DAY, NOW), ERR_NONE);
	CHECK_TEXT(w.why.code, "scheduled");
	CHECK_EQ(w.sub.state, SUB_ACTIVE);
	CHECK_EQ(change(&w, EV_SUSPEND, REASON_BILLING, NOW + 5 * DAY, NOW), ERR_CONFLICT);
	CHECK_TEXT(w.why.code, "already_scheduled");
	CHECK_EQ(change(&w, EV_RESUME, REASON_NONE, NOW + 6 * DAY, NOW), ERR_NONE);
	CHECK_EQ(run(&w, NOW + 5 * DAY - 1), NOW + 5 * DAY);
	CHECK_EQ(w.sub.state, SUB_ACTIVE);
	/* The server was down meanwhile: both are done, in order, at their times. */
	CHECK_EQ(run(&w, NOW + 9 * DAY), 0);
	CHECK_EQ(w.sub.state, SUB_ACTIVE);
	CHECK_EQ(w.sub.since, NOW + 6 * DAY);
	CHECK_EQ(count_events(&w, w.sub.id, "suspend", NULL).last, NOW + 9 * DAY);
	CHECK_EQ(count_events(&w, w.sub.id, "resume", NULL).count, 1);
	world_close(&w);
}

TEST(who_changes_a_subscription_does_first_what_is_due_of_it)
{
	struct world w;

	world_open(&w, NULL);
	order(&w, "o", 1, 0);
	activated(&w, "a");
	CHECK_EQ(change(&w, EV_SUSPEND, REASON_BILLING, NOW + DAY, NOW), ERR_NONE);
	CHECK_EQ(change(&w, EV_SUSPEND, REASON_BILLING, 0, NOW + 2 * DAY), ERR_CONFLICT);
	CHECK_TEXT(w.why.code, "already_suspended");
	CHECK_EQ(change(&w, EV_RESUME, REASON_NONE, 0, NOW + 2 * DAY), ERR_NONE);
	CHECK_EQ(w.sub.state, SUB_ACTIVE);
	CHECK_EQ(run(&w, NOW + 3 * DAY), 0);
	CHECK_EQ(w.sub.state, SUB_ACTIVE);
	world_close(&w);
}

TEST(a_late_command_that_a_later_one_has_overtaken_is_recorded_and_changes_nothing)
{
	struct world w;

	world_open(&w, NULL);
	order(&w, "o", 1, 0);
	activated(&w, "a");
	CHECK_EQ(change(&w, EV_SUSPEND, REASON_BILLING, NOW + 10, NOW + 100), ERR_NONE);
	CHECK_EQ(w.sub.since, NOW + 10);
	CHECK_EQ(change(&w, EV_RESUME, REASON_NONE, NOW + 50, NOW + 101), ERR_NONE);
	CHECK_EQ(change(&w, EV_SUSPEND, REASON_BILLING, NOW + 40, NOW + 102), ERR_NONE);
	CHECK_TEXT(w.why.code, "overtaken");
	CHECK_EQ(w.sub.state, SUB_ACTIVE);
	CHECK_EQ(count_events(&w, w.sub.id, "overtaken", NULL).count, 1);
	world_close(&w);
}

TEST(a_change_that_overtakes_the_one_that_it_undoes_is_not_lost)
{
	struct world w;

	world_open(&w, NULL);
	order(&w, "o", 1, 0);
	activated(&w, "a");
	/* The resumption comes first, then the suspension that it resolved. */
	CHECK_EQ(change(&w, EV_RESUME, REASON_NONE, NOW + 20, NOW + 30), ERR_NONE);
	CHECK_TEXT(w.why.code, "confirmed");
	CHECK_EQ(change(&w, EV_SUSPEND, REASON_BILLING, NOW + 10, NOW + 31), ERR_NONE);
	CHECK_TEXT(w.why.code, "overtaken");
	CHECK_EQ(w.sub.state, SUB_ACTIVE);
	world_close(&w);
}

TEST(an_answer_about_what_is_past_changes_nothing)
{
	struct recheck_result r = { VERIFY_ACTIVE, NOW + 10, SUB_SUSPENDED, NOW };
	enum outcome outcome;
	struct device d;
	struct buf text;
	struct world w;

	world_open(&w, NULL);
	strcpy(w.provider.verify_url, "http://127.0.0.1/verify");
	CHECK_EQ(w.store->put_provider(w.store, &w.provider), ERR_NONE);
	order(&w, "o", 1, 0);
	d = activated(&w, "a");
	CHECK_EQ(change(&w, EV_SUSPEND, REASON_BILLING, 0, NOW), ERR_NONE);
	/* While its system is asked, the provider cancels. */
	CHECK_EQ(change(&w, EV_CANCEL, REASON_DISCONTINUED, 0, NOW + 11), ERR_NONE);
	buf_init(&text, 500);
	CHECK_EQ(authority_reactivate(w.store, &d, &r, NOW + 12, &outcome, &text), ERR_NONE);
	CHECK_EQ(outcome, OUTCOME_UNREACHABLE);
	CHECK_EQ(lease_at(&w, d.id, NOW + 12).reason, REASON_DISCONTINUED);
	/* What it commanded after it was asked counts, also when it comes later. */
	r = (struct recheck_result){ VERIFY_ACTIVE, NOW + 20, SUB_CANCELLED, NOW + 11 };
	CHECK_EQ(authority_reactivate(w.store, &d, &r, NOW + 25, &outcome, &text), ERR_NONE);
	CHECK_EQ(outcome, OUTCOME_ACTIVE);
	CHECK_EQ(change(&w, EV_SUSPEND, REASON_BILLING, NOW + 22, NOW + 26), ERR_NONE);
	CHECK_EQ(w.sub.state, SUB_SUSPENDED);
	buf_fini(&text);
	world_close(&w);
}

TEST(a_change_may_be_dated_back_and_ahead_only_so_far)
{
	struct world w;

	world_open(&w, NULL);
	order(&w, "o", 1, 0);
	CHECK_EQ(change(&w, EV_SUSPEND, REASON_BILLING, NOW + DAY - 1, NOW + 15 * DAY), ERR_CONFLICT);
	CHECK_TEXT(w.why.code, "back_dated_too_far");
	CHECK_EQ(change(&w, EV_SUSPEND, REASON_BILLING, NOW + CHANGE_AHEAD_S + 1, NOW), ERR_CONFLICT);
	CHECK_TEXT(w.why.code, "dated_too_far_ahead");
	CHECK_EQ(change(&w, EV_SUSPEND, REASON_BILLING, NOW + DAY, NOW + 15 * DAY), ERR_NONE);
	CHECK_EQ(w.sub.since, NOW + DAY);
	world_close(&w);
}

static bool
take_first(void *ctx, const struct due *d)
{
	*(struct due *)ctx = *d;
	return d->kind != DUE_CHANGE;
}

TEST(a_planned_change_can_be_withdrawn_and_one_that_no_longer_fits_is_dropped)
{
	struct provider other = { .policy = policy_default() };
	struct due d = { .id = "" };
	struct world w;

	world_open(&w, NULL);
	order(&w, "o", 1, 0);
	strcpy(other.contact.name, "Other");
	CHECK_EQ(authority_add_provider(w.store, &other, "vendor", NOW, NULL), ERR_NONE);
	CHECK_EQ(change(&w, EV_CANCEL, REASON_DISCONTINUED, NOW + DAY, NOW), ERR_NONE);
	CHECK_EQ(w.store->schedule.list(w.store, w.sub.id, take_first, &d), ERR_NONE);
	CHECK_EQ(authority_withdraw_change(w.store, &other, w.sub.id, d.id, "t", NOW), ERR_NOT_FOUND);
	CHECK_EQ(authority_withdraw_change(w.store, &w.provider, w.sub.id, d.id, "t", NOW), ERR_NONE);
	CHECK_EQ(authority_withdraw_change(w.store, &w.provider, w.sub.id, d.id, "t", NOW), ERR_NOT_FOUND);
	CHECK_EQ(run(&w, NOW + 2 * DAY), 0);
	CHECK_EQ(w.sub.state, SUB_PENDING);
	CHECK_EQ(change(&w, EV_SUSPEND, REASON_BILLING, NOW + 5 * DAY, NOW + 2 * DAY), ERR_NONE);
	CHECK_EQ(change(&w, EV_SUSPEND, REASON_BILLING, 0, NOW + 3 * DAY), ERR_NONE);
	run(&w, NOW + 6 * DAY);
	CHECK_EQ(w.sub.since, NOW + 3 * DAY);
	CHECK_EQ(count_events(&w, w.sub.id, "dropped", "already_suspended").count, 1);
	world_close(&w);
}

TEST(reminders_come_before_the_end_and_stop_when_it_is_put_off)
{
	struct change renew = { .event = EV_RENEW, .actor = "test", .paid_until = NOW + 500 * DAY };
	struct world w;

	world_open(&w, NULL);
	order(&w, "o", 1, NOW + 100 * DAY);
	activated(&w, "a");
	run(&w, NOW + 94 * DAY);
	CHECK_EQ(count_events(&w, w.sub.id, "reminder", "\"about\":\"expiry\"").count, 2);
	CHECK_EQ(authority_change(w.store, &w.provider, w.sub.id, &renew, NOW + 94 * DAY, &w.sub, &w.why),
	    ERR_NONE);
	CHECK_EQ(run(&w, NOW + 101 * DAY), NOW + 470 * DAY);
	CHECK_EQ(count_events(&w, w.sub.id, "reminder", NULL).count, 2);
	CHECK_EQ(count_events(&w, w.sub.id, "expired", NULL).count, 0);
	run(&w, NOW + 501 * DAY);
	CHECK_EQ(count_events(&w, w.sub.id, "expired", NULL).count, 1);
	CHECK_EQ(subscription_state_at(&w.sub, NOW + 501 * DAY), SUB_EXPIRED);
	world_close(&w);
}

TEST(grace_keeps_protecting_with_its_reason_and_a_reminder_half_way)
{
	struct policy policy = policy_default();
	struct device d;
	struct lease l;
	struct world w;

	policy.billing_grace_s = 10 * DAY;
	policy.lease_s = 30 * DAY;
	world_open(&w, &policy);
	order(&w, "o", 1, 0);
	d = activated(&w, "a");
	CHECK_EQ(change(&w, EV_SUSPEND, REASON_BILLING, 0, NOW), ERR_NONE);
	l = lease_at(&w, d.id, NOW + DAY);
	CHECK_EQ(l.reason, REASON_NONE);
	CHECK_EQ(l.ending, REASON_BILLING);
	CHECK_EQ(l.expires, NOW + 10 * DAY);
	CHECK_EQ(l.grace_s, 0);
	run(&w, NOW + 6 * DAY);
	CHECK_EQ(count_events(&w, w.sub.id, "reminder", "suspension").count, 1);
	run(&w, NOW + 10 * DAY);
	CHECK_EQ(count_events(&w, w.sub.id, "grace_ended", "billing").count, 1);
	CHECK_EQ(lease_at(&w, d.id, NOW + 10 * DAY).reason, REASON_BILLING);
	CHECK_EQ(change(&w, EV_RESUME, REASON_NONE, 0, NOW + 11 * DAY), ERR_NONE);
	CHECK_EQ(lease_at(&w, d.id, NOW + 11 * DAY).ending, REASON_NONE);
	world_close(&w);
}

TEST(a_lease_never_outlives_a_cancellation_that_is_planned)
{
	struct device d;
	struct world w;

	world_open(&w, NULL);
	order(&w, "o", 1, 0);
	d = activated(&w, "a");
	CHECK_EQ(change(&w, EV_CANCEL, REASON_DISCONTINUED, NOW + DAY, NOW), ERR_NONE);
	CHECK_EQ(lease_at(&w, d.id, NOW).expires, NOW + DAY);
	CHECK_EQ(lease_at(&w, d.id, NOW).grace_s, 0);
	world_close(&w);
}

TEST(what_is_not_activated_in_time_is_cancelled)
{
	struct policy policy = policy_default();
	struct device d;
	struct world w;

	policy.activate_s = 20 * DAY;
	world_open(&w, &policy);
	order(&w, "o", 1, 0);
	run(&w, NOW + 21 * DAY);
	CHECK_EQ(w.sub.state, SUB_CANCELLED);
	CHECK_EQ(w.sub.reason, REASON_NOT_ACTIVATED);
	CHECK_EQ(count_events(&w, w.sub.id, "reminder", "activation").count, 1);
	CHECK_EQ(activate_at(&w, "a", "", "", NOW + 22 * DAY, &d), ERR_CONFLICT);
	CHECK_TEXT(w.why.code, "code_spent");
	order(&w, "p", 1, 0);
	activated(&w, "b");
	run(&w, NOW + 21 * DAY);
	CHECK_EQ(w.sub.state, SUB_ACTIVE);
	world_close(&w);
}

TEST(after_retention_a_persons_data_is_gone_and_the_chain_still_holds)
{
	struct event_check check;
	struct device d;
	struct world w;

	world_open(&w, NULL);
	order(&w, "customer-4711", 1, 0);
	d = activated(&w, "annas-laptop");
	CHECK_EQ(change(&w, EV_CANCEL, REASON_DISCONTINUED, 0, NOW), ERR_NONE);
	CHECK_EQ(count_events(&w, NULL, "activated", "annas-laptop").count, 1);
	run(&w, NOW + 90 * DAY);
	CHECK_EQ(w.sub.purged, 0);
	CHECK_EQ(run(&w, NOW + 91 * DAY), 0);
	CHECK_EQ(w.sub.purged, NOW + 91 * DAY);
	CHECK_TEXT(w.sub.external_id, w.sub.reference);
	CHECK_TEXT(device_now(&w, d.id).name, "");
	CHECK_TEXT(device_now(&w, d.id).machine, d.id);
	CHECK_EQ(count_events(&w, NULL, "activated", "annas-laptop").count, 0);
	CHECK_EQ(count_events(&w, w.sub.id, "activated", "").count, 1);
	CHECK_EQ(event_verify_log(w.store, &check), ERR_NONE);
	CHECK_EQ(check.broken_at, 0);
	CHECK_EQ(check.purged, 4);
	/* Why it is not protected the device is told all the same. */
	CHECK_EQ(lease_at(&w, d.id, NOW + 91 * DAY).reason, REASON_DISCONTINUED);
	CHECK_EQ(change(&w, EV_REINSTATE, REASON_NONE, 0, NOW + 91 * DAY), ERR_CONFLICT);
	CHECK_TEXT(w.why.code, "retention_over");
	world_close(&w);
}

static struct seat_change
of(struct world *w, const char *device)
{
	return (struct seat_change){ .subscription = w->sub.id, .device = device, .actor = "console" };
}

TEST(a_removed_device_is_told_at_its_next_contact_and_can_be_given_a_seat_again)
{
	struct seat_change c;
	struct device a, b;
	struct world w;

	world_open(&w, NULL);
	order(&w, "o", 1, 0);
	a = activated(&w, "a");
	c = of(&w, a.id);
	CHECK_EQ(authority_assign_seat(w.store, &w.provider, &c, NOW, &w.why), ERR_CONFLICT);
	CHECK_TEXT(w.why.code, "already_seated");
	CHECK_EQ(authority_release_seat(w.store, &w.provider, &c, NOW + 1, &w.why), ERR_NONE);
	CHECK_EQ(authority_release_seat(w.store, &w.provider, &c, NOW + 1, &w.why), ERR_CONFLICT);
	CHECK_TEXT(w.why.code, "not_seated");
	CHECK_EQ(lease_at(&w, a.id, NOW + 2).reason, REASON_REMOVED);
	a = device_now(&w, a.id);
	CHECK_EQ(authority_note_contact(w.store, &a, NOW + 9 * DAY), ERR_NONE);
	CHECK_EQ(authority_note_contact(w.store, &a, NOW + 10 * DAY), ERR_NONE);
	CHECK_EQ(device_now(&w, a.id).told, NOW + 9 * DAY);
	CHECK_EQ(count_events(&w, w.sub.id, "removal_complete", a.id).count, 1);
	CHECK_EQ(authority_assign_seat(w.store, &w.provider, &c, NOW, &w.why), ERR_NONE);
	CHECK_EQ(lease_at(&w, a.id, NOW).reason, REASON_NONE);
	CHECK_EQ(activate_at(&w, "b", a.id, "", NOW, &b), ERR_NONE);
	CHECK_EQ(authority_assign_seat(w.store, &w.provider, &c, NOW, &w.why), ERR_CONFLICT);
	CHECK_TEXT(w.why.code, "seats_taken");
	world_close(&w);
}

TEST(a_move_of_a_seat_is_one_step_and_can_be_undone_for_a_while)
{
	struct seat_change c;
	struct device a, b;
	struct world w;

	world_open(&w, NULL);
	order(&w, "o", 1, 0);
	a = activated(&w, "a");
	CHECK_EQ(activate_at(&w, "b", a.id, "", NOW, &b), ERR_NONE);
	c = of(&w, a.id);
	CHECK_EQ(authority_undo_transfer(w.store, &w.provider, &c, NOW + 2 * DAY, &w.why), ERR_CONFLICT);
	CHECK_TEXT(w.why.code, "undo_over");
	CHECK_EQ(authority_undo_transfer(w.store, &w.provider, &c, NOW + DAY, &w.why), ERR_NONE);
	CHECK(device_now(&w, a.id).seated && !device_now(&w, b.id).seated);
	CHECK_EQ(authority_undo_transfer(w.store, &w.provider, &c, NOW + DAY, &w.why), ERR_CONFLICT);
	CHECK_TEXT(w.why.code, "nothing_to_undo");
	c.to = b.id;
	CHECK_EQ(authority_transfer_seat(w.store, &w.provider, &c, NOW, &w.why), ERR_NONE);
	CHECK(!device_now(&w, a.id).seated && device_now(&w, b.id).seated);
	CHECK_TEXT(device_now(&w, a.id).moved_to, "b");
	world_close(&w);
}

TEST(persons_move_seats_so_often_in_30_days_and_the_console_as_often_as_it_must)
{
	struct policy policy = policy_default();
	struct device a, b;
	struct seat_change c;
	struct world w;

	policy.transfers = 2;
	world_open(&w, &policy);
	order(&w, "o", 1, 0);
	a = activated(&w, "a");
	CHECK_EQ(activate_at(&w, "b", a.id, "", NOW, &b), ERR_NONE);
	CHECK_EQ(activate_at(&w, "a", b.id, "", NOW, &a), ERR_NONE);
	CHECK_EQ(activate_at(&w, "b", a.id, "", NOW, &b), ERR_CONFLICT);
	CHECK_TEXT(w.why.code, "transfer_limit");
	CHECK(device_now(&w, a.id).seated);
	c = of(&w, a.id);
	c.to = b.id;
	CHECK_EQ(authority_transfer_seat(w.store, &w.provider, &c, NOW, &w.why), ERR_NONE);
	c = of(&w, b.id);
	c.to = a.id;
	c.by_person = true;
	CHECK_EQ(authority_transfer_seat(w.store, &w.provider, &c, NOW, &w.why), ERR_CONFLICT);
	CHECK_EQ(authority_transfer_seat(w.store, &w.provider, &c, NOW + 31 * DAY, &w.why), ERR_NONE);
	world_close(&w);
}

TEST(seats_go_below_those_taken_only_with_names_and_come_back_by_themselves)
{
	struct device a, b;
	const char *release[1];
	struct seat_count fewer = { .seats = 1, .actor = "console" };
	struct world w;

	world_open(&w, NULL);
	order(&w, "o", 2, 0);
	a = activated(&w, "a");
	b = activated(&w, "b");
	fewer.subscription = w.sub.id;
	CHECK_EQ(authority_set_seats(w.store, &w.provider, &fewer, NOW, &w.why), ERR_CONFLICT);
	CHECK_TEXT(w.why.code, "seats_in_use");
	release[0] = b.id;
	fewer.release = release;
	fewer.count = 1;
	CHECK_EQ(authority_set_seats(w.store, &w.provider, &fewer, NOW, &w.why), ERR_NONE);
	CHECK_EQ(lease_at(&w, b.id, NOW).reason, REASON_SEAT_LOST);
	CHECK(device_now(&w, a.id).seated);
	/* A seat is free: who lost one to the number has it again. */
	CHECK_EQ(authority_release_seat(w.store, &w.provider,
		     &(struct seat_change){ .subscription = w.sub.id, .device = a.id, .actor = "c" }, NOW,
		     &w.why),
	    ERR_NONE);
	CHECK(!device_now(&w, a.id).seated && device_now(&w, b.id).seated);
	CHECK_EQ(count_events(&w, w.sub.id, "seat_returned", b.id).count, 1);
	world_close(&w);
}

TEST(a_device_that_goes_to_another_subscription_leaves_its_seat_free)
{
	char first[CODE_SHOWN_SIZE];
	struct device a, other, b;
	struct world w;

	world_open(&w, NULL);
	order(&w, "o", 1, 0);
	memcpy(first, w.code, sizeof first);
	a = activated(&w, "a");
	order(&w, "p", 1, 0);
	CHECK_EQ(activate_at(&w, "a", "", a.id, NOW, &other), ERR_NONE);
	CHECK(!device_now(&w, a.id).seated);
	memcpy(w.code, first, sizeof first);
	CHECK_EQ(activate_at(&w, "b", "", "", NOW, &b), ERR_NONE);
	world_close(&w);
}

TEST(a_new_code_spends_the_old_one_and_touches_no_seat)
{
	char old[CODE_SHOWN_SIZE];
	struct device a, b;
	struct world w;

	world_open(&w, NULL);
	order(&w, "o", 2, 0);
	a = activated(&w, "a");
	memcpy(old, w.code, sizeof old);
	CHECK_EQ(authority_new_code(w.store, &w.provider, w.sub.id, "console", NOW, w.code, &w.why),
	    ERR_NONE);
	CHECK_EQ(activate_at(&w, "b", "", "", NOW, &b), ERR_NONE);
	CHECK(device_now(&w, a.id).seated);
	memcpy(w.code, old, sizeof old);
	CHECK_EQ(activate_at(&w, "c", "", "", NOW, &b), ERR_NOT_FOUND);
	CHECK_TEXT(w.why.code, "unknown_code");
	world_close(&w);
}

TEST(what_expired_and_nobody_renews_is_cancelled_and_then_forgotten)
{
	struct device d;
	struct world w;

	world_open(&w, NULL);
	order(&w, "o", 1, NOW + DAY);
	d = activated(&w, "a");
	run(&w, NOW + 90 * DAY);
	CHECK_EQ(w.sub.state, SUB_ACTIVE);
	run(&w, NOW + 91 * DAY);
	CHECK_EQ(w.sub.state, SUB_CANCELLED);
	CHECK_EQ(w.sub.reason, REASON_EXPIRED);
	CHECK_EQ(lease_at(&w, d.id, NOW + 91 * DAY).reason, REASON_EXPIRED);
	/* Reinstated it is expired again, and there is time to renew it. */
	CHECK_EQ(change(&w, EV_REINSTATE, REASON_NONE, 0, NOW + 100 * DAY), ERR_NONE);
	run(&w, NOW + 189 * DAY);
	CHECK_EQ(w.sub.state, SUB_ACTIVE);
	run(&w, NOW + 190 * DAY);
	CHECK_EQ(w.sub.state, SUB_CANCELLED);
	CHECK_EQ(run(&w, NOW + 281 * DAY), 0);
	CHECK(w.sub.purged != 0);
	CHECK_TEXT(device_now(&w, d.id).name, "");
	world_close(&w);
}

TEST(merging_keeps_devices_protected_and_every_day_that_was_paid_for)
{
	struct subscription first, out;
	struct merging m = { .actor = "console" };
	struct device a, b;
	struct world w;

	world_open(&w, NULL);
	order(&w, "o", 1, NOW + 100 * DAY);
	first = w.sub;
	a = activated(&w, "a");
	order(&w, "p", 1, NOW + 50 * DAY);
	b = activated(&w, "b");
	m.into = first.id;
	m.from = w.sub.id;
	CHECK_EQ(authority_merge(w.store, &w.provider, &m, NOW, &out, &w.why), ERR_NONE);
	CHECK_EQ(out.seats, 2);
	CHECK_EQ(out.paid_until, NOW + 75 * DAY);
	CHECK_TEXT(device_now(&w, b.id).subscription, first.id);
	CHECK_EQ(lease_at(&w, a.id, NOW).reason, REASON_NONE);
	CHECK_EQ(lease_at(&w, b.id, NOW).reason, REASON_NONE);
	CHECK_EQ(change(&w, EV_REINSTATE, REASON_NONE, 0, NOW), ERR_CONFLICT);
	CHECK_TEXT(w.why.code, "merged");
	CHECK_EQ(authority_merge(w.store, &w.provider, &m, NOW, &out, &w.why), ERR_CONFLICT);
	CHECK_TEXT(w.why.code, "merge_of_cancelled");
	world_close(&w);
}

TEST(merging_two_installations_of_one_machine_needs_one_seat_and_adds_up_the_days)
{
	struct subscription first, out;
	struct merging m = { .actor = "console" };
	struct world w;

	world_open(&w, NULL);
	order(&w, "o", 1, NOW + 100 * DAY);
	first = w.sub;
	activated(&w, "a");
	order(&w, "p", 1, NOW + 50 * DAY);
	activated(&w, "a");
	m.into = first.id;
	m.from = w.sub.id;
	CHECK_EQ(authority_merge(w.store, &w.provider, &m, NOW, &out, &w.why), ERR_NONE);
	CHECK_EQ(out.seats, 1);
	CHECK_EQ(out.paid_until, NOW + 150 * DAY);
	world_close(&w);
}

TEST(when_a_provider_leaves_who_agreed_moves_and_stays_protected_and_who_did_not_ends)
{
	struct leaving leaving = { .at = NOW + 29 * DAY, .actor = "vendor" };
	struct subscription yes, no;
	struct order o = { .external_id = "q", .seats = 1 };
	struct provider retail;
	struct device a, b;
	struct lease l;
	struct world w;

	world_open(&w, NULL);
	order(&w, "o", 1, 0);
	yes = w.sub;
	a = activated(&w, "a");
	order(&w, "p", 1, 0);
	no = w.sub;
	b = activated(&w, "b");
	CHECK_EQ(authority_leave(w.store, &w.provider, &leaving, NOW, &w.why), ERR_CONFLICT);
	CHECK_TEXT(w.why.code, "notice_too_short");
	CHECK_EQ(authority_consent(w.store, yes.id, CONSENT_GIVEN, "device", NOW, &w.why), ERR_CONFLICT);
	CHECK_TEXT(w.why.code, "not_leaving");
	leaving.at = NOW + 60 * DAY;
	CHECK_EQ(authority_leave(w.store, &w.provider, &leaving, NOW, &w.why), ERR_NONE);
	CHECK_EQ(authority_order(w.store, &w.provider, &o, NOW, &w.sub, w.code, &w.why), ERR_CONFLICT);
	CHECK_TEXT(w.why.code, "provider_leaving");
	run(&w, NOW);
	CHECK_EQ(count_events(&w, yes.id, "provider_leaving", NULL).count, 1);
	CHECK_EQ(authority_consent(w.store, yes.id, CONSENT_GIVEN, "device", NOW + DAY, &w.why), ERR_NONE);
	run(&w, NOW + 59 * DAY + 1);
	CHECK_EQ(count_events(&w, yes.id, "reminder", NULL).count, 0);
	CHECK_EQ(count_events(&w, no.id, "reminder", "provider_leaving").count, 3);
	run(&w, NOW + 60 * DAY);
	CHECK_EQ(w.store->get_retail_provider(w.store, &retail), ERR_NONE);
	CHECK_EQ(w.store->get_subscription(w.store, yes.id, &yes), ERR_NONE);
	CHECK_TEXT(yes.provider, retail.id);
	CHECK_EQ(yes.paid_until, NOW + 60 * DAY + LEAVE_BRIDGE_S);
	l = lease_at(&w, a.id, NOW + 60 * DAY);
	CHECK_EQ(l.reason, REASON_NONE);
	CHECK_TEXT(l.provider.name, "Holdfast Direct");
	CHECK_EQ(lease_at(&w, b.id, NOW + 60 * DAY).reason, REASON_DISCONTINUED);
	world_close(&w);
}

TEST(a_provider_that_stays_after_all_has_its_subscriptions_as_before)
{
	struct leaving leaving = { .at = NOW + 60 * DAY, .actor = "vendor" };
	struct world w;

	world_open(&w, NULL);
	for (int i = 0; i < 120; i++) {
		char id[16];

		snprintf(id, sizeof id, "o%d", i);
		order(&w, id, 1, 0);
	}
	CHECK_EQ(authority_leave(w.store, &w.provider, &leaving, NOW, &w.why), ERR_NONE);
	run(&w, NOW);
	CHECK_EQ(count_events(&w, NULL, "provider_leaving", NULL).count, 120);
	CHECK_EQ(authority_stay(w.store, &w.provider, "vendor", NOW + DAY, &w.why), ERR_NONE);
	CHECK_EQ(run(&w, NOW + 90 * DAY), 0);
	CHECK_EQ(count_events(&w, NULL, "provider_staying", NULL).count, 120);
	CHECK_EQ(count_events(&w, NULL, "reminder", NULL).count, 0);
	CHECK_EQ(w.sub.state, SUB_PENDING);
	world_close(&w);
}

TEST(ours_follows_the_providers_inventory_and_what_it_lacks_is_reported)
{
	struct inventory_entry entries[3] = { { "o", VERIFY_SUSPENDED }, { "p", VERIFY_CANCELLED },
		{ "unknown", VERIFY_ACTIVE } };
	struct inventory inventory = { entries, 3, NOW + DAY };
	struct reconcile_report r = { 0 };
	struct subscription first, gone;
	struct world w;

	world_open(&w, NULL);
	order(&w, "gone", 1, 0);
	gone = w.sub;
	order(&w, "o", 1, 0);
	first = w.sub;
	activated(&w, "a");
	order(&w, "p", 1, 0);
	CHECK_EQ(authority_reconcile(w.store, &w.provider, &inventory, NOW + DAY, &r), ERR_NONE);
	CHECK_EQ(authority_reconcile_end(w.store, &w.provider, NOW + DAY, NOW + DAY, &r), ERR_NONE);
	CHECK_EQ(r.repaired, 2);
	CHECK_EQ(r.unknown, 1);
	CHECK_EQ(r.missing, 1);
	CHECK_EQ(w.store->get_subscription(w.store, first.id, &first), ERR_NONE);
	CHECK_EQ(first.state, SUB_SUSPENDED);
	CHECK_EQ(w.store->get_subscription(w.store, gone.id, &gone), ERR_NONE);
	CHECK_EQ(gone.state, SUB_PENDING);
	CHECK_EQ(gone.said, VERIFY_MISSING);
	/* Resolved there: back here. An older list than our own last change repairs nothing. */
	entries[0].says = VERIFY_ACTIVE;
	inventory = (struct inventory){ entries, 1, NOW };
	CHECK_EQ(authority_reconcile(w.store, &w.provider, &inventory, NOW + 2 * DAY, &r), ERR_NONE);
	CHECK_EQ(r.repaired, 2);
	inventory.as_of = NOW + 2 * DAY;
	CHECK_EQ(authority_reconcile(w.store, &w.provider, &inventory, NOW + 2 * DAY, &r), ERR_NONE);
	CHECK_EQ(r.repaired, 3);
	CHECK_EQ(w.store->get_subscription(w.store, first.id, &first), ERR_NONE);
	CHECK_EQ(first.state, SUB_ACTIVE);
	CHECK_EQ(count_events(&w, first.id, "drift", "repaired").count, 2);
	world_close(&w);
}

TEST(reconciliation_is_due_every_day_for_a_provider_that_can_be_asked)
{
	struct provider p = { .policy = policy_default(), .verify_url = "http://127.0.0.1/verify" };
	struct world w;

	world_open(&w, NULL);
	CHECK_EQ(authority_add_provider(w.store, &p, "vendor", NOW, NULL), ERR_NONE);
	CHECK_EQ(run(&w, NOW + DAY), NOW + 2 * DAY);
	CHECK_EQ(count_events(&w, p.id, "reconcile_due", NULL).count, 1);
	CHECK_EQ(count_events(&w, w.provider.id, "reconcile_due", NULL).count, 0);
	world_close(&w);
}

static const char *
text_at(const json_t *o, const char *a, const char *b)
{
	return json_string_value(json_object_get(json_object_get(o, a), b));
}

TEST(explain_says_why_in_words_and_as_data_down_to_the_events)
{
	struct provider other = { .policy = policy_default() };
	const json_t *because, *last;
	struct device a, b;
	json_t *x = NULL;
	struct world w;

	world_open(&w, NULL);
	order(&w, "o", 1, 0);
	a = activated(&w, "a");
	CHECK_EQ(change(&w, EV_SUSPEND, REASON_BILLING, 0, NOW + DAY), ERR_NONE);
	CHECK_EQ(authority_explain(w.store, &w.provider, a.id, NOW + 2 * DAY, &x), ERR_NONE);
	CHECK_TEXT(text_at(x, "condition", "kind"), "unprotected");
	CHECK_TEXT(text_at(x, "condition", "reason"), "billing");
	CHECK_TEXT(text_at(x, "notice", "article"), "HF-1002");
	because = json_object_get(x, "because");
	last = json_array_get(because, json_array_size(because) - 1);
	CHECK_TEXT(json_string_value(json_object_get(last, "kind")), "suspend");
	CHECK_TEXT(json_string_value(json_object_get(last, "words")),
	    "2026-11-19T11:06:40Z: the subscription was suspended, reason \"billing\" (test).");
	CHECK_EQ(json_array_size(json_object_get(x, "words")), json_array_size(because));
	/* The device has not asked since. */
	CHECK_EQ(json_array_size(json_object_get(x, "drift")), 1);
	json_decref(x);
	CHECK_EQ(change(&w, EV_RESUME, REASON_NONE, 0, NOW + 3 * DAY), ERR_NONE);
	CHECK_EQ(activate_at(&w, "b", a.id, "", NOW + 4 * DAY, &b), ERR_NONE);
	CHECK_EQ(authority_explain(w.store, &w.provider, a.id, NOW + 4 * DAY, &x), ERR_NONE);
	CHECK_TEXT(text_at(x, "condition", "reason"), "transferred");
	because = json_object_get(x, "because");
	CHECK_EQ(json_array_size(because), 1);
	CHECK_TEXT(json_string_value(json_object_get(json_array_get(because, 0), "kind")), "transferred");
	json_decref(x);
	CHECK_EQ(authority_explain(w.store, &w.provider, b.id, NOW + 4 * DAY, &x), ERR_NONE);
	CHECK_TEXT(text_at(x, "condition", "kind"), "protected");
	CHECK_EQ(json_array_size(json_object_get(x, "drift")), 0);
	json_decref(x);
	strcpy(other.contact.name, "Other");
	CHECK_EQ(authority_add_provider(w.store, &other, "vendor", NOW, NULL), ERR_NONE);
	CHECK_EQ(authority_explain(w.store, &other, a.id, NOW, &x), ERR_NOT_FOUND);
	world_close(&w);
}
