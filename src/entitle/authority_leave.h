/* entitle/authority_leave.h: a provider that ends its service: its subscriptions move to whoever takes over, with the
 * consent of each person and after a time of notice; who has not agreed by then is not moved, and ends.
 *
 * A subscription that moves keeps its id, its seats, its log and what is paid; its devices stay protected all the
 * time and see the new provider's contact card with their next lease. */
#ifndef HOLDFAST_ENTITLE_AUTHORITY_LEAVE_H
#define HOLDFAST_ENTITLE_AUTHORITY_LEAVE_H

#include "entitle/authority.h"

/* The shortest notice: two months of bills show it at least once. */
#define LEAVE_NOTICE_MIN_S (30 * 86400)

/* What moves to the vendor's own retail is protected for at least so long, to decide whether to buy. */
#define LEAVE_BRIDGE_S (30 * 86400)

struct leaving {
	int64_t at;		/* the end of the service, and of the notice */
	char to[ID_SIZE];	/* the provider that takes over; empty: the vendor's own retail */
	const char *actor;
};

/* Announce it: every subscription gets an event "provider_leaving", and reminders until its person has answered.
 * ERR_NOT_FOUND: nobody has the id ${to}, or it is ${p} itself. ERR_CONFLICT "notice_too_short", "already_leaving",
 * "retail_stays". */
enum err authority_leave(struct store *store, struct provider *p, const struct leaving *leaving,
    int64_t now, struct refusal *why);

/* It stays after all. ERR_CONFLICT "not_leaving". */
enum err authority_stay(struct store *store, struct provider *p, const char *actor, int64_t now,
    struct refusal *why);

/* What the person says to moving. May be said again, and otherwise, until then. ERR_CONFLICT "not_leaving",
 * "subscription_cancelled". */
enum err authority_consent(struct store *store, const char *subscription, enum consent consent,
    const char *actor, int64_t now, struct refusal *why);

#endif
