/* match/mark.h: the marks of a body: (B), (L) and (W), and their negations.
 * Which bytes each takes was found by asking clamscan for every byte on every side; test/differential
 * asks again. Owns nothing. */
#ifndef HOLDFAST_MATCH_MARK_H
#define HOLDFAST_MATCH_MARK_H

#include "match/part.h"

/* Does the mark ${a} stand at ${at}, taking ${n} bytes there? At an edge n is 0, and the byte before,
 * or at, ${at} decides. */
bool mark_stands_at(const struct atom *a, struct view *v, uint64_t at, uint32_t n);

#endif
