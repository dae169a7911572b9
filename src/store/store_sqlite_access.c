/* store/store_sqlite_access.c: who may ask; see entitle/store_access.h. */
#include "store/store_sqlite_internal.h"

/* The vendor's own have NULL for a provider: the reference then holds nothing. */
#define CREDENTIAL_COLUMNS "id, kind, coalesce(provider, ''), label, role, created, last_used, revoked"

static enum err
add(struct store *s, const struct credential *c, const uint8_t *digest)
{
	struct statement st = statement_begin(&store_sqlite_of(s)->statements,
	    "INSERT INTO credential (id, kind, provider, label, role, created, last_used, revoked,"
	    " digest) VALUES (?, ?, nullif(?, ''), ?, ?, ?, ?, ?, ?)");

	statement_text(&st, c->id);
	statement_whole(&st, c->kind);
	statement_text(&st, c->provider);
	statement_text(&st, c->label);
	statement_whole(&st, c->role);
	statement_whole(&st, c->created);
	statement_whole(&st, c->last_used);
	statement_whole(&st, c->revoked);
	statement_blob(&st, bytes_of(digest, HASH_MAX));
	return statement_run(&st, NULL);
}

static void
take_credential(struct statement *st, void *out)
{
	struct credential *c = out;

	statement_take_text(st, c->id, sizeof c->id);
	c->kind = (enum credential_kind)statement_take_whole(st);
	statement_take_text(st, c->provider, sizeof c->provider);
	statement_take_text(st, c->label, sizeof c->label);
	c->role = (enum role)statement_take_whole(st);
	c->created = statement_take_whole(st);
	c->last_used = statement_take_whole(st);
	c->revoked = statement_take_whole(st);
	/* They index tables: a damaged row must not. */
	if ((unsigned)c->kind >= CREDENTIAL_KINDS || (unsigned)c->role >= ROLE_COUNT)
		st->err = ERR_MALFORMED;
}

static enum err
find(struct store *s, const uint8_t *digest, struct credential *out)
{
	struct statement st = statement_begin(&store_sqlite_of(s)->statements,
	    "SELECT " CREDENTIAL_COLUMNS " FROM credential WHERE digest = ?");

	statement_blob(&st, bytes_of(digest, HASH_MAX));
	return statement_get(&st, take_credential, out);
}

static enum err
get(struct store *s, const char *id, struct credential *out)
{
	struct statement st = statement_begin(&store_sqlite_of(s)->statements,
	    "SELECT " CREDENTIAL_COLUMNS " FROM credential WHERE id = ?");

	statement_text(&st, id);
	return statement_get(&st, take_credential, out);
}

static enum err
list(struct store *s, const char *provider, store_credential_fn *fn, void *ctx)
{
	struct statement st = statement_begin(&store_sqlite_of(s)->statements,
	    "SELECT " CREDENTIAL_COLUMNS
	    " FROM credential WHERE provider IS nullif(?, '') ORDER BY id");
	struct credential c;

	statement_text(&st, provider);
	while (statement_row(&st) == ERR_NONE) {
		take_credential(&st, &c);
		if (st.err != ERR_NONE || !fn(ctx, &c))
			break;
	}
	return statement_end(&st);
}

static enum err
put(struct store *s, const struct credential *c)
{
	struct statement st = statement_begin(&store_sqlite_of(s)->statements,
	    "UPDATE credential SET last_used = ?, revoked = ? WHERE id = ?");
	int64_t changed = 0;
	enum err e;

	statement_whole(&st, c->last_used);
	statement_whole(&st, c->revoked);
	statement_text(&st, c->id);
	e = statement_run(&st, &changed);
	return e == ERR_NONE && changed == 0 ? ERR_NOT_FOUND : e;
}

/* Delete from the table of ${sql} what is older than ${before}. */
static enum err
forget_before(struct store *s, const char *sql, int64_t before)
{
	struct statement st = statement_begin(&store_sqlite_of(s)->statements, sql);

	statement_whole(&st, before);
	return statement_run(&st, NULL);
}

static enum err
add_token(struct store *s, const uint8_t *digest, const struct access_token *t, int64_t now)
{
	struct statement st = statement_begin(&store_sqlite_of(s)->statements,
	    "INSERT INTO access_token (digest, client, role, expires, sealing) VALUES (?,?,?,?,?)");
	enum err e;

	if ((e = forget_before(s, "DELETE FROM access_token WHERE expires < ?", now)) != ERR_NONE)
		return e;
	statement_blob(&st, bytes_of(digest, HASH_MAX));
	statement_text(&st, t->client);
	statement_whole(&st, t->role);
	statement_whole(&st, t->expires);
	statement_blob(&st, bytes_of(t->sealing, sizeof t->sealing));
	return statement_run(&st, NULL);
}

static void
take_token(struct statement *st, void *out)
{
	struct access_token *t = out;

	statement_take_text(st, t->client, sizeof t->client);
	t->role = (enum role)statement_take_whole(st);
	t->expires = statement_take_whole(st);
	statement_take_blob(st, t->sealing, sizeof t->sealing);
	if ((unsigned)t->role >= ROLE_COUNT)
		st->err = ERR_MALFORMED;
}

static enum err
find_token(struct store *s, const uint8_t *digest, struct access_token *out)
{
	struct statement st = statement_begin(&store_sqlite_of(s)->statements,
	    "SELECT client, role, expires, sealing FROM access_token WHERE digest = ?");

	statement_blob(&st, bytes_of(digest, HASH_MAX));
	return statement_get(&st, take_token, out);
}

static enum err
add_answer(struct store *s, const struct access_answer *a, struct bytes sealed, int64_t forget)
{
	struct statement st = statement_begin(&store_sqlite_of(s)->statements,
	    "INSERT INTO access_answer (credential, key, request, created, sealed)"
	    " VALUES (?, ?, ?, ?, ?)");
	enum err e;

	if ((e = forget_before(s, "DELETE FROM access_answer WHERE created < ?", forget)) != ERR_NONE)
		return e;
	statement_text(&st, a->credential);
	statement_blob(&st, bytes_of(a->key, sizeof a->key));
	statement_blob(&st, bytes_of(a->request, sizeof a->request));
	statement_whole(&st, a->created);
	statement_blob(&st, sealed);
	return statement_run(&st, NULL);
}

static enum err
find_answer(struct store *s, struct access_answer *answer, struct buf *sealed)
{
	struct statement st = statement_begin(&store_sqlite_of(s)->statements,
	    "SELECT request, created, sealed FROM access_answer WHERE credential = ? AND key = ?");
	enum err e, end;

	statement_text(&st, answer->credential);
	statement_blob(&st, bytes_of(answer->key, sizeof answer->key));
	if ((e = statement_row(&st)) == ERR_NONE) {
		statement_take_blob(&st, answer->request, sizeof answer->request);
		answer->created = statement_take_whole(&st);
		buf_put(sealed, statement_peek_blob(&st));
		e = sealed->err;
	}
	end = statement_end(&st);
	return e != ERR_NONE ? e : end;
}

void
store_sqlite_add_access_operations(struct store *s)
{
	s->access = (struct store_access){
		.add = add,
		.find = find,
		.get = get,
		.list = list,
		.put = put,
		.add_token = add_token,
		.find_token = find_token,
		.add_answer = add_answer,
		.find_answer = find_answer,
	};
}
