/* format/decode.c: see decode.h. */
#include "format/decode.h"

#include <ctype.h>
#include <strings.h>

int
decode_hex_digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static int
base64_digit(uint8_t c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '+' || c == '-')
		return 62;
	return c == '/' || c == '_' ? 63 : -1;
}

void
decode_base64(struct bytes in, struct buf *out)
{
	uint32_t held = 0;
	unsigned bits = 0;

	for (size_t i = 0; i < in.n; i++) {
		int digit = base64_digit(in.p[i]);

		if (in.p[i] == '=') {
			/* Several encodings one after the other are one to some programs. */
			bits = 0;
			continue;
		}
		if (digit < 0)
			continue;
		held = held << 6 | (uint32_t)digit;
		bits += 6;
		if (bits >= 8) {
			bits -= 8;
			buf_u8(out, (uint8_t)(held >> bits));
		}
	}
}

void
decode_quoted_printable(struct bytes in, struct buf *out)
{
	for (size_t i = 0; i < in.n; i++) {
		int high, low;

		if (in.p[i] != '=') {
			buf_u8(out, in.p[i]);
			continue;
		}
		if (i + 2 < in.n && (high = decode_hex_digit(in.p[i + 1])) >= 0 &&
		    (low = decode_hex_digit(in.p[i + 2])) >= 0) {
			buf_u8(out, (uint8_t)(high << 4 | low));
			i += 2;
			continue;
		}
		/* A soft break, perhaps with blanks before it. */
		high = 1;
		while (i + (size_t)high < in.n && strchr(" \t\r", in.p[i + (size_t)high]) != NULL &&
		    in.p[i + (size_t)high] != '\0')
			high++;
		if (i + (size_t)high >= in.n || in.p[i + (size_t)high] == '\n')
			i += (size_t)high;
		else
			buf_u8(out, '=');
	}
}

void
decode_hex(struct bytes in, struct buf *out)
{
	int high = -1;

	for (size_t i = 0; i < in.n; i++) {
		int digit = decode_hex_digit(in.p[i]);

		if (digit < 0)
			continue;
		if (high < 0) {
			high = digit;
			continue;
		}
		buf_u8(out, (uint8_t)(high << 4 | digit));
		high = -1;
	}
}

struct bytes
decode_take_line(struct bytes *in)
{
	size_t end = bytes_find(*in, '\n');
	struct bytes line = bytes_first(*in, end);

	*in = bytes_from(*in, end + 1);
	if (line.n > 0 && line.p[line.n - 1] == '\r')
		line.n--;
	return line;
}

static void
decode_uu_line(struct bytes line, bool last, struct buf *out)
{
	size_t n = (size_t)((line.p[0] - ' ') & 63);

	line = bytes_from(line, 1);
	/* Blanks at a line's end get lost, and are zeros; but a file may be cut there. */
	if (last && n > line.n * 6 / 8)
		n = line.n * 6 / 8;
	for (size_t i = 0; n > 0; i += 4) {
		uint32_t group = 0;

		for (size_t k = 0; k < 4; k++)
			group = group << 6 |
			    (i + k < line.n ? (uint32_t)((line.p[i + k] - ' ') & 63) : 0);
		for (int k = 16; k >= 0 && n > 0; k -= 8, n--)
			buf_u8(out, (uint8_t)(group >> k));
	}
}

size_t
decode_uu(struct bytes in, struct buf *out)
{
	struct bytes rest = in;

	while (rest.n > 0) {
		struct bytes line = decode_take_line(&rest);
		size_t n;

		if (bytes_equal_text(line, "end"))
			break;
		if (line.n == 0 || bytes_equal_text(line, "`"))
			continue;
		n = (size_t)((line.p[0] - ' ') & 63);
		/* Some writers leave out blanks at the end, some add a check character. */
		if (line.p[0] < ' ' || line.p[0] > '`' || line.n > 2 + (n + 2) / 3 * 4 + 2)
			break;
		decode_uu_line(line, rest.n == 0, out);
	}
	return in.n - rest.n;
}

size_t
decode_yenc(struct bytes in, struct buf *out)
{
	struct bytes rest = in;

	while (rest.n > 0) {
		struct bytes line = decode_take_line(&rest);
		bool escaped = false;

		if (bytes_start_with(line, "=yend"))
			break;
		if (bytes_start_with(line, "=ypart"))
			continue;
		for (size_t i = 0; i < line.n; i++) {
			if (!escaped && line.p[i] == '=') {
				escaped = true;
				continue;
			}
			buf_u8(out, (uint8_t)(line.p[i] - 42 - (escaped ? 64 : 0)));
			escaped = false;
		}
	}
	return in.n - rest.n;
}

bool
decode_starts_with(struct bytes b, const char *word)
{
	size_t n = strlen(word);

	return b.n >= n && strncasecmp((const char *)b.p, word, n) == 0;
}

size_t
decode_find(struct bytes b, const char *word)
{
	int low = tolower((unsigned char)word[0]), high = toupper((unsigned char)word[0]);

	for (size_t i = 0; i < b.n; i++)
		if ((b.p[i] == low || b.p[i] == high) && decode_starts_with(bytes_from(b, i), word))
			return i;
	return b.n;
}
