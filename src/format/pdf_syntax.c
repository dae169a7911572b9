/* format/pdf_syntax.c: see pdf_syntax.h. Never calls itself: brackets are counted. */
#include "format/pdf_syntax.h"

#include <ctype.h>

#include "format/decode.h"

static bool
is_blank(uint8_t c)
{
	return c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == '\f' || c == '\0';
}

static bool
is_delimiter(uint8_t c)
{
	return c == '(' || c == ')' || c == '<' || c == '>' || c == '[' || c == ']' || c == '{' ||
	    c == '}' || c == '/' || c == '%';
}

struct bytes
pdf_skip_blanks(struct bytes in)
{
	size_t i = 0;

	while (i < in.n) {
		if (in.p[i] == '%') {
			while (i < in.n && in.p[i] != '\n' && in.p[i] != '\r')
				i++;
		} else if (is_blank(in.p[i])) {
			i++;
		} else {
			break;
		}
	}
	return bytes_from(in, i);
}

/* Length of the string at the front, with its brackets. */
static size_t
string_length(struct bytes in)
{
	size_t depth = 0;

	for (size_t i = 0; i < in.n; i++) {
		if (in.p[i] == '\\')
			i++;
		else if (in.p[i] == '(')
			depth++;
		else if (in.p[i] == ')' && --depth == 0)
			return i + 1;
	}
	return in.n;
}

static size_t
word_length(struct bytes in)
{
	size_t i = 1;

	while (i < in.n && !is_blank(in.p[i]) && !is_delimiter(in.p[i]))
		i++;
	return i;
}

/* Length of a thing that is no list: a string, a name, a number, a bracket. */
static size_t
atom_length(struct bytes in)
{
	if (in.p[0] == '(')
		return string_length(in);
	if (bytes_start_with(in, "<<") || bytes_start_with(in, ">>"))
		return 2;
	if (in.p[0] == '<') {
		size_t end = bytes_find(in, '>');

		return end < in.n ? end + 1 : in.n;
	}
	if (in.p[0] != '/' && is_delimiter(in.p[0]))
		return 1;
	return word_length(in);
}

static bool
is_number(struct bytes b)
{
	for (size_t i = 0; i < b.n; i++)
		if (!isdigit(b.p[i]))
			return false;
	return b.n > 0;
}

/* Length of "12 0 R" at the front, or of what else stands there. */
static size_t
reference_length(struct bytes in, size_t n)
{
	struct bytes rest = pdf_skip_blanks(bytes_from(in, n));
	size_t second;

	if (!is_number(bytes_first(in, n)) || rest.n == 0)
		return n;
	second = word_length(rest);
	if (!is_number(bytes_first(rest, second)))
		return n;
	rest = pdf_skip_blanks(bytes_from(rest, second));
	if (rest.n == 0 || rest.p[0] != 'R' || word_length(rest) != 1)
		return n;
	return in.n - rest.n + 1;
}

struct bytes
pdf_take_value(struct bytes *in)
{
	struct bytes start = pdf_skip_blanks(*in), rest = start;
	size_t depth = 0;

	while (rest.n > 0) {
		size_t n = atom_length(rest);
		bool opens = rest.p[0] == '[' || bytes_start_with(rest, "<<");
		bool closes = rest.p[0] == ']' || bytes_start_with(rest, ">>");

		if (closes && depth == 0)
			break;
		if (depth == 0)
			n = reference_length(rest, n);
		depth = depth + opens - closes;
		rest = pdf_skip_blanks(bytes_from(rest, n));
		if (depth == 0) {
			/* Without the blanks behind it. */
			size_t used = start.n - rest.n;

			while (used > 0 && !opens && !closes && is_blank(start.p[used - 1]))
				used--;
			*in = rest;
			return bytes_first(start, used);
		}
	}
	*in = bytes_of(NULL, 0);
	return depth > 0 ? start : bytes_of(NULL, 0);
}

struct bytes
pdf_items(struct bytes value)
{
	if (value.n < 1 || value.p[0] != '[')
		return value;
	return bytes_from(value, 1);
}

bool
pdf_is_name(struct bytes value, const char *name)
{
	size_t i = 1, k = 0, n = strlen(name);

	if (value.n == 0 || value.p[0] != '/')
		return false;
	while (i < value.n && !is_blank(value.p[i]) && k < n) {
		int high, low;
		uint8_t c = value.p[i];

		if (c == '#' && i + 2 < value.n && (high = decode_hex_digit(value.p[i + 1])) >= 0 &&
		    (low = decode_hex_digit(value.p[i + 2])) >= 0) {
			c = (uint8_t)(high << 4 | low);
			i += 2;
		}
		if (c != (uint8_t)name[k++])
			return false;
		i++;
	}
	return k == n && (i == value.n || is_blank(value.p[i]) || is_delimiter(value.p[i]));
}

struct bytes
pdf_get(struct bytes dictionary, const char *key)
{
	struct bytes rest = bytes_from(dictionary, 2);

	if (!bytes_start_with(dictionary, "<<"))
		return bytes_of(NULL, 0);
	while (rest.n > 0) {
		struct bytes name = pdf_take_value(&rest), value;

		if (name.n == 0)
			break;
		/* Something that is no key: look on behind it. */
		if (name.p[0] != '/')
			continue;
		value = pdf_take_value(&rest);
		if (pdf_is_name(name, key))
			return value;
	}
	return bytes_of(NULL, 0);
}

int64_t
pdf_number(struct bytes value, int64_t otherwise)
{
	bool negative = value.n > 0 && value.p[0] == '-';
	int64_t v = 0;
	size_t i = negative;

	if (i >= value.n || !isdigit(value.p[i]))
		return otherwise;
	for (; i < value.n && isdigit(value.p[i]) && v < INT64_C(1) << 40; i++)
		v = v * 10 + (value.p[i] - '0');
	return negative ? -v : v;
}

bool
pdf_reference(struct bytes value, uint32_t *number)
{
	if (value.n < 5 || value.p[value.n - 1] != 'R' || !isdigit(value.p[0]))
		return false;
	*number = (uint32_t)pdf_number(value, 0);
	return true;
}

/* One escape behind a backslash; returns its length. */
static size_t
put_escape(struct bytes in, struct buf *out)
{
	static const char from[] = "nrtbf", to[] = "\n\r\t\b\f";
	const char *at = in.p[0] == '\0' ? NULL : strchr(from, in.p[0]);
	unsigned v = 0;
	size_t i = 0;

	if (at != NULL) {
		buf_u8(out, (uint8_t)to[at - from]);
		return 1;
	}
	for (; i < 3 && i < in.n && in.p[i] >= '0' && in.p[i] <= '7'; i++)
		v = v * 8 + (unsigned)(in.p[i] - '0');
	if (i > 0)
		buf_u8(out, (uint8_t)v);
	else if (in.p[0] != '\n' && in.p[0] != '\r')
		buf_u8(out, in.p[0]);
	return i > 0 ? i : 1;
}

void
pdf_string(struct bytes value, struct buf *out)
{
	if (value.n < 2)
		return;
	if (value.p[0] == '<') {
		decode_hex(value, out);
		return;
	}
	value = bytes_from(bytes_first(value, value.n - 1), 1);
	for (size_t i = 0; i < value.n; i++) {
		if (value.p[i] == '\\' && i + 1 < value.n)
			i += put_escape(bytes_from(value, i + 1), out);
		else
			buf_u8(out, value.p[i]);
	}
}
