/* prog/web/csv_api.c: subscriptions as a table: given out, and taken in (prog/web/csv_import.h). */
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "base/text.h"
#include "base/timestamp.h"
#include "codec/csv.h"
#include "codec/encode.h"
#include "prog/web/answer.h"
#include "prog/web/csv_import.h"
#include "prog/web/subscription_shapes.h"

/* Subscriptions in one export; a line has about 200 bytes. */
enum { EXPORT_PAGE = 10000, EXPORT_MAX = 16 << 20 };

struct export_query {
	char after[ID_SIZE];
	int64_t limit;
};
static const struct field export_query_fields[] = {
	{ SHAPE_TEXT(export_query, after, "after"), .about = "The id that the page before ended with" },
	{ SHAPE_WHOLE(export_query, limit, "limit", 1, EXPORT_PAGE) },
};
const struct shape csv_export_query_shape = { "ExportQuery", export_query_fields,
	sizeof export_query_fields / sizeof export_query_fields[0], sizeof(struct export_query) };

struct exporting {
	struct buf text;
	struct export_query query;
	char last[ID_SIZE];
	int64_t now, count;
	bool more;
};

static void
put_time(struct buf *out, int64_t t)
{
	char text[TIMESTAMP_SIZE] = "";

	if (t != 0)
		timestamp_write(t, text);
	csv_put(out, false, text);
}

static bool
export_one(void *ctx, const struct subscription *s)
{
	struct exporting *x = ctx;
	char seats[24];

	if (x->count == x->query.limit) {
		x->more = true;
		return false;
	}
	snprintf(seats, sizeof seats, "%lld", (long long)s->seats);
	csv_put(&x->text, true, s->external_id);
	csv_put(&x->text, false, seats);
	put_time(&x->text, s->paid_until);
	csv_put(&x->text, false, sub_state_name(subscription_state_at(s, x->now)));
	csv_put(&x->text, false, s->reason == REASON_NONE ? "" : reason_code(s->reason));
	csv_put(&x->text, false, s->id);
	csv_put(&x->text, false, s->reference);
	put_time(&x->text, s->since);
	put_time(&x->text, s->created);
	csv_end(&x->text);
	text_copy(x->last, sizeof x->last, s->id);
	x->count++;
	return true;
}

void
csv_export(struct call *c)
{
	struct exporting x = { .query = { .limit = EXPORT_PAGE }, .now = c->now };
	struct store *store = c->web->store;
	char link[128];
	enum err e;

	if (!answer_take_query(c, &x.query))
		return;
	buf_init(&x.text, EXPORT_MAX);
	buf_put_string(&x.text, "external_id,seats,paid_until,state,reason,id,reference,since,created\r\n");
	e = store->list_subscriptions(store, c->principal.provider.id, x.query.after, export_one, &x);
	if (e == ERR_NONE)
		e = x.text.err;
	if (e == ERR_NONE) {
		if (x.more) {
			snprintf(link, sizeof link, "<%s?after=%s>; rel=\"next\"", c->route->path, x.last);
			http_answer_header(c->request, "Link", link);
		}
		http_answer(c->request, 200, "text/csv; charset=utf-8", buf_bytes(&x.text));
	} else {
		answer_failure(c->request, e, "exporting subscriptions");
	}
	buf_fini(&x.text);
}

struct import_query {
	bool dry_run;
};
static const struct field import_query_fields[] = {
	{ SHAPE_BOOL(import_query, dry_run, "dry_run"), .about = "Only report what would be done" },
};
SHAPE(import_query, import_query, "ImportQuery");

static bool
check_type(struct call *c)
{
	const char *type = http_request_header(c->request, "Content-Type");

	if (type != NULL && strncasecmp(type, "text/csv", 8) == 0)
		return true;
	answer_problem(c->request, 415, "not_csv", "Send text/csv.");
	return false;
}

static void
import_subscriptions(struct call *c)
{
	struct csv_import in = { c->web->store, &c->principal.provider, c->principal.actor, c->now, false };
	struct import_query query = { .dry_run = false };
	struct csv_report report;
	struct fault why = { .text = "" };
	enum err e;

	if (!answer_take_query(c, &query) || !check_type(c))
		return;
	in.dry_run = query.dry_run;
	e = csv_import(&in, http_request_body(c->request), &report, &why);
	if (e == ERR_NONE)
		answer_shape(c, &report);
	else if (e == ERR_MALFORMED && why.text[0] != '\0')
		answer_problem(c->request, 400, "malformed_csv", why.text);
	else
		answer_failure(c->request, e, "importing subscriptions");
}

static const struct route routes[] = {
	{ "GET", "/v1/export/subscriptions", csv_export, PERMIT_READ, "exportSubscriptions",
	    "Your subscriptions as CSV; the Link header names the next page", .query = &csv_export_query_shape,
	    .gives = "text/csv; charset=utf-8" },
	{ "POST", "/v1/import/subscriptions", import_subscriptions, PERMIT_OPERATE, "importSubscriptions",
	    "Subscriptions from CSV, with a report by line; nothing is done in a dry run",
	    .query = &import_query_shape, .takes = "text/csv", .answer = &csv_report_shape },
};
const struct route_group csv_routes = { "/v1/", routes_refuse, routes, sizeof routes / sizeof routes[0] };
