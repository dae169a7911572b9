/* pay/pay.c: the offer, and the local back end; see pay.h. */
#include "pay/pay.h"

#include <inttypes.h>

const struct offer *
pay_offer(void)
{
	static const struct offer offer = { "Holdfast for one device, one year", 3900, "EUR",
		365 * 86400 };

	return &offer;
}

void
pay_write_price(const struct offer *offer, struct buf *out)
{
	buf_printf(out, "%" PRId64 ".%02" PRId64 " %s", offer->amount / 100, offer->amount % 100,
	    offer->currency);
}

static enum err
begin_local(const struct pay *pay, const char *id, struct buf *url)
{
	buf_printf(url, "%scheckout/%s", pay->base_url, id);
	return url->err;
}

struct pay
pay_local(const char *base_url)
{
	return (struct pay){ begin_local, base_url };
}
