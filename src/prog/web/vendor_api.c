/* prog/web/vendor_api.c: what the vendor's own systems ask for: providers, their terms, keys and clients. */
#include <stdio.h>

#include "base/text.h"
#include "prog/web/access_shapes.h"
#include "prog/web/answer.h"

static void
refuse_missing(struct call *c, enum err e, const char *doing)
{
	answer_error(c, e, &(struct answer_error){ .missing = "unknown_provider",
			       .sentence = "There is no provider with this id.", .doing = doing });
}

/* Answers when there is none. */
static bool
find_provider(struct call *c, struct provider *out)
{
	enum err e = c->web->store->get_provider(c->web->store, c->parameter, out);

	if (e != ERR_NONE)
		refuse_missing(c, e, "looking up a provider");
	return e == ERR_NONE;
}

struct provider_list {
	json_t *providers;
};
static const struct field provider_list_fields[] = {
	{ SHAPE_LIST(provider_list, providers, "providers", &access_provider_shape) },
};
SHAPE(provider_list, provider_list, "ProviderList");

static bool
add_to_list(void *ctx, const struct provider *p)
{
	json_array_append_new(ctx, shape_write(&access_provider_shape, p));
	return true;
}

static void
list_providers(struct call *c)
{
	struct provider_list list = { json_array() };
	enum err e = ERR_NOMEM;

	if (list.providers != NULL)
		e = c->web->store->list_providers(c->web->store, add_to_list, list.providers);
	if (e == ERR_NONE) {
		answer_shape(c, &list);
	} else {
		json_decref(list.providers);
		answer_failure(c->request, e, "listing providers");
	}
}

static void
add_provider(struct call *c)
{
	struct provider p = { .policy = policy_default() };
	char location[80];
	struct fault why;
	enum err e;

	if (!answer_take_body(c, &p))
		return;
	if ((e = authority_add_provider(c->web->store, &p, c->principal.actor, c->now, &why)) != ERR_NONE) {
		answer_failure(c->request, e, "adding a provider");
		return;
	}
	snprintf(location, sizeof location, "/v1/vendor/providers/%s", p.id);
	http_answer_header(c->request, "Location", location);
	answer_shape(c, &p);
}

static void
look_at_provider(struct call *c)
{
	struct provider p;

	if (find_provider(c, &p))
		answer_shape(c, &p);
}

static void
change_provider(struct call *c)
{
	struct provider p;
	struct fault why;
	enum err e;

	if (!find_provider(c, &p) || !answer_take_body(c, &p))
		return;
	if ((e = authority_set_provider(c->web->store, &p, c->principal.actor, c->now, &why)) == ERR_NONE)
		answer_shape(c, &p);
	else
		refuse_missing(c, e, "changing a provider");
}

static void
list_keys(struct call *c)
{
	struct provider p;

	if (find_provider(c, &p))
		access_answer_list(c, p.id, CREDENTIAL_KEY);
}

static void
add_key(struct call *c)
{
	access_answer_new(c, c->parameter, CREDENTIAL_KEY);
}

static void
revoke_key(struct call *c)
{
	access_answer_revoked(c, c->parameter, c->parameters[1], CREDENTIAL_KEY);
}

static const struct route routes[] = {
	{ "GET", "/v1/vendor/providers", list_providers, PERMIT_VENDOR, "listProviders", "All providers",
	    .answer = &provider_list_shape },
	{ "POST", "/v1/vendor/providers", add_provider, PERMIT_VENDOR, "addProvider", "A new provider",
	    .body = &access_terms_shape, .answer = &access_provider_shape, .status = 201 },
	{ "GET", "/v1/vendor/providers/{provider}", look_at_provider, PERMIT_VENDOR, "getAnyProvider",
	    "One provider", .answer = &access_provider_shape },
	{ "PATCH", "/v1/vendor/providers/{provider}", change_provider, PERMIT_VENDOR, "changeAnyProvider",
	    "Change a provider's card, verify address or policy", .body = &access_terms_shape,
	    .answer = &access_provider_shape },
	{ "GET", "/v1/vendor/providers/{provider}/keys", list_keys, PERMIT_VENDOR, "listKeysOfProvider",
	    "A provider's API keys", .answer = &access_list_shape },
	{ "POST", "/v1/vendor/providers/{provider}/keys", add_key, PERMIT_VENDOR, "addKeyOfProvider",
	    "A new API key for a provider", .body = &access_request_shape, .answer = &access_new_shape,
	    .status = 201 },
	{ "DELETE", "/v1/vendor/providers/{provider}/keys/{key}", revoke_key, PERMIT_VENDOR,
	    "revokeKeyOfProvider", "Revoke a provider's API key, at once" },
};
const struct route_group vendor_routes = { "/v1/", routes_refuse, routes, sizeof routes / sizeof routes[0] };
