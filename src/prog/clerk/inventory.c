/* prog/clerk/inventory.c: see inventory.h. Rounds run beside each other, so that one slow system holds up no other
 * provider's; one that does not answer is left for the next time. */
#include "prog/clerk/inventory.h"

#include <unistd.h>

#include "base/log.h"
#include "base/text.h"
#include "crypto/random.h"
#include "entitle/authority_reconcile.h"
#include "os/channel.h"
#include "prog/clerk/courier.h"
#include "service/recheck.h"

#define CURSOR "inventory"

enum {
	ROUNDS = 8,
	ASKS = 4,		/* a provider's system is asked about so many at once */
	SILENT_MOST = 8,	/* so many questions in a row without an answer: it is away */
	ANSWER_WITHIN_S = 10,	/* above what the courier gives it */
	SCAN_MOST = 256,	/* events looked through in one turn */
	STALE_S = 86400,	/* what was due so long ago has been due again since */
	KEEP_CURSOR_EVERY = 4096 /* events: to look through them once more is no harm */
};

struct round;
struct question {
	struct round *round;	/* NULL: free */
	bool answered;
	enum verify_answer answer;
	int64_t asked;
	char external_id[EXTERNAL_ID_SIZE];
	int courier;
	struct event *event;
};

/* One provider's subscriptions, all of them once. */
struct round {
	struct clerk *clerk;	/* NULL: free */
	int64_t position;	/* of the event that began it */
	struct provider provider;
	char after[ID_SIZE];	/* the last subscription that was asked about */
	bool listed;		/* there are no more */
	int silent;
	struct reconcile_report report;
	struct question questions[ASKS];
};

static struct {
	struct round rounds[ROUNDS];
	int64_t scanned, kept;	/* how far the log was looked through, and what the store knows of that */
	bool begun;
} all;

static struct round *
free_round(void)
{
	for (size_t i = 0; i < ROUNDS; i++)
		if (all.rounds[i].clerk == NULL)
			return &all.rounds[i];
	return NULL;
}

static struct question *
free_question(struct round *r)
{
	for (size_t i = 0; i < ASKS; i++)
		if (r->questions[i].round == NULL)
			return &r->questions[i];
	return NULL;
}

static size_t
open_questions(const struct round *r)
{
	size_t n = 0;

	for (size_t i = 0; i < ASKS; i++)
		n += r->questions[i].round != NULL;
	return n;
}

static void
release(struct question *q)
{
	if (q->event != NULL)
		event_free(q->event);
	if (q->courier >= 0)
		close(q->courier);
	*q = (struct question){ .courier = -1 };
}

struct scan {
	struct event found;
	int64_t last;
	int count;
	bool is_found;
};

static bool
find_due(void *ctx, const struct event *e)
{
	struct scan *s = ctx;

	s->last = e->position;
	s->is_found = text_equal(e->kind, "reconcile_due");
	if (s->is_found)
		s->found = *e;
	return !s->is_found && ++s->count < SCAN_MOST;
}

/* Remember how far everything is done: up to the oldest round that is not. */
static enum err
keep_cursor(struct clerk *c, bool now)
{
	int64_t done = all.scanned;

	for (size_t i = 0; i < ROUNDS; i++)
		if (all.rounds[i].clerk != NULL && all.rounds[i].position <= done)
			done = all.rounds[i].position - 1;
	if (done == all.kept || (!now && done - all.kept < KEEP_CURSOR_EVERY))
		return ERR_NONE;
	all.kept = done;
	return c->store->delivery.put_cursor(c->store, CURSOR, done);
}

static enum err
begin_round(struct clerk *c, const struct event *due, int64_t now)
{
	struct round *r = free_round();
	struct provider p;
	enum err e;

	if (now - due->at > STALE_S)
		return ERR_NONE;
	if ((e = c->store->get_provider(c->store, due->chain, &p)) != ERR_NONE)
		return e == ERR_NOT_FOUND ? ERR_NONE : e;
	if (p.verify_url[0] == '\0')
		return ERR_NONE;
	*r = (struct round){ .clerk = c, .position = due->position, .provider = p };
	for (size_t i = 0; i < ASKS; i++)
		r->questions[i].courier = -1;
	return ERR_NONE;
}

/* Look for what is due, behind what was seen already. */
static enum err
begin_due(struct clerk *c, int64_t now, bool *more)
{
	static struct scan s;
	int64_t position;
	enum err e;

	if (!all.begun && (e = c->store->delivery.get_cursor(c->store, CURSOR, &all.kept)) != ERR_NONE)
		return e;
	if (!all.begun)
		all.scanned = all.kept;
	all.begun = true;
	if (free_round() == NULL)
		return ERR_NONE;
	if ((e = c->store->get_position(c->store, &position)) != ERR_NONE || position <= all.scanned)
		return e;
	s = (struct scan){ .last = position };
	if ((e = c->store->list_events(c->store, NULL, all.scanned, find_due, &s)) != ERR_NONE)
		return e;
	if (s.is_found && (e = begin_round(c, &s.found, now)) != ERR_NONE)
		return e;
	all.scanned = s.last;
	*more = *more || s.last < position;
	return keep_cursor(c, false);
}

static void
system_spoke(evutil_socket_t fd, short what, void *ctx)
{
	static uint8_t room[CHANNEL_MESSAGE_MAX];
	struct question *q = ctx;
	struct channel_message m;

	(void)fd;
	q->answered = true;
	q->answer = VERIFY_UNREACHABLE;
	if ((what & EV_READ) == 0)
		return;
	if (channel_receive(q->courier, room, &m) != ERR_NONE) {
		courier_lost(q->round->clerk);
		return;
	}
	if (recheck_read_answer(m.body, &q->answer) != ERR_NONE)
		q->answer = VERIFY_UNREACHABLE;
	channel_close_fds(&m);
	clerk_turn_within(q->round->clerk, 5);
}

static bool
take_subscription(void *ctx, const struct subscription *sub)
{
	*(struct subscription *)ctx = *sub;
	return false;
}

/* The next one that the provider can know. ERR_NOT_FOUND: there are no more. */
static enum err
next_subscription(struct round *r, struct subscription *out)
{
	struct store *store = r->clerk->store;
	enum err e;

	do {
		out->id[0] = '\0';
		e = store->list_subscriptions(store, r->provider.id, r->after, take_subscription, out);
		if (e != ERR_NONE || out->id[0] == '\0')
			return e == ERR_NONE ? ERR_NOT_FOUND : e;
		memcpy(r->after, out->id, sizeof r->after);
	} while (out->purged != 0 || out->merged_into[0] != '\0');
	return ERR_NONE;
}

static enum err
ask(struct round *r, struct question *q, const struct subscription *sub, int64_t now)
{
	struct recheck_request request = { .url = "" };
	struct buf b;
	enum err e;

	memcpy(request.url, r->provider.verify_url, sizeof request.url);
	memcpy(request.token, r->provider.verify_token, sizeof request.token);
	memcpy(request.external_id, sub->external_id, sizeof request.external_id);
	*q = (struct question){ .round = r, .asked = now, .courier = -1 };
	memcpy(q->external_id, sub->external_id, sizeof q->external_id);
	buf_init(&b, CHANNEL_MESSAGE_MAX);
	recheck_write_request(&request, &b);
	if ((e = b.err) == ERR_NONE)
		e = courier_ask(r->clerk, buf_bytes(&b), ANSWER_WITHIN_S, system_spoke, q, &q->courier, &q->event);
	/* Not asked: as good as no answer. */
	if (e != ERR_NONE)
		q->answered = true, q->answer = VERIFY_UNREACHABLE;
	if (b.p != NULL)
		random_forget(b.p, b.n);
	random_forget(&request, sizeof request);
	buf_fini(&b);
	return ERR_NONE;
}

static enum err
act_on(struct round *r, struct question *q, int64_t now)
{
	const struct inventory_entry entry = { .says = q->answer };
	struct inventory_entry named = entry;
	const struct inventory inventory = { .entries = &named, .count = 1, .as_of = q->asked };
	enum err e = ERR_NONE;

	memcpy(named.external_id, q->external_id, sizeof named.external_id);
	/* What their system does not know is an answer: it is there. */
	if (q->answer != VERIFY_UNREACHABLE)
		r->silent = 0;
	else if (++r->silent >= SILENT_MOST)
		r->listed = true;
	if (q->answer == VERIFY_ACTIVE || q->answer == VERIFY_SUSPENDED || q->answer == VERIFY_CANCELLED)
		e = authority_reconcile(r->clerk->store, &r->provider, &inventory, now, &r->report);
	if (e == ERR_NONE)
		release(q);
	return e;
}

static enum err
end_round(struct round *r)
{
	struct clerk *c = r->clerk;

	log_info("compared with the inventory of %s: %lld agree, %lld repaired, %lld to be looked at%s",
	    r->provider.id, (long long)r->report.agreed, (long long)r->report.repaired,
	    (long long)r->report.reported, r->silent >= SILENT_MOST ? "; then it did not answer" : "");
	*r = (struct round){ .clerk = NULL };
	return keep_cursor(c, true);
}

static enum err
advance(struct round *r, int64_t now)
{
	struct subscription sub;
	struct question *q;
	enum err e;

	for (size_t i = 0; i < ASKS; i++)
		if (r->questions[i].answered && (e = act_on(r, &r->questions[i], now)) != ERR_NONE)
			return e;
	while (!r->listed && courier_is_there(r->clerk) && (q = free_question(r)) != NULL) {
		if ((e = next_subscription(r, &sub)) == ERR_NOT_FOUND)
			r->listed = true;
		else if (e != ERR_NONE || (e = ask(r, q, &sub, now)) != ERR_NONE)
			return e;
	}
	return r->listed && open_questions(r) == 0 ? end_round(r) : ERR_NONE;
}

enum err
inventory_turn(struct clerk *c, int64_t now, bool *more)
{
	enum err e = begin_due(c, now, more);

	for (size_t i = 0; i < ROUNDS && e == ERR_NONE; i++)
		if (all.rounds[i].clerk != NULL)
			e = advance(&all.rounds[i], now);
	return e;
}
