/* support/search.h: full-text search over a few hundred articles, in memory: SQLite's FTS5. Owns how what a person types
 * is understood. Knows no files and no pages. */
#ifndef HOLDFAST_SUPPORT_SEARCH_H
#define HOLDFAST_SUPPORT_SEARCH_H

#include "base/err.h"

#define SEARCH_SIZE 201		/* a question that a person types */
#define SEARCH_RESULTS_MAX 30	/* nobody reads on */

struct search;

/* Free with search_free. ERR_IO, ERR_NOMEM. */
enum err search_new(struct search **out, struct fault *why);
void search_free(struct search *s);

/* Add a text under the name ${id}. ERR_IO. */
enum err search_add(struct search *s, const char *id, const char *title, const char *text);

/* Where what was found stands in the text, between these two. */
#define SEARCH_MARK "\x02"
#define SEARCH_UNMARK "\x03"

typedef void search_found_fn(void *ctx, const char *id, const char *excerpt);

/* Call ${fn} with each that has all the words of ${words} in title or text: whole, as their beginning, or as another
 * form of theirs; the best first, at most SEARCH_RESULTS_MAX. Whatever ${words} holds is only ever words. ERR_NOMEM,
 * ERR_IO. */
enum err search_run(const struct search *s, const char *words, search_found_fn *fn, void *ctx);

/* The same words, those that stand nowhere replaced by ones that do and differ by a slip: a letter too many, missing,
 * wrong or in the wrong place. ERR_NOT_FOUND: there is nothing to mend, or nothing like it. ERR_IO. */
enum err search_mend(const struct search *s, const char *words, char out[static SEARCH_SIZE]);

#endif
