/* pay/pay.h: how money is asked for. A back end takes the person to where they pay; that it was paid comes back
 * in its own way, and only the authority acts on it. */
#ifndef HOLDFAST_PAY_PAY_H
#define HOLDFAST_PAY_PAY_H

#include "base/buf.h"
#include "base/err.h"

/* What is sold to a person directly. */
struct offer {
	const char *title;
	int64_t amount;		/* in the currency's smallest unit */
	const char *currency;	/* ISO 4217 */
	int64_t span_s;		/* what is paid for */
};

/* One device, one year. */
const struct offer *pay_offer(void);

/* Append the offer's price as a person reads it: "39.00 EUR". */
void pay_write_price(const struct offer *offer, struct buf *out);

/* Append the address of this server's page on the checkout ${id}: what a device is given. ${base_url} ends
 * with a slash. ERR_NOMEM, ERR_LIMIT. */
enum err pay_write_page(const char *base_url, const char *id, struct buf *url);

enum pay_backend {
	PAY_NONE = 0,		/* nothing is sold here */
	PAY_LOCAL,		/* this server's own page, on which no money moves: for demonstrations and tests,
				 * and for vendors who take payment elsewhere */
	PAY_STRIPE		/* Stripe's page; paid when its signed notice says so (pay/stripe.h) */
};

/* "none", "local", "stripe". False, and *out untouched, for any other. */
bool pay_backend_from_name(const char *name, enum pay_backend *out);

/* A checkout is open for so long; a session at Stripe lives for a day, and the same is asked for again by
 * whoever presses the button twice: so there is never a second one to pay. */
#define CHECKOUT_OPEN_S (23 * 3600)

#endif
