/* os/clock.c: see clock.h. */
#include "os/clock.h"

#include <fcntl.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

int64_t
clock_wall(void)
{
	return (int64_t)time(NULL);
}

int64_t
clock_boot_ms(void)
{
	struct timespec t;

	if (clock_gettime(CLOCK_BOOTTIME, &t) != 0)
		return 0;
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void
clock_boot_id(char out[static CLOCK_BOOT_ID_SIZE])
{
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, out, CLOCK_BOOT_ID_SIZE - 1);

	if (fd >= 0)
		close(fd);
	if (n == CLOCK_BOOT_ID_SIZE - 1)
		out[n] = '\0';
	else
		snprintf(out, CLOCK_BOOT_ID_SIZE, "unknown");
}
