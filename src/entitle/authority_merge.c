/* entitle/authority_merge.c: see authority_merge.h. */
#include "entitle/authority_merge.h"

#include "base/text.h"
#include "entitle/authority_internal.h"
#include "entitle/event.h"

static enum err
check_state(const struct changing *c)
{
	if (c->sub.state == SUB_SUSPENDED)
		return refuse(c->why, ERR_CONFLICT, "merge_of_suspended",
		    "The subscription %s is suspended: resolve that first.", c->sub.id);
	if (c->sub.state == SUB_CANCELLED)
		return refuse(c->why, ERR_CONFLICT, "merge_of_cancelled",
		    "The subscription %s is cancelled.", c->sub.id);
	return ERR_NONE;
}

struct count {
	struct store *store;
	const char *into;	/* a machine that it has needs no second seat; NULL: count all */
	int64_t seated;
	struct device first;	/* the first with a seat */
	enum err err;
};

static bool
count_seated(void *ctx, const struct device *d)
{
	struct count *n = ctx;
	struct device same;
	enum err e = ERR_NOT_FOUND;

	if (!d->seated)
		return true;
	if (n->first.id[0] == '\0')
		n->first = *d;
	if (n->into != NULL)
		e = n->store->find_device_by_machine(n->store, n->into, d->machine, &same);
	if (e == ERR_NOT_FOUND || (e == ERR_NONE && !same.seated))
		n->seated++;
	else if (e != ERR_NONE)
		n->err = e;
	return n->err == ERR_NONE;
}

static enum err
count_devices(struct changing *c, struct count *n)
{
	enum err e;

	n->store = c->store;
	e = c->store->list_devices(c->store, c->sub.id, count_seated, n);
	return e != ERR_NONE ? e : n->err;
}

static int64_t
time_left(const struct subscription *sub, int64_t now)
{
	return sub->paid_until > now ? sub->paid_until - now : 0;
}

/* As many seats as both have devices, and all the time that was paid for. */
static enum err
add_up(struct changing *into, struct changing *from)
{
	struct count ours = { .into = NULL }, theirs = { .into = into->sub.id };
	struct subscription *sub = &into->sub;
	int64_t before = sub->seats, left;
	enum err e;

	if ((e = count_devices(into, &ours)) != ERR_NONE || (e = count_devices(from, &theirs)) != ERR_NONE)
		return e;
	if (ours.seated + theirs.seated > sub->seats)
		sub->seats = ours.seated + theirs.seated;
	if (sub->seats > SEATS_MAX)
		return refuse(into->why, ERR_CONFLICT, "too_many_seats", "Together they have over %d devices.",
		    SEATS_MAX);
	left = time_left(sub, into->now) * before + time_left(&from->sub, into->now) * from->sub.seats;
	if (sub->paid_until == 0 || from->sub.paid_until == 0)
		sub->paid_until = 0;
	else if (left > 0)
		sub->paid_until = into->now + left / sub->seats;
	return ERR_NONE;
}

/* One that was installed on the same machine under both: the one that was seen last is the one that is there. */
static enum err
give_way(struct changing *into, struct device *d, bool *gave_way)
{
	struct device same;
	enum err e;

	*gave_way = false;
	e = into->store->find_device_by_machine(into->store, into->sub.id, d->machine, &same);
	if (e != ERR_NONE)
		return e == ERR_NOT_FOUND ? ERR_NONE : e;
	if (!same.seated || same.last_seen < d->last_seen)
		return ERR_NONE;
	*gave_way = true;
	d->seated = false;
	d->left = REASON_TRANSFERRED;
	d->left_at = into->now;
	memcpy(d->moved_to, same.name, sizeof d->moved_to);
	memcpy(d->moved_to_id, same.id, sizeof d->moved_to_id);
	return into->store->unseat_device(into->store, d);
}

static enum err
move_devices(struct changing *into, struct changing *from)
{
	enum err e;

	for (;;) {
		struct count n = { .into = NULL };
		bool gave_way;

		if ((e = count_devices(from, &n)) != ERR_NONE || n.seated == 0)
			return e;
		if ((e = give_way(into, &n.first, &gave_way)) != ERR_NONE)
			return e;
		if (!gave_way && (e = take_over_device(into->store, &n.first, &into->sub, into->now)) != ERR_NONE)
			return e;
	}
}

static enum err
merge(struct changing *into, struct changing *from, const char *actor)
{
	struct change ends = { .event = EV_CANCEL, .reason = REASON_DISCONTINUED, .actor = actor };
	enum err e;

	if ((e = check_state(into)) != ERR_NONE || (e = check_state(from)) != ERR_NONE ||
	    (e = add_up(into, from)) != ERR_NONE)
		return e;
	if (into->sub.state == SUB_PENDING && from->sub.state == SUB_ACTIVE) {
		struct change begins = { .event = EV_ACTIVATE, .actor = actor };

		e = changing_apply(into, &begins);
	} else {
		e = changing_save(into);
	}
	if (e != ERR_NONE || (e = move_devices(into, from)) != ERR_NONE)
		return e;
	memcpy(from->sub.merged_into, into->sub.id, ID_SIZE);
	if ((e = changing_log(from, actor, "merged_into", json_pack("{s:s}", "into", into->sub.id))) !=
		ERR_NONE ||
	    (e = changing_apply(from, &ends)) != ERR_NONE)
		return e;
	return changing_log(into, actor, "merged",
	    json_pack("{s:s, s:I, s:I}", "from", from->sub.id, "seats", (json_int_t)into->sub.seats,
		"paid_until", (json_int_t)into->sub.paid_until));
}

enum err
authority_merge(struct store *store, const struct provider *p, const struct merging *merging,
    int64_t now, struct subscription *out, struct refusal *why)
{
	struct changing into = { .store = store, .now = now, .why = why }, from = into;
	enum err e;

	if (text_equal(merging->into, merging->from))
		return refuse(why, ERR_CONFLICT, "same_subscription", "It takes two to be merged.");
	if ((e = store->begin(store)) != ERR_NONE)
		return e;
	if ((e = changing_begin(&into, p->id, merging->into)) == ERR_NONE &&
	    (e = changing_begin(&from, p->id, merging->from)) == ERR_NONE)
		e = merge(&into, &from, merging->actor);
	if ((e = finish_transaction(store, e)) == ERR_NONE)
		*out = into.sub;
	return e;
}
