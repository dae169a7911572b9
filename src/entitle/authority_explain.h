/* entitle/authority_explain.h: why a device is in its condition, in words and as data, down to the events that made
 * it so; and what server, provider and device each hold to be true, side by side. Reads only. */
#ifndef HOLDFAST_ENTITLE_AUTHORITY_EXPLAIN_H
#define HOLDFAST_ENTITLE_AUTHORITY_EXPLAIN_H

#include <jansson.h>

#include "entitle/authority.h"

/* Explain ${device}, of one of ${p}'s subscriptions; the caller releases *out. Times are texts (base/timestamp.h) or
 * null. ERR_NOT_FOUND also for another provider's.
 *
 *	condition  kind ("protected", "grace", "unprotected": as the device will be told at its next contact),
 *	           reason, since, until
 *	notice     headline, why, who, next, article; options, the recommended one first
 *	words      a few sentences, in the order in which things happened
 *	because    the events that made it so: seq, at, actor, kind, detail, and the sentence
 *	sides      ours: state, reason, since, paid_until, seated; provider: says, at; device: last_seen, generation,
 *	           told (it has asked since it last became so)
 *	drift      where the sides differ: between, what */
enum err authority_explain(struct store *store, const struct provider *p, const char *device,
    int64_t now, json_t **out);

#endif
