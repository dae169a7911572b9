/* sigdb/logical.c: see logical.h. */
#include "sigdb/logical.h"

#include "base/text.h"
#include "sigdb/body.h"
#include "sigdb/line.h"
#include "sigdb/object.h"
#include "sigdb/where.h"

static enum sigdb_reason
refuse(enum sigdb_reason reason, const char *why, const char **words)
{
	*words = why;
	return reason;
}

/* The next field up to ${separator}; ${rest} goes on behind it. False when nothing is left. */
static bool
take_field(struct bytes *rest, char separator, struct bytes *out)
{
	size_t n;

	if (rest->p == NULL)
		return false;
	n = bytes_find(*rest, (uint8_t)separator);
	*out = bytes_first(*rest, n);
	if (n == rest->n)
		*rest = (struct bytes){ NULL, 0 };
	else
		*rest = (struct bytes){ rest->p + n + 1, rest->n - n - 1 };
	return true;
}

/* "min-max". */
static bool
read_range(struct bytes text, struct range *out)
{
	size_t dash = bytes_find(text, '-');
	uint64_t min, max;

	if (dash == text.n || text_to_u64(bytes_first(text, dash), UINT32_MAX, &min) != ERR_NONE ||
	    text_to_u64(bytes_from(text, dash + 1), UINT32_MAX, &max) != ERR_NONE || min > max)
		return false;
	*out = (struct range){ true, (uint32_t)min, (uint32_t)max };
	return true;
}

typedef enum sigdb_reason condition_fn(struct draft *d, struct bytes value, const char **words);

static enum sigdb_reason
malformed_range(const char **words)
{
	return refuse(SIGDB_MALFORMED, "a condition's range is none", words);
}

static enum sigdb_reason
read_engine(struct draft *d, struct bytes value, const char **words)
{
	struct range levels;

	(void)d;
	if (!read_range(value, &levels))
		return malformed_range(words);
	if (SIGDB_LEVEL_OURS < levels.min || SIGDB_LEVEL_OURS > levels.max)
		return refuse(SIGDB_LEVEL, "it is meant for another functionality level", words);
	return SIGDB_TAKEN;
}

static enum sigdb_reason
read_target(struct draft *d, struct bytes value, const char **words)
{
	uint64_t target;

	if (text_to_u64(value, TARGETS - 1, &target) != ERR_NONE)
		return refuse(SIGDB_MALFORMED, "the target is no file type's number", words);
	d->signature.target = (uint8_t)target;
	return SIGDB_TAKEN;
}

static enum sigdb_reason
read_file_size(struct draft *d, struct bytes value, const char **words)
{
	return read_range(value, &d->signature.file_size) ? SIGDB_TAKEN : malformed_range(words);
}

static enum sigdb_reason
read_entry_point(struct draft *d, struct bytes value, const char **words)
{
	return read_range(value, &d->signature.entry_point) ? SIGDB_TAKEN : malformed_range(words);
}

static enum sigdb_reason
read_sections(struct draft *d, struct bytes value, const char **words)
{
	return read_range(value, &d->signature.sections) ? SIGDB_TAKEN : malformed_range(words);
}

static enum sigdb_reason
read_container(struct draft *d, struct bytes value, const char **words)
{
	unsigned type = object_type_by_name(value);

	if (type == 0 && !bytes_equal_text(value, "CL_TYPE_ANY"))
		return refuse(SIGDB_MALFORMED, "its container is no known type", words);
	d->signature.container = (uint8_t)type;
	return SIGDB_TAKEN;
}

/* "CL_TYPE_ZIP>CL_TYPE_ANY": outermost first. */
static enum sigdb_reason
read_intermediates(struct draft *d, struct bytes value, const char **words)
{
	struct signature *s = &d->signature;
	uint8_t types[INTERMEDIATES_MAX];
	struct bytes name;
	size_t n = 0;

	while (take_field(&value, '>', &name)) {
		unsigned type = object_type_by_name(name);

		if (n == INTERMEDIATES_MAX)
			return refuse(SIGDB_TOO_LONG, "it has more than 8 intermediates", words);
		if (type == 0 && !bytes_equal_text(name, "CL_TYPE_ANY"))
			return refuse(SIGDB_MALFORMED, "an intermediate is no known type", words);
		types[n++] = (uint8_t)type;
	}
	for (size_t i = 0; i < n; i++)
		s->intermediates[i] = types[n - 1 - i];
	s->intermediate_count = (uint8_t)n;
	return SIGDB_TAKEN;
}

static enum sigdb_reason
refuse_icon(struct draft *d, struct bytes value, const char **words)
{
	(void)d, (void)value;
	return refuse(SIGDB_LATER, "it asks for an icon", words);
}

static enum sigdb_reason
refuse_handler(struct draft *d, struct bytes value, const char **words)
{
	(void)d, (void)value;
	return refuse(SIGDB_LATER, "it changes how a file is unpacked (HandlerType)", words);
}

static const struct condition {
	const char *key;
	condition_fn *read;
} conditions[] = {
	{ "Engine", read_engine },
	{ "Target", read_target },
	{ "FileSize", read_file_size },
	{ "EntryPoint", read_entry_point },
	{ "NumberOfSections", read_sections },
	{ "Container", read_container },
	{ "Intermediates", read_intermediates },
	{ "IconGroup1", refuse_icon },
	{ "IconGroup2", refuse_icon },
	{ "HandlerType", refuse_handler },
};

static enum sigdb_reason
read_conditions(struct draft *d, struct bytes text, const char **words)
{
	struct bytes field;

	while (take_field(&text, ',', &field)) {
		size_t colon = bytes_find(field, ':'), i;
		enum sigdb_reason reason;

		for (i = 0; i < sizeof conditions / sizeof conditions[0]; i++)
			if (bytes_equal_text(bytes_first(field, colon), conditions[i].key))
				break;
		if (i == sizeof conditions / sizeof conditions[0])
			return refuse(SIGDB_LATER, "it has a condition that is not known", words);
		reason = conditions[i].read(d, bytes_from(field, colon + 1), words);
		if (reason != SIGDB_TAKEN)
			return reason;
	}
	if ((d->signature.entry_point.given || d->signature.sections.given) &&
	    !object_target_is_program(d->signature.target))
		return refuse(SIGDB_MALFORMED, "its condition is a program's, and its target is none", words);
	return SIGDB_TAKEN;
}

/* "...::iw": *text becomes what is before. */
static enum sigdb_reason
read_modifiers(struct bytes *text, struct body_modifiers *out, const char **words)
{
	size_t at = 0;

	*out = (struct body_modifiers){ false };
	while (at + 1 < text->n && !(text->p[at] == ':' && text->p[at + 1] == ':'))
		at++;
	if (at + 1 >= text->n)
		return SIGDB_TAKEN;
	for (size_t i = at + 2; i < text->n; i++)
		switch (text->p[i]) {
		case 'i':
			out->caseless = true;
			break;
		case 'w':
			out->wide = true;
			break;
		case 'f':
			out->full_word = true;
			break;
		case 'a':
			out->ascii = true;
			break;
		default:
			return refuse(SIGDB_MALFORMED, "a subsignature's modifier is unknown", words);
		}
	*text = bytes_first(*text, at);
	return SIGDB_TAKEN;
}

static enum sigdb_reason
read_body_sub(struct draft *d, struct bytes text, struct sub *sub, const char **words)
{
	struct body_modifiers modifiers;
	enum sigdb_reason reason;
	size_t colon;

	sub->kind = SUB_BODY;
	sub->where.kind = WHERE_ANY;
	if ((reason = read_modifiers(&text, &modifiers, words)) != SIGDB_TAKEN)
		return reason;
	colon = bytes_find(text, ':');
	if (colon < text.n) {
		reason = where_read(
		    bytes_first(text, colon), d->signature.target, &sub->where, words);
		if (reason != SIGDB_TAKEN)
			return reason;
		text = bytes_from(text, colon + 1);
	}
	return body_read(d, text, modifiers, &sub->part_first, &sub->part_count, words);
}

static bool
read_regex_flags(struct bytes text, uint32_t *out)
{
	static const struct {
		char letter;
		enum regex_flag flag;
	} letters[] = { { 'g', REGEX_GLOBAL }, { 'r', REGEX_ROLLING }, { 'e', REGEX_ENCOMPASS },
		{ 'i', REGEX_CASELESS }, { 's', REGEX_DOTALL }, { 'm', REGEX_MULTILINE },
		{ 'x', REGEX_EXTENDED }, { 'A', REGEX_ANCHORED }, { 'E', REGEX_DOLLAR_END },
		{ 'U', REGEX_UNGREEDY } };

	*out = 0;
	for (size_t i = 0; i < text.n; i++) {
		size_t k = 0;

		while (k < sizeof letters / sizeof letters[0] && letters[k].letter != (char)text.p[i])
			k++;
		if (k == sizeof letters / sizeof letters[0])
			return false;
		*out |= letters[k].flag;
	}
	return true;
}

/* "[offset:]trigger/regex/flags". ${slash} is the first one. */
static enum sigdb_reason
read_regex_sub(struct draft *d, struct bytes text, size_t slash, uint32_t subs, struct sub *sub,
    const char **words)
{
	struct bytes trigger = bytes_first(text, slash), rest = bytes_from(text, slash + 1);
	size_t end = rest.n, colon;
	enum sigdb_reason reason;

	while (end > 0 && rest.p[end - 1] != '/')
		end--;
	if (end < 2 || !read_regex_flags(bytes_from(rest, end), &sub->flags))
		return refuse(SIGDB_MALFORMED, "its regular expression has no end, or unknown flags", words);
	sub->kind = SUB_REGEX;
	sub->where.kind = WHERE_ANY;
	sub->regex = bytes_first(rest, end - 1);
	colon = bytes_find(trigger, ':');
	if (colon < trigger.n) {
		reason = where_read(
		    bytes_first(trigger, colon), d->signature.target, &sub->where, words);
		if (reason != SIGDB_TAKEN)
			return reason;
		if (sub->where.kind == WHERE_VERSION)
			return refuse(SIGDB_LATER,
			    "a regular expression's offset is version information (VI)", words);
		trigger = bytes_from(trigger, colon + 1);
	}
	switch (draft_expression(d, trigger, subs, &sub->trigger, &sub->trigger_count)) {
	case ERR_NONE:
		return SIGDB_TAKEN;
	case ERR_LIMIT:
		return refuse(SIGDB_TOO_LONG, "a regular expression's trigger is too long", words);
	default:
		return refuse(SIGDB_MALFORMED, "a regular expression's trigger is none", words);
	}
}

/* A number that may be negative or hexadecimal. */
static bool
read_signed(struct bytes text, int64_t *out)
{
	bool negative = text.n > 0 && text.p[0] == '-';
	uint64_t n = 0;

	if (negative)
		text = bytes_from(text, 1);
	if (bytes_start_with(text, "0x")) {
		if (text.n < 3 || text.n > 17)
			return false;
		for (size_t i = 2; i < text.n; i++) {
			uint8_t c = text.p[i];
			unsigned digit = c >= '0' && c <= '9' ? c - 48U : (c | 0x20) - 87U;

			if (digit > 15 || (c < '0'))
				return false;
			n = n << 4 | digit;
		}
	} else if (text_to_u64(text, INT64_MAX, &n) != ERR_NONE) {
		return false;
	}
	*out = negative ? -(int64_t)(n & INT64_MAX) : (int64_t)(n & INT64_MAX);
	return true;
}

/* ">>4", "<<4". */
static bool
read_compare_offset(struct bytes text, int64_t *out)
{
	int64_t n;

	if (!bytes_start_with(text, ">>") && !bytes_start_with(text, "<<"))
		return false;
	if (!read_signed(bytes_from(text, 2), &n) || n < 0)
		return false;
	*out = text.p[0] == '>' ? n : -n;
	return true;
}

/* "hle4": base, byte order, exact, bytes. */
static bool
read_compare_options(struct bytes text, struct comparison *c)
{
	uint64_t bytes;

	while (text.n > 0 && (text.p[0] < '0' || text.p[0] > '9')) {
		switch (text.p[0]) {
		case 'h':
			c->base = COMPARE_HEX;
			break;
		case 'd':
			c->base = COMPARE_DECIMAL;
			break;
		case 'a':
			c->base = COMPARE_AUTO;
			break;
		case 'i':
			c->base = COMPARE_RAW;
			break;
		case 'l':
			c->big = false;
			break;
		case 'b':
			c->big = true;
			break;
		case 'e':
			c->exact = true;
			break;
		default:
			return false;
		}
		text = bytes_from(text, 1);
	}
	if (c->base == 0 || text_to_u64(text, 64, &bytes) != ERR_NONE || bytes == 0)
		return false;
	if (c->base == COMPARE_RAW && bytes != 1 && bytes != 2 && bytes != 4 && bytes != 8)
		return false;
	c->bytes = (uint32_t)bytes;
	return true;
}

static bool
read_compare_conditions(struct bytes text, struct comparison *c)
{
	struct bytes one;

	while (take_field(&text, ',', &one)) {
		if (c->count == 2 || one.n < 2 || strchr("<>=", one.p[0]) == NULL)
			return false;
		c->conditions[c->count].op = (char)one.p[0];
		if (!read_signed(bytes_from(one, 1), &c->conditions[c->count].value))
			return false;
		c->count++;
	}
	return c->count > 0;
}

/* "id(offset#options#conditions)". */
static enum sigdb_reason
read_compare_sub(struct bytes text, uint32_t subs, struct sub *sub, const char **words)
{
	size_t open = bytes_find(text, '(');
	struct bytes inside = bytes_from(text, open + 1), offset, options, comparisons;
	struct comparison *c = &sub->compare;
	uint64_t of;

	sub->kind = SUB_COMPARE;
	if (inside.n == 0 || inside.p[inside.n - 1] != ')' ||
	    text_to_u64(bytes_first(text, open), subs - 1, &of) != ERR_NONE)
		return refuse(SIGDB_MALFORMED, "its byte comparison is none", words);
	inside.n--;
	c->of = (uint8_t)of;
	if (!take_field(&inside, '#', &offset) || !take_field(&inside, '#', &options) ||
	    !take_field(&inside, '#', &comparisons) || inside.p != NULL ||
	    !read_compare_offset(offset, &c->offset) || !read_compare_options(options, c) ||
	    !read_compare_conditions(comparisons, c))
		return refuse(SIGDB_MALFORMED, "its byte comparison is none", words);
	return SIGDB_TAKEN;
}

static enum sigdb_reason
read_sub(struct draft *d, struct bytes text, uint32_t subs, struct sub *sub, const char **words)
{
	size_t slash = bytes_find(text, '/');

	*sub = (struct sub){ .kind = SUB_NONE };
	if (slash < text.n)
		return read_regex_sub(d, text, slash, subs, sub, words);
	if (bytes_start_with(text, "fuzzy_img#"))
		return refuse(SIGDB_LATER, "it compares pictures (fuzzy_img)", words);
	if (bytes_start_with(text, "${"))
		return refuse(SIGDB_LATER, "it uses a macro", words);
	if (bytes_find(text, '#') < text.n)
		return read_compare_sub(text, subs, sub, words);
	return read_body_sub(d, text, sub, words);
}

static uint32_t
count_fields(struct bytes text)
{
	uint32_t n = text.p != NULL;

	for (size_t i = 0; i < text.n; i++)
		n += text.p[i] == ';';
	return n;
}

enum sigdb_reason
logical_read(struct draft *d, struct bytes line, const char **words)
{
	struct signature *s = &d->signature;
	struct bytes name, tdb, expression, sub;
	enum sigdb_reason reason;
	uint32_t subs;

	if (!take_field(&line, ';', &name) || !take_field(&line, ';', &tdb) ||
	    !take_field(&line, ';', &expression) || line.p == NULL)
		return refuse(SIGDB_MALFORMED, "it has not 4 fields or more", words);
	if ((reason = line_read_name(name, d->name_room, words)) != SIGDB_TAKEN ||
	    (reason = read_conditions(d, tdb, words)) != SIGDB_TAKEN)
		return reason;
	if ((subs = count_fields(line)) > SUBSIGNATURES_MAX)
		return refuse(SIGDB_MALFORMED, "it has more than 64 subsignatures", words);
	for (; take_field(&line, ';', &sub); s->sub_count++)
		if ((reason = read_sub(d, sub, subs, &d->subs[s->sub_count], words)) != SIGDB_TAKEN)
			return reason;
	switch (draft_expression(d, expression, subs, &s->steps, &s->step_count)) {
	case ERR_NONE:
		return SIGDB_TAKEN;
	case ERR_LIMIT:
		return refuse(SIGDB_TOO_LONG, "its expression is too long", words);
	default:
		return refuse(SIGDB_MALFORMED, "its expression is none over its subsignatures", words);
	}
}
