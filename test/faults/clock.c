/* test/faults/clock.c: a wall clock that is wrong, for the tests: preloaded (LD_PRELOAD), it adds the seconds
 * that the file HOLDFAST_FAULT_CLOCK holds, read anew each time, to whatever time of day is asked for. The
 * boot clock stays true, as it does when somebody sets the date.
 *
 * A sandboxed worker, which may open no file, is left alone: it asks for no date. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const char *file;

__attribute__((constructor)) static void
read_environment(void)
{
	if (strcmp(program_invocation_short_name, "holdfast-worker") != 0)
		file = getenv("HOLDFAST_FAULT_CLOCK");
}

static long
seconds_off(void)
{
	char text[32] = "";
	int before = errno, fd;

	if (file != NULL && (fd = open(file, O_RDONLY | O_CLOEXEC)) >= 0) {
		if (read(fd, text, sizeof text - 1) < 0)
			text[0] = '\0';
		close(fd);
	}
	errno = before;
	return strtol(text, NULL, 10);
}

int
clock_gettime(clockid_t which, struct timespec *out)
{
	static int (*real)(clockid_t which, struct timespec *out);
	int result;

	if (real == NULL)
		*(void **)&real = dlsym(RTLD_NEXT, "clock_gettime");
	result = real(which, out);
	if (result == 0 && (which == CLOCK_REALTIME || which == CLOCK_REALTIME_COARSE))
		out->tv_sec += seconds_off();
	return result;
}

time_t
time(time_t *out)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	if (out != NULL)
		*out = now.tv_sec;
	return now.tv_sec;
}

int
gettimeofday(struct timeval *restrict out, void *restrict zone)
{
	struct timespec now;

	(void)zone;
	clock_gettime(CLOCK_REALTIME, &now);
	*out = (struct timeval){ .tv_sec = now.tv_sec, .tv_usec = now.tv_nsec / 1000 };
	return 0;
}
