/* prog/web/portal_devices.c: the subscriber's devices: who has a seat, removing, moving, undoing; and the code that
 * brings another device in. The rules are entitle/authority_seat.h's. */
#include <stdio.h>

#include "base/text.h"
#include "codec/encode.h"
#include "crypto/random.h"
#include "entitle/authority_seat.h"
#include "prog/web/answer.h"
#include "prog/web/portal.h"
#include "prog/web/qr.h"

/* New codes for one subscription in a day: each makes the one before useless. */
enum { CODES_MAX = 10, DAY_S = 86400 };

struct list {
	struct call *call;
	json_t *out;
};

static enum err
add_subscription(void *ctx, const struct portal_item *item)
{
	struct list *l = ctx;
	json_t *devices = json_array();
	enum err e = portal_devices(l->call, item, NULL, devices);
	json_t *one = json_pack("{s:s, s:s, s:s, s:I, s:b, s:b, s:o, s:b}", "id", item->sub.id, "provider",
	    item->provider.contact.name, "reference", item->sub.reference, "seats", (json_int_t)item->sub.seats, "one_seat",
	    item->sub.seats == 1, "has_devices", json_array_size(devices) > 0, "devices", devices, "cancelled", item->sub.state == SUB_CANCELLED);

	if (e != ERR_NONE)
		json_decref(one);
	else if (json_array_append_new(l->out, one) != 0)
		e = ERR_NOMEM;
	return e;
}

void
portal_devices_show(struct call *c)
{
	struct list l = { .call = c, .out = json_array() };
	struct page page;
	enum err e;

	if ((e = portal_each(c, add_subscription, &l)) != ERR_NONE) {
		json_decref(l.out);
		portal_refuse(c, e, "showing devices");
		return;
	}
	page_open(&page, c, "Your devices");
	page_put(&page, "subscriptions", l.out);
	page_answer(&page, 200, "portal/devices");
}

static bool
has_no_seat(const struct device *d)
{
	return !d->seated;
}

/* What can be done with it; the authority decides again when it is asked. */
static void
put_actions(struct page *page, const struct portal_item *item, const struct device *d, json_t *others)
{
	bool open = item->sub.state != SUB_CANCELLED;
	bool can_undo = open && !d->seated && d->left == REASON_TRANSFERRED &&
	    page->call->now - d->left_at <= item->provider.policy.undo_s;

	page_put(page, "can_remove", json_boolean(open && d->seated));
	page_put(page, "can_move", json_boolean(open && d->seated && json_array_size(others) > 0));
	page_put(page, "cannot_move", json_boolean(open && d->seated && json_array_size(others) == 0));
	page_put(page, "can_undo", json_boolean(can_undo));
	page_put(page, "can_assign", json_boolean(open && !d->seated));
	page_put(page, "cancelled", json_boolean(!open));
	page_put(page, "undo_until", can_undo ? portal_time(d->left_at + item->provider.policy.undo_s) : json_null());
	page_put_text(page, "moved_to", d->left == REASON_TRANSFERRED ? d->moved_to : "");
	page_put(page, "others", others);
}

static const char *
words_of_done(const char *action)
{
	static const struct {
		const char *action, *words;
	} done[] = {
		{ "remove", "It is removed. It will learn that when it asks next, within hours." },
		{ "move", "The licence has moved." },
		{ "undo", "The move is undone: this device has its licence back." },
		{ "assign", "This device has a licence again. It will learn that when it asks next." },
	};

	for (size_t i = 0; i < sizeof done / sizeof done[0]; i++)
		if (text_equal(done[i].action, action))
			return done[i].words;
	return "";
}

/* ${problem}, if not NULL, is why what was asked for was not done. */
static void
send_device(struct call *c, int status, const char *id, const char *problem)
{
	char done[16] = "";
	json_t *others = json_array(), *value;
	struct portal_item item;
	struct device d;
	struct page page;
	enum err e;

	if ((e = portal_find_device(c, id, &d, &item)) == ERR_NONE)
		e = portal_devices(c, &item, has_no_seat, others);
	if (e != ERR_NONE) {
		json_decref(others);
		portal_refuse(c, e, "showing a device");
		return;
	}
	if (decode_form_field(http_request_query(c->request), "done", done, sizeof done) != ERR_NONE)
		done[0] = '\0';
	value = portal_device(c, &item, &d);
	page_open(&page, c, d.name[0] != '\0' ? d.name : "A device without a name");
	page_put(&page, "device", value);
	page_put_text(&page, "provider", item.provider.contact.name);
	page_put_text(&page, "done", problem == NULL ? words_of_done(done) : "");
	page_put_text(&page, "problem", problem == NULL ? "" : problem);
	put_actions(&page, &item, &d, others);
	page_answer(&page, status, "portal/device");
}

void
portal_devices_show_one(struct call *c)
{
	send_device(c, 200, c->parameter, NULL);
}

typedef enum err change_fn(struct store *store, const struct provider *p, const struct seat_change *change,
    int64_t now, struct refusal *why);

static change_fn *
find_change(const char *action)
{
	static const struct {
		const char *action;
		change_fn *fn;
	} changes[] = {
		{ "remove", authority_release_seat },
		{ "move", authority_transfer_seat },
		{ "undo", authority_undo_transfer },
		{ "assign", authority_assign_seat },
	};

	for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++)
		if (text_equal(changes[i].action, action))
			return changes[i].fn;
	return NULL;
}

void
portal_devices_change(struct call *c)
{
	struct seat_change change = { .device = c->parameter, .actor = c->principal.actor, .by_person = true };
	char action[16], to[ID_SIZE], address[ID_SIZE + 64];
	struct refusal why = { "", "" };
	struct portal_item item;
	struct device d;
	change_fn *fn;
	enum err e;

	if (!portal_take_field(c, "action", action, sizeof action) || !portal_take_field(c, "to", to, sizeof to))
		return;
	if ((fn = find_change(action)) == NULL) {
		page_refuse(c, 400, "malformed_request", "Nothing of that kind can be done with a device.");
		return;
	}
	if ((e = portal_find_device(c, c->parameter, &d, &item)) == ERR_NONE) {
		change.subscription = item.sub.id;
		change.to = to;
		e = fn(c->web->store, &item.provider, &change, c->now, &why);
	}
	if (e == ERR_NONE) {
		snprintf(address, sizeof address, "/portal/devices/%s?done=%s", d.id, action);
		page_see(c, address);
	} else if (why.code[0] != '\0') {
		send_device(c, e == ERR_NOT_FOUND ? 404 : 409, c->parameter, why.detail);
	} else {
		portal_refuse(c, e, "changing a seat");
	}
}

static void
open_code_page(struct page *page, struct call *c, const struct portal_item *item)
{
	page_open(page, c, "Protect another device");
	page_put_text(page, "id", item->sub.id);
	page_put_text(page, "provider", item->provider.contact.name);
	page_put(page, "seats", json_integer(item->sub.seats));
	page_put(page, "one_seat", json_boolean(item->sub.seats == 1));
}

void
portal_devices_show_code(struct call *c)
{
	struct portal_item item;
	struct page page;
	enum err e;

	if ((e = portal_find(c, c->parameter, &item)) != ERR_NONE) {
		portal_refuse(c, e, "showing how to activate");
		return;
	}
	open_code_page(&page, c, &item);
	page_put(&page, "cancelled", json_boolean(item.sub.state == SUB_CANCELLED));
	page_answer(&page, 200, "portal/activation");
}

/* Shown once. The server keeps its digest; and, when somebody gets mail about the subscription, the code itself until the
 * welcome has told it, or no mail will. */
static void
send_code(struct call *c, const struct portal_item *item, const char *code)
{
	char link[URL_SIZE + CODE_SHOWN_SIZE + 16];
	struct page page;
	struct buf svg;
	enum err e;

	buf_init(&svg, 65536);
	/* Behind the '#', which no browser sends: so no proxy writes it down. */
	snprintf(link, sizeof link, "%sactivate#%s", c->web->base_url, code);
	e = qr_write(link, "QR code of the activation link", &svg);
	open_code_page(&page, c, item);
	page_put_text(&page, "code", code);
	page_put_text(&page, "link", link);
	if (e == ERR_NONE)
		page_put_markup(&page, "qr", buf_bytes(&svg));
	page_answer(&page, 200, "portal/code");
	random_forget(link, sizeof link);
	buf_fini(&svg);
}

static bool
may_renew(struct call *c, const char *subscription)
{
	char key[ID_SIZE + 16];
	int64_t count, ends;
	enum err e;

	snprintf(key, sizeof key, "new code %s", subscription);
	if ((e = c->web->store->count_attempt(c->web->store, key, c->now, DAY_S, &count, &ends)) != ERR_NONE) {
		page_answer_failure(c, e, "counting new codes");
		return false;
	}
	if (count <= CODES_MAX)
		return true;
	answer_retry_after(c->request, ends - c->now);
	page_refuse(c, 429, "rate_limited", "Many new codes were made today. Use the last one, or try again tomorrow.");
	return false;
}

void
portal_devices_renew_code(struct call *c)
{
	struct refusal why = { "", "" };
	char code[CODE_SHOWN_SIZE];
	struct portal_item item;
	enum err e;

	if ((e = portal_find(c, c->parameter, &item)) == ERR_NONE) {
		if (!may_renew(c, item.sub.id))
			return;
		e = authority_new_code(c->web->store, &item.provider, item.sub.id, c->principal.actor, c->now, code, &why);
	}
	if (e == ERR_NONE)
		send_code(c, &item, code);
	else if (e == ERR_CONFLICT)
		page_refuse(c, 409, why.code, why.detail);
	else
		portal_refuse(c, e, "making an activation code");
	random_forget(code, sizeof code);
}
