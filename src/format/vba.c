/* format/vba.c: see vba.h. */
#include "format/vba.h"

#include "base/reader.h"
#include "format/limits.h"

enum { CHUNK = 4096 };

/* ${start}: where in ${out} the chunk began: copies do not reach back before it. */
static bool
copy_token(struct buf *out, size_t start, uint16_t token)
{
	size_t done = out->n - start;
	unsigned bits = 4;
	size_t length, distance;

	while (bits < 12 && ((size_t)1 << bits) < done)
		bits++;
	length = (size_t)(token & (0xffff >> bits)) + 3;
	distance = (size_t)(token >> (16 - bits)) + 1;
	if (distance > done)
		return false;
	for (; length > 0 && out->err == ERR_NONE && out->n - start < CHUNK; length--)
		buf_u8(out, out->p[out->n - distance]);
	return true;
}

static bool
undo_chunk(struct bytes in, struct buf *out)
{
	struct reader r = reader_over(in);
	size_t start = out->n;

	while (r.rest.n > 0 && out->err == ERR_NONE) {
		uint8_t flags = reader_u8(&r);

		for (unsigned i = 0; i < 8 && r.rest.n > 0; i++, flags = (uint8_t)(flags >> 1)) {
			if ((flags & 1) == 0)
				buf_u8(out, reader_u8(&r));
			else if (!copy_token(out, start, reader_u16le(&r)) || r.bad)
				return false;
		}
	}
	return true;
}

bool
vba_decompress(struct bytes in, struct buf *out)
{
	struct reader r = reader_over(in);
	bool any = false;

	if (reader_u8(&r) != 1)
		return false;
	while (r.rest.n > 2 && out->err == ERR_NONE) {
		uint16_t header = reader_u16le(&r);
		size_t n = (size_t)(header & 0xfff) + 1;
		struct bytes body = bytes_first(r.rest, n);

		if ((header & 0x7000) != 0x3000)
			break;
		reader_take(&r, body.n);
		if ((header & 0x8000) == 0)
			buf_put(out, body);
		else if (!undo_chunk(body, out))
			break;
		any = true;
	}
	return any;
}

static void
give(const struct outlet *out, struct bytes name, struct bytes packed)
{
	struct buf plain;

	buf_init(&plain, FORMAT_SOLID_MAX);
	if (vba_decompress(packed, &plain))
		outlet_give(out, name, buf_bytes(&plain), OUTLET_FILE);
	if (plain.err != ERR_NONE)
		outlet_miss(out, plain.err == ERR_LIMIT ? TROUBLE_LIMIT : TROUBLE_MEMORY, name);
	buf_fini(&plain);
}

void
vba_give(const struct outlet *out, struct bytes name, struct bytes stream)
{
	/* Every module begins with attributes: a flag byte of zeros and the word's first letters lie
	 * behind the container's byte and the chunk's two. */
	static const char front[] = "\0Attribut";
	struct bytes rest = stream;

	if (bytes_equal_text(name, "dir")) {
		give(out, name, stream);
		return;
	}
	while (rest.n > 0 && outlet_step(out)) {
		const uint8_t *at = memmem(rest.p, rest.n, front, sizeof front - 1);

		if (at == NULL)
			return;
		if (at - rest.p >= 3)
			give(out, name, bytes_from(rest, (size_t)(at - rest.p) - 3));
		rest = bytes_from(rest, (size_t)(at - rest.p) + sizeof front - 1);
	}
}
