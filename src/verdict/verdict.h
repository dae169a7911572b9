/* verdict/verdict.h: what a scan says about one object, and its form as a message.
 * Owns findings, the reasons why a scan is incomplete, and their words. Knows no scanner: it is
 * what crosses from the worker, which may be captured, to those who act on it. */
#ifndef HOLDFAST_VERDICT_VERDICT_H
#define HOLDFAST_VERDICT_VERDICT_H

#include "base/buf.h"
#include "base/reader.h"

/* Long enough for every name in the sets we know (the longest has 120 bytes). With the NUL. */
#define VERDICT_SIGNATURE_SIZE 256
/* A place inside the object; longer ones lose their middle. With the NUL. */
#define VERDICT_WHERE_SIZE 512
/* Findings beyond these are counted, not listed: nobody reads them, and a verdict is one
 * message. */
#define VERDICT_FINDINGS_MAX 256
#define VERDICT_FINDINGS_BYTES 49152
/* A written verdict is never longer: the findings, a place for each reason, and the numbers. */
#define VERDICT_BYTES_MAX 60000

enum verdict_kind {
	VERDICT_NONE = 0,	/* not scanned, or not to its end: never a reason to trust it */
	VERDICT_CLEAN,
	VERDICT_INFECTED,	/* wins over all others */
	VERDICT_SUSPICIOUS,	/* wins over incomplete */
	VERDICT_INCOMPLETE,	/* nothing found, but not everything was looked at */
	VERDICT_KINDS
};

/* Why something was not looked at. Each may come with a finding beside it. */
enum verdict_gap {
	VERDICT_GAP_NONE = 0,
	VERDICT_GAP_DEPTH,	/* nested deeper than the limit */
	VERDICT_GAP_OBJECTS,	/* more objects inside than the limit */
	VERDICT_GAP_BYTES,	/* unpacks to more bytes than the limit */
	VERDICT_GAP_RATIO,	/* unpacks to too many times its own size */
	VERDICT_GAP_SIZE,	/* an object inside is over the limit: only its start was seen */
	VERDICT_GAP_MEMORY,	/* unpacking needs more memory than the limit */
	VERDICT_GAP_TIME,	/* over the time for one file */
	VERDICT_GAP_ENCRYPTED,	/* needs a password */
	VERDICT_GAP_DAMAGED,	/* cannot be read to its end */
	VERDICT_GAP_UNSUPPORTED, /* packed by a method that we do not undo */
	VERDICT_GAP_UNREADABLE,	/* the system would not let it be read */
	VERDICT_GAP_SCANNER,	/* the scanner failed on it */
	VERDICT_GAPS
};

struct verdict_finding {
	enum verdict_kind kind;	/* VERDICT_INFECTED or VERDICT_SUSPICIOUS */
	const char *signature;	/* plain text, never empty */
	const char *where;	/* such as "a.tar/b.zip/x.com"; "" is the object itself; plain */
};

/* The first place at which a reason came up; count is 0 when it did not. */
struct verdict_missed {
	uint64_t count;
	char where[VERDICT_WHERE_SIZE];
};

/* To be read freely, changed only through the functions below. */
struct verdict {
	bool finished;		/* set by verdict_finish */
	struct verdict_finding *findings;
	size_t finding_count;
	size_t finding_bytes;
	uint64_t findings_unlisted;	/* beyond the ceilings */
	struct verdict_missed missed[VERDICT_GAPS];	/* [0] is not used */
	uint64_t objects;	/* looked at, the outermost included */
	uint64_t bytes;		/* looked at, unpacked ones included */
};

void verdict_init(struct verdict *v);

/* Free what it holds; it is then as after verdict_init. NULL is fine. */
void verdict_fini(struct verdict *v);

/* Record a finding of ${kind} (INFECTED or SUSPICIOUS). Bytes unfit to be shown are replaced. The
 * same signature at the same place counts once. ERR_NOMEM: it is counted as unlisted, so that
 * the verdict holds even so; callers may go on. */
enum err verdict_add_finding(struct verdict *v, enum verdict_kind kind, const char *signature,
    const char *where);

/* Record that something was not looked at. Cannot fail. */
void verdict_add_gap(struct verdict *v, enum verdict_gap gap, const char *where);

/* The scan came to its end, whatever it found: without this the kind stays VERDICT_NONE. */
void verdict_finish(struct verdict *v);

/* The one word: infected before suspicious before incomplete before clean. */
enum verdict_kind verdict_kind(const struct verdict *v);

/* "clean", "infected", "suspicious", "incomplete", "not scanned". For people and for JSON. */
const char *verdict_kind_name(enum verdict_kind kind);

/* A stable name for programs ("depth", "encrypted"), and the words for a person, such as
 * "it is encrypted: only someone with the password can look inside". */
const char *verdict_gap_name(enum verdict_gap gap);
const char *verdict_gap_words(enum verdict_gap gap);

/* Append it as a message part. The error sticks in ${out}; needs at most VERDICT_BYTES_MAX. */
void verdict_write(const struct verdict *v, struct buf *out);

/* Take one off ${r}; the caller calls verdict_fini(out), on success only. ERR_MALFORMED: anything
 * that verdict_write does not write, such as text unfit to be shown. ERR_NOMEM. */
enum err verdict_read(struct reader *r, struct verdict *out);

#endif
