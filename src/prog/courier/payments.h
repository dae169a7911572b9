/* prog/courier/payments.h: asks the payment service for a place to pay at. Holds its API key, which no other
 * process of the server is given; knows nothing of what was bought. */
#ifndef HOLDFAST_PROG_COURIER_PAYMENTS_H
#define HOLDFAST_PROG_COURIER_PAYMENTS_H

#include "net/http_client.h"
#include "pay/stripe.h"

struct payments {
	struct stripe_secrets keys; /* the first is used; none: there is no payment service */
	const char *api;	/* such as STRIPE_API, without a slash at the end */
};

/* Read the key's file. Errors of file_read and stripe_read_secrets, whose sentences hold no key; ERR_DENIED: ${api} is not https, nor on this machine. */
enum err payments_init(struct payments *p, const char *key_file, const char *api, struct fault *why);

/* Take a PAYMENT_ASK message; ${asker} is answered on and closed, later. On an error it is the caller's still:
 * ERR_MALFORMED: no such message. ERR_UNSUPPORTED: there is no payment service. ERR_NOMEM. */
enum err payments_start(const struct payments *p, struct http_client *client, struct bytes message,
    int asker);

#endif
