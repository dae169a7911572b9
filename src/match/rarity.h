/* match/rarity.h: how often a few bytes in a row occur in ordinary files.
 * A pattern is searched for by its rarest part; this says which that is. Owns the frequencies.
 * Whole numbers only, so that every machine compiles the same database. */
#ifndef HOLDFAST_MATCH_RARITY_H
#define HOLDFAST_MATCH_RARITY_H

#include "base/bytes.h"
#include "base/err.h"

struct rarity;

/* Start from what is built in: how often each byte occurs in the programs, libraries and
 * documents of a desktop system. About ${sample} bytes will be learnt, which sizes the tables for
 * it; they are made when the first are. ERR_NOMEM. */
enum err rarity_new(size_t sample, struct rarity **out);
void rarity_free(struct rarity *r);

/* Count the grams of an ordinary file too; some hundred megabytes of them make a good sample.
 * ERR_NOMEM: it was not counted. */
enum err rarity_learn(struct rarity *r, struct bytes file);

/* How surprising these bytes (2, 4 or 8 of them) are at any one place of an ordinary file, in
 * sixteenths of a bit: rarer is higher. */
unsigned rarity_of(const struct rarity *r, struct bytes gram);

#endif
