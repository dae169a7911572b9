/* prog/web/tmf_api.c: the operations of the TM Forum interfaces: service ordering (TMF641) and inventory (TMF638),
 * product ordering (TMF622) and inventory (TMF637), customers (TMF629) and parties (TMF632); doc/tmforum.md is the
 * contract. What a resource is to us decides what is done; every rule is a desk's or the authority's. */
#include "base/text.h"
#include "prog/web/routes.h"
#include "prog/web/tmf_hub.h"
#include "prog/web/tmf_list.h"
#include "tmforum/cancellation.h"
#include "tmforum/document_desk.h"
#include "tmforum/order_desk.h"
#include "tmforum/order_document.h"
#include "tmforum/record_desk.h"

/* What one request is about. */
struct asked {
	const struct resource *resource;
	struct desk desk;
};

static struct asked
asked_of(const struct call *c)
{
	return (struct asked){ .resource = resource_by_path(http_request_path(c->request)),
		.desk = { c->web->store, &c->principal.provider, c->principal.actor, c->now } };
}

static void
refuse_unknown(struct call *c, const struct resource *r)
{
	struct refusal why;

	desk_refuse(&why, ERR_NOT_FOUND, "not_found", "You have no %s with this id.", r->name);
	tmf_answer_error(c, ERR_NOT_FOUND, &why, "");
}

static void
get_one(struct call *c)
{
	struct asked a = asked_of(c);
	struct query *q = tmf_list_read_query(c);
	json_t *shown = NULL;
	enum err e;

	if (q == NULL)
		return;
	e = tmf_list_get_one(&a.desk, a.resource, c->parameter, c->web->base_url, &shown);
	if (e == ERR_NOT_FOUND)
		refuse_unknown(c, a.resource);
	else if (e != ERR_NONE)
		tmf_answer_error(c, e, NULL, "looking up a resource");
	else
		tmf_answer(c, 200, query_select(q, shown));
	json_decref(shown);
	query_free(q);
}

/* A new subscription behind a new record. */
static enum err
create_record(const struct asked *a, const json_t *body, const char *base_url, json_t **out,
    struct refusal *why)
{
	const struct record_defaults defaults = { .external_id = "", .seats = 1 };
	struct record_made made;
	struct fault fault;
	enum err e;

	if (resource_check(a->resource, body, true, &fault) != ERR_NONE)
		return desk_refuse_malformed(why, &fault);
	if ((e = record_desk_add(&a->desk, a->resource, body, &defaults, &made, why)) != ERR_NONE)
		return e;
	e = record_desk_get(&a->desk, a->resource, made.subscription.id, base_url, out);
	if (e == ERR_NONE)
		e = record_add_code(a->resource, *out, made.code);
	return e;
}

static enum err
create_resource(const struct asked *a, const json_t *body, const char *base_url, json_t **out,
    struct refusal *why)
{
	json_t *made = NULL;
	bool again;
	enum err e;

	switch (a->resource->nature) {
	case NATURE_RECORD:
		return create_record(a, body, base_url, out, why);
	case NATURE_ORDER:
		e = order_desk_place(&a->desk, a->resource, body, &made, &again, why);
		if (e == ERR_NONE)
			*out = order_document_show(a->resource, made, base_url);
		break;
	case NATURE_CANCELLATION:
		e = cancellation_place(&a->desk, a->resource, body, &made, why);
		if (e == ERR_NONE)
			*out = cancellation_show(a->resource, made, base_url);
		break;
	default:
		e = document_desk_add(&a->desk, a->resource, body, &made, why);
		if (e == ERR_NONE)
			e = tmf_list_get_one(&a->desk, a->resource,
			    json_string_value(json_object_get(made, "id")), base_url, out);
		break;
	}
	json_decref(made);
	return e;
}

static void
create(struct call *c)
{
	struct asked a = asked_of(c);
	json_t *body = tmf_answer_read_body(c, false), *shown = NULL;
	struct refusal why = { "", "" };
	enum err e;

	if (body == NULL)
		return;
	e = create_resource(&a, body, c->web->base_url, &shown, &why);
	if (e == ERR_NONE) {
		tmf_answer_created(c, shown);
	} else {
		json_decref(shown);
		tmf_answer_error(c, e, &why, "creating a resource");
	}
	json_decref(body);
}

static enum err
change_resource(const struct asked *a, const char *id, const json_t *patch, struct refusal *why)
{
	json_t *changed = NULL;
	enum err e;

	if (a->resource->nature == NATURE_RECORD)
		return record_desk_change(&a->desk, a->resource, id, patch, why);
	if (a->resource->nature == NATURE_ORDER)
		e = order_desk_change(&a->desk, a->resource, id, patch, &changed, why);
	else
		e = document_desk_change(&a->desk, a->resource, id, patch, &changed, why);
	json_decref(changed);
	return e;
}

/* What cannot be changed may be sent as it is; then it is no part of the change. */
static enum err
check_patch(const struct asked *a, const json_t *shown, json_t *patch, struct refusal *why)
{
	struct fault fault;

	if (resource_check_fixed(a->resource, shown, patch, &fault) != ERR_NONE)
		return desk_refuse_malformed(why, &fault);
	json_object_del(patch, "id");
	json_object_del(patch, "href");
	return ERR_NONE;
}

static void
change(struct call *c)
{
	struct asked a = asked_of(c);
	json_t *patch = tmf_answer_read_body(c, true), *before = NULL, *after = NULL;
	struct refusal why = { "", "" };
	enum err e;

	if (patch == NULL)
		return;
	e = tmf_list_get_one(&a.desk, a.resource, c->parameter, c->web->base_url, &before);
	if (e == ERR_NOT_FOUND) {
		refuse_unknown(c, a.resource);
		goto done;
	}
	if (e == ERR_NONE && (e = check_patch(&a, before, patch, &why)) == ERR_NONE &&
	    (e = change_resource(&a, c->parameter, patch, &why)) == ERR_NONE)
		e = tmf_list_get_one(&a.desk, a.resource, c->parameter, c->web->base_url, &after);
	if (e == ERR_NONE)
		tmf_answer(c, 200, json_incref(after));
	else
		tmf_answer_error(c, e, &why, "changing a resource");
done:
	json_decref(patch);
	json_decref(before);
	json_decref(after);
}

static void
delete_one(struct call *c)
{
	struct asked a = asked_of(c);
	struct refusal why = { "", "" };
	enum err e;

	if (a.resource->nature == NATURE_RECORD)
		e = record_desk_remove(&a.desk, a.resource, c->parameter, &why);
	else if (a.resource->nature == NATURE_ORDER)
		e = order_desk_delete(&a.desk, a.resource, c->parameter, &why);
	else
		e = document_desk_delete(&a.desk, a.resource, c->parameter, &why);
	if (e == ERR_NONE)
		tmf_answer_deleted(c);
	else
		tmf_answer_error(c, e, &why, "deleting a resource");
}

#define ORDERING "/tmf-api/serviceOrdering/v4/"
#define INVENTORY "/tmf-api/serviceInventory/v4/"
#define PRODUCT_ORDERING "/tmf-api/productOrderingManagement/v4/"
#define PRODUCT_INVENTORY "/tmf-api/productInventory/v4/"
#define CUSTOMERS "/tmf-api/customerManagement/v4/"
#define PARTIES "/tmf-api/party/v4/"

#define READ(path)                                  \
	{ "GET", path, tmf_list, PERMIT_READ },     \
	{ "GET", path "/{}", get_one, PERMIT_READ }
#define WRITE(path)                                         \
	{ "POST", path, create, PERMIT_OPERATE },           \
	{ "PATCH", path "/{}", change, PERMIT_OPERATE },    \
	{ "DELETE", path "/{}", delete_one, PERMIT_OPERATE }
#define HUB(base)                                            \
	{ "POST", base "hub", tmf_hub_add, PERMIT_OWN },     \
	{ "DELETE", base "hub/{}", tmf_hub_remove, PERMIT_OWN }

static const struct route routes[] = {
	READ(ORDERING "serviceOrder"),
	WRITE(ORDERING "serviceOrder"),
	READ(ORDERING "cancelServiceOrder"),
	{ "POST", ORDERING "cancelServiceOrder", create, PERMIT_OPERATE },
	HUB(ORDERING),
	READ(INVENTORY "service"),
	WRITE(INVENTORY "service"),
	HUB(INVENTORY),
	READ(PRODUCT_ORDERING "productOrder"),
	WRITE(PRODUCT_ORDERING "productOrder"),
	READ(PRODUCT_ORDERING "cancelProductOrder"),
	{ "POST", PRODUCT_ORDERING "cancelProductOrder", create, PERMIT_OPERATE },
	HUB(PRODUCT_ORDERING),
	READ(PRODUCT_INVENTORY "product"),
	WRITE(PRODUCT_INVENTORY "product"),
	HUB(PRODUCT_INVENTORY),
	READ(CUSTOMERS "customer"),
	WRITE(CUSTOMERS "customer"),
	HUB(CUSTOMERS),
	READ(PARTIES "individual"),
	WRITE(PARTIES "individual"),
	READ(PARTIES "organization"),
	WRITE(PARTIES "organization"),
	HUB(PARTIES),
};

const struct route_group tmf_routes = { "/tmf-api/", tmf_answer_refuse, routes,
	sizeof routes / sizeof routes[0] };
