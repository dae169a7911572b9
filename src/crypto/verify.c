/* crypto/verify.c: see verify.h. What OpenSSL says of its failures is dropped: it lies in a queue that
 * the next caller would take for his own. */
#include "crypto/verify.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

/* Text of a key; twice what VERIFY_KEY_MAX bytes take in base64. */
enum { PEM_MAX = 4096 };

/* Nobody is to be asked for the passphrase of a key that says it has one. */
static int
give_no_passphrase(char *out, int size, int writing, void *ctx)
{
	(void)out, (void)size, (void)writing, (void)ctx;
	return -1;
}

static bool
is_p256(EVP_PKEY *key)
{
	char name[32];
	size_t n;

	/* One form for one key: else one that is written short and long would count as two. */
	return EVP_PKEY_is_a(key, "EC") &&
	    EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_GROUP_NAME, name, sizeof name, &n) == 1 &&
	    strcmp(name, "prime256v1") == 0 &&
	    EVP_PKEY_set_utf8_string_param(key, OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT,
		"uncompressed") == 1;
}

static bool
fits(EVP_PKEY *key, enum verify_kind kind)
{
	int bits = EVP_PKEY_get_bits(key);

	switch (kind) {
	case VERIFY_ECDSA_P256:
		return is_p256(key);
	case VERIFY_RSA_PSS:
	case VERIFY_RSA_PKCS1:
		return EVP_PKEY_is_a(key, "RSA") && bits >= VERIFY_RSA_BITS_MIN &&
		    bits <= VERIFY_RSA_BITS_MAX;
	case VERIFY_NONE:
		break;
	}
	return false;
}

enum err
verify_key_read(enum verify_kind kind, struct bytes pem, struct verify_key *out)
{
	struct verify_key got = { .kind = kind };
	uint8_t *to = got.der;
	EVP_PKEY *key = NULL;
	BIO *text = NULL;
	enum err e = ERR_MALFORMED;
	int n;

	if (pem.n == 0 || pem.n > PEM_MAX)
		return e;
	if ((text = BIO_new_mem_buf(pem.p, (int)pem.n)) == NULL) {
		e = ERR_NOMEM;
		goto done;
	}
	key = PEM_read_bio_PUBKEY(text, NULL, give_no_passphrase, NULL);
	if (key == NULL || !fits(key, kind))
		goto done;
	n = i2d_PUBKEY(key, NULL);
	if (n <= 0 || n > VERIFY_KEY_MAX || i2d_PUBKEY(key, &to) != n)
		goto done;
	got.n = (size_t)n;
	*out = got;
	e = ERR_NONE;
done:
	EVP_PKEY_free(key);
	BIO_free(text);
	ERR_clear_error();
	return e;
}

bool
verify_key_equal(const struct verify_key *a, const struct verify_key *b)
{
	return bytes_equal(bytes_of(a->der, a->n), bytes_of(b->der, b->n));
}

static bool
set_padding(EVP_PKEY_CTX *ctx, enum verify_kind kind)
{
	switch (kind) {
	case VERIFY_RSA_PSS:
		return EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING) == 1 &&
		    EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, RSA_PSS_SALTLEN_AUTO) == 1;
	case VERIFY_RSA_PKCS1:
		return EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) == 1;
	case VERIFY_ECDSA_P256:
		return true;
	case VERIFY_NONE:
		break;
	}
	return false;
}

bool
verify_holds(const struct verify_key *key, struct bytes message, struct bytes signature)
{
	const uint8_t *from = key->der;
	EVP_PKEY *public = d2i_PUBKEY(NULL, &from, (long)key->n);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *options = NULL;
	bool holds = false;

	if (public == NULL || ctx == NULL ||
	    EVP_DigestVerifyInit(ctx, &options, EVP_sha256(), NULL, public) != 1 ||
	    !set_padding(options, key->kind))
		goto done;
	holds = EVP_DigestVerify(ctx, signature.p, signature.n, message.p, message.n) == 1;
done:
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(public);
	ERR_clear_error();
	return holds;
}
