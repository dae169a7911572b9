/* sigdb/build.h: signature sources -> compiled database (.hfdb).
 * Owns what the sources said until it is written. Reads ClamAV's formats as
 * doc/matcher.md lists them; what it does not read it names and counts, so that nothing is dropped
 * without a word. Must not open files: the caller reads the sources and opens the database. */
#ifndef HOLDFAST_SIGDB_BUILD_H
#define HOLDFAST_SIGDB_BUILD_H

#include "base/bytes.h"
#include "base/err.h"
#include "match/rarity.h"
#include "sigdb/sigdb.h"

/* Why a line was left out. */
enum sigdb_reason {
	SIGDB_TAKEN = 0,
	SIGDB_MALFORMED, /* not what its kind of file holds */
	SIGDB_FILE_KIND, /* a kind of source that we do not read: the whole file is left out */
	SIGDB_LEVEL,	 /* meant for engines of another functionality level */
	SIGDB_LATER,	 /* asks for something that we do not do yet, which ${words} name */
	SIGDB_BODY,	 /* choices within choices and the like */
	SIGDB_IGNORED,	 /* a source says to leave it out: .ign, .ign2 */
	SIGDB_TOO_SHORT, /* fewer than two whole bytes in a row to search for */
	SIGDB_TOO_LONG,	 /* over one of the ceilings in limits.h */
	SIGDB_REASONS
};

/* A few constant words for each reason, such as "malformed". */
const char *sigdb_reason_words(enum sigdb_reason reason);

struct sigdb_skipped {
	const char *file;	/* as given to sigdb_build_add */
	size_t line;		/* from 1; 0 when the whole file was left out */
	enum sigdb_reason reason;
	const char *words;	/* what exactly, for a person */
};

/* Everything in ${skipped} is borrowed for the call. */
typedef void sigdb_skipped_fn(void *ctx, const struct sigdb_skipped *skipped);

struct sigdb_counts {
	uint64_t taken[SIGDB_KINDS];		/* by kind of signature */
	uint64_t skipped[SIGDB_REASONS];	/* lines, and for SIGDB_FILE_KIND files */
	uint64_t containers;			/* whose content fits the digest in their header */
	uint64_t signed_containers;		/* of those: signed by ClamAV's makers */
};

struct sigdb_build;

/* ERR_NOMEM. */
enum err sigdb_build_new(struct sigdb_build **out);
void sigdb_build_free(struct sigdb_build *b);

/* Show it an ordinary file, before the write: patterns are then searched for by what is rare there.
 * Speeds matching up, changes no finding; not needed. ERR_NOMEM: it was not regarded. */
enum err sigdb_build_learn(struct sigdb_build *b, struct bytes file);

/* Tell ${warn} of lines that are taken and not as good as they could be: reason is SIGDB_TAKEN, and words
 * say what is wrong. */
void sigdb_build_warn(struct sigdb_build *b, sigdb_skipped_fn *warn, void *ctx);

/* What of a source is read. */
enum sigdb_pass {
	SIGDB_PASS_ALL = 0,
	SIGDB_PASS_IGNORED,	/* only names that are to be ignored */
	SIGDB_PASS_REST		/* all but those */
};

/* Which part of the sources the next sigdb_build_add read: so that names are ignored whatever the order of
 * the sources, each may be added twice, once in each of the last two passes. */
void sigdb_build_pass(struct sigdb_build *b, enum sigdb_pass pass);

/* Has the source anything for this pass? If not, it need not be read. */
bool sigdb_build_wants(const struct sigdb_build *b, const char *name);

/* Read one source; its kind follows from the ending of ${name}. Names to be ignored (.ign, .ign2) hold for
 * what is added after them. Lines that are malformed or not
 * supported are told to ${skipped} (which may be NULL) and counted; they are no error.
 * A .cvd, .cld or .cud is unpacked: what is in it is read like sources of their own, named "a.cvd/b.ndb".
 * One that ClamAV's makers did not sign is warned of, and taken: private ones are not signed by them.
 * ERR_NOMEM; ERR_LIMIT: more signatures than a database holds. */
enum err sigdb_build_add(struct sigdb_build *b, const char *name, struct bytes text,
    sigdb_skipped_fn *skipped, void *ctx);

/* Is ${name} a source's, by its ending, that is read? */
bool sigdb_build_reads(const char *name);

/* So far, over all sources. */
const struct sigdb_counts *sigdb_build_counts(const struct sigdb_build *b);

/* What the publisher says of the database. */
struct sigdb_stamp {
	uint64_t generation;	/* grows with each release */
	int64_t built;		/* seconds since 1970 */
};

/* Write the database to ${fd}, an empty regular file, from its start; the caller syncs, closes and
 * renames. The same sources and stamp always give the same bytes. May be called once.
 * ERR_FULL, ERR_IO, ERR_NOMEM, ERR_LIMIT. */
enum err sigdb_build_write(struct sigdb_build *b, const struct sigdb_stamp *stamp, int fd,
    struct fault *why);

#endif
