/* base/text.c: see text.h. */
#include "base/text.h"

#include <stdio.h>

enum err
text_copy(char *out, size_t size, const char *in)
{
	return text_from_bytes(out, size, bytes_of_text(in));
}

enum err
text_from_bytes(char *out, size_t size, struct bytes in)
{
	out[0] = '\0';
	if (in.n >= size)
		return ERR_LIMIT;
	if (bytes_find(in, 0) != in.n)
		return ERR_MALFORMED;
	if (in.n > 0)
		memcpy(out, in.p, in.n);
	out[in.n] = '\0';
	return ERR_NONE;
}

enum err
text_to_u64(struct bytes text, uint64_t max, uint64_t *out)
{
	uint64_t v = 0;

	if (text.n == 0)
		return ERR_MALFORMED;
	for (size_t i = 0; i < text.n; i++) {
		unsigned digit = (unsigned)text.p[i] - '0';

		if (digit > 9)
			return ERR_MALFORMED;
		if (v > (max - digit) / 10 || digit > max)
			return ERR_LIMIT;
		v = v * 10 + digit;
	}
	*out = v;
	return ERR_NONE;
}

enum err
text_to_seconds(const char *text, uint64_t max, int64_t *out)
{
	static const struct {
		char letter;
		uint64_t seconds;
	} units[] = { { 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 } };
	size_t n = strlen(text);
	uint64_t v;
	enum err e;

	if (max > INT64_MAX)
		max = INT64_MAX;
	for (size_t i = 0; n > 0 && i < sizeof units / sizeof units[0]; i++) {
		if (text[n - 1] != units[i].letter)
			continue;
		if ((e = text_to_u64(bytes_of(text, n - 1), max / units[i].seconds, &v)) != ERR_NONE)
			return e;
		*out = (int64_t)(v * units[i].seconds);
		return ERR_NONE;
	}
	return ERR_MALFORMED;
}

void
text_of_span(int64_t seconds, char *out, size_t size)
{
	static const struct {
		int64_t seconds;
		const char *name;
	} units[] = { { 86400, "day" }, { 3600, "hour" }, { 60, "minute" } };

	for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
		int64_t n = seconds / units[i].seconds;

		if (n < 1)
			continue;
		snprintf(out, size, "%lld %s%s", (long long)n, units[i].name, n == 1 ? "" : "s");
		return;
	}
	snprintf(out, size, "less than a minute");
}

/* Length of the UTF-8 sequence that ${lead} opens, with its payload bits and smallest code point. */
static size_t
utf8_length(uint8_t lead, uint32_t *bits, uint32_t *least)
{
	if (lead < 0x80)
		return *bits = lead, *least = 0, 1;
	if (lead >= 0xc2 && lead < 0xe0)
		return *bits = lead & 0x1fU, *least = 0x80, 2;
	if (lead >= 0xe0 && lead < 0xf0)
		return *bits = lead & 0x0fU, *least = 0x800, 3;
	if (lead >= 0xf0 && lead < 0xf5)
		return *bits = lead & 0x07U, *least = 0x10000, 4;
	return 0;
}

static bool
code_point_is_plain(uint32_t c)
{
	return c >= 0x20 && !(c >= 0x7f && c < 0xa0) && !(c >= 0xd800 && c < 0xe000) &&
	    c <= 0x10ffff && !(c >= 0x202a && c <= 0x202e) && !(c >= 0x2066 && c <= 0x2069);
}

/* Length of the plain character at the front of ${b}, or 0 when there is none such. */
static size_t
plain_length(struct bytes b)
{
	uint32_t c, least;
	size_t n = b.n == 0 ? 0 : utf8_length(b.p[0], &c, &least);

	if (n == 0 || n > b.n)
		return 0;
	for (size_t i = 1; i < n; i++) {
		if ((b.p[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (b.p[i] & 0x3fU);
	}
	return c >= least && code_point_is_plain(c) ? n : 0;
}

bool
text_is_plain(const char *text)
{
	struct bytes rest = bytes_of_text(text);
	size_t n;

	while ((n = plain_length(rest)) > 0)
		rest = bytes_from(rest, n);
	return rest.n == 0;
}

/* Whole characters off the front of ${in} into ${out}, up to ${room} bytes; how many were written. */
static size_t
put_plain(char *out, size_t room, struct bytes in)
{
	size_t done = 0;

	while (in.n > 0) {
		size_t n = plain_length(in);

		if (done + (n == 0 ? 1 : n) > room)
			break;
		if (n == 0)
			out[done] = '?';
		else
			memcpy(out + done, in.p, n);
		done += n == 0 ? 1 : n;
		in = bytes_from(in, n == 0 ? 1 : n);
	}
	return done;
}

void
text_make_plain(char *out, size_t size, struct bytes in)
{
	size_t half = (size - 4) / 2, n;

	if (in.n < size) {
		n = put_plain(out, size - 1, in);
	} else {
		n = put_plain(out, half, in);
		memcpy(out + n, "...", 3);
		in = bytes_from(in, in.n - half);
		/* Not from the middle of a character. */
		while (in.n > 0 && (in.p[0] & 0xc0) == 0x80)
			in = bytes_from(in, 1);
		n += 3 + put_plain(out + n + 3, half, in);
	}
	out[n] = '\0';
}
