/* prog/web/routes.c: the table of everything that the server answers. */
#include <string.h>

#include "base/text.h"
#include "os/clock.h"
#include "prog/web/answer.h"
#include "prog/web/handlers.h"

/* "{}" stands for one part of the path, "{*}" for all that follows. */
static const struct route {
	const char *method, *path;
	call_handler_fn *handler;
} routes[] = {
	{ "GET", "/healthz", page_health },
	{ "POST", "/v1/subscriptions", provider_order },
	{ "GET", "/v1/subscriptions", provider_list },
	{ "GET", "/v1/subscriptions/{}", provider_get },
	{ "POST", "/v1/subscriptions/{}/suspend", provider_suspend },
	{ "POST", "/v1/subscriptions/{}/resume", provider_resume },
	{ "POST", "/v1/subscriptions/{}/cancel", provider_cancel },
	{ "POST", "/v1/subscriptions/{}/reinstate", provider_reinstate },
	{ "GET", "/v1/subscriptions/{}/events", provider_events },
	{ "POST", "/device/v1/activate", device_activate },
	{ "POST", "/device/v1/checkin", device_checkin },
	{ "POST", "/device/v1/reactivate", device_reactivate },
	{ "POST", "/device/v1/purchase", device_purchase },
	{ "GET", "/checkout/{}", page_checkout },
	{ "POST", "/checkout/{}", page_pay },
	{ "POST", "/webhooks/stripe", stripe_webhook },
	{ "GET", "/static/style.css", page_style },
	{ "GET", "/updates/{*}", updates_get },
};
enum { ROUTES = sizeof routes / sizeof routes[0] };

/* No parameter of ours is longer: an id, or the path of a published file. */
enum { PARAMETER_SIZE = 256 };

/* Match ${path} with ${pattern}; the {} part goes to ${parameter}. */
static bool
path_matches(const char *pattern, const char *path, char parameter[static PARAMETER_SIZE])
{
	parameter[0] = '\0';
	while (*pattern != '\0') {
		size_t n;

		if (*pattern != '{') {
			if (*pattern++ != *path++)
				return false;
			continue;
		}
		n = pattern[1] == '*' ? strlen(path) : strcspn(path, "/");
		if (n == 0 ||
		    text_from_bytes(parameter, PARAMETER_SIZE, bytes_of(path, n)) != ERR_NONE)
			return false;
		path += n;
		pattern += pattern[1] == '*' ? 3 : 2;
	}
	return *path == '\0';
}

void
routes_client_address(const struct call *c, char *out, size_t size)
{
	const char *peer = http_request_peer(c->request), *last;
	const char *forwarded = http_request_header(c->request, "X-Forwarded-For");

	if (c->web->proxy != NULL && forwarded != NULL && text_equal(peer, c->web->proxy)) {
		/* What stands before the last comma was written by whoever is behind the proxy. */
		last = strrchr(forwarded, ',');
		peer = last == NULL ? forwarded : last + 1;
		peer += strspn(peer, " \t");
	}
	if (text_copy(out, size, peer) != ERR_NONE)
		text_copy(out, size, http_request_peer(c->request));
}

void
routes_dispatch(void *ctx, struct http_request *r)
{
	const char *path = http_request_path(r), *method = http_request_method(r);
	struct call c = { .web = ctx, .request = r, .now = clock_wall() };
	char parameter[PARAMETER_SIZE];
	bool path_known = false;

	/* libevent leaves the body out of the answer to a HEAD by itself. */
	if (text_equal(method, "HEAD"))
		method = "GET";
	for (size_t i = 0; i < ROUTES; i++) {
		if (!path_matches(routes[i].path, path, parameter))
			continue;
		path_known = true;
		if (!text_equal(routes[i].method, method))
			continue;
		c.parameter = parameter;
		routes[i].handler(&c);
		return;
	}
	if (path_known)
		answer_problem(r, 405, "method_not_allowed", "This address does not take that method.");
	else
		answer_problem(r, 404, "not_found", "There is nothing at this address.");
}
