/* tmforum/order_state.c: see order_state.h. */
#include "tmforum/order_state.h"

#include "base/text.h"

static const char *const names[ORDER_STATES] = {
	[ORDER_NONE] = "none",
	[ORDER_ACKNOWLEDGED] = "acknowledged",
	[ORDER_REJECTED] = "rejected",
	[ORDER_PENDING] = "pending",
	[ORDER_HELD] = "held",
	[ORDER_IN_PROGRESS] = "inProgress",
	[ORDER_CANCELLED] = "cancelled",
	[ORDER_COMPLETED] = "completed",
	[ORDER_FAILED] = "failed",
	[ORDER_PARTIAL] = "partial",
	[ORDER_ASSESSING_CANCELLATION] = "assessingCancellation",
	[ORDER_PENDING_CANCELLATION] = "pendingCancellation",
};

/* Who may bring an order from the row's state to the column's. */
enum who { NOBODY = 0, US, ASKED };

static const enum who moves[ORDER_STATES][ORDER_STATES] = {
	[ORDER_ACKNOWLEDGED] = { [ORDER_IN_PROGRESS] = US, [ORDER_REJECTED] = US,
	    [ORDER_CANCELLED] = ASKED, [ORDER_ASSESSING_CANCELLATION] = ASKED },
	[ORDER_IN_PROGRESS] = { [ORDER_PENDING] = ASKED, [ORDER_HELD] = ASKED, [ORDER_COMPLETED] = US,
	    [ORDER_FAILED] = US, [ORDER_PARTIAL] = US, [ORDER_CANCELLED] = ASKED,
	    [ORDER_ASSESSING_CANCELLATION] = ASKED },
	[ORDER_PENDING] = { [ORDER_IN_PROGRESS] = ASKED, [ORDER_CANCELLED] = ASKED,
	    [ORDER_ASSESSING_CANCELLATION] = ASKED },
	[ORDER_HELD] = { [ORDER_IN_PROGRESS] = ASKED, [ORDER_CANCELLED] = ASKED,
	    [ORDER_ASSESSING_CANCELLATION] = ASKED },
	/* Back to where it was, or on to its end. */
	[ORDER_ASSESSING_CANCELLATION] = { [ORDER_ACKNOWLEDGED] = US, [ORDER_IN_PROGRESS] = US,
	    [ORDER_PENDING] = US, [ORDER_HELD] = US, [ORDER_PENDING_CANCELLATION] = US },
	[ORDER_PENDING_CANCELLATION] = { [ORDER_CANCELLED] = US },
};

const char *
order_state_name(enum order_state s)
{
	return (unsigned)s < ORDER_STATES ? names[s] : names[ORDER_NONE];
}

enum order_state
order_state_of(const char *name)
{
	for (int s = ORDER_NONE + 1; s < ORDER_STATES; s++)
		if (text_equal(names[s], name))
			return (enum order_state)s;
	return ORDER_NONE;
}

bool
order_state_allows(enum order_state from, enum order_state to)
{
	return moves[from][to] != NOBODY;
}

bool
order_state_may_ask(enum order_state from, enum order_state to)
{
	return moves[from][to] == ASKED;
}

bool
order_state_is_final(enum order_state s)
{
	for (int to = ORDER_NONE; to < ORDER_STATES; to++)
		if (moves[s][to] != NOBODY)
			return false;
	return true;
}

enum order_state
order_state_of_items(const bool ended[ORDER_STATES])
{
	if (!ended[ORDER_FAILED])
		return ORDER_COMPLETED;
	return ended[ORDER_COMPLETED] ? ORDER_PARTIAL : ORDER_FAILED;
}

const char *
task_state_name(enum task_state s)
{
	static const char *const words[TASK_STATES] = { "none", "accepted", "inProgress", "done",
		"terminatedWithError" };

	return (unsigned)s < TASK_STATES ? words[s] : words[TASK_NONE];
}
