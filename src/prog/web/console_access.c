/* prog/web/console_access.c: what a provider's systems use: API keys and clients, webhooks, and what became of what was
 * sent to them. Secrets are on the page that made them, and nowhere else. */
#include <stdio.h>

#include "base/text.h"
#include "codec/encode.h"
#include "crypto/random.h"
#include "entitle/access.h"
#include "entitle/endpoint.h"
#include "entitle/event_type.h"
#include "prog/web/answer.h"
#include "prog/web/console.h"

enum { DELIVERIES_SHOWN = 50 };

/* What a page shows besides what is there. */
struct shown {
	int status;
	struct form *form;
	const struct refusal *why;
	const char *id, *secret; /* of what was just made */
};

static bool
add_credential(void *ctx, const struct credential *c)
{
	json_array_append_new(ctx, json_pack("{s:s, s:s, s:s, s:s, s:o, s:o, s:o}", "id", c->id, "kind",
	    credential_kind_name(c->kind), "label", c->label, "role", role_name(c->role), "created",
	    console_time(c->created), "last_used", console_time(c->last_used), "revoked", console_time(c->revoked)));
	return true;
}

static void
show_keys(struct call *c, const struct shown *s)
{
	struct store *store = c->web->store;
	json_t *list = json_array();
	struct page page;
	enum err e;

	console_open(&page, c, "API keys and clients");
	e = list == NULL ? ERR_NOMEM : store->access.list(store, c->principal.provider.id, add_credential, list);
	page_put(&page, "none", json_boolean(json_array_size(list) == 0));
	page_put(&page, "keys", list);
	console_put_refusal(&page, s->why);
	if (s->form != NULL)
		form_show(s->form, &page);
	if (s->secret != NULL)
		page_put(&page, "made", json_pack("{s:s, s:s, s:b}", "id", s->id, "secret", s->secret, "client",
		    strncmp(s->id, "cli_", 4) == 0));
	if (e != ERR_NONE && page.err == ERR_NONE)
		page.err = e;
	page_answer(&page, s->status, "console/keys");
}

static void
look_at_keys(struct call *c)
{
	show_keys(c, &(struct shown){ .status = 200 });
}

static void
add_key(struct call *c)
{
	struct credential made = { .kind = CREDENTIAL_KEY };
	char role[16], kind[16], secret[TOKEN_SIZE];
	struct shown shown = { .status = 422 };
	struct form f;
	enum err e;

	form_open(&f, c);
	shown.form = &f;
	form_text(&f, "label", "What it is for", made.label, sizeof made.label, FORM_NEEDED);
	form_text(&f, "role", "The role", role, sizeof role, FORM_NEEDED);
	form_text(&f, "kind", "The kind", kind, sizeof kind, FORM_NEEDED);
	if (role[0] != '\0' && (!role_from_name(role, &made.role) || made.role > ROLE_OWNER))
		form_wrong(&f, "role", "Choose one of the roles.");
	if (text_equal(kind, "client"))
		made.kind = CREDENTIAL_CLIENT;
	else if (kind[0] != '\0' && !text_equal(kind, "key"))
		form_wrong(&f, "kind", "Choose a key or a client.");
	text_copy(made.provider, sizeof made.provider, c->principal.provider.id);
	if (!f.good) {
		show_keys(c, &shown);
	} else if ((e = access_add(c->web->store, &made, c->principal.actor, c->now, secret)) == ERR_NONE) {
		shown = (struct shown){ .status = 201, .id = made.id, .secret = secret };
		show_keys(c, &shown);
	} else {
		console_refuse(c, e, NULL, "adding a key");
	}
	random_forget(secret, sizeof secret);
	form_close(&f);
}

static void
revoke_key(struct call *c)
{
	enum err e = access_revoke(c->web->store, c->principal.provider.id, c->parameter, c->principal.actor, c->now);

	if (e == ERR_NONE)
		console_done(c, "revoked", "/console/keys");
	else
		console_refuse(c, e, NULL, "revoking a key");
}

static bool
add_webhook(void *ctx, const struct endpoint *p)
{
	json_array_append_new(ctx, json_pack("{s:s, s:s, s:s, s:o, s:o, s:s}", "id", p->id, "url", p->url, "filter",
	    p->filter, "created", console_time(p->created), "disabled", console_time(p->disabled), "why", p->why));
	return true;
}

static json_t *
event_types(void)
{
	json_t *list = json_array();
	const char *type;

	for (size_t i = 0; (type = event_type_at(i)) != NULL; i++)
		json_array_append_new(list, json_string(type));
	return list;
}

static void
show_webhooks(struct call *c, const struct shown *s)
{
	struct store *store = c->web->store;
	json_t *list = json_array();
	struct page page;
	enum err e;

	console_open(&page, c, "Webhooks");
	e = list == NULL ? ERR_NOMEM
			 : store->delivery.list_endpoints(store, c->principal.provider.id, ENDPOINT_WEBHOOK, add_webhook, list);
	page_put(&page, "none", json_boolean(json_array_size(list) == 0));
	page_put(&page, "webhooks", list);
	page_put(&page, "types", event_types());
	console_put_refusal(&page, s->why);
	if (s->form != NULL)
		form_show(s->form, &page);
	if (s->secret != NULL)
		page_put(&page, "made", json_pack("{s:s, s:s}", "id", s->id, "secret", s->secret));
	if (e != ERR_NONE && page.err == ERR_NONE)
		page.err = e;
	page_answer(&page, s->status, "console/webhooks");
}

static void
look_at_webhooks(struct call *c)
{
	show_webhooks(c, &(struct shown){ .status = 200 });
}

static void
new_webhook(struct call *c)
{
	struct endpoint made = { .kind = ENDPOINT_WEBHOOK };
	struct shown shown = { .status = 422 };
	struct refusal why = { "", "" };
	struct form f;
	enum err e = ERR_MALFORMED;

	form_open(&f, c);
	shown.form = &f;
	shown.why = &why;
	form_text(&f, "url", "The address", made.url, sizeof made.url, FORM_NEEDED);
	form_text(&f, "events", "The events", made.filter, sizeof made.filter, FORM_OPTIONAL);
	if (f.good)
		e = endpoint_add(c->web->store, &c->principal.provider, &made, c->web->reach, c->principal.actor, c->now,
		    &why);
	if (e == ERR_NONE)
		show_webhooks(c, &(struct shown){ .status = 201, .id = made.id, .secret = made.secret });
	else if (e == ERR_MALFORMED || e == ERR_LIMIT)
		show_webhooks(c, &shown);
	else
		console_refuse(c, e, &why, "adding a webhook");
	random_forget(&made, sizeof made);
	form_close(&f);
}

/* Behind a change of one. */
static void
answer_webhook(struct call *c, enum err e, const struct refusal *why, const char *done)
{
	if (e == ERR_NONE)
		console_done(c, done, "/console/webhooks");
	else
		console_refuse(c, e, why, "changing a webhook");
}

static void
remove_webhook(struct call *c)
{
	answer_webhook(c, endpoint_remove(c->web->store, &c->principal.provider, ENDPOINT_WEBHOOK, c->parameter,
	    c->principal.actor, c->now), NULL, "removed");
}

static void
switch_webhook(struct call *c, bool disabled)
{
	struct endpoint_change change = { .disabled = &disabled, .actor = c->principal.actor };
	struct refusal why = { "", "" };
	struct endpoint p;
	enum err e = endpoint_get(c->web->store, &c->principal.provider, ENDPOINT_WEBHOOK, c->parameter, &p);

	if (e == ERR_NONE)
		e = endpoint_change(c->web->store, &c->principal.provider, &p, &change, c->web->reach, c->now, &why);
	answer_webhook(c, e, &why, "webhook");
}

static void
enable_webhook(struct call *c)
{
	switch_webhook(c, false);
}

static void
disable_webhook(struct call *c)
{
	switch_webhook(c, true);
}

static void
rotate_secret(struct call *c)
{
	struct endpoint p;
	enum err e = endpoint_get(c->web->store, &c->principal.provider, ENDPOINT_WEBHOOK, c->parameter, &p);

	if (e == ERR_NONE)
		e = endpoint_rotate_secret(c->web->store, &c->principal.provider, &p, c->principal.actor, c->now);
	if (e == ERR_NONE)
		show_webhooks(c, &(struct shown){ .status = 200, .id = p.id, .secret = p.secret });
	else
		console_refuse(c, e, NULL, "making a new secret");
	random_forget(&p, sizeof p);
}

static void
replay_failed(struct call *c)
{
	struct endpoint p;
	int64_t count;
	enum err e = endpoint_get(c->web->store, &c->principal.provider, ENDPOINT_WEBHOOK, c->parameter, &p);

	if (e == ERR_NONE)
		e = delivery_replay_failed(c->web->store, &c->principal.provider, p.id, 0, c->now, &count);
	random_forget(&p, sizeof p);
	if (e == ERR_NONE)
		console_done(c, "replayed", "/console/deliveries");
	else
		console_refuse(c, e, NULL, "trying again");
}

struct deliveries {
	json_t *list;
	char last[ID_SIZE];
};

static bool
add_delivery(void *ctx, const struct delivery *d, struct bytes body)
{
	struct deliveries *l = ctx;

	(void)body;
	text_copy(l->last, sizeof l->last, d->id);
	json_array_append_new(l->list, json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:s, s:b}", "id", d->id,
	    "by", delivery_kind_name(d->kind), "lane", d->lane, "subject", d->subject, "type", d->type, "state",
	    delivery_state_name(d->state), "created", console_time(d->created), "attempts",
	    json_sprintf("%lld", (long long)d->attempts), "status", d->status == 0 ? json_null() : json_integer(d->status),
	    "error", d->error, "replayable", d->state == DELIVERY_FAILED || d->state == DELIVERY_DELIVERED));
	return true;
}

static void
list_deliveries(struct call *c)
{
	struct delivery_filter filter = { .provider = c->principal.provider.id, .limit = DELIVERIES_SHOWN };
	struct deliveries l = { json_array(), "" };
	char state[16], before[ID_SIZE], next[120];
	struct store *store = c->web->store;
	struct page page;
	struct form f;
	enum err e;

	form_open_query(&f, c);
	form_text(&f, "state", "The state", state, sizeof state, FORM_OPTIONAL);
	form_text(&f, "before", "The page", before, sizeof before, FORM_OPTIONAL);
	if (!delivery_state_from_name(state, &filter.state))
		filter.state = DELIVERY_STATELESS;
	filter.before = before[0] == '\0' ? NULL : before;
	e = l.list == NULL ? ERR_NOMEM : store->delivery.list(store, &filter, add_delivery, &l);
	console_open(&page, c, "Deliveries");
	page_put(&page, "none", json_boolean(json_array_size(l.list) == 0));
	snprintf(next, sizeof next, "/console/deliveries?state=%s&before=%s",
	    filter.state == DELIVERY_STATELESS ? "" : delivery_state_name(filter.state), l.last);
	if (json_array_size(l.list) == DELIVERIES_SHOWN)
		page_put_text(&page, "next_page", next);
	page_put(&page, "deliveries", l.list);
	page_put(&page, "choices", json_pack("[o, o, o, o]", console_choice("", "All", filter.state == DELIVERY_STATELESS),
	    console_choice("failed", "Failed", filter.state == DELIVERY_FAILED),
	    console_choice("pending", "Waiting", filter.state == DELIVERY_PENDING),
	    console_choice("delivered", "Delivered", filter.state == DELIVERY_DELIVERED)));
	form_show(&f, &page);
	if (e != ERR_NONE && page.err == ERR_NONE)
		page.err = e;
	page_answer(&page, f.good ? 200 : 422, "console/deliveries");
	form_close(&f);
}

static void
replay(struct call *c)
{
	struct refusal why = { "", "" };
	struct delivery d;
	enum err e = delivery_replay(c->web->store, &c->principal.provider, c->parameter, c->now, &d, &why);

	if (e != ERR_NONE)
		console_refuse(c, e, &why, "trying again");
	else if (d.subject[0] != '\0' && d.kind == DELIVERY_MAIL)
		console_done(c, "replayed", "/console/subscriptions/%s", d.subject);
	else
		console_done(c, "replayed", "/console/deliveries");
}

#define WEBHOOK "/console/webhooks/{webhook}"

static const struct route routes[] = {
	{ "GET", "/console/keys", look_at_keys, PERMIT_CONSOLE_OWN },
	{ "POST", "/console/keys", add_key, PERMIT_CONSOLE_OWN },
	{ "POST", "/console/keys/{key}/revoke", revoke_key, PERMIT_CONSOLE_OWN },
	{ "GET", "/console/webhooks", look_at_webhooks, PERMIT_CONSOLE_OWN },
	{ "POST", "/console/webhooks", new_webhook, PERMIT_CONSOLE_OWN },
	{ "POST", WEBHOOK "/remove", remove_webhook, PERMIT_CONSOLE_OWN },
	{ "POST", WEBHOOK "/enable", enable_webhook, PERMIT_CONSOLE_OWN },
	{ "POST", WEBHOOK "/disable", disable_webhook, PERMIT_CONSOLE_OWN },
	{ "POST", WEBHOOK "/secret", rotate_secret, PERMIT_CONSOLE_OWN },
	{ "POST", WEBHOOK "/replay", replay_failed, PERMIT_CONSOLE_OPERATE },
	{ "GET", "/console/deliveries", list_deliveries, PERMIT_CONSOLE_READ },
	{ "POST", "/console/deliveries/{delivery}/replay", replay, PERMIT_CONSOLE_OPERATE },
};
const struct route_group console_access_routes = { "/console", page_refuse, routes, sizeof routes / sizeof routes[0] };
