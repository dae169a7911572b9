/* tuf/secret.h: 32 secret bytes in a file: 64 hex digits and a newline, for its owner only.
 * The seed of a signing key, or the key of an epoch. Only for the publisher's side. */
#ifndef HOLDFAST_TUF_SECRET_H
#define HOLDFAST_TUF_SECRET_H

#include "base/bytes.h"
#include "base/err.h"

#define TUF_SECRET_SIZE 32

/* Make one at random as ${name} in ${dir}. ERR_EXISTS: there is one, which stays. */
enum err tuf_secret_make(int dir, const char *name, struct fault *why);

/* Read it into ${out}, which the caller wipes. ERR_NOT_FOUND; ERR_MALFORMED; ERR_DENIED: others than
 * its owner may read the file. */
enum err tuf_secret_read(int dir, const char *name, uint8_t out[static TUF_SECRET_SIZE],
    struct fault *why);

#endif
