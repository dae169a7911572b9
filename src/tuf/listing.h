/* tuf/listing.h: what timestamp and snapshot say of other metadata files (TUF 1.0.34, section 4.4). */
#ifndef HOLDFAST_TUF_LISTING_H
#define HOLDFAST_TUF_LISTING_H

#include "tuf/metadata.h"

/* What is said of one file. */
struct tuf_listed {
	int64_t version;
	bool has_length, has_sha256;
	int64_t length;
	uint8_t sha256[32];
};

/* What ${m}, a timestamp or a snapshot, says of ${role}. ERR_MALFORMED, also when it says nothing;
 * ERR_UNSUPPORTED: only digests of other kinds than SHA-256. */
enum err tuf_listing_find(const struct tuf_metadata *m, enum tuf_role role, struct tuf_listed *out,
    struct fault *why);

/* Test every entry of ${m}: safe names and sound versions; and that the file that must be there is:
 * a timestamp names the snapshot, a snapshot the targets. ERR_MALFORMED. */
enum err tuf_listing_check(const struct tuf_metadata *m, struct fault *why);

/* ERR_CONFLICT when a file that ${old} lists is missing from ${now} or has a lower version there. */
enum err tuf_listing_no_rollback(const struct tuf_metadata *old, const struct tuf_metadata *now,
    struct fault *why);

/* ERR_FORGED when ${file} is not as long as listed or has another digest. */
enum err tuf_listed_check(const struct tuf_listed *listed, struct bytes file, struct fault *why);

#endif
