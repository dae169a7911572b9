/* format/arj.c: ARJ archives: methods 0 to 4. Follows the technical note that comes with ARJ, and
 * for the codes the format of LHA that it shares (Okumura's ar002). */
#include <stdlib.h>

#include "base/reader.h"
#include "format/huffman.h"
#include "format/limits.h"
#include "format/readers.h"
#include "format/window.h"

enum { LITERALS = 510, LENGTH_CODES = 19, DISTANCES = 17, LEAST_MATCH = 3 };
enum { FLAG_GARBLED = 1, FLAG_CONTINUED = 8, COMMENT_TYPE = 2 };

struct unarj {
	struct bits in;
	struct window *w;
	uint64_t size;
	uint32_t block;		/* symbols left under the present codes */
	struct huffman literals, distances;
};

/* Code lengths of a small alphabet: three bits each, 7 and more in unary; behind number ${gap}
 * stands how many zeros follow. */
static bool
read_small(struct unarj *u, struct huffman *h, unsigned symbols, unsigned bits, unsigned gap)
{
	uint8_t lengths[LENGTH_CODES] = { 0 };
	uint32_t n = bits_high(&u->in, bits);

	if (n == 0) {
		memset(h, 0, sizeof *h);
		h->single = true;
		h->symbol[0] = (uint16_t)bits_high(&u->in, bits);
		return !u->in.bad && h->symbol[0] < symbols;
	}
	if (n > symbols)
		return false;
	for (unsigned i = 0; i < n && !u->in.bad;) {
		uint32_t length = bits_high(&u->in, 3);

		if (length == 7)
			while (bits_high(&u->in, 1) == 1 && length < HUFFMAN_LENGTH_MAX)
				length++;
		lengths[i++] = (uint8_t)length;
		if (i == gap)
			i += bits_high(&u->in, 2);
	}
	return !u->in.bad && huffman_build(h, lengths, symbols);
}

static bool
read_literals(struct unarj *u, const struct huffman *code)
{
	uint8_t lengths[LITERALS] = { 0 };
	uint32_t n = bits_high(&u->in, 9);

	if (n == 0) {
		memset(&u->literals, 0, sizeof u->literals);
		u->literals.single = true;
		u->literals.symbol[0] = (uint16_t)bits_high(&u->in, 9);
		return !u->in.bad && u->literals.symbol[0] < LITERALS;
	}
	if (n > LITERALS)
		return false;
	for (uint32_t i = 0; i < n;) {
		int symbol = huffman_high(code, &u->in);

		if (symbol < 0)
			return false;
		if (symbol > 2)
			lengths[i++] = (uint8_t)(symbol - 2);
		else if (symbol == 0)
			i++;
		else
			i += symbol == 1 ? bits_high(&u->in, 4) + 3 : bits_high(&u->in, 9) + 20;
	}
	return !u->in.bad && huffman_build(&u->literals, lengths, LITERALS);
}

static bool
read_codes(struct unarj *u)
{
	struct huffman code;

	u->block = bits_high(&u->in, 16);
	return !u->in.bad && u->block > 0 && read_small(u, &code, LENGTH_CODES, 5, 3) &&
	    read_literals(u, &code) && read_small(u, &u->distances, DISTANCES, 5, 0);
}

static bool
decode_lzh(struct unarj *u)
{
	while (u->w->written < u->size && !u->w->refused) {
		int symbol, distance;
		uint32_t back = 0;

		if (u->block == 0 && !read_codes(u))
			return false;
		u->block--;
		if ((symbol = huffman_high(&u->literals, &u->in)) < 0)
			return false;
		if (symbol < 256) {
			window_put(u->w, (uint8_t)symbol);
			continue;
		}
		if ((distance = huffman_high(&u->distances, &u->in)) < 0)
			return false;
		if (distance > 0)
			back = (1U << (distance - 1)) + bits_high(&u->in, (unsigned)distance - 1);
		if (u->in.bad)
			return false;
		window_copy(u->w, (uint64_t)back + 1, (uint64_t)symbol - 256 + LEAST_MATCH);
	}
	return true;
}

/* A number whose width stands in front of it in unary, from ${from} to ${to} bits. */
static uint32_t
take_number(struct unarj *u, unsigned from, unsigned to)
{
	uint32_t plus = 0, step = 1U << from;
	unsigned width = from;

	while (width < to && bits_high(&u->in, 1) == 1) {
		plus += step;
		step <<= 1;
		width++;
	}
	return plus + (width > 0 ? bits_high(&u->in, width) : 0);
}

static bool
decode_fastest(struct unarj *u)
{
	while (u->w->written < u->size && !u->w->refused) {
		uint32_t length = take_number(u, 0, 7);

		if (length == 0)
			window_put(u->w, (uint8_t)bits_high(&u->in, 8));
		else
			window_copy(u->w, (uint64_t)take_number(u, 9, 13) + 1,
			    length - 1 + LEAST_MATCH);
		if (u->in.bad)
			return false;
	}
	return true;
}

/* The fields of a file's header that matter. */
struct header {
	uint8_t flags, method, type;
	uint32_t packed, size;
	struct bytes name;
};

/* False: the end, or no header. */
static bool
read_header(struct reader *r, struct header *h)
{
	struct reader basic;
	uint16_t extension;
	uint8_t first;

	if (reader_u16le(r) != 0xea60)
		return false;
	basic = reader_over(reader_take(r, reader_u16le(r)));
	if (r->bad || basic.rest.n == 0)
		return false;
	reader_u32le(r);
	while ((extension = reader_u16le(r)) != 0 && !r->bad)
		reader_take(r, (size_t)extension + 4);
	first = reader_u8(&basic);
	reader_take(&basic, 3);
	h->flags = reader_u8(&basic);
	h->method = reader_u8(&basic);
	h->type = reader_u8(&basic);
	reader_take(&basic, 5);
	h->packed = reader_u32le(&basic);
	h->size = reader_u32le(&basic);
	reader_take(&basic, first > 20 ? (size_t)first - 20 : 0);
	h->name = reader_take_until(&basic, 0);
	return !basic.bad && !r->bad;
}

static void
give(const struct outlet *out, const struct header *h, struct bytes data)
{
	struct unarj *u;
	bool ok;

	if (h->method == 0) {
		outlet_give(out, h->name, data, OUTLET_FILE);
		return;
	}
	if (h->method > 4) {
		outlet_miss(out, TROUBLE_UNSUPPORTED, h->name);
		return;
	}
	if (!outlet_begin(out, h->name))
		return;
	u = calloc(1, sizeof *u);
	if (u == NULL || window_new(out, 0, &u->w) != ERR_NONE) {
		free(u);
		outlet_end(out);
		outlet_miss(out, TROUBLE_MEMORY, h->name);
		return;
	}
	u->in = bits_over(data);
	u->size = h->size;
	ok = h->method == 4 ? decode_fastest(u) : decode_lzh(u);
	window_flush(u->w);
	free(u->w);
	free(u);
	outlet_end(out);
	if (!ok)
		outlet_miss(out, TROUBLE_DAMAGED, h->name);
}

enum err
arj_unpack(const struct source *object, const struct outlet *out)
{
	struct reader r = reader_over(object->whole);
	struct header h;
	unsigned left = FORMAT_ENTRIES_MAX;
	uint64_t position = 0;

	if (!read_header(&r, &h) || h.type != COMMENT_TYPE)
		return ERR_NOT_FOUND;
	while (outlet_step(out) && read_header(&r, &h)) {
		struct bytes data = bytes_first(r.rest, h.packed);

		if (left-- == 0) {
			outlet_miss(out, TROUBLE_LIMIT, bytes_of(NULL, 0));
			break;
		}
		reader_take(&r, h.packed);
		outlet_tell(out, &(struct outlet_member){ .name = h.name, .packed = h.packed,
		    .size = h.size, .position = ++position,
		    .encrypted = (h.flags & FLAG_GARBLED) != 0 });
		if ((h.flags & FLAG_GARBLED) != 0)
			outlet_miss(out, TROUBLE_ENCRYPTED, h.name);
		else if (data.n > 0)
			give(out, &h, data);
		if ((h.flags & FLAG_CONTINUED) != 0)
			outlet_miss(out, TROUBLE_DAMAGED, h.name);
	}
	if (r.bad)
		outlet_miss(out, TROUBLE_DAMAGED, bytes_of(NULL, 0));
	return ERR_NONE;
}
