/* support/library.c: see library.h. */
#include "support/library.h"

#include <cmark.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "os/file.h"

struct library {
	struct article *articles;
	size_t count;
	struct search *search;
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

/* What a person reads of it, without its marks. NULL: memory is short. */
static char *
take_words(cmark_node *document)
{
	cmark_iter *iter = cmark_iter_new(document);
	cmark_event_type event;
	struct buf words;

	buf_init(&words, 2 * ARTICLE_BYTES_MAX);
	buf_put_string(&words, "");
	while ((event = cmark_iter_next(iter)) != CMARK_EVENT_DONE) {
		cmark_node *node = cmark_iter_get_node(iter);
		const char *text = cmark_node_get_literal(node);
		cmark_node_type type = cmark_node_get_type(node);

		if (event == CMARK_EVENT_ENTER && text != NULL && type != CMARK_NODE_HTML_BLOCK &&
		    type != CMARK_NODE_HTML_INLINE)
			buf_put_string(&words, text);
		else if (type == CMARK_NODE_SOFTBREAK || type == CMARK_NODE_LINEBREAK ||
		    (event == CMARK_EVENT_EXIT && (type == CMARK_NODE_PARAGRAPH || type == CMARK_NODE_HEADING)))
			buf_put_string(&words, " ");
	}
	cmark_iter_free(iter);
	return buf_take_string(&words);
}

/* As many whole words as there is room for. */
static void
take_about(struct article *a, const char *words)
{
	size_t n = strlen(words);

	if (n >= sizeof a->about)
		for (n = sizeof a->about - sizeof "\xe2\x80\xa6"; n > 0 && words[n] != ' '; n--)
			;
	memcpy(a->about, words, n);
	strcpy(a->about + n, words[n] == '\0' ? "" : "\xe2\x80\xa6");
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
	if ((*words = take_words(document)) == NULL || a.html == NULL) {
		free(a.html);
		e = fault_set(why, ERR_NOMEM, "out of memory");
		goto done;
	}
	take_about(&a, *words);
	*out = a;
done:
	if (document != NULL)
		cmark_node_free(document);
	buf_fini(&file);
	return e;
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
	else if (search_add(l->search, a.id, a.title, words) != ERR_NONE)
		e = fault_set(why, ERR_IO, "%s cannot be indexed", name);
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
	struct library *l = calloc(1, sizeof *l);
	int fd = -1;
	enum err e;

	if (l == NULL)
		return fault_set(why, ERR_NOMEM, "out of memory");
	if ((e = file_open_dir(AT_FDCWD, dir, false, &fd, why)) != ERR_NONE)
		goto done;
	if ((e = search_new(&l->search, why)) != ERR_NONE)
		goto done;
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
	search_free(l->search);
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

bool
article_is_for(const struct article *a, const char *os)
{
	size_t n = strlen(os);

	for (const char *at = a->os; *at != '\0'; at += strspn(at, ", ")) {
		size_t length = strcspn(at, ",");

		if (length == n && strncmp(at, os, n) == 0)
			return true;
		at += length;
	}
	return false;
}

struct finding {
	const struct library *library;
	library_found_fn *fn;
	void *ctx;
};

static void
found(void *ctx, const char *id, const char *excerpt)
{
	struct finding *f = ctx;
	const struct article *a = library_find(f->library, id);

	if (a != NULL)
		f->fn(f->ctx, a, excerpt == NULL ? "" : excerpt);
}

enum err
library_search(const struct library *l, const char *words, library_found_fn *fn, void *ctx)
{
	struct finding f = { l, fn, ctx };

	return search_run(l->search, words, found, &f);
}

enum err
library_mend(const struct library *l, const char *words, char out[static SEARCH_SIZE])
{
	return search_mend(l->search, words, out);
}
