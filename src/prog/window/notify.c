/* window/notify.c: see notify.h. */
#include "prog/window/notify.h"

static bool
is_due(int64_t told, int64_t now)
{
	/* A time in the future is a clock that was wrong then. */
	return told == 0 || now - told >= NOTIFY_AGAIN_S || told > now;
}

static enum notify_kind
decide_trouble(struct notify_memory *m, const struct device_status *s)
{
	enum reason reason = (unsigned)s->reason < REASON_COUNT ? s->reason : REASON_NONE;

	m->kind = NOTIFY_TROUBLE;
	m->reason = reason;
	if (!is_due(m->told[reason], s->now))
		return NOTIFY_NOTHING;
	m->told[reason] = s->now;
	return NOTIFY_TROUBLE;
}

static enum notify_kind
decide_end(struct notify_memory *m, const struct device_status *s)
{
	m->kind = NOTIFY_ENDS_SOON;
	if (m->ends == s->paid_until && !is_due(m->told_end, s->now))
		return NOTIFY_NOTHING;
	m->ends = s->paid_until;
	m->told_end = s->now;
	return NOTIFY_ENDS_SOON;
}

enum notify_kind
notify_decide(struct notify_memory *m, const struct device_status *s)
{
	bool stood = m->kind != NOTIFY_NOTHING;

	switch (ahead_of(s)) {
	case AHEAD_TROUBLE:
		return decide_trouble(m, s);
	case AHEAD_ENDS_SOON:
		return decide_end(m, s);
	case AHEAD_NOTHING:
		break;
	}
	m->kind = NOTIFY_NOTHING;
	m->reason = REASON_NONE;
	return stood ? NOTIFY_RESOLVED : NOTIFY_NOTHING;
}
