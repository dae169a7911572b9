/* entitle/store_schedule.h: what the authority needs from a store for what is to happen later; part of struct
 * store, whose errors and transactions hold here too. Knows no rule: what is due is done by
 * entitle/authority_schedule.c. */
#ifndef HOLDFAST_ENTITLE_STORE_SCHEDULE_H
#define HOLDFAST_ENTITLE_STORE_SCHEDULE_H

#include "entitle/subscription.h"

struct store;

enum due_kind {
	DUE_NONE = 0,
	DUE_CHANGE,		/* a change of a subscription that was dated ahead */
	DUE_REMINDER,		/* tell the person what ends soon */
	DUE_ACTIVATION,		/* it was not activated in time */
	DUE_DOUBT_END,		/* the benefit of the doubt is over */
	DUE_GRACE_END,		/* the time in spite of a suspension or expiry is over */
	DUE_EXPIRY,		/* the paid time is over */
	DUE_PURGE,		/* retention is over */
	DUE_RECONCILE,		/* of a provider: compare with its inventory */
	DUE_LEAVING,		/* of a provider: its subscriptions move or end */
	DUE_NOTICE,		/* of a provider: its subscriptions are told of that */
	DUE_BLOCK,		/* of a provider: they are told that it is suspended (EV_SUSPEND), or no more */
	DUE_LAPSE,		/* it has been expired for as long as a cancelled one is kept: it is cancelled */
	DUE_KINDS
};

/* One thing to be done at ${at} with a subscription, or a provider. */
struct due {
	char id[ID_SIZE];	/* "due_…" */
	char subject[ID_SIZE];	/* a subscription's id or a provider's */
	enum due_kind kind;
	int64_t at;
	enum sub_event event;	/* DUE_CHANGE: what, */
	enum reason reason;	/* why, */
	int64_t paid_until;	/* until when (EV_RENEW), */
	char actor[NAME_SIZE];	/* and who wants it */
	char about[ID_SIZE];	/* DUE_REMINDER: of what; DUE_LEAVING, DUE_NOTICE, DUE_BLOCK: the last subscription done */
};

/* Return false to stop the listing. */
typedef bool store_due_fn(void *ctx, const struct due *d);

struct store_schedule {
	/* ERR_EXISTS: the id is taken. */
	enum err (*add)(struct store *s, const struct due *d);
	enum err (*get)(struct store *s, const char *id, struct due *out);
	/* The one that is due first; what was added first among those of one time. ERR_NOT_FOUND: none. */
	enum err (*get_next)(struct store *s, struct due *out);
	/* Likewise, of one subject. */
	enum err (*get_next_of)(struct store *s, const char *subject, struct due *out);
	/* Of one subject, in the order in which they are due. */
	enum err (*list)(struct store *s, const char *subject, store_due_fn *fn, void *ctx);
	/* ERR_NOT_FOUND. */
	enum err (*remove)(struct store *s, const char *id);
	/* All of a subject but what somebody dated ahead (DUE_CHANGE), and what is under way in batches (DUE_NOTICE,
	 * DUE_BLOCK). */
	enum err (*remove_planned)(struct store *s, const char *subject);
};

#endif
