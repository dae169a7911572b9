/* updater/sealed.h: opens what is sealed with an epoch's key that the lease brought, and files that leave nothing behind. */
#ifndef HOLDFAST_UPDATER_SEALED_H
#define HOLDFAST_UPDATER_SEALED_H

#include "agent/job.h"

/* The longest database that anything sealed may make: as the daemon's own ceiling. */
#define SEALED_DATABASE_MAX ((uint64_t)4 << 30)

/* A file without a name in ${dir}, so that nothing is left behind whatever happens; the caller closes *out. */
enum err sealed_scratch(int dir, int *out, struct fault *why);

/* ERR_DENIED: the subscription brought no key for this epoch. */
enum err sealed_has_key(const struct job *job, const char *epoch, struct fault *why);

/* Open the whole file ${sealed} into ${plain}; *size and ${digest}, if not NULL, are those of what came out. ERR_DENIED,
 * ERR_FORGED, ERR_FULL, ERR_IO. */
enum err sealed_open(const struct job *job, const char *epoch, int sealed, int plain, uint64_t *size,
    uint8_t digest[32], struct fault *why);

#endif
