/* store/statement.c: see statement.h. */
#include "store/statement.h"

#include <assert.h>

#include "base/text.h"

enum err
statement_error(sqlite3 *db)
{
	switch (sqlite3_errcode(db)) {
	case SQLITE_FULL:
		return ERR_FULL;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return ERR_TIMEOUT;
	case SQLITE_CONSTRAINT:
		return ERR_EXISTS;
	case SQLITE_NOMEM:
		return ERR_NOMEM;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return ERR_MALFORMED;
	case SQLITE_IOERR:
		/* A full disk shows as a failed write where the file system says so late. */
		return err_from_errno(sqlite3_system_errno(db)) == ERR_FULL ? ERR_FULL : ERR_IO;
	default:
		return ERR_IO;
	}
}

static sqlite3_stmt *
find_or_prepare(struct statements *all, const char *sql)
{
	sqlite3_stmt *stmt = NULL;

	for (size_t i = 0; i < all->count; i++)
		if (all->cached[i].sql == sql)
			return all->cached[i].stmt;
	assert(all->count < STATEMENTS_MAX);
	if (sqlite3_prepare_v3(all->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &stmt, NULL) != SQLITE_OK)
		return NULL;
	all->cached[all->count].sql = sql;
	all->cached[all->count].stmt = stmt;
	all->count++;
	return stmt;
}

struct statement
statement_begin(struct statements *all, const char *sql)
{
	struct statement s = { .next_parameter = 1 };

	s.stmt = find_or_prepare(all, sql);
	if (s.stmt == NULL)
		s.err = statement_error(all->db);
	return s;
}

void
statements_fini(struct statements *all)
{
	for (size_t i = 0; i < all->count; i++)
		sqlite3_finalize(all->cached[i].stmt);
	all->count = 0;
}

static void
note(struct statement *s, int result)
{
	if (result != SQLITE_OK && s->err == ERR_NONE)
		s->err = statement_error(sqlite3_db_handle(s->stmt));
}

void
statement_text(struct statement *s, const char *value)
{
	if (s->stmt != NULL)
		note(s, sqlite3_bind_text(s->stmt, s->next_parameter++, value, -1, SQLITE_TRANSIENT));
}

void
statement_whole(struct statement *s, int64_t value)
{
	if (s->stmt != NULL)
		note(s, sqlite3_bind_int64(s->stmt, s->next_parameter++, value));
}

void
statement_blob(struct statement *s, struct bytes value)
{
	if (s->stmt != NULL)
		note(s, sqlite3_bind_blob64(s->stmt, s->next_parameter++, value.p, value.n,
			    SQLITE_TRANSIENT));
}

enum err
statement_row(struct statement *s)
{
	if (s->err != ERR_NONE)
		return s->err;
	s->next_column = 0;
	switch (sqlite3_step(s->stmt)) {
	case SQLITE_ROW:
		return ERR_NONE;
	case SQLITE_DONE:
		return ERR_NOT_FOUND;
	default:
		return s->err = statement_error(sqlite3_db_handle(s->stmt));
	}
}

void
statement_take_text(struct statement *s, char *out, size_t size)
{
	const char *text = (const char *)sqlite3_column_text(s->stmt, s->next_column++);

	if (text == NULL || text_copy(out, size, text) != ERR_NONE) {
		out[0] = '\0';
		if (s->err == ERR_NONE)
			s->err = ERR_MALFORMED;
	}
}

int64_t
statement_take_whole(struct statement *s)
{
	return sqlite3_column_int64(s->stmt, s->next_column++);
}

void
statement_take_blob(struct statement *s, uint8_t *out, size_t n)
{
	int column = s->next_column++;
	const void *p = sqlite3_column_blob(s->stmt, column);

	memset(out, 0, n);
	if (p != NULL && (size_t)sqlite3_column_bytes(s->stmt, column) == n)
		memcpy(out, p, n);
	else if (s->err == ERR_NONE)
		s->err = ERR_MALFORMED;
}

struct bytes
statement_peek_blob(struct statement *s)
{
	int column = s->next_column++;
	const void *p = sqlite3_column_blob(s->stmt, column);

	return bytes_of(p, p == NULL ? 0 : (size_t)sqlite3_column_bytes(s->stmt, column));
}

enum err
statement_end(struct statement *s)
{
	if (s->stmt != NULL) {
		sqlite3_reset(s->stmt);
		sqlite3_clear_bindings(s->stmt);
	}
	return s->err;
}

enum err
statement_run(struct statement *s, int64_t *changed)
{
	enum err e = statement_row(s);

	if (e == ERR_NOT_FOUND && changed != NULL)
		*changed = sqlite3_changes64(sqlite3_db_handle(s->stmt));
	statement_end(s);
	return e == ERR_NOT_FOUND ? ERR_NONE : e;
}

enum err
statement_get(struct statement *s, statement_take_fn *take, void *out)
{
	enum err e = statement_row(s), end;

	if (e == ERR_NONE)
		take(s, out);
	end = statement_end(s);
	return e != ERR_NONE ? e : end;
}
