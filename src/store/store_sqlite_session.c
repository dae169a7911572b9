/* store/store_sqlite_session.c: who is signed in; see entitle/store_session.h. */
#include "store/store_sqlite_internal.h"

#define SESSION_COLUMNS "id, kind, subject, created, seen, expires"

static struct statement
begin(struct store *s, const char *sql)
{
	return statement_begin(&store_sqlite_of(s)->statements, sql);
}

static enum err
add(struct store *s, const struct session *session, const uint8_t *digest, int64_t now)
{
	struct statement old = begin(s, "DELETE FROM session WHERE expires < ?");
	struct statement st = begin(s, "INSERT INTO session (" SESSION_COLUMNS ", digest) VALUES (?, ?, ?, ?, ?, ?, ?)");
	enum err e;

	statement_whole(&old, now);
	if ((e = statement_run(&old, NULL)) != ERR_NONE)
		return e;
	statement_text(&st, session->id);
	statement_whole(&st, session->kind);
	statement_text(&st, session->subject);
	statement_whole(&st, session->created);
	statement_whole(&st, session->seen);
	statement_whole(&st, session->expires);
	statement_blob(&st, bytes_of(digest, HASH_MAX));
	return statement_run(&st, NULL);
}

static enum subject_kind
take_kind(struct statement *st)
{
	int64_t kind = statement_take_whole(st);

	/* It indexes tables: a damaged row must not. */
	if (kind > SUBJECT_NONE && kind < SUBJECT_KINDS)
		return (enum subject_kind)kind;
	st->err = ERR_MALFORMED;
	return SUBJECT_NONE;
}

static void
take_session(struct statement *st, void *out)
{
	struct session *session = out;

	statement_take_text(st, session->id, sizeof session->id);
	session->kind = take_kind(st);
	statement_take_text(st, session->subject, sizeof session->subject);
	session->created = statement_take_whole(st);
	session->seen = statement_take_whole(st);
	session->expires = statement_take_whole(st);
}

static enum err
find(struct store *s, const uint8_t *digest, struct session *out)
{
	struct statement st = begin(s, "SELECT " SESSION_COLUMNS " FROM session WHERE digest = ?");

	statement_blob(&st, bytes_of(digest, HASH_MAX));
	return statement_get(&st, take_session, out);
}

static enum err
put(struct store *s, const struct session *session)
{
	struct statement st = begin(s, "UPDATE session SET seen = ? WHERE id = ?");

	statement_whole(&st, session->seen);
	statement_text(&st, session->id);
	return statement_run(&st, NULL);
}

static enum err
remove_one(struct store *s, const char *id)
{
	struct statement st = begin(s, "DELETE FROM session WHERE id = ?");

	statement_text(&st, id);
	return statement_run(&st, NULL);
}

static enum err
remove_all(struct store *s, enum subject_kind kind, const char *subject)
{
	struct statement st = begin(s, "DELETE FROM session WHERE kind = ? AND subject = ?");
	struct statement links = begin(s, "DELETE FROM sign_in_link WHERE kind = ? AND subject = ?");
	enum err e;

	statement_whole(&st, kind);
	statement_text(&st, subject);
	if ((e = statement_run(&st, NULL)) != ERR_NONE)
		return e;
	statement_whole(&links, kind);
	statement_text(&links, subject);
	return statement_run(&links, NULL);
}

static enum err
add_link(struct store *s, const struct sign_in_link *l, const uint8_t *digest, int64_t now)
{
	struct statement old = begin(s, "DELETE FROM sign_in_link WHERE expires < ?");
	struct statement st = begin(s,
	    "INSERT INTO sign_in_link (digest, kind, subject, expires) VALUES (?, ?, ?, ?)");
	enum err e;

	statement_whole(&old, now);
	if ((e = statement_run(&old, NULL)) != ERR_NONE)
		return e;
	statement_blob(&st, bytes_of(digest, HASH_MAX));
	statement_whole(&st, l->kind);
	statement_text(&st, l->subject);
	statement_whole(&st, l->expires);
	return statement_run(&st, NULL);
}

static void
take_link_row(struct statement *st, void *out)
{
	struct sign_in_link *l = out;

	l->kind = take_kind(st);
	statement_take_text(st, l->subject, sizeof l->subject);
	l->expires = statement_take_whole(st);
}

static enum err
take_link(struct store *s, const uint8_t *digest, struct sign_in_link *out)
{
	/* One statement, so that of two who come at once one gets it. */
	struct statement st = begin(s, "DELETE FROM sign_in_link WHERE digest = ? RETURNING kind, subject, expires");

	statement_blob(&st, bytes_of(digest, HASH_MAX));
	return statement_get(&st, take_link_row, out);
}

static enum err
list_by_address(struct store *s, const char *address, store_id_fn *fn, void *ctx)
{
	struct statement st = begin(s,
	    "SELECT subscription FROM recipient WHERE address = ? COLLATE NOCASE ORDER BY subscription");
	char id[ID_SIZE];

	statement_text(&st, address);
	while (statement_row(&st) == ERR_NONE) {
		statement_take_text(&st, id, sizeof id);
		if (st.err != ERR_NONE || !fn(ctx, id))
			break;
	}
	return statement_end(&st);
}

void
store_sqlite_add_session_operations(struct store *s)
{
	s->session = (struct store_session){
		.add = add,
		.find = find,
		.put = put,
		.remove = remove_one,
		.remove_all = remove_all,
		.add_link = add_link,
		.take_link = take_link,
		.list_by_address = list_by_address,
	};
}
