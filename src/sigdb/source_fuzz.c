/* Fuzzer: a signature source of any kind, compiled, opened again and matched with itself.
 * The first byte picks the kind; the rest is the source. What was compiled must open and verify. */
#include <assert.h>
#include <sys/mman.h>
#include <unistd.h>

#include "sigdb/build.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool
go_on(void *ctx, const char *name)
{
	(void)ctx;
	assert(name[0] != '\0');
	return true;
}

static void
note_skipped(void *ctx, const struct sigdb_skipped *s)
{
	(void)ctx;
	assert(s->reason != SIGDB_TAKEN && s->words[0] != '\0');
}

static void
open_and_match(int fd, struct bytes text)
{
	struct source object = source_of_memory(text);
	struct sigdb_matcher *m;
	struct sigdb *db;
	enum err e;

	assert(sigdb_open(fd, &db, NULL) == ERR_NONE);
	assert(sigdb_verify(db, NULL) == ERR_NONE);
	assert(sigdb_matcher_new(db, &m) == ERR_NONE);
	e = sigdb_match(m, &object, true, go_on, NULL);
	assert(e == ERR_NONE || e == ERR_LIMIT);
	sigdb_matcher_free(m);
	sigdb_close(db);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = { "a.ndb", "a.hdb", "a.ldb", "a.other", "a.mdb", "a.ign2",
		"a.fp", "a.imp", "a.cdb" };
	static const struct sigdb_stamp stamp = { 1, 1 };
	struct sigdb_build *b;
	static int fd = -1;
	struct bytes text;

	if (size == 0)
		return 0;
	if (fd < 0)
		fd = memfd_create("fuzz", MFD_CLOEXEC);
	assert(ftruncate(fd, 0) == 0 && lseek(fd, 0, SEEK_SET) == 0);
	text = bytes_of(data + 1, size - 1);
	assert(sigdb_build_new(&b) == ERR_NONE);
	assert(sigdb_build_add(b, names[data[0] % 9], text, note_skipped, NULL) == ERR_NONE);
	assert(sigdb_build_write(b, &stamp, fd, NULL) == ERR_NONE);
	sigdb_build_free(b);
	open_and_match(fd, text);
	return 0;
}
