/* prog/clerk/inventory.h: when the schedule says so, a provider's system is asked about each of its subscriptions,
 * and what it says is compared with what is so here (entitle/authority_reconcile.h). */
#ifndef HOLDFAST_PROG_CLERK_INVENTORY_H
#define HOLDFAST_PROG_CLERK_INVENTORY_H

#include "prog/clerk/clerk.h"

/* Begin what is due, ask what there is room for, act on what was answered. After kill -9 a round that was not done
 * is begun again: comparing twice changes nothing. */
enum err inventory_turn(struct clerk *c, int64_t now, bool *more);

#endif
