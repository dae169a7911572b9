/* prog/web/rechecks.h: Reactivate: ask the provider's system through the courier, and answer the device
 * when it has spoken or its time is over. */
#ifndef HOLDFAST_PROG_WEB_RECHECKS_H
#define HOLDFAST_PROG_WEB_RECHECKS_H

#include "prog/web/web.h"

/* What a person waits for at most. The courier gives the provider's system less. */
#define RECHECK_TIMEOUT_MS 5000

/* Decide about ${d} and answer ${r}, now or later. ${nonce} NULL: a person asked at the portal, and is sent to its page,
 * which says what came of it: "/portal?said=OUTCOME&of=SUBSCRIPTION". */
void rechecks_start(struct web *w, struct http_request *r, const struct device *d,
    const char *nonce, int64_t now);

#endif
