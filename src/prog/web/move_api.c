/* prog/web/move_api.c: subscriptions that become one, or move to another provider; the rules are
 * entitle/authority_merge.h's and authority_leave.h's. */
#include "entitle/authority_leave.h"
#include "entitle/authority_merge.h"

#include "base/text.h"
#include "prog/web/access_shapes.h"
#include "prog/web/answer.h"
#include "prog/web/subscription_shapes.h"

struct merge_request {
	char from[ID_SIZE];
};
static const struct field merge_fields[] = {
	{ SHAPE_TEXT(merge_request, from, "from"), .flags = FIELD_REQUIRED | FIELD_FILLED,
	    .about = "Your subscription that ends; its devices move, its remaining days are kept" },
};
SHAPE(merge, merge_request, "MergeRequest");

static void
merge(struct call *c)
{
	struct merge_request request = { .from = "" };
	struct merging merging = { .into = c->parameter, .from = request.from, .actor = c->principal.actor };
	struct refusal why = { "", "" };
	struct subscription sub;
	enum err e;

	if (!answer_take_body(c, &request))
		return;
	e = authority_merge(c->web->store, &c->principal.provider, &merging, c->now, &sub, &why);
	if (e == ERR_NONE)
		subscription_answer_whole(c, &sub);
	else
		subscription_refuse(c, e, &why, "merging subscriptions");
}

static const char *
consent_choice(int value)
{
	return consent_name((enum consent)value);
}

struct consent_request {
	enum consent consent;
};
static const struct field consent_fields[] = {
	{ SHAPE_CHOICE(consent_request, consent, "consent", consent_choice, 1 << CONSENT_GIVEN | 1 << CONSENT_REFUSED),
	    .flags = FIELD_REQUIRED, .about = "What the person said to moving to whoever takes over" },
};
SHAPE(consent, consent_request, "ConsentRequest");

static void
set_consent(struct call *c)
{
	struct consent_request request = { .consent = CONSENT_NONE };
	struct refusal why = { "", "" };
	struct subscription sub;
	enum err e;

	if (!answer_take_body(c, &request) || !subscription_find_own(c, &sub))
		return;
	e = authority_consent(c->web->store, sub.id, request.consent, c->principal.actor, c->now, &why);
	if (e == ERR_NONE)
		e = authority_get(c->web->store, &c->principal.provider, sub.id, &sub);
	if (e == ERR_NONE)
		subscription_answer_whole(c, &sub);
	else
		subscription_refuse(c, e, &why, "noting a consent");
}

static void
refuse_leaving(struct call *c, enum err e, const struct refusal *why)
{
	answer_error(c, e, &(struct answer_error){ .why = why, .missing = "unknown_provider",
			       .sentence = "There is no provider with this id.", .doing = "a provider's leaving" });
}

static const struct field leave_fields[] = {
	{ SHAPE_TIME(leaving, at, "at"), .flags = FIELD_REQUIRED,
	    .about = "The end of its service; the notice is at least 30 days" },
	{ SHAPE_TEXT(leaving, to, "to"), .about = "The provider that takes over; the vendor's own retail unless given" },
};
SHAPE(leave, leaving, "LeaveRequest");

static void
leave(struct call *c)
{
	struct leaving leaving = { .actor = c->principal.actor };
	struct store *store = c->web->store;
	struct refusal why = { "", "" };
	struct provider p;
	enum err e;

	if (!answer_take_body(c, &leaving))
		return;
	if ((e = store->get_provider(store, c->parameter, &p)) == ERR_NONE)
		e = authority_leave(store, &p, &leaving, c->now, &why);
	if (e == ERR_NONE)
		answer_shape(c, &p);
	else
		refuse_leaving(c, e, &why);
}

static void
stay(struct call *c)
{
	struct store *store = c->web->store;
	struct refusal why = { "", "" };
	struct provider p;
	enum err e;

	if ((e = store->get_provider(store, c->parameter, &p)) == ERR_NONE)
		e = authority_stay(store, &p, c->principal.actor, c->now, &why);
	if (e == ERR_NONE)
		answer_shape(c, &p);
	else
		refuse_leaving(c, e, &why);
}

static const struct route routes[] = {
	{ "POST", "/v1/subscriptions/{subscription}/merge", merge, PERMIT_OPERATE, "mergeSubscription",
	    "Take over another subscription of the same person, its devices and what is paid", .body = &merge_shape,
	    .answer = &subscription_shape },
	{ "POST", "/v1/subscriptions/{subscription}/consent", set_consent, PERMIT_OPERATE, "setConsent",
	    "When you end your service: whether the person agrees to move", .body = &consent_shape,
	    .answer = &subscription_shape },
	{ "POST", "/v1/vendor/providers/{provider}/leave", leave, PERMIT_VENDOR, "announceLeaving",
	    "A provider ends its service: who agrees moves then, with notice and reminders before", .body = &leave_shape,
	    .answer = &access_provider_shape },
	{ "POST", "/v1/vendor/providers/{provider}/stay", stay, PERMIT_VENDOR, "withdrawLeaving",
	    "It stays after all", .answer = &access_provider_shape },
};
const struct route_group move_routes = { "/v1/", routes_refuse, routes, sizeof routes / sizeof routes[0] };
