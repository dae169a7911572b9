/* entitle/authority_forget.h: a person asks that what is known of them be forgotten. What the contract with the provider
 * still needs stays until it ends; the log keeps that something happened, and its chain holds. */
#ifndef HOLDFAST_ENTITLE_AUTHORITY_FORGET_H
#define HOLDFAST_ENTITLE_AUTHORITY_FORGET_H

#include "entitle/authority.h"

enum forgotten {
	FORGOTTEN_NOTHING = 0,
	FORGOTTEN_CONTACT,	/* it runs: mail address, name and language are gone, and so is signing in by mail */
	FORGOTTEN_ALL		/* it had ended: as when retention is over (doc/subscriptions.md), now */
};

/* Of one of the provider's subscriptions. A cancelled one cannot be reinstated afterwards. ERR_NOT_FOUND also for
 * another provider's. */
enum err authority_forget(struct store *store, const struct provider *p, const char *subscription,
    const char *actor, int64_t now, enum forgotten *out);

#endif
