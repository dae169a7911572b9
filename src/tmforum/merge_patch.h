/* tmforum/merge_patch.h: JSON Merge Patch (RFC 7396). */
#ifndef HOLDFAST_TMFORUM_MERGE_PATCH_H
#define HOLDFAST_TMFORUM_MERGE_PATCH_H

#include <jansson.h>

#include "base/err.h"

/* ${target} as ${patch} changes it: a new value, which the caller releases. Neither argument changes, but what
 * is the same is shared with them.
 * ${target} may be NULL. ERR_NOMEM. */
enum err merge_patch_apply(const json_t *target, const json_t *patch, json_t **out);

#endif
