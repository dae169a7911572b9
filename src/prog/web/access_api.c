/* prog/web/access_api.c: a provider's own affairs: its card and policy, its API keys and OAuth clients. */
#include <stdio.h>

#include "base/text.h"
#include "crypto/random.h"
#include "prog/web/access_shapes.h"
#include "prog/web/answer.h"

static void
refuse_missing(struct call *c, enum err e, const char *doing)
{
	answer_error(c, e, &(struct answer_error){ .missing = "unknown_credential",
			       .sentence = "You have no key or client with this id.", .doing = doing });
}

static void
look_at_provider(struct call *c)
{
	answer_shape(c, &c->principal.provider);
}

static void
change_provider(struct call *c)
{
	struct provider p = c->principal.provider;
	struct fault why;
	enum err e;

	if (!answer_take_body(c, &p))
		return;
	if ((e = authority_set_provider(c->web->store, &p, c->principal.actor, c->now, &why)) == ERR_NONE)
		answer_shape(c, &p);
	else
		answer_failure(c->request, e, "changing a provider");
}

struct listing {
	json_t *list;
	enum credential_kind kind;
};

static bool
add_credential(void *ctx, const struct credential *c)
{
	struct listing *l = ctx;

	if (c->kind == l->kind)
		json_array_append_new(l->list, shape_write(&access_credential_shape, c));
	return true;
}

void
access_answer_list(struct call *c, const char *provider, enum credential_kind kind)
{
	struct listing l = { json_array(), kind };
	struct store *store = c->web->store;
	struct access_list list;
	enum err e = ERR_NOMEM;

	if (l.list != NULL)
		e = store->access.list(store, provider, add_credential, &l);
	list.credentials = l.list;
	if (e == ERR_NONE) {
		answer_shape(c, &list);
	} else {
		json_decref(l.list);
		answer_failure(c->request, e, "listing credentials");
	}
}

static void
answer_new(struct call *c, enum err e, const struct access_new *made, const struct refusal *why)
{
	if (e == ERR_NONE)
		answer_shape(c, made);
	else
		answer_error(c, e, &(struct answer_error){ .why = why, .missing = "unknown_provider",
				       .sentence = "There is no provider with this id.",
				       .doing = "adding a credential" });
}

void
access_answer_new(struct call *c, const char *provider, enum credential_kind kind)
{
	struct access_new made = { .credential = { .kind = kind } };
	enum err e;

	if (!answer_take_body(c, &made.credential))
		return;
	text_copy(made.credential.provider, sizeof made.credential.provider, provider);
	e = access_add(c->web->store, &made.credential, c->principal.actor, c->now, made.secret);
	answer_new(c, e, &made, NULL);
	random_forget(made.secret, sizeof made.secret);
}

void
access_answer_first(struct call *c, const char *provider)
{
	struct access_new made = { .credential = { .kind = CREDENTIAL_KEY } };
	struct refusal why = { "", "" };
	enum err e;

	if (!answer_take_body(c, &made.credential))
		return;
	text_copy(made.credential.provider, sizeof made.credential.provider, provider);
	e = access_add_first(c->web->store, &made.credential, c->principal.actor, c->now, made.secret, &why);
	answer_new(c, e, &made, &why);
	random_forget(made.secret, sizeof made.secret);
}

void
access_answer_revoked(struct call *c, const char *provider, const char *id, enum credential_kind kind)
{
	struct store *store = c->web->store;
	struct credential found;
	enum err e;

	e = access_get(store, provider, id, &found);
	if (e == ERR_NONE && found.kind != kind)
		e = ERR_NOT_FOUND;
	if (e == ERR_NONE)
		e = access_revoke(store, provider, id, c->principal.actor, c->now);
	if (e == ERR_NONE)
		answer_done(c);
	else
		refuse_missing(c, e, "revoking a credential");
}

static void
list_keys(struct call *c)
{
	access_answer_list(c, c->principal.provider.id, CREDENTIAL_KEY);
}

static void
add_key(struct call *c)
{
	access_answer_new(c, c->principal.provider.id, CREDENTIAL_KEY);
}

static void
revoke_key(struct call *c)
{
	access_answer_revoked(c, c->principal.provider.id, c->parameter, CREDENTIAL_KEY);
}

static void
list_clients(struct call *c)
{
	access_answer_list(c, c->principal.provider.id, CREDENTIAL_CLIENT);
}

static void
add_client(struct call *c)
{
	access_answer_new(c, c->principal.provider.id, CREDENTIAL_CLIENT);
}

static void
revoke_client(struct call *c)
{
	access_answer_revoked(c, c->principal.provider.id, c->parameter, CREDENTIAL_CLIENT);
}

static const struct route routes[] = {
	{ "GET", "/v1/provider", look_at_provider, PERMIT_READ, "getProvider",
	    "Your contact card and the policy that the vendor set for you", .answer = &access_provider_shape },
	{ "PATCH", "/v1/provider", change_provider, PERMIT_OWN, "changeProvider",
	    "Change your contact card, which devices show", .body = &access_card_shape,
	    .answer = &access_provider_shape },
	{ "GET", "/v1/keys", list_keys, PERMIT_OWN, "listKeys", "Your API keys, the revoked ones too",
	    .answer = &access_list_shape },
	{ "POST", "/v1/keys", add_key, PERMIT_OWN, "addKey", "A new API key; it is shown in this answer alone",
	    .body = &access_request_shape, .answer = &access_new_shape, .status = 201 },
	{ "DELETE", "/v1/keys/{key}", revoke_key, PERMIT_OWN, "revokeKey", "Revoke an API key, at once" },
	{ "GET", "/v1/clients", list_clients, PERMIT_OWN, "listClients", "Your OAuth clients",
	    .answer = &access_list_shape },
	{ "POST", "/v1/clients", add_client, PERMIT_OWN, "addClient",
	    "A new OAuth client; its secret is shown in this answer alone", .body = &access_request_shape,
	    .answer = &access_new_shape, .status = 201 },
	{ "DELETE", "/v1/clients/{client}", revoke_client, PERMIT_OWN, "revokeClient",
	    "Revoke an OAuth client and its tokens, at once" },
};
const struct route_group access_routes = { "/v1/", routes_refuse, routes, sizeof routes / sizeof routes[0] };
