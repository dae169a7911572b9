/* tuf/repo_sign.h: one metadata file, signed by as many of a role's keys as its root asks for. */
#ifndef HOLDFAST_TUF_REPO_SIGN_H
#define HOLDFAST_TUF_REPO_SIGN_H

#include "tuf/root.h"
#include "tuf/signer.h"

/* Append the file that says ${body} to ${out}. ERR_NOT_FOUND: too few of the keys are in ${ring}. Otherwise as
 * tuf_signer_load and json_write. */
enum err tuf_repo_sign(const struct tuf_keyring *ring, const struct tuf_root *root, enum tuf_role role,
    json_t *body, struct buf *out, struct fault *why);

#endif
