/* prog/clerk/hubs.h: what the listeners of the TM Forum interfaces are told. */
#ifndef HOLDFAST_PROG_CLERK_HUBS_H
#define HOLDFAST_PROG_CLERK_HUBS_H

#include "prog/clerk/clerk.h"

/* Within a transaction: keep for each listener what it is told of ${event}. */
enum err hubs_tell(struct clerk *c, const struct event *event, int64_t now);

#endif
