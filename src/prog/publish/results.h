/* publish/results.h: what scan prints: verdicts, in the order of the files, whatever the order in which
 * the workers finish. Owns the forms of the lines and the counting. */
#ifndef HOLDFAST_PROG_PUBLISH_RESULTS_H
#define HOLDFAST_PROG_PUBLISH_RESULTS_H

#include "base/err.h"
#include "verdict/verdict.h"

struct results;

struct results_settings {
	bool all;	/* a line for every signature, not only the first */
	bool json;	/* a JSON object a line */
};

struct results_counts {
	uint64_t folders, files, infected, incomplete, errors;
	uint64_t bytes;	/* looked at, unpacked ones included */
};

/* ERR_NOMEM. */
enum err results_new(const struct results_settings *settings, struct results **out);
void results_free(struct results *r);

/* True when no more files can be expected before an earlier one is answered for. */
bool results_is_full(const struct results *r);

/* A file is on its way, which needs room; *tag names it. ERR_NOMEM. */
enum err results_expect(struct results *r, const char *path, uint64_t *tag);

/* Its verdict. Prints it, and what waited for it, as soon as all before it are printed. */
void results_take(struct results *r, uint64_t tag, const struct verdict *verdict);

/* It could not be scanned; ${words} says why. */
void results_take_error(struct results *r, uint64_t tag, const char *words);

/* Something could not be opened: printed in its turn, for which it needs room. */
void results_note_error(struct results *r, const char *path, const char *words);
void results_note_folder(struct results *r);

const struct results_counts *results_counts(const struct results *r);

#endif
