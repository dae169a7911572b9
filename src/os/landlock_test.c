/* Goal of this test: a confined process reaches what it was given and nothing else. Each attempt is made by a
 * child of its own, since there is no way back. On a kernel without Landlock there is nothing to test. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/test.h"
#include "os/landlock.h"

enum { DONE = 40, REFUSED, NOT_IN_FORCE, FAILED };

/* Folders "given" (to be written), "shown" (to be read) and "other", each with a file "f" in it, where the test
 * is. */
static void
make_folders(void)
{
	static const char *const files[] = { "given/f", "shown/f", "other/f" };

	if (access("given", F_OK) == 0)
		return;
	CHECK_EQ(chdir(test_dir()), 0);
	CHECK(mkdir("given", 0700) == 0 && mkdir("shown", 0700) == 0 && mkdir("other", 0700) == 0);
	for (size_t i = 0; i < 3; i++) {
		int fd = open(files[i], O_WRONLY | O_CREAT, 0600);

		CHECK(fd >= 0 && write(fd, "x", 1) == 1);
		close(fd);
	}
}

/* True when the attempt was let through. */
typedef bool attempt_fn(void);

static int
outcome_with(attempt_fn *attempt, bool network)
{
	int status;
	pid_t pid;

	make_folders();
	CHECK((pid = fork()) >= 0);
	if (pid == 0) {
		static const struct landlock_path paths[] = { { "given", LANDLOCK_WRITE },
			{ "shown", LANDLOCK_READ }, { "/no/such/place", LANDLOCK_READ },
			{ NULL, LANDLOCK_READ }, { "/etc", LANDLOCK_NOTHING } };
		struct fault why;
		bool in_force;

		if (landlock_enter(paths, 5, network, &in_force, &why) != ERR_NONE)
			_exit(FAILED);
		if (!in_force)
			_exit(NOT_IN_FORCE);
		_exit(attempt() ? DONE : REFUSED);
	}
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static long
version(void)
{
	return syscall(SYS_landlock_create_ruleset, NULL, 0, 1);
}

/* Expect ${want} from a kernel whose Landlock has at least version ${least}. */
#define EXPECT(attempt, network, least, want)                                       \
	do {                                                                        \
		if (version() < (least))                                            \
			skip();                                                     \
		CHECK_EQ(outcome_with(attempt, network), want);                     \
	} while (0)

static bool
opens(const char *name, int flags)
{
	return open(name, flags, 0600) >= 0;
}

static bool
reads_other(void)
{
	return opens("other/f", O_RDONLY);
}

static bool
lists_other(void)
{
	return opens("other", O_RDONLY | O_DIRECTORY);
}

static bool
reads_shown(void)
{
	return opens("shown/f", O_RDONLY) && opens("shown", O_RDONLY | O_DIRECTORY);
}

static bool
writes_shown(void)
{
	return opens("shown/f", O_WRONLY) || opens("shown/new", O_WRONLY | O_CREAT) ||
	    unlink("shown/f") == 0;
}

static bool
writes_given(void)
{
	return opens("given/f", O_RDWR) && opens("given/new", O_WRONLY | O_CREAT) &&
	    truncate("given/new", 5) == 0 && unlink("given/new") == 0;
}

static bool
makes_other_things_in_given(void)
{
	return mkdir("given/folder", 0700) == 0 || symlink("/etc/passwd", "given/link") == 0 ||
	    mkfifo("given/pipe", 0600) == 0;
}

static bool
moves_a_file_in(void)
{
	return rename("other/f", "given/g") == 0 || link("other/f", "given/g") == 0;
}

static bool
reads_etc(void)
{
	return open("/etc/passwd", O_RDONLY) >= 0;
}

static bool
executes(void)
{
	char *const argv[] = { (char *)(uintptr_t) "true", NULL };

	execv("/bin/true", argv);
	return errno != EACCES;
}

static bool
binds(void)
{
	struct sockaddr_in any = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	return bind(fd, (struct sockaddr *)&any, sizeof any) == 0;
}

static bool
connects(void)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) },
		.sin_port = htons(9) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	/* Nobody listens there: to be refused by the peer is to have got through. */
	return connect(fd, (struct sockaddr *)&to, sizeof to) == 0 || errno != EACCES;
}

static bool
signals_parent(void)
{
	return kill(getppid(), 0) == 0;
}

TEST(what_was_not_given_is_neither_read_nor_listed)
{
	EXPECT(reads_other, false, 1, REFUSED);
	EXPECT(lists_other, false, 1, REFUSED);
	EXPECT(reads_etc, false, 1, REFUSED);
}

TEST(what_may_be_read_is_read_and_not_changed)
{
	EXPECT(reads_shown, false, 1, DONE);
	EXPECT(writes_shown, false, 1, REFUSED);
}

TEST(where_it_may_write_files_are_made_and_removed_and_nothing_else)
{
	EXPECT(writes_given, false, 1, DONE);
	EXPECT(makes_other_things_in_given, false, 1, REFUSED);
	EXPECT(moves_a_file_in, false, 1, REFUSED);
}

TEST(nothing_is_executed)
{
	EXPECT(executes, false, 1, REFUSED);
}

TEST(tcp_is_refused_unless_it_was_given)
{
	EXPECT(binds, false, 4, REFUSED);
	EXPECT(connects, false, 4, REFUSED);
	EXPECT(binds, true, 4, DONE);
	EXPECT(connects, true, 4, DONE);
}

TEST(nobody_outside_is_signalled)
{
	EXPECT(signals_parent, false, 6, REFUSED);
}
