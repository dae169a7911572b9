/* prog/clerk/requests.h: persons' requests for help, mailed to whoever answers them: put into the queue once, written
 * when they go out. */
#ifndef HOLDFAST_PROG_CLERK_REQUESTS_H
#define HOLDFAST_PROG_CLERK_REQUESTS_H

#include "prog/clerk/clerk.h"

/* Put those that nobody has looked at yet into the queue; without a mail server nothing. */
enum err requests_turn(struct clerk *c, int64_t now, bool *more);

/* Whether the delivery is one. */
bool requests_is_one(const struct delivery *d);

/* Append the message to the courier. ERR_EXPIRED: it was forgotten, or nobody is left to get it. ERR_MALFORMED,
 * ERR_LIMIT: it cannot be made. */
enum err requests_write(struct clerk *c, const struct delivery *d, int64_t now, struct buf *out);

#endif
