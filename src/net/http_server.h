/* net/http_server.h: answer HTTP/1.1 requests, over libevent.
 * Owns the protocol's ceilings and the security headers that every answer carries; knows no paths. */
#ifndef HOLDFAST_NET_HTTP_SERVER_H
#define HOLDFAST_NET_HTTP_SERVER_H

#include "base/bytes.h"
#include "base/err.h"

struct event_base;
struct http_server;
struct http_request;

/* Bodies of our interfaces are a few hundred bytes; a larger one is answered 413 unread. */
#define HTTP_BODY_MAX 65536
/* A token, a few common fields and a long path. */
#define HTTP_HEADERS_MAX 16384
/* A connection without a request is closed after so long; longer than the longest held answer. */
#define HTTP_IDLE_S 120

/* Called for each whole request. It must be answered once: now, or later when kept. */
typedef void http_handler_fn(void *ctx, struct http_request *r);

/* Serve what connects to ${listener}, a bound and listening non-blocking socket that stays the
 * caller's. Free with http_server_free, before the base. ERR_NOMEM. */
enum err http_server_new(struct event_base *base, int listener, http_handler_fn *handler, void *ctx,
    struct http_server **out);
void http_server_free(struct http_server *s);

/* Accept no more connections; requests under way go on. */
void http_server_stop(struct http_server *s);

/* All borrowed until the request is answered. */
const char *http_request_method(const struct http_request *r);	/* "GET", "POST", …, "" for others */
const char *http_request_path(const struct http_request *r);	/* as sent, without the query */
struct bytes http_request_query(const struct http_request *r);	/* behind the '?'; empty when none */
struct bytes http_request_body(const struct http_request *r);
/* NULL when the header was not sent. */
const char *http_request_header(const struct http_request *r, const char *name);
/* The address that the connection comes from. */
const char *http_request_peer(const struct http_request *r);
/* The token of "Authorization: Bearer TOKEN", or NULL. */
const char *http_request_bearer(const struct http_request *r);

/* Add a header to the answer. Both are copied. */
void http_answer_header(struct http_request *r, const char *name, const char *value);
/* The value of a header that was added to the answer; NULL: it was not. Borrowed until the answer. */
const char *http_answer_find_header(const struct http_request *r, const char *name);
/* Answer; ${body} is copied; the request is gone afterwards. */
void http_answer(struct http_request *r, int status, const char *content_type, struct bytes body);
/* Answer with the file behind ${fd}, which is given away and has ${size} bytes: 200, or, for a ${from} above 0 and below
 * ${size}, what follows from there as 206 (RFC 9110 §15.3.7). */
void http_answer_file(struct http_request *r, const char *content_type, int fd, uint64_t from, uint64_t size);

/* An answer that is about to be sent with http_answer. */
struct http_outgoing {
	int status;
	const char *content_type;
	struct bytes body;
};

/* Call ${filter} with the answer before it is sent: it may put another in its place, which must last until
 * it is called no more. Called once; never when the client leaves first. */
typedef void http_filter_fn(void *ctx, struct http_request *r, struct http_outgoing *answer);
void http_request_filter(struct http_request *r, http_filter_fn *filter, void *ctx);

/* Call ${gone} when the client leaves before it was answered; the request is gone then. */
typedef void http_gone_fn(void *ctx);
void http_request_keep(struct http_request *r, http_gone_fn *gone, void *ctx);

#endif
