/* store/store_sqlite_support.c: what visitors of the support site leave behind; see entitle/store_support.h. */
#include "store/store_sqlite_internal.h"

#define FEEDBACK_COLUMNS "article, visitor, helpful, comment, at"
#define REQUEST_COLUMNS "reference, name, mail, article, device, text, quoted, subscription, provider, at"

static struct statement
begin(struct store *s, const char *sql)
{
	return statement_begin(&store_sqlite_of(s)->statements, sql);
}

static enum err
put_feedback(struct store *s, const struct feedback *f)
{
	struct statement st = begin(s,
	    "INSERT INTO feedback (" FEEDBACK_COLUMNS ") VALUES (?, ?, ?, ?, ?)"
	    " ON CONFLICT (article, visitor) DO UPDATE SET helpful = excluded.helpful, at = excluded.at,"
	    " comment = CASE excluded.comment WHEN '' THEN comment ELSE excluded.comment END");

	statement_text(&st, f->article);
	statement_text(&st, f->visitor);
	statement_whole(&st, f->helpful);
	statement_text(&st, f->comment);
	statement_whole(&st, f->at);
	return statement_run(&st, NULL);
}

static void
take_feedback(struct statement *st, void *out)
{
	struct feedback *f = out;

	statement_take_text(st, f->article, sizeof f->article);
	statement_take_text(st, f->visitor, sizeof f->visitor);
	f->helpful = statement_take_whole(st) != 0;
	statement_take_text(st, f->comment, sizeof f->comment);
	f->at = statement_take_whole(st);
}

static enum err
get_feedback(struct store *s, const char *article, const char *visitor, struct feedback *out)
{
	struct statement st = begin(s,
	    "SELECT " FEEDBACK_COLUMNS " FROM feedback WHERE article = ? AND visitor = ?");

	statement_text(&st, article);
	statement_text(&st, visitor);
	return statement_get(&st, take_feedback, out);
}

#define COUNT_COLUMNS                                                                                 \
	"coalesce(max(article), ''), coalesce(sum(helpful), 0), coalesce(sum(1 - helpful), 0),"        \
	" coalesce(sum(comment <> ''), 0)"

static void
take_count(struct statement *st, void *out)
{
	struct feedback_count *c = out;

	statement_take_text(st, c->article, sizeof c->article);
	c->yes = statement_take_whole(st);
	c->no = statement_take_whole(st);
	c->comments = statement_take_whole(st);
}

static enum err
count_feedback(struct store *s, const char *article, struct feedback_count *out)
{
	struct statement st = begin(s,
	    "SELECT " COUNT_COLUMNS " FROM feedback WHERE article = ?");

	statement_text(&st, article);
	return statement_get(&st, take_count, out);
}

static enum err
list_feedback_counts(struct store *s, store_feedback_count_fn *fn, void *ctx)
{
	struct statement st = begin(s,
	    "SELECT " COUNT_COLUMNS " FROM feedback GROUP BY article ORDER BY article");
	struct feedback_count c;

	while (statement_row(&st) == ERR_NONE) {
		take_count(&st, &c);
		if (st.err != ERR_NONE || !fn(ctx, &c))
			break;
	}
	return statement_end(&st);
}

static enum err
list_comments(struct store *s, const char *article, int64_t most, store_feedback_fn *fn, void *ctx)
{
	struct statement st = begin(s,
	    "SELECT " FEEDBACK_COLUMNS " FROM feedback WHERE article = ? AND comment <> ''"
	    " ORDER BY at DESC, visitor LIMIT ?");
	struct feedback f;

	statement_text(&st, article);
	statement_whole(&st, most);
	while (statement_row(&st) == ERR_NONE) {
		take_feedback(&st, &f);
		if (st.err != ERR_NONE || !fn(ctx, &f))
			break;
	}
	return statement_end(&st);
}

static enum err
add_contact_request(struct store *s, const struct contact_request *r)
{
	struct statement st = begin(s,
	    "INSERT INTO contact_request (" REQUEST_COLUMNS ", mailed) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0)");

	statement_text(&st, r->reference);
	statement_text(&st, r->name);
	statement_text(&st, r->mail);
	statement_text(&st, r->article);
	statement_text(&st, r->device);
	statement_text(&st, r->text);
	statement_text(&st, r->quoted);
	statement_text(&st, r->subscription);
	statement_text(&st, r->provider);
	statement_whole(&st, r->at);
	return statement_run(&st, NULL);
}

static void
take_contact_request(struct statement *st, void *out)
{
	struct contact_request *r = out;

	statement_take_text(st, r->reference, sizeof r->reference);
	statement_take_text(st, r->name, sizeof r->name);
	statement_take_text(st, r->mail, sizeof r->mail);
	statement_take_text(st, r->article, sizeof r->article);
	statement_take_text(st, r->device, sizeof r->device);
	statement_take_text(st, r->text, sizeof r->text);
	statement_take_text(st, r->quoted, sizeof r->quoted);
	statement_take_text(st, r->subscription, sizeof r->subscription);
	statement_take_text(st, r->provider, sizeof r->provider);
	r->at = statement_take_whole(st);
}

static enum err
get_contact_request(struct store *s, const char *reference, struct contact_request *out)
{
	struct statement st = begin(s, "SELECT " REQUEST_COLUMNS " FROM contact_request WHERE reference = ?");

	statement_text(&st, reference);
	return statement_get(&st, take_contact_request, out);
}

static enum err
list_rows(struct statement *st, store_contact_request_fn *fn, void *ctx)
{
	struct contact_request r;

	while (statement_row(st) == ERR_NONE) {
		take_contact_request(st, &r);
		if (st->err != ERR_NONE || !fn(ctx, &r))
			break;
	}
	return statement_end(st);
}

static enum err
list_contact_requests(struct store *s, const struct contact_filter *filter, store_contact_request_fn *fn,
    void *ctx)
{
	const char *by = filter->mail != NULL ? filter->mail : filter->provider;
	struct statement st = begin(s, filter->mail != NULL
		? "SELECT " REQUEST_COLUMNS " FROM contact_request WHERE mail = ? COLLATE NOCASE"
		  " ORDER BY at DESC, reference LIMIT ?"
		: filter->provider != NULL
		? "SELECT " REQUEST_COLUMNS " FROM contact_request WHERE provider = ?"
		  " ORDER BY at DESC, reference LIMIT ?"
		: "SELECT " REQUEST_COLUMNS " FROM contact_request ORDER BY at DESC, reference LIMIT ?");

	if (by != NULL)
		statement_text(&st, by);
	statement_whole(&st, filter->most);
	return list_rows(&st, fn, ctx);
}

static enum err
list_unmailed(struct store *s, int64_t most, store_contact_request_fn *fn, void *ctx)
{
	struct statement st = begin(s,
	    "SELECT " REQUEST_COLUMNS " FROM contact_request WHERE mailed = 0 ORDER BY at LIMIT ?");

	statement_whole(&st, most);
	return list_rows(&st, fn, ctx);
}

static enum err
note_mailed(struct store *s, const char *reference, enum contact_mail how)
{
	struct statement st = begin(s, "UPDATE contact_request SET mailed = ? WHERE reference = ?");

	statement_whole(&st, how);
	statement_text(&st, reference);
	return statement_run(&st, NULL);
}

static enum err
purge_contact_requests(struct store *s, int64_t before)
{
	struct statement st = begin(s, "DELETE FROM contact_request WHERE at < ?");

	statement_whole(&st, before);
	return statement_run(&st, NULL);
}

void
store_sqlite_add_support_operations(struct store *s)
{
	s->support = (struct store_support){
		.put_feedback = put_feedback,
		.get_feedback = get_feedback,
		.count_feedback = count_feedback,
		.list_feedback_counts = list_feedback_counts,
		.list_comments = list_comments,
		.add_contact_request = add_contact_request,
		.get_contact_request = get_contact_request,
		.list_contact_requests = list_contact_requests,
		.list_unmailed = list_unmailed,
		.note_mailed = note_mailed,
		.purge_contact_requests = purge_contact_requests,
	};
}
