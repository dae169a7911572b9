/* pay/stripe.h: the payment service Stripe: what is sent to its API, and what its notices (webhooks) say.
 * Pure: the network is the courier's, the transaction payment_take's. Follows Stripe's documents "Create a
 * Checkout Session", "Verify webhook signatures manually" and "Types of events". */
#ifndef HOLDFAST_PAY_STRIPE_H
#define HOLDFAST_PAY_STRIPE_H

#include "entitle/payment.h"
#include "pay/pay.h"

/* The form of Stripe's answers that was read when this was written. Notices come in the form that the account's
 * endpoint is set to: those from 2020 on are read. */
#define STRIPE_VERSION "2025-03-31.basil"
#define STRIPE_API "https://api.stripe.com"

/* Under this name Stripe keeps our checkout's id with what it bought, and says it in its notices. */
#define STRIPE_METADATA "holdfast_checkout"

/* A signing secret or API key: about 40 letters now, 110 for a restricted key. */
#define STRIPE_SECRET_SIZE 256

/* A signing secret is rolled by keeping the old one for a while. */
#define STRIPE_SECRETS_MAX 4
struct stripe_secrets {
	char list[STRIPE_SECRETS_MAX][STRIPE_SECRET_SIZE];
	size_t count;
};

/* Read a file's lines, one secret each, empty ones left out. ERR_NOT_FOUND: there is none; ERR_LIMIT: too
 * many, or too long; ERR_MALFORMED: what no secret of Stripe's looks like (letters, digits and '_'). */
enum err stripe_read_secrets(struct bytes text, struct stripe_secrets *out);

/* Append the form that makes a Checkout Session for ${offer}, renewed every year, of the checkout ${id}, whose
 * page at ${page} the person comes back to, with "?paid=1" when they have paid. ERR_NOMEM, ERR_LIMIT. */
enum err stripe_write_session(const struct offer *offer, const char *id, const char *page,
    struct buf *form);

/* Find the address of the page to pay at in the answer. ERR_DENIED: an error of Stripe's, whose words are in
 * ${why}; ERR_MALFORMED. */
enum err stripe_read_session(int status, struct bytes answer, struct buf *url, struct fault *why);

/* A notice older or newer than this is refused: nobody can keep one and send it again later. */
#define STRIPE_TOLERANCE_S 300

/* Whether the header "Stripe-Signature" vouches for ${body}, byte by byte as it came. ERR_MALFORMED: no such
 * header; ERR_EXPIRED: made too long before or after ${now}; ERR_FORGED: not with any of the secrets. */
enum err stripe_check_signature(const struct stripe_secrets *secrets, const char *header,
    struct bytes body, int64_t now);

/* What a notice says; PAYMENT_NONE for types that do not concern us. ${span_s} is what a checkout pays for.
 * ERR_MALFORMED: not an event, or one of our types without what it must have. */
enum err stripe_read_event(struct bytes body, int64_t span_s, struct payment_notice *out,
    struct fault *why);

#endif
