/* sigdb/member.c: see member.h. */
#include "sigdb/member.h"

#include <stdlib.h>

#include "base/array.h"
#include "base/text.h"
#include "match/scramble.h"
#include "sigdb/line.h"
#include "sigdb/object.h"

static enum sigdb_reason
refuse(enum sigdb_reason reason, const char *why, const char **words)
{
	*words = why;
	return reason;
}

/* "*", "n", or "a-b", of which an end that is 0 is none. */
static bool
read_range(struct bytes text, struct member_rule *out, enum member_number which)
{
	size_t dash = bytes_find(text, '-');
	uint64_t min, max;

	if (bytes_equal_text(text, "*"))
		return true;
	if (text_to_u64(bytes_first(text, dash), UINT32_MAX, &min) != ERR_NONE)
		return false;
	max = min;
	if (dash < text.n) {
		if (text_to_u64(bytes_from(text, dash + 1), UINT32_MAX, &max) != ERR_NONE ||
		    (max != 0 && max < min))
			return false;
		if (max == 0 && min != 0)
			max = SIGDB_UNKNOWN - 1;
	}
	out->ranges[which].given = true;
	out->ranges[which].min = min;
	out->ranges[which].max = max;
	return true;
}

/* The kinds of one family are one to us: nobody means only old ones. */
static bool
read_container(struct bytes text, uint8_t *out)
{
	if (bytes_equal_text(text, "*")) {
		*out = 0;
		return true;
	}
	if (bytes_equal_text(text, "CL_TYPE_OLD_TAR"))
		text = bytes_of_text("CL_TYPE_POSIX_TAR");
	if (bytes_start_with(text, "CL_TYPE_CPIO_"))
		text = bytes_of_text("CL_TYPE_CPIO_NEWC");
	*out = (uint8_t)object_type_by_name(text);
	return *out != 0 || bytes_equal_text(text, "CL_TYPE_ANY");
}

static bool
read_lock(struct bytes text, uint8_t *out)
{
	*out = bytes_equal_text(text, "1") ? MEMBER_ENCRYPTED :
	    bytes_equal_text(text, "0")	   ? MEMBER_OPEN :
					     MEMBER_ANY;
	return *out != MEMBER_ANY || bytes_equal_text(text, "*");
}

/* Up to eight hex digits. Only zip and rar have a sum; for others the field says nothing. */
static bool
read_crc(struct bytes text, struct member_rule *out)
{
	uint32_t crc = 0;

	if (bytes_equal_text(text, "*") ||
	    (out->container != object_type_by_name(bytes_of_text("CL_TYPE_ZIP")) &&
		out->container != object_type_by_name(bytes_of_text("CL_TYPE_RAR"))))
		return true;
	if (text.n == 0 || text.n > 8)
		return false;
	for (size_t i = 0; i < text.n; i++) {
		uint8_t c = text.p[i] | 0x20;

		if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')))
			return false;
		crc = crc << 4 | (c <= '9' ? c - 48U : c - 87U);
	}
	out->crc = crc;
	out->has_crc = crc != 0;
	return true;
}

static enum sigdb_reason
read_pattern(struct bytes text, struct member_rule *out, const char **words)
{
	struct fault why;

	if (text.n == 0)
		return refuse(SIGDB_MALFORMED, "the expression for the file's name is empty", words);
	if (bytes_equal_text(text, "*"))
		return SIGDB_TAKEN;
	if (text.n > MEMBER_PATTERN_MAX)
		return refuse(SIGDB_TOO_LONG, "the expression for the file's name is over 1024 bytes", words);
	if (regex_check(text, 0, &why) != ERR_NONE)
		return refuse(
		    SIGDB_MALFORMED, "the file's name is no regular expression, nor \"*\"", words);
	out->pattern = text;
	return SIGDB_TAKEN;
}

enum sigdb_reason
member_read_line(struct bytes line, char name[static SIGDB_NAME_SIZE], struct member_rule *out,
    const char **words)
{
	struct member_rule rule = { 0 };
	enum sigdb_reason reason;
	struct line_fields f;

	if (!line_split(line, &f) || f.n < 10 || f.n > 12)
		return refuse(SIGDB_MALFORMED, "it has not 10 to 12 fields", words);
	if ((reason = line_read_name(f.at[0], name, words)) != SIGDB_TAKEN ||
	    (reason = line_check_levels(&f, 10, words)) != SIGDB_TAKEN)
		return reason;
	if (!read_container(f.at[1], &rule.container))
		return refuse(SIGDB_MALFORMED, "its container is no known type", words);
	if (!read_range(f.at[2], &rule, MEMBER_CONTAINER_SIZE) ||
	    !read_range(f.at[4], &rule, MEMBER_PACKED) || !read_range(f.at[5], &rule, MEMBER_SIZE) ||
	    !read_range(f.at[7], &rule, MEMBER_POSITION))
		return refuse(SIGDB_MALFORMED, "a size or position is neither number, range nor \"*\"", words);
	if (!read_lock(f.at[6], &rule.lock))
		return refuse(SIGDB_MALFORMED, "\"encrypted\" is neither 0, 1 nor \"*\"", words);
	if (!read_crc(f.at[8], &rule))
		return refuse(SIGDB_MALFORMED, "the check sum is not in hex", words);
	if ((reason = read_pattern(f.at[3], &rule, words)) != SIGDB_TAKEN)
		return reason;
	*out = rule;
	return SIGDB_TAKEN;
}

void
member_write(const struct member_rule *rule, struct buf *out)
{
	buf_u32le(out, rule->name);
	buf_u8(out, rule->container);
	buf_u8(out, rule->lock);
	buf_u8(out, rule->has_crc);
	buf_u32le(out, rule->crc);
	for (size_t i = 0; i < MEMBER_NUMBERS; i++) {
		buf_u8(out, rule->ranges[i].given);
		buf_u64le(out, rule->ranges[i].min);
		buf_u64le(out, rule->ranges[i].max);
	}
	buf_put_blob(out, rule->pattern);
}

enum err
member_read(struct reader *r, struct member_rule *out)
{
	out->name = reader_u32le(r);
	out->container = reader_u8(r);
	out->lock = reader_u8(r);
	out->has_crc = reader_u8(r) != 0;
	out->crc = reader_u32le(r);
	for (size_t i = 0; i < MEMBER_NUMBERS; i++) {
		out->ranges[i].given = reader_u8(r) != 0;
		out->ranges[i].min = reader_u64le(r);
		out->ranges[i].max = reader_u64le(r);
	}
	out->pattern = reader_blob(r, MEMBER_PATTERN_MAX);
	return r->bad || out->lock >= MEMBER_LOCKS ? ERR_MALFORMED : ERR_NONE;
}

struct loaded_rule {
	struct member_rule rule;
	struct regex *regex;	/* NULL until it is needed */
};

struct member_set {
	struct loaded_rule *rules;
	size_t count, room;
	uint8_t *bytes;		/* the section, unscrambled */
};

enum err
member_set_new(struct bytes section, struct member_set **out)
{
	struct member_set *set = calloc(1, sizeof *set);
	struct reader r;
	enum err e = ERR_NOMEM;

	if (set == NULL || (set->bytes = malloc(section.n + 1)) == NULL)
		goto done;
	if (section.n > 0)
		memcpy(set->bytes, section.p, section.n);
	scramble_bytes(SCRAMBLE_MEMBERS, 0, set->bytes, section.n);
	r = reader_over(bytes_of(set->bytes, section.n));
	while (r.rest.n > 0) {
		struct loaded_rule rule = { .regex = NULL };

		if ((e = member_read(&r, &rule.rule)) != ERR_NONE ||
		    (e = array_grow((void **)&set->rules, &set->room, set->count + 1, sizeof rule)) !=
			ERR_NONE)
			goto done;
		set->rules[set->count++] = rule;
	}
	*out = set;
	set = NULL;
	e = ERR_NONE;
done:
	member_set_free(set);
	return e;
}

void
member_set_free(struct member_set *set)
{
	if (set == NULL)
		return;
	for (size_t i = 0; i < set->count; i++)
		regex_free(set->rules[i].regex);
	free(set->rules);
	free(set->bytes);
	free(set);
}

static bool
numbers_hold(const struct member_rule *rule, const struct sigdb_member *member)
{
	const uint64_t numbers[MEMBER_NUMBERS] = { [MEMBER_CONTAINER_SIZE] = member->container_size,
		[MEMBER_PACKED] = member->packed, [MEMBER_SIZE] = member->size,
		[MEMBER_POSITION] = member->position };

	for (size_t i = 0; i < MEMBER_NUMBERS; i++)
		if (rule->ranges[i].given &&
		    (numbers[i] < rule->ranges[i].min || numbers[i] > rule->ranges[i].max))
			return false;
	return true;
}

/* All but the name. */
static bool
rule_holds(const struct member_rule *rule, const struct sigdb_member *member)
{
	if (rule->container != 0 && rule->container != member->container)
		return false;
	if (rule->lock != MEMBER_ANY && (rule->lock == MEMBER_ENCRYPTED) != member->encrypted)
		return false;
	if (rule->has_crc && (!member->has_crc || member->crc != rule->crc))
		return false;
	return numbers_hold(rule, member);
}

static enum err
name_holds(struct loaded_rule *l, struct bytes name, bool *holds)
{
	struct fault why;
	size_t start, end;
	enum err e;

	*holds = true;
	if (l->rule.pattern.n == 0)
		return ERR_NONE;
	if (l->regex == NULL && (e = regex_new(l->rule.pattern, 0, &l->regex, &why)) != ERR_NONE)
		return e;
	e = regex_search(l->regex, name, 0, &start, &end);
	*holds = e == ERR_NONE;
	return e == ERR_NOT_FOUND ? ERR_NONE : e;
}

enum err
member_set_match(struct member_set *set, const struct sigdb_member *member, member_found_fn *found, void *ctx)
{
	enum err first = ERR_NONE, e;

	for (size_t i = 0; i < set->count; i++) {
		bool holds;

		if (!rule_holds(&set->rules[i].rule, member))
			continue;
		if ((e = name_holds(&set->rules[i], member->name, &holds)) != ERR_NONE)
			first = first == ERR_NONE ? e : first;
		else if (holds && !found(ctx, set->rules[i].rule.name))
			break;
	}
	return first;
}
