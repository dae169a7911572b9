/* Fuzzer: what Stripe sends, and what claims to be of it. */
#include <stdlib.h>

#include "pay/stripe.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct stripe_secrets known = { .list = { "whsec_a" }, .count = 1 };
	struct bytes in = bytes_of(data, size);
	struct payment_notice notice;
	struct stripe_secrets secrets;
	struct fault why;
	struct buf b;
	char *header;

	buf_init(&b, 4096);
	stripe_read_event(in, 1, &notice, &why);
	stripe_read_session(200, in, &b, &why);
	stripe_read_session(402, in, &b, &why);
	stripe_read_secrets(in, &secrets);
	buf_clear(&b);
	buf_put(&b, in);
	if ((header = buf_take_string(&b)) != NULL)
		stripe_check_signature(&known, header, in, 1);
	free(header);
	buf_fini(&b);
	return 0;
}
