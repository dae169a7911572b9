/* prog/web/session.c: see session.h. */
#include "prog/web/session.h"

#include <stdio.h>

#include "base/log.h"
#include "base/text.h"
#include "codec/encode.h"
#include "crypto/random.h"
#include "prog/web/cookie.h"
#include "prog/web/page.h"
#include "prog/web/routes.h"

/* The areas that have sessions, by whom they let in. */
struct area {
	const char *cookie;	/* the first part of its cookie's name is for https: no other site's may pass for it */
	const char *prefix, *sign_in;
};

static const struct area portal = { "__Host-holdfast-portal", "/portal", "/portal/sign-in" };
static const struct area console = { "__Host-holdfast-console", "/console", "/console/sign-in" };

static const struct area *
area_of(enum permission permission)
{
	switch (permission) {
	case PERMIT_PERSON:
		return &portal;
	case PERMIT_CONSOLE:
	case PERMIT_CONSOLE_READ:
	case PERMIT_CONSOLE_SUPPORT:
	case PERMIT_CONSOLE_OPERATE:
	case PERMIT_CONSOLE_OWN:
	case PERMIT_CONSOLE_VENDOR:
	case PERMIT_CONSOLE_VENDOR_OWN:
		return &console;
	default:
		return NULL;
	}
}

bool
session_is_for(enum permission permission)
{
	return area_of(permission) != NULL;
}

static bool
is_https(const struct call *c)
{
	return strncmp(c->web->base_url, "https:", 6) == 0;
}

/* Browsers take "__Host-" with Secure alone, which plain http to this machine has not. */
static const char *
cookie_name(const struct call *c, const struct area *area)
{
	return area->cookie + (is_https(c) ? 0 : strlen("__Host-"));
}

static bool
read_cookie(struct call *c, const struct area *area, char out[static TOKEN_SIZE])
{
	return cookie_find(c, cookie_name(c, area), out, TOKEN_SIZE);
}

static void
set_cookie(struct call *c, const struct area *area, const char *token, int64_t span_s)
{
	char cookie[256];

	snprintf(cookie, sizeof cookie, "%s=%s; Path=/; Max-Age=%lld; HttpOnly; SameSite=Lax%s", cookie_name(c, area),
	    token, (long long)span_s, is_https(c) ? "; Secure" : "");
	http_answer_header(c->request, "Set-Cookie", cookie);
	random_forget(cookie, sizeof cookie);
}

/* Whoever is not signed in comes back to a page; a form is gone. */
static void
send_to_sign_in(struct call *c, const struct area *area)
{
	const char *path = http_request_path(c->request);
	struct bytes query = http_request_query(c->request);
	char address[NEXT_SIZE] = "", location[4 * NEXT_SIZE] = "";
	struct buf to;

	buf_init(&to, sizeof location - 1);
	buf_put_string(&to, area->sign_in);
	if (text_equal(http_request_method(c->request), "GET") && strlen(path) + query.n + 2 < sizeof address &&
	    !text_equal(path, area->prefix)) {
		snprintf(address, sizeof address, "%s%s%.*s", path, query.n > 0 ? "?" : "", (int)query.n,
		    query.n > 0 ? (const char *)query.p : "");
		buf_put_string(&to, "?next=");
		encode_url(address, &to);
	}
	if (to.err == ERR_NONE)
		text_from_bytes(location, sizeof location, buf_bytes(&to));
	page_see(c, location[0] != '\0' ? location : area->sign_in);
	buf_fini(&to);
}

void
session_read_next(struct bytes form, const char *area, const char *otherwise, char out[static NEXT_SIZE])
{
	size_t n = strlen(area);

	if (decode_form_field(form, "next", out, NEXT_SIZE) == ERR_NONE && strncmp(out, area, n) == 0 &&
	    (out[n] == '\0' || out[n] == '/' || out[n] == '?') && strstr(out, "//") == NULL &&
	    strpbrk(out, "\\ \t\r\n#") == NULL && strstr(out, "..") == NULL && text_is_plain(out))
		return;
	text_copy(out, NEXT_SIZE, otherwise);
}

#define NEXT_COOKIE "holdfast-next"

void
session_keep_next(struct call *c, const char *next)
{
	struct buf cookie;

	buf_init(&cookie, 4 * NEXT_SIZE);
	buf_put_string(&cookie, NEXT_COOKIE "=next=");
	encode_url(next, &cookie);
	buf_printf(&cookie, "; Path=/; Max-Age=%d; HttpOnly; SameSite=Lax%s", SIGN_IN_LINK_S, is_https(c) ? "; Secure" : "");
	buf_u8(&cookie, '\0');
	if (cookie.err == ERR_NONE)
		http_answer_header(c->request, "Set-Cookie", (const char *)cookie.p);
	buf_fini(&cookie);
}

void
session_take_next(struct call *c, const char *area, const char *otherwise, char out[static NEXT_SIZE])
{
	char form[3 * NEXT_SIZE] = "";

	if (cookie_find(c, NEXT_COOKIE, form, sizeof form))
		http_answer_header(c->request, "Set-Cookie", NEXT_COOKIE "=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax");
	session_read_next(bytes_of_text(form), area, otherwise, out);
}

/* The origin is "scheme://host:port"; a proxy may have changed the scheme, and nobody but the browser the host. */
static bool
is_own_origin(struct call *c, const char *origin)
{
	const char *host = http_request_header(c->request, "Host"), *own = c->web->base_url;
	const char *theirs = strstr(origin, "://");
	size_t n = strlen(own);

	if (n > 0 && strlen(origin) == n - 1 && strncmp(origin, own, n - 1) == 0)
		return true;
	return theirs != NULL && host != NULL && text_equal(theirs + 3, host);
}

bool
session_is_own_form(struct call *c)
{
	const char *site = http_request_header(c->request, "Sec-Fetch-Site");
	const char *origin = http_request_header(c->request, "Origin");

	/* A program sends neither; a browser that is too old for both still keeps SameSite and the form's key. */
	if ((site == NULL || text_equal(site, "same-origin") || text_equal(site, "none")) &&
	    (origin == NULL || is_own_origin(c, origin)))
		return true;
	page_refuse(c, 403, "foreign_form", "This form was not sent from a page of this site.");
	return false;
}

static bool
carries_key(struct call *c, const char *token)
{
	char sent[FORM_KEY_SIZE];

	if (decode_form_field(http_request_body(c->request), SESSION_FORM_FIELD, sent, sizeof sent) == ERR_NONE &&
	    session_check_form_key(token, sent))
		return true;
	page_answer_message(c, &(struct message){ 403, "This form is no longer yours",
	    "You have signed in again since it was shown, or it did not come from a page of this site. Nothing was "
	    "changed. Go back, reload the page and send it again.",
	    area_of(c->route->permission)->prefix, "To the overview" });
	return false;
}

/* Who signed in: ERR_DENIED when nobody has, ERR_CONFLICT when they may not. */
static enum err
find_principal(struct call *c, const struct area *area, enum permission permission, char token[static TOKEN_SIZE])
{
	struct session session;
	enum err e;

	if (!read_cookie(c, area, token))
		return ERR_DENIED;
	if ((e = session_find(c->web->store, token, c->now, &session)) != ERR_NONE ||
	    (e = principal_of_session(c->web->store, &session, &c->principal)) != ERR_NONE)
		return e;
	session_make_form_key(token, c->principal.form_key);
	return principal_check(&c->principal, permission);
}

bool
session_let_in(struct call *c, enum permission permission)
{
	const struct area *area = area_of(permission);
	char token[TOKEN_SIZE];
	bool in = false;
	enum err e;

	switch (e = find_principal(c, area, permission, token)) {
	case ERR_NONE:
		in = !text_equal(http_request_method(c->request), "POST") ||
		    (session_is_own_form(c) && carries_key(c, token));
		break;
	case ERR_DENIED:
		c->principal = (struct principal){ .kind = PRINCIPAL_NONE };
		send_to_sign_in(c, area);
		break;
	case ERR_CONFLICT:
		page_refuse(c, 403, "not_permitted", "Your role does not permit that. Ask an owner of your organisation.");
		break;
	default:
		page_answer_failure(c, e, "finding out who asks");
	}
	random_forget(token, sizeof token);
	return in;
}

/* The one that the browser had must not go on without its cookie. */
static void
end_old(struct call *c, const struct area *area)
{
	char token[TOKEN_SIZE];
	struct session old;

	if (read_cookie(c, area, token) && session_find(c->web->store, token, c->now, &old) == ERR_NONE &&
	    session_end(c->web->store, &old) != ERR_NONE)
		log_warn("a session that was replaced goes on: it could not be removed");
	random_forget(token, sizeof token);
}

enum err
session_start(struct call *c, enum permission permission, enum subject_kind kind, const char *subject)
{
	const struct area *area = area_of(permission);
	char token[TOKEN_SIZE];
	struct session s;
	enum err e;

	end_old(c, area);
	if ((e = session_begin(c->web->store, kind, subject, c->now, token, &s)) == ERR_NONE)
		set_cookie(c, area, token, session_span(kind));
	random_forget(token, sizeof token);
	return e;
}

enum err
session_stop(struct call *c, bool everywhere)
{
	const struct session *s = &c->principal.session;
	enum err e = everywhere ? session_end_all(c->web->store, s->kind, s->subject) : session_end(c->web->store, s);

	if (e == ERR_NONE)
		set_cookie(c, area_of(c->route->permission), "", 0);
	return e;
}
