/* prog/web/pages.c: the style of all pages, the monitor's page, and where the link in a welcome leads. */
#include "prog/web/answer.h"
#include "prog/web/page.h"
#include "prog/web/routes.h"
#include "prog/web/updates.h"

static const char style[] =
    "body{font:1.1rem/1.5 system-ui,sans-serif;max-width:36rem;margin:2rem auto;padding:0 1rem;"
    "color:#1b1f24;background:#fff}"
    "h1{font-size:1.5rem}button{font:inherit;padding:.7rem 1.4rem;border:0;border-radius:.4rem;"
    "background:#0b5c35;color:#fff}button:focus-visible{outline:3px solid #f5a800}"
    "@media(prefers-color-scheme:dark){body{color:#e8eaed;background:#16191d}"
    "button{background:#2f9e6a;color:#06150d}}";

static void
send_style(struct call *c)
{
	http_answer_header(c->request, "Cache-Control", "public, max-age=3600");
	http_answer(c->request, 200, "text/css; charset=utf-8", bytes_of_text(style));
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
	struct buf page;

	page_begin(&page, "Activate your protection", NULL);
	buf_put_string(&page,
	    "<p>Your activation code is in the mail that led you here, and at the end of this page's address, behind the"
	    " sign #.</p><p>On the device that you want to protect, open Holdfast and enter the code; in a terminal:</p>"
	    "<pre>holdfast activate CODE</pre>"
	    "<p>No Holdfast on it yet? Your service provider says where to get it.</p>");
	page_send(c->request, 200, &page);
}

static const struct route routes[] = {
	{ "GET", "/activate", show_activate, PERMIT_ANYONE },
	{ "GET", "/healthz", send_health, PERMIT_ANYONE },
	{ "GET", "/static/style.css", send_style, PERMIT_ANYONE },
	{ "GET", "/updates/{*}", updates_get, PERMIT_ANYONE },
};
const struct route_group page_routes = { "", routes_refuse, routes, sizeof routes / sizeof routes[0] };
