/* match/part.c: see part.h. */
#include "match/part.h"

#include <assert.h>

#include "match/gram.h"
#include "match/limits.h"
#include "match/mark.h"

struct length {
	uint32_t min, max;
};

/* The next string of an encoded choice; false at its end or where it is damaged. */
static bool
choice_next(struct reader *r, struct bytes *value, struct bytes *mask)
{
	size_t n;

	if (r->rest.n == 0)
		return false;
	n = reader_u16le(r);
	*value = reader_take(r, n);
	*mask = reader_take(r, n);
	return !r->bad;
}

static enum err
choice_length(const struct atom *a, struct length *out)
{
	struct reader r = reader_over(bytes_of(a->value, a->room));
	struct length length = { UINT32_MAX, 0 };
	struct bytes value, mask;
	uint32_t count = 0;

	while (choice_next(&r, &value, &mask)) {
		if (value.n < length.min)
			length.min = (uint32_t)value.n;
		if (value.n > length.max)
			length.max = (uint32_t)value.n;
		count++;
	}
	if (!reader_is_done(&r) || count == 0 || count != a->n)
		return ERR_MALFORMED;
	if (a->negated && length.min != length.max)
		return ERR_MALFORMED;
	*out = length;
	return ERR_NONE;
}

/* How many bytes an atom takes. */
static enum err
atom_length(const struct atom *a, struct length *out)
{
	bool inside = a->side == SIDE_INSIDE;

	switch (a->kind) {
	case ATOM_BYTES:
		*out = (struct length){ a->n, a->n };
		return a->n > 0 && a->n <= PATTERN_BYTES_MAX ? ERR_NONE : ERR_MALFORMED;
	case ATOM_CHOICE:
		return choice_length(a, out);
	case ATOM_GAP:
		*out = (struct length){ a->n, a->max };
		return a->n <= a->max && a->max <= PART_SPREAD_MAX ? ERR_NONE : ERR_MALFORMED;
	case ATOM_BOUNDARY:
	case ATOM_WORD:
		*out = (struct length){ inside, inside };
		return ERR_NONE;
	case ATOM_LINE:
		*out = (struct length){ inside, inside ? 2 : 0 };
		return ERR_NONE;
	default:
		return ERR_MALFORMED;
	}
}

enum err
part_measure(struct part *part)
{
	uint64_t spread = 0;
	enum err e;

	if (part->piece >= part->count || part->atoms[part->piece].kind != ATOM_BYTES ||
	    part->core_first > part->piece || part->core_end <= part->piece ||
	    part->core_end > part->count)
		return ERR_MALFORMED;
	if ((part->pin_gram != 4 && part->pin_gram != 2) ||
	    part->pin + part->pin_gram > part->atoms[part->piece].n)
		return ERR_MALFORMED;
	part->before_min = part->before_max = 0;
	for (uint32_t i = 0; i < part->count; i++) {
		struct length length;

		if ((e = atom_length(&part->atoms[i], &length)) != ERR_NONE)
			return e;
		if (i == part->piece)
			spread = 0;
		spread += length.max - length.min;
		if (spread > PART_SPREAD_MAX)
			return ERR_LIMIT;
		if (i >= part->core_first && i < part->piece) {
			part->before_min += length.min;
			part->before_max += length.max;
		}
		if (part->before_max > PATTERN_BYTES_MAX)
			return ERR_LIMIT;
	}
	return ERR_NONE;
}

static void
spots_only(struct spots *s, int64_t position)
{
	*s = (struct spots){ .base = position, .bits = { 1 } };
}

static void
spots_set(struct spots *s, unsigned nth)
{
	if (nth < SPOTS_BITS)
		s->bits[nth / 64] |= 1ULL << (nth % 64);
}

bool
spots_next(const struct spots *s, unsigned *nth, int64_t *position)
{
	for (unsigned word = *nth / 64; word < SPOTS_BITS / 64; word++) {
		uint64_t bits = s->bits[word];

		if (word == *nth / 64)
			bits &= UINT64_MAX << (*nth % 64);
		if (bits == 0)
			continue;
		*nth = word * 64 + (unsigned)__builtin_ctzll(bits);
		*position = s->base + *nth;
		return true;
	}
	return false;
}

static bool
spots_is_empty(const struct spots *s)
{
	unsigned nth = 0;
	int64_t position;

	return !spots_next(s, &nth, &position);
}

/* Takes from *work; 0 is left when it does not suffice. */
static void
spend(uint64_t *work, uint64_t steps)
{
	*work = *work > steps ? *work - steps : 0;
}

static bool
bytes_stand_at(struct view *v, int64_t at, struct bytes value, const uint8_t *mask)
{
	const uint8_t *text = at < 0 ? NULL : view_bytes(v, (uint64_t)at, value.n);

	if (text == NULL)
		return false;
	if (mask == NULL)
		return memcmp(text, value.p, value.n) == 0;
	for (size_t i = 0; i < value.n; i++)
		if ((text[i] & mask[i]) != value.p[i])
			return false;
	return true;
}

/* One step along the part: from a position ${at} before (or, going backwards, behind) an atom to the
 * positions on its other side. ${length} is the atom's, ${nth} the number of ${at}. */
struct step {
	const struct atom *atom;
	struct length length;
	bool backwards;
	struct spots *to;
	uint64_t *work;
};

/* The atom fits with ${n} bytes. */
static void
step_lands(const struct step *s, unsigned nth, uint32_t n)
{
	spots_set(s->to, nth + (s->backwards ? s->length.max - n : n - s->length.min));
}

static void
step_choice(const struct step *s, struct view *v, int64_t at, unsigned nth)
{
	struct reader r = reader_over(bytes_of(s->atom->value, s->atom->room));
	struct bytes value, mask;
	bool any = false;

	while (choice_next(&r, &value, &mask)) {
		int64_t start = s->backwards ? at - (int64_t)value.n : at;

		spend(s->work, 2 + value.n / 4);
		if (!bytes_stand_at(v, start, value, mask.p))
			continue;
		any = true;
		if (!s->atom->negated)
			step_lands(s, nth, (uint32_t)value.n);
	}
	/* Something must stand there, only none of these. */
	if (s->atom->negated && !any) {
		int64_t start = s->backwards ? at - s->length.max : at;

		if (start >= 0 && view_bytes(v, (uint64_t)start, s->length.max) != NULL)
			step_lands(s, nth, s->length.max);
	}
}

static void
step_mark(const struct step *s, struct view *v, int64_t at, unsigned nth)
{
	for (uint32_t n = s->length.min; n <= s->length.max; n++) {
		int64_t start = s->backwards ? at - n : at;

		spend(s->work, 2);
		if (start >= 0 && mark_stands_at(s->atom, v, (uint64_t)start, n))
			step_lands(s, nth, n);
	}
}

static void
step_from(const struct step *s, struct view *v, int64_t at, unsigned nth)
{
	const struct atom *a = s->atom;

	switch (a->kind) {
	case ATOM_BYTES:
		spend(s->work, 1 + a->n / 4);
		if (bytes_stand_at(v, s->backwards ? at - (int64_t)a->n : at,
			bytes_of(a->value, a->n), a->mask))
			step_lands(s, nth, a->n);
		break;
	case ATOM_CHOICE:
		step_choice(s, v, at, nth);
		break;
	case ATOM_GAP:
		spend(s->work, 1 + (a->max - a->n) / 8);
		for (uint32_t n = a->n; n <= a->max; n++)
			step_lands(s, nth, n);
		break;
	default:
		step_mark(s, v, at, nth);
	}
}

static void
take_step(const struct atom *a, bool backwards, struct view *v, struct spots *spots, uint64_t *work)
{
	struct step s = { .atom = a, .backwards = backwards, .work = work };
	struct spots to = { .base = 0 };
	unsigned nth = 0;
	int64_t at;

	/* part_measure has seen all atoms. */
	if (atom_length(a, &s.length) != ERR_NONE)
		s.length = (struct length){ 0, 0 };
	s.to = &to;
	to.base = spots->base + (backwards ? -(int64_t)s.length.max : (int64_t)s.length.min);
	for (; *work > 0 && spots_next(spots, &nth, &at); nth++)
		step_from(&s, v, at, nth);
	*spots = to;
}

/* Take the atoms from ${from} up to ${end}. */
static void
walk_forwards(const struct part *part, uint32_t from, uint32_t end, struct view *v, struct spots *spots,
    uint64_t *work)
{
	for (uint32_t i = from; i < end && !spots_is_empty(spots); i++)
		take_step(&part->atoms[i], false, v, spots, work);
}

/* Take the atoms before ${from} down to ${end}. */
static void
walk_backwards(const struct part *part, uint32_t from, uint32_t end, struct view *v, struct spots *spots,
    uint64_t *work)
{
	for (uint32_t i = from; i > end && !spots_is_empty(spots); i--)
		take_step(&part->atoms[i - 1], true, v, spots, work);
}

/* Leave only those edges of the core beside which the rest of the part stands, too. */
static void
keep_whole(const struct part *part, bool left, struct view *v, struct spots *edges, uint64_t *work)
{
	struct spots kept = { .base = edges->base };
	unsigned nth = 0;
	int64_t at;

	for (; spots_next(edges, &nth, &at); nth++) {
		struct spots rest;

		spots_only(&rest, at);
		if (left)
			walk_backwards(part, part->core_first, 0, v, &rest, work);
		else
			walk_forwards(part, part->core_end, part->count, v, &rest, work);
		if (!spots_is_empty(&rest))
			spots_set(&kept, nth);
	}
	*edges = kept;
}

bool
part_matches(const struct part *part, struct view *v, uint64_t piece_at, struct spots *starts,
    struct spots *ends, uint64_t *work)
{
	if (piece_at > INT64_MAX / 2)
		return false;
	spots_only(ends, (int64_t)piece_at);
	walk_forwards(part, part->piece, part->core_end, v, ends, work);
	if (part->core_end < part->count)
		keep_whole(part, false, v, ends, work);
	if (spots_is_empty(ends))
		return false;
	spots_only(starts, (int64_t)piece_at);
	walk_backwards(part, part->piece, part->core_first, v, starts, work);
	if (part->core_first > 0)
		keep_whole(part, true, v, starts, work);
	return !spots_is_empty(starts) && *work > 0;
}

void
part_write(const struct part *part, struct buf *out)
{
	buf_u32le(out, part->count);
	buf_u32le(out, part->piece);
	buf_u32le(out, part->pin);
	buf_u32le(out, part->pin_gram);
	buf_u32le(out, part->core_first);
	buf_u32le(out, part->core_end);
	for (uint32_t i = 0; i < part->count; i++) {
		const struct atom *a = &part->atoms[i];

		buf_u8(out, a->kind);
		buf_u8(out, (uint8_t)(a->negated | (a->mask != NULL ? 2 : 0) | a->side << 2));
		buf_u32le(out, a->n);
		buf_u32le(out, a->kind == ATOM_CHOICE ? a->room : a->max);
		if (a->kind == ATOM_BYTES) {
			buf_put(out, bytes_of(a->value, a->n));
			buf_put(out, bytes_of(a->mask, a->mask != NULL ? a->n : 0));
		} else if (a->kind == ATOM_CHOICE) {
			buf_put(out, bytes_of(a->value, a->room));
		}
	}
}

static void
read_atom(struct reader *r, struct atom *a)
{
	uint8_t flags;

	*a = (struct atom){ .kind = reader_u8(r) };
	flags = reader_u8(r);
	a->negated = flags & 1;
	a->side = flags >> 2 & 3;
	a->n = reader_u32le(r);
	a->max = reader_u32le(r);
	if (a->kind == ATOM_BYTES) {
		a->value = reader_take(r, a->n).p;
		if ((flags & 2) != 0)
			a->mask = reader_take(r, a->n).p;
	} else if (a->kind == ATOM_CHOICE) {
		a->room = a->max;
		a->value = reader_take(r, a->room).p;
	}
}

enum err
part_read(struct reader *r, struct atom *atoms, size_t room, struct part *out)
{
	struct part part = { .atoms = atoms };
	enum err e;

	part.count = reader_u32le(r);
	part.piece = reader_u32le(r);
	part.pin = reader_u32le(r);
	part.pin_gram = reader_u32le(r);
	part.core_first = reader_u32le(r);
	part.core_end = reader_u32le(r);
	if (r->bad || part.count > room || part.pin > PATTERN_BYTES_MAX)
		return ERR_MALFORMED;
	for (uint32_t i = 0; i < part.count && !r->bad; i++)
		read_atom(r, &atoms[i]);
	if (r->bad)
		return ERR_MALFORMED;
	if ((e = part_measure(&part)) != ERR_NONE)
		return e;
	*out = part;
	return ERR_NONE;
}
