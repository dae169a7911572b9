/* format/huffman.h: canonical Huffman codes, decoded a bit at a time by counting; small rather than
 * fast, for formats that are rare today. For this folder only. */
#ifndef HOLDFAST_FORMAT_HUFFMAN_H
#define HOLDFAST_FORMAT_HUFFMAN_H

#include "format/bits.h"

#define HUFFMAN_LENGTH_MAX 16
#define HUFFMAN_SYMBOLS_MAX 512

struct huffman {
	uint16_t count[HUFFMAN_LENGTH_MAX + 1];	/* codes of each length */
	uint16_t symbol[HUFFMAN_SYMBOLS_MAX];	/* in the order of their codes */
	bool single;		/* one symbol that takes no bits: symbol[0] */
};

/* A symbol has the code length ${lengths}[it], 0 for none. False: they do not make a code
 * (too many codes; too few are fine). */
bool huffman_build(struct huffman *h, const uint8_t *lengths, size_t n);

/* The next symbol, or -1: the bits end, or are no code. Bits lowest first, or highest first; or each
 * turned over, as codes that count down have them. */
int huffman_low(const struct huffman *h, struct bits *b);
int huffman_low_turned(const struct huffman *h, struct bits *b);
int huffman_high(const struct huffman *h, struct bits *b);

#endif
