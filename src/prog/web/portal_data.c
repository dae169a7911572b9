/* prog/web/portal_data.c: what a subscriber has paid, what has happened in plain words, and all that is known of them: to
 * take away as JSON, and to be forgotten. */
#include <stdio.h>

#include "base/text.h"
#include "base/timestamp.h"
#include "codec/encode.h"
#include "codec/json.h"
#include "entitle/authority_forget.h"
#include "entitle/event.h"
#include "entitle/recipient.h"
#include "pay/pay.h"
#include "prog/web/portal.h"
#include "prog/web/portal_words.h"
#include "prog/web/session.h"

/* Nobody reads on; all of it is in the export. Of a chain that something goes on writing to, no more entries are read
 * for it than this. */
enum { HISTORY_MAX = 200, HISTORY_READ = 2000, EXPORT_MAX = 4 << 20 };

/* It reads all that there is of a person: ten at once, and one more every minute. */
static const struct limit exports = { 10, 60 * 1000000 };

struct list {
	struct call *call;
	json_t *out;
	const struct portal_item *item;
	size_t count;		/* entries read */
	bool cut;		/* there may be more */
};

static bool
add_payment(void *ctx, const struct payment *p)
{
	json_array_append_new(ctx,
	    json_pack("{s:s, s:o, s:o, s:o}", "checkout", p->checkout, "at", portal_time(p->at), "until",
		portal_time(p->until), "refunded", portal_time(p->refunded)));
	return true;
}

static enum err
add_purchases(void *ctx, const struct portal_item *item)
{
	struct list *l = ctx;
	struct store *store = l->call->web->store;
	json_t *payments = json_array();
	enum err e = store->payment.list(store, item->sub.id, add_payment, payments);
	json_t *one = json_pack("{s:s, s:s, s:o, s:b, s:o, s:b}", "provider", item->provider.contact.name, "reference",
	    item->sub.reference, "payments", payments, "retail", item->provider.retail, "paid_until",
	    portal_time(item->sub.paid_until), "renews", item->sub.renews);

	if (e == ERR_NONE && json_array_append_new(l->out, one) != 0)
		e = ERR_NOMEM;
	else if (e != ERR_NONE)
		json_decref(one);
	return e;
}

void
portal_data_show_purchases(struct call *c)
{
	struct list l = { .call = c, .out = json_array() };
	struct page page;
	struct buf price;
	enum err e;

	if ((e = portal_each(c, add_purchases, &l)) != ERR_NONE) {
		json_decref(l.out);
		portal_refuse(c, e, "showing purchases");
		return;
	}
	buf_init(&price, 64);
	pay_write_price(pay_offer(), &price);
	page_open(&page, c, "Purchases and receipts");
	page_put_text(&page, "product", pay_offer()->title);
	page_put(&page, "price", json_stringn((const char *)price.p, price.n));
	page_put(&page, "subscriptions", l.out);
	page_answer(&page, 200, "portal/purchases");
	buf_fini(&price);
}

/* What no person was meant to read is left out. */
static bool
add_event(void *ctx, const struct event *e)
{
	struct list *l = ctx;
	struct buf words, actor;

	buf_init(&words, 4096);
	buf_init(&actor, 1024);
	l->count++;
	if (portal_words_write(e, l->item->provider.contact.name, &words, &actor))
		json_array_append_new(l->out,
		    json_pack("{s:o, s:s#, s:s#}", "at", portal_time(e->at), "words", (const char *)words.p, (int)words.n,
			"by", actor.n == 0 ? "" : (const char *)actor.p, (int)actor.n));
	buf_fini(&words);
	buf_fini(&actor);
	return json_array_size(l->out) < HISTORY_MAX;
}

static enum err
add_history(void *ctx, const struct portal_item *item)
{
	struct list *l = ctx;
	struct store *store = l->call->web->store;
	const struct audit_filter newest = { .chain = item->sub.id, .actor = "", .kind = "", .limit = HISTORY_READ };
	struct list events = { .call = l->call, .out = json_array(), .item = item };
	enum err e = store->look.list_audit(store, &newest, add_event, &events);
	json_t *one = json_pack("{s:s, s:s, s:o}", "provider", item->provider.contact.name, "reference",
	    item->sub.reference, "events", events.out);

	l->cut = l->cut || json_array_size(events.out) == HISTORY_MAX || events.count == HISTORY_READ;

	if (e == ERR_NONE && json_array_append_new(l->out, one) != 0)
		e = ERR_NOMEM;
	else if (e != ERR_NONE)
		json_decref(one);
	return e;
}

void
portal_data_show_history(struct call *c)
{
	struct list l = { .call = c, .out = json_array() };
	struct page page;
	enum err e;

	if ((e = portal_each(c, add_history, &l)) != ERR_NONE) {
		json_decref(l.out);
		portal_refuse(c, e, "showing what has happened");
		return;
	}
	page_open(&page, c, "What has happened");
	page_put(&page, "subscriptions", l.out);
	page_put(&page, "cut", json_boolean(l.cut));
	page_put(&page, "shown", json_integer(HISTORY_MAX));
	page_put(&page, "read", json_integer(HISTORY_READ));
	page_answer(&page, 200, "portal/history");
}

static bool
is_by_mail(const struct call *c)
{
	return c->principal.session.kind == SUBJECT_ADDRESS;
}

/* Whether somebody who sits at a device may have the subscription forgotten: not when mail could say who they are. */
static bool
may_forget(struct call *c, const struct portal_item *item)
{
	struct recipient r;

	return is_by_mail(c) ||
	    c->web->store->delivery.get_recipient(c->web->store, item->sub.id, &r) == ERR_NOT_FOUND;
}

static enum err
add_data(void *ctx, const struct portal_item *item)
{
	struct list *l = ctx;

	return json_array_append_new(l->out,
		   json_pack("{s:s, s:s, s:s, s:b, s:b}", "id", item->sub.id, "provider", item->provider.contact.name,
		       "reference", item->sub.reference, "ended", item->sub.state == SUB_CANCELLED, "may",
		       may_forget(l->call, item))) == 0
	    ? ERR_NONE
	    : ERR_NOMEM;
}

static void
send_data(struct call *c, int status, const char *wrong)
{
	struct list l = { .call = c, .out = json_array() };
	struct page page;
	enum err e;

	if ((e = portal_each(c, add_data, &l)) != ERR_NONE) {
		json_decref(l.out);
		portal_refuse(c, e, "showing what is known");
		return;
	}
	page_open(&page, c, "My data");
	page_put(&page, "subscriptions", l.out);
	page_put(&page, "by_mail", json_boolean(is_by_mail(c)));
	if (wrong != NULL) {
		page_put(&page, "has_errors", json_true());
		page_put(&page, "errors", json_pack("[{s:s, s:s}]", "field", "content", "text", wrong));
	}
	page_answer(&page, status, "portal/data");
}

void
portal_data_show(struct call *c)
{
	send_data(c, 200, NULL);
}

static json_t *
moment(int64_t t)
{
	char text[TIMESTAMP_SIZE];

	if (t == 0)
		return json_null();
	timestamp_write(t, text);
	return json_string(text);
}

static bool
export_device(void *ctx, const struct device *d)
{
	json_array_append_new(ctx,
	    json_pack("{s:s, s:s, s:s, s:s, s:b, s:s, s:o, s:o, s:o}", "id", d->id, "name", d->name, "machine", d->machine,
		"platform", d->platform, "seated", d->seated, "left", reason_code(d->left), "left_at", moment(d->left_at),
		"added", moment(d->created), "last_seen", moment(d->last_seen)));
	return true;
}

static bool
export_event(void *ctx, const struct event *e)
{
	json_t *detail = json_loads(e->detail, 0, NULL);

	json_array_append_new(ctx,
	    json_pack("{s:I, s:o, s:s, s:s, s:o}", "number", (json_int_t)e->seq, "at", moment(e->at), "actor", e->actor, "kind",
		e->kind, "detail", detail == NULL ? json_null() : detail));
	return true;
}

static bool
export_payment(void *ctx, const struct payment *p)
{
	json_array_append_new(ctx,
	    json_pack("{s:s, s:o, s:o, s:o}", "receipt", p->checkout, "at", moment(p->at), "until", moment(p->until),
		"refunded", moment(p->refunded)));
	return true;
}

static json_t *
export_recipient(struct call *c, const struct portal_item *item)
{
	struct recipient r;

	if (c->web->store->delivery.get_recipient(c->web->store, item->sub.id, &r) != ERR_NONE)
		return json_null();
	return json_pack("{s:s, s:s, s:s}", "address", r.address, "name", r.name, "language", r.language);
}

static enum err
export_one(void *ctx, const struct portal_item *item)
{
	json_t *devices = json_array(), *events = json_array(), *payments = json_array(), *one;
	const struct subscription *sub = &item->sub;
	struct list *l = ctx;
	struct store *store = l->call->web->store;
	enum err e;

	if ((e = store->list_devices(store, sub->id, export_device, devices)) == ERR_NONE &&
	    (e = store->list_events(store, sub->id, 0, export_event, events)) == ERR_NONE)
		e = store->payment.list(store, sub->id, export_payment, payments);
	one = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:o, s:I, s:o, s:s, s:o, s:o, s:o, s:o}", "id", sub->id,
	    "reference", sub->reference, "external_id", sub->external_id, "provider", item->provider.contact.name, "state",
	    sub_state_name(subscription_state_at(sub, l->call->now)), "reason", reason_code(sub->reason), "since",
	    moment(sub->since), "ordered", moment(sub->created), "seats", (json_int_t)sub->seats, "paid_until",
	    moment(sub->paid_until), "consent", consent_name(sub->consent), "mail", export_recipient(l->call, item),
	    "devices", devices, "events", events, "payments", payments);
	if (e == ERR_NONE && json_array_append_new(l->out, one) != 0)
		e = ERR_NOMEM;
	else if (e != ERR_NONE)
		json_decref(one);
	return e;
}

static bool
export_request(void *ctx, const struct contact_request *r)
{
	json_array_append_new(ctx,
	    json_pack("{s:s, s:o, s:s, s:s, s:s, s:s, s:s}", "reference", r->reference, "at", moment(r->at), "name",
		r->name, "mail", r->mail, "article", r->article, "device", r->device, "text", r->text));
	return true;
}

static enum err
export_all(struct call *c, struct buf *out)
{
	struct list l = { .call = c, .out = json_array() };
	const struct contact_filter own = { .mail = c->principal.session.subject, .most = INT64_MAX };
	json_t *requests = json_array();
	struct store *store = c->web->store;
	json_t *all = json_pack("{s:o, s:o, s:o}", "made", moment(c->now), "subscriptions", l.out, "requests", requests);
	enum err e = all == NULL ? ERR_NOMEM : portal_each(c, export_one, &l);

	if (e == ERR_NONE && is_by_mail(c))
		e = store->support.list_contact_requests(store, &own, export_request, requests);
	if (e == ERR_NONE)
		e = json_write(all, out);
	json_decref(all);
	return e;
}

void
portal_data_export(struct call *c)
{
	char name[SUBJECT_SIZE + 16];
	struct buf out;
	enum err e;

	snprintf(name, sizeof name, "portal export %s", c->principal.session.subject);
	if (!routes_limit(c, name, &exports, page_refuse))
		return;
	buf_init(&out, EXPORT_MAX);
	if ((e = export_all(c, &out)) == ERR_NONE) {
		http_answer_header(c->request, "Content-Disposition", "attachment; filename=\"holdfast-my-data.json\"");
		http_answer_header(c->request, "Cache-Control", "no-store");
		http_answer(c->request, 200, "application/json", buf_bytes(&out));
	} else {
		portal_refuse(c, e, "exporting what is known");
	}
	buf_fini(&out);
}

void
portal_data_delete(struct call *c)
{
	char id[ID_SIZE], sure[8];
	enum forgotten forgotten = FORGOTTEN_NOTHING;
	struct portal_item item;
	enum err e;

	if (!portal_take_field(c, "subscription", id, sizeof id) || !portal_take_field(c, "sure", sure, sizeof sure))
		return;
	if (!text_equal(sure, "yes")) {
		send_data(c, 400, "Tick the box to say that you want that. Nothing was deleted.");
		return;
	}
	if ((e = portal_find(c, id, &item)) == ERR_NONE && !may_forget(c, &item)) {
		page_answer_message(c, &(struct message){ 403, "Sign in by mail for that",
		    "Whoever sits at a device can sign in from there. To delete data, show that you read the subscription's mail.",
		    "/portal/sign-in", "Sign in by mail" });
		return;
	}
	if (e == ERR_NONE)
		e = authority_forget(c->web->store, &item.provider, id, c->principal.actor, c->now, &forgotten);
	if (e != ERR_NONE) {
		portal_refuse(c, e, "forgetting a person");
		return;
	}
	page_answer_message(c, forgotten == FORGOTTEN_ALL
		? &(struct message){ 200, "It is deleted",
		      "What was known of you in this subscription is gone for good. That something happened stays in the log, "
		      "without saying what.", "/portal", "Go on" }
		: &(struct message){ 200, "Your contact data is deleted",
		      "Your mail address and name are gone from this subscription: no more mail about it goes to you, and you "
		      "cannot sign in by mail any more. Your devices stay protected.", "/portal", "Go on" });
}
