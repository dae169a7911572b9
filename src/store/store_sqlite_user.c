/* store/store_sqlite_user.c: who signs in to the console; see entitle/store_user.h. */
#include "store/store_sqlite_internal.h"

/* The vendor's own have NULL for a provider: the reference then holds nothing. */
#define USER_COLUMNS                                                                          \
	"id, coalesce(provider, ''), mail, name, role, password, must_change, totp, totp_on," \
	" totp_step, created, last_seen, since, disabled"

static struct statement
begin(struct store *s, const char *sql)
{
	return statement_begin(&store_sqlite_of(s)->statements, sql);
}

/* What both adding and changing write, in this order. */
static void
bind_user(struct statement *st, const struct user *u)
{
	statement_text(st, u->name);
	statement_whole(st, u->role);
	statement_text(st, u->password);
	statement_whole(st, u->must_change);
	statement_blob(st, bytes_of(u->totp, sizeof u->totp));
	statement_whole(st, u->totp_on);
	statement_whole(st, u->totp_step);
	statement_whole(st, u->last_seen);
	statement_whole(st, u->since);
	statement_whole(st, u->disabled);
}

static enum err
add(struct store *s, const struct user *u)
{
	struct statement st = begin(s,
	    "INSERT INTO console_user (name, role, password, must_change, totp, totp_on, totp_step,"
	    " last_seen, since, disabled, id, provider, mail, created)"
	    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, nullif(?, ''), ?, ?)");

	bind_user(&st, u);
	statement_text(&st, u->id);
	statement_text(&st, u->provider);
	statement_text(&st, u->mail);
	statement_whole(&st, u->created);
	return statement_run(&st, NULL);
}

static void
take_user(struct statement *st, void *out)
{
	struct user *u = out;

	statement_take_text(st, u->id, sizeof u->id);
	statement_take_text(st, u->provider, sizeof u->provider);
	statement_take_text(st, u->mail, sizeof u->mail);
	statement_take_text(st, u->name, sizeof u->name);
	u->role = (enum role)statement_take_whole(st);
	statement_take_text(st, u->password, sizeof u->password);
	u->must_change = statement_take_whole(st) != 0;
	statement_take_blob(st, u->totp, sizeof u->totp);
	u->totp_on = statement_take_whole(st) != 0;
	u->totp_step = statement_take_whole(st);
	u->created = statement_take_whole(st);
	u->last_seen = statement_take_whole(st);
	u->since = statement_take_whole(st);
	u->disabled = statement_take_whole(st);
	/* It indexes tables: a damaged row must not. */
	if ((unsigned)u->role >= ROLE_COUNT)
		st->err = ERR_MALFORMED;
}

static enum err
get(struct store *s, const char *id, struct user *out)
{
	struct statement st = begin(s, "SELECT " USER_COLUMNS " FROM console_user WHERE id = ?");

	statement_text(&st, id);
	return statement_get(&st, take_user, out);
}

static enum err
find(struct store *s, const char *mail, struct user *out)
{
	struct statement st = begin(s, "SELECT " USER_COLUMNS " FROM console_user WHERE mail = ?");

	statement_text(&st, mail);
	return statement_get(&st, take_user, out);
}

static enum err
list(struct store *s, const char *provider, store_user_fn *fn, void *ctx)
{
	struct statement st = begin(s,
	    "SELECT " USER_COLUMNS " FROM console_user WHERE provider IS nullif(?, '') ORDER BY mail");
	struct user u;

	statement_text(&st, provider);
	while (statement_row(&st) == ERR_NONE) {
		take_user(&st, &u);
		if (st.err != ERR_NONE || !fn(ctx, &u))
			break;
	}
	return statement_end(&st);
}

/* What must change a row. */
static enum err
run_one(struct statement *st)
{
	int64_t changed = 0;
	enum err e = statement_run(st, &changed);

	return e == ERR_NONE && changed == 0 ? ERR_NOT_FOUND : e;
}

static enum err
put(struct store *s, const struct user *u)
{
	struct statement st = begin(s,
	    "UPDATE console_user SET name = ?, role = ?, password = ?, must_change = ?, totp = ?,"
	    " totp_on = ?, totp_step = ?, last_seen = ?, since = ?, disabled = ? WHERE id = ?");

	bind_user(&st, u);
	statement_text(&st, u->id);
	return run_one(&st);
}

static enum err
put_recovery(struct store *s, const char *user, const uint8_t (*digests)[HASH_MAX], size_t count)
{
	struct statement st = begin(s, "DELETE FROM console_recovery WHERE user = ?");
	enum err e;

	statement_text(&st, user);
	e = statement_run(&st, NULL);
	for (size_t i = 0; e == ERR_NONE && i < count; i++) {
		st = begin(s, "INSERT INTO console_recovery (user, digest) VALUES (?, ?)");
		statement_text(&st, user);
		statement_blob(&st, bytes_of(digests[i], HASH_MAX));
		e = statement_run(&st, NULL);
	}
	return e;
}

static enum err
use_recovery(struct store *s, const char *user, const uint8_t *digest)
{
	struct statement st = begin(s, "DELETE FROM console_recovery WHERE user = ? AND digest = ?");

	statement_text(&st, user);
	statement_blob(&st, bytes_of(digest, HASH_MAX));
	return run_one(&st);
}

static void
take_whole(struct statement *st, void *out)
{
	*(int64_t *)out = statement_take_whole(st);
}

static enum err
count_recovery(struct store *s, const char *user, int64_t *out)
{
	struct statement st = begin(s, "SELECT count(*) FROM console_recovery WHERE user = ?");

	statement_text(&st, user);
	return statement_get(&st, take_whole, out);
}

void
store_sqlite_add_user_operations(struct store *s)
{
	s->user = (struct store_user){
		.add = add,
		.get = get,
		.find = find,
		.list = list,
		.put = put,
		.put_recovery = put_recovery,
		.use_recovery = use_recovery,
		.count_recovery = count_recovery,
	};
}
