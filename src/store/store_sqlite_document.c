/* store/store_sqlite_document.c: documents of the providers' systems; see entitle/store_document.h. */
#include "store/store_sqlite_internal.h"

#define DOCUMENT_COLUMNS "provider, kind, id, external_id, state, created, updated, due, deleted"

static enum err
add_document(struct store *s, const struct document *d, struct bytes body)
{
	struct statement st = statement_begin(&store_sqlite_of(s)->statements,
	    "INSERT INTO document (" DOCUMENT_COLUMNS ", body) VALUES (?,?,?,?,?,?,?,?,?,?)");

	statement_text(&st, d->provider);
	statement_text(&st, d->kind);
	statement_text(&st, d->id);
	statement_text(&st, d->external_id);
	statement_text(&st, d->state);
	statement_whole(&st, d->created);
	statement_whole(&st, d->updated);
	statement_whole(&st, d->due);
	statement_whole(&st, d->deleted);
	statement_blob(&st, body);
	return statement_run(&st, NULL);
}

static enum err
put_document(struct store *s, const struct document *d, struct bytes body)
{
	struct statement st = statement_begin(&store_sqlite_of(s)->statements,
	    "UPDATE document SET external_id = ?, state = ?, updated = ?, due = ?, deleted = ?, body = ?"
	    " WHERE kind = ? AND id = ? AND provider = ?");
	int64_t changed = 0;
	enum err e;

	statement_text(&st, d->external_id);
	statement_text(&st, d->state);
	statement_whole(&st, d->updated);
	statement_whole(&st, d->due);
	statement_whole(&st, d->deleted);
	statement_blob(&st, body);
	statement_text(&st, d->kind);
	statement_text(&st, d->id);
	statement_text(&st, d->provider);
	e = statement_run(&st, &changed);
	return e == ERR_NONE && changed == 0 ? ERR_NOT_FOUND : e;
}

static void
take_document(struct statement *st, struct document *d)
{
	statement_take_text(st, d->provider, sizeof d->provider);
	statement_take_text(st, d->kind, sizeof d->kind);
	statement_take_text(st, d->id, sizeof d->id);
	statement_take_text(st, d->external_id, sizeof d->external_id);
	statement_take_text(st, d->state, sizeof d->state);
	d->created = statement_take_whole(st);
	d->updated = statement_take_whole(st);
	d->due = statement_take_whole(st);
	d->deleted = statement_take_whole(st);
	d->seq = statement_take_whole(st);
}

/* Read the one row of ${st}, document and body, and end it. */
static enum err
get_row(struct statement *st, struct document *out, struct buf *body)
{
	struct document d;
	enum err e = statement_row(st), end;

	if (e == ERR_NONE) {
		take_document(st, &d);
		if (body != NULL)
			buf_put(body, statement_peek_blob(st));
	}
	end = statement_end(st);
	if (e == ERR_NONE)
		e = end;
	if (e == ERR_NONE && body != NULL)
		e = body->err;
	if (e == ERR_NONE)
		*out = d;
	return e;
}

static enum err
get_document(struct store *s, const char *provider, const char *kind, const char *id,
    struct document *out, struct buf *body)
{
	struct statement st = statement_begin(&store_sqlite_of(s)->statements,
	    "SELECT " DOCUMENT_COLUMNS ", seq, body FROM document"
	    " WHERE kind = ? AND id = ? AND provider = ? AND deleted = 0");

	statement_text(&st, kind);
	statement_text(&st, id);
	statement_text(&st, provider);
	return get_row(&st, out, body);
}

static enum err
find_document(struct store *s, const char *provider, const char *kind, const char *external_id,
    struct document *out, struct buf *body)
{
	struct statement st = statement_begin(&store_sqlite_of(s)->statements,
	    "SELECT " DOCUMENT_COLUMNS ", seq, body FROM document WHERE provider = ? AND kind = ?"
	    " AND external_id = ? AND external_id <> '' AND deleted = 0");

	statement_text(&st, provider);
	statement_text(&st, kind);
	statement_text(&st, external_id);
	return get_row(&st, out, body);
}

static enum err
get_any_document(struct store *s, const char *kind, const char *id, struct document *out,
    struct buf *body)
{
	struct statement st = statement_begin(&store_sqlite_of(s)->statements,
	    "SELECT " DOCUMENT_COLUMNS ", seq, body FROM document WHERE kind = ? AND id = ?");

	statement_text(&st, kind);
	statement_text(&st, id);
	return get_row(&st, out, body);
}

static enum err
list_documents(struct store *s, const char *provider, const char *kind, struct document_page page,
    store_document_fn *fn, void *ctx)
{
	struct statement st = statement_begin(&store_sqlite_of(s)->statements,
	    "SELECT " DOCUMENT_COLUMNS ", seq, body FROM document"
	    " WHERE provider = ? AND kind = ? AND deleted = 0 ORDER BY seq LIMIT ? OFFSET ?");
	struct document d;

	statement_text(&st, provider);
	statement_text(&st, kind);
	statement_whole(&st, page.limit);
	statement_whole(&st, page.offset);
	while (statement_row(&st) == ERR_NONE) {
		take_document(&st, &d);
		if (st.err != ERR_NONE || !fn(ctx, &d, statement_peek_blob(&st)))
			break;
	}
	return statement_end(&st);
}

static enum err
walk_documents(struct store *s, const struct document_walk *w, store_document_fn *fn, void *ctx)
{
	struct statement st = statement_begin(&store_sqlite_of(s)->statements,
	    "SELECT " DOCUMENT_COLUMNS ", seq, body FROM document"
	    " WHERE provider = ? AND kind = ? AND deleted = 0 AND seq > ? ORDER BY seq LIMIT ?");
	struct document d;

	statement_text(&st, w->provider);
	statement_text(&st, w->kind);
	statement_whole(&st, w->after);
	statement_whole(&st, w->most);
	while (statement_row(&st) == ERR_NONE) {
		take_document(&st, &d);
		if (st.err != ERR_NONE || !fn(ctx, &d, statement_peek_blob(&st)))
			break;
	}
	return statement_end(&st);
}

static void
take_count(struct statement *st, void *out)
{
	*(int64_t *)out = statement_take_whole(st);
}

static enum err
count_documents(struct store *s, const char *provider, const char *kind, int64_t *out)
{
	struct statement st = statement_begin(&store_sqlite_of(s)->statements,
	    "SELECT count(*) FROM document WHERE provider = ? AND kind = ? AND deleted = 0");

	statement_text(&st, provider);
	statement_text(&st, kind);
	return statement_get(&st, take_count, out);
}

static enum err
get_next_due(struct store *s, const char *kind, struct document *out)
{
	struct statement st = statement_begin(&store_sqlite_of(s)->statements,
	    "SELECT " DOCUMENT_COLUMNS ", seq, body FROM document"
	    " WHERE kind = ? AND due <> 0 AND deleted = 0 ORDER BY due, seq LIMIT 1");

	statement_text(&st, kind);
	return get_row(&st, out, NULL);
}

static enum err
list_services(struct store *s, const char *provider, const char *kind, struct document_page page,
    store_service_fn *fn, void *ctx)
{
	struct statement st = statement_begin(&store_sqlite_of(s)->statements,
	    "SELECT u.id, d.body FROM subscription u LEFT JOIN document d ON d.kind = ? AND d.id = u.id"
	    " WHERE u.provider = ? AND NOT (u.state = ? AND coalesce(d.deleted, 0) <> 0)"
	    " ORDER BY u.id LIMIT ? OFFSET ?");
	char id[ID_SIZE];

	statement_text(&st, kind);
	statement_text(&st, provider);
	statement_whole(&st, SUB_CANCELLED);
	statement_whole(&st, page.limit);
	statement_whole(&st, page.offset);
	while (statement_row(&st) == ERR_NONE) {
		statement_take_text(&st, id, sizeof id);
		if (st.err != ERR_NONE || !fn(ctx, id, statement_peek_blob(&st)))
			break;
	}
	return statement_end(&st);
}

static enum err
walk_services(struct store *s, const struct document_walk *w, store_service_fn *fn, void *ctx)
{
	struct statement st = statement_begin(&store_sqlite_of(s)->statements,
	    "SELECT u.id, d.body FROM subscription u LEFT JOIN document d ON d.kind = ? AND d.id = u.id"
	    " WHERE u.provider = ? AND u.id > ? AND NOT (u.state = ? AND coalesce(d.deleted, 0) <> 0)"
	    " ORDER BY u.id LIMIT ?");
	char id[ID_SIZE];

	statement_text(&st, w->kind);
	statement_text(&st, w->provider);
	statement_text(&st, w->after_id);
	statement_whole(&st, SUB_CANCELLED);
	statement_whole(&st, w->most);
	while (statement_row(&st) == ERR_NONE) {
		statement_take_text(&st, id, sizeof id);
		if (st.err != ERR_NONE || !fn(ctx, id, statement_peek_blob(&st)))
			break;
	}
	return statement_end(&st);
}

static enum err
count_services(struct store *s, const char *provider, const char *kind, int64_t *out)
{
	/* Two counts over indexes, rather than a look at each subscription's document. */
	struct statement st = statement_begin(&store_sqlite_of(s)->statements,
	    "SELECT (SELECT count(*) FROM subscription WHERE provider = ?1)"
	    " - (SELECT count(*) FROM document d JOIN subscription u ON u.id = d.id"
	    "    WHERE d.provider = ?1 AND d.kind = ?2 AND d.deleted <> 0 AND u.state = ?3)");

	statement_text(&st, provider);
	statement_text(&st, kind);
	statement_whole(&st, SUB_CANCELLED);
	return statement_get(&st, take_count, out);
}

static enum err
purge_documents(struct store *s, int64_t before, int64_t most, int64_t *forgotten)
{
	struct statement st = statement_begin(&store_sqlite_of(s)->statements,
	    "DELETE FROM document WHERE seq IN (SELECT seq FROM document d"
	    " WHERE deleted <> 0 AND deleted < ?"
	    " AND NOT EXISTS (SELECT 1 FROM subscription u WHERE u.id = d.id) LIMIT ?)");

	statement_whole(&st, before);
	statement_whole(&st, most);
	return statement_run(&st, forgotten);
}

static enum err
forget_documents(struct store *s, const char *id)
{
	struct statements *all = &store_sqlite_of(s)->statements;
	struct statement emptied =
	    statement_begin(all, "UPDATE document SET body = x'', external_id = '', state = ''"
				 " WHERE id = ? AND deleted <> 0");
	struct statement gone = statement_begin(all, "DELETE FROM document WHERE id = ? AND deleted = 0");
	enum err e;

	statement_text(&emptied, id);
	if ((e = statement_run(&emptied, NULL)) != ERR_NONE)
		return e;
	statement_text(&gone, id);
	return statement_run(&gone, NULL);
}

void
store_sqlite_add_document_operations(struct store *s)
{
	s->document = (struct store_document){
		.add = add_document,
		.put = put_document,
		.get = get_document,
		.find_by_external_id = find_document,
		.get_any = get_any_document,
		.list = list_documents,
		.count = count_documents,
		.walk = walk_documents,
		.get_next_due = get_next_due,
		.list_services = list_services,
		.count_services = count_services,
		.walk_services = walk_services,
		.purge = purge_documents,
		.forget = forget_documents,
	};
}
