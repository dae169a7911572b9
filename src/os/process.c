/* os/process.c: see process.h. */
#include "os/process.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/close_range.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* Room for the few variables that pass. */
enum { ENVIRONMENT_MAX = 64 };

static bool
variable_may_pass(const char *entry)
{
	static const char *const starts[] = { "PATH=", "LANG=", "TZ=", "HOLDFAST_", "SSL_CERT_",
		"LD_PRELOAD=", "ASAN_OPTIONS=", "UBSAN_OPTIONS=", "FAKETIME" };
	const char *equals = strchr(entry, '=');
	static const char proxy[] = "_proxy";

	for (size_t i = 0; i < sizeof starts / sizeof starts[0]; i++)
		if (strncmp(entry, starts[i], strlen(starts[i])) == 0)
			return true;
	return equals != NULL && equals - entry > (ptrdiff_t)sizeof proxy - 1 &&
	    strncmp(equals - (sizeof proxy - 1), proxy, sizeof proxy - 1) == 0;
}

static void
choose_environment(char **out)
{
	size_t n = 0;

	for (char **e = environ; *e != NULL && n < ENVIRONMENT_MAX - 1; e++)
		if (variable_may_pass(*e))
			out[n++] = *e;
	out[n] = NULL;
}

/* In the child, between fork and exec: only async-signal-safe calls. */
static void
become(const char *path, const char *const *argv, char **environment, const int *fds,
    size_t fd_count)
{
	enum { PARKED = 64 };	/* above every target number, so that moving cannot overwrite */
	int parked[PROCESS_FDS_MAX];
	sigset_t none;
	int null;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	/* At numbers that are free: who holds many has one there that is still to be moved. */
	for (size_t i = 0; i < fd_count; i++)
		if ((parked[i] = fcntl(fds[i], F_DUPFD, PARKED)) < 0)
			_exit(127);
	for (size_t i = 0; i < fd_count; i++)
		if (dup2(parked[i], 3 + (int)i) < 0)
			_exit(127);
	if ((null = open("/dev/null", O_RDWR)) < 0)
		_exit(127);
	dup2(null, 0);
	dup2(null, 1);
	/* The descriptor behind the pipe that reports a failed exec closes itself on success. */
	close_range(3 + (unsigned)fd_count, ~0U, CLOSE_RANGE_CLOEXEC);
	execve(path, (char *const *)(uintptr_t)argv, environment);
}

enum err
process_start(const char *path, const char *const *argv, const int *fds, size_t fd_count,
    pid_t *out, struct fault *why)
{
	char *environment[ENVIRONMENT_MAX];
	int report[2], failure = 0;
	ssize_t n;
	pid_t pid;

	if (fd_count > PROCESS_FDS_MAX)
		return fault_set(why, ERR_LIMIT, "too many descriptors for %s", path);
	if (pipe2(report, O_CLOEXEC) != 0)
		return fault_errno(why, "cannot make a pipe");
	choose_environment(environment);
	if ((pid = fork()) < 0) {
		enum err e = fault_errno(why, "cannot start %s", path);

		close(report[0]);
		close(report[1]);
		return e;
	}
	if (pid == 0) {
		/* Out of the way of the numbers that become() fills. */
		int high = fcntl(report[1], F_DUPFD_CLOEXEC, 128);

		become(path, argv, environment, fds, fd_count);
		failure = errno;
		if (write(high, &failure, sizeof failure) < 0)
			_exit(126);
		_exit(127);
	}
	close(report[1]);
	do {
		n = read(report[0], &failure, sizeof failure);
	} while (n < 0 && errno == EINTR);
	close(report[0]);
	if (n == (ssize_t)sizeof failure) {
		waitpid(pid, NULL, 0);
		errno = failure;
		return fault_errno(why, "cannot start %s", path);
	}
	*out = pid;
	return ERR_NONE;
}

enum err
process_own_dir(char *out, size_t size)
{
	char path[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", path, sizeof path - 1);
	char *slash;

	if (n < 0)
		return err_from_errno(errno);
	path[n] = '\0';
	if ((slash = strrchr(path, '/')) == NULL || (size_t)(slash - path) >= size)
		return ERR_LIMIT;
	*slash = '\0';
	memcpy(out, path, (size_t)(slash - path) + 1);
	return ERR_NONE;
}

enum err
process_find_sibling(const char *folder, const char *name, char *out, size_t size,
    struct fault *why)
{
	char dir[PATH_MAX], path[PATH_MAX * 2];
	const char *const places[][2] = { { "", "" }, { "../", folder }, { "../libexec/holdfast", "" } };
	enum err e;

	if ((e = process_own_dir(dir, sizeof dir)) != ERR_NONE)
		return fault_set(why, e, "cannot tell where this program lies");
	for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
		int n = snprintf(path, sizeof path, "%s/%s%s/%s", dir, places[i][0], places[i][1],
		    name);

		if (n < 0 || (size_t)n >= size || access(path, X_OK) != 0)
			continue;
		memcpy(out, path, (size_t)n + 1);
		return ERR_NONE;
	}
	return fault_set(why, ERR_NOT_FOUND, "cannot find the program %s near %s", name, dir);
}

void
process_end_text(int wait_status, char *out, size_t size)
{
	if (WIFSIGNALED(wait_status))
		snprintf(out, size, "signal %d (%s)", WTERMSIG(wait_status),
		    strsignal(WTERMSIG(wait_status)));
	else
		snprintf(out, size, "exit status %d", WEXITSTATUS(wait_status));
}

void
process_protect_memory(void)
{
	struct rlimit none = { 0, 0 };

	prctl(PR_SET_DUMPABLE, 0);
	setrlimit(RLIMIT_CORE, &none);
}
