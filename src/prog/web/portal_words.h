/* prog/web/portal_words.h: the events of a subscription's log as a subscriber reads them. */
#ifndef HOLDFAST_PROG_WEB_PORTAL_WORDS_H
#define HOLDFAST_PROG_WEB_PORTAL_WORDS_H

#include "entitle/store.h"

/* Append what ${e} says, as a sentence, and who did it (nothing for what happens by itself). False: it is nothing that a
 * person was meant to read. */
bool portal_words_write(const struct event *e, const char *provider, struct buf *words, struct buf *actor);

#endif
