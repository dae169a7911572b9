/* base/buf.h: bytes that grow, up to a ceiling.
 * The first failure sticks (buf.err) and later puts do nothing, so a writer tests once at the end. */
#ifndef HOLDFAST_BASE_BUF_H
#define HOLDFAST_BASE_BUF_H

#include "base/bytes.h"
#include "base/err.h"

struct buf {
	uint8_t *p;
	size_t n;
	size_t room;
	size_t max;	/* the ceiling in bytes */
	enum err err;	/* ERR_NONE, ERR_NOMEM or ERR_LIMIT */
};

/* An empty buffer that will hold at most ${max} bytes. Allocates nothing yet. */
void buf_init(struct buf *b, size_t max);

/* Free what it holds; it is then as after buf_init. NULL is fine. */
void buf_fini(struct buf *b);

/* Forget the content and the error, keep the room. */
void buf_clear(struct buf *b);

void buf_put(struct buf *b, struct bytes more);
void buf_put_string(struct buf *b, const char *text);
void buf_printf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void buf_u8(struct buf *b, uint8_t v);
void buf_u16le(struct buf *b, uint16_t v);
void buf_u32le(struct buf *b, uint32_t v);
void buf_u64le(struct buf *b, uint64_t v);
void buf_i64le(struct buf *b, int64_t v);

/* Length in 4 bytes, then the bytes: read back by reader_blob and reader_text. */
void buf_put_blob(struct buf *b, struct bytes blob);
void buf_put_text(struct buf *b, const char *text);

/* Make the next ${n} bytes writable and return them without counting them, or NULL with the error
 * recorded. After writing, add what was written to b->n. */
uint8_t *buf_reserve(struct buf *b, size_t n);

/* The content, borrowed until the next put. */
static inline struct bytes
buf_bytes(const struct buf *b)
{
	return (struct bytes){ b->p, b->n };
}

/* Hand the content over as a C string, which the caller frees; the buffer is then empty.
 * NULL when an error stuck or memory is short. */
char *buf_take_string(struct buf *b);

#endif
