/* Goal of this test: the real worker, in its sandbox, finds what the scanner finds outside it; and
 * losing it costs one verdict. */
#include <archive.h>
#include <archive_entry.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/io.h"
#include "base/test.h"
#include "os/sandbox.h"
#include "pool/pool.h"
#include "sigdb/build.h"

/* EICAR's last words: no scanner minds them alone. */
#define WORDS "TEST-FILE!$H+H*"
#define WORDS_HEX "544553542d46494c452124482b482a"

static char path_room[256];

static const char *
in_dir(const char *name)
{
	snprintf(path_room, sizeof path_room, "%s/%s", test_dir(), name);
	return path_room;
}

static int
open_file(const char *name)
{
	int fd = open(in_dir(name), O_RDONLY);

	CHECK(fd >= 0);
	return fd;
}

static void
write_file(const char *name, struct bytes content)
{
	int fd = open(in_dir(name), O_WRONLY | O_CREAT | O_TRUNC, 0644);

	CHECK(fd >= 0);
	CHECK_EQ(io_write_all(fd, content), ERR_NONE);
	close(fd);
}

/* Compile ${ndb} into a database file; the caller closes it. */
static int
make_database(const char *ndb)
{
	struct sigdb_build *build;
	struct sigdb_stamp stamp = { 7, 1700000000 };
	struct fault why;
	int fd = open(in_dir("database"), O_RDWR | O_CREAT | O_TRUNC, 0644);

	CHECK(fd >= 0);
	CHECK_EQ(sigdb_build_new(&build), ERR_NONE);
	CHECK_EQ(sigdb_build_add(build, "a.ndb", bytes_of_text(ndb), NULL, NULL), ERR_NONE);
	CHECK_EQ(sigdb_build_write(build, &stamp, fd, &why), ERR_NONE);
	sigdb_build_free(build);
	close(fd);
	return open_file("database");
}

struct answer {
	unsigned total, found, incomplete;
	char where[VERDICT_WHERE_SIZE];
};

static void
note_answer(void *ctx, uint64_t tag, const struct verdict *v)
{
	struct answer *a = ctx;

	(void)tag;
	a->total++;
	a->found += v->finding_count > 0;
	a->incomplete += verdict_kind(v) == VERDICT_INCOMPLETE;
	if (v->finding_count > 0)
		snprintf(a->where, sizeof a->where, "%s", v->findings[0].where);
}

static struct pool_settings
settings(struct answer *a)
{
	return (struct pool_settings){ .worker = WORKER,
		.workers = 1,
		.limits = scan_limits_default(),
		.verdict = note_answer,
		.ctx = a };
}

static struct pool *
start(struct answer *a)
{
	struct pool_settings s = settings(a);
	int database = make_database("Test.Words:0:*:" WORDS_HEX "\n");
	struct pool *p = NULL;
	struct fault why = { ERR_NONE, "" };

	*a = (struct answer){ .total = 0 };
	if (pool_new(&s, database, &p, &why) != ERR_NONE)
		fail_msg("%s", why.text);
	close(database);
	return p;
}

static void
await(struct pool *p)
{
	struct fault why;

	while (pool_busy(p) > 0)
		CHECK_EQ(pool_turn(p, 1000, &why), ERR_NONE);
}

typedef int set_fn(struct archive *);

static void
pack(set_fn *format, set_fn *filter, const char *name)
{
	struct archive *a = archive_write_new();
	struct archive_entry *entry = archive_entry_new();

	CHECK_EQ(format(a), ARCHIVE_OK);
	if (filter != NULL)
		CHECK_EQ(filter(a), ARCHIVE_OK);
	CHECK_EQ(archive_write_open_filename(a, in_dir(name)), ARCHIVE_OK);
	archive_entry_set_filetype(entry, AE_IFREG);
	archive_entry_set_perm(entry, 0644);
	/* Names that must be converted from UTF-16 within the sandbox. */
	archive_entry_set_pathname(entry, "t\xc3\xaaste");
	archive_entry_set_size(entry, sizeof WORDS - 1);
	CHECK(archive_write_header(a, entry) >= ARCHIVE_WARN);
	CHECK_EQ(archive_write_data(a, WORDS, sizeof WORDS - 1), sizeof WORDS - 1);
	CHECK_EQ(archive_write_close(a), ARCHIVE_OK);
	archive_entry_free(entry);
	archive_write_free(a);
}

TEST(all_layers_of_the_sandbox_are_in_force)
{
	uint32_t must = SANDBOX_NO_NEW_PRIVS | SANDBOX_SECCOMP | SANDBOX_LIMITS |
	    SANDBOX_NOT_DUMPABLE;
	struct answer a;
	struct pool *p = start(&a);

	CHECK_EQ(pool_database(p).layers & must, must);
	if (geteuid() == 0)
		CHECK((pool_database(p).layers & SANDBOX_OWN_UID) != 0);
	CHECK_EQ(pool_database(p).signatures, 1);
	CHECK_EQ(pool_database(p).generation, 7);
	CHECK_EQ(pool_database(p).built, 1700000000);
	pool_free(p);
}

/* Every library beneath must be at home in the sandbox. */
TEST(every_kind_of_archive_is_unpacked_in_the_sandbox)
{
	static const struct {
		set_fn *format, *filter;
		const char *where;
	} kinds[] = {
		{ archive_write_set_format_7zip, NULL, "t\xc3\xaaste" },
		{ archive_write_set_format_zip, NULL, NULL },
		{ archive_write_set_format_pax, archive_write_add_filter_gzip, NULL },
		{ archive_write_set_format_gnutar, archive_write_add_filter_bzip2, NULL },
		{ archive_write_set_format_ustar, archive_write_add_filter_xz, NULL },
		{ archive_write_set_format_ustar, archive_write_add_filter_zstd, NULL },
		{ archive_write_set_format_cpio_newc, archive_write_add_filter_lz4, NULL },
		{ archive_write_set_format_iso9660, archive_write_add_filter_lzma, NULL },
		{ archive_write_set_format_xar, NULL, NULL },
		{ archive_write_set_format_ar_svr4, archive_write_add_filter_lzip, NULL },
		{ archive_write_set_format_ustar, archive_write_add_filter_compress, NULL },
		{ archive_write_set_format_ustar, archive_write_add_filter_uuencode, NULL },
	};
	struct answer a;
	struct pool *p;

	setlocale(LC_CTYPE, "C.UTF-8");
	p = start(&a);
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
		pack(kinds[i].format, kinds[i].filter, "archive");
		a.where[0] = '\0';
		CHECK_EQ(pool_submit(p, i, open_file("archive")), ERR_NONE);
		await(p);
		if (a.found != i + 1)
			fail_msg("nothing found in archive %zu", i);
		if (kinds[i].where != NULL)
			CHECK_TEXT(a.where, kinds[i].where);
	}
	CHECK_EQ(a.incomplete, 0);
	pool_free(p);
}

/* The parent of a running process, or -1 when it does not run (any more). */
static pid_t
parent_of(const char *pid)
{
	char path[300], state;
	int parent = -1;
	FILE *f;

	snprintf(path, sizeof path, "/proc/%s/stat", pid);
	if ((f = fopen(path, "r")) == NULL)
		return -1;
	if (fscanf(f, "%*d (%*[^)]) %c %d", &state, &parent) != 2 || state == 'Z')
		parent = -1;
	fclose(f);
	return parent;
}

/* The process whose parent is ${parent}, or -1. */
static pid_t
child_of(pid_t parent)
{
	DIR *proc = opendir("/proc");
	struct dirent *d;
	pid_t found = -1;

	CHECK(proc != NULL);
	while (found < 0 && (d = readdir(proc)) != NULL)
		if (parent_of(d->d_name) == parent)
			found = (pid_t)atoi(d->d_name);
	closedir(proc);
	return found;
}

TEST(a_worker_killed_at_work_is_replaced)
{
	struct answer a;
	struct pool *p = start(&a);
	struct fault why;

	/* Large enough to be at work for seconds. */
	write_file("large", bytes_of("", 0));
	CHECK_EQ(truncate(in_dir("large"), (off_t)64 << 30), 0);
	write_file("words", bytes_of_text(WORDS));
	CHECK_EQ(pool_submit(p, 0, open_file("large")), ERR_NONE);
	CHECK_EQ(pool_submit(p, 1, open_file("words")), ERR_NONE);
	CHECK_EQ(pool_turn(p, 50, &why), ERR_NONE);
	CHECK_EQ(a.total, 0);
	CHECK_EQ(kill(child_of(getpid()), SIGKILL), 0);
	await(p);
	CHECK_EQ(a.total, 2);
	CHECK_EQ(a.incomplete, 1);
	CHECK_EQ(a.found, 1);
	pool_free(p);
}

TEST(a_worker_dies_with_its_parent)
{
	struct answer a;
	pid_t parent = fork(), worker = -1;
	char name[16];

	if (parent == 0) {
		struct pool *p = start(&a);

		CHECK_EQ(pool_submit(p, 0, open_file("large")), ERR_NONE);
		pause();
	}
	for (int i = 0; i < 500 && worker < 0; i++) {
		usleep(10000);
		worker = child_of(parent);
	}
	CHECK(worker > 0);
	kill(parent, SIGKILL);
	CHECK_EQ(waitpid(parent, NULL, 0), parent);
	snprintf(name, sizeof name, "%d", (int)worker);
	for (int i = 0; i < 500 && parent_of(name) != -1; i++)
		usleep(10000);
	CHECK_EQ(parent_of(name), -1);
}

static enum err
try_database(int database, struct fault *why)
{
	struct answer a;
	struct pool_settings s = settings(&a);
	struct pool_database info = { .signatures = 0 };
	enum err e = pool_test_database(&s, database, &info, why);

	CHECK(e != ERR_NONE || info.signatures == 1);
	close(database);
	return e;
}

TEST(a_good_database_passes_its_test)
{
	struct fault why = { ERR_NONE, "" };

	if (try_database(make_database("Test.Words:0:*:" WORDS_HEX "\n"), &why) != ERR_NONE)
		fail_msg("%s", why.text);
}

TEST(a_database_that_finds_evil_in_the_scanner_itself_is_refused)
{
	struct fault why;

	/* "holdfast-worker" */
	CHECK_EQ(try_database(make_database("Wrong:0:*:686f6c64666173742d776f726b6572\n"), &why),
	    ERR_MALFORMED);
	CHECK_TEXT(why.text, "it finds Wrong in the scanner's own program");
}

TEST(a_damaged_database_is_refused_wherever_the_damage_is)
{
	struct buf whole;
	size_t n;
	int fd = make_database("Test.Words:0:*:" WORDS_HEX "\n");

	buf_init(&whole, 8 << 20);
	CHECK(buf_reserve(&whole, 8 << 20) != NULL);
	CHECK_EQ(io_read_full(fd, whole.p, 8 << 20, &n), ERR_NONE);
	close(fd);
	/* A worker is started for each: try some. */
	for (size_t i = 0; i < 12; i++) {
		struct fault why;
		size_t cut = n * i / 12;

		write_file("cut", bytes_of(whole.p, cut));
		CHECK(try_database(open_file("cut"), &why) != ERR_NONE);
		whole.p[cut] ^= 0x10;
		write_file("cut", bytes_of(whole.p, n));
		CHECK(try_database(open_file("cut"), &why) != ERR_NONE);
		whole.p[cut] ^= 0x10;
	}
	buf_fini(&whole);
}

/* Each of its three descriptors: it would otherwise wait for words that never come. */
TEST(a_worker_that_lacks_a_descriptor_says_so)
{
	for (int missing = 3; missing <= 5; missing++) {
		int status = 0;
		pid_t pid = fork();

		if (pid == 0) {
			int pair[2], page = memfd_create("page", 0);

			if (page < 0 || ftruncate(page, 4096) != 0 || socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) != 0)
				_exit(3);
			/* Out of the way of the numbers that count. */
			page = fcntl(page, F_DUPFD, 10);
			pair[0] = fcntl(pair[0], F_DUPFD, 10);
			dup2(pair[0], 3), dup2(page, 4), dup2(page, 5);
			close(missing);
			close(2);
			execl(WORKER, WORKER, (char *)NULL);
			_exit(3);
		}
		CHECK(pid > 0);
		alarm(60);
		CHECK_EQ(waitpid(pid, &status, 0), pid);
		alarm(0);
		CHECK(WIFEXITED(status));
		CHECK_EQ(WEXITSTATUS(status), 2);
	}
}
