/* tuf/secret.h: 32 secret bytes in a file, for its owner only: the seed of a signing key, or the key of an epoch.
 * Only for the publisher's side. Plain: 64 hex digits and a newline. Sealed under a passphrase:
 * "sealed LABEL HEX" and a newline, as crypto/passphrase.h seals; the label is not secret. */
#ifndef HOLDFAST_TUF_SECRET_H
#define HOLDFAST_TUF_SECRET_H

#include "base/bytes.h"
#include "base/err.h"

#define TUF_SECRET_SIZE 32

/* Of a label, NUL included: a key's id. */
#define TUF_LABEL_SIZE 65

/* Make one at random as ${name} in ${dir}, plain. ERR_EXISTS: there is one, which stays. */
enum err tuf_secret_make(int dir, const char *name, struct fault *why);

/* Keep ${secret}, sealed when ${passphrase} is not NULL. ERR_EXISTS. */
enum err tuf_secret_keep(int dir, const char *name, const uint8_t secret[static TUF_SECRET_SIZE],
    const char *label, const char *passphrase, struct fault *why);

/* The label of a sealed one. ERR_UNSUPPORTED: it is plain and has none. Otherwise as tuf_secret_read. */
enum err tuf_secret_label(int dir, const char *name, char label[static TUF_LABEL_SIZE],
    struct fault *why);

/* Read it into ${out}, which the caller wipes. ERR_NOT_FOUND; ERR_MALFORMED; ERR_DENIED: others than its owner
 * may read the file, or it is sealed and ${passphrase} is NULL or another. */
enum err tuf_secret_read(int dir, const char *name, const char *passphrase,
    uint8_t out[static TUF_SECRET_SIZE], struct fault *why);

#endif
