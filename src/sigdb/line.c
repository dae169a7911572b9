/* sigdb/line.c: see line.h. */
#include "sigdb/line.h"

#include "base/text.h"
#include "match/digestset.h"
#include "sigdb/body.h"
#include "sigdb/object.h"
#include "sigdb/where.h"

/* Say why a line is left out. */
static enum sigdb_reason
refuse(enum sigdb_reason reason, const char *why, const char **words)
{
	*words = why;
	return reason;
}

bool
line_split(struct bytes line, struct line_fields *f)
{
	f->n = 0;
	for (;;) {
		size_t colon = bytes_find(line, ':');

		if (f->n == LINE_FIELDS_MAX)
			return false;
		f->at[f->n++] = bytes_first(line, colon);
		if (colon == line.n)
			return true;
		line = bytes_from(line, colon + 1);
	}
}

enum sigdb_reason
line_read_name(struct bytes field, char name[static SIGDB_NAME_SIZE], const char **words)
{
	if (field.n == 0)
		return refuse(SIGDB_MALFORMED, "the name is empty", words);
	switch (text_from_bytes(name, SIGDB_NAME_SIZE, field)) {
	case ERR_NONE:
		break;
	case ERR_LIMIT:
		return refuse(SIGDB_TOO_LONG, "the name is longer than 255 bytes", words);
	default:
		return refuse(SIGDB_MALFORMED, "the name holds a NUL", words);
	}
	if (!text_is_plain(name))
		return refuse(SIGDB_MALFORMED, "the name is not plain UTF-8 text", words);
	return SIGDB_TAKEN;
}

/* The levels at fields ${at} and ${at} + 1, if they are there. ${min} is 0 when it is not. */
static enum sigdb_reason
read_levels(const struct line_fields *f, size_t at, uint64_t *min, const char **words)
{
	uint64_t max = UINT32_MAX;

	*min = 0;
	if (f->n > at && text_to_u64(f->at[at], UINT32_MAX, min) != ERR_NONE)
		return refuse(SIGDB_MALFORMED, "the least functionality level is no number", words);
	if (f->n > at + 1 && text_to_u64(f->at[at + 1], UINT32_MAX, &max) != ERR_NONE)
		return refuse(
		    SIGDB_MALFORMED, "the greatest functionality level is no number", words);
	if (*min > SIGDB_LEVEL_OURS)
		return refuse(SIGDB_LEVEL, "it is meant for a newer functionality level", words);
	if (max < SIGDB_LEVEL_OURS)
		return refuse(SIGDB_LEVEL, "it is meant for an older functionality level", words);
	return SIGDB_TAKEN;
}

enum sigdb_reason
line_check_levels(const struct line_fields *f, size_t at, const char **words)
{
	uint64_t min;

	return read_levels(f, at, &min, words);
}

/* 0 to 15; 16 for what is no hex digit. */
static unsigned
hex_digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - (unsigned)'0';
	if (c >= 'a' && c <= 'f')
		return c - (unsigned)'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - (unsigned)'A' + 10;
	return 16;
}

static bool
read_digest(struct bytes hex, struct line_hash *out)
{
	static const enum hash_kind kinds[] = { HASH_MD5, HASH_SHA1, HASH_SHA256 };

	memset(out->digest, 0, sizeof out->digest);
	out->kind = HASH_NONE;
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
		if (hex.n == 2 * hash_size(kinds[i]))
			out->kind = kinds[i];
	if (out->kind == HASH_NONE)
		return false;
	for (size_t i = 0; i < hex.n; i++) {
		unsigned digit = hex_digit(hex.p[i]);

		if (digit > 15)
			return false;
		out->digest[i / 2] = (uint8_t)((unsigned)out->digest[i / 2] << 4 | digit);
	}
	return true;
}

static enum sigdb_reason
read_size(struct bytes field, uint64_t min_level, uint32_t *out, const char **words)
{
	uint64_t size;

	if (bytes_equal_text(field, "*")) {
		if (min_level < SIGDB_LEVEL_ANY_SIZE)
			return refuse(SIGDB_MALFORMED,
			    "a hash of any size needs a functionality level of 73 or more", words);
		*out = DIGEST_ANY_SIZE;
		return SIGDB_TAKEN;
	}
	switch (text_to_u64(field, DIGEST_ANY_SIZE - 1, &size)) {
	case ERR_NONE:
		break;
	case ERR_LIMIT:
		return refuse(SIGDB_TOO_LONG, "the size is over 4 GiB", words);
	default:
		return refuse(SIGDB_MALFORMED, "the size is no number", words);
	}
	if (size == 0)
		return refuse(SIGDB_MALFORMED, "the size is 0", words);
	*out = (uint32_t)size;
	return SIGDB_TAKEN;
}

static enum sigdb_reason
read_hash_fields(const struct line_fields *f, size_t hash_at, struct line_hash *out, const char **words)
{
	enum sigdb_reason reason;
	uint64_t level;

	if (!read_digest(f->at[hash_at], out))
		return refuse(
		    SIGDB_MALFORMED, "the hash is no MD5, SHA-1 or SHA-256 in hex", words);
	if ((reason = line_read_name(f->at[2], out->name, words)) != SIGDB_TAKEN)
		return reason;
	if ((reason = read_levels(f, 3, &level, words)) != SIGDB_TAKEN)
		return reason;
	return read_size(f->at[1 - hash_at], level, &out->size, words);
}

enum sigdb_reason
line_read_hash(struct bytes line, struct line_hash *out, const char **words)
{
	struct line_fields f;

	if (!line_split(line, &f) || f.n < 3 || f.n > 5)
		return refuse(SIGDB_MALFORMED, "it has not 3 to 5 fields", words);
	return read_hash_fields(&f, 0, out, words);
}

enum sigdb_reason
line_read_section_hash(struct bytes line, struct line_hash *out, const char **words)
{
	struct line_fields f;

	if (!line_split(line, &f) || f.n < 3 || f.n > 5)
		return refuse(SIGDB_MALFORMED, "it has not 3 to 5 fields", words);
	return read_hash_fields(&f, 1, out, words);
}

static enum sigdb_reason
read_target(struct bytes field, uint8_t *out, const char **words)
{
	uint64_t target = 0;

	/* ClamAV takes an empty one for 0. */
	if (field.n > 0 && text_to_u64(field, 1000, &target) != ERR_NONE)
		return refuse(SIGDB_MALFORMED, "the target is no file type's number", words);
	if (target >= TARGETS)
		return refuse(SIGDB_LATER, "it is for a file type that is not known", words);
	*out = (uint8_t)target;
	return SIGDB_TAKEN;
}

enum sigdb_reason
line_read_body(struct bytes line, struct draft *out, const char **words)
{
	struct signature *s = &out->signature;
	struct sub *sub = &out->subs[0];
	enum sigdb_reason reason;
	struct line_fields f;
	uint64_t level;

	if (!line_split(line, &f) || f.n < 4 || f.n > 6)
		return refuse(SIGDB_MALFORMED, "it has not 4 to 6 fields", words);
	*sub = (struct sub){ .kind = SUB_BODY };
	if ((reason = line_read_name(f.at[0], out->name_room, words)) != SIGDB_TAKEN ||
	    (reason = read_levels(&f, 4, &level, words)) != SIGDB_TAKEN ||
	    (reason = read_target(f.at[1], &s->target, words)) != SIGDB_TAKEN ||
	    (reason = where_read(f.at[2], s->target, &sub->where, words)) != SIGDB_TAKEN ||
	    (reason = body_read(out, f.at[3], (struct body_modifiers){ false }, &sub->part_first,
		 &sub->part_count, words)) != SIGDB_TAKEN)
		return reason;
	s->sub_count = 1;
	out->steps[0] = (struct step){ .kind = STEP_COUNT };
	s->step_count = 1;
	return SIGDB_TAKEN;
}
