/* prog/web/tmf_list.c: see tmf_list.h.
 * Without filters the store counts and pages. With them each of the provider's resources is looked at, a part at a
 * time: the cost of a filter is one walk through what the provider has, and it is the asker who waits. */
#include "prog/web/tmf_list.h"

#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"
#include "tmforum/cancellation.h"
#include "tmforum/document_desk.h"
#include "tmforum/order_desk.h"
#include "tmforum/order_store.h"
#include "tmforum/record_desk.h"

struct listing {
	const struct resource *resource;
	const struct query *query;
	const char *base_url;
	struct desk desk;
	bool filters;
	int64_t total;		/* of those that match */
	json_t *list;
	enum err err;
};

struct query *
tmf_list_read_query(struct call *c)
{
	struct query *q = NULL;
	struct fault why;
	enum err e = query_parse(http_request_query(c->request), &q, &why);

	if (e == ERR_NONE)
		return q;
	if (e == ERR_NOMEM)
		tmf_answer_error(c, e, NULL, "reading a query");
	else
		tmf_answer_refuse(c, 400, "malformed_query", why.text);
	return NULL;
}

/* A stored body as it is shown. */
static json_t *
show_body(const struct resource *r, struct bytes body, const char *base_url)
{
	json_t *task = NULL, *shown;

	switch (r->nature) {
	case NATURE_ORDER:
		return order_store_show(r, body, base_url);
	case NATURE_CANCELLATION:
		if (desk_parse(body, &task) != ERR_NONE)
			return NULL;
		shown = cancellation_show(r, task, base_url);
		json_decref(task);
		return shown;
	case NATURE_DOCUMENT:
		return document_desk_show(r, body, base_url);
	case NATURE_RECORD:
	case NATURE_NONE:
		break;
	}
	return NULL;
}

enum err
tmf_list_get_one(const struct desk *d, const struct resource *r, const char *id, const char *base_url,
    json_t **out)
{
	struct document document;
	json_t *shown = NULL;
	struct buf body;
	enum err e;

	if (r->nature == NATURE_RECORD)
		return record_desk_get(d, r, id, base_url, out);
	buf_init(&body, DOCUMENT_BODY_MAX);
	e = d->store->document.get(d->store, d->provider->id, r->name, id, &document, &body);
	if (e == ERR_NONE && (shown = show_body(r, buf_bytes(&body), base_url)) == NULL)
		e = ERR_NOMEM;
	buf_fini(&body);
	if (e == ERR_NONE)
		*out = shown;
	return e;
}

/* Take one in if it matches and is on the page; ${shown} is released. */
static bool
take(struct listing *l, json_t *shown)
{
	json_t *selected;

	if (shown == NULL) {
		l->err = ERR_NOMEM;
		return false;
	}
	if (l->filters && !query_matches(l->query, shown)) {
		json_decref(shown);
		return true;
	}
	if (l->filters && (l->total++ < query_offset(l->query) ||
			      (int64_t)json_array_size(l->list) >= query_limit(l->query))) {
		json_decref(shown);
		return true;
	}
	selected = query_select(l->query, shown);
	json_decref(shown);
	if (selected == NULL || json_array_append_new(l->list, selected) != 0)
		l->err = ERR_NOMEM;
	return l->err == ERR_NONE;
}

static bool
take_document(void *ctx, const struct document *d, struct bytes body)
{
	struct listing *l = ctx;

	(void)d;
	return take(l, show_body(l->resource, body, l->base_url));
}

static bool
take_service(void *ctx, const char *subscription, struct bytes body)
{
	struct listing *l = ctx;
	json_t *shown = NULL;
	enum err e;

	(void)body;
	e = record_desk_get(&l->desk, l->resource, subscription, l->base_url, &shown);
	if (e == ERR_NOT_FOUND)	/* it was just purged */
		return true;
	if (e != ERR_NONE) {
		l->err = e;
		return false;
	}
	return take(l, shown);
}

static enum err
list_page(struct listing *l, struct document_page page)
{
	struct store *store = l->desk.store;
	const char *provider = l->desk.provider->id;
	enum err e;

	if (l->resource->nature == NATURE_RECORD)
		e = store->document.list_services(store, provider, l->resource->name, page, take_service, l);
	else
		e = store->document.list(store, provider, l->resource->name, page, take_document, l);
	return e != ERR_NONE ? e : l->err;
}

/* Who asks for one by its id gets it without a walk. */
static enum err
list_wanted(struct listing *l, const char *id)
{
	json_t *shown = NULL;
	enum err e = tmf_list_get_one(&l->desk, l->resource, id, l->base_url, &shown);

	if (e == ERR_NOT_FOUND)
		return ERR_NONE;
	if (e == ERR_NONE)
		take(l, shown);
	return e != ERR_NONE ? e : l->err;
}

/* The same for the provider's own name for an order. */
static enum err
list_external(struct listing *l, const char *external_id)
{
	struct store *store = l->desk.store;
	struct document document;
	enum err e;

	e = store->document.find_by_external_id(store, l->desk.provider->id, l->resource->name,
	    external_id, &document, NULL);
	if (e == ERR_NOT_FOUND)
		return ERR_NONE;
	return e == ERR_NONE ? list_wanted(l, document.id) : e;
}

/* What the store finds by itself; *walks: all must be looked at. */
static enum err
fill(struct listing *l, bool *walks)
{
	const struct document_page page = { query_offset(l->query), query_limit(l->query) };
	struct store *store = l->desk.store;
	const char *wanted;
	enum err e;

	if (l->filters) {
		if ((wanted = query_wanted(l->query, "id")) != NULL)
			return list_wanted(l, wanted);
		wanted = query_wanted(l->query, "externalId");
		if (wanted != NULL && wanted[0] != '\0' && l->resource->nature == NATURE_ORDER)
			return list_external(l, wanted);
		*walks = true;
		return ERR_NONE;
	}
	if (l->resource->nature == NATURE_RECORD)
		e = store->document.count_services(store, l->desk.provider->id, l->resource->name,
		    &l->total);
	else
		e = store->document.count(store, l->desk.provider->id, l->resource->name, &l->total);
	return e == ERR_NONE ? list_page(l, page) : e;
}

/* The query as it came, without its paging, fit to stand between < and >. */
static void
put_query(struct bytes query, struct buf *out)
{
	while (query.n > 0) {
		struct bytes part = bytes_first(query, bytes_find(query, '&'));

		query = bytes_from(query, part.n + 1);
		if (part.n == 0 || bytes_start_with(part, "offset=") || bytes_start_with(part, "limit="))
			continue;
		for (size_t i = 0; i < part.n; i++) {
			uint8_t b = part.p[i];

			if (b <= ' ' || b > '~' || strchr("<>\"\\^`{|}", b) != NULL)
				buf_printf(out, "%%%02X", (unsigned)b);
			else
				buf_u8(out, b);
		}
		buf_u8(out, '&');
	}
}

static void
put_link(struct call *c, int64_t offset, int64_t limit, const char *relation, struct buf *out)
{
	if (out->n > 0)
		buf_put_string(out, ", ");
	buf_printf(out, "<%s%s?", c->web->base_url, http_request_path(c->request) + 1);
	put_query(http_request_query(c->request), out);
	buf_printf(out, "offset=%lld&limit=%lld>; rel=\"%s\"", (long long)offset, (long long)limit,
	    relation);
}

/* Where the other pages are (RFC 8288), as TMF630 has it. */
static void
add_links(struct call *c, const struct listing *l)
{
	int64_t offset = query_offset(l->query), limit = query_limit(l->query), last;
	struct buf links;
	char *text;

	if (limit == 0 || (offset == 0 && l->total <= limit))
		return;
	last = l->total == 0 ? 0 : (l->total - 1) / limit * limit;
	buf_init(&links, HTTP_HEADERS_MAX);
	put_link(c, offset, limit, "self", &links);
	put_link(c, 0, limit, "first", &links);
	put_link(c, last, limit, "last", &links);
	if (offset > 0)
		put_link(c, offset > limit ? offset - limit : 0, limit, "prev", &links);
	if (offset + limit < l->total)
		put_link(c, offset + limit, limit, "next", &links);
	/* A query so long that the links have no room goes without them: the counts say the same. */
	if ((text = buf_take_string(&links)) != NULL)
		http_answer_header(c->request, "Link", text);
	free(text);
	buf_fini(&links);
}

static void
add_count(struct call *c, const char *name, int64_t n)
{
	char text[24];

	snprintf(text, sizeof text, "%lld", (long long)n);
	http_answer_header(c->request, name, text);
}

static void
answer_listing(struct call *c, struct listing *l)
{
	add_count(c, "X-Total-Count", l->total);
	add_count(c, "X-Result-Count", (int64_t)json_array_size(l->list));
	add_links(c, l);
	tmf_answer(c, 200, json_incref(l->list));
}

/* A walk through all that the provider has, a part at a time, so that others are answered meanwhile. Lives until it
 * has answered or the client has gone. */
struct walking {
	struct call call;	/* of it the server, the request and the time */
	struct provider provider;
	struct listing listing;
	struct query *query;
	int64_t after;		/* as in struct document_walk */
	char after_id[ID_SIZE];
	int64_t seen;		/* in this part */
	struct event *turn;
};

/* So many are looked at before others have their turn: some milliseconds. */
enum { WALK_PART = 100 };

static void
walking_free(struct walking *w)
{
	if (w->turn != NULL)
		event_free(w->turn);
	json_decref(w->listing.list);
	query_free(w->query);
	free(w);
}

static void
client_left(void *ctx)
{
	walking_free(ctx);
}

static bool
walk_document(void *ctx, const struct document *d, struct bytes body)
{
	struct walking *w = ctx;

	w->after = d->seq;
	w->seen++;
	return take_document(&w->listing, d, body);
}

static bool
walk_service(void *ctx, const char *subscription, struct bytes body)
{
	struct walking *w = ctx;

	text_copy(w->after_id, sizeof w->after_id, subscription);
	w->seen++;
	return take_service(&w->listing, subscription, body);
}

static enum err
walk_part(struct walking *w)
{
	char after_id[ID_SIZE];
	const struct document_walk part = { w->provider.id, w->listing.resource->name, WALK_PART, w->after,
		after_id };
	struct store *store = w->call.web->store;
	enum err e;

	memcpy(after_id, w->after_id, sizeof after_id);
	w->seen = 0;
	if (w->listing.resource->nature == NATURE_RECORD)
		e = store->document.walk_services(store, &part, walk_service, w);
	else
		e = store->document.walk(store, &part, walk_document, w);
	return e != ERR_NONE ? e : w->listing.err;
}

static void
walk_on(evutil_socket_t fd, short what, void *ctx)
{
	const struct timeval at_once = { 0, 0 };
	struct walking *w = ctx;
	enum err e = walk_part(w);

	(void)fd, (void)what;
	if (e == ERR_NONE && w->seen == WALK_PART && event_add(w->turn, &at_once) == 0)
		return;
	http_request_keep(w->call.request, NULL, NULL);
	if (e == ERR_NONE && w->seen < WALK_PART)
		answer_listing(&w->call, &w->listing);
	else
		tmf_answer_error(&w->call, e == ERR_NONE ? ERR_NOMEM : e, NULL, "looking for resources");
	walking_free(w);
}

/* Begin a walk for ${l}, of which query and list are given away. ERR_NOMEM: they stay the caller's. */
static enum err
begin_walk(struct call *c, const struct listing *l, struct query *q)
{
	const struct timeval at_once = { 0, 0 };
	struct walking *w = calloc(1, sizeof *w);

	if (w == NULL)
		return ERR_NOMEM;
	w->turn = evtimer_new(c->web->base, walk_on, w);
	if (w->turn == NULL || event_add(w->turn, &at_once) != 0) {
		if (w->turn != NULL)
			event_free(w->turn);
		free(w);
		return ERR_NOMEM;
	}
	w->call.web = c->web;
	w->call.request = c->request;
	w->call.now = c->now;
	w->provider = c->principal.provider;
	w->listing = *l;
	w->listing.desk.provider = &w->provider;
	w->query = q;
	http_request_keep(c->request, client_left, w);
	return ERR_NONE;
}

void
tmf_list(struct call *c)
{
	struct listing l = { .resource = resource_by_path(http_request_path(c->request)),
		.base_url = c->web->base_url,
		.desk = { c->web->store, &c->principal.provider, "", c->now } };
	struct query *q = tmf_list_read_query(c);
	enum err e = ERR_NOMEM;
	bool walks = false;

	if (q == NULL)
		return;
	l.query = q;
	l.filters = query_filters(q);
	if ((l.list = json_array()) != NULL)
		e = fill(&l, &walks);
	if (e == ERR_NONE && walks && (e = begin_walk(c, &l, q)) == ERR_NONE)
		return;
	if (e == ERR_NONE)
		answer_listing(c, &l);
	else
		tmf_answer_error(c, e, NULL, "listing resources");
	json_decref(l.list);
	query_free(q);
}
