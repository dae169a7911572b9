/* base/buf.c: see buf.h. */
#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void
buf_init(struct buf *b, size_t max)
{
	*b = (struct buf){ .max = max };
}

void
buf_fini(struct buf *b)
{
	if (b == NULL)
		return;
	free(b->p);
	buf_init(b, b->max);
}

void
buf_clear(struct buf *b)
{
	b->n = 0;
	b->err = ERR_NONE;
}

uint8_t *
buf_reserve(struct buf *b, size_t n)
{
	size_t room;
	uint8_t *p;

	if (b->err != ERR_NONE)
		return NULL;
	if (n > b->max - b->n) {
		b->err = ERR_LIMIT;
		return NULL;
	}
	if (b->p != NULL && n <= b->room - b->n)
		return b->p + b->n;
	room = b->room < 64 ? 64 : b->room;
	while (room < b->n + n)
		room = room > b->max / 2 ? b->max : room * 2;
	if ((p = realloc(b->p, room)) == NULL) {
		b->err = ERR_NOMEM;
		return NULL;
	}
	b->p = p;
	b->room = room;
	return b->p + b->n;
}

void
buf_put(struct buf *b, struct bytes more)
{
	uint8_t *to;

	if (more.n == 0 || (to = buf_reserve(b, more.n)) == NULL)
		return;
	memcpy(to, more.p, more.n);
	b->n += more.n;
}

void
buf_put_string(struct buf *b, const char *text)
{
	buf_put(b, bytes_of_text(text));
}

void
buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap, again;
	uint8_t *to;
	int n;

	va_start(ap, fmt);
	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, ap);
	/* One more for the NUL, which is written but not counted. */
	if (n >= 0 && (to = buf_reserve(b, (size_t)n + 1)) != NULL) {
		vsnprintf((char *)to, (size_t)n + 1, fmt, again);
		b->n += (size_t)n;
	}
	va_end(again);
	va_end(ap);
}

static void
put_le(struct buf *b, uint64_t v, size_t n)
{
	uint8_t le[8];

	for (size_t i = 0; i < n; i++)
		le[i] = (uint8_t)(v >> (8 * i));
	buf_put(b, bytes_of(le, n));
}

void
buf_u8(struct buf *b, uint8_t v)
{
	put_le(b, v, 1);
}

void
buf_u16le(struct buf *b, uint16_t v)
{
	put_le(b, v, 2);
}

void
buf_u32le(struct buf *b, uint32_t v)
{
	put_le(b, v, 4);
}

void
buf_u64le(struct buf *b, uint64_t v)
{
	put_le(b, v, 8);
}

void
buf_i64le(struct buf *b, int64_t v)
{
	put_le(b, (uint64_t)v, 8);
}

void
buf_put_blob(struct buf *b, struct bytes blob)
{
	if (blob.n > UINT32_MAX) {
		b->err = ERR_LIMIT;
		return;
	}
	buf_u32le(b, (uint32_t)blob.n);
	buf_put(b, blob);
}

void
buf_put_text(struct buf *b, const char *text)
{
	buf_put_blob(b, bytes_of_text(text));
}

char *
buf_take_string(struct buf *b)
{
	uint8_t *end = buf_reserve(b, 1);
	char *text;

	if (end == NULL)
		return NULL;
	*end = '\0';
	text = (char *)b->p;
	buf_init(b, b->max);
	return text;
}
