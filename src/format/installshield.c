/* format/installshield.c: setup.exe of InstallShield. The older kind has its files open behind the
 * program, each behind its name, path, version and size as texts; among them cabinets of its own
 * make ("ISc("), whose files are told by a header. The newer kind scrambles and deflates them. */
#include <ctype.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/buf.h"
#include "base/reader.h"
#include "base/text.h"
#include "format/installers.h"
#include "format/limits.h"
#include "format/pack.h"

/*
 * Cabinets: a descriptor, a table of files, and in the volumes chunks of bare Deflate.
 */

enum { FILE_SIZE = 87, FLAG_SPLIT = 1, FLAG_SCRAMBLED = 2, FLAG_PACKED = 4, FLAG_NONE = 8 };

struct cab_file {
	uint16_t flags, volume;
	uint64_t size, packed, at;
	struct bytes name;
};

static bool
read_file(struct bytes hdr, uint64_t table, uint64_t names, struct cab_file *f)
{
	struct reader r = reader_over(table > hdr.n ? bytes_of(NULL, 0) :
						      bytes_from(hdr, (size_t)table));
	struct reader name;
	uint32_t name_at;

	f->flags = reader_u16le(&r);
	f->size = reader_u64le(&r);
	f->packed = reader_u64le(&r);
	f->at = reader_u64le(&r);
	reader_take(&r, 32);
	name_at = reader_u32le(&r);
	reader_take(&r, 23);
	f->volume = reader_u16le(&r);
	if (r.bad)
		return false;
	name = reader_over(names + name_at > hdr.n ? bytes_of(NULL, 0) :
						     bytes_from(hdr, (size_t)(names + name_at)));
	f->name = reader_take_until(&name, 0);
	return true;
}

static void
unscramble(struct bytes in, struct buf *out)
{
	for (size_t i = 0; i < in.n; i++) {
		unsigned x = in.p[i] ^ 0xd5U;

		buf_u8(out, (uint8_t)((x >> 2 | x << 6) - i % 0x47));
	}
}

static void
give_chunks(const struct cab_file *f, struct bytes data, const struct outlet *out)
{
	struct reader r = reader_over(data);
	bool damaged = false, short_memory = false;

	if (!outlet_begin(out, f->name))
		return;
	while (r.rest.n > 2 && !damaged) {
		struct source part = source_of_memory(reader_take(&r, reader_u16le(&r)));
		enum trouble t = r.bad ? TROUBLE_DAMAGED :
					 pack_undo(PACK_DEFLATE, &part, out, NULL);

		/* A chunk has no end of its own: its input ends. */
		damaged = r.bad;
		short_memory |= t == TROUBLE_MEMORY;
		if (!outlet_step(out))
			break;
	}
	outlet_end(out);
	if (damaged || short_memory)
		outlet_miss(out, short_memory ? TROUBLE_MEMORY : TROUBLE_DAMAGED, f->name);
}

static void
give_cab_file(const struct cab_file *f, struct bytes volume, const struct outlet *out)
{
	struct bytes data = f->at > volume.n ? bytes_of(NULL, 0) :
					       bytes_first(bytes_from(volume, (size_t)f->at),
						   (size_t)((f->flags & FLAG_PACKED) != 0 ? f->packed :
											    f->size));
	struct buf clear;

	if (data.n == 0) {
		outlet_miss(out, TROUBLE_DAMAGED, f->name);
		return;
	}
	buf_init(&clear, data.n);
	if ((f->flags & FLAG_SCRAMBLED) != 0) {
		unscramble(data, &clear);
		data = buf_bytes(&clear);
		if (clear.err != ERR_NONE)
			outlet_miss(out, TROUBLE_MEMORY, f->name);
	}
	if ((f->flags & FLAG_PACKED) != 0)
		give_chunks(f, data, out);
	else
		outlet_give(out, f->name, data, OUTLET_FILE);
	buf_fini(&clear);
}

static struct bytes
find_volume(unsigned number, const struct installshield_volume *volumes, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (volumes[i].number == number)
			return volumes[i].content;
	return bytes_of(NULL, 0);
}

void
installshield_give_cabinet(struct bytes hdr, const struct installshield_volume *volumes,
    size_t count, const struct outlet *out)
{
	struct reader r = reader_over(hdr);
	uint32_t descriptor, size, table, table_2, files;

	if (reader_u32le(&r) != 0x28635349)
		return;
	reader_take(&r, 8);
	descriptor = reader_u32le(&r);
	size = reader_u32le(&r);
	if (r.bad || size == 0)
		return;
	r = reader_over(bytes_from(hdr, descriptor));
	reader_take(&r, 12);
	table = reader_u32le(&r);
	reader_take(&r, 24);
	files = reader_u32le(&r);
	table_2 = reader_u32le(&r);
	for (uint32_t i = 0; i < files && !r.bad && outlet_step(out); i++) {
		uint64_t names = (uint64_t)descriptor + table;
		struct cab_file f;

		if (i == FORMAT_ENTRIES_MAX) {
			outlet_miss(out, TROUBLE_LIMIT, bytes_of_text("cabinet"));
			break;
		}
		if (!read_file(hdr, names + table_2 + (uint64_t)i * FILE_SIZE, names, &f))
			break;
		if ((f.flags & FLAG_NONE) != 0 || f.size == 0)
			continue;
		if ((f.flags & FLAG_SPLIT) != 0)
			outlet_miss(out, TROUBLE_UNSUPPORTED, f.name);
		else
			give_cab_file(&f, find_volume(f.volume, volumes, count), out);
	}
}

/*
 * The older kind.
 */

struct overlay {
	struct installshield_volume *volumes;
	size_t count, room;
	struct bytes headers[FORMAT_CABINETS_MAX];
	size_t header_count;
	bool has_more;
};

/* "data7.cab" is volume 7. */
static unsigned
volume_number(struct bytes name)
{
	unsigned n = 0;

	for (size_t i = 0; i < name.n; i++)
		if (isdigit(name.p[i]) && n < 65535)
			n = n * 10 + (unsigned)(name.p[i] - '0');
	return n;
}

static enum err
note_cabinet(struct overlay *o, struct bytes name, struct bytes content)
{
	void *grown = o->volumes;
	enum err e;

	if (!bytes_start_with(content, "ISc("))
		return ERR_NONE;
	if (o->header_count < FORMAT_CABINETS_MAX)
		o->headers[o->header_count++] = content;
	else
		o->has_more = true;
	if (name.n < 4 || memcmp(name.p + name.n - 4, ".cab", 4) != 0)
		return ERR_NONE;
	if ((e = array_grow(&grown, &o->room, o->count + 1, sizeof *o->volumes)) != ERR_NONE)
		return e;
	o->volumes = grown;
	o->volumes[o->count++] = (struct installshield_volume){ volume_number(name), content };
	return ERR_NONE;
}

static enum err
give_overlay(struct bytes rest, const struct outlet *out)
{
	struct overlay o = { .volumes = NULL };
	enum err e = ERR_NONE;

	for (unsigned left = FORMAT_ENTRIES_MAX; rest.n > 8 && e == ERR_NONE; left--) {
		struct reader r = reader_over(rest);
		struct bytes name = reader_take_until(&r, 0), size_text, content;
		uint64_t size;

		reader_take_until(&r, 0);
		reader_take_until(&r, 0);
		size_text = reader_take_until(&r, 0);
		if (r.bad || name.n == 0 || text_to_u64(size_text, r.rest.n, &size) != ERR_NONE ||
		    !outlet_step(out))
			break;
		if (left == 0) {
			outlet_miss(out, TROUBLE_LIMIT, bytes_of_text("setup"));
			break;
		}
		content = bytes_first(r.rest, (size_t)size);
		outlet_give(out, name, content, OUTLET_FILE);
		e = note_cabinet(&o, name, content);
		rest = bytes_from(r.rest, (size_t)size);
	}
	if (o.has_more)
		outlet_miss(out, TROUBLE_LIMIT, bytes_of_text("setup"));
	for (size_t i = 0; i < o.header_count && e == ERR_NONE; i++)
		installshield_give_cabinet(o.headers[i], o.volumes, o.count, out);
	free(o.volumes);
	return e;
}

/*
 * The newer kind.
 */

enum { SETUP_HEADER = 46, SETUP_FILE = 312, SETUP_NAME = 260, SETUP_BLOCK = 1024 };

static void
unscramble_setup(struct bytes name, uint32_t flags, struct bytes in, struct buf *out)
{
	static const uint8_t magic[] = { 0x13, 0x35, 0x86, 0x07 };

	for (size_t i = 0; i < in.n; i++) {
		size_t k = ((flags & 4) != 0 ? i % SETUP_BLOCK : i) % name.n;
		uint8_t key = name.p[k] ^ magic[k % sizeof magic];
		uint8_t swapped = (uint8_t)(in.p[i] << 4 | in.p[i] >> 4);

		buf_u8(out, (uint8_t)~(key ^ swapped));
	}
}

static void
give_setup_file(struct bytes name, uint32_t flags, bool packed, struct bytes data,
    const struct outlet *out)
{
	struct source part;
	struct buf clear;
	enum trouble t;

	buf_init(&clear, data.n);
	if ((flags & 6) != 0 && name.n > 0) {
		unscramble_setup(name, flags, data, &clear);
		data = buf_bytes(&clear);
		if (clear.err != ERR_NONE)
			outlet_miss(out, TROUBLE_MEMORY, name);
	}
	part = source_of_memory(data);
	if (!packed) {
		outlet_give(out, name, data, OUTLET_FILE);
	} else if (outlet_begin(out, name)) {
		t = pack_undo(PACK_ZLIB, &part, out, NULL);
		outlet_end(out);
		if (t != TROUBLE_NONE)
			outlet_miss(out, t, name);
	}
	buf_fini(&clear);
}

static void
give_setup(struct bytes rest, const struct outlet *out)
{
	struct reader r = reader_over(rest);
	uint16_t count;

	reader_take(&r, 14);
	count = reader_u16le(&r);
	reader_take(&r, SETUP_HEADER - 16);
	for (unsigned i = 0; i < count && !r.bad && outlet_step(out); i++) {
		struct bytes name = reader_take(&r, SETUP_NAME), data;
		uint32_t flags = reader_u32le(&r), n;
		bool packed;

		name = bytes_first(name, bytes_find(name, 0));
		reader_u32le(&r);
		n = reader_u32le(&r);
		reader_take(&r, 8);
		packed = reader_u16le(&r) != 0;
		reader_take(&r, SETUP_FILE - SETUP_NAME - 22);
		data = reader_take(&r, n);
		if (!r.bad)
			give_setup_file(name, flags, packed, data, out);
	}
	if (r.bad)
		outlet_miss(out, TROUBLE_DAMAGED, bytes_of_text("setup"));
}

enum err
installshield_give(struct bytes file, const struct pe *pe, const struct outlet *out)
{
	struct bytes behind = pe->size > file.n ? bytes_of(NULL, 0) :
						  bytes_from(file, (size_t)pe->size);
	const uint8_t *at;

	if (behind.n == 0)
		return ERR_NONE;
	/* Debugging records may come before it. */
	at = memmem(behind.p, behind.n < 4096 ? behind.n : 4096, "InstallShield\0", 14);
	if (at != NULL) {
		give_setup(bytes_from(behind, (size_t)(at - behind.p)), out);
		return ERR_NONE;
	}
	if (memmem(file.p, file.n, "InstallShield", 13) == NULL)
		return ERR_NONE;
	/* Padding to a sector may come before the first name. */
	for (size_t i = 0; i < behind.n && i < 512; i++)
		if (behind.p[i] != 0)
			return give_overlay(bytes_from(behind, i), out);
	return ERR_NONE;
}
