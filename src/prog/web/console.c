/* prog/web/console.c: see console.h. */
#include "prog/web/console.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/text.h"
#include "base/timestamp.h"
#include "codec/encode.h"
#include "entitle/access.h"
#include "entitle/condition.h"
#include "entitle/notice.h"
#include "prog/web/answer.h"
#include "prog/web/chart.h"

/* What forms do, and the sentence on the page behind them. Only these are ever shown: the code is in the address. */
static const struct {
	const char *code, *text;
} done_texts[] = {
	{ "suspended", "The subscription is suspended. Its devices are told at their next contact." },
	{ "resumed", "The suspension is over. Its devices are told within seconds." },
	{ "cancelled", "The subscription is cancelled." },
	{ "reinstated", "The subscription is reinstated, with the seats that it had." },
	{ "renewed", "The subscription is renewed." },
	{ "scheduled", "The change will take effect on its day." },
	{ "overtaken", "A later change had taken effect already: this one is in the log and changes nothing." },
	{ "confirmed", "It was so already; the log says that it was confirmed." },
	{ "withdrawn", "The change will not happen." },
	{ "seats", "The number of seats is changed." },
	{ "released", "The seat is free; the device is told at its next contact." },
	{ "assigned", "The device has a seat again." },
	{ "moved", "The seat was moved. The device that lost it is told at its next contact." },
	{ "undone", "The move is undone." },
	{ "recipient", "Mail goes to this address from now on." },
	{ "replayed", "It will be tried again at once." },
	{ "card", "The contact card is changed. Devices get it with their next lease." },
	{ "brand", "Mail looks like this from now on." },
	{ "policy", "The policy is changed. It counts from now on." },
	{ "revoked", "It opens nothing any more." },
	{ "webhook", "The webhook is changed." },
	{ "removed", "It is removed." },
	{ "user", "The change counts from now on." },
	{ "password", "The password is changed. Sessions elsewhere are over." },
	{ "provider", "The provider is changed." },
};

static void
put_done(struct page *p, struct call *c)
{
	char code[24];

	if (decode_form_field(http_request_query(c->request), "done", code, sizeof code) != ERR_NONE)
		return;
	for (size_t i = 0; i < sizeof done_texts / sizeof done_texts[0]; i++)
		if (text_equal(done_texts[i].code, code))
			page_put_text(p, "done", done_texts[i].text);
}

void
console_open(struct page *p, struct call *c, const char *title)
{
	const struct principal *who = &c->principal;
	bool vendor = who->provider.id[0] == '\0';

	page_open(p, c, title);
	page_put_text(p, "home", "/console");
	page_put(p, "vendor", json_boolean(vendor));
	page_put(p, "may", json_pack("{s:b, s:b, s:b}", "support", who->role >= ROLE_SUPPORT, "operate",
	    who->role >= ROLE_OPERATOR, "own", who->role >= ROLE_OWNER));
	if (!vendor)
		page_put_text(p, "provider_name", who->provider.contact.name);
	put_done(p, c);
}

void
console_done(struct call *c, const char *done, const char *address, ...)
{
	char where[PARAMETER_SIZE + 100], whole[PARAMETER_SIZE + 200];
	va_list args;

	va_start(args, address);
	vsnprintf(where, sizeof where, address, args);
	va_end(args);
	snprintf(whole, sizeof whole, "%s%cdone=%s", where, strchr(where, '?') == NULL ? '?' : '&', done);
	page_see(c, whole);
}

void
console_put_refusal(struct page *p, const struct refusal *why)
{
	if (why != NULL && why->detail[0] != '\0')
		page_put(p, "refused", json_pack("{s:s, s:s}", "code", why->code, "text", why->detail));
}

int
console_status(enum err e)
{
	switch (e) {
	case ERR_NONE:
		return 200;
	case ERR_NOT_FOUND:
		return 404;
	case ERR_CONFLICT:
	case ERR_EXISTS:
		return 409;
	case ERR_MALFORMED:
	case ERR_DENIED:
	case ERR_LIMIT:
		return 422;
	default:
		return 0;
	}
}

void
console_refuse(struct call *c, enum err e, const struct refusal *why, const char *doing)
{
	int status = console_status(e);

	if (status == 404)
		page_refuse(c, 404, "not_found", "There is nothing of yours at this address (any more).");
	else if (status != 0 && why != NULL && why->detail[0] != '\0')
		page_refuse(c, status, why->code, why->detail);
	else
		page_answer_failure(c, e, doing);
}

json_t *
console_time(int64_t t)
{
	char at[TIMESTAMP_SIZE], text[TIMESTAMP_HUMAN_SIZE];

	if (t == 0)
		return json_null();
	timestamp_write(t, at);
	timestamp_write_human(t, text);
	return json_pack("{s:s, s:s}", "at", at, "text", text);
}

json_t *
console_state(enum sub_state state)
{
	static const struct {
		const char *text, *tone;
	} states[SUB_STATES] = {
		[SUB_NONE] = { "None", "" },
		[SUB_PENDING] = { "Not activated yet", "" },
		[SUB_ACTIVE] = { "Active", "good" },
		[SUB_SUSPENDED] = { "Suspended", "warn" },
		[SUB_CANCELLED] = { "Cancelled", "problem" },
		[SUB_EXPIRED] = { "Expired", "problem" },
	};

	return json_pack("{s:s, s:s, s:s}", "code", sub_state_name(state), "text", states[state].text, "tone",
	    states[state].tone);
}

json_t *
console_reason(enum reason reason)
{
	const struct notice *n = notice_for(reason);

	if (reason == REASON_NONE)
		return json_null();
	return json_pack("{s:s, s:s, s:s}", "code", reason_code(reason), "text", n->headline, "article", n->article);
}

json_t *
console_subscription_line(const struct subscription *s, int64_t now)
{
	return json_pack("{s:s, s:s, s:s, s:o, s:o, s:I, s:o, s:o}", "id", s->id, "external_id", s->external_id,
	    "reference", s->reference, "state", console_state(subscription_state_at(s, now)), "reason",
	    console_reason(s->reason), "seats", (json_int_t)s->seats, "since", console_time(s->since), "paid_until",
	    console_time(s->paid_until));
}

json_t *
console_condition(const struct subscription *s, const struct device *d, const struct block *block, int64_t now)
{
	struct standing st = standing_under(subscription_standing(s, now), block, now);
	enum reason reason = !d->seated ? d->left : st.reason;
	int64_t since = !d->seated ? d->left_at : st.since;

	if (reason == REASON_NONE && st.ending != REASON_NONE)
		return json_pack("{s:s, s:s, s:s, s:o, s:o, s:o}", "kind", condition_name(CONDITION_GRACE), "text",
		    "Protected for a while", "tone", "warn", "reason", console_reason(st.ending), "since",
		    console_time(st.since), "until", console_time(st.until));
	if (reason == REASON_NONE)
		return json_pack("{s:s, s:s, s:s, s:n, s:n}", "kind", condition_name(CONDITION_PROTECTED), "text",
		    "Protected", "tone", "good", "reason", "since");
	return json_pack("{s:s, s:s, s:s, s:o, s:o}", "kind", condition_name(CONDITION_UNPROTECTED), "text",
	    "Unprotected", "tone", "problem", "reason", console_reason(reason), "since", console_time(since));
}

/* A value of an event's detail as a person reads it; NULL: not for people. */
static json_t *
value_text(const char *name, const json_t *value)
{
	static const char *const times[] = { "effective", "until", "paid_until", "grace_until", "at" };

	if (json_is_string(value))
		return json_string_length(value) == 0 ? NULL : json_incref((json_t *)(uintptr_t)value);
	if (json_is_boolean(value))
		return json_string(json_is_true(value) ? "yes" : "no");
	if (!json_is_integer(value))
		return NULL;
	for (size_t i = 0; i < sizeof times / sizeof times[0]; i++)
		if (text_equal(times[i], name)) {
			char text[TIMESTAMP_HUMAN_SIZE];

			if (json_integer_value(value) == 0)
				return NULL;
			timestamp_write_human(json_integer_value(value), text);
			return json_string(text);
		}
	return json_sprintf("%lld", (long long)json_integer_value(value));
}

/* "seat_released" is "seat released". */
static json_t *
words_of(const char *name)
{
	char text[EVENT_KIND_SIZE];

	if (text_copy(text, sizeof text, name) != ERR_NONE)
		return json_string("something");
	for (char *p = text; *p != '\0'; p++)
		if (*p == '_')
			*p = ' ';
	return json_string(text);
}

/* Who it was: a console's user by the name that the user has now. */
static json_t *
who_of(struct call *c, const char *actor)
{
	struct user u;

	if (strncmp(actor, "user ", 5) == 0 && c->web->store->user.get(c->web->store, actor + 5, &u) == ERR_NONE &&
	    (c->principal.provider.id[0] == '\0' || text_equal(u.provider, c->principal.provider.id)))
		return json_sprintf("%s (%s)", u.name, u.mail);
	return json_string(actor);
}

json_t *
console_event(struct call *c, const struct event *e)
{
	json_t *detail = json_loads(e->detail, 0, NULL), *more = json_array(), *value;
	const char *name;

	json_object_foreach(detail, name, value) {
		json_t *text = value_text(name, value);

		if (text != NULL)
			json_array_append_new(more, json_pack("{s:o, s:o}", "name", words_of(name), "value", text));
	}
	json_decref(detail);
	return json_pack("{s:o, s:o, s:o, s:s, s:o, s:b}", "at", console_time(e->at), "who", who_of(c, e->actor), "what",
	    words_of(e->kind), "chain", e->chain, "more", more, "purged", e->purged);
}

json_t *
console_choice(const char *value, const char *text, bool chosen)
{
	return json_pack("{s:s, s:s, s:b}", "value", value, "text", text, "chosen", chosen);
}

void
console_put_chart(struct page *p, const char *name, void (*draw)(const struct chart *c, struct buf *out),
    const struct chart *chart)
{
	struct buf svg;

	buf_init(&svg, 65536);
	draw(chart, &svg);
	if (svg.err == ERR_NONE)
		page_put_markup(p, name, buf_bytes(&svg));
	else if (p->err == ERR_NONE)
		p->err = svg.err;
	buf_fini(&svg);
}
