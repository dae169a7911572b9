/* sigdb/awake.c: see awake.h. */
#include "sigdb/awake.h"

#include <stdlib.h>

#include "match/image.h"
#include "match/scramble.h"

/* The code of a signature, unscrambled; the caller frees it. */
static enum err
load_code(const struct sigdb *db, uint32_t number, uint8_t **out, size_t *n)
{
	uint32_t from = number == 0 ? 0 : image_u32(db->code_ends, number - 1U);
	uint32_t end = image_u32(db->code_ends, number);
	struct bytes code;
	uint8_t *copy;

	if (number >= db->code_ends.n / 4 || end <= from ||
	    !image_part(db->code, from, end - from, &code))
		return ERR_MALFORMED;
	if ((copy = malloc(code.n)) == NULL)
		return ERR_NOMEM;
	memcpy(copy, code.p, code.n);
	scramble_bytes(SCRAMBLE_CODE, from, copy, code.n);
	*out = copy;
	*n = code.n;
	return ERR_NONE;
}

/* Do its expression, its comparisons or its regular expressions look at counts or places? */
static bool
needs_counts(const struct signature *s)
{
	if (expression_counts(s->steps, s->step_count))
		return true;
	for (uint32_t i = 0; i < s->sub_count; i++)
		if (s->subs[i].kind == SUB_COMPARE ||
		    expression_counts(s->subs[i].trigger, s->subs[i].trigger_count))
			return true;
	return false;
}

enum err
awake_new(const struct sigdb *db, uint32_t number, struct awake **out)
{
	struct awake *a = calloc(1, sizeof *a);
	size_t n = 0;
	enum err e;

	if (a == NULL)
		return ERR_NOMEM;
	a->number = number;
	if ((e = load_code(db, number, &a->code, &n)) != ERR_NONE ||
	    (e = signature_read(bytes_of(a->code, n), &a->signature)) != ERR_NONE)
		goto done;
	a->reaches = calloc(a->signature->part_count + 1, sizeof a->reaches[0]);
	if (a->reaches == NULL) {
		e = ERR_NOMEM;
		goto done;
	}
	a->counts = needs_counts(a->signature);
	a->bytes = sizeof *a + 8 * n + a->signature->part_count * sizeof a->reaches[0];
	*out = a;
	a = NULL;
done:
	awake_free(a);
	return e;
}

void
awake_free(struct awake *a)
{
	if (a == NULL)
		return;
	for (uint32_t i = 0; a->reaches != NULL && i < a->signature->part_count; i++)
		reach_fini(&a->reaches[i]);
	free(a->reaches);
	free(a->signature);
	free(a->code);
	free(a);
}

void
awake_note_sub(struct awake *a, uint32_t sub, uint64_t start, bool in_parts)
{
	struct sub_state *state = &a->subs[sub];

	/* As in ClamAV: a match counts when it lies behind the one before; where a body has gaps, each
	 * of its last parts counts. */
	if (state->matched && (in_parts ? start < state->last : start <= state->last))
		return;
	state->matched = true;
	state->last = start;
	if (state->count < UINT32_MAX)
		state->count++;
	state->done = !a->counts;
}

/* The first of ${starts} from which the part is allowed. */
static bool
find_start(struct awake *a, const struct where *where, uint32_t part, const struct spots *starts,
    const struct evaluated *object, uint64_t *start)
{
	const struct link *link = &a->signature->links[part];
	unsigned nth = 0;
	int64_t at;

	for (; spots_next(starts, &nth, &at); nth++) {
		if (at < 0)
			continue;
		*start = (uint64_t)at;
		if (link->first) {
			if (conditions_allow(where, object, (uint64_t)at))
				return true;
		} else if (reach_allows(&a->reaches[part - 1], (uint64_t)at, link, start)) {
			return true;
		}
	}
	return false;
}

bool
awake_note_part(struct awake *a, uint32_t sub, uint32_t part, const struct spots *starts,
    const struct spots *ends, const struct evaluated *object, uint64_t *start, enum err *e)
{
	const struct signature *s = a->signature;
	const struct link *link = &s->links[part];
	unsigned nth = 0;
	int64_t at;

	if (!find_start(a, &s->subs[sub].where, part, starts, object, start))
		return false;
	if (link->last)
		return true;
	for (; spots_next(ends, &nth, &at) && *e == ERR_NONE; nth++)
		*e = reach_add(&a->reaches[part], (uint64_t)at, *start, &s->links[part + 1]);
	return false;
}
