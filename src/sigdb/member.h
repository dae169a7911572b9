/* sigdb/member.h: what a signature says of something inside a container: its name, its sizes, where it
 * stands. Lines of .cdb, their form in the database, and whether they hold. Owns the encoding.
 * Must not know containers: what they say of a member is a value (struct sigdb_member). */
#ifndef HOLDFAST_SIGDB_MEMBER_H
#define HOLDFAST_SIGDB_MEMBER_H

#include "base/buf.h"
#include "base/reader.h"
#include "sigdb/build.h"
#include "sigdb/regex.h"

/* What has a range of its own. */
enum member_number { MEMBER_CONTAINER_SIZE = 0, MEMBER_PACKED, MEMBER_SIZE, MEMBER_POSITION, MEMBER_NUMBERS };

enum member_lock { MEMBER_ANY = 0, MEMBER_OPEN, MEMBER_ENCRYPTED, MEMBER_LOCKS };

struct member_rule {
	uint32_t name;			/* the signature's, as a number */
	uint8_t container;		/* of object_type_by_name(); 0: any */
	uint8_t lock;			/* enum member_lock */
	bool has_crc;
	uint32_t crc;
	struct {
		bool given;
		uint64_t min, max;
	} ranges[MEMBER_NUMBERS];
	struct bytes pattern;		/* of its name; empty: any. Borrowed */
};

/* .cdb: NAME:CONTAINER:CONTAINERSIZE:FILENAME:PACKED:SIZE:ENCRYPTED:POSITION:CRC:RESERVED[:MINLEVEL[:MAXLEVEL]].
 * ${out}->pattern is borrowed from the line. As line_read_hash for what it returns. */
enum sigdb_reason member_read_line(struct bytes line, char name[static SIGDB_NAME_SIZE],
    struct member_rule *out, const char **words);

/* Append it to ${out}; read the next one back, whose pattern is borrowed from the reader's bytes.
 * ERR_MALFORMED. */
void member_write(const struct member_rule *rule, struct buf *out);
enum err member_read(struct reader *r, struct member_rule *out);

/* All rules of a database, and their expressions, which are compiled when they are first needed. */
struct member_set;

/* ${section} is scrambled, and copied. ERR_MALFORMED, ERR_NOMEM. */
enum err member_set_new(struct bytes section, struct member_set **out);
void member_set_free(struct member_set *set);

/* Tell ${found} the name's number of each rule that holds; it says false to stop. The first error, after
 * all were tried: ERR_LIMIT, ERR_NOMEM, ERR_MALFORMED. */
typedef bool member_found_fn(void *ctx, uint32_t name);
enum err member_set_match(struct member_set *set, const struct sigdb_member *member, member_found_fn *found,
    void *ctx);

#endif
