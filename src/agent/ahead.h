/* agent/ahead.h: what a person should know of the device's condition without asking: the one rule behind the
 * desktop's notification and the same line in "holdfast status". Pure. */
#ifndef HOLDFAST_AGENT_AHEAD_H
#define HOLDFAST_AGENT_AHEAD_H

#include "agent/reply.h"

/* An end that is known is told so long before. */
#define AHEAD_S (7 * 86400)

enum ahead_kind {
	AHEAD_NOTHING = 0,
	AHEAD_TROUBLE,		/* not protected, or not for long: s->reason */
	AHEAD_ENDS_SOON		/* the paid time ends within AHEAD_S */
};

/* A device that was never activated has no trouble: nobody took anything from it. */
enum ahead_kind ahead_of(const struct device_status *s);

#endif
