/* prog/web/portal_sign_in.c: how a subscriber signs in to the portal, by a link that is mailed or that a device asked
 * for, and out again. Whoever asks for mail learns nothing about whose address it is. */
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/text.h"
#include "codec/encode.h"
#include "os/clock.h"
#include "prog/web/answer.h"
#include "prog/web/portal.h"
#include "prog/web/session.h"
#include "prog/web/visitor.h"

/* Links by mail: to one address, and asked for from one place, in an hour. */
enum { LINKS_TO_ONE = 5, LINKS_FROM_ONE = 20, HOUR_S = 3600 };
/* So many uses of a link from one place: it cannot be guessed, but that need not be tried for ever. */
enum { ENTRIES_MAX = 60 };

static void
send_sign_in(struct call *c, int status, const char *address, const char *wrong)
{
	char next[NEXT_SIZE];
	struct page page;

	session_read_next(text_equal(http_request_method(c->request), "POST") ? http_request_body(c->request)
									      : http_request_query(c->request),
	    "/portal", "/portal", next);
	page_open(&page, c, "Sign in to your subscription");
	page_put_text(&page, "address", address);
	page_put_text(&page, "next", next);
	if (wrong != NULL) {
		page_put(&page, "has_errors", json_true());
		page_put(&page, "errors", json_pack("[{s:s, s:s}]", "field", "address", "text", wrong));
		page_put_text(&page, "wrong", wrong);
	}
	page_answer(&page, status, "portal/sign_in");
}

void
portal_show_sign_in(struct call *c)
{
	send_sign_in(c, 200, "", NULL);
}

/* A link that is asked for, a moment later. */
struct asked {
	struct web *web;
	char address[MAIL_ADDRESS_SIZE];
};

static void
ask_link(evutil_socket_t fd, short what, void *ctx)
{
	struct asked *a = ctx;
	enum err e = session_ask_link(a->web->store, a->address, clock_wall());

	(void)fd, (void)what;
	if (e != ERR_NONE && e != ERR_NOT_FOUND)
		log_error("a sign-in by mail: %s", err_name(e));
	free(a);
}

/* Only once the answer is on its way, so that the time that it takes does not say whether the address is known. */
static enum err
ask_link_later(struct call *c, const char *address)
{
	struct asked *a = calloc(1, sizeof *a);
	struct timeval soon = { 0, 20000 };

	if (a == NULL)
		return ERR_NOMEM;
	a->web = c->web;
	text_copy(a->address, sizeof a->address, address);
	if (event_base_once(c->web->base, -1, EV_TIMEOUT, ask_link, a, &soon) == 0)
		return ERR_NONE;
	free(a);
	return ERR_NOMEM;
}

/* The same for every address, known or not. */
static bool
may_mail(struct call *c, const char *address)
{
	char key[MAIL_ADDRESS_SIZE + 16];
	int64_t count, ends;
	enum err e;

	snprintf(key, sizeof key, "sign-in %s", address);
	if ((e = c->web->store->count_attempt(c->web->store, key, c->now, HOUR_S, &count, &ends)) != ERR_NONE) {
		page_answer_failure(c, e, "counting links by mail");
		return false;
	}
	if (count <= LINKS_TO_ONE)
		return true;
	answer_retry_after(c->request, ends - c->now);
	page_refuse(c, 429, "rate_limited", "Several links went to this address in the last hour. Look for them in your "
					    "mail, also among what it takes for spam; or try again in an hour.");
	return false;
}

void
portal_sign_in(struct call *c)
{
	char typed[MAIL_ADDRESS_SIZE + 64], address[MAIL_ADDRESS_SIZE], next[NEXT_SIZE];
	enum err e;

	if (!session_is_own_form(c))
		return;
	if (decode_form_field(http_request_body(c->request), "address", typed, sizeof typed) != ERR_NONE)
		typed[0] = '\0';
	if (!session_normalise_address(typed, address)) {
		send_sign_in(c, 400, typed, "Enter your mail address, such as name@example.com.");
		return;
	}
	if (!visitor_may(c, "sign-in", LINKS_FROM_ONE) || !may_mail(c, address))
		return;
	if ((e = ask_link_later(c, address)) != ERR_NONE) {
		page_answer_failure(c, e, "asking for a link by mail");
		return;
	}
	session_read_next(http_request_body(c->request), "/portal", "/portal", next);
	session_keep_next(c, next);
	page_see(c, "/portal/sign-in/sent");
}

void
portal_show_sent(struct call *c)
{
	struct page page;

	page_open(&page, c, "Look into your mail");
	page_answer(&page, 200, "portal/sent");
}

/* Only a form uses the link up: what looks at links in mails ahead of the person does not. */
void
portal_show_enter(struct call *c)
{
	struct page page;

	page_open(&page, c, "Sign in to your subscription");
	page_put_text(&page, "token", c->parameter);
	page_answer(&page, 200, "portal/enter");
}

void
portal_enter(struct call *c)
{
	struct sign_in_link link;
	char next[NEXT_SIZE];
	enum err e;

	if (!session_is_own_form(c) || !visitor_may(c, "enter", ENTRIES_MAX))
		return;
	e = session_take_link(c->web->store, c->parameter, c->now, &link);
	if (e == ERR_NONE && link.kind == SUBJECT_USER)
		e = ERR_DENIED;
	if (e == ERR_NONE)
		e = session_start(c, PERMIT_PERSON, link.kind, link.subject);
	if (e == ERR_NONE) {
		session_take_next(c, "/portal", "/portal", next);
		page_see(c, next);
	} else if (e == ERR_DENIED) {
		page_answer_message(c, &(struct message){ 403, "This link does not sign in any more",
		    "It was used before, or is older than 15 minutes. Ask for another.", "/portal/sign-in", "Sign in" });
	} else {
		page_answer_failure(c, e, "signing in");
	}
}

void
portal_sign_out(struct call *c)
{
	char everywhere[8];
	enum err e;

	if (!portal_take_field(c, "everywhere", everywhere, sizeof everywhere))
		return;
	if ((e = session_stop(c, everywhere[0] != '\0')) == ERR_NONE)
		page_see(c, "/portal/sign-in");
	else
		page_answer_failure(c, e, "signing out");
}
