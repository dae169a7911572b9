/* format/pdf_filter.c: see pdf_filter.h. */
#include "format/pdf_filter.h"

#include <stdlib.h>

#include "format/bits.h"
#include "format/decode.h"
#include "format/limits.h"
#include "format/pack.h"
#include "format/pdf_syntax.h"

typedef enum trouble filter_fn(struct bytes in, struct bytes parameters, struct buf *out);

static enum trouble
undo_hex(struct bytes in, struct bytes parameters, struct buf *out)
{
	struct bytes digits = bytes_first(in, bytes_find(in, '>'));
	size_t count = 0;

	(void)parameters;
	decode_hex(digits, out);
	for (size_t i = 0; i < digits.n; i++)
		count += decode_hex_digit(digits.p[i]) >= 0;
	/* An odd digit at the end has a zero behind it. */
	if (count % 2 == 1)
		for (size_t i = digits.n; i-- > 0;)
			if (decode_hex_digit(digits.p[i]) >= 0) {
				buf_u8(out, (uint8_t)(decode_hex_digit(digits.p[i]) << 4));
				break;
			}
	return TROUBLE_NONE;
}

static enum trouble
undo_85(struct bytes in, struct bytes parameters, struct buf *out)
{
	uint64_t group = 0;
	unsigned n = 0;

	(void)parameters;
	if (bytes_start_with(in, "<~"))
		in = bytes_from(in, 2);
	for (size_t i = 0; i < in.n && in.p[i] != '~'; i++) {
		if (in.p[i] == 'z' && n == 0) {
			buf_put(out, bytes_of("\0\0\0", 4));
			continue;
		}
		if (in.p[i] < '!' || in.p[i] > 'u')
			continue;
		group = group * 85 + (uint64_t)(in.p[i] - '!');
		if (++n < 5)
			continue;
		for (int k = 24; k >= 0; k -= 8)
			buf_u8(out, (uint8_t)(group >> k));
		group = n = 0;
	}
	if (n > 1) {
		for (unsigned k = n; k < 5; k++)
			group = group * 85 + 84;
		for (unsigned k = 0; k + 1 < n; k++)
			buf_u8(out, (uint8_t)(group >> (24 - 8 * k)));
	}
	return TROUBLE_NONE;
}

static enum trouble
undo_runs(struct bytes in, struct bytes parameters, struct buf *out)
{
	(void)parameters;
	for (size_t i = 0; i < in.n && in.p[i] != 128 && out->err == ERR_NONE;) {
		unsigned n = in.p[i++];

		if (n < 128) {
			buf_put(out, bytes_first(bytes_from(in, i), n + 1));
			i += n + 1;
		} else if (i < in.n) {
			for (; n < 257; n++)
				buf_u8(out, in.p[i]);
			i++;
		}
	}
	return TROUBLE_NONE;
}

/*
 * LZW, as TIFF has it.
 */

enum { CODES = 4096, CLEAR = 256, END = 257 };

struct lzw {
	struct bits in;
	uint16_t parent[CODES], length[CODES];
	uint8_t last[CODES];
	unsigned next;
};

/* Append the bytes of ${code}, and return the first of them. */
static uint8_t
put_code(const struct lzw *l, unsigned code, struct buf *out)
{
	size_t n = code < CLEAR ? 1 : l->length[code];
	uint8_t *to = buf_reserve(out, n), first = 0;

	if (to == NULL)
		return 0;
	for (size_t i = n; i-- > 0; code = l->parent[code])
		to[i] = first = code < CLEAR ? (uint8_t)code : l->last[code];
	out->n += n;
	return first;
}

static enum trouble
run_lzw(struct lzw *l, unsigned early, struct buf *out)
{
	unsigned bits = 9, previous = END;
	uint8_t first = 0;

	l->next = END + 1;
	while (out->err == ERR_NONE) {
		unsigned code = bits_high(&l->in, bits);

		if (l->in.bad)
			return TROUBLE_DAMAGED;
		if (code == END)
			return TROUBLE_NONE;
		if (code == CLEAR) {
			bits = 9;
			l->next = END + 1;
			previous = END;
			continue;
		}
		if (code > l->next || (code == l->next && previous == END))
			return TROUBLE_DAMAGED;
		if (previous != END && l->next < CODES) {
			l->parent[l->next] = (uint16_t)previous;
			l->length[l->next] = (uint16_t)((previous < CLEAR ? 1 : l->length[previous]) + 1);
			/* A code of this very step ends with what it begins with. */
			l->last[l->next] = first;
			if (code != l->next) {
				unsigned c = code;

				while (c >= CLEAR)
					c = l->parent[c];
				l->last[l->next] = (uint8_t)c;
			}
			l->next++;
		} else if (code >= l->next) {
			return TROUBLE_DAMAGED;
		}
		first = put_code(l, code, out);
		previous = code;
		while (bits < 12 && l->next + early >= 1U << bits)
			bits++;
	}
	return TROUBLE_NONE;
}

/*
 * Predictors: PNG's, one byte in front of each row. TIFF's is for pictures only.
 */

static uint8_t
paeth(uint8_t a, uint8_t b, uint8_t c)
{
	int p = a + b - c, pa = abs(p - a), pb = abs(p - b), pc = abs(p - c);

	return pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
}

static void
undo_row(uint8_t *row, const uint8_t *above, size_t n, size_t pixel, uint8_t kind)
{
	for (size_t i = 0; i < n; i++) {
		uint8_t a = i >= pixel ? row[i - pixel] : 0, b = above == NULL ? 0 : above[i];
		uint8_t c = i >= pixel && above != NULL ? above[i - pixel] : 0;
		uint8_t add = 0;

		if (kind == 1)
			add = a;
		else if (kind == 2)
			add = b;
		else if (kind == 3)
			add = (uint8_t)((a + b) / 2);
		else if (kind == 4)
			add = paeth(a, b, c);
		row[i] = (uint8_t)(row[i] + add);
	}
}

/* In place: rows only become shorter. */
static void
undo_predictor(struct bytes parameters, struct buf *b)
{
	int64_t colors = pdf_number(pdf_get(parameters, "Colors"), 1);
	int64_t depth = pdf_number(pdf_get(parameters, "BitsPerComponent"), 8);
	int64_t columns = pdf_number(pdf_get(parameters, "Columns"), 1);
	size_t row, pixel, to = 0;

	if (pdf_number(pdf_get(parameters, "Predictor"), 1) < 10 || colors < 1 || colors > 32 ||
	    depth < 1 || depth > 16 || columns < 1 || columns > 1 << 20)
		return;
	row = (size_t)((colors * depth * columns + 7) / 8);
	pixel = (size_t)((colors * depth + 7) / 8);
	for (size_t from = 0; from + 1 < b->n; from += row + 1) {
		size_t n = b->n - from - 1 < row ? b->n - from - 1 : row;
		uint8_t kind = b->p[from];

		memmove(b->p + to, b->p + from + 1, n);
		undo_row(b->p + to, to >= row ? b->p + to - row : NULL, n, pixel, kind);
		to += n;
	}
	b->n = to;
}

static enum trouble
undo_lzw(struct bytes in, struct bytes parameters, struct buf *out)
{
	struct lzw *l = malloc(sizeof *l);
	enum trouble t;

	if (l == NULL)
		return TROUBLE_MEMORY;
	l->in = bits_over(in);
	t = run_lzw(l, pdf_number(pdf_get(parameters, "EarlyChange"), 1) != 0, out);
	free(l);
	undo_predictor(parameters, out);
	return t;
}

static enum trouble
undo_flate(struct bytes in, struct bytes parameters, struct buf *out)
{
	enum trouble t = pack_undo_into(PACK_ZLIB, in, out);

	/* Some writers, and some attackers, leave out zlib's header. */
	if (t == TROUBLE_DAMAGED && out->n == 0)
		t = pack_undo_into(PACK_DEFLATE, in, out);
	undo_predictor(parameters, out);
	return t;
}

static const struct {
	const char *name, *shortened;
	filter_fn *undo;
} filters[] = {
	{ "FlateDecode", "Fl", undo_flate },
	{ "LZWDecode", "LZW", undo_lzw },
	{ "ASCII85Decode", "A85", undo_85 },
	{ "ASCIIHexDecode", "AHx", undo_hex },
	{ "RunLengthDecode", "RL", undo_runs },
};

static filter_fn *
find_filter(struct bytes name)
{
	for (size_t i = 0; i < sizeof filters / sizeof filters[0]; i++)
		if (pdf_is_name(name, filters[i].name) || pdf_is_name(name, filters[i].shortened))
			return filters[i].undo;
	return NULL;
}

static struct bytes
get_either(struct bytes dictionary, const char *key, const char *shortened)
{
	struct bytes value = pdf_get(dictionary, key);

	return value.n > 0 ? value : pdf_get(dictionary, shortened);
}

enum trouble
pdf_filter_undo(struct bytes dictionary, struct bytes data, struct buf *out)
{
	struct bytes names = pdf_items(get_either(dictionary, "Filter", "F"));
	struct bytes parameters = pdf_items(get_either(dictionary, "DecodeParms", "DP"));
	enum trouble t = TROUBLE_NONE;
	bool first = true;

	for (unsigned i = 0; i < FORMAT_FILTERS_MAX && t == TROUBLE_NONE; i++) {
		struct bytes name = pdf_take_value(&names), with = pdf_take_value(&parameters);
		filter_fn *undo = find_filter(name);
		struct buf next;

		if (name.n == 0 || undo == NULL || pdf_is_name(name, "Crypt"))
			break;
		buf_init(&next, FORMAT_SOLID_MAX);
		t = undo(first ? data : buf_bytes(out), with, &next);
		if (next.err == ERR_NOMEM)
			t = TROUBLE_MEMORY;
		else if (next.err == ERR_LIMIT)
			t = TROUBLE_LIMIT;
		buf_fini(out);
		*out = next;
		first = false;
	}
	if (first)
		buf_put(out, data);
	return t;
}
