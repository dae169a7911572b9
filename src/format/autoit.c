/* format/autoit.c: scripts of AutoIt 3 that were made into programs, and the files they install:
 * EA05 (scrambled by a Mersenne Twister) and EA06 (by a generator of lagged sums), both with an LZ
 * packing of their own. Passwords do not matter: only their sum enters. */
#include <stdlib.h>

#include "base/buf.h"
#include "base/reader.h"
#include "format/bits.h"
#include "format/likely.h"
#include "format/limits.h"
#include "format/readers.h"
#include "format/window.h"

/*
 * The generators: each yields a byte to be combined with one of the text.
 */

enum { TWISTER = 624, LAGS = 17, AUTOIT_MAGIC = 24, AUTOIT_PASSWORD = 16 };

struct generator {
	bool is_06;
	uint32_t state[TWISTER];
	unsigned i, j;
};

static void
twist(struct generator *g)
{
	for (unsigned k = 0; k < TWISTER; k++) {
		uint32_t y = (g->state[k] & 0x80000000) | (g->state[(k + 1) % TWISTER] & 0x7fffffff);

		g->state[k] = g->state[(k + 397) % TWISTER] ^ y >> 1 ^ ((y & 1) ? 0x9908b0df : 0);
	}
	g->i = 0;
}

static uint32_t
rotate(uint32_t v, unsigned n)
{
	return v << n | v >> (32 - n);
}

static uint32_t
add_lagged(struct generator *g)
{
	uint32_t v = rotate(g->state[g->i], 9) + rotate(g->state[g->j], 13);

	g->state[g->i] = v;
	g->i = g->i == 0 ? LAGS - 1 : g->i - 1;
	g->j = g->j == 0 ? LAGS - 1 : g->j - 1;
	return v;
}

static void
seed(struct generator *g, bool is_06, uint32_t value)
{
	g->is_06 = is_06;
	if (!is_06) {
		g->state[0] = value;
		for (uint32_t k = 1; k < TWISTER; k++)
			g->state[k] = 0x6c078965 * (g->state[k - 1] ^ g->state[k - 1] >> 30) + k;
		g->i = TWISTER;
		return;
	}
	for (unsigned k = 0; k < LAGS; k++)
		g->state[k] = value = 1 - value * 0x53a9b4fb;
	g->i = 0;
	g->j = 10;
	for (unsigned k = 0; k < 9; k++)
		add_lagged(g);
}

static uint8_t
next_byte(struct generator *g)
{
	uint32_t y;

	if (g->is_06) {
		add_lagged(g);
		return (uint8_t)(add_lagged(g) >> 24);
	}
	if (g->i == TWISTER)
		twist(g);
	y = g->state[g->i++];
	y ^= y >> 11;
	y ^= y << 7 & 0x9d2c5680;
	y ^= y << 15 & 0xefc60000;
	y ^= y >> 18;
	return (uint8_t)(y >> 1);
}

static void
unscramble(bool is_06, uint32_t value, struct bytes in, struct buf *out)
{
	struct generator g;

	seed(&g, is_06, value);
	buf_init(out, in.n);
	for (size_t i = 0; i < in.n; i++)
		buf_u8(out, (uint8_t)(in.p[i] ^ next_byte(&g)));
}

/*
 * The packing.
 */

static uint32_t
take_length(struct bits *in)
{
	static const struct {
		unsigned bits, most, plus;
	} steps[] = { { 2, 3, 0 }, { 3, 7, 3 }, { 5, 31, 10 }, { 8, 255, 41 } };
	uint32_t n, plus;

	for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
		n = bits_high(in, steps[i].bits);
		if (n != steps[i].most)
			return n + steps[i].plus + 3;
	}
	plus = 296;
	while ((n = bits_high(in, 8)) == 255 && !in->bad && plus < 1U << 24)
		plus += 255;
	return n + plus + 3;
}

static enum trouble
undo(bool is_06, struct bytes in, uint32_t size, const struct outlet *out)
{
	struct bits bits = bits_over(in);
	/* In the newer form the bit that tells a literal is turned over. */
	uint32_t match = is_06 ? 0 : 1;
	struct window *w;
	bool ok = true;

	if (window_new(out, 0, &w) != ERR_NONE)
		return TROUBLE_MEMORY;
	while (ok && w->written < size && !w->refused) {
		if (bits_high(&bits, 1) != match || bits.bad) {
			uint32_t byte = bits_high(&bits, 8);

			ok = !bits.bad;
			if (ok)
				window_put(w, (uint8_t)byte);
			continue;
		}
		{
			uint32_t back = bits_high(&bits, 15), n = take_length(&bits);

			ok = !bits.bad && back > 0 && back <= w->written;
			if (n > size - w->written)
				n = size - (uint32_t)w->written;
			if (ok)
				window_copy(w, back, n);
		}
	}
	window_flush(w);
	free(w);
	return ok ? TROUBLE_NONE : TROUBLE_DAMAGED;
}

/* What the two forms combine numbers with. */
struct form {
	bool is_06;
	uint32_t begin, tag_size, tag_seed, path_size, path_seed, numbers, data_seed;
	unsigned unit;		/* bytes of a character */
};

static const struct form forms[] = {
	{ false, 0xceb06dff, 0x29bc, 0xa25e, 0x29ac, 0xf25e, 0x45aa, 0x22af, 1 },
	{ true, 0x52ca436b, 0xadbc, 0xb33f, 0xf820, 0xf479, 0x87bc, 0x2477, 2 },
};

static void
give_data(const struct form *f, uint32_t sum, bool packed, struct bytes data,
    const struct outlet *out)
{
	struct bytes name = bytes_of_text("autoit");
	struct buf clear;
	struct reader r;
	enum trouble t;

	unscramble(f->is_06, f->data_seed + sum, data, &clear);
	r = reader_over(buf_bytes(&clear));
	if (clear.err != ERR_NONE) {
		outlet_miss(out, TROUBLE_MEMORY, name);
	} else if (!packed) {
		outlet_give(out, name, buf_bytes(&clear), OUTLET_FILE);
	} else {
		uint32_t magic = reader_u32be(&r), size = reader_u32be(&r);

		if (r.bad || (magic != 0x45413035 && magic != 0x45413036)) {
			outlet_miss(out, TROUBLE_UNSUPPORTED, name);
		} else if (outlet_begin(out, name)) {
			t = undo(f->is_06, r.rest, size, out);
			outlet_end(out);
			if (t != TROUBLE_NONE)
				outlet_miss(out, t, name);
		}
	}
	buf_fini(&clear);
}

static void
give_files(const struct form *f, struct bytes rest, const struct outlet *out)
{
	struct reader r = reader_over(rest);
	struct bytes password = reader_take(&r, AUTOIT_PASSWORD);
	uint32_t sum = 0;

	if (!f->is_06)
		for (size_t i = 0; i < password.n; i++)
			sum += password.p[i];
	for (unsigned left = FORMAT_ENTRIES_MAX; outlet_step(out); left--) {
		bool packed;
		uint32_t n;
		struct bytes data;

		if (reader_u32le(&r) != f->begin)
			break;
		if (left == 0) {
			outlet_miss(out, TROUBLE_LIMIT, bytes_of_text("autoit"));
			break;
		}
		n = reader_u32le(&r) ^ f->tag_size;
		reader_take(&r, (size_t)n * f->unit);
		n = reader_u32le(&r) ^ f->path_size;
		reader_take(&r, (size_t)n * f->unit);
		packed = reader_u8(&r) == 1;
		n = reader_u32le(&r) ^ f->numbers;
		reader_take(&r, 24);
		data = bytes_first(r.rest, n);
		if (r.bad || data.n < n) {
			outlet_miss(out, TROUBLE_DAMAGED, bytes_of_text("autoit"));
			break;
		}
		reader_take(&r, n);
		if (n > 0)
			give_data(f, sum, packed, data, out);
	}
}

/* Where a script begins: 16 bytes that are always the same, and which form it has. */
static const struct form *
form_of(struct bytes front)
{
	static const char magic[] = "\xa3\x48\x4b\xbe\x98\x6c\x4a\xa9\x99\x4c\x53\x0a\x86\xd6\x48\x7d"
				    "AU3!EA0";

	if (front.n < AUTOIT_MAGIC || !bytes_equal(bytes_first(front, AUTOIT_MAGIC - 1),
	    bytes_of(magic, sizeof magic - 1)))
		return NULL;
	front = bytes_from(front, AUTOIT_MAGIC - 1);
	return front.p[0] == '5' || front.p[0] == '6' ? &forms[front.p[0] - '5'] : NULL;
}

bool
autoit_is_likely(struct bytes front)
{
	const struct form *f = form_of(front);
	struct reader r = reader_over(bytes_from(front, AUTOIT_MAGIC + AUTOIT_PASSWORD));

	return f != NULL && reader_u32le(&r) == f->begin;
}

enum err
autoit_unpack(const struct source *object, const struct outlet *out)
{
	const struct form *f = form_of(object->whole);

	if (f == NULL)
		return ERR_NOT_FOUND;
	give_files(f, bytes_from(object->whole, AUTOIT_MAGIC), out);
	return ERR_NONE;
}
