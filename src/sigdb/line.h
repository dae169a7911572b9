/* sigdb/line.h: one line of a signature source, read.
 * The grammar is that of ClamAV's manual, "Body-based Signature Content Format" and "File hash
 * signatures". Owns nothing; must not know where lines come from or go. */
#ifndef HOLDFAST_SIGDB_LINE_H
#define HOLDFAST_SIGDB_LINE_H

#include "base/bytes.h"
#include "crypto/hash.h"
#include "sigdb/build.h"
#include "sigdb/draft.h"
#include "sigdb/limits.h"

/* .hdb, .hsb, .imp, .fp, .sfp: HASH:SIZE:NAME[:MINLEVEL[:MAXLEVEL]]; the digest's kind follows from its length.
 * .mdb, .msb: SIZE:HASH:NAME. */
struct line_hash {
	char name[SIGDB_NAME_SIZE];
	enum hash_kind kind;
	uint8_t digest[HASH_MAX];	/* zeros behind */
	uint32_t size;			/* or DIGEST_ANY_SIZE */
};

/* Fields between colons; no line has more. */
enum { LINE_FIELDS_MAX = 12 };

struct line_fields {
	struct bytes at[LINE_FIELDS_MAX];
	size_t n;
};

/* False: there are more. */
bool line_split(struct bytes line, struct line_fields *out);

/* The functionality levels at fields ${at} and ${at} + 1, if they are there, let us take it. */
enum sigdb_reason line_check_levels(const struct line_fields *f, size_t at, const char **words);

/* Read a line without its end. Anything but SIGDB_TAKEN says why not, with *words for a person;
 * ${out} then holds nothing of use. */
enum sigdb_reason line_read_hash(struct bytes line, struct line_hash *out, const char **words);
enum sigdb_reason line_read_section_hash(struct bytes line, struct line_hash *out, const char **words);

/* .ndb: NAME:TARGET:OFFSET:HEX[:MINLEVEL[:MAXLEVEL]], into an empty draft. */
enum sigdb_reason line_read_body(struct bytes line, struct draft *out, const char **words);

/* A name: not empty, at most 255 bytes, plain text. */
enum sigdb_reason line_read_name(struct bytes field, char name[static SIGDB_NAME_SIZE], const char **words);

#endif
