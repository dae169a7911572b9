/* entitle/condition.h: whether a device is protected, derived from what it holds and never stored.
 * Pure: one function from facts to the condition. */
#ifndef HOLDFAST_ENTITLE_CONDITION_H
#define HOLDFAST_ENTITLE_CONDITION_H

#include "entitle/lease.h"

enum condition_kind {
	CONDITION_UNPROTECTED = 0,
	CONDITION_GRACE,	/* still protected, but not for long */
	CONDITION_PROTECTED
};

struct condition_facts {
	const struct lease *lease; /* NULL: never activated */
	int64_t now;		/* trusted time */
	int64_t database_time;	/* when the protection data was last confirmed current; 0: none */
	int64_t enrolled;	/* when the device was activated */
};

struct condition {
	enum condition_kind kind;
	enum reason reason;	/* REASON_NONE when protected */
	int64_t since;		/* since when the reason holds; 0: not known */
	int64_t until;		/* grace: when it ends; protected: when the lease needs renewal */
};

/* Protection data that nobody confirmed for so long may miss a week of threats: say so. */
#define DATABASE_STALE_S (7 * 86400)

struct condition condition_derive(const struct condition_facts *facts);

/* The features that may be used now. */
unsigned condition_features(const struct condition_facts *facts);

/* "protected", "grace", "unprotected". */
const char *condition_name(enum condition_kind kind);

#endif
