/* sigdb/regex.h: a regular expression of a signature, by PCRE2.
 * Compiled when it is first needed. With its compiler (JIT) where the process may have new code in
 * memory, else interpreted: the sandboxed worker may not. Limits of backtracking hold for both. */
#ifndef HOLDFAST_SIGDB_REGEX_H
#define HOLDFAST_SIGDB_REGEX_H

#include "base/bytes.h"
#include "base/err.h"

struct regex;

/* ${flags} are enum regex_flag. ERR_MALFORMED with the reason in ${why}; ERR_NOMEM. */
enum err regex_new(struct bytes text, uint32_t flags, struct regex **out, struct fault *why);
/* Would regex_new take it? As regex_new. */
enum err regex_check(struct bytes text, uint32_t flags, struct fault *why);
void regex_free(struct regex *r);

/* Is it compiled to machine code? */
bool regex_is_compiled(const struct regex *r);

/* Search ${text} from ${from} on. ERR_NOT_FOUND: no match. ERR_LIMIT: it backtracks too much.
 * ERR_NOMEM. */
enum err regex_search(const struct regex *r, struct bytes text, size_t from, size_t *start, size_t *end);

#endif
