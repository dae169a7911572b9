/* entitle/authority_leave.c: see authority_leave.h. */
#include "entitle/authority_leave.h"

#include "base/text.h"
#include "entitle/authority_internal.h"
#include "entitle/event.h"

static enum err
find_taker(struct store *store, const struct provider *p, const char *id, struct provider *out)
{
	enum err e =
	    id[0] == '\0' ? store->get_retail_provider(store, out) : store->get_provider(store, id, out);

	if (e == ERR_NONE && text_equal(out->id, p->id))
		e = ERR_NOT_FOUND;
	return e;
}

static enum err
check_leaving(const struct provider *p, const struct leaving *leaving, int64_t now, struct refusal *why)
{
	if (p->retail)
		return refuse(why, ERR_CONFLICT, "retail_stays", "The vendor's own retail cannot leave.");
	if (p->leaves != 0)
		return refuse(why, ERR_CONFLICT, "already_leaving", "The end of its service is announced already.");
	if (leaving->at < now + LEAVE_NOTICE_MIN_S)
		return refuse(why, ERR_CONFLICT, "notice_too_short",
		    "People must have at least %d days to answer.", LEAVE_NOTICE_MIN_S / 86400);
	return ERR_NONE;
}

/* Let the schedule go through all its subscriptions, from the first. */
static enum err
plan_batches(struct store *store, const struct provider *p, int64_t at)
{
	struct due d = { .kind = DUE_NOTICE, .at = at };

	memcpy(d.subject, p->id, ID_SIZE);
	authority_make_id("due_", d.id);
	return store->schedule.add(store, &d);
}

static bool
find_notice(void *ctx, const struct due *d)
{
	char *id = ctx;

	if (d->kind == DUE_NOTICE)
		memcpy(id, d->id, ID_SIZE);
	return id[0] == '\0';
}

/* Tell all of how it is now; who was about to be told of how it was is told of this alone. */
static enum err
plan_notice(struct store *store, const struct provider *p, int64_t now)
{
	char id[ID_SIZE];
	enum err e;

	do {
		id[0] = '\0';
		if ((e = store->schedule.list(store, p->id, find_notice, id)) == ERR_NONE && id[0] != '\0')
			e = store->schedule.remove(store, id);
	} while (e == ERR_NONE && id[0] != '\0');
	return e == ERR_NONE ? plan_batches(store, p, now) : e;
}

enum err
authority_leave(struct store *store, struct provider *p, const struct leaving *leaving, int64_t now,
    struct refusal *why)
{
	struct provider fresh, taker;
	enum err e;

	if ((e = store->begin(store)) != ERR_NONE)
		return e;
	if ((e = store->get_provider(store, p->id, &fresh)) != ERR_NONE ||
	    (e = check_leaving(&fresh, leaving, now, why)) != ERR_NONE ||
	    (e = find_taker(store, &fresh, leaving->to, &taker)) != ERR_NONE)
		goto done;
	fresh.leaves = leaving->at;
	memcpy(fresh.leaves_to, taker.id, ID_SIZE);
	if ((e = store->put_leaving(store, &fresh)) != ERR_NONE ||
	    (e = schedule_plan_provider(store, &fresh, now)) != ERR_NONE ||
	    (e = plan_notice(store, &fresh, now)) != ERR_NONE)
		goto done;
	e = event_append(store, fresh.id, leaving->actor, "leaving",
	    json_pack("{s:I, s:s}", "at", (json_int_t)leaving->at, "to", taker.id), now);
done:
	if ((e = finish_transaction(store, e)) == ERR_NONE)
		*p = fresh;
	return e;
}

enum err
authority_stay(struct store *store, struct provider *p, const char *actor, int64_t now,
    struct refusal *why)
{
	struct provider fresh;
	enum err e;

	if ((e = store->begin(store)) != ERR_NONE)
		return e;
	if ((e = store->get_provider(store, p->id, &fresh)) != ERR_NONE)
		goto done;
	if (fresh.leaves == 0) {
		e = refuse(why, ERR_CONFLICT, "not_leaving", "The provider's service does not end.");
		goto done;
	}
	fresh.leaves = 0;
	fresh.leaves_to[0] = '\0';
	if ((e = store->put_leaving(store, &fresh)) != ERR_NONE ||
	    (e = schedule_plan_provider(store, &fresh, now)) != ERR_NONE ||
	    (e = plan_notice(store, &fresh, now)) != ERR_NONE)
		goto done;
	e = event_append(store, fresh.id, actor, "staying", json_pack("{}"), now);
done:
	if ((e = finish_transaction(store, e)) == ERR_NONE)
		*p = fresh;
	return e;
}

enum err
authority_consent(struct store *store, const char *subscription, enum consent consent,
    const char *actor, int64_t now, struct refusal *why)
{
	struct changing c = { .store = store, .now = now, .why = why };
	enum err e;

	if ((e = store->begin(store)) != ERR_NONE)
		return e;
	if ((e = changing_begin(&c, NULL, subscription)) != ERR_NONE)
		goto done;
	if (c.provider.leaves == 0)
		e = refuse(why, ERR_CONFLICT, "not_leaving", "The provider's service does not end.");
	else if (c.sub.state == SUB_CANCELLED)
		e = refuse(why, ERR_CONFLICT, "subscription_cancelled", "The subscription is cancelled.");
	if (e != ERR_NONE || c.sub.consent == consent)
		goto done;
	c.sub.consent = consent;
	if ((e = changing_save(&c)) == ERR_NONE)
		e = changing_log(&c, actor, "consent",
		    json_pack("{s:s, s:s}", "answer", consent_name(consent), "to", c.provider.leaves_to));
done:
	return finish_transaction(store, e);
}

/* Announced, or called off. */
static enum err
tell(struct changing *c)
{
	enum err e;

	if (c->provider.leaves == 0)
		c->sub.consent = CONSENT_NONE;
	if ((e = changing_save(c)) != ERR_NONE)
		return e;
	return changing_log(c, "schedule", c->provider.leaves != 0 ? "provider_leaving" : "provider_staying",
	    json_pack("{s:I, s:s}", "at", (json_int_t)c->provider.leaves, "to", c->provider.leaves_to));
}

static enum err
end_with_provider(struct changing *c)
{
	struct change change = { .event = EV_CANCEL, .reason = REASON_DISCONTINUED, .actor = "schedule",
		.effective = c->provider.leaves };
	struct refusal why;

	c->why = &why;
	return changing_apply(c, &change);
}

static enum err
move_to(struct changing *c, const struct provider *taker)
{
	char from[ID_SIZE];
	struct subscription other;
	int64_t bridge = c->now + LEAVE_BRIDGE_S;
	enum err e;

	memcpy(from, c->sub.provider, ID_SIZE);
	e = c->store->find_subscription_by_external_id(c->store, taker->id, c->sub.external_id, &other);
	if (e == ERR_NONE)
		text_copy(c->sub.external_id, sizeof c->sub.external_id, c->sub.reference);
	else if (e != ERR_NOT_FOUND)
		return e;
	memcpy(c->sub.provider, taker->id, ID_SIZE);
	c->sub.consent = CONSENT_NONE;
	c->sub.said = VERIFY_NONE;
	c->sub.said_at = 0;
	/* Where the person pays from now on, an open end would be for ever and for nothing. */
	if (taker->retail && c->sub.paid_until < bridge)
		c->sub.paid_until = bridge;
	c->sub.expiry_grace_s = taker->policy.expiry_grace_s;
	c->provider = *taker;
	/* What one provider kept with it is no business of the next. */
	if ((e = c->store->document.forget(c->store, c->sub.id)) != ERR_NONE ||
	    (e = changing_save(c)) != ERR_NONE)
		return e;
	return changing_log(c, "schedule", "migrated",
	    json_pack("{s:s, s:s, s:s, s:I}", "from", from, "to", taker->id, "external_id",
		c->sub.external_id, "paid_until", (json_int_t)c->sub.paid_until));
}

static enum err
do_one(struct store *store, const struct due *d, const char *id, int64_t now)
{
	struct changing c = { .store = store, .now = now };
	struct provider taker;
	enum err e;

	/* The schedule goes in order: catching up would do what this may put an end to. */
	if ((e = changing_read(&c, id)) != ERR_NONE || c.sub.state == SUB_CANCELLED)
		return e;
	if (d->kind == DUE_NOTICE)
		return tell(&c);
	if (c.sub.consent != CONSENT_GIVEN)
		return end_with_provider(&c);
	e = store->get_provider(store, c.provider.leaves_to, &taker);
	return e == ERR_NONE ? move_to(&c, &taker) : e;
}

enum err
leave_run(struct store *store, const struct provider *p, const struct due *d, int64_t now)
{
	if (d->kind == DUE_LEAVING && p->leaves == 0)
		return ERR_NONE;
	return schedule_run_batch(store, d, do_one, now);
}
