/* prog/web/console_change.c: the forms on a subscription's page: its state, its seats, its mail. What was refused is
 * shown on the same page, with what was sent; what was done leads back to it. */
#include <stdio.h>

#include "base/text.h"
#include "crypto/random.h"
#include "entitle/authority_schedule.h"
#include "entitle/authority_seat.h"
#include "entitle/endpoint.h"
#include "entitle/recipient.h"
#include "prog/web/answer.h"
#include "prog/web/console_subscription.h"

/* Behind a rule's function: the page again with what it refused, or what was done. */
static void
answer(struct call *c, struct form *f, enum err e, const struct refusal *why, const char *done)
{
	struct console_shown shown = { .status = console_status(e), .why = why, .form = f };
	struct subscription sub;

	if (e == ERR_NONE)
		console_done(c, done, "/console/subscriptions/%s", c->parameter);
	else if (shown.status != 0 && why->detail[0] != '\0' &&
	    authority_get(c->web->store, &c->principal.provider, c->parameter, &sub) == ERR_NONE)
		console_show_subscription(c, &shown);
	else
		console_refuse(c, e, why, "changing a subscription");
}

/* A field is to be mended: false when none is. */
static bool
answer_form(struct call *c, struct form *f)
{
	if (f->good)
		return false;
	console_show_subscription(c, &(struct console_shown){ .status = 422, .form = f });
	return true;
}

static void
take_reason(struct form *f, enum reason *out)
{
	char code[24];

	form_text(f, "reason", "The reason", code, sizeof code, FORM_NEEDED);
	if (code[0] == '\0')
		return;
	if (!reason_from_code(code, out) || (*out != REASON_BILLING && *out != REASON_PROVIDER_REQUEST &&
					       *out != REASON_DISCONTINUED))
		form_wrong(f, "reason", "Choose one of the reasons.");
}

/* What authority_change said of a change that was not refused. */
static const char *
done_of(const struct refusal *why, const char *done)
{
	return why->code[0] == '\0' ? done : why->code;
}

static void
change(struct call *c, struct change *change, bool has_reason, const char *done)
{
	struct refusal why = { "", "" };
	struct subscription sub;
	struct form f;
	enum err e;

	form_open(&f, c);
	f.prefix = change->event == EV_SUSPEND ? "suspend-" : change->event == EV_CANCEL ? "cancel-" : "renew-";
	if (has_reason)
		take_reason(&f, &change->reason);
	form_day(&f, "effective", "The day", &change->effective, FORM_OPTIONAL);
	if (change->event == EV_RENEW)
		form_day(&f, "paid_until", "The new end", &change->paid_until, FORM_OPTIONAL);
	change->actor = c->principal.actor;
	if (!answer_form(c, &f)) {
		e = authority_change(c->web->store, &c->principal.provider, c->parameter, change, c->now, &sub, &why);
		answer(c, &f, e, &why, done_of(&why, done));
	}
	form_close(&f);
}

static void
suspend(struct call *c)
{
	change(c, &(struct change){ .event = EV_SUSPEND }, true, "suspended");
}

static void
cancel(struct call *c)
{
	change(c, &(struct change){ .event = EV_CANCEL }, true, "cancelled");
}

static void
resume(struct call *c)
{
	change(c, &(struct change){ .event = EV_RESUME }, false, "resumed");
}

static void
reinstate(struct call *c)
{
	change(c, &(struct change){ .event = EV_REINSTATE }, false, "reinstated");
}

static void
renew(struct call *c)
{
	change(c, &(struct change){ .event = EV_RENEW }, false, "renewed");
}

static void
withdraw(struct call *c)
{
	struct refusal why = { "gone", "That change has happened, or was withdrawn already." };
	enum err e = authority_withdraw_change(c->web->store, &c->principal.provider, c->parameter, c->parameters[1],
	    c->principal.actor, c->now);

	answer(c, NULL, e, &why, "withdrawn");
}

static void
set_seats(struct call *c)
{
	struct seat_count count = { .subscription = c->parameter, .actor = c->principal.actor };
	struct refusal why = { "", "" };
	struct form f;

	form_open(&f, c);
	form_whole(&f, "seats", "The number of seats", (struct form_range){ 1, SEATS_MAX }, &count.seats, FORM_NEEDED);
	if (!answer_form(c, &f))
		answer(c, &f, authority_set_seats(c->web->store, &c->principal.provider, &count, c->now, &why), &why,
		    "seats");
	form_close(&f);
}

static void
new_code(struct call *c)
{
	struct console_shown shown = { .status = 200 };
	struct refusal why = { "", "" };
	char code[CODE_SHOWN_SIZE];
	enum err e;

	e = authority_new_code(c->web->store, &c->principal.provider, c->parameter, c->principal.actor, c->now, code,
	    &why);
	shown.code = code;
	if (e == ERR_NONE)
		console_show_subscription(c, &shown);
	else
		answer(c, NULL, e, &why, "");
	random_forget(code, sizeof code);
}

static void
set_recipient(struct call *c)
{
	struct recipient r = { .code = "" };
	struct refusal why = { "", "" };
	struct form f;

	text_copy(r.subscription, sizeof r.subscription, c->parameter);
	form_open(&f, c);
	form_text(&f, "address", "The address", r.address, sizeof r.address, FORM_OPTIONAL);
	form_text(&f, "name", "The name", r.name, sizeof r.name, FORM_OPTIONAL);
	form_text(&f, "language", "The language", r.language, sizeof r.language, FORM_OPTIONAL);
	if (!answer_form(c, &f))
		answer(c, &f, recipient_set(c->web->store, &c->principal.provider, &r, c->principal.actor, c->now, &why),
		    &why, "recipient");
	form_close(&f);
}

typedef enum err seat_fn(struct store *store, const struct provider *p, const struct seat_change *change,
    int64_t now, struct refusal *why);

static void
change_seat(struct call *c, seat_fn *fn, const char *done)
{
	struct seat_change change = { .subscription = c->parameter, .device = c->parameters[1], .to = "",
		.actor = c->principal.actor };
	struct refusal why = { "", "" };
	enum err e = fn(c->web->store, &c->principal.provider, &change, c->now, &why);

	answer(c, NULL, e, &why, done);
}

static void
release(struct call *c)
{
	change_seat(c, authority_release_seat, "released");
}

static void
assign(struct call *c)
{
	change_seat(c, authority_assign_seat, "assigned");
}

static void
undo(struct call *c)
{
	change_seat(c, authority_undo_transfer, "undone");
}

static void
move(struct call *c)
{
	struct seat_change change = { .subscription = c->parameter, .actor = c->principal.actor };
	struct refusal why = { "", "" };
	char from[ID_SIZE], to[ID_SIZE];
	struct form f;
	enum err e;

	form_open(&f, c);
	form_text(&f, "from", "The device that has the seat", from, sizeof from, FORM_NEEDED);
	form_text(&f, "to", "The other device", to, sizeof to, FORM_NEEDED);
	change.device = from;
	change.to = to;
	if (!answer_form(c, &f)) {
		e = authority_transfer_seat(c->web->store, &c->principal.provider, &change, c->now, &why);
		answer(c, &f, e, &why, "moved");
	}
	form_close(&f);
}

#define SUBSCRIPTION "/console/subscriptions/{subscription}"
#define DEVICE SUBSCRIPTION "/devices/{device}"

static const struct route routes[] = {
	{ "POST", SUBSCRIPTION "/suspend", suspend, PERMIT_CONSOLE_OPERATE },
	{ "POST", SUBSCRIPTION "/resume", resume, PERMIT_CONSOLE_OPERATE },
	{ "POST", SUBSCRIPTION "/cancel", cancel, PERMIT_CONSOLE_OPERATE },
	{ "POST", SUBSCRIPTION "/reinstate", reinstate, PERMIT_CONSOLE_OPERATE },
	{ "POST", SUBSCRIPTION "/renew", renew, PERMIT_CONSOLE_OPERATE },
	{ "POST", SUBSCRIPTION "/changes/{change}/withdraw", withdraw, PERMIT_CONSOLE_OPERATE },
	{ "POST", SUBSCRIPTION "/seats", set_seats, PERMIT_CONSOLE_OPERATE },
	{ "POST", SUBSCRIPTION "/code", new_code, PERMIT_CONSOLE_SUPPORT },
	{ "POST", SUBSCRIPTION "/recipient", set_recipient, PERMIT_CONSOLE_OPERATE },
	{ "POST", SUBSCRIPTION "/move", move, PERMIT_CONSOLE_OPERATE },
	{ "POST", DEVICE "/release", release, PERMIT_CONSOLE_SUPPORT },
	{ "POST", DEVICE "/assign", assign, PERMIT_CONSOLE_OPERATE },
	{ "POST", DEVICE "/undo", undo, PERMIT_CONSOLE_OPERATE },
};
const struct route_group console_change_routes = { "/console", page_refuse, routes, sizeof routes / sizeof routes[0] };
