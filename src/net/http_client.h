/* net/http_client.h: ask a web server something, over libcurl.
 * Owns timeouts, ceilings and which addresses are fit to be asked; knows nothing of what is asked.
 * No redirect is followed; https certificates are verified against the system's store. */
#ifndef HOLDFAST_NET_HTTP_CLIENT_H
#define HOLDFAST_NET_HTTP_CLIENT_H

#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"
#include "net/address.h"

/* Bytes a second: below the slowest line that anybody has (a bad mobile one carries 8 KiB), above what a broken or
 * malicious server drips to hold whoever asks it. */
#define HTTP_SLOWEST 4096

struct http_answer;

/* An answer begins whose body goes into a sink: everything in it is known but the body. */
typedef void http_begin_fn(void *ctx, const struct http_answer *answer);

struct http_call {
	const char *method;	/* "GET", "POST" */
	const char *url;
	const char *bearer;	/* token for the Authorization header, or NULL */
	const char *if_none_match; /* ETag for a conditional GET, or NULL */
	const char *const *headers; /* more of them, each "Name: value", NULL behind the last; or NULL */
	const char *content_type; /* of ${body}; NULL without one */
	struct bytes body;
	int64_t timeout_ms;	/* for all of it */
	uint64_t max_answer;	/* a longer answer is ERR_LIMIT */
	/* A regular file, which then holds the body of an answer 200, and what it held before of any other; or -1: into the
	 * answer. */
	int sink;
	/* With a sink: an answer that comes more slowly than HTTP_SLOWEST for so long is ERR_TIMEOUT. 0: a minute. */
	int64_t patience_s;
	/* How much of it the sink holds already, from an answer with the strong ETag ${if_range}: the rest is asked for,
	 * and put behind it when it comes as 206; a 200 begins anew. The whole counts against ${max_answer}. 0: nothing. */
	uint64_t resume_from;
	const char *if_range;
	http_begin_fn *begins;	/* called before the first byte of a 200 or 206 goes into the sink; or NULL */
	void *begins_ctx;
	/* Who may be connected to, whatever the host's name resolves to: another is ERR_DENIED. With a reach, no
	 * proxy is used, because what it would reach is not seen here. */
	enum address_reach reach;
};

/* Free with http_answer_fini. */
struct http_answer {
	int status;		/* such as 200; 0 when there was no answer. Also with an error, if it came so far */
	struct buf body;	/* empty when there was a sink */
	char etag[128];		/* empty when none was given or it was longer */
	char content_type[64];	/* likewise */
	int64_t retry_after_s;	/* -1 when not said */
};

void http_answer_fini(struct http_answer *answer);

/* Ask and wait. ERR_NONE for any answer, whatever its status. ERR_TIMEOUT, ERR_CLOSED (cannot be
 * reached), ERR_LIMIT, ERR_FULL (the sink), ERR_MALFORMED (another part than was asked for), ERR_NOMEM, ERR_IO, with a
 * sentence naming the host. With an error *out has no body, and need not be freed. */
enum err http_ask(const struct http_call *call, struct http_answer *out, struct fault *why);

/* True when secrets may go to ${url}: https, or http to this machine itself. */
bool http_url_is_private(const char *url);

/* A mail to hand to a mail server. */
struct smtp_message {
	const char *url;	/* "smtps://host", or "smtp://host:587": encrypted before anything is said, but to this machine */
	const char *user, *password; /* NULL: without */
	const char *from, *to;	/* addresses alone */
	struct bytes content;	/* as RFC 5322 has it */
	int64_t timeout_ms;
};

/* Several questions at once, in one thread. */
struct http_client;
typedef void http_done_fn(void *ctx, enum err e, const struct http_answer *answer,
    const struct fault *why);

enum err http_client_new(struct http_client **out);
void http_client_free(struct http_client *c);

/* Ask; ${done} is called once, from http_client_turn. The call and what it points to are copied.
 * No sink here: answers are small. ERR_NOMEM. */
enum err http_client_start(struct http_client *c, const struct http_call *call,
    http_done_fn *done, void *ctx);

/* Hand a mail over; ${done} as above, and all is copied. The answer's status is the mail server's last reply, such
 * as 250; with an error, 4xx and 5xx are its refusals. smtp.c. */
enum err smtp_start(struct http_client *c, const struct smtp_message *message, http_done_fn *done, void *ctx);

/* How many are under way. */
size_t http_client_busy(const struct http_client *c);

/* Wait until an answer moves on, ${fd} becomes readable or ${timeout_ms} passed; call what is done. */
enum err http_client_turn(struct http_client *c, int fd, int timeout_ms);

#endif
