/* codec/encode.c: see encode.h. */
#include "codec/encode.h"

#include "base/text.h"

static const char hex_digits[] = "0123456789abcdef";
static const char url64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

void
encode_hex(struct bytes b, char *out)
{
	for (size_t i = 0; i < b.n; i++) {
		*out++ = hex_digits[b.p[i] >> 4];
		*out++ = hex_digits[b.p[i] & 15];
	}
	*out = '\0';
}

static int
hex_value(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

enum err
decode_hex(struct bytes text, uint8_t *out, size_t n)
{
	if (text.n != 2 * n)
		return ERR_MALFORMED;
	for (size_t i = 0; i < text.n; i++)
		if (hex_value(text.p[i]) < 0)
			return ERR_MALFORMED;
	for (size_t i = 0; i < n; i++)
		out[i] = (uint8_t)(hex_value(text.p[2 * i]) << 4 | hex_value(text.p[2 * i + 1]));
	return ERR_NONE;
}

void
encode_base64url(struct bytes b, struct buf *out)
{
	/* Into room made once: every lease goes through here. */
	uint8_t *to = buf_reserve(out, (b.n * 4 + 2) / 3), *at = to;

	if (to == NULL)
		return;
	for (size_t i = 0; i < b.n; i += 3) {
		size_t left = b.n - i;
		uint32_t v = (uint32_t)b.p[i] << 16;

		if (left > 1)
			v |= (uint32_t)b.p[i + 1] << 8;
		if (left > 2)
			v |= b.p[i + 2];
		*at++ = (uint8_t)url64[v >> 18];
		*at++ = (uint8_t)url64[v >> 12 & 63];
		if (left > 1)
			*at++ = (uint8_t)url64[v >> 6 & 63];
		if (left > 2)
			*at++ = (uint8_t)url64[v & 63];
	}
	out->n += (size_t)(at - to);
}

static int
url64_value(uint8_t c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '-' ? 62 : c == '_' ? 63 : -1;
}

enum err
decode_base64url(struct bytes text, struct buf *out)
{
	size_t before = out->n;
	uint32_t bits = 0;
	unsigned held = 0;

	for (size_t i = 0; i < text.n; i++) {
		int v = url64_value(text.p[i]);

		if (v < 0)
			goto malformed;
		bits = bits << 6 | (uint32_t)v;
		held += 6;
		if (held >= 8) {
			held -= 8;
			buf_u8(out, (uint8_t)(bits >> held));
			bits &= (1U << held) - 1;
		}
	}
	if (held == 6 || bits != 0)
		goto malformed;
	return out->err;
malformed:
	out->n = before;
	return ERR_MALFORMED;
}

enum err
decode_base64(struct bytes text, struct buf *out)
{
	size_t padding = 0;
	struct buf plain;
	enum err e;

	while (padding < 2 && padding < text.n && text.p[text.n - 1 - padding] == '=')
		padding++;
	if (text.n % 4 != 0)
		return ERR_MALFORMED;
	buf_init(&plain, text.n + 1);
	for (size_t i = 0; i < text.n - padding; i++) {
		uint8_t c = text.p[i];

		/* What only the other alphabet has becomes what neither has. */
		buf_u8(&plain, c == '+' ? '-' : c == '/' ? '_' : c == '-' || c == '_' ? '*' : c);
	}
	if ((e = plain.err) == ERR_NONE)
		e = decode_base64url(buf_bytes(&plain), out);
	buf_fini(&plain);
	return e;
}

/* The two forms differ in two letters and in the padding. */
void
encode_base64(struct bytes b, struct buf *out)
{
	size_t before = out->n;

	encode_base64url(b, out);
	for (size_t i = before; i < out->n; i++)
		out->p[i] = out->p[i] == '-' ? '+' : out->p[i] == '_' ? '/' : out->p[i];
	for (size_t n = out->n - before; n % 4 != 0; n++)
		buf_u8(out, '=');
}

void
encode_base32(struct bytes b, struct buf *out)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
	unsigned have = 0;
	uint32_t bits = 0;

	for (size_t i = 0; i < b.n; i++) {
		bits = bits << 8 | b.p[i];
		for (have += 8; have >= 5; have -= 5)
			buf_u8(out, (uint8_t)alphabet[bits >> (have - 5) & 31]);
	}
	if (have > 0)
		buf_u8(out, (uint8_t)alphabet[bits << (5 - have) & 31]);
}

void
encode_html(const char *text, struct buf *out)
{
	for (; *text != '\0'; text++) {
		switch (*text) {
		case '&':
			buf_put_string(out, "&amp;");
			break;
		case '<':
			buf_put_string(out, "&lt;");
			break;
		case '>':
			buf_put_string(out, "&gt;");
			break;
		case '"':
			buf_put_string(out, "&quot;");
			break;
		case '\'':
			buf_put_string(out, "&#39;");
			break;
		default:
			buf_u8(out, (uint8_t)*text);
		}
	}
}

void
encode_url(const char *text, struct buf *out)
{
	for (; *text != '\0'; text++) {
		uint8_t c = (uint8_t)*text;

		/* The letters of base64url and "." and "~" are just the unreserved ones. */
		if (url64_value(c) >= 0 || c == '.' || c == '~')
			buf_u8(out, c);
		else
			buf_printf(out, "%%%02X", (unsigned)c);
	}
}

enum err
decode_form_piece(struct bytes in, char *out, size_t size)
{
	size_t n = 0;

	for (size_t i = 0; i < in.n; i++) {
		uint8_t c = in.p[i] == '+' ? ' ' : in.p[i];

		if (c == '%') {
			if (in.n - i < 3 || decode_hex(bytes_of(in.p + i + 1, 2), &c, 1) != ERR_NONE)
				return ERR_MALFORMED;
			i += 2;
		}
		if (c == '\0')
			return ERR_MALFORMED;
		if (n + 1 >= size)
			return ERR_LIMIT;
		out[n++] = (char)c;
	}
	out[n] = '\0';
	return ERR_NONE;
}

enum err
decode_form_field(struct bytes form, const char *name, char *out, size_t size)
{
	bool found = false;

	out[0] = '\0';
	while (form.n > 0) {
		size_t end = bytes_find(form, '&');
		struct bytes pair = bytes_first(form, end);
		size_t equals = bytes_find(pair, '=');
		enum err e;

		form = bytes_from(form, end + 1);
		if (!bytes_equal_text(bytes_first(pair, equals), name))
			continue;
		if (found)
			return ERR_MALFORMED;
		found = true;
		if ((e = decode_form_piece(bytes_from(pair, equals + 1), out, size)) != ERR_NONE) {
			out[0] = '\0';
			return e;
		}
	}
	return found ? ERR_NONE : ERR_NOT_FOUND;
}
