/* Goal of this test: the pure rules that device and server share. What needs a store is in
 * store/store_test.c. */
#include <stdlib.h>

#include "base/test.h"
#include "entitle/code.h"
#include "entitle/condition.h"
#include "entitle/notice.h"
#include "entitle/subscription.h"
#include "entitle/trusted_time.h"

TEST(a_code_is_read_in_whatever_form_a_person_types_it)
{
	char code[CODE_SHOWN_SIZE], typed[CODE_SHOWN_SIZE * 2], read[CODE_SHOWN_SIZE];
	size_t n = 0;

	code_make(code);
	CHECK_EQ(strlen(code), CODE_SHOWN_SIZE - 1);
	for (size_t i = 0; code[i] != '\0'; i++) {
		if (code[i] == '-')
			continue;
		typed[n++] = code[i] == '0' ? 'o' : code[i] == '1' ? 'l' : code[i];
		typed[n++] = ' ';
	}
	typed[n] = '\0';
	CHECK_EQ(code_read(typed, read), ERR_NONE);
	CHECK_TEXT(read, code);
}

TEST(every_single_wrong_letter_and_every_swap_is_found)
{
	static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
	char code[CODE_SHOWN_SIZE], wrong[CODE_SHOWN_SIZE], read[CODE_SHOWN_SIZE];

	for (int round = 0; round < 20; round++) {
		code_make(code);
		for (size_t i = 0; code[i] != '\0'; i++) {
			for (const char *c = alphabet; *c != '\0' && code[i] != '-'; c++) {
				memcpy(wrong, code, sizeof wrong);
				wrong[i] = *c;
				CHECK_EQ(code_read(wrong, read),
				    *c == code[i] ? ERR_NONE : ERR_MALFORMED);
			}
			for (size_t k = 0; k < i; k++) {
				memcpy(wrong, code, sizeof wrong);
				wrong[i] = code[k];
				wrong[k] = code[i];
				if (code[i] != '-' && code[k] != '-' && code[i] != code[k])
					CHECK_EQ(code_read(wrong, read), ERR_MALFORMED);
			}
		}
	}
	CHECK_EQ(code_read("", read), ERR_MALFORMED);
	CHECK_EQ(code_read("00000-0000-00000", read), ERR_MALFORMED);
	CHECK_EQ(code_read("0000U-0000-0000", read), ERR_MALFORMED);
}

TEST(every_reason_has_a_code_a_notice_and_three_different_options)
{
	for (int r = 0; r < REASON_COUNT; r++) {
		const struct notice *n = notice_for((enum reason)r);
		enum reason back = REASON_COUNT;

		CHECK(reason_from_code(reason_code((enum reason)r), &back));
		CHECK_EQ(back, r);
		CHECK(n->headline != NULL && n->why != NULL && n->who != NULL && n->next != NULL);
		CHECK(n->article != NULL);
		CHECK_EQ(n->order[0] + n->order[1] + n->order[2],
		    OPTION_PURCHASE + OPTION_CONTACT + OPTION_REACTIVATE);
		for (int other = 0; other < r; other++)
			CHECK(strcmp(notice_for((enum reason)other)->article, n->article) != 0);
	}
	for (int o = OPTION_PURCHASE; o < OPTION_COUNT; o++)
		CHECK(option_title((enum option)o)[0] != '\0' && option_effect((enum option)o)[0] != '\0');
	CHECK_EQ(notice_for(REASON_BILLING)->order[0], OPTION_PURCHASE);
}

TEST(a_notice_names_provider_and_device_or_speaks_generally)
{
	struct buf b;

	buf_init(&b, 500);
	notice_write("{provider} and {device}; {other}", "Example", "desktop", &b);
	CHECK_BYTES(buf_bytes(&b), bytes_of_text("Example and desktop; {other}"));
	buf_clear(&b);
	notice_write("{provider}, {device}", "", "", &b);
	CHECK_BYTES(buf_bytes(&b), bytes_of_text("your provider, another device"));
	buf_fini(&b);
}

static struct lease
sample_lease(void)
{
	struct lease l = { .issued = 1000, .not_before = 700, .expires = 2000, .grace_s = 500,
		.features = FEATURES_ALL, .since = 900, .epoch_count = 1 };

	strcpy(l.issuer, "https://protect.example/");
	strcpy(l.device, "dev_1");
	strcpy(l.subscription, "sub_1");
	strcpy(l.nonce, "n");
	strcpy(l.provider.name, "Example \"Broadband\"");
	strcpy(l.epochs[0].name, "7");
	memset(l.epochs[0].wrapped, 0xa5, sizeof l.epochs[0].wrapped);
	return l;
}

TEST(a_lease_comes_back_as_it_was_signed)
{
	struct lease l = sample_lease(), got;
	struct sign_public pub[2];
	struct sign_secret secret[2];
	struct buf text;

	sign_make_pair(&pub[0], &secret[0]);
	sign_make_pair(&pub[1], &secret[1]);
	buf_init(&text, LEASE_MAX);
	CHECK_EQ(lease_sign(&l, &secret[1], &text), ERR_NONE);
	CHECK_EQ(lease_open(buf_bytes(&text), pub, 2, &got, NULL), ERR_NONE);
	CHECK_TEXT(got.provider.name, l.provider.name);
	CHECK_EQ(got.expires, 2000);
	CHECK_EQ(got.features, FEATURES_ALL);
	CHECK_EQ(got.epoch_count, 1);
	CHECK_EQ(memcmp(got.epochs[0].wrapped, l.epochs[0].wrapped, WRAPPED_KEY_SIZE), 0);
	CHECK_EQ(lease_open(buf_bytes(&text), pub, 1, &got, NULL), ERR_FORGED);
	buf_fini(&text);
}

TEST(a_lease_that_was_changed_or_cut_anywhere_is_refused)
{
	struct lease l = sample_lease(), got;
	struct sign_secret secret;
	struct sign_public pub;
	struct buf text;

	sign_make_pair(&pub, &secret);
	buf_init(&text, LEASE_MAX);
	CHECK_EQ(lease_sign(&l, &secret, &text), ERR_NONE);
	for (size_t i = 0; i < text.n; i++) {
		text.p[i] ^= 4;
		CHECK(lease_open(buf_bytes(&text), &pub, 1, &got, NULL) != ERR_NONE);
		text.p[i] ^= 4;
		CHECK(lease_open(bytes_of(text.p, i), &pub, 1, &got, NULL) != ERR_NONE);
	}
	buf_fini(&text);
}

TEST(a_lease_that_contradicts_itself_is_refused_even_when_signed)
{
	struct lease l = sample_lease(), got;
	struct sign_secret secret;
	struct sign_public pub;
	struct buf text;

	sign_make_pair(&pub, &secret);
	buf_init(&text, LEASE_MAX);
	l.reason = REASON_BILLING;
	CHECK_EQ(lease_sign(&l, &secret, &text), ERR_NONE);
	CHECK_EQ(lease_open(buf_bytes(&text), &pub, 1, &got, NULL), ERR_MALFORMED);
	buf_fini(&text);
}

TEST(a_lease_reports_each_allocation_that_fails)
{
	struct lease l = sample_lease();
	struct sign_secret secret;
	struct sign_public pub;
	struct buf text;

	sign_make_pair(&pub, &secret);
	for (unsigned n = 1; n < 50; n++) {
		enum err e;

		buf_init(&text, LEASE_MAX);
		test_fail_allocation(n);
		e = lease_sign(&l, &secret, &text);
		CHECK_EQ(e, test_allocation_failed() ? ERR_NOMEM : ERR_NONE);
		test_fail_allocation(0);
		buf_fini(&text);
		if (e == ERR_NONE)
			break;
	}
}

static struct clock_reading
reading(int64_t wall, int64_t boot_ms, const char *boot)
{
	struct clock_reading r = { .wall = wall, .boot_ms = boot_ms };

	strcpy(r.boot_id, boot);
	return r;
}

static int64_t
time_at(const struct trusted_time *t, int64_t wall, int64_t boot_ms, const char *boot, bool *wrong)
{
	struct clock_reading r = reading(wall, boot_ms, boot);

	return trusted_time_now(t, &r, wrong);
}

TEST(a_clock_that_is_set_back_or_forward_changes_nothing_and_is_noticed)
{
	struct trusted_time t = { .floor = 0 };
	struct clock_reading r = reading(100000, 5000, "boot-1");
	bool wrong;

	trusted_time_learn(&t, 100000, &r);
	CHECK_EQ(time_at(&t, 100060, 65000, "boot-1", &wrong), 100060);
	CHECK(!wrong);
	CHECK_EQ(time_at(&t, 5, 65000, "boot-1", &wrong), 100060);
	CHECK(wrong);
	CHECK_EQ(time_at(&t, 900000, 65000, "boot-1", &wrong), 100060);
	CHECK(wrong);
}

TEST(after_a_reboot_time_does_not_start_below_what_was_known)
{
	struct trusted_time t = { .floor = 0 };
	struct clock_reading r = reading(100000, 5000, "boot-1");
	bool wrong;

	trusted_time_learn(&t, 100000, &r);
	r = reading(5, 1005000, "boot-1");
	trusted_time_advance(&t, &r);
	CHECK_EQ(time_at(&t, 5, 10000, "boot-2", &wrong), 101010);
	CHECK(wrong);
	/* Without a signed time in this boot, a later wall clock counts: the machine was off. */
	CHECK_EQ(time_at(&t, 500000, 10000, "boot-2", &wrong), 500000);
	CHECK(!wrong);
	/* But it does not move the floor: setting it right again must help. */
	r = reading(500000, 10000, "boot-2");
	trusted_time_advance(&t, &r);
	CHECK_EQ(time_at(&t, 101100, 20000, "boot-2", &wrong), 101100);
}

TEST(an_older_signed_time_does_not_move_time_back)
{
	struct trusted_time t = { .floor = 0 };
	struct clock_reading r = reading(100000, 5000, "boot-1");
	bool wrong;

	trusted_time_learn(&t, 100000, &r);
	trusted_time_learn(&t, 90000, &r);
	CHECK_EQ(time_at(&t, 100000, 5000, "boot-1", &wrong), 100000);
}

TEST(a_condition_follows_from_lease_time_and_data)
{
	struct lease good = sample_lease(), blocked = sample_lease(), ending = sample_lease();
	const int64_t fresh = 1900;
	const struct {
		const struct lease *lease;
		int64_t now, database_time;
		enum condition_kind kind;
		enum reason reason;
		unsigned features;
	} cases[] = {
		{ NULL, 1000, fresh, CONDITION_UNPROTECTED, REASON_NOT_ACTIVATED, 0 },
		{ &good, 1000, fresh, CONDITION_PROTECTED, REASON_NONE, FEATURES_ALL },
		{ &good, 1999, fresh, CONDITION_PROTECTED, REASON_NONE, FEATURES_ALL },
		{ &good, 2000, fresh, CONDITION_GRACE, REASON_UNREACHABLE, FEATURES_ALL },
		{ &good, 2499, fresh, CONDITION_GRACE, REASON_UNREACHABLE, FEATURES_ALL },
		{ &good, 2500, fresh, CONDITION_UNPROTECTED, REASON_UNREACHABLE, 0 },
		{ &good, 600, fresh, CONDITION_UNPROTECTED, REASON_CLOCK, 0 },
		{ &good, 1000, 0, CONDITION_UNPROTECTED, REASON_UPDATE_STALE, FEATURES_ALL },
		{ &good, 1000, 999 - DATABASE_STALE_S, CONDITION_GRACE, REASON_UPDATE_STALE,
		    FEATURES_ALL },
		{ &ending, 1999, fresh, CONDITION_GRACE, REASON_BILLING, FEATURES_ALL },
		{ &ending, 2000, fresh, CONDITION_UNPROTECTED, REASON_BILLING, 0 },
		{ &blocked, 1000, fresh, CONDITION_UNPROTECTED, REASON_BILLING, 0 },
		{ &blocked, 9999, 0, CONDITION_UNPROTECTED, REASON_BILLING, 0 },
	};

	blocked.features = 0;
	blocked.reason = REASON_BILLING;
	ending.ending = REASON_BILLING;
	ending.grace_s = 0;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct condition_facts f = { cases[i].lease, cases[i].now, cases[i].database_time, 1 };
		struct condition c = condition_derive(&f);

		CHECK_EQ(c.kind, cases[i].kind);
		CHECK_EQ(c.reason, cases[i].reason);
		CHECK_EQ(condition_features(&f), cases[i].features);
	}
}

TEST(every_cell_of_the_life_of_a_subscription_is_a_change_or_a_refusal_with_a_code)
{
	for (int from = SUB_PENDING; from <= SUB_CANCELLED; from++) {
		for (int event = EV_ACTIVATE; event < EV_EVENTS; event++) {
			struct subscription s = { .state = (enum sub_state)from, .activated = 1, .revision = 1 };
			bool stops = event == EV_SUSPEND || event == EV_CANCEL, renews = event == EV_RENEW;
			struct happening h = { (enum sub_event)event, stops ? REASON_BILLING : REASON_NONE, 5,
				99 };
			struct policy policy = policy_default();
			const char *code = NULL;
			enum err e = subscription_apply(&s, &h, &policy, &code);

			if (e == ERR_NONE) {
				CHECK_EQ(s.revision, 2);
				CHECK_EQ(s.since, renews ? 0 : 5);
				CHECK_EQ(s.paid_until, renews ? 99 : 0);
				CHECK_EQ(s.decided, event == EV_ACTIVATE ? 0 : 5);
				CHECK_EQ(s.state == (enum sub_state)from, renews);
			} else {
				CHECK_EQ(e, ERR_CONFLICT);
				CHECK(code != NULL && strcmp(code, "not_possible") != 0);
				CHECK_EQ(s.state, from);
				CHECK_EQ(s.revision, 1);
			}
		}
	}
}

TEST(an_active_subscription_expires_when_its_paid_time_is_over)
{
	struct subscription s = { .state = SUB_ACTIVE, .since = 10, .paid_until = 100 };

	CHECK_EQ(subscription_standing(&s, 99).reason, REASON_NONE);
	CHECK_EQ(subscription_standing(&s, 100).reason, REASON_EXPIRED);
	CHECK_EQ(subscription_standing(&s, 100).since, 100);
	CHECK_EQ(subscription_state_at(&s, 100), SUB_EXPIRED);
}

TEST(what_has_stopped_protects_until_its_grace_is_over_and_says_why)
{
	struct subscription s = { .state = SUB_SUSPENDED, .reason = REASON_BILLING, .since = 10,
		.grace_until = 50 };

	CHECK_EQ(subscription_standing(&s, 49).reason, REASON_NONE);
	CHECK_EQ(subscription_standing(&s, 49).ending, REASON_BILLING);
	CHECK_EQ(subscription_standing(&s, 49).until, 50);
	CHECK_EQ(subscription_standing(&s, 50).reason, REASON_BILLING);
	CHECK_EQ(subscription_standing(&s, 50).since, 10);
	s.paid_until = 30;
	CHECK_EQ(subscription_standing(&s, 29).until, 30);
	CHECK_EQ(subscription_standing(&s, 30).reason, REASON_BILLING);
	s = (struct subscription){ .state = SUB_ACTIVE, .paid_until = 30, .expiry_grace_s = 5 };
	CHECK_EQ(subscription_standing(&s, 34).ending, REASON_EXPIRED);
	CHECK_EQ(subscription_standing(&s, 35).reason, REASON_EXPIRED);
}

TEST(what_is_final_has_no_grace_whatever_the_policy)
{
	struct policy p = policy_default();

	p.billing_grace_s = p.request_grace_s = p.expiry_grace_s = 7;
	CHECK_EQ(policy_grace(&p, REASON_BILLING), 7);
	CHECK_EQ(policy_grace(&p, REASON_PROVIDER_REQUEST), 7);
	CHECK_EQ(policy_grace(&p, REASON_EXPIRED), 7);
	CHECK_EQ(policy_grace(&p, REASON_DISCONTINUED), 0);
	CHECK_EQ(policy_grace(&p, REASON_TRANSFERRED), 0);
}

TEST(what_no_device_was_activated_on_needs_no_grace)
{
	struct subscription s = { .state = SUB_PENDING };
	struct happening h = { EV_SUSPEND, REASON_BILLING, 5, 0 };
	struct policy policy = policy_default();
	const char *code;

	policy.billing_grace_s = 100;
	CHECK_EQ(subscription_apply(&s, &h, &policy, &code), ERR_NONE);
	CHECK_EQ(s.grace_until, 0);
	s = (struct subscription){ .state = SUB_ACTIVE, .activated = 1 };
	CHECK_EQ(subscription_apply(&s, &h, &policy, &code), ERR_NONE);
	CHECK_EQ(s.grace_until, 105);
}
