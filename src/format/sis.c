/* format/sis.c: Symbian's installation files: the old form (up to 9.0) by its table of files, the new
 * one by the deflated fields in it. */
#include "base/reader.h"
#include "format/limits.h"
#include "format/pack.h"
#include "format/readers.h"

static struct bytes
slice(struct bytes file, uint32_t at, uint32_t n)
{
	return bytes_first(bytes_from(file, at), n);
}

static void
give(const struct outlet *out, struct bytes name, struct bytes data)
{
	struct source part = source_of_memory(data);
	enum trouble t;

	if (data.n < 2 || (data.p[0] & 15) != 8 || (data.p[0] << 8 | data.p[1]) % 31 != 0) {
		outlet_give(out, name, data, OUTLET_FILE);
		return;
	}
	if (!outlet_begin(out, name))
		return;
	t = pack_undo(PACK_ZLIB, &part, out, NULL);
	outlet_end(out);
	if (t != TROUBLE_NONE)
		outlet_miss(out, t, name);
}

enum { LANGUAGES_MAX = 100, NEW_UID = 0x10201a7a };

/* One record of the table; a file may come once for each language. */
static void
give_record(struct bytes file, struct reader *r, unsigned languages, const struct outlet *out)
{
	uint32_t record = reader_u32le(r), lengths[LANGUAGES_MAX], name_n, name_at;

	if (record > 1) {
		/* Options and conditions: nothing that holds a file. */
		r->bad = true;
		return;
	}
	languages = record == 0 ? 1 : languages;
	reader_take(r, 16);
	name_n = reader_u32le(r);
	name_at = reader_u32le(r);
	for (unsigned i = 0; i < languages; i++)
		lengths[i] = reader_u32le(r);
	for (unsigned i = 0; i < languages; i++) {
		uint32_t at = reader_u32le(r);

		if (!r->bad)
			give(out, slice(file, name_at, name_n), slice(file, at, lengths[i]));
	}
	reader_take(r, 4 * languages + 8);
}

/* The fields of the new form are typed and nested; only those that are deflated matter. */
static void
give_fields(struct bytes file, const struct outlet *out)
{
	enum { COMPRESSED = 3, ZLIB = 1 };

	for (size_t at = 0; at + 20 < file.n && outlet_step(out); at += 4) {
		struct reader r = reader_over(bytes_from(file, at));
		uint32_t type = reader_u32le(&r), n = reader_u32le(&r), method = reader_u32le(&r);

		if (type != COMPRESSED || method > ZLIB || n < 12 || n > r.rest.n + 4)
			continue;
		reader_u64le(&r);
		give(out, bytes_of_text("field"), bytes_first(r.rest, n - 12));
	}
}

enum err
sis_unpack(const struct source *object, const struct outlet *out)
{
	struct bytes file = object->whole;
	struct reader r = reader_over(file);
	uint16_t languages, files;
	uint32_t table;

	if (reader_u32le(&r) == NEW_UID) {
		give_fields(file, out);
		return ERR_NONE;
	}
	reader_take(&r, 14);
	languages = reader_u16le(&r);
	files = reader_u16le(&r);
	reader_take(&r, 30);
	table = reader_u32le(&r);
	if (r.bad || languages == 0 || languages > LANGUAGES_MAX) {
		outlet_miss(out, TROUBLE_DAMAGED, bytes_of(NULL, 0));
		return ERR_NONE;
	}
	r = reader_over(bytes_from(file, table));
	for (unsigned i = 0; i < files && !r.bad && outlet_step(out); i++)
		give_record(file, &r, languages, out);
	if (r.bad)
		outlet_miss(out, TROUBLE_DAMAGED, bytes_of(NULL, 0));
	return ERR_NONE;
}
