/* tuf/target.h: what targets metadata says of one file, and of the release that it is
 * (TUF 1.0.34, section 4.5). */
#ifndef HOLDFAST_TUF_TARGET_H
#define HOLDFAST_TUF_TARGET_H

#include "tuf/limits.h"
#include "tuf/metadata.h"

/* Holdfast's own words about a target, in its "custom":
 * {"generation": 7, "epoch": "1", "percent": 10, "plain": {"length": 123, "sha256": "..."}} */
struct tuf_release {
	uint64_t generation;		/* from 1, grows with each release */
	char epoch[TUF_EPOCH_SIZE];	/* names the key that the file is sealed with */
	uint32_t percent;		/* of devices that may take it; 100 unless it says so */
	uint64_t plain_length;		/* of what is sealed */
	uint8_t plain_sha256[32];	/* likewise */
};

/* What a segment's "custom" says: {"from": 6, "to": 8, "epoch": "1"}. It is sealed, too, and holds the change between two
 * generations (delta/delta.h). */
struct tuf_segment {
	uint64_t from, to;
	char epoch[TUF_EPOCH_SIZE];
};

struct tuf_target {
	char name[TUF_NAME_SIZE];
	char path[TUF_PATH_SIZE];	/* where it lies, relative to the repository's targets/ */
	uint64_t length;		/* of the file as it is fetched */
	struct tuf_digests digests;	/* likewise */
	bool is_release;		/* whether ${release} was given */
	struct tuf_release release;
	bool is_segment;
	struct tuf_segment segment;
};

/* The name of the segment between two generations: "segment.6-8". */
void tuf_segment_name(uint64_t from, uint64_t to, char out[static TUF_NAME_SIZE]);

/* What ${targets} itself says of ${name}; ${consistent} as the root has it. ERR_NOT_FOUND: nothing; others to
 * whom it delegates may (client.h). ERR_MALFORMED, also for an unsafe name. */
enum err tuf_target_find(const struct tuf_metadata *targets, const char *name, bool consistent,
    struct tuf_target *out, struct fault *why);

/* Set ${target}'s length and SHA-256 from the whole file at ${fd}, and its path from its name, as in a
 * consistent repository. Leaves the position of ${fd} alone. ERR_IO, ERR_NOMEM, ERR_UNSUPPORTED. */
enum err tuf_target_measure(struct tuf_target *target, int fd, struct fault *why);

/* Set ${target}'s path from its name and digest, as in a consistent repository. */
void tuf_target_place(struct tuf_target *target);

/* Read the whole file at ${fd}, whose position is left alone. ERR_FORGED: it is not that target. */
enum err tuf_target_check(const struct tuf_target *target, int fd, struct fault *why);

/* As the JSON object of a target in targets metadata; the caller releases it. NULL: no memory. */
json_t *tuf_target_write(const struct tuf_target *target);

#endif
