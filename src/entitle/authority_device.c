/* entitle/authority_device.c: seats, devices, leases and Reactivate; see authority.h. */
#include <stdio.h>

#include "base/text.h"
#include "crypto/random.h"
#include "entitle/authority_internal.h"
#include "entitle/authority_tree.h"
#include "entitle/event.h"
#include "entitle/notice.h"

/* Devices see a change of their subscription by its revision. */
static enum err
raise_revision(struct store *store, struct subscription *sub)
{
	sub->revision++;
	return store->put_subscription(store, sub);
}

static enum err
log_seat(struct store *store, const struct device *d, const char *kind, int64_t now)
{
	char actor[NAME_SIZE];

	snprintf(actor, sizeof actor, "device %s", d->id);
	return event_append(store, d->subscription, actor, kind,
	    json_pack("{s:s, s:s}", "device", d->id, "name", d->name), now);
}

/* Take the seat of ${from}, because ${to} gets it. */
static enum err
unseat_for(struct store *store, struct device *from, const struct device *to, int64_t now)
{
	char actor[NAME_SIZE];
	enum err e;

	from->seated = false;
	from->left = REASON_TRANSFERRED;
	from->left_at = now;
	memcpy(from->moved_to, to->name, sizeof from->moved_to);
	memcpy(from->moved_to_id, to->id, sizeof from->moved_to_id);
	if ((e = store->unseat_device(store, from)) != ERR_NONE)
		return e;
	snprintf(actor, sizeof actor, "device %s", to->id);
	return event_append(store, from->subscription, actor, "transferred",
	    json_pack("{s:s, s:s, s:s, s:s}", "from", from->id, "from_name", from->name, "to",
		to->id, "to_name", to->name),
	    now);
}

static enum err
replace_seat(struct changing *c, const struct activation *a, const struct device *to)
{
	struct device old;
	enum err e;

	if (a->replace[0] == '\0')
		return ERR_NONE;
	e = c->store->get_device(c->store, a->replace, &old);
	if (e == ERR_NOT_FOUND ||
	    (e == ERR_NONE && !text_equal(old.subscription, to->subscription)))
		return refuse(c->why, ERR_NOT_FOUND, "unknown_device",
		    "The device to replace is not one of this subscription.");
	/* Asked twice, or its own old seat: there is nothing to take. */
	if (e != ERR_NONE || !old.seated || text_equal(old.id, to->id))
		return e;
	if ((e = seat_count_move(c)) != ERR_NONE)
		return e;
	return unseat_for(c->store, &old, to, c->now);
}

/* The same machine installed again: its id, and later its seat. */
static enum err
recognise(struct store *store, struct device *d, bool *known)
{
	struct device old;
	enum err e;

	e = store->find_device_by_machine(store, d->subscription, d->machine, &old);
	*known = e == ERR_NONE;
	if (e != ERR_NONE)
		return e == ERR_NOT_FOUND ? ERR_NONE : e;
	memcpy(d->id, old.id, ID_SIZE);
	d->created = old.created;
	return ERR_NONE;
}

static enum err
refuse_seats(const struct subscription *sub, struct refusal *why)
{
	return refuse(why, ERR_CONFLICT, "seats_taken",
	    sub->seats == 1 ? "The one seat of this subscription is taken by another device."
			    : "All %lld seats of this subscription are taken by other devices.",
	    (long long)sub->seats);
}

/* The code was right: does the subscription take devices? */
static enum err
check_takes_devices(struct store *store, struct subscription *sub, int64_t now, struct refusal *why)
{
	struct block block;
	enum err e;

	if ((e = authority_find_block(store, sub->provider, &block)) != ERR_NONE)
		return e;
	if (block.since != 0)
		return refuse(why, ERR_CONFLICT, "provider_suspended",
		    "The service of your provider is suspended; ask them.");
	switch (subscription_state_at(sub, now)) {
	case SUB_PENDING:
	case SUB_ACTIVE:
		return ERR_NONE;
	case SUB_SUSPENDED:
		return refuse(why, ERR_CONFLICT, "subscription_suspended",
		    "The subscription is suspended (%s); ask your provider.", reason_code(sub->reason));
	case SUB_CANCELLED:
	case SUB_EXPIRED:
	case SUB_NONE:
	case SUB_STATES:
		break;
	}
	return refuse(why, ERR_CONFLICT, "code_spent",
	    "The subscription behind this code has ended; ask your provider for a new one.");
}

static enum err
refuse_code(struct store *store, const struct activation *a, int64_t now, struct refusal *why,
    int64_t *retry_s)
{
	int64_t count, ends;
	enum err e;

	/* Counted in a transaction of its own, so that no rollback forgives a guess. */
	if ((e = store->begin(store)) != ERR_NONE)
		return e;
	e = store->count_attempt(store, a->peer, now, ACTIVATION_WINDOW_S, &count, &ends);
	if ((e = finish_transaction(store, e)) != ERR_NONE)
		return e;
	*retry_s = ends - now;
	return refuse(why, ERR_NOT_FOUND, "unknown_code",
	    "There is no such activation code. Check it letter by letter.");
}

static enum err
find_by_typed_code(struct store *store, const char *typed, struct subscription *out)
{
	char code[CODE_SHOWN_SIZE];
	uint8_t digest[HASH_MAX];
	enum err e;

	if (code_read(typed, code) != ERR_NONE)
		return ERR_NOT_FOUND;
	if ((e = code_digest(code, digest)) != ERR_NONE)
		return e;
	return store->find_subscription_by_code(store, digest, out);
}

/* The device that asks was one of another subscription: it needs no two seats. */
static enum err
leave_previous(struct store *store, const struct activation *a, const struct device *d, int64_t now)
{
	struct changing c = { .store = store, .now = now };
	struct device old;
	enum err e;

	if (a->previous[0] == '\0')
		return ERR_NONE;
	if ((e = store->get_device(store, a->previous, &old)) != ERR_NONE)
		return e == ERR_NOT_FOUND ? ERR_NONE : e;
	if (!old.seated || text_equal(old.subscription, d->subscription))
		return ERR_NONE;
	if ((e = changing_begin(&c, NULL, old.subscription)) != ERR_NONE)
		return e;
	return seat_free(&c, &old, REASON_REMOVED, "seat_left", "device");
}

static enum err
activate_in_transaction(struct store *store, const struct activation *a, struct device *d,
    struct subscription *sub, const uint8_t *token_digest, struct refusal *why)
{
	int64_t now = d->created;
	struct changing c = { .store = store, .now = now, .why = why };
	struct change first = { .event = EV_ACTIVATE };
	char actor[NAME_SIZE];
	bool known;
	enum err e;

	if ((e = find_by_typed_code(store, a->code, sub)) != ERR_NONE)
		return e == ERR_NOT_FOUND
		    ? refuse(why, ERR_NOT_FOUND, "unknown_code", "There is no such code.")
		    : e;
	if ((e = changing_begin(&c, NULL, sub->id)) != ERR_NONE)
		return e;
	*sub = c.sub;
	if ((e = check_takes_devices(store, sub, now, why)) != ERR_NONE)
		return e;
	memcpy(d->subscription, sub->id, ID_SIZE);
	if ((e = recognise(store, d, &known)) != ERR_NONE || (e = replace_seat(&c, a, d)) != ERR_NONE)
		return e;
	d->seated = true;
	e = known ? store->seat_device(store, d, token_digest) : store->add_device(store, d, token_digest);
	if (e != ERR_NONE)
		return e == ERR_LIMIT ? refuse_seats(sub, why) : e;
	if ((e = log_seat(store, d, "activated", now)) != ERR_NONE ||
	    (e = leave_previous(store, a, d, now)) != ERR_NONE)
		return e;
	if (sub->state != SUB_PENDING) {
		/* Active already, because the provider resumed it before any device came. */
		if (sub->activated == 0)
			sub->activated = now;
		return raise_revision(store, sub);
	}
	snprintf(actor, sizeof actor, "device %s", d->id);
	first.actor = actor;
	e = changing_apply(&c, &first);
	*sub = c.sub;
	return e;
}

enum err
authority_activate(struct store *store, const struct activation *a, int64_t now, struct device *out,
    char token[static TOKEN_SIZE], struct subscription *sub, struct refusal *why, int64_t *retry_s)
{
	uint8_t digest[HASH_MAX];
	struct device d = a->device;
	int64_t count, ends;
	enum err e;

	if ((e = store->get_attempts(store, a->peer, now, &count, &ends)) != ERR_NONE)
		return e;
	*retry_s = ends - now;
	if (count >= ACTIVATION_TRIES)
		return refuse(why, ERR_LIMIT, "too_many_attempts",
		    "Too many wrong codes came from here. Wait, then try again.");
	authority_make_id("dev_", d.id);
	authority_make_token("hfd_", token);
	d.created = d.last_seen = now;
	if ((e = authority_token_digest(token, digest)) != ERR_NONE)
		return e;
	if ((e = store->begin(store)) != ERR_NONE)
		return e;
	e = activate_in_transaction(store, a, &d, sub, digest, why);
	e = finish_transaction(store, e);
	if (e == ERR_NONE)
		*out = d;
	else if (e == ERR_NOT_FOUND && text_equal(why->code, "unknown_code"))
		return refuse_code(store, a, now, why, retry_s);
	return e;
}

enum err
authority_find_device(struct store *store, const char *token, struct device *out)
{
	uint8_t digest[HASH_MAX];
	enum err e;

	if ((e = authority_token_digest(token, digest)) != ERR_NONE)
		return e;
	e = store->find_device_by_token(store, digest, out);
	return e == ERR_NOT_FOUND ? ERR_DENIED : e;
}

enum err
take_over_device(struct store *store, struct device *d, const struct subscription *sub, int64_t now)
{
	char actor[NAME_SIZE];
	enum err e;

	snprintf(actor, sizeof actor, "subscription %s", sub->id);
	if (d->seated) {
		e = event_append(store, d->subscription, actor, "seat_left",
		    json_pack("{s:s, s:s}", "device", d->id, "name", d->name), now);
		if (e != ERR_NONE)
			return e;
	}
	memcpy(d->subscription, sub->id, ID_SIZE);
	d->seated = true;
	if ((e = store->move_device(store, d)) != ERR_NONE)
		return e;
	return log_seat(store, d, "activated", now);
}

static void
write_revision(const struct subscription *sub, const struct device *d, const struct standing *standing,
    char out[static REVISION_SIZE])
{
	/* What changes with time alone (expiry, end of doubt), or with the provider, must show as well. */
	snprintf(out, REVISION_SIZE, "%.31s.%lld.%d.%d.%d", sub->id, (long long)sub->revision,
	    (int)d->seated, (int)standing->reason, (int)standing->ending);
}

enum err
authority_revision(struct store *store, const char *device, int64_t now,
    char out[static REVISION_SIZE])
{
	struct standing standing;
	struct subscription sub;
	struct device d;
	enum err e;

	if ((e = store->get_device(store, device, &d)) != ERR_NONE ||
	    (e = store->get_subscription(store, d.subscription, &sub)) != ERR_NONE ||
	    (e = authority_standing(store, &sub, now, &standing)) != ERR_NONE)
		return e;
	write_revision(&sub, &d, &standing, out);
	return ERR_NONE;
}

/* A lease never outlives what it stands on. */
static enum err
limit_lease(struct store *store, const struct subscription *sub, const struct standing *standing,
    struct lease *l)
{
	int64_t cancelled, end = 0;
	enum err e;

	if ((e = schedule_find_cancellation(store, sub->id, &cancelled)) != ERR_NONE)
		return e;
	if (standing->ending != REASON_NONE)
		end = standing->until;
	else if (sub->paid_until != 0)
		end = sub->paid_until + sub->expiry_grace_s;
	if (cancelled != 0 && (end == 0 || cancelled < end))
		end = cancelled;
	if (end != 0 && l->expires > end)
		l->expires = end, l->grace_s = 0;
	if (standing->ending != REASON_NONE)
		l->grace_s = 0;
	return ERR_NONE;
}

enum err
authority_lease(struct store *store, const struct device *d, int64_t now, struct lease *out,
    int64_t *checkin_s)
{
	struct subscription sub;
	struct provider p;
	struct standing standing;
	struct lease l = { .issued = now, .not_before = now - CLOCK_SKEW_S };
	enum err e;

	if ((e = store->get_subscription(store, d->subscription, &sub)) != ERR_NONE ||
	    (e = store->get_provider(store, sub.provider, &p)) != ERR_NONE ||
	    (e = authority_standing(store, &sub, now, &standing)) != ERR_NONE)
		return e;
	memcpy(l.device, d->id, ID_SIZE);
	memcpy(l.subscription, sub.id, ID_SIZE);
	memcpy(l.reference, sub.reference, REFERENCE_SIZE);
	l.provider = p.contact;
	l.paid_until = sub.paid_until;
	l.reason = standing.reason;
	l.since = standing.since;
	l.ending = standing.ending;
	if (!d->seated) {
		l.reason = d->left;
		l.since = d->left_at;
		l.ending = REASON_NONE;
		memcpy(l.moved_to, d->moved_to, sizeof l.moved_to);
	}
	l.features = l.reason == REASON_NONE ? FEATURES_ALL : 0;
	l.grace_s = l.reason == REASON_NONE ? p.policy.grace_s : 0;
	l.expires = now + p.policy.lease_s;
	if (l.features != 0 && (e = limit_lease(store, &sub, &standing, &l)) != ERR_NONE)
		return e;
	write_revision(&sub, d, &standing, l.revision);
	*checkin_s = p.policy.checkin_s;
	*out = l;
	return ERR_NONE;
}

const char *
outcome_name(enum outcome o)
{
	static const char *const names[] = { "none", "active", "still_blocked", "benefit_of_doubt",
		"unreachable", "not_possible" };

	return (unsigned)o < sizeof names / sizeof names[0] ? names[o] : names[0];
}

enum err
authority_reactivation_needs(struct store *store, const struct device *d, int64_t now, bool *ask,
    struct provider *p, struct subscription *sub)
{
	enum sub_state state;
	enum err e;

	if ((e = store->get_subscription(store, d->subscription, sub)) != ERR_NONE ||
	    (e = store->get_provider(store, sub->provider, p)) != ERR_NONE)
		return e;
	state = subscription_state_at(sub, now);
	/* Also while a grace lasts: who has resolved it need not wait for its end. */
	*ask = d->seated && p->verify_url[0] != '\0' &&
	    (state == SUB_SUSPENDED || state == SUB_CANCELLED);
	return ERR_NONE;
}

#define ASKED "provider's system, asked by the device"

/* The provider's system says active, and ours does not: ours follows. */
static enum err
reinstate(struct changing *c, int64_t asked)
{
	/* What the provider commands after it was asked counts, whichever comes first. */
	struct change change = { .event = c->sub.state == SUB_CANCELLED ? EV_REINSTATE : EV_RESUME,
		.actor = ASKED, .effective = asked };

	return changing_apply(c, &change);
}

static enum err
give_doubt(struct changing *c)
{
	enum err e;

	c->sub.doubt_until = c->now + c->provider.policy.doubt_s;
	c->sub.doubt_given = c->now;
	if ((e = changing_save(c)) != ERR_NONE)
		return e;
	return changing_log(c, "reactivate", "benefit_of_doubt",
	    json_pack("{s:I}", "until", (json_int_t)c->sub.doubt_until));
}

/* Keep the last answer, for whoever asks why. */
static enum err
note_answer(struct changing *c, enum verify_answer answer)
{
	c->sub.said = answer;
	c->sub.said_at = c->now;
	return c->store->put_subscription(c->store, &c->sub);
}

static bool
doubt_is_left(const struct subscription *sub, const struct provider *p, int64_t now)
{
	return sub->state == SUB_SUSPENDED && p->policy.doubt_s > 0 &&
	    (sub->doubt_given == 0 || now - sub->doubt_given >= DOUBT_AGAIN_S);
}

/* A sentence for each outcome. */
static const char *const outcome_texts[] = {
	[OUTCOME_NONE] = "",
	[OUTCOME_ACTIVE] = "{provider} says that all is in order. This device is protected.",
	[OUTCOME_STILL_BLOCKED] = "{provider} says that it is not resolved yet. Contact them with the reference.",
	[OUTCOME_BENEFIT_OF_DOUBT] = "{provider} cannot be asked right now. You are protected for the time being.",
	[OUTCOME_UNREACHABLE] = "{provider} cannot be asked right now. Try again later, or contact them.",
	[OUTCOME_NOT_POSSIBLE] = "{provider} cannot change this: see the other options.",
};
static const char provider_suspended_text[] =
    "The service of {provider} itself is suspended, and only they can resolve that. Contact them with the reference.";

const char *
outcome_text(enum outcome o)
{
	return outcome_texts[o];
}

static enum err
decide(struct changing *c, const struct recheck_result *r, enum outcome *out)
{
	enum verify_answer answer = r->answer;
	enum err e = ERR_NONE;

	if (retention_is_over(&c->provider, &c->sub, c->now) || c->sub.purged != 0 ||
	    c->sub.merged_into[0] != '\0')
		answer = VERIFY_NONE;
	if (answer != VERIFY_NONE && (e = note_answer(c, answer)) != ERR_NONE)
		return e;
	switch (answer) {
	case VERIFY_ACTIVE:
		*out = OUTCOME_ACTIVE;
		return reinstate(c, r->asked);
	case VERIFY_SUSPENDED:
	case VERIFY_CANCELLED:
	case VERIFY_MISSING:
		*out = OUTCOME_STILL_BLOCKED;
		return changing_log(c, ASKED, "still_blocked",
		    json_pack("{s:s}", "says", verify_answer_name(answer)));
	case VERIFY_UNREACHABLE:
		*out = OUTCOME_UNREACHABLE;
		if (!doubt_is_left(&c->sub, &c->provider, c->now))
			return ERR_NONE;
		*out = OUTCOME_BENEFIT_OF_DOUBT;
		return give_doubt(c);
	case VERIFY_NONE:
	case VERIFY_ANSWERS:
		break;
	}
	*out = OUTCOME_NOT_POSSIBLE;
	return ERR_NONE;
}

enum err
authority_reactivate(struct store *store, const struct device *d, const struct recheck_result *r,
    int64_t now, enum outcome *out, struct buf *detail)
{
	static const struct recheck_result nobody_asked = { .answer = VERIFY_NONE };
	struct refusal why;
	struct changing c = { .store = store, .now = now, .why = &why };
	enum outcome outcome = OUTCOME_NONE;
	struct standing standing = { .reason = REASON_NONE };
	struct subscription sub;
	struct provider p;
	struct device fresh;
	const char *text;
	bool ask;
	enum err e;

	if ((e = store->begin(store)) != ERR_NONE)
		return e;
	/* Read again: the provider may have acted while its system was asked. */
	if ((e = store->get_device(store, d->id, &fresh)) != ERR_NONE ||
	    (e = changing_begin(&c, NULL, fresh.subscription)) != ERR_NONE ||
	    (e = authority_reactivation_needs(store, &fresh, now, &ask, &p, &sub)) != ERR_NONE)
		goto done;
	if (fresh.seated && subscription_state_at(&c.sub, now) == SUB_ACTIVE)
		outcome = OUTCOME_ACTIVE;
	else if (r->asked != 0 && (c.sub.state != r->state || c.sub.decided != r->decided))
		/* The answer is about what is past: whoever asks again gets one that is not. */
		outcome = OUTCOME_UNREACHABLE;
	else
		e = decide(&c, ask ? r : &nobody_asked, &outcome);
	if (e == ERR_NONE)
		e = authority_standing(store, &c.sub, now, &standing);
done:
	if ((e = finish_transaction(store, e)) == ERR_NONE) {
		text = outcome_texts[outcome];
		/* Whatever was resolved of its own, no seat of this provider protects now. */
		if (fresh.seated && standing.reason == REASON_PROVIDER_SUSPENDED)
			outcome = OUTCOME_STILL_BLOCKED, text = provider_suspended_text;
		*out = outcome;
		notice_write(text, c.provider.contact.name, "", detail);
	}
	return e;
}
