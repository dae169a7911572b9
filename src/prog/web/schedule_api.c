/* prog/web/schedule_api.c: changes of a subscription that were dated ahead, and who gets mail about it. */
#include "entitle/authority_schedule.h"

#include "base/text.h"
#include "entitle/recipient.h"
#include "prog/web/answer.h"
#include "prog/web/subscription_shapes.h"

static const char *
event_choice(int value)
{
	return sub_event_name((enum sub_event)value);
}
#define EVENTS (1 << EV_SUSPEND | 1 << EV_RESUME | 1 << EV_CANCEL | 1 << EV_REINSTATE | 1 << EV_RENEW)

static const struct field change_fields[] = {
	{ SHAPE_TEXT(due, id, "id") },
	{ SHAPE_CHOICE(due, event, "change", event_choice, EVENTS) },
	{ SHAPE_CHOICE(due, reason, "reason", subscription_reason_choice,
	    SUBSCRIPTION_REASONS | 1 << REASON_NONE) },
	{ SHAPE_TIME(due, at, "effective") },
	{ SHAPE_TIME(due, paid_until, "paid_until"), .flags = FIELD_SPARSE },
	{ SHAPE_TEXT(due, actor, "actor"), .about = "Who wants it" },
};
SHAPE(change, due, "ScheduledChange");

struct change_list {
	json_t *changes;
};
static const struct field change_list_fields[] = {
	{ SHAPE_LIST(change_list, changes, "changes", &change_shape) },
};
SHAPE(change_list, change_list, "ScheduledChangeList");

static bool
add_change(void *ctx, const struct due *d)
{
	if (d->kind == DUE_CHANGE)
		json_array_append_new(ctx, shape_write(&change_shape, d));
	return true;
}

static void
list_changes(struct call *c)
{
	struct change_list list = { .changes = NULL };
	struct store *store = c->web->store;
	struct subscription sub;
	enum err e = ERR_NOMEM;

	if (!subscription_find_own(c, &sub))
		return;
	if ((list.changes = json_array()) != NULL)
		e = store->schedule.list(store, sub.id, add_change, list.changes);
	if (e == ERR_NONE) {
		answer_shape(c, &list);
		return;
	}
	json_decref(list.changes);
	answer_failure(c->request, e, "listing scheduled changes");
}

static void
withdraw_change(struct call *c)
{
	struct subscription sub;
	enum err e;

	if (!subscription_find_own(c, &sub))
		return;
	e = authority_withdraw_change(c->web->store, &c->principal.provider, sub.id, c->parameters[1],
	    c->principal.actor, c->now);
	if (e == ERR_NONE)
		answer_done(c);
	else
		answer_error(c, e, &(struct answer_error){ .missing = "unknown_change",
				       .sentence = "No such change waits: it has taken effect or was withdrawn.",
				       .doing = "withdrawing a change" });
}

static void
look_at_recipient(struct call *c)
{
	struct recipient r = { .subscription = "" };
	struct subscription sub;
	enum err e;

	if (!subscription_find_own(c, &sub))
		return;
	e = recipient_get(c->web->store, &c->principal.provider, sub.id, &r);
	if (e == ERR_NONE)
		answer_shape(c, &r);
	else
		answer_error(c, e, &(struct answer_error){ .missing = "no_recipient",
				       .sentence = "Nobody gets mail about this subscription.",
				       .doing = "looking up a recipient" });
}

static void
set_recipient(struct call *c, struct recipient *r)
{
	struct refusal why = { "", "" };
	enum err e;

	text_copy(r->subscription, sizeof r->subscription, c->parameter);
	e = recipient_set(c->web->store, &c->principal.provider, r, c->principal.actor, c->now, &why);
	if (e != ERR_NONE)
		subscription_refuse(c, e, &why, "setting a recipient");
	else if (r->address[0] == '\0')
		answer_done(c);
	else
		answer_shape(c, r);
}

static void
put_recipient(struct call *c)
{
	struct recipient r = { .language = "en" };

	if (answer_take_body(c, &r))
		set_recipient(c, &r);
}

static void
remove_recipient(struct call *c)
{
	struct recipient nobody = { .address = "" };

	set_recipient(c, &nobody);
}

static const struct route routes[] = {
	{ "GET", "/v1/subscriptions/{subscription}/changes", list_changes, PERMIT_READ, "listScheduledChanges",
	    "Changes that were dated ahead, the next one first", .answer = &change_list_shape },
	{ "DELETE", "/v1/subscriptions/{subscription}/changes/{change}", withdraw_change, PERMIT_OPERATE,
	    "withdrawChange", "Withdraw a change before it takes effect" },
	{ "GET", "/v1/subscriptions/{subscription}/recipient", look_at_recipient, PERMIT_READ, "getRecipient",
	    "Who gets mail about it", .answer = &subscription_recipient_shape },
	{ "PUT", "/v1/subscriptions/{subscription}/recipient", put_recipient, PERMIT_OPERATE, "setRecipient",
	    "Who is to get mail about it", .body = &subscription_recipient_request_shape,
	    .answer = &subscription_recipient_shape },
	{ "DELETE", "/v1/subscriptions/{subscription}/recipient", remove_recipient, PERMIT_OPERATE,
	    "removeRecipient", "Nobody is to get mail about it any more" },
};
const struct route_group schedule_routes = { "/v1/", routes_refuse, routes, sizeof routes / sizeof routes[0] };
