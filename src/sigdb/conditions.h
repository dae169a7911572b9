/* sigdb/conditions.h: what a signature asks of the object itself, and of the places in it. */
#ifndef HOLDFAST_SIGDB_CONDITIONS_H
#define HOLDFAST_SIGDB_CONDITIONS_H

#include "sigdb/evaluate.h"
#include "sigdb/signature.h"

/* Target, size, entry point, sections, what it lies in. */
bool conditions_hold(const struct signature *s, const struct evaluated *object);

/* The first place that is allowed, and how many behind it are, too. False: there is none. */
bool conditions_place(const struct where *w, const struct evaluated *object, uint64_t *first,
    uint64_t *shift);

/* Does ${start} begin a key of the version information? */
bool conditions_version(const struct evaluated *object, uint64_t start);

static inline bool
conditions_allow(const struct where *w, const struct evaluated *object, uint64_t start)
{
	uint64_t first, shift;

	if (w->kind == WHERE_VERSION)
		return conditions_version(object, start);
	return w->kind == WHERE_ANY ||
	    (conditions_place(w, object, &first, &shift) && start >= first && start - first <= shift);
}

#endif
