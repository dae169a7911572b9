/* Goal of this test: a person is told of each trouble once a day at most, ahead of an end that is known, and of
 * nothing that is over. */
#include "base/test.h"
#include "prog/window/notify.h"

enum { DAY = 86400, NOW = 1795000000 };

static struct device_status
status(enum condition_kind condition, enum reason reason, int64_t now)
{
	return (struct device_status){ .condition = condition, .reason = reason, .now = now };
}

TEST(a_trouble_is_told_once_a_day_and_taken_away_when_it_is_over)
{
	struct device_status s = status(CONDITION_UNPROTECTED, REASON_BILLING, NOW);
	struct notify_memory m = { .kind = NOTIFY_NOTHING };

	CHECK_EQ(notify_decide(&m, &s), NOTIFY_TROUBLE);
	CHECK_EQ(notify_decide(&m, &s), NOTIFY_NOTHING);
	s.now = NOW + DAY - 1;
	CHECK_EQ(notify_decide(&m, &s), NOTIFY_NOTHING);
	s.now = NOW + DAY;
	CHECK_EQ(notify_decide(&m, &s), NOTIFY_TROUBLE);
	s = status(CONDITION_PROTECTED, REASON_NONE, NOW + DAY + 5);
	CHECK_EQ(notify_decide(&m, &s), NOTIFY_RESOLVED);
	CHECK_EQ(notify_decide(&m, &s), NOTIFY_NOTHING);
}

TEST(a_trouble_that_comes_and_goes_is_not_told_each_time)
{
	struct device_status bad = status(CONDITION_UNPROTECTED, REASON_UNREACHABLE, NOW);
	struct device_status good = status(CONDITION_PROTECTED, REASON_NONE, NOW);
	struct notify_memory m = { .kind = NOTIFY_NOTHING };

	CHECK_EQ(notify_decide(&m, &bad), NOTIFY_TROUBLE);
	CHECK_EQ(notify_decide(&m, &good), NOTIFY_RESOLVED);
	bad.now = NOW + 60;
	CHECK_EQ(notify_decide(&m, &bad), NOTIFY_NOTHING);
}

TEST(another_cause_is_told_at_once)
{
	struct device_status s = status(CONDITION_UNPROTECTED, REASON_BILLING, NOW);
	struct notify_memory m = { .kind = NOTIFY_NOTHING };

	CHECK_EQ(notify_decide(&m, &s), NOTIFY_TROUBLE);
	s.reason = REASON_TRANSFERRED;
	s.now = NOW + 1;
	CHECK_EQ(notify_decide(&m, &s), NOTIFY_TROUBLE);
}

TEST(grace_is_told_and_never_activated_is_not)
{
	struct device_status s = status(CONDITION_UNPROTECTED, REASON_NOT_ACTIVATED, NOW);
	struct notify_memory m = { .kind = NOTIFY_NOTHING };

	CHECK_EQ(notify_decide(&m, &s), NOTIFY_NOTHING);
	s = status(CONDITION_GRACE, REASON_UNREACHABLE, NOW);
	CHECK_EQ(notify_decide(&m, &s), NOTIFY_TROUBLE);
}

TEST(a_known_end_is_told_ahead_and_not_after_a_renewal)
{
	struct device_status s = status(CONDITION_PROTECTED, REASON_NONE, NOW);
	struct notify_memory m = { .kind = NOTIFY_NOTHING };

	s.paid_until = NOW + 8 * DAY;
	CHECK_EQ(notify_decide(&m, &s), NOTIFY_NOTHING);
	s.now = NOW + DAY;
	CHECK_EQ(notify_decide(&m, &s), NOTIFY_ENDS_SOON);
	CHECK_EQ(notify_decide(&m, &s), NOTIFY_NOTHING);
	s.now = NOW + 2 * DAY;
	CHECK_EQ(notify_decide(&m, &s), NOTIFY_ENDS_SOON);
	s.paid_until = NOW + 373 * DAY;
	CHECK_EQ(notify_decide(&m, &s), NOTIFY_RESOLVED);
}

TEST(a_clock_that_was_ahead_does_not_silence_it)
{
	struct device_status s = status(CONDITION_UNPROTECTED, REASON_BILLING, NOW + 400 * DAY);
	struct notify_memory m = { .kind = NOTIFY_NOTHING };

	CHECK_EQ(notify_decide(&m, &s), NOTIFY_TROUBLE);
	s.now = NOW;
	CHECK_EQ(notify_decide(&m, &s), NOTIFY_TROUBLE);
}
