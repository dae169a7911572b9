/* tuf/render.h: the signed parts of metadata files, as the publisher writes them.
 * Each gives a JSON object that the caller releases, or NULL when memory is short. */
#ifndef HOLDFAST_TUF_RENDER_H
#define HOLDFAST_TUF_RENDER_H

#include "tuf/key.h"
#include "tuf/target.h"

/* A first root, without keys and roles. */
json_t *tuf_render_root(int64_t expires);

/* The root behind ${last}: all that it says, but for version and expiry. */
json_t *tuf_render_next_root(const struct tuf_metadata *last, int64_t expires);

/* In a root: say that ${role} has this threshold and no key yet; add one; drop the keys that no role lists any
 * more. ERR_NOMEM. */
enum err tuf_render_set_role(json_t *root, enum tuf_role role, int threshold);
enum err tuf_render_add_key(json_t *root, enum tuf_role role, const struct tuf_key *key);
void tuf_render_drop_keys(json_t *root);

/* One change of the targets: ${put} is put in, ${drop} taken out; either may be NULL. Segments that begin before
 * generation ${oldest} go, then those in ${segments} are put in. */
struct tuf_render_change {
	const struct tuf_target *put;
	const char *drop;
	uint64_t oldest;
	const struct tuf_target *segments;
	size_t segment_count;
};

/* What ${published} says of targets (nothing when it is NULL), changed. */
json_t *tuf_render_targets(const struct tuf_metadata *published, struct tuf_render_change change,
    int64_t version, int64_t expires);

/* A snapshot or a timestamp, which names ${listed} and nothing else. */
json_t *tuf_render_listing(enum tuf_role role, const struct tuf_metadata *listed, int64_t version,
    int64_t expires);

#endif
