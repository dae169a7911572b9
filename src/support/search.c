/* support/search.c: see search.h. */
#include "support/search.h"

#include <ctype.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"

enum {
	WORD_SIZE = 64,		/* longer ones are no words, and found by their beginning */
	STEM_MIN = 4,		/* of what is left of a word without its ending */
	MEND_MIN = 4		/* of a word that may be a slip: shorter ones are like too many */
};

struct search {
	sqlite3 *db;
};

enum err
search_new(struct search **out, struct fault *why)
{
	static const char sql[] =
	    "CREATE VIRTUAL TABLE article USING fts5(id UNINDEXED, title, words, tokenize = 'unicode61');"
	    "CREATE VIRTUAL TABLE vocabulary USING fts5vocab(article, 'row');";
	struct search *s = calloc(1, sizeof *s);
	enum err e;

	if (s == NULL)
		return fault_set(why, ERR_NOMEM, "out of memory");
	if (sqlite3_open(":memory:", &s->db) == SQLITE_OK &&
	    sqlite3_exec(s->db, sql, NULL, NULL, NULL) == SQLITE_OK) {
		*out = s;
		return ERR_NONE;
	}
	e = fault_set(why, ERR_IO, "the articles cannot be indexed: %s", sqlite3_errmsg(s->db));
	search_free(s);
	return e;
}

void
search_free(struct search *s)
{
	if (s == NULL)
		return;
	sqlite3_close(s->db);
	free(s);
}

enum err
search_add(struct search *s, const char *id, const char *title, const char *text)
{
	sqlite3_stmt *stmt = NULL;
	bool good = sqlite3_prepare_v2(s->db, "INSERT INTO article (id, title, words) VALUES (?, ?, ?)", -1,
			&stmt, NULL) == SQLITE_OK &&
	    sqlite3_bind_text(stmt, 1, id, -1, SQLITE_TRANSIENT) == SQLITE_OK &&
	    sqlite3_bind_text(stmt, 2, title, -1, SQLITE_TRANSIENT) == SQLITE_OK &&
	    sqlite3_bind_text(stmt, 3, text, -1, SQLITE_TRANSIENT) == SQLITE_OK &&
	    sqlite3_step(stmt) == SQLITE_DONE;

	sqlite3_finalize(stmt);
	return good ? ERR_NONE : ERR_IO;
}

/* The next word of *at, into ${out}: letters that are none of the index's are blanks to it too. */
static bool
take_word(const char **at, char out[static WORD_SIZE])
{
	static const char blanks[] = " \t\r\n";
	size_t n;

	*at += strspn(*at, blanks);
	n = strcspn(*at, blanks);
	if (n == 0)
		return false;
	/* A long one loses its end, at a whole letter. */
	for (size_t most = n < WORD_SIZE ? n : WORD_SIZE - 1; ; most--)
		if (most == n || ((*at)[most] & 0xc0) != 0x80) {
			text_from_bytes(out, WORD_SIZE, bytes_of(*at, most));
			break;
		}
	*at += n;
	return true;
}

/* Take an English ending off: "cancelled", "cancelling" and "cancels" leave "cancel". As a beginning that is found in
 * all its forms. */
static bool
shorten(const char *word, char out[static WORD_SIZE])
{
	static const char *const endings[] = { "ing", "ed", "es", "s" };
	size_t n = strlen(word);

	for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
		size_t end = strlen(endings[i]);

		if (n < STEM_MIN + end || strcasecmp(word + n - end, endings[i]) != 0)
			continue;
		n -= end;
		if (n > STEM_MIN && word[n - 1] == word[n - 2] && strchr("lpt", word[n - 1]) != NULL)
			n--;
		memcpy(out, word, n);
		out[n] = '\0';
		return true;
	}
	return false;
}

/* In quotes nothing is an operator; the star makes it a beginning. */
static void
put_beginning(const char *word, struct buf *out)
{
	buf_put_string(out, "\"");
	for (; *word != '\0'; word++) {
		if (*word == '"')
			buf_put_string(out, "\"");
		buf_put(out, bytes_of(word, 1));
	}
	buf_put_string(out, "\"*");
}

static void
write_query(const char *words, struct buf *out)
{
	char word[WORD_SIZE], stem[WORD_SIZE];

	while (take_word(&words, word)) {
		buf_put_string(out, out->n > 0 ? " AND (" : "(");
		put_beginning(word, out);
		if (shorten(word, stem)) {
			buf_put_string(out, " OR ");
			put_beginning(stem, out);
		}
		buf_put_string(out, ")");
	}
}

enum err
search_run(const struct search *s, const char *words, search_found_fn *fn, void *ctx)
{
	/* A word in the title counts as five in the text. */
	static const char sql[] = "SELECT id, snippet(article, 2, '" SEARCH_MARK "', '" SEARCH_UNMARK
				  "', '\xe2\x80\xa6', 24) FROM article WHERE article MATCH ?"
				  " ORDER BY bm25(article, 0.0, 5.0, 1.0) LIMIT ?";
	sqlite3_stmt *stmt = NULL;
	int step = SQLITE_ERROR;
	struct buf query;
	enum err e;

	/* Of each letter a quote may be two, and a word of one letter has ten around it. */
	buf_init(&query, 16 * SEARCH_SIZE);
	write_query(words, &query);
	if ((e = query.err) != ERR_NONE || query.n == 0)
		goto done;
	if (sqlite3_prepare_v2(s->db, sql, -1, &stmt, NULL) == SQLITE_OK &&
	    sqlite3_bind_text(stmt, 1, (const char *)query.p, (int)query.n, SQLITE_STATIC) == SQLITE_OK &&
	    sqlite3_bind_int(stmt, 2, SEARCH_RESULTS_MAX) == SQLITE_OK)
		while ((step = sqlite3_step(stmt)) == SQLITE_ROW)
			fn(ctx, (const char *)sqlite3_column_text(stmt, 0),
			    (const char *)sqlite3_column_text(stmt, 1));
	if (step != SQLITE_DONE)
		e = ERR_IO;
done:
	sqlite3_finalize(stmt);
	buf_fini(&query);
	return e;
}

/* One letter too many, missing or wrong, or two that changed places, between ${a} and ${b}. */
static bool
is_slip(const char *a, const char *b)
{
	size_t an, bn;

	while (*a != '\0' && *a == *b)
		a++, b++;
	an = strlen(a);
	bn = strlen(b);
	if (an == bn)
		return an > 0 && (strcmp(a + 1, b + 1) == 0 || (an > 1 && a[0] == b[1] && a[1] == b[0] &&
		    strcmp(a + 2, b + 2) == 0));
	return (an + 1 == bn && strcmp(a, b + 1) == 0) || (bn + 1 == an && strcmp(a + 1, b) == 0);
}

/* What of the vocabulary ${word} may have been meant to be, into ${out}, the most frequent; ERR_EXISTS: it stands there,
 * whole or as a beginning. */
static enum err
find_like(const struct search *s, const char *word, char out[static WORD_SIZE])
{
	char low[WORD_SIZE];
	sqlite3_stmt *stmt = NULL;
	enum err e = ERR_NOT_FOUND;
	int step;

	for (size_t i = 0; i <= strlen(word); i++)
		low[i] = (char)tolower((unsigned char)word[i]);
	if (sqlite3_prepare_v2(s->db, "SELECT term FROM vocabulary ORDER BY cnt DESC, term", -1, &stmt, NULL) !=
	    SQLITE_OK)
		return ERR_IO;
	while (e != ERR_EXISTS && (step = sqlite3_step(stmt)) == SQLITE_ROW) {
		const char *term = (const char *)sqlite3_column_text(stmt, 0);

		if (strncmp(term, low, strlen(low)) == 0)
			e = ERR_EXISTS;
		else if (e == ERR_NOT_FOUND && strlen(low) >= MEND_MIN && is_slip(low, term) &&
		    text_copy(out, WORD_SIZE, term) == ERR_NONE)
			e = ERR_NONE;
	}
	sqlite3_finalize(stmt);
	return e;
}

enum err
search_mend(const struct search *s, const char *words, char out[static SEARCH_SIZE])
{
	char word[WORD_SIZE], other[WORD_SIZE];
	bool mended = false;
	struct buf b;
	enum err e = ERR_NONE;

	buf_init(&b, SEARCH_SIZE - 1);
	while (take_word(&words, word)) {
		e = find_like(s, word, other);
		if (e == ERR_IO || e == ERR_NOT_FOUND)
			break;
		mended = mended || e == ERR_NONE;
		buf_printf(&b, "%s%s", b.n > 0 ? " " : "", e == ERR_NONE ? other : word);
		e = b.err;
	}
	if (e == ERR_NONE && !mended)
		e = ERR_NOT_FOUND;
	if (e == ERR_LIMIT)
		e = ERR_NOT_FOUND;
	if (e == ERR_NONE)
		text_from_bytes(out, SEARCH_SIZE, buf_bytes(&b));
	buf_fini(&b);
	return e;
}
