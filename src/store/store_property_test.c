/* Goal of this test: random sequences of what providers, persons and time do to one subscription, through a real
 * store, beside a plain model of the rules that is written anew here and shares no line with them. One that differs
 * is made as short as it gets, and printed with its seed. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/test.h"
#include "base/text.h"
#include "entitle/authority_schedule.h"
#include "entitle/authority_seat.h"
#include "entitle/authority_tree.h"
#include "entitle/event.h"
#include "store/store_sqlite.h"

enum { MACHINES = 3, LENGTH = 60, RUNS = 300, PLANNED_MAX = LENGTH };
static const int64_t NOW = 1795000000, DAY = 86400;

enum step_kind { PASS = 0, ACTIVATE, CHANGE, RELEASE, ASSIGN, TRANSFER, UNDO, SEATS, REACTIVATE, BLOCK, KINDS };

/* One step: what is done, to what, and how much later than the one before. */
struct step {
	enum step_kind kind;
	int a, b;		/* machines, an event, a number of seats; b -1: none. BLOCK: its provider (0) or the one
				 * above (1), suspended (1) or not (0) */
	int64_t shift;		/* CHANGE: effective so far from now; 0: no date */
	int64_t later;
};

struct plain_device {
	bool known, seated;
	enum reason left;
	int64_t left_at;
	int to;			/* who got its seat; -1: nobody */
};

struct plain {
	enum sub_state state;
	enum reason reason;
	int64_t since, decided, seats;
	struct plain_device devices[MACHINES];
	struct {
		int event;
		int64_t at;
		int number;
	} planned[PLANNED_MAX];
	int planned_count, numbers;
	bool blocked[2];	/* the provider, and the one above it */
};

static int
plain_taken(const struct plain *m)
{
	int n = 0;

	for (int i = 0; i < MACHINES; i++)
		n += m->devices[i].seated;
	return n;
}

static void
plain_unseat(struct plain *m, int i, enum reason why, int to, int64_t now)
{
	m->devices[i].seated = false;
	m->devices[i].left = why;
	m->devices[i].left_at = now;
	m->devices[i].to = to;
}

static void
plain_seat(struct plain *m, int i)
{
	m->devices[i] = (struct plain_device){ .known = true, .seated = true, .to = -1 };
}

static void
plain_return(struct plain *m)
{
	for (;;) {
		int best = -1;

		for (int i = 0; i < MACHINES; i++)
			if (m->devices[i].known && !m->devices[i].seated &&
			    m->devices[i].left == REASON_SEAT_LOST &&
			    (best < 0 || m->devices[i].left_at < m->devices[best].left_at))
				best = i;
		if (best < 0 || plain_taken(m) >= m->seats)
			return;
		plain_seat(m, best);
	}
}

static enum reason
reason_for(int event)
{
	return event == EV_SUSPEND ? REASON_BILLING : event == EV_CANCEL ? REASON_DISCONTINUED : REASON_NONE;
}

/* The code of the refusal, or NULL: it is possible. */
static const char *
plain_refusal(const struct plain *m, int event)
{
	if (m->state == SUB_CANCELLED)
		return event == EV_REINSTATE ? NULL
		    : event == EV_CANCEL     ? "already_cancelled"
					     : "subscription_cancelled";
	if (event == EV_REINSTATE)
		return "not_cancelled";
	if (event == EV_SUSPEND && m->state == SUB_SUSPENDED)
		return "already_suspended";
	if (event == EV_RESUME && m->state != SUB_SUSPENDED)
		return "not_suspended";
	return NULL;
}

static void
plain_apply(struct plain *m, int event, int64_t at)
{
	m->state = event == EV_SUSPEND ? SUB_SUSPENDED : event == EV_CANCEL ? SUB_CANCELLED : SUB_ACTIVE;
	m->reason = reason_for(event);
	m->since = m->decided = at;
}

static void
plain_run(struct plain *m, int64_t now)
{
	for (;;) {
		int next = -1;

		for (int i = 0; i < m->planned_count; i++)
			if (m->planned[i].at <= now &&
			    (next < 0 || m->planned[i].at < m->planned[next].at ||
				(m->planned[i].at == m->planned[next].at &&
				    m->planned[i].number < m->planned[next].number)))
				next = i;
		if (next < 0)
			return;
		if (m->planned[next].at >= m->decided && plain_refusal(m, m->planned[next].event) == NULL)
			plain_apply(m, m->planned[next].event, m->planned[next].at);
		m->planned[next] = m->planned[--m->planned_count];
	}
}

static const char *
plain_change(struct plain *m, const struct step *s, int64_t now)
{
	int64_t at = now + s->shift;
	const char *code = plain_refusal(m, s->a);
	bool active = m->state == SUB_ACTIVE || m->state == SUB_PENDING;

	if (s->shift < -14 * DAY)
		return "back_dated_too_far";
	if (s->shift > 0) {
		for (int i = 0; i < m->planned_count; i++)
			if (m->planned[i].event == s->a && m->planned[i].at == at)
				return "already_scheduled";
		m->planned[m->planned_count].event = s->a;
		m->planned[m->planned_count].at = at;
		m->planned[m->planned_count++].number = m->numbers++;
		return "scheduled";
	}
	if (s->shift != 0 && at < m->decided)
		return "overtaken";
	if (s->shift != 0 &&
	    ((s->a == EV_SUSPEND && m->state == SUB_SUSPENDED) ||
		(s->a == EV_CANCEL && m->state == SUB_CANCELLED) ||
		((s->a == EV_RESUME || s->a == EV_REINSTATE) && active))) {
		m->decided = at;
		return "confirmed";
	}
	if (code != NULL)
		return code;
	plain_apply(m, s->a, at);
	return "";
}

static const char *
plain_activate(struct plain *m, const struct step *s, int64_t now)
{
	bool own = m->devices[s->a].seated;

	if (m->blocked[0] || m->blocked[1])
		return "provider_suspended";
	if (m->state == SUB_CANCELLED)
		return "code_spent";
	if (m->state == SUB_SUSPENDED)
		return "subscription_suspended";
	if (s->b >= 0 && !m->devices[s->b].known)
		return "unknown_device";
	if (s->b >= 0 && s->b != s->a && m->devices[s->b].seated)
		plain_unseat(m, s->b, REASON_TRANSFERRED, s->a, now);
	if (!own && plain_taken(m) >= m->seats)
		return "seats_taken";
	plain_seat(m, s->a);
	if (m->state == SUB_PENDING) {
		m->state = SUB_ACTIVE;
		m->since = now;
	}
	return "";
}

/* RELEASE, ASSIGN, TRANSFER, UNDO. */
static const char *
plain_move(struct plain *m, const struct step *s, int64_t now)
{
	struct plain_device *d = &m->devices[s->a];
	int to = d->to;

	if (!d->known)
		return "unknown_device";
	if (m->state == SUB_CANCELLED)
		return "subscription_cancelled";
	switch (s->kind) {
	case RELEASE:
		if (!d->seated)
			return "not_seated";
		plain_unseat(m, s->a, REASON_REMOVED, -1, now);
		plain_return(m);
		return "";
	case ASSIGN:
		if (d->seated)
			return "already_seated";
		if (plain_taken(m) >= m->seats)
			return "seats_taken";
		plain_seat(m, s->a);
		return "";
	case TRANSFER:
		if (!m->devices[s->b].known)
			return "unknown_device";
		if (!d->seated)
			return "not_seated";
		if (m->devices[s->b].seated)
			return "already_seated";
		plain_unseat(m, s->a, REASON_TRANSFERRED, s->b, now);
		plain_seat(m, s->b);
		return "";
	default:
		break;
	}
	if (d->seated || to < 0)
		return "nothing_to_undo";
	if (now - d->left_at > DAY)
		return "undo_over";
	if (!m->devices[to].seated)
		return "nothing_to_undo";
	plain_unseat(m, to, REASON_TRANSFERRED, s->a, now);
	plain_seat(m, s->a);
	return "";
}

static const char *
plain_set_seats(struct plain *m, const struct step *s, int64_t now)
{
	if (m->state == SUB_CANCELLED)
		return "subscription_cancelled";
	if (s->b >= 0) {
		if (!m->devices[s->b].known)
			return "unknown_device";
		if (!m->devices[s->b].seated)
			return "not_seated";
		plain_unseat(m, s->b, REASON_SEAT_LOST, -1, now);
	}
	if (plain_taken(m) > s->a)
		return "seats_in_use";
	m->seats = s->a;
	plain_return(m);
	return "";
}

/* The provider's system says active (b 1) or suspended (b 0). */
static const char *
plain_reactivate(struct plain *m, const struct step *s, int64_t now)
{
	const struct plain_device *d = &m->devices[s->a];

	if (!d->known)
		return "unknown_device";
	if (!d->seated)
		return "not_possible";
	if (m->state != SUB_ACTIVE && s->b == 0)
		return "still_blocked";
	if (m->state != SUB_ACTIVE)
		plain_apply(m, m->state == SUB_CANCELLED ? EV_REINSTATE : EV_RESUME, now);
	return m->blocked[0] || m->blocked[1] ? "still_blocked" : "active";
}

static const char *
plain_block(struct plain *m, const struct step *s)
{
	if (m->blocked[s->a] == (s->b == 1))
		return s->b == 1 ? "provider_already_suspended" : "provider_not_suspended";
	m->blocked[s->a] = s->b == 1;
	return "";
}

/* The answer that is to be given; a refusal leaves all as it was. */
static const char *
plain_step(struct plain *m, const struct step *s, int64_t now)
{
	struct plain before = *m;
	const char *code = "";

	/* Who asks about a device that is none gets no further. */
	if (s->kind != BLOCK && (s->kind != REACTIVATE || m->devices[s->a].known))
		plain_run(m, now);
	switch (s->kind) {
	case ACTIVATE:
		code = plain_activate(m, s, now);
		break;
	case CHANGE:
		code = plain_change(m, s, now);
		break;
	case SEATS:
		code = plain_set_seats(m, s, now);
		break;
	case REACTIVATE:
		return plain_reactivate(m, s, now);
	case BLOCK:
		return plain_block(m, s);
	case PASS:
	case KINDS:
		break;
	default:
		code = plain_move(m, s, now);
	}
	if (code[0] != '\0' && strcmp(code, "scheduled") != 0 && strcmp(code, "overtaken") != 0 &&
	    strcmp(code, "confirmed") != 0)
		*m = before;
	return code;
}

/* The real thing. */
struct world {
	struct store *store;
	struct provider provider, above;
	struct subscription sub;
	char code[CODE_SHOWN_SIZE];
	char ids[MACHINES][ID_SIZE];
	struct refusal why;
};

static void
world_open(struct world *w)
{
	struct order order = { .external_id = "o", .seats = 2 };

	*w = (struct world){ .provider = { .policy = policy_default() }, .above = { .policy = policy_default() } };
	strcpy(w->provider.contact.name, "Example");
	strcpy(w->provider.verify_url, "http://127.0.0.1/");
	w->provider.policy.transfers = 0;
	w->provider.policy.reconcile_s = 0;
	/* Past what a sequence lasts: purging has a test of its own. */
	w->provider.policy.retention_s = 3650 * DAY;
	CHECK_EQ(store_sqlite_open(":memory:", &w->store, NULL), ERR_NONE);
	CHECK_EQ(authority_add_provider(w->store, &w->above, "vendor", NOW, NULL), ERR_NONE);
	CHECK_EQ(authority_add_child(w->store, &w->above, &w->provider, "test", NOW, &w->why), ERR_NONE);
	CHECK_EQ(authority_order(w->store, &w->provider, &order, NOW, &w->sub, w->code, &w->why), ERR_NONE);
	for (int i = 0; i < MACHINES; i++)
		strcpy(w->ids[i], "dev_none");
}

static void
real_activate(struct world *w, const struct step *s, int64_t now)
{
	struct activation a = { .peer = "peer" };
	char token[TOKEN_SIZE];
	struct subscription sub;
	struct device d;
	int64_t retry_s;

	strcpy(a.code, w->code);
	snprintf(a.device.name, sizeof a.device.name, "machine-%d", s->a);
	strcpy(a.device.machine, a.device.name);
	if (s->b >= 0)
		strcpy(a.replace, w->ids[s->b]);
	if (authority_activate(w->store, &a, now, &d, token, &sub, &w->why, &retry_s) == ERR_NONE)
		strcpy(w->ids[s->a], d.id);
}

static void
real_change(struct world *w, const struct step *s, int64_t now)
{
	struct change c = { .event = (enum sub_event)s->a, .reason = reason_for(s->a), .actor = "test",
		.effective = s->shift == 0 ? 0 : now + s->shift };
	struct subscription sub;

	authority_change(w->store, &w->provider, w->sub.id, &c, now, &sub, &w->why);
}

static void
real_seats(struct world *w, const struct step *s, int64_t now)
{
	const char *release[1] = { s->b >= 0 ? w->ids[s->b] : NULL };
	struct seat_count c = { w->sub.id, s->a, release, s->b >= 0, "test" };

	authority_set_seats(w->store, &w->provider, &c, now, &w->why);
}

static void
real_reactivate(struct world *w, const struct step *s, int64_t now)
{
	struct recheck_result r = { .answer = s->b == 1 ? VERIFY_ACTIVE : VERIFY_SUSPENDED };
	enum outcome outcome = OUTCOME_NONE;
	struct device d = { .id = "" };
	struct buf text;

	buf_init(&text, 500);
	strcpy(d.id, w->ids[s->a]);
	if (authority_reactivate(w->store, &d, &r, now, &outcome, &text) == ERR_NOT_FOUND)
		strcpy(w->why.code, "unknown_device");
	else
		strcpy(w->why.code, outcome_name(outcome));
	buf_fini(&text);
}

static void
real_block(struct world *w, const struct step *s, int64_t now)
{
	struct provider_stop stop = { REASON_BILLING, 0, "test" };
	struct provider *p = s->a == 0 ? &w->provider : &w->above;

	if (s->b == 1)
		authority_suspend_provider(w->store, p, &stop, now, &w->why);
	else
		authority_resume_provider(w->store, p, "test", now, &w->why);
}

typedef enum err seat_fn(struct store *, const struct provider *, const struct seat_change *, int64_t,
    struct refusal *);

static void
real_step(struct world *w, const struct step *s, int64_t now)
{
	static seat_fn *const moves[KINDS] = { [RELEASE] = authority_release_seat,
		[ASSIGN] = authority_assign_seat, [TRANSFER] = authority_transfer_seat,
		[UNDO] = authority_undo_transfer };
	struct seat_change c = { .subscription = w->sub.id, .actor = "test" };
	int64_t next;

	w->why.code[0] = '\0';
	if (s->kind == PASS)
		CHECK_EQ(authority_run_due(w->store, now, &next), ERR_NONE);
	else if (s->kind == ACTIVATE)
		real_activate(w, s, now);
	else if (s->kind == CHANGE)
		real_change(w, s, now);
	else if (s->kind == BLOCK)
		real_block(w, s, now);
	else if (s->kind == SEATS)
		real_seats(w, s, now);
	else if (s->kind == REACTIVATE)
		real_reactivate(w, s, now);
	if (moves[s->kind] == NULL)
		return;
	c.device = w->ids[s->a];
	c.to = w->ids[s->b];
	moves[s->kind](w->store, &w->provider, &c, now, &w->why);
}

/* Why a device is not protected; its own reason and its subscription's come before the provider's. */
static enum reason
plain_reason(const struct plain *m, const struct plain_device *d)
{
	enum reason own = d->seated ? m->reason : d->left;

	return own == REASON_NONE && (m->blocked[0] || m->blocked[1]) ? REASON_PROVIDER_SUSPENDED : own;
}

/* What differs between the store and the model; NULL: nothing. */
static const char *
find_difference(struct world *w, const struct plain *m, int64_t now)
{
	struct subscription sub;
	int64_t checkin_s;
	struct lease l;

	CHECK_EQ(w->store->get_subscription(w->store, w->sub.id, &sub), ERR_NONE);
	if (sub.state != m->state || sub.reason != m->reason || sub.since != m->since)
		return "state, reason or since";
	if (sub.decided != m->decided)
		return "decided";
	if (sub.seats != m->seats || plain_taken(m) > m->seats)
		return "seats";
	for (int i = 0; i < MACHINES; i++) {
		const struct plain_device *p = &m->devices[i];
		struct device d;

		if (!p->known)
			continue;
		CHECK_EQ(w->store->get_device(w->store, w->ids[i], &d), ERR_NONE);
		if (d.seated != p->seated || (!d.seated && (d.left != p->left || d.left_at != p->left_at)))
			return "a device's seat";
		CHECK_EQ(authority_lease(w->store, &d, now, &l, &checkin_s), ERR_NONE);
		if (l.reason != plain_reason(m, p))
			return "a lease";
	}
	return NULL;
}

struct failure {
	int step;
	char what[200];
};

/* True: as it should be. */
static bool
play(const struct step *steps, int count, struct failure *f)
{
	struct plain m = { .state = SUB_PENDING, .since = NOW, .decided = NOW, .seats = 2 };
	struct event_check check;
	int64_t now = NOW;
	struct world w;
	bool good = true;

	for (int i = 0; i < MACHINES; i++)
		m.devices[i].to = -1;
	world_open(&w);
	for (int i = 0; i < count && good; i++) {
		const char *want, *differs;

		now += steps[i].later;
		want = plain_step(&m, &steps[i], now);
		real_step(&w, &steps[i], now);
		differs = find_difference(&w, &m, now);
		good = strcmp(want, w.why.code) == 0 && differs == NULL;
		f->step = i;
		snprintf(f->what, sizeof f->what, "answer \"%s\", should be \"%s\"; differs: %s", w.why.code, want,
		    differs == NULL ? "nothing" : differs);
	}
	CHECK_EQ(event_verify_log(w.store, &check), ERR_NONE);
	CHECK_EQ(check.broken_at, 0);
	w.store->close(w.store);
	return good;
}

static uint64_t random_state;

static int
below(int n)
{
	random_state = random_state * 6364136223846793005u + 1442695040888963407u;
	return (int)((random_state >> 33) % (unsigned)n);
}

static struct step
make_step(void)
{
	static const int64_t spans[] = { 1, 60, 3600, 50000, 86400, 6 * 86400 };
	struct step s = { .a = below(MACHINES), .b = below(MACHINES), .later = spans[below(6)] };

	s.kind = (enum step_kind)below(KINDS);
	if (s.kind == CHANGE || below(4) == 0) {
		s.kind = CHANGE;
		s.a = EV_SUSPEND + below(EV_REINSTATE - EV_SUSPEND + 1);
		s.shift = below(2) == 0 ? 0 : (below(2) == 0 ? -1 : 1) * spans[below(6)];
	} else if (s.kind == SEATS) {
		s.a = 1 + below(MACHINES);
		s.b = below(2) == 0 ? -1 : s.b;
	} else if (s.kind == ACTIVATE) {
		s.b = below(2) == 0 ? -1 : s.b;
	} else if (s.kind == REACTIVATE) {
		s.b = below(2);
	} else if (s.kind == BLOCK) {
		s.a = below(2);
		/* Lifted more often than not: what is stopped for good tries nothing else. */
		s.b = below(3) == 0;
	}
	return s;
}

/* Leave out whatever is not needed for it to go wrong. */
static int
shrink(struct step *steps, int count)
{
	struct failure f;

	for (int i = 0; i < count;) {
		struct step fewer[LENGTH];

		memcpy(fewer, steps, sizeof fewer[0] * (size_t)i);
		memcpy(fewer + i, steps + i + 1, sizeof fewer[0] * (size_t)(count - i - 1));
		if (play(fewer, count - 1, &f)) {
			i++;
			continue;
		}
		count = f.step + 1;
		memcpy(steps, fewer, sizeof fewer[0] * (size_t)count);
		i = 0;
	}
	return count;
}

static void
report(uint64_t seed, struct step *steps, int count)
{
	static const char *const names[KINDS] = { "pass", "activate", "change", "release", "assign", "transfer",
		"undo", "seats", "reactivate", "block" };
	struct failure f;

	count = shrink(steps, count);
	play(steps, count, &f);
	fprintf(stderr, "# seed %" PRIu64 ": %s\n", seed, f.what);
	for (int i = 0; i < count; i++)
		fprintf(stderr, "#  +%" PRId64 " s: %s %d %d, effective %+" PRId64 "\n", steps[i].later,
		    names[steps[i].kind], steps[i].a, steps[i].b, steps[i].shift);
}

TEST(random_sequences_end_as_a_plain_model_says)
{
	const char *given = getenv("HOLDFAST_SEED");
	uint64_t first = given == NULL ? 20261125 : strtoull(given, NULL, 10);

	for (uint64_t seed = first; seed < first + (given == NULL ? RUNS : 1); seed++) {
		struct step steps[LENGTH];
		struct failure f;

		random_state = seed * 2654435761u + 1;
		for (int i = 0; i < LENGTH; i++)
			steps[i] = make_step();
		if (play(steps, LENGTH, &f))
			continue;
		report(seed, steps, f.step + 1);
		CHECK(false);
	}
}
