/* tuf/metadata.h: one metadata file: envelope, signatures, and the fields that all roles share
 * (TUF 1.0.34, sections 4.2 and 4.3). What a role's file says besides is in root.h, listing.h and
 * target.h. Nothing here is trusted until tuf_root_verify has said so. */
#ifndef HOLDFAST_TUF_METADATA_H
#define HOLDFAST_TUF_METADATA_H

#include <jansson.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"

enum tuf_role {
	TUF_NO_ROLE = 0,
	TUF_ROOT,
	TUF_TIMESTAMP,
	TUF_SNAPSHOT,
	TUF_TARGETS,
	TUF_ROLES
};

/* "root", "timestamp", "snapshot", "targets": what stands in "_type" and in file names. */
const char *tuf_role_name(enum tuf_role role);

/* The most bytes that a file of this role may have. */
size_t tuf_role_max(enum tuf_role role);

/* What is said of some bytes: at least one of the two, once it was read. */
struct tuf_digests {
	bool has_sha256, has_sha512;
	uint8_t sha256[32];
	uint8_t sha512[64];
};

/* To be read freely; free with tuf_metadata_free. */
struct tuf_metadata {
	enum tuf_role role;
	int64_t version;	/* 1 to TUF_VERSION_MAX */
	int64_t expires;	/* seconds since 1970 */
	json_t *whole;		/* unknown fields included */
	json_t *body;		/* the part that is signed; lies in ${whole} */
	json_t *signatures;	/* an array of {keyid, sig}, both strings; lies in ${whole} */
	struct buf canonical;	/* what the signatures cover */
	size_t length;		/* of the file as it was read */
	struct tuf_digests digests;	/* likewise; both */
};

/* Read a file that should be ${role}'s. ERR_LIMIT: too large, too deep or too many signatures.
 * ERR_MALFORMED. ERR_UNSUPPORTED: another specification than 1.x. ERR_NOMEM. */
enum err tuf_metadata_read(enum tuf_role role, struct bytes file, struct tuf_metadata **out,
    struct fault *why);
void tuf_metadata_free(struct tuf_metadata *m);

/* True when a target of this name cannot lead out of its folder: plain text, relative, no part empty, "." or
 * "..", no backslash, shorter than TUF_NAME_SIZE. */
bool tuf_name_is_safe(const char *name);

/* True when a role may have this name: plain text, and short. It may say "../x" or "?": it only ever becomes
 * part of a file's name or an address through encode_url, which leaves no '/'. */
bool tuf_role_name_is_fit(const char *name);

/* Fields of ${object}; others beside them are fine. Missing, of another type or out of range:
 * ERR_MALFORMED, naming the field. Outputs change only on success; objects are borrowed. */
enum err tuf_field_object(const json_t *object, const char *name, json_t **out, struct fault *why);
enum err tuf_field_whole(const json_t *object, const char *name, int64_t least, int64_t *out,
    struct fault *why);
enum err tuf_field_text(const json_t *object, const char *name, const char **out,
    struct fault *why);

/* The digests in ${object}'s "hashes". ERR_UNSUPPORTED: there are only digests of kinds that we do not
 * know. */
enum err tuf_field_digests(const json_t *object, struct tuf_digests *out, struct fault *why);

/* Both digests of ${b}. ERR_NOMEM and the like. */
enum err tuf_digests_of(struct bytes b, struct tuf_digests *out);

/* True when ${got}, which has both, is what ${said} says. */
bool tuf_digests_agree(const struct tuf_digests *said, const struct tuf_digests *got);

#endif
