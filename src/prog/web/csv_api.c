/* prog/web/csv_api.c: subscriptions as a table: given out, and taken in with a report by line. A line says how a
 * subscription is to be, so the same file may be sent again: what is so already is unchanged. */
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "base/text.h"
#include "base/timestamp.h"
#include "codec/csv.h"
#include "codec/encode.h"
#include "crypto/random.h"
#include "entitle/authority_seat.h"
#include "entitle/recipient.h"
#include "prog/web/answer.h"
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
SHAPE(export_query, export_query, "ExportQuery");

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

static void
export_subscriptions(struct call *c)
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
			snprintf(link, sizeof link, "</v1/export/subscriptions?after=%s>; rel=\"next\"", x.last);
			http_answer_header(c->request, "Link", link);
		}
		http_answer(c->request, 200, "text/csv; charset=utf-8", buf_bytes(&x.text));
	} else {
		answer_failure(c->request, e, "exporting subscriptions");
	}
	buf_fini(&x.text);
}

/* How one line wants its subscription to be. */
struct wanted {
	char external_id[EXTERNAL_ID_SIZE];
	int64_t seats;		/* 0: not said */
	int64_t paid_until;	/* 0: not said */
	enum sub_state state;	/* SUB_NONE: not said */
	enum reason reason;	/* REASON_NONE: not said */
	struct recipient recipient; /* an empty address: not said */
};

enum result {
	RESULT_NONE = 0,
	RESULT_CREATED,
	RESULT_CHANGED,
	RESULT_UNCHANGED,
	RESULT_REFUSED,
	RESULTS
};

static const char *
result_choice(int value)
{
	static const char *const names[RESULTS] = { "none", "created", "changed", "unchanged", "refused" };

	return names[value];
}

struct line_report {
	int64_t line;
	char external_id[EXTERNAL_ID_SIZE], id[ID_SIZE], code[CODE_SHOWN_SIZE];
	enum result result;
	struct refusal why;
};
static const struct field line_fields[] = {
	{ SHAPE_WHOLE(line_report, line, "line", 1, INT64_MAX) },
	{ SHAPE_TEXT(line_report, external_id, "external_id") },
	{ SHAPE_CHOICE(line_report, result, "result", result_choice,
	    1 << RESULT_CREATED | 1 << RESULT_CHANGED | 1 << RESULT_UNCHANGED | 1 << RESULT_REFUSED) },
	{ SHAPE_TEXT(line_report, id, "id"), .flags = FIELD_SPARSE },
	{ SHAPE_TEXT(line_report, code, "activation_code"), .flags = FIELD_SPARSE,
	    .about = "Of what was created; in this answer, and nowhere else" },
	{ SHAPE_TEXT(line_report, why.code, "code"), .flags = FIELD_SPARSE, .about = "Why it was refused" },
	{ SHAPE_TEXT(line_report, why.detail, "detail"), .flags = FIELD_SPARSE },
};
SHAPE(line, line_report, "ImportLine");

struct import_report {
	bool dry_run;
	int64_t counts[RESULTS];
	json_t *lines;
};
static const struct field report_fields[] = {
	{ SHAPE_BOOL(import_report, dry_run, "dry_run"), .about = "Nothing was changed" },
	{ SHAPE_WHOLE(import_report, counts[RESULT_CREATED], "created", 0, INT64_MAX) },
	{ SHAPE_WHOLE(import_report, counts[RESULT_CHANGED], "changed", 0, INT64_MAX) },
	{ SHAPE_WHOLE(import_report, counts[RESULT_UNCHANGED], "unchanged", 0, INT64_MAX) },
	{ SHAPE_WHOLE(import_report, counts[RESULT_REFUSED], "refused", 0, INT64_MAX) },
	{ SHAPE_LIST(import_report, lines, "lines", &line_shape) },
};
SHAPE(report, import_report, "ImportReport");

struct import_query {
	bool dry_run;
};
static const struct field import_query_fields[] = {
	{ SHAPE_BOOL(import_query, dry_run, "dry_run"), .about = "Only report what would be done" },
};
SHAPE(import_query, import_query, "ImportQuery");

static enum err
refuse_line(struct line_report *r, const char *code, const char *detail)
{
	text_copy(r->why.code, sizeof r->why.code, code);
	text_from_bytes(r->why.detail, sizeof r->why.detail,
	    bytes_first(bytes_of_text(detail), sizeof r->why.detail - 1));
	return ERR_MALFORMED;
}

static enum err
take_external_id(struct wanted *w, const char *text)
{
	return text[0] == '\0' || !text_is_plain(text) ? ERR_MALFORMED
	    : text_copy(w->external_id, sizeof w->external_id, text);
}

static enum err
take_seats(struct wanted *w, const char *text)
{
	uint64_t n;

	if (text_to_u64(bytes_of_text(text), SEATS_MAX, &n) != ERR_NONE || n == 0)
		return ERR_MALFORMED;
	w->seats = (int64_t)n;
	return ERR_NONE;
}

static enum err
take_paid_until(struct wanted *w, const char *text)
{
	return timestamp_read(text, &w->paid_until);
}

static enum err
take_state(struct wanted *w, const char *text)
{
	/* Pending is active before its first device; expired follows from paid_until. */
	if (text_equal(text, "active") || text_equal(text, "pending") || text_equal(text, "expired"))
		w->state = SUB_ACTIVE;
	else if (text_equal(text, "suspended"))
		w->state = SUB_SUSPENDED;
	else if (text_equal(text, "cancelled"))
		w->state = SUB_CANCELLED;
	else
		return ERR_MALFORMED;
	return ERR_NONE;
}

static enum err
take_reason(struct wanted *w, const char *text)
{
	if (!reason_from_code(text, &w->reason) || (1 << w->reason & SUBSCRIPTION_REASONS) == 0)
		return ERR_MALFORMED;
	return ERR_NONE;
}

static enum err
take_mail(struct wanted *w, const char *text)
{
	return text_copy(w->recipient.address, sizeof w->recipient.address, text);
}

static enum err
take_language(struct wanted *w, const char *text)
{
	return text_copy(w->recipient.language, sizeof w->recipient.language, text);
}

/* What the export gives out and the import does not take in. */
static enum err
ignore(struct wanted *w, const char *text)
{
	(void)w, (void)text;
	return ERR_NONE;
}

static const struct column {
	const char *name;
	enum err (*take)(struct wanted *w, const char *text);
} columns[] = {
	{ "external_id", take_external_id }, { "seats", take_seats }, { "paid_until", take_paid_until },
	{ "state", take_state }, { "reason", take_reason }, { "mail", take_mail },
	{ "language", take_language }, { "id", ignore }, { "reference", ignore }, { "since", ignore },
	{ "created", ignore },
};
enum { COLUMNS = sizeof columns / sizeof columns[0] };

/* The columns of this file, in its order. */
struct header {
	const struct column *columns[CSV_FIELDS_MAX];
	size_t count;
};

static enum err
read_header(struct csv *csv, struct header *h, struct fault *why)
{
	struct csv_record r;
	bool named = false;
	enum err e;

	if ((e = csv_take(csv, &r, why)) != ERR_NONE)
		return e == ERR_NOT_FOUND ? fault_set(why, ERR_MALFORMED, "the table is empty") : e;
	for (h->count = 0; h->count < r.count; h->count++) {
		size_t i = 0, k = 0;

		while (i < COLUMNS && !text_equal(columns[i].name, r.fields[h->count]))
			i++;
		if (i == COLUMNS)
			return fault_set(why, ERR_MALFORMED, "there is no column \"%.40s\"", r.fields[h->count]);
		while (k < h->count && h->columns[k] != &columns[i])
			k++;
		if (k < h->count)
			return fault_set(why, ERR_MALFORMED, "the column \"%s\" is there twice", columns[i].name);
		h->columns[h->count] = &columns[i];
		named = named || i == 0;
	}
	return named ? ERR_NONE : fault_set(why, ERR_MALFORMED, "the column \"external_id\" is missing");
}

/* Empty fields say nothing. */
static enum err
read_line(const struct header *h, const struct csv_record *r, struct wanted *w, struct line_report *report)
{
	char detail[100];

	if (r->count != h->count)
		return refuse_line(report, "malformed_line", "The line has not as many columns as the first.");
	for (size_t i = 0; i < r->count; i++) {
		if (r->fields[i][0] == '\0' || h->columns[i]->take(w, r->fields[i]) == ERR_NONE)
			continue;
		snprintf(detail, sizeof detail, "The column \"%s\" has no such value.", h->columns[i]->name);
		return refuse_line(report, "malformed_line", detail);
	}
	text_copy(report->external_id, sizeof report->external_id, w->external_id);
	if (w->external_id[0] == '\0')
		return refuse_line(report, "malformed_line", "The column \"external_id\" is empty.");
	return ERR_NONE;
}

static enum err
create(struct call *c, const struct wanted *w, struct subscription *sub, struct line_report *report)
{
	struct order order = { .seats = w->seats == 0 ? 1 : w->seats, .paid_until = w->paid_until };
	enum err e;

	if (w->paid_until != 0 && w->paid_until <= c->now)
		return refuse_line(report, "paid_until_passed", "Such a subscription would protect nothing.");
	text_copy(order.external_id, sizeof order.external_id, w->external_id);
	e = authority_order(c->web->store, &c->principal.provider, &order, c->now, sub, report->code, &report->why);
	if (e == ERR_NONE)
		report->result = RESULT_CREATED;
	return e;
}

static enum err
set_terms(struct call *c, const struct wanted *w, struct subscription *sub, struct line_report *report)
{
	const struct provider *p = &c->principal.provider;
	struct terms terms = { .sets_paid_until = true, .paid_until = w->paid_until, .actor = c->principal.actor };
	struct seat_count count = { .subscription = sub->id, .seats = w->seats, .actor = c->principal.actor };
	struct store *store = c->web->store;
	enum err e;

	if (w->seats != 0 && w->seats != sub->seats) {
		if ((e = authority_set_seats(store, p, &count, c->now, &report->why)) != ERR_NONE)
			return e;
		report->result = RESULT_CHANGED;
	}
	if (w->paid_until != 0 && w->paid_until != sub->paid_until) {
		e = authority_set_terms(store, p, sub->id, &terms, c->now, sub, &report->why);
		if (e != ERR_NONE)
			return e;
		report->result = RESULT_CHANGED;
	}
	return ERR_NONE;
}

/* The change that leads from one state to another; EV_NONE: none is needed. */
static enum sub_event
event_between(enum sub_state from, enum sub_state to)
{
	if (to == SUB_NONE || from == to)
		return EV_NONE;
	if (to == SUB_SUSPENDED)
		return EV_SUSPEND;
	if (to == SUB_CANCELLED)
		return EV_CANCEL;
	return from == SUB_SUSPENDED ? EV_RESUME : from == SUB_CANCELLED ? EV_REINSTATE : EV_NONE;
}

static enum err
set_state(struct call *c, const struct wanted *w, struct subscription *sub, struct line_report *report)
{
	struct change change = { .event = event_between(sub->state, w->state), .reason = w->reason,
		.actor = c->principal.actor };
	enum err e;

	if (change.event == EV_NONE)
		return ERR_NONE;
	if (change.reason == REASON_NONE && change.event == EV_SUSPEND)
		change.reason = REASON_PROVIDER_REQUEST;
	if (change.reason == REASON_NONE && change.event == EV_CANCEL)
		change.reason = REASON_DISCONTINUED;
	e = authority_change(c->web->store, &c->principal.provider, sub->id, &change, c->now, sub, &report->why);
	if (e == ERR_NONE && report->result != RESULT_CREATED)
		report->result = RESULT_CHANGED;
	return e;
}

static enum err
set_recipient(struct call *c, struct wanted *w, const struct subscription *sub, struct line_report *report)
{
	struct store *store = c->web->store;
	struct recipient *r = &w->recipient, had;

	if (r->address[0] == '\0')
		return ERR_NONE;
	text_copy(r->subscription, sizeof r->subscription, sub->id);
	text_copy(r->code, sizeof r->code, report->code);
	if (recipient_get(store, &c->principal.provider, sub->id, &had) == ERR_NONE &&
	    text_equal(had.address, r->address) &&
	    (r->language[0] == '\0' || text_equal(had.language, r->language)))
		return ERR_NONE;
	if (report->result != RESULT_CREATED)
		report->result = RESULT_CHANGED;
	return recipient_set(store, &c->principal.provider, r, c->principal.actor, c->now, &report->why);
}

static enum err
carry_out(struct call *c, struct wanted *w, struct line_report *report)
{
	struct store *store = c->web->store;
	struct subscription sub;
	enum err e;

	e = store->find_subscription_by_external_id(store, c->principal.provider.id, w->external_id, &sub);
	if (e == ERR_NOT_FOUND) {
		e = create(c, w, &sub, report);
	} else if (e == ERR_NONE) {
		report->result = RESULT_UNCHANGED;
		/* What is to be reinstated is first: a cancelled one has no terms to change. */
		if (sub.state == SUB_CANCELLED)
			e = set_state(c, w, &sub, report);
		if (e == ERR_NONE && sub.state != SUB_CANCELLED)
			e = set_terms(c, w, &sub, report);
	}
	if (e == ERR_NONE)
		e = set_state(c, w, &sub, report);
	if (e == ERR_NONE)
		e = set_recipient(c, w, &sub, report);
	if (e == ERR_NONE)
		text_copy(report->id, sizeof report->id, sub.id);
	return e;
}

/* One line, all of it or nothing. A refusal is a result; any other error ends the import. */
static enum err
import_line(struct call *c, const struct header *h, const struct csv_record *r, struct line_report *report)
{
	struct store *store = c->web->store;
	struct wanted w = { .seats = 0 };
	enum err e;

	report->line = (int64_t)r->line;
	if ((e = read_line(h, r, &w, report)) == ERR_NONE) {
		if ((e = store->begin(store)) != ERR_NONE)
			return e;
		if ((e = carry_out(c, &w, report)) == ERR_NONE)
			e = store->commit(store);
		if (e != ERR_NONE)
			store->rollback(store);
	}
	if (e != ERR_NONE && report->why.code[0] == '\0')
		return e;
	if (e != ERR_NONE) {
		report->result = RESULT_REFUSED;
		report->id[0] = report->code[0] = '\0';
	} else {
		report->why = (struct refusal){ "", "" };
	}
	return ERR_NONE;
}

static enum err
import_lines(struct call *c, struct csv *csv, const struct header *h, struct import_report *out)
{
	struct line_report report;
	struct csv_record record;
	struct fault why;
	enum err e;

	while ((e = csv_take(csv, &record, &why)) == ERR_NONE) {
		report = (struct line_report){ .line = 0 };
		if ((e = import_line(c, h, &record, &report)) != ERR_NONE)
			return e;
		if (out->dry_run)
			report.id[0] = report.code[0] = '\0';
		out->counts[report.result]++;
		json_array_append_new(out->lines, shape_write(&line_shape, &report));
		random_forget(report.code, sizeof report.code);
	}
	if (e == ERR_NOT_FOUND)
		return ERR_NONE;
	/* What cannot be read is a line that is refused, and the last. */
	report = (struct line_report){ .line = (int64_t)record.line, .result = RESULT_REFUSED };
	refuse_line(&report, "malformed_csv", why.text);
	out->counts[RESULT_REFUSED]++;
	json_array_append_new(out->lines, shape_write(&line_shape, &report));
	return ERR_NONE;
}

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
	struct csv csv = csv_over(http_request_body(c->request));
	struct import_query query = { .dry_run = false };
	struct import_report report = { .lines = NULL };
	struct store *store = c->web->store;
	struct header header = { .count = 0 };
	struct fault why;
	enum err e;

	if (!answer_take_query(c, &query) || !check_type(c))
		return;
	if (read_header(&csv, &header, &why) != ERR_NONE) {
		answer_problem(c->request, 400, "malformed_csv", why.text);
		return;
	}
	report.dry_run = query.dry_run;
	report.lines = json_array();
	/* All lines in one transaction: each is a part of it, and a dry run undoes the whole. */
	if ((e = report.lines == NULL ? ERR_NOMEM : store->begin(store)) == ERR_NONE) {
		if ((e = import_lines(c, &csv, &header, &report)) == ERR_NONE && !query.dry_run)
			e = store->commit(store);
		if (e != ERR_NONE || query.dry_run)
			store->rollback(store);
	}
	if (e == ERR_NONE) {
		answer_shape(c, &report);
		return;
	}
	json_decref(report.lines);
	answer_failure(c->request, e, "importing subscriptions");
}

static const struct route routes[] = {
	{ "GET", "/v1/export/subscriptions", export_subscriptions, PERMIT_READ, "exportSubscriptions",
	    "Your subscriptions as CSV; the Link header names the next page", .query = &export_query_shape,
	    .gives = "text/csv; charset=utf-8" },
	{ "POST", "/v1/import/subscriptions", import_subscriptions, PERMIT_OPERATE, "importSubscriptions",
	    "Subscriptions from CSV, with a report by line; nothing is done in a dry run",
	    .query = &import_query_shape, .takes = "text/csv", .answer = &report_shape },
};
const struct route_group csv_routes = { "/v1/", routes_refuse, routes, sizeof routes / sizeof routes[0] };
