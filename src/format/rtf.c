/* format/rtf.c: objects in RTF: each group of hexadecimal digits behind \objdata, and the file that
 * its OLE 1.0 "Package" holds; \bin too. Whatever stands between the digits is skipped, as
 * Word does; writers of exploits count on it. */
#include <ctype.h>
#include <stdlib.h>

#include "base/reader.h"
#include "format/decode.h"
#include "format/ole10.h"
#include "format/readers.h"

/* Collect the digits of a group to its closing brace; control words and inner groups are passed
 * over, raw bytes behind \bin are taken. Returns how much of ${in} was read. */
static size_t
collect(struct bytes in, struct buf *out)
{
	int depth = 1, high = -1;
	size_t i = 0;

	while (i < in.n && depth > 0) {
		uint8_t c = in.p[i++];
		int digit;

		if (c == '{') {
			depth++;
		} else if (c == '}') {
			depth--;
		} else if (c == '\\') {
			struct bytes word = bytes_from(in, i);
			unsigned long n = 0;

			if (word.n > 0 && word.p[0] == '\'') {
				i += 3;
				continue;
			}
			while (i < in.n && isalpha(in.p[i]))
				i++;
			if (i < in.n && in.p[i] == '-')
				i++;
			while (i < in.n && isdigit(in.p[i]) && n < 100000000)
				n = n * 10 + (unsigned long)(in.p[i++] - '0');
			if (i < in.n && in.p[i] == ' ')
				i++;
			if (decode_starts_with(word, "bin") && n > 0) {
				struct bytes raw = bytes_first(bytes_from(in, i), n);

				buf_put(out, raw);
				i += raw.n;
			}
		} else if ((digit = decode_hex_digit(c)) >= 0) {
			if (high < 0) {
				high = digit;
			} else {
				buf_u8(out, (uint8_t)(high << 4 | digit));
				high = -1;
			}
		}
	}
	return i;
}

/* [MS-OLEDS] 2.2.5: version, format 2, class, topic, item, size, data. */
static void
give_object(const struct outlet *out, struct bytes object)
{
	struct reader r = reader_over(object);
	struct bytes class, data;
	uint32_t format, n;

	reader_u32le(&r);
	format = reader_u32le(&r);
	class = reader_take(&r, reader_u32le(&r));
	reader_take(&r, reader_u32le(&r));
	reader_take(&r, reader_u32le(&r));
	n = reader_u32le(&r);
	if (r.bad || (format != 1 && format != 2)) {
		outlet_give(out, bytes_of_text("object"), object, OUTLET_FILE);
		return;
	}
	data = bytes_first(r.rest, n);
	if (data.n < n)
		outlet_miss(out, TROUBLE_DAMAGED, bytes_of_text("object"));
	if (decode_starts_with(class, "Package"))
		ole10_give(out, data);
	outlet_give(out, bytes_of_text("object"), data, OUTLET_FILE);
}

enum err
rtf_unpack(const struct source *object, const struct outlet *out)
{
	struct bytes rest = object->whole;
	enum err e = ERR_NONE;

	while (rest.n > 0 && e == ERR_NONE && outlet_step(out)) {
		const uint8_t *at = memmem(rest.p, rest.n, "\\objdata", 8);
		struct buf content;

		if (at == NULL)
			break;
		rest = bytes_from(rest, (size_t)(at - rest.p) + 8);
		buf_init(&content, rest.n);
		rest = bytes_from(rest, collect(rest, &content));
		if (content.err == ERR_NOMEM)
			e = ERR_NOMEM;
		else
			give_object(out, buf_bytes(&content));
		buf_fini(&content);
	}
	return e;
}
