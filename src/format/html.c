/* format/html.c: HTML and scripts in normal form, so that signatures of text match whatever the
 * spelling: letters small, runs of blanks as one, entities and escapes in clear, strings that are
 * put together again; and the files that data: addresses carry. A reader of text, not a parser of
 * HTML: what browsers forgive is forgiven. */
#include <ctype.h>
#include <stdlib.h>

#include "format/decode.h"
#include "format/limits.h"
#include "format/readers.h"

/* Append ${c} in normal form. */
static void
put_normal(struct buf *out, uint8_t c)
{
	if (c == '\0')
		return;
	if (isspace(c))
		c = ' ';
	if (c == ' ' && (out->n == 0 || out->p[out->n - 1] == ' '))
		return;
	buf_u8(out, (uint8_t)(c < 128 ? tolower(c) : c));
}

/* An entity at the front of ${in}: its byte, and its length in *n. 0: it is none. */
static uint8_t
entity(struct bytes in, size_t *n)
{
	static const struct {
		const char *name;
		uint8_t byte;
	} names[] = { { "&lt;", '<' }, { "&gt;", '>' }, { "&amp;", '&' }, { "&quot;", '"' },
		{ "&apos;", '\'' }, { "&nbsp;", ' ' }, { "&colon;", ':' }, { "&sol;", '/' },
		{ "&lpar;", '(' }, { "&rpar;", ')' }, { "&tab;", ' ' }, { "&newline;", ' ' } };
	unsigned value = 0;
	size_t i = 2;
	bool hex;

	for (size_t k = 0; k < sizeof names / sizeof names[0]; k++)
		if (decode_starts_with(in, names[k].name)) {
			*n = strlen(names[k].name);
			return names[k].byte;
		}
	if (in.n < 3 || in.p[1] != '#')
		return 0;
	hex = in.p[2] == 'x' || in.p[2] == 'X';
	for (i += hex; i < in.n && i < 12; i++) {
		int digit = decode_hex_digit(in.p[i]);

		if (digit < 0 || (!hex && digit > 9))
			break;
		value = value * (hex ? 16 : 10) + (unsigned)digit;
	}
	*n = i + (i < in.n && in.p[i] == ';');
	return value > 0 && value < 256 ? (uint8_t)value : 0;
}

/* A script's escape at the front of ${in}: \xHH, \uHHHH, %HH, %uHHHH. As entity. */
static uint8_t
escape(struct bytes in, size_t *n)
{
	unsigned value = 0;
	size_t i = 1, digits = 2;

	if (in.n < 3)
		return 0;
	if (in.p[0] == '\\') {
		if (in.p[1] != 'x' && in.p[1] != 'u')
			return 0;
		digits = in.p[1] == 'u' ? 4 : 2;
		i = 2;
	} else if (in.p[1] == 'u') {
		digits = 4;
		i = 2;
	}
	for (size_t k = 0; k < digits; k++, i++) {
		int digit = i < in.n ? decode_hex_digit(in.p[i]) : -1;

		if (digit < 0)
			return 0;
		value = value << 4 | (unsigned)digit;
	}
	*n = digits + (in.p[0] == '\\' || digits == 4 ? 2 : 1);
	return value < 256 ? (uint8_t)value : 0;
}

/* Length of "quote + quote" in ${in}, which two strings that are put together have between; or 0. */
static size_t
joint(struct bytes in)
{
	size_t i = 1;

	while (i < in.n && isspace(in.p[i]))
		i++;
	if (i >= in.n || (in.p[i] != '+' && in.p[i] != '&'))
		return 0;
	i++;
	while (i < in.n && isspace(in.p[i]))
		i++;
	return i < in.n && (in.p[i] == '"' || in.p[i] == '\'') ? i + 1 : 0;
}

static void
normalise_script(struct bytes in, struct buf *out)
{
	for (size_t i = 0; i < in.n;) {
		struct bytes rest = bytes_from(in, i);
		size_t n = 0;
		uint8_t c = in.p[i];

		if ((c == '\\' || c == '%') && (c = escape(rest, &n)) != 0) {
			put_normal(out, c);
			i += n;
			continue;
		}
		c = in.p[i];
		if ((c == '"' || c == '\'') && (n = joint(rest)) > 0) {
			i += n;
			continue;
		}
		put_normal(out, c);
		i++;
	}
}

/* Text without comments, and without tags when ${bare}. */
static void
normalise_html(struct bytes in, bool bare, struct buf *out)
{
	bool inside = false;

	for (size_t i = 0; i < in.n;) {
		struct bytes rest = bytes_from(in, i);
		size_t n = 1;
		uint8_t c = in.p[i];

		if (c == '<' && bytes_start_with(rest, "<!--")) {
			size_t end = decode_find(bytes_from(rest, 4), "-->");

			i += 4 + end + 3;
			continue;
		}
		if (c == '&' && (c = entity(rest, &n)) == 0) {
			c = '&';
			n = 1;
		}
		if (n == 1 && c == '<')
			inside = true;
		if (!bare || !inside)
			put_normal(out, c);
		if (n == 1 && c == '>')
			inside = false;
		i += n;
	}
}

/* What data: addresses carry, up to the quote or bracket that ends them. */
static enum err
give_data(struct bytes in, const struct outlet *out)
{
	unsigned left = FORMAT_DATA_MAX;

	while (in.n > 0 && outlet_step(out)) {
		size_t at = decode_find(in, "data:"), comma, end;
		struct bytes head;
		struct buf content;

		if (at == in.n)
			break;
		if (left-- == 0) {
			outlet_miss(out, TROUBLE_LIMIT, bytes_of_text("data"));
			break;
		}
		in = bytes_from(in, at + 5);
		comma = bytes_find(bytes_first(in, 200), ',');
		if (comma >= in.n || comma >= 200)
			continue;
		head = bytes_first(in, comma);
		for (end = comma; end < in.n && strchr("\"'<>)", in.p[end]) == NULL;)
			end++;
		if (decode_find(head, "base64") < head.n) {
			buf_init(&content, end - comma);
			decode_base64(bytes_first(bytes_from(in, comma), end - comma), &content);
			if (content.err == ERR_NOMEM) {
				buf_fini(&content);
				return ERR_NOMEM;
			}
			outlet_give(out, bytes_of_text("data"), buf_bytes(&content), OUTLET_FILE);
			/* Neither quote nor bracket: the page was cut. */
			if (end == in.n && content.n > 0)
				outlet_miss(out, TROUBLE_DAMAGED, bytes_of_text("data"));
			buf_fini(&content);
		}
		in = bytes_from(in, end);
	}
	return ERR_NONE;
}

/* Clear ${room}, but keep in mind that its memory was short. */
static void
begin_anew(struct buf *room, enum err *e)
{
	if (room->err != ERR_NONE)
		*e = room->err;
	buf_clear(room);
}

static void
give_scripts(struct bytes in, struct buf *room, const struct outlet *out, enum err *e)
{
	unsigned left = FORMAT_DATA_MAX;

	while (in.n > 0 && outlet_step(out)) {
		size_t at = decode_find(in, "<script"), end;

		in = bytes_from(in, at);
		in = bytes_from(in, bytes_find(in, '>') + 1);
		end = decode_find(in, "</script");
		if (in.n == 0)
			break;
		if (left-- == 0) {
			outlet_miss(out, TROUBLE_LIMIT, bytes_of_text("script"));
			break;
		}
		begin_anew(room, e);
		normalise_script(bytes_first(in, end), room);
		outlet_give(out, bytes_of_text("script"), buf_bytes(room), OUTLET_TEXT);
		in = bytes_from(in, end);
	}
}

enum err
html_unpack(const struct source *object, const struct outlet *out)
{
	struct bytes in = bytes_first(object->whole, FORMAT_TEXT_MAX);
	enum err e = ERR_NONE, last;
	struct buf room;

	if (object->whole.n > in.n)
		outlet_miss(out, TROUBLE_LIMIT, bytes_of(NULL, 0));
	buf_init(&room, in.n);
	normalise_html(in, false, &room);
	outlet_give(out, bytes_of_text("html"), buf_bytes(&room), OUTLET_HTML);
	begin_anew(&room, &e);
	normalise_html(in, true, &room);
	outlet_give(out, bytes_of_text("text"), buf_bytes(&room), OUTLET_HTML);
	give_scripts(in, &room, out, &e);
	begin_anew(&room, &e);
	buf_fini(&room);
	last = give_data(in, out);
	return e == ERR_NONE ? last : e;
}

/* Any text, a log of gigabytes too: that only its front is read as a script is no gap, for all of it
 * was searched as it stands. */
enum err
html_unpack_script(const struct source *object, const struct outlet *out)
{
	struct bytes in = bytes_first(object->whole, FORMAT_TEXT_MAX);
	struct buf room;
	enum err e;

	buf_init(&room, in.n);
	normalise_script(in, &room);
	e = room.err == ERR_NOMEM ? ERR_NOMEM : ERR_NONE;
	if (!bytes_equal(buf_bytes(&room), in))
		outlet_give(out, bytes_of_text("normalised"), buf_bytes(&room), OUTLET_TEXT);
	buf_fini(&room);
	return e;
}
