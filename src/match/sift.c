/* match/sift.c: see sift.h. */
#include "match/sift.h"

#include <assert.h>
#include <stdlib.h>

/* Without a branch for each place: the place is always written, and kept only when the bits are
 * set. ${gram} and ${stride} are constants wherever this is inlined. */
static inline __attribute__((always_inline)) size_t
sift_shape(const struct sift *s, struct bytes text, size_t at, uint16_t *queue, size_t n, unsigned gram,
    unsigned stride)
{
	const unsigned log = s->log;

	for (; at + gram <= text.n; at += stride) {
		uint64_t hash = gram_hash(gram_load(text.p + at, gram));
		uint64_t bits = gram_filter_bits(hash, log);
		uint64_t word = image_load64(s->filter + gram_filter_word(hash, log) * 8);

		queue[n] = (uint16_t)at;
		n += (word & bits) == bits;
	}
	return n;
}

static size_t
sift_portable(const struct sift *s, struct bytes text, uint16_t *queue)
{
	switch (s->shape.gram << 4 | s->shape.stride) {
	case 0x88:
		return sift_shape(s, text, 0, queue, 0, 8, 8);
	case 0x84:
		return sift_shape(s, text, 0, queue, 0, 8, 4);
	case 0x44:
		return sift_shape(s, text, 0, queue, 0, 4, 4);
	case 0x42:
		return sift_shape(s, text, 0, queue, 0, 4, 2);
	case 0x41:
		return sift_shape(s, text, 0, queue, 0, 4, 1);
	case 0x21:
		return sift_shape(s, text, 0, queue, 0, 2, 1);
	}
	/* Every shape in tier_shapes has its loop. */
	abort();
}

#if defined(__x86_64__)
#include <immintrin.h>

/* Keep those places of a row of grams, ${distance} bytes from each other, whose bit is set. */
static inline size_t
keep_places(uint32_t set, size_t at, unsigned distance, uint16_t *queue, size_t n)
{
	for (; set != 0; set &= set - 1)
		queue[n++] = (uint16_t)(at + (size_t)__builtin_ctz(set) * distance);
	return n;
}

#define AVX512 __attribute__((target("avx512f,avx512dq,bmi2"), always_inline))
#define AVX512_WHOLE __attribute__((target("avx512f,avx512dq,bmi2")))

/* Eight grams of 8 or 4 bytes that follow each other without a gap, as gram_load has them. */
static inline AVX512 __m512i
load_grams(const uint8_t *p, unsigned gram)
{
	if (gram == 8)
		return _mm512_or_si512(
		    _mm512_loadu_si512(p), _mm512_set1_epi64((long long)GRAM_FOLD));
	return _mm512_or_si512(_mm512_cvtepu32_epi64(_mm256_loadu_si256((const void *)p)),
	    _mm512_set1_epi64((long long)(uint32_t)GRAM_FOLD));
}

/* A bit for each of eight grams that the filter holds. */
static inline AVX512 uint32_t
eight_grams(const struct sift *s, const uint8_t *p, unsigned gram)
{
	const __m512i one = _mm512_set1_epi64(1), low = _mm512_set1_epi64(63);
	__m512i grams = load_grams(p, gram);
	__m512i hash =
	    _mm512_mullo_epi64(grams, _mm512_set1_epi64((long long)0x9e3779b97f4a7c15U));
	__m512i word, bits;

	word = _mm512_i64gather_epi64(
	    _mm512_srl_epi64(hash, _mm_cvtsi32_si128((int)(64 - s->log))), s->filter, 8);
	bits = _mm512_sllv_epi64(one,
	    _mm512_and_si512(_mm512_srl_epi64(hash, _mm_cvtsi32_si128((int)(58 - s->log))), low));
	bits = _mm512_or_si512(bits, _mm512_sllv_epi64(one,
	    _mm512_and_si512(_mm512_srl_epi64(hash, _mm_cvtsi32_si128((int)(52 - s->log))), low)));
	bits = _mm512_or_si512(bits, _mm512_sllv_epi64(one,
	    _mm512_and_si512(_mm512_srl_epi64(hash, _mm_cvtsi32_si128((int)(46 - s->log))), low)));
	return _mm512_cmpeq_epi64_mask(_mm512_and_si512(word, bits), bits);
}

/* Rows of eight grams; where the stride is less than a gram, several rows beside each other, whose bits are
 * woven into one. */
static inline AVX512 size_t
sift_rows(const struct sift *s, struct bytes text, uint16_t *queue, unsigned gram, unsigned stride)
{
	static const uint32_t weaves[] = { [1] = 0xff, [2] = 0x5555, [4] = 0x11111111 };
	const unsigned rows = gram / stride;
	size_t at = 0, n = 0;

	for (; at + 9 * (size_t)gram <= text.n; at += 8 * (size_t)gram) {
		uint32_t set = 0;

		for (unsigned row = 0; row < rows; row++)
			set |= _pdep_u32(eight_grams(s, text.p + at + row * stride, gram),
			    weaves[rows] << row);
		n = keep_places(set, at, stride, queue, n);
	}
	return sift_shape(s, text, at, queue, n, gram, stride);
}

static AVX512_WHOLE size_t
sift_avx512(const struct sift *s, struct bytes text, uint16_t *queue)
{
	switch (s->shape.gram << 4 | s->shape.stride) {
	case 0x88:
		return sift_rows(s, text, queue, 8, 8);
	case 0x84:
		return sift_rows(s, text, queue, 8, 4);
	case 0x44:
		return sift_rows(s, text, queue, 4, 4);
	case 0x42:
		return sift_rows(s, text, queue, 4, 2);
	case 0x41:
		return sift_rows(s, text, queue, 4, 1);
	default:
		return sift_portable(s, text, queue);
	}
}

#define AVX2 __attribute__((target("avx2,bmi2"), always_inline))
#define AVX2_WHOLE __attribute__((target("avx2,bmi2")))

/* The low 64 bits of the products by the constant of gram_hash. */
static inline AVX2 __m256i
multiply_avx2(__m256i a)
{
	const __m256i low = _mm256_set1_epi64x(0x7f4a7c15), high = _mm256_set1_epi64x(0x9e3779b9);
	__m256i cross = _mm256_add_epi64(
	    _mm256_mul_epu32(_mm256_srli_epi64(a, 32), low), _mm256_mul_epu32(a, high));

	return _mm256_add_epi64(_mm256_mul_epu32(a, low), _mm256_slli_epi64(cross, 32));
}

/* As load_grams, four of them. */
static inline AVX2 __m256i
load_four(const uint8_t *p, unsigned gram)
{
	if (gram == 8)
		return _mm256_or_si256(
		    _mm256_loadu_si256((const void *)p), _mm256_set1_epi64x((long long)GRAM_FOLD));
	return _mm256_or_si256(_mm256_cvtepu32_epi64(_mm_loadu_si128((const void *)p)),
	    _mm256_set1_epi64x((long long)(uint32_t)GRAM_FOLD));
}

static inline AVX2 uint32_t
four_grams(const struct sift *s, const uint8_t *p, unsigned gram)
{
	const __m256i one = _mm256_set1_epi64x(1), low = _mm256_set1_epi64x(63);
	__m256i hash = multiply_avx2(load_four(p, gram)), word, bits;

	word = _mm256_i64gather_epi64((const void *)s->filter,
	    _mm256_srl_epi64(hash, _mm_cvtsi32_si128((int)(64 - s->log))), 8);
	bits = _mm256_sllv_epi64(one,
	    _mm256_and_si256(_mm256_srl_epi64(hash, _mm_cvtsi32_si128((int)(58 - s->log))), low));
	bits = _mm256_or_si256(bits, _mm256_sllv_epi64(one,
	    _mm256_and_si256(_mm256_srl_epi64(hash, _mm_cvtsi32_si128((int)(52 - s->log))), low)));
	bits = _mm256_or_si256(bits, _mm256_sllv_epi64(one,
	    _mm256_and_si256(_mm256_srl_epi64(hash, _mm_cvtsi32_si128((int)(46 - s->log))), low)));
	return (uint32_t)_mm256_movemask_pd(
	    _mm256_castsi256_pd(_mm256_cmpeq_epi64(_mm256_and_si256(word, bits), bits)));
}

/* As sift_rows, with four grams in a row. */
static inline AVX2 size_t
sift_short_rows(const struct sift *s, struct bytes text, uint16_t *queue, unsigned gram, unsigned stride)
{
	static const uint32_t weaves[] = { [1] = 0xf, [2] = 0x55, [4] = 0x1111 };
	const unsigned rows = gram / stride;
	size_t at = 0, n = 0;

	for (; at + 5 * (size_t)gram <= text.n; at += 4 * (size_t)gram) {
		uint32_t set = 0;

		for (unsigned row = 0; row < rows; row++)
			set |= _pdep_u32(four_grams(s, text.p + at + row * stride, gram),
			    weaves[rows] << row);
		n = keep_places(set, at, stride, queue, n);
	}
	return sift_shape(s, text, at, queue, n, gram, stride);
}

static AVX2_WHOLE size_t
sift_avx2(const struct sift *s, struct bytes text, uint16_t *queue)
{
	switch (s->shape.gram << 4 | s->shape.stride) {
	case 0x88:
		return sift_short_rows(s, text, queue, 8, 8);
	case 0x84:
		return sift_short_rows(s, text, queue, 8, 4);
	case 0x44:
		return sift_short_rows(s, text, queue, 4, 4);
	case 0x42:
		return sift_short_rows(s, text, queue, 4, 2);
	case 0x41:
		return sift_short_rows(s, text, queue, 4, 1);
	default:
		return sift_portable(s, text, queue);
	}
}
#endif

bool
sift_way_is_here(enum sift_way way)
{
	switch (way) {
	case SIFT_PORTABLE:
		return true;
#if defined(__x86_64__)
	case SIFT_AVX2:
		return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2");
	case SIFT_AVX512:
		return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
		    __builtin_cpu_supports("bmi2");
#endif
	default:
		return false;
	}
}

size_t
sift_text_by(enum sift_way way, const struct sift *s, struct bytes text, uint16_t queue[static SIFT_BLOCK])
{
	assert(text.n < (size_t)SIFT_BLOCK + s->shape.gram);
#if defined(__x86_64__)
	if (way == SIFT_AVX512)
		return sift_avx512(s, text, queue);
	if (way == SIFT_AVX2)
		return sift_avx2(s, text, queue);
#endif
	(void)way;
	return sift_portable(s, text, queue);
}

size_t
sift_text(const struct sift *s, struct bytes text, uint16_t queue[static SIFT_BLOCK])
{
	enum sift_way way = SIFT_PORTABLE;

	for (int better = SIFT_PORTABLE; better < SIFT_WAYS; better++)
		if (sift_way_is_here((enum sift_way)better))
			way = (enum sift_way)better;
	return sift_text_by(way, s, text, queue);
}
