/* prog/clerk/follow.h: from the event log to the queue: each event, once, for everybody who is to be told. */
#ifndef HOLDFAST_PROG_CLERK_FOLLOW_H
#define HOLDFAST_PROG_CLERK_FOLLOW_H

#include "prog/clerk/clerk.h"

/* Make the deliveries of the next events, as one transaction with the cursor's move. *more is set when there
 * may be others. */
enum err follow_log(struct clerk *c, int64_t now, bool *more);

#endif
