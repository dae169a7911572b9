/* entitle/authority.c: providers, orders and changes; see authority.h. Seats and devices are in
 * authority_device.c, purchases in payment.c. */
#include "entitle/authority.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/text.h"
#include "crypto/random.h"
#include "entitle/authority_internal.h"
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

static enum err
insert_provider(struct store *store, struct provider *p, int64_t now)
{
	enum err e;

	authority_make_id("prv_", p->id);
	p->created = now;
	if ((e = store->add_provider(store, p)) != ERR_NONE)
		return e;
	return event_append(store, CHAIN_VENDOR, "vendor", "provider_added",
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
		e = insert_provider(store, &p, now);
	return finish_transaction(store, e);
}

enum err
authority_add_provider(struct store *store, struct provider *p, int64_t now)
{
	enum err e;

	if ((e = store->begin(store)) != ERR_NONE)
		return e;
	return finish_transaction(store, insert_provider(store, p, now));
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
	return check_span("retention_s", p->retention_s, 0, RETENTION_MAX_S, why);
}

enum err
authority_set_provider(struct store *store, const struct provider *p, const char *actor, int64_t now,
    struct fault *why)
{
	enum err e;

	if ((e = check_policy(&p->policy, why)) != ERR_NONE || (e = store->begin(store)) != ERR_NONE)
		return e;
	if ((e = store->put_provider(store, p)) == ERR_NONE)
		e = event_append(store, CHAIN_VENDOR, actor, "provider_changed",
		    json_pack("{s:s, s:s}", "provider", p->id, "name", p->contact.name), now);
	return finish_transaction(store, e);
}

/* "HF-" and eight letters in two groups: short enough to read out. */
static void
make_reference(char out[static REFERENCE_SIZE])
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
    const char *code)
{
	uint8_t digest[HASH_MAX];
	enum err e;

	authority_make_id("sub_", sub->id);
	make_reference(sub->reference);
	memcpy(sub->provider, p->id, ID_SIZE);
	sub->created = sub->since;
	sub->revision = 1;
	if ((e = code_digest(code, digest)) != ERR_NONE)
		return e;
	return store->add_subscription(store, sub, digest);
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
	enum err e;

	memcpy(sub.external_id, order->external_id, sizeof sub.external_id);
	snprintf(actor, sizeof actor, "provider %s", p->id);
	code_make(code);
	if ((e = store->begin(store)) != ERR_NONE)
		return e;
	e = insert_subscription(store, p, &sub, code);
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
apply_and_log(struct store *store, struct subscription *sub, const struct change *change,
    int64_t now, struct refusal *why)
{
	const char *code = NULL;
	enum err e;

	e = subscription_apply(sub, change->event, change->reason, now, &code);
	if (e != ERR_NONE)
		return refuse(why, e, code, "The subscription is %s: \"%s\" is not possible now.",
		    sub_state_name(sub->state), sub_event_name(change->event));
	if ((e = store->put_subscription(store, sub)) != ERR_NONE)
		return e;
	return event_append(store, sub->id, change->actor, sub_event_name(change->event),
	    json_pack("{s:s, s:s}", "state", sub_state_name(sub->state), "reason",
		reason_code(sub->reason)),
	    now);
}

bool
retention_is_over(const struct provider *p, const struct subscription *sub, int64_t now)
{
	return sub->state == SUB_CANCELLED && now - sub->since > p->policy.retention_s;
}

enum err
authority_change(struct store *store, const struct provider *p, const char *id,
    const struct change *change, int64_t now, struct subscription *out, struct refusal *why)
{
	struct subscription sub;
	enum err e;

	if ((e = store->begin(store)) != ERR_NONE)
		return e;
	if ((e = authority_get(store, p, id, &sub)) == ERR_NONE) {
		if (change->event == EV_REINSTATE && retention_is_over(p, &sub, now))
			e = refuse(why, ERR_CONFLICT, "retention_over",
			    "The subscription was cancelled too long ago; order a new one.");
		else
			e = apply_and_log(store, &sub, change, now, why);
	}
	if ((e = finish_transaction(store, e)) == ERR_NONE)
		*out = sub;
	return e;
}
