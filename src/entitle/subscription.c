/* entitle/subscription.c: see subscription.h. */
#include "entitle/subscription.h"

#include <assert.h>

struct policy
policy_default(void)
{
	return (struct policy){ .lease_s = 72 * 3600,
		.checkin_s = 4 * 3600,
		.grace_s = 24 * 3600,
		.doubt_s = 24 * 3600,
		.retention_s = 90 * 86400 };
}

/* Refused is zero, so a forgotten cell fails closed. An expired one is still active in the table:
 * only its paid time is over. */
static const enum sub_state next_state[SUB_STATES][EV_EVENTS] = {
	[SUB_PENDING] = { [EV_ACTIVATE] = SUB_ACTIVE, [EV_SUSPEND] = SUB_SUSPENDED,
	    [EV_CANCEL] = SUB_CANCELLED },
	[SUB_ACTIVE] = { [EV_SUSPEND] = SUB_SUSPENDED, [EV_CANCEL] = SUB_CANCELLED },
	[SUB_SUSPENDED] = { [EV_RESUME] = SUB_ACTIVE, [EV_CANCEL] = SUB_CANCELLED },
	[SUB_CANCELLED] = { [EV_REINSTATE] = SUB_ACTIVE },
};

/* A code of its own for each conflict that has a meaning of its own. */
static const char *const conflict[SUB_STATES][EV_EVENTS] = {
	[SUB_PENDING] = { [EV_RESUME] = "not_suspended", [EV_REINSTATE] = "not_cancelled" },
	[SUB_ACTIVE] = { [EV_ACTIVATE] = "already_active", [EV_RESUME] = "not_suspended",
	    [EV_REINSTATE] = "not_cancelled" },
	[SUB_SUSPENDED] = { [EV_ACTIVATE] = "subscription_suspended",
	    [EV_SUSPEND] = "already_suspended", [EV_REINSTATE] = "not_cancelled" },
	[SUB_CANCELLED] = { [EV_ACTIVATE] = "subscription_cancelled",
	    [EV_SUSPEND] = "subscription_cancelled", [EV_RESUME] = "subscription_cancelled",
	    [EV_CANCEL] = "already_cancelled" },
};

const char *
sub_state_name(enum sub_state s)
{
	static const char *const names[SUB_STATES] = { "none", "pending", "active", "suspended",
		"cancelled", "expired" };

	return (unsigned)s < SUB_STATES ? names[s] : names[SUB_NONE];
}

const char *
sub_event_name(enum sub_event e)
{
	static const char *const names[EV_EVENTS] = { "none", "activate", "suspend", "resume",
		"cancel", "reinstate" };

	return (unsigned)e < EV_EVENTS ? names[e] : names[EV_NONE];
}

enum sub_state
subscription_state_at(const struct subscription *s, int64_t now)
{
	if (s->state == SUB_ACTIVE && s->paid_until != 0 && now >= s->paid_until)
		return SUB_EXPIRED;
	return s->state;
}

enum reason
subscription_reason_at(const struct subscription *s, int64_t now, int64_t *since)
{
	*since = s->since;
	switch (subscription_state_at(s, now)) {
	case SUB_ACTIVE:
		return REASON_NONE;
	case SUB_SUSPENDED:
		/* While the provider cannot be asked, the person is believed. */
		return now < s->doubt_until ? REASON_NONE : s->reason;
	case SUB_CANCELLED:
		return s->reason;
	case SUB_EXPIRED:
		*since = s->paid_until;
		return REASON_EXPIRED;
	case SUB_PENDING:
	case SUB_NONE:
	case SUB_STATES:
		break;
	}
	return REASON_NOT_ACTIVATED;
}

enum err
subscription_apply(struct subscription *s, enum sub_event event, enum reason reason, int64_t now,
    const char **code)
{
	enum sub_state next = next_state[s->state][event];

	if (next == SUB_NONE) {
		*code = conflict[s->state][event];
		if (*code == NULL)
			*code = "not_possible";
		return ERR_CONFLICT;
	}
	assert((next == SUB_SUSPENDED || next == SUB_CANCELLED) == (reason != REASON_NONE));
	s->state = next;
	s->reason = reason;
	s->since = now;
	s->doubt_until = 0;
	s->revision++;
	return ERR_NONE;
}
