/* bench/sift: what each way of sifting does on this processor, beside the portable one, in one run.
 * Usage: sift FILE: up to 16 MiB of its bytes are sifted through a filter of 1 MiB, of whose bits a fourth is
 * set, as with 100,000 patterns. A line for each shape of grams; the best of five. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "match/sift.h"

enum { FILTER_LOG = 17, TEXT_MAX = 16 << 20, TIMES = 5 };

static uint8_t filter[8 << FILTER_LOG], text[TEXT_MAX];
static uint16_t queue[SIFT_BLOCK];

static double
seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void
fill(void)
{
	uint64_t seed = 1;

	for (size_t i = 0; i < sizeof filter; i++) {
		seed = seed * 6364136223846793005U + 1442695040888963407U;
		filter[i] = (uint8_t)(seed >> 33) & (uint8_t)(seed >> 41);
	}
}

/* MB/s of CPU time. */
static double
measure(const struct sift *s, enum sift_way way, size_t n)
{
	double best = 1e9;

	for (int i = 0; i < TIMES; i++) {
		double begun = seconds(), took;

		for (size_t at = 0; at + SIFT_BLOCK <= n; at += SIFT_BLOCK)
			sift_text_by(way, s, bytes_of(text + at, SIFT_BLOCK), queue);
		took = seconds() - begun;
		best = took < best ? took : best;
	}
	return (double)n / 1e6 / best;
}

int
main(int argc, char **argv)
{
	static const char *const names[SIFT_WAYS] = { "portable", "AVX2", "AVX-512" };
	FILE *f = argc == 2 ? fopen(argv[1], "rb") : NULL;
	size_t n;

	if (f == NULL) {
		fprintf(stderr, "usage: sift FILE\n");
		return 2;
	}
	n = fread(text, 1, sizeof text, f);
	fclose(f);
	fill();
	for (unsigned tier = 0; tier < TIER_COUNT; tier++) {
		const struct sift s = { filter, FILTER_LOG, tier_shapes[tier] };
		double portable = measure(&s, SIFT_PORTABLE, n);

		printf("grams of %u, stride %u: portable %.0f MB/s", s.shape.gram, s.shape.stride, portable);
		for (int way = SIFT_PORTABLE + 1; way < SIFT_WAYS; way++)
			if (sift_way_is_here((enum sift_way)way)) {
				double speed = measure(&s, (enum sift_way)way, n);

				printf(", %s %.0f (%.1f times)", names[way], speed, speed / portable);
			}
		printf("\n");
	}
	return 0;
}
