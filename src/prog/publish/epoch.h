/* publish/epoch.h: the keys that releases are sealed with, as files epochs/1, epochs/2, ... among the
 * publisher's keys. The server's signer hands them, wrapped, to devices with a subscription. */
#ifndef HOLDFAST_PROG_PUBLISH_EPOCH_H
#define HOLDFAST_PROG_PUBLISH_EPOCH_H

#include "base/err.h"
#include "crypto/seal.h"
#include "tuf/limits.h"

/* Make epochs/1 in ${keys} unless it is there. */
enum err epoch_ensure_first(int keys, struct fault *why);

/* The newest epoch: the highest number. The caller wipes ${key}. ERR_NOT_FOUND: there is none. */
enum err epoch_newest(int keys, char name[static TUF_EPOCH_SIZE], struct seal_key *key,
    struct fault *why);

/* That of ${name}. Likewise. */
enum err epoch_named(int keys, const char *name, struct seal_key *key, struct fault *why);

#endif
