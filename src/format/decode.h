/* format/decode.h: the encodings that carry bytes as text, as mail programs read them: leniently.
 * What is no part of the alphabet is skipped or ends it; nothing is ever an error. All append to
 * a buffer, whose error sticks. For this folder only. */
#ifndef HOLDFAST_FORMAT_DECODE_H
#define HOLDFAST_FORMAT_DECODE_H

#include "base/buf.h"

/* RFC 2045. Goes on behind padding: several encodings one after the other are one to some programs. */
void decode_base64(struct bytes in, struct buf *out);
void decode_quoted_printable(struct bytes in, struct buf *out);

/* Pairs of hexadecimal digits; all else is skipped. */
void decode_hex(struct bytes in, struct buf *out);

/* Lines behind "begin MODE NAME", until "end" or something that is no line of it. Returns how much
 * of ${in} was read. */
size_t decode_uu(struct bytes in, struct buf *out);

/* Lines behind "=ybegin" (and "=ypart"), until "=yend". Returns as decode_uu. */
size_t decode_yenc(struct bytes in, struct buf *out);

/* One line without its end; ${in} is advanced behind it. */
struct bytes decode_take_line(struct bytes *in);

/* The value of a hexadecimal digit, or -1. */
int decode_hex_digit(uint8_t c);

/* As bytes_start_with, without regard to the case of letters. */
bool decode_starts_with(struct bytes b, const char *word);

/* Offset of ${word} in whatever case, or b.n. */
size_t decode_find(struct bytes b, const char *word);

#endif
