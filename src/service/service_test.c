/* Goal of this test: messages between the server's processes are read whole or not at all. */
#include <stdlib.h>

#include "base/test.h"
#include "service/payment.h"
#include "service/recheck.h"
#include "service/signing.h"

static struct signing_request
sample(void)
{
	struct signing_request q = { .lease = { .issued = 5, .features = 3, .expires = 9 } };

	strcpy(q.lease.device, "dev_1");
	strcpy(q.lease.provider.name, "Example Broadband");
	q.device_key[31] = 7;
	return q;
}

TEST(a_signing_request_is_read_back_and_every_cut_is_refused)
{
	struct signing_request q = sample(), got;
	struct buf b;

	buf_init(&b, 10000);
	signing_write_request(&q, &b);
	CHECK_EQ(signing_read_request(buf_bytes(&b), &got), ERR_NONE);
	CHECK_TEXT(got.lease.device, "dev_1");
	CHECK_TEXT(got.lease.provider.name, "Example Broadband");
	CHECK_EQ(got.lease.features, 3);
	CHECK_EQ(got.device_key[31], 7);
	for (size_t n = 0; n < b.n; n++) {
		uint8_t *exact = test_copy(b.p, n);

		CHECK_EQ(signing_read_request(bytes_of(exact, n), &got), ERR_MALFORMED);
		free(exact);
	}
	buf_u8(&b, 0);
	CHECK_EQ(signing_read_request(buf_bytes(&b), &got), ERR_MALFORMED);
	buf_fini(&b);
}

TEST(the_signers_answers_are_told_apart)
{
	struct buf b, lease;
	struct fault why;

	buf_init(&b, 1000);
	buf_init(&lease, 1000);
	signing_write_signed(bytes_of_text("a.b.c"), &b);
	CHECK_EQ(signing_read_answer(buf_bytes(&b), &lease, &why), ERR_NONE);
	CHECK_BYTES(buf_bytes(&lease), bytes_of_text("a.b.c"));
	buf_clear(&b);
	signing_write_refused("too long", &b);
	CHECK_EQ(signing_read_answer(buf_bytes(&b), &lease, &why), ERR_DENIED);
	CHECK_TEXT(why.text, "the signer refused: too long");
	CHECK_EQ(signing_read_answer(bytes_of("", 0), &lease, &why), ERR_MALFORMED);
	buf_fini(&b);
	buf_fini(&lease);
}

TEST(a_recheck_goes_there_and_back)
{
	struct recheck_request q = { .url = "https://x/", .external_id = "a" }, got;
	enum verify_answer answer;
	struct buf b;

	buf_init(&b, 1000);
	recheck_write_request(&q, &b);
	CHECK_EQ(recheck_read_request(buf_bytes(&b), &got), ERR_NONE);
	CHECK_TEXT(got.url, "https://x/");
	for (size_t n = 0; n < b.n; n++)
		CHECK_EQ(recheck_read_request(bytes_of(b.p, n), &got), ERR_MALFORMED);
	buf_clear(&b);
	for (enum verify_answer said = VERIFY_NONE; said < VERIFY_ANSWERS; said++) {
		buf_clear(&b);
		recheck_write_answer(said, &b);
		CHECK_EQ(recheck_read_answer(buf_bytes(&b), &answer), ERR_NONE);
		CHECK_EQ(answer, said);
	}
	b.p[1] = VERIFY_ANSWERS;
	CHECK_EQ(recheck_read_answer(buf_bytes(&b), &answer), ERR_MALFORMED);
	buf_fini(&b);
}

TEST(a_payment_request_goes_there_and_back)
{
	struct payment_request q = { "chk_1", "https://x/checkout/chk_1", "One year", "EUR", 3900 }, got;
	char url[PAYMENT_URL_SIZE] = "before";
	struct buf b;

	buf_init(&b, 10000);
	payment_write_request(&q, &b);
	CHECK_EQ(payment_read_request(buf_bytes(&b), &got), ERR_NONE);
	CHECK_TEXT(got.checkout, "chk_1");
	CHECK_TEXT(got.currency, "EUR");
	CHECK_EQ(got.amount, 3900);
	for (size_t n = 0; n < b.n; n++) {
		uint8_t *exact = test_copy(b.p, n);

		CHECK_EQ(payment_read_request(bytes_of(exact, n), &got), ERR_MALFORMED);
		free(exact);
	}
	/* Neither is taken for the other's, nor for a recheck. */
	CHECK_EQ(payment_read_answer(buf_bytes(&b), url), ERR_MALFORMED);
	CHECK_TEXT(url, "before");
	buf_clear(&b);
	payment_write_answer("https://pay/1", &b);
	CHECK_EQ(payment_read_answer(buf_bytes(&b), url), ERR_NONE);
	CHECK_TEXT(url, "https://pay/1");
	for (size_t n = 0; n < b.n; n++)
		CHECK_EQ(payment_read_answer(bytes_of(b.p, n), url), ERR_MALFORMED);
	buf_fini(&b);
}
