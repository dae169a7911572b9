/* prog/clerk/dispatch.h: from the queue to the courier, and what came of it back into the queue. */
#ifndef HOLDFAST_PROG_CLERK_DISPATCH_H
#define HOLDFAST_PROG_CLERK_DISPATCH_H

#include "prog/clerk/clerk.h"

/* Hand what is due to the courier, as far as there is room: of each lane no more than it may have under way. What
 * there was no room for waits for an answer: *more is left as it is. */
enum err dispatch_due(struct clerk *c, int64_t now, bool *more);

/* Write down what came back, as one transaction. Until that is done it is not forgotten. */
enum err dispatch_record(struct clerk *c, int64_t now);

/* How many are with the courier, or not yet written down. */
size_t dispatch_busy(const struct clerk *c);

#endif
