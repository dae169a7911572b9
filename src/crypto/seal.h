/* crypto/seal.h: secrecy and integrity of files and small secrets, over libsodium.
 * A file is sealed with XChaCha20-Poly1305 in chunks (crypto_secretstream): any change, reordering or
 * cut is found; a few bytes in one piece with the same. A small secret is wrapped for the owner of an X25519 key (crypto_box_seal). */
#ifndef HOLDFAST_CRYPTO_SEAL_H
#define HOLDFAST_CRYPTO_SEAL_H

#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"

#define SEAL_KEY_SIZE 32

struct seal_key {
	uint8_t key[SEAL_KEY_SIZE];
};

void seal_make_key(struct seal_key *out);

/* Plaintext bytes in a chunk; memory for a file of any size is twice this. */
#define SEAL_CHUNK 65536

/* Read ${in} from its position to its end and write it sealed to ${out}. Sealing reports the plain
 * bytes in *size and their SHA-256 in ${digest}; both may be NULL. ERR_IO, ERR_FULL, ERR_NOMEM. */
enum err seal_file(const struct seal_key *key, int in, int out, uint64_t *size,
    uint8_t digest[32]);

/* The reverse. ERR_FORGED when a byte differs from what was sealed or the end is missing; what was
 * written to ${out} until then is genuine but incomplete: the caller throws it away. */
enum err unseal_file(const struct seal_key *key, int in, int out, uint64_t *size,
    uint8_t digest[32]);

/* Seal a few bytes: appends plain.n + SEAL_BYTES_OVERHEAD bytes to ${out}. ERR_NOMEM, ERR_LIMIT. */
#define SEAL_BYTES_OVERHEAD 40
enum err seal_bytes(const struct seal_key *key, struct bytes plain, struct buf *out);

/* The reverse, appended to ${out}. ERR_FORGED: another key, or a byte differs. ERR_NOMEM, ERR_LIMIT. */
enum err unseal_bytes(const struct seal_key *key, struct bytes sealed, struct buf *out);

#define SEAL_BOX_KEY_SIZE 32
#define SEAL_BOX_OVERHEAD 48

struct seal_box_public {
	uint8_t key[SEAL_BOX_KEY_SIZE];
};

struct seal_box_secret {
	uint8_t key[SEAL_BOX_KEY_SIZE];
};

void seal_make_box_pair(struct seal_box_public *pub, struct seal_box_secret *secret);
void seal_box_public_of(const struct seal_box_secret *secret, struct seal_box_public *pub);

/* Wrap ${plain} for the owner of ${to}: writes plain.n + SEAL_BOX_OVERHEAD bytes to ${out}.
 * ERR_MALFORMED: the public key is none. */
enum err seal_wrap(const struct seal_box_public *to, struct bytes plain, uint8_t *out);

/* Unwrap into ${out} of wrapped.n - SEAL_BOX_OVERHEAD bytes. ERR_FORGED: not for this key. */
enum err seal_unwrap(const struct seal_box_secret *own, struct bytes wrapped, uint8_t *out);

#endif
