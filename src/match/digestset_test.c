/* Goal of this test: a digest is found with its size and with no other, and damage is harmless. */
#include <stdlib.h>

#include "base/test.h"
#include "match/digestset.h"

enum { WIDTH = 16, FOUND_MAX = 16 };

struct found {
	uint32_t ids[FOUND_MAX];
	size_t n;
	bool stop;
};

static bool
hear(void *ctx, uint32_t id)
{
	struct found *f = ctx;

	assert_true(f->n < FOUND_MAX);
	f->ids[f->n++] = id;
	return !f->stop;
}

/* A digest whose bytes are all ${fill}. */
static struct digest_record
record(uint8_t fill, uint32_t size, uint32_t id)
{
	struct digest_record r = { .size = size, .id = id };

	memset(r.digest, fill, WIDTH);
	return r;
}

static struct buf
compile(void)
{
	struct digest_record records[] = {
		record(9, 300, 1),
		record(5, 100, 2),
		record(7, 100, 3),
		record(5, 100, 4),
		record(5, 200, 5),
		record(6, DIGEST_ANY_SIZE, 6),
		record(5, DIGEST_ANY_SIZE, 7),
	};
	struct buf image;

	buf_init(&image, 10000);
	CHECK_EQ(
	    digestset_write(records, sizeof records / sizeof records[0], WIDTH, &image), ERR_NONE);
	return image;
}

static struct found
look_up(struct bytes image, uint8_t fill, uint64_t size)
{
	struct digest_record r = record(fill, 0, 0);
	struct found f = { .n = 0 };
	struct digestset set;

	if (digestset_open(image, &set) == ERR_NONE && set.width == WIDTH) {
		(void)digestset_wants(&set, size);
		(void)digestset_find(&set, size, r.digest, hear, &f);
	}
	return f;
}

TEST(a_digest_is_found_for_its_size_and_for_any_size)
{
	struct buf image = compile();
	struct found f = look_up(buf_bytes(&image), 5, 100);

	CHECK_EQ(f.n, 3);
	CHECK_EQ(f.ids[0], 2);
	CHECK_EQ(f.ids[1], 4);
	CHECK_EQ(f.ids[2], 7);
	CHECK_EQ(look_up(buf_bytes(&image), 5, 101).n, 1);
	CHECK_EQ(look_up(buf_bytes(&image), 5, 1ULL << 40).n, 1);
	CHECK_EQ(look_up(buf_bytes(&image), 5, DIGEST_ANY_SIZE).n, 1);
	CHECK_EQ(look_up(buf_bytes(&image), 6, 0).n, 1);
	CHECK_EQ(look_up(buf_bytes(&image), 7, 100).n, 1);
	CHECK_EQ(look_up(buf_bytes(&image), 7, 200).n, 0);
	CHECK_EQ(look_up(buf_bytes(&image), 9, 300).n, 1);
	CHECK_EQ(look_up(buf_bytes(&image), 8, 300).n, 0);
	buf_fini(&image);
}

TEST(only_sizes_that_occur_are_worth_hashing)
{
	struct digest_record records[] = { record(1, 10, 0), record(2, 20, 0) };
	struct digestset set;
	struct buf image;

	buf_init(&image, 10000);
	CHECK_EQ(digestset_write(records, 2, WIDTH, &image), ERR_NONE);
	CHECK_EQ(digestset_open(buf_bytes(&image), &set), ERR_NONE);
	CHECK(digestset_wants(&set, 10));
	CHECK(digestset_wants(&set, 20));
	CHECK(!digestset_wants(&set, 0));
	CHECK(!digestset_wants(&set, 15));
	CHECK(!digestset_wants(&set, 30));
	CHECK(!digestset_wants(&set, UINT64_MAX));
	CHECK(!digestset_wants(&set, DIGEST_ANY_SIZE));
	buf_fini(&image);
	image = compile();
	CHECK_EQ(digestset_open(buf_bytes(&image), &set), ERR_NONE);
	CHECK(digestset_wants(&set, 12345));
	buf_fini(&image);
}

TEST(an_empty_set_wants_nothing)
{
	struct digestset set;
	struct buf image;

	buf_init(&image, 100);
	CHECK_EQ(digestset_write(NULL, 0, 32, &image), ERR_NONE);
	CHECK_EQ(digestset_open(buf_bytes(&image), &set), ERR_NONE);
	CHECK_EQ(set.count, 0);
	CHECK(!digestset_wants(&set, 0));
	CHECK_EQ(look_up(buf_bytes(&image), 1, 1).n, 0);
	buf_fini(&image);
}

TEST(the_hearer_can_stop)
{
	struct buf image = compile();
	struct digest_record r = record(5, 0, 0);
	struct found f = { .stop = true };
	struct digestset set;

	CHECK_EQ(digestset_open(buf_bytes(&image), &set), ERR_NONE);
	CHECK_EQ(digestset_find(&set, 100, r.digest, hear, &f), ERR_CLOSED);
	CHECK_EQ(f.n, 1);
	buf_fini(&image);
}

TEST(every_truncation_of_an_image_is_refused)
{
	struct buf image = compile();

	for (size_t n = 0; n < image.n; n++) {
		uint8_t *exact = test_copy(image.p, n);
		struct digestset set;

		CHECK_EQ(digestset_open(bytes_of(exact, n), &set), ERR_MALFORMED);
		free(exact);
	}
	buf_fini(&image);
}

TEST(no_flipped_bit_leads_outside_the_image)
{
	struct buf image = compile();

	for (size_t bit = 0; bit < image.n * 8; bit++) {
		uint8_t *exact = test_copy(image.p, image.n);

		exact[bit / 8] ^= (uint8_t)(1U << bit % 8);
		look_up(bytes_of(exact, image.n), 5, 100);
		look_up(bytes_of(exact, image.n), 6, 7);
		free(exact);
	}
	buf_fini(&image);
}
