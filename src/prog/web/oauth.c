/* prog/web/oauth.c: access tokens for a provider's systems: OAuth 2.0 client credentials (RFC 6749, section
 * 4.4). Owns the form of requests and errors; what a token is, entitle/access.h knows. */
#include <stdio.h>
#include <strings.h>

#include "base/text.h"
#include "codec/encode.h"
#include "crypto/random.h"
#include "prog/web/answer.h"
#include "prog/web/routes.h"

/* So many wrong secrets from one place in so many seconds, then it must wait. A secret has 215 random bits:
 * this is for the server's sake, and so that a system that goes wrong is noticed. */
enum { TRIES = 20, WINDOW_S = 600 };

/* Room for each field of a request; longer ones are nobody's. */
enum { FIELD_SIZE = 256 };

struct token_form {
	char grant_type[FIELD_SIZE], scope[FIELD_SIZE], client[FIELD_SIZE], secret[FIELD_SIZE];
	bool basic;		/* the client said who it is in the header */
};

/* Section 5.2. */
static void
refuse(struct call *c, int status, const char *code, const char *detail)
{
	answer_json(c->request, status,
	    json_pack("{s:s, s:s}", "error", code, "error_description", detail));
}

/* What the table of routes has to say, in the same form. */
static void
refuse_route(struct call *c, int status, const char *code, const char *detail)
{
	(void)code;
	refuse(c, status, status >= 500 ? "temporarily_unavailable" : "invalid_request", detail);
}

static void
refuse_client(struct call *c, const struct token_form *f)
{
	/* Those who tried the header are told so in the header. */
	if (f->basic)
		http_answer_header(c->request, "WWW-Authenticate", "Basic realm=\"holdfast\"");
	refuse(c, 401, "invalid_client", "There is no such client, or that is not its secret.");
}

/* A parameter that is sent without a value counts as not sent. False: sent twice, or too long. */
static bool
take_field(struct bytes form, const char *name, char *out)
{
	enum err e = decode_form_field(form, name, out, FIELD_SIZE);

	return e == ERR_NONE || e == ERR_NOT_FOUND;
}

/* "Basic" and id:secret, each form-encoded, in base64 (section 2.3.1). */
static bool
take_basic(const char *header, struct token_form *f)
{
	struct bytes plain;
	struct buf b, half;
	bool good;
	size_t colon;

	buf_init(&b, 1024);
	buf_init(&half, 1024);
	good = decode_base64(bytes_of_text(header), &b) == ERR_NONE;
	plain = buf_bytes(&b);
	colon = bytes_find(plain, ':');
	good = good && colon < plain.n;
	if (good) {
		buf_put_string(&half, "id=");
		buf_put(&half, bytes_first(plain, colon));
		buf_put_string(&half, "&secret=");
		buf_put(&half, bytes_from(plain, colon + 1));
		good = half.err == ERR_NONE && memchr(plain.p, '&', plain.n) == NULL &&
		    take_field(buf_bytes(&half), "id", f->client) &&
		    take_field(buf_bytes(&half), "secret", f->secret);
	}
	buf_fini(&b);
	buf_fini(&half);
	return good;
}

/* Answers when the request is not what it must be. */
static bool
read_form(struct call *c, struct token_form *f)
{
	static const char type[] = "application/x-www-form-urlencoded", basic[] = "Basic ";
	const char *sent = http_request_header(c->request, "Content-Type");
	const char *header = http_request_header(c->request, "Authorization");
	struct bytes form = http_request_body(c->request);
	char client[FIELD_SIZE] = "", secret[FIELD_SIZE] = "";

	if (sent == NULL || strncasecmp(sent, type, sizeof type - 1) != 0) {
		refuse(c, 400, "invalid_request", "Send application/x-www-form-urlencoded.");
		return false;
	}
	if (!take_field(form, "grant_type", f->grant_type) || !take_field(form, "scope", f->scope) ||
	    !take_field(form, "client_id", client) || !take_field(form, "client_secret", secret)) {
		refuse(c, 400, "invalid_request", "A parameter is malformed, too long or there twice.");
		return false;
	}
	if (header != NULL && secret[0] != '\0') {
		refuse(c, 400, "invalid_request", "The client says in two places who it is.");
		return false;
	}
	if (header == NULL) {
		memcpy(f->client, client, sizeof client);
		memcpy(f->secret, secret, sizeof secret);
	} else {
		f->basic = true;
		if (strncasecmp(header, basic, sizeof basic - 1) != 0 ||
		    !take_basic(header + sizeof basic - 1, f) ||
		    (client[0] != '\0' && !text_equal(client, f->client))) {
			refuse_client(c, f);
			return false;
		}
	}
	return true;
}

/* The highest role that the scope names, a list with spaces between; ROLE_NONE: it names none. */
static bool
read_scope(const char *scope, enum role *out)
{
	char name[FIELD_SIZE];
	enum role role;

	*out = ROLE_NONE;
	while (*(scope += strspn(scope, " ")) != '\0') {
		size_t n = strcspn(scope, " ");

		text_from_bytes(name, sizeof name, bytes_of(scope, n));
		if (!role_from_name(name, &role))
			return false;
		if (role > *out)
			*out = role;
		scope += n;
	}
	return true;
}

/* Answers when this address has to wait. */
static bool
check_attempts(struct call *c, const char *key)
{
	int64_t count = 0, ends = 0;
	enum err e = c->web->store->get_attempts(c->web->store, key, c->now, &count, &ends);

	if (e != ERR_NONE) {
		refuse_route(c, answer_log_failure(c->request, e, "counting attempts"), "",
		    "The server could not do this now. Try again.");
		return false;
	}
	if (count < TRIES)
		return true;
	answer_retry_after(c->request, ends - c->now);
	refuse(c, 429, "slow_down", "Too many wrong secrets came from this address; wait.");
	return false;
}

static void
answer_token(struct call *c, const struct token_form *f, enum role role, const char *attempts)
{
	struct token_request q = { f->client, f->secret, role };
	struct store *store = c->web->store;
	char token[TOKEN_SIZE];
	int64_t count, ends;
	enum err e;

	e = access_issue_token(store, &q, c->now, token, &role);
	if (e == ERR_NONE) {
		answer_json(c->request, 200, json_pack("{s:s, s:s, s:i, s:s}", "access_token", token,
			"token_type", "Bearer", "expires_in", ACCESS_TOKEN_S, "scope", role_name(role)));
	} else if (e == ERR_UNSUPPORTED) {
		refuse(c, 400, "invalid_scope", "The scope is more than this client's role.");
	} else if (e == ERR_DENIED) {
		if (store->count_attempt(store, attempts, c->now, WINDOW_S, &count, &ends) != ERR_NONE)
			answer_log_failure(c->request, ERR_IO, "counting a wrong secret");
		refuse_client(c, f);
	} else {
		refuse_route(c, answer_log_failure(c->request, e, "issuing a token"), "",
		    "The server could not do this now. Try again.");
	}
	random_forget(token, sizeof token);
}

static void
issue_token(struct call *c)
{
	char address[NAME_SIZE], attempts[NAME_SIZE + 8];
	struct token_form f = { .basic = false };
	enum role role;

	routes_client_address(c, address, sizeof address);
	snprintf(attempts, sizeof attempts, "oauth %s", address);
	http_answer_header(c->request, "Pragma", "no-cache");
	if (!read_form(c, &f))
		goto done;
	if (f.grant_type[0] == '\0')
		refuse(c, 400, "invalid_request", "The parameter grant_type is missing.");
	else if (!text_equal(f.grant_type, "client_credentials"))
		refuse(c, 400, "unsupported_grant_type", "Only client_credentials is known here.");
	else if (!read_scope(f.scope, &role))
		refuse(c, 400, "invalid_scope",
		    "A scope is one of read_only, support, operator, owner.");
	else if (check_attempts(c, attempts))
		answer_token(c, &f, role, attempts);
done:
	random_forget(&f, sizeof f);
}

/* The secret in the request is the right to a token. */
static const struct route routes[] = {
	{ "POST", "/oauth2/token", issue_token, PERMIT_ANYONE },
};
const struct route_group oauth_routes = { "/oauth2/", refuse_route, routes,
	sizeof routes / sizeof routes[0] };
