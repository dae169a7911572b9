/* entitle/authority_merge.h: two subscriptions of one person become one. */
#ifndef HOLDFAST_ENTITLE_AUTHORITY_MERGE_H
#define HOLDFAST_ENTITLE_AUTHORITY_MERGE_H

#include "entitle/authority.h"

struct merging {
	const char *into;	/* stays */
	const char *from;	/* ends; its devices move, and stay protected all the time */
	const char *actor;
};

/* Merge two of ${p}'s subscriptions; *out is what stays. It gets as many seats as both have devices, if it has not
 * got them; what is paid is kept: remaining time × seats of both, spread over the seats that there are then (an open
 * end stays open). ${from} is cancelled and cannot be reinstated.
 * ERR_NOT_FOUND: one of them is not ${p}'s. ERR_CONFLICT "same_subscription", "merge_of_suspended",
 * "merge_of_cancelled", "too_many_seats". */
enum err authority_merge(struct store *store, const struct provider *p, const struct merging *merging,
    int64_t now, struct subscription *out, struct refusal *why);

#endif
