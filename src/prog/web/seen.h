/* prog/web/seen.h: when devices were last seen, and with which protection data: kept for a moment and written
 * together, because a write of its own would cost each check-in more than all else. It is for people to look at:
 * what a process that is killed had not written comes with the device's next check-in. */
#ifndef HOLDFAST_PROG_WEB_SEEN_H
#define HOLDFAST_PROG_WEB_SEEN_H

#include "prog/web/web.h"

/* Written at least this often, while there is something to write. */
#define SEEN_WRITE_MS 250

enum err seen_new(struct web *w, struct seen **out);
/* Writes what is left. */
void seen_free(struct seen *all);

/* Note that ${d} was here at ${now}; nothing is written when it was a moment ago, with the same ${generation}. */
void seen_note(struct seen *all, const struct device *d, int64_t generation, int64_t now);

#endif
