/* Fuzzer for a whole scan of arbitrary bytes with a small database: it ends, within its limits,
 * with a verdict that can be sent. */
#include <assert.h>
#include <stdio.h>
#include <unistd.h>
#include <sys/mman.h>

#include "format/container.h"
#include "scan/scan.h"
#include "sigdb/build.h"

const char *__asan_default_options(void);
int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct scan *one, *all;

static struct sigdb *
make_database(void)
{
	struct sigdb_build *build = NULL;
	struct sigdb_stamp stamp = { 1, 0 };
	struct sigdb *db = NULL;
	int fd = memfd_create("database", MFD_CLOEXEC);

	/* What is in nearly every input, so that findings are reached as well. */
	assert(fd >= 0 && sigdb_build_new(&build) == ERR_NONE);
	assert(sigdb_build_add(build, "a.ndb",
		   bytes_of_text("Zeros:0:*:0000000000000000\nFox:0:*:666f78206a756d7073\n"
				 "Words:0:0:504b0304\n"),
		   NULL, NULL) == ERR_NONE);
	assert(sigdb_build_write(build, &stamp, fd, NULL) == ERR_NONE);
	assert(sigdb_open(fd, &db, NULL) == ERR_NONE);
	sigdb_build_free(build);
	close(fd);
	return db;
}

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	struct scan_limits limits = scan_limits_default();
	struct sigdb *db = make_database();

	(void)argc, (void)argv;
	container_prepare();
	limits.depth = 4;
	limits.objects = 50;
	limits.bytes = 4 << 20;
	limits.object_bytes = 256 << 10;
	limits.memory_bytes = 1 << 20;
	limits.time_ms = 2000;
	assert(scan_new(db, &limits, false, &one) == ERR_NONE);
	assert(scan_new(db, &limits, true, &all) == ERR_NONE);
	return 0;
}

/* A size read from an archive may be anything: as outside the sanitizer, malloc(3) says no. Run
 * with -malloc_limit_mb=1000000. */
const char *
__asan_default_options(void)
{
	return "allocator_may_return_null=1:max_allocation_size_mb=512";
}

static enum verdict_kind
scan_it(struct scan *s, struct bytes in)
{
	struct source object = source_of_memory(in);
	enum verdict_kind kind;
	struct verdict v;
	struct buf b;

	verdict_init(&v);
	scan_object(s, &object, &v);
	kind = verdict_kind(&v);
	buf_init(&b, VERDICT_BYTES_MAX);
	verdict_write(&v, &b);
	assert(b.err == ERR_NONE && kind != VERDICT_NONE);
	buf_fini(&b);
	verdict_fini(&v);
	return kind;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum verdict_kind first = scan_it(one, bytes_of(data, size));
	enum verdict_kind every = scan_it(all, bytes_of(data, size));

	/* Whoever stops at the first finding must have found one. */
	assert(first != VERDICT_INFECTED || every == VERDICT_INFECTED);
	return 0;
}
