/* format/armour.c: files that carry others as text, outside of mail: uuencode (both alphabets), yEnc,
 * BinHex 4.0. */
#include <stdlib.h>

#include "base/reader.h"
#include "format/decode.h"
#include "format/limits.h"
#include "format/readers.h"

/* Give what was decoded, and free it. */
static enum err
give(const struct outlet *out, struct bytes name, struct buf *content)
{
	enum err e = content->err == ERR_NOMEM ? ERR_NOMEM : ERR_NONE;

	outlet_give(out, name, buf_bytes(content), OUTLET_FILE);
	buf_fini(content);
	return e;
}

/* "begin 644 NAME": three or four octal digits and a name. */
static bool
is_begin(struct bytes line, struct bytes *name)
{
	size_t i = 6;

	if (!bytes_start_with(line, "begin "))
		return false;
	while (i < line.n && line.p[i] >= '0' && line.p[i] <= '7')
		i++;
	if (i < 9 || i > 12 || i >= line.n || line.p[i] != ' ')
		return false;
	*name = bytes_from(line, i + 1);
	return true;
}

enum err
armour_unpack_uu(const struct source *object, const struct outlet *out)
{
	struct bytes rest = object->whole, name;
	bool any = false;
	enum err e = ERR_NONE;

	while (rest.n > 0 && e == ERR_NONE && outlet_step(out)) {
		struct bytes line = decode_take_line(&rest);
		bool base64 = bytes_start_with(line, "begin-base64 ");
		struct buf content;

		if (!base64 && !is_begin(line, &name))
			continue;
		buf_init(&content, rest.n);
		if (base64) {
			size_t end = decode_find(rest, "\n====");

			name = bytes_from(line, 17);
			decode_base64(bytes_first(rest, end), &content);
			if (end == rest.n)
				outlet_miss(out, TROUBLE_DAMAGED, name);
			rest = bytes_from(rest, end);
		} else {
			rest = bytes_from(rest, decode_uu(rest, &content));
			if (rest.n == 0 && decode_find(bytes_from(object->whole,
				object->whole.n < 8 ? 0 : object->whole.n - 8), "end") == 8)
				outlet_miss(out, TROUBLE_DAMAGED, name);
		}
		any = true;
		e = give(out, name, &content);
	}
	return e == ERR_NONE && !any ? ERR_NOT_FOUND : e;
}

enum err
armour_unpack_yenc(const struct source *object, const struct outlet *out)
{
	struct bytes rest = object->whole;
	bool any = false;
	enum err e = ERR_NONE;

	while (rest.n > 0 && e == ERR_NONE && outlet_step(out)) {
		struct bytes line = decode_take_line(&rest);
		struct buf content;

		if (!bytes_start_with(line, "=ybegin "))
			continue;
		buf_init(&content, rest.n);
		rest = bytes_from(rest, decode_yenc(rest, &content));
		any = true;
		e = give(out, bytes_from(line, decode_find(line, "name=") + 5), &content);
	}
	return e == ERR_NONE && !any ? ERR_NOT_FOUND : e;
}

/* BinHex: six bits a character behind a colon, then runs: 0x90 and how often the byte before. */
static void
decode_binhex(struct bytes in, struct buf *out)
{
	static const char alphabet[] =
	    "!\"#$%&'()*+,-012345689@ABCDEFGHIJKLMNPQRSTUVXYZ[`abcdefhijklmpqr";
	uint32_t held = 0;
	unsigned bits = 0;
	uint8_t last = 0;
	bool run = false;

	for (size_t i = 0; i < in.n && in.p[i] != ':' && out->err == ERR_NONE; i++) {
		const char *at = in.p[i] == '\0' ? NULL : strchr(alphabet, in.p[i]);
		uint8_t byte;

		if (at == NULL)
			continue;
		held = held << 6 | (uint32_t)(at - alphabet);
		bits += 6;
		if (bits < 8)
			continue;
		bits -= 8;
		byte = (uint8_t)(held >> bits);
		if (run) {
			run = false;
			if (byte == 0) {
				last = 0x90;
				buf_u8(out, last);
			}
			for (unsigned k = 1; k < byte; k++)
				buf_u8(out, last);
		} else if (byte == 0x90) {
			run = true;
		} else {
			last = byte;
			buf_u8(out, last);
		}
	}
}

enum err
armour_unpack_binhex(const struct source *object, const struct outlet *out)
{
	struct bytes in = bytes_from(object->whole, decode_find(object->whole, "converted with BinHex"));
	struct bytes name, data, resource;
	struct buf plain;
	struct reader r;
	uint32_t data_size, resource_size;

	in = bytes_from(in, bytes_find(in, '\n'));
	in = bytes_from(in, bytes_find(in, ':') + 1);
	if (in.n == 0)
		return ERR_NOT_FOUND;
	buf_init(&plain, FORMAT_SOLID_MAX);
	decode_binhex(in, &plain);
	r = reader_over(buf_bytes(&plain));
	name = reader_take(&r, reader_u8(&r));
	reader_take(&r, 11);
	data_size = reader_u32be(&r);
	resource_size = reader_u32be(&r);
	reader_u16be(&r);
	data = bytes_first(r.rest, data_size);
	resource = bytes_first(bytes_from(r.rest, (size_t)data_size + 2), resource_size);
	if (plain.err == ERR_LIMIT)
		outlet_miss(out, TROUBLE_LIMIT, name);
	else if (r.bad || data.n < data_size || resource.n < resource_size)
		outlet_miss(out, TROUBLE_DAMAGED, name);
	outlet_give(out, name, data, OUTLET_FILE);
	outlet_give(out, name, resource, OUTLET_FILE);
	if (plain.err == ERR_NOMEM) {
		buf_fini(&plain);
		return ERR_NOMEM;
	}
	buf_fini(&plain);
	return ERR_NONE;
}
