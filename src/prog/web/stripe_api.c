/* prog/web/stripe_api.c: Stripe's notices. The signature over the body, as it came, is what makes one count;
 * what it then does is payment_take's. */
#include "base/log.h"
#include "prog/web/answer.h"
#include "prog/web/routes.h"

static void
refuse(struct call *c, const char *code, const char *detail)
{
	/* A wrong secret shows here first; nothing of the notice is believed, so nothing of it is logged. */
	log_warn("a notice to /webhooks/stripe was refused: %s", code);
	answer_problem(c->request, 400, code, detail);
}

static bool
is_signed(struct call *c)
{
	enum err e = stripe_check_signature(&c->web->stripe,
	    http_request_header(c->request, "Stripe-Signature"), http_request_body(c->request), c->now);

	if (e == ERR_EXPIRED)
		refuse(c, "stale_signature", "The notice was signed too long before or after now.");
	else if (e != ERR_NONE)
		refuse(c, "bad_signature", "The notice is not signed with a secret of this endpoint.");
	return e == ERR_NONE;
}

static void
take_notice(struct call *c)
{
	enum payment_result result = PAYMENT_IGNORED;
	struct payment_notice notice;
	struct fault why;
	enum err e;

	if (c->web->pay != PAY_STRIPE) {
		answer_problem(c->request, 404, "not_found", "There is nothing at this address.");
		return;
	}
	if (!is_signed(c))
		return;
	e = stripe_read_event(http_request_body(c->request), pay_offer()->span_s, &notice, &why);
	if (e == ERR_NONE && notice.kind != PAYMENT_NONE)
		e = payment_take(c->web->store, &notice, c->now, &result);
	else if (e != ERR_NONE && e != ERR_NOMEM) {
		refuse(c, "malformed_request", why.text);
		return;
	}
	/* What is answered with anything but 2xx is sent again, for three days. */
	if (e != ERR_NONE)
		answer_failure(c->request, e, "taking a payment notice");
	else
		answer_json(c->request, 200, json_pack("{s:b}", "received", 1));
}

/* The signature in the request is the right to tell us. */
static const struct route routes[] = {
	{ "POST", "/webhooks/stripe", take_notice, PERMIT_ANYONE },
};
const struct route_group stripe_routes = { "/webhooks/stripe", routes_refuse, routes,
	sizeof routes / sizeof routes[0] };
