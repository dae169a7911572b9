/* pay/pay.h: how money is asked for. A back end says where the person pays; that it was paid comes back
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

struct pay {
	/* Append the address at which to pay for the checkout ${id}. ERR_NOMEM, ERR_LIMIT. */
	enum err (*begin)(const struct pay *pay, const char *id, struct buf *url);
	const char *base_url;	/* of this server */
};

/* The local back end: the server's own page, on which no money moves. For demonstrations and tests,
 * and for vendors who take payment elsewhere. ${base_url} must live on. */
struct pay pay_local(const char *base_url);

#endif
