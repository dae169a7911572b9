/* prog/web/console_sign.c: into the console and out of it: a password, then a code. Between the two stands a ticket, a
 * link of the sessions' that only these forms take: it is used up by each step, which makes the next. Who has a password
 * that somebody else made chooses another first, and who has no authenticator app sets one up. */
#include <stdlib.h>

#include "base/text.h"
#include "codec/encode.h"
#include "crypto/random.h"
#include "prog/web/answer.h"
#include "prog/web/console.h"
#include "prog/web/qr.h"
#include "prog/web/session.h"

/* A step on the way in. */
struct step {
	struct call *call;
	struct user user;
	struct form form;
	char next[NEXT_SIZE];	/* where to go in the end */
	char peer[NAME_SIZE];
	struct refusal why;
	int64_t retry_s;
};

static void
open_step(struct step *s, struct call *c)
{
	*s = (struct step){ .call = c, .user = { .role = ROLE_NONE } };
	form_open(&s->form, c);
	routes_client_address(c, s->peer, sizeof s->peer);
	session_read_next(http_request_body(c->request), "/console", "/console", s->next);
}

static void
close_step(struct step *s)
{
	form_close(&s->form);
	random_forget(s, sizeof *s);
}

static void
open_page(struct page *p, struct step *s, const char *title)
{
	page_open(p, s->call, title);
	page_put_text(p, "home", "/console");
	page_put_text(p, "next", s->next);
	console_put_refusal(p, &s->why);
	form_show(&s->form, p);
}

/* With which status the form is shown again. */
static int
status_of(const struct step *s)
{
	if (s->why.detail[0] == '\0' && s->form.good)
		return 200;
	if (s->retry_s <= 0)
		return 422;
	answer_retry_after(s->call->request, s->retry_s);
	return 429;
}

/* The ticket for the form after this. */
static void
put_ticket(struct page *p, struct step *s)
{
	char token[TOKEN_SIZE];
	enum err e = session_make_link(s->call->web->store, SUBJECT_USER, s->user.id, s->call->now, token);

	if (e != ERR_NONE && p->err == ERR_NONE)
		p->err = e;
	page_put_text(p, "ticket", token);
	random_forget(token, sizeof token);
}

static void
show_password(struct step *s)
{
	struct page page;

	open_page(&page, s, "Choose your own password");
	put_ticket(&page, s);
	page_answer(&page, status_of(s), "console/first_password");
}

/* The picture that an app scans; without it there is still the key. */
static void
put_picture(struct page *p, const char *uri)
{
	struct buf svg;

	buf_init(&svg, 65536);
	if (qr_write(uri, "QR code with the key for your authenticator app", &svg) == ERR_NONE)
		page_put_markup(p, "qr", buf_bytes(&svg));
	buf_fini(&svg);
}

static void
show_app(struct step *s)
{
	struct buf uri, key;
	struct page page;
	char *text;

	open_page(&page, s, "Set up your authenticator app");
	put_ticket(&page, s);
	buf_init(&uri, 2048);
	buf_init(&key, 64);
	user_write_totp(&s->user, "Holdfast", &uri);
	encode_base32(bytes_of(s->user.totp, sizeof s->user.totp), &key);
	if ((text = buf_take_string(&uri)) != NULL)
		put_picture(&page, text);
	page_put(&page, "uri", text == NULL ? NULL : json_string(text));
	page_put(&page, "key", json_stringn((const char *)key.p, key.n));
	page_answer(&page, status_of(s), "console/app");
	if (text != NULL)
		random_forget(text, strlen(text));
	free(text);
	buf_fini(&uri);
	buf_fini(&key);
}

static void
show_code(struct step *s)
{
	struct page page;

	open_page(&page, s, "Enter your code");
	put_ticket(&page, s);
	page_answer(&page, status_of(s), "console/code");
}

/* Somebody else was faster, or something failed. */
static void
refuse_step(struct step *s, enum err e, const char *doing)
{
	if (e == ERR_CONFLICT)
		page_answer_message(s->call, &(struct message){ 409, "This account was changed", s->why.detail,
		    "/console/sign-in", "Sign in again" });
	else
		page_answer_failure(s->call, e, doing);
}

/* What this user has to do before being in. */
static void
go_on(struct step *s)
{
	enum err e;

	if (s->user.must_change) {
		show_password(s);
		return;
	}
	if (s->user.totp_on) {
		show_code(s);
		return;
	}
	/* One key for all tries at setting it up, so that going back in the browser does no harm. */
	if (s->why.code[0] == '\0' && s->form.good &&
	    (e = user_begin_totp(s->call->web->store, &s->user, s->call->now, &s->why)) != ERR_NONE) {
		refuse_step(s, e, "setting up an authenticator app");
		return;
	}
	show_app(s);
}

static void
show_sign_in(struct step *s)
{
	struct page page;

	open_page(&page, s, "Sign in to the console");
	page_answer(&page, status_of(s), "console/sign_in");
}

static void
look_at_sign_in(struct call *c)
{
	struct step s;

	open_step(&s, c);
	session_read_next(http_request_query(c->request), "/console", "/console", s.next);
	show_sign_in(&s);
	close_step(&s);
}

static void
sign_in(struct call *c)
{
	char mail[MAIL_ADDRESS_SIZE], password[PASSWORD_MAX + 1];
	struct step s;
	enum err e;

	if (!session_is_own_form(c))
		return;
	open_step(&s, c);
	form_text(&s.form, "mail", "Your address", mail, sizeof mail, FORM_NEEDED);
	form_text(&s.form, "password", "Your password", password, sizeof password, FORM_SECRET);
	if (!s.form.good) {
		show_sign_in(&s);
		goto done;
	}
	e = user_sign_in(c->web->store, &(struct sign_in){ mail, password, s.peer }, c->now, &s.user, &s.why, &s.retry_s);
	if (e == ERR_NONE)
		go_on(&s);
	else if (e == ERR_DENIED || e == ERR_LIMIT)
		show_sign_in(&s);
	else
		page_answer_failure(c, e, "signing in");
done:
	random_forget(password, sizeof password);
	close_step(&s);
}

/* Whose ticket came with the form, which is used up; answers when it is none. */
static bool
take_ticket(struct step *s)
{
	struct store *store = s->call->web->store;
	struct sign_in_link link;
	char ticket[TOKEN_SIZE];
	enum err e = ERR_DENIED;

	if (!session_is_own_form(s->call))
		return false;
	form_text(&s->form, "ticket", "The page", ticket, sizeof ticket, FORM_SECRET);
	if (s->form.good && (e = session_take_link(store, ticket, s->call->now, &link)) == ERR_NONE)
		e = link.kind != SUBJECT_USER ? ERR_DENIED : store->user.get(store, link.subject, &s->user);
	random_forget(ticket, sizeof ticket);
	/* One from before the account was reset leads nowhere. */
	if (e == ERR_NONE && s->user.disabled == 0 && link.expires - SIGN_IN_LINK_S >= s->user.since)
		return true;
	if (e == ERR_NONE || e == ERR_DENIED || e == ERR_NOT_FOUND)
		page_answer_message(s->call, &(struct message){ 403, "This page is too old",
		    "It was sent before, or too much time has passed since you gave your password.", "/console/sign-in",
		    "Sign in again" });
	else
		page_answer_failure(s->call, e, "signing in");
	return false;
}

static void
choose_password(struct call *c)
{
	char password[PASSWORD_MAX + 1] = "", again[PASSWORD_MAX + 1] = "", actor[NAME_SIZE];
	struct step s;
	enum err e;

	open_step(&s, c);
	if (!take_ticket(&s))
		goto done;
	form_text(&s.form, "password", "The new password", password, sizeof password, FORM_SECRET);
	form_text(&s.form, "again", "The new password once more", again, sizeof again, FORM_SECRET);
	if (s.form.good && !text_equal(password, again))
		form_wrong(&s.form, "again", "These two passwords are not the same.");
	user_write_actor(&s.user, actor);
	e = ERR_NONE;
	/* Only who has not chosen yet: nobody changes a password with half a sign-in. */
	if (s.form.good && s.user.must_change)
		e = user_set_password(c->web->store, &s.user, password, actor, c->now, &s.why);
	if (e == ERR_NONE || e == ERR_MALFORMED)
		go_on(&s);
	else
		refuse_step(&s, e, "choosing a password");
done:
	random_forget(password, sizeof password);
	random_forget(again, sizeof again);
	close_step(&s);
}

static void
show_recovery(struct step *s, char codes[static USER_RECOVERY_CODES][USER_RECOVERY_SIZE])
{
	json_t *list = json_array();
	struct page page;

	for (size_t i = 0; i < USER_RECOVERY_CODES; i++)
		json_array_append_new(list, json_string(codes[i]));
	open_page(&page, s, "Keep these codes");
	page_put(&page, "codes", list);
	page_answer(&page, 200, "console/recovery");
}

static void
set_up_app(struct call *c)
{
	char codes[USER_RECOVERY_CODES][USER_RECOVERY_SIZE], code[2 * USER_RECOVERY_SIZE];
	struct step s;
	enum err e;

	open_step(&s, c);
	if (!take_ticket(&s))
		goto done;
	form_text(&s.form, "code", "The code", code, sizeof code, FORM_SECRET);
	if (!s.form.good || s.user.must_change || s.user.totp_on) {
		go_on(&s);
		goto done;
	}
	e = user_confirm_totp(c->web->store, &s.user, code, c->now, codes, &s.why);
	if (e == ERR_NONE)
		e = session_start(c, PERMIT_CONSOLE, SUBJECT_USER, s.user.id);
	if (e == ERR_NONE)
		show_recovery(&s, codes);
	else if (e == ERR_DENIED)
		show_app(&s);
	else
		refuse_step(&s, e, "setting up an authenticator app");
done:
	random_forget(codes, sizeof codes);
	close_step(&s);
}

static void
take_code(struct call *c)
{
	char code[2 * USER_RECOVERY_SIZE];
	struct step s;
	enum err e;

	open_step(&s, c);
	if (!take_ticket(&s))
		goto done;
	form_text(&s.form, "code", "The code", code, sizeof code, FORM_SECRET);
	if (!s.form.good || s.user.must_change || !s.user.totp_on) {
		go_on(&s);
		goto done;
	}
	e = user_check_code(c->web->store, &s.user, &(struct sign_in){ s.user.mail, "", s.peer }, code, c->now, &s.why,
	    &s.retry_s);
	if (e == ERR_NONE)
		e = session_start(c, PERMIT_CONSOLE, SUBJECT_USER, s.user.id);
	if (e == ERR_NONE)
		page_see(c, s.next);
	else if (e == ERR_DENIED || e == ERR_LIMIT)
		show_code(&s);
	else
		refuse_step(&s, e, "signing in");
done:
	random_forget(code, sizeof code);
	close_step(&s);
}

static void
sign_out(struct call *c)
{
	enum err e = session_stop(c, false);

	if (e == ERR_NONE)
		page_see(c, "/console/sign-in");
	else
		page_answer_failure(c, e, "signing out");
}

/* No session yet: the password, then the ticket, say who it is. */
static const struct route routes[] = {
	{ "GET", "/console/sign-in", look_at_sign_in, PERMIT_ANYONE },
	{ "POST", "/console/sign-in", sign_in, PERMIT_ANYONE },
	{ "POST", "/console/sign-in/password", choose_password, PERMIT_ANYONE },
	{ "POST", "/console/sign-in/app", set_up_app, PERMIT_ANYONE },
	{ "POST", "/console/sign-in/code", take_code, PERMIT_ANYONE },
	{ "POST", "/console/sign-out", sign_out, PERMIT_CONSOLE },
};
const struct route_group console_sign_routes = { "/console", page_refuse, routes, sizeof routes / sizeof routes[0] };
