/* prog/web/web.h: one web process: what its handlers share. Holds the store; holds no signing key. */
#ifndef HOLDFAST_PROG_WEB_WEB_H
#define HOLDFAST_PROG_WEB_WEB_H

#include "entitle/authority.h"
#include "net/http_server.h"
#include "pay/stripe.h"

struct event_base;
struct waiters;
struct rechecks;
struct purchases;

struct web {
	struct event_base *base;
	struct store *store;
	const char *base_url;	/* of this server, with a '/' at the end; the leases' issuer */
	const char *signer_path; /* where the signer listens */
	const char *courier_path;
	const char *proxy;	/* address of the proxy in front, whose word on addresses counts; or NULL */
	int updates_dir;	/* what is published under /updates/; -1: nothing */
	enum pay_backend pay;
	struct stripe_secrets stripe; /* what its notices are signed with */
	int signer;		/* connection to the signer; -1: none now */
	struct waiters *waiters; /* check-ins that wait for a change */
	struct rechecks *rechecks; /* reactivations that wait for the courier */
	struct purchases *purchases; /* persons who wait for a place to pay at */
};

/* One request with what its path's {} parts hold. */
struct call {
	struct web *web;
	struct http_request *request;
	const char *parameter;	/* the path's {} part, decoded; "" when it has none */
	int64_t now;
};

typedef void call_handler_fn(struct call *c);

/* Where the request comes from: the connection's address or, when that is the proxy's, the last one
 * that the proxy put into X-Forwarded-For. For rate limits; at most ${size} bytes with the NUL. */
void routes_client_address(const struct call *c, char *out, size_t size);

/* Find the route and call its handler; answers 404 and 405 itself. ${ctx} is the struct web. */
void routes_dispatch(void *ctx, struct http_request *r);

#endif
