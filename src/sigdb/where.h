/* sigdb/where.h: the offset field of a signature: "*", "n", "EOF-n", "EP+n", "S2+n", "SE1", "SL+n", "VI",
 * each number with ",maxshift". Owns the reading. */
#ifndef HOLDFAST_SIGDB_WHERE_H
#define HOLDFAST_SIGDB_WHERE_H

#include "match/patset_build.h"
#include "sigdb/build.h"
#include "sigdb/signature.h"

/* ${target} is the signature's: places of a program need one that is a program. */
enum sigdb_reason where_read(struct bytes field, unsigned target, struct where *out, const char **words);

/* The same as a place of the pattern set. False: it has none such, and the match is to be tested. */
bool where_to_place(const struct where *w, struct place *out);

/* The bases of match/patset.h that places are counted from. */
enum { BASE_ENTRY = 0, BASE_LAST_SECTION, BASE_SECTIONS };

#endif
