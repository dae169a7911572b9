/* prog/web/routes.c: see routes.h. */
#include "prog/web/routes.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "os/clock.h"
#include "prog/web/answer.h"
#include "prog/web/once.h"
#include "prog/web/session.h"

/* The first whose prefix fits; the pages have none, and come last. */
static const struct route_group *const groups[] = {
	&provider_routes,
	&seat_routes,
	&schedule_routes,
	&mail_routes,
	&move_routes,
	&explain_routes,
	&csv_routes,
	&access_routes,
	&webhook_routes,
	&vendor_routes,
	&support_api_routes,
	&tree_routes,
	&oauth_routes,
	&device_routes,
	&portal_routes,
	&checkout_routes,
	&stripe_routes,
	&openapi_routes,
	&tmf_routes,
	&support_routes,
	&console_sign_routes,
	&console_home_routes,
	&console_subscription_routes,
	&console_change_routes,
	&console_device_routes,
	&console_setting_routes,
	&console_access_routes,
	&console_user_routes,
	&console_vendor_routes,
	&page_routes,
};
enum { GROUPS = sizeof groups / sizeof groups[0] };

/* The methods of an address in a row. */
enum { ALLOWED_SIZE = 64 };

/* Match ${path} with ${pattern}; the {} parts go to ${out}. */
static bool
path_matches(const char *pattern, const char *path, char out[PARAMETERS_MAX][PARAMETER_SIZE])
{
	size_t found = 0;

	while (*pattern != '\0') {
		size_t n;

		if (*pattern != '{') {
			if (*pattern++ != *path++)
				return false;
			continue;
		}
		n = pattern[1] == '*' ? strlen(path) : strcspn(path, "/");
		if (n == 0 || found == PARAMETERS_MAX ||
		    text_from_bytes(out[found++], PARAMETER_SIZE, bytes_of(path, n)) != ERR_NONE)
			return false;
		path += n;
		pattern += strcspn(pattern, "}") + 1;
	}
	return *path == '\0';
}

void
routes_client_address(const struct call *c, char *out, size_t size)
{
	const char *peer = http_request_peer(c->request), *last;
	const char *forwarded = http_request_header(c->request, "X-Forwarded-For");
	char place[LIMITER_PLACE_SIZE];

	if (c->web->proxy != NULL && forwarded != NULL && text_equal(peer, c->web->proxy)) {
		/* What stands before the last comma was written by whoever is behind the proxy. */
		last = strrchr(forwarded, ',');
		peer = last == NULL ? forwarded : last + 1;
		peer += strspn(peer, " \t");
	}
	if (strlen(peer) >= sizeof place)
		peer = http_request_peer(c->request);
	limiter_name_place(peer, place);
	text_copy(out, size, place);
}

void
routes_refuse(struct call *c, int status, const char *code, const char *detail)
{
	answer_problem(c->request, status, code, detail);
}

static const struct route_group *
find_group(const char *path)
{
	size_t i = 0;

	while (i + 1 < GROUPS && strncmp(path, groups[i]->prefix, strlen(groups[i]->prefix)) != 0)
		i++;
	return groups[i];
}

/* Note ${method} in the list of those that a path takes. */
static void
add_allowed(char allowed[static ALLOWED_SIZE], const char *method)
{
	size_t n = strlen(allowed);

	snprintf(allowed + n, ALLOWED_SIZE - n, "%s%s", n == 0 ? "" : ", ", method);
}

/* The row for this path and method, or NULL after having answered why there is none. */
static const struct route *
find_route(struct call *c, const struct route_group *first, const char *method)
{
	const char *path = http_request_path(c->request);
	char allowed[ALLOWED_SIZE] = "";

	for (size_t g = 0; g < GROUPS; g++) {
		if (!text_equal(groups[g]->prefix, first->prefix))
			continue;
		for (size_t i = 0; i < groups[g]->count; i++) {
			const struct route *r = &groups[g]->routes[i];

			if (!path_matches(r->path, path, c->parameters))
				continue;
			if (text_equal(r->method, method))
				return r;
			add_allowed(allowed, r->method);
		}
	}
	if (allowed[0] == '\0') {
		first->refuse(c, 404, "not_found", "There is nothing at this address.");
		return NULL;
	}
	http_answer_header(c->request, "Allow", allowed);
	first->refuse(c, 405, "method_not_allowed", "This address does not take that method.");
	return NULL;
}

/* Nobody that the route lets in: 401, and how to say who one is (RFC 6750). */
static void
refuse_unknown(struct call *c, const struct route_group *group, enum permission permission,
    const char *bearer)
{
	http_answer_header(c->request, "WWW-Authenticate",
	    bearer == NULL ? "Bearer" : "Bearer error=\"invalid_token\"");
	if (permission == PERMIT_DEVICE)
		group->refuse(c, 401, "unknown_token",
		    "This device is not known here (any more). Activate it again.");
	else
		group->refuse(c, 401, "unknown_key",
		    "Send a valid API key or access token as \"Authorization: Bearer hfk_...\".");
}

/* Answers when the route does not let them in. */
static bool
let_in(struct call *c, const struct route_group *group, enum permission permission)
{
	const char *bearer = http_request_bearer(c->request);
	enum err e = ERR_NONE;

	if (permission == PERMIT_ANYONE)
		return true;
	if (session_is_for(permission))
		return session_let_in(c, permission);
	if ((e = principal_find(c->web->store, bearer, c->now, &c->principal)) == ERR_NONE)
		e = principal_check(&c->principal, permission);
	if (e == ERR_NONE)
		return true;
	if (e == ERR_DENIED)
		refuse_unknown(c, group, permission, bearer);
	else if (e == ERR_CONFLICT)
		group->refuse(c, 403, "not_permitted", "This credential's role does not permit that.");
	else
		group->refuse(c, answer_log_failure(c->request, e, "finding out who asks"), "try_again",
		    "The server could not do this now; nothing was changed. Try again.");
	return false;
}

bool
routes_limit(struct call *c, const char *name, const struct limit *limit, route_refuse_fn *refuse)
{
	int64_t wait_s = 0;

	if (limiter_take(c->web->limiter, name, limit, clock_boot_ms(), &wait_s))
		return true;
	answer_retry_after(c->request, wait_s);
	refuse(c, 429, "rate_limited", "Too many requests; wait as Retry-After says.");
	return false;
}

void
routes_dispatch(void *ctx, struct http_request *r)
{
	struct call c = { .web = ctx, .request = r, .now = clock_wall() };
	const struct route_group *group = find_group(http_request_path(r));
	const char *method = http_request_method(r);
	const struct route *route;

	/* libevent leaves the body out of the answer to a HEAD by itself. */
	if (text_equal(method, "HEAD"))
		method = "GET";
	c.parameter = c.parameters[0];
	if ((route = find_route(&c, group, method)) == NULL)
		return;
	c.route = route;
	if (!let_in(&c, group, route->permission))
		return;
	if (c.principal.credential[0] != '\0' &&
	    !routes_limit(&c, c.principal.credential, &c.web->rate, group->refuse))
		return;
	if (text_equal(method, "POST") && c.principal.credential[0] != '\0' &&
	    http_request_header(r, "Idempotency-Key") != NULL)
		once_run(&c, route->handler, group->refuse);
	else
		route->handler(&c);
	json_decref(c.body);
}

void
routes_each(route_fn *fn, void *ctx)
{
	for (size_t g = 0; g < GROUPS; g++)
		for (size_t i = 0; i < groups[g]->count; i++)
			fn(ctx, &groups[g]->routes[i]);
}

static void
print_route(void *ctx, const struct route *r)
{
	(void)ctx;
	printf("{\"method\": \"%s\", \"path\": \"%s\", \"permission\": \"%s\"}\n", r->method,
	    r->path, permission_name(r->permission));
}

void
routes_print(void)
{
	routes_each(print_route, NULL);
}
