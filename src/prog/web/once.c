/* prog/web/once.c: see once.h. */
#include "prog/web/once.h"

#include <assert.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/reader.h"
#include "base/text.h"
#include "crypto/hmac.h"
#include "crypto/random.h"
#include "prog/web/answer.h"

/* The largest answer to a POST, with room. */
enum { ANSWER_MAX = 4 << 20, KEY_MAX = 255, TYPE_SIZE = 64, LOCATION_SIZE = 256 };

struct once {
	struct call *call;
	struct access_answer answer;
	struct seal_key sealing;
	bool is_problem;	/* the form of the interface's errors; else the TM Forum's */
	bool answered;
};

/* What is said when an answer could not be kept. It takes the answer's place, so nothing can fail here. */
#define SENTENCE "The server could not do this now; nothing was changed. Try again."
static const char problem[] = "{\"type\":\"about:blank\",\"title\":\"The server cannot answer now\","
			      "\"status\":503,\"code\":\"try_again\",\"detail\":\"" SENTENCE "\"}";
static const char tmf_error[] = "{\"code\":\"try_again\",\"reason\":\"Service unavailable\","
				"\"message\":\"" SENTENCE "\",\"status\":\"503\",\"@type\":\"Error\"}";

/* The key is a quoted or plain text of visible ASCII. */
static bool
key_is_well_formed(const char *key)
{
	size_t n = strlen(key);

	for (size_t i = 0; i < n; i++)
		if (key[i] <= ' ' || key[i] > '~')
			return false;
	return n >= 1 && n <= KEY_MAX;
}

static enum err
digest_request(struct call *c, uint8_t out[static HASH_MAX])
{
	struct bytes body = http_request_body(c->request);
	struct buf b;
	enum err e;

	buf_init(&b, HTTP_BODY_MAX + 3 * HTTP_HEADERS_MAX);
	buf_put_text(&b, http_request_method(c->request));
	buf_put_text(&b, http_request_path(c->request));
	buf_put_blob(&b, http_request_query(c->request));
	buf_put_blob(&b, body);
	if ((e = b.err) == ERR_NONE)
		e = hash_of(HASH_SHA256, buf_bytes(&b), out);
	buf_fini(&b);
	return e;
}

static enum err
once_init(struct once *o, struct call *c, const char *key)
{
	struct bytes text = bytes_of_text(key);

	*o = (struct once){ .call = c, .answer = { .created = c->now } };
	text_copy(o->answer.credential, sizeof o->answer.credential, c->principal.credential);
	hmac_sha256(bytes_of(c->principal.sealing.key, SEAL_KEY_SIZE), &text, 1, o->sealing.key);
	if (hash_of(HASH_SHA256, text, o->answer.key) != ERR_NONE)
		return ERR_NOMEM;
	return digest_request(c, o->answer.request);
}

static enum err
keep(struct once *o, struct http_request *r, const struct http_outgoing *answer)
{
	const char *location = http_answer_find_header(r, "Location");
	struct store *store = o->call->web->store;
	struct buf plain, sealed;
	enum err e;

	buf_init(&plain, ANSWER_MAX);
	buf_init(&sealed, ANSWER_MAX + SEAL_BYTES_OVERHEAD);
	buf_u32le(&plain, (uint32_t)answer->status);
	buf_put_text(&plain, answer->content_type == NULL ? "" : answer->content_type);
	buf_put_text(&plain, location == NULL ? "" : location);
	buf_put_blob(&plain, answer->body);
	if ((e = plain.err) == ERR_NONE &&
	    (e = seal_bytes(&o->sealing, buf_bytes(&plain), &sealed)) == ERR_NONE)
		e = store->access.add_answer(store, &o->answer, buf_bytes(&sealed),
		    o->call->now - ONCE_KEPT_S);
	if (plain.p != NULL)
		random_forget(plain.p, plain.n);
	buf_fini(&plain);
	buf_fini(&sealed);
	return e;
}

/* What was not kept was not done: then the client must not read that it was. */
static void
keep_and_commit(void *ctx, struct http_request *r, struct http_outgoing *answer)
{
	struct once *o = ctx;
	struct store *store = o->call->web->store;
	enum err e;

	o->answered = true;
	if (answer->status >= 500 || answer->status == 429) {
		store->rollback(store);
		return;
	}
	if ((e = keep(o, r, answer)) == ERR_NONE)
		e = store->commit(store);
	if (e == ERR_NONE)
		return;
	store->rollback(store);
	answer_log_failure(r, e, "keeping an answer");
	*answer = o->is_problem
	    ? (struct http_outgoing){ 503, "application/problem+json", bytes_of_text(problem) }
	    : (struct http_outgoing){ 503, "application/json", bytes_of_text(tmf_error) };
}

/* Answer as before. */
static enum err
replay(struct once *o, struct bytes sealed)
{
	char type[TYPE_SIZE], location[LOCATION_SIZE];
	struct http_request *r = o->call->request;
	struct bytes body;
	struct reader reader;
	struct buf plain;
	uint32_t status;
	enum err e;

	buf_init(&plain, ANSWER_MAX + 1);
	if ((e = unseal_bytes(&o->sealing, sealed, &plain)) != ERR_NONE)
		goto done;
	reader = reader_over(buf_bytes(&plain));
	status = reader_u32le(&reader);
	reader_text(&reader, type, sizeof type);
	reader_text(&reader, location, sizeof location);
	body = reader_blob(&reader, ANSWER_MAX);
	if (!reader_is_done(&reader)) {
		e = ERR_MALFORMED;
		goto done;
	}
	if (location[0] != '\0')
		http_answer_header(r, "Location", location);
	http_answer_header(r, "Idempotency-Replayed", "true");
	http_answer(r, (int)status, type[0] == '\0' ? NULL : type, body);
done:
	if (plain.p != NULL)
		random_forget(plain.p, plain.n);
	buf_fini(&plain);
	return e;
}

/* ERR_NOT_FOUND: it is the first time. ERR_CONFLICT: it was another request. ERR_NONE: answered. */
static enum err
answer_as_before(struct once *o)
{
	struct store *store = o->call->web->store;
	struct access_answer before = o->answer;
	struct buf sealed;
	enum err e;

	buf_init(&sealed, ANSWER_MAX + SEAL_BYTES_OVERHEAD);
	e = store->access.find_answer(store, &before, &sealed);
	if (e == ERR_NONE && memcmp(before.request, o->answer.request, HASH_MAX) != 0)
		e = ERR_CONFLICT;
	if (e != ERR_NOT_FOUND)
		store->rollback(store);
	if (e == ERR_NONE)
		e = replay(o, buf_bytes(&sealed));
	buf_fini(&sealed);
	return e;
}

static void
run_first(struct once *o, call_handler_fn *handler)
{
	struct call *c = o->call;

	http_request_filter(c->request, keep_and_commit, o);
	handler(c);
	/* A handler that answers later has no place in a transaction. */
	assert(o->answered);
}

void
once_run(struct call *c, call_handler_fn *handler, route_refuse_fn *refuse)
{
	const char *key = http_request_header(c->request, "Idempotency-Key");
	struct store *store = c->web->store;
	struct once o;
	enum err e;

	if (!key_is_well_formed(key)) {
		refuse(c, 400, "malformed_request",
		    "Idempotency-Key takes 1 to 255 visible letters without spaces, such as a UUID.");
		return;
	}
	if ((e = once_init(&o, c, key)) == ERR_NONE && (e = store->begin(store)) == ERR_NONE)
		e = answer_as_before(&o);
	o.is_problem = refuse == routes_refuse;
	if (e == ERR_NOT_FOUND)
		run_first(&o, handler);
	else if (e == ERR_CONFLICT)
		refuse(c, 422, "idempotency_key_reused",
		    "This Idempotency-Key came with another request before; take a new one.");
	else if (e != ERR_NONE)
		refuse(c, answer_log_failure(c->request, e, "looking for an earlier answer"), "try_again",
		    SENTENCE);
	random_forget(&o.sealing, sizeof o.sealing);
}
