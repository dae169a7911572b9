/* format/window.c: see window.h. */
#include "format/window.h"

#include <stdlib.h>

enum err
window_new(const struct outlet *out, uint8_t fill, struct window **w)
{
	struct window *fresh = malloc(sizeof *fresh);

	if (fresh == NULL)
		return ERR_NOMEM;
	fresh->out = out;
	fresh->written = fresh->flushed = 0;
	fresh->refused = false;
	memset(fresh->room, fill, sizeof fresh->room);
	*w = fresh;
	return ERR_NONE;
}

void
window_flush(struct window *w)
{
	size_t n = (size_t)(w->written - w->flushed);

	/* It never wraps: window_put flushes whenever the end is reached. */
	if (n > 0 && !w->refused &&
	    !outlet_put(w->out, bytes_of(w->room + w->flushed % WINDOW_BYTES, n)))
		w->refused = true;
	w->flushed = w->written;
}
