/* prog/web/pages.c: the few pages for persons so far (paying), their style, and the monitor's page. */
#include "base/timestamp.h"
#include "codec/encode.h"
#include "prog/web/answer.h"
#include "prog/web/handlers.h"

enum { PAGE_MAX = 65536 };

static const char style[] =
    "body{font:1.1rem/1.5 system-ui,sans-serif;max-width:36rem;margin:2rem auto;padding:0 1rem;"
    "color:#1b1f24;background:#fff}"
    "h1{font-size:1.5rem}button{font:inherit;padding:.7rem 1.4rem;border:0;border-radius:.4rem;"
    "background:#0b5c35;color:#fff}button:focus-visible{outline:3px solid #f5a800}"
    "@media(prefers-color-scheme:dark){body{color:#e8eaed;background:#16191d}"
    "button{background:#2f9e6a;color:#06150d}}";

static void
begin_page(struct buf *page, const char *title)
{
	buf_init(page, PAGE_MAX);
	buf_printf(page,
	    "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">"
	    "<meta name=\"viewport\" content=\"width=device-width\"><title>%s</title>"
	    "<link rel=\"stylesheet\" href=\"/static/style.css\"></head><body><main><h1>%s</h1>",
	    title, title);
}

static void
send_page(struct http_request *r, int status, struct buf *page)
{
	buf_put_string(page, "</main></body></html>\n");
	if (page->err == ERR_NONE)
		http_answer(r, status, "text/html; charset=utf-8", buf_bytes(page));
	else
		http_answer(r, 503, NULL, bytes_of(NULL, 0));
	buf_fini(page);
}

static void
send_not_found(struct http_request *r)
{
	struct buf page;

	begin_page(&page, "There is no such purchase");
	buf_put_string(&page, "<p>The address may have been cut. Start again on the device: choose "
			      "<em>Help me stay protected</em>.</p>");
	send_page(r, 404, &page);
}

static void
send_paid(struct http_request *r, const struct checkout *c)
{
	char until[TIMESTAMP_HUMAN_SIZE];
	struct buf page;

	timestamp_write_human(c->paid + pay_offer()->span_s, until);
	begin_page(&page, "Thank you: it is paid");
	buf_printf(&page,
	    "<p>Your device is protected until %s. It notices by itself, within seconds; you can close "
	    "this page.</p><p>Receipt: <code>",
	    until);
	encode_html(c->id, &page);
	buf_put_string(&page, "</code></p>");
	send_page(r, 200, &page);
}

static void
send_offer(struct http_request *r, const struct checkout *c, const char *device)
{
	struct buf page;

	begin_page(&page, "Help me stay protected");
	buf_put_string(&page, "<p>");
	encode_html(pay_offer()->title, &page);
	buf_put_string(&page, ": <strong>");
	pay_write_price(pay_offer(), &page);
	buf_put_string(&page, "</strong></p><p>For the device <strong>");
	encode_html(device, &page);
	buf_put_string(&page,
	    "</strong>. It does not renew by itself, and nothing else is charged.</p>"
	    "<p>This server uses the local payment back end: no money moves.</p>"
	    "<form method=\"post\" action=\"/checkout/");
	encode_html(c->id, &page);
	buf_put_string(&page, "\"><button>Pay now</button></form>");
	send_page(r, 200, &page);
}

void
page_checkout(struct call *c)
{
	struct store *store = c->web->store;
	struct checkout checkout;
	struct device d;
	enum err e;

	e = store->get_checkout(store, c->parameter, &checkout);
	if (e == ERR_NONE)
		e = store->get_device(store, checkout.device, &d);
	if (e == ERR_NOT_FOUND)
		send_not_found(c->request);
	else if (e != ERR_NONE)
		answer_failure(c->request, e, "showing a purchase");
	else if (checkout.paid != 0)
		send_paid(c->request, &checkout);
	else
		send_offer(c->request, &checkout, d.name);
}

/* The address itself is the right to pay: it is unguessable, and was given to the device alone. */
void
page_pay(struct call *c)
{
	struct checkout checkout;
	enum err e;

	e = authority_complete_checkout(c->web->store, c->parameter, pay_offer()->span_s, c->now,
	    &checkout);
	if (e == ERR_NONE)
		send_paid(c->request, &checkout);
	else if (e == ERR_NOT_FOUND)
		send_not_found(c->request);
	else
		answer_failure(c->request, e, "completing a purchase");
}

void
page_style(struct call *c)
{
	http_answer_header(c->request, "Cache-Control", "public, max-age=3600");
	http_answer(c->request, 200, "text/css; charset=utf-8", bytes_of_text(style));
}

void
page_health(struct call *c)
{
	int64_t position;
	enum err e = c->web->store->get_position(c->web->store, &position);

	if (e == ERR_NONE)
		answer_json(c->request, 200,
		    json_pack("{s:s, s:s}", "status", "ok", "version", HOLDFAST_VERSION));
	else
		answer_failure(c->request, e, "checking the store");
}
