/* codec/encode.h: bytes as text and back: hex, base64url without padding (RFC 4648 §5), base32, URLs, HTML. */
#ifndef HOLDFAST_CODEC_ENCODE_H
#define HOLDFAST_CODEC_ENCODE_H

#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"

/* Lower-case hex of ${b} and a NUL into ${out} of 2 * b.n + 1 bytes. */
void encode_hex(struct bytes b, char *out);

/* Exactly ${n} bytes from 2 * n hex digits of either case. ERR_MALFORMED. */
enum err decode_hex(struct bytes text, uint8_t *out, size_t n);

void encode_base64url(struct bytes b, struct buf *out);

/* Append what ${text} stands for. ERR_MALFORMED for any other letter, for padding and for a last
 * letter with stray bits, so that one value has one form. */
enum err decode_base64url(struct bytes text, struct buf *out);

/* The same for the common alphabet with its padding (RFC 4648 §4), as HTTP's Basic has it. */
enum err decode_base64(struct bytes text, struct buf *out);
void encode_base64(struct bytes b, struct buf *out);

/* Append in base32 without padding (RFC 4648 §6), as authenticator apps take keys. */
void encode_base32(struct bytes b, struct buf *out);

/* Append with & < > " ' escaped: safe between tags and in quoted attributes. */
void encode_html(const char *text, struct buf *out);

/* Append with all but the unreserved letters of RFC 3986 as %HH. */
void encode_url(const char *text, struct buf *out);

/* One name or value of a query or form body, decoded: %HH is a byte, '+' a space. ERR_MALFORMED: broken
 * escape or a NUL; ERR_LIMIT. ${out} may then be partly written. */
enum err decode_form_piece(struct bytes in, char *out, size_t size);

/* The value of ${name} in a query or form body (a=1&b=2), decoded into ${out} of ${size} bytes.
 * ERR_NOT_FOUND; ERR_MALFORMED: repeated, broken escape or a NUL; ERR_LIMIT: too long. */
enum err decode_form_field(struct bytes form, const char *name, char *out, size_t size);

#endif
