/* Goal of this test: a process captured in the sandbox gets nothing. Each attempt is made by a
 * child of its own, for most of them are fatal. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/test.h"
#include "os/sandbox.h"

/* How a child ended. A signal counts as itself. */
enum { REFUSED = 140, GOT_THROUGH, NO_SANDBOX };
/* One of two, as the kernel is built. */
enum { ANY_SIGNAL = -1 };

/* Lies where every child can find it, for those that try to read the parent's memory. */
static volatile int secret = 4711;
static uint8_t *database;	/* a page of a file, mapped as the worker maps it */

/* True when the attempt gave the attacker something. */
typedef bool attempt_fn(void);

static int
outcome_as(uid_t uid, attempt_fn *attempt)
{
	int status;
	pid_t pid = fork();

	CHECK(pid >= 0);
	if (pid == 0) {
		struct sandbox_settings settings = { uid, uid, 64 << 20, 0, 10, NULL, 0 };
		uint32_t layers;
		struct fault why;

		/* Not the test harness's handler, nor a sanitizer's. */
		signal(SIGSEGV, SIG_DFL);
		if (sandbox_enter(&settings, &layers, &why) != ERR_NONE)
			_exit(NO_SANDBOX);
		_exit(attempt() ? GOT_THROUGH : REFUSED);
	}
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);
}

static int
outcome(attempt_fn *attempt)
{
	return outcome_as(0, attempt);
}

static bool
compute(void)
{
	void *p = malloc(1 << 20);
	bool failed = p == NULL || database[0] != 'd';

	free(p);
	return failed;
}

static bool
open_file(void)
{
	return open("/etc/passwd", O_RDONLY) >= 0;
}

static bool
open_beneath(void)
{
	return syscall(SYS_openat2, AT_FDCWD, "/", NULL, 0) >= 0;
}

static bool
look_at_file(void)
{
	return access("/etc/passwd", R_OK) == 0;
}

static bool
make_socket(void)
{
	return socket(AF_INET, SOCK_STREAM, 0) >= 0;
}

static bool
make_local_socket(void)
{
	int ends[2];

	return socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0;
}

static bool
run_program(void)
{
	char *none[] = { NULL };

	execve("/bin/true", none, none);
	return false;
}

static bool
run_descriptor(void)
{
	char *none[] = { NULL };

	syscall(SYS_execveat, 0, "", none, none, AT_EMPTY_PATH);
	return false;
}

static bool
make_process(void)
{
	return fork() >= 0;
}

static bool
make_thread(void)
{
	return syscall(SYS_clone3, NULL, 0) >= 0 || errno == EINVAL;
}

static bool
kill_parent(void)
{
	return kill(getppid(), SIGUSR1) == 0;
}

static bool
kill_all(void)
{
	return kill(-1, SIGUSR1) == 0;
}

static pid_t parent;

static bool
signal_parent_thread(void)
{
	return syscall(SYS_tgkill, parent, parent, SIGUSR1) == 0;
}

static bool
trace_parent(void)
{
	return ptrace(PTRACE_ATTACH, parent, NULL, NULL) == 0;
}

static bool
read_parent(void)
{
	int got = 0;
	struct iovec mine = { &got, sizeof got };
	struct iovec theirs = { (void *)(uintptr_t)&secret, sizeof got };

	return process_vm_readv(parent, &mine, 1, &theirs, 1, 0) > 0;
}

static bool
write_database(void)
{
	*(volatile uint8_t *)database = 'x';
	return true;
}

static bool
unlock_database(void)
{
	return mprotect(database, 4096, PROT_READ | PROT_WRITE) == 0;
}

static bool
map_executable(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) !=
	    MAP_FAILED;
}

static bool
make_executable(void)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return p != MAP_FAILED && mprotect(p, 4096, PROT_READ | PROT_EXEC) == 0;
}

static bool
make_executable_by_key(void)
{
	return syscall(SYS_pkey_mprotect, database, 4096, PROT_READ | PROT_EXEC, -1) == 0;
}

static bool
take_parents_descriptor(void)
{
	int pidfd = (int)syscall(SYS_pidfd_open, parent, 0);

	return pidfd >= 0 && syscall(SYS_pidfd_getfd, pidfd, 0, 0) >= 0;
}

static bool
make_memory_file(void)
{
	return memfd_create("x", 0) >= 0;
}

static bool
mount_something(void)
{
	return syscall(SYS_mount, "none", "/", "tmpfs", 0, NULL) == 0;
}

static bool
leave_for_a_namespace(void)
{
	return unshare(CLONE_NEWUSER) == 0;
}

static bool
use_io_uring(void)
{
	return syscall(SYS_io_uring_setup, 4, NULL) >= 0 || errno == EFAULT;
}

static bool
speak(void)
{
	return write(STDERR_FILENO, "", 1) == 1;
}

static bool
take_much_memory(void)
{
	return malloc(512 << 20) != NULL;
}

static bool
call_as_32_bits(void)
{
#ifdef __x86_64__
	long r;

	/* getpid of the 32-bit table, which another filter would have to judge. */
	__asm__ volatile("int $0x80" : "=a"(r) : "a"(20) : "memory");
	return r > 0;
#else
	raise(SIGSYS);
	return false;
#endif
}

static bool
call_as_x32(void)
{
#ifdef __x86_64__
	return syscall(0x40000000 + SYS_getpid) > 0;
#else
	raise(SIGSYS);
	return false;
#endif
}

static const struct {
	const char *what;
	attempt_fn *attempt;
	int want;
} attempts[] = {
	{ "compute, and read the database", compute, REFUSED },
	{ "open a file", open_file, REFUSED },
	{ "open a file by openat2", open_beneath, REFUSED },
	{ "look at a file", look_at_file, REFUSED },
	{ "make a socket", make_socket, SIGSYS },
	{ "make a pair of sockets", make_local_socket, SIGSYS },
	{ "run a program", run_program, SIGSYS },
	{ "run a descriptor", run_descriptor, SIGSYS },
	{ "make a process", make_process, SIGSYS },
	{ "make a thread", make_thread, SIGSYS },
	{ "kill the parent", kill_parent, SIGSYS },
	{ "kill everybody", kill_all, SIGSYS },
	{ "signal a thread of the parent", signal_parent_thread, SIGSYS },
	{ "trace the parent", trace_parent, SIGSYS },
	{ "read the parent's memory", read_parent, SIGSYS },
	{ "take a descriptor of the parent", take_parents_descriptor, SIGSYS },
	{ "write to the database", write_database, SIGSEGV },
	{ "make the database writable", unlock_database, REFUSED },
	{ "map executable memory", map_executable, REFUSED },
	{ "make memory executable", make_executable, REFUSED },
	{ "make memory executable by key", make_executable_by_key, SIGSYS },
	{ "make a file in memory", make_memory_file, SIGSYS },
	{ "mount something", mount_something, SIGSYS },
	{ "leave for another namespace", leave_for_a_namespace, SIGSYS },
	{ "use io_uring", use_io_uring, SIGSYS },
	{ "call as a 32-bit program", call_as_32_bits, ANY_SIGNAL },
	{ "call as an x32 program", call_as_x32, ANY_SIGNAL },
};

static void
map_database(void)
{
	char path[256];
	int fd;

	snprintf(path, sizeof path, "%s/database", test_dir());
	CHECK((fd = open(path, O_RDWR | O_CREAT, 0600)) >= 0);
	CHECK_EQ(write(fd, "database", 8), 8);
	close(fd);
	CHECK((fd = open(path, O_RDONLY)) >= 0);
	database = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);
	CHECK(database != MAP_FAILED);
	close(fd);
	parent = getpid();
}

/* A build with a sanitizer has no ceiling on memory, and may write what the sanitizer says. */
#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

TEST(whatever_a_captured_process_tries_is_refused_or_fatal)
{
	map_database();
	for (size_t i = 0; i < sizeof attempts / sizeof attempts[0]; i++) {
		int got = outcome(attempts[i].attempt);

		if (got != attempts[i].want && (attempts[i].want != ANY_SIGNAL || got >= REFUSED))
			fail_msg("%s: ended by %d, not %d", attempts[i].what, got,
			    attempts[i].want);
	}
}

TEST(memory_has_a_ceiling_and_nothing_can_be_written)
{
	if (SANITIZED)
		return;
	CHECK_EQ(outcome(take_much_memory), REFUSED);
	CHECK_EQ(outcome(speak), REFUSED);
}

static bool
is_somebody_else(void)
{
	/* getuid is refused in the sandbox, so ask by what only root may. */
	return setuid(0) == 0;
}

TEST(root_becomes_somebody_else)
{
	if (geteuid() != 0)
		return;
	map_database();
	CHECK_EQ(outcome_as(65534, compute), REFUSED);
	CHECK_EQ(outcome_as(65534, is_somebody_else), SIGSYS);
	CHECK_EQ(outcome_as(65534, kill_parent), SIGSYS);
}

TEST(the_layers_are_named)
{
	struct buf b;
	char *text;

	buf_init(&b, 1000);
	sandbox_describe(SANDBOX_SECCOMP | SANDBOX_LIMITS, &b);
	text = buf_take_string(&b);
	CHECK_TEXT(text,
	    "seccomp, limits; missing: own user, no new privileges, Landlock, not traceable");
	free(text);
	sandbox_describe(SANDBOX_LAYERS, &b);
	text = buf_take_string(&b);
	CHECK_TEXT(text, "own user, no new privileges, Landlock, seccomp, limits, not traceable");
	free(text);
	sandbox_describe(0, &b);
	text = buf_take_string(&b);
	CHECK(strncmp(text, "missing: own user, ", 19) == 0);
	free(text);
}

/* In the child: keep only ${kept}, and see what is still there. */
static int
count_descriptors(int kept)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		struct sandbox_settings settings = { 0, 0, 64 << 20, 0, 10, &kept, 1 };
		uint32_t layers;
		struct fault why;
		int open_ones = 0;

		if (sandbox_enter(&settings, &layers, &why) != ERR_NONE)
			_exit(NO_SANDBOX);
		for (int fd = 3; fd < 64; fd++)
			open_ones += lseek(fd, 0, SEEK_CUR) >= 0 || errno != EBADF;
		_exit(open_ones);
	}
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	return WEXITSTATUS(status);
}

TEST(all_descriptors_but_those_kept_are_closed)
{
	int a = open("/dev/null", O_RDONLY), b = open("/dev/null", O_RDONLY);

	CHECK_EQ(count_descriptors(b), 1);
	CHECK_EQ(count_descriptors(60), 0);
	close(a);
	close(b);
}
