/* entitle/authority_reconcile.c: see authority_reconcile.h. */
#include "entitle/authority_reconcile.h"

#include "base/text.h"
#include "entitle/authority_internal.h"
#include "entitle/event.h"

#define ACTOR "reconciliation"

enum accord {
	ACCORD_NONE = 0,	/* a difference that only a person can settle */
	ACCORD_AGREED,
	ACCORD_REPAIR
};

struct cell {
	enum accord accord;
	enum sub_event event;	/* what makes ours follow */
	enum reason reason;
};

#define AGREED { ACCORD_AGREED, EV_NONE, REASON_NONE }
#define SUSPEND { ACCORD_REPAIR, EV_SUSPEND, REASON_PROVIDER_REQUEST }
#define CANCEL { ACCORD_REPAIR, EV_CANCEL, REASON_DISCONTINUED }

/* Ours × theirs. What has expired here and is active there was paid to them and not to us, or not at all. */
static const struct cell cells[SUB_STATES][VERIFY_ANSWERS] = {
	[SUB_PENDING] = { [VERIFY_ACTIVE] = AGREED, [VERIFY_SUSPENDED] = SUSPEND, [VERIFY_CANCELLED] = CANCEL },
	[SUB_ACTIVE] = { [VERIFY_ACTIVE] = AGREED, [VERIFY_SUSPENDED] = SUSPEND, [VERIFY_CANCELLED] = CANCEL },
	[SUB_SUSPENDED] = { [VERIFY_ACTIVE] = { ACCORD_REPAIR, EV_RESUME, REASON_NONE },
	    [VERIFY_SUSPENDED] = AGREED, [VERIFY_CANCELLED] = CANCEL },
	[SUB_CANCELLED] = { [VERIFY_ACTIVE] = { ACCORD_REPAIR, EV_REINSTATE, REASON_NONE },
	    [VERIFY_CANCELLED] = AGREED },
	[SUB_EXPIRED] = { [VERIFY_SUSPENDED] = SUSPEND, [VERIFY_CANCELLED] = CANCEL },
};

static enum err
log_drift(struct changing *c, enum sub_state ours, enum verify_answer theirs, const char *outcome)
{
	return changing_log(c, ACTOR, "drift",
	    json_pack("{s:s, s:s, s:s}", "ours", sub_state_name(ours), "theirs", verify_answer_name(theirs),
		"outcome", outcome));
}

static enum err
repair(struct changing *c, const struct cell *cell, struct reconcile_report *report)
{
	/* As of their list: what they command after it counts, whichever comes first. */
	struct change change = { .event = cell->event, .reason = cell->reason, .actor = ACTOR,
		.effective = c->sub.said_at };
	enum sub_state ours = subscription_state_at(&c->sub, c->now);
	struct subscription before = c->sub;
	struct refusal why;
	enum err e;

	c->why = &why;
	if ((e = changing_apply(c, &change)) == ERR_CONFLICT) {
		c->sub = before;
		report->reported++;
		return log_drift(c, ours, c->sub.said, why.code);
	}
	if (e != ERR_NONE)
		return e;
	report->repaired++;
	return log_drift(c, ours, c->sub.said, "repaired");
}

static enum err
compare(struct changing *c, enum verify_answer says, int64_t as_of, struct reconcile_report *report)
{
	enum sub_state ours = subscription_state_at(&c->sub, c->now);
	const struct cell *cell = &cells[ours][says];
	bool news = c->sub.said != says;
	enum err e;

	c->sub.said = says;
	c->sub.said_at = as_of < c->now ? as_of : c->now;
	if ((e = c->store->put_subscription(c->store, &c->sub)) != ERR_NONE)
		return e;
	/* They had not heard of our change yet when they said so. */
	if (cell->accord == ACCORD_AGREED || c->sub.decided > as_of) {
		report->agreed++;
		return ERR_NONE;
	}
	if (cell->accord == ACCORD_REPAIR)
		return repair(c, cell, report);
	report->reported++;
	/* Once is enough: it is compared every day. */
	return news ? log_drift(c, ours, says, "reported") : ERR_NONE;
}

static enum err
reconcile_one(struct store *store, const struct provider *p, const struct inventory_entry *entry,
    struct changing *c, struct reconcile_report *report)
{
	struct subscription sub;
	enum err e;

	e = store->find_subscription_by_external_id(store, p->id, entry->external_id, &sub);
	if (e == ERR_NOT_FOUND) {
		report->unknown++;
		return ERR_NONE;
	}
	if (e != ERR_NONE || (e = changing_begin(c, p->id, sub.id)) != ERR_NONE)
		return e;
	return ERR_NONE;
}

enum err
authority_reconcile(struct store *store, const struct provider *p, const struct inventory *inventory,
    int64_t now, struct reconcile_report *report)
{
	enum err e;

	for (size_t i = 0; i < inventory->count; i++) {
		const struct inventory_entry *entry = &inventory->entries[i];
		struct changing c = { .store = store, .now = now };
		struct reconcile_report after = *report;

		if (entry->says != VERIFY_ACTIVE && entry->says != VERIFY_SUSPENDED &&
		    entry->says != VERIFY_CANCELLED)
			return ERR_MALFORMED;
		if ((e = store->begin(store)) != ERR_NONE)
			return e;
		e = reconcile_one(store, p, entry, &c, &after);
		if (e == ERR_NONE && c.sub.id[0] != '\0')
			e = compare(&c, entry->says, inventory->as_of, &after);
		if ((e = finish_transaction(store, e)) != ERR_NONE)
			return e;
		*report = after;
	}
	return ERR_NONE;
}

struct search {
	int64_t began;
	char id[ID_SIZE];	/* where it has come to, and what it found */
	bool found;
};

static bool
find_missing(void *ctx, const struct subscription *sub)
{
	struct search *s = ctx;

	memcpy(s->id, sub->id, ID_SIZE);
	s->found = sub->state != SUB_CANCELLED && sub->said_at < s->began && sub->created < s->began;
	return !s->found;
}

static enum err
note_missing(struct store *store, const struct provider *p, const char *id, int64_t began, int64_t now)
{
	struct changing c = { .store = store, .now = now };
	bool news;
	enum err e;

	if ((e = store->begin(store)) != ERR_NONE)
		return e;
	if ((e = changing_begin(&c, p->id, id)) != ERR_NONE || c.sub.said_at >= began)
		goto done;
	news = c.sub.said != VERIFY_MISSING;
	c.sub.said = VERIFY_MISSING;
	c.sub.said_at = now;
	if ((e = store->put_subscription(store, &c.sub)) == ERR_NONE && news)
		e = log_drift(&c, subscription_state_at(&c.sub, now), VERIFY_MISSING, "reported");
done:
	return finish_transaction(store, e);
}

enum err
authority_reconcile_end(struct store *store, const struct provider *p, int64_t began, int64_t now,
    struct reconcile_report *report)
{
	struct search s = { .began = began };
	enum err e;

	for (;;) {
		char after[ID_SIZE];

		memcpy(after, s.id, ID_SIZE);
		s.found = false;
		e = store->list_subscriptions(store, p->id, after, find_missing, &s);
		if (e != ERR_NONE || !s.found)
			return e;
		if ((e = note_missing(store, p, s.id, began, now)) != ERR_NONE)
			return e;
		report->missing++;
	}
}
