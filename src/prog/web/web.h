/* prog/web/web.h: one web process: what its handlers share. Holds the store; holds no signing key. */
#ifndef HOLDFAST_PROG_WEB_WEB_H
#define HOLDFAST_PROG_WEB_WEB_H

#include <jansson.h>

#include "entitle/endpoint.h"
#include "net/http_server.h"
#include "pay/stripe.h"
#include "prog/web/limiter.h"
#include "prog/web/principal.h"

struct route;
struct event_base;
struct waiters;
struct questions;
struct seen;
struct library;
struct site;

struct web {
	struct event_base *base;
	struct store *store;
	const char *base_url;	/* of this server, with a '/' at the end; the leases' issuer */
	const char *signer_path; /* where the signer listens */
	const char *courier_path;
	const char *proxy;	/* address of the proxy in front, whose word on addresses counts; or NULL */
	struct site *site;	/* templates and static files of the pages */
	struct library *library; /* the help articles; NULL: none */
	const char *community_url; /* a Discourse site, with a '/' at the end; NULL: none */
	int updates_dir;	/* what is published under /updates/; -1: nothing */
	enum pay_backend pay;
	struct limiter *limiter;
	struct limit rate;	/* of one credential */
	enum reach reach;	/* whom webhooks may call */
	struct stripe_secrets stripe; /* what its notices are signed with */
	int signer;		/* connection to the signer; -1: none now */
	struct waiters *waiters; /* check-ins that wait for a change */
	struct questions *questions; /* requests that wait for the courier */
	size_t searches;	/* of the community, among those */
	struct seen *seen;	/* devices whose check-in is not written down yet */
};

/* No parameter of ours is longer: an id, or the path of a published file. */
#define PARAMETER_SIZE 256
#define PARAMETERS_MAX 2

/* One request: who asks, and what its path's {} parts hold. */
struct call {
	struct web *web;
	struct http_request *request;
	struct principal principal; /* one that the route's row lets in; PRINCIPAL_NONE where that is anyone */
	const char *parameter;	/* the first {} part, as sent; "" when the path has none */
	char parameters[PARAMETERS_MAX][PARAMETER_SIZE];
	const struct route *route;
	json_t *body;		/* once it was read; released behind the handler */
	int64_t now;
};

typedef void call_handler_fn(struct call *c);

#endif
