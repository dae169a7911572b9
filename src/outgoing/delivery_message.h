/* outgoing/delivery_message.h: how the clerk hands the courier what is to be delivered, and the answer. Each goes
 * over a connection of its own; a message says in its first byte what it is (see service/payment.h for others). */
#ifndef HOLDFAST_OUTGOING_DELIVERY_MESSAGE_H
#define HOLDFAST_OUTGOING_DELIVERY_MESSAGE_H

#include "base/buf.h"
#include "entitle/store_delivery.h"

enum { DELIVERY_POST = 5, DELIVERY_SEND_MAIL = 6, DELIVERY_RESULT = 7 };

/* webhook-id, webhook-timestamp, webhook-signature; two signatures have 96 letters. */
#define POST_HEADERS_MAX 3
#define POST_HEADER_SIZE 160

/* What a POST carries at most: an event's detail, and a TM Forum resource around it. */
#define POST_BODY_MAX 49152

struct post_request {
	char url[URL_SIZE];
	char headers[POST_HEADERS_MAX][POST_HEADER_SIZE]; /* "Name: value" */
	size_t header_count;
	struct bytes body;	/* JSON; borrowed from the message */
};

void delivery_write_post(const struct post_request *q, struct buf *out);
/* ERR_MALFORMED: not such a message, to its end, or a header that is more than one line. */
enum err delivery_read_post(struct bytes message, struct post_request *out);

/* A mail is text and HTML of a few KB each. */
#define MAIL_CONTENT_MAX 49152

struct mail_request {
	char to[MAIL_ADDRESS_SIZE];
	struct bytes content;	/* as RFC 5322 has it; borrowed from the message */
};

void delivery_write_mail(const struct mail_request *q, struct buf *out);
enum err delivery_read_mail(struct bytes message, struct mail_request *out);

enum delivery_outcome {
	RESULT_NONE = 0,	/* not known: nobody tried, or the courier ended */
	RESULT_ANSWERED,	/* with a status, good or bad */
	RESULT_UNREACHABLE,	/* no answer, or not in time */
	RESULT_REFUSED,		/* we do not call such an address */
	RESULT_OUTCOMES
};

struct delivery_result {
	enum delivery_outcome outcome;
	int64_t status;		/* of HTTP or SMTP; 0: none */
	int64_t retry_after_s;	/* -1: not said */
	char words[DELIVERY_ERROR_SIZE]; /* what went wrong; empty when nothing did */
};

void delivery_write_result(const struct delivery_result *r, struct buf *out);
enum err delivery_read_result(struct bytes message, struct delivery_result *out);

#endif
