/* tuf/repo.h: the publisher's side of a repository: a folder that any static web server serves.
 *
 *	metadata/N.root.json N.targets.json N.snapshot.json	written once, before anything names them
 *	metadata/timestamp.json		the only file that is ever replaced, and always last
 *	targets/SHA256.NAME		written once
 *
 * Ended anywhere, the repository is the old or the new one; what was written for a release that
 * never was is written again by the next. Owns versions, expiry and the order of writing. */
#ifndef HOLDFAST_TUF_REPO_H
#define HOLDFAST_TUF_REPO_H

#include "tuf/signer.h"
#include "tuf/target.h"

/* How long each role's signature is good for, in seconds, unless it is signed anew before. */
#define TUF_REPO_ROOT_LIFE ((int64_t)365 * 86400)
#define TUF_REPO_TARGETS_LIFE ((int64_t)90 * 86400)
#define TUF_REPO_SNAPSHOT_LIFE ((int64_t)30 * 86400)
#define TUF_REPO_TIMESTAMP_LIFE ((int64_t)3 * 86400)

struct tuf_repo;

/* Open ${repo} for writing with ${ring}; both are borrowed until tuf_repo_close. Makes its folders. Roots that
 * ceremony.h keeps beside the keys are published with the next change. ERR_CONFLICT: another process has it open.
 * ERR_FORGED: what is published there was not signed by these keys. */
enum err tuf_repo_open(const struct tuf_keyring *ring, int repo, struct tuf_repo **out, struct fault *why);

/* Gives up a file that was started and not released. NULL is fine. */
void tuf_repo_close(struct tuf_repo *r);

/* What is published under ${name}. ERR_NOT_FOUND. */
enum err tuf_repo_find(const struct tuf_repo *r, const char *name, struct tuf_target *out,
    struct fault *why);

/* Start the file that is to be published as ${name}: the caller writes it to *fd, which stays the
 * repository's. One at a time. */
enum err tuf_repo_start(struct tuf_repo *r, const char *name, int *fd, struct fault *why);

/* Give the started file its name for good, as a segment that the next tuf_repo_release names beside the release. *out says
 * what it is. */
enum err tuf_repo_add_segment(struct tuf_repo *r, const struct tuf_segment *segment, struct tuf_target *out,
    struct fault *why);

/* The next tuf_repo_release names no segment any more that begins before generation ${oldest}. */
void tuf_repo_forget_segments(struct tuf_repo *r, uint64_t oldest);

/* Publish the started file. What is published as ${out->name} on the way in, if not empty, is no longer then.
 * *out says what was published. ERR_FULL: nothing was. */
enum err tuf_repo_release(struct tuf_repo *r, const struct tuf_release *release, int64_t now,
    struct tuf_target *out, struct fault *why);

/* Publish other words about files that are there: ${put} (or NULL) is put in, its file found under ${from} (a
 * published name), and ${drop} (or NULL) is no longer published. No file is written but metadata. */
struct tuf_repo_words {
	struct tuf_target *put;
	const char *from, *drop;
};
enum err tuf_repo_say(struct tuf_repo *r, struct tuf_repo_words words, int64_t now, struct fault *why);

/* Remove files that no published metadata names and that were not touched for ${keep} seconds: sealed files, and
 * metadata but roots. *count says how many. */
enum err tuf_repo_prune(struct tuf_repo *r, int64_t now, int64_t keep, size_t *count,
    struct fault *why);

/* Sign the timestamp anew, and before it what has less than a third of its life left or other keys by now.
 * Targets whose keys are not here, or sealed, are left as they are as long as they hold: *targets_due then says
 * that somebody must bring them. ERR_NOT_FOUND: nothing was released yet, or keys are missing. */
enum err tuf_repo_resign(struct tuf_repo *r, int64_t now, bool *targets_due, struct fault *why);

/* Of what is published: version and expiry; 0 when there is none. TUF_ROOT included. */
int64_t tuf_repo_version(const struct tuf_repo *r, enum tuf_role role);
int64_t tuf_repo_expires(const struct tuf_repo *r, enum tuf_role role);

#endif
