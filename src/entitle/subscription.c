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
		.retention_s = 90 * 86400,
		.transfers = 10,
		.undo_s = 24 * 3600,
		.backdate_s = 14 * 86400,
		.reconcile_s = 24 * 3600,
		.reminder_days = { 30, 7, 1 } };
}

int64_t
policy_grace(const struct policy *p, enum reason reason)
{
	switch (reason) {
	case REASON_BILLING:
		return p->billing_grace_s;
	case REASON_PROVIDER_REQUEST:
		return p->request_grace_s;
	case REASON_EXPIRED:
		return p->expiry_grace_s;
	case REASON_NONE:
	case REASON_NOT_ACTIVATED:
	case REASON_DISCONTINUED:
	case REASON_TRANSFERRED:
	case REASON_REMOVED:
	case REASON_SEAT_LOST:
	case REASON_UNREACHABLE:
	case REASON_CLOCK:
	case REASON_UPDATE_STALE:
	case REASON_PROVIDER_SUSPENDED:
	case REASON_COUNT:
		break;
	}
	return 0;
}

/* Refused is zero, so a forgotten cell fails closed. An expired one is still active in the table:
 * only its paid time is over. */
static const enum sub_state next_state[SUB_STATES][EV_EVENTS] = {
	[SUB_PENDING] = { [EV_ACTIVATE] = SUB_ACTIVE, [EV_SUSPEND] = SUB_SUSPENDED,
	    [EV_CANCEL] = SUB_CANCELLED, [EV_RENEW] = SUB_PENDING },
	[SUB_ACTIVE] = { [EV_SUSPEND] = SUB_SUSPENDED, [EV_CANCEL] = SUB_CANCELLED,
	    [EV_RENEW] = SUB_ACTIVE },
	[SUB_SUSPENDED] = { [EV_RESUME] = SUB_ACTIVE, [EV_CANCEL] = SUB_CANCELLED },
	[SUB_CANCELLED] = { [EV_REINSTATE] = SUB_ACTIVE },
};

/* A code of its own for each conflict. */
static const char *const conflict[SUB_STATES][EV_EVENTS] = {
	[SUB_PENDING] = { [EV_RESUME] = "not_suspended", [EV_REINSTATE] = "not_cancelled" },
	[SUB_ACTIVE] = { [EV_ACTIVATE] = "already_active", [EV_RESUME] = "not_suspended",
	    [EV_REINSTATE] = "not_cancelled" },
	[SUB_SUSPENDED] = { [EV_ACTIVATE] = "subscription_suspended",
	    [EV_SUSPEND] = "already_suspended", [EV_REINSTATE] = "not_cancelled",
	    [EV_RENEW] = "renew_of_suspended" },
	[SUB_CANCELLED] = { [EV_ACTIVATE] = "subscription_cancelled",
	    [EV_SUSPEND] = "subscription_cancelled", [EV_RESUME] = "subscription_cancelled",
	    [EV_CANCEL] = "already_cancelled", [EV_RENEW] = "renew_of_cancelled" },
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
		"cancel", "reinstate", "renew" };

	return (unsigned)e < EV_EVENTS ? names[e] : names[EV_NONE];
}

enum sub_state
subscription_state_at(const struct subscription *s, int64_t now)
{
	if (s->state == SUB_ACTIVE && s->paid_until != 0 && now >= s->paid_until)
		return SUB_EXPIRED;
	return s->state;
}

const char *
verify_answer_name(enum verify_answer a)
{
	static const char *const names[VERIFY_ANSWERS] = { "none", "active", "suspended", "cancelled",
		"unreachable", "missing" };

	return (unsigned)a < VERIFY_ANSWERS ? names[a] : names[VERIFY_NONE];
}

bool
subscription_agrees(const struct subscription *s, int64_t now)
{
	enum sub_state ours = subscription_state_at(s, now);

	switch (s->said) {
	case VERIFY_ACTIVE:
		return ours == SUB_ACTIVE || ours == SUB_PENDING;
	case VERIFY_SUSPENDED:
		return ours == SUB_SUSPENDED;
	case VERIFY_CANCELLED:
	case VERIFY_MISSING:
		return ours == SUB_CANCELLED;
	case VERIFY_NONE:
	case VERIFY_UNREACHABLE:
	case VERIFY_ANSWERS:
		break;
	}
	return true;
}

const char *
consent_name(enum consent c)
{
	static const char *const names[CONSENTS] = { "none", "given", "refused" };

	return (unsigned)c < CONSENTS ? names[c] : names[CONSENT_NONE];
}

/* Stopped for ${reason} since ${since}, but protected until ${until} all the same. */
static struct standing
stopped(enum reason reason, int64_t since, int64_t until, int64_t now)
{
	if (now < until)
		return (struct standing){ .since = since, .ending = reason, .until = until };
	return (struct standing){ .reason = reason, .since = since };
}

struct standing
subscription_standing(const struct subscription *s, int64_t now)
{
	/* While the provider cannot be asked, the person is believed. */
	int64_t spared = s->grace_until > s->doubt_until ? s->grace_until : s->doubt_until;

	switch (subscription_state_at(s, now)) {
	case SUB_ACTIVE:
		return (struct standing){ .since = s->since };
	case SUB_SUSPENDED:
		/* Nothing protects for longer than is paid for. */
		if (s->paid_until != 0 && spared > s->paid_until + s->expiry_grace_s)
			spared = s->paid_until + s->expiry_grace_s;
		return stopped(s->reason, s->since, spared, now);
	case SUB_CANCELLED:
		return stopped(s->reason, s->since, 0, now);
	case SUB_EXPIRED:
		return stopped(REASON_EXPIRED, s->paid_until, s->paid_until + s->expiry_grace_s, now);
	case SUB_PENDING:
	case SUB_NONE:
	case SUB_STATES:
		break;
	}
	return (struct standing){ .reason = REASON_NOT_ACTIVATED, .since = s->since };
}

struct standing
standing_under(struct standing own, const struct block *b, int64_t now)
{
	struct standing blocked = stopped(REASON_PROVIDER_SUSPENDED, b->since, b->spared_until, now);

	/* Its own reason is the one that the person can do something about. */
	if (b->since == 0 || own.reason != REASON_NONE)
		return own;
	if (blocked.reason == REASON_NONE && own.ending != REASON_NONE && own.until <= blocked.until)
		return own;
	return blocked;
}

const char *
subscription_conflict(enum sub_state state, enum sub_event event)
{
	const char *code = "not_possible";

	if ((unsigned)state < SUB_STATES && (unsigned)event < EV_EVENTS) {
		if (next_state[state][event] != SUB_NONE)
			return NULL;
		if (conflict[state][event] != NULL)
			code = conflict[state][event];
	}
	return code;
}

enum err
subscription_apply(struct subscription *s, const struct happening *h, const struct policy *policy,
    const char **code)
{
	enum sub_state next;

	if ((*code = subscription_conflict(s->state, h->event)) != NULL)
		return ERR_CONFLICT;
	next = next_state[s->state][h->event];
	assert((next == SUB_SUSPENDED || next == SUB_CANCELLED) == (h->reason != REASON_NONE));
	if (h->event == EV_ACTIVATE)
		s->activated = h->at;
	else
		s->decided = h->at;
	if (h->event == EV_RENEW) {
		s->paid_until = h->paid_until;
		s->expiry_grace_s = policy->expiry_grace_s;
	} else {
		s->since = h->at;
		s->doubt_until = 0;
		s->grace_until =
		    next == SUB_SUSPENDED && s->activated != 0 ? h->at + policy_grace(policy, h->reason) : 0;
	}
	s->state = next;
	s->reason = h->reason;
	s->revision++;
	return ERR_NONE;
}
