/* tuf/root.h: what a root says: which keys speak for which role, and how many of them must.
 * Owns the counting of signatures. */
#ifndef HOLDFAST_TUF_ROOT_H
#define HOLDFAST_TUF_ROOT_H

#include "tuf/metadata.h"

struct tuf_root;		/* immutable */

/* Understand a root; ${m} is borrowed for the call. ERR_MALFORMED: a role is missing, a threshold
 * is 0, a key's id is not its digest, a role lists a key twice. ERR_LIMIT, ERR_NOMEM. */
enum err tuf_root_read(const struct tuf_metadata *m, struct tuf_root **out, struct fault *why);
void tuf_root_free(struct tuf_root *root);

int64_t tuf_root_version(const struct tuf_root *root);
int64_t tuf_root_expires(const struct tuf_root *root);

/* Whether files carry their version, and targets their digest, in the name. */
bool tuf_root_is_consistent(const struct tuf_root *root);

/* True when a threshold of different keys of ${m}'s role signed it: ERR_NONE. Each key counts once,
 * however often and under however many ids it signed. ERR_FORGED: too few.
 * ERR_UNSUPPORTED: too few, but there are signatures by kinds of keys that we do not verify. */
enum err tuf_root_verify(const struct tuf_root *root, const struct tuf_metadata *m,
    struct fault *why);

/* True when the same keys speak for ${role} in both. */
bool tuf_root_same_keys(const struct tuf_root *a, const struct tuf_root *b, enum tuf_role role);

#endif
