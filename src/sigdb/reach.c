/* sigdb/reach.c: see reach.h. */
#include "sigdb/reach.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"

void
reach_fini(struct reach *r)
{
	free(r->stretches);
	*r = (struct reach){ NULL, 0, 0 };
}

/* Forget what lies too far back for any part that is still to come. ${end} is the newest end; a part
 * may have been found up to its own length later than it stands. */
static void
forget(struct reach *r, uint64_t end, const struct link *next)
{
	size_t gone = 0;

	while (gone < r->count &&
	    r->stretches[gone].last + next->max + 2 * (uint64_t)PATTERN_BYTES_MAX < end)
		gone++;
	r->count -= gone;
	memmove(r->stretches, r->stretches + gone, r->count * sizeof r->stretches[0]);
}

enum err
reach_add(struct reach *r, uint64_t end, uint64_t start, const struct link *next)
{
	size_t at = r->count;
	enum err e;

	/* Where the gap may be any number, the earliest place says all. */
	if (next->max == GAP_ENDLESS && r->count > 0) {
		if (end < r->stretches[0].first)
			r->stretches[0] = (struct stretch){ end, end, start };
		return ERR_NONE;
	}
	while (at > 0 && r->stretches[at - 1].first > end)
		at--;
	if (at > 0 && r->stretches[at - 1].last + 1 >= end) {
		if (r->stretches[at - 1].last < end)
			r->stretches[at - 1].last = end;
		return ERR_NONE;
	}
	if (r->count == REACH_MAX)
		forget(r, end, next);
	if (r->count == REACH_MAX)
		return ERR_LIMIT;
	if (at > r->count)
		at = r->count;
	e = array_grow((void **)&r->stretches, &r->room, r->count + 1, sizeof r->stretches[0]);
	if (e != ERR_NONE)
		return e;
	memmove(r->stretches + at + 1, r->stretches + at, (r->count - at) * sizeof r->stretches[0]);
	r->stretches[at] = (struct stretch){ end, end, start };
	r->count++;
	return ERR_NONE;
}

bool
reach_allows(const struct reach *r, uint64_t at, const struct link *link, uint64_t *start)
{
	uint64_t low, high;

	if (at < link->min)
		return false;
	/* Ends in [low, high] allow it. */
	high = at - link->min;
	low = link->max == GAP_ENDLESS || at < link->max ? 0 : at - link->max;
	for (size_t i = r->count; i > 0; i--) {
		const struct stretch *s = &r->stretches[i - 1];

		if (s->last < low)
			return false;
		if (s->first <= high) {
			*start = s->start;
			return true;
		}
	}
	return false;
}
