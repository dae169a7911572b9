/* crypto/password.h: a password as it is stored: Argon2id with a salt of its own, over libsodium. The text names its
 * cost, so that a later version may ask for more. */
#ifndef HOLDFAST_CRYPTO_PASSWORD_H
#define HOLDFAST_CRYPTO_PASSWORD_H

#include <stddef.h>

#include "base/err.h"

/* 32 MiB three times over, above what OWASP asks for: some 50 ms, as the process that answers many waits for it. */
#define PASSWORD_OPERATIONS 3
#define PASSWORD_MEMORY ((size_t)32 << 20)

/* "$argon2id$v=19$m=…,t=…,p=1$salt$hash" and its NUL. */
#define PASSWORD_HASH_SIZE 128

/* No password has more bytes: a hash of a megabyte is an attack. */
#define PASSWORD_MAX 256

/* ERR_NOMEM: it needs PASSWORD_MEMORY. ERR_LIMIT: over PASSWORD_MAX. */
enum err password_hash(const char *password, char out[static PASSWORD_HASH_SIZE]);

/* ERR_NONE: it is this one. ERR_DENIED: it is not, or ${hash} is none; takes as long when ${hash} is empty,
 * so that nobody finds out by the clock who is known. ERR_NOMEM. */
enum err password_check(const char *hash, const char *password);

#endif
