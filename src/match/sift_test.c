/* Goal of this test: each way of sifting finds the very places that the portable one does. */
#include <stdlib.h>

#include "base/test.h"
#include "match/sift.h"

enum { FILTER_WORDS_LOG = 10 };

static uint8_t filter[8 << FILTER_WORDS_LOG];
static uint16_t queue[SIFT_BLOCK], other[SIFT_BLOCK];

static void
fill(uint8_t *p, size_t n, uint64_t *seed, uint8_t mask)
{
	for (size_t i = 0; i < n; i++) {
		*seed = *seed * 6364136223846793005U + 1442695040888963407U;
		p[i] = (uint8_t)(*seed >> 33) | mask;
	}
}

TEST(each_way_finds_the_places_that_the_portable_one_finds)
{
	uint8_t text[SIFT_BLOCK + 7];
	uint64_t seed = 1;
	size_t found = 0;

	fill(text, sizeof text, &seed, 0);
	/* Most bits of the filter are set, so that places pass and fail in every position of a row. */
	fill(filter, sizeof filter, &seed, 0x6d);
	for (unsigned tier = 0; tier < TIER_COUNT; tier++) {
		struct sift s = { filter, FILTER_WORDS_LOG, tier_shapes[tier] };

		for (size_t n = 0; n < (size_t)SIFT_BLOCK + s.shape.gram; n += n < 300 ? 1 : 977) {
			uint8_t *exact = test_copy(text, n);
			size_t count = sift_text_by(SIFT_PORTABLE, &s, bytes_of(exact, n), queue);

			found += count;
			for (int way = SIFT_PORTABLE + 1; way < SIFT_WAYS; way++) {
				if (!sift_way_is_here((enum sift_way)way))
					continue;
				CHECK_EQ(sift_text_by((enum sift_way)way, &s, bytes_of(exact, n), other),
				    count);
				CHECK_BYTES(bytes_of(other, 2 * count), bytes_of(queue, 2 * count));
			}
			free(exact);
		}
	}
	CHECK(found > 1000);
}
