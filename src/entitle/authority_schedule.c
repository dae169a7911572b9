/* entitle/authority_schedule.c: see authority_schedule.h. */
#include "entitle/authority_schedule.h"

#include "base/text.h"
#include "entitle/authority_internal.h"
#include "entitle/event.h"

/* Who acts when it is only the time that has come. */
#define ACTOR "schedule"

static enum err
add_due(struct store *store, struct due *d)
{
	authority_make_id("due_", d->id);
	return store->schedule.add(store, d);
}

static enum err
plan(struct changing *c, enum due_kind kind, int64_t at, const char *about)
{
	struct due d = { .kind = kind, .at = at };

	memcpy(d.subject, c->sub.id, ID_SIZE);
	text_copy(d.about, sizeof d.about, about);
	return add_due(c->store, &d);
}

/* Remind of what ends at ${end}, some days before. */
static enum err
plan_reminders(struct changing *c, int64_t end, const char *about)
{
	enum err e = ERR_NONE;

	for (size_t i = 0; i < REMINDERS_MAX && e == ERR_NONE; i++) {
		int64_t days = c->provider.policy.reminder_days[i];

		if (days > 0 && end - days * 86400 > c->now)
			e = plan(c, DUE_REMINDER, end - days * 86400, about);
	}
	return e;
}

static enum err
plan_expiry(struct changing *c)
{
	const struct subscription *sub = &c->sub;
	int64_t grace_end = sub->paid_until + sub->expiry_grace_s;
	enum err e = ERR_NONE;

	if (sub->paid_until == 0)
		return ERR_NONE;
	if (sub->paid_until != sub->expiry_told)
		e = plan(c, DUE_EXPIRY, sub->paid_until, "");
	/* What nobody renews must not keep a person's data for ever; who reinstates one has the time once more. */
	if (e == ERR_NONE && !sub->renews)
		e = plan(c, DUE_LAPSE,
		    (sub->since > sub->paid_until ? sub->since : sub->paid_until) + c->provider.policy.retention_s, "");
	if (e == ERR_NONE && sub->expiry_grace_s > 0 && grace_end > c->now)
		e = plan(c, DUE_GRACE_END, grace_end, "");
	/* What renews by itself needs no person. */
	if (e == ERR_NONE && !sub->renews)
		e = plan_reminders(c, sub->paid_until, "expiry");
	return e;
}

static enum err
plan_suspended(struct changing *c)
{
	const struct subscription *sub = &c->sub;
	int64_t half_way = sub->since + (sub->grace_until - sub->since) / 2;
	enum err e = ERR_NONE;

	if (sub->grace_until > c->now)
		e = plan(c, DUE_GRACE_END, sub->grace_until, "");
	if (e == ERR_NONE && sub->grace_until > c->now && half_way > c->now)
		e = plan(c, DUE_REMINDER, half_way, "suspension");
	if (e == ERR_NONE && sub->doubt_until > c->now)
		e = plan(c, DUE_DOUBT_END, sub->doubt_until, "");
	return e;
}

static enum err
plan_pending(struct changing *c)
{
	int64_t within = c->provider.policy.activate_s, at = c->sub.created + within;
	enum err e = ERR_NONE;

	if (within == 0)
		return ERR_NONE;
	if (at - within / 2 > c->now)
		e = plan(c, DUE_REMINDER, at - within / 2, "activation");
	return e == ERR_NONE ? plan(c, DUE_ACTIVATION, at, "") : e;
}

static bool
find_cancellation(void *ctx, const struct due *d)
{
	if (d->kind != DUE_CHANGE || d->event != EV_CANCEL)
		return true;
	*(int64_t *)ctx = d->at;
	return false;
}

enum err
schedule_find_cancellation(struct store *store, const char *subscription, int64_t *out)
{
	*out = 0;
	return store->schedule.list(store, subscription, find_cancellation, out);
}

static enum err
plan_by_state(struct changing *c)
{
	switch (c->sub.state) {
	case SUB_PENDING:
		return plan_pending(c);
	case SUB_ACTIVE:
		return plan_expiry(c);
	case SUB_SUSPENDED:
		return plan_suspended(c);
	case SUB_CANCELLED:
		if (c->sub.purged != 0)
			return ERR_NONE;
		return plan(c, DUE_PURGE, c->sub.since + c->provider.policy.retention_s + 1, "");
	case SUB_NONE:
	case SUB_EXPIRED:
	case SUB_STATES:
		break;
	}
	return ERR_NONE;
}

enum err
schedule_plan(struct changing *c)
{
	int64_t cancelled = 0, leaves = c->provider.leaves;
	struct store *store = c->store;
	enum err e;

	if ((e = store->schedule.remove_planned(store, c->sub.id)) != ERR_NONE ||
	    (e = plan_by_state(c)) != ERR_NONE || c->sub.state == SUB_CANCELLED)
		return e;
	e = schedule_find_cancellation(store, c->sub.id, &cancelled);
	if (e == ERR_NONE && cancelled != 0)
		e = plan_reminders(c, cancelled, "cancellation");
	/* Who has answered need not be asked again. */
	if (e == ERR_NONE && leaves != 0 && c->sub.consent == CONSENT_NONE)
		e = plan_reminders(c, leaves, "provider_leaving");
	return e;
}

enum err
schedule_plan_provider(struct store *store, const struct provider *p, int64_t now)
{
	struct due compare = { .kind = DUE_RECONCILE, .at = now + p->policy.reconcile_s };
	struct due leave = { .kind = DUE_LEAVING, .at = p->leaves };
	enum err e;

	memcpy(compare.subject, p->id, ID_SIZE);
	memcpy(leave.subject, p->id, ID_SIZE);
	if ((e = store->schedule.remove_planned(store, p->id)) != ERR_NONE)
		return e;
	if (p->policy.reconcile_s > 0 && p->verify_url[0] != '\0')
		e = add_due(store, &compare);
	if (e == ERR_NONE && p->leaves != 0)
		e = add_due(store, &leave);
	return e;
}

struct search {
	const struct change *change;
	bool found;
};

static bool
find_same(void *ctx, const struct due *d)
{
	struct search *s = ctx;

	s->found = d->kind == DUE_CHANGE && d->event == s->change->event && d->at == s->change->effective;
	return !s->found;
}

enum err
schedule_change(struct changing *c, const struct change *change)
{
	struct due d = { .kind = DUE_CHANGE, .at = change->effective, .event = change->event,
		.reason = change->reason, .paid_until = change->paid_until };
	struct search search = { .change = change };
	enum err e;

	if ((e = c->store->schedule.list(c->store, c->sub.id, find_same, &search)) != ERR_NONE)
		return e;
	if (search.found)
		return refuse(c->why, ERR_CONFLICT, "already_scheduled",
		    "The same change is planned for that time already.");
	memcpy(d.subject, c->sub.id, ID_SIZE);
	text_copy(d.actor, sizeof d.actor, change->actor);
	/* The devices see it: their leases must not outlive a cancellation. */
	if ((e = add_due(c->store, &d)) != ERR_NONE || (e = changing_save(c)) != ERR_NONE)
		return e;
	refuse(c->why, ERR_NONE, "scheduled", "The change will take effect at its time, as %s.", d.id);
	return changing_log(c, change->actor, "scheduled",
	    json_pack("{s:s, s:s, s:s, s:I}", "change", d.id, "event", sub_event_name(d.event), "reason",
		reason_code(d.reason), "effective", (json_int_t)d.at));
}

enum err
authority_withdraw_change(struct store *store, const struct provider *p, const char *id,
    const char *change, const char *actor, int64_t now)
{
	struct changing c = { .store = store, .now = now };
	struct due d;
	enum err e;

	if ((e = store->begin(store)) != ERR_NONE)
		return e;
	if ((e = changing_begin(&c, p->id, id)) != ERR_NONE ||
	    (e = store->schedule.get(store, change, &d)) != ERR_NONE)
		goto done;
	e = ERR_NOT_FOUND;
	if (d.kind != DUE_CHANGE || !text_equal(d.subject, c.sub.id))
		goto done;
	if ((e = store->schedule.remove(store, change)) != ERR_NONE || (e = changing_save(&c)) != ERR_NONE)
		goto done;
	e = changing_log(&c, actor, "withdrawn",
	    json_pack("{s:s, s:s, s:I}", "change", d.id, "event", sub_event_name(d.event), "effective",
		(json_int_t)d.at));
done:
	return finish_transaction(store, e);
}

/* What each kind does when its time has come; the row has gone already. */
typedef enum err due_fn(struct changing *c, const struct due *d);

static enum err
run_change(struct changing *c, const struct due *d)
{
	struct change change = { d->event, d->reason, d->actor, d->at, d->paid_until };
	struct refusal why = { .code = "" };
	enum err e;

	c->why = &why;
	if (d->at < c->sub.decided)
		refuse(&why, e = ERR_CONFLICT, "overtaken", "A later change has taken effect.");
	else
		e = changing_apply(c, &change);
	if (e != ERR_CONFLICT)
		return e;
	return changing_log(c, d->actor, "dropped",
	    json_pack("{s:s, s:s, s:I, s:s}", "change", d->id, "event", sub_event_name(d->event), "effective",
		(json_int_t)d->at, "code", why.code));
}

static enum err
run_reminder(struct changing *c, const struct due *d)
{
	const struct subscription *sub = &c->sub;
	int64_t end = text_equal(d->about, "expiry") ? sub->paid_until
	    : text_equal(d->about, "suspension")     ? sub->grace_until
	    : text_equal(d->about, "activation")     ? sub->created + c->provider.policy.activate_s
	    : text_equal(d->about, "cancellation")   ? 0
						     : c->provider.leaves;
	enum err e = ERR_NONE;

	if (end == 0)
		e = schedule_find_cancellation(c->store, sub->id, &end);
	return e != ERR_NONE ? e
			     : changing_log(c, ACTOR, "reminder",
				   json_pack("{s:s, s:I}", "about", d->about, "ends", (json_int_t)end));
}

static enum err
run_activation(struct changing *c, const struct due *d)
{
	struct change change = { .event = EV_CANCEL, .reason = REASON_NOT_ACTIVATED, .actor = ACTOR,
		.effective = d->at };
	struct refusal why;

	c->why = &why;
	return changing_apply(c, &change);
}

/* Reinstated within retention it is as it was: expired, to be renewed. */
static enum err
run_lapse(struct changing *c, const struct due *d)
{
	struct change change = { .event = EV_CANCEL, .reason = REASON_EXPIRED, .actor = ACTOR,
		.effective = d->at };
	struct refusal why;

	c->why = &why;
	return changing_apply(c, &change);
}

static enum err
run_end(struct changing *c, const struct due *d)
{
	enum err e;

	c->sub.revision++;
	if (d->kind == DUE_EXPIRY)
		c->sub.expiry_told = c->sub.paid_until;
	if ((e = c->store->put_subscription(c->store, &c->sub)) != ERR_NONE)
		return e;
	return changing_log(c, ACTOR,
	    d->kind == DUE_EXPIRY	? "expired"
		: d->kind == DUE_GRACE_END ? "grace_ended"
					   : "doubt_ended",
	    json_pack("{s:I, s:s}", "effective", (json_int_t)d->at, "reason",
		reason_code(subscription_standing(&c->sub, d->at).reason)));
}

static enum err
run_purge(struct changing *c, const struct due *d)
{
	(void)d;
	return retention_purge(c);
}

static due_fn *const of_subscription[DUE_KINDS] = {
	[DUE_CHANGE] = run_change,
	[DUE_REMINDER] = run_reminder,
	[DUE_ACTIVATION] = run_activation,
	[DUE_DOUBT_END] = run_end,
	[DUE_GRACE_END] = run_end,
	[DUE_EXPIRY] = run_end,
	[DUE_PURGE] = run_purge,
	[DUE_LAPSE] = run_lapse,
};

static enum err
run_for_subscription(struct store *store, const struct due *d, int64_t now)
{
	struct changing c = { .store = store, .now = now };
	enum err e;

	if ((e = changing_read(&c, d->subject)) != ERR_NONE)
		return e;
	return of_subscription[d->kind](&c, d);
}

static enum err
run_reconcile(struct store *store, const struct provider *p, int64_t now)
{
	struct due again = { .kind = DUE_RECONCILE, .at = now + p->policy.reconcile_s };
	enum err e;

	if (p->policy.reconcile_s == 0 || p->verify_url[0] == '\0')
		return ERR_NONE;
	memcpy(again.subject, p->id, ID_SIZE);
	if ((e = add_due(store, &again)) != ERR_NONE)
		return e;
	return event_append(store, p->id, ACTOR, "reconcile_due", json_pack("{s:s}", "provider", p->id),
	    now);
}

/* Within a transaction. */
static enum err
run_one(struct store *store, const struct due *d, int64_t now)
{
	struct provider p;
	enum err e;

	if ((e = store->schedule.remove(store, d->id)) != ERR_NONE)
		return e;
	if (of_subscription[d->kind] != NULL)
		return run_for_subscription(store, d, now);
	if ((e = store->get_provider(store, d->subject, &p)) != ERR_NONE)
		return e;
	if (d->kind == DUE_BLOCK)
		return tree_run(store, &p, d, now);
	return d->kind == DUE_RECONCILE ? run_reconcile(store, &p, now)
					: leave_run(store, &p, d, now);
}

/* So many subscriptions in one transaction: others want to write too. */
enum { BATCH = 100 };

struct batch {
	char ids[BATCH][ID_SIZE];
	size_t count;
};

static bool
gather(void *ctx, const struct subscription *sub)
{
	struct batch *b = ctx;

	memcpy(b->ids[b->count++], sub->id, ID_SIZE);
	return b->count < BATCH;
}

enum err
schedule_run_batch(struct store *store, const struct due *d, batch_fn *fn, int64_t now)
{
	struct batch b = { .count = 0 };
	struct due next = *d;
	enum err e;

	if ((e = store->list_subscriptions(store, d->subject, d->about, gather, &b)) != ERR_NONE)
		return e;
	for (size_t i = 0; i < b.count; i++)
		if ((e = fn(store, d, b.ids[i], now)) != ERR_NONE)
			return e;
	if (b.count < BATCH)
		return ERR_NONE;
	memcpy(next.about, b.ids[b.count - 1], ID_SIZE);
	return add_due(store, &next);
}

enum err
schedule_catch_up(struct store *store, const char *subject, int64_t now)
{
	struct due d;
	enum err e;

	while ((e = store->schedule.get_next_of(store, subject, &d)) == ERR_NONE && d.at <= now)
		if ((e = run_one(store, &d, now)) != ERR_NONE)
			return e;
	return e == ERR_NOT_FOUND ? ERR_NONE : e;
}

/* The store is well, and still it cannot be done: others must not wait for it. */
static enum err
give_up(struct store *store, const struct due *d, enum err why, int64_t now)
{
	enum err e;

	if ((e = store->begin(store)) != ERR_NONE)
		return e;
	if ((e = store->schedule.remove(store, d->id)) == ERR_NONE)
		e = event_append(store, CHAIN_VENDOR, ACTOR, "due_failed",
		    json_pack("{s:s, s:i, s:I, s:s}", "subject", d->subject, "kind", (int)d->kind, "at",
			(json_int_t)d->at, "error", err_name(why)),
		    now);
	return finish_transaction(store, e);
}

/* ERR_NOT_FOUND: nothing is due by ${now}; *d is then what is due next, if anything (else d->at is 0). */
static enum err
run_next(struct store *store, struct due *d, int64_t now)
{
	enum err e;

	if ((e = store->begin(store)) != ERR_NONE)
		return e;
	d->at = 0;
	e = store->schedule.get_next(store, d);
	if (e == ERR_NOT_FOUND || (e == ERR_NONE && d->at > now)) {
		store->rollback(store);
		return ERR_NOT_FOUND;
	}
	if (e == ERR_NONE && (e = run_one(store, d, now)) == ERR_NOT_FOUND)
		e = ERR_MALFORMED;
	e = finish_transaction(store, e);
	if (e == ERR_MALFORMED || e == ERR_LIMIT || e == ERR_EXISTS || e == ERR_CONFLICT)
		e = d->id[0] == '\0' ? e : give_up(store, d, e, now);
	return e;
}

enum err
authority_run_due(struct store *store, int64_t now, int64_t *next_due)
{
	struct due d = { .id = "" };
	enum err e = ERR_NONE;

	/* Usually nothing is: then no lock is taken. */
	e = store->schedule.get_next(store, &d);
	for (int done = 0; e == ERR_NONE && d.at <= now && done < RUN_DUE_MOST; done++)
		e = run_next(store, &d, now);
	if (e != ERR_NONE && e != ERR_NOT_FOUND)
		return e;
	if ((e = store->schedule.get_next(store, &d)) == ERR_NONE)
		*next_due = d.at > now ? d.at : now;
	else if (e == ERR_NOT_FOUND)
		*next_due = 0;
	return e == ERR_NOT_FOUND ? ERR_NONE : e;
}
