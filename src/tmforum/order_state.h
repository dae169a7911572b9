/* tmforum/order_state.h: the life of an order and of its items, and of the task that cancels an order, as the
 * state machines of TMF641 v4.1 and TMF622 v4 draw them. Pure. */
#ifndef HOLDFAST_TMFORUM_ORDER_STATE_H
#define HOLDFAST_TMFORUM_ORDER_STATE_H

#include <stdbool.h>

/* Zero is none, so that a forgotten cell fails closed. */
enum order_state {
	ORDER_NONE = 0,
	ORDER_ACKNOWLEDGED,
	ORDER_REJECTED,
	ORDER_PENDING,
	ORDER_HELD,
	ORDER_IN_PROGRESS,
	ORDER_CANCELLED,
	ORDER_COMPLETED,
	ORDER_FAILED,
	ORDER_PARTIAL,
	ORDER_ASSESSING_CANCELLATION,
	ORDER_PENDING_CANCELLATION,
	ORDER_STATES
};

/* "acknowledged", "inProgress", …; "none". */
const char *order_state_name(enum order_state s);
/* ORDER_NONE: no state has this name. */
enum order_state order_state_of(const char *name);

/* Whether an order may go from ${from} to ${to} at all. Staying is not going. */
bool order_state_allows(enum order_state from, enum order_state to);

/* Whether whoever placed the order may ask for that: to hold it, to let it go on, to cancel it. The rest is
 * ours: nobody but us says that an order is completed. */
bool order_state_may_ask(enum order_state from, enum order_state to);

/* Whether nothing can happen to it any more. */
bool order_state_is_final(enum order_state s);

/* The state of an order whose items ended in these: any of them (indexed by state) true when an item did. */
enum order_state order_state_of_items(const bool ended[ORDER_STATES]);

/* What the task says of itself, by what became of the order. */
enum task_state { TASK_NONE = 0, TASK_ACCEPTED, TASK_IN_PROGRESS, TASK_DONE, TASK_FAILED, TASK_STATES };

/* "accepted", "inProgress", "done", "terminatedWithError". */
const char *task_state_name(enum task_state s);

#endif
