/* sigdb/where.c: see where.h. */
#include "sigdb/where.h"

#include "base/text.h"
#include "sigdb/object.h"

static enum sigdb_reason
refuse(enum sigdb_reason reason, const char *why, const char **words)
{
	*words = why;
	return reason;
}

/* What stands before the number. */
static const struct form {
	const char *text;
	enum where_kind kind;
} forms[] = {
	{ "EOF-", WHERE_END },
	{ "EP+", WHERE_ENTRY },
	{ "EP-", WHERE_BEFORE_ENTRY },
	{ "SL+", WHERE_LAST_SECTION },
};

/* "S2+100": the digits of the section, then the number. "SE2" has no more. */
static bool
read_section(struct bytes base, struct where *out, struct bytes *number)
{
	bool within = bytes_start_with(base, "SE");
	size_t end;
	uint64_t section;

	base = bytes_from(base, within ? 2 : 1);
	end = within ? base.n : bytes_find(base, '+');
	if (end == base.n && !within)
		return false;
	if (text_to_u64(bytes_first(base, end), SECTIONS_MAX - 1, &section) != ERR_NONE)
		return false;
	out->kind = within ? WHERE_IN_SECTION : WHERE_SECTION;
	out->number = (uint8_t)section;
	*number = within ? bytes_of("0", 1) : bytes_from(base, end + 1);
	return true;
}

static bool
read_base(struct bytes base, struct where *out, struct bytes *number)
{
	for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++)
		if (bytes_start_with(base, forms[i].text)) {
			out->kind = (uint8_t)forms[i].kind;
			*number = bytes_from(base, strlen(forms[i].text));
			return true;
		}
	if (bytes_equal_text(base, "VI")) {
		out->kind = WHERE_VERSION;
		*number = bytes_of("0", 1);
		return true;
	}
	if (bytes_start_with(base, "S"))
		return read_section(base, out, number);
	out->kind = WHERE_START;
	*number = base;
	return true;
}

enum sigdb_reason
where_read(struct bytes field, unsigned target, struct where *out, const char **words)
{
	size_t comma = bytes_find(field, ',');
	struct bytes base = bytes_first(field, comma), number;
	struct where where = { .kind = WHERE_ANY };
	uint64_t from, shift = 0;

	if (bytes_equal_text(field, "*")) {
		*out = where;
		return SIGDB_TAKEN;
	}
	if (bytes_start_with(field, "$"))
		return refuse(SIGDB_LATER, "it is part of a macro", words);
	if (comma < field.n &&
	    text_to_u64(bytes_from(field, comma + 1), UINT32_MAX, &shift) != ERR_NONE)
		return refuse(SIGDB_MALFORMED, "the offset's range is no number", words);
	if (!read_base(base, &where, &number) ||
	    text_to_u64(number, UINT32_MAX, &from) != ERR_NONE)
		return refuse(SIGDB_MALFORMED, "the offset is none that is known", words);
	if (where.kind >= WHERE_ENTRY && !object_target_is_program(target))
		return refuse(SIGDB_MALFORMED,
		    "its offset is a program's, and its target is none", words);
	if (where.kind == WHERE_VERSION && target != TARGET_PE)
		return refuse(SIGDB_MALFORMED, "only PE files have version information (VI)", words);
	where.from = (uint32_t)from;
	where.shift = (uint32_t)shift;
	*out = where;
	return SIGDB_TAKEN;
}

bool
where_to_place(const struct where *w, struct place *out)
{
	struct place place = { PLACE_BEHIND, w->from, w->shift, 0 };

	switch (w->kind) {
	case WHERE_ANY:
		place = (struct place){ .kind = PLACE_ANY };
		break;
	case WHERE_START:
		place.kind = PLACE_START;
		break;
	case WHERE_END:
		place.kind = PLACE_END;
		break;
	case WHERE_ENTRY:
		place.base = BASE_ENTRY;
		break;
	case WHERE_BEFORE_ENTRY:
		place.kind = PLACE_BEFORE;
		place.base = BASE_ENTRY;
		break;
	case WHERE_LAST_SECTION:
		place.base = BASE_LAST_SECTION;
		break;
	case WHERE_SECTION:
		place.base = (uint8_t)(BASE_SECTIONS + w->number);
		break;
	default:
		return false;
	}
	*out = place;
	return true;
}
