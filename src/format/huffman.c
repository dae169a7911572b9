/* format/huffman.c: see huffman.h. */
#include "format/huffman.h"

#include <string.h>

bool
huffman_build(struct huffman *h, const uint8_t *lengths, size_t n)
{
	uint16_t offset[HUFFMAN_LENGTH_MAX + 2] = { 0 };
	int left = 1;

	memset(h, 0, sizeof *h);
	if (n > HUFFMAN_SYMBOLS_MAX)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (lengths[i] > HUFFMAN_LENGTH_MAX)
			return false;
		h->count[lengths[i]]++;
	}
	for (unsigned l = 1; l <= HUFFMAN_LENGTH_MAX; l++) {
		left = (left << 1) - h->count[l];
		if (left < 0)
			return false;
		offset[l + 1] = (uint16_t)(offset[l] + h->count[l]);
	}
	for (size_t i = 0; i < n; i++)
		if (lengths[i] != 0)
			h->symbol[offset[lengths[i]]++] = (uint16_t)i;
	return true;
}

/* One more bit of a code: the symbol, -1 to go on. */
struct walk {
	unsigned code, first, index;
};

static int
take_bit(const struct huffman *h, struct walk *w, unsigned length, uint32_t bit)
{
	unsigned count = h->count[length];

	w->code |= bit;
	if (w->code < w->first + count)
		return h->symbol[w->index + (w->code - w->first)];
	w->index += count;
	w->first = (w->first + count) << 1;
	w->code <<= 1;
	return -1;
}

typedef uint32_t take_fn(struct bits *b, unsigned n);

/* Each bit is ${turn}ed over. */
static int
take_symbol(const struct huffman *h, struct bits *b, take_fn *take, uint32_t turn)
{
	struct walk w = { 0, 0, 0 };

	if (h->single)
		return h->symbol[0];
	for (unsigned length = 1; length <= HUFFMAN_LENGTH_MAX; length++) {
		int symbol = take_bit(h, &w, length, take(b, 1) ^ turn);

		if (b->bad)
			return -1;
		if (symbol >= 0)
			return symbol;
	}
	return -1;
}

int
huffman_low(const struct huffman *h, struct bits *b)
{
	return take_symbol(h, b, bits_low, 0);
}

int
huffman_low_turned(const struct huffman *h, struct bits *b)
{
	return take_symbol(h, b, bits_low, 1);
}

int
huffman_high(const struct huffman *h, struct bits *b)
{
	return take_symbol(h, b, bits_high, 0);
}
