/* codec/csv.c: see csv.h. */
#include "codec/csv.h"

#include <string.h>

/* Where a record's texts go: each ends with a NUL in ${record}'s room. */
struct writer {
	struct csv_record *record;
	size_t used;
	bool full;
};

struct csv
csv_over(struct bytes text)
{
	if (bytes_start_with(text, "\xef\xbb\xbf"))
		text = bytes_from(text, 3);
	return (struct csv){ text, 1 };
}

static void
put(struct writer *w, uint8_t c)
{
	if (w->used >= CSV_RECORD_MAX)
		w->full = true;
	else
		w->record->room[w->used++] = (char)c;
}

/* One byte further, or -1 at the end; counts lines. */
static int
take_byte(struct csv *c)
{
	int byte;

	if (c->rest.n == 0)
		return -1;
	byte = c->rest.p[0];
	c->rest = bytes_from(c->rest, 1);
	if (byte == '\n')
		c->line++;
	return byte;
}

static int
peek_byte(const struct csv *c)
{
	return c->rest.n == 0 ? -1 : c->rest.p[0];
}

/* Behind the opening quote, to behind the closing one. */
static bool
take_quoted(struct csv *c, struct writer *w)
{
	for (;;) {
		int byte = take_byte(c);

		if (byte < 0 || byte == '\0')
			return false;
		if (byte == '"') {
			if (peek_byte(c) != '"')
				return true;
			take_byte(c);
		}
		put(w, (uint8_t)byte);
	}
}

static bool
ends_field(int byte)
{
	return byte < 0 || byte == ',' || byte == '\n' || byte == '\r';
}

static bool
take_field(struct csv *c, struct writer *w)
{
	if (peek_byte(c) == '"') {
		take_byte(c);
		if (!take_quoted(c, w))
			return false;
	} else {
		while (!ends_field(peek_byte(c))) {
			int byte = take_byte(c);

			if (byte == '"' || byte == '\0')
				return false;
			put(w, (uint8_t)byte);
		}
	}
	put(w, '\0');
	return ends_field(peek_byte(c));
}

/* The end of the record: LF, CRLF or the end of the text. False: a CR alone. */
static bool
take_end(struct csv *c)
{
	int byte = take_byte(c);

	if (byte == '\r')
		byte = take_byte(c) == '\n' ? '\n' : 0;
	return byte < 0 || byte == '\n';
}

static void
skip_blank_lines(struct csv *c)
{
	while (peek_byte(c) == '\n' || (peek_byte(c) == '\r' && c->rest.n > 1 && c->rest.p[1] == '\n'))
		take_byte(c);
}

enum err
csv_take(struct csv *c, struct csv_record *out, struct fault *why)
{
	struct writer w = { .record = out };

	skip_blank_lines(c);
	if (c->rest.n == 0)
		return ERR_NOT_FOUND;
	out->line = c->line;
	out->count = 0;
	for (;;) {
		if (out->count == CSV_FIELDS_MAX)
			return fault_set(why, ERR_LIMIT, "line %zu has more than %d columns", out->line,
			    CSV_FIELDS_MAX);
		out->fields[out->count++] = out->room + w.used;
		if (!take_field(c, &w))
			return fault_set(why, ERR_MALFORMED, "line %zu: a quote or a NUL where none may be, or a"
			    " quote that does not end", out->line);
		if (w.full)
			return fault_set(why, ERR_LIMIT, "line %zu is longer than %d bytes", out->line,
			    CSV_RECORD_MAX);
		if (peek_byte(c) != ',')
			break;
		take_byte(c);
	}
	if (!take_end(c))
		return fault_set(why, ERR_MALFORMED, "line %zu: a carriage return alone", out->line);
	return ERR_NONE;
}

void
csv_put(struct buf *out, bool first, const char *text)
{
	if (!first)
		buf_u8(out, ',');
	if (strpbrk(text, ",\"\r\n") == NULL) {
		buf_put_string(out, text);
		return;
	}
	buf_u8(out, '"');
	for (; *text != '\0'; text++) {
		if (*text == '"')
			buf_u8(out, '"');
		buf_u8(out, (uint8_t)*text);
	}
	buf_u8(out, '"');
}

void
csv_end(struct buf *out)
{
	buf_put_string(out, "\r\n");
}
