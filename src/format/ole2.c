/* format/ole2.c: OLE2 compound files ([MS-CFB]): every stream; VBA modules in clear ([MS-OVBA]); the
 * files that packages and PowerPoint's objects hold. Chains that lead astray end, and are told. */
#include <stdlib.h>

#include "base/reader.h"
#include "format/limits.h"
#include "format/ole10.h"
#include "format/pack.h"
#include "format/readers.h"
#include "format/vba.h"

enum {
	ENTRY = 128,
	HEADER_TABLES = 109,	/* sector numbers of the FAT that the header has room for */
	NAME_UNITS = 32,
	SMALL = 64,		/* bytes of a mini sector; the header's own word is checked */
	LAST = 0xfffffffa,	/* this and above are no sectors */
	STREAM = 2,
	ROOT = 5,
};

struct ole2 {
	struct bytes file;
	const struct outlet *out;
	uint32_t sector;		/* bytes of one */
	uint32_t cutoff;		/* smaller streams lie in mini sectors */
	uint32_t *fat;			/* the next sector of each */
	size_t fat_count;
	struct buf mini_fat, mini;	/* the mini stream's table, and itself */
	bool damaged;
};

static struct bytes
sector_at(const struct ole2 *o, uint32_t number)
{
	uint64_t at = ((uint64_t)number + 1) * o->sector;

	if (at > o->file.n)
		return bytes_of(NULL, 0);
	return bytes_first(bytes_from(o->file, (size_t)at), o->sector);
}

/* Append the chain from ${first}, at most ${n} bytes of it; UINT64_MAX: all there are. */
static void
read_chain(struct ole2 *o, uint32_t first, uint64_t n, struct buf *into)
{
	size_t left = o->fat_count + 1;
	bool all = n == UINT64_MAX;

	buf_init(into, o->file.n + o->sector);
	for (uint32_t at = first; n > 0 && at < LAST; at = o->fat[at]) {
		struct bytes part = bytes_first(sector_at(o, at), n < SIZE_MAX ? (size_t)n : SIZE_MAX);

		if (at >= o->fat_count || left-- == 0 || part.n == 0) {
			o->damaged = true;
			return;
		}
		buf_put(into, part);
		n -= part.n;
	}
	/* In a circle, more comes out than there is. */
	if ((n > 0 && !all) || into->err == ERR_LIMIT)
		o->damaged = true;
}

static uint32_t
number_at(struct bytes table, size_t i)
{
	struct reader r = reader_over(bytes_from(table, i * 4));

	return r.rest.n < 4 ? LAST : reader_u32le(&r);
}

static void
read_mini_chain(struct ole2 *o, uint32_t first, uint64_t n, struct buf *into)
{
	size_t left = o->mini_fat.n / 4 + 1;

	buf_init(into, o->mini.n);
	for (uint32_t at = first; n > 0 && at < LAST; at = number_at(buf_bytes(&o->mini_fat), at)) {
		struct bytes part = bytes_first(bytes_from(buf_bytes(&o->mini), (size_t)at * SMALL),
		    n < SMALL ? (size_t)n : SMALL);

		if (left-- == 0 || part.n == 0) {
			o->damaged = true;
			return;
		}
		buf_put(into, part);
		n -= part.n;
	}
	if (n > 0 || into->err == ERR_LIMIT)
		o->damaged = true;
}

/* One more sector of the table of sectors. */
static bool
add_fat(struct ole2 *o, uint32_t number, size_t room)
{
	struct reader r = reader_over(sector_at(o, number));

	if (r.rest.n < o->sector)
		return false;
	while (r.rest.n >= 4 && o->fat_count < room)
		o->fat[o->fat_count++] = reader_u32le(&r);
	return true;
}

/* ${r} stands at the header's list of sectors; more stand in sectors that form a chain. */
static enum err
read_fat(struct ole2 *o, struct reader *r, uint32_t more, uint32_t fat_sectors)
{
	size_t room = o->file.n / o->sector + o->sector;
	uint32_t seen = 0;

	if ((o->fat = malloc(room * sizeof *o->fat)) == NULL)
		return ERR_NOMEM;
	for (unsigned i = 0; i < HEADER_TABLES && seen < fat_sectors; i++, seen++)
		if (!add_fat(o, reader_u32le(r), room))
			o->damaged = true;
	for (size_t left = o->file.n / o->sector + 1; more < LAST && left > 0; left--) {
		struct reader list = reader_over(sector_at(o, more));

		if (list.rest.n < o->sector) {
			o->damaged = true;
			break;
		}
		for (uint32_t i = 0; i + 1 < o->sector / 4 && seen < fat_sectors; i++, seen++)
			if (!add_fat(o, reader_u32le(&list), room))
				o->damaged = true;
		list.rest = bytes_from(sector_at(o, more), o->sector - 4);
		more = reader_u32le(&list);
	}
	return ERR_NONE;
}

/* PowerPoint's records: objects stand in records of one type, deflated mostly. */
static void
give_powerpoint(const struct outlet *out, struct bytes stream)
{
	enum { OBJECT = 0x1011, CONTAINER = 15 };
	struct reader r = reader_over(stream);

	while (r.rest.n >= 8 && outlet_step(out)) {
		uint16_t version = reader_u16le(&r), type = reader_u16le(&r);
		uint32_t n = reader_u32le(&r);
		struct bytes body = bytes_first(r.rest, n);

		if ((version & 15) == CONTAINER)
			continue;
		reader_take(&r, n < r.rest.n ? n : r.rest.n);
		if (type != OBJECT)
			continue;
		if (version >> 4 == 1 && body.n > 4) {
			struct source part = source_of_memory(bytes_from(body, 4));
			enum trouble t;

			if (!outlet_begin(out, bytes_of_text("object")))
				continue;
			t = pack_undo(PACK_ZLIB, &part, out, NULL);
			outlet_end(out);
			if (t != TROUBLE_NONE)
				outlet_miss(out, t, bytes_of_text("object"));
		} else {
			outlet_give(out, bytes_of_text("object"), body, OUTLET_FILE);
		}
	}
}

/* Word says in its first stream that the rest is encrypted; the new formats have one stream. */
static bool
is_encrypted(struct bytes name, struct bytes stream)
{
	if (bytes_equal_text(name, "EncryptedPackage"))
		return true;
	return bytes_equal_text(name, "WordDocument") && stream.n > 12 && stream.p[0] == 0xec &&
	    stream.p[1] == 0xa5 && (stream.p[11] & 1) != 0;
}

static void
give_stream(struct ole2 *o, struct bytes name, struct bytes content)
{
	if (is_encrypted(name, content))
		outlet_miss(o->out, TROUBLE_ENCRYPTED, name);
	outlet_give(o->out, name, content, OUTLET_FILE);
	if (bytes_equal_text(name, "\1Ole10Native"))
		ole10_give(o->out, bytes_from(content, 4));
	else if (bytes_equal_text(name, "PowerPoint Document"))
		give_powerpoint(o->out, content);
	vba_give(o->out, name, content);
}

/* A name of UTF-16 as one of bytes; MSI packs two characters into one unit, which are not undone. */
static struct bytes
read_name(struct reader *r, char room[static NAME_UNITS])
{
	struct reader units = reader_over(reader_take(r, 64));
	uint16_t n = reader_u16le(r);
	size_t used = 0;

	while (used < NAME_UNITS && used + 1 < n / 2) {
		uint16_t unit = reader_u16le(&units);

		room[used++] = unit < 128 ? (char)unit : '?';
	}
	return bytes_of(room, used);
}

static void
give_entry(struct ole2 *o, struct bytes entry)
{
	struct reader r = reader_over(entry);
	char room[NAME_UNITS];
	struct bytes name = read_name(&r, room);
	uint8_t type = reader_u8(&r);
	struct buf content;
	uint32_t first;
	uint64_t n;

	reader_take(&r, 49);
	first = reader_u32le(&r);
	n = reader_u64le(&r);
	/* Old writers leave rubbish in the upper half. */
	if (o->sector == 512)
		n &= UINT32_MAX;
	if (r.bad || type != STREAM || n == 0)
		return;
	if (n < o->cutoff)
		read_mini_chain(o, first, n, &content);
	else
		read_chain(o, first, n, &content);
	if (content.err == ERR_NOMEM)
		outlet_miss(o->out, TROUBLE_MEMORY, name);
	else
		give_stream(o, name, buf_bytes(&content));
	buf_fini(&content);
}

static void
give_all(struct ole2 *o, uint32_t directory_first)
{
	struct buf directory;
	struct reader r;

	read_chain(o, directory_first, UINT64_MAX, &directory);
	/* The root's own stream is what mini sectors are cut from. */
	r = reader_over(bytes_first(buf_bytes(&directory), ENTRY));
	reader_take(&r, 116);
	if (r.rest.n >= 12) {
		uint32_t first = reader_u32le(&r), n = reader_u32le(&r);

		buf_fini(&o->mini);
		read_chain(o, first, n, &o->mini);
	}
	for (size_t at = 0; at + ENTRY <= directory.n && outlet_step(o->out); at += ENTRY)
		give_entry(o, bytes_first(bytes_from(buf_bytes(&directory), at), ENTRY));
	if (directory.n < ENTRY)
		o->damaged = true;
	if (directory.err == ERR_NOMEM || o->mini.err == ERR_NOMEM || o->mini_fat.err == ERR_NOMEM)
		outlet_miss(o->out, TROUBLE_MEMORY, bytes_of(NULL, 0));
	buf_fini(&directory);
}

enum err
ole2_unpack(const struct source *object, const struct outlet *out)
{
	struct ole2 o = { .file = object->whole, .out = out };
	struct reader r = reader_over(object->whole);
	uint32_t directory, fat_sectors, mini_first, more;
	uint16_t shift;
	enum err e;

	reader_take(&r, 30);
	shift = reader_u16le(&r);
	reader_take(&r, 12);
	fat_sectors = reader_u32le(&r);
	directory = reader_u32le(&r);
	reader_u32le(&r);
	o.cutoff = reader_u32le(&r);
	mini_first = reader_u32le(&r);
	reader_u32le(&r);
	more = reader_u32le(&r);
	reader_u32le(&r);
	buf_init(&o.mini, 0);
	buf_init(&o.mini_fat, 0);
	if (r.bad || shift < 7 || shift > 16) {
		outlet_miss(out, TROUBLE_DAMAGED, bytes_of(NULL, 0));
		return ERR_NONE;
	}
	o.sector = 1U << shift;
	if ((e = read_fat(&o, &r, more, fat_sectors)) == ERR_NONE) {
		read_chain(&o, mini_first, UINT64_MAX, &o.mini_fat);
		give_all(&o, directory);
		if (o.damaged)
			outlet_miss(out, TROUBLE_DAMAGED, bytes_of(NULL, 0));
	}
	buf_fini(&o.mini);
	buf_fini(&o.mini_fat);
	free(o.fat);
	return e;
}
