/* match/fewset.h: a set of a few pieces, made on the spot.
 * Where one part of a signature was found, its other parts are searched for with this: one pass over
 * the object, at every place, for all that is wanted. Places come in the order in which they lie.
 * Owns a copy of the grams only. */
#ifndef HOLDFAST_MATCH_FEWSET_H
#define HOLDFAST_MATCH_FEWSET_H

#include "base/bytes.h"
#include "base/err.h"

/* A gram of 2 or 4 bytes to look for; grams are folded as in match/gram.h. */
struct fewset_gram {
	uint32_t value;		/* gram_load() of it */
	uint8_t size;		/* 2 or 4 */
	uint32_t id;		/* the caller's */
};

struct fewset;

/* ERR_NOMEM. */
enum err fewset_new(const struct fewset_gram *grams, size_t count, struct fewset **out);
void fewset_free(struct fewset *set);

/* A gram stands at ${at} of the text. Return false to stop. */
typedef bool fewset_found_fn(void *ctx, uint32_t id, size_t at);

/* Report each gram that begins in [from, end) of ${text} and lies in it. False: ${found} said stop. */
bool fewset_search(const struct fewset *set, struct bytes text, size_t from, size_t end,
    fewset_found_fn *found, void *ctx);

#endif
