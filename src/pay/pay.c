/* pay/pay.c: the offer, and where it is shown; see pay.h. */
#include "pay/pay.h"

#include <inttypes.h>

#include "base/text.h"

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

enum err
pay_write_page(const char *base_url, const char *id, struct buf *url)
{
	buf_printf(url, "%scheckout/%s", base_url, id);
	return url->err;
}

bool
pay_backend_from_name(const char *name, enum pay_backend *out)
{
	static const char *const names[] = { [PAY_NONE] = "none", [PAY_LOCAL] = "local",
		[PAY_STRIPE] = "stripe" };

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (text_equal(name, names[i])) {
			*out = (enum pay_backend)i;
			return true;
		}
	return false;
}
