/* match/mark.c: see mark.h. */
#include "match/mark.h"

/* What (B) takes differs by the side on which it stands. */
static const char left_bytes[] = " -./<@_";
static const char right_bytes[] = "\n\r \"'-/=>_";

static bool
is_one_of(uint8_t byte, const char *set)
{
	return byte != 0 && strchr(set, byte) != NULL;
}

static bool
is_boundary(uint8_t byte)
{
	return is_one_of(byte, left_bytes) || is_one_of(byte, right_bytes);
}

static bool
is_letter_or_digit(uint8_t byte)
{
	uint8_t folded = byte | 0x20;

	return (byte >= '0' && byte <= '9') || (folded >= 'a' && folded <= 'z');
}

static bool
line_ends_at(struct view *v, uint64_t at)
{
	const uint8_t *p = view_bytes(v, at, 1);

	if (p == NULL)
		return false;
	if (*p == '\n')
		return true;
	return *p == '\r' && (p = view_bytes(v, at, 2)) != NULL && p[1] == '\n';
}

/* A mark at the left edge: ${before} is the byte before it. */
static bool
left_fits(const struct atom *a, uint8_t before)
{
	switch (a->kind) {
	case ATOM_BOUNDARY:
		return a->negated ? !is_boundary(before) : is_one_of(before, left_bytes);
	case ATOM_LINE:
		return (before == '\n') != a->negated;
	default:
		return is_letter_or_digit(before) == a->negated;
	}
}

static bool
right_fits(const struct atom *a, struct view *v, uint64_t at, uint8_t behind)
{
	switch (a->kind) {
	case ATOM_BOUNDARY:
		return is_one_of(behind, right_bytes) != a->negated;
	case ATOM_LINE:
		return line_ends_at(v, at) != a->negated;
	default:
		return is_letter_or_digit(behind) == a->negated;
	}
}

static bool
inside_fits(const struct atom *a, const uint8_t *p, uint32_t n)
{
	switch (a->kind) {
	case ATOM_BOUNDARY:
		return is_boundary(p[0]) != a->negated;
	case ATOM_LINE:
		if (a->negated)
			return n == 1 && p[0] != '\n';
		return n == 1 ? p[0] == '\n' : p[0] == '\r' && p[1] == '\n';
	default:
		return is_letter_or_digit(p[0]) == a->negated;
	}
}

/* A letter or digit of wide text at ${at}? */
static bool
is_wide_letter_at(struct view *v, uint64_t at)
{
	const uint8_t *p = view_bytes(v, at, 2);

	return p != NULL && is_letter_or_digit(p[0]) && p[1] == 0;
}

bool
mark_stands_at(const struct atom *a, struct view *v, uint64_t at, uint32_t n)
{
	const uint8_t *p;

	if (a->kind == ATOM_WORD && a->max == 1)
		return a->side == SIDE_LEFT ? at < 2 || !is_wide_letter_at(v, at - 2) :
					      !is_wide_letter_at(v, at);
	switch (a->side) {
	case SIDE_LEFT:
		/* The object's edge is a boundary, an end of line and the end of a word. */
		if (at == 0)
			return !a->negated;
		return (p = view_bytes(v, at - 1, 1)) != NULL && left_fits(a, *p);
	case SIDE_RIGHT:
		if (at == v->object->size)
			return !a->negated;
		return (p = view_bytes(v, at, 1)) != NULL && right_fits(a, v, at, *p);
	default:
		return n > 0 && (p = view_bytes(v, at, n)) != NULL && inside_fits(a, p, n);
	}
}
