/* prog/web/checkout_pages.c: the pages of a purchase: the offer, paying, and thanks. The address itself is the
 * right to pay: it is unguessable, and was given to the device alone. */
#include "base/text.h"
#include "base/timestamp.h"
#include "prog/web/page.h"
#include "prog/web/purchases.h"
#include "prog/web/routes.h"

static void
send_not_found(struct call *c)
{
	page_answer_message(c, &(struct message){ 404, "There is no such purchase",
	    "The address may have been cut. Start again on the device: choose Help me stay protected.", NULL, NULL });
}

/* Whoever may be charged again must learn how to end that. A store that fails now only leaves it out. */
static void
put_how_to_end(struct page *page)
{
	struct call *c = page->call;
	struct provider retail;

	if (c->web->pay != PAY_STRIPE || c->web->store->get_retail_provider(c->web->store, &retail) != ERR_NONE)
		return;
	page_put(page, "seller", json_pack("{s:s, s:s, s:s}", "name", retail.contact.name, "phone", retail.contact.phone,
	    "web", retail.contact.web));
}

static void
put_offer(struct page *page)
{
	struct buf price;

	buf_init(&price, 64);
	pay_write_price(pay_offer(), &price);
	page_put_text(page, "product", pay_offer()->title);
	page_put(page, "price", json_stringn(price.n == 0 ? "" : (const char *)price.p, price.n));
	page_put(page, "at_stripe", json_boolean(page->call->web->pay == PAY_STRIPE));
	buf_fini(&price);
}

static void
send_paid(struct call *c, const struct checkout *checkout)
{
	char until[TIMESTAMP_HUMAN_SIZE], paid[TIMESTAMP_HUMAN_SIZE];
	struct page page;

	timestamp_write_human(checkout->paid, paid);
	timestamp_write_human(checkout->paid + pay_offer()->span_s, until);
	page_open(&page, c, "Thank you: it is paid");
	put_offer(&page);
	put_how_to_end(&page);
	page_put_text(&page, "paid", paid);
	page_put_text(&page, "until", until);
	page_put_text(&page, "receipt", checkout->id);
	page_answer(&page, 200, "checkout/paid");
}

static void
send_over(struct call *c, int status)
{
	page_answer_message(c, &(struct message){ status, "This offer is over",
	    "Nothing was charged. Start again on the device: choose Help me stay protected.", NULL, NULL });
}

/* Back from the payment service, whose signed notice alone counts. */
static void
send_waiting(struct call *c)
{
	struct page page;

	page_open(&page, c, "Thank you");
	page_put_text(&page, "refresh", "2");
	page_answer(&page, 200, "checkout/waiting");
}

static void
send_offer(struct call *c, const struct checkout *checkout, const char *device)
{
	struct page page;

	page_open(&page, c, "Help me stay protected");
	put_offer(&page);
	page_put_text(&page, "id", checkout->id);
	page_put_text(&page, "device", device);
	page_answer(&page, 200, "checkout/offer");
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
		send_not_found(c);
	else if (e != ERR_NONE)
		page_answer_failure(c, e, "showing a purchase");
	else if (checkout.paid != 0)
		send_paid(c, &checkout);
	else if (bytes_equal_text(http_request_query(c->request), "paid=1"))
		send_waiting(c);
	else if (!is_open(c, &checkout))
		send_over(c, 200);
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
		page_answer_failure(c, e, "completing a purchase");
}

static void
pay_checkout(struct call *c)
{
	struct checkout checkout;
	enum err e;

	e = c->web->store->get_checkout(c->web->store, c->parameter, &checkout);
	if (e == ERR_NOT_FOUND)
		send_not_found(c);
	else if (e != ERR_NONE)
		page_answer_failure(c, e, "looking up a purchase");
	else if (checkout.paid != 0)
		send_paid(c, &checkout);
	else if (!is_open(c, &checkout))
		send_over(c, 410);
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
const struct route_group checkout_routes = { "/checkout/", page_refuse, routes,
	sizeof routes / sizeof routes[0] };
