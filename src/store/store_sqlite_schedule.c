/* store/store_sqlite_schedule.c: what is due when; see entitle/store_schedule.h. */
#include "store/store_sqlite_internal.h"

#define DUE_COLUMNS "id, subject, kind, at, event, reason, paid_until, actor, about"

static enum err
add_due(struct store *s, const struct due *d)
{
	struct statement st = statement_begin(&store_sqlite_of(s)->statements,
	    "INSERT INTO due (" DUE_COLUMNS ") VALUES (?,?,?,?,?,?,?,?,?)");

	statement_text(&st, d->id);
	statement_text(&st, d->subject);
	statement_whole(&st, d->kind);
	statement_whole(&st, d->at);
	statement_whole(&st, d->event);
	statement_whole(&st, d->reason);
	statement_whole(&st, d->paid_until);
	statement_text(&st, d->actor);
	statement_text(&st, d->about);
	return statement_run(&st, NULL);
}

static void
take_due(struct statement *st, void *out)
{
	struct due *d = out;

	statement_take_text(st, d->id, sizeof d->id);
	statement_take_text(st, d->subject, sizeof d->subject);
	d->kind = (enum due_kind)statement_take_whole(st);
	d->at = statement_take_whole(st);
	d->event = (enum sub_event)statement_take_whole(st);
	d->reason = (enum reason)statement_take_whole(st);
	d->paid_until = statement_take_whole(st);
	statement_take_text(st, d->actor, sizeof d->actor);
	statement_take_text(st, d->about, sizeof d->about);
	/* They index tables: a damaged row must not. */
	if ((unsigned)d->kind >= DUE_KINDS || (unsigned)d->event >= EV_EVENTS ||
	    (unsigned)d->reason >= REASON_COUNT)
		st->err = ERR_MALFORMED;
}

static enum err
get_due(struct store *s, const char *id, struct due *out)
{
	struct statement st = statement_begin(&store_sqlite_of(s)->statements,
	    "SELECT " DUE_COLUMNS " FROM due WHERE id = ?");

	statement_text(&st, id);
	return statement_get(&st, take_due, out);
}

static enum err
get_next_due(struct store *s, struct due *out)
{
	struct statement st = statement_begin(&store_sqlite_of(s)->statements,
	    "SELECT " DUE_COLUMNS " FROM due ORDER BY at, seq LIMIT 1");

	return statement_get(&st, take_due, out);
}

static enum err
get_next_due_of(struct store *s, const char *subject, struct due *out)
{
	struct statement st = statement_begin(&store_sqlite_of(s)->statements,
	    "SELECT " DUE_COLUMNS " FROM due WHERE subject = ? ORDER BY at, seq LIMIT 1");

	statement_text(&st, subject);
	return statement_get(&st, take_due, out);
}

static enum err
list_due(struct store *s, const char *subject, store_due_fn *fn, void *ctx)
{
	struct statement st = statement_begin(&store_sqlite_of(s)->statements,
	    "SELECT " DUE_COLUMNS " FROM due WHERE subject = ? ORDER BY at, seq");
	struct due d;

	statement_text(&st, subject);
	while (statement_row(&st) == ERR_NONE) {
		take_due(&st, &d);
		if (st.err != ERR_NONE || !fn(ctx, &d))
			break;
	}
	return statement_end(&st);
}

static enum err
remove_due(struct store *s, const char *id)
{
	struct statement st = statement_begin(&store_sqlite_of(s)->statements,
	    "DELETE FROM due WHERE id = ?");
	int64_t changed = 0;
	enum err e;

	statement_text(&st, id);
	e = statement_run(&st, &changed);
	return e == ERR_NONE && changed == 0 ? ERR_NOT_FOUND : e;
}

static enum err
remove_planned(struct store *s, const char *subject)
{
	struct statement st = statement_begin(&store_sqlite_of(s)->statements,
	    "DELETE FROM due WHERE subject = ? AND kind NOT IN (?, ?, ?)");

	statement_text(&st, subject);
	statement_whole(&st, DUE_CHANGE);
	statement_whole(&st, DUE_NOTICE);
	statement_whole(&st, DUE_BLOCK);
	return statement_run(&st, NULL);
}

void
store_sqlite_add_schedule_operations(struct store *s)
{
	s->schedule = (struct store_schedule){
		.add = add_due,
		.get = get_due,
		.get_next = get_next_due,
		.get_next_of = get_next_due_of,
		.list = list_due,
		.remove = remove_due,
		.remove_planned = remove_planned,
	};
}
