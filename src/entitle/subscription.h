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
};

/* 72 h, 4 h, 24 h, 24 h, 90 days. */
struct policy policy_default(void);

/* Once in so long the benefit of the doubt is given. */
#define DOUBT_AGAIN_S (30 * 86400)

struct provider {
	char id[ID_SIZE];
	struct contact contact;
	char verify_url[URL_SIZE];   /* its system's answer on one subscription; empty: none */
	char verify_token[URL_SIZE]; /* bearer token for it; empty: none */
	struct policy policy;
	bool retail;		/* the vendor's own: sells to the persons directly */
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
	EV_EVENTS
};

struct subscription {
	char id[ID_SIZE];
	char provider[ID_SIZE];
	char external_id[EXTERNAL_ID_SIZE]; /* the provider's own name for it */
	char reference[REFERENCE_SIZE];
	enum sub_state state;
	enum reason reason;	/* REASON_NONE unless suspended or cancelled */
	int64_t since;		/* of the state */
	int64_t seats;
	int64_t paid_until;	/* 0: open-ended */
	int64_t doubt_until;	/* benefit of the doubt runs until then */
	int64_t doubt_given;	/* when it was last given; 0: never */
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
	int64_t created;
	int64_t last_seen;
	int64_t generation;	/* of its protection data, as it last said */
};

/* "pending", "active", … */
const char *sub_state_name(enum sub_state s);
/* "suspend", … */
const char *sub_event_name(enum sub_event e);

/* The state at ${now}: an active subscription whose paid time is over is expired. */
enum sub_state subscription_state_at(const struct subscription *s, int64_t now);

/* Why its devices are not protected at ${now}, and since when; REASON_NONE when they are. */
enum reason subscription_reason_at(const struct subscription *s, int64_t now, int64_t *since);

/* Apply ${event}. ERR_CONFLICT when the state does not allow it: *code is then a stable code such as
 * "already_suspended"; nothing has changed. Raises the revision. */
enum err subscription_apply(struct subscription *s, enum sub_event event, enum reason reason,
    int64_t now, const char **code);

#endif
