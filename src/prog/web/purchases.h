/* prog/web/purchases.h: Pay now: have the courier ask the payment service for a place to pay at, and send the
 * person there. */
#ifndef HOLDFAST_PROG_WEB_PURCHASES_H
#define HOLDFAST_PROG_WEB_PURCHASES_H

#include "prog/web/web.h"

/* What a person waits for at most. The courier gives the payment service less. */
#define PURCHASE_TIMEOUT_MS 12000

/* Answer ${r} with the way to the payment page, now or later. */
void purchases_start(struct web *w, struct http_request *r, const struct checkout *checkout);

#endif
