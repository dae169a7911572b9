/* sigdb/draft.c: see draft.h. */
#include "sigdb/draft.h"

void
draft_clear(struct draft *d, const struct rarity *rarity)
{
	d->signature = (struct signature){ .subs = d->subs, .parts = d->parts, .links = d->links,
		.steps = d->steps };
	d->name_room[0] = '\0';
	d->name = d->name_room;
	d->rarity = rarity;
	d->pool_n = 0;
	d->steps_used = 0;
}

uint8_t *
draft_take(struct draft *d, size_t n)
{
	uint8_t *p = d->pool + d->pool_n;

	if (n > DRAFT_POOL - d->pool_n)
		return NULL;
	d->pool_n += n;
	return p;
}

enum err
draft_expression(struct draft *d, struct bytes text, uint32_t subs, const struct step **out,
    uint32_t *count)
{
	size_t room = SIGNATURE_STEPS_MAX - d->steps_used, n;
	enum err e;

	if (room > EXPRESSION_STEPS_MAX)
		room = EXPRESSION_STEPS_MAX;
	e = expression_read(text, subs, d->steps + d->steps_used, room, &n);
	if (e != ERR_NONE)
		return e;
	*out = d->steps + d->steps_used;
	*count = (uint32_t)n;
	d->steps_used += (uint32_t)n;
	return ERR_NONE;
}
