/* publish/place.c: see place.h. */
#include "prog/publish/place.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/io.h"
#include "base/test.h"
#include "codec/encode.h"
#include "crypto/hash.h"
#include "os/file.h"

enum { ARGUMENTS_MAX = 16, OUTPUT_MAX = 1 << 20 };

void
place_open(struct place *p)
{
	static unsigned number;

	snprintf(p->path, sizeof p->path, "%s/place%u", test_dir(), number++);
	CHECK_EQ(file_open_dir(AT_FDCWD, p->path, true, &p->dir, &p->why), ERR_NONE);
	buf_init(&p->out, OUTPUT_MAX);
	buf_init(&p->err, OUTPUT_MAX);
}

void
place_close(struct place *p)
{
	close(p->dir);
	buf_fini(&p->out);
	buf_fini(&p->err);
}

void
place_put(struct place *p, const char *name, const char *text)
{
	int fd = openat(p->dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	CHECK(fd >= 0);
	CHECK_EQ(io_write_all(fd, bytes_of_text(text)), ERR_NONE);
	close(fd);
}

static void
become_program(const struct place *p, char **argv, const struct conditions *c)
{
	int out = openat(p->dir, ".out", O_RDWR | O_CREAT | O_TRUNC, 0600);
	int err = openat(p->dir, ".err", O_RDWR | O_CREAT | O_TRUNC, 0600);
	struct rlimit limit = { c->file_size, c->file_size };

	if (fchdir(p->dir) != 0 || dup2(out, 1) < 0 || dup2(err, 2) < 0)
		_exit(126);
	if (c->file_size != 0) {
		signal(SIGXFSZ, SIG_IGN);
		setrlimit(RLIMIT_FSIZE, &limit);
	}
	execv(PUBLISH, argv);
	_exit(127);
}

int
place_run_under(struct place *p, const char *words, const struct conditions *c)
{
	char copy[1024], *argv[ARGUMENTS_MAX + 2] = { (char[]){ "holdfast-publish" } };
	const struct timespec wait = { c->kill_after_us / 1000000, c->kill_after_us % 1000000 * 1000 };
	int argc = 1, status;
	pid_t pid;

	snprintf(copy, sizeof copy, "%s", words);
	for (char *word = strtok(copy, " "); word != NULL; word = strtok(NULL, " "))
		argv[argc++] = word;
	CHECK((pid = fork()) >= 0);
	if (pid == 0)
		become_program(p, argv, c);
	if (c->kill_after_us != 0) {
		nanosleep(&wait, NULL);
		kill(pid, SIGKILL);
	}
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	buf_clear(&p->out);
	buf_clear(&p->err);
	CHECK_EQ(file_read(p->dir, ".out", &p->out, &p->why), ERR_NONE);
	CHECK_EQ(file_read(p->dir, ".err", &p->err, &p->why), ERR_NONE);
	buf_u8(&p->out, '\0');
	buf_u8(&p->err, '\0');
	return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

int
place_run(struct place *p, const char *words)
{
	static const struct conditions none = { 0, 0 };

	return place_run_under(p, words, &none);
}

const char *
place_out(const struct place *p)
{
	return (const char *)p->out.p;
}

const char *
place_err(const struct place *p)
{
	return (const char *)p->err.p;
}

void
place_put_sources(struct place *p)
{
	char hex[2 * HASH_MAX + 1], line[128];
	uint8_t digest[HASH_MAX];

	CHECK_EQ(mkdirat(p->dir, "sources", 0755), 0);
	place_put(p, "sources/a.ndb", "Test.Body:0:*:48656c6c6f20576f726c64\nnonsense\n");
	CHECK_EQ(hash_of(HASH_SHA256, bytes_of_text("hashed\n"), digest), ERR_NONE);
	encode_hex(bytes_of(digest, 32), hex);
	snprintf(line, sizeof line, "%s:7:Test.Hash\n", hex);
	place_put(p, "sources/b.hsb", line);
	place_put(p, "sources/README", "not signatures\n");
}
