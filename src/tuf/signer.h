/* tuf/signer.h: secret keys of roles, as files, and signing with them.
 * Only for the publisher's side. Wipe with tuf_signer_forget. */
#ifndef HOLDFAST_TUF_SIGNER_H
#define HOLDFAST_TUF_SIGNER_H

#include "tuf/key.h"
#include "tuf/metadata.h"

struct tuf_signer {
	struct tuf_key key;
	struct sign_secret secret;
};

/* Take the key in the file ${name} of ${dir}: 64 hex digits, the seed. ERR_NOT_FOUND; ERR_MALFORMED;
 * ERR_DENIED: others than its owner may read it. */
enum err tuf_signer_load(int dir, const char *name, struct tuf_signer *out, struct fault *why);

/* As tuf_signer_load, but make the key, for its owner only, when there is no such file. */
enum err tuf_signer_ensure(int dir, const char *name, struct tuf_signer *out, struct fault *why);
void tuf_signer_forget(struct tuf_signer *signer);

/* Append the metadata file that says ${body}, signed by each of ${signers}. ERR_NOMEM, ERR_LIMIT. */
enum err tuf_sign(json_t *body, const struct tuf_signer *signers, size_t count, struct buf *out);

#endif
