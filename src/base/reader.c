/* base/reader.c: see reader.h. Must not allocate. */
#include "base/reader.h"

struct bytes
reader_take(struct reader *r, size_t n)
{
	struct bytes got = { NULL, 0 };

	if (r->bad || n > r->rest.n) {
		r->bad = true;
		return got;
	}
	got = (struct bytes){ r->rest.p, n };
	r->rest = bytes_from(r->rest, n);
	return got;
}

struct bytes
reader_take_until(struct reader *r, uint8_t byte)
{
	size_t at = bytes_find(r->rest, byte);
	struct bytes got;

	if (at == r->rest.n) {
		r->bad = true;
		return (struct bytes){ NULL, 0 };
	}
	got = reader_take(r, at);
	reader_take(r, 1);
	return got;
}

static uint64_t
take_le(struct reader *r, size_t n)
{
	struct bytes b = reader_take(r, n);
	uint64_t v = 0;

	for (size_t i = b.n; i > 0; i--)
		v = v << 8 | b.p[i - 1];
	return v;
}

static uint64_t
take_be(struct reader *r, size_t n)
{
	struct bytes b = reader_take(r, n);
	uint64_t v = 0;

	for (size_t i = 0; i < b.n; i++)
		v = v << 8 | b.p[i];
	return v;
}

uint8_t
reader_u8(struct reader *r)
{
	return (uint8_t)take_le(r, 1);
}

uint16_t
reader_u16le(struct reader *r)
{
	return (uint16_t)take_le(r, 2);
}

uint32_t
reader_u32le(struct reader *r)
{
	return (uint32_t)take_le(r, 4);
}

uint64_t
reader_u64le(struct reader *r)
{
	return take_le(r, 8);
}

uint16_t
reader_u16be(struct reader *r)
{
	return (uint16_t)take_be(r, 2);
}

uint32_t
reader_u32be(struct reader *r)
{
	return (uint32_t)take_be(r, 4);
}

int64_t
reader_i64le(struct reader *r)
{
	return (int64_t)take_le(r, 8);
}

struct bytes
reader_blob(struct reader *r, size_t max)
{
	size_t n = reader_u32le(r);

	if (n > max)
		r->bad = true;
	return reader_take(r, n);
}

void
reader_text(struct reader *r, char *out, size_t size)
{
	struct bytes b = reader_blob(r, size - 1);

	out[0] = '\0';
	if (r->bad)
		return;
	if (b.n > 0 && memchr(b.p, '\0', b.n) != NULL) {
		r->bad = true;
		return;
	}
	if (b.n > 0)
		memcpy(out, b.p, b.n);
	out[b.n] = '\0';
}
