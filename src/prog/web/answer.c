/* prog/web/answer.c: see answer.h. */
#include "prog/web/answer.h"

#include <stdio.h>
#include <strings.h>

#include "base/log.h"
#include "base/text.h"
#include "codec/json.h"
#include "prog/web/routes.h"
#include "prog/web/shape.h"

/* What failed for want of room or memory seldom lasts. */
enum { FAILED_WAIT_S = 5 };

/* A page of our largest list is far below. */
enum { ANSWER_MAX = 4 << 20 };

static void
answer_with_type(struct http_request *r, int status, const char *type, json_t *value)
{
	struct buf text;

	buf_init(&text, ANSWER_MAX);
	if (value != NULL && json_write(value, &text) == ERR_NONE)
		http_answer(r, status, type, buf_bytes(&text));
	else
		http_answer(r, 503, NULL, bytes_of(NULL, 0));
	json_decref(value);
	buf_fini(&text);
}

void
answer_json(struct http_request *r, int status, json_t *value)
{
	answer_with_type(r, status, "application/json", value);
}

static const char *
status_title(int status)
{
	switch (status) {
	case 400:
		return "The request is malformed";
	case 401:
		return "Who asks is not known";
	case 403:
		return "Not permitted";
	case 404:
		return "Not found";
	case 405:
		return "Not a method of this resource";
	case 409:
		return "It does not fit the present state";
	case 415:
		return "JSON was expected";
	case 422:
		return "It cannot be done as it was asked";
	case 429:
		return "Too many attempts";
	case 507:
		return "The server's disk is full";
	default:
		return "The server cannot answer now";
	}
}

void
answer_problem_with(struct http_request *r, int status, const struct refusal *why, json_t *members)
{
	json_t *problem = json_pack("{s:s, s:s, s:i, s:s, s:s}", "type", "about:blank", "title",
	    status_title(status), "status", status, "code", why->code, "detail", why->detail);

	if (problem != NULL && members != NULL)
		json_object_update(problem, members);
	json_decref(members);
	answer_with_type(r, status, "application/problem+json", problem);
}

void
answer_problem(struct http_request *r, int status, const char *code, const char *detail)
{
	struct refusal why = { "", "" };

	text_copy(why.code, sizeof why.code, code);
	/* A sentence that is too long for the room is cut, not lost. */
	text_from_bytes(why.detail, sizeof why.detail,
	    bytes_first(bytes_of_text(detail), sizeof why.detail - 1));
	answer_problem_with(r, status, &why, NULL);
}

void
answer_retry_after(struct http_request *r, int64_t seconds)
{
	char text[24];

	snprintf(text, sizeof text, "%lld", (long long)(seconds < 1 ? 1 : seconds));
	http_answer_header(r, "Retry-After", text);
}

int
answer_log_failure(struct http_request *r, enum err e, const char *doing)
{
	log_error("%s: %s", doing, err_name(e));
	answer_retry_after(r, FAILED_WAIT_S);
	return e == ERR_FULL ? 507 : 503;
}

void
answer_failure(struct http_request *r, enum err e, const char *doing)
{
	if (answer_log_failure(r, e, doing) == 507)
		answer_problem(r, 507, "store_full",
		    "The server has no room to record this; nothing was changed. Try again later.");
	else
		answer_problem(r, 503, "try_again",
		    "The server could not do this now; nothing was changed. Try again.");
}

static bool
is_json(struct http_request *r)
{
	static const char want[] = "application/json";
	const char *type = http_request_header(r, "Content-Type");

	return type != NULL && strncasecmp(type, want, sizeof want - 1) == 0;
}

bool
answer_take_query(struct call *c, void *out)
{
	struct fault why;

	if (shape_read_query(c->route->query, http_request_query(c->request), out, &why) == ERR_NONE)
		return true;
	answer_problem(c->request, 400, "malformed_request", why.text);
	return false;
}

bool
answer_take_body(struct call *c, void *out)
{
	struct bytes text = http_request_body(c->request);
	struct fault why;

	/* Nothing at all is an object without fields: what is required is then missing. */
	if (text.n == 0 && http_request_header(c->request, "Content-Type") == NULL)
		text = bytes_of_text("{}");
	else if (!is_json(c->request)) {
		answer_problem(c->request, 415, "not_json", "Send application/json.");
		return false;
	}
	if (json_parse(text, &c->body, &why) == ERR_NONE &&
	    shape_read(c->route->body, c->body, out, &why) == ERR_NONE)
		return true;
	answer_problem(c->request, 400, "malformed_request", why.text);
	return false;
}

void
answer_shape(struct call *c, const void *from)
{
	answer_json(c->request, c->route->status == 0 ? 200 : c->route->status,
	    shape_write(c->route->answer, from));
}

void
answer_done(struct call *c)
{
	http_answer(c->request, 204, NULL, bytes_of(NULL, 0));
}

void
answer_error(struct call *c, enum err e, const struct answer_error *about)
{
	if (e == ERR_NOT_FOUND && about->missing != NULL)
		answer_problem(c->request, 404, about->missing, about->sentence);
	else if ((e == ERR_CONFLICT || e == ERR_LIMIT || e == ERR_DENIED) && about->why != NULL &&
	    about->why->code[0] != '\0')
		answer_problem_with(c->request, 409, about->why, NULL);
	else
		answer_failure(c->request, e, about->doing);
}

json_t *
answer_read_body(struct http_request *r, const struct json_field *fields, size_t count)
{
	json_t *body = NULL;
	struct fault why;

	if (!is_json(r)) {
		answer_problem(r, 415, "not_json", "Send application/json.");
		return NULL;
	}
	if (json_parse(http_request_body(r), &body, &why) != ERR_NONE ||
	    json_read_object(body, fields, count, &why) != ERR_NONE) {
		answer_problem(r, 400, "malformed_request", why.text);
		json_decref(body);
		return NULL;
	}
	return body;
}
