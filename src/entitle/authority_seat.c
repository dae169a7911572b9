/* entitle/authority_seat.c: see authority_seat.h. */
#include "entitle/authority_seat.h"

#include <stdio.h>

#include "base/text.h"
#include "entitle/authority_internal.h"
#include "entitle/event.h"
#include "entitle/recipient.h"

static enum err
log_device(const struct changing *c, const char *actor, const char *kind, const struct device *d)
{
	return changing_log(c, actor, kind,
	    json_pack("{s:s, s:s, s:s}", "device", d->id, "name", d->name, "reason",
		reason_code(d->seated ? REASON_NONE : d->left)));
}

/* Devices see a change of their subscription by its revision. */
static enum err
raise_revision(struct changing *c)
{
	c->sub.revision++;
	return c->store->put_subscription(c->store, &c->sub);
}

static enum err
unseat(struct changing *c, struct device *d, enum reason reason, const struct device *to)
{
	d->seated = false;
	d->left = reason;
	d->left_at = c->now;
	memcpy(d->moved_to, to == NULL ? "" : to->name, to == NULL ? 1 : sizeof d->moved_to);
	memcpy(d->moved_to_id, to == NULL ? "" : to->id, to == NULL ? 1 : sizeof d->moved_to_id);
	return c->store->unseat_device(c->store, d);
}

static enum err
seat(struct changing *c, struct device *d)
{
	d->seated = true;
	d->left = REASON_NONE;
	return c->store->move_device(c->store, d);
}

/* The one that has waited longest for a seat that the subscription lost. */
static bool
find_waiting(void *ctx, const struct device *d)
{
	struct device *best = ctx;

	if (!d->seated && d->left == REASON_SEAT_LOST && (best->id[0] == '\0' || d->left_at < best->left_at))
		*best = *d;
	return true;
}

enum err
seat_return_waiting(struct changing *c)
{
	enum err e;

	for (;;) {
		struct device d = { .id = "" };

		e = c->store->list_devices(c->store, c->sub.id, find_waiting, &d);
		if (e != ERR_NONE || d.id[0] == '\0')
			return e;
		if ((e = seat(c, &d)) != ERR_NONE)
			return e == ERR_LIMIT ? ERR_NONE : e;
		if ((e = log_device(c, "schedule", "seat_returned", &d)) != ERR_NONE)
			return e;
	}
}

enum err
seat_free(struct changing *c, struct device *d, enum reason reason, const char *kind,
    const char *actor)
{
	enum err e;

	if ((e = unseat(c, d, reason, NULL)) != ERR_NONE ||
	    (e = log_device(c, actor, kind, d)) != ERR_NONE || (e = seat_return_waiting(c)) != ERR_NONE)
		return e;
	return raise_revision(c);
}

enum err
seat_count_move(struct changing *c)
{
	char key[ID_SIZE + 8];
	int64_t count, ends, most = c->provider.policy.transfers;
	enum err e;

	if (most == 0)
		return ERR_NONE;
	snprintf(key, sizeof key, "moves %s", c->sub.id);
	e = c->store->count_attempt(c->store, key, c->now, TRANSFER_WINDOW_S, &count, &ends);
	if (e != ERR_NONE || count <= most)
		return e;
	return refuse(c->why, ERR_CONFLICT, "transfer_limit",
	    "The seats of this subscription were moved %lld times in 30 days: ask your provider.",
	    (long long)most);
}

static enum err
get_own_device(struct changing *c, const char *id, struct device *out)
{
	enum err e = c->store->get_device(c->store, id, out);

	if (e == ERR_NOT_FOUND || (e == ERR_NONE && !text_equal(out->subscription, c->sub.id)))
		return refuse(c->why, ERR_NOT_FOUND, "unknown_device",
		    "The subscription has no device with this id.");
	return e;
}

/* One of the changes below, within a transaction that has found subscription and device. */
typedef enum err seat_fn(struct changing *c, const struct seat_change *change, struct device *d);

static enum err
change_seat(struct store *store, const struct provider *p, const struct seat_change *change,
    struct changing *c, seat_fn *fn)
{
	struct device d;
	enum err e;

	c->why->code[0] = '\0';
	if ((e = store->begin(store)) != ERR_NONE)
		return e;
	if ((e = changing_begin(c, p->id, change->subscription)) == ERR_NONE &&
	    (e = get_own_device(c, change->device, &d)) == ERR_NONE) {
		if (c->sub.state == SUB_CANCELLED)
			e = refuse(c->why, ERR_CONFLICT, "subscription_cancelled",
			    "The subscription is cancelled: its seats stay as they are.");
		else
			e = fn(c, change, &d);
	}
	return finish_transaction(store, e);
}

static enum err
refuse_unseated(struct changing *c)
{
	return refuse(c->why, ERR_CONFLICT, "not_seated", "The device has no seat.");
}

static enum err
release(struct changing *c, const struct seat_change *change, struct device *d)
{
	enum err e;

	if (!d->seated)
		return refuse_unseated(c);
	if (change->by_person && (e = seat_count_move(c)) != ERR_NONE)
		return e;
	return seat_free(c, d, REASON_REMOVED, "seat_released", change->actor);
}

enum err
authority_release_seat(struct store *store, const struct provider *p,
    const struct seat_change *change, int64_t now, struct refusal *why)
{
	struct changing c = { .store = store, .now = now, .why = why };

	return change_seat(store, p, change, &c, release);
}

static enum err
assign(struct changing *c, const struct seat_change *change, struct device *d)
{
	enum err e;

	if (d->seated)
		return refuse(c->why, ERR_CONFLICT, "already_seated", "The device has a seat already.");
	if (change->by_person && (e = seat_count_move(c)) != ERR_NONE)
		return e;
	if ((e = seat(c, d)) == ERR_LIMIT)
		return refuse(c->why, ERR_CONFLICT, "seats_taken",
		    "All %lld seats of this subscription are taken.", (long long)c->sub.seats);
	if (e != ERR_NONE || (e = log_device(c, change->actor, "seat_assigned", d)) != ERR_NONE)
		return e;
	return raise_revision(c);
}

enum err
authority_assign_seat(struct store *store, const struct provider *p,
    const struct seat_change *change, int64_t now, struct refusal *why)
{
	struct changing c = { .store = store, .now = now, .why = why };

	return change_seat(store, p, change, &c, assign);
}

/* ${from} has a seat, ${to} has none. */
static enum err
move_seat(struct changing *c, struct device *from, struct device *to, const char *actor, const char *kind)
{
	enum err e;

	if ((e = unseat(c, from, REASON_TRANSFERRED, to)) != ERR_NONE || (e = seat(c, to)) != ERR_NONE)
		return e;
	e = changing_log(c, actor, kind,
	    json_pack("{s:s, s:s, s:s, s:s}", "from", from->id, "from_name", from->name, "to", to->id,
		"to_name", to->name));
	return e == ERR_NONE ? raise_revision(c) : e;
}

static enum err
transfer(struct changing *c, const struct seat_change *change, struct device *d)
{
	struct device to;
	enum err e;

	if ((e = get_own_device(c, change->to, &to)) != ERR_NONE)
		return e;
	if (!d->seated)
		return refuse_unseated(c);
	if (to.seated)
		return refuse(c->why, ERR_CONFLICT, "already_seated", "The other device has a seat already.");
	if (change->by_person && (e = seat_count_move(c)) != ERR_NONE)
		return e;
	return move_seat(c, d, &to, change->actor, "transferred");
}

enum err
authority_transfer_seat(struct store *store, const struct provider *p,
    const struct seat_change *change, int64_t now, struct refusal *why)
{
	struct changing c = { .store = store, .now = now, .why = why };

	return change_seat(store, p, change, &c, transfer);
}

static enum err
undo(struct changing *c, const struct seat_change *change, struct device *d)
{
	struct device has;
	enum err e;

	if (d->seated || d->left != REASON_TRANSFERRED || d->moved_to_id[0] == '\0')
		return refuse(c->why, ERR_CONFLICT, "nothing_to_undo",
		    "The device did not lose its seat to another one.");
	if (c->now - d->left_at > c->provider.policy.undo_s)
		return refuse(c->why, ERR_CONFLICT, "undo_over",
		    "The seat was moved too long ago; transfer it instead.");
	if ((e = get_own_device(c, d->moved_to_id, &has)) == ERR_NONE && has.seated)
		return move_seat(c, &has, d, change->actor, "transfer_undone");
	if (e != ERR_NONE && e != ERR_NOT_FOUND)
		return e;
	return refuse(c->why, ERR_CONFLICT, "nothing_to_undo",
	    "The device that got the seat does not have it any more.");
}

enum err
authority_undo_transfer(struct store *store, const struct provider *p,
    const struct seat_change *change, int64_t now, struct refusal *why)
{
	struct changing c = { .store = store, .now = now, .why = why };

	return change_seat(store, p, change, &c, undo);
}

static bool
count_seated(void *ctx, const struct device *d)
{
	*(int64_t *)ctx += d->seated;
	return true;
}

static enum err
release_named(struct changing *c, const struct seat_count *count)
{
	struct device d;
	enum err e;

	for (size_t i = 0; i < count->count; i++) {
		if ((e = get_own_device(c, count->release[i], &d)) != ERR_NONE)
			return e;
		if (!d.seated)
			return refuse_unseated(c);
		if ((e = unseat(c, &d, REASON_SEAT_LOST, NULL)) != ERR_NONE ||
		    (e = log_device(c, count->actor, "seat_released", &d)) != ERR_NONE)
			return e;
	}
	return ERR_NONE;
}

static enum err
set_seats(struct changing *c, const struct seat_count *count)
{
	int64_t before = c->sub.seats, seated = 0;
	enum err e;

	if (c->sub.state == SUB_CANCELLED)
		return refuse(c->why, ERR_CONFLICT, "subscription_cancelled", "The subscription is cancelled.");
	if ((e = release_named(c, count)) != ERR_NONE ||
	    (e = c->store->list_devices(c->store, c->sub.id, count_seated, &seated)) != ERR_NONE)
		return e;
	if (count->seats < seated)
		return refuse(c->why, ERR_CONFLICT, "seats_in_use",
		    "%lld devices have a seat: say which of them lose it.", (long long)seated);
	c->sub.seats = count->seats;
	if ((e = raise_revision(c)) != ERR_NONE || (e = seat_return_waiting(c)) != ERR_NONE)
		return e;
	return changing_log(c, count->actor, "seats_changed",
	    json_pack("{s:I, s:I}", "before", (json_int_t)before, "seats", (json_int_t)count->seats));
}

enum err
authority_set_seats(struct store *store, const struct provider *p, const struct seat_count *count,
    int64_t now, struct refusal *why)
{
	struct changing c = { .store = store, .now = now, .why = why };
	enum err e;

	if ((e = store->begin(store)) != ERR_NONE)
		return e;
	if ((e = changing_begin(&c, p->id, count->subscription)) == ERR_NONE)
		e = set_seats(&c, count);
	return finish_transaction(store, e);
}

enum err
authority_new_code(struct store *store, const struct provider *p, const char *subscription,
    const char *actor, int64_t now, char code[static CODE_SHOWN_SIZE], struct refusal *why)
{
	struct changing c = { .store = store, .now = now, .why = why };
	char fresh[CODE_SHOWN_SIZE];
	uint8_t digest[HASH_MAX];
	enum err e;

	code_make(fresh);
	if ((e = code_digest(fresh, digest)) != ERR_NONE || (e = store->begin(store)) != ERR_NONE)
		return e;
	if ((e = changing_begin(&c, p->id, subscription)) != ERR_NONE)
		goto done;
	if (c.sub.state == SUB_CANCELLED)
		e = refuse(why, ERR_CONFLICT, "subscription_cancelled", "The subscription is cancelled.");
	else if ((e = store->put_code(store, c.sub.id, digest)) == ERR_NONE &&
	    (e = recipient_keep_code(store, c.sub.id, fresh)) == ERR_NONE)
		e = changing_log(&c, actor, "code_renewed", json_pack("{}"));
done:
	if ((e = finish_transaction(store, e)) == ERR_NONE)
		memcpy(code, fresh, sizeof fresh);
	return e;
}

enum err
authority_note_contact(struct store *store, const struct device *d, int64_t now)
{
	struct changing c = { .store = store, .now = now };
	struct device fresh;
	enum err e;

	/* Nearly always: then no lock is taken. */
	if (d->seated || d->told != 0)
		return ERR_NONE;
	if ((e = store->begin(store)) != ERR_NONE)
		return e;
	if ((e = store->get_device(store, d->id, &fresh)) != ERR_NONE || fresh.seated || fresh.told != 0)
		goto done;
	memcpy(c.sub.id, fresh.subscription, ID_SIZE);
	if ((e = store->note_device_told(store, d->id, now)) == ERR_NONE)
		e = log_device(&c, "device", "removal_complete", &fresh);
done:
	return finish_transaction(store, e);
}
