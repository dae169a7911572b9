/* Goal of this test: a notice counts only with Stripe's signature over its very bytes, made just now; what is
 * read from one is what payment_take needs, in the form before and after 2025; and what is asked of Stripe is
 * what it documents. */
#include <stdio.h>
#include <stdlib.h>

#include "base/test.h"
#include "pay/stripe.h"

enum { SPAN = 365 * 86400 };
static const int64_t NOW = 1795000000;
static const char BODY[] = "{\"id\":\"evt_1\"}";
static const struct stripe_secrets secrets = { .list = { "whsec_new", "whsec_old" }, .count = 2 };

/* HMAC-SHA256 of "1795000000." and BODY, made with OpenSSL's command. */
#define BY_NEW "d529216d577503f3aed4b9be79bb6515ab4951cba64955f33e63e2438c859cb2"
#define BY_OLD "7bf1c1a64f98771a7720ea0d4cadb7f09bdeaf23e49c585c8224a25a002b8d3d"
#define BY_NOBODY "0000000000000000000000000000000000000000000000000000000000000000"

static enum err
check(const char *header, int64_t now)
{
	return stripe_check_signature(&secrets, header, bytes_of_text(BODY), now);
}

TEST(a_signature_holds_with_any_secret_in_force_and_any_of_its_values)
{
	CHECK_EQ(check("t=1795000000,v1=" BY_NEW, NOW), ERR_NONE);
	CHECK_EQ(check("t=1795000000,v1=" BY_OLD, NOW), ERR_NONE);
	CHECK_EQ(check("t=1795000000,v1=" BY_NOBODY ",v1=" BY_OLD ",v0=" BY_NOBODY, NOW), ERR_NONE);
	CHECK_EQ(check("t=1795000000,v1=" BY_NOBODY, NOW), ERR_FORGED);
	/* Another scheme proves nothing, whatever its value. */
	CHECK_EQ(check("t=1795000000,v0=" BY_NEW ",v1=" BY_NOBODY, NOW), ERR_FORGED);
	/* The time is signed too. */
	CHECK_EQ(check("t=1795000001,v1=" BY_NEW, NOW), ERR_FORGED);
	CHECK_EQ(stripe_check_signature(&secrets, "t=1795000000,v1=" BY_NEW,
		     bytes_of(BODY, sizeof BODY - 2), NOW), ERR_FORGED);
}

TEST(a_signature_is_good_for_five_minutes_either_way)
{
	CHECK_EQ(check("t=1795000000,v1=" BY_NEW, NOW + STRIPE_TOLERANCE_S), ERR_NONE);
	CHECK_EQ(check("t=1795000000,v1=" BY_NEW, NOW - STRIPE_TOLERANCE_S), ERR_NONE);
	CHECK_EQ(check("t=1795000000,v1=" BY_NEW, NOW + STRIPE_TOLERANCE_S + 1), ERR_EXPIRED);
	CHECK_EQ(check("t=1795000000,v1=" BY_NEW, NOW - STRIPE_TOLERANCE_S - 1), ERR_EXPIRED);
	/* Who cannot sign does not learn that it was late. */
	CHECK_EQ(check("t=1,v1=" BY_NOBODY, NOW), ERR_FORGED);
}

TEST(what_is_no_signature_header_is_refused)
{
	static const char *const cases[] = { "", "t=1795000000", "v1=" BY_NEW, "t=,v1=" BY_NEW,
		"t=-1,v1=" BY_NEW, "t=1795000000,v1=12", "t=1795000000,v1=" BY_NEW "0", "t=1795000000,v1=",
		"t=99999999999999999999,v1=" BY_NEW };
	char many[17 * 70 + 20] = "t=1795000000";

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		CHECK_EQ(check(cases[i], NOW), ERR_MALFORMED);
	CHECK_EQ(check(NULL, NOW), ERR_MALFORMED);
	for (size_t i = 0; i < 17; i++)
		strcat(many, ",v1=" BY_NOBODY);
	CHECK_EQ(check(many, NOW), ERR_MALFORMED);
}

#define EVENT(type, object) "{\"id\":\"evt_1\",\"created\":1795000000,\"type\":\"" type "\",\"data\":{\"object\":" object "}}"

static struct payment_notice
read_event(const char *text)
{
	struct payment_notice n;
	struct fault why;

	CHECK_EQ(stripe_read_event(bytes_of_text(text), SPAN, &n, &why), ERR_NONE);
	return n;
}

TEST(each_type_of_event_is_read_as_what_it_means)
{
	static const struct {
		const char *text;
		enum payment_kind kind;
	} cases[] = {
		{ EVENT("checkout.session.completed", "{\"client_reference_id\":\"chk_1\",\"payment_status\":\"paid\"}"), PAYMENT_PAID },
		{ EVENT("checkout.session.completed", "{\"client_reference_id\":\"chk_1\",\"payment_status\":\"unpaid\"}"), PAYMENT_NONE },
		{ EVENT("checkout.session.completed", "{\"client_reference_id\":null,\"payment_status\":\"paid\"}"), PAYMENT_NONE },
		{ EVENT("checkout.session.async_payment_succeeded", "{\"client_reference_id\":\"chk_1\",\"payment_status\":\"paid\"}"), PAYMENT_PAID },
		{ EVENT("checkout.session.async_payment_failed", "{\"client_reference_id\":\"chk_1\"}"), PAYMENT_DECLINED },
		{ EVENT("checkout.session.expired", "{\"client_reference_id\":\"chk_1\"}"), PAYMENT_NONE },
		{ EVENT("invoice.payment_failed", "{\"billing_reason\":\"subscription_cycle\"}"), PAYMENT_RENEWAL_FAILED },
		{ EVENT("invoice.payment_failed", "{\"billing_reason\":\"subscription_create\"}"), PAYMENT_NONE },
		{ EVENT("charge.refunded", "{\"customer\":\"cus_1\",\"created\":5,\"refunded\":true}"), PAYMENT_REFUNDED },
		{ EVENT("charge.refunded", "{\"customer\":\"cus_1\",\"created\":5,\"refunded\":false}"), PAYMENT_REFUNDED_IN_PART },
		{ EVENT("charge.refunded", "{\"customer\":null,\"created\":5,\"refunded\":true}"), PAYMENT_NONE },
		{ EVENT("customer.subscription.deleted", "{\"metadata\":{}}"), PAYMENT_ENDED },
		{ EVENT("no.such.type", "{}"), PAYMENT_NONE },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		CHECK_EQ(read_event(cases[i].text).kind, cases[i].kind);
}

TEST(a_paid_session_says_what_was_bought_by_whom_and_for_how_long)
{
	struct payment_notice n = read_event(EVENT("checkout.session.completed",
	    "{\"client_reference_id\":\"chk_1\",\"customer\":\"cus_1\",\"mode\":\"subscription\",\"payment_status\":\"paid\"}"));

	CHECK_TEXT(n.id, "evt_1");
	CHECK_TEXT(n.checkout, "chk_1");
	CHECK_TEXT(n.payer, "cus_1");
	CHECK_EQ(n.at, NOW);
	CHECK_EQ(n.until, NOW + SPAN);
	CHECK(n.renews);
}

TEST(a_renewal_is_read_in_the_form_before_and_after_2025)
{
	static const char *const cases[] = {
		EVENT("invoice.paid", "{\"billing_reason\":\"subscription_cycle\",\"customer\":\"cus_1\",\"period_end\":7,"
		    "\"lines\":{\"data\":[{\"period\":{\"end\":8}},{\"period\":{\"end\":9}}]},"
		    "\"parent\":{\"subscription_details\":{\"metadata\":{\"holdfast_checkout\":\"chk_1\"}}}}"),
		EVENT("invoice.paid", "{\"billing_reason\":\"subscription_cycle\",\"customer\":\"cus_1\",\"period_end\":7,"
		    "\"lines\":{\"data\":[{\"period\":{\"end\":9}}]},"
		    "\"subscription_details\":{\"metadata\":{\"holdfast_checkout\":\"chk_1\"}}}"),
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct payment_notice n = read_event(cases[i]);

		CHECK_EQ(n.kind, PAYMENT_RENEWED);
		CHECK_TEXT(n.checkout, "chk_1");
		CHECK_EQ(n.until, 9);
	}
}

TEST(what_is_no_event_or_lacks_what_its_type_must_have_is_refused)
{
	static const char *const cases[] = { "", "{}", "[]", "{\"id\":\"evt_1\"}", "{\"id\":1}",
		"{\"id\":\"\",\"created\":1,\"type\":\"x\",\"data\":{\"object\":{}}}",
		"{\"id\":\"e\",\"created\":0,\"type\":\"x\",\"data\":{\"object\":{}}}",
		"{\"id\":\"e\",\"created\":1,\"type\":7,\"data\":{\"object\":{}}}",
		"{\"id\":\"e\",\"created\":1,\"type\":\"x\",\"data\":{\"object\":[]}}",
		EVENT("invoice.paid", "{\"billing_reason\":\"subscription_cycle\"}"),
		EVENT("charge.refunded", "{\"customer\":\"cus_1\"}"),
		EVENT("charge.refunded", "{\"customer\":{\"id\":\"cus_1\"},\"created\":5}") };
	struct payment_notice n;
	struct fault why;

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		CHECK_EQ(stripe_read_event(bytes_of_text(cases[i]), SPAN, &n, &why), ERR_MALFORMED);
}

TEST(a_session_is_asked_for_as_stripe_documents_it)
{
	struct buf form;

	buf_init(&form, 4096);
	CHECK_EQ(stripe_write_session(pay_offer(), "chk_1", "https://h/checkout/chk_1", &form), ERR_NONE);
	CHECK_BYTES(buf_bytes(&form),
	    bytes_of_text("mode=subscription&client_reference_id=chk_1"
			  "&success_url=https%3A%2F%2Fh%2Fcheckout%2Fchk_1%3Fpaid%3D1"
			  "&cancel_url=https%3A%2F%2Fh%2Fcheckout%2Fchk_1"
			  "&line_items[0][quantity]=1&line_items[0][price_data][currency]=eur"
			  "&line_items[0][price_data][unit_amount]=3900"
			  "&line_items[0][price_data][recurring][interval]=year"
			  "&line_items[0][price_data][product_data][name]=Holdfast%20for%20one%20device%2C%20one%20year"
			  "&metadata[holdfast_checkout]=chk_1"
			  "&subscription_data[metadata][holdfast_checkout]=chk_1"));
	buf_fini(&form);
}

TEST(the_answer_to_a_session_is_an_address_or_stripes_own_reason)
{
	struct fault why;
	struct buf url;

	buf_init(&url, 100);
	CHECK_EQ(stripe_read_session(200, bytes_of_text("{\"url\":\"https://pay/1\"}"), &url, &why), ERR_NONE);
	CHECK_BYTES(buf_bytes(&url), bytes_of_text("https://pay/1"));
	buf_clear(&url);
	CHECK_EQ(stripe_read_session(402, bytes_of_text("{\"error\":{\"type\":\"card_error\",\"message\":\"key sk_1\"}}"),
		     &url, &why), ERR_DENIED);
	CHECK_TEXT(why.text, "Stripe answered 402 (card_error )");
	CHECK_EQ(stripe_read_session(200, bytes_of_text("{\"url\":null}"), &url, &why), ERR_MALFORMED);
	CHECK_EQ(stripe_read_session(200, bytes_of_text("{\"url\":\"a\\nb\"}"), &url, &why), ERR_MALFORMED);
	CHECK_EQ(stripe_read_session(502, bytes_of_text("<html>"), &url, &why), ERR_MALFORMED);
	CHECK_EQ(url.n, 0);
	buf_fini(&url);
}

TEST(secrets_are_read_from_lines_and_nothing_else_is_one)
{
	struct stripe_secrets got;

	CHECK_EQ(stripe_read_secrets(bytes_of_text("whsec_a\r\n\nwhsec_b"), &got), ERR_NONE);
	CHECK_EQ(got.count, 2);
	CHECK_TEXT(got.list[0], "whsec_a");
	CHECK_TEXT(got.list[1], "whsec_b");
	CHECK_EQ(stripe_read_secrets(bytes_of_text("\n\n"), &got), ERR_NOT_FOUND);
	CHECK_EQ(stripe_read_secrets(bytes_of_text("sk_a: b"), &got), ERR_MALFORMED);
	CHECK_EQ(stripe_read_secrets(bytes_of_text("a\nb\nc\nd\ne\n"), &got), ERR_LIMIT);
}

TEST(back_ends_are_known_by_their_names)
{
	enum pay_backend got = PAY_STRIPE;

	CHECK(pay_backend_from_name("local", &got));
	CHECK_EQ(got, PAY_LOCAL);
	CHECK(!pay_backend_from_name("gold", &got));
	CHECK_EQ(got, PAY_LOCAL);
}
