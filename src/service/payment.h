/* service/payment.h: how a web process asks the courier for a place to pay at, and the answer. */
#ifndef HOLDFAST_SERVICE_PAYMENT_H
#define HOLDFAST_SERVICE_PAYMENT_H

#include "base/buf.h"
#include "entitle/limits.h"

/* A payment page's address carries its state: Stripe's have about 400 letters. */
#define PAYMENT_URL_SIZE 4096

struct payment_request {
	char checkout[ID_SIZE];
	char page[URL_SIZE];		/* where the person comes back to */
	char title[NAME_SIZE];
	char currency[4];
	int64_t amount;
};

/* A message to the courier says in its first byte what it is; that of recheck.h is 1. */
enum { PAYMENT_ASK = 3, PAYMENT_ANSWER = 4 };

void payment_write_request(const struct payment_request *q, struct buf *out);
/* ERR_MALFORMED: not such a message, to its end. */
enum err payment_read_request(struct bytes message, struct payment_request *out);

/* ${url} is empty when there is no place to pay at now. */
void payment_write_answer(const char *url, struct buf *out);
enum err payment_read_answer(struct bytes message, char url[static PAYMENT_URL_SIZE]);

#endif
