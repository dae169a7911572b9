/* prog/web/visitor.c: see visitor.h. */
#include "prog/web/visitor.h"

#include <stdio.h>

#include "base/text.h"
#include "codec/encode.h"
#include "crypto/random.h"
#include "prog/web/answer.h"
#include "prog/web/cookie.h"
#include "prog/web/page.h"
#include "prog/web/routes.h"

#define COOKIE "visitor"
#define FIELD "visitor"
enum { YEAR_S = 365 * 86400, HOUR_S = 3600 };

static bool
is_name(const char *name)
{
	return strlen(name) == SUPPORT_VISITOR_SIZE - 1 &&
	    strspn(name, "0123456789abcdefghijklmnopqrstuvwxyz") == SUPPORT_VISITOR_SIZE - 1;
}

static bool
read_cookie(struct call *c, char out[static SUPPORT_VISITOR_SIZE])
{
	return cookie_find(c, COOKIE, out, SUPPORT_VISITOR_SIZE) && is_name(out);
}

void
visitor_name(struct call *c, char out[static SUPPORT_VISITOR_SIZE])
{
	char cookie[256];

	if (read_cookie(c, out))
		return;
	random_name(out, SUPPORT_VISITOR_SIZE - 1);
	snprintf(cookie, sizeof cookie, COOKIE "=%s; Path=/support; Max-Age=%d; HttpOnly; SameSite=Lax%s", out,
	    YEAR_S, strncmp(c->web->base_url, "https:", 6) == 0 ? "; Secure" : "");
	http_answer_header(c->request, "Set-Cookie", cookie);
}

bool
visitor_check(struct call *c, char out[static SUPPORT_VISITOR_SIZE])
{
	char sent[SUPPORT_VISITOR_SIZE];

	if (read_cookie(c, out) &&
	    decode_form_field(http_request_body(c->request), FIELD, sent, sizeof sent) == ERR_NONE &&
	    text_equal(sent, out))
		return true;
	page_answer_message(c, &(struct message){ 403, "This form cannot be taken",
	    "It did not come from a page of this site, or your browser keeps no cookies. Go back, reload the page and send"
	    " it again.", "/support", "All articles" });
	return false;
}

bool
visitor_may(struct call *c, const char *what, int64_t most)
{
	struct store *store = c->web->store;
	char peer[NAME_SIZE], key[2 * NAME_SIZE];
	int64_t count, ends;
	enum err e;

	routes_client_address(c, peer, sizeof peer);
	snprintf(key, sizeof key, "%s %s", what, peer);
	if ((e = store->count_attempt(store, key, c->now, HOUR_S, &count, &ends)) != ERR_NONE) {
		page_answer_failure(c, e, "counting what a visitor sends");
		return false;
	}
	if (count <= most)
		return true;
	answer_retry_after(c->request, ends - c->now);
	page_refuse(c, 429, "rate_limited", "Too much came from your address in the last hour. Try again later.");
	return false;
}
