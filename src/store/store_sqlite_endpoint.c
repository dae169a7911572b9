/* store/store_sqlite_endpoint.c: where providers want to be told; see entitle/store_delivery.h. */
#include "store/store_sqlite_internal.h"

#define ENDPOINT_COLUMNS                                                                 \
	"id, provider, kind, scope, url, filter, secret, old_secret, old_until, created, disabled, why"

static enum err
add_endpoint(struct store *s, const struct endpoint *p)
{
	struct statement st = statement_begin(&store_sqlite_of(s)->statements,
	    "INSERT INTO endpoint (" ENDPOINT_COLUMNS ") VALUES (?,?,?,?,?,?,?,?,?,?,?,?)");

	statement_text(&st, p->id);
	statement_text(&st, p->provider);
	statement_whole(&st, p->kind);
	statement_text(&st, p->scope);
	statement_text(&st, p->url);
	statement_text(&st, p->filter);
	statement_text(&st, p->secret);
	statement_text(&st, p->old_secret);
	statement_whole(&st, p->old_until);
	statement_whole(&st, p->created);
	statement_whole(&st, p->disabled);
	statement_text(&st, p->why);
	return statement_run(&st, NULL);
}

static void
take_endpoint(struct statement *st, void *out)
{
	struct endpoint *p = out;

	statement_take_text(st, p->id, sizeof p->id);
	statement_take_text(st, p->provider, sizeof p->provider);
	p->kind = (enum endpoint_kind)statement_take_whole(st);
	statement_take_text(st, p->scope, sizeof p->scope);
	statement_take_text(st, p->url, sizeof p->url);
	statement_take_text(st, p->filter, sizeof p->filter);
	statement_take_text(st, p->secret, sizeof p->secret);
	statement_take_text(st, p->old_secret, sizeof p->old_secret);
	p->old_until = statement_take_whole(st);
	p->created = statement_take_whole(st);
	p->disabled = statement_take_whole(st);
	statement_take_text(st, p->why, sizeof p->why);
	/* It indexes tables: a damaged row must not. */
	if ((unsigned)p->kind >= ENDPOINT_KINDS)
		st->err = ERR_MALFORMED;
}

static enum err
get_endpoint(struct store *s, const char *id, struct endpoint *out)
{
	struct statement st = statement_begin(&store_sqlite_of(s)->statements,
	    "SELECT " ENDPOINT_COLUMNS " FROM endpoint WHERE id = ?");

	statement_text(&st, id);
	return statement_get(&st, take_endpoint, out);
}

static enum err
list_endpoints(struct store *s, const char *provider, enum endpoint_kind kind, store_endpoint_fn *fn,
    void *ctx)
{
	struct statement st = statement_begin(&store_sqlite_of(s)->statements,
	    "SELECT " ENDPOINT_COLUMNS
	    " FROM endpoint WHERE provider = ? AND ? IN (0, kind) ORDER BY seq");
	struct endpoint p;

	statement_text(&st, provider);
	statement_whole(&st, kind);
	while (statement_row(&st) == ERR_NONE) {
		take_endpoint(&st, &p);
		if (st.err != ERR_NONE || !fn(ctx, &p))
			break;
	}
	return statement_end(&st);
}

static enum err
put_endpoint(struct store *s, const struct endpoint *p)
{
	struct statement st = statement_begin(&store_sqlite_of(s)->statements,
	    "UPDATE endpoint SET url = ?, filter = ?, secret = ?, old_secret = ?, old_until = ?,"
	    " disabled = ?, why = ? WHERE id = ?");
	int64_t changed = 0;
	enum err e;

	statement_text(&st, p->url);
	statement_text(&st, p->filter);
	statement_text(&st, p->secret);
	statement_text(&st, p->old_secret);
	statement_whole(&st, p->old_until);
	statement_whole(&st, p->disabled);
	statement_text(&st, p->why);
	statement_text(&st, p->id);
	e = statement_run(&st, &changed);
	return e == ERR_NONE && changed == 0 ? ERR_NOT_FOUND : e;
}

static enum err
remove_by(struct store *s, const char *sql, const char *id, int64_t *changed)
{
	struct statement st = statement_begin(&store_sqlite_of(s)->statements, sql);

	statement_text(&st, id);
	return statement_run(&st, changed);
}

static enum err
remove_endpoint(struct store *s, const char *id)
{
	int64_t changed = 0;
	enum err e;

	if ((e = remove_by(s, "DELETE FROM endpoint WHERE id = ?", id, &changed)) != ERR_NONE)
		return e;
	if (changed == 0)
		return ERR_NOT_FOUND;
	if ((e = remove_by(s, "DELETE FROM delivery WHERE lane = ?", id, NULL)) != ERR_NONE)
		return e;
	return remove_by(s, "DELETE FROM lane WHERE name = ?", id, NULL);
}

void
store_sqlite_add_endpoint_operations(struct store *s)
{
	s->delivery.add_endpoint = add_endpoint;
	s->delivery.get_endpoint = get_endpoint;
	s->delivery.list_endpoints = list_endpoints;
	s->delivery.put_endpoint = put_endpoint;
	s->delivery.remove_endpoint = remove_endpoint;
}
