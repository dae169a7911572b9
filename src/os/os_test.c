/* Goal of this test: files that are old or new, messages that are whole, programs that start bare. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <signal.h>

#include "base/test.h"
#include "os/channel.h"
#include "os/clock.h"
#include "os/file.h"
#include "os/process.h"

static int
open_test_dir(void)
{
	int dir;

	CHECK_EQ(file_open_dir(AT_FDCWD, test_dir(), false, &dir, NULL), ERR_NONE);
	return dir;
}

TEST(a_replaced_file_holds_the_new_content_and_leaves_nothing_beside_it)
{
	int dir = open_test_dir();
	struct buf got;

	buf_init(&got, 100);
	CHECK_EQ(file_replace(dir, "a", bytes_of_text("one"), 0600, NULL), ERR_NONE);
	CHECK_EQ(file_replace(dir, "a", bytes_of_text("two"), 0600, NULL), ERR_NONE);
	CHECK_EQ(file_read(dir, "a", &got, NULL), ERR_NONE);
	CHECK_BYTES(buf_bytes(&got), bytes_of_text("two"));
	CHECK_EQ(faccessat(dir, "a.new", F_OK, 0), -1);
	buf_fini(&got);
	close(dir);
}

TEST(a_file_in_the_current_directory_is_replaced_as_well)
{
	char path[200];

	snprintf(path, sizeof path, "%s/current", test_dir());
	CHECK_EQ(file_replace(AT_FDCWD, path, bytes_of_text("x"), 0600, NULL), ERR_NONE);
	CHECK_EQ(access(path, F_OK), 0);
}

TEST(a_full_disk_leaves_the_old_file)
{
	struct rlimit old, small;
	int dir = open_test_dir();
	struct fault why;
	struct buf got;

	buf_init(&got, 100);
	CHECK_EQ(file_replace(dir, "full", bytes_of_text("old"), 0600, NULL), ERR_NONE);
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &old);
	small = old;
	small.rlim_cur = 2;
	setrlimit(RLIMIT_FSIZE, &small);
	CHECK_EQ(file_replace(dir, "full", bytes_of_text("newer"), 0600, &why), ERR_FULL);
	setrlimit(RLIMIT_FSIZE, &old);
	CHECK_TEXT(why.text, "cannot write full: disk full");
	CHECK_EQ(file_read(dir, "full", &got, NULL), ERR_NONE);
	CHECK_BYTES(buf_bytes(&got), bytes_of_text("old"));
	CHECK_EQ(faccessat(dir, "full.new", F_OK, 0), -1);
	buf_fini(&got);
	close(dir);
}

TEST(a_plain_file_is_read_and_a_link_or_a_pipe_under_its_name_is_not)
{
	int dir = open_test_dir();
	struct fault why;
	struct buf got;

	buf_init(&got, 100);
	CHECK_EQ(file_replace(dir, "plain", bytes_of_text("it"), 0600, NULL), ERR_NONE);
	CHECK_EQ(file_read_plain(dir, "plain", &got, &why), ERR_NONE);
	CHECK_BYTES(buf_bytes(&got), bytes_of_text("it"));
	CHECK_EQ(symlinkat("plain", dir, "link"), 0);
	CHECK_EQ(file_read_plain(dir, "link", &got, &why), ERR_DENIED);
	CHECK_TEXT(why.text, "link is a symbolic link");
	CHECK_EQ(mkfifoat(dir, "pipe", 0600), 0);
	alarm(20);	/* whoever waits for somebody to write waits for good */
	CHECK_EQ(file_read_plain(dir, "pipe", &got, &why), ERR_DENIED);
	alarm(0);
	CHECK_TEXT(why.text, "pipe is not a regular file");
	CHECK_EQ(file_read_plain(dir, ".", &got, &why), ERR_DENIED);
	CHECK_EQ(file_read_plain(dir, "absent", &got, &why), ERR_NOT_FOUND);
	CHECK_EQ(got.n, 2);
	buf_fini(&got);
	close(dir);
}

TEST(a_file_over_the_ceiling_is_refused_and_one_at_it_is_read)
{
	int dir = open_test_dir();
	struct fault why;
	struct buf got;

	CHECK_EQ(file_replace(dir, "big", bytes_of_text("12345"), 0600, NULL), ERR_NONE);
	buf_init(&got, 4);
	CHECK_EQ(file_read(dir, "big", &got, &why), ERR_LIMIT);
	buf_fini(&got);
	buf_init(&got, 5);
	CHECK_EQ(file_read(dir, "big", &got, &why), ERR_NONE);
	CHECK_EQ(got.n, 5);
	buf_fini(&got);
	CHECK_EQ(file_read(dir, "absent", &got, &why), ERR_NOT_FOUND);
	close(dir);
}

TEST(a_key_file_is_made_only_once)
{
	int dir = open_test_dir();

	CHECK_EQ(file_create(dir, "key", bytes_of_text("k"), 0600, NULL), ERR_NONE);
	CHECK_EQ(file_create(dir, "key", bytes_of_text("k"), 0600, NULL), ERR_EXISTS);
	close(dir);
}

TEST(leftovers_of_a_killed_write_are_removed)
{
	int dir = open_test_dir();

	close(openat(dir, "x.new", O_CREAT | O_WRONLY, 0600));
	CHECK_EQ(file_remove_leftovers(dir), ERR_NONE);
	CHECK_EQ(faccessat(dir, "x.new", F_OK, 0), -1);
	close(dir);
}

TEST(a_lock_is_held_by_one)
{
	int dir = open_test_dir(), a, b;

	CHECK_EQ(file_lock(dir, "lock", &a, NULL), ERR_NONE);
	CHECK_EQ(file_lock(dir, "lock", &b, NULL), ERR_CONFLICT);
	close(a);
	CHECK_EQ(file_lock(dir, "lock", &b, NULL), ERR_NONE);
	close(b);
	close(dir);
}

TEST(a_message_arrives_whole_with_its_descriptors)
{
	static uint8_t room[CHANNEL_MESSAGE_MAX];
	struct channel_message m;
	int ends[2], dir = open_test_dir(), fd;

	CHECK_EQ(channel_pair(ends), ERR_NONE);
	CHECK_EQ(channel_send(ends[0], bytes_of_text("hello"), &dir, 1), ERR_NONE);
	CHECK_EQ(channel_receive(ends[1], room, &m), ERR_NONE);
	CHECK_BYTES(m.body, bytes_of_text("hello"));
	CHECK_EQ(m.fd_count, 1);
	fd = channel_take_fd(&m, 0);
	CHECK(fcntl(fd, F_GETFD) == FD_CLOEXEC);
	CHECK_EQ(channel_take_fd(&m, 1), -1);
	close(fd);
	channel_close_fds(&m);
	CHECK_EQ(channel_receive_within(ends[1], 1, room, &m), ERR_TIMEOUT);
	close(ends[0]);
	CHECK_EQ(channel_receive(ends[1], room, &m), ERR_CLOSED);
	CHECK_EQ(channel_send(ends[1], bytes_of_text("x"), NULL, 0), ERR_CLOSED);
	close(ends[1]);
	close(dir);
}

TEST(a_listening_socket_has_its_mode_and_knows_its_peer)
{
	char path[200];
	int listener, client, server;
	uid_t uid;
	pid_t pid;

	snprintf(path, sizeof path, "%s/socket", test_dir());
	CHECK_EQ(channel_listen(path, 0600, &listener, NULL), ERR_NONE);
	CHECK_EQ(channel_connect(path, &client, NULL), ERR_NONE);
	CHECK_EQ(channel_accept(listener, &server), ERR_NONE);
	CHECK_EQ(channel_peer(server, &uid, &pid), ERR_NONE);
	CHECK_EQ(uid, getuid());
	CHECK_EQ(pid, getpid());
	close(client);
	close(server);
	close(listener);
	memset(path, 'x', sizeof path - 1);
	path[sizeof path - 1] = '\0';
	CHECK_EQ(channel_connect(path, &client, NULL), ERR_LIMIT);
}

TEST(a_started_program_gets_its_descriptors_and_an_empty_environment)
{
	const char *const argv[] = { "sh", "-c", "echo \"$SECRET$(ls /proc/self/fd | wc -l)\" >&3", NULL };
	char said[32] = "";
	int ends[2], status;
	pid_t pid;

	setenv("SECRET", "leaked", 1);
	CHECK_EQ(pipe(ends), 0);
	CHECK_EQ(process_start("/bin/sh", argv, &ends[1], 1, &pid, NULL), ERR_NONE);
	close(ends[1]);
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK(read(ends[0], said, sizeof said - 1) > 0);
	/* 0, 1 (the pipe of $(...)), 2, 3, and the directory that ls reads. */
	CHECK_TEXT(said, "5\n");
	close(ends[0]);
}

TEST(a_program_gets_its_descriptors_whatever_their_numbers_were)
{
	enum { HIGHEST = 140 };
	const char *const argv[] = { "sh", "-c", "for i in 3 4 5 6; do read -r x <&$i; printf %s \"$x\"; done >&3",
		NULL };

	/* Each window of four numbers in reverse, below and above those that are used on the way. */
	for (int from = 3; from + 4 < HIGHEST; from++) {
		int files[PROCESS_FDS_MAX], fds[PROCESS_FDS_MAX], status;
		char said[16] = "";
		pid_t pid;

		for (int i = 0; i < PROCESS_FDS_MAX; i++) {
			char line[] = { (char)('a' + i), '\n' };

			CHECK((files[i] = memfd_create("file", MFD_CLOEXEC)) >= 0);
			CHECK_EQ(pwrite(files[i], line, sizeof line, 0), sizeof line);
		}
		for (int i = 0; i < PROCESS_FDS_MAX; i++)
			CHECK((fds[i] = fcntl(files[i], F_DUPFD_CLOEXEC, from + 2 * (i ^ 3))) >= 0);
		CHECK_EQ(process_start("/bin/sh", argv, fds, PROCESS_FDS_MAX, &pid, NULL), ERR_NONE);
		CHECK_EQ(waitpid(pid, &status, 0), pid);
		CHECK_EQ(pread(files[0], said, sizeof said - 1, 2), 4);
		CHECK_TEXT(said, "abcd");
		for (int i = 0; i < PROCESS_FDS_MAX; i++) {
			close(files[i]);
			close(fds[i]);
		}
	}
}

TEST(a_program_that_is_not_there_is_an_error_at_once)
{
	const char *const argv[] = { "none", NULL };
	struct fault why;
	pid_t pid;

	CHECK_EQ(process_start("/nonexistent", argv, NULL, 0, &pid, &why), ERR_NOT_FOUND);
	CHECK_TEXT(why.text, "cannot start /nonexistent: No such file or directory");
}

TEST(the_boot_clock_runs_and_the_boot_has_a_name)
{
	char id[CLOCK_BOOT_ID_SIZE];

	CHECK(clock_boot_ms() > 0);
	clock_boot_id(id);
	CHECK(strlen(id) >= 7);
}
