/* tuf/keyset.h: which keys may sign something, and how many of them must: a role of a root, or a
 * delegation (TUF 1.0.34, sections 4.3 and 4.5). Owns the counting of signatures. */
#ifndef HOLDFAST_TUF_KEYSET_H
#define HOLDFAST_TUF_KEYSET_H

#include "tuf/key.h"
#include "tuf/limits.h"
#include "tuf/metadata.h"

/* The "keyids" and the "threshold" of one role. */
struct tuf_role_keys {
	int64_t threshold;
	size_t count;
	char ids[TUF_KEYS_MAX][HASH_HEX_SIZE];	/* different ones; a key may be missing from the set */
};

/* The keys themselves, as some file lists them. */
struct tuf_keyset {
	size_t count;
	struct tuf_key keys[TUF_KEYS_MAX];
};

/* Read both of ${role}. ERR_MALFORMED: a threshold of 0, a key that is listed twice. */
enum err tuf_role_keys_read(const json_t *role, struct tuf_role_keys *out, struct fault *why);

bool tuf_role_keys_has(const struct tuf_role_keys *role, const char *id);

/* Read ${keys}, an object of ids and keys; of these only the ones that ${only} names, or all when it is
 * NULL. Every id is tested. The caller frees *out with free. ERR_MALFORMED, ERR_LIMIT, ERR_NOMEM. */
enum err tuf_keyset_read(const json_t *keys, const struct tuf_role_keys *only,
    struct tuf_keyset **out, struct fault *why);

/* ERR_NONE when a threshold of different keys of ${role} signed ${m}. Each key counts once, however often
 * and under however many ids it signed. ERR_FORGED: too few. ERR_UNSUPPORTED: too few, but there are
 * signatures by kinds of keys that we do not verify. The sentence does not name the file. */
enum err tuf_keyset_verify(const struct tuf_keyset *set, const struct tuf_role_keys *role,
    const struct tuf_metadata *m, struct fault *why);

#endif
