/* tmforum/document_desk.h: what is kept and given back as it was sent: customers, individuals, organizations.
 * A refusal (see desk_is_refusal) has a code and a sentence. */
#ifndef HOLDFAST_TMFORUM_DOCUMENT_DESK_H
#define HOLDFAST_TMFORUM_DOCUMENT_DESK_H

#include "tmforum/desk.h"

/* Keep ${body}. *out, which the caller releases, has its id. */
enum err document_desk_add(const struct desk *d, const struct resource *r, const json_t *body,
    json_t **out, struct refusal *why);

/* ERR_NOT_FOUND also for another provider's. */
enum err document_desk_get(const struct desk *d, const struct resource *r, const char *id,
    json_t **out);

/* By a merge patch. ERR_NOT_FOUND. */
enum err document_desk_change(const struct desk *d, const struct resource *r, const char *id,
    const json_t *patch, json_t **out, struct refusal *why);

/* ERR_NOT_FOUND. */
enum err document_desk_delete(const struct desk *d, const struct resource *r, const char *id,
    struct refusal *why);

/* A stored body as it is shown, with its address. The caller releases it; NULL: memory was short, or it is
 * damaged. */
json_t *document_desk_show(const struct resource *r, struct bytes body, const char *base_url);

#endif
