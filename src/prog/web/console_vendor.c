/* prog/web/console_vendor.c: the vendor's view: providers, their figures, cards and policies; a new one with its first
 * person. */
#include <stdio.h>

#include "base/text.h"
#include "crypto/random.h"
#include "entitle/authority_tree.h"
#include "prog/web/answer.h"
#include "prog/web/console_policy.h"


static json_t *
count_text(int64_t n)
{
	return json_sprintf("%lld", (long long)n);
}

static json_t *
figures_to_json(const struct figures *f)
{
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "active", count_text(f->by_state[SUB_ACTIVE]), "pending",
	    count_text(f->by_state[SUB_PENDING]), "suspended", count_text(f->by_state[SUB_SUSPENDED]), "expired",
	    count_text(f->by_state[SUB_EXPIRED]), "cancelled", count_text(f->by_state[SUB_CANCELLED]), "seats",
	    count_text(f->seats), "devices", count_text(f->devices));
}

static json_t *
provider_to_json(const struct provider *p)
{
	return json_pack("{s:s, s:s, s:b, s:o, s:o, s:s, s:s, s:s, s:o, s:s}", "id", p->id, "name", p->contact.name, "retail", p->retail,
	    "created", console_time(p->created), "leaves", console_time(p->leaves), "leaves_to", p->leaves_to,
	    "verify_url", p->verify_url, "parent_id", p->place.parent, "suspended", console_time(p->place.suspended),
	    "suspended_for", p->place.suspended == 0 ? "" : reason_code(p->place.suspended_for));
}

static bool
add_provider(void *ctx, const struct provider *p)
{
	json_array_append_new(ctx, provider_to_json(p));
	return true;
}

/* Behind the listing: the store answers one question at a time. */
static enum err
add_figures(struct call *c, json_t *list, struct figures *sum)
{
	struct store *store = c->web->store;
	json_t *item;
	enum err e;
	size_t i;

	json_array_foreach(list, i, item) {
		struct figures f = { .seats = 0 };

		if ((e = store->get_figures(store, json_string_value(json_object_get(item, "id")), c->now, &f)) != ERR_NONE)
			return e;
		json_object_set_new(item, "figures", figures_to_json(&f));
		for (int s = 0; s < SUB_STATES; s++)
			sum->by_state[s] += f.by_state[s];
		sum->seats += f.seats;
		sum->devices += f.devices;
	}
	return ERR_NONE;
}

/* Those above by their names. */
static void
name_parents(json_t *list)
{
	json_t *item, *other;
	size_t i, k;

	json_array_foreach(list, i, item) {
		const char *parent = json_string_value(json_object_get(item, "parent_id"));

		json_array_foreach(list, k, other)
			if (text_equal(json_string_value(json_object_get(other, "id")), parent))
				json_object_set(item, "parent", json_object_get(other, "name"));
	}
}

struct shown {
	int status;
	struct form *form;
	const struct refusal *why;
};

static void
show_providers(struct call *c, const struct shown *s)
{
	struct store *store = c->web->store;
	struct figures sum = { .seats = 0 };
	json_t *list = json_array();
	struct page page;
	enum err e;

	console_open(&page, c, "Providers");
	e = list == NULL ? ERR_NOMEM : store->list_providers(store, add_provider, list);
	if (e == ERR_NONE)
		e = add_figures(c, list, &sum);
	name_parents(list);
	page_put(&page, "providers", list);
	page_put(&page, "sum", figures_to_json(&sum));
	console_put_refusal(&page, s->why);
	if (s->form != NULL)
		form_show(s->form, &page);
	if (e != ERR_NONE && page.err == ERR_NONE)
		page.err = e;
	page_answer(&page, s->status, "console/vendor");
}

static void
look_at_providers(struct call *c)
{
	show_providers(c, &(struct shown){ .status = 200 });
}

/* A page of one, after what was sent or made. */
struct one {
	int status;
	struct form *form;
	const char *which;	/* "card" or "": what was sent is shown in it */
	const struct refusal *why;
	const struct user *made;
	const char *password;
};

static bool
add_user(void *ctx, const struct user *u)
{
	json_array_append_new(ctx, json_pack("{s:s, s:s, s:s, s:o, s:o}", "name", u->name, "mail", u->mail, "role",
	    role_name(u->role), "last_seen", console_time(u->last_seen), "disabled", console_time(u->disabled)));
	return true;
}

static void
show_provider(struct call *c, const char *id, const struct one *o)
{
	struct store *store = c->web->store;
	struct figures f = { .seats = 0 };
	json_t *users = json_array();
	struct provider p, above;
	struct page page;
	enum err e;

	if ((e = store->get_provider(store, id, &p)) != ERR_NONE) {
		json_decref(users);
		console_refuse(c, e, NULL, "looking up a provider");
		return;
	}
	console_open(&page, c, p.contact.name);
	if ((e = store->get_figures(store, p.id, c->now, &f)) == ERR_NONE)
		e = store->user.list(store, p.id, add_user, users);
	page_put(&page, "provider", provider_to_json(&p));
	if (p.place.parent[0] != '\0' && store->get_provider(store, p.place.parent, &above) == ERR_NONE)
		page_put(&page, "parent", json_pack("{s:s, s:s}", "id", above.id, "name", above.contact.name));
	page_put(&page, "stoppable", json_boolean(!p.retail && p.place.suspended == 0));
	page_put(&page, "stopped", console_time(p.place.suspended));
	page_put(&page, "figures", figures_to_json(&f));
	page_put(&page, "no_users", json_boolean(json_array_size(users) == 0));
	page_put(&page, "users", users);
	console_put_card(&page, &p.contact);
	console_put_policy(&page, &p.policy);
	page_put_text(&page, "verify_url", p.verify_url);
	console_put_refusal(&page, o->why);
	if (o->form != NULL && o->which[0] != '\0')
		page_put(&page, o->which, json_incref(o->form->values));
	if (o->form != NULL)
		form_show(o->form, &page);
	if (o->made != NULL)
		page_put(&page, "made", json_pack("{s:s, s:s, s:s}", "name", o->made->name, "mail", o->made->mail, "password",
		    o->password));
	if (e != ERR_NONE && page.err == ERR_NONE)
		page.err = e;
	page_answer(&page, o->status, "console/provider");
}

static void
look_at_provider(struct call *c)
{
	show_provider(c, c->parameter, &(struct one){ .status = 200 });
}

static void
new_provider(struct call *c)
{
	struct provider p = { .policy = policy_default() };
	struct fault why;
	struct form f;
	enum err e;

	form_open(&f, c);
	console_read_card(&f, &p.contact);
	if (!f.good)
		show_providers(c, &(struct shown){ .status = 422, .form = &f });
	else if ((e = authority_add_provider(c->web->store, &p, c->principal.actor, c->now, &why)) == ERR_NONE)
		console_done(c, "provider", "/console/vendor/providers/%s", p.id);
	else
		console_refuse(c, e, NULL, "adding a provider");
	form_close(&f);
}

/* Store what ${f} changed in ${p}. */
static void
save(struct call *c, const struct provider *p, struct form *f, const char *which)
{
	struct one again = { .status = 422, .form = f, .which = which };
	struct fault why;
	enum err e = ERR_MALFORMED;

	if (f->good && (e = authority_set_provider(c->web->store, p, c->principal.actor, c->now, &why)) == ERR_MALFORMED)
		form_wrong(f, "name", why.text);
	if (e == ERR_NONE)
		console_done(c, "provider", "/console/vendor/providers/%s", p->id);
	else if (e == ERR_MALFORMED)
		show_provider(c, p->id, &again);
	else
		console_refuse(c, e, NULL, "changing a provider");
}

static void
set_card(struct call *c)
{
	struct provider p;
	struct form f;
	enum err e;

	if ((e = c->web->store->get_provider(c->web->store, c->parameter, &p)) != ERR_NONE) {
		console_refuse(c, e, NULL, "changing a provider");
		return;
	}
	form_open(&f, c);
	console_read_card(&f, &p.contact);
	save(c, &p, &f, "card");
	form_close(&f);
}

static void
set_policy(struct call *c)
{
	struct provider p;
	struct form f;
	enum err e;

	if ((e = c->web->store->get_provider(c->web->store, c->parameter, &p)) != ERR_NONE) {
		console_refuse(c, e, NULL, "changing a provider");
		return;
	}
	form_open(&f, c);
	console_read_policy(&f, &p.policy);
	save(c, &p, &f, "");
	form_close(&f);
}

/* The first owner, who adds the others. */
static void
add_owner(struct call *c)
{
	struct user made = { .role = ROLE_OWNER };
	char password[USER_PASSWORD_SIZE] = "";
	struct refusal why = { "", "" };
	struct form f;
	enum err e = ERR_MALFORMED;

	form_open(&f, c);
	form_text(&f, "person", "The name", made.name, sizeof made.name, FORM_NEEDED);
	form_text(&f, "mail", "The address", made.mail, sizeof made.mail, FORM_NEEDED);
	text_copy(made.provider, sizeof made.provider, c->parameter);
	if (f.good)
		e = user_add(c->web->store, &made, c->principal.actor, c->now, password, &why);
	if (e == ERR_NONE)
		show_provider(c, c->parameter, &(struct one){ .status = 201, .made = &made, .password = password });
	else if (e == ERR_MALFORMED || e == ERR_EXISTS)
		show_provider(c, c->parameter, &(struct one){ .status = console_status(e), .form = &f, .which = "", .why = &why });
	else
		console_refuse(c, e, &why, "adding a person");
	random_forget(password, sizeof password);
	form_close(&f);
}

static void
answer_stop(struct call *c, enum err e, const struct refusal *why)
{
	struct one again = { .status = console_status(e), .which = "", .why = why };

	if (e == ERR_NONE)
		console_done(c, "provider", "/console/vendor/providers/%s", c->parameter);
	else if (e == ERR_CONFLICT)
		show_provider(c, c->parameter, &again);
	else
		console_refuse(c, e, why, "suspending a provider");
}

static void
suspend(struct call *c)
{
	struct provider_stop stop = { .reason = REASON_BILLING, .actor = c->principal.actor };
	struct refusal why = { "", "" };
	struct provider p;
	char code[24];
	struct form f;
	enum err e;

	form_open(&f, c);
	form_text(&f, "reason", "The reason", code, sizeof code, FORM_NEEDED);
	if (f.good && (!reason_from_code(code, &stop.reason) ||
			  (stop.reason != REASON_BILLING && stop.reason != REASON_PROVIDER_REQUEST)))
		form_wrong(&f, "reason", "Choose one of the reasons.");
	form_whole(&f, "grace_days", "The days of grace", (struct form_range){ 0, TREE_GRACE_MAX_S / 86400 }, &stop.grace_s,
	    FORM_OPTIONAL);
	stop.grace_s *= 86400;
	if (!f.good) {
		show_provider(c, c->parameter, &(struct one){ .status = 422, .form = &f, .which = "" });
	} else {
		if ((e = c->web->store->get_provider(c->web->store, c->parameter, &p)) == ERR_NONE)
			e = authority_suspend_provider(c->web->store, &p, &stop, c->now, &why);
		answer_stop(c, e, &why);
	}
	form_close(&f);
}

static void
resume(struct call *c)
{
	struct refusal why = { "", "" };
	struct provider p;
	enum err e = c->web->store->get_provider(c->web->store, c->parameter, &p);

	if (e == ERR_NONE)
		e = authority_resume_provider(c->web->store, &p, c->principal.actor, c->now, &why);
	answer_stop(c, e, &why);
}

#define PROVIDER "/console/vendor/providers/{provider}"

static const struct route routes[] = {
	{ "GET", "/console/vendor", look_at_providers, PERMIT_CONSOLE_VENDOR },
	{ "POST", "/console/vendor/providers", new_provider, PERMIT_CONSOLE_VENDOR_OWN },
	{ "GET", PROVIDER, look_at_provider, PERMIT_CONSOLE_VENDOR },
	{ "POST", PROVIDER "/card", set_card, PERMIT_CONSOLE_VENDOR_OWN },
	{ "POST", PROVIDER "/policy", set_policy, PERMIT_CONSOLE_VENDOR_OWN },
	{ "POST", PROVIDER "/suspend", suspend, PERMIT_CONSOLE_VENDOR_OWN },
	{ "POST", PROVIDER "/resume", resume, PERMIT_CONSOLE_VENDOR_OWN },
	{ "POST", PROVIDER "/owner", add_owner, PERMIT_CONSOLE_VENDOR_OWN },
};
const struct route_group console_vendor_routes = { "/console", page_refuse, routes, sizeof routes / sizeof routes[0] };
