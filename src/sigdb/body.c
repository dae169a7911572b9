/* sigdb/body.c: see body.h. */
#include "sigdb/body.h"

#include "base/text.h"
#include "match/gram.h"

struct reading {
	struct draft *d;
	struct bytes rest;
	struct body_modifiers modifiers;	/* of the variant that is read: wide or not */
	const char **words;

	uint32_t part_atoms;		/* index of the first atom of the part at hand */
	struct link link;		/* of the part at hand to the one before */
	size_t bytes_n;			/* of the row of bytes at hand */
	uint8_t value[PATTERN_BYTES_MAX], mask[PATTERN_BYTES_MAX];
};

static enum sigdb_reason
refuse(struct reading *r, enum sigdb_reason reason, const char *why)
{
	*r->words = why;
	return reason;
}

static enum sigdb_reason
malformed(struct reading *r)
{
	return refuse(r, SIGDB_MALFORMED, "the body is not what a body may be");
}

/* 0 to 15; 16 for what is no hex digit. */
static unsigned
hex_digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - (unsigned)'0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - (unsigned)'a' + 10 : 16;
}

static bool
is_letter(uint8_t c)
{
	c |= 0x20;
	return c >= 'a' && c <= 'z';
}

/* One byte in two digits, '?' for any. */
static bool
read_pair(struct reading *r, uint8_t *value, uint8_t *mask)
{
	*value = *mask = 0;
	if (r->rest.n < 2)
		return false;
	for (size_t i = 0; i < 2; i++) {
		unsigned digit = hex_digit(r->rest.p[i]), shift = i == 0 ? 4 : 0;

		if (r->rest.p[i] == '?')
			continue;
		if (digit > 15)
			return false;
		*value |= (uint8_t)(digit << shift);
		*mask |= (uint8_t)(15U << shift);
	}
	if (r->modifiers.caseless && *mask == 0xff && is_letter(*value)) {
		*mask = 0xdf;
		*value &= 0xdf;
	}
	r->rest = bytes_from(r->rest, 2);
	return true;
}

static bool
put_byte(struct reading *r, uint8_t value, uint8_t mask)
{
	if (r->bytes_n == PATTERN_BYTES_MAX)
		return false;
	r->value[r->bytes_n] = value;
	r->mask[r->bytes_n++] = mask;
	return true;
}

static struct atom *
add_atom(struct reading *r, enum atom_kind kind)
{
	struct signature *s = &r->d->signature;
	struct atom *a;

	if (s->atom_count == SIGNATURE_ATOMS_MAX)
		return NULL;
	a = &r->d->atoms[s->atom_count++];
	*a = (struct atom){ .kind = (uint8_t)kind, .side = SIDE_INSIDE };
	return a;
}

static enum sigdb_reason
too_long(struct reading *r)
{
	return refuse(r, SIGDB_TOO_LONG, "the body is larger than one may be");
}

/* The row of bytes at hand becomes an atom. */
static enum sigdb_reason
end_bytes(struct reading *r)
{
	struct atom *a;
	uint8_t *value, *mask = NULL;
	bool masked = false;

	if (r->bytes_n == 0)
		return SIGDB_TAKEN;
	for (size_t i = 0; i < r->bytes_n; i++)
		masked |= r->mask[i] != 0xff;
	a = add_atom(r, ATOM_BYTES);
	value = draft_take(r->d, r->bytes_n);
	if (masked)
		mask = draft_take(r->d, r->bytes_n);
	if (a == NULL || value == NULL || (masked && mask == NULL))
		return too_long(r);
	memcpy(value, r->value, r->bytes_n);
	if (masked)
		memcpy(mask, r->mask, r->bytes_n);
	a->n = (uint32_t)r->bytes_n;
	a->value = value;
	a->mask = mask;
	r->bytes_n = 0;
	return SIGDB_TAKEN;
}

/* How good a row of bytes is to be searched for: by the rarity of the commonest gram in its best
 * window, more where longer strides are possible. 0: it cannot be. *pin is its rarest gram. */
static unsigned
rate_bytes(const struct draft *d, const struct atom *a, uint32_t *pin, uint32_t *pin_gram)
{
	unsigned best = 0, best_gram = 0;
	uint32_t run = 0, longest = 0;

	*pin_gram = 0;
	for (uint32_t i = 0; i < a->n; i++) {
		run = a->mask == NULL || gram_mask_is_whole(a->mask[i]) ? run + 1 : 0;
		longest = run > longest ? run : longest;
		for (uint32_t gram = 2; gram <= 4 && gram <= run; gram *= 2) {
			uint32_t at = i + 1 - gram;
			unsigned rarity = rarity_of(d->rarity, bytes_of(a->value + at, gram));

			if (gram > *pin_gram || (gram == *pin_gram && rarity > best_gram)) {
				*pin = at;
				*pin_gram = gram;
				best_gram = rarity;
			}
		}
		if (run >= 8) {
			unsigned rarity =
			    rarity_of(d->rarity, bytes_of(a->value + i - 7, 8));

			best = rarity > best ? rarity : best;
		}
	}
	if (best < best_gram)
		best = best_gram;
	return longest < 2 ? 0 : best + 16 * (longest < 15 ? longest : 15);
}

/* Choose the piece that the part is searched for by. */
static enum sigdb_reason
choose_piece(struct reading *r, struct part *part)
{
	unsigned best = 0;

	for (uint32_t i = part->core_first; i < part->core_end; i++) {
		uint32_t pin = 0, pin_gram = 0;
		unsigned rating;

		if (part->atoms[i].kind != ATOM_BYTES)
			continue;
		rating = rate_bytes(r->d, &part->atoms[i], &pin, &pin_gram);
		if (rating > best) {
			best = rating;
			part->piece = i;
			part->pin = pin;
			part->pin_gram = pin_gram;
			part->rating = rating;
		}
	}
	if (best == 0)
		return refuse(r, SIGDB_TOO_SHORT,
		    "a part of its body has no two whole bytes in a row to search for");
	switch (part_measure(part)) {
	case ERR_NONE:
		return SIGDB_TAKEN;
	case ERR_LIMIT:
		return refuse(r, SIGDB_TOO_LONG, "the lengths of its choices vary by too much");
	default:
		return malformed(r);
	}
}

/* "aa[x-y]" at either end of the part is outside of its core. */
static void
find_core(struct part *part)
{
	const struct atom *a = part->atoms;
	uint32_t n = part->count;

	part->core_first = 0;
	part->core_end = n;
	if (n > 2 && a[0].kind == ATOM_BYTES && a[0].n == 1 && a[1].kind == ATOM_GAP)
		part->core_first = 2;
	if (n > part->core_first + 2 && a[n - 1].kind == ATOM_BYTES && a[n - 1].n == 1 &&
	    a[n - 2].kind == ATOM_GAP)
		part->core_end = n - 2;
}

static enum sigdb_reason
end_part(struct reading *r, bool last)
{
	struct signature *s = &r->d->signature;
	enum sigdb_reason reason;
	struct part *part;

	if ((reason = end_bytes(r)) != SIGDB_TAKEN)
		return reason;
	if (s->part_count == SIGNATURE_PARTS_MAX)
		return too_long(r);
	part = &r->d->parts[s->part_count];
	*part = (struct part){ .atoms = r->d->atoms + r->part_atoms,
		.count = s->atom_count - r->part_atoms };
	if (part->count == 0)
		return malformed(r);
	/* Marks at the edges only look at what is beside the part; but a negated one at the start takes a
	 * byte, as it does inside. */
	if (r->d->atoms[r->part_atoms].kind >= ATOM_BOUNDARY &&
	    !r->d->atoms[r->part_atoms].negated)
		r->d->atoms[r->part_atoms].side = SIDE_LEFT;
	if (part->count > 1 && r->d->atoms[s->atom_count - 1].kind >= ATOM_BOUNDARY)
		r->d->atoms[s->atom_count - 1].side = SIDE_RIGHT;
	find_core(part);
	if ((reason = choose_piece(r, part)) != SIGDB_TAKEN)
		return reason;
	r->link.last = last;
	r->d->links[s->part_count++] = r->link;
	r->link = (struct link){ 0 };
	r->part_atoms = s->atom_count;
	return SIGDB_TAKEN;
}

/* "n", "n-m", "-m", "n-" up to ${end}. */
static bool
read_range(struct reading *r, char end, uint32_t *min, uint32_t *max)
{
	size_t n = bytes_find(r->rest, (uint8_t)end), dash;
	struct bytes text = bytes_first(r->rest, n);
	uint64_t low = 0, high = GAP_ENDLESS;

	if (n == r->rest.n || n == 0)
		return false;
	r->rest = bytes_from(r->rest, n + 1);
	dash = bytes_find(text, '-');
	if (dash > 0 &&
	    text_to_u64(bytes_first(text, dash), GAP_ENDLESS - 1, &low) != ERR_NONE)
		return false;
	if (dash == text.n)
		high = low;
	else if (dash + 1 < text.n &&
	    text_to_u64(bytes_from(text, dash + 1), GAP_ENDLESS - 1, &high) != ERR_NONE)
		return false;
	*min = (uint32_t)low;
	*max = (uint32_t)high;
	return low <= high && text.n > (dash == 0);
}

/* "{...}", the brace taken. */
static enum sigdb_reason
read_gap(struct reading *r)
{
	uint32_t min, max;
	enum sigdb_reason reason;

	if (!read_range(r, '}', &min, &max))
		return refuse(r, SIGDB_MALFORMED, "the range of a gap is none");
	if (r->modifiers.wide) {
		min *= 2;
		max = max == GAP_ENDLESS ? max : max * 2;
	}
	if (min == max && min > 0 && min < BODY_INNER_GAP_MAX) {
		for (uint32_t i = 0; i < min; i++)
			if (!put_byte(r, 0, 0))
				return too_long(r);
		return SIGDB_TAKEN;
	}
	if ((reason = end_part(r, false)) != SIGDB_TAKEN)
		return reason;
	r->link = (struct link){ .min = min, .max = max };
	return SIGDB_TAKEN;
}

/* "[...]", the bracket taken: a gap inside of a part. */
static enum sigdb_reason
read_anchor(struct reading *r)
{
	enum sigdb_reason reason;
	uint32_t min, max;
	struct atom *a;

	if (!read_range(r, ']', &min, &max) || max > BODY_ANCHOR_MAX)
		return refuse(r, SIGDB_MALFORMED, "the range in brackets is none, or over 32");
	if ((reason = end_bytes(r)) != SIGDB_TAKEN)
		return reason;
	if ((a = add_atom(r, ATOM_GAP)) == NULL)
		return too_long(r);
	a->n = min;
	a->max = max;
	return SIGDB_TAKEN;
}

/* One string of a choice, up to '|' or ')', into the pool as part.h has it. */
static enum sigdb_reason
read_string(struct reading *r)
{
	uint8_t *p = NULL;
	size_t n = 0;

	while (r->rest.n > 0 && r->rest.p[0] != '|' && r->rest.p[0] != ')') {
		if (n + 2 > PATTERN_BYTES_MAX)
			return too_long(r);
		if (!read_pair(r, &r->value[n], &r->mask[n]))
			return refuse(r, SIGDB_BODY, "its choices hold more than bytes");
		n++;
		if (r->modifiers.wide) {
			r->value[n] = 0;
			r->mask[n++] = 0xff;
		}
	}
	if (n == 0)
		return malformed(r);
	if ((p = draft_take(r->d, 2 + 2 * n)) == NULL)
		return too_long(r);
	p[0] = (uint8_t)n;
	p[1] = (uint8_t)(n >> 8);
	memcpy(p + 2, r->value, n);
	memcpy(p + 2 + n, r->mask, n);
	return SIGDB_TAKEN;
}

/* "aa|bbcc)", the parenthesis taken. */
static enum sigdb_reason
read_choice(struct reading *r, bool negated)
{
	size_t pool_from = r->d->pool_n;
	enum sigdb_reason reason;
	uint32_t count = 0;
	struct atom *a;

	for (bool more = true; more;) {
		if ((reason = read_string(r)) != SIGDB_TAKEN)
			return reason;
		count++;
		if (r->rest.n == 0)
			return malformed(r);
		more = r->rest.p[0] == '|';
		r->rest = bytes_from(r->rest, 1);
	}
	if ((a = add_atom(r, ATOM_CHOICE)) == NULL)
		return too_long(r);
	a->negated = negated;
	a->n = count;
	a->value = r->d->pool + pool_from;
	a->room = (uint32_t)(r->d->pool_n - pool_from);
	return SIGDB_TAKEN;
}

/* "(...)" or "!(...)", at the parenthesis. */
static enum sigdb_reason
read_group(struct reading *r, bool negated)
{
	static const struct {
		const char *text;
		enum atom_kind kind;
	} marks[] = { { "(B)", ATOM_BOUNDARY }, { "(L)", ATOM_LINE }, { "(W)", ATOM_WORD } };
	enum sigdb_reason reason;
	struct atom *a;

	if ((reason = end_bytes(r)) != SIGDB_TAKEN)
		return reason;
	for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
		if (!bytes_start_with(r->rest, marks[i].text))
			continue;
		r->rest = bytes_from(r->rest, 3);
		if ((a = add_atom(r, marks[i].kind)) == NULL)
			return too_long(r);
		a->negated = negated;
		return SIGDB_TAKEN;
	}
	r->rest = bytes_from(r->rest, 1);
	return read_choice(r, negated);
}

static enum sigdb_reason
read_bytes(struct reading *r)
{
	uint8_t value, mask;

	if (!read_pair(r, &value, &mask))
		return malformed(r);
	if (!put_byte(r, value, mask) || (r->modifiers.wide && !put_byte(r, 0, 0xff)))
		return too_long(r);
	return SIGDB_TAKEN;
}

static enum sigdb_reason
read_next(struct reading *r)
{
	uint8_t c = r->rest.p[0];
	enum sigdb_reason reason;

	switch (c) {
	case '*':
		r->rest = bytes_from(r->rest, 1);
		if ((reason = end_part(r, false)) != SIGDB_TAKEN)
			return reason;
		r->link = (struct link){ .max = GAP_ENDLESS };
		return SIGDB_TAKEN;
	case '{':
		r->rest = bytes_from(r->rest, 1);
		return read_gap(r);
	case '[':
		r->rest = bytes_from(r->rest, 1);
		return read_anchor(r);
	case '!':
		r->rest = bytes_from(r->rest, 1);
		return r->rest.n > 0 && r->rest.p[0] == '(' ? read_group(r, true) : malformed(r);
	case '(':
		return read_group(r, false);
	default:
		return read_bytes(r);
	}
}

/* ::f marks both ends of a body. */
static enum sigdb_reason
add_word_mark(struct reading *r)
{
	enum sigdb_reason reason;
	struct atom *mark;

	if (!r->modifiers.full_word)
		return SIGDB_TAKEN;
	if ((reason = end_bytes(r)) != SIGDB_TAKEN)
		return reason;
	if ((mark = add_atom(r, ATOM_WORD)) == NULL)
		return too_long(r);
	mark->max = r->modifiers.wide;
	return SIGDB_TAKEN;
}

static enum sigdb_reason
read_variant(struct reading *r, struct bytes hex, bool wide)
{
	enum sigdb_reason reason;

	r->rest = hex;
	r->modifiers.wide = wide;
	r->part_atoms = r->d->signature.atom_count;
	r->link = (struct link){ .first = true };
	r->bytes_n = 0;
	if ((reason = add_word_mark(r)) != SIGDB_TAKEN)
		return reason;
	while (r->rest.n > 0)
		if ((reason = read_next(r)) != SIGDB_TAKEN)
			return reason;
	if ((reason = add_word_mark(r)) != SIGDB_TAKEN)
		return reason;
	return end_part(r, true);
}

enum sigdb_reason
body_read(struct draft *d, struct bytes hex, struct body_modifiers modifiers, uint32_t *first,
    uint32_t *count, const char **words)
{
	struct reading r;
	enum sigdb_reason reason;

	r.d = d;
	r.modifiers = modifiers;
	r.words = words;
	*first = d->signature.part_count;
	if (hex.n == 0)
		return malformed(&r);
	if ((reason = read_variant(&r, hex, modifiers.wide)) != SIGDB_TAKEN)
		return reason;
	/* ::wa: both the wide one and the other. */
	if (modifiers.wide && modifiers.ascii &&
	    (reason = read_variant(&r, hex, false)) != SIGDB_TAKEN)
		return reason;
	*count = d->signature.part_count - *first;
	return SIGDB_TAKEN;
}
