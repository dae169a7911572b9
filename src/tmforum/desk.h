/* tmforum/desk.h: on whose behalf something is done, and how it is refused: what record_desk and order_desk share. */
#ifndef HOLDFAST_TMFORUM_DESK_H
#define HOLDFAST_TMFORUM_DESK_H

#include <jansson.h>

#include "entitle/authority.h"
#include "tmforum/resource.h"

/* Works for one provider at one moment. Everything is borrowed. */
struct desk {
	struct store *store;
	const struct provider *provider;
	const char *actor;	/* for the log */
	int64_t now;
	int64_t effective;	/* when the changes of a subscription take effect, if that is past; 0: now */
};

/* Fill in ${why} and return ${e}. */
enum err desk_refuse(struct refusal *why, enum err e, const char *code, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* The same with what ${fault} says: "malformed_request", or memory that is short. */
enum err desk_refuse_malformed(struct refusal *why, const struct fault *fault);

/* Whether ${e} is a refusal, for which ${why} is filled in, rather than a failure of ours. */
bool desk_is_refusal(enum err e);

/* Commit when ${e} is ERR_NONE, else roll back; the error that counts. */
enum err desk_finish(const struct desk *d, enum err e);

/* Append ${kind} about ${resource} to the log of ${chain}; ${detail}, which is released, gets the resource's name
 * and the provider. NULL: memory was short. */
enum err desk_log(const struct desk *d, const struct resource *r, const char *chain, const char *kind,
    json_t *detail);

/* Parse a stored body; the caller releases *out. An empty one is an empty object. */
enum err desk_parse(struct bytes body, json_t **out);

/* Store a document's body: the first time, or again when ${exists}. */
enum err desk_save(const struct desk *d, const struct document *document, const json_t *body,
    bool exists);

/* The names of what differs between two versions of a document, as an array; those that our tables do not know
 * are "other". The caller releases it; NULL: memory was short. */
json_t *desk_list_changes(const struct resource *r, const json_t *before, const json_t *after);

#endif
