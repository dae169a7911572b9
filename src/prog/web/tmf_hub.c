/* prog/web/tmf_hub.c: see tmf_hub.h. A listener is an endpoint (entitle/endpoint.h) whose scope is its interface. */
#include "prog/web/tmf_hub.h"

#include "base/text.h"
#include "codec/json.h"
#include "entitle/endpoint.h"
#include "prog/web/tmf_answer.h"
#include "tmforum/query.h"

/* "serviceOrdering" of "/tmf-api/serviceOrdering/v4/hub". */
static void
scope_of(const struct call *c, char out[static ENDPOINT_SCOPE_SIZE])
{
	const char *name = http_request_path(c->request) + strlen("/tmf-api/");

	text_from_bytes(out, ENDPOINT_SCOPE_SIZE, bytes_of(name, strcspn(name, "/")));
}

/* A filter on what is told must be one. */
static bool
check_query(struct call *c, const char *text)
{
	struct query *q = NULL;
	struct fault why;

	if (query_parse(bytes_of_text(text), &q, &why) == ERR_NONE) {
		query_free(q);
		return true;
	}
	tmf_answer_refuse(c, 400, "malformed_query", why.text);
	return false;
}

static bool
read_hub(struct call *c, struct endpoint *out)
{
	json_t *body = tmf_answer_read_body(c, false);
	const char *callback = json_string_value(json_object_get(body, "callback"));
	const char *query = json_string_value(json_object_get(body, "query"));
	bool good = false;

	if (body == NULL)
		return false;
	if (callback == NULL || text_copy(out->url, sizeof out->url, callback) != ERR_NONE)
		tmf_answer_refuse(c, 400, "callback_url", "\"callback\" must be an address of at most 256 bytes.");
	else if (query != NULL && text_copy(out->filter, sizeof out->filter, query) != ERR_NONE)
		tmf_answer_refuse(c, 400, "malformed_query", "\"query\" must have at most 512 bytes.");
	else
		good = check_query(c, out->filter);
	json_decref(body);
	return good;
}

void
tmf_hub_add(struct call *c)
{
	struct endpoint hub = { .kind = ENDPOINT_HUB };
	struct refusal why = { "", "" };
	enum err e;

	scope_of(c, hub.scope);
	if (!read_hub(c, &hub))
		return;
	e = endpoint_add(c->web->store, &c->principal.provider, &hub, c->web->reach,
	    c->principal.actor, c->now, &why);
	if (e != ERR_NONE) {
		tmf_answer_error(c, e == ERR_LIMIT ? ERR_CONFLICT : e, &why, "adding a listener");
		return;
	}
	tmf_answer_created(c, json_pack("{s:s, s:o, s:s, s:s}", "id", hub.id, "href",
		json_sprintf("%s%s/%s", c->web->base_url, http_request_path(c->request) + 1, hub.id),
		"callback", hub.url, "query", hub.filter));
}

void
tmf_hub_remove(struct call *c)
{
	char scope[ENDPOINT_SCOPE_SIZE];
	struct endpoint hub;
	enum err e;

	scope_of(c, scope);
	e = endpoint_get(c->web->store, &c->principal.provider, ENDPOINT_HUB, c->parameter, &hub);
	/* One of another interface is not there either. */
	if (e == ERR_NONE && !text_equal(hub.scope, scope))
		e = ERR_NOT_FOUND;
	if (e == ERR_NONE)
		e = endpoint_remove(c->web->store, &c->principal.provider, ENDPOINT_HUB, c->parameter,
		    c->principal.actor, c->now);
	if (e == ERR_NONE)
		tmf_answer_deleted(c);
	else if (e == ERR_NOT_FOUND)
		tmf_answer_refuse(c, 404, "not_found", "You have no listener with this id.");
	else
		tmf_answer_error(c, e, NULL, "removing a listener");
}
