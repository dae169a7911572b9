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
 * Predictors: PNG's, one byte in front of each row, and TIFF's.
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

/* Sample ${i} of a row, of ${depth} bits, 8 or less. */
static uint8_t
take_sample(const uint8_t *row, size_t i, unsigned depth)
{
	return (uint8_t)(row[i * depth / 8] >> (8 - depth - i * depth % 8) & ((1U << depth) - 1));
}

static void
add_to_sample(uint8_t *row, size_t i, unsigned depth, uint8_t add)
{
	unsigned shift = 8 - depth - (unsigned)(i * depth % 8), mask = (1U << depth) - 1;
	unsigned sum = ((unsigned)row[i * depth / 8] >> shift) + add;

	row[i * depth / 8] = (uint8_t)((row[i * depth / 8] & ~(mask << shift)) | (sum & mask) << shift);
}

/* TIFF 6.0, section 14: each sample is told as what it is more than the one to its left. */
static void
undo_tiff_row(uint8_t *row, size_t n, size_t colors, unsigned depth)
{
	size_t wide = colors * 2;

	if (depth == 16)
		for (size_t i = wide; i + 1 < n; i += 2) {
			unsigned sum = (unsigned)(row[i] << 8 | row[i + 1]) +
			    (unsigned)(row[i - wide] << 8 | row[i - wide + 1]);

			row[i] = (uint8_t)(sum >> 8);
			row[i + 1] = (uint8_t)sum;
		}
	else
		for (size_t i = colors; i < n * 8 / depth; i++)
			add_to_sample(row, i, depth, take_sample(row, i - colors, depth));
}

/* In place: rows only become shorter. */
static void
undo_png(struct buf *b, size_t row, size_t pixel)
{
	size_t to = 0;

	for (size_t from = 0; from + 1 < b->n; from += row + 1) {
		size_t n = b->n - from - 1 < row ? b->n - from - 1 : row;
		uint8_t kind = b->p[from];

		memmove(b->p + to, b->p + from + 1, n);
		undo_row(b->p + to, to >= row ? b->p + to - row : NULL, n, pixel, kind);
		to += n;
	}
	b->n = to;
}

/* A number of the parameters; -1 for what only a reader that follows references would know. */
static int64_t
parameter(struct bytes parameters, const char *key, int64_t otherwise)
{
	struct bytes value = pdf_get(parameters, key);
	uint32_t number;

	return pdf_reference(value, &number) ? -1 : pdf_number(value, otherwise);
}

static enum trouble
undo_predictor(struct bytes parameters, struct buf *b)
{
	enum { TIFF = 2, PNG = 10, COLORS_MAX = 32, COLUMNS_MAX = 1 << 20 };
	int64_t predictor = parameter(parameters, "Predictor", 1);
	int64_t colors = parameter(parameters, "Colors", 1);
	int64_t depth = parameter(parameters, "BitsPerComponent", 8);
	int64_t columns = parameter(parameters, "Columns", 1);
	size_t row;

	if (predictor == 0 || predictor == 1)
		return TROUBLE_NONE;
	if ((predictor != TIFF && predictor < PNG) || colors < 1 || colors > COLORS_MAX ||
	    (depth != 1 && depth != 2 && depth != 4 && depth != 8 && depth != 16) || columns < 1 ||
	    columns > COLUMNS_MAX)
		return TROUBLE_UNSUPPORTED;
	row = (size_t)((colors * depth * columns + 7) / 8);
	if (predictor == TIFF)
		for (size_t at = 0; at < b->n; at += row)
			undo_tiff_row(b->p + at, b->n - at < row ? b->n - at : row, (size_t)colors,
			    (unsigned)depth);
	else
		undo_png(b, row, (size_t)((colors * depth + 7) / 8));
	return TROUBLE_NONE;
}

/* The worse of two: what one step could not do, and then the next. */
static enum trouble
worse(enum trouble one, enum trouble other)
{
	return one == TROUBLE_NONE || (one == TROUBLE_DAMAGED && other != TROUBLE_NONE) ? other : one;
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
	return worse(t, undo_predictor(parameters, out));
}

static enum trouble
undo_flate(struct bytes in, struct bytes parameters, struct buf *out)
{
	enum trouble t = pack_undo_into(PACK_ZLIB, in, out);

	/* Some writers, and some attackers, leave out zlib's header. */
	if (t == TROUBLE_DAMAGED && out->n == 0)
		t = pack_undo_into(PACK_DEFLATE, in, out);
	return worse(t, undo_predictor(parameters, out));
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

/* The next of ${list}, followed when it is a reference. False: it leads nowhere. */
static bool
take_resolved(struct bytes *list, const struct pdf_resolver *r, struct bytes *value)
{
	struct bytes said = pdf_take_value(list);

	*value = r->resolve(r->ctx, said);
	return said.n == 0 || value->n > 0;
}

/* All filters in turn. */
static enum trouble
undo_all(struct bytes names, struct bytes parameters, const struct pdf_resolver *r, struct bytes data,
    struct buf *out)
{
	enum trouble t = TROUBLE_NONE;

	for (unsigned i = 0;; i++) {
		struct bytes name, with;
		filter_fn *undo;
		struct buf next;

		if (!take_resolved(&names, r, &name) || !take_resolved(&parameters, r, &with))
			t = TROUBLE_UNSUPPORTED;
		undo = find_filter(name);
		if (t == TROUBLE_NONE && undo != NULL && i == FORMAT_FILTERS_MAX)
			t = TROUBLE_LIMIT;
		if (t != TROUBLE_NONE || undo == NULL) {
			if (i == 0)
				buf_put(out, bytes_first(data, out->max));
			return i == 0 && data.n > out->max ? TROUBLE_LIMIT : t;
		}
		buf_init(&next, FORMAT_SOLID_MAX);
		t = undo(i == 0 ? data : buf_bytes(out), with, &next);
		if (next.err == ERR_NOMEM)
			t = TROUBLE_MEMORY;
		else if (next.err == ERR_LIMIT)
			t = TROUBLE_LIMIT;
		buf_fini(out);
		*out = next;
		if (t != TROUBLE_NONE)
			return t;
	}
}

enum trouble
pdf_filter_undo(struct bytes dictionary, struct bytes data, const struct pdf_resolver *r,
    struct buf *out)
{
	struct bytes names = get_either(dictionary, "Filter", "F");
	struct bytes parameters = get_either(dictionary, "DecodeParms", "DP");
	enum trouble t;

	/* The whole list may stand elsewhere, or each of it. */
	if (!take_resolved(&names, r, &names) || !take_resolved(&parameters, r, &parameters)) {
		buf_put(out, bytes_first(data, out->max));
		t = TROUBLE_UNSUPPORTED;
	} else {
		t = undo_all(pdf_items(names), pdf_items(parameters), r, data, out);
	}
	return out->err == ERR_NOMEM ? TROUBLE_MEMORY : t;
}
