/* sigdb/sigdb.h: open a compiled signature database (.hfdb) and match objects with it.
 * Owns the mapping. Must not know containers or what a finding leads to.
 *
 * The file is untrusted: damage gives an error when it is opened or used, or wrong findings, never
 * a read outside it. It must not be cut short while it is mapped (replace it by rename). */
#ifndef HOLDFAST_SIGDB_SIGDB_H
#define HOLDFAST_SIGDB_SIGDB_H

#include "base/bytes.h"
#include "base/err.h"
#include "base/source.h"

/* What a signature looks at. */
enum sigdb_kind {
	SIGDB_MD5 = 0,
	SIGDB_SHA1,
	SIGDB_SHA256,
	SIGDB_SECTION_HASH,	/* of one section of a PE file */
	SIGDB_IMPORT_HASH,	/* of what a PE file imports */
	SIGDB_TRUSTED_HASH,	/* of a file in which nothing is to be found */
	SIGDB_BODY_PATTERN,
	SIGDB_LOGICAL,
	SIGDB_MEMBER,		/* of what a container says of something inside it */
	SIGDB_KINDS
};

/* A few constant words for each kind, such as "body patterns". */
const char *sigdb_kind_words(enum sigdb_kind kind);

#define SIGDB_NAME_SIZE 256	/* bytes of the longest name of a signature, with its NUL */
#define SIGDB_DIGEST_SIZE 32

struct sigdb_info {
	uint64_t generation;
	int64_t built;			/* seconds since 1970 */
	uint64_t signatures[SIGDB_KINDS];
	uint8_t digest[SIGDB_DIGEST_SIZE]; /* SHA-256 of all behind the header; names the content */
};

struct sigdb;			/* immutable once open; share it freely among threads */

/* Map the database read-only. ${fd} is borrowed and may be closed afterwards. Takes milliseconds
 * however large it is, because only the header's checksum is tested; see sigdb_verify.
 * ERR_TRUNCATED, ERR_MALFORMED, ERR_UNSUPPORTED (another version), ERR_IO, ERR_NOMEM. */
enum err sigdb_open(int fd, struct sigdb **out, struct fault *why);

/* As sigdb_open, over memory that is borrowed until sigdb_close. */
enum err sigdb_open_memory(struct bytes file, struct sigdb **out, struct fault *why);
void sigdb_close(struct sigdb *db);

/* Borrowed until sigdb_close. */
const struct sigdb_info *sigdb_info(const struct sigdb *db);

/* Read the whole file and test its digest: once after it arrived, before it is trusted.
 * ERR_FORGED, ERR_NOMEM. */
enum err sigdb_verify(const struct sigdb *db, struct fault *why);

/* Scratch memory for one thread, about 300 KiB, used for object after object. */
struct sigdb_matcher;

/* Everything that later matching needs is made here. ${db} must outlive it. ERR_NOMEM;
 * ERR_UNSUPPORTED when the system's policy forbids a digest that the database needs. */
enum err sigdb_matcher_new(const struct sigdb *db, struct sigdb_matcher **out);
void sigdb_matcher_free(struct sigdb_matcher *m);

/* What the next objects lie in: ${types} are numbers of object_type_by_name() (sigdb/object.h), the
 * innermost first; borrowed until the next call. Until then: in nothing. */
void sigdb_matcher_inside(struct sigdb_matcher *m, const uint8_t *types, size_t count);

/* A stretch of the object, [start, end), in which a part of subsignature ${sub} of signature ${name}
 * stands, whether all of the signature matches or not. */
struct sigdb_part {
	const char *name;
	uint32_t sub;
	uint64_t start, end;
};

typedef void sigdb_part_fn(void *ctx, const struct sigdb_part *part);

/* Tell ${part} of all parts that are found from now on, for those who write signatures; NULL: no more. */
void sigdb_matcher_trace(struct sigdb_matcher *m, sigdb_part_fn *part, void *ctx);

/* One signature matched; ${name} is borrowed for the call. Return false to stop. */
typedef bool sigdb_found_fn(void *ctx, const char *name);

/* What a container does not say of a member. */
#define SIGDB_UNKNOWN UINT64_MAX

/* What a container says of something inside it. */
struct sigdb_member {
	struct bytes name;		/* as it stands there */
	uint8_t container;		/* a number of object_type_by_name() */
	uint64_t container_size;	/* bytes of all of it */
	uint64_t packed, size;		/* bytes of the member in the container, and unpacked */
	uint64_t position;		/* among the members, from 1 */
	bool encrypted;
	bool has_crc;
	uint32_t crc;
};

/* Match what is said of one member; ${all} and ${found} as for sigdb_match, and it need not be readable.
 * ERR_LIMIT: an expression for its name costs too much. ERR_MALFORMED, ERR_NOMEM. */
enum err sigdb_match_member(struct sigdb_matcher *m, const struct sigdb_member *member, bool all,
    sigdb_found_fn *found, void *ctx);

/* Match one object. With ${all} every signature that matches is reported, each once; else only the
 * first. Streams a file in windows by pread(2), and makes no other system call but for memory.
 * All of these come after what was found until then has been reported, and mean that the object is
 * not known to be clean:
 * ERR_LIMIT: verifying candidates cost more than one object may. ERR_TRUNCATED: the file became
 * shorter meanwhile. ERR_MALFORMED: the database is damaged. ERR_IO.
 * That ${found} said stop is ERR_NONE. */
enum err sigdb_match(struct sigdb_matcher *m, const struct source *object, bool all,
    sigdb_found_fn *found, void *ctx);

#endif
