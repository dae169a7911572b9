/* sigdb/signature.h: a signature that is more than one row of bytes, in memory and encoded.
 * Every signature of .ndb and .ldb has this form while it is compiled; those that are only bytes at a
 * place are then stored as a pattern alone. Owns the encoding. Must not know sources or objects. */
#ifndef HOLDFAST_SIGDB_SIGNATURE_H
#define HOLDFAST_SIGDB_SIGNATURE_H

#include "match/part.h"
#include "sigdb/expression.h"
#include "sigdb/limits.h"

/* Where a body may start. */
enum where_kind {
	WHERE_NONE = 0,
	WHERE_ANY,
	WHERE_START,	    /* from an offset of the object on */
	WHERE_END,	    /* from an offset before its end on: EOF-n */
	WHERE_ENTRY,	    /* behind the entry point: EP+n */
	WHERE_BEFORE_ENTRY, /* before it: EP-n */
	WHERE_SECTION,	    /* behind the start of section ${number}: Sx+n */
	WHERE_LAST_SECTION, /* SL+n */
	WHERE_IN_SECTION,   /* anywhere in section ${number}: SEx */
	WHERE_VERSION,	    /* at a version information: VI */
	WHERE_KINDS
};

struct where {
	uint8_t kind;	/* enum where_kind */
	uint8_t number;
	uint32_t from, shift;
};

/* How a part follows the one before it. */
#define GAP_ENDLESS UINT32_MAX
struct link {
	uint32_t min, max;	/* bytes between; max may be GAP_ENDLESS */
	bool first, last;	/* of its body */
};

enum sub_kind {
	SUB_NONE = 0,
	SUB_BODY,	/* parts: one body, or two of which either counts (wide and not) */
	SUB_REGEX,	/* PCRE, tried where ${trigger} holds */
	SUB_COMPARE,	/* a number in the object, beside where subsignature ${of} matched */
	SUB_KINDS
};

enum regex_flag {
	REGEX_GLOBAL = 1,	/* g: count all matches */
	REGEX_ROLLING = 2,	/* r: from the offset on, rather than at it */
	REGEX_ENCOMPASS = 4,	/* e: between offset and offset + shift */
	REGEX_CASELESS = 8,
	REGEX_DOTALL = 16,
	REGEX_MULTILINE = 32,
	REGEX_EXTENDED = 64,
	REGEX_ANCHORED = 128,
	REGEX_DOLLAR_END = 256,
	REGEX_UNGREEDY = 512
};

enum compare_base { COMPARE_HEX = 1, COMPARE_DECIMAL, COMPARE_AUTO, COMPARE_RAW };

struct comparison {
	uint8_t of;		/* a subsignature */
	uint8_t base;		/* enum compare_base */
	bool big, exact;	/* byte order; as many digits as asked */
	uint32_t bytes;
	int64_t offset;		/* from where the subsignature matched */
	uint8_t count;		/* of conditions: one or two, both of which must hold */
	struct {
		char op;	/* '<' '>' '=' */
		int64_t value;
	} conditions[2];
};

struct sub {
	uint8_t kind;			/* enum sub_kind */
	struct where where;
	uint32_t part_first, part_count;
	uint32_t flags;			/* enum regex_flag */
	struct bytes regex;
	const struct step *trigger;
	uint32_t trigger_count;
	struct comparison compare;
};

struct range {
	bool given;
	uint32_t min, max;
};

enum { INTERMEDIATES_MAX = 8 };

struct signature {
	uint32_t name;			/* its number */
	uint8_t target;			/* enum object_target */
	struct range file_size, entry_point, sections;
	uint8_t container;		/* enum object_type; 0: any */
	uint8_t intermediates[INTERMEDIATES_MAX];	/* innermost first; 0: any */
	uint8_t intermediate_count;
	const struct step *steps;
	uint32_t step_count;
	const struct sub *subs;
	uint32_t sub_count;
	const struct part *parts;
	const struct link *links;	/* one a part */
	uint32_t part_count;
	uint32_t atom_count;
};

/* Append the encoded form. */
void signature_write(const struct signature *s, struct buf *out);

/* Read it: one allocation, which the caller frees with free(). Bytes stay borrowed from ${code}.
 * ERR_MALFORMED, ERR_LIMIT, ERR_NOMEM. */
enum err signature_read(struct bytes code, struct signature **out);

/* Its conditions ask only whether its one body is there. */
static inline bool
signature_is_one_body(const struct signature *s)
{
	return s->sub_count == 1 && s->step_count == 1 && s->subs[0].kind == SUB_BODY &&
	    !s->file_size.given && !s->entry_point.given && !s->sections.given &&
	    s->container == 0 && s->intermediate_count == 0;
}

#endif
