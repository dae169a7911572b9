/* match/rarity.c: see rarity.h. */
#include "match/rarity.h"

#include <assert.h>
#include <stdlib.h>

#include "match/gram.h"

/* How surprising each byte is, in sixteenths of a bit: counted over 125 MB of the programs,
 * libraries, headers and documents of a Debian 12 system, compressed files left out. */
static const uint8_t byte_rarity[256] = {
	 43, 111, 126, 130, 132, 134, 155, 156, 123, 137,  98, 164, 160, 163, 148, 119,
	140, 164, 162, 175, 165, 163, 176, 178, 151, 177, 176, 177, 164, 177, 180, 150,
	 58, 175, 127, 142, 115, 151, 167, 148, 120, 121, 123, 170, 125, 118, 120, 112,
	122, 122, 133, 140, 143, 139, 148, 153, 144, 139, 131, 133, 123, 131, 124, 184,
	149, 112, 137, 121, 121, 110, 136, 138,  99, 114, 170, 155, 114, 133, 122, 123,
	123, 175, 122, 110, 113, 135, 151, 157, 145, 155, 174, 149, 155, 149, 179,  95,
	150,  87, 118,  96,  97,  74, 105, 115, 106,  86, 151, 128,  96, 109,  86,  87,
	103, 169,  89,  86,  80, 105, 128, 134, 131, 122, 160, 158, 160, 156, 178, 183,
	152, 166, 174, 137, 145, 141, 181, 178, 167, 116, 191, 125, 181, 131, 187, 185,
	162, 193, 195, 187, 180, 183, 189, 192, 177, 185, 190, 191, 185, 191, 193, 190,
	164, 183, 192, 192, 175, 189, 167, 183, 170, 186, 191, 190, 187, 187, 190, 187,
	168, 188, 184, 191, 182, 181, 171, 183, 158, 176, 168, 180, 174, 173, 164, 168,
	141, 165, 161, 149, 167, 172, 168, 155, 174, 176, 188, 194, 192, 194, 175, 183,
	144, 161, 172, 187, 192, 180, 187, 177, 170, 183, 190, 179, 194, 185, 185, 168,
	140, 182, 177, 175, 181, 180, 178, 175, 129, 150, 182, 164, 171, 178, 177, 165,
	168, 190, 179, 180, 186, 188, 168, 178, 157, 178, 171, 167, 160, 165, 152, 100,
};

/* A byte that repeats the one before surprises no more than this: padding, tables, ruled lines. */
enum { REPEAT_RARITY = 24, REPEATED_ZERO_RARITY = 4 };

/* Learnt grams are counted by hash, in tables of this size at most: grams that collide look more
 * common than they are, which costs nothing but a better choice. */
enum { LEARN_LOG_MIN = 8, LEARN_LOG_MAX = 22, PAIR_SLOTS = 1 << 16 };

struct rarity {
	unsigned log;	 /* the tables but the first have 2^log counters */
	uint64_t places; /* how many were counted */
	uint32_t *pairs; /* NULL until something is learnt; then the three are one allocation */
	uint32_t *fours;
	uint32_t *eights;
};

enum err
rarity_new(size_t sample, struct rarity **out)
{
	struct rarity *r = calloc(1, sizeof *r);

	if (r == NULL)
		return ERR_NOMEM;
	r->log = LEARN_LOG_MIN;
	while (r->log < LEARN_LOG_MAX && (1UL << r->log) < sample)
		r->log++;
	*out = r;
	return ERR_NONE;
}

void
rarity_free(struct rarity *r)
{
	if (r == NULL)
		return;
	free(r->pairs);
	free(r);
}

static uint32_t *
learnt_counter(const struct rarity *r, const uint8_t *p, unsigned gram)
{
	uint32_t *table = gram == 4 ? r->fours : r->eights;

	if (gram == 2)
		return &r->pairs[image_load16(p)];
	return &table[gram_hash(gram_load(p, gram)) >> (64 - r->log)];
}

static void
count_up(uint32_t *counter)
{
	if (*counter < UINT32_MAX)
		(*counter)++;
}

static enum err
make_tables(struct rarity *r)
{
	size_t slots = 1UL << r->log;

	if ((r->pairs = calloc(PAIR_SLOTS + 2 * slots, sizeof r->pairs[0])) == NULL)
		return ERR_NOMEM;
	r->fours = r->pairs + PAIR_SLOTS;
	r->eights = r->fours + slots;
	return ERR_NONE;
}

enum err
rarity_learn(struct rarity *r, struct bytes file)
{
	enum err e;

	if (r->pairs == NULL && (e = make_tables(r)) != ERR_NONE)
		return e;
	for (size_t i = 0; i < file.n; i++)
		for (unsigned gram = 2; gram <= 8 && gram <= file.n - i; gram *= 2)
			count_up(learnt_counter(r, file.p + i, gram));
	r->places += file.n;
	return ERR_NONE;
}

/* log2(places / count) in sixteenths, from whole bits; never 0. */
static unsigned
bits_of_count(uint64_t places, uint64_t count)
{
	unsigned bits = 1;

	while (count < places) {
		count *= 2;
		bits++;
	}
	return bits * 16;
}

/* Grams are folded (gram.h), so a byte is as common as the commoner of the two that fold alike. */
static unsigned
folded_rarity(uint8_t byte)
{
	unsigned set = byte_rarity[byte | 0x20], clear = byte_rarity[byte & ~0x20];

	return set < clear ? set : clear;
}

static unsigned
built_in_rarity(struct bytes gram)
{
	unsigned sum = folded_rarity(gram.p[0]);

	for (size_t i = 1; i < gram.n; i++) {
		if (gram.p[i] != gram.p[i - 1])
			sum += folded_rarity(gram.p[i]);
		else
			sum += gram.p[i] == 0 ? REPEATED_ZERO_RARITY : REPEAT_RARITY;
	}
	return sum;
}

unsigned
rarity_of(const struct rarity *r, struct bytes gram)
{
	unsigned built_in = built_in_rarity(gram), learnt;
	uint32_t count;

	assert(gram.n == 2 || gram.n == 4 || gram.n == 8);
	if (r->pairs == NULL)
		return built_in;
	/* Once is no evidence, and may be the asker's own. */
	if ((count = *learnt_counter(r, gram.p, (unsigned)gram.n)) <= 1)
		return built_in;
	learnt = bits_of_count(r->places, count);
	return learnt < built_in ? learnt : built_in;
}
