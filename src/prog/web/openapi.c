/* prog/web/openapi.c: /openapi.json: the provider's and the vendor's interface described (OpenAPI 3.1), from the
 * table of routes and the shapes by which their handlers read and answer. Nothing is described twice. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "codec/json.h"
#include "prog/web/answer.h"
#include "prog/web/routes.h"
#include "prog/web/shape.h"

/* The description is about 60 KiB. */
enum { TEXT_MAX = 1 << 20 };

static void
add_shape(json_t *schemas, const struct shape *shape, bool written)
{
	if (shape == NULL || json_object_get(schemas, shape->name) != NULL)
		return;
	json_object_set_new(schemas, shape->name, shape_schema(shape, written));
	for (size_t i = 0; i < shape->count; i++)
		add_shape(schemas, shape->fields[i].of, written);
}

static json_t *
content_of(const char *media, const struct shape *shape)
{
	char reference[100];

	if (shape == NULL)
		return json_pack("{s:{s:{s:s}}}", media, "schema", "type", "string");
	snprintf(reference, sizeof reference, "#/components/schemas/%s", shape->name);
	return json_pack("{s:{s:{s:s}}}", media, "schema", "$ref", reference);
}

/* The {name} parts of the path, and the fields of the query. */
static json_t *
parameters_of(const struct route *r)
{
	json_t *all = json_array();
	const char *at = r->path;

	while ((at = strchr(at, '{')) != NULL) {
		size_t n = strcspn(++at, "}");

		json_array_append_new(all, json_pack("{s:s#, s:s, s:b, s:{s:s}}", "name", at, (int)n, "in",
			"path", "required", 1, "schema", "type", "string"));
	}
	for (size_t i = 0; r->query != NULL && i < r->query->count; i++) {
		const struct field *f = &r->query->fields[i];

		json_array_append_new(all, json_pack("{s:s, s:s, s:b, s:o}", "name", f->name, "in", "query",
			"required", (f->flags & FIELD_REQUIRED) != 0, "schema",
			shape_field_schema(f, false)));
	}
	if (text_equal(r->method, "POST"))
		json_array_append_new(all, json_pack("{s:s}", "$ref", "#/components/parameters/IdempotencyKey"));
	return all;
}

static json_t *
responses_of(const struct route *r)
{
	bool says = r->answer != NULL || r->gives != NULL;
	json_t *good = json_pack("{s:s}", "description", "Done");
	char status[8];

	if (says)
		json_object_set_new(good, "content",
		    content_of(r->gives == NULL ? "application/json" : r->gives, r->answer));
	snprintf(status, sizeof status, "%d", r->status != 0 ? r->status : says ? 200 : 204);
	return json_pack("{s:o, s:{s:s}}", status, good, "default", "$ref",
	    "#/components/responses/Problem");
}

static json_t *
operation_of(const struct route *r)
{
	json_t *o = json_pack("{s:s, s:s, s:o, s:o, s:s}", "operationId", r->id, "summary", r->about,
	    "parameters", parameters_of(r), "responses", responses_of(r), "x-permission",
	    permission_name(r->permission));

	if (r->body != NULL || r->takes != NULL)
		json_object_set_new(o, "requestBody", json_pack("{s:o}", "content",
			content_of(r->takes == NULL ? "application/json" : r->takes, r->body)));
	if (r->permission == PERMIT_ANYONE)
		json_object_set_new(o, "security", json_array());
	return o;
}

struct description {
	json_t *paths, *schemas;
};

static void
add_route(void *ctx, const struct route *r)
{
	struct description *d = ctx;
	char method[8] = "";
	json_t *path;

	if (r->id == NULL)
		return;
	if ((path = json_object_get(d->paths, r->path)) == NULL) {
		path = json_object();
		json_object_set_new(d->paths, r->path, path);
	}
	for (size_t i = 0; r->method[i] != '\0' && i < sizeof method - 1; i++)
		method[i] = (char)tolower((unsigned char)r->method[i]);
	json_object_set_new(path, method, operation_of(r));
	add_shape(d->schemas, r->body, false);
	add_shape(d->schemas, r->answer, true);
}

/* RFC 9457, with a stable code; some problems have more members. */
static json_t *
problem_schema(void)
{
	return json_pack("{s:s, s:[s,s,s,s,s], s:{s:{s:s}, s:{s:s}, s:{s:s}, s:{s:s}, s:{s:s}}}", "type",
	    "object", "required", "type", "title", "status", "code", "detail", "properties", "type",
	    "type", "string", "title", "type", "string", "status", "type", "integer", "code", "type",
	    "string", "detail", "type", "string");
}

static json_t *
components_of(json_t *schemas)
{
	json_object_set_new(schemas, "Problem", problem_schema());
	return json_pack("{s:o, s:{s:{s:s, s:{s:{s:{s:s}}}}}, s:{s:{s:s, s:s, s:s, s:{s:s, s:i}}},"
			 " s:{s:{s:s, s:s}, s:{s:s, s:{s:{s:s, s:{s:s, s:s, s:s, s:s}}}}}}",
	    "schemas", schemas, "responses", "Problem", "description", "Not done, and why", "content",
	    "application/problem+json", "schema", "$ref", "#/components/schemas/Problem", "parameters",
	    "IdempotencyKey", "name", "Idempotency-Key", "in", "header", "description",
	    "The same key and the same request give the same answer, and the command is carried out once.",
	    "schema", "type", "string", "maxLength", 255, "securitySchemes", "key", "type", "http", "scheme",
	    "bearer", "oauth", "type", "oauth2", "flows", "clientCredentials", "tokenUrl", "/oauth2/token",
	    "scopes", "read_only", "Look", "support", "Help subscribers", "operator", "Order and change",
	    "owner", "Keys, clients, webhooks and settings");
}

/* NULL when memory is short. */
static json_t *
describe(const struct web *w)
{
	struct description d = { json_object(), json_object() };
	json_t *components;

	routes_each(add_route, &d);
	components = components_of(d.schemas);
	return json_pack("{s:s, s:{s:s, s:s, s:s}, s:[{s:s}], s:o, s:o, s:[{s:[]}, {s:[]}]}", "openapi",
	    "3.1.0", "info", "title", "Holdfast: the provider's interface", "version", HOLDFAST_VERSION,
	    "description", "How a provider's systems order, change and look at subscriptions.", "servers",
	    "url", w->base_url, "paths", d.paths, "components", components, "security", "key", "oauth");
}

static void
send_description(struct call *c)
{
	http_answer_header(c->request, "Cache-Control", "public, max-age=300");
	answer_json(c->request, 200, describe(c->web));
}

static const struct route routes[] = {
	{ "GET", "/openapi.json", send_description, PERMIT_ANYONE },
};
const struct route_group openapi_routes = { "/openapi.json", routes_refuse, routes,
	sizeof routes / sizeof routes[0] };
