/* Goal of this test: the articles of the tree are whole, each notice has one, and whatever is typed into the
 * search is only ever words. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/test.h"
#include "entitle/notice.h"
#include "os/file.h"
#include "support/library.h"

static struct library *
open_articles(void)
{
	struct library *l = NULL;
	struct fault why = { ERR_NONE, "" };

	CHECK_EQ(library_open(ARTICLES, &l, &why), ERR_NONE);
	return l;
}

struct found {
	size_t count;
	char first[ARTICLE_ID_SIZE];
};

static void
note(void *ctx, const struct article *a)
{
	struct found *f = ctx;

	if (f->count++ == 0)
		memcpy(f->first, a->id, sizeof f->first);
}

static struct found
search(const struct library *l, const char *words)
{
	struct found f = { 0, "" };

	CHECK_EQ(library_search(l, words, note, &f), ERR_NONE);
	return f;
}

TEST(every_notice_has_its_article)
{
	struct library *l = open_articles();

	for (int r = 0; r < REASON_COUNT; r++) {
		const struct article *a = library_find(l, notice_for((enum reason)r)->article);

		CHECK(a != NULL);
		CHECK(strstr(a->reasons, reason_code((enum reason)r)) != NULL);
	}
	CHECK(library_find(l, "HF-99999") == NULL);
	library_free(l);
}

TEST(every_link_from_one_article_to_another_leads_somewhere)
{
	struct library *l = open_articles();

	for (size_t i = 0; i < library_count(l); i++) {
		const char *at = library_at(l, i)->html;

		while ((at = strstr(at, "href=\"/support/")) != NULL) {
			char id[ARTICLE_ID_SIZE];

			at += strlen("href=\"/support/");
			CHECK(sscanf(at, "%15[^\"]", id) == 1);
			CHECK(library_find(l, id) != NULL);
		}
	}
	library_free(l);
}

TEST(articles_are_found_by_words_their_forms_and_their_beginnings)
{
	struct library *l = open_articles();

	CHECK_TEXT(search(l, "scam").first, "HF-2008");
	CHECK(search(l, "cancelled").count > 0);
	CHECK_EQ(search(l, "cancel").count, search(l, "cancelled").count);
	CHECK(search(l, "quaran").count > 0);
	CHECK_EQ(search(l, "quarantine zebra").count, 0);
	CHECK_EQ(search(l, "").count, 0);
	CHECK_EQ(search(l, "   ").count, 0);
	library_free(l);
}

TEST(nothing_that_is_typed_is_an_operator)
{
	static const char *const typed[] = { "\"", "\"\"", "a OR b", "NOT", "title:", "(", ")", "*", "^a",
		"NEAR(a b)", "a AND", "-a", "'; DROP TABLE article; --", "\xff\xfe", "a\"b", "{title} : x" };
	struct library *l = open_articles();

	for (size_t i = 0; i < sizeof typed / sizeof typed[0]; i++)
		search(l, typed[i]);
	CHECK_EQ(search(l, "scam").count, 1);
	library_free(l);
}

/* Articles in a folder of the test's own. */
static enum err
open_one(const char *text, struct library **out, struct fault *why)
{
	char path[4096];
	static int n;
	int dir = -1;

	snprintf(path, sizeof path, "%s/%d", test_dir(), n++);
	CHECK_EQ(file_open_dir(AT_FDCWD, path, true, &dir, NULL), ERR_NONE);
	CHECK_EQ(file_replace(dir, "a.md", bytes_of_text(text), 0600, NULL), ERR_NONE);
	close(dir);
	return library_open(path, out, why);
}

#define HEAD "id: HF-7\ntitle: T\nos: Linux\nmodified: 2026-11-25\ntopic: X\n\n"

TEST(a_file_that_is_no_article_is_named_with_what_is_wrong)
{
	static const char *const bad[] = { "", "id: HF-7\n", "id: HF-7\n\ntext",
		"id: HF-7\nid: HF-7\ntitle: T\nos: L\nmodified: 2026-11-25\ntopic: X\n\nt",
		"id: X7\ntitle: T\nos: L\nmodified: 2026-11-25\ntopic: X\n\nt",
		"id: HF-7\ntitle: T\nos: L\nmodified: 25.11.2026\ntopic: X\n\nt",
		"id: HF-7\ntitle: T\nos: L\nmodified: 2026-11-25\ntopic: X\ncolour: red\n\nt" };
	struct library *l = NULL;
	struct fault why;

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		CHECK_EQ(open_one(bad[i], &l, &why), ERR_MALFORMED);
		CHECK(strstr(why.text, "a.md") != NULL);
	}
	CHECK(l == NULL);
}

TEST(raw_html_and_addresses_that_run_something_are_left_out)
{
	struct library *l = NULL;
	struct fault why;

	CHECK_EQ(open_one(HEAD "<script>alert(1)</script>\n\n[x](javascript:alert(1)) *fine* <b>&</b>", &l, &why),
	    ERR_NONE);
	CHECK(strstr(library_at(l, 0)->html, "script") == NULL);
	CHECK(strstr(library_at(l, 0)->html, "<b>") == NULL);
	CHECK(strstr(library_at(l, 0)->html, "<em>fine</em>") != NULL);
	library_free(l);
}
