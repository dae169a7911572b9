/* crypto/bare_rsa.c: see bare_rsa.h. */
#include "crypto/bare_rsa.h"

#include <limits.h>
#include <openssl/bn.h>
#include <openssl/err.h>

enum err
bare_rsa_read(const struct bare_rsa_key *key, struct bytes signature, uint8_t *out, size_t n)
{
	BIGNUM *modulus = NULL, *exponent = NULL, *number = NULL;
	BN_CTX *ctx = BN_CTX_new();
	enum err e = ERR_NOMEM;

	if (signature.n > INT_MAX || n > INT_MAX) {
		e = ERR_FORGED;
		goto done;
	}
	if (ctx == NULL || BN_dec2bn(&modulus, key->modulus) == 0 ||
	    BN_dec2bn(&exponent, key->exponent) == 0 ||
	    (number = BN_bin2bn(signature.p, (int)signature.n, NULL)) == NULL)
		goto done;
	e = ERR_FORGED;
	if (BN_cmp(number, modulus) >= 0)
		goto done;
	if (BN_mod_exp(number, number, exponent, modulus, ctx) == 0)
		e = ERR_NOMEM;
	else if (BN_bn2binpad(number, out, (int)n) == (int)n)
		e = ERR_NONE;
done:
	BN_free(number);
	BN_free(exponent);
	BN_free(modulus);
	BN_CTX_free(ctx);
	/* What it says of its failures lies in a queue that the next caller would take for his own. */
	ERR_clear_error();
	return e;
}
