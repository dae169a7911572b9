/* match/image.h: reading numbers out of a compiled image that cannot be trusted.
 * Every index is tested against its section; what lies outside reads as 0. Numbers are
 * little-endian and may lie at any alignment. */
#ifndef HOLDFAST_MATCH_IMAGE_H
#define HOLDFAST_MATCH_IMAGE_H

#include "base/bytes.h"

/* The caller knows that 2, 4 or 8 bytes are readable at ${p}. */
static inline uint16_t
image_load16(const uint8_t *p)
{
	uint16_t v;

	memcpy(&v, p, sizeof v);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	v = __builtin_bswap16(v);
#endif
	return v;
}

static inline uint32_t
image_load32(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof v);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	v = __builtin_bswap32(v);
#endif
	return v;
}

static inline uint64_t
image_load64(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof v);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	v = __builtin_bswap64(v);
#endif
	return v;
}

/* The ${index}th number of a section. */
static inline uint32_t
image_u32(struct bytes section, size_t index)
{
	return index < section.n / 4 ? image_load32(section.p + index * 4) : 0;
}

static inline uint64_t
image_u64(struct bytes section, size_t index)
{
	return index < section.n / 8 ? image_load64(section.p + index * 8) : 0;
}

/* Bytes [offset, offset + n) of ${whole}. False, and ${out} unchanged, when it has fewer. */
static inline bool
image_part(struct bytes whole, uint64_t offset, uint64_t n, struct bytes *out)
{
	if (offset > whole.n || n > whole.n - offset)
		return false;
	*out = (struct bytes){ n == 0 ? NULL : whole.p + offset, (size_t)n };
	return true;
}

#endif
