/* os/alarm.h: a descriptor that becomes readable at a moment of the boot clock (os/clock.h), which
 * goes on while the machine sleeps: an alarm that passed in sleep rings at waking. */
#ifndef HOLDFAST_OS_ALARM_H
#define HOLDFAST_OS_ALARM_H

#include <stdint.h>

#include "base/err.h"

/* Silent at first, non-blocking and close-on-exec. The caller closes *out. ERR_IO and the like. */
enum err alarm_new(int *out);

/* Ring once when clock_boot_ms reaches ${boot_ms}; a moment that passed rings at once.
 * Replaces what was set before, and silences what rang. */
enum err alarm_set(int alarm, int64_t boot_ms);

/* Do not ring. */
void alarm_clear(int alarm);

#endif
