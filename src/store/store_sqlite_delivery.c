/* store/store_sqlite_delivery.c: the queue of what is still to be told; see entitle/store_delivery.h.
 * A lane's row says when something of it is due, so that nobody looks through what waits behind a dead receiver. */
#include "base/text.h"
#include "store/store_sqlite_internal.h"

static void
take_whole(struct statement *st, void *out)
{
	*(int64_t *)out = statement_take_whole(st);
}

static enum err
get_cursor(struct store *s, const char *name, int64_t *out)
{
	struct statement st = statement_begin(&store_sqlite_of(s)->statements,
	    "SELECT position FROM cursor WHERE name = ?");
	enum err e;

	statement_text(&st, name);
	if ((e = statement_get(&st, take_whole, out)) != ERR_NOT_FOUND)
		return e;
	*out = 0;
	return ERR_NONE;
}

static enum err
put_cursor(struct store *s, const char *name, int64_t position)
{
	struct statement st = statement_begin(&store_sqlite_of(s)->statements,
	    "INSERT OR REPLACE INTO cursor (name, position) VALUES (?,?)");

	statement_text(&st, name);
	statement_whole(&st, position);
	return statement_run(&st, NULL);
}

/* Bring the lane's row up to date with what is pending in it. */
static enum err
settle_lane(struct store *s, const char *lane)
{
	struct statement st = statement_begin(&store_sqlite_of(s)->statements,
	    "INSERT INTO lane (name, failures, paused, delivered, due) VALUES (?1, 0, 0, 0,"
	    " (SELECT min(due) FROM delivery WHERE lane = ?1 AND state = 1))"
	    " ON CONFLICT (name) DO UPDATE SET due = max(paused, excluded.due)");

	statement_text(&st, lane);
	return statement_run(&st, NULL);
}

static enum err
add_delivery(struct store *s, const struct delivery *d, struct bytes body)
{
	struct statement st = statement_begin(&store_sqlite_of(s)->statements,
	    "INSERT INTO delivery (" DELIVERY_COLUMNS ", body)"
	    " VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)");
	enum err e;

	statement_text(&st, d->id);
	statement_whole(&st, d->kind);
	statement_text(&st, d->provider);
	statement_text(&st, d->lane);
	statement_text(&st, d->subject);
	statement_text(&st, d->type);
	statement_whole(&st, d->position);
	statement_whole(&st, d->state);
	statement_whole(&st, d->created);
	statement_whole(&st, d->due);
	statement_whole(&st, d->until);
	statement_whole(&st, d->finished);
	statement_whole(&st, d->attempts);
	statement_whole(&st, d->status);
	statement_text(&st, d->error);
	statement_blob(&st, body);
	e = statement_run(&st, NULL);
	return e == ERR_NONE ? settle_lane(s, d->lane) : e;
}

void
store_sqlite_take_delivery(struct statement *st, struct delivery *d)
{
	statement_take_text(st, d->id, sizeof d->id);
	d->kind = (enum delivery_kind)statement_take_whole(st);
	statement_take_text(st, d->provider, sizeof d->provider);
	statement_take_text(st, d->lane, sizeof d->lane);
	statement_take_text(st, d->subject, sizeof d->subject);
	statement_take_text(st, d->type, sizeof d->type);
	d->position = statement_take_whole(st);
	d->state = (enum delivery_state)statement_take_whole(st);
	d->created = statement_take_whole(st);
	d->due = statement_take_whole(st);
	d->until = statement_take_whole(st);
	d->finished = statement_take_whole(st);
	d->attempts = statement_take_whole(st);
	d->status = statement_take_whole(st);
	statement_take_text(st, d->error, sizeof d->error);
	/* They index tables: a damaged row must not. */
	if ((unsigned)d->kind >= DELIVERY_KINDS || (unsigned)d->state >= DELIVERY_STATES)
		st->err = ERR_MALFORMED;
}

static enum err
get_delivery(struct store *s, const char *provider, const char *id, struct delivery *out,
    struct buf *body)
{
	struct statement st = statement_begin(&store_sqlite_of(s)->statements,
	    "SELECT " DELIVERY_COLUMNS ", body FROM delivery WHERE id = ? AND provider = ?");
	struct delivery d;
	enum err e, end;

	statement_text(&st, id);
	statement_text(&st, provider);
	if ((e = statement_row(&st)) == ERR_NONE) {
		store_sqlite_take_delivery(&st, &d);
		if (body != NULL)
			buf_put(body, statement_peek_blob(&st));
	}
	end = statement_end(&st);
	if (e == ERR_NONE)
		e = end;
	if (e == ERR_NONE && body != NULL)
		e = body->err;
	if (e == ERR_NONE)
		*out = d;
	return e;
}

static enum err
put_delivery(struct store *s, const struct delivery *d)
{
	struct statement st = statement_begin(&store_sqlite_of(s)->statements,
	    "UPDATE delivery SET state = ?, due = ?, until = ?, finished = ?, attempts = ?, status = ?,"
	    " error = ? WHERE id = ?");
	int64_t changed = 0;
	enum err e;

	statement_whole(&st, d->state);
	statement_whole(&st, d->due);
	statement_whole(&st, d->until);
	statement_whole(&st, d->finished);
	statement_whole(&st, d->attempts);
	statement_whole(&st, d->status);
	statement_text(&st, d->error);
	statement_text(&st, d->id);
	if ((e = statement_run(&st, &changed)) != ERR_NONE)
		return e;
	return changed == 0 ? ERR_NOT_FOUND : settle_lane(s, d->lane);
}

/* A statement for each way to ask, so that each has its index. All take: provider or lane, state, provider
 * again, the id before, the limit. */
#define LIST_WHERE(condition)                                                            \
	"SELECT " DELIVERY_COLUMNS ", '' FROM delivery WHERE " condition                  \
	" AND (?4 = '' OR seq < (SELECT seq FROM delivery WHERE id = ?4 AND provider = ?3))"    \
	" ORDER BY seq DESC LIMIT ?5"

static const char *
list_statement(const struct delivery_filter *filter)
{
	if (filter->lane != NULL)
		return LIST_WHERE("lane = ?1 AND provider = ?3 AND ?2 IN (0, state)");
	return filter->state == DELIVERY_STATELESS
		   ? LIST_WHERE("provider = ?1 AND ?2 = 0")
		   : LIST_WHERE("provider = ?1 AND state = ?2");
}

/* Hand each row to ${fn}, and end. */
static enum err
walk(struct statement *st, store_delivery_fn *fn, void *ctx)
{
	struct delivery d;

	while (statement_row(st) == ERR_NONE) {
		store_sqlite_take_delivery(st, &d);
		if (st->err != ERR_NONE || !fn(ctx, &d, statement_peek_blob(st)))
			break;
	}
	return statement_end(st);
}

static enum err
list_deliveries(struct store *s, const struct delivery_filter *filter, store_delivery_fn *fn, void *ctx)
{
	struct statement st = statement_begin(&store_sqlite_of(s)->statements, list_statement(filter));

	statement_text(&st, filter->lane != NULL ? filter->lane : filter->provider);
	statement_whole(&st, filter->state);
	statement_text(&st, filter->provider);
	statement_text(&st, filter->before == NULL ? "" : filter->before);
	statement_whole(&st, filter->limit);
	return walk(&st, fn, ctx);
}

/* Of one provider's lanes: those that something became due in. */
static enum err
settle_lanes(struct store *s, const char *provider)
{
	struct statement st = statement_begin(&store_sqlite_of(s)->statements,
	    "UPDATE lane SET due = max(paused,"
	    " (SELECT min(due) FROM delivery WHERE delivery.lane = lane.name AND state = 1))"
	    " WHERE name IN (SELECT id FROM endpoint WHERE provider = ?)");
	enum err e;

	statement_text(&st, provider);
	if ((e = statement_run(&st, NULL)) != ERR_NONE)
		return e;
	return settle_lane(s, LANE_MAIL);
}

static enum err
replay(struct store *s, const struct replay *r, int64_t *changed)
{
	struct statement st = statement_begin(&store_sqlite_of(s)->statements,
	    "UPDATE delivery SET state = 1, due = ?, until = ?, finished = 0, attempts = 0, error = ''"
	    " WHERE provider = ? AND state = 3 AND created >= ? AND ? IN ('', lane)"
	    " AND NOT EXISTS (SELECT 1 FROM endpoint WHERE id = lane AND disabled <> 0)");
	enum err e;

	statement_whole(&st, r->now);
	statement_whole(&st, r->until);
	statement_text(&st, r->provider);
	statement_whole(&st, r->since);
	statement_text(&st, r->lane == NULL ? "" : r->lane);
	if ((e = statement_run(&st, changed)) != ERR_NONE)
		return e;
	return settle_lanes(s, r->provider);
}

static enum err
fail_lane(struct store *s, const char *lane, const char *error, int64_t now)
{
	struct statement st = statement_begin(&store_sqlite_of(s)->statements,
	    "UPDATE delivery SET state = 3, finished = ?, error = ? WHERE lane = ? AND state = 1");
	enum err e;

	statement_whole(&st, now);
	statement_text(&st, error);
	statement_text(&st, lane);
	e = statement_run(&st, NULL);
	return e == ERR_NONE ? settle_lane(s, lane) : e;
}

static enum err
purge(struct store *s, int64_t before, int64_t most, int64_t *forgotten)
{
	struct statement st = statement_begin(&store_sqlite_of(s)->statements,
	    "DELETE FROM delivery WHERE seq IN"
	    " (SELECT seq FROM delivery WHERE state <> 1 AND finished < ? ORDER BY finished LIMIT ?)");

	statement_whole(&st, before);
	statement_whole(&st, most);
	return statement_run(&st, forgotten);
}

static void
take_lane(struct statement *st, void *out)
{
	struct lane *l = out;

	statement_take_text(st, l->name, sizeof l->name);
	l->failures = statement_take_whole(st);
	l->paused = statement_take_whole(st);
	l->delivered = statement_take_whole(st);
}

static enum err
list_due_lanes(struct store *s, int64_t now, store_lane_fn *fn, void *ctx)
{
	struct statement st = statement_begin(&store_sqlite_of(s)->statements,
	    "SELECT name, failures, paused, delivered FROM lane WHERE due <= ? ORDER BY due");
	struct lane l;

	statement_whole(&st, now);
	while (statement_row(&st) == ERR_NONE) {
		take_lane(&st, &l);
		if (st.err != ERR_NONE || !fn(ctx, &l))
			break;
	}
	return statement_end(&st);
}

static enum err
list_due(struct store *s, const char *lane, int64_t now, store_delivery_fn *fn, void *ctx)
{
	struct statement st = statement_begin(&store_sqlite_of(s)->statements,
	    "SELECT " DELIVERY_COLUMNS
	    ", body FROM delivery WHERE lane = ? AND state = 1 AND due <= ? ORDER BY due, seq");

	statement_text(&st, lane);
	statement_whole(&st, now);
	return walk(&st, fn, ctx);
}

static enum err
get_lane(struct store *s, const char *name, struct lane *out)
{
	struct statement st = statement_begin(&store_sqlite_of(s)->statements,
	    "SELECT name, failures, paused, delivered FROM lane WHERE name = ?");
	enum err e;

	statement_text(&st, name);
	if ((e = statement_get(&st, take_lane, out)) != ERR_NOT_FOUND)
		return e;
	*out = (struct lane){ .failures = 0 };
	return text_copy(out->name, sizeof out->name, name);
}

static enum err
put_lane(struct store *s, const struct lane *l)
{
	struct statement st = statement_begin(&store_sqlite_of(s)->statements,
	    "INSERT OR REPLACE INTO lane (name, failures, paused, delivered, due) VALUES (?,?,?,?,NULL)");
	enum err e;

	statement_text(&st, l->name);
	statement_whole(&st, l->failures);
	statement_whole(&st, l->paused);
	statement_whole(&st, l->delivered);
	e = statement_run(&st, NULL);
	return e == ERR_NONE ? settle_lane(s, l->name) : e;
}

void
store_sqlite_add_delivery_operations(struct store *s)
{
	s->delivery.get_cursor = get_cursor;
	s->delivery.put_cursor = put_cursor;
	s->delivery.add = add_delivery;
	s->delivery.get = get_delivery;
	s->delivery.put = put_delivery;
	s->delivery.list = list_deliveries;
	s->delivery.replay = replay;
	s->delivery.fail_lane = fail_lane;
	s->delivery.purge = purge;
	s->delivery.list_due_lanes = list_due_lanes;
	s->delivery.list_due = list_due;
	s->delivery.get_lane = get_lane;
	s->delivery.put_lane = put_lane;
}
