/* sigdb/build_signature.c: one signature goes into the database: as a pattern alone, or as code that its
 * anchors wake. Which of its parts are anchors decides how often it wakes in ordinary files. */
#include <assert.h>
#include <stdlib.h>

#include "base/array.h"
#include "sigdb/build_gathered.h"
#include "sigdb/regex.h"
#include "sigdb/where.h"

/* What waking by a part costs: more where its bytes are common. */
enum { COST_LOG = 40 };
/* Of what has no part to wake by. */
#define COST_NONE (UINT64_MAX / 128)

static uint64_t
cost_of_part(const struct part *part)
{
	unsigned bits = part->rating / 16;

	return bits >= COST_LOG ? 1 : UINT64_C(1) << (COST_LOG - bits);
}

/* The part of a body, which begins at ${first} among the parts, that wakes it at least cost; *next is
 * where the next body begins. */
static uint32_t
best_part(const struct signature *s, uint32_t first, uint32_t *next)
{
	uint32_t best = first, i = first;

	for (;; i++) {
		if (cost_of_part(&s->parts[i]) < cost_of_part(&s->parts[best]))
			best = i;
		if (s->links[i].last)
			break;
	}
	*next = i + 1;
	return best;
}

static uint64_t
cost_of_body(const struct signature *s, const struct sub *sub)
{
	uint32_t i = sub->part_first;
	uint64_t cost = 0;

	while (i < sub->part_first + sub->part_count)
		cost += cost_of_part(&s->parts[best_part(s, i, &i)]);
	return cost;
}

/* The bodies of which one must match where the subsignatures in ${set} matched. A regular expression needs
 * its trigger, a comparison its subsignature. False: there are none. */
static bool
bodies_behind(const struct signature *s, const uint64_t *costs, uint64_t set, uint64_t *out,
    unsigned depth)
{
	if (depth > SUBSIGNATURES_MAX)
		return false;
	for (uint32_t i = 0; i < s->sub_count; i++) {
		const struct sub *sub = &s->subs[i];
		uint64_t more;

		if ((set >> i & 1) == 0)
			continue;
		if (sub->kind == SUB_BODY) {
			*out |= UINT64_C(1) << i;
			continue;
		}
		if (sub->kind == SUB_COMPARE)
			more = UINT64_C(1) << sub->compare.of;
		else if (!expression_needs(
			     sub->trigger, sub->trigger_count, costs, s->sub_count, &more))
			return false;
		if (more == set || !bodies_behind(s, costs, more, out, depth + 1))
			return false;
	}
	return true;
}

static bool
choose_bodies(const struct signature *s, uint64_t *out)
{
	uint64_t costs[SUBSIGNATURES_MAX], needed;

	*out = 0;
	for (uint32_t i = 0; i < s->sub_count; i++)
		costs[i] = s->subs[i].kind == SUB_BODY ? cost_of_body(s, &s->subs[i]) : COST_NONE;
	return expression_needs(s->steps, s->step_count, costs, s->sub_count, &needed) &&
	    bodies_behind(s, costs, needed, out, 0);
}

/* Where the piece of a part may stand. */
static struct place
place_of_piece(const struct where *where, const struct part *part, bool first)
{
	const struct place anywhere = { .kind = PLACE_ANY };
	struct place place;
	uint32_t before = part->before_min;

	if (!first || before != part->before_max || !where_to_place(where, &place) ||
	    place.kind == PLACE_ANY)
		return anywhere;
	if (place.kind == PLACE_START || place.kind == PLACE_BEHIND) {
		if (before > UINT32_MAX - place.from)
			return anywhere;
		place.from += before;
	} else {
		if (before > place.from)
			return anywhere;
		place.from -= before;
	}
	return place;
}

/* Have the piece of a part looked for; ${body} is what SECTION_BODIES is to say of it. */
static enum err
add_pattern(struct sigdb_build *b, unsigned target, const struct part *part, struct place place,
    uint32_t body)
{
	struct gathered_target *t = &b->targets[target];
	const struct atom *piece = &part->atoms[part->piece];
	enum err e;

	/* Room first: once the pattern is in the set, nothing may fail. */
	e = array_grow((void **)&t->bodies, &t->body_room, t->body_count + 1, sizeof t->bodies[0]);
	if (e != ERR_NONE)
		return e;
	e = patset_build_add(
	    t->patterns, &(struct pattern){ piece->value, piece->mask, piece->n, place });
	if (e != ERR_NONE)
		return e;
	t->bodies[t->body_count++] = body;
	return ERR_NONE;
}

/* Two or three bytes occur everywhere, unless their place is fixed. */
static void
warn_of_part(const struct part *part, struct place place, struct sigdb_skipped *skip)
{
	if (part->pin_gram < 4 && place.kind == PLACE_ANY)
		skip->words = "it is searched for by fewer than four bytes, which slows every scan";
}

static enum err
add_anchor(struct sigdb_build *b, const struct sub *sub, uint32_t part, struct sigdb_skipped *skip)
{
	const struct signature *s = &b->draft.signature;
	struct place place = place_of_piece(&sub->where, &s->parts[part], s->links[part].first);
	enum err e;

	if (b->anchor_count >= BODY_IS_ANCHOR - 1)
		return ERR_LIMIT;
	e = array_grow((void **)&b->anchors, &b->anchor_room, b->anchor_count + 1, sizeof b->anchors[0]);
	if (e != ERR_NONE)
		return e;
	warn_of_part(&s->parts[part], place, skip);
	e = add_pattern(b, s->target, &s->parts[part], place,
	    BODY_IS_ANCHOR | (uint32_t)b->anchor_count);
	if (e != ERR_NONE)
		return e;
	b->anchors[b->anchor_count++] = (struct anchor_row){ (uint32_t)b->code_count, part };
	return ERR_NONE;
}

/* Nothing wakes it: it is looked at in each object of its target. */
static enum err
add_always(struct sigdb_build *b)
{
	enum err e;

	e = array_grow((void **)&b->always, &b->always_room, b->always_count + 1, sizeof b->always[0]);
	if (e != ERR_NONE)
		return e;
	b->always[b->always_count++] =
	    (struct always_row){ b->draft.signature.target, (uint32_t)b->code_count };
	return ERR_NONE;
}

static enum err
add_code(struct sigdb_build *b, struct sigdb_skipped *skip)
{
	const struct signature *s = &b->draft.signature;
	uint64_t bodies;
	enum err e;

	e = array_grow((void **)&b->code_ends, &b->code_room, b->code_count + 1, sizeof b->code_ends[0]);
	if (e != ERR_NONE)
		return e;
	if (!choose_bodies(s, &bodies)) {
		if ((e = add_always(b)) != ERR_NONE)
			return e;
		skip->words = "nothing of it must be there: it is looked at in every object of its target";
		bodies = 0;
	}
	for (uint32_t i = 0; i < s->sub_count; i++) {
		const struct sub *sub = &s->subs[i];
		uint32_t part = sub->part_first;

		while ((bodies >> i & 1) != 0 && part < sub->part_first + sub->part_count)
			if ((e = add_anchor(b, sub, best_part(s, part, &part), skip)) != ERR_NONE)
				return e;
	}
	signature_write(s, &b->code);
	if (b->code.err != ERR_NONE)
		return b->code.err;
	b->code_ends[b->code_count++] = (uint32_t)b->code.n;
	return ERR_NONE;
}

/* Every regular expression must be one: later it would only fail in each object. */
static enum err
check_regexes(struct sigdb_build *b, struct sigdb_skipped *skip)
{
	const struct signature *s = &b->draft.signature;

	for (uint32_t i = 0; i < s->sub_count; i++) {
		enum err e = s->subs[i].kind != SUB_REGEX ?
		    ERR_NONE :
		    regex_check(s->subs[i].regex, s->subs[i].flags, &b->why);

		if (e == ERR_NOMEM)
			return e;
		if (e != ERR_NONE) {
			skip->reason = SIGDB_MALFORMED;
			skip->words = b->why.text;
			return ERR_NONE;
		}
	}
	return ERR_NONE;
}

enum err
build_signature_add(struct sigdb_build *b, struct sigdb_skipped *skip)
{
	struct signature *s = &b->draft.signature;
	const struct part *part = &s->parts[0];
	struct place place;
	enum err e;

	if ((e = check_regexes(b, skip)) != ERR_NONE || skip->reason != SIGDB_TAKEN)
		return e;
	if ((e = build_name_add(b, b->draft.name, &s->name)) != ERR_NONE)
		return e;
	if (signature_is_one_body(s) && s->part_count == 1 && part_is_piece(part) &&
	    where_to_place(&s->subs[0].where, &place)) {
		warn_of_part(part, place, skip);
		return add_pattern(b, s->target, part, place, s->name);
	}
	return add_code(b, skip);
}
