/* publish/segments.h: what leads devices from earlier generations to a new one without its whole file: sealed deltas between
 * generations. A segment spans a power of two of them and begins at a multiple of that, so that a device which is n
 * behind needs about 2·log2(n), and all devices share them. Owns which are made, and how long they are named. */
#ifndef HOLDFAST_PROG_PUBLISH_SEGMENTS_H
#define HOLDFAST_PROG_PUBLISH_SEGMENTS_H

#include "prog/publish/site.h"

/* Whoever is further behind fetches the whole file. Each generation adds two entries of some 220 bytes to the targets
 * metadata, which devices fetch with every release. */
#define SEGMENTS_KEPT 32

/* Make those that end with ${generation}, whose plain database is ${database}, and hand them to the repository for its next
 * release. What cannot be made (the old file is gone, or hardly anything of it is in the new one) is left out, and said. Only
 * ERR_FULL ends a release. */
enum err segments_make(const struct site *s, uint64_t generation, int database, struct fault *why);

#endif
