/* prog/web/pages.c: the front page, what pages load, the monitor's page, and where the link in a welcome leads. */
#include <string.h>

#include "prog/web/answer.h"
#include "prog/web/page.h"
#include "prog/web/routes.h"
#include "prog/web/site.h"
#include "prog/web/updates.h"

/* Under an address that changes with its content it never changes. */
static void
send_static(struct call *c)
{
	const struct static_file *f = site_find(c->web->site, c->parameters[0], c->parameters[1]);

	if (f == NULL) {
		page_refuse(c, 404, "not_found", "There is no such file (any more). Reload the page that led here.");
		return;
	}
	http_answer_header(c->request, "Cache-Control", "public, max-age=31536000, immutable");
	http_answer(c->request, 200, f->type, bytes_of(f->p, f->n));
}

/* Where whoever types the server's name finds what they came for. */
static void
show_home(struct call *c)
{
	struct page page;

	page_open(&page, c, "Holdfast");
	page_answer(&page, 200, "home");
}

static void
send_health(struct call *c)
{
	int64_t position;
	enum err e = c->web->store->get_position(c->web->store, &position);

	if (e == ERR_NONE)
		answer_json(c->request, 200,
		    json_pack("{s:s, s:s}", "status", "ok", "version", HOLDFAST_VERSION));
	else
		answer_failure(c->request, e, "checking the store");
}

/* The code itself stands behind the '#' of the link: it is not sent here, and nobody writes it down. */
static void
show_activate(struct call *c)
{
	struct page page;

	page_open(&page, c, "Activate your protection");
	page_answer(&page, 200, "activate");
}

/* Whatever is nowhere comes here: a person reads a page, a program a problem. */
static void
refuse_nowhere(struct call *c, int status, const char *code, const char *detail)
{
	const char *accept = http_request_header(c->request, "Accept");

	if (accept != NULL && strstr(accept, "text/html") != NULL)
		page_refuse(c, status, code, detail);
	else
		routes_refuse(c, status, code, detail);
}

static const struct route routes[] = {
	{ "GET", "/", show_home, PERMIT_ANYONE },
	{ "GET", "/activate", show_activate, PERMIT_ANYONE },
	{ "GET", "/healthz", send_health, PERMIT_ANYONE },
	{ "GET", "/static/{}/{}", send_static, PERMIT_ANYONE },
	{ "GET", "/updates/{*}", updates_get, PERMIT_ANYONE },
};
const struct route_group page_routes = { "", refuse_nowhere, routes, sizeof routes / sizeof routes[0] };
