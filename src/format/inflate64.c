/* format/inflate64.c: Deflate64, which zlib does not undo: Deflate with a window of 64 KiB, lengths
 * of up to 65,538 and two more distances. Follows RFC 1951 and the differences that APPNOTE names. */
#include <stdlib.h>

#include "format/huffman.h"
#include "format/pack.h"
#include "format/window.h"

enum { LITERALS = 288, DISTANCES = 32, END = 256 };

static const uint16_t length_base[] = { 3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35,
	43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 3 };
static const uint8_t length_bits[] = { 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3,
	4, 4, 4, 4, 5, 5, 5, 5, 16 };
static const uint16_t distance_base[] = { 1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193,
	257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577, 32769,
	49153 };

struct inflater {
	struct bits in;
	struct window *w;
	struct huffman literals, distances;
};

static bool
copy_stored(struct inflater *f)
{
	uint32_t n, check;

	/* The rest of the byte is nobody's. */
	bits_low(&f->in, f->in.count % 8);
	n = bits_low(&f->in, 16);
	check = bits_low(&f->in, 16);
	if (f->in.bad || (n ^ check) != 0xffff)
		return false;
	for (; n > 0 && !f->in.bad && !f->w->refused; n--)
		window_put(f->w, (uint8_t)bits_low(&f->in, 8));
	return !f->in.bad;
}

static void
set_fixed(struct inflater *f)
{
	uint8_t lengths[LITERALS];

	memset(lengths, 8, sizeof lengths);
	memset(lengths + 144, 9, 112);
	memset(lengths + 256, 7, 24);
	huffman_build(&f->literals, lengths, LITERALS);
	memset(lengths, 5, DISTANCES);
	huffman_build(&f->distances, lengths, DISTANCES);
}

static bool
read_lengths(struct inflater *f, const struct huffman *code, uint8_t *lengths, unsigned n)
{
	for (unsigned i = 0; i < n;) {
		int symbol = huffman_low(code, &f->in);
		unsigned repeat = 1;
		uint8_t value = 0;

		if (symbol < 0)
			return false;
		if (symbol < 16)
			value = (uint8_t)symbol;
		else if (symbol == 16)
			repeat = 3 + bits_low(&f->in, 2);
		else
			repeat = symbol == 17 ? 3 + bits_low(&f->in, 3) : 11 + bits_low(&f->in, 7);
		if (symbol == 16) {
			if (i == 0)
				return false;
			value = lengths[i - 1];
		}
		if (repeat > n - i)
			return false;
		memset(lengths + i, value, repeat);
		i += repeat;
	}
	return !f->in.bad;
}

static bool
set_dynamic(struct inflater *f)
{
	static const uint8_t order[] = { 16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14,
		1, 15 };
	uint8_t lengths[LITERALS + DISTANCES] = { 0 };
	unsigned literals = 257 + bits_low(&f->in, 5), distances = 1 + bits_low(&f->in, 5);
	unsigned codes = 4 + bits_low(&f->in, 4);
	struct huffman code;

	for (unsigned i = 0; i < codes; i++)
		lengths[order[i]] = (uint8_t)bits_low(&f->in, 3);
	if (f->in.bad || literals > LITERALS || !huffman_build(&code, lengths, 19))
		return false;
	memset(lengths, 0, sizeof lengths);
	return read_lengths(f, &code, lengths, literals + distances) &&
	    huffman_build(&f->literals, lengths, literals) &&
	    huffman_build(&f->distances, lengths + literals, distances);
}

static bool
inflate_block(struct inflater *f)
{
	while (!f->w->refused) {
		int symbol = huffman_low(&f->literals, &f->in);
		uint32_t length, distance;

		if (symbol < 0)
			return false;
		if (symbol < END) {
			window_put(f->w, (uint8_t)symbol);
			continue;
		}
		if (symbol == END)
			return true;
		symbol -= END + 1;
		if ((size_t)symbol >= sizeof length_bits)
			return false;
		length = length_base[symbol] + bits_low(&f->in, length_bits[symbol]);
		symbol = huffman_low(&f->distances, &f->in);
		if (symbol < 0)
			return false;
		distance = distance_base[symbol] +
		    bits_low(&f->in, symbol < 2 ? 0 : (unsigned)symbol / 2 - 1);
		if (f->in.bad || distance > f->w->written)
			return false;
		window_copy(f->w, distance, length);
	}
	return true;
}

static bool
inflate_all(struct inflater *f)
{
	bool last = false, ok = true;

	while (!last && ok && !f->w->refused) {
		uint32_t type;

		/* Blocks may be empty: their output alone would not ask. */
		if (!outlet_step(f->w->out))
			break;
		last = bits_low(&f->in, 1) == 1;
		type = bits_low(&f->in, 2);
		if (f->in.bad || type == 3)
			return false;
		if (type == 0) {
			ok = copy_stored(f);
			continue;
		}
		if (type == 1)
			set_fixed(f);
		else
			ok = set_dynamic(f);
		ok = ok && inflate_block(f);
	}
	return ok;
}

enum trouble
pack_inflate64(struct bytes in, const struct outlet *out, size_t *used)
{
	struct inflater *f = malloc(sizeof *f);
	bool ok;

	if (f == NULL)
		return TROUBLE_MEMORY;
	f->in = bits_over(in);
	if (window_new(out, 0, &f->w) != ERR_NONE) {
		free(f);
		return TROUBLE_MEMORY;
	}
	ok = inflate_all(f);
	window_flush(f->w);
	*used = bits_used(&f->in);
	free(f->w);
	free(f);
	return ok ? TROUBLE_NONE : TROUBLE_DAMAGED;
}
