/* sigdb/dbfile.h: the outer form of a compiled database: a header, then sections.
 * Owns the layout; must not know what is inside a section. All numbers are little-endian.
 *
 *	magic 8, version u32, sections u32, file size u64, generation u64, time built i64,
 *	counts of signatures u64 each, a row (offset u64, length u64) for each section,
 *	SHA-256 of all behind the header, SHA-256 of the header up to here. */
#ifndef HOLDFAST_SIGDB_DBFILE_H
#define HOLDFAST_SIGDB_DBFILE_H

#include "sigdb/object.h"
#include "sigdb/sigdb.h"

/* What hashes are of; each has a table for each kind of digest. */
enum digest_use { DIGEST_OF_FILE = 0, DIGEST_OF_SECTION, DIGEST_OF_IMPORTS, DIGEST_TRUSTED, DIGEST_USES };
enum { DIGEST_KINDS = 3, DIGEST_TABLES = DIGEST_USES * DIGEST_KINDS };

enum dbfile_section {
	SECTION_PATTERNS = 0, /* match/patset.h, one for each target */
	/* u32 a pattern, for each target: its name's number, or BODY_IS_ANCHOR and the number of an
	 * anchor. */
	SECTION_BODIES = SECTION_PATTERNS + TARGETS,
	SECTION_ANCHORS = SECTION_BODIES + TARGETS, /* u32 signature, u32 which of its parts */
	SECTION_CODE_ENDS, /* u32 a signature: where it ends in the next section */
	SECTION_CODE,	   /* sigdb/signature.h, scrambled */
	SECTION_ALWAYS,	   /* u32 target, u32 signature: those that no anchor wakes */
	SECTION_MEMBERS,   /* sigdb/member.h, scrambled */
	SECTION_DIGESTS,   /* match/digestset.h, for each use and kind; ids are names' numbers */
	SECTION_NAME_ENDS = SECTION_DIGESTS + DIGEST_TABLES, /* u32 a name: where it ends in the next section, and the next begins */
	SECTION_NAMES,	   /* scrambled, without NULs */
	SECTIONS
};

#define BODY_IS_ANCHOR (UINT32_C(1) << 31)

#define DBFILE_VERSION 3
#define DBFILE_HEADER (40 + 8 * SIGDB_KINDS + 16 * SECTIONS + 2 * SIGDB_DIGEST_SIZE)
#define DBFILE_ALIGN 64	/* sections begin at multiples of it, for the caches' sake */

struct dbfile_header {
	struct sigdb_info info;
	uint64_t size;			/* of the file */
	struct {
		uint64_t offset, length;
	} sections[SECTIONS];
};

/* Write the DBFILE_HEADER bytes of ${h}. ERR_NOMEM; ERR_UNSUPPORTED as crypto/hash.h. */
enum err dbfile_write_header(const struct dbfile_header *h, uint8_t out[static DBFILE_HEADER]);

/* Read and test the header of ${file} and carve out its sections; they lie inside ${file}.
 * ERR_TRUNCATED, ERR_MALFORMED, ERR_UNSUPPORTED, ERR_NOMEM. */
enum err dbfile_read(struct bytes file, struct sigdb_info *info,
    struct bytes sections[static SECTIONS], struct fault *why);

/* All behind the header, which the digest in it covers. */
struct bytes dbfile_body(struct bytes file);

#endif
