/* entitle/authority_terms.c: what a provider sets anew about a subscription; see authority.h. */
#include "entitle/authority_internal.h"
#include "entitle/event.h"

static bool
count_seated(void *ctx, const struct device *d)
{
	*(int64_t *)ctx += d->seated;
	return true;
}

static enum err
check_terms(struct store *store, const struct subscription *sub, const struct terms *terms,
    int64_t now, struct refusal *why)
{
	int64_t seated = 0;
	enum err e;

	if (sub->state == SUB_CANCELLED)
		return refuse(why, ERR_CONFLICT, "subscription_cancelled",
		    "The subscription is cancelled: reinstate it first.");
	if (terms->sets_paid_until && terms->paid_until != 0 && terms->paid_until <= now)
		return refuse(why, ERR_CONFLICT, "paid_time_over",
		    "That paid time has passed: suspend or cancel the subscription instead.");
	if (terms->seats == 0 || terms->seats >= sub->seats)
		return ERR_NONE;
	if ((e = store->list_devices(store, sub->id, count_seated, &seated)) != ERR_NONE)
		return e;
	if (terms->seats < seated)
		return refuse(why, ERR_CONFLICT, "seats_in_use",
		    "%lld devices have a seat: remove some of them first.", (long long)seated);
	return ERR_NONE;
}

static bool
change_nothing(const struct subscription *sub, const struct terms *terms)
{
	return (terms->seats == 0 || terms->seats == sub->seats) &&
	    (!terms->sets_paid_until || terms->paid_until == sub->paid_until);
}

static enum err
set_terms(struct changing *c, const struct terms *terms)
{
	struct subscription *sub = &c->sub;
	enum err e;

	if (change_nothing(sub, terms))
		return ERR_NONE;
	if ((e = check_terms(c->store, sub, terms, c->now, c->why)) != ERR_NONE)
		return e;
	if (terms->seats != 0)
		sub->seats = terms->seats;
	if (terms->sets_paid_until) {
		sub->paid_until = terms->paid_until;
		sub->expiry_grace_s = c->provider.policy.expiry_grace_s;
	}
	if ((e = changing_save(c)) != ERR_NONE || (e = seat_return_waiting(c)) != ERR_NONE)
		return e;
	return changing_log(c, terms->actor, "terms_changed",
	    json_pack("{s:I, s:I}", "seats", (json_int_t)sub->seats, "paid_until",
		(json_int_t)sub->paid_until));
}

enum err
authority_set_terms(struct store *store, const struct provider *p, const char *id,
    const struct terms *terms, int64_t now, struct subscription *out, struct refusal *why)
{
	struct changing c = { .store = store, .now = now, .why = why };
	enum err e;

	if ((e = store->begin(store)) != ERR_NONE)
		return e;
	if ((e = changing_begin(&c, p->id, id)) == ERR_NONE)
		e = set_terms(&c, terms);
	if ((e = finish_transaction(store, e)) == ERR_NONE)
		*out = c.sub;
	return e;
}
