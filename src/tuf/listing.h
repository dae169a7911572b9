/* tuf/listing.h: what timestamp and snapshot say of other metadata files (TUF 1.0.34, section 4.4). */
#ifndef HOLDFAST_TUF_LISTING_H
#define HOLDFAST_TUF_LISTING_H

#include "tuf/metadata.h"

/* What is said of one file. */
struct tuf_listed {
	int64_t version;
	bool has_length, has_digests;
	int64_t length;
	struct tuf_digests digests;
};

/* What ${m}, a timestamp or a snapshot, says of the role ${name}. ERR_NOT_FOUND: nothing. ERR_MALFORMED;
 * ERR_UNSUPPORTED: only digests of kinds that we do not know. */
enum err tuf_listing_find(const struct tuf_metadata *m, const char *name, struct tuf_listed *out,
    struct fault *why);

/* Test every entry of ${m}: fit names and sound versions; and that the file that must be there is:
 * a timestamp names the snapshot, a snapshot the targets. ERR_MALFORMED. */
enum err tuf_listing_check(const struct tuf_metadata *m, struct fault *why);

/* ERR_CONFLICT when a file that ${old} lists is missing from ${now} or has a lower version there. */
enum err tuf_listing_no_rollback(const struct tuf_metadata *old, const struct tuf_metadata *now,
    struct fault *why);

/* True when ${m} is the very file that is listed. */
bool tuf_listed_is(const struct tuf_listed *listed, const struct tuf_metadata *m);

/* ERR_FORGED when ${file} is not as long as listed or has another digest. */
enum err tuf_listed_check(const struct tuf_listed *listed, struct bytes file, struct fault *why);

#endif
