/* match/patset.h: find many byte patterns in one pass over a text.
 * Owns the reading of a compiled set, which lies in someone else's memory, normally a mapped file.
 * Must not know signatures, file formats or verdicts. doc/matcher.md tells how it works.
 *
 * A compiled set is untrusted: what patset_open does not check is checked when it is used, so that
 * damage gives ERR_MALFORMED or wrong findings and never a read outside the image. */
#ifndef HOLDFAST_MATCH_PATSET_H
#define HOLDFAST_MATCH_PATSET_H

#include "base/bytes.h"
#include "base/err.h"

enum place_kind {
	PLACE_NONE = 0,	/* refused */
	PLACE_ANY,
	PLACE_START,	/* from byte ${from} of the object on */
	PLACE_END,	/* from ${from} bytes before its end on */
	PLACE_BEHIND,	/* from ${from} bytes behind a base of the object's on: patset_scan_bases */
	PLACE_BEFORE,	/* from ${from} bytes before it on */
	PLACE_KINDS
};

/* A base that the object does not have. */
#define PLACE_NO_BASE UINT64_MAX

struct patset;		/* immutable once open; share it freely among threads */
struct patset_scan;	/* scratch memory of one thread, reused for object after object */

/* Open the set that patset_build_write wrote. ${image} is borrowed until patset_close, at any
 * alignment. Takes microseconds, however large the set. ERR_MALFORMED, ERR_UNSUPPORTED (another
 * version), ERR_NOMEM. */
enum err patset_open(struct bytes image, struct patset **out);
void patset_close(struct patset *set);

/* How many patterns there are; they are numbered from 0 in the order in which they were added. */
uint32_t patset_count(const struct patset *set);

/* Bytes of a pattern; 0 when there is none such. */
uint32_t patset_length(const struct patset *set, uint32_t pattern);

/* Bytes by which the stretches of a streamed object must overlap: the longest pattern less one. */
size_t patset_overlap(const struct patset *set);

/* ${set} must outlive the scan. ERR_NOMEM. */
enum err patset_scan_new(const struct patset *set, struct patset_scan **out);
void patset_scan_free(struct patset_scan *scan);

/* Begin with an object of ${size} bytes: all patterns are wanted, all work is granted again. */
void patset_scan_begin(struct patset_scan *scan, uint64_t size);

/* Where the bases of this object lie, by number; those from ${count} on it does not have. Borrowed
 * until the next begin. To be called before the first text. */
void patset_scan_bases(struct patset_scan *scan, const uint64_t *bases, size_t count);

struct patset_hit {
	uint32_t pattern;
	uint64_t start;		/* offset in the object of the match's first byte */
};

/* What the hearer of a hit wants next. */
enum patset_want {
	PATSET_STOP = 0,	/* nothing more of this object */
	PATSET_OTHERS,		/* no more hits of this pattern in this object; cheaper */
	PATSET_ALL
};

typedef enum patset_want patset_hit_fn(void *ctx, struct patset_hit hit);

/* Report every match that lies wholly inside ${text}, the object's bytes from ${offset} on. A
 * longer object is given in stretches that overlap by patset_overlap bytes; a match inside an
 * overlap is reported twice. ERR_CLOSED: ${hit} said stop, also to an earlier stretch. ERR_LIMIT:
 * the work that is allowed for one object is spent; hits so far were reported. ERR_MALFORMED: the
 * image is damaged; what could be searched was. */
enum err patset_scan_text(
    struct patset_scan *scan, struct bytes text, uint64_t offset, patset_hit_fn *hit, void *ctx);

#endif
