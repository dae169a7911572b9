/* crypto/totp.h: the six digits of an authenticator app (RFC 6238: HMAC-SHA-1, steps of 30 seconds, which is what all
 * of them know). */
#ifndef HOLDFAST_CRYPTO_TOTP_H
#define HOLDFAST_CRYPTO_TOTP_H

#include <stdint.h>

#include "base/bytes.h"
#include "base/err.h"

#define TOTP_KEY_SIZE 20	/* as long as the digest: RFC 4226, section 4, R6 */
#define TOTP_STEP_S 30
#define TOTP_DIGITS 6

/* Clocks of phones are right; a person types slowly: one step before and one behind. */
#define TOTP_DRIFT 1

/* The number of the ${digits} (at most 9) digits at ${step}, which is the time in TOTP_STEP_S. ERR_NOMEM. */
enum err totp_code(struct bytes key, uint64_t step, unsigned digits, uint32_t *out);

/* Whether ${text}, TOTP_DIGITS digits, is the code at ${now} or within TOTP_DRIFT of it, and its step is behind
 * ${used}: a code opens once. *step is then its step. ERR_DENIED: it is not; ERR_NOMEM: nobody knows. */
enum err totp_check(struct bytes key, const char *text, int64_t now, int64_t used, int64_t *step);

#endif
