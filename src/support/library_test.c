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
	char first[ARTICLE_ID_SIZE], excerpt[1000];
};

static void
note(void *ctx, const struct article *a, const char *excerpt)
{
	struct found *f = ctx;

	if (f->count++ != 0)
		return;
	memcpy(f->first, a->id, sizeof f->first);
	snprintf(f->excerpt, sizeof f->excerpt, "%s", excerpt);
}

static struct found
search(const struct library *l, const char *words)
{
	struct found f = { 0, "", "" };

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
	CHECK_EQ(search(l, "CANCELLING").count, search(l, "cancelled").count);
	/* However far somebody has typed. */
	for (size_t n = 3; n <= strlen("subscription"); n++) {
		char typed[20] = "";

		memcpy(typed, "subscription", n);
		CHECK(search(l, typed).count > 0);
	}
	CHECK_EQ(search(l, "quarantine zebra").count, 0);
	CHECK_EQ(search(l, "").count, 0);
	CHECK_EQ(search(l, "   ").count, 0);
	library_free(l);
}

TEST(what_was_found_is_shown_where_it_stands_without_marks_of_the_text)
{
	struct library *l = open_articles();
	struct found f = search(l, "fetches");

	CHECK_TEXT(f.first, "HF-2006");
	CHECK(strstr(f.excerpt, SEARCH_MARK "fetches" SEARCH_UNMARK) != NULL);
	for (size_t i = 0; i < library_count(l); i++) {
		CHECK(library_at(l, i)->about[0] != '\0');
		CHECK(strpbrk(library_at(l, i)->about, "*`#<") == NULL);
	}
	library_free(l);
}

TEST(a_slip_is_mended_and_what_is_no_slip_is_left)
{
	static const struct {
		const char *typed, *meant;
	} cases[] = { { "quarentine", "quarantine" }, { "quarantie", "quarantine" }, { "qaurantine", "quarantine" },
		{ "quarrantine", "quarantine" }, { "my activaton code", "my activation code" },
		{ "SUBSCRIPTOIN", "subscription" } };
	static const char *const none[] = { "", "zebra", "quarantine", "xyz", "qwertyuiop asdf", "activaton zebra",
		"\"", "\xff\xfe" };
	struct library *l = open_articles();
	char got[SEARCH_SIZE];

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		CHECK_EQ(library_mend(l, cases[i].typed, got), ERR_NONE);
		CHECK_TEXT(got, cases[i].meant);
		CHECK(search(l, got).count > 0);
	}
	for (size_t i = 0; i < sizeof none / sizeof none[0]; i++)
		CHECK_EQ(library_mend(l, none[i], got), ERR_NOT_FOUND);
	library_free(l);
}

TEST(an_article_is_for_the_systems_that_it_names)
{
	const struct article a = { .os = "Linux, Windows 11" };

	CHECK(article_is_for(&a, "Linux"));
	CHECK(article_is_for(&a, "Windows 11"));
	CHECK(!article_is_for(&a, "Windows"));
	CHECK(!article_is_for(&a, "Lin"));
	CHECK(!article_is_for(&a, ""));
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
