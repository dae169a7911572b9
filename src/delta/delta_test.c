/* Goal of this test: what a delta makes is the new file, byte for byte, whatever changed between the two; it is small when
 * little changed; and a delta that is cut, changed or for another file makes an error, never a crash. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/io.h"
#include "base/test.h"
#include "delta/delta_form.h"

static int
fresh_file(void)
{
	int fd = memfd_create("delta_test", MFD_CLOEXEC);

	CHECK(fd >= 0);
	return fd;
}

static int
file_of(struct bytes b)
{
	int fd = fresh_file();

	CHECK_EQ(io_write_all(fd, b), ERR_NONE);
	CHECK_EQ(lseek(fd, 0, SEEK_SET), 0);
	return fd;
}

static size_t
read_file(int fd, uint8_t *to, size_t room)
{
	size_t n;

	CHECK_EQ(lseek(fd, 0, SEEK_SET), 0);
	CHECK_EQ(io_read_full(fd, to, room, &n), ERR_NONE);
	return n;
}

/* Bytes that no packer makes shorter, the same each time. */
static void
fill(uint8_t *p, size_t n, uint64_t seed)
{
	for (size_t i = 0; i < n; i++) {
		seed = seed * 6364136223846793005u + 1442695040888963407u;
		p[i] = (uint8_t)(seed >> 56);
	}
}

/* Make and apply; the delta's size. */
static size_t
go_there(struct bytes old, struct bytes fresh)
{
	int from = file_of(old), delta = fresh_file(), out = fresh_file();
	uint8_t *got = malloc(fresh.n + 1);
	struct fault why;
	size_t size;

	CHECK_EQ(delta_make(old, fresh, delta, &why), ERR_NONE);
	size = (size_t)lseek(delta, 0, SEEK_CUR);
	CHECK_EQ(lseek(delta, 0, SEEK_SET), 0);
	CHECK_EQ(delta_apply(from, delta, fresh.n, out, &why), ERR_NONE);
	CHECK_BYTES(bytes_of(got, read_file(out, got, fresh.n + 1)), fresh);
	free(got);
	close(from);
	close(delta);
	close(out);
	return size;
}

enum { SIZE = 7 << 20 };

TEST(a_file_that_changed_a_little_is_told_in_a_little)
{
	uint8_t *old = malloc(SIZE), *fresh = malloc(SIZE + 5000);

	fill(old, SIZE, 1);
	memcpy(fresh, old, SIZE);
	CHECK(go_there(bytes_of(old, SIZE), bytes_of(fresh, SIZE)) < 200);
	/* Scattered changes. */
	for (size_t i = 0; i < 100; i++)
		fresh[i * 70001] ^= 0x55;
	CHECK(go_there(bytes_of(old, SIZE), bytes_of(fresh, SIZE)) < 4000);
	/* Something put in at the front moves all the rest. */
	fill(fresh, 5000, 2);
	memcpy(fresh + 5000, old, SIZE);
	CHECK(go_there(bytes_of(old, SIZE), bytes_of(fresh, SIZE + 5000)) < 6000);
	/* And something taken out there, three megabytes of it. */
	memcpy(fresh, old + (3 << 20) + 77, SIZE - (3 << 20) - 77);
	CHECK(go_there(bytes_of(old, SIZE), bytes_of(fresh, SIZE - (3 << 20) - 77)) < 1000);
	free(old);
	free(fresh);
}

TEST(any_two_files_will_do_empty_ones_too)
{
	static const size_t sizes[] = { 0, 1, 31, 32, 100, 70000, DELTA_SHARD, DELTA_SHARD + 1 };
	const size_t count = sizeof sizes / sizeof sizes[0];
	uint8_t *a = malloc(DELTA_SHARD + 1), *b = malloc(DELTA_SHARD + 1);

	fill(a, DELTA_SHARD + 1, 3);
	fill(b, DELTA_SHARD + 1, 4);
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < count; j++)
			go_there(bytes_of(a, sizes[i]), bytes_of(b, sizes[j]));
	free(a);
	free(b);
}

/* A small delta with a shard that is packed and one that is not, and what it is for. */
struct example {
	uint8_t old[3000], fresh[3000], delta[8000];
	size_t size;
};

static void
make_example(struct example *x)
{
	int fd = fresh_file();
	struct fault why;

	fill(x->old, sizeof x->old, 5);
	memcpy(x->fresh, x->old, sizeof x->old);
	x->fresh[1500] ^= 1;
	CHECK_EQ(delta_make(bytes_of(x->old, sizeof x->old), bytes_of(x->fresh, sizeof x->fresh), fd, &why), ERR_NONE);
	x->size = read_file(fd, x->delta, sizeof x->delta);
	CHECK(x->size < 200);
	close(fd);
}

static enum err
apply(struct bytes old, struct bytes delta, uint64_t most)
{
	int from = file_of(old), with = file_of(delta), out = fresh_file();
	struct fault why = { ERR_NONE, "" };
	enum err e = delta_apply(from, with, most, out, &why);

	CHECK(e == ERR_NONE || why.text[0] != '\0');
	close(from);
	close(with);
	close(out);
	return e;
}

TEST(every_truncation_is_truncated_and_more_is_malformed)
{
	static struct example x;
	struct bytes old = bytes_of(x.old, sizeof x.old);

	make_example(&x);
	for (size_t n = 0; n < x.size; n++)
		CHECK_EQ(apply(old, bytes_of(x.delta, n), sizeof x.fresh), ERR_TRUNCATED);
	CHECK_EQ(apply(old, bytes_of(x.delta, x.size), sizeof x.fresh), ERR_NONE);
	CHECK_EQ(apply(old, bytes_of(x.delta, x.size + 1), sizeof x.fresh), ERR_MALFORMED);
}

TEST(a_delta_for_another_file_or_that_makes_too_much_is_refused)
{
	static struct example x;

	make_example(&x);
	CHECK_EQ(apply(bytes_of(x.old, sizeof x.old - 1), bytes_of(x.delta, x.size), sizeof x.fresh), ERR_CONFLICT);
	CHECK_EQ(apply(bytes_of(x.old, sizeof x.old), bytes_of(x.delta, x.size), sizeof x.fresh - 1), ERR_LIMIT);
}

TEST(a_shard_that_fits_nowhere_is_malformed)
{
	/* Where in the shard's header, how many bytes, and what. */
	static const struct {
		size_t at, n;
		uint8_t value;
	} cases[] = { { 0, 4, 0 }, { 0, 4, 0xff }, { 3, 1, 1 }, { 4, 4, 0 }, { 4, 4, 0xff }, { 8, 8, 0xff }, { 9, 1, 1 },
		{ 16, 4, 0xff }, { 17, 1, 0x7f } };
	static struct example x;

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		make_example(&x);
		memset(x.delta + DELTA_HEADER + cases[i].at, cases[i].value, cases[i].n);
		CHECK_EQ(apply(bytes_of(x.old, sizeof x.old), bytes_of(x.delta, x.size), sizeof x.fresh), ERR_MALFORMED);
	}
}

TEST(any_changed_byte_is_an_error_or_another_file_never_a_crash)
{
	static struct example x;

	make_example(&x);
	for (size_t at = 0; at < x.size; at++)
		for (unsigned bit = 0; bit < 8; bit++) {
			x.delta[at] ^= (uint8_t)(1u << bit);
			apply(bytes_of(x.old, sizeof x.old), bytes_of(x.delta, x.size), sizeof x.fresh);
			x.delta[at] ^= (uint8_t)(1u << bit);
		}
}

TEST(every_allocation_may_fail)
{
	static struct example x;
	struct bytes old = bytes_of(x.old, sizeof x.old), fresh = bytes_of(x.fresh, sizeof x.fresh);
	enum err e = ERR_NOMEM;

	make_example(&x);
	for (unsigned nth = 1; e != ERR_NONE; nth++) {
		int fd = fresh_file();
		struct fault why;

		test_fail_allocation(nth);
		e = delta_make(old, fresh, fd, &why);
		test_fail_allocation(0);
		CHECK(e == ERR_NONE || e == ERR_NOMEM);
		close(fd);
	}
	e = ERR_NOMEM;
	for (unsigned nth = 1; e != ERR_NONE; nth++) {
		int from = file_of(old), with = file_of(bytes_of(x.delta, x.size)), out = fresh_file();
		struct fault why;

		test_fail_allocation(nth);
		e = delta_apply(from, with, sizeof x.fresh, out, &why);
		test_fail_allocation(0);
		CHECK(e == ERR_NONE || e == ERR_NOMEM);
		close(from);
		close(with);
		close(out);
	}
}
