/* tuf/signer.h: secret keys of roles, as files ROLE-1.key, ROLE-2.key, ... in a folder, and signing with them.
 * Only for the publisher's side. A folder need not hold all keys of a role, nor only those that count. */
#ifndef HOLDFAST_TUF_SIGNER_H
#define HOLDFAST_TUF_SIGNER_H

#include "tuf/key.h"
#include "tuf/limits.h"
#include "tuf/metadata.h"

/* Wipe with tuf_signer_forget. */
struct tuf_signer {
	struct tuf_key key;
	struct sign_secret secret;
};

void tuf_signer_forget(struct tuf_signer *signer);

/* Where keys are, and what they are sealed under. */
struct tuf_keyring {
	int dir;
	const char *passphrase;	/* or NULL: then sealed keys cannot be used */
};

/* Take ROLE-${number}.key. ERR_NOT_FOUND; ERR_MALFORMED; ERR_DENIED: others than its owner may read it, or it
 * is sealed and the passphrase is not there or another. */
enum err tuf_signer_load(const struct tuf_keyring *ring, enum tuf_role role, int number,
    struct tuf_signer *out, struct fault *why);

/* Make ROLE-${number}.key, sealed when there is a passphrase and unless it is to be used by a service (snapshot and
 * timestamp); only the public part is given. ERR_EXISTS. */
enum err tuf_signer_make(const struct tuf_keyring *ring, enum tuf_role role, int number,
    struct tuf_key *out, struct fault *why);

/* The lowest number that no key of ${role} has. ERR_LIMIT: there are TUF_KEYS_MAX. */
enum err tuf_signer_free_number(const struct tuf_keyring *ring, enum tuf_role role, int *out,
    struct fault *why);

/* Asked whether a key should sign. */
typedef bool tuf_signer_wanted_fn(void *ctx, const char *id);

/* Append to the array ${signatures} one by each key of ${role} in the folder that is wanted, until there are
 * ${most} more; only keys that are wanted are unsealed. *made says how many. */
enum err tuf_signer_sign(const struct tuf_keyring *ring, enum tuf_role role, struct bytes message,
    tuf_signer_wanted_fn *wanted, void *ctx, size_t most, json_t *signatures, size_t *made,
    struct fault *why);

/* Append the metadata file that says ${body}, signed by each of ${signers}. ERR_NOMEM, ERR_LIMIT. */
enum err tuf_sign(json_t *body, const struct tuf_signer *signers, size_t count, struct buf *out);

#endif
