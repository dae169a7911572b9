/* updater/release.h: fetch a newer release of the protection data (doc/device.md, "Updates").
 * Owns the order: metadata first (tuf/), then segments or the sealed file against it, then the plain one. */
#ifndef HOLDFAST_UPDATER_RELEASE_H
#define HOLDFAST_UPDATER_RELEASE_H

#include "agent/job.h"

/* All stay the caller's. */
struct release_files {
	int dir;	/* the folder of trusted metadata */
	int root;	/* the root to begin with */
	int base;	/* the plain database that the device has, or -1 */
};

/* Tells the outcome; with OUTCOME_NEW_DATABASE *database is the plain file, which the caller closes. */
void release_fetch(const struct job *job, const struct release_files *files, struct outcome *out, int *database);

#endif
