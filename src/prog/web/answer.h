/* prog/web/answer.h: the forms that answers take: JSON, problems (RFC 9457). Each ends the request. */
#ifndef HOLDFAST_PROG_WEB_ANSWER_H
#define HOLDFAST_PROG_WEB_ANSWER_H

#include <jansson.h>

#include "base/err.h"
#include "prog/web/web.h"

/* ${value} is released; NULL (memory was short) answers 503. */
void answer_json(struct http_request *r, int status, json_t *value);

/* application/problem+json with a stable code and a sentence. */
void answer_problem(struct http_request *r, int status, const char *code, const char *detail);

/* As answer_problem, with more members, which are released. */
void answer_problem_with(struct http_request *r, int status, const struct refusal *why,
    json_t *members);

/* The problem for an error that is nobody's rule: a store that fails, memory that is short. Logs it. */
void answer_failure(struct http_request *r, enum err e, const char *doing);

/* Have the answer that follows, a 429 or a failure, say in how many seconds to come again: one at least. */
void answer_retry_after(struct http_request *r, int64_t seconds);

/* As answer_failure without the answer: log it, add Retry-After, and return the status that fits. */
int answer_log_failure(struct http_request *r, enum err e, const char *doing);

/* Read the query, or the body, into ${out} by the shape that the call's route has for it; answers and
 * returns false when it does not fit. A body of which nothing is required may be left away. What a list
 * in it points to lasts as long as the call. */
bool answer_take_query(struct call *c, void *out);
bool answer_take_body(struct call *c, void *out);

/* The good answer of the call's route, written by its shape from ${from}. */
void answer_shape(struct call *c, const void *from);
/* The good answer of a route that says nothing more. */
void answer_done(struct call *c);

/* What a rule's function returned, when it was no success: a 409 of ${why}, the 404 ${missing} (a code) or
 * a failure. ${doing} is for the log. */
struct answer_error {
	const struct refusal *why;
	const char *missing, *sentence;
	const char *doing;
};
void answer_error(struct call *c, enum err e, const struct answer_error *about);

/* Parse the body as a JSON object; answers and returns NULL when it is none. json_decref it. */
struct json_field;
json_t *answer_read_body(struct http_request *r, const struct json_field *fields, size_t count);

#endif
