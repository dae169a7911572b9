/* agent/reply.c: see reply.h. */
#include "agent/reply.h"

#include "agent/seats.h"
#include "base/text.h"

static void
contact_fields(struct wire *w, struct contact *c)
{
	wire_plain(w, c->name, sizeof c->name);
	wire_plain(w, c->phone, sizeof c->phone);
	wire_plain(w, c->web, sizeof c->web);
	wire_plain(w, c->hours, sizeof c->hours);
}

static void
subscription_fields(struct wire *w, struct device_status *s)
{
	WIRE_ENUM(w, &s->condition, CONDITION_PROTECTED + 1);
	WIRE_ENUM(w, &s->reason, REASON_COUNT);
	wire_i64(w, &s->now);
	wire_i64(w, &s->since);
	wire_i64(w, &s->until);
	wire_i64(w, &s->paid_until);
	wire_bool(w, &s->enrolled);
	wire_bool(w, &s->clock_wrong);
	wire_i64(w, &s->clock_off);
	wire_plain(w, s->device, sizeof s->device);
	wire_plain(w, s->device_name, sizeof s->device_name);
	wire_plain(w, s->moved_to, sizeof s->moved_to);
	contact_fields(w, &s->provider);
	wire_plain(w, s->reference, sizeof s->reference);
	wire_plain(w, s->help, sizeof s->help);
	wire_bool(w, &s->notify);
	wire_u32(w, &s->features);
}

static void
protection_fields(struct wire *w, struct device_status *s)
{
	wire_u64(w, &s->generation);
	wire_u64(w, &s->signatures);
	wire_i64(w, &s->database_received);
	wire_i64(w, &s->database_confirmed);
	wire_i64(w, &s->checked_in);
	wire_i64(w, &s->next_checkin);
	wire_i64(w, &s->scanned);
	wire_u64(w, &s->scan_files);
	wire_u64(w, &s->scan_infected);
	wire_u64(w, &s->scan_incomplete);
	wire_u64(w, &s->quarantined);
	wire_plain(w, s->checkin_trouble, sizeof s->checkin_trouble);
	wire_plain(w, s->update_trouble, sizeof s->update_trouble);
	wire_i64(w, &s->update_trouble_time);
	wire_plain(w, s->state_trouble, sizeof s->state_trouble);
}

static void
refused_fields(struct wire *w, struct reply_refused *r)
{
	WIRE_ENUM(w, &r->reason, REASON_COUNT);
	wire_i64(w, &r->since);
	wire_plain(w, r->provider, sizeof r->provider);
	wire_plain(w, r->moved_to, sizeof r->moved_to);
}

static void
verdict_fields(struct wire *w, struct reply_verdict *v, enum err *e)
{
	wire_u64(w, &v->tag);
	wire_text(w, v->entry, sizeof v->entry);
	wire_plain(w, v->trouble, sizeof v->trouble);
	if (w->out != NULL)
		verdict_write(&v->verdict, w->out);
	else
		*e = verdict_read(w->in, &v->verdict);
}

static void
scan_fields(struct wire *w, struct reply_scan *s)
{
	wire_count(w, &s->window, AGENT_WINDOW_MAX);
	wire_u64(w, &s->generation);
	wire_u64(w, &s->signatures);
}

/* ${e}: why the verdict could not be read. */
static void
reply_fields(struct wire *w, struct reply *r, enum err *e)
{
	WIRE_ENUM(w, &r->kind, REPLY_KINDS);
	switch (r->kind) {
	case REPLY_STATUS:
		subscription_fields(w, &r->status);
		protection_fields(w, &r->status);
		break;
	case REPLY_FAULT:
		WIRE_ENUM(w, &r->fault.err, ERR_COUNT);
		wire_plain(w, r->fault.text, sizeof r->fault.text);
		break;
	case REPLY_REFUSED:
		refused_fields(w, &r->refused);
		break;
	case REPLY_SEATS:
		seats_fields(w, &r->seats);
		break;
	case REPLY_REACTIVATED:
		WIRE_ENUM(w, &r->reactivated.outcome, REACTIVATIONS);
		wire_plain(w, r->reactivated.detail, sizeof r->reactivated.detail);
		break;
	case REPLY_ADDRESS:
		wire_plain(w, r->url, sizeof r->url);
		break;
	case REPLY_UPDATED:
		wire_bool(w, &r->updated.fresh);
		wire_u64(w, &r->updated.generation);
		break;
	case REPLY_SCAN:
		scan_fields(w, &r->scan);
		break;
	case REPLY_VERDICT:
		verdict_fields(w, &r->verdict, e);
		break;
	case REPLY_ENTRY:
		quarantine_entry_fields(w, &r->entry);
		break;
	case REPLY_EVENT:
		wire_u64(w, &r->event.cursor);
		history_event_fields(w, &r->event.event);
		break;
	case REPLY_DEVICES:
		fellows_fields(w, &r->devices);
		break;
	case REPLY_SETTINGS:
		settings_fields(w, &r->settings);
		break;
	case REPLY_NONE:
	case REPLY_DONE:
	case REPLY_END:
	case REPLY_KINDS:
		break;
	}
}

void
reply_write(const struct reply *r, struct buf *out)
{
	struct reply copy = *r;
	enum err e;

	reply_fields(&(struct wire){ .out = out }, &copy, &e);
}

enum err
reply_read(struct bytes body, struct reply *out)
{
	struct reader in = reader_over(body);
	enum err e = ERR_NONE;
	struct reply r;

	memset(&r, 0, sizeof r);
	reply_fields(&(struct wire){ .in = &in }, &r, &e);
	if (e != ERR_NONE)
		return e;
	if (!reader_is_done(&in) || r.kind == REPLY_NONE) {
		reply_fini(&r);
		return ERR_MALFORMED;
	}
	*out = r;
	return ERR_NONE;
}

void
reply_fini(struct reply *r)
{
	if (r->kind == REPLY_VERDICT)
		verdict_fini(&r->verdict.verdict);
	r->kind = REPLY_NONE;
}

void
reply_of_fault(const struct fault *why, struct reply *out)
{
	memset(out, 0, sizeof *out);
	out->kind = REPLY_FAULT;
	out->fault.err = why->err;
	text_make_plain(out->fault.text, sizeof out->fault.text, bytes_of_text(why->text));
}
