/* format/explode.c: PKZIP's Implode and Shrink, as APPNOTE describes them. Nobody writes them any
 * more but whoever hopes that scanners do not read them. */
#include <stdlib.h>

#include "format/huffman.h"
#include "format/pack.h"
#include "format/window.h"

struct exploder {
	struct bits in;
	struct window *w;
	struct huffman literals, lengths, distances;
	bool has_literals;
	unsigned distance_bits;
};

/* A tree is runs of equal code lengths: the number of bytes less one, then a byte for each run. */
static bool
read_tree(struct bits *in, struct huffman *h, size_t symbols)
{
	uint8_t lengths[256];
	unsigned runs = bits_low(in, 8) + 1;
	size_t n = 0;

	for (unsigned i = 0; i < runs && !in->bad; i++) {
		uint32_t run = bits_low(in, 8);
		size_t repeat = (run >> 4) + 1;

		if (repeat > symbols - n)
			return false;
		memset(lengths + n, (int)(run & 15) + 1, repeat);
		n += repeat;
	}
	return !in->bad && n == symbols && huffman_build(h, lengths, symbols);
}

static bool
explode_match(struct exploder *x)
{
	uint32_t low = bits_low(&x->in, x->distance_bits), length;
	int high = huffman_low_turned(&x->distances, &x->in), symbol;

	if (high < 0 || (symbol = huffman_low_turned(&x->lengths, &x->in)) < 0)
		return false;
	length = (uint32_t)symbol;
	if (symbol == 63)
		length += bits_low(&x->in, 8);
	length += x->has_literals ? 3 : 2;
	/* Before the start there are zeros. */
	window_copy(x->w, ((uint32_t)high << x->distance_bits | low) + 1, length);
	return !x->in.bad;
}

static bool
explode_all(struct exploder *x, uint64_t size)
{
	while (x->w->written < size && !x->w->refused) {
		uint32_t is_literal = bits_low(&x->in, 1);
		int byte;

		if (x->in.bad)
			return false;
		if (is_literal == 0) {
			if (!explode_match(x))
				return false;
			continue;
		}
		byte = x->has_literals ? huffman_low_turned(&x->literals, &x->in) :
					 (int)bits_low(&x->in, 8);
		if (byte < 0 || x->in.bad)
			return false;
		window_put(x->w, (uint8_t)byte);
	}
	return true;
}

enum trouble
pack_explode(struct bytes in, uint64_t size, unsigned flags, const struct outlet *out, size_t *used)
{
	struct exploder *x = calloc(1, sizeof *x);
	bool ok;

	if (x == NULL)
		return TROUBLE_MEMORY;
	x->in = bits_over(in);
	x->distance_bits = (flags & 2) != 0 ? 7 : 6;
	x->has_literals = (flags & 4) != 0;
	if (window_new(out, 0, &x->w) != ERR_NONE) {
		free(x);
		return TROUBLE_MEMORY;
	}
	ok = (!x->has_literals || read_tree(&x->in, &x->literals, 256)) &&
	    read_tree(&x->in, &x->lengths, 64) && read_tree(&x->in, &x->distances, 64) &&
	    explode_all(x, size);
	window_flush(x->w);
	*used = bits_used(&x->in);
	free(x->w);
	free(x);
	return ok ? TROUBLE_NONE : TROUBLE_DAMAGED;
}

/*
 * Shrink: LZW whose codes grow from 9 to 13 bits when told, and whose leaves are freed when told.
 */

enum { CODES = 8192, FIRST = 257, CONTROL = 256, NO_CODE = 0xffff };

struct unshrinker {
	struct bits in;
	struct window *w;
	uint16_t parent[CODES];		/* NO_CODE: it is free */
	uint8_t last[CODES];
	uint8_t stack[CODES];
	unsigned next;			/* the last code that was given away */
};

static void
free_leaves(struct unshrinker *u)
{
	uint8_t has_child[CODES] = { 0 };

	for (unsigned i = FIRST; i < CODES; i++)
		if (u->parent[i] != NO_CODE && u->parent[i] < CODES)
			has_child[u->parent[i]] = 1;
	for (unsigned i = FIRST; i < CODES; i++)
		if (!has_child[i])
			u->parent[i] = NO_CODE;
	u->next = FIRST - 1;
}

/* The bytes of a code, last first; 0 when it has none. */
static size_t
spell(struct unshrinker *u, unsigned code)
{
	size_t n = 0;

	while (code >= FIRST && n < CODES - 1) {
		if (u->parent[code] == NO_CODE)
			return 0;
		u->stack[n++] = u->last[code];
		code = u->parent[code];
	}
	if (code >= CONTROL)
		return 0;
	u->stack[n++] = (uint8_t)code;
	return n;
}

static void
add_code(struct unshrinker *u, unsigned previous, uint8_t last)
{
	unsigned code = u->next + 1;

	while (code < CODES && u->parent[code] != NO_CODE)
		code++;
	if (code >= CODES)
		return;
	u->parent[code] = (uint16_t)previous;
	u->last[code] = last;
	u->next = code;
}

static bool
unshrink_all(struct unshrinker *u, uint64_t size)
{
	unsigned bits = 9, previous = NO_CODE;
	uint8_t first = 0;

	while (u->w->written < size && !u->w->refused) {
		unsigned code = bits_low(&u->in, bits);
		size_t n;

		if (u->in.bad)
			return false;
		if (code == CONTROL) {
			uint32_t command = bits_low(&u->in, bits);

			if (command == 1 && bits < 13)
				bits++;
			else if (command == 2)
				free_leaves(u);
			else
				return false;
			/* Commands yield nothing: the outlet would not be asked. */
			if (!outlet_step(u->w->out))
				u->w->refused = true;
			continue;
		}
		n = spell(u, code);
		if (n == 0) {
			/* The code that this step will make: the last word and its own front. */
			if (previous == NO_CODE || (n = spell(u, previous)) == 0 || n >= CODES - 1)
				return false;
			memmove(u->stack + 1, u->stack, n++);
			u->stack[0] = first;
		}
		first = u->stack[n - 1];
		if (previous != NO_CODE)
			add_code(u, previous, first);
		while (n > 0 && u->w->written < size)
			window_put(u->w, u->stack[--n]);
		previous = code;
	}
	return true;
}

enum trouble
pack_unshrink(struct bytes in, uint64_t size, const struct outlet *out, size_t *used)
{
	struct unshrinker *u = calloc(1, sizeof *u);
	bool ok;

	if (u == NULL)
		return TROUBLE_MEMORY;
	u->in = bits_over(in);
	u->next = FIRST - 1;
	for (unsigned i = 0; i < CODES; i++)
		u->parent[i] = NO_CODE;
	if (window_new(out, 0, &u->w) != ERR_NONE) {
		free(u);
		return TROUBLE_MEMORY;
	}
	ok = unshrink_all(u, size);
	window_flush(u->w);
	*used = bits_used(&u->in);
	free(u->w);
	free(u);
	return ok ? TROUBLE_NONE : TROUBLE_DAMAGED;
}
