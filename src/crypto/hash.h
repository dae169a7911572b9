/* crypto/hash.h: message digests, over OpenSSL. */
#ifndef HOLDFAST_CRYPTO_HASH_H
#define HOLDFAST_CRYPTO_HASH_H

#include "base/bytes.h"
#include "base/err.h"

enum hash_kind {
	HASH_NONE = 0,
	HASH_MD5,	/* only to compare with signatures that others wrote; proves nothing */
	HASH_SHA1,	/* likewise */
	HASH_SHA256,
	HASH_SHA512	/* its digest has HASH_SHA512_SIZE bytes: more than HASH_MAX */
};

#define HASH_MAX 32	/* bytes of the longest digest but SHA-512's */
#define HASH_SHA512_SIZE 64
#define HASH_HEX_SIZE (2 * HASH_MAX + 1)

/* Bytes of a digest of this kind: 16, 20, 32, 64; 0 for HASH_NONE. */
size_t hash_size(enum hash_kind kind);

/* A digest in the making; free it with hash_free. */
struct hash;

/* ERR_NOMEM; ERR_UNSUPPORTED when the system's policy forbids the kind. */
enum err hash_new(enum hash_kind kind, struct hash **out);
void hash_add(struct hash *h, struct bytes more);
/* Write hash_size bytes, which is what ${out} must have room for; ${h} is then as new and can be used
 * again. */
void hash_finish(struct hash *h, uint8_t out[static HASH_MAX]);
void hash_free(struct hash *h);

/* The digest of one run of bytes. Errors as hash_new. */
enum err hash_of(enum hash_kind kind, struct bytes b, uint8_t out[static HASH_MAX]);

/* The SHA-256 of ${b} as 64 lower-case hex digits and a NUL. */
enum err hash_sha256_hex(struct bytes b, char out[static HASH_HEX_SIZE]);

#endif
