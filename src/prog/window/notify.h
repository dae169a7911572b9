/* window/notify.h: when the person is told about the device's condition without having asked.
 * Owns the rule and what it remembers; knows no desktop. Pure. */
#ifndef HOLDFAST_WINDOW_NOTIFY_H
#define HOLDFAST_WINDOW_NOTIFY_H

#include "agent/ahead.h"

/* The same cause is told once in so long. */
#define NOTIFY_AGAIN_S 86400

enum notify_kind {
	NOTIFY_NOTHING = 0,
	NOTIFY_TROUBLE,		/* not protected, or not for long: ${reason} */
	NOTIFY_ENDS_SOON,	/* the paid time ends within AHEAD_S */
	NOTIFY_RESOLVED		/* protected again: take the others away */
};

/* What was told last. All zero: nothing yet. */
struct notify_memory {
	enum notify_kind kind;	/* TROUBLE or ENDS_SOON while it stands */
	enum reason reason;
	int64_t told[REASON_COUNT]; /* when each trouble was told */
	int64_t told_end;	/* when the end of ${ends} was told */
	int64_t ends;
};

/* What to do now that the condition is ${s}; ${m} is brought up to date. */
enum notify_kind notify_decide(struct notify_memory *m, const struct device_status *s);

#endif
