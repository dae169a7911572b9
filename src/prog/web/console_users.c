/* prog/web/console_users.c: the people of a provider, or of the vendor: who may sign in and do what; one's own account;
 * and the log of who did what. The vendor's pages are the same below another address. */
#include <stdio.h>

#include "base/text.h"
#include "crypto/random.h"
#include "prog/web/answer.h"
#include "prog/web/console.h"
#include "prog/web/session.h"

/* Of a page; so many entries of all providers are looked at for it. */
enum { AUDIT_LINES = 50, AUDIT_SPAN = 200000 };

static const char *
base_of(const struct call *c)
{
	return c->principal.provider.id[0] == '\0' ? "/console/vendor" : "/console";
}

struct listing {
	struct call *call;
	json_t *list;
	int64_t last;
};

static bool
add_user(void *ctx, const struct user *u)
{
	struct listing *l = ctx;
	json_t *roles = json_array();

	for (enum role r = ROLE_READ_ONLY; r <= ROLE_OWNER; r++)
		json_array_append_new(roles, console_choice(role_name(r), role_name(r), r == u->role));
	json_array_append_new(l->list, json_pack("{s:s, s:s, s:s, s:s, s:o, s:b, s:o, s:o, s:o, s:b, s:s}", "id", u->id,
	    "mail", u->mail, "name", u->name, "role", role_name(u->role), "roles", roles, "app", u->totp_on, "created",
	    console_time(u->created), "last_seen", console_time(u->last_seen), "disabled", console_time(u->disabled),
	    "self", text_equal(u->id, l->call->principal.user.id), "base", base_of(l->call)));
	return true;
}

struct shown {
	int status;
	struct form *form;
	const struct refusal *why;
	const struct user *made; /* whose password this is; NULL: nobody's */
	const char *password;
};

static void
show_users(struct call *c, const struct shown *s)
{
	struct listing l = { c, json_array(), 0 };
	struct store *store = c->web->store;
	struct page page;
	enum err e;

	console_open(&page, c, "People");
	e = l.list == NULL ? ERR_NOMEM : store->user.list(store, c->principal.provider.id, add_user, &l);
	page_put(&page, "users", l.list);
	page_put_text(&page, "base", base_of(c));
	console_put_refusal(&page, s->why);
	if (s->form != NULL)
		form_show(s->form, &page);
	if (s->made != NULL)
		page_put(&page, "made", json_pack("{s:s, s:s, s:s}", "name", s->made->name, "mail", s->made->mail, "password",
		    s->password));
	if (e != ERR_NONE && page.err == ERR_NONE)
		page.err = e;
	page_answer(&page, s->status, "console/users");
}

static void
look_at_users(struct call *c)
{
	show_users(c, &(struct shown){ .status = 200 });
}

static void
take_role(struct form *f, enum role *out)
{
	char role[16];

	form_text(f, "role", "The role", role, sizeof role, FORM_NEEDED);
	if (role[0] != '\0' && (!role_from_name(role, out) || *out > ROLE_OWNER))
		form_wrong(f, "role", "Choose one of the roles.");
}

static void
add(struct call *c)
{
	struct user made = { .role = ROLE_NONE };
	char password[USER_PASSWORD_SIZE] = "";
	struct shown shown = { .status = 0 };
	struct refusal why = { "", "" };
	struct form f;
	enum err e = ERR_MALFORMED;

	form_open(&f, c);
	shown.form = &f;
	shown.why = &why;
	form_text(&f, "name", "The name", made.name, sizeof made.name, FORM_NEEDED);
	form_text(&f, "mail", "The address", made.mail, sizeof made.mail, FORM_NEEDED);
	take_role(&f, &made.role);
	text_copy(made.provider, sizeof made.provider, c->principal.provider.id);
	if (f.good)
		e = user_add(c->web->store, &made, c->principal.actor, c->now, password, &why);
	shown.status = console_status(e);
	if (e == ERR_NONE)
		show_users(c, &(struct shown){ .status = 201, .made = &made, .password = password });
	else if (e == ERR_MALFORMED || e == ERR_EXISTS)
		show_users(c, &shown);
	else
		console_refuse(c, e, &why, "adding a person");
	random_forget(password, sizeof password);
	form_close(&f);
}

static void
answer_change(struct call *c, enum err e, const struct refusal *why)
{
	struct shown shown = { .status = console_status(e), .why = why };

	if (e == ERR_NONE)
		console_done(c, "user", "%s/users", base_of(c));
	else if (e != ERR_NOT_FOUND && shown.status != 0 && why->detail[0] != '\0')
		show_users(c, &shown);
	else
		console_refuse(c, e, why, "changing a person");
}

static void
change(struct call *c)
{
	struct user_change change = { .provider = c->principal.provider.id, .id = c->parameter,
		.actor = c->principal.actor };
	struct refusal why = { "", "" };
	char name[NAME_SIZE];
	struct user after;
	struct form f;

	form_open(&f, c);
	form_text(&f, "name", "The name", name, sizeof name, FORM_NEEDED);
	take_role(&f, &change.role);
	change.name = name;
	if (f.good)
		answer_change(c, user_change(c->web->store, &change, c->now, &after, &why), &why);
	else
		show_users(c, &(struct shown){ .status = 422, .form = &f });
	form_close(&f);
}

static void
switch_user(struct call *c, bool disabled)
{
	struct user_change change = { .provider = c->principal.provider.id, .id = c->parameter, .disabled = &disabled,
		.actor = c->principal.actor };
	struct refusal why = { "", "" };
	struct user after;

	answer_change(c, user_change(c->web->store, &change, c->now, &after, &why), &why);
}

static void
disable(struct call *c)
{
	switch_user(c, true);
}

static void
enable(struct call *c)
{
	switch_user(c, false);
}

static void
reset(struct call *c)
{
	char password[USER_PASSWORD_SIZE];
	struct user u;
	enum err e = user_get(c->web->store, c->principal.provider.id, c->parameter, &u);

	if (e == ERR_NONE)
		e = user_reset(c->web->store, u.provider, u.id, c->principal.actor, c->now, password);
	if (e == ERR_NONE)
		show_users(c, &(struct shown){ .status = 200, .made = &u, .password = password });
	else
		console_refuse(c, e, NULL, "resetting a person");
	random_forget(password, sizeof password);
}

static bool
add_event(void *ctx, const struct event *e)
{
	struct listing *l = ctx;

	l->last = e->position;
	json_array_append_new(l->list, console_event(l->call, e));
	return true;
}

static void
show_audit(struct call *c)
{
	char actor[NAME_SIZE], kind[EVENT_KIND_SIZE], next[24];
	struct audit_filter filter = { .actor = actor, .kind = kind, .limit = AUDIT_LINES };
	struct listing l = { c, json_array(), 0 };
	struct store *store = c->web->store;
	int64_t newest = 0;
	struct page page;
	struct form f;
	enum err e;

	form_open_query(&f, c);
	form_text(&f, "actor", "Who", actor, sizeof actor, FORM_OPTIONAL);
	form_text(&f, "kind", "What", kind, sizeof kind, FORM_OPTIONAL);
	form_whole(&f, "before", "The page", (struct form_range){ 1, INT64_MAX }, &filter.before, FORM_OPTIONAL);
	if (c->principal.provider.id[0] != '\0')
		filter.provider = c->principal.provider.id;
	for (char *p = kind; *p != '\0'; p++)
		if (*p == ' ')
			*p = '_';
	if ((e = store->get_position(store, &newest)) == ERR_NONE) {
		if (filter.before == 0 || filter.before > newest)
			filter.before = newest + 1;
		filter.from = filter.before > AUDIT_SPAN ? filter.before - AUDIT_SPAN : 0;
		e = store->look.list_audit(store, &filter, add_event, &l);
	}
	console_open(&page, c, "Audit");
	page_put_text(&page, "base", base_of(c));
	page_put(&page, "none", json_boolean(json_array_size(l.list) == 0));
	if (json_array_size(l.list) < AUDIT_LINES)
		l.last = filter.from;
	if (l.last > 0) {
		snprintf(next, sizeof next, "%lld", (long long)l.last);
		page_put_text(&page, "next_before", next);
	}
	page_put(&page, "events", l.list);
	form_show(&f, &page);
	if (e != ERR_NONE && page.err == ERR_NONE)
		page.err = e;
	page_answer(&page, f.good ? 200 : 422, "console/audit");
	form_close(&f);
}

/* One's own account. */
static void
show_account(struct call *c, int status, struct form *f, const struct refusal *why,
    char (*codes)[USER_RECOVERY_SIZE])
{
	struct store *store = c->web->store;
	struct user *u = &c->principal.user;
	struct page page;
	int64_t left = 0;
	enum err e;

	console_open(&page, c, "Your account");
	e = store->user.count_recovery(store, u->id, &left);
	page_put(&page, "user", json_pack("{s:s, s:s, s:s, s:o}", "name", u->name, "mail", u->mail, "role",
	    role_name(u->role), "last_seen", console_time(u->last_seen)));
	page_put(&page, "left", json_sprintf("%lld", (long long)left));
	console_put_refusal(&page, why);
	if (f != NULL)
		form_show(f, &page);
	if (codes != NULL) {
		json_t *list = json_array();

		for (size_t i = 0; i < USER_RECOVERY_CODES; i++)
			json_array_append_new(list, json_string(codes[i]));
		page_put(&page, "has_codes", json_true());
		page_put(&page, "codes", list);
	}
	if (e != ERR_NONE && page.err == ERR_NONE)
		page.err = e;
	page_answer(&page, status, "console/account");
}

static void
look_at_account(struct call *c)
{
	show_account(c, 200, NULL, NULL, NULL);
}

/* Whether the password that came with the form is the asker's: a page that was left open is not enough. Counted as
 * signing in is. */
static enum err
check_own(struct call *c, const char *password, struct refusal *why)
{
	char peer[NAME_SIZE];
	int64_t retry_s = 0;
	struct user u;
	enum err e;

	routes_client_address(c, peer, sizeof peer);
	e = user_sign_in(c->web->store, &(struct sign_in){ c->principal.user.mail, password, peer }, c->now, &u, why,
	    &retry_s);
	if (e == ERR_LIMIT)
		answer_retry_after(c->request, retry_s);
	return e;
}

static void
set_password(struct call *c)
{
	char old[PASSWORD_MAX + 1], password[PASSWORD_MAX + 1], again[PASSWORD_MAX + 1];
	struct refusal why = { "", "" };
	struct form f;
	enum err e = ERR_MALFORMED;

	form_open(&f, c);
	form_text(&f, "old", "Your password", old, sizeof old, FORM_SECRET);
	form_text(&f, "password", "The new password", password, sizeof password, FORM_SECRET);
	form_text(&f, "again", "The new password once more", again, sizeof again, FORM_SECRET);
	if (f.good && !text_equal(password, again))
		form_wrong(&f, "again", "These two passwords are not the same.");
	if (f.good && (e = check_own(c, old, &why)) == ERR_NONE &&
	    (e = user_set_password(c->web->store, &c->principal.user, password, c->principal.actor, c->now, &why)) == ERR_NONE)
		e = session_start(c, PERMIT_CONSOLE, SUBJECT_USER, c->principal.user.id);
	if (e == ERR_NONE)
		console_done(c, "password", "/console/account");
	else if (console_status(e) != 0)
		show_account(c, e == ERR_LIMIT ? 429 : 422, &f, &why, NULL);
	else
		page_answer_failure(c, e, "changing a password");
	random_forget(old, sizeof old);
	random_forget(password, sizeof password);
	random_forget(again, sizeof again);
	form_close(&f);
}

static void
renew_recovery(struct call *c)
{
	char codes[USER_RECOVERY_CODES][USER_RECOVERY_SIZE], old[PASSWORD_MAX + 1];
	struct refusal why = { "", "" };
	struct form f;
	enum err e = ERR_MALFORMED;

	form_open(&f, c);
	f.prefix = "recovery-";
	form_text(&f, "old", "Your password", old, sizeof old, FORM_SECRET);
	if (f.good && (e = check_own(c, old, &why)) == ERR_NONE)
		e = user_renew_recovery(c->web->store, &c->principal.user, c->now, codes, &why);
	if (e == ERR_NONE)
		show_account(c, 200, NULL, NULL, codes);
	else if (console_status(e) != 0)
		show_account(c, e == ERR_LIMIT ? 429 : 422, &f, &why, NULL);
	else
		page_answer_failure(c, e, "making recovery codes");
	random_forget(codes, sizeof codes);
	random_forget(old, sizeof old);
	form_close(&f);
}

static void
sign_out_everywhere(struct call *c)
{
	enum err e = session_stop(c, true);

	if (e == ERR_NONE)
		page_see(c, "/console/sign-in");
	else
		page_answer_failure(c, e, "signing out everywhere");
}

static const struct route routes[] = {
	{ "GET", "/console/users", look_at_users, PERMIT_CONSOLE_OWN },
	{ "POST", "/console/users", add, PERMIT_CONSOLE_OWN },
	{ "POST", "/console/users/{user}/change", change, PERMIT_CONSOLE_OWN },
	{ "POST", "/console/users/{user}/disable", disable, PERMIT_CONSOLE_OWN },
	{ "POST", "/console/users/{user}/enable", enable, PERMIT_CONSOLE_OWN },
	{ "POST", "/console/users/{user}/reset", reset, PERMIT_CONSOLE_OWN },
	{ "GET", "/console/audit", show_audit, PERMIT_CONSOLE_READ },
	{ "GET", "/console/vendor/users", look_at_users, PERMIT_CONSOLE_VENDOR_OWN },
	{ "POST", "/console/vendor/users", add, PERMIT_CONSOLE_VENDOR_OWN },
	{ "POST", "/console/vendor/users/{user}/change", change, PERMIT_CONSOLE_VENDOR_OWN },
	{ "POST", "/console/vendor/users/{user}/disable", disable, PERMIT_CONSOLE_VENDOR_OWN },
	{ "POST", "/console/vendor/users/{user}/enable", enable, PERMIT_CONSOLE_VENDOR_OWN },
	{ "POST", "/console/vendor/users/{user}/reset", reset, PERMIT_CONSOLE_VENDOR_OWN },
	{ "GET", "/console/vendor/audit", show_audit, PERMIT_CONSOLE_VENDOR },
	{ "GET", "/console/account", look_at_account, PERMIT_CONSOLE },
	{ "POST", "/console/account/password", set_password, PERMIT_CONSOLE },
	{ "POST", "/console/account/recovery", renew_recovery, PERMIT_CONSOLE },
	{ "POST", "/console/account/sign-out-everywhere", sign_out_everywhere, PERMIT_CONSOLE },
};
const struct route_group console_user_routes = { "/console", page_refuse, routes, sizeof routes / sizeof routes[0] };
