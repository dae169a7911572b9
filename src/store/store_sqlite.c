/* store/store_sqlite.c: see store_sqlite.h. Statements on subscriptions, checkouts and
 * attempts; those of each other area are in a file of their own. */
#include "store/store_sqlite.h"

#include <stdlib.h>

#include "store/schema.h"
#include "store/store_sqlite_internal.h"

/* How long a writer waits for another: far above any transaction, below a client's patience. */
enum { BUSY_MS = 5000 };

static void
close_store(struct store *s)
{
	struct store_sqlite *q = store_sqlite_of(s);

	statements_fini(&q->statements);
	sqlite3_close(q->statements.db);
	free(q);
}

static enum err
execute(struct store *s, const char *sql)
{
	struct statement st = statement_begin(&store_sqlite_of(s)->statements, sql);

	return statement_run(&st, NULL);
}

static enum err
begin(struct store *s)
{
	struct store_sqlite *q = store_sqlite_of(s);
	enum err e;

	/* SQLite ends the whole transaction by itself when the disk is full: no part can begin then. */
	if (q->depth > 0 && sqlite3_get_autocommit(q->statements.db))
		return ERR_IO;
	e = execute(s, q->depth == 0 ? "BEGIN IMMEDIATE" : "SAVEPOINT part");
	if (e == ERR_NONE)
		q->depth++;
	return e;
}

static enum err
commit(struct store *s)
{
	struct store_sqlite *q = store_sqlite_of(s);
	enum err e = execute(s, q->depth > 1 ? "RELEASE part" : "COMMIT");

	if (e == ERR_NONE)
		q->depth--;
	return e;
}

static void
rollback(struct store *s)
{
	struct store_sqlite *q = store_sqlite_of(s);

	if (sqlite3_get_autocommit(q->statements.db)) {
		q->depth = 0;
	} else if (q->depth > 1) {
		execute(s, "ROLLBACK TO part");
		execute(s, "RELEASE part");
		q->depth--;
	} else {
		execute(s, "ROLLBACK");
		q->depth = 0;
	}
}


static void
bind_subscription(struct statement *st, const struct subscription *sub)
{
	statement_text(st, sub->provider);
	statement_text(st, sub->external_id);
	statement_whole(st, sub->state);
	statement_whole(st, sub->reason);
	statement_whole(st, sub->since);
	statement_whole(st, sub->decided);
	statement_whole(st, sub->activated);
	statement_whole(st, sub->seats);
	statement_whole(st, sub->paid_until);
	statement_whole(st, sub->expiry_grace_s);
	statement_whole(st, sub->expiry_told);
	statement_whole(st, sub->renews);
	statement_whole(st, sub->grace_until);
	statement_whole(st, sub->doubt_until);
	statement_whole(st, sub->doubt_given);
	statement_whole(st, sub->said);
	statement_whole(st, sub->said_at);
	statement_whole(st, sub->consent);
	statement_text(st, sub->merged_into);
	statement_whole(st, sub->purged);
	statement_whole(st, sub->revision);
}

static enum err
add_subscription(struct store *s, const struct subscription *sub, const uint8_t *digest)
{
	struct statement st = statement_begin(&store_sqlite_of(s)->statements,
	    "INSERT INTO subscription (" SUBSCRIPTION_COLUMNS
	    ", code_digest) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)");

	bind_subscription(&st, sub);
	statement_text(&st, sub->id);
	statement_text(&st, sub->reference);
	statement_whole(&st, sub->created);
	statement_blob(&st, bytes_of(digest, HASH_MAX));
	return statement_run(&st, NULL);
}

void
store_sqlite_take_subscription(struct statement *st, void *out)
{
	struct subscription *sub = out;

	statement_take_text(st, sub->provider, sizeof sub->provider);
	statement_take_text(st, sub->external_id, sizeof sub->external_id);
	sub->state = (enum sub_state)statement_take_whole(st);
	sub->reason = (enum reason)statement_take_whole(st);
	sub->since = statement_take_whole(st);
	sub->decided = statement_take_whole(st);
	sub->activated = statement_take_whole(st);
	sub->seats = statement_take_whole(st);
	sub->paid_until = statement_take_whole(st);
	sub->expiry_grace_s = statement_take_whole(st);
	sub->expiry_told = statement_take_whole(st);
	sub->renews = statement_take_whole(st) != 0;
	sub->grace_until = statement_take_whole(st);
	sub->doubt_until = statement_take_whole(st);
	sub->doubt_given = statement_take_whole(st);
	sub->said = (enum verify_answer)statement_take_whole(st);
	sub->said_at = statement_take_whole(st);
	sub->consent = (enum consent)statement_take_whole(st);
	statement_take_text(st, sub->merged_into, sizeof sub->merged_into);
	sub->purged = statement_take_whole(st);
	sub->revision = statement_take_whole(st);
	statement_take_text(st, sub->id, sizeof sub->id);
	statement_take_text(st, sub->reference, sizeof sub->reference);
	sub->created = statement_take_whole(st);
	/* They index tables: a damaged row must not. */
	if ((unsigned)sub->state >= SUB_STATES || (unsigned)sub->reason >= REASON_COUNT ||
	    (unsigned)sub->said >= VERIFY_ANSWERS || (unsigned)sub->consent >= CONSENTS)
		st->err = ERR_MALFORMED;
}

static enum err
get_subscription(struct store *s, const char *id, struct subscription *out)
{
	struct statement st = statement_begin(&store_sqlite_of(s)->statements,
	    "SELECT " SUBSCRIPTION_COLUMNS " FROM subscription WHERE id = ?");

	statement_text(&st, id);
	return statement_get(&st, store_sqlite_take_subscription, out);
}

static enum err
find_subscription_by_code(struct store *s, const uint8_t *digest, struct subscription *out)
{
	struct statement st = statement_begin(&store_sqlite_of(s)->statements,
	    "SELECT " SUBSCRIPTION_COLUMNS " FROM subscription WHERE code_digest = ?");

	statement_blob(&st, bytes_of(digest, HASH_MAX));
	return statement_get(&st, store_sqlite_take_subscription, out);
}

static enum err
find_subscription_by_external_id(struct store *s, const char *provider, const char *external_id,
    struct subscription *out)
{
	struct statement st = statement_begin(&store_sqlite_of(s)->statements,
	    "SELECT " SUBSCRIPTION_COLUMNS
	    " FROM subscription WHERE provider = ? AND external_id = ?");

	statement_text(&st, provider);
	statement_text(&st, external_id);
	return statement_get(&st, store_sqlite_take_subscription, out);
}

static enum err
find_subscription_by_reference(struct store *s, const char *reference, struct subscription *out)
{
	struct statement st = statement_begin(&store_sqlite_of(s)->statements,
	    "SELECT " SUBSCRIPTION_COLUMNS " FROM subscription AS a WHERE reference = ?1 AND NOT EXISTS"
	    " (SELECT 1 FROM subscription AS b WHERE b.reference = ?1 AND b.id <> a.id)");

	statement_text(&st, reference);
	return statement_get(&st, store_sqlite_take_subscription, out);
}

static enum err
list_subscriptions(struct store *s, const char *provider, const char *after,
    store_subscription_fn *fn, void *ctx)
{
	struct statement st = statement_begin(&store_sqlite_of(s)->statements,
	    "SELECT " SUBSCRIPTION_COLUMNS
	    " FROM subscription WHERE provider = ? AND id > ? ORDER BY id");
	struct subscription sub;

	statement_text(&st, provider);
	statement_text(&st, after);
	while (statement_row(&st) == ERR_NONE) {
		store_sqlite_take_subscription(&st, &sub);
		if (st.err != ERR_NONE || !fn(ctx, &sub))
			break;
	}
	return statement_end(&st);
}

static enum err
put_subscription(struct store *s, const struct subscription *sub)
{
	struct statement st = statement_begin(&store_sqlite_of(s)->statements,
	    "UPDATE subscription SET (" SUBSCRIPTION_CHANGES
	    ") = (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?) WHERE id = ?");
	int64_t changed = 0;
	enum err e;

	bind_subscription(&st, sub);
	statement_text(&st, sub->id);
	e = statement_run(&st, &changed);
	return e == ERR_NONE && changed == 0 ? ERR_NOT_FOUND : e;
}

static enum err
put_code(struct store *s, const char *subscription, const uint8_t *digest)
{
	struct statement st = statement_begin(&store_sqlite_of(s)->statements,
	    "UPDATE subscription SET code_digest = ? WHERE id = ?");
	int64_t changed = 0;
	enum err e;

	statement_blob(&st, bytes_of(digest, HASH_MAX));
	statement_text(&st, subscription);
	e = statement_run(&st, &changed);
	return e == ERR_NONE && changed == 0 ? ERR_NOT_FOUND : e;
}

static enum err
add_checkout(struct store *s, const struct checkout *c)
{
	struct statement st = statement_begin(&store_sqlite_of(s)->statements,
	    "INSERT INTO checkout (" CHECKOUT_COLUMNS ") VALUES (?,?,?,?,?,?)");

	statement_text(&st, c->id);
	statement_text(&st, c->device);
	statement_whole(&st, c->created);
	statement_whole(&st, c->paid);
	statement_text(&st, c->subscription);
	statement_text(&st, c->payer);
	return statement_run(&st, NULL);
}

void
store_sqlite_take_checkout(struct statement *st, void *out)
{
	struct checkout *c = out;

	statement_take_text(st, c->id, sizeof c->id);
	statement_take_text(st, c->device, sizeof c->device);
	c->created = statement_take_whole(st);
	c->paid = statement_take_whole(st);
	statement_take_text(st, c->subscription, sizeof c->subscription);
	statement_take_text(st, c->payer, sizeof c->payer);
}

static enum err
get_checkout(struct store *s, const char *id, struct checkout *out)
{
	struct statement st = statement_begin(&store_sqlite_of(s)->statements,
	    "SELECT " CHECKOUT_COLUMNS " FROM checkout WHERE id = ?");

	statement_text(&st, id);
	return statement_get(&st, store_sqlite_take_checkout, out);
}

static enum err
put_checkout(struct store *s, const struct checkout *c)
{
	struct statement st = statement_begin(&store_sqlite_of(s)->statements,
	    "UPDATE checkout SET paid = ?, subscription = ?, payer = ? WHERE id = ?");
	int64_t changed = 0;
	enum err e;

	statement_whole(&st, c->paid);
	statement_text(&st, c->subscription);
	statement_text(&st, c->payer);
	statement_text(&st, c->id);
	e = statement_run(&st, &changed);
	return e == ERR_NONE && changed == 0 ? ERR_NOT_FOUND : e;
}

struct attempts {
	int64_t count, ends;
};

static void
take_attempts(struct statement *st, void *out)
{
	struct attempts *a = out;

	a->count = statement_take_whole(st);
	a->ends = statement_take_whole(st);
}

static enum err
get_attempts(struct store *s, const char *key, int64_t now, int64_t *count, int64_t *ends)
{
	struct statement st = statement_begin(&store_sqlite_of(s)->statements,
	    "SELECT count, ends FROM attempt WHERE key = ? AND ends > ?");
	struct attempts a = { 0, now };
	enum err e;

	statement_text(&st, key);
	statement_whole(&st, now);
	e = statement_get(&st, take_attempts, &a);
	if (e != ERR_NONE && e != ERR_NOT_FOUND)
		return e;
	*count = a.count;
	*ends = a.ends;
	return ERR_NONE;
}

static enum err
count_attempt(struct store *s, const char *key, int64_t now, int64_t window_s, int64_t *count,
    int64_t *ends)
{
	struct statements *all = &store_sqlite_of(s)->statements;
	struct statement old = statement_begin(all, "DELETE FROM attempt WHERE ends <= ?");
	struct statement st = statement_begin(all,
	    "INSERT INTO attempt (key, ends, count) VALUES (?, ?, 1)"
	    " ON CONFLICT (key) DO UPDATE SET count = count + 1");
	enum err e;

	statement_whole(&old, now);
	if ((e = statement_run(&old, NULL)) != ERR_NONE)
		return e;
	statement_text(&st, key);
	statement_whole(&st, now + window_s);
	if ((e = statement_run(&st, NULL)) != ERR_NONE)
		return e;
	return get_attempts(s, key, now, count, ends);
}

static const struct store operations = {
	.close = close_store,
	.begin = begin,
	.commit = commit,
	.rollback = rollback,
	.add_subscription = add_subscription,
	.get_subscription = get_subscription,
	.find_subscription_by_code = find_subscription_by_code,
	.find_subscription_by_external_id = find_subscription_by_external_id,
	.find_subscription_by_reference = find_subscription_by_reference,
	.list_subscriptions = list_subscriptions,
	.put_subscription = put_subscription,
	.put_code = put_code,
	.add_checkout = add_checkout,
	.get_checkout = get_checkout,
	.put_checkout = put_checkout,
	.count_attempt = count_attempt,
	.get_attempts = get_attempts,
};

static enum err
set_up(sqlite3 *db, struct fault *why)
{
	/* WAL: readers never wait. FULL: what was acknowledged survives a power cut. MEMORY: a statement that
	 * touches many pages would else need a file in a folder that the process may not reach. 64 MiB of cache:
	 * the upper pages of every index, for millions of subscriptions. */
	static const char settings[] = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
				       "PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF;"
				       "PRAGMA temp_store = MEMORY; PRAGMA cache_size = -65536;";

	sqlite3_busy_timeout(db, BUSY_MS);
	sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	if (sqlite3_exec(db, settings, NULL, NULL, NULL) != SQLITE_OK)
		return fault_set(why, statement_error(db), "the store cannot be opened: %s",
		    sqlite3_errmsg(db));
	return schema_migrate(db, why);
}

enum err
store_sqlite_open(const char *path, struct store **out, struct fault *why)
{
	struct store_sqlite *q = calloc(1, sizeof *q);
	sqlite3 *db = NULL;
	enum err e;

	if (q == NULL)
		return fault_set(why, ERR_NOMEM, "out of memory");
	q->store = operations;
	store_sqlite_add_provider_operations(&q->store);
	store_sqlite_add_device_operations(&q->store);
	store_sqlite_add_payment_operations(&q->store);
	store_sqlite_add_session_operations(&q->store);
	store_sqlite_add_support_operations(&q->store);
	store_sqlite_add_user_operations(&q->store);
	store_sqlite_add_look_operations(&q->store);
	store_sqlite_add_document_operations(&q->store);
	store_sqlite_add_schedule_operations(&q->store);
	store_sqlite_add_event_operations(&q->store);
	store_sqlite_add_access_operations(&q->store);
	store_sqlite_add_figures_operations(&q->store);
	store_sqlite_add_endpoint_operations(&q->store);
	store_sqlite_add_delivery_operations(&q->store);
	store_sqlite_add_mail_operations(&q->store);
	if (sqlite3_open_v2(path, &db,
		SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK) {
		e = fault_set(why, ERR_IO, "cannot open the store %s: %s", path,
		    db == NULL ? "out of memory" : sqlite3_errmsg(db));
		goto done;
	}
	q->statements.db = db;
	if ((e = set_up(db, why)) != ERR_NONE) {
		fault_within(why, "%s", path);
		goto done;
	}
	*out = &q->store;
	return ERR_NONE;
done:
	sqlite3_close(db);
	free(q);
	return e;
}
