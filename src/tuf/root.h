/* tuf/root.h: what a root says: which keys speak for which role, and how many of them must.
 * How signatures are counted is keyset.h's. */
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

/* Whether the keys of ${m}'s role signed it: as tuf_keyset_verify. */
enum err tuf_root_verify(const struct tuf_root *root, const struct tuf_metadata *m,
    struct fault *why);

/* What it says of a role: how many keys, how many must sign, and whether the key ${id} is one of them. */
size_t tuf_root_key_count(const struct tuf_root *root, enum tuf_role role);
size_t tuf_root_threshold(const struct tuf_root *root, enum tuf_role role);
bool tuf_root_lists(const struct tuf_root *root, enum tuf_role role, const char *id);

/* True when each key that speaks for ${role} in ${a} still does in ${b}. */
bool tuf_root_keeps_keys(const struct tuf_root *a, const struct tuf_root *b, enum tuf_role role);

#endif
