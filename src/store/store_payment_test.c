/* Goal of this test: what a payment service says changes what was bought exactly once, in whatever order it
 * is said: money buys, renews, and comes back, and nothing that was paid for is taken. */
#include <stdio.h>
#include <stdlib.h>

#include "base/test.h"
#include "entitle/event.h"
#include "entitle/payment.h"
#include "store/store_sqlite.h"

enum { DAY = 86400, YEAR = 365 * DAY };
static const int64_t NOW = 1795000000;

struct world {
	struct store *store;
	struct device device;
	struct checkout checkout;
	int notices;
};

static void
world_open(struct world *w)
{
	static int number;
	struct provider p = { .contact = { .name = "Example Broadband" }, .policy = policy_default() };
	struct contact vendor = { .name = "Holdfast Direct" };
	struct order order = { .external_id = "order-1", .seats = 1 };
	struct activation a = { .peer = "127.0.0.1", .device = { .name = "d", .machine = "machine-of-d" } };
	char path[200], token[TOKEN_SIZE];
	struct subscription sub;
	struct refusal why;
	int64_t retry_s;

	*w = (struct world){ .notices = 0 };
	snprintf(path, sizeof path, "%s/payment%d.db", test_dir(), number++);
	CHECK_EQ(store_sqlite_open(path, &w->store, NULL), ERR_NONE);
	CHECK_EQ(authority_ensure_retail(w->store, &vendor, NOW), ERR_NONE);
	CHECK_EQ(authority_add_provider(w->store, &p, "vendor", NOW, NULL), ERR_NONE);
	CHECK_EQ(authority_order(w->store, &p, &order, NOW, &sub, a.code, &why), ERR_NONE);
	CHECK_EQ(authority_activate(w->store, &a, NOW, &w->device, token, &sub, &why, &retry_s),
	    ERR_NONE);
	CHECK_EQ(authority_begin_checkout(w->store, &w->device, NOW, &w->checkout), ERR_NONE);
}

static void
world_close(struct world *w)
{
	struct event_check check;

	CHECK_EQ(event_verify_log(w->store, &check), ERR_NONE);
	CHECK_EQ(check.broken_at, 0);
	w->store->close(w->store);
}

/* A notice of its own each time, about the checkout, from the payer. */
static struct payment_notice
notice(struct world *w, enum payment_kind kind, int64_t at, int64_t until)
{
	struct payment_notice n = { .kind = kind, .at = at, .until = until, .payer = "cus_1",
		.renews = true };

	snprintf(n.id, sizeof n.id, "evt_%d", w->notices++);
	memcpy(n.checkout, w->checkout.id, ID_SIZE);
	return n;
}

static enum payment_result
take(struct world *w, const struct payment_notice *n)
{
	enum payment_result result;

	CHECK_EQ(payment_take(w->store, n, n->at, &result), ERR_NONE);
	return result;
}

static enum payment_result
take_refund(struct world *w, int64_t charged_at, int64_t at)
{
	struct payment_notice n = notice(w, PAYMENT_REFUNDED, at, 0);

	n.checkout[0] = '\0';
	n.charged_at = charged_at;
	return take(w, &n);
}

static void
pay(struct world *w)
{
	struct payment_notice n = notice(w, PAYMENT_PAID, NOW, NOW + YEAR);

	CHECK_EQ(take(w, &n), PAYMENT_TAKEN);
}

static void
renew(struct world *w, int64_t years)
{
	struct payment_notice n = notice(w, PAYMENT_RENEWED, NOW + years * YEAR + 3600,
	    NOW + (years + 1) * YEAR);

	CHECK_EQ(take(w, &n), PAYMENT_TAKEN);
}

static struct subscription
bought(struct world *w)
{
	struct subscription sub;

	CHECK_EQ(w->store->get_checkout(w->store, w->checkout.id, &w->checkout), ERR_NONE);
	CHECK_EQ(w->store->get_subscription(w->store, w->checkout.subscription, &sub), ERR_NONE);
	return sub;
}

static enum reason
reason_at(struct world *w, int64_t now)
{
	struct subscription sub = bought(w);

	return subscription_standing(&sub, now).reason;
}

TEST(a_paid_checkout_buys_a_subscription_for_the_device_once)
{
	struct world w;
	struct device d;
	struct payment_notice again;

	world_open(&w);
	pay(&w);
	CHECK_EQ(bought(&w).paid_until, NOW + YEAR + RENEWAL_SLACK_S);
	CHECK_EQ(w.store->get_device(w.store, w.device.id, &d), ERR_NONE);
	CHECK_TEXT(d.subscription, w.checkout.subscription);
	CHECK(d.seated);
	again = notice(&w, PAYMENT_PAID, NOW + 5, NOW + 5 + YEAR);
	CHECK_EQ(take(&w, &again), PAYMENT_REPEATED);
	CHECK_EQ(bought(&w).paid_until, NOW + YEAR + RENEWAL_SLACK_S);
	world_close(&w);
}

TEST(a_notice_is_acted_on_once_however_often_it_comes)
{
	struct world w;
	struct payment_notice n;
	int64_t before, after;

	world_open(&w);
	pay(&w);
	n = notice(&w, PAYMENT_RENEWED, NOW + YEAR, NOW + 2 * YEAR);
	CHECK_EQ(take(&w, &n), PAYMENT_TAKEN);
	CHECK_EQ(w.store->get_position(w.store, &before), ERR_NONE);
	CHECK_EQ(take(&w, &n), PAYMENT_REPEATED);
	/* Also the same span of time under another name. */
	n = notice(&w, PAYMENT_RENEWED, NOW + YEAR + 9, NOW + 2 * YEAR);
	CHECK_EQ(take(&w, &n), PAYMENT_REPEATED);
	CHECK_EQ(w.store->get_position(w.store, &after), ERR_NONE);
	CHECK_EQ(after, before);
	CHECK_EQ(bought(&w).paid_until, NOW + 2 * YEAR + RENEWAL_SLACK_S);
	world_close(&w);
}

TEST(a_device_that_renews_is_protected_while_the_service_still_charges)
{
	struct world w;

	world_open(&w);
	pay(&w);
	CHECK_EQ(reason_at(&w, NOW + YEAR + 3600), REASON_NONE);
	renew(&w, 1);
	CHECK_EQ(reason_at(&w, NOW + 2 * YEAR), REASON_NONE);
	CHECK_EQ(reason_at(&w, NOW + 2 * YEAR + RENEWAL_SLACK_S), REASON_EXPIRED);
	world_close(&w);
}

TEST(a_failed_renewal_takes_nothing_at_once_and_its_end_takes_only_what_was_not_paid)
{
	struct world w;
	struct payment_notice failed, ended;

	world_open(&w);
	pay(&w);
	failed = notice(&w, PAYMENT_RENEWAL_FAILED, NOW + YEAR + 3600, 0);
	CHECK_EQ(take(&w, &failed), PAYMENT_TAKEN);
	CHECK_EQ(reason_at(&w, NOW + YEAR + DAY), REASON_NONE);
	ended = notice(&w, PAYMENT_ENDED, NOW + YEAR + DAY, 0);
	CHECK_EQ(take(&w, &ended), PAYMENT_TAKEN);
	CHECK_EQ(reason_at(&w, NOW + YEAR + DAY), REASON_EXPIRED);
	/* Money that comes all the same is honoured. */
	renew(&w, 1);
	CHECK_EQ(reason_at(&w, NOW + YEAR + 2 * DAY), REASON_NONE);
	world_close(&w);
}

TEST(who_ends_renewing_early_keeps_what_was_paid_for)
{
	struct world w;
	struct payment_notice ended;

	world_open(&w);
	pay(&w);
	ended = notice(&w, PAYMENT_ENDED, NOW + 30 * DAY, 0);
	CHECK_EQ(take(&w, &ended), PAYMENT_TAKEN);
	CHECK_EQ(reason_at(&w, NOW + YEAR - 1), REASON_NONE);
	CHECK_EQ(reason_at(&w, NOW + YEAR), REASON_EXPIRED);
	world_close(&w);
}

TEST(a_refund_ends_what_its_charge_paid_for_and_no_more)
{
	struct world w;

	world_open(&w);
	pay(&w);
	renew(&w, 1);
	/* The first year's money comes back in the second: that one is still paid. */
	CHECK_EQ(take_refund(&w, NOW - 10, NOW + YEAR + 10 * DAY), PAYMENT_TAKEN);
	CHECK_EQ(reason_at(&w, NOW + 2 * YEAR), REASON_NONE);
	CHECK_EQ(take_refund(&w, NOW + YEAR + 3590, NOW + YEAR + 20 * DAY), PAYMENT_TAKEN);
	CHECK_EQ(reason_at(&w, NOW + YEAR + 20 * DAY), REASON_EXPIRED);
	CHECK_EQ(take_refund(&w, NOW + YEAR + 3590, NOW + YEAR + 21 * DAY), PAYMENT_REPEATED);
	world_close(&w);
}

TEST(a_refund_of_a_renewal_made_ahead_leaves_the_time_before_it)
{
	struct world w;
	struct payment_notice early;

	world_open(&w);
	pay(&w);
	early = notice(&w, PAYMENT_RENEWED, NOW + 100 * DAY, NOW + 2 * YEAR);
	CHECK_EQ(take(&w, &early), PAYMENT_TAKEN);
	CHECK_EQ(take_refund(&w, NOW + 100 * DAY, NOW + 101 * DAY), PAYMENT_TAKEN);
	CHECK_EQ(reason_at(&w, NOW + YEAR - 1), REASON_NONE);
	CHECK_EQ(reason_at(&w, NOW + YEAR), REASON_EXPIRED);
	world_close(&w);
}

TEST(a_refund_that_is_told_before_its_payment_is_not_lost)
{
	struct world w;

	world_open(&w);
	CHECK_EQ(take_refund(&w, NOW - 5, NOW), PAYMENT_IGNORED);
	pay(&w);
	CHECK_EQ(reason_at(&w, NOW), REASON_EXPIRED);
	/* A renewal's refund before the renewal; the next year is none of its business. */
	CHECK_EQ(take_refund(&w, NOW + YEAR + 3595, NOW + YEAR + 3599), PAYMENT_TAKEN);
	renew(&w, 1);
	CHECK_EQ(reason_at(&w, NOW + YEAR + 3600), REASON_EXPIRED);
	renew(&w, 2);
	CHECK_EQ(reason_at(&w, NOW + 2 * YEAR + 3600), REASON_NONE);
	world_close(&w);
}

TEST(a_partial_refund_and_a_declined_payment_are_only_written_down)
{
	struct world w;
	struct payment_notice n;

	world_open(&w);
	n = notice(&w, PAYMENT_DECLINED, NOW, 0);
	CHECK_EQ(take(&w, &n), PAYMENT_TAKEN);
	CHECK_EQ(w.store->get_checkout(w.store, w.checkout.id, &w.checkout), ERR_NONE);
	CHECK_EQ(w.checkout.paid, 0);
	pay(&w);
	n = notice(&w, PAYMENT_REFUNDED_IN_PART, NOW + DAY, 0);
	CHECK_EQ(take(&w, &n), PAYMENT_TAKEN);
	CHECK_EQ(reason_at(&w, NOW + DAY), REASON_NONE);
	world_close(&w);
}

TEST(what_is_not_of_a_checkout_of_ours_is_ignored)
{
	struct world w;
	struct payment_notice n;

	world_open(&w);
	pay(&w);
	n = notice(&w, PAYMENT_RENEWED, NOW, NOW + 9 * YEAR);
	strcpy(n.checkout, "chk_of_somebody_else");
	CHECK_EQ(take(&w, &n), PAYMENT_IGNORED);
	n = notice(&w, PAYMENT_REFUNDED, NOW, 0);
	n.checkout[0] = '\0';
	strcpy(n.payer, "cus_of_somebody_else");
	CHECK_EQ(take(&w, &n), PAYMENT_IGNORED);
	n = notice(&w, PAYMENT_ENDED, NOW, 0);
	n.checkout[0] = n.payer[0] = '\0';
	CHECK_EQ(take(&w, &n), PAYMENT_IGNORED);
	CHECK_EQ(bought(&w).paid_until, NOW + YEAR + RENEWAL_SLACK_S);
	world_close(&w);
}

TEST(notices_are_forgotten_when_nobody_repeats_them_any_more)
{
	struct world w;

	world_open(&w);
	CHECK_EQ(w.store->payment.add_notice(w.store, "evt_a", NOW, NOW - DAY), ERR_NONE);
	CHECK_EQ(w.store->payment.add_notice(w.store, "evt_a", NOW + 1, NOW - DAY), ERR_EXISTS);
	CHECK_EQ(w.store->payment.add_notice(w.store, "evt_b", NOW + 2 * DAY, NOW + DAY), ERR_NONE);
	CHECK_EQ(w.store->payment.add_notice(w.store, "evt_a", NOW + 2 * DAY, NOW + DAY), ERR_NONE);
	world_close(&w);
}

TEST(each_allocation_that_fails_leaves_a_payment_untaken_or_taken)
{
	struct world w;

	for (unsigned nth = 1;; nth++) {
		struct payment_notice n;
		enum payment_result result;
		enum err e;

		world_open(&w);
		n = notice(&w, PAYMENT_PAID, NOW, NOW + YEAR);
		test_fail_allocation(nth);
		e = payment_take(w.store, &n, NOW, &result);
		test_fail_allocation(0);
		if (e == ERR_NONE) {
			CHECK_EQ(result, PAYMENT_TAKEN);
			w.store->close(w.store);
			break;
		}
		CHECK_EQ(payment_take(w.store, &n, NOW, &result), ERR_NONE);
		CHECK_EQ(result, PAYMENT_TAKEN);
		world_close(&w);
	}
}
