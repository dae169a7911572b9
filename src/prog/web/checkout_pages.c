/* prog/web/checkout_pages.c: the pages of a purchase: the offer, paying, and thanks. The address itself is the
 * right to pay: it is unguessable, and was given to the device alone. */
#include <stdio.h>

#include "base/text.h"
#include "base/timestamp.h"
#include "codec/encode.h"
#include "prog/web/answer.h"
#include "prog/web/page.h"
#include "prog/web/purchases.h"
#include "prog/web/routes.h"

static void
send_not_found(struct http_request *r)
{
	struct buf page;

	page_begin(&page, "There is no such purchase", NULL);
	buf_put_string(&page, "<p>The address may have been cut. Start again on the device: choose "
			      "<em>Help me stay protected</em>.</p>");
	page_send(r, 404, &page);
}

/* Whoever may be charged again must learn how to end that. A store that fails now only leaves it out. */
static void
put_how_to_end(struct call *c, struct buf *page)
{
	struct store *store = c->web->store;
	struct provider retail;
	const char *const card[] = { retail.contact.name, retail.contact.phone, retail.contact.web };

	if (c->web->pay != PAY_STRIPE || store->get_retail_provider(store, &retail) != ERR_NONE)
		return;
	buf_put_string(page, "<p>It renews every year. To end that, name the receipt to:");
	for (size_t i = 0; i < sizeof card / sizeof card[0]; i++) {
		buf_put_string(page, card[i][0] == '\0' ? "" : i == 0 ? " " : ", ");
		encode_html(card[i], page);
	}
	buf_put_string(page, ". What you have paid for stays yours.</p>");
}

static void
send_paid(struct call *c, const struct checkout *checkout)
{
	char until[TIMESTAMP_HUMAN_SIZE];
	struct buf page;

	timestamp_write_human(checkout->paid + pay_offer()->span_s, until);
	page_begin(&page, "Thank you: it is paid", NULL);
	buf_printf(&page,
	    "<p>Your device is protected until %s. It notices by itself, within seconds; you can close "
	    "this page.</p><p>Receipt: <code>",
	    until);
	encode_html(checkout->id, &page);
	buf_put_string(&page, "</code></p>");
	put_how_to_end(c, &page);
	page_send(c->request, 200, &page);
}

static void
send_over(struct http_request *r, int status)
{
	struct buf page;

	page_begin(&page, "This offer is over", NULL);
	buf_put_string(&page, "<p>Nothing was charged. Start again on the device: choose <em>Help me "
			      "stay protected</em>.</p>");
	page_send(r, status, &page);
}

/* Back from the payment service, whose signed notice alone counts. */
static void
send_waiting(struct http_request *r)
{
	struct buf page;

	page_begin(&page, "Thank you", "2");
	buf_put_string(&page, "<p>We wait for the payment service to confirm it. This page looks again "
			      "by itself; your device will notice too.</p>");
	page_send(r, 200, &page);
}

/* What differs between the back ends in the offer. */
static const char *const offer_texts[] = {
	[PAY_NONE] = "",
	[PAY_LOCAL] = "It does not renew by itself, and nothing else is charged.</p>"
		      "<p>This server uses the local payment back end: no money moves.</p>",
	[PAY_STRIPE] = "It renews every year until you end it: what you have paid for stays yours.</p>"
		       "<p>You pay at Stripe, which tells us that you have paid, and not how.</p>",
};

static void
send_offer(struct call *c, const struct checkout *checkout, const char *device)
{
	struct buf page;

	page_begin(&page, "Help me stay protected", NULL);
	buf_put_string(&page, "<p>");
	encode_html(pay_offer()->title, &page);
	buf_put_string(&page, ": <strong>");
	pay_write_price(pay_offer(), &page);
	buf_put_string(&page, "</strong></p><p>For the device <strong>");
	encode_html(device, &page);
	buf_printf(&page, "</strong>. %s<form method=\"post\" action=\"/checkout/",
	    offer_texts[c->web->pay]);
	encode_html(checkout->id, &page);
	buf_put_string(&page, "\"><button>Pay now</button></form>");
	page_send(c->request, 200, &page);
}

static bool
is_open(const struct call *c, const struct checkout *checkout)
{
	return c->web->pay != PAY_NONE && c->now - checkout->created < CHECKOUT_OPEN_S;
}

static void
show_checkout(struct call *c)
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
		send_paid(c, &checkout);
	else if (bytes_equal_text(http_request_query(c->request), "paid=1"))
		send_waiting(c->request);
	else if (!is_open(c, &checkout))
		send_over(c->request, 200);
	else
		send_offer(c, &checkout, d.name);
}

static void
pay_here(struct call *c)
{
	struct checkout checkout;
	enum err e;

	e = authority_complete_checkout(c->web->store, c->parameter, pay_offer()->span_s, c->now,
	    &checkout);
	if (e == ERR_NONE)
		send_paid(c, &checkout);
	else
		answer_failure(c->request, e, "completing a purchase");
}

static void
pay_checkout(struct call *c)
{
	struct checkout checkout;
	enum err e;

	e = c->web->store->get_checkout(c->web->store, c->parameter, &checkout);
	if (e == ERR_NOT_FOUND)
		send_not_found(c->request);
	else if (e != ERR_NONE)
		answer_failure(c->request, e, "looking up a purchase");
	else if (checkout.paid != 0)
		send_paid(c, &checkout);
	else if (!is_open(c, &checkout))
		send_over(c->request, 410);
	else if (c->web->pay == PAY_STRIPE)
		purchases_start(c->web, c->request, &checkout);
	else
		pay_here(c);
}

/* The address is the right to see it and to pay. */
static const struct route routes[] = {
	{ "GET", "/checkout/{}", show_checkout, PERMIT_ANYONE },
	{ "POST", "/checkout/{}", pay_checkout, PERMIT_ANYONE },
};
const struct route_group checkout_routes = { "/checkout/", routes_refuse, routes,
	sizeof routes / sizeof routes[0] };
