/* test/faults/captured.c: a process that an attacker runs code in, for the tests: preloaded (LD_PRELOAD), it
 * waits until the process has set itself up and waits for its first event, and then tries to open each path
 * of HOLDFAST_FAULT_OPEN (separated by colons) and to connect to the port HOLDFAST_FAULT_CONNECT of this
 * machine. It says on standard error "captured PROGRAM: WHAT: opened" or "...: refused". */
#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

static void
say(const char *what, bool got)
{
	char line[512];
	int n = snprintf(line, sizeof line, "captured %s: %s: %s\n", program_invocation_short_name, what,
	    got ? "opened" : "refused");

	if (write(STDERR_FILENO, line, (size_t)n) != n)
		abort();
}

static void
try_to_connect(const char *port)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port)),
		.sin_addr = { htonl(INADDR_LOOPBACK) } };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	say("network", fd >= 0 && connect(fd, (struct sockaddr *)&to, sizeof to) == 0);
	if (fd >= 0)
		close(fd);
}

static void
attack_once(void)
{
	static bool done;
	const char *paths = getenv("HOLDFAST_FAULT_OPEN"), *port = getenv("HOLDFAST_FAULT_CONNECT");
	char *copy, *rest = NULL;

	if (done || paths == NULL || port == NULL)
		return;
	done = true;
	copy = strdup(paths);
	for (char *path = strtok_r(copy, ":", &rest); path != NULL; path = strtok_r(NULL, ":", &rest)) {
		int fd = open(path, O_RDONLY | O_CLOEXEC);

		say(path, fd >= 0);
		if (fd >= 0)
			close(fd);
	}
	free(copy);
	try_to_connect(port);
}

int
epoll_wait(int fd, struct epoll_event *events, int count, int timeout)
{
	static int (*real)(int, struct epoll_event *, int, int);

	attack_once();
	if (real == NULL)
		*(void **)&real = dlsym(RTLD_NEXT, "epoll_wait");
	return real(fd, events, count, timeout);
}

int
poll(struct pollfd *fds, nfds_t count, int timeout)
{
	static int (*real)(struct pollfd *, nfds_t, int);

	attack_once();
	if (real == NULL)
		*(void **)&real = dlsym(RTLD_NEXT, "poll");
	return real(fds, count, timeout);
}

/* What poll becomes in a program that is built with _FORTIFY_SOURCE. */
int __poll_chk(struct pollfd *fds, nfds_t count, int timeout, size_t room);

int
__poll_chk(struct pollfd *fds, nfds_t count, int timeout, size_t room)
{
	return room / sizeof *fds < count ? (abort(), -1) : poll(fds, count, timeout);
}
