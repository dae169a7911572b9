/* prog/web/routes.h: one row for each operation of the server, in a group for each interface.
 * A row says whom it lets in: routes_dispatch finds out who asks before the handler runs. A POST of a provider
 * or the vendor with an Idempotency-Key runs in a transaction (prog/web/once.h): its handler answers at once. */
#ifndef HOLDFAST_PROG_WEB_ROUTES_H
#define HOLDFAST_PROG_WEB_ROUTES_H

#include "prog/web/web.h"

struct shape;

/* "{}" or "{name}" in a path stands for one part of it, "{*}" for all that follows. A row with an id is
 * described by /openapi.json, from the very shapes by which the handler reads and answers. */
struct route {
	const char *method, *path;
	call_handler_fn *handler;
	enum permission permission;
	const char *id, *about;
	const struct shape *query, *body, *answer;
	int status;		/* of a good answer; 0: 200, or 204 when there is no answer's shape */
	const char *takes, *gives; /* media types, where a body or an answer is not JSON */
};

/* Answers with an error in the form of its interface; ends the request. */
typedef void route_refuse_fn(struct call *c, int status, const char *code, const char *detail);

/* Operations below one prefix, of one file. No address below it belongs to a group of another prefix. */
struct route_group {
	const char *prefix;
	route_refuse_fn *refuse;
	const struct route *routes;
	size_t count;
};

/* Each where its handlers are. */
extern const struct route_group provider_routes; /* provider_api.c */
extern const struct route_group access_routes;	 /* access_api.c */
extern const struct route_group seat_routes;	 /* seat_api.c */
extern const struct route_group mail_routes;	 /* mail_api.c */
extern const struct route_group schedule_routes; /* schedule_api.c */
extern const struct route_group move_routes;	 /* move_api.c */
extern const struct route_group explain_routes;	 /* explain_api.c */
extern const struct route_group csv_routes;	 /* csv_api.c */
extern const struct route_group webhook_routes;	 /* webhook_api.c */
extern const struct route_group vendor_routes;	 /* vendor_api.c */
extern const struct route_group tree_routes;	 /* tree_api.c */
extern const struct route_group openapi_routes;	 /* openapi.c */
extern const struct route_group oauth_routes;	 /* oauth.c */
extern const struct route_group device_routes;	 /* device_api.c */
extern const struct route_group portal_routes;	 /* portal.c */
extern const struct route_group checkout_routes; /* checkout_pages.c */
extern const struct route_group stripe_routes;	 /* stripe_api.c */
extern const struct route_group tmf_routes;	 /* tmf_api.c */
extern const struct route_group support_api_routes; /* support_api.c */
extern const struct route_group support_routes;	 /* support_pages.c */
extern const struct route_group console_sign_routes; /* console_sign.c */
extern const struct route_group console_home_routes; /* console_home.c */
extern const struct route_group console_subscription_routes; /* console_subscription.c */
extern const struct route_group console_change_routes; /* console_change.c */
extern const struct route_group console_device_routes; /* console_devices.c */
extern const struct route_group console_setting_routes; /* console_settings.c */
extern const struct route_group console_access_routes; /* console_access.c */
extern const struct route_group console_user_routes; /* console_users.c */
extern const struct route_group console_vendor_routes; /* console_vendor.c */
extern const struct route_group page_routes;	 /* pages.c */

/* For an interface whose errors are problems (RFC 9457). */
void routes_refuse(struct call *c, int status, const char *code, const char *detail);

/* Where the request comes from, as limits take it (limiter_name_place): the connection's address or, when that is the
 * proxy's, the last one that the proxy put into X-Forwarded-For. At most ${size} bytes with the NUL. */
void routes_client_address(const struct call *c, char *out, size_t size);

/* Whether ${name} may go on under ${limit}; answers 429 with Retry-After by ${refuse} when not. */
bool routes_limit(struct call *c, const char *name, const struct limit *limit, route_refuse_fn *refuse);

/* Find the route, find out who asks, and call its handler; answers 401, 403, 404 and 405 itself.
 * ${ctx} is the struct web. */
void routes_dispatch(void *ctx, struct http_request *r);

/* Call ${fn} with every row. */
typedef void route_fn(void *ctx, const struct route *r);
void routes_each(route_fn *fn, void *ctx);

/* Print every operation as a line of JSON: method, path, permission. */
void routes_print(void);

#endif
