/* store/statement.h: prepared statements of one SQLite connection, without ceremony.
 * Parameters are bound in order; the first failure sticks and comes out of the step. */
#ifndef HOLDFAST_STORE_STATEMENT_H
#define HOLDFAST_STORE_STATEMENT_H

#include <sqlite3.h>

#include "base/bytes.h"
#include "base/err.h"

/* A statement being run. Kept prepared in the connection's cache under its text's address. */
struct statement {
	sqlite3_stmt *stmt;
	int next_parameter, next_column;
	enum err err;
};

/* As many different statements as a store has, and some. */
#define STATEMENTS_MAX 512
struct statements {
	sqlite3 *db;
	struct {
		const char *sql;
		sqlite3_stmt *stmt;
	} cached[STATEMENTS_MAX];
	size_t count;
};

/* ERR_FULL, ERR_TIMEOUT (others hold the lock), ERR_EXISTS (a unique key), ERR_MALFORMED (the file is
 * damaged), ERR_NOMEM, else ERR_IO. */
enum err statement_error(sqlite3 *db);

/* Begin to run ${sql}, a string constant. */
struct statement statement_begin(struct statements *all, const char *sql);
void statements_fini(struct statements *all);

void statement_text(struct statement *s, const char *value);
void statement_whole(struct statement *s, int64_t value);
void statement_blob(struct statement *s, struct bytes value);

/* ERR_NONE: a row is there. ERR_NOT_FOUND: no (more) rows. */
enum err statement_row(struct statement *s);

/* The next column of the row, in order. Too long a text is ERR_MALFORMED at statement_end. */
void statement_take_text(struct statement *s, char *out, size_t size);
int64_t statement_take_whole(struct statement *s);
/* Exactly ${n} bytes. */
void statement_take_blob(struct statement *s, uint8_t *out, size_t n);

/* The next column, whatever its length; borrowed until the next row or the end. Empty for NULL. */
struct bytes statement_peek_blob(struct statement *s);

/* The statement is free for its next use. Returns what stuck. */
enum err statement_end(struct statement *s);

/* For one that yields no rows: run it and end it; *changed (may be NULL) rows were written. */
enum err statement_run(struct statement *s, int64_t *changed);

/* Read one row with ${take} and end: ERR_NOT_FOUND when there is none. */
typedef void statement_take_fn(struct statement *s, void *out);
enum err statement_get(struct statement *s, statement_take_fn *take, void *out);

#endif
