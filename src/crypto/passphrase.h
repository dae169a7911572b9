/* crypto/passphrase.h: a small secret, sealed under what a person remembers: Argon2id and XChaCha20-Poly1305, over
 * libsodium. What it costs to try one passphrase is written into the sealed secret. */
#ifndef HOLDFAST_CRYPTO_PASSPHRASE_H
#define HOLDFAST_CRYPTO_PASSPHRASE_H

#include "base/bytes.h"
#include "base/err.h"

/* 256 MiB three times over: about a second. Somebody who tries out passphrases needs that for each. */
#define PASSPHRASE_OPERATIONS 3
#define PASSPHRASE_MEMORY ((uint32_t)256 << 20)

/* Salt 16, operations u32, memory u32, nonce 24, tag 16. */
#define PASSPHRASE_OVERHEAD 64

/* Write plain.n + PASSPHRASE_OVERHEAD bytes to ${out}. ERR_NOMEM: it needs PASSPHRASE_MEMORY. */
enum err passphrase_seal(const char *passphrase, struct bytes plain, uint8_t *out);

/* Write sealed.n - PASSPHRASE_OVERHEAD bytes to ${out}. ERR_FORGED: another passphrase, or changed bytes.
 * ERR_MALFORMED; ERR_LIMIT: it asks for more than twice our cost. ERR_NOMEM. */
enum err passphrase_open(const char *passphrase, struct bytes sealed, uint8_t *out);

#endif
