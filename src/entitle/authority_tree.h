/* entitle/authority_tree.h: providers below providers: a reseller, those that it brings, and the suspension of one
 * with all below it.
 *
 * A suspension of a provider changes none of its subscriptions. What it means for them is derived whenever it is asked
 * (standing_under), so it holds at once for one as for a million, and when it is lifted each is as it was. The log
 * of each subscription is told of it all the same, in batches (DUE_BLOCK), for whoever asks why. */
#ifndef HOLDFAST_ENTITLE_AUTHORITY_TREE_H
#define HOLDFAST_ENTITLE_AUTHORITY_TREE_H

#include "entitle/authority.h"

/* So many providers from the top of the tree to its lowest; distributor, reseller, sub-reseller and company are
 * four. Each check-in walks up from its own. */
#define TREE_DEPTH_MAX 8

/* A provider that suspends everything takes nobody's protection unannounced for longer than this. */
#define TREE_GRACE_MAX_S STOPPED_GRACE_MAX_S

/* Put ${p} directly below the provider ${parent} ("": below none). Only the vendor may. ERR_NOT_FOUND: there is no such
 * parent. ERR_CONFLICT "retail_stays", "below_itself", "tree_too_deep". */
enum err authority_set_parent(struct store *store, struct provider *p, const char *parent, const char *actor,
    int64_t now, struct refusal *why);

/* Add ${p}, as authority_add_provider does, directly below ${parent}. ERR_CONFLICT "tree_too_deep",
 * "retail_stays", "provider_suspended" (the parent is). ERR_MALFORMED "policy". */
enum err authority_add_child(struct store *store, const struct provider *parent, struct provider *p,
    const char *actor, int64_t now, struct refusal *why);

/* The provider ${id} directly below ${parent}. ERR_NOT_FOUND also for one that is elsewhere. */
enum err authority_get_child(struct store *store, const struct provider *parent, const char *id,
    struct provider *out);

struct provider_stop {
	enum reason reason;	/* REASON_BILLING or REASON_PROVIDER_REQUEST: for the provider to read */
	int64_t grace_s;	/* its subscribers stay protected for so long; at most TREE_GRACE_MAX_S */
	const char *actor;	/* for the log */
};

/* Suspend ${p}, and with it all that is below. ERR_CONFLICT "retail_stays", "provider_already_suspended". */
enum err authority_suspend_provider(struct store *store, struct provider *p, const struct provider_stop *stop,
    int64_t now, struct refusal *why);

/* Lift that. One above it that is suspended still stops it. ERR_CONFLICT "provider_not_suspended". */
enum err authority_resume_provider(struct store *store, struct provider *p, const char *actor, int64_t now,
    struct refusal *why);

/* What stops all subscriptions of the provider ${id} now: of itself and all above it, the one whose time to spare ends
 * first. block.since 0: nothing. */
enum err authority_find_block(struct store *store, const char *id, struct block *out);

/* What the subscription means for its devices, with what its provider's block does. */
enum err authority_standing(struct store *store, const struct subscription *sub, int64_t now,
    struct standing *out);

#endif
