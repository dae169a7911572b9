/* base/bytes.h: a borrowed run of bytes, by value. Owns nothing. */
#ifndef HOLDFAST_BASE_BYTES_H
#define HOLDFAST_BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct bytes {
	const uint8_t *p;	/* may be NULL when n is 0 */
	size_t n;
};

static inline struct bytes
bytes_of(const void *p, size_t n)
{
	return (struct bytes){ p, n };
}

/* The bytes of a C string, without its NUL. */
static inline struct bytes
bytes_of_text(const char *text)
{
	return (struct bytes){ (const uint8_t *)text, strlen(text) };
}

/* What is left after ${skip} bytes; nothing when there are fewer. */
static inline struct bytes
bytes_from(struct bytes b, size_t skip)
{
	if (skip >= b.n)
		return (struct bytes){ NULL, 0 };
	return (struct bytes){ b.p + skip, b.n - skip };
}

/* At most the first ${n} bytes. */
static inline struct bytes
bytes_first(struct bytes b, size_t n)
{
	return (struct bytes){ b.p, n < b.n ? n : b.n };
}

static inline bool
bytes_equal(struct bytes a, struct bytes b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static inline bool
bytes_equal_text(struct bytes a, const char *text)
{
	return bytes_equal(a, bytes_of_text(text));
}

static inline bool
bytes_start_with(struct bytes b, const char *text)
{
	size_t n = strlen(text);

	return b.n >= n && memcmp(b.p, text, n) == 0;
}

/* Offset of the first ${byte}, or b.n when there is none. */
static inline size_t
bytes_find(struct bytes b, uint8_t byte)
{
	const uint8_t *at = b.n == 0 ? NULL : memchr(b.p, byte, b.n);

	return at == NULL ? b.n : (size_t)(at - b.p);
}

#endif
