/* Goal of this test: webhooks are signed as the standard says, messages are read whole or not at all, and what
 * failed is tried again at the right time and given up at the right time. */
#include <stdlib.h>

#include "base/test.h"
#include "base/text.h"
#include "entitle/endpoint.h"
#include "outgoing/retry.h"
#include "outgoing/webhook.h"

static const int64_t NOW = 1795000000;

/* The published vector of the standard's reference implementations. */
#define VECTOR_SECRET "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
#define VECTOR_BODY "{\"test\": 2432232314}"
#define VECTOR_SIGNATURE "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="

TEST(the_standards_own_vector_is_signed_as_published)
{
	struct buf out;

	buf_init(&out, 100);
	CHECK_EQ(webhook_sign(VECTOR_SECRET, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330,
		     bytes_of_text(VECTOR_BODY), &out), ERR_NONE);
	CHECK_BYTES(buf_bytes(&out), bytes_of_text(VECTOR_SIGNATURE));
	buf_fini(&out);
}

TEST(what_is_no_secret_signs_nothing)
{
	static const char *const bad[] = { "", "whsec_", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_A",
		"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS=", "whsec_MfKQ-r8G" };
	struct buf out;

	buf_init(&out, 100);
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		CHECK_EQ(webhook_sign(bad[i], "msg_1", 1, bytes_of_text("{}"), &out), ERR_MALFORMED);
	CHECK_EQ(out.n, 0);
	buf_fini(&out);
}

TEST(while_a_secret_is_rotated_both_sign_and_then_only_the_new_one)
{
	struct endpoint p = { .url = "https://a.example/", .secret = VECTOR_SECRET,
		.old_secret = "whsec_c2VjcmV0LW9mLWEtcm90YXRlZC1lbmRwb2ludA==", .old_until = 1614265331 };
	struct delivery d = { .id = "msg_p5jXN8AQM9LWM0D4loKWxJek" };
	struct bytes body = bytes_of_text(VECTOR_BODY);
	struct post_request q;

	CHECK_EQ(webhook_fill(&p, &d, body, 1614265330, &q), ERR_NONE);
	CHECK_TEXT(q.headers[0], "webhook-id: msg_p5jXN8AQM9LWM0D4loKWxJek");
	CHECK_TEXT(q.headers[1], "webhook-timestamp: 1614265330");
	CHECK(strncmp(q.headers[2], "webhook-signature: " VECTOR_SIGNATURE " v1,", 70) == 0);
	CHECK_EQ(strlen(q.headers[2]), 19 + 2 * 47 + 1);
	CHECK_EQ(webhook_fill(&p, &d, body, 1614265331, &q), ERR_NONE);
	CHECK_EQ(strlen(q.headers[2]), 19 + 47);
}

TEST(a_body_says_what_when_and_about_which_subscription)
{
	struct event e = { .seq = 7, .at = NOW, .actor = "provider prv_1", .kind = "suspend",
		.detail = "{\"reason\":\"billing\"}" };
	struct subscription sub = { .id = "sub_1", .external_id = "order-\"1\"" };
	struct buf out;

	buf_init(&out, 1000);
	CHECK_EQ(webhook_write_body("subscription.suspended", &e, &sub, &out), ERR_NONE);
	CHECK_BYTES(buf_bytes(&out), bytes_of_text("{\"type\":\"subscription.suspended\",\"timestamp\":"
		"\"2026-11-18T11:06:40Z\",\"data\":{\"subscription\":\"sub_1\",\"external_id\":"
		"\"order-\\\"1\\\"\",\"sequence\":7,\"actor\":\"provider prv_1\",\"detail\":"
		"{\"reason\":\"billing\"}}}"));
	buf_clear(&out);
	CHECK_EQ(webhook_write_body("endpoint.disabled", &e, NULL, &out), ERR_NONE);
	CHECK_BYTES(buf_bytes(&out), bytes_of_text("{\"type\":\"endpoint.disabled\",\"timestamp\":"
		"\"2026-11-18T11:06:40Z\",\"data\":{\"sequence\":7,\"actor\":\"provider prv_1\",\"detail\":"
		"{\"reason\":\"billing\"}}}"));
	buf_fini(&out);
}

typedef enum err read_fn(struct bytes message);

static enum err
read_post(struct bytes message)
{
	struct post_request q;

	return delivery_read_post(message, &q);
}

static enum err
read_mail(struct bytes message)
{
	struct mail_request q;

	return delivery_read_mail(message, &q);
}

static enum err
read_result(struct bytes message)
{
	struct delivery_result r;

	return delivery_read_result(message, &r);
}

static void
check_every_cut(struct buf *b, read_fn *read)
{
	CHECK_EQ(b->err, ERR_NONE);
	CHECK_EQ(read(buf_bytes(b)), ERR_NONE);
	for (size_t n = 0; n < b->n; n++) {
		uint8_t *exact = test_copy(b->p, n);

		CHECK_EQ(read(bytes_of(exact, n)), ERR_MALFORMED);
		free(exact);
	}
	buf_u8(b, 0);
	CHECK_EQ(read(buf_bytes(b)), ERR_MALFORMED);
}

TEST(messages_are_read_whole_or_not_at_all)
{
	struct post_request post = { .url = "https://a.example/", .headers = { "a: b", "c: d" },
		.header_count = 2, .body = bytes_of_text("{}") };
	struct mail_request mail = { "a@b.example", bytes_of_text("From: x\r\n\r\n") };
	struct delivery_result result = { RESULT_ANSWERED, 500, 30, "it answered 500" }, got;
	struct buf b;

	buf_init(&b, 2000);
	delivery_write_post(&post, &b);
	check_every_cut(&b, read_post);
	buf_clear(&b);
	delivery_write_mail(&mail, &b);
	check_every_cut(&b, read_mail);
	buf_clear(&b);
	delivery_write_result(&result, &b);
	CHECK_EQ(delivery_read_result(buf_bytes(&b), &got), ERR_NONE);
	CHECK_EQ(got.status, 500);
	CHECK_EQ(got.retry_after_s, 30);
	CHECK_TEXT(got.words, "it answered 500");
	check_every_cut(&b, read_result);
	buf_fini(&b);
}

TEST(a_header_or_an_address_of_two_lines_is_refused)
{
	struct post_request post = { .url = "https://a.example/", .headers = { "a: b\r\nX: y" },
		.header_count = 1 };
	struct mail_request mail = { "a@b.example\r\nRCPT TO:<c@d.example>", { NULL, 0 } };
	struct buf b;

	buf_init(&b, 1000);
	delivery_write_post(&post, &b);
	CHECK_EQ(read_post(buf_bytes(&b)), ERR_MALFORMED);
	buf_clear(&b);
	delivery_write_mail(&mail, &b);
	CHECK_EQ(read_mail(buf_bytes(&b)), ERR_MALFORMED);
	buf_fini(&b);
}

TEST(the_delay_grows_up_to_eight_hours_and_is_spread_by_a_third)
{
	static const int64_t most[] = { 3, 3, 9, 27, 81, 243, 729, 2187, 6561, 19683, 28800, 28800 };

	for (size_t n = 0; n < sizeof most / sizeof most[0]; n++) {
		CHECK_EQ(retry_delay_s((int64_t)n, 0), most[n]);
		CHECK(retry_delay_s((int64_t)n, UINT32_MAX) >= most[n] - most[n] / 3 - 1);
		CHECK(retry_delay_s((int64_t)n, UINT32_MAX) < most[n]);
	}
	CHECK_EQ(retry_delay_s(INT64_MAX, 0), 28800);
}

static struct delivery
pending(enum delivery_kind kind)
{
	return (struct delivery){ .kind = kind, .state = DELIVERY_PENDING, .created = NOW, .due = NOW,
		.until = NOW + DELIVERY_WINDOW_S };
}

TEST(what_an_answer_makes_of_a_delivery)
{
	static const struct {
		enum delivery_kind kind;
		struct delivery_result r;
		enum delivery_state state;
		int64_t due, paused;
		enum retry_verdict verdict;
	} cases[] = {
		{ DELIVERY_WEBHOOK, { RESULT_ANSWERED, 200, -1, "" }, DELIVERY_DELIVERED, 0, 0, RETRY_GO_ON },
		{ DELIVERY_WEBHOOK, { RESULT_ANSWERED, 204, -1, "" }, DELIVERY_DELIVERED, 0, 0, RETRY_GO_ON },
		{ DELIVERY_WEBHOOK, { RESULT_ANSWERED, 301, -1, "" }, DELIVERY_PENDING, 3, 0, RETRY_GO_ON },
		{ DELIVERY_WEBHOOK, { RESULT_ANSWERED, 404, -1, "" }, DELIVERY_PENDING, 3, 0, RETRY_GO_ON },
		{ DELIVERY_WEBHOOK, { RESULT_ANSWERED, 410, -1, "" }, DELIVERY_FAILED, 0, 0, RETRY_GONE },
		{ DELIVERY_HUB, { RESULT_ANSWERED, 410, -1, "" }, DELIVERY_FAILED, 0, 0, RETRY_GONE },
		{ DELIVERY_WEBHOOK, { RESULT_ANSWERED, 500, -1, "" }, DELIVERY_PENDING, 3, 0, RETRY_GO_ON },
		{ DELIVERY_WEBHOOK, { RESULT_ANSWERED, 500, 60, "" }, DELIVERY_PENDING, 60, 0, RETRY_GO_ON },
		{ DELIVERY_WEBHOOK, { RESULT_ANSWERED, 503, 60, "" }, DELIVERY_PENDING, 60, 60, RETRY_GO_ON },
		{ DELIVERY_WEBHOOK, { RESULT_ANSWERED, 429, 1, "" }, DELIVERY_PENDING, 3, 3, RETRY_GO_ON },
		{ DELIVERY_WEBHOOK, { RESULT_UNREACHABLE, 0, -1, "no" }, DELIVERY_PENDING, 3, 3, RETRY_GO_ON },
		{ DELIVERY_WEBHOOK, { RESULT_REFUSED, 0, -1, "no" }, DELIVERY_PENDING, 3, 3, RETRY_GO_ON },
		{ DELIVERY_MAIL, { RESULT_ANSWERED, 250, -1, "" }, DELIVERY_DELIVERED, 0, 0, RETRY_GO_ON },
		{ DELIVERY_MAIL, { RESULT_ANSWERED, 450, -1, "" }, DELIVERY_PENDING, 3, 0, RETRY_GO_ON },
		{ DELIVERY_MAIL, { RESULT_ANSWERED, 410, -1, "" }, DELIVERY_PENDING, 3, 0, RETRY_GO_ON },
		{ DELIVERY_MAIL, { RESULT_ANSWERED, 550, -1, "" }, DELIVERY_FAILED, 0, 0, RETRY_GO_ON },
		{ DELIVERY_WEBHOOK, { RESULT_NONE, 0, -1, "" }, DELIVERY_PENDING, 0, 0, RETRY_GO_ON },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct delivery d = pending(cases[i].kind);
		struct lane lane = { .failures = 0 };

		CHECK_EQ(retry_note(&d, &lane, &cases[i].r, NOW, 0), cases[i].verdict);
		CHECK_EQ(d.state, cases[i].state);
		CHECK_EQ(d.due, NOW + cases[i].due);
		CHECK_EQ(lane.paused, cases[i].paused == 0 ? 0 : NOW + cases[i].paused);
		CHECK_EQ(d.finished, d.state == DELIVERY_PENDING ? 0 : NOW);
		CHECK_EQ(d.attempts, cases[i].r.outcome == RESULT_NONE ? 0 : 1);
	}
}

TEST(after_three_days_of_trying_it_is_given_up_and_the_endpoint_with_it)
{
	const struct delivery_result down = { RESULT_UNREACHABLE, 0, -1, "cannot reach it" };
	struct delivery d = pending(DELIVERY_WEBHOOK);
	struct lane lane = { .failures = 0 };
	int64_t now = NOW;

	while (d.state == DELIVERY_PENDING) {
		CHECK(now <= d.until);
		CHECK_EQ(retry_note(&d, &lane, &down, now, UINT32_MAX / 2), now < d.until ? RETRY_GO_ON : RETRY_FAILING);
		CHECK(lane.paused <= now + 900);
		now = d.due;
	}
	CHECK_EQ(d.state, DELIVERY_FAILED);
	CHECK_EQ(d.finished, NOW + DELIVERY_WINDOW_S);
	CHECK(d.attempts > 15 && d.attempts < 40);
	CHECK_TEXT(d.error, "cannot reach it");
	CHECK_EQ(retry_lane_limit(&lane), 1);
}

TEST(one_delivery_that_never_gets_through_does_not_disable_a_receiver_that_takes_others)
{
	const struct delivery_result bad = { RESULT_ANSWERED, 400, -1, "" };
	struct delivery d = pending(DELIVERY_WEBHOOK);
	struct lane lane = { .delivered = NOW + 5 };

	CHECK_EQ(retry_note(&d, &lane, &bad, d.until, 0), RETRY_GO_ON);
	CHECK_EQ(d.state, DELIVERY_FAILED);
	CHECK_TEXT(d.error, "it answered 400");
}

TEST(a_success_ends_the_pause_of_its_lane)
{
	const struct delivery_result good = { RESULT_ANSWERED, 200, -1, "" };
	struct delivery d = pending(DELIVERY_WEBHOOK);
	struct lane lane = { .failures = 5, .paused = NOW };

	CHECK_EQ(retry_note(&d, &lane, &good, NOW, 0), RETRY_GO_ON);
	CHECK_EQ(lane.failures, 0);
	CHECK_EQ(lane.delivered, NOW);
	CHECK_EQ(retry_lane_limit(&lane), LANE_LIMIT);
}
