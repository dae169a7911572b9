/* agent/wire.c: see wire.h. */
#include "agent/wire.h"

#include <assert.h>

#include "base/text.h"

void
wire_u8(struct wire *w, uint8_t *v)
{
	if (w->out != NULL)
		buf_u8(w->out, *v);
	else
		*v = reader_u8(w->in);
}

void
wire_u32(struct wire *w, uint32_t *v)
{
	if (w->out != NULL)
		buf_u32le(w->out, *v);
	else
		*v = reader_u32le(w->in);
}

void
wire_u64(struct wire *w, uint64_t *v)
{
	if (w->out != NULL)
		buf_u64le(w->out, *v);
	else
		*v = reader_u64le(w->in);
}

void
wire_i64(struct wire *w, int64_t *v)
{
	if (w->out != NULL)
		buf_i64le(w->out, *v);
	else
		*v = reader_i64le(w->in);
}

void
wire_choice(struct wire *w, unsigned *v, unsigned count)
{
	uint8_t byte = (uint8_t)*v;

	assert(count <= 256 && (w->out == NULL || *v < count));
	wire_u8(w, &byte);
	if (byte >= count) {
		w->in->bad = true;
		byte = 0;
	}
	*v = byte;
}

void
wire_count(struct wire *w, uint32_t *v, uint32_t max)
{
	assert(w->out == NULL || *v <= max);
	wire_u32(w, v);
	if (*v > max) {
		w->in->bad = true;
		*v = 0;
	}
}

void
wire_bool(struct wire *w, bool *v)
{
	unsigned choice = *v;

	wire_choice(w, &choice, 2);
	*v = choice == 1;
}

void
wire_text(struct wire *w, char *text, size_t size)
{
	if (w->out == NULL) {
		reader_text(w->in, text, size);
		return;
	}
	assert(memchr(text, '\0', size) != NULL);
	buf_put_text(w->out, text);
}

void
wire_plain(struct wire *w, char *text, size_t size)
{
	wire_text(w, text, size);
	if (w->out == NULL && !text_is_plain(text)) {
		w->in->bad = true;
		text[0] = '\0';
	}
}

void
wire_fixed(struct wire *w, uint8_t *bytes, size_t n)
{
	struct bytes got;

	if (w->out != NULL) {
		buf_put(w->out, bytes_of(bytes, n));
		return;
	}
	got = reader_take(w->in, n);
	if (w->in->bad)
		memset(bytes, 0, n);
	else
		memcpy(bytes, got.p, n);
}
