/* prog/web/tree_api.c: providers below providers: what a reseller asks about those that it brought, and what the
 * vendor asks about all. A provider sees those directly below it: their cards, policies and figures, never a subscription
 * or a device of theirs. */
#include <stdio.h>

#include "base/text.h"
#include "entitle/authority_tree.h"
#include "prog/web/access_shapes.h"
#include "prog/web/answer.h"
#include "prog/web/subscription_shapes.h"

/* Providers in one answer. */
enum { PAGE = 100 };

static void
refuse_provider(struct call *c, enum err e, const struct refusal *why, const char *doing)
{
	answer_error(c, e, &(struct answer_error){ .why = why, .missing = "unknown_provider",
			       .sentence = "There is no such provider, or none directly below you.", .doing = doing });
}

/* The provider that the path names, when it is directly below the asker; answers when not. */
static bool
find_child(struct call *c, struct provider *out)
{
	enum err e = authority_get_child(c->web->store, &c->principal.provider, c->parameter, out);

	if (e != ERR_NONE)
		refuse_provider(c, e, NULL, "looking up a provider");
	return e == ERR_NONE;
}

/* The provider that the path names, whoever's; answers when there is none. */
static bool
find_any(struct call *c, struct provider *out)
{
	enum err e = c->web->store->get_provider(c->web->store, c->parameter, out);

	if (e != ERR_NONE)
		refuse_provider(c, e, NULL, "looking up a provider");
	return e == ERR_NONE;
}

struct children_query {
	char after[ID_SIZE];
};
static const struct field children_query_fields[] = {
	{ SHAPE_TEXT(children_query, after, "after"), .about = "The next of the page before" },
};
SHAPE(children_query, children_query, "ChildrenQuery");

struct children {
	json_t *list;
	char last[ID_SIZE], next[ID_SIZE]; /* next: empty: this was the last page */
};
static const struct field children_fields[] = {
	{ SHAPE_LIST(children, list, "providers", &access_provider_shape) },
	{ SHAPE_TEXT(children, next, "next"), .flags = FIELD_SPARSE, .about = "There are more: ask with ?after=" },
};
SHAPE(children, children, "ProviderPage");

static bool
add_to_page(void *ctx, const struct provider *p)
{
	struct children *page = ctx;

	if (json_array_size(page->list) == PAGE) {
		memcpy(page->next, page->last, ID_SIZE);
		return false;
	}
	memcpy(page->last, p->id, ID_SIZE);
	json_array_append_new(page->list, shape_write(&access_provider_shape, p));
	return true;
}

static void
list_children(struct call *c)
{
	struct children page = { .list = json_array() };
	struct children_query query = { .after = "" };
	struct store *store = c->web->store;
	enum err e = ERR_NOMEM;

	if (!answer_take_query(c, &query)) {
		json_decref(page.list);
		return;
	}
	if (page.list != NULL)
		e = store->list_children(store, c->principal.provider.id, query.after, add_to_page, &page);
	if (e == ERR_NONE) {
		answer_shape(c, &page);
	} else {
		json_decref(page.list);
		answer_failure(c->request, e, "listing providers");
	}
}

static void
add_child(struct call *c)
{
	struct provider p = { .policy = policy_default() };
	struct refusal why = { "", "" };
	char location[80];
	enum err e;

	if (!answer_take_body(c, &p))
		return;
	e = authority_add_child(c->web->store, &c->principal.provider, &p, c->principal.actor, c->now, &why);
	if (e != ERR_NONE) {
		refuse_provider(c, e, &why, "adding a provider");
		return;
	}
	snprintf(location, sizeof location, "/v1/children/%s", p.id);
	http_answer_header(c->request, "Location", location);
	answer_shape(c, &p);
}

static void
look_at_child(struct call *c)
{
	struct provider p;

	if (find_child(c, &p))
		answer_shape(c, &p);
}

static void
show_figures_of_child(struct call *c)
{
	struct provider p;

	if (find_child(c, &p))
		figures_answer(c, p.id);
}

static void
add_first_key(struct call *c)
{
	struct provider p;

	if (find_child(c, &p))
		access_answer_first(c, p.id);
}

struct stop_request {
	enum reason reason;
	int64_t grace_s;
};
static const struct field stop_fields[] = {
	{ SHAPE_CHOICE(stop_request, reason, "reason", subscription_reason_choice,
	    1 << REASON_BILLING | 1 << REASON_PROVIDER_REQUEST),
	    .about = "For the provider to read; provider_request unless given" },
	{ SHAPE_WHOLE(stop_request, grace_s, "grace_s", 0, TREE_GRACE_MAX_S),
	    .about = "Its subscribers stay protected for so long; 0 unless given" },
};
SHAPE(stop, stop_request, "ProviderSuspension");

static void
suspend(struct call *c, struct provider *p)
{
	struct stop_request request = { .reason = REASON_PROVIDER_REQUEST };
	struct provider_stop stop = { .actor = c->principal.actor };
	struct refusal why = { "", "" };
	enum err e;

	if (!answer_take_body(c, &request))
		return;
	stop.reason = request.reason;
	stop.grace_s = request.grace_s;
	if ((e = authority_suspend_provider(c->web->store, p, &stop, c->now, &why)) == ERR_NONE)
		answer_shape(c, p);
	else
		refuse_provider(c, e, &why, "suspending a provider");
}

static void
resume(struct call *c, struct provider *p)
{
	struct refusal why = { "", "" };
	enum err e = authority_resume_provider(c->web->store, p, c->principal.actor, c->now, &why);

	if (e == ERR_NONE)
		answer_shape(c, p);
	else
		refuse_provider(c, e, &why, "resuming a provider");
}

static void
suspend_child(struct call *c)
{
	struct provider p;

	if (find_child(c, &p))
		suspend(c, &p);
}

static void
resume_child(struct call *c)
{
	struct provider p;

	if (find_child(c, &p))
		resume(c, &p);
}

static void
suspend_any(struct call *c)
{
	struct provider p;

	if (find_any(c, &p))
		suspend(c, &p);
}

static void
resume_any(struct call *c)
{
	struct provider p;

	if (find_any(c, &p))
		resume(c, &p);
}

struct parent_request {
	char parent[ID_SIZE];
};
static const struct field parent_fields[] = {
	{ SHAPE_TEXT(parent_request, parent, "parent"), .flags = FIELD_REQUIRED | FIELD_NULLABLE,
	    .about = "The provider above it; null: none" },
};
SHAPE(parent, parent_request, "ProviderParent");

static void
set_parent(struct call *c)
{
	struct parent_request request = { .parent = "" };
	struct refusal why = { "", "" };
	struct provider p;
	enum err e;

	if (!find_any(c, &p) || !answer_take_body(c, &request))
		return;
	e = authority_set_parent(c->web->store, &p, request.parent, c->principal.actor, c->now, &why);
	if (e == ERR_NONE)
		answer_shape(c, &p);
	else
		refuse_provider(c, e, &why, "moving a provider");
}

static const struct route routes[] = {
	{ "GET", "/v1/children", list_children, PERMIT_READ, "listChildren", "The providers directly below you",
	    .query = &children_query_shape, .answer = &children_shape },
	{ "POST", "/v1/children", add_child, PERMIT_OWN, "addChild", "A new provider directly below you",
	    .body = &access_terms_shape, .answer = &access_provider_shape, .status = 201 },
	{ "GET", "/v1/children/{child}", look_at_child, PERMIT_READ, "getChild", "One of them",
	    .answer = &access_provider_shape },
	{ "GET", "/v1/children/{child}/figures", show_figures_of_child, PERMIT_READ, "getFiguresOfChild",
	    "How many it has of what", .answer = &figures_shape },
	{ "POST", "/v1/children/{child}/keys", add_first_key, PERMIT_OWN, "addFirstKeyOfChild",
	    "Its first API key, to hand over; its owner makes the others", .body = &access_request_shape,
	    .answer = &access_new_shape, .status = 201 },
	{ "POST", "/v1/children/{child}/suspend", suspend_child, PERMIT_OPERATE, "suspendChild",
	    "Suspend it, and all that is below it", .body = &stop_shape, .answer = &access_provider_shape },
	{ "POST", "/v1/children/{child}/resume", resume_child, PERMIT_OPERATE, "resumeChild",
	    "Lift its suspension: each of its subscriptions is as it was", .answer = &access_provider_shape },
	{ "POST", "/v1/vendor/providers/{provider}/suspend", suspend_any, PERMIT_VENDOR, "suspendProvider",
	    "Suspend a provider, and all that is below it", .body = &stop_shape, .answer = &access_provider_shape },
	{ "POST", "/v1/vendor/providers/{provider}/resume", resume_any, PERMIT_VENDOR, "resumeProvider",
	    "Lift its suspension: each of its subscriptions is as it was", .answer = &access_provider_shape },
	{ "PUT", "/v1/vendor/providers/{provider}/parent", set_parent, PERMIT_VENDOR, "setParentOfProvider",
	    "Put a provider below another, or below none", .body = &parent_shape,
	    .answer = &access_provider_shape },
};
const struct route_group tree_routes = { "/v1/", routes_refuse, routes, sizeof routes / sizeof routes[0] };
