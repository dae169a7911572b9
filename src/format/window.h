/* format/window.h: the sliding window of an LZ decoder, which goes to an outlet as it fills.
 * For this folder only. */
#ifndef HOLDFAST_FORMAT_WINDOW_H
#define HOLDFAST_FORMAT_WINDOW_H

#include "format/outlet.h"

#define WINDOW_BYTES 65536	/* a power of two; what Deflate64 needs, the most of all */

struct window {
	const struct outlet *out;
	uint64_t written, flushed;	/* bytes put so far, and given of these */
	bool refused;		/* the outlet wants no more */
	uint8_t room[WINDOW_BYTES];
};

/* ERR_NOMEM. The caller frees *out. Begins as ${fill}, as some formats refer to before the start. */
enum err window_new(const struct outlet *out, uint8_t fill, struct window **w);

/* Give what was not given yet. */
void window_flush(struct window *w);

static inline void
window_put(struct window *w, uint8_t byte)
{
	w->room[w->written++ % WINDOW_BYTES] = byte;
	if (w->written % WINDOW_BYTES == 0)
		window_flush(w);
}

/* ${n} bytes from ${distance} back. */
static inline void
window_copy(struct window *w, uint64_t distance, uint64_t n)
{
	for (; n > 0 && !w->refused; n--)
		window_put(w, w->room[(w->written - distance) % WINDOW_BYTES]);
}

#endif
