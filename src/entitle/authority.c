/* entitle/authority.c: providers, orders and changes; see authority.h. Seats and devices are in
 * authority_device.c, purchases in payment.c. */
#include "entitle/authority.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/text.h"
#include "crypto/random.h"
#include "entitle/authority_internal.h"
#include "entitle/authority_tree.h"
#include "entitle/event.h"

void
authority_make_id(const char *prefix, char out[static ID_SIZE])
{
	size_t n = strlen(prefix);

	memcpy(out, prefix, n);
	random_name(out + n, 26);
}

void
authority_make_token(const char *prefix, char out[static TOKEN_SIZE])
{
	size_t n = strlen(prefix);

	memcpy(out, prefix, n);
	random_name(out + n, 43);
}

enum err
authority_token_digest(const char *token, uint8_t out[static HASH_MAX])
{
	return hash_of(HASH_SHA256, bytes_of_text(token), out);
}

enum err
refuse(struct refusal *why, enum err e, const char *code, const char *fmt, ...)
{
	va_list ap;

	text_copy(why->code, sizeof why->code, code);
	va_start(ap, fmt);
	vsnprintf(why->detail, sizeof why->detail, fmt, ap);
	va_end(ap);
	return e;
}

enum err
finish_transaction(struct store *store, enum err e)
{
	if (e == ERR_NONE)
		e = store->commit(store);
	if (e != ERR_NONE)
		store->rollback(store);
	return e;
}

/* A span of the policy, from ${least} to ${most} seconds. */
static enum err
check_span(const char *name, int64_t span, int64_t least, int64_t most, struct fault *why)
{
	if (span >= least && span <= most)
		return ERR_NONE;
	return fault_set(why, ERR_MALFORMED, "field \"%s\" must be from %lld to %lld", name,
	    (long long)least, (long long)most);
}

static enum err
check_policy(const struct policy *p, struct fault *why)
{
	enum err e;

	if ((e = check_span("lease_s", p->lease_s, 1, LEASE_MAX_S, why)) != ERR_NONE ||
	    (e = check_span("checkin_s", p->checkin_s, 1, CHECKIN_MAX_S, why)) != ERR_NONE ||
	    (e = check_span("grace_s", p->grace_s, 0, LEASE_MAX_S, why)) != ERR_NONE ||
	    (e = check_span("doubt_s", p->doubt_s, 0, LEASE_MAX_S, why)) != ERR_NONE)
		return e;
	for (size_t i = 0; i < REMINDERS_MAX; i++)
		if ((e = check_span("reminder_days", p->reminder_days[i], 0, 366, why)) != ERR_NONE)
			return e;
	if ((e = check_span("billing_grace_s", p->billing_grace_s, 0, STOPPED_GRACE_MAX_S, why)) != ERR_NONE ||
	    (e = check_span("request_grace_s", p->request_grace_s, 0, STOPPED_GRACE_MAX_S, why)) != ERR_NONE ||
	    (e = check_span("expiry_grace_s", p->expiry_grace_s, 0, STOPPED_GRACE_MAX_S, why)) != ERR_NONE ||
	    (e = check_span("activate_s", p->activate_s, 0, RETENTION_MAX_S, why)) != ERR_NONE ||
	    (e = check_span("transfers", p->transfers, 0, TRANSFERS_MAX, why)) != ERR_NONE ||
	    (e = check_span("undo_s", p->undo_s, 0, TRANSFER_WINDOW_S, why)) != ERR_NONE ||
	    (e = check_span("backdate_s", p->backdate_s, 0, RETENTION_MAX_S, why)) != ERR_NONE ||
	    (e = check_span("reconcile_s", p->reconcile_s, 0, RETENTION_MAX_S, why)) != ERR_NONE)
		return e;
	return check_span("retention_s", p->retention_s, 0, RETENTION_MAX_S, why);
}

enum err
insert_provider(struct store *store, struct provider *p, const char *actor, int64_t now, struct fault *why)
{
	enum err e;

	if ((e = check_policy(&p->policy, why)) != ERR_NONE)
		return e;
	authority_make_id("prv_", p->id);
	p->created = now;
	if ((e = store->add_provider(store, p)) != ERR_NONE ||
	    (e = schedule_plan_provider(store, p, now)) != ERR_NONE)
		return e;
	return event_append(store, CHAIN_VENDOR, actor, "provider_added",
	    json_pack("{s:s, s:s}", "provider", p->id, "name", p->contact.name), now);
}

enum err
authority_ensure_retail(struct store *store, const struct contact *contact, int64_t now)
{
	struct provider p = { .contact = *contact, .policy = policy_default(), .retail = true };
	struct provider have;
	enum err e;

	if ((e = store->begin(store)) != ERR_NONE)
		return e;
	if ((e = store->get_retail_provider(store, &have)) == ERR_NOT_FOUND)
		e = insert_provider(store, &p, "vendor", now, NULL);
	return finish_transaction(store, e);
}

enum err
authority_add_provider(struct store *store, struct provider *p, const char *actor, int64_t now, struct fault *why)
{
	enum err e;

	if ((e = store->begin(store)) != ERR_NONE)
		return e;
	return finish_transaction(store, insert_provider(store, p, actor, now, why));
}

enum err
authority_set_provider(struct store *store, const struct provider *p, const char *actor, int64_t now,
    struct fault *why)
{
	struct provider now_is;
	enum err e;

	if ((e = check_policy(&p->policy, why)) != ERR_NONE || (e = store->begin(store)) != ERR_NONE)
		return e;
	if ((e = store->put_provider(store, p)) == ERR_NONE &&
	    (e = store->get_provider(store, p->id, &now_is)) == ERR_NONE &&
	    (e = schedule_plan_provider(store, &now_is, now)) == ERR_NONE)
		e = event_append(store, p->id, actor, "provider_changed",
		    json_pack("{s:s, s:s}", "provider", p->id, "name", p->contact.name), now);
	return finish_transaction(store, e);
}

void
authority_make_reference(char out[static REFERENCE_SIZE])
{
	char letters[9];

	random_name(letters, 8);
	for (size_t i = 0; i < 8; i++)
		if (letters[i] >= 'a')
			letters[i] = (char)(letters[i] - 'a' + 'A');
	snprintf(out, REFERENCE_SIZE, "HF-%.4s-%.4s", letters, letters + 4);
}

enum err
insert_subscription(struct store *store, const struct provider *p, struct subscription *sub,
    const char *code, int64_t now)
{
	struct changing c = { .store = store, .provider = *p, .now = now };
	uint8_t digest[HASH_MAX];
	enum err e;

	authority_make_id("sub_", sub->id);
	authority_make_reference(sub->reference);
	memcpy(sub->provider, p->id, ID_SIZE);
	sub->created = sub->decided = sub->since;
	sub->expiry_grace_s = p->policy.expiry_grace_s;
	sub->revision = 1;
	if ((e = code_digest(code, digest)) != ERR_NONE ||
	    (e = store->add_subscription(store, sub, digest)) != ERR_NONE)
		return e;
	c.sub = *sub;
	return schedule_plan(&c);
}

enum err
authority_order(struct store *store, const struct provider *p, const struct order *order,
    int64_t now, struct subscription *out, char code[static CODE_SHOWN_SIZE], struct refusal *why)
{
	struct subscription sub = { .state = SUB_PENDING,
		.since = now,
		.seats = order->seats,
		.paid_until = order->paid_until };
	char actor[NAME_SIZE];
	struct block block;
	enum err e;

	memcpy(sub.external_id, order->external_id, sizeof sub.external_id);
	snprintf(actor, sizeof actor, "provider %s", p->id);
	code_make(code);
	if ((e = store->begin(store)) != ERR_NONE)
		return e;
	if ((e = authority_find_block(store, p->id, &block)) != ERR_NONE)
		return finish_transaction(store, e);
	e = block.since != 0 ? refuse_suspended(why)
	    : p->leaves != 0 ? refuse(why, ERR_CONFLICT, "provider_leaving",
				   "The provider's service ends: it takes no new subscriptions.")
			     : insert_subscription(store, p, &sub, code, now);
	if (e == ERR_EXISTS)
		e = refuse(why, ERR_CONFLICT, "duplicate_order",
		    "There is a subscription with the external id \"%s\" already.",
		    order->external_id);
	if (e == ERR_NONE)
		e = event_append(store, sub.id, actor, "ordered",
		    json_pack("{s:s, s:I, s:I}", "external_id", sub.external_id, "seats",
			(json_int_t)sub.seats, "paid_until", (json_int_t)sub.paid_until),
		    now);
	if ((e = finish_transaction(store, e)) == ERR_NONE)
		*out = sub;
	return e;
}

enum err
authority_get(struct store *store, const struct provider *p, const char *id,
    struct subscription *out)
{
	struct subscription sub;
	enum err e;

	if ((e = store->get_subscription(store, id, &sub)) != ERR_NONE)
		return e;
	if (!text_equal(sub.provider, p->id))
		return ERR_NOT_FOUND;
	*out = sub;
	return ERR_NONE;
}

enum err
changing_read(struct changing *c, const char *id)
{
	enum err e = c->store->get_subscription(c->store, id, &c->sub);

	return e == ERR_NONE ? c->store->get_provider(c->store, c->sub.provider, &c->provider) : e;
}

enum err
changing_begin(struct changing *c, const char *provider, const char *id)
{
	struct store *store = c->store;
	enum err e;

	if ((e = store->get_subscription(store, id, &c->sub)) != ERR_NONE)
		return e;
	if (provider != NULL && !text_equal(c->sub.provider, provider))
		return ERR_NOT_FOUND;
	e = schedule_catch_up(store, id, c->now);
	return e == ERR_NONE ? changing_read(c, id) : e;
}

enum err
changing_save(struct changing *c)
{
	enum err e;

	c->sub.revision++;
	if ((e = c->store->put_subscription(c->store, &c->sub)) != ERR_NONE)
		return e;
	return schedule_plan(c);
}

enum err
changing_log(const struct changing *c, const char *actor, const char *kind, json_t *detail)
{
	return event_append(c->store, c->sub.id, actor, kind, detail, c->now);
}

bool
retention_is_over(const struct provider *p, const struct subscription *sub, int64_t now)
{
	return sub->state == SUB_CANCELLED && now - sub->since > p->policy.retention_s;
}

/* What the state alone does not say. */
static enum err
check_change(struct changing *c, const struct change *change)
{
	const struct subscription *sub = &c->sub;

	if (change->event == EV_REINSTATE && sub->merged_into[0] != '\0')
		return refuse(c->why, ERR_CONFLICT, "merged",
		    "The subscription was merged into %s: that one counts now.", sub->merged_into);
	if (change->event == EV_REINSTATE && (retention_is_over(&c->provider, sub, c->now) || sub->purged != 0))
		return refuse(c->why, ERR_CONFLICT, "retention_over",
		    "The subscription was cancelled too long ago; order a new one.");
	if (change->event != EV_RENEW || change->paid_until == 0)
		return ERR_NONE;
	if (change->paid_until <= c->now)
		return refuse(c->why, ERR_CONFLICT, "paid_until_passed",
		    "That time has passed: it would protect nothing.");
	if (sub->paid_until == 0 || change->paid_until < sub->paid_until)
		return refuse(c->why, ERR_CONFLICT, "paid_until_earlier",
		    "The subscription is paid for longer than that already.");
	return ERR_NONE;
}

enum err
changing_apply(struct changing *c, const struct change *change)
{
	struct happening h = { change->event, change->reason,
		change->effective == 0 ? c->now : change->effective, change->paid_until };
	const char *code = NULL;
	enum err e;

	if ((code = subscription_conflict(c->sub.state, change->event)) == NULL) {
		if ((e = check_change(c, change)) != ERR_NONE)
			return e;
		e = subscription_apply(&c->sub, &h, &c->provider.policy, &code);
	} else {
		e = ERR_CONFLICT;
	}
	if (e != ERR_NONE)
		return refuse(c->why, e, code, "The subscription is %s: \"%s\" is not possible now.",
		    sub_state_name(c->sub.state), sub_event_name(change->event));
	if ((e = changing_save(c)) != ERR_NONE)
		return e;
	return changing_log(c, change->actor, sub_event_name(change->event),
	    json_pack("{s:s, s:s, s:I, s:I}", "state", sub_state_name(c->sub.state), "reason",
		reason_code(c->sub.reason), "effective", (json_int_t)h.at, "paid_until",
		(json_int_t)c->sub.paid_until));
}

/* It comes too late: what took effect after its time stands. */
static enum err
note_overtaken(struct changing *c, const struct change *change)
{
	refuse(c->why, ERR_NONE, "overtaken",
	    "A change that took effect later was made before this one came: nothing has changed.");
	return changing_log(c, change->actor, "overtaken",
	    json_pack("{s:s, s:s, s:I, s:I}", "event", sub_event_name(change->event), "reason",
		reason_code(change->reason), "effective", (json_int_t)change->effective, "by",
		(json_int_t)c->sub.decided));
}

/* What a change wants to be so. */
static bool
is_so_already(const struct subscription *sub, enum sub_event event)
{
	switch (event) {
	case EV_SUSPEND:
		return sub->state == SUB_SUSPENDED;
	case EV_CANCEL:
		return sub->state == SUB_CANCELLED;
	case EV_RESUME:
	case EV_REINSTATE:
		return sub->state == SUB_ACTIVE || sub->state == SUB_PENDING;
	case EV_NONE:
	case EV_ACTIVATE:
	case EV_RENEW:
	case EV_EVENTS:
		break;
	}
	return false;
}

/* It overtook the one that it was to undo: that one must change nothing when it comes. */
static enum err
note_confirmed(struct changing *c, const struct change *change)
{
	enum err e;

	refuse(c->why, ERR_NONE, "confirmed", "It is so already; an earlier change will not undo it.");
	c->sub.decided = change->effective;
	if ((e = c->store->put_subscription(c->store, &c->sub)) != ERR_NONE)
		return e;
	return changing_log(c, change->actor, "confirmed",
	    json_pack("{s:s, s:I}", "event", sub_event_name(change->event), "effective",
		(json_int_t)change->effective));
}

static enum err
change_in_transaction(struct changing *c, const struct provider *p, const char *id,
    const struct change *change)
{
	int64_t at = change->effective == 0 ? c->now : change->effective;
	enum err e;

	if ((e = changing_begin(c, p->id, id)) != ERR_NONE)
		return e;
	if (at < c->now - c->provider.policy.backdate_s)
		return refuse(c->why, ERR_CONFLICT, "back_dated_too_far",
		    "A change may take effect at most %lld days back.",
		    (long long)(c->provider.policy.backdate_s / 86400));
	if (at > c->now + CHANGE_AHEAD_S)
		return refuse(c->why, ERR_CONFLICT, "dated_too_far_ahead",
		    "A change may be dated at most ten years ahead.");
	if (at > c->now)
		return schedule_change(c, change);
	/* What comes without a time of its own is decided now, whatever a clock did. */
	if (change->effective != 0 && at < c->sub.decided)
		return note_overtaken(c, change);
	if (change->effective != 0 && is_so_already(&c->sub, change->event))
		return note_confirmed(c, change);
	return changing_apply(c, change);
}

enum err
authority_change(struct store *store, const struct provider *p, const char *id,
    const struct change *change, int64_t now, struct subscription *out, struct refusal *why)
{
	struct changing c = { .store = store, .now = now, .why = why };
	enum err e;

	why->code[0] = why->detail[0] = '\0';
	if ((e = store->begin(store)) != ERR_NONE)
		return e;
	e = change_in_transaction(&c, p, id, change);
	if ((e = finish_transaction(store, e)) == ERR_NONE)
		*out = c.sub;
	return e;
}
