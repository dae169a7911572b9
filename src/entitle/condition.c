/* entitle/condition.c: see condition.h. */
#include "entitle/condition.h"

#include <stddef.h>

static struct condition
from_lease(const struct condition_facts *f)
{
	const struct lease *l = f->lease;

	if (l == NULL)
		return (struct condition){ CONDITION_UNPROTECTED, REASON_NOT_ACTIVATED, 0, 0 };
	if (l->features == 0)
		return (struct condition){ CONDITION_UNPROTECTED, l->reason, l->since, 0 };
	if (f->now < l->not_before)
		return (struct condition){ CONDITION_UNPROTECTED, REASON_CLOCK, f->now, 0 };
	if (l->ending != REASON_NONE && f->now < l->expires)
		return (struct condition){ CONDITION_GRACE, l->ending, l->since, l->expires };
	if (l->ending != REASON_NONE)
		return (struct condition){ CONDITION_UNPROTECTED, l->ending, l->expires, 0 };
	if (f->now < l->expires)
		return (struct condition){ CONDITION_PROTECTED, REASON_NONE, l->since, l->expires };
	if (f->now < l->expires + l->grace_s)
		return (struct condition){ CONDITION_GRACE, REASON_UNREACHABLE, l->expires,
			l->expires + l->grace_s };
	return (struct condition){ CONDITION_UNPROTECTED, REASON_UNREACHABLE,
		l->expires + l->grace_s, 0 };
}

struct condition
condition_derive(const struct condition_facts *facts)
{
	struct condition c = from_lease(facts);

	/* The subscription's own reason comes first: it is what a person can act on. */
	if (c.kind != CONDITION_PROTECTED)
		return c;
	if (facts->database_time == 0)
		return (struct condition){ CONDITION_UNPROTECTED, REASON_UPDATE_STALE,
			facts->enrolled, 0 };
	if (facts->now > facts->database_time + DATABASE_STALE_S)
		return (struct condition){ CONDITION_GRACE, REASON_UPDATE_STALE,
			facts->database_time, 0 };
	return c;
}

unsigned
condition_features(const struct condition_facts *facts)
{
	/* Missing data must not lock the updates out that would bring them. */
	return from_lease(facts).kind == CONDITION_UNPROTECTED ? 0 : facts->lease->features;
}

const char *
condition_name(enum condition_kind kind)
{
	switch (kind) {
	case CONDITION_PROTECTED:
		return "protected";
	case CONDITION_GRACE:
		return "grace";
	case CONDITION_UNPROTECTED:
		break;
	}
	return "unprotected";
}
