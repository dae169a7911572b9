/* format/zip.c: zip archives, also those that were made so that tools disagree about them. Every
 * directory that an end record points to is read, and between the entries that they name every
 * local header is looked for; where a directory and a local header tell different sizes or methods,
 * both are believed. Follows PKWARE's APPNOTE 6.3; Zip64 included. */
#include <stdlib.h>

#include "base/array.h"
#include "base/reader.h"
#include "format/container.h"
#include "format/likely.h"
#include "format/limits.h"
#include "format/pack.h"
#include "format/readers.h"

enum {
	LOCAL = 0x04034b50,
	CENTRAL = 0x02014b50,
	LOCAL_SIZE = 30,
	CENTRAL_SIZE = 46,
	END_SIZE = 22,
	END64_SIZE = 56,
	LOCATOR_SIZE = 20,
	EXTRA_MAX = 2048,	/* beyond, only Zip64 could matter, which stands in front */
	/* The longest comment, and the end record before it. */
	TAIL = 65535 + END_SIZE,
	ENDS_MAX = 8,
	/* What stands in memory for methods that cannot be streamed. */
	OLD_METHOD_MAX = 256 << 20,
};

enum method { STORED = 0, SHRUNK = 1, IMPLODED = 6, DEFLATED = 8, DEFLATED_64 = 9, BZIPPED = 12,
	LZMAED = 14, ZSTANDARD = 93, XZED = 95, JPEGED = 96, WAVED = 97, PPMDED = 98, AESED = 99 };

/* What a header says of an entry. */
struct entry {
	uint64_t local;		/* where its local header lies */
	uint64_t packed, size;
	uint32_t crc;
	uint16_t flags, method;
	uint16_t name_size;
	uint64_t name_at;
	bool sizes_known;
};

/* A directory and its end record, without the comment. */
struct span {
	uint64_t from, to;
};

struct zip {
	const struct source *object;
	const struct outlet *out;
	struct entry *entries;	/* of all directories, ordered by local header later */
	size_t count, room;
	bool any;		/* something was found that only a zip has */
	bool has_end;
	struct span directories[2 * ENDS_MAX];	/* ordered by their start later */
	size_t directory_count;
	uint64_t covered;	/* by entries, so far, and by what may be theirs: gaps begin behind it */
	uint64_t position;	/* of the present entry */
	bool quiet;		/* the present entry may be none: only its magic says so */
};

static struct bytes
take(const struct zip *z, uint64_t at, uint8_t *room, size_t n)
{
	size_t got;

	if (source_read(z->object, at, room, n, &got) != ERR_NONE)
		got = 0;
	return bytes_of(room, got);
}

/* Sizes that do not fit into 32 bits stand in the extra field, only those, in this order. */
static void
read_zip64(const struct zip *z, uint64_t at, size_t n, struct entry *e, bool has_offset)
{
	uint8_t room[EXTRA_MAX];
	struct reader r = reader_over(take(z, at, room, n < EXTRA_MAX ? n : EXTRA_MAX));

	while (r.rest.n >= 4 && !r.bad) {
		uint16_t tag = reader_u16le(&r);
		struct reader field = reader_over(reader_take(&r, reader_u16le(&r)));

		if (tag != 1)
			continue;
		if (e->size == UINT32_MAX && field.rest.n >= 8)
			e->size = reader_u64le(&field);
		if (e->packed == UINT32_MAX && field.rest.n >= 8)
			e->packed = reader_u64le(&field);
		if (has_offset && e->local == UINT32_MAX && field.rest.n >= 8)
			e->local = reader_u64le(&field);
	}
}

/* False: no header there. *next is behind it: the data of the entry. */
static bool
read_local(const struct zip *z, uint64_t at, struct entry *e, uint64_t *next)
{
	uint8_t room[LOCAL_SIZE];
	struct reader r = reader_over(take(z, at, room, sizeof room));
	uint16_t extra;

	if (reader_u32le(&r) != LOCAL)
		return false;
	reader_u16le(&r);
	*e = (struct entry){ .local = at };
	e->flags = reader_u16le(&r);
	e->method = reader_u16le(&r);
	reader_take(&r, 4);
	e->crc = reader_u32le(&r);
	e->packed = reader_u32le(&r);
	e->size = reader_u32le(&r);
	e->name_size = reader_u16le(&r);
	extra = reader_u16le(&r);
	e->name_at = at + LOCAL_SIZE;
	if (r.bad)
		return false;
	*next = e->name_at + e->name_size + extra;
	read_zip64(z, e->name_at + e->name_size, extra, e, false);
	e->sizes_known = (e->flags & 8) == 0 || e->packed != 0;
	return true;
}

static bool
read_central(const struct zip *z, uint64_t at, struct entry *e, uint64_t *next)
{
	uint8_t room[CENTRAL_SIZE];
	struct reader r = reader_over(take(z, at, room, sizeof room));
	uint16_t extra, comment;

	if (reader_u32le(&r) != CENTRAL)
		return false;
	reader_u32le(&r);
	*e = (struct entry){ .sizes_known = true };
	e->flags = reader_u16le(&r);
	e->method = reader_u16le(&r);
	reader_take(&r, 4);
	e->crc = reader_u32le(&r);
	e->packed = reader_u32le(&r);
	e->size = reader_u32le(&r);
	e->name_size = reader_u16le(&r);
	extra = reader_u16le(&r);
	comment = reader_u16le(&r);
	reader_take(&r, 8);
	e->local = reader_u32le(&r);
	e->name_at = at + CENTRAL_SIZE;
	if (r.bad)
		return false;
	*next = e->name_at + e->name_size + extra + comment;
	read_zip64(z, e->name_at + e->name_size, extra, e, true);
	return true;
}

/* ${shift}: how far the archive was moved by what was put in front of it. */
static enum err
read_directory(struct zip *z, uint64_t at, uint64_t shift, uint64_t *end)
{
	struct entry e, local;
	uint64_t next, ignored;

	while (outlet_step(z->out) && read_central(z, at, &e, &next)) {
		void *grown = z->entries;
		enum err err;

		if (z->count == FORMAT_ENTRIES_MAX) {
			outlet_miss(z->out, TROUBLE_LIMIT, bytes_of(NULL, 0));
			break;
		}
		/* Some writers count from the file's start whatever stands there. */
		if (read_local(z, e.local + shift, &local, &ignored))
			e.local += shift;
		if ((err = array_grow(&grown, &z->room, z->count + 1, sizeof e)) != ERR_NONE)
			return err;
		z->entries = grown;
		z->entries[z->count++] = e;
		at = next;
	}
	*end = at;
	return ERR_NONE;
}

static void
note_directory(struct zip *z, uint64_t from, uint64_t to)
{
	if (from < to && z->directory_count < sizeof z->directories / sizeof z->directories[0])
		z->directories[z->directory_count++] = (struct span){ from, to };
}

/* The end record at ${at} of the object. */
static enum err
follow_end(struct zip *z, uint64_t at)
{
	uint8_t room[END64_SIZE];
	struct reader r = reader_over(take(z, at + 12, room, 8));
	uint64_t size = reader_u32le(&r), offset = reader_u32le(&r), directory, shift, signature;
	uint64_t record = at, end = 0;
	enum err e;

	if (r.bad)
		return ERR_NONE;
	z->has_end = true;
	if (at >= LOCATOR_SIZE) {
		r = reader_over(take(z, at - LOCATOR_SIZE, room, LOCATOR_SIZE));
		if (reader_u32le(&r) == 0x07064b50) {
			reader_u32le(&r);
			signature = reader_u64le(&r);
			r = reader_over(take(z, signature, room, END64_SIZE));
			if (reader_u32le(&r) == 0x06064b50) {
				reader_take(&r, 36);
				size = reader_u64le(&r);
				offset = reader_u64le(&r);
				at = signature;
			}
		}
	}
	/* The directory lies right before its end record, or where that says. */
	directory = size <= at ? at - size : 0;
	shift = directory >= offset ? directory - offset : 0;
	r = reader_over(take(z, directory, room, 4));
	if (reader_u32le(&r) != CENTRAL) {
		directory = offset;
		shift = 0;
	}
	e = read_directory(z, directory, shift, &end);
	/* Between a directory and its record may stand the longer record of Zip64. */
	if (end > at || record - end > END64_SIZE + LOCATOR_SIZE)
		note_directory(z, directory, end), directory = end = record;
	note_directory(z, directory, record + END_SIZE);
	return e;
}

static enum err
find_directories(struct zip *z)
{
	uint64_t from = z->object->size > TAIL ? z->object->size - TAIL : 0;
	uint8_t *room = malloc(TAIL);
	struct bytes tail;
	unsigned ends = 0;
	enum err e = ERR_NONE;

	if (room == NULL)
		return ERR_NOMEM;
	tail = take(z, from, room, TAIL);
	for (size_t i = tail.n; i-- > 0 && ends < ENDS_MAX && e == ERR_NONE;) {
		if (tail.n - i < END_SIZE || memcmp(tail.p + i, "PK\5\6", 4) != 0)
			continue;
		e = follow_end(z, from + i);
		ends++;
	}
	free(room);
	return e;
}

/* Undo a method that needs all of its input in memory. */
static enum trouble
undo_old(struct zip *z, const struct entry *e, const struct source *part, uint64_t *used)
{
	struct bytes in = part->whole;
	uint8_t *room = NULL;
	enum trouble t;
	size_t got = 0;

	*used = 0;
	if (part->size > OLD_METHOD_MAX)
		return TROUBLE_MEMORY;
	if (in.p == NULL) {
		if ((room = malloc((size_t)part->size + 1)) == NULL)
			return TROUBLE_MEMORY;
		if (source_read(part, 0, room, (size_t)part->size, &got) != ERR_NONE) {
			free(room);
			return TROUBLE_UNREADABLE;
		}
		in = bytes_of(room, got);
	}
	if (e->method == DEFLATED_64) {
		t = pack_inflate64(in, z->out, &got);
	} else if (e->method == IMPLODED) {
		t = pack_explode(in, e->size, e->flags, z->out, &got);
	} else {
		t = pack_unshrink(in, e->size, z->out, &got);
	}
	*used = got;
	free(room);
	return t;
}

/* PPMd, by libarchive, which takes what begins with a local header for a zip: so it sees this entry,
 * whatever the directories say, and no other. Nothing says how much of it was taken. */
static enum trouble
undo_by_libarchive(struct zip *z, const struct entry *e)
{
	struct container_hook hook = { z->out->calls->step, z->out->ctx };
	struct container_entry found;
	struct container *c = NULL;
	struct entry local;
	struct source part;
	struct bytes b;
	uint64_t data;
	enum trouble t = TROUBLE_UNSUPPORTED;
	enum err err;

	if (!read_local(z, e->local, &local, &data) || local.method != e->method)
		return TROUBLE_UNSUPPORTED;
	part = source_part(z->object, e->local,
	    e->sizes_known && e->packed < UINT64_MAX - data ? data - e->local + e->packed : UINT64_MAX);
	if ((err = container_open(&part, KIND_ZIP, CONTAINER_ONE_LAYER, hook, &c)) == ERR_NONE &&
	    (err = container_next(c, &found)) == ERR_NONE) {
		while ((err = container_read(c, &b)) == ERR_NONE && b.n > 0)
			if (!outlet_put(z->out, b))
				break;
		t = err == ERR_MALFORMED ? container_trouble(c) : TROUBLE_NONE;
	} else if (err == ERR_NOMEM) {
		t = TROUBLE_MEMORY;
	}
	if (err == ERR_CLOSED)
		t = TROUBLE_NONE;
	container_close(c);
	return t;
}

static enum trouble
undo(struct zip *z, const struct entry *e, const struct source *part, uint64_t *used)
{
	switch (e->method) {
	case DEFLATED:
		return pack_undo(PACK_DEFLATE, part, z->out, used);
	case BZIPPED:
		return pack_undo(PACK_BZIP2, part, z->out, used);
	case LZMAED:
		return pack_undo(PACK_LZMA_ZIP, part, z->out, used);
	case XZED:
		return pack_undo(PACK_XZ, part, z->out, used);
	case ZSTANDARD:
		return pack_undo(PACK_ZSTD, part, z->out, used);
	case PPMDED:
		return undo_by_libarchive(z, e);
	default:
		return undo_old(z, e, part, used);
	}
}

static bool
is_known(uint16_t method)
{
	return method == SHRUNK || method == IMPLODED || method == DEFLATED ||
	    method == DEFLATED_64 || method == BZIPPED || method == LZMAED || method == XZED ||
	    method == ZSTANDARD || method == PPMDED;
}

static void
tell(const struct zip *z, const struct entry *e, struct bytes name)
{
	const struct outlet_member member = { .name = name, .packed = e->packed, .size = e->size,
		.position = z->position, .encrypted = (e->flags & 1) != 0, .has_crc = e->crc != 0,
		.crc = e->crc };

	outlet_tell(z->out, &member);
}

static void
miss(struct zip *z, enum trouble trouble, struct bytes name)
{
	if (!z->quiet)
		outlet_miss(z->out, trouble, name);
}

/* Give what the entry at ${data} holds. Returns how many bytes of it were seen to be taken; all when nobody
 * can see. */
static uint64_t
give_content(struct zip *z, const struct entry *e, uint64_t data, bool *unseen)
{
	uint8_t room[CONTAINER_NAME_SIZE];
	struct bytes name = take(z, e->name_at, room,
	    e->name_size < sizeof room ? e->name_size : sizeof room);
	struct source part = source_part(z->object, data, e->sizes_known ? e->packed : UINT64_MAX);
	uint64_t used = 0;
	enum trouble t;

	z->any = true;
	tell(z, e, name);
	if ((e->flags & 1) != 0 || e->method == AESED) {
		miss(z, TROUBLE_ENCRYPTED, name);
		*unseen = true;
		return part.size;
	}
	if (e->method == STORED) {
		outlet_give_part(z->out, name, z->object, data, part.size, OUTLET_FILE);
		if (e->sizes_known && part.size < e->packed)
			miss(z, TROUBLE_DAMAGED, name);
		return part.size;
	}
	if (e->packed == 0 && e->size == 0 && e->sizes_known)
		return 0;
	if (!is_known(e->method)) {
		miss(z, TROUBLE_UNSUPPORTED, name);
		*unseen = true;
		return part.size;
	}
	*unseen = e->method == PPMDED;
	if (!outlet_begin(z->out, name))
		return part.size;
	t = undo(z, e, &part, &used);
	outlet_end(z->out);
	if (t != TROUBLE_NONE)
		miss(z, t, name);
	return *unseen ? part.size : used;
}

/* As give_content; but of what cannot be seen nothing is taken, for others may hide in it. */
static uint64_t
give(struct zip *z, const struct entry *e, uint64_t data)
{
	bool unseen = false;
	uint64_t used = give_content(z, e, data, &unseen);

	/* Without a size it would be all that follows. */
	if (unseen && !e->sizes_known)
		used = 0;
	if (!z->quiet && data + used > z->covered)
		z->covered = data + used;
	return unseen ? 0 : used;
}


static int
compare_entries(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	if (x->local != y->local)
		return x->local < y->local ? -1 : 1;
	return x->packed != y->packed ? (x->packed < y->packed ? -1 : 1) : 0;
}

static int
compare_spans(const void *a, const void *b)
{
	const struct span *x = a, *y = b;

	return x->from < y->from ? -1 : x->from > y->from;
}

static bool
is_same(const struct entry *a, const struct entry *b)
{
	return a->local == b->local && a->packed == b->packed && a->size == b->size &&
	    a->method == b->method && a->flags == b->flags;
}

/* The first local header in [from, to). UINT64_MAX: none. */
static uint64_t
find_local(const struct zip *z, uint64_t from, uint64_t to)
{
	uint8_t room[8192];

	while (from + 4 <= to && outlet_step(z->out)) {
		size_t n = to - from < sizeof room ? (size_t)(to - from) : sizeof room;
		struct bytes b = take(z, from, room, n);
		const uint8_t *at = b.n == 0 ? NULL : memmem(b.p, b.n, "PK\3\4", 4);

		if (at != NULL)
			return from + (uint64_t)(at - b.p);
		if (b.n < 4)
			break;
		from += b.n - 3;
	}
	return UINT64_MAX;
}

/* What lies from where entries end to before ${to}, less the directories. */
static void
give_gap(struct zip *z, uint64_t to)
{
	for (size_t i = 0; i < z->directory_count; i++) {
		const struct span *d = &z->directories[i];

		if (d->to <= z->covered || d->from >= to)
			continue;
		if (d->from > z->covered)
			outlet_give_gap(z->out, z->object, z->covered, d->from);
		z->covered = d->to;
	}
	if (z->covered < to)
		outlet_give_gap(z->out, z->object, z->covered, to);
}

/* Entries that no directory names, and what lies between them. */
static void
give_hidden(struct zip *z, uint64_t from, uint64_t to)
{
	struct entry e;
	uint64_t at, data;

	while ((at = find_local(z, from, to)) != UINT64_MAX) {
		from = at + 4;
		if (!read_local(z, at, &e, &data) || data > to)
			continue;
		z->position++;
		/* Whoever asks for the front has been told that it is one. */
		z->quiet = at > 0 && !likely_is(z->object, KIND_ZIP, at);
		if (!z->quiet)
			give_gap(z, at);
		data += give(z, &e, data);
		z->quiet = false;
		/* Never back, and not into what is named elsewhere. */
		if (data > from && data <= to)
			from = data;
	}
	if (outlet_step(z->out))
		give_gap(z, to);
}

/* Whether what comes out of the data differs by which of the two is believed. A name that differs is
 * no more than a name; sizes behind the data (flag 8) may stand in front as nothing. */
static bool
is_read_otherwise(const struct entry *e, const struct entry *local)
{
	enum { ENCRYPTED = 1, IMPLODED_TREES = 6, LATER = 8 };

	if (local->method != e->method || ((local->flags ^ e->flags) & ENCRYPTED) != 0 ||
	    (e->method == IMPLODED && ((local->flags ^ e->flags) & IMPLODED_TREES) != 0))
		return true;
	if ((local->flags & LATER) != 0 || local->packed == UINT32_MAX)
		return false;
	/* The old methods end by what is to come out. */
	return local->packed != e->packed ||
	    ((e->method == SHRUNK || e->method == IMPLODED) && local->size != e->size);
}

/* One that a directory names; where it really ended: between there and where it is said to end others
 * may hide. */
static uint64_t
give_named(struct zip *z, const struct entry *e)
{
	struct entry local;
	uint64_t data, used, otherwise;

	if (!read_local(z, e->local, &local, &data)) {
		outlet_miss(z->out, TROUBLE_DAMAGED, bytes_of(NULL, 0));
		return e->local;
	}
	z->position++;
	used = give(z, e, data);
	/* What other tools believe. */
	if (is_read_otherwise(e, &local) && (otherwise = give(z, &local, data)) < used)
		used = otherwise;
	return data + used;
}

static void
give_all(struct zip *z)
{
	uint64_t from = 0;

	if (z->directory_count > 1)
		qsort(z->directories, z->directory_count, sizeof *z->directories, compare_spans);
	if (z->count > 1)
		qsort(z->entries, z->count, sizeof *z->entries, compare_entries);
	for (size_t i = 0; i < z->count && outlet_step(z->out); i++) {
		const struct entry *e = &z->entries[i];
		uint64_t end;

		if (i > 0 && is_same(e, &z->entries[i - 1]))
			continue;
		if (e->local > from)
			give_hidden(z, from, e->local);
		end = give_named(z, e);
		if (end > from)
			from = end;
	}
	give_hidden(z, from, z->object->size);
}

enum err
zip_unpack(const struct source *object, const struct outlet *out)
{
	struct zip z = { .object = object, .out = out };
	enum err e = find_directories(&z);

	if (e == ERR_NONE) {
		give_all(&z);
		if (!z.any && z.count == 0 && !z.has_end && object->size < 4)
			e = ERR_NOT_FOUND;
		else if (!z.has_end)
			outlet_miss(out, TROUBLE_DAMAGED, bytes_of(NULL, 0));
	}
	free(z.entries);
	return e;
}
