/* updater/segments.h: from the database that the device has to the released one by segments (doc/updates.md), in place of
 * the whole file. Owns the way through them; what comes out is measured against the release by its caller. */
#ifndef HOLDFAST_UPDATER_SEGMENTS_H
#define HOLDFAST_UPDATER_SEGMENTS_H

#include "prog/updater/fetch.h"
#include "tuf/client.h"

/* Make the plain database of ${release} from ${base}, the plain one of the generation that the device has; the caller
 * closes *out. ERR_NOT_FOUND: no segments lead there, or they are no shorter than the whole file. ERR_DENIED: the
 * subscription brought no key for one of them. ERR_CLOSED, ERR_TIMEOUT, ERR_FULL: later perhaps; what came of the
 * segment under way is kept, of those before it nothing. Others: they are of no use. Whatever was kept of another target
 * is given up as soon as a segment is asked for. */
enum err segments_bring(struct fetcher *f, struct tuf_client *client, const struct tuf_target *release, int base,
    int *out, struct fault *why);

#endif
