/* support/library.h: the help articles: Markdown files with a few lines about them on top, read once.
 * Owns their form, their place by topic, and the search in them. Knows no HTTP and no subscriptions.
 *
 *	id: HF-1002
 *	title: Your protection is suspended because a payment is open
 *	os: Linux, Windows
 *	modified: 2026-11-25
 *	topic: Subscription
 *	reasons: billing
 *
 *	The text, in CommonMark, behind the first empty line.
 */
#ifndef HOLDFAST_SUPPORT_LIBRARY_H
#define HOLDFAST_SUPPORT_LIBRARY_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"
#include "support/search.h"

#define ARTICLE_ID_SIZE 16
#define ARTICLE_TITLE_SIZE 121
#define ARTICLE_FIELD_SIZE 121
#define ARTICLE_BYTES_MAX 65536	/* of Markdown: longer ones are several articles */
#define ARTICLES_MAX 1000
#define ARTICLE_ABOUT_SIZE 200	/* what a search engine shows of a page */

struct article {
	char id[ARTICLE_ID_SIZE];	/* "HF-" and digits */
	char title[ARTICLE_TITLE_SIZE];
	char os[ARTICLE_FIELD_SIZE];	/* for which operating systems */
	char modified[11];		/* 2026-11-25 */
	char topic[ARTICLE_FIELD_SIZE];
	char reasons[ARTICLE_FIELD_SIZE]; /* codes of entitle/reason.h; may be empty */
	char about[ARTICLE_ABOUT_SIZE];	/* how the text begins, as plain text */
	char *html;			/* of the text, safe to be put into a page */
};

struct library;

/* Read every *.md below the folder ${dir}. A file that is not an article is ERR_MALFORMED and named, with
 * its line; so are two of one id. Free with library_free. */
enum err library_open(const char *dir, struct library **out, struct fault *why);
void library_free(struct library *l);

/* In the order of their ids. */
size_t library_count(const struct library *l);
const struct article *library_at(const struct library *l, size_t i);

/* NULL: there is none of that id. */
const struct article *library_find(const struct library *l, const char *id);

/* True when ${a} is for the operating system ${os}. */
bool article_is_for(const struct article *a, const char *os);

/* What search_run finds, and what search_mend makes of the words; ${excerpt} as there. */
typedef void library_found_fn(void *ctx, const struct article *a, const char *excerpt);
enum err library_search(const struct library *l, const char *words, library_found_fn *fn, void *ctx);
enum err library_mend(const struct library *l, const char *words, char out[static SEARCH_SIZE]);

#endif
