/* store/store_sqlite_event.c: the append-only log. Triggers of the schema refuse changes but one: an event may be
 * purged, which takes its detail and leaves what vouches for it. */
#include "store/store_sqlite_internal.h"

/* Without a sum: from before there were sums. With one and without a salt: purged. */
static void
take_salt(struct statement *st, struct event *e)
{
	struct bytes salt = statement_peek_blob(st), sum = statement_peek_blob(st);

	memset(e->salt, 0, sizeof e->salt);
	memset(e->sum, 0, sizeof e->sum);
	e->purged = sum.n != 0 && salt.n == 0;
	if ((sum.n != 0 && sum.n != sizeof e->sum) || (salt.n != 0 && salt.n != sizeof e->salt)) {
		st->err = ERR_MALFORMED;
		return;
	}
	if (sum.n != 0)
		memcpy(e->sum, sum.p, sum.n);
	if (salt.n != 0)
		memcpy(e->salt, salt.p, salt.n);
}

void
store_sqlite_take_event(struct statement *st, void *out)
{
	struct event *e = out;

	e->position = statement_take_whole(st);
	statement_take_text(st, e->chain, sizeof e->chain);
	e->seq = statement_take_whole(st);
	e->at = statement_take_whole(st);
	statement_take_text(st, e->actor, sizeof e->actor);
	statement_take_text(st, e->kind, sizeof e->kind);
	statement_take_text(st, e->detail, sizeof e->detail);
	statement_take_blob(st, e->hash, sizeof e->hash);
	take_salt(st, e);
}

static enum err
get_last_event(struct store *s, const char *chain, struct event *out)
{
	struct statement st = statement_begin(&store_sqlite_of(s)->statements,
	    "SELECT " EVENT_COLUMNS " FROM event WHERE chain = ? ORDER BY seq DESC LIMIT 1");

	statement_text(&st, chain);
	return statement_get(&st, store_sqlite_take_event, out);
}

static enum err
add_event(struct store *s, const struct event *e)
{
	struct statement st = statement_begin(&store_sqlite_of(s)->statements,
	    "INSERT INTO event (chain, seq, at, actor, kind, detail, hash, salt, sum)"
	    " VALUES (?,?,?,?,?,?,?,?,?)");

	statement_text(&st, e->chain);
	statement_whole(&st, e->seq);
	statement_whole(&st, e->at);
	statement_text(&st, e->actor);
	statement_text(&st, e->kind);
	statement_text(&st, e->detail);
	statement_blob(&st, bytes_of(e->hash, sizeof e->hash));
	statement_blob(&st, bytes_of(e->salt, sizeof e->salt));
	statement_blob(&st, bytes_of(e->sum, sizeof e->sum));
	return statement_run(&st, NULL);
}

static enum err
purge_events(struct store *s, const char *chain)
{
	struct statement st = statement_begin(&store_sqlite_of(s)->statements,
	    "UPDATE event SET detail = '', salt = x'' WHERE chain = ? AND sum <> x'' AND salt <> x''");

	statement_text(&st, chain);
	return statement_run(&st, NULL);
}

static enum err
each_event(struct statement *st, store_event_fn *fn, void *ctx)
{
	struct event e;

	while (statement_row(st) == ERR_NONE) {
		store_sqlite_take_event(st, &e);
		if (st->err != ERR_NONE || !fn(ctx, &e))
			break;
	}
	return statement_end(st);
}

static enum err
list_events(struct store *s, const char *chain, int64_t after, store_event_fn *fn, void *ctx)
{
	struct statement st = statement_begin(&store_sqlite_of(s)->statements, chain == NULL
		? "SELECT " EVENT_COLUMNS " FROM event WHERE position > ? ORDER BY position"
		: "SELECT " EVENT_COLUMNS
		  " FROM event WHERE position > ? AND chain = ? ORDER BY seq");

	statement_whole(&st, after);
	if (chain != NULL)
		statement_text(&st, chain);
	return each_event(&st, fn, ctx);
}

static enum err
walk_chains(struct store *s, store_event_fn *fn, void *ctx)
{
	struct statement st = statement_begin(&store_sqlite_of(s)->statements,
	    "SELECT " EVENT_COLUMNS " FROM event ORDER BY chain, seq");

	return each_event(&st, fn, ctx);
}

static void
take_whole(struct statement *st, void *out)
{
	*(int64_t *)out = statement_take_whole(st);
}

static enum err
get_position(struct store *s, int64_t *out)
{
	struct statement st = statement_begin(&store_sqlite_of(s)->statements,
	    "SELECT coalesce(max(position), 0) FROM event");

	return statement_get(&st, take_whole, out);
}

void
store_sqlite_add_event_operations(struct store *s)
{
	s->get_last_event = get_last_event;
	s->add_event = add_event;
	s->purge_events = purge_events;
	s->list_events = list_events;
	s->walk_chains = walk_chains;
	s->get_position = get_position;
}
