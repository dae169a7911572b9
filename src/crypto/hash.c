/* crypto/hash.c: see hash.h. */
#include "crypto/hash.h"

#include <assert.h>
#include <openssl/evp.h>
#include <sodium.h>
#include <stdlib.h>

struct hash {
	const EVP_MD *md;
	EVP_MD_CTX *ctx;
};

static const EVP_MD *
md_of(enum hash_kind kind)
{
	switch (kind) {
	case HASH_MD5:
		return EVP_md5();
	case HASH_SHA1:
		return EVP_sha1();
	case HASH_SHA256:
		return EVP_sha256();
	case HASH_SHA512:
		return EVP_sha512();
	case HASH_NONE:
		break;
	}
	return NULL;
}

size_t
hash_size(enum hash_kind kind)
{
	static const size_t sizes[] = {
		[HASH_MD5] = 16, [HASH_SHA1] = 20, [HASH_SHA256] = 32,
		[HASH_SHA512] = HASH_SHA512_SIZE
	};

	return (size_t)kind < sizeof sizes / sizeof sizes[0] ? sizes[kind] : 0;
}

enum err
hash_new(enum hash_kind kind, struct hash **out)
{
	struct hash *h = calloc(1, sizeof *h);
	enum err e = ERR_NOMEM;

	if (h == NULL || (h->ctx = EVP_MD_CTX_new()) == NULL)
		goto done;
	e = ERR_UNSUPPORTED;
	if ((h->md = md_of(kind)) == NULL || EVP_DigestInit_ex(h->ctx, h->md, NULL) != 1)
		goto done;
	*out = h;
	h = NULL;
	e = ERR_NONE;
done:
	hash_free(h);
	return e;
}

void
hash_add(struct hash *h, struct bytes more)
{
	/* Once begun, a digest of bytes in memory has no way to fail. */
	assert(EVP_DigestUpdate(h->ctx, more.p, more.n) == 1);
}

void
hash_finish(struct hash *h, uint8_t out[static HASH_MAX])
{
	assert(EVP_DigestFinal_ex(h->ctx, out, NULL) == 1);
	assert(EVP_DigestInit_ex(h->ctx, h->md, NULL) == 1);
}

void
hash_free(struct hash *h)
{
	if (h == NULL)
		return;
	EVP_MD_CTX_free(h->ctx);
	free(h);
}

enum err
hash_of(enum hash_kind kind, struct bytes b, uint8_t out[static HASH_MAX])
{
	struct hash *h = NULL;
	enum err e;

	if ((e = hash_new(kind, &h)) != ERR_NONE)
		return e;
	hash_add(h, b);
	hash_finish(h, out);
	hash_free(h);
	return ERR_NONE;
}

enum err
hash_sha256_hex(struct bytes b, char out[static HASH_HEX_SIZE])
{
	uint8_t digest[HASH_MAX];
	enum err e;

	if ((e = hash_of(HASH_SHA256, b, digest)) != ERR_NONE)
		return e;
	sodium_bin2hex(out, HASH_HEX_SIZE, digest, sizeof digest);
	return ERR_NONE;
}
