/* agent/job.c: see job.h. */
#include "agent/job.h"

#include "agent/seats.h"
#include "agent/wire.h"
#include "base/text.h"
#include "crypto/random.h"

static void
activate_fields(struct wire *w, struct job_activate *a)
{
	wire_text(w, a->code, sizeof a->code);
	wire_text(w, a->machine, sizeof a->machine);
	wire_text(w, a->name, sizeof a->name);
	wire_text(w, a->platform, sizeof a->platform);
	wire_text(w, a->key, sizeof a->key);
	wire_text(w, a->replace, sizeof a->replace);
}

static void
checkin_fields(struct wire *w, struct job_checkin *c)
{
	wire_text(w, c->revision, sizeof c->revision);
	wire_u32(w, &c->wait_s);
	wire_u64(w, &c->generation);
}

static void
update_fields(struct wire *w, struct job_update *u)
{
	wire_text(w, u->device, sizeof u->device);
	wire_u64(w, &u->generation);
	wire_i64(w, &u->now);
	wire_count(w, &u->mirror_count, AGENT_MIRRORS_MAX);
	for (uint32_t i = 0; i < u->mirror_count; i++)
		wire_text(w, u->mirrors[i], sizeof u->mirrors[i]);
	wire_count(w, &u->epoch_count, EPOCHS_MAX);
	for (uint32_t i = 0; i < u->epoch_count; i++) {
		wire_text(w, u->epochs[i].name, sizeof u->epochs[i].name);
		wire_fixed(w, u->epochs[i].key, sizeof u->epochs[i].key);
	}
}

static void
job_fields(struct wire *w, struct job *j)
{
	WIRE_ENUM(w, &j->kind, JOB_KINDS);
	wire_text(w, j->server, sizeof j->server);
	wire_text(w, j->token, sizeof j->token);
	wire_text(w, j->nonce, sizeof j->nonce);
	switch (j->kind) {
	case JOB_ACTIVATE:
		activate_fields(w, &j->activate);
		break;
	case JOB_CHECKIN:
		checkin_fields(w, &j->checkin);
		break;
	case JOB_UPDATE:
		update_fields(w, &j->update);
		break;
	case JOB_NONE:
	case JOB_REACTIVATE:
	case JOB_PURCHASE:
	case JOB_DEVICES:
	case JOB_PORTAL:
	case JOB_KINDS:
		break;
	}
}

void
job_write(const struct job *j, struct buf *out)
{
	struct job copy = *j;

	job_fields(&(struct wire){ .out = out }, &copy);
	random_forget(&copy, sizeof copy);
}

enum err
job_read(struct bytes body, struct job *out)
{
	struct reader r = reader_over(body);
	enum err e = ERR_MALFORMED;
	struct job j;

	memset(&j, 0, sizeof j);
	job_fields(&(struct wire){ .in = &r }, &j);
	if (reader_is_done(&r) && j.kind != JOB_NONE) {
		*out = j;
		e = ERR_NONE;
	}
	random_forget(&j, sizeof j);
	return e;
}

static void
lease_fields(struct wire *w, struct outcome_lease *l)
{
	wire_text(w, l->device, sizeof l->device);
	wire_text(w, l->token, sizeof l->token);
	wire_text(w, l->lease, sizeof l->lease);
	wire_i64(w, &l->checkin_s);
	WIRE_ENUM(w, &l->reactivation, REACTIVATIONS);
	wire_plain(w, l->detail, sizeof l->detail);
}

static void
problem_fields(struct wire *w, struct outcome_problem *p)
{
	wire_u32(w, &p->status);
	wire_plain(w, p->code, sizeof p->code);
	wire_plain(w, p->detail, sizeof p->detail);
	wire_i64(w, &p->retry_after_s);
	seats_fields(w, &p->seats);
}

static void
fresh_fields(struct wire *w, struct outcome_update *u)
{
	wire_u64(w, &u->generation);
	wire_u64(w, &u->length);
	wire_fixed(w, u->sha256, sizeof u->sha256);
}

static void
fault_fields(struct wire *w, struct outcome_fault *f)
{
	WIRE_ENUM(w, &f->err, ERR_COUNT);
	wire_plain(w, f->text, sizeof f->text);
	wire_i64(w, &f->retry_after_s);
}

static void
outcome_fields(struct wire *w, struct outcome *o)
{
	WIRE_ENUM(w, &o->kind, OUTCOME_KINDS);
	switch (o->kind) {
	case OUTCOME_FAULT:
		fault_fields(w, &o->fault);
		break;
	case OUTCOME_PROBLEM:
		problem_fields(w, &o->problem);
		break;
	case OUTCOME_ACTIVATED:
	case OUTCOME_LEASE:
		lease_fields(w, &o->lease);
		break;
	case OUTCOME_ADDRESS:
		wire_plain(w, o->url, sizeof o->url);
		break;
	case OUTCOME_UP_TO_DATE:
	case OUTCOME_NEW_DATABASE:
		fresh_fields(w, &o->update);
		break;
	case OUTCOME_DEVICES:
		fellows_fields(w, &o->devices);
		break;
	case OUTCOME_NONE:
	case OUTCOME_KINDS:
		break;
	}
}

void
outcome_write(const struct outcome *o, struct buf *out)
{
	struct outcome copy = *o;

	outcome_fields(&(struct wire){ .out = out }, &copy);
	random_forget(&copy, sizeof copy);
}

enum err
outcome_read(struct bytes body, struct outcome *out)
{
	struct reader r = reader_over(body);
	enum err e = ERR_MALFORMED;
	struct outcome o;

	memset(&o, 0, sizeof o);
	outcome_fields(&(struct wire){ .in = &r }, &o);
	/* A fault that is none would leave its reader without an answer. */
	if (reader_is_done(&r) && o.kind != OUTCOME_NONE &&
	    !(o.kind == OUTCOME_FAULT && o.fault.err == ERR_NONE)) {
		*out = o;
		e = ERR_NONE;
	}
	random_forget(&o, sizeof o);
	return e;
}

static const char *const reactivations[REACTIVATIONS] = {
	[REACTIVATION_NONE] = "",
	[REACTIVATION_ACTIVE] = "active",
	[REACTIVATION_STILL_BLOCKED] = "still_blocked",
	[REACTIVATION_BENEFIT_OF_DOUBT] = "benefit_of_doubt",
	[REACTIVATION_UNREACHABLE] = "unreachable",
	[REACTIVATION_NOT_POSSIBLE] = "not_possible",
};

const char *
reactivation_name(enum reactivation r)
{
	return (unsigned)r < REACTIVATIONS ? reactivations[r] : "";
}

bool
reactivation_from_name(const char *name, enum reactivation *out)
{
	for (int r = REACTIVATION_ACTIVE; r < REACTIVATIONS; r++) {
		if (!text_equal(reactivations[r], name))
			continue;
		*out = (enum reactivation)r;
		return true;
	}
	return false;
}
