/* tuf/ceremony.h: roots, and the keys that they name: the first, and each that follows. A root that follows is a
 * draft, a file, which travels from one holder of root keys to the next until enough have signed it; none of
 * them needs a network. Only for the publisher's side. */
#ifndef HOLDFAST_TUF_CEREMONY_H
#define HOLDFAST_TUF_CEREMONY_H

#include "tuf/signer.h"

/* How many keys a role has, and how many of them must sign. */
struct tuf_quorum {
	int threshold, count;
};

/* 3 of 5 for root and 2 of 3 for targets, whose keys are sealed when there is a passphrase; 1 of 1 for snapshot and
 * timestamp, which are signed by a service that starts by itself. */
extern const struct tuf_quorum tuf_quorums[TUF_ROLES];

/* Make what is missing of the keys in the folder, then 1.root.json and, last, root.json, the root that devices start
 * from. ERR_EXISTS: root.json is there, nothing was changed. */
enum err tuf_ceremony_begin(const struct tuf_keyring *ring,
    const struct tuf_quorum quorums[static TUF_ROLES], int64_t now, struct fault *why);

/* Append to ${out} the draft of the root that follows the last N.root.json in the folder: good for another
 * TUF_REPO_ROOT_LIFE, and with new keys, made here, for ${rotated} (or TUF_NO_ROLE). Signed by nobody yet. */
enum err tuf_ceremony_draft(const struct tuf_keyring *ring, enum tuf_role rotated, int64_t now,
    struct buf *out, struct fault *why);

/* Add the signatures of the root keys in the folder that the draft still needs: those of the last root and its
 * own. *added says how many. Appends the draft anew to ${out}. */
enum err tuf_ceremony_sign(const struct tuf_keyring *ring, struct bytes draft, size_t *added,
    struct buf *out, struct fault *why);

/* Keep a draft that enough have signed, by the last root's rules and by its own, as N.root.json; the next release or
 * resign publishes it. ERR_FORGED: not enough yet. */
enum err tuf_ceremony_keep(const struct tuf_keyring *ring, struct bytes draft, int64_t *version,
    struct fault *why);

#endif
