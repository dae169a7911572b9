/* base/reader.h: the only way to read bytes that came from outside.
 * A reader cannot read past its end. A failed take marks it bad for good and yields zeros,
 * so that a parser takes all its fields first and tests once at the end. */
#ifndef HOLDFAST_BASE_READER_H
#define HOLDFAST_BASE_READER_H

#include "base/bytes.h"

struct reader {
	struct bytes rest;
	bool bad;
};

static inline struct reader
reader_over(struct bytes b)
{
	return (struct reader){ b, false };
}

/* The next ${n} bytes, borrowed; none, and bad, when fewer are left. */
struct bytes reader_take(struct reader *r, size_t n);

/* Up to and without ${byte}, which is skipped; none, and bad, when it does not occur. */
struct bytes reader_take_until(struct reader *r, uint8_t byte);

uint8_t reader_u8(struct reader *r);
uint16_t reader_u16le(struct reader *r);
uint32_t reader_u32le(struct reader *r);
uint64_t reader_u64le(struct reader *r);
uint16_t reader_u16be(struct reader *r);
uint32_t reader_u32be(struct reader *r);
int64_t reader_i64le(struct reader *r);

/* A blob as buf_put_blob writes it: its length in 4 bytes, then the bytes, borrowed.
 * Bad when it is longer than ${max}. */
struct bytes reader_blob(struct reader *r, size_t max);

/* A text as buf_put_text writes it, into ${out} of ${size} bytes with a NUL.
 * Bad when it does not fit or holds a NUL; ${out} is then the empty string. */
void reader_text(struct reader *r, char *out, size_t size);

/* True when nothing failed and nothing is left: a message must be read to its end. */
static inline bool
reader_is_done(const struct reader *r)
{
	return !r->bad && r->rest.n == 0;
}

#endif
