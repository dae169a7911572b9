/* prog/clerk/courier.h: a question to the courier, on a connection of its own. */
#ifndef HOLDFAST_PROG_CLERK_COURIER_H
#define HOLDFAST_PROG_CLERK_COURIER_H

#include "prog/clerk/clerk.h"

/* Connect, send ${message}, and have ${spoke} called once: with EV_READ, or with EV_TIMEOUT after ${within_s}. *fd is
 * the caller's to close, *event to free. On an error there is neither, and nobody asks for a second. */
enum err courier_ask(struct clerk *c, struct bytes message, int within_s, event_callback_fn spoke, void *ctx,
    int *fd, struct event **event);

/* It ended without an answer: nobody asks for a second, by when it is back. */
void courier_lost(struct clerk *c);

/* Whether it may be asked now. */
bool courier_is_there(const struct clerk *c);

#endif
