/* Fuzzer: a lease's claims (signed here, since the signature is checked first), and typed codes. */
#include "codec/jws.h"
#include "entitle/code.h"
#include "entitle/lease.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
sign_with(void *ctx, struct bytes message, uint8_t signature[static 64])
{
	sign_bytes(ctx, message, signature);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t seed[SIGN_SEED_SIZE] = { 1 };
	struct sign_secret secret;
	struct sign_public pub;
	char typed[64], code[CODE_SHOWN_SIZE];
	size_t n = size < sizeof typed - 1 ? size : sizeof typed - 1;
	struct lease lease;
	struct buf text;

	sign_pair_from_seed(seed, &pub, &secret);
	buf_init(&text, 3 * LEASE_MAX);
	if (jws_sign(bytes_of(data, size), sign_with, &secret, &text) == ERR_NONE)
		lease_open(buf_bytes(&text), &pub, 1, &lease, NULL);
	lease_open(bytes_of(data, size), &pub, 1, &lease, NULL);
	buf_fini(&text);
	if (n > 0)
		memcpy(typed, data, n);
	typed[n] = '\0';
	code_read(typed, code);
	return 0;
}
