/* format/upx.c: the image of a program that UPX packed (NRV2B, NRV2D, NRV2E, LZMA), and of one that
 * MEW packed (aPLib). What comes out is the memory image of the packed sections; imports and
 * relocations are not rebuilt, for what is embedded lies in it as it was. The methods are told by
 * trying: marks that name them are the first thing that is changed. */
#include <stdlib.h>

#include "base/buf.h"
#include "base/reader.h"
#include "format/bits.h"
#include "format/installers.h"
#include "format/pack.h"

/* A larger image is nothing that these packers are used for. */
#define IMAGE_MAX (256 << 20)

/* Bits of words of 32, highest first, between bytes of the same stream. */
struct nrv {
	struct reader in;
	struct buf *out;
	uint32_t word;
	unsigned left;
	uint32_t last;		/* the distance that was used last */
};

static uint32_t
bit(struct nrv *n)
{
	if (n->left == 0) {
		n->word = reader_u32le(&n->in);
		n->left = 32;
	}
	return n->word >> --n->left & 1;
}

static bool
copy_back(struct buf *out, uint64_t distance, uint64_t length)
{
	if (distance == 0 || distance > out->n || length > out->max - out->n)
		return false;
	for (; length > 0 && out->err == ERR_NONE; length--)
		buf_u8(out, out->p[out->n - distance]);
	return out->err == ERR_NONE;
}

enum method { NRV2B = 0, NRV2D, NRV2E, METHODS };

/* Elias-like numbers: a bit of the number, then whether it ends. */
static uint32_t
take_distance(struct nrv *n, enum method m)
{
	uint32_t v = 1;

	while (!n->in.bad && v < 1U << 28) {
		v = v * 2 + bit(n);
		if (bit(n) == 1)
			break;
		if (m != NRV2B)
			v = (v - 1) * 2 + bit(n);
	}
	return v;
}

static uint32_t
take_long(struct nrv *n)
{
	uint32_t v = 1;

	do
		v = v * 2 + bit(n);
	while (bit(n) == 0 && !n->in.bad && v < 1U << 28);
	return v;
}

static uint32_t
take_length(struct nrv *n, enum method m, uint32_t low)
{
	uint32_t v;

	if (m == NRV2E) {
		if (low == 1)
			return 1 + bit(n);
		if (bit(n) == 1)
			return 3 + bit(n);
		return take_long(n) + 3;
	}
	v = low * 2 + bit(n);
	return v != 0 ? v : take_long(n) + 2;
}

/* True when it came to its own end. */
static bool
undo_nrv(enum method m, struct bytes in, struct buf *out)
{
	struct nrv n = { .in = reader_over(in), .out = out, .last = 1 };

	while (!n.in.bad && out->err == ERR_NONE) {
		uint32_t distance, low;

		while (bit(&n) == 1 && !n.in.bad)
			buf_u8(out, reader_u8(&n.in));
		distance = take_distance(&n, m);
		if (distance == 2) {
			distance = n.last;
			low = bit(&n);
		} else {
			distance = (distance - 3) * 256 + reader_u8(&n.in);
			if (distance == UINT32_MAX)
				return !n.in.bad && out->n > 0;
			low = m == NRV2B ? 0 : ~distance & 1;
			if (m != NRV2B)
				distance >>= 1;
			n.last = ++distance;
			if (m == NRV2B)
				low = bit(&n);
		}
		if (n.in.bad || !copy_back(out, distance,
			(uint64_t)take_length(&n, m, low) + 1 +
			    (distance > (m == NRV2B ? 0xd00U : 0x500U))))
			return false;
	}
	return false;
}

/* UPX's two bytes of properties in front of LZMA, instead of five. */
static bool
undo_lzma(struct bytes in, struct buf *out)
{
	struct buf whole;
	unsigned lc, lp, pb;

	if (in.n < 16)
		return false;
	pb = in.p[0] & 7, lc = in.p[1] & 15, lp = in.p[1] >> 4;
	if (pb > 4 || lc > 8 || lp > 4 || lc + lp > 4 || (in.p[0] >> 3) != lc + lp)
		return false;
	buf_init(&whole, in.n + 8);
	buf_u8(&whole, (uint8_t)((pb * 5 + lp) * 9 + lc));
	buf_u32le(&whole, 1 << 24);
	buf_put(&whole, bytes_from(in, 2));
	pack_undo_into(PACK_LZMA_5, buf_bytes(&whole), out);
	buf_fini(&whole);
	return out->n > in.n;
}

static struct bytes
at_address(struct bytes file, const struct pe *pe, uint64_t address)
{
	uint64_t offset;

	if (address < pe->image_base || address - pe->image_base > UINT32_MAX ||
	    !pe_offset(pe, (uint32_t)(address - pe->image_base), &offset) || offset >= file.n)
		return bytes_of(NULL, 0);
	return bytes_from(file, (size_t)offset);
}

/* Code at ${b}: "mov esi, IMMEDIATE" or, in 64 bits, "lea rsi, [rip + IMMEDIATE]". */
static struct bytes
packed_stream(struct bytes file, const struct pe *pe)
{
	struct bytes entry = at_address(file, pe, pe->image_base + pe->entry);
	struct reader r = reader_over(entry);
	struct bytes head = reader_take(&r, 2);

	if (bytes_equal_text(head, "\x60\xbe"))
		return at_address(file, pe, reader_u32le(&r));
	r = reader_over(entry);
	head = reader_take(&r, 7);
	if (bytes_equal_text(head, "\x53\x56\x57\x55\x48\x8d\x35"))
		return at_address(file, pe,
		    pe->image_base + (uint32_t)(pe->entry + 11 + reader_u32le(&r)));
	return bytes_of(NULL, 0);
}

enum err
upx_give(struct bytes file, const struct pe *pe, const struct outlet *out, bool *done)
{
	struct bytes in = packed_stream(file, pe);
	struct buf image;

	if (in.n == 0)
		return ERR_NONE;
	buf_init(&image, pe->image_size < IMAGE_MAX ? pe->image_size : IMAGE_MAX);
	for (int m = 0; m < METHODS && !*done; m++) {
		buf_clear(&image);
		*done = undo_nrv((enum method)m, in, &image);
	}
	if (!*done) {
		buf_clear(&image);
		*done = undo_lzma(in, &image);
	}
	if (*done)
		outlet_give(out, bytes_of_text("unpacked"), buf_bytes(&image), OUTLET_FILE);
	buf_fini(&image);
	return ERR_NONE;
}

/*
 * aPLib, as its documentation describes it.
 */

struct aplib {
	struct reader in;
	struct buf *out;
	uint8_t tag;
	unsigned left;
};

static uint32_t
tag_bit(struct aplib *a)
{
	if (a->left == 0) {
		a->tag = reader_u8(&a->in);
		a->left = 8;
	}
	return (uint32_t)(a->tag >> --a->left & 1);
}

static uint32_t
gamma_number(struct aplib *a)
{
	uint32_t v = 1;

	do
		v = v << 1 | tag_bit(a);
	while (tag_bit(a) == 1 && !a->in.bad && v < 1U << 28);
	return v;
}

static uint32_t
more_for(uint32_t distance)
{
	if (distance >= 32000)
		return 2;
	if (distance >= 1280)
		return 1;
	return distance < 128 ? 2 : 0;
}

/* A number of four bits: one byte from so far back, or a zero. */
static bool
put_short(struct aplib *a)
{
	uint32_t back = 0;

	for (int i = 0; i < 4; i++)
		back = back << 1 | tag_bit(a);
	if (back == 0)
		buf_u8(a->out, 0);
	return back == 0 || copy_back(a->out, back, 1);
}

/* One stream. False: it is none. */
static bool
undo_aplib(struct aplib *a)
{
	uint32_t last = 0;
	bool after_literal = true;

	a->left = 0;
	buf_u8(a->out, reader_u8(&a->in));
	while (!a->in.bad && a->out->err == ERR_NONE) {
		uint32_t distance, length;

		if (tag_bit(a) == 0) {
			buf_u8(a->out, reader_u8(&a->in));
			after_literal = true;
			continue;
		}
		if (tag_bit(a) == 0) {
			distance = gamma_number(a) - (after_literal ? 2 : 1);
			if (distance == 0) {
				distance = last;
				length = gamma_number(a);
			} else {
				distance = (distance - 1) << 8 | reader_u8(&a->in);
				length = gamma_number(a);
				length += more_for(distance);
			}
		} else if (tag_bit(a) == 1) {
			if (!put_short(a))
				return false;
			after_literal = true;
			continue;
		} else {
			distance = reader_u8(&a->in);
			length = 2 + (distance & 1);
			distance >>= 1;
			if (distance == 0)
				return !a->in.bad;
		}
		if (a->in.bad || !copy_back(a->out, distance, length))
			return false;
		last = distance;
		after_literal = false;
	}
	return false;
}

enum err
mew_give(struct bytes file, const struct pe *pe, const struct outlet *out, bool *done)
{
	/* mov ebx, esi; lodsd; lodsd; push eax; lodsd; xchg eax, edi; mov dl, 80h; movsb ... */
	static const char stub[] = "\x8b\xde\xad\xad\x50\xad\x97\xb2\x80\xa4\xb6\x80\xff\x13\x73\xf9";
	struct bytes front = bytes_first(file, 4096);
	const uint8_t *at = memmem(front.p, front.n, stub, sizeof stub - 1);
	struct aplib a = { .left = 0 };
	struct reader r;
	struct buf image;
	size_t n = 0;

	if (at == NULL || at - front.p < 5 || at[-5] != 0xbe)
		return ERR_NONE;
	r = reader_over(bytes_of(at - 4, 4));
	r = reader_over(at_address(file, pe, reader_u32le(&r)));
	reader_take(&r, 12);
	buf_init(&image, pe->image_size < IMAGE_MAX ? pe->image_size : IMAGE_MAX);
	a.in = r;
	a.out = &image;
	/* Stream after stream, each behind the address that it goes to, until that is zero. */
	while (undo_aplib(&a)) {
		n = image.n;
		if (reader_u32le(&a.in) == 0 || !outlet_step(out))
			break;
	}
	outlet_give(out, bytes_of_text("unpacked"), bytes_of(image.p, n), OUTLET_FILE);
	buf_fini(&image);
	*done = n > 0;
	return ERR_NONE;
}
