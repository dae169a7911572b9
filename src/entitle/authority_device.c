/* entitle/authority_device.c: seats, devices, leases and Reactivate; see authority.h. */
#include <stdio.h>

#include "base/text.h"
#include "crypto/random.h"
#include "entitle/authority_internal.h"
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
	if ((e = store->unseat_device(store, from)) != ERR_NONE)
		return e;
	snprintf(actor, sizeof actor, "device %s", to->id);
	return event_append(store, from->subscription, actor, "transferred",
	    json_pack("{s:s, s:s, s:s, s:s}", "from", from->id, "from_name", from->name, "to",
		to->id, "to_name", to->name),
	    now);
}

static enum err
replace_seat(struct store *store, const struct activation *a, const struct device *to, int64_t now,
    struct refusal *why)
{
	struct device old;
	enum err e;

	if (a->replace[0] == '\0')
		return ERR_NONE;
	e = store->get_device(store, a->replace, &old);
	if (e == ERR_NOT_FOUND ||
	    (e == ERR_NONE && !text_equal(old.subscription, to->subscription)))
		return refuse(why, ERR_NOT_FOUND, "unknown_device",
		    "The device to replace is not one of this subscription.");
	/* Asked twice, or its own old seat: there is nothing to take. */
	if (e != ERR_NONE || !old.seated || text_equal(old.id, to->id))
		return e;
	return unseat_for(store, &old, to, now);
}

static enum err
take_seat(struct store *store, struct device *d, const uint8_t *token_digest)
{
	struct device known;
	enum err e;

	e = store->find_device_by_machine(store, d->subscription, d->machine, &known);
	if (e == ERR_NOT_FOUND) {
		d->seated = true;
		return store->add_device(store, d, token_digest);
	}
	if (e != ERR_NONE)
		return e;
	/* The same machine installed again: its id, its seat, a new token and key. */
	memcpy(d->id, known.id, ID_SIZE);
	d->created = known.created;
	d->seated = true;
	return store->seat_device(store, d, token_digest);
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
check_takes_devices(struct subscription *sub, int64_t now, struct refusal *why)
{
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

static enum err
activate_in_transaction(struct store *store, const struct activation *a, struct device *d,
    struct subscription *sub, const uint8_t *token_digest, struct refusal *why)
{
	int64_t now = d->created;
	struct change first = { .event = EV_ACTIVATE };
	char actor[NAME_SIZE];
	enum err e;

	if ((e = find_by_typed_code(store, a->code, sub)) != ERR_NONE)
		return e == ERR_NOT_FOUND
		    ? refuse(why, ERR_NOT_FOUND, "unknown_code", "There is no such code.")
		    : e;
	if ((e = check_takes_devices(sub, now, why)) != ERR_NONE)
		return e;
	memcpy(d->subscription, sub->id, ID_SIZE);
	if ((e = replace_seat(store, a, d, now, why)) != ERR_NONE)
		return e;
	if ((e = take_seat(store, d, token_digest)) != ERR_NONE)
		return e == ERR_LIMIT ? refuse_seats(sub, why) : e;
	if ((e = log_seat(store, d, "activated", now)) != ERR_NONE)
		return e;
	if (sub->state != SUB_PENDING)
		return raise_revision(store, sub);
	snprintf(actor, sizeof actor, "device %s", d->id);
	first.actor = actor;
	return apply_and_log(store, sub, &first, now, why);
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
write_revision(const struct subscription *sub, const struct device *d, int64_t now,
    char out[static REVISION_SIZE])
{
	int64_t since;
	enum reason reason = subscription_reason_at(sub, now, &since);

	/* What changes with time alone (expiry, end of doubt) must show as well. */
	snprintf(out, REVISION_SIZE, "%.31s.%lld.%d.%d", sub->id, (long long)sub->revision,
	    (int)d->seated, (int)reason);
}

enum err
authority_revision(struct store *store, const char *device, int64_t now,
    char out[static REVISION_SIZE])
{
	struct subscription sub;
	struct device d;
	enum err e;

	if ((e = store->get_device(store, device, &d)) != ERR_NONE ||
	    (e = store->get_subscription(store, d.subscription, &sub)) != ERR_NONE)
		return e;
	write_revision(&sub, &d, now, out);
	return ERR_NONE;
}

enum err
authority_lease(struct store *store, const struct device *d, int64_t now, struct lease *out,
    int64_t *checkin_s)
{
	struct subscription sub;
	struct provider p;
	struct lease l = { .issued = now, .not_before = now - CLOCK_SKEW_S };
	enum err e;

	if ((e = store->get_subscription(store, d->subscription, &sub)) != ERR_NONE ||
	    (e = store->get_provider(store, sub.provider, &p)) != ERR_NONE)
		return e;
	memcpy(l.device, d->id, ID_SIZE);
	memcpy(l.subscription, sub.id, ID_SIZE);
	memcpy(l.reference, sub.reference, REFERENCE_SIZE);
	l.provider = p.contact;
	l.paid_until = sub.paid_until;
	l.reason = subscription_reason_at(&sub, now, &l.since);
	if (!d->seated) {
		l.reason = d->left;
		l.since = d->left_at;
		memcpy(l.moved_to, d->moved_to, sizeof l.moved_to);
	}
	l.features = l.reason == REASON_NONE ? FEATURES_ALL : 0;
	l.grace_s = l.reason == REASON_NONE ? p.policy.grace_s : 0;
	l.expires = now + p.policy.lease_s;
	/* A lease never outlives what it stands on. */
	if (sub.state == SUB_SUSPENDED && now < sub.doubt_until && l.expires > sub.doubt_until)
		l.expires = sub.doubt_until, l.grace_s = 0;
	if (sub.paid_until != 0 && l.features != 0 && l.expires > sub.paid_until)
		l.expires = sub.paid_until, l.grace_s = 0;
	write_revision(&sub, d, now, l.revision);
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
	int64_t since;
	enum err e;

	if ((e = store->get_subscription(store, d->subscription, sub)) != ERR_NONE ||
	    (e = store->get_provider(store, sub->provider, p)) != ERR_NONE)
		return e;
	*ask = d->seated && p->verify_url[0] != '\0' &&
	    subscription_reason_at(sub, now, &since) != REASON_NONE &&
	    subscription_state_at(sub, now) != SUB_EXPIRED;
	return ERR_NONE;
}

/* The provider's system says active, and ours does not: ours follows. */
static enum err
reinstate(struct store *store, struct subscription *sub, int64_t now)
{
	struct change c = { .event = sub->state == SUB_CANCELLED ? EV_REINSTATE : EV_RESUME,
		.actor = "provider's system, asked by the device" };
	struct refusal why;

	return apply_and_log(store, sub, &c, now, &why);
}

static enum err
give_doubt(struct store *store, struct subscription *sub, const struct provider *p, int64_t now)
{
	enum err e;

	sub->doubt_until = now + p->policy.doubt_s;
	sub->doubt_given = now;
	if ((e = raise_revision(store, sub)) != ERR_NONE)
		return e;
	return event_append(store, sub->id, "reactivate", "benefit_of_doubt",
	    json_pack("{s:I}", "until", (json_int_t)sub->doubt_until), now);
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

static enum err
decide(struct store *store, struct subscription *sub, const struct provider *p,
    enum verify_answer answer, int64_t now, enum outcome *out)
{
	if (retention_is_over(p, sub, now))
		answer = VERIFY_NONE;
	switch (answer) {
	case VERIFY_ACTIVE:
		*out = OUTCOME_ACTIVE;
		return reinstate(store, sub, now);
	case VERIFY_SUSPENDED:
	case VERIFY_CANCELLED:
		*out = OUTCOME_STILL_BLOCKED;
		return event_append(store, sub->id, "provider's system, asked by the device",
		    "still_blocked",
		    json_pack("{s:s}", "says", answer == VERIFY_SUSPENDED ? "suspended" : "cancelled"),
		    now);
	case VERIFY_UNREACHABLE:
		*out = OUTCOME_UNREACHABLE;
		if (!doubt_is_left(sub, p, now))
			return ERR_NONE;
		*out = OUTCOME_BENEFIT_OF_DOUBT;
		return give_doubt(store, sub, p, now);
	case VERIFY_NONE:
		break;
	}
	*out = OUTCOME_NOT_POSSIBLE;
	return ERR_NONE;
}

enum err
authority_reactivate(struct store *store, const struct device *d, enum verify_answer answer,
    int64_t now, enum outcome *out, struct buf *detail)
{
	struct subscription sub;
	enum outcome outcome = OUTCOME_NONE;
	struct provider p;
	struct device fresh;
	bool ask;
	enum err e;

	if ((e = store->begin(store)) != ERR_NONE)
		return e;
	/* Read again: the provider may have acted while its system was asked. */
	if ((e = store->get_device(store, d->id, &fresh)) != ERR_NONE ||
	    (e = authority_reactivation_needs(store, &fresh, now, &ask, &p, &sub)) != ERR_NONE)
		goto done;
	if (fresh.seated && subscription_state_at(&sub, now) == SUB_ACTIVE)
		outcome = OUTCOME_ACTIVE;
	else
		e = decide(store, &sub, &p, ask ? answer : VERIFY_NONE, now, &outcome);
done:
	if ((e = finish_transaction(store, e)) == ERR_NONE) {
		*out = outcome;
		notice_write(outcome_texts[outcome], p.contact.name, "", detail);
	}
	return e;
}
