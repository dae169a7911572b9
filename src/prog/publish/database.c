/* publish/database.c: see database.h. */
#include "prog/publish/database.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/clock.h"
#include "prog/publish/sources.h"

enum err
database_open_compiled(const char *path, int *out, struct fault *why)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	struct stat st;

	if (fd < 0)
		return fault_errno(why, "cannot open %s", path);
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) {
		*out = fd;
		return ERR_NONE;
	}
	close(fd);
	return fault_set(why, ERR_UNSUPPORTED, "%s is not a file", path);
}

static void
count_left_out(void *ctx, const struct sigdb_skipped *skipped)
{
	uint64_t *left_out = ctx;

	(void)skipped;
	++*left_out;
}

/* A file in memory, opened anew for reading only, as workers get it. */
static enum err
write_in_memory(struct sigdb_build *b, int *out, struct fault *why)
{
	const struct sigdb_stamp stamp = { .built = clock_wall() };
	int fd = memfd_create("holdfast-database", MFD_CLOEXEC), again;
	char path[32];
	enum err e;

	if (fd < 0)
		return fault_errno(why, "cannot make a file in memory");
	if ((e = sigdb_build_write(b, &stamp, fd, why)) != ERR_NONE)
		goto done;
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	if ((again = open(path, O_RDONLY | O_CLOEXEC)) < 0)
		e = fault_errno(why, "cannot open the compiled database");
	else
		*out = again;
done:
	close(fd);
	return e;
}

static enum err
compile(const char *path, int *out, uint64_t *left_out, struct fault *why)
{
	struct sigdb_build *b = NULL;
	uint64_t taken = 0, missed = 0;
	enum err e;

	if ((e = sigdb_build_new(&b)) != ERR_NONE)
		return fault_set(why, e, "out of memory");
	for (int pass = SIGDB_PASS_IGNORED; pass <= SIGDB_PASS_REST; pass++) {
		sigdb_build_pass(b, (enum sigdb_pass)pass);
		if ((e = sources_add(b, path, count_left_out, &missed, why)) != ERR_NONE)
			goto done;
	}
	for (int i = 0; i < SIGDB_KINDS; i++)
		taken += sigdb_build_counts(b)->taken[i];
	if (taken == 0) {
		e = fault_set(why, ERR_NOT_FOUND,
		    "not one signature in %s was taken: \"holdfast-publish build\" says why", path);
		goto done;
	}
	if ((e = write_in_memory(b, out, why)) == ERR_NONE)
		*left_out = missed;
done:
	sigdb_build_free(b);
	return e;
}

enum err
database_open(const char *path, int *out, uint64_t *left_out, struct fault *why)
{
	if (sources_is_source(path))
		return compile(path, out, left_out, why);
	*left_out = 0;
	return database_open_compiled(path, out, why);
}
