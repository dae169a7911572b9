/* tuf/render.h: the signed parts of metadata files, as the publisher writes them.
 * Each gives a JSON object that the caller releases, or NULL when memory is short. */
#ifndef HOLDFAST_TUF_RENDER_H
#define HOLDFAST_TUF_RENDER_H

#include "tuf/key.h"
#include "tuf/target.h"

/* A first root in which keys[role] alone speaks for each role; keys[TUF_NO_ROLE] is not used. */
json_t *tuf_render_root(const struct tuf_key keys[static TUF_ROLES], int64_t expires);

/* What ${published} says of targets (nothing when it is NULL), with ${more} (or NULL) put in. */
json_t *tuf_render_targets(const struct tuf_metadata *published, const struct tuf_target *more,
    int64_t version, int64_t expires);

/* A snapshot or a timestamp, which names ${listed} and nothing else. */
json_t *tuf_render_listing(enum tuf_role role, const struct tuf_metadata *listed, int64_t version,
    int64_t expires);

#endif
