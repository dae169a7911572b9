/* updater/release.h: fetch a newer release of the protection data (doc/device.md, "Updates").
 * Owns the order: metadata first (tuf/), then the sealed file against it, then the plain one. */
#ifndef HOLDFAST_UPDATER_RELEASE_H
#define HOLDFAST_UPDATER_RELEASE_H

#include "agent/job.h"

/* ${dir} is the folder of trusted metadata, ${root} the root to begin with; both stay the caller's.
 * Tells the outcome; with OUTCOME_NEW_DATABASE *database is the plain file, which the caller closes. */
void release_fetch(const struct job *job, int dir, int root, struct outcome *out, int *database);

#endif
