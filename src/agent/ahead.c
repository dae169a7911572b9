/* agent/ahead.c: see ahead.h. */
#include "agent/ahead.h"

enum ahead_kind
ahead_of(const struct device_status *s)
{
	if (s->condition != CONDITION_PROTECTED)
		return s->reason == REASON_NOT_ACTIVATED ? AHEAD_NOTHING : AHEAD_TROUBLE;
	return s->paid_until != 0 && s->paid_until - s->now <= AHEAD_S ? AHEAD_ENDS_SOON : AHEAD_NOTHING;
}
