/* match/view.h: an object's bytes at any place, while it is streamed.
 * Most of what is asked for lies in the window that is in memory anyway; the rest is read aside.
 * Owns nothing: the caller gives the window and the memory for what is read aside. */
#ifndef HOLDFAST_MATCH_VIEW_H
#define HOLDFAST_MATCH_VIEW_H

#include "base/source.h"

/* Bytes that are read aside at once, and the most that may be asked for. */
#define VIEW_ASIDE ((size_t)64 << 10)

struct view {
	const struct source *object;
	struct bytes window;	/* bytes of the object from ${window_at} on */
	uint64_t window_at;
	uint8_t *aside;		/* VIEW_ASIDE bytes, or NULL when the window is the whole object */
	uint64_t aside_at;
	size_t aside_n;
	uint64_t reads;		/* how often something was read aside: it costs */
	enum err err;		/* the first error of reading, which sticks */
};

/* ${aside} has VIEW_ASIDE bytes; not needed for objects in memory, whose window is all of them. */
void view_init(struct view *v, const struct source *object, uint8_t *aside);

/* ${n} bytes at ${at}, borrowed until the next call; NULL where the object has not that many, or more
 * than VIEW_ASIDE are asked for, or they cannot be read. */
const uint8_t *view_read_aside(struct view *v, uint64_t at, size_t n);

static inline const uint8_t *
view_bytes(struct view *v, uint64_t at, size_t n)
{
	uint64_t in = at - v->window_at;

	if (v->window.n > 0 && at >= v->window_at && in <= v->window.n && n <= v->window.n - in)
		return v->window.p + in;
	return view_read_aside(v, at, n);
}

#endif
