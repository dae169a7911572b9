/* prog/web/portal.c: the subscriber's pages: the overview with its three options, and what the other pages share. */
#include "prog/web/portal.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"
#include "base/timestamp.h"
#include "codec/encode.h"
#include "entitle/authority_leave.h"
#include "entitle/authority_tree.h"
#include "entitle/condition.h"
#include "entitle/notice.h"
#include "pay/pay.h"
#include "prog/web/rechecks.h"

/* A person tries a few times: ten at once, and one a minute. Each asks the provider's system. */
static const struct limit reactivations = { 10, 60 * 1000000 };
static const struct limit purchases = { 20, 60 * 1000000 };

enum err
portal_each(struct call *c, portal_item_fn *fn, void *ctx)
{
	struct subscription *subs = calloc(PORTAL_SUBSCRIPTIONS_MAX, sizeof *subs);
	struct store *store = c->web->store;
	struct portal_item item;
	size_t count = 0;
	enum err e = ERR_NOMEM;

	if (subs != NULL)
		e = session_list_subscriptions(store, &c->principal.session, subs, PORTAL_SUBSCRIPTIONS_MAX, &count);
	for (size_t i = 0; i < count && e == ERR_NONE; i++) {
		item.sub = subs[i];
		if ((e = store->get_provider(store, item.sub.provider, &item.provider)) == ERR_NONE &&
		    (e = authority_standing(store, &item.sub, c->now, &item.standing)) == ERR_NONE)
			e = fn(ctx, &item);
	}
	free(subs);
	return e;
}

struct finding {
	const char *id;
	struct portal_item *out;
	bool found;
};

static enum err
match_id(void *ctx, const struct portal_item *item)
{
	struct finding *f = ctx;

	if (!f->found && text_equal(item->sub.id, f->id)) {
		*f->out = *item;
		f->found = true;
	}
	return ERR_NONE;
}

enum err
portal_find(struct call *c, const char *id, struct portal_item *out)
{
	struct finding f = { .id = id, .out = out };
	enum err e = portal_each(c, match_id, &f);

	return e == ERR_NONE && !f.found ? ERR_NOT_FOUND : e;
}

enum err
portal_find_device(struct call *c, const char *id, struct device *d, struct portal_item *item)
{
	enum err e = c->web->store->get_device(c->web->store, id, d);

	return e == ERR_NONE ? portal_find(c, d->subscription, item) : e;
}

void
portal_refuse(struct call *c, enum err e, const char *doing)
{
	if (e == ERR_NOT_FOUND)
		page_answer_message(c, &(struct message){ 404, "That is not here",
		    "There is no such thing in your subscription (any more).", "/portal", "To the overview" });
	else
		page_answer_failure(c, e, doing);
}

bool
portal_take_field(struct call *c, const char *name, char *out, size_t size)
{
	enum err e = decode_form_field(http_request_body(c->request), name, out, size);

	if (e == ERR_NONE && text_is_plain(out))
		return true;
	out[0] = '\0';
	if (e == ERR_NOT_FOUND)
		return true;
	page_answer_message(c, &(struct message){ 400, "This form cannot be taken",
	    "A field was sent twice, is too long or is no text. Nothing was changed. Go back and try again.", "/portal",
	    "To the overview" });
	return false;
}

json_t *
portal_time(int64_t t)
{
	char text[TIMESTAMP_HUMAN_SIZE];

	if (t == 0)
		return json_null();
	timestamp_write_human(t, text);
	return json_string(text);
}

static json_t *
fill(const char *text, const struct portal_item *item, const struct device *d)
{
	json_t *value;
	struct buf b;

	buf_init(&b, 1024);
	notice_write(text, item->provider.contact.name, d == NULL ? "" : d->moved_to, &b);
	value = json_stringn(b.n == 0 ? "" : (const char *)b.p, b.n);
	buf_fini(&b);
	return value;
}

/* The options in the notice's order, but for those that lead nowhere: nothing is sold, or no device is there. */
static json_t *
list_options(struct call *c, const struct portal_item *item, enum reason reason, const struct device *d)
{
	const struct notice *n = notice_for(reason);
	json_t *list = json_array();

	for (size_t i = 0; i < OPTION_COUNT - 1; i++) {
		enum option o = n->order[i];

		if ((o == OPTION_PURCHASE && (c->web->pay == PAY_NONE || d == NULL)) ||
		    (o == OPTION_REACTIVATE && d == NULL) || o == OPTION_NONE)
			continue;
		json_array_append_new(list,
		    json_pack("{s:b, s:s, s:o, s:b, s:b, s:b, s:s, s:s}", "first", json_array_size(list) == 0, "title",
			option_title(o), "effect", fill(option_effect(o), item, d), "is_purchase", o == OPTION_PURCHASE,
			"is_contact", o == OPTION_CONTACT, "is_reactivate", o == OPTION_REACTIVATE, "device",
			d == NULL ? "" : d->id, "subscription", item->sub.id));
	}
	return list;
}

json_t *
portal_notice(struct call *c, const struct portal_item *item, enum reason reason, const struct device *d)
{
	const struct notice *n = notice_for(reason);

	return json_pack("{s:o, s:o, s:o, s:o, s:s, s:s, s:o}", "headline", fill(n->headline, item, d), "why",
	    fill(n->why, item, d), "who", fill(n->who, item, d), "next", fill(n->next, item, d), "article", n->article,
	    "code", reason_code(reason), "options", list_options(c, item, reason, d));
}

/* As the device will be told at its next contact. */
static enum condition_kind
condition_of(const struct portal_item *item, const struct device *d, enum reason *reason)
{
	const struct standing *s = &item->standing;

	*reason = !d->seated ? d->left : s->reason != REASON_NONE ? s->reason : s->ending;
	if (!d->seated || s->reason != REASON_NONE)
		return CONDITION_UNPROTECTED;
	return s->ending != REASON_NONE ? CONDITION_GRACE : CONDITION_PROTECTED;
}

static const char *const classes[] = { [CONDITION_UNPROTECTED] = "problem", [CONDITION_GRACE] = "warn",
	[CONDITION_PROTECTED] = "good" };

json_t *
portal_device(struct call *c, const struct portal_item *item, const struct device *d)
{
	enum reason reason;
	enum condition_kind kind = condition_of(item, d, &reason);
	char span[40], seen[64];

	text_of_span(c->now - d->last_seen, span, sizeof span);
	if (d->last_seen == 0)
		text_copy(seen, sizeof seen, "not yet");
	else
		snprintf(seen, sizeof seen, "%s ago", span);
	return json_pack("{s:s, s:s, s:s, s:s, s:b, s:s, s:s, s:o, s:o, s:o, s:b}", "id", d->id, "name",
	    d->name[0] != '\0' ? d->name : "A device without a name", "platform", d->platform, "seen", seen, "seated",
	    d->seated, "tag", condition_name(kind), "tag_class", classes[kind], "since", portal_time(d->seated ? 0 : d->left_at), "added",
	    portal_time(d->created), "notice", portal_notice(c, item, reason, d), "is_problem",
	    reason != REASON_NONE);
}

struct listing {
	portal_device_fn *wanted;
	struct device *devices;
	size_t count;
};

enum { DEVICES_MAX = SEATS_MAX };

static bool
gather_device(void *ctx, const struct device *d)
{
	struct listing *l = ctx;

	if (l->wanted == NULL || l->wanted(d))
		l->devices[l->count++] = *d;
	return l->count < DEVICES_MAX;
}

/* First they are gathered: explaining one reads the store too. */
enum err
portal_devices(struct call *c, const struct portal_item *item, portal_device_fn *wanted, json_t *out)
{
	struct listing l = { .wanted = wanted, .devices = calloc(DEVICES_MAX, sizeof *l.devices) };
	struct store *store = c->web->store;
	enum err e = l.devices == NULL ? ERR_NOMEM
				       : store->list_devices(store, item->sub.id, gather_device, &l);

	for (size_t i = 0; i < l.count && e == ERR_NONE; i++)
		if (json_array_append_new(out, portal_device(c, item, &l.devices[i])) != 0)
			e = ERR_NOMEM;
	free(l.devices);
	return e;
}

/* The device that stands for the subscription: one that has a seat, if any has. */
static bool
choose_device(void *ctx, const struct device *d)
{
	struct device *best = ctx;

	if (best->id[0] == '\0' || (d->seated && !best->seated))
		*best = *d;
	return true;
}

struct overview {
	struct call *call;
	json_t *list;
	const char *said, *of;	/* what came of a reactivation, and of which */
};

/* What the subscription means for its devices, in the words of the notice. */
static json_t *
describe_standing(struct call *c, const struct portal_item *item, const struct device *d)
{
	enum sub_state state = subscription_state_at(&item->sub, c->now);
	struct standing s = item->standing;
	enum reason reason = s.reason != REASON_NONE ? s.reason : s.ending;

	if (state == SUB_PENDING && reason == REASON_NONE)
		reason = REASON_NOT_ACTIVATED;
	return json_pack("{s:b, s:b, s:b, s:o, s:o, s:o}", "is_good", reason == REASON_NONE, "is_ending",
	    s.reason == REASON_NONE && s.ending != REASON_NONE, "is_problem", s.reason != REASON_NONE || state == SUB_PENDING,
	    "since", portal_time(s.since), "until", portal_time(s.until), "notice",
	    portal_notice(c, item, reason, d->id[0] == '\0' ? NULL : d));
}

static enum outcome
outcome_of(const char *name)
{
	for (enum outcome o = OUTCOME_ACTIVE; o <= OUTCOME_NOT_POSSIBLE; o++)
		if (text_equal(outcome_name(o), name))
			return o;
	return OUTCOME_NONE;
}

static json_t *
describe_leaving(const struct portal_item *item)
{
	const struct subscription *sub = &item->sub;

	if (item->provider.leaves == 0 || sub->state == SUB_CANCELLED)
		return json_null();
	return json_pack("{s:o, s:s, s:b, s:b}", "at", portal_time(item->provider.leaves), "provider",
	    item->provider.contact.name, "agreed", sub->consent == CONSENT_GIVEN, "refused",
	    sub->consent == CONSENT_REFUSED);
}

static enum err
add_overview(void *ctx, const struct portal_item *item)
{
	struct overview *o = ctx;
	struct call *c = o->call;
	struct device d = { .id = "" };
	json_t *devices = json_array(), *one;
	bool asked = text_equal(o->of, item->sub.id) && outcome_of(o->said) != OUTCOME_NONE;
	enum err e;

	e = c->web->store->list_devices(c->web->store, item->sub.id, choose_device, &d);
	if (e == ERR_NONE)
		e = portal_devices(c, item, NULL, devices);
	one = json_pack("{s:s, s:s, s:s, s:I, s:b, s:b, s:o, s:o, s:b, s:o, s:o}", "id", item->sub.id, "provider",
	    item->provider.contact.name, "reference", item->sub.reference, "seats", (json_int_t)item->sub.seats, "one_seat",
	    item->sub.seats == 1, "cancelled", item->sub.state == SUB_CANCELLED, "paid_until", portal_time(item->sub.paid_until), "devices", devices, "renews",
	    item->sub.renews, "standing", describe_standing(c, item, &d), "leaving", describe_leaving(item));
	if (asked)
		json_object_set_new(one, "said", fill(outcome_text(outcome_of(o->said)), item, &d));
	json_object_set_new(one, "said_good", json_boolean(outcome_of(o->said) == OUTCOME_ACTIVE));
	if (e == ERR_NONE && json_array_append_new(o->list, one) != 0)
		e = ERR_NOMEM;
	return e;
}

static void
show_overview(struct call *c)
{
	char said[32], of[ID_SIZE];
	struct overview o = { .call = c, .list = json_array(), .said = said, .of = of };
	struct page page;
	enum err e;

	if (decode_form_field(http_request_query(c->request), "said", said, sizeof said) != ERR_NONE)
		said[0] = '\0';
	if (decode_form_field(http_request_query(c->request), "of", of, sizeof of) != ERR_NONE)
		of[0] = '\0';
	if ((e = portal_each(c, add_overview, &o)) != ERR_NONE) {
		json_decref(o.list);
		portal_refuse(c, e, "showing a subscription");
		return;
	}
	page_open(&page, c, "Your subscription");
	page_put(&page, "many", json_boolean(json_array_size(o.list) > 1));
	page_put(&page, "subscriptions", o.list);
	page_answer(&page, 200, "portal/home");
}

static void
reactivate(struct call *c)
{
	char id[ID_SIZE], name[ID_SIZE + 24];
	struct portal_item item;
	struct device d;
	enum err e;

	if (!portal_take_field(c, "device", id, sizeof id))
		return;
	if ((e = portal_find_device(c, id, &d, &item)) != ERR_NONE) {
		portal_refuse(c, e, "reactivating");
		return;
	}
	snprintf(name, sizeof name, "portal reactivate %s", item.sub.id);
	if (routes_limit(c, name, &reactivations, page_refuse))
		rechecks_start(c->web, c->request, &d, NULL, c->now);
}

static void
purchase(struct call *c)
{
	char id[ID_SIZE], name[ID_SIZE + 24], address[ID_SIZE + 16];
	struct checkout checkout;
	struct portal_item item;
	struct device d;
	enum err e;

	if (!portal_take_field(c, "device", id, sizeof id))
		return;
	if (c->web->pay == PAY_NONE) {
		page_refuse(c, 409, "nothing_for_sale", "Nothing is sold here. Ask your provider.");
		return;
	}
	if ((e = portal_find_device(c, id, &d, &item)) == ERR_NONE) {
		snprintf(name, sizeof name, "portal purchase %s", item.sub.id);
		if (!routes_limit(c, name, &purchases, page_refuse))
			return;
		e = authority_begin_checkout(c->web->store, &d, c->now, &checkout);
	}
	if (e != ERR_NONE) {
		portal_refuse(c, e, "beginning a purchase");
		return;
	}
	snprintf(address, sizeof address, "/checkout/%s", checkout.id);
	page_see(c, address);
}

static enum err
add_contact(void *ctx, const struct portal_item *item)
{
	const struct contact *card = &item->provider.contact;
	bool is_web = strncmp(card->web, "https://", 8) == 0 || strncmp(card->web, "http://", 7) == 0;

	return json_array_append_new(ctx,
		   json_pack("{s:s, s:s, s:s, s:b, s:s, s:s, s:s}", "id", item->sub.id, "name", card->name, "web", card->web,
		       "is_web", is_web, "phone", card->phone, "hours", card->hours, "reference", item->sub.reference)) == 0
	    ? ERR_NONE
	    : ERR_NOMEM;
}

static void
show_contact(struct call *c)
{
	json_t *cards = json_array();
	struct page page;
	enum err e;

	if ((e = portal_each(c, add_contact, cards)) != ERR_NONE) {
		json_decref(cards);
		portal_refuse(c, e, "showing a contact card");
		return;
	}
	page_open(&page, c, "Contact your service provider");
	page_put(&page, "cards", cards);
	page_answer(&page, 200, "portal/contact");
}

static void
consent(struct call *c)
{
	struct refusal why = { "", "" };
	char id[ID_SIZE], answer[16];
	struct portal_item item;
	enum err e;

	if (!portal_take_field(c, "subscription", id, sizeof id) || !portal_take_field(c, "answer", answer, sizeof answer))
		return;
	if (!text_equal(answer, "yes") && !text_equal(answer, "no")) {
		page_refuse(c, 400, "malformed_request", "Say yes or no.");
		return;
	}
	if ((e = portal_find(c, id, &item)) == ERR_NONE)
		e = authority_consent(c->web->store, id, text_equal(answer, "yes") ? CONSENT_GIVEN : CONSENT_REFUSED,
		    c->principal.actor, c->now, &why);
	if (e == ERR_NONE)
		page_see(c, "/portal");
	else if (e == ERR_CONFLICT)
		page_refuse(c, 409, why.code, why.detail);
	else
		portal_refuse(c, e, "taking a consent");
}

static const struct route routes[] = {
	{ "GET", "/portal/sign-in", portal_show_sign_in, PERMIT_ANYONE },
	{ "POST", "/portal/sign-in", portal_sign_in, PERMIT_ANYONE },
	{ "GET", "/portal/sign-in/sent", portal_show_sent, PERMIT_ANYONE },
	/* The link is the right to sign in. */
	{ "GET", "/portal/enter/{}", portal_show_enter, PERMIT_ANYONE },
	{ "POST", "/portal/enter/{}", portal_enter, PERMIT_ANYONE },
	{ "POST", "/portal/sign-out", portal_sign_out, PERMIT_PERSON },
	{ "GET", "/portal", show_overview, PERMIT_PERSON },
	{ "POST", "/portal/reactivate", reactivate, PERMIT_PERSON },
	{ "POST", "/portal/purchase", purchase, PERMIT_PERSON },
	{ "GET", "/portal/contact", show_contact, PERMIT_PERSON },
	{ "POST", "/portal/consent", consent, PERMIT_PERSON },
	{ "GET", "/portal/devices", portal_devices_show, PERMIT_PERSON },
	{ "GET", "/portal/devices/{}", portal_devices_show_one, PERMIT_PERSON },
	{ "POST", "/portal/devices/{}", portal_devices_change, PERMIT_PERSON },
	{ "GET", "/portal/activation/{}", portal_devices_show_code, PERMIT_PERSON },
	{ "POST", "/portal/activation/{}", portal_devices_renew_code, PERMIT_PERSON },
	{ "GET", "/portal/purchases", portal_data_show_purchases, PERMIT_PERSON },
	{ "GET", "/portal/history", portal_data_show_history, PERMIT_PERSON },
	{ "GET", "/portal/data", portal_data_show, PERMIT_PERSON },
	{ "GET", "/portal/data/export", portal_data_export, PERMIT_PERSON },
	{ "POST", "/portal/data/delete", portal_data_delete, PERMIT_PERSON },
};
const struct route_group portal_routes = { "/portal", page_refuse, routes, sizeof routes / sizeof routes[0] };
