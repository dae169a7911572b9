/* prog/web/csv_import.c: see csv_import.h. */
#include "prog/web/csv_import.h"

#include <stdio.h>

#include "base/text.h"
#include "base/timestamp.h"
#include "codec/csv.h"
#include "crypto/random.h"
#include "entitle/authority_seat.h"
#include "entitle/recipient.h"
#include "prog/web/subscription_shapes.h"

/* How one line wants its subscription to be. */
struct wanted {
	char external_id[EXTERNAL_ID_SIZE];
	int64_t seats;		/* 0: not said */
	int64_t paid_until;	/* 0: not said */
	enum sub_state state;	/* SUB_NONE: not said */
	enum reason reason;	/* REASON_NONE: not said */
	struct recipient recipient; /* an empty address: not said */
};

static const char *
result_choice(int value)
{
	static const char *const names[CSV_RESULTS] = { "none", "created", "changed", "unchanged", "refused" };

	return names[value];
}

struct line_report {
	int64_t line;
	char external_id[EXTERNAL_ID_SIZE], id[ID_SIZE], code[CODE_SHOWN_SIZE];
	enum csv_result result;
	struct refusal why;
};
static const struct field line_fields[] = {
	{ SHAPE_WHOLE(line_report, line, "line", 1, INT64_MAX) },
	{ SHAPE_TEXT(line_report, external_id, "external_id") },
	{ SHAPE_CHOICE(line_report, result, "result", result_choice,
	    1 << CSV_CREATED | 1 << CSV_CHANGED | 1 << CSV_UNCHANGED | 1 << CSV_REFUSED) },
	{ SHAPE_TEXT(line_report, id, "id"), .flags = FIELD_SPARSE },
	{ SHAPE_TEXT(line_report, code, "activation_code"), .flags = FIELD_SPARSE,
	    .about = "Of what was created; in this answer, and nowhere else" },
	{ SHAPE_TEXT(line_report, why.code, "code"), .flags = FIELD_SPARSE, .about = "Why it was refused" },
	{ SHAPE_TEXT(line_report, why.detail, "detail"), .flags = FIELD_SPARSE },
};
SHAPE(line, line_report, "ImportLine");

static const struct field report_fields[] = {
	{ SHAPE_BOOL(csv_report, dry_run, "dry_run"), .about = "Nothing was changed" },
	{ SHAPE_WHOLE(csv_report, counts[CSV_CREATED], "created", 0, INT64_MAX) },
	{ SHAPE_WHOLE(csv_report, counts[CSV_CHANGED], "changed", 0, INT64_MAX) },
	{ SHAPE_WHOLE(csv_report, counts[CSV_UNCHANGED], "unchanged", 0, INT64_MAX) },
	{ SHAPE_WHOLE(csv_report, counts[CSV_REFUSED], "refused", 0, INT64_MAX) },
	{ SHAPE_LIST(csv_report, lines, "lines", &line_shape) },
};
const struct shape csv_report_shape = { "ImportReport", report_fields, sizeof report_fields / sizeof report_fields[0],
	sizeof(struct csv_report) };

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
create(const struct csv_import *c, const struct wanted *w, struct subscription *sub, struct line_report *report)
{
	struct order order = { .seats = w->seats == 0 ? 1 : w->seats, .paid_until = w->paid_until };
	enum err e;

	if (w->paid_until != 0 && w->paid_until <= c->now)
		return refuse_line(report, "paid_until_passed", "Such a subscription would protect nothing.");
	text_copy(order.external_id, sizeof order.external_id, w->external_id);
	e = authority_order(c->store, c->provider, &order, c->now, sub, report->code, &report->why);
	if (e == ERR_NONE)
		report->result = CSV_CREATED;
	return e;
}

static enum err
set_terms(const struct csv_import *c, const struct wanted *w, struct subscription *sub, struct line_report *report)
{
	const struct provider *p = c->provider;
	struct terms terms = { .sets_paid_until = true, .paid_until = w->paid_until, .actor = c->actor };
	struct seat_count count = { .subscription = sub->id, .seats = w->seats, .actor = c->actor };
	struct store *store = c->store;
	enum err e;

	if (w->seats != 0 && w->seats != sub->seats) {
		if ((e = authority_set_seats(store, p, &count, c->now, &report->why)) != ERR_NONE)
			return e;
		report->result = CSV_CHANGED;
	}
	if (w->paid_until != 0 && w->paid_until != sub->paid_until) {
		e = authority_set_terms(store, p, sub->id, &terms, c->now, sub, &report->why);
		if (e != ERR_NONE)
			return e;
		report->result = CSV_CHANGED;
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
set_state(const struct csv_import *c, const struct wanted *w, struct subscription *sub, struct line_report *report)
{
	struct change change = { .event = event_between(sub->state, w->state), .reason = w->reason,
		.actor = c->actor };
	enum err e;

	if (change.event == EV_NONE)
		return ERR_NONE;
	if (change.reason == REASON_NONE && change.event == EV_SUSPEND)
		change.reason = REASON_PROVIDER_REQUEST;
	if (change.reason == REASON_NONE && change.event == EV_CANCEL)
		change.reason = REASON_DISCONTINUED;
	e = authority_change(c->store, c->provider, sub->id, &change, c->now, sub, &report->why);
	if (e == ERR_NONE && report->result != CSV_CREATED)
		report->result = CSV_CHANGED;
	return e;
}

static enum err
set_recipient(const struct csv_import *c, struct wanted *w, const struct subscription *sub, struct line_report *report)
{
	struct store *store = c->store;
	struct recipient *r = &w->recipient, had;

	if (r->address[0] == '\0')
		return ERR_NONE;
	text_copy(r->subscription, sizeof r->subscription, sub->id);
	text_copy(r->code, sizeof r->code, report->code);
	if (recipient_get(store, c->provider, sub->id, &had) == ERR_NONE &&
	    text_equal(had.address, r->address) &&
	    (r->language[0] == '\0' || text_equal(had.language, r->language)))
		return ERR_NONE;
	if (report->result != CSV_CREATED)
		report->result = CSV_CHANGED;
	return recipient_set(store, c->provider, r, c->actor, c->now, &report->why);
}

static enum err
carry_out(const struct csv_import *c, struct wanted *w, struct line_report *report)
{
	struct store *store = c->store;
	struct subscription sub;
	enum err e;

	e = store->find_subscription_by_external_id(store, c->provider->id, w->external_id, &sub);
	if (e == ERR_NOT_FOUND) {
		e = create(c, w, &sub, report);
	} else if (e == ERR_NONE) {
		report->result = CSV_UNCHANGED;
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
import_line(const struct csv_import *c, const struct header *h, const struct csv_record *r, struct line_report *report)
{
	struct store *store = c->store;
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
		report->result = CSV_REFUSED;
		report->id[0] = report->code[0] = '\0';
	} else {
		report->why = (struct refusal){ "", "" };
	}
	return ERR_NONE;
}

static enum err
import_lines(const struct csv_import *c, struct csv *csv, const struct header *h, struct csv_report *out)
{
	struct line_report report;
	struct csv_record record;
	struct fault why;
	enum err e;

	while ((e = csv_take(csv, &record, &why)) == ERR_NONE) {
		report = (struct line_report){ .line = 0 };
		if ((e = import_line(c, h, &record, &report)) != ERR_NONE)
			return e;
		if (c->dry_run)
			report.id[0] = report.code[0] = '\0';
		out->counts[report.result]++;
		json_array_append_new(out->lines, shape_write(&line_shape, &report));
		random_forget(report.code, sizeof report.code);
	}
	if (e == ERR_NOT_FOUND)
		return ERR_NONE;
	/* What cannot be read is a line that is refused, and the last. */
	report = (struct line_report){ .line = (int64_t)record.line, .result = CSV_REFUSED };
	refuse_line(&report, "malformed_csv", why.text);
	out->counts[CSV_REFUSED]++;
	json_array_append_new(out->lines, shape_write(&line_shape, &report));
	return ERR_NONE;
}

enum err
csv_import(const struct csv_import *in, struct bytes text, struct csv_report *out, struct fault *why)
{
	struct csv_report report = { .dry_run = in->dry_run };
	struct header header = { .count = 0 };
	struct csv csv = csv_over(text);
	struct store *store = in->store;
	enum err e;

	if ((e = read_header(&csv, &header, why)) != ERR_NONE)
		return ERR_MALFORMED;
	report.lines = json_array();
	/* All lines in one transaction: each is a part of it, and a dry run undoes the whole. */
	if ((e = report.lines == NULL ? ERR_NOMEM : store->begin(store)) == ERR_NONE) {
		if ((e = import_lines(in, &csv, &header, &report)) == ERR_NONE && !in->dry_run)
			e = store->commit(store);
		if (e != ERR_NONE || in->dry_run)
			store->rollback(store);
	}
	if (e == ERR_NONE)
		*out = report;
	else
		json_decref(report.lines);
	return e;
}
