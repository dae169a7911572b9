/* support/library.c: see library.h. The search is SQLite's FTS5, over a database in memory. */
#include "support/library.h"

#include <cmark.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "os/file.h"

struct library {
	struct article *articles;
	size_t count;
	sqlite3 *index;
};

/* The lines on top, each with where it goes. */
struct field {
	const char *name;
	char *out;
	size_t size;
	bool required, seen;
};

static enum err
take_field(struct field *fields, size_t count, struct bytes line, struct fault *why)
{
	size_t colon = bytes_find(line, ':');
	struct bytes value;

	for (size_t i = 0; i < count && colon < line.n; i++) {
		if (!bytes_equal(bytes_first(line, colon), bytes_of_text(fields[i].name)))
			continue;
		value = bytes_from(line, colon + 1);
		while (value.n > 0 && value.p[0] == ' ')
			value = bytes_from(value, 1);
		if (fields[i].seen)
			return fault_set(why, ERR_MALFORMED, "\"%s\" stands there twice", fields[i].name);
		fields[i].seen = true;
		if (text_from_bytes(fields[i].out, fields[i].size, value) != ERR_NONE ||
		    !text_is_plain(fields[i].out))
			return fault_set(why, ERR_MALFORMED, "\"%s\" is too long, or no plain text",
			    fields[i].name);
		return ERR_NONE;
	}
	return fault_set(why, ERR_MALFORMED,
	    "a line on top is \"name: value\", with id, title, os, modified, topic or reasons as name");
}

/* Take the lines on top off ${text}. */
static enum err
take_head(struct article *a, struct bytes *text, struct fault *why)
{
	struct field fields[] = { { "id", a->id, sizeof a->id, true, false },
		{ "title", a->title, sizeof a->title, true, false },
		{ "os", a->os, sizeof a->os, true, false },
		{ "modified", a->modified, sizeof a->modified, true, false },
		{ "topic", a->topic, sizeof a->topic, true, false },
		{ "reasons", a->reasons, sizeof a->reasons, false, false } };
	enum { FIELDS = sizeof fields / sizeof fields[0] };
	enum err e;

	for (;;) {
		size_t end = bytes_find(*text, '\n');
		struct bytes line = bytes_first(*text, end);

		if (end == text->n)
			return fault_set(why, ERR_MALFORMED, "there is no text below the lines on top");
		*text = bytes_from(*text, end + 1);
		if (line.n == 0)
			break;
		if ((e = take_field(fields, FIELDS, line, why)) != ERR_NONE)
			return e;
	}
	for (size_t i = 0; i < FIELDS; i++)
		if (fields[i].required && fields[i].out[0] == '\0')
			return fault_set(why, ERR_MALFORMED, "\"%s\" is missing", fields[i].name);
	return ERR_NONE;
}

static bool
is_id(const char *id)
{
	return strncmp(id, "HF-", 3) == 0 && id[3] != '\0' && strspn(id + 3, "0123456789") == strlen(id + 3);
}

static bool
is_date(const char *date)
{
	static const char form[] = "dddd-dd-dd";

	for (size_t i = 0; i < sizeof form - 1; i++)
		if (form[i] == 'd' ? date[i] < '0' || date[i] > '9' : date[i] != '-')
			return false;
	return date[sizeof form - 1] == '\0';
}

/* Read one file into *out; its text for the index goes to *words, which the caller frees. */
static enum err
read_article(int dir, const char *name, struct article *out, char **words, struct fault *why)
{
	struct article a = { .html = NULL };
	cmark_node *document = NULL;
	struct bytes text;
	struct buf file;
	enum err e;

	buf_init(&file, ARTICLE_BYTES_MAX);
	if ((e = file_read(dir, name, &file, why)) != ERR_NONE)
		goto done;
	text = buf_bytes(&file);
	if ((e = take_head(&a, &text, why)) != ERR_NONE)
		goto done;
	if (!is_id(a.id) || !is_date(a.modified)) {
		e = fault_set(why, ERR_MALFORMED,
		    "\"id\" is HF- and digits, \"modified\" a date such as 2026-11-25");
		goto done;
	}
	/* Safe: raw HTML and addresses that run something are left out. */
	document = cmark_parse_document((const char *)text.p, text.n, CMARK_OPT_VALIDATE_UTF8);
	a.html = cmark_render_html(document, CMARK_OPT_SAFE);
	*words = cmark_render_commonmark(document, CMARK_OPT_DEFAULT, 0);
	*out = a;
done:
	if (document != NULL)
		cmark_node_free(document);
	buf_fini(&file);
	return e;
}

static enum err
sql_error(struct library *l, struct fault *why)
{
	return fault_set(why, ERR_IO, "the articles cannot be indexed: %s", sqlite3_errmsg(l->index));
}

static enum err
index_article(struct library *l, const struct article *a, const char *words, struct fault *why)
{
	static const char sql[] = "INSERT INTO article (id, title, words) VALUES (?, ?, ?)";
	const char *const values[] = { a->id, a->title, words };
	sqlite3_stmt *stmt = NULL;
	bool good = sqlite3_prepare_v2(l->index, sql, -1, &stmt, NULL) == SQLITE_OK;

	for (int i = 0; i < 3 && good; i++)
		good = sqlite3_bind_text(stmt, i + 1, values[i], -1, SQLITE_TRANSIENT) == SQLITE_OK;
	good = good && sqlite3_step(stmt) == SQLITE_DONE;
	sqlite3_finalize(stmt);
	return good ? ERR_NONE : sql_error(l, why);
}

static enum err
add_file(struct library *l, int dir, const char *name, struct fault *why)
{
	struct article *grown, a;
	char *words = NULL;
	enum err e;

	if (l->count == ARTICLES_MAX)
		return fault_set(why, ERR_LIMIT, "there are more than %d articles", ARTICLES_MAX);
	grown = realloc(l->articles, (l->count + 1) * sizeof *grown);
	if (grown == NULL)
		return fault_set(why, ERR_NOMEM, "out of memory");
	l->articles = grown;
	if ((e = read_article(dir, name, &a, &words, why)) != ERR_NONE)
		return fault_within(why, "%s", name);
	if (library_find(l, a.id) != NULL)
		e = fault_set(why, ERR_MALFORMED, "%s: another article is %s already", name, a.id);
	else
		e = index_article(l, &a, words, why);
	free(words);
	if (e == ERR_NONE)
		l->articles[l->count++] = a;
	else
		free(a.html);
	return e;
}

static int
by_id(const void *a, const void *b)
{
	return strcmp(((const struct article *)a)->id, ((const struct article *)b)->id);
}

static bool
is_article_name(const char *name)
{
	size_t n = strlen(name);

	return name[0] != '.' && n > 3 && strcmp(name + n - 3, ".md") == 0;
}

static enum err
read_all(struct library *l, int dir, struct fault *why)
{
	int again = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *list = again < 0 ? NULL : fdopendir(again);
	enum err e = ERR_NONE;
	struct dirent *entry;

	if (list == NULL) {
		e = fault_errno(why, "the articles cannot be listed");
		if (again >= 0)
			close(again);
		return e;
	}
	while (e == ERR_NONE && (entry = readdir(list)) != NULL)
		if (is_article_name(entry->d_name))
			e = add_file(l, dir, entry->d_name, why);
	closedir(list);
	if (e == ERR_NONE && l->count > 0)
		qsort(l->articles, l->count, sizeof l->articles[0], by_id);
	return e;
}

enum err
library_open(const char *dir, struct library **out, struct fault *why)
{
	/* porter: "cancelled" is found by "cancel". */
	static const char table[] = "CREATE VIRTUAL TABLE article USING fts5"
				    "(id UNINDEXED, title, words, tokenize = 'porter unicode61')";
	struct library *l = calloc(1, sizeof *l);
	int fd = -1;
	enum err e;

	if (l == NULL)
		return fault_set(why, ERR_NOMEM, "out of memory");
	if ((e = file_open_dir(AT_FDCWD, dir, false, &fd, why)) != ERR_NONE)
		goto done;
	if (sqlite3_open(":memory:", &l->index) != SQLITE_OK ||
	    sqlite3_exec(l->index, table, NULL, NULL, NULL) != SQLITE_OK) {
		e = sql_error(l, why);
		goto done;
	}
	if ((e = read_all(l, fd, why)) == ERR_NONE) {
		*out = l;
		l = NULL;
	}
done:
	if (fd >= 0)
		close(fd);
	library_free(l);
	return e;
}

void
library_free(struct library *l)
{
	if (l == NULL)
		return;
	for (size_t i = 0; i < l->count; i++)
		free(l->articles[i].html);
	free(l->articles);
	sqlite3_close(l->index);
	free(l);
}

size_t
library_count(const struct library *l)
{
	return l->count;
}

const struct article *
library_at(const struct library *l, size_t i)
{
	return &l->articles[i];
}

const struct article *
library_find(const struct library *l, const char *id)
{
	for (size_t i = 0; i < l->count; i++)
		if (text_equal(l->articles[i].id, id))
			return &l->articles[i];
	return NULL;
}

/* Each word in quotes, so that nothing in it is an operator, and with a star: its beginning is enough. */
static enum err
write_query(const char *words, struct buf *out)
{
	static const char blanks[] = " \t\r\n";

	while (*(words += strspn(words, blanks)) != '\0') {
		size_t n = strcspn(words, blanks);

		buf_put_string(out, out->n > 0 ? " \"" : "\"");
		for (size_t i = 0; i < n; i++) {
			if (words[i] == '"')
				buf_put_string(out, "\"");
			buf_put(out, bytes_of(words + i, 1));
		}
		buf_put_string(out, "\"*");
		words += n;
	}
	return out->err;
}

enum err
library_search(const struct library *l, const char *words, library_found_fn *fn, void *ctx)
{
	static const char sql[] = "SELECT id FROM article WHERE article MATCH ?"
				  " ORDER BY bm25(article, 0.0, 5.0, 1.0) LIMIT ?";
	sqlite3_stmt *stmt = NULL;
	struct buf query;
	enum err e;
	int step = SQLITE_DONE;

	buf_init(&query, 8 * SEARCH_SIZE);
	if ((e = write_query(words, &query)) != ERR_NONE || query.n == 0)
		goto done;
	if (sqlite3_prepare_v2(l->index, sql, -1, &stmt, NULL) != SQLITE_OK ||
	    sqlite3_bind_text(stmt, 1, (const char *)query.p, (int)query.n, SQLITE_STATIC) != SQLITE_OK ||
	    sqlite3_bind_int(stmt, 2, SEARCH_RESULTS_MAX) != SQLITE_OK) {
		e = ERR_IO;
		goto done;
	}
	while ((step = sqlite3_step(stmt)) == SQLITE_ROW) {
		const struct article *a = library_find(l, (const char *)sqlite3_column_text(stmt, 0));

		if (a != NULL)
			fn(ctx, a);
	}
	if (step != SQLITE_DONE)
		e = ERR_IO;
done:
	sqlite3_finalize(stmt);
	buf_fini(&query);
	return e;
}
