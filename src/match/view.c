/* match/view.c: see view.h. */
#include "match/view.h"

void
view_init(struct view *v, const struct source *object, uint8_t *aside)
{
	*v = (struct view){ .object = object, .aside = aside };
	if (object->fd < 0)
		v->window = object->whole;
}

/* Where to read so that ${n} bytes at ${at} come with as much before them as behind. */
static uint64_t
aside_place(uint64_t at, size_t n)
{
	size_t spare = (VIEW_ASIDE - n) / 2;

	return at < spare ? 0 : at - spare;
}

const uint8_t *
view_read_aside(struct view *v, uint64_t at, size_t n)
{
	enum err e;

	if (n > VIEW_ASIDE || at > v->object->size || n > v->object->size - at ||
	    v->aside == NULL || v->err != ERR_NONE)
		return NULL;
	if (at < v->aside_at || at - v->aside_at > v->aside_n ||
	    n > v->aside_n - (at - v->aside_at)) {
		v->reads++;
		v->aside_at = aside_place(at, n);
		e = source_read(v->object, v->aside_at, v->aside, VIEW_ASIDE, &v->aside_n);
		if (e != ERR_NONE || at - v->aside_at + n > v->aside_n) {
			v->err = e != ERR_NONE ? e : ERR_TRUNCATED;
			v->aside_n = 0;
			return NULL;
		}
	}
	return v->aside + (at - v->aside_at);
}
