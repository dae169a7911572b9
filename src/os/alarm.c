/* os/alarm.c: see alarm.h. */
#include "os/alarm.h"

#include <errno.h>
#include <sys/timerfd.h>
#include <time.h>

enum err
alarm_new(int *out)
{
	int fd = timerfd_create(CLOCK_BOOTTIME, TFD_NONBLOCK | TFD_CLOEXEC);

	if (fd < 0)
		return err_from_errno(errno);
	*out = fd;
	return ERR_NONE;
}

enum err
alarm_set(int alarm, int64_t boot_ms)
{
	/* All zero would mean never. */
	int64_t ms = boot_ms < 1 ? 1 : boot_ms;
	struct itimerspec when = { .it_value = { ms / 1000, ms % 1000 * 1000000 } };

	if (timerfd_settime(alarm, TFD_TIMER_ABSTIME, &when, NULL) != 0)
		return err_from_errno(errno);
	return ERR_NONE;
}

void
alarm_clear(int alarm)
{
	struct itimerspec never = { .it_value = { 0, 0 } };

	timerfd_settime(alarm, 0, &never, NULL);
}
