/* sigdb/late.c: see late.h. */
#include "sigdb/late.h"

#include <stdlib.h>

#include "sigdb/regex.h"

void
late_fini(struct late *late)
{
	free(late->copy);
	late->copy = NULL;
}

/* Have all of the object in memory. */
static enum err
load_text(struct late *late)
{
	const struct source *object = late->object->source;
	size_t got;
	enum err e;

	if (late->text.p != NULL)
		return ERR_NONE;
	if (object->size > REGEX_BYTES_MAX)
		return ERR_LIMIT;
	if (object->fd < 0) {
		late->text = object->whole;
		return ERR_NONE;
	}
	if ((late->copy = malloc((size_t)object->size + 1)) == NULL)
		return ERR_NOMEM;
	if ((e = source_read(object, 0, late->copy, (size_t)object->size, &got)) != ERR_NONE)
		return e;
	if (got < object->size)
		return ERR_TRUNCATED;
	late->text = bytes_of(late->copy, got);
	return ERR_NONE;
}

static void
counts_of(const struct awake *a, uint32_t counts[SUBSIGNATURES_MAX])
{
	for (uint32_t i = 0; i < a->signature->sub_count; i++)
		counts[i] = a->subs[i].count;
}

/* The stretch of the object in which a regular expression may match, and the last place where it may
 * begin. */
static bool
regex_stretch(const struct sub *sub, const struct evaluated *object, struct bytes whole, size_t *from,
    size_t *end, size_t *last_start)
{
	uint64_t first, shift;

	*from = 0;
	*end = *last_start = whole.n;
	if (sub->where.kind == WHERE_ANY)
		return true;
	if (!conditions_place(&sub->where, object, &first, &shift) || first > whole.n)
		return false;
	*from = (size_t)first;
	if ((sub->flags & REGEX_ENCOMPASS) != 0 && shift < whole.n - first)
		*end = *last_start = (size_t)(first + shift);
	else if ((sub->flags & REGEX_ROLLING) == 0)
		*last_start = *from;
	else if (shift > 0 && shift < whole.n - first)
		*last_start = (size_t)(first + shift);
	return true;
}

static enum err
search_regex(struct late *late, struct awake *a, uint32_t index, const struct regex *regex)
{
	const struct sub *sub = &a->signature->subs[index];
	size_t from, end, last_start, start = 0, stop = 0;
	enum err e;

	if ((e = load_text(late)) != ERR_NONE)
		return e;
	if (!regex_stretch(sub, late->object, late->text, &from, &end, &last_start))
		return ERR_NONE;
	while (from <= end) {
		e = regex_search(regex, bytes_first(late->text, end), from, &start, &stop);
		if (e != ERR_NONE)
			return e == ERR_NOT_FOUND ? ERR_NONE : e;
		if (start > last_start)
			return ERR_NONE;
		awake_note_sub(a, index, start, false);
		if ((sub->flags & REGEX_GLOBAL) == 0 || !a->counts)
			return ERR_NONE;
		from = stop > start ? stop : stop + 1;
	}
	return ERR_NONE;
}

static enum err
try_regex(struct late *late, struct awake *a, uint32_t index)
{
	const struct sub *sub = &a->signature->subs[index];
	uint32_t counts[SUBSIGNATURES_MAX], flags = sub->flags;
	struct regex *regex;
	struct fault why;
	enum err e;

	counts_of(a, counts);
	if (!expression_holds(sub->trigger, sub->trigger_count, counts, a->signature->sub_count))
		return ERR_NONE;
	/* With an offset and nothing more it must begin there. */
	if (sub->where.kind != WHERE_ANY && (flags & (REGEX_ROLLING | REGEX_ENCOMPASS)) == 0)
		flags |= REGEX_ANCHORED;
	if ((e = regex_new(sub->regex, flags, &regex, &why)) != ERR_NONE)
		return e;
	e = search_regex(late, a, index, regex);
	regex_free(regex);
	return e;
}

static int
digit_of(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 16;
}

static bool
is_space(uint8_t c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* The value of ${n} digits; little-endian ones come in pairs, the least first. */
static int64_t
value_of_digits(const uint8_t *p, size_t n, unsigned base, bool little)
{
	size_t pad = little ? n % 2 : 0;
	uint64_t value = 0;

	for (size_t i = 0; i < n + pad; i++) {
		size_t at = little ? (n + pad - 2 - i / 2 * 2) + i % 2 : i;

		value = value * base + (at < pad ? 0 : (uint64_t)digit_of(p[at - pad]));
	}
	return (int64_t)value;
}

/* A number in digits. False when there is none, or not as many digits as asked. */
static bool
read_digits(const struct comparison *c, struct bytes text, int64_t *out)
{
	unsigned base = c->base == COMPARE_HEX ? 16 : 10;
	size_t n = 0, prefix = 0;
	bool little;

	while (!c->exact && text.n > 0 && is_space(text.p[0]))
		text = bytes_from(text, 1);
	if (c->base != COMPARE_DECIMAL && text.n > 2 && text.p[0] == '0' && (text.p[1] | 0x20) == 'x') {
		base = 16;
		prefix = 2;
		text = bytes_from(text, prefix);
	}
	while (n < text.n && (unsigned)digit_of(text.p[n]) < base)
		n++;
	little = base == 16 && !c->big;
	if (n == 0 || (c->exact && (n < text.n || (little && prefix > 0))))
		return false;
	*out = value_of_digits(text.p, n, base, little);
	return true;
}

static bool
read_number(const struct comparison *c, const uint8_t *p, int64_t *out)
{
	uint64_t value = 0;

	if (c->base != COMPARE_RAW)
		return read_digits(c, bytes_of(p, c->bytes), out);
	for (uint32_t i = 0; i < c->bytes && i < 8; i++)
		value |= (uint64_t)p[i] << (8 * (c->big ? c->bytes - 1 - i : i));
	*out = (int64_t)value;
	return true;
}

static void
try_comparison(struct late *late, struct awake *a, uint32_t index)
{
	const struct comparison *c = &a->signature->subs[index].compare;
	const struct sub_state *of = &a->subs[c->of];
	const uint8_t *p;
	int64_t at, value;

	if (!of->matched)
		return;
	at = (int64_t)of->last + c->offset;
	p = at < 0 ? NULL : view_bytes(late->object->view, (uint64_t)at, c->bytes);
	if (p == NULL || !read_number(c, p, &value))
		return;
	for (uint32_t i = 0; i < c->count; i++) {
		int64_t with = c->conditions[i].value;
		char op = c->conditions[i].op;

		if (op == '<' ? value >= with : op == '>' ? value <= with : value != with)
			return;
	}
	awake_note_sub(a, index, (uint64_t)at, false);
}

enum err
late_decide(struct late *late, struct awake *a, bool *holds)
{
	const struct signature *s = a->signature;
	uint32_t counts[SUBSIGNATURES_MAX] = { 0 };
	enum err e;

	*holds = false;
	for (uint32_t i = 0; i < s->sub_count; i++)
		if (s->subs[i].kind == SUB_COMPARE)
			try_comparison(late, a, i);
	for (uint32_t i = 0; i < s->sub_count; i++)
		if (s->subs[i].kind == SUB_REGEX && (e = try_regex(late, a, i)) != ERR_NONE)
			return e;
	counts_of(a, counts);
	*holds = expression_holds(s->steps, s->step_count, counts, s->sub_count);
	return ERR_NONE;
}
