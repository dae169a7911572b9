/* tuf/key.h: a public key as metadata writes it (TUF 1.0.34, section 4.2).
 * Owns the forms of keys and the rule that a key's id is the SHA-256 of its canonical form. */
#ifndef HOLDFAST_TUF_KEY_H
#define HOLDFAST_TUF_KEY_H

#include <jansson.h>

#include "base/bytes.h"
#include "base/err.h"
#include "crypto/hash.h"
#include "crypto/sign.h"
#include "crypto/verify.h"

enum tuf_key_kind {
	TUF_KEY_OTHER = 0,	/* well formed, of a kind that we do not verify: never counts */
	TUF_KEY_ED25519,
	TUF_KEY_PEM		/* ecdsa-sha2-nistp256, rsassa-pss-sha256, rsa-pkcs1v15-sha256 */
};

struct tuf_key {
	char id[HASH_HEX_SIZE];
	enum tuf_key_kind kind;
	struct sign_public ed25519;
	struct verify_key pem;
};

/* Read the key that is listed as ${id}. ERR_MALFORMED: not a key, or ${id} is not its digest.
 * ERR_NOMEM. ${out} changes only on success. */
enum err tuf_key_read(const char *id, const json_t *value, struct tuf_key *out, struct fault *why);

/* The key, with its id, that ${pub} is. ERR_NOMEM. */
enum err tuf_key_of_ed25519(const struct sign_public *pub, struct tuf_key *out);

/* As a JSON object, which the caller releases. Only for TUF_KEY_ED25519. NULL: out of memory. */
json_t *tuf_key_write(const struct tuf_key *key);

/* True when both are the same key, whatever their ids say. */
bool tuf_key_equal(const struct tuf_key *a, const struct tuf_key *b);

/* True when ${signature}, in hex, is this key's over ${message}. */
bool tuf_key_holds(const struct tuf_key *key, struct bytes message, const char *signature);

#endif
