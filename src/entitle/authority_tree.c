/* entitle/authority_tree.c: see authority_tree.h. */
#include "entitle/authority_tree.h"

#include "base/text.h"
#include "entitle/authority_internal.h"
#include "entitle/event.h"

/* Providers read at one time. */
enum { PAGE = 100 };

/* Of two that block, the one that leaves less time. */
static void
add_block(struct block *b, const struct tree_place *place)
{
	if (place->suspended_for == REASON_NONE || (b->since != 0 && b->spared_until <= place->spared_until))
		return;
	b->since = place->suspended;
	b->spared_until = place->spared_until;
}

enum err
authority_find_block(struct store *store, const char *id, struct block *out)
{
	struct block b = { .since = 0 };
	struct tree_place place;
	enum err e;

	for (int depth = 0; depth < TREE_DEPTH_MAX; depth++) {
		if ((e = store->get_place(store, id, &place)) != ERR_NONE)
			return e;
		add_block(&b, &place);
		if (place.parent[0] == '\0') {
			*out = b;
			return ERR_NONE;
		}
		id = place.parent;
	}
	return ERR_MALFORMED;
}

enum err
authority_standing(struct store *store, const struct subscription *sub, int64_t now, struct standing *out)
{
	struct block b;
	enum err e = authority_find_block(store, sub->provider, &b);

	if (e == ERR_NONE)
		*out = standing_under(subscription_standing(sub, now), &b, now);
	return e;
}

/* Providers from ${id} up to the top, both counted. ERR_EXISTS: ${without} is among them. */
static enum err
count_above(struct store *store, const char *id, const char *without, int *out)
{
	struct tree_place place = { .parent = "" };
	enum err e;

	text_copy(place.parent, sizeof place.parent, id);
	for (*out = 0; place.parent[0] != '\0'; (*out)++) {
		if (text_equal(place.parent, without))
			return ERR_EXISTS;
		if (*out == TREE_DEPTH_MAX)
			return ERR_MALFORMED;
		if ((e = store->get_place(store, place.parent, &place)) != ERR_NONE)
			return e;
	}
	return ERR_NONE;
}

struct ids {
	char ids[PAGE][ID_SIZE];
	size_t count;
};

static bool
gather_provider(void *ctx, const struct provider *p)
{
	struct ids *l = ctx;

	memcpy(l->ids[l->count++], p->id, ID_SIZE);
	return l->count < PAGE;
}

/* Called with each provider directly below ${parent}. */
typedef enum err child_fn(void *ctx, struct store *store, const char *id);

static enum err
each_child(struct store *store, const char *parent, child_fn *fn, void *ctx)
{
	struct ids l = { .count = 0 };
	char after[ID_SIZE] = "";
	enum err e;

	do {
		l.count = 0;
		if ((e = store->list_children(store, parent, after, gather_provider, &l)) != ERR_NONE)
			return e;
		for (size_t i = 0; i < l.count; i++)
			if ((e = fn(ctx, store, l.ids[i])) != ERR_NONE)
				return e;
		if (l.count > 0)
			memcpy(after, l.ids[l.count - 1], ID_SIZE);
	} while (l.count == PAGE);
	return ERR_NONE;
}

struct measure {
	int depth, deepest;
};

/* What is too deep is not walked further, so a loop in a damaged store ends too. */
static enum err
measure_below(void *ctx, struct store *store, const char *id)
{
	struct measure *m = ctx;
	enum err e = ERR_NONE;

	if (++m->depth > m->deepest)
		m->deepest = m->depth;
	if (m->depth <= TREE_DEPTH_MAX)
		e = each_child(store, id, measure_below, m);
	m->depth--;
	return e;
}

static enum err
refuse_retail(struct refusal *why)
{
	return refuse(why, ERR_CONFLICT, "retail_stays",
	    "The vendor's own retail stands alone: it is below nobody, nobody is below it, and it cannot be suspended.");
}

/* Whether ${p} may stand below ${parent}. */
static enum err
check_parent(struct store *store, const struct provider *p, const struct provider *parent, struct refusal *why)
{
	struct measure below = { .deepest = 1 };
	int above;
	enum err e;

	if (p->retail || parent->retail)
		return refuse_retail(why);
	e = count_above(store, parent->id, p->id, &above);
	if (e == ERR_EXISTS)
		return refuse(why, ERR_CONFLICT, "below_itself",
		    "A provider cannot stand below itself, or below one that is below it.");
	/* One that is not there yet has nobody below it. */
	if (e == ERR_NONE && p->id[0] != '\0')
		e = measure_below(&below, store, p->id);
	if (e != ERR_NONE)
		return e;
	if (above + below.deepest > TREE_DEPTH_MAX)
		return refuse(why, ERR_CONFLICT, "tree_too_deep",
		    "At most %d providers may stand below each other.", TREE_DEPTH_MAX);
	return ERR_NONE;
}

/* Whether anybody whom it stops must hear of it: it begins or ends, or leaves less time than what they heard. */
static bool
block_differs(const struct block *was, const struct block *is, int64_t now)
{
	if ((was->since == 0) != (is->since == 0))
		return true;
	return is->since != 0 && was->spared_until > now && is->spared_until < was->spared_until;
}

/* Let the log of each subscription of ${id} be told, and then those of all below it. */
static enum err
plan_telling(struct store *store, const char *id, enum sub_event event, int64_t now)
{
	struct due d = { .kind = DUE_BLOCK, .at = now, .event = event };

	text_copy(d.subject, sizeof d.subject, id);
	authority_make_id("due_", d.id);
	return store->schedule.add(store, &d);
}

static enum err
log_provider(struct store *store, const struct provider *p, const char *actor, const char *kind, int64_t now)
{
	return event_append(store, p->id, actor, kind,
	    json_pack("{s:s, s:s, s:s, s:I, s:I}", "provider", p->id, "parent", p->place.parent, "reason",
		reason_code(p->place.suspended_for), "since", (json_int_t)p->place.suspended, "protected_until",
		(json_int_t)p->place.spared_until),
	    now);
}

enum err
authority_set_parent(struct store *store, struct provider *p, const char *parent, const char *actor, int64_t now,
    struct refusal *why)
{
	struct block was, is;
	struct provider fresh, above;
	enum err e;

	if ((e = store->begin(store)) != ERR_NONE)
		return e;
	if ((e = store->get_provider(store, p->id, &fresh)) != ERR_NONE ||
	    (e = authority_find_block(store, p->id, &was)) != ERR_NONE)
		goto done;
	if (parent[0] != '\0' && ((e = store->get_provider(store, parent, &above)) != ERR_NONE ||
				     (e = check_parent(store, &fresh, &above, why)) != ERR_NONE))
		goto done;
	text_copy(fresh.place.parent, sizeof fresh.place.parent, parent);
	if ((e = store->put_place(store, &fresh)) != ERR_NONE ||
	    (e = log_provider(store, &fresh, actor, "parent_changed", now)) != ERR_NONE ||
	    (e = authority_find_block(store, p->id, &is)) != ERR_NONE)
		goto done;
	if (block_differs(&was, &is, now))
		e = plan_telling(store, p->id, is.since == 0 ? EV_RESUME : EV_SUSPEND, now);
done:
	if ((e = finish_transaction(store, e)) == ERR_NONE)
		*p = fresh;
	return e;
}

enum err
authority_add_child(struct store *store, const struct provider *parent, struct provider *p, const char *actor,
    int64_t now, struct refusal *why)
{
	struct fault fault;
	struct block b;
	enum err e;

	p->id[0] = '\0';
	p->place = (struct tree_place){ .parent = "" };
	memcpy(p->place.parent, parent->id, ID_SIZE);
	if ((e = store->begin(store)) != ERR_NONE)
		return e;
	if ((e = check_parent(store, p, parent, why)) != ERR_NONE ||
	    (e = authority_find_block(store, parent->id, &b)) != ERR_NONE)
		goto done;
	if (b.since != 0)
		e = refuse_suspended(why);
	else if ((e = insert_provider(store, p, actor, now, &fault)) == ERR_NONE)
		e = log_provider(store, p, actor, "parent_changed", now);
	else if (e == ERR_MALFORMED)
		refuse(why, e, "policy", "%s", fault.text);
done:
	return finish_transaction(store, e);
}

enum err
authority_get_child(struct store *store, const struct provider *parent, const char *id, struct provider *out)
{
	struct provider p;
	enum err e = store->get_provider(store, id, &p);

	if (e == ERR_NONE && !text_equal(p.place.parent, parent->id))
		e = ERR_NOT_FOUND;
	if (e == ERR_NONE)
		*out = p;
	return e;
}

enum err
refuse_suspended(struct refusal *why)
{
	return refuse(why, ERR_CONFLICT, "provider_suspended",
	    "The provider, or one above it, is suspended: it takes nothing new until that is lifted.");
}

/* Store the new place, tell the provider's log, and let its subscriptions' be told of what is new to them. */
static enum err
stop_or_start(struct store *store, const struct provider *p, const char *actor, int64_t now)
{
	bool stops = p->place.suspended_for != REASON_NONE;
	struct block was, is;
	enum err e;

	if ((e = authority_find_block(store, p->id, &was)) != ERR_NONE || (e = store->put_place(store, p)) != ERR_NONE ||
	    (e = log_provider(store, p, actor, stops ? "service_suspended" : "service_resumed", now)) != ERR_NONE ||
	    (e = authority_find_block(store, p->id, &is)) != ERR_NONE || !block_differs(&was, &is, now))
		return e;
	return plan_telling(store, p->id, stops ? EV_SUSPEND : EV_RESUME, now);
}

enum err
authority_suspend_provider(struct store *store, struct provider *p, const struct provider_stop *stop, int64_t now,
    struct refusal *why)
{
	struct provider fresh;
	enum err e;

	if ((e = store->begin(store)) != ERR_NONE)
		return e;
	if ((e = store->get_provider(store, p->id, &fresh)) != ERR_NONE)
		goto done;
	if (fresh.retail) {
		e = refuse_retail(why);
	} else if (fresh.place.suspended_for != REASON_NONE) {
		e = refuse(why, ERR_CONFLICT, "provider_already_suspended", "The provider is suspended already.");
	} else {
		fresh.place.suspended_for = stop->reason;
		fresh.place.suspended = now;
		fresh.place.spared_until = now + stop->grace_s;
		e = stop_or_start(store, &fresh, stop->actor, now);
	}
done:
	if ((e = finish_transaction(store, e)) == ERR_NONE)
		*p = fresh;
	return e;
}

enum err
authority_resume_provider(struct store *store, struct provider *p, const char *actor, int64_t now,
    struct refusal *why)
{
	struct provider fresh;
	enum err e;

	if ((e = store->begin(store)) != ERR_NONE)
		return e;
	if ((e = store->get_provider(store, p->id, &fresh)) != ERR_NONE)
		goto done;
	if (fresh.place.suspended_for == REASON_NONE) {
		e = refuse(why, ERR_CONFLICT, "provider_not_suspended", "The provider itself is not suspended.");
		goto done;
	}
	fresh.place.suspended_for = REASON_NONE;
	fresh.place.suspended = fresh.place.spared_until = 0;
	e = stop_or_start(store, &fresh, actor, now);
done:
	if ((e = finish_transaction(store, e)) == ERR_NONE)
		*p = fresh;
	return e;
}

static enum err
tell(struct store *store, const struct due *d, const char *id, int64_t now)
{
	struct changing c = { .store = store, .now = now };
	struct block b;
	enum err e;

	(void)d;
	/* The schedule goes in order: catching up would do what is due behind this. */
	if ((e = changing_read(&c, id)) != ERR_NONE || c.sub.state == SUB_CANCELLED ||
	    (e = authority_find_block(store, c.sub.provider, &b)) != ERR_NONE)
		return e;
	return changing_log(&c, "schedule", b.since != 0 ? "provider_suspended" : "provider_resumed",
	    json_pack("{s:s, s:I, s:I}", "provider", c.sub.provider, "since", (json_int_t)b.since,
		"protected_until", (json_int_t)b.spared_until));
}

struct telling {
	enum sub_event event;
	struct block block;	/* of the one above */
	int64_t now;
};

/* One that is stopped by itself stays so, with all below it: they have heard. */
static enum err
tell_child(void *ctx, struct store *store, const char *id)
{
	const struct telling *t = ctx;
	struct block was = { .since = 0 }, is;
	struct tree_place place;
	enum err e;

	if ((e = store->get_place(store, id, &place)) != ERR_NONE)
		return e;
	add_block(&was, &place);
	is = t->block;
	add_block(&is, &place);
	if (was.since != 0 && !block_differs(&was, &is, t->now))
		return ERR_NONE;
	return plan_telling(store, id, t->event, t->now);
}

enum err
tree_run(struct store *store, const struct provider *p, const struct due *d, int64_t now)
{
	struct telling telling = { .event = d->event, .now = now };
	struct block b;
	enum err e;

	if ((e = authority_find_block(store, p->id, &b)) != ERR_NONE)
		return e;
	telling.block = b;
	/* Undone before it was told, or still stopped by another: then it has changed for none of them. */
	if ((b.since != 0) != (d->event == EV_SUSPEND))
		return ERR_NONE;
	if (d->about[0] == '\0' && (e = each_child(store, p->id, tell_child, &telling)) != ERR_NONE)
		return e;
	return schedule_run_batch(store, d, tell, now);
}
