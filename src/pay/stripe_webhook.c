/* pay/stripe_webhook.c: Stripe's notices: who made them, and what they say; see stripe.h. */
#include "pay/stripe.h"

#include "base/text.h"
#include "codec/encode.h"
#include "codec/json.h"
#include "crypto/hmac.h"

/* Stripe sends one signature for each secret that is in force. */
enum { SIGNATURES_MAX = 16 };

struct signature {
	struct bytes time;	/* as it is written, and signed */
	int64_t at;
	uint8_t list[SIGNATURES_MAX][HMAC_SIZE];
	size_t count;
};

static enum err
take_item(struct bytes item, struct signature *s)
{
	uint64_t at;

	if (bytes_start_with(item, "t=")) {
		s->time = bytes_from(item, 2);
		if (text_to_u64(s->time, INT64_MAX, &at) != ERR_NONE)
			return ERR_MALFORMED;
		s->at = (int64_t)at;
		return ERR_NONE;
	}
	/* Other schemes are Stripe's own tests, or of a later time. */
	if (!bytes_start_with(item, "v1="))
		return ERR_NONE;
	if (s->count == SIGNATURES_MAX)
		return ERR_MALFORMED;
	return decode_hex(bytes_from(item, 3), s->list[s->count++], HMAC_SIZE);
}

/* "t=1492774577,v1=5257a8…,v1=…,v0=…". */
static enum err
read_signature(const char *header, struct signature *out)
{
	struct bytes rest = bytes_of_text(header);
	struct signature s = { .count = 0 };
	enum err e;

	while (rest.n > 0) {
		size_t end = bytes_find(rest, ',');

		if ((e = take_item(bytes_first(rest, end), &s)) != ERR_NONE)
			return e;
		rest = bytes_from(rest, end + 1);
	}
	if (s.time.n == 0 || s.count == 0)
		return ERR_MALFORMED;
	*out = s;
	return ERR_NONE;
}

enum err
stripe_check_signature(const struct stripe_secrets *secrets, const char *header, struct bytes body,
    int64_t now)
{
	uint8_t want[HMAC_SIZE];
	struct signature s;
	bool good = false;
	enum err e;

	if (header == NULL || (e = read_signature(header, &s)) != ERR_NONE)
		return ERR_MALFORMED;
	for (size_t i = 0; i < secrets->count; i++) {
		const struct bytes signed_text[] = { s.time, bytes_of(".", 1), body };

		hmac_sha256(bytes_of_text(secrets->list[i]), signed_text, 3, want);
		for (size_t k = 0; k < s.count; k++)
			good |= hmac_equal(want, s.list[k]);
	}
	if (!good)
		return ERR_FORGED;
	/* Only now: whoever cannot sign learns nothing of our clock. */
	if (s.at < now - STRIPE_TOLERANCE_S || s.at > now + STRIPE_TOLERANCE_S)
		return ERR_EXPIRED;
	return ERR_NONE;
}

/* An event of one of our types, and the object that it is about. */
struct event_source {
	const json_t *object;
	int64_t span_s;
};
typedef enum err read_object_fn(const struct event_source *s, struct payment_notice *n);

/* ${name} of ${object} as a text that fits. Absent and null are the empty text. */
static enum err
take_text(const json_t *object, const char *name, char *out, size_t size)
{
	const json_t *value = json_object_get(object, name);

	if (value == NULL || json_is_null(value)) {
		out[0] = '\0';
		return ERR_NONE;
	}
	if (!json_is_string(value) || strlen(json_string_value(value)) != json_string_length(value))
		return ERR_MALFORMED;
	return text_copy(out, size, json_string_value(value)) == ERR_NONE ? ERR_NONE : ERR_MALFORMED;
}

static enum err
take_payer(const json_t *object, struct payment_notice *n)
{
	return take_text(object, "customer", n->payer, sizeof n->payer);
}

/* A checkout's id that does not fit is another's: the event does not concern us. */
static void
take_checkout(const json_t *object, const char *name, struct payment_notice *n)
{
	if (take_text(object, name, n->checkout, sizeof n->checkout) != ERR_NONE)
		n->checkout[0] = '\0';
}

static bool
text_is(const json_t *object, const char *name, const char *value)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text != NULL && text_equal(text, value);
}

static enum err
read_session(const struct event_source *s, struct payment_notice *n)
{
	take_checkout(s->object, "client_reference_id", n);
	n->renews = text_is(s->object, "mode", "subscription");
	n->until = n->at + s->span_s;
	/* "unpaid": a bank transfer is under way, and another event says how it ended. */
	if (n->checkout[0] != '\0' &&
	    (text_is(s->object, "payment_status", "paid") ||
		text_is(s->object, "payment_status", "no_payment_required")))
		n->kind = PAYMENT_PAID;
	return take_payer(s->object, n);
}

static enum err
read_declined(const struct event_source *s, struct payment_notice *n)
{
	take_checkout(s->object, "client_reference_id", n);
	if (n->checkout[0] != '\0')
		n->kind = PAYMENT_DECLINED;
	return take_payer(s->object, n);
}

/* The end of what an invoice pays for: of its lines; its own period is the one before. */
static int64_t
invoice_end(const json_t *invoice)
{
	const json_t *lines = json_object_get(json_object_get(invoice, "lines"), "data");
	int64_t end = 0;

	for (size_t i = 0; i < json_array_size(lines); i++) {
		const json_t *period = json_object_get(json_array_get(lines, i), "period");
		int64_t this = json_integer_value(json_object_get(period, "end"));

		if (this > end)
			end = this;
	}
	return end;
}

static void
take_invoice_checkout(const json_t *invoice, struct payment_notice *n)
{
	/* Since 2025-03-31 below "parent", before that at the top. */
	const json_t *parent = json_object_get(invoice, "parent");
	const json_t *details = json_object_get(parent, "subscription_details");

	if (details == NULL)
		details = json_object_get(invoice, "subscription_details");
	take_checkout(json_object_get(details, "metadata"), STRIPE_METADATA, n);
}

static enum err
read_invoice(const struct event_source *s, struct payment_notice *n, enum payment_kind kind)
{
	take_invoice_checkout(s->object, n);
	/* The first invoice is the checkout's, which has an event of its own; others are no renewal. */
	if (text_is(s->object, "billing_reason", "subscription_cycle"))
		n->kind = kind;
	return take_payer(s->object, n);
}

static enum err
read_renewed(const struct event_source *s, struct payment_notice *n)
{
	enum err e = read_invoice(s, n, PAYMENT_RENEWED);

	n->until = invoice_end(s->object);
	return e == ERR_NONE && n->kind == PAYMENT_RENEWED && n->until == 0 ? ERR_MALFORMED : e;
}

static enum err
read_renewal_failed(const struct event_source *s, struct payment_notice *n)
{
	return read_invoice(s, n, PAYMENT_RENEWAL_FAILED);
}

static enum err
read_refunded(const struct event_source *s, struct payment_notice *n)
{
	enum err e = take_payer(s->object, n);

	n->charged_at = json_integer_value(json_object_get(s->object, "created"));
	/* A charge without a customer was not made by a checkout of ours. */
	if (n->payer[0] != '\0')
		n->kind = json_is_true(json_object_get(s->object, "refunded"))
		    ? PAYMENT_REFUNDED
		    : PAYMENT_REFUNDED_IN_PART;
	return e == ERR_NONE && n->charged_at <= 0 ? ERR_MALFORMED : e;
}

static enum err
read_ended(const struct event_source *s, struct payment_notice *n)
{
	take_checkout(json_object_get(s->object, "metadata"), STRIPE_METADATA, n);
	n->kind = PAYMENT_ENDED;
	return take_payer(s->object, n);
}

static const struct event_type {
	const char *name;
	read_object_fn *read;
} types[] = {
	{ "checkout.session.completed", read_session },
	{ "checkout.session.async_payment_succeeded", read_session },
	{ "checkout.session.async_payment_failed", read_declined },
	{ "invoice.paid", read_renewed },
	{ "invoice.payment_failed", read_renewal_failed },
	{ "charge.refunded", read_refunded },
	{ "customer.subscription.deleted", read_ended },
};

static enum err
read_event(const json_t *event, int64_t span_s, struct payment_notice *n)
{
	struct event_source source = { .span_s = span_s };

	n->at = json_integer_value(json_object_get(event, "created"));
	source.object = json_object_get(json_object_get(event, "data"), "object");
	if (take_text(event, "id", n->id, sizeof n->id) != ERR_NONE || n->id[0] == '\0' ||
	    !json_is_string(json_object_get(event, "type")) || n->at <= 0 ||
	    !json_is_object(source.object))
		return ERR_MALFORMED;
	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
		if (text_is(event, "type", types[i].name))
			return types[i].read(&source, n);
	return ERR_NONE;
}

enum err
stripe_read_event(struct bytes body, int64_t span_s, struct payment_notice *out, struct fault *why)
{
	struct payment_notice n = { .kind = PAYMENT_NONE };
	json_t *event = NULL;
	enum err e;

	if ((e = json_parse(body, &event, why)) != ERR_NONE)
		return e;
	if ((e = read_event(event, span_s, &n)) == ERR_NONE)
		*out = n;
	else
		fault_set(why, e, "not an event as Stripe documents it");
	json_decref(event);
	return e;
}
