/* scan/scan.h: scan one object with all that is inside it.
 * Joins format, match (through sigdb) and verdict: an object is matched itself, then unpacked, and
 * each of its children is an object again. Owns the limits' enforcement. Must not be linked
 * into any program but the worker and the publisher's: see ARCHITECTURE.md. */
#ifndef HOLDFAST_SCAN_SCAN_H
#define HOLDFAST_SCAN_SCAN_H

#include "base/source.h"
#include "verdict/scan_limits.h"
#include "verdict/verdict.h"

struct sigdb;
struct scan;	/* one thread's scanner, for any number of objects one after another */

/* ${db} is borrowed until scan_free. With ${all}, every signature that matches is named, at every
 * depth; else the first finding ends it. ERR_NOMEM. */
enum err scan_new(const struct sigdb *db, const struct scan_limits *limits, bool all,
    struct scan **out);

/* Scan ${object} into ${out}, initialised by the caller. It is always finished then: whatever goes
 * wrong on the way, memory included, is a reason for an incomplete verdict, not an error. */
void scan_object(struct scan *s, const struct source *object, struct verdict *out);

void scan_free(struct scan *s);

#endif
