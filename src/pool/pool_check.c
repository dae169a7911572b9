/* pool/pool_check.c: try a database out before it comes into use. See pool_test_database in
 * pool.h. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/io.h"
#include "pool/pool.h"

enum sample { SAMPLE_EMPTY = 0, SAMPLE_ZEROS, SAMPLE_TEXT, SAMPLE_BYTES, SAMPLE_PROGRAM, SAMPLES };

static const char *const sample_words[SAMPLES] = {
	[SAMPLE_EMPTY] = "an empty file",
	[SAMPLE_ZEROS] = "a file of zeros",
	[SAMPLE_TEXT] = "a plain text",
	[SAMPLE_BYTES] = "a file of counted bytes",
	[SAMPLE_PROGRAM] = "the scanner's own program",
};

struct check {
	unsigned answered;
	struct fault *why;
	enum err e;	/* of the first sample that fails */
};

/* A program holds other things' magic bytes, and what looks packed and is not may count as damaged: that is
 * the file's own, with whatever database. All else that was not looked at is the database's doing. */
static bool
is_good(const struct verdict *v)
{
	static const enum verdict_gap own[] = { VERDICT_GAP_DAMAGED, VERDICT_GAP_UNSUPPORTED,
		VERDICT_GAP_ENCRYPTED };
	uint64_t gaps = 0;

	for (int g = VERDICT_GAP_NONE + 1; g < VERDICT_GAPS; g++)
		gaps += v->missed[g].count;
	for (size_t i = 0; i < sizeof own / sizeof own[0]; i++)
		gaps -= v->missed[own[i]].count;
	return verdict_kind(v) == VERDICT_CLEAN || (verdict_kind(v) == VERDICT_INCOMPLETE && gaps == 0);
}

static void
judge_sample(void *ctx, uint64_t tag, const struct verdict *v)
{
	struct check *check = ctx;
	enum verdict_kind kind = verdict_kind(v);
	const char *what = tag < SAMPLES ? sample_words[tag] : "?";

	check->answered++;
	if (is_good(v) || check->e != ERR_NONE)
		return;
	if (v->finding_count > 0)
		check->e = fault_set(check->why, ERR_MALFORMED, "it finds %s in %s",
		    v->findings[0].signature, what);
	else
		check->e = fault_set(check->why, ERR_MALFORMED, "with it, the scan of %s is %s",
		    what, verdict_kind_name(kind));
}

/* A file in memory, open for reading only, as the pool wants them. */
static enum err
make_sample(enum sample sample, int *out, struct fault *why)
{
	static const char text[] = "A new database is tried on this text before it is used.\n";
	static uint8_t content[65536];
	struct bytes b = bytes_of(content, sample == SAMPLE_EMPTY ? 0 : sizeof content);
	int fd = memfd_create("sample", MFD_CLOEXEC);
	char path[64];
	enum err e;

	if (fd < 0)
		return fault_errno(why, "cannot make a file in memory");
	for (size_t i = 0; i < sizeof content; i++)
		content[i] = sample == SAMPLE_BYTES ? (uint8_t)(i + i / 256) : 0;
	if (sample == SAMPLE_TEXT)
		b = bytes_of_text(text);
	if ((e = io_write_all(fd, b)) != ERR_NONE) {
		fault_set(why, e, "cannot write a file in memory: %s", err_name(e));
	} else {
		snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
		if ((*out = open(path, O_RDONLY | O_CLOEXEC)) < 0)
			e = fault_errno(why, "cannot open %s", path);
	}
	close(fd);
	return e;
}

static enum err
submit_sample(struct pool *p, enum sample sample, const char *worker, struct fault *why)
{
	int fd = -1;
	enum err e = ERR_NONE;

	if (sample != SAMPLE_PROGRAM)
		e = make_sample(sample, &fd, why);
	else if ((fd = open(worker, O_RDONLY | O_CLOEXEC)) < 0)
		e = fault_errno(why, "cannot open %s", worker);
	return e == ERR_NONE ? pool_submit(p, sample, fd) : e;
}

enum err
pool_test_database(const struct pool_settings *settings, int database, struct pool_database *out,
    struct fault *why)
{
	struct check check = { 0, why, ERR_NONE };
	struct pool_settings s = *settings;
	struct pool *p = NULL;
	enum err e;

	s.workers = 1;
	s.verify = true;
	s.verdict = judge_sample;
	s.ctx = &check;
	if ((e = pool_new(&s, database, &p, why)) != ERR_NONE)
		goto done;
	for (int sample = 0; sample < SAMPLES; sample++)
		if ((e = submit_sample(p, (enum sample)sample, s.worker, why)) != ERR_NONE)
			goto done;
	while (check.answered < SAMPLES)
		if ((e = pool_turn(p, -1, why)) != ERR_NONE)
			goto done;
	if ((e = check.e) == ERR_NONE && out != NULL)
		*out = pool_database(p);
done:
	pool_free(p);
	return e;
}
