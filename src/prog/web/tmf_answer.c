/* prog/web/tmf_answer.c: see tmf_answer.h. */
#include "prog/web/tmf_answer.h"

#include <stdio.h>
#include <strings.h>

#include "base/text.h"
#include "codec/json.h"
#include "prog/web/answer.h"

static const char *
reason_of(int status)
{
	switch (status) {
	case 400:
		return "Bad Request";
	case 401:
		return "Unauthorized";
	case 403:
		return "Forbidden";
	case 404:
		return "Not Found";
	case 405:
		return "Method Not Allowed";
	case 409:
		return "Conflict";
	case 413:
		return "Content Too Large";
	case 415:
		return "Unsupported Media Type";
	case 422:
		return "Unprocessable Content";
	case 429:
		return "Too Many Requests";
	default:
		return "Service Unavailable";
	}
}

void
tmf_answer_refuse(struct call *c, int status, const char *code, const char *detail)
{
	char number[12];

	snprintf(number, sizeof number, "%d", status);
	answer_json(c->request, status, json_pack("{s:s, s:s, s:s, s:s, s:s}", "code", code, "reason",
		reason_of(status), "message", detail, "status", number, "@type", "Error"));
}

void
tmf_answer_error(struct call *c, enum err e, const struct refusal *why, const char *doing)
{
	/* A damaged store has such errors too, and no words for them. */
	bool refused = why != NULL && why->code[0] != '\0';

	if (refused && e == ERR_MALFORMED)
		tmf_answer_refuse(c, 400, why->code, why->detail);
	else if (refused && e == ERR_NOT_FOUND)
		tmf_answer_refuse(c, 404, why->code, why->detail);
	else if (refused && e == ERR_CONFLICT)
		tmf_answer_refuse(c, 409, why->code, why->detail);
	else
		tmf_answer_refuse(c, answer_log_failure(c->request, e, doing), "try_again",
		    "The server could not do this now; nothing was changed. Try again.");
}

void
tmf_answer(struct call *c, int status, json_t *resource)
{
	answer_json(c->request, status, resource);
}

void
tmf_answer_created(struct call *c, json_t *resource)
{
	const char *href = json_string_value(json_object_get(resource, "href"));

	if (href != NULL)
		http_answer_header(c->request, "Location", href);
	answer_json(c->request, 201, resource);
}

void
tmf_answer_deleted(struct call *c)
{
	http_answer(c->request, 204, NULL, bytes_of(NULL, 0));
}

/* Whether ${type} is ${want}, whatever parameters come behind. */
static bool
is_type(const char *type, const char *want)
{
	size_t n = strlen(want);

	return type != NULL && strncasecmp(type, want, n) == 0 &&
	    (type[n] == '\0' || type[n] == ';' || type[n] == ' ');
}

json_t *
tmf_answer_read_body(struct call *c, bool patch)
{
	const char *type = http_request_header(c->request, "Content-Type");
	json_t *body = NULL;
	struct fault why;

	if (!is_type(type, "application/json") &&
	    !(patch && is_type(type, "application/merge-patch+json"))) {
		if (patch)
			http_answer_header(c->request, "Accept-Patch",
			    "application/merge-patch+json, application/json");
		tmf_answer_refuse(c, 415, "unsupported_media_type",
		    patch ? "Send application/merge-patch+json or application/json."
			  : "Send application/json.");
		return NULL;
	}
	if (json_parse(http_request_body(c->request), &body, &why) != ERR_NONE) {
		tmf_answer_refuse(c, 400, "malformed_json", why.text);
		return NULL;
	}
	if (!json_is_object(body)) {
		tmf_answer_refuse(c, 400, "malformed_request", "A JSON object was expected.");
		json_decref(body);
		return NULL;
	}
	return body;
}
