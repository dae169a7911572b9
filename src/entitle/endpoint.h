/* entitle/endpoint.h: where a provider wants to be told, and what became of what it was told; each function one
 * transaction. Owns the rules; what is sent and when is tried again is outgoing/'s. What is another provider's
 * does not exist. */
#ifndef HOLDFAST_ENTITLE_ENDPOINT_H
#define HOLDFAST_ENTITLE_ENDPOINT_H

#include "entitle/authority.h"

/* Who may be called: what the vendor set for the whole server. */
enum reach {
	REACH_NONE = 0,
	REACH_PUBLIC,		/* https, at addresses that everybody can reach */
	REACH_PRIVATE,		/* https, in private networks too */
	REACH_DEVELOPMENT,	/* as REACH_PUBLIC, and this machine itself, also by plain http */
	REACH_COUNT
};

/* "public", "private", "development"; "none". */
const char *reach_name(enum reach r);
/* False: there is no such reach. */
bool reach_from_name(const char *name, enum reach *out);

/* So many endpoints of one kind a provider may have: each event is kept once for each of them. */
#define ENDPOINTS_MAX 16

/* An old secret goes on signing for so long beside the new one. */
#define SECRET_OVERLAP_S 86400

/* What is pending is given up after that. */
#define DELIVERY_WINDOW_S (3 * 86400)

/* What was finished can be looked at and replayed for so long. */
#define DELIVERY_KEEP_S (30 * 86400)

/* Add an endpoint: ${p} comes with kind, scope, url and filter, the rest is filled in, with the secret of a
 * webhook. Refused: ERR_MALFORMED "callback_url", "unknown_event_type"; ERR_LIMIT "too_many_endpoints". */
enum err endpoint_add(struct store *store, const struct provider *owner, struct endpoint *p,
    enum reach reach, const char *actor, int64_t now, struct refusal *why);

/* ERR_NOT_FOUND also for another provider's, and for another kind. */
enum err endpoint_get(struct store *store, const struct provider *owner, enum endpoint_kind kind,
    const char *id, struct endpoint *out);

/* What an owner may change. NULL: it stays. */
struct endpoint_change {
	const char *url;
	const char *filter;
	const bool *disabled;
	const char *actor;
};

/* Refused as endpoint_add. Disabled: what is pending for it has failed, and nothing new is kept for it. */
enum err endpoint_change(struct store *store, const struct provider *owner, struct endpoint *p,
    const struct endpoint_change *change, enum reach reach, int64_t now, struct refusal *why);

/* A new secret; the one before goes on signing for SECRET_OVERLAP_S. For webhooks only. */
enum err endpoint_rotate_secret(struct store *store, const struct provider *owner, struct endpoint *p,
    const char *actor, int64_t now);

/* With all that was kept for it. ERR_NOT_FOUND as endpoint_get. */
enum err endpoint_remove(struct store *store, const struct provider *owner, enum endpoint_kind kind,
    const char *id, const char *actor, int64_t now);

/* Within a transaction: the receiver is gone, or has failed for too long: ${why} is "gone" or "failing". */
enum err endpoint_disable(struct store *store, struct endpoint *p, const char *why, const char *actor,
    int64_t now);

/* One of the provider's deliveries, with its body unless that is NULL. */
enum err delivery_get(struct store *store, const struct provider *owner, const char *id,
    struct delivery *out, struct buf *body);

/* Try a finished one again, under the same id. ERR_CONFLICT: "still_pending", "endpoint_disabled". */
enum err delivery_replay(struct store *store, const struct provider *owner, const char *id, int64_t now,
    struct delivery *out, struct refusal *why);

/* Try all failed ones again that were made at ${since} or later: of one endpoint, or of all when ${endpoint}
 * is NULL, but for those that are disabled. */
enum err delivery_replay_failed(struct store *store, const struct provider *owner, const char *endpoint,
    int64_t since, int64_t now, int64_t *count);

/* "webhook", "hub", "mail"; "none". */
const char *delivery_kind_name(enum delivery_kind k);
/* "pending", "delivered", "failed", "dropped"; "none". */
const char *delivery_state_name(enum delivery_state s);
/* False: there is no such state. */
bool delivery_state_from_name(const char *name, enum delivery_state *out);

/* Whether the endpoint's filter (event types) lets this type through. */
bool endpoint_wants(const struct endpoint *p, const char *type);

#endif
