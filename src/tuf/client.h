/* tuf/client.h: what a device believes about a repository, and how it comes to believe more
 * (The Update Framework 1.0.34, section 5). Owns the trusted files in one directory: root.json,
 * timestamp.json, snapshot.json, targets.json, and ROLE.json of each delegated role that was needed, its
 * name as encode_url writes it. Reads no clock and knows no network.
 *
 * Whatever is fetched is believed only after it was checked, is kept only after it was believed, and
 * each file is replaced whole: a refresh may end anywhere, and the next one goes on from there. */
#ifndef HOLDFAST_TUF_CLIENT_H
#define HOLDFAST_TUF_CLIENT_H

#include "tuf/target.h"

/* Append the file at ${path}, relative to the repository's metadata/, to ${out}. Its ceiling holds:
 * whoever fetches stops there with ERR_LIMIT. ERR_NOT_FOUND: the repository does not have it.
 * Any other error ends the refresh, and so does its sentence. */
typedef enum err tuf_fetch_fn(void *ctx, const char *path, struct buf *out, struct fault *why);

struct tuf_client;

/* Begin to trust: keep ${root} as root.json in ${dir}. ERR_EXISTS when there is one already, which
 * then stays; ERR_FORGED when it is not signed by its own keys; otherwise as tuf_metadata_read. */
enum err tuf_client_init(int dir, struct bytes root, struct fault *why);

/* Take up what is trusted in ${dir} (borrowed; the client keeps a copy of the descriptor). Trusted
 * files other than the root that are damaged count as absent. ERR_NOT_FOUND: no root yet. */
enum err tuf_client_open(int dir, struct tuf_client **out, struct fault *why);

/* The same, beginning to trust with ${root} where there is nothing yet. A kept root that is damaged is given up for
 * ${root}, and the chain walked again from there; what else is trusted still keeps older metadata out. */
enum err tuf_client_open_anew(int dir, struct bytes root, struct tuf_client **out, struct fault *why);
void tuf_client_free(struct tuf_client *c);

/* Bring everything up to date at the time ${now}, seconds since 1970. On any error what was trusted
 * stays, but for the steps that were already sound. ERR_FORGED: signatures, lengths or digests do
 * not hold. ERR_CONFLICT: an older version than the one we know. ERR_EXPIRED. ERR_NOT_FOUND: a file
 * is missing there. ERR_FULL, ERR_IO: could not be kept. Others from reading and fetching. */
enum err tuf_client_refresh(struct tuf_client *c, tuf_fetch_fn *fetch, void *ctx, int64_t now,
    struct fault *why);

/* Look up a target: in the targets file, then, in the order of the specification (5.6.7), in those to which it
 * delegates, which are fetched and kept as needed, by the last refresh's ${fetch}, ${ctx} and ${now}.
 * ERR_CONFLICT before a refresh succeeded with this client. ERR_NOT_FOUND: nobody who may have it has it.
 * ERR_LIMIT: not found in TUF_DELEGATIONS_MAX roles. Otherwise as tuf_target_find and tuf_client_refresh. */
enum err tuf_client_target(struct tuf_client *c, const char *name, struct tuf_target *out,
    struct fault *why);

/* When the first of the trusted files expires, in seconds since 1970; 0 when one is missing. */
int64_t tuf_client_expires(const struct tuf_client *c);

/* True when what is trusted is out of date at ${now}, or incomplete; ${why} then says what of it and
 * since when. Protection goes on with what it has: this is to be shown, not to be obeyed. */
bool tuf_client_stale(const struct tuf_client *c, int64_t now, struct fault *why);

/* The version of ${role}'s trusted file; 0 when there is none. */
int64_t tuf_client_version(const struct tuf_client *c, enum tuf_role role);

#endif
