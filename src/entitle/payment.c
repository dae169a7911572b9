/* entitle/payment.c: purchases, and what the payment service's notices do to them; see payment.h. */
#include "entitle/payment.h"

#include "base/text.h"
#include "entitle/authority_internal.h"
#include "entitle/event.h"

enum err
authority_begin_checkout(struct store *store, const struct device *d, int64_t now,
    struct checkout *out)
{
	struct checkout c = { .created = now };
	enum err e;

	authority_make_id("chk_", c.id);
	memcpy(c.device, d->id, ID_SIZE);
	if ((e = store->begin(store)) != ERR_NONE)
		return e;
	if ((e = finish_transaction(store, store->add_checkout(store, &c))) == ERR_NONE)
		*out = c;
	return e;
}

/* Who bought is told of what was bought, and finds it at the portal, where the subscription before was. */
static enum err
keep_recipient(struct store *store, const char *from, const char *to)
{
	struct recipient r;
	enum err e;

	if ((e = store->delivery.get_recipient(store, from, &r)) != ERR_NONE)
		return e == ERR_NOT_FOUND ? ERR_NONE : e;
	text_copy(r.subscription, sizeof r.subscription, to);
	r.code[0] = '\0';
	return store->delivery.put_recipient(store, &r);
}

/* A retail subscription with one seat, and the device on it; for longer than was paid if it renews by itself. */
static enum err
buy_for_device(struct store *store, struct checkout *c, int64_t until, bool renews, int64_t now)
{
	struct subscription sub = { .state = SUB_ACTIVE,
		.since = now,
		.activated = now,
		.seats = 1,
		.paid_until = until + (renews ? RENEWAL_SLACK_S : 0),
		.renews = renews };
	char code[CODE_SHOWN_SIZE];
	struct provider retail;
	struct device d;
	enum err e;

	memcpy(sub.external_id, c->id, ID_SIZE);
	code_make(code);
	if ((e = store->get_retail_provider(store, &retail)) != ERR_NONE ||
	    (e = store->get_device(store, c->device, &d)) != ERR_NONE ||
	    (e = insert_subscription(store, &retail, &sub, code, now)) != ERR_NONE ||
	    (e = keep_recipient(store, d.subscription, sub.id)) != ERR_NONE ||
	    (e = event_append(store, sub.id, "checkout", "purchased",
		 json_pack("{s:s, s:s, s:I}", "checkout", c->id, "device", d.id, "paid_until",
		     (json_int_t)until),
		 now)) != ERR_NONE ||
	    (e = take_over_device(store, &d, &sub, now)) != ERR_NONE)
		return e;
	c->paid = now;
	memcpy(c->subscription, sub.id, ID_SIZE);
	return store->put_checkout(store, c);
}

static enum err
add_payment(struct store *store, const struct checkout *c, int64_t at, int64_t until)
{
	struct payment p = { .at = at, .until = until };

	memcpy(p.checkout, c->id, ID_SIZE);
	return store->payment.add(store, &p);
}

enum err
authority_complete_checkout(struct store *store, const char *id, int64_t paid_s, int64_t now,
    struct checkout *out)
{
	struct checkout c;
	enum err e;

	if ((e = store->begin(store)) != ERR_NONE)
		return e;
	e = store->get_checkout(store, id, &c);
	if (e == ERR_NONE && c.paid == 0 &&
	    (e = buy_for_device(store, &c, now + paid_s, false, now)) == ERR_NONE)
		e = add_payment(store, &c, now, now + paid_s);
	if ((e = finish_transaction(store, e)) == ERR_NONE)
		*out = c;
	return e;
}

/* One notice being acted on, within a transaction. */
struct taking {
	struct store *store;
	const struct payment_notice *notice;
	struct checkout checkout;
	int64_t now;
	enum payment_result result;
};

/* In the log of the subscription; while nothing is bought yet there is none to write to. */
static enum err
log_payment(const struct taking *t, const char *kind, const char *name, int64_t value)
{
	if (t->checkout.subscription[0] == '\0')
		return ERR_NONE;
	return event_append(t->store, t->checkout.subscription, "payment service", kind,
	    json_pack("{s:s, s:I}", "checkout", t->checkout.id, name, (json_int_t)value), t->now);
}

/* The subscription that the checkout bought, to be changed. */
static enum err
begin_change(const struct taking *t, struct changing *c)
{
	*c = (struct changing){ .store = t->store, .now = t->now };
	return changing_begin(c, NULL, t->checkout.subscription);
}

static enum err
set_paid_until(struct changing *c, int64_t paid_until)
{
	c->sub.paid_until = paid_until;
	return changing_save(c);
}

static enum err
extend(const struct taking *t)
{
	int64_t until = t->notice->until + RENEWAL_SLACK_S;
	struct changing c;
	enum err e;

	e = begin_change(t, &c);
	if (e == ERR_NONE && until > c.sub.paid_until) {
		c.sub.renews = true;
		e = set_paid_until(&c, until);
	}
	return e != ERR_NONE ? e : log_payment(t, "renewed", "paid_until", t->notice->until);
}

/* What the charge paid for is over: now, unless an earlier payment lasts longer. */
static enum err
refund(struct taking *t, struct payment *p)
{
	struct payment last;
	struct changing c;
	int64_t until = t->now;
	enum err e;

	if (p->refunded != 0) {
		t->result = PAYMENT_REPEATED;
		return ERR_NONE;
	}
	p->refunded = t->now;
	if ((e = t->store->payment.put(t->store, p)) != ERR_NONE ||
	    (e = begin_change(t, &c)) != ERR_NONE)
		return e;
	e = t->store->payment.find_last(t->store, t->checkout.id, &last);
	if (e != ERR_NONE && e != ERR_NOT_FOUND)
		return e;
	/* One that a later payment has overtaken takes nothing away. */
	if (e == ERR_NONE && last.until > until)
		until = last.until > p->until ? c.sub.paid_until : last.until;
	if (until < c.sub.paid_until && (e = set_paid_until(&c, until)) != ERR_NONE)
		return e;
	return log_payment(t, "refunded", "paid_until", until);
}

/* A refund may have been told before the payment that it takes back. */
static enum err
take_early_refunds(struct taking *t)
{
	struct store *store = t->store;
	int64_t charged_at = INT64_MIN;
	struct payment p;
	enum err e;

	if (t->checkout.payer[0] == '\0')
		return ERR_NONE;
	for (;;) {
		e = store->payment.find_early_refund(store, t->checkout.payer, charged_at, &charged_at);
		if (e != ERR_NONE)
			break;
		e = store->payment.find(store, t->checkout.id, charged_at - PAYMENT_SKEW_S, &p);
		if (e == ERR_NONE && p.refunded == 0)
			e = refund(t, &p);
		if (e != ERR_NONE && e != ERR_NOT_FOUND)
			return e;
	}
	return e == ERR_NOT_FOUND ? ERR_NONE : e;
}

/* Paid or renewed: the same money is told once for each span of time. */
static enum err
take_money(struct taking *t)
{
	const struct payment_notice *n = t->notice;
	bool first = t->checkout.paid == 0;
	enum err e;

	if (n->kind == PAYMENT_PAID && !first) {
		t->result = PAYMENT_REPEATED;
		return ERR_NONE;
	}
	if (t->checkout.payer[0] == '\0')
		memcpy(t->checkout.payer, n->payer, sizeof t->checkout.payer);
	if ((e = add_payment(t->store, &t->checkout, n->at, n->until)) == ERR_EXISTS) {
		t->result = PAYMENT_REPEATED;
		return ERR_NONE;
	}
	if (e != ERR_NONE)
		return e;
	if (first)
		e = buy_for_device(t->store, &t->checkout, n->until,
		    n->renews || n->kind == PAYMENT_RENEWED, t->now);
	else
		e = extend(t);
	return e == ERR_NONE ? take_early_refunds(t) : e;
}

static enum err
take_refund(struct taking *t)
{
	const struct payment_notice *n = t->notice;
	struct payment p;
	enum err e;

	e = t->store->payment.find(t->store, t->checkout.id, n->charged_at - PAYMENT_SKEW_S, &p);
	if (e == ERR_NOT_FOUND)
		return t->store->payment.add_early_refund(t->store, t->checkout.payer, n->charged_at);
	return e == ERR_NONE ? refund(t, &p) : e;
}

/* It is not renewed any more: what was paid for stays, the time that renewing may take goes. */
static enum err
end_renewing(struct taking *t)
{
	struct changing c;
	struct payment last;
	int64_t until = t->now;
	enum err e;

	if (t->checkout.subscription[0] == '\0')
		return ERR_NONE;
	e = t->store->payment.find_last(t->store, t->checkout.id, &last);
	if (e == ERR_NONE && last.until > until)
		until = last.until;
	if ((e != ERR_NONE && e != ERR_NOT_FOUND) ||
	    (e = begin_change(t, &c)) != ERR_NONE)
		return e;
	/* From now on there is an end that a person must be reminded of. */
	c.sub.renews = false;
	if (until < c.sub.paid_until)
		c.sub.paid_until = until;
	if ((e = changing_save(&c)) != ERR_NONE)
		return e;
	return log_payment(t, "renewal_ended", "paid_until", until);
}

static enum err
act(struct taking *t)
{
	switch (t->notice->kind) {
	case PAYMENT_PAID:
	case PAYMENT_RENEWED:
		return take_money(t);
	case PAYMENT_REFUNDED:
		return take_refund(t);
	case PAYMENT_ENDED:
		return end_renewing(t);
	case PAYMENT_DECLINED:
		return log_payment(t, "payment_declined", "at", t->notice->at);
	case PAYMENT_RENEWAL_FAILED:
		return log_payment(t, "renewal_failed", "at", t->notice->at);
	case PAYMENT_REFUNDED_IN_PART:
		return log_payment(t, "refunded_in_part", "at", t->notice->at);
	case PAYMENT_NONE:
	case PAYMENT_KINDS:
		break;
	}
	t->result = PAYMENT_IGNORED;
	return ERR_NONE;
}

static enum err
find_checkout(struct taking *t)
{
	const struct payment_notice *n = t->notice;
	struct store *store = t->store;
	enum err e = ERR_NOT_FOUND;

	if (n->checkout[0] != '\0')
		e = store->get_checkout(store, n->checkout, &t->checkout);
	else if (n->payer[0] != '\0')
		e = store->payment.find_checkout(store, n->payer, &t->checkout);
	if (e != ERR_NOT_FOUND)
		return e;
	/* The service may sell other things too; but it may also be one whose payment is not told yet. */
	if (n->kind == PAYMENT_REFUNDED && n->payer[0] != '\0' &&
	    (e = store->payment.add_early_refund(store, n->payer, n->charged_at)) != ERR_NONE)
		return e;
	return ERR_NOT_FOUND;
}

enum err
payment_take(struct store *store, const struct payment_notice *n, int64_t now,
    enum payment_result *out)
{
	struct taking t = { .store = store, .notice = n, .now = now, .result = PAYMENT_TAKEN };
	enum err e;

	if ((e = store->begin(store)) != ERR_NONE)
		return e;
	e = store->payment.add_notice(store, n->id, now, now - NOTICE_KEEP_S);
	if (e == ERR_EXISTS) {
		t.result = PAYMENT_REPEATED;
		e = ERR_NONE;
	} else if (e == ERR_NONE && (e = find_checkout(&t)) == ERR_NONE) {
		e = act(&t);
	} else if (e == ERR_NOT_FOUND) {
		t.result = PAYMENT_IGNORED;
		e = ERR_NONE;
	}
	if ((e = finish_transaction(store, e)) == ERR_NONE)
		*out = t.result;
	return e;
}
