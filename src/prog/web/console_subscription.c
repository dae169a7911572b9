/* prog/web/console_subscription.c: one subscription as the help desk sees it: its state and each side's view of it, why a
 * device is as it is, seats, changes to come, what was mailed, and all that happened. */
#include "prog/web/console_subscription.h"

#include "base/text.h"
#include "codec/encode.h"
#include "entitle/authority_explain.h"
#include "entitle/authority_tree.h"
#include "entitle/endpoint.h"
#include "entitle/recipient.h"
#include "prog/web/answer.h"

/* Of what happened; the audit page has the rest. Of devices as many as one page holds (PAGE_MAX), each a row with its
 * forms and two lines to choose. */
enum { EVENTS_SHOWN = 60, SENT_SHOWN = 20, DEVICES_SHOWN = 400 };

struct listing {
	struct call *call;
	const struct subscription *sub;
	const struct block *block;
	json_t *list;
	int64_t taken, others;	/* seats; devices without one */
	bool seated;		/* which devices are listed now */
	char asked[ID_SIZE];	/* the device that the address asks about; it is listed in any case */
	char first[ID_SIZE];	/* the first device */
};

static bool
add_device(void *ctx, const struct device *d)
{
	struct listing *l = ctx;

	if (d->seated != l->seated)
		return true;
	if (l->first[0] == '\0')
		text_copy(l->first, sizeof l->first, d->id);
	l->taken += d->seated;
	l->others += !d->seated;
	if (json_array_size(l->list) >= DEVICES_SHOWN && !text_equal(d->id, l->asked))
		return true;
	json_array_append_new(l->list,
	    json_pack("{s:s, s:s, s:s, s:s, s:b, s:o, s:o, s:o, s:I, s:s, s:b, s:b}", "id", d->id, "subscription",
		l->sub->id, "name", d->name, "platform", d->platform, "seated", d->seated, "condition",
		console_condition(l->sub, d, l->block, l->call->now), "last_seen", console_time(d->last_seen), "created",
		console_time(d->created), "generation", (json_int_t)d->generation, "moved_to", d->moved_to, "assignable",
		!d->seated && l->sub->state != SUB_CANCELLED, "undoable",
		!d->seated && d->left == REASON_TRANSFERRED && l->sub->state != SUB_CANCELLED));
	return true;
}

/* The device that the address asks about, or none. */
static void
take_asked(struct call *c, char out[static ID_SIZE])
{
	if (decode_form_field(http_request_query(c->request), "device", out, ID_SIZE) != ERR_NONE)
		out[0] = '\0';
}

static enum err
put_devices(struct page *p, const struct subscription *sub, const struct block *block, struct listing *l)
{
	struct store *store = p->call->web->store;
	enum err e;

	*l = (struct listing){ .call = p->call, .sub = sub, .block = block, .list = json_array(), .seated = true };
	take_asked(p->call, l->asked);
	if ((e = l->list == NULL ? ERR_NOMEM : store->list_devices(store, sub->id, add_device, l)) == ERR_NONE) {
		l->seated = false;
		e = store->list_devices(store, sub->id, add_device, l);
	}
	page_put(p, "has_devices", json_boolean(json_array_size(l->list) > 0));
	page_put(p, "more_devices", json_boolean((int64_t)json_array_size(l->list) < l->taken + l->others));
	page_put(p, "shown_devices", json_sprintf("%zu", json_array_size(l->list)));
	page_put(p, "all_devices", json_sprintf("%lld", (long long)(l->taken + l->others)));
	page_put(p, "devices", l->list);
	page_put(p, "seats_taken", json_integer(l->taken));
	page_put(p, "movable", json_boolean(l->taken > 0 && l->others > 0));
	return e;
}

static bool
add_change(void *ctx, const struct due *d)
{
	struct listing *l = ctx;

	if (d->kind == DUE_CHANGE)
		json_array_append_new(l->list, json_pack("{s:s, s:s, s:s, s:o, s:o, s:s}", "id", d->id, "subscription",
		    l->sub->id, "what", sub_event_name(d->event), "at", console_time(d->at), "reason",
		    console_reason(d->reason), "actor", d->actor));
	return true;
}

static enum err
put_changes(struct page *p, const struct subscription *sub)
{
	struct listing l = { .call = p->call, .sub = sub, .list = json_array() };
	struct store *store = p->call->web->store;
	enum err e = l.list == NULL ? ERR_NOMEM : store->schedule.list(store, sub->id, add_change, &l);

	page_put(p, "has_changes", json_boolean(json_array_size(l.list) > 0));
	page_put(p, "changes", l.list);
	return e;
}

static bool
add_sent(void *ctx, const struct delivery *d, struct bytes body)
{
	struct listing *l = ctx;

	(void)body;
	json_array_append_new(l->list, json_pack("{s:s, s:s, s:s, s:s, s:o, s:I, s:s, s:b}", "id", d->id, "by",
	    delivery_kind_name(d->kind), "type", d->type, "state", delivery_state_name(d->state), "created",
	    console_time(d->created), "attempts", (json_int_t)d->attempts, "error", d->error, "replayable",
	    d->state == DELIVERY_FAILED || d->state == DELIVERY_DELIVERED));
	return true;
}

static enum err
put_mail(struct page *p, const struct subscription *sub)
{
	struct listing l = { .call = p->call, .sub = sub, .list = json_array() };
	struct store *store = p->call->web->store;
	struct recipient r;
	enum err e;

	e = l.list == NULL ? ERR_NOMEM : store->look.list_sent(store, sub->id, SENT_SHOWN, add_sent, &l);
	page_put(p, "has_sent", json_boolean(json_array_size(l.list) > 0));
	page_put(p, "sent_list", l.list);
	if (e != ERR_NONE)
		return e;
	e = recipient_get(store, &p->call->principal.provider, sub->id, &r);
	if (e == ERR_NONE)
		page_put(p, "recipient", json_pack("{s:s, s:s, s:s}", "address", r.address, "name", r.name, "language",
		    r.language));
	page_put(p, "german", json_boolean(e == ERR_NONE && text_equal(r.language, "de")));
	return e == ERR_NOT_FOUND ? ERR_NONE : e;
}

static bool
add_event(void *ctx, const struct event *e)
{
	struct listing *l = ctx;

	json_array_append_new(l->list, console_event(l->call, e));
	return true;
}

static enum err
put_timeline(struct page *p, const struct subscription *sub)
{
	struct audit_filter filter = { .chain = sub->id, .actor = "", .kind = "", .limit = EVENTS_SHOWN };
	struct listing l = { .call = p->call, .sub = sub, .list = json_array() };
	struct store *store = p->call->web->store;
	enum err e = l.list == NULL ? ERR_NOMEM : store->look.list_audit(store, &filter, add_event, &l);

	page_put(p, "timeline", l.list);
	return e;
}

/* The device that the address asks about, or the first. */
static enum err
put_explanation(struct page *p, const struct subscription *sub, const struct block *block, const char *first)
{
	struct call *c = p->call;
	struct device device;
	char id[ID_SIZE];
	json_t *all = NULL;
	enum err e;

	take_asked(c, id);
	if (id[0] == '\0')
		text_copy(id, sizeof id, first);
	if (id[0] == '\0')
		return ERR_NONE;
	if ((e = c->web->store->get_device(c->web->store, id, &device)) != ERR_NONE ||
	    !text_equal(device.subscription, sub->id))
		return e == ERR_NOT_FOUND ? ERR_NONE : e;
	if ((e = authority_explain(c->web->store, &c->principal.provider, id, c->now, &all)) != ERR_NONE)
		return e;
	json_object_set_new(all, "device_name", json_string(device.name));
	json_object_set_new(all, "condition_now", console_condition(sub, &device, block, c->now));
	json_object_set_new(all, "in_step", json_boolean(json_array_size(json_object_get(all, "drift")) == 0));
	page_put(p, "explain", all);
	return ERR_NONE;
}

/* Which forms make sense now. */
static void
put_possible(struct page *p, const struct subscription *sub, int64_t now)
{
	static const enum sub_event events[] = { EV_SUSPEND, EV_RESUME, EV_CANCEL, EV_REINSTATE, EV_RENEW };
	enum sub_state state = sub->state;
	json_t *can = json_object();

	for (size_t i = 0; i < sizeof events / sizeof events[0]; i++)
		json_object_set_new(can, sub_event_name(events[i]),
		    json_boolean(subscription_conflict(state, events[i]) == NULL));
	json_object_set_new(can, "terms", json_boolean(state != SUB_CANCELLED));
	page_put(p, "can", can);
	page_put(p, "expired", json_boolean(subscription_state_at(sub, now) == SUB_EXPIRED));
}

static void
put_facts(struct page *p, const struct subscription *sub, int64_t now)
{
	json_t *facts = console_subscription_line(sub, now);

	json_object_set_new(facts, "created", console_time(sub->created));
	json_object_set_new(facts, "activated", console_time(sub->activated));
	json_object_set_new(facts, "said", json_string(verify_answer_name(sub->said)));
	json_object_set_new(facts, "said_at", console_time(sub->said_at));
	json_object_set_new(facts, "renews", json_boolean(sub->renews));
	json_object_set_new(facts, "merged_into", json_string(sub->merged_into));
	json_object_set_new(facts, "purged", console_time(sub->purged));
	page_put(p, "sub", facts);
}

static enum err
put_all(struct page *p, const struct subscription *sub)
{
	struct store *store = p->call->web->store;
	struct listing devices;
	struct block block;
	enum err e;

	put_facts(p, sub, p->call->now);
	put_possible(p, sub, p->call->now);
	if ((e = authority_find_block(store, sub->provider, &block)) != ERR_NONE ||
	    (e = put_devices(p, sub, &block, &devices)) != ERR_NONE || (e = put_changes(p, sub)) != ERR_NONE ||
	    (e = put_mail(p, sub)) != ERR_NONE || (e = put_timeline(p, sub)) != ERR_NONE)
		return e;
	page_put(p, "blocked", console_time(block.since));
	return put_explanation(p, sub, &block, devices.first);
}

void
console_show_subscription(struct call *c, const struct console_shown *shown)
{
	struct subscription sub;
	struct page page;
	enum err e;

	if ((e = authority_get(c->web->store, &c->principal.provider, c->parameter, &sub)) != ERR_NONE) {
		console_refuse(c, e, NULL, "looking up a subscription");
		return;
	}
	console_open(&page, c, sub.external_id);
	if ((e = put_all(&page, &sub)) != ERR_NONE && page.err == ERR_NONE)
		page.err = e;
	console_put_refusal(&page, shown->why);
	if (shown->form != NULL)
		form_show(shown->form, &page);
	if (shown->code != NULL)
		page_put_text(&page, "new_code", shown->code);
	page_answer(&page, shown->status, "console/subscription");
}

static void
show(struct call *c)
{
	console_show_subscription(c, &(struct console_shown){ .status = 200 });
}

static const struct route routes[] = {
	{ "GET", "/console/subscriptions/{subscription}", show, PERMIT_CONSOLE_READ },
};
const struct route_group console_subscription_routes = { "/console", page_refuse, routes,
	sizeof routes / sizeof routes[0] };
