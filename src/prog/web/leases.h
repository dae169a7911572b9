/* prog/web/leases.h: get a lease signed and answer with it. */
#ifndef HOLDFAST_PROG_WEB_LEASES_H
#define HOLDFAST_PROG_WEB_LEASES_H

#include <jansson.h>

#include "prog/web/web.h"

/* Append the signed lease for ${d} as things stand. ERR_CLOSED: the signer is not there. */
enum err leases_issue(struct web *w, const struct device *d, const char *nonce, int64_t now,
    struct buf *lease, int64_t *checkin_s);

/* As answer_json with {"lease", "checkin_s"} and ${more} members, which are released; answers the
 * failure when there is no lease to be had. */
void leases_answer(struct web *w, struct http_request *r, const struct device *d, const char *nonce,
    json_t *more);

#endif
