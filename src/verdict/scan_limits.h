/* verdict/scan_limits.h: how far one scan may go, and the form of that as a message.
 * Lies here, below scan/ and pool/, because the caller sets it on one side of the sandbox and
 * the scan obeys it on the other. */
#ifndef HOLDFAST_VERDICT_SCAN_LIMITS_H
#define HOLDFAST_VERDICT_SCAN_LIMITS_H

#include "base/buf.h"
#include "base/reader.h"

/* For one file given to be scanned, with all that is inside. None may be 0. */
struct scan_limits {
	uint32_t depth;		/* containers within containers */
	uint32_t objects;	/* files inside, at all depths together */
	uint64_t bytes;		/* unpacked, at all depths together */
	uint32_t ratio;		/* unpacked bytes for each byte of the file ... */
	uint64_t ratio_from;	/* ... once so many are unpacked */
	uint64_t object_bytes;	/* of one object inside, which is held in memory */
	uint64_t memory_bytes;	/* of all objects held at one time */
	uint32_t time_ms;
};

/* Safe for a device in ordinary use; each value with its reason in scan_limits.c. */
struct scan_limits scan_limits_default(void);

/* Change ${limits} by ${text}: "NAME=VALUE", several with commas between them. Names: depth, objects,
 * bytes, ratio, ratio-from, object-bytes, memory, time. Bytes may end in K, M or G; time is a span
 * such as 30s. ERR_MALFORMED with a sentence; ${limits} changes only on success. */
enum err scan_limits_change(struct scan_limits *limits, const char *text, struct fault *why);

/* Append it as a message part; the error sticks in ${out}. */
void scan_limits_write(const struct scan_limits *l, struct buf *out);

/* ERR_MALFORMED when truncated or when any is 0. ${out} changes only on success. */
enum err scan_limits_read(struct reader *r, struct scan_limits *out);

#endif
