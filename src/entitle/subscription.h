/* entitle/subscription.h: the records of the subscription authority, and the life of a subscription.
 * Pure: no clock, no store. */
#ifndef HOLDFAST_ENTITLE_SUBSCRIPTION_H
#define HOLDFAST_ENTITLE_SUBSCRIPTION_H

#include "entitle/lease.h"

/* What a provider decides once for all its subscriptions. Times in seconds. */
struct policy {
	int64_t lease_s;	/* lifetime of a lease */
	int64_t checkin_s;	/* how often a protected device asks */
	int64_t grace_s;	/* after the lease, while the server cannot be reached */
	int64_t doubt_s;	/* benefit of the doubt on Reactivate; 0: none */
	int64_t retention_s;	/* how long a cancelled subscription can be reinstated */
	int64_t billing_grace_s; /* suspended for billing: its devices stay protected for so long */
	int64_t request_grace_s; /* likewise, suspended for a reason of the provider's own */
	int64_t expiry_grace_s;	/* likewise, when the paid time is over */
	int64_t activate_s;	/* ordered and not activated for so long: cancelled; 0: never */
	int64_t transfers;	/* moves of seats by persons in TRANSFER_WINDOW_S; 0: no limit */
	int64_t undo_s;		/* a move of a seat can be undone for so long */
	int64_t backdate_s;	/* how far back a change may take effect */
	int64_t reconcile_s;	/* compared with the provider's inventory so often; 0: never */
	int64_t reminder_days[REMINDERS_MAX]; /* days before the paid time ends; 0: none */
};

/* 72 h, 4 h, 24 h, 24 h, 90 days; no graces, no deadline; 10 moves, undone within 24 h; 14 days; 24 h;
 * 30, 7 and 1 days. */
struct policy policy_default(void);

#define TRANSFER_WINDOW_S (30 * 86400)

/* How long devices stay protected after the subscription has stopped for ${reason}; 0 for what is final. */
int64_t policy_grace(const struct policy *p, enum reason reason);

/* Once in so long the benefit of the doubt is given. */
#define DOUBT_AGAIN_S (30 * 86400)

/* Where a provider stands among the others, and whether it is suspended; entitle/authority_tree.h. */
struct tree_place {
	char parent[ID_SIZE];	/* the provider above it; empty: none */
	enum reason suspended_for; /* REASON_NONE: it is not suspended */
	int64_t suspended;	/* since when */
	int64_t spared_until;	/* its subscribers stay protected until then all the same */
};

struct provider {
	char id[ID_SIZE];
	struct contact contact;
	char verify_url[URL_SIZE];   /* its system's answer on one subscription; empty: none */
	char verify_token[URL_SIZE]; /* bearer token for it; empty: none */
	struct policy policy;
	bool retail;		/* the vendor's own: sells to the persons directly */
	int64_t leaves;		/* it ends its service then (entitle/authority_leave.h); 0: not */
	char leaves_to[ID_SIZE]; /* the provider that takes over; empty: nobody does */
	struct tree_place place;
	int64_t created;
};

/* Zero is none, so that a forgotten cell fails closed. */
enum sub_state {
	SUB_NONE = 0,
	SUB_PENDING,	/* ordered, no device activated yet */
	SUB_ACTIVE,
	SUB_SUSPENDED,
	SUB_CANCELLED,
	SUB_EXPIRED,
	SUB_STATES
};

enum sub_event {
	EV_NONE = 0,
	EV_ACTIVATE,	/* the first device */
	EV_SUSPEND,
	EV_RESUME,
	EV_CANCEL,
	EV_REINSTATE,
	EV_RENEW,		/* paid for until a later time */
	EV_EVENTS
};

/* What the provider's system said of a subscription. */
enum verify_answer {
	VERIFY_NONE = 0,	/* not asked: there is no such system, or nothing to ask */
	VERIFY_ACTIVE,
	VERIFY_SUSPENDED,
	VERIFY_CANCELLED,
	VERIFY_UNREACHABLE,
	VERIFY_MISSING,		/* its inventory has no such subscription */
	VERIFY_ANSWERS
};

/* What the person said to moving to whoever takes over from the provider. */
enum consent {
	CONSENT_NONE = 0,	/* nothing yet: it does not move */
	CONSENT_GIVEN,
	CONSENT_REFUSED,
	CONSENTS
};

struct subscription {
	char id[ID_SIZE];
	char provider[ID_SIZE];
	char external_id[EXTERNAL_ID_SIZE]; /* the provider's own name for it */
	char reference[REFERENCE_SIZE];
	enum sub_state state;
	enum reason reason;	/* REASON_NONE unless suspended or cancelled */
	int64_t since;		/* of the state */
	int64_t decided;	/* when the last change took effect: an earlier one comes too late */
	int64_t activated;	/* by its first device; 0: not yet */
	int64_t seats;
	int64_t paid_until;	/* 0: open-ended */
	int64_t expiry_grace_s;	/* after paid_until, from the policy */
	int64_t expiry_told;	/* the paid_until whose end is in the log */
	bool renews;		/* the payment service renews it by itself */
	int64_t grace_until;	/* suspended: protected until then all the same */
	int64_t doubt_until;	/* benefit of the doubt runs until then */
	int64_t doubt_given;	/* when it was last given; 0: never */
	enum verify_answer said; /* what the provider's system last said of it, */
	int64_t said_at;	/* and when; 0: never asked */
	enum consent consent;	/* to moving when the provider leaves */
	char merged_into[ID_SIZE]; /* the subscription that took it over; empty: none did */
	int64_t purged;		/* its personal data is gone since then; 0: not */
	int64_t created;
	int64_t revision;	/* rises with every change that a device should see */
};

struct device {
	char id[ID_SIZE];
	char subscription[ID_SIZE]; /* whose seat it has or had last */
	char name[NAME_SIZE];
	char machine[ID_SIZE * 3];
	char platform[ID_SIZE];
	uint8_t key[EPOCH_KEY_SIZE]; /* X25519, for epoch keys */
	bool seated;
	enum reason left;	/* when not seated: why */
	int64_t left_at;
	char moved_to[NAME_SIZE]; /* REASON_TRANSFERRED: the device that took its seat */
	char moved_to_id[ID_SIZE];
	int64_t told;		/* when it first asked after it had lost its seat; 0: not yet */
	int64_t created;
	int64_t last_seen;
	int64_t generation;	/* of its protection data, as it last said */
};

/* "none", "active", "suspended", "cancelled", "unreachable", "missing". */
const char *verify_answer_name(enum verify_answer a);
/* "none", "given", "refused". */
const char *consent_name(enum consent c);

/* "pending", "active", … */
const char *sub_state_name(enum sub_state s);
/* "suspend", … */
const char *sub_event_name(enum sub_event e);

/* The state at ${now}: an active subscription whose paid time is over is expired. */
enum sub_state subscription_state_at(const struct subscription *s, int64_t now);

/* Whether what the provider's system last said of it fits what it is here at ${now}; true when it has said nothing. */
bool subscription_agrees(const struct subscription *s, int64_t now);

/* What a subscription means for the devices on its seats. */
struct standing {
	enum reason reason;	/* why they are not protected; REASON_NONE: they are */
	int64_t since;
	enum reason ending;	/* they are, for a while yet, in spite of this; REASON_NONE: for good */
	int64_t until;		/* the end of that while */
};
struct standing subscription_standing(const struct subscription *s, int64_t now);

/* What stops every subscription of a provider: it, or one above it, is suspended. */
struct block {
	int64_t since;		/* 0: nothing does */
	int64_t spared_until;	/* they stay protected until then all the same */
};

/* What a subscription that stands so by itself means under its provider's block. */
struct standing standing_under(struct standing own, const struct block *b, int64_t now);

/* What happens to a subscription, and when it takes effect. */
struct happening {
	enum sub_event event;
	enum reason reason;	/* EV_SUSPEND, EV_CANCEL: why */
	int64_t at;
	int64_t paid_until;	/* EV_RENEW: 0: open-ended */
};

/* Apply it under the provider's policy. ERR_CONFLICT when the state does not allow it: *code is then a stable
 * code such as "already_suspended"; nothing has changed. Raises the revision. */
enum err subscription_apply(struct subscription *s, const struct happening *h, const struct policy *policy,
    const char **code);

/* The stable code of the conflict of ${event} with ${state}; NULL: none, it is possible. */
const char *subscription_conflict(enum sub_state state, enum sub_event event);

#endif
