/* scan/scan.c: see scan.h.
 *
 * An object is looked at in this order: it is matched as it is; then each thing that lies inside
 * it becomes an object of its own (scan_look_at calls itself, at most limits.depth deep). What lies
 * inside comes from format/: entries of archives through its containers, and everything else (parts
 * of documents, what is carved out, scripts and HTML in normal form) through an outlet (inside.c).
 * Programs that are packed, to be unpacked by running them in an emulator, are a further kind of
 * children and belong beside unpack_all: whoever makes their image gives it to an outlet, and
 * scan_look_at does the rest, under the same limits. */
#include "scan/scan.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"
#include "format/likely.h"
#include "format/unpack.h"
#include "os/clock.h"
#include "scan/state.h"
#include "sigdb/object.h"
#include "sigdb/sigdb.h"

enum err
scan_new(const struct sigdb *db, const struct scan_limits *limits, bool all, struct scan **out)
{
	struct scan *s = calloc(1, sizeof *s);
	enum err e;

	if (s == NULL)
		return ERR_NOMEM;
	if ((e = sigdb_matcher_new(db, &s->matcher)) != ERR_NONE) {
		free(s);
		return e;
	}
	s->limits = *limits;
	if (s->limits.depth > SCAN_DEPTH_MAX)
		s->limits.depth = SCAN_DEPTH_MAX;
	s->all = all;
	*out = s;
	return ERR_NONE;
}

void
scan_free(struct scan *s)
{
	if (s == NULL)
		return;
	sigdb_matcher_free(s->matcher);
	free(s);
}

void
scan_miss(struct scan *s, enum verdict_gap gap)
{
	if (s->what == OUTLET_DOUBTFUL &&
	    (gap == VERDICT_GAP_DAMAGED || gap == VERDICT_GAP_UNSUPPORTED ||
		gap == VERDICT_GAP_ENCRYPTED))
		return;
	verdict_add_gap(s->out, gap, s->where);
}

void
scan_give_up(struct scan *s, enum verdict_gap gap)
{
	if (!s->over)
		scan_miss(s, gap);
	s->over = true;
}

bool
scan_may_go_on(void *ctx)
{
	struct scan *s = ctx;

	if (!s->over && clock_boot_ms() >= s->deadline)
		scan_give_up(s, VERDICT_GAP_TIME);
	return !s->over;
}

size_t
scan_enter(struct scan *s, const char *name)
{
	size_t before = s->where_n, n = strlen(name);

	assert(n < CONTAINER_NAME_SIZE && s->depth < SCAN_DEPTH_MAX);
	if (n > 0 && before > 0)
		s->where[s->where_n++] = '/';
	memcpy(s->where + s->where_n, name, n + 1);
	s->where_n += n;
	s->depth++;
	return before;
}

void
scan_leave(struct scan *s, size_t before)
{
	s->depth--;
	s->where_n = before;
	s->where[before] = '\0';
}

static bool
note_finding(void *ctx, const char *name)
{
	struct scan *s = ctx;

	/* Short memory cannot lose the finding, only its name. */
	(void)verdict_add_finding(s->out, VERDICT_INFECTED, name, s->where);
	if (!s->all)
		s->over = true;
	return s->all;
}

static void
note_outcome(struct scan *s, enum err e)
{
	switch (e) {
	case ERR_NONE:
		break;
	case ERR_LIMIT:
		scan_miss(s, VERDICT_GAP_TIME);
		break;
	case ERR_NOMEM:
		scan_miss(s, VERDICT_GAP_MEMORY);
		break;
	case ERR_MALFORMED:
		scan_miss(s, VERDICT_GAP_SCANNER);
		break;
	default:
		scan_miss(s, VERDICT_GAP_UNREADABLE);
		break;
	}
}

static void
match(struct scan *s, const struct source *object)
{
	sigdb_matcher_inside(s->matcher, s->around + sizeof s->around - s->around_n, s->around_n);
	note_outcome(s, sigdb_match(s->matcher, object, s->all, note_finding, s));
}

void
scan_member(struct scan *s, const struct outlet_member *member)
{
	const struct sigdb_member said = { .name = member->name,
		.container = s->around[sizeof s->around - s->around_n],
		.container_size = s->around_size, .packed = member->packed, .size = member->size,
		.position = member->position, .encrypted = member->encrypted,
		.has_crc = member->has_crc, .crc = member->crc };
	char plain[CONTAINER_NAME_SIZE];
	size_t before;

	s->members++;
	/* At the deepest level there is no room for one more name. */
	if (s->over || s->depth == SCAN_DEPTH_MAX)
		return;
	text_make_plain(plain, sizeof plain, member->name);
	before = scan_enter(s, plain);
	note_outcome(s, sigdb_match_member(s->matcher, &said, s->all, note_finding, s));
	scan_leave(s, before);
}

void
scan_miss_for(struct scan *s, enum trouble trouble)
{
	static const enum verdict_gap gaps[] = {
		[TROUBLE_NONE] = VERDICT_GAP_DAMAGED,
		[TROUBLE_DAMAGED] = VERDICT_GAP_DAMAGED,
		[TROUBLE_ENCRYPTED] = VERDICT_GAP_ENCRYPTED,
		[TROUBLE_UNSUPPORTED] = VERDICT_GAP_UNSUPPORTED,
		[TROUBLE_MEMORY] = VERDICT_GAP_MEMORY,
		[TROUBLE_UNREADABLE] = VERDICT_GAP_UNREADABLE,
		[TROUBLE_LIMIT] = VERDICT_GAP_OBJECTS,
	};

	scan_miss(s, gaps[trouble]);
}

bool
scan_may_unpack(struct scan *s, size_t n)
{
	const struct scan_limits *l = &s->limits;

	s->unpacked += n;
	if (s->unpacked > l->bytes)
		scan_give_up(s, VERDICT_GAP_BYTES);
	else if (s->unpacked > l->ratio_from && s->unpacked / l->ratio > s->outer_size)
		scan_give_up(s, VERDICT_GAP_RATIO);
	return !s->over;
}

enum reading { READ_WHOLE = 0, READ_PART, READ_TOO_LARGE };

/* Read the entry as far as it goes and the limits allow. Why it is not whole is noted, but for
 * an entry that is too large, which the caller may know how to read otherwise. */
static enum reading
read_entry(struct scan *s, struct container *c, struct buf *into)
{
	struct bytes part;
	enum err e;

	while ((e = container_read(c, &part)) == ERR_NONE && part.n > 0) {
		size_t room = into->max - into->n;

		if (!scan_may_unpack(s, part.n))
			return READ_PART;
		buf_put(into, bytes_first(part, room));
		if (into->err == ERR_NOMEM) {
			scan_miss(s, VERDICT_GAP_MEMORY);
			return READ_PART;
		}
		if (part.n > room)
			return READ_TOO_LARGE;
	}
	if (e == ERR_MALFORMED)
		scan_miss_for(s, container_trouble(c));
	return e == ERR_NONE ? READ_WHOLE : READ_PART;
}

static void
look_at_memory(struct scan *s, struct buf *content)
{
	struct source child;

	/* Nothing matches nothing, and a million of them would cost. */
	if (content->n == 0)
		return;
	child = source_of_memory(buf_bytes(content));
	s->held += content->room;
	scan_look_at(s, &child, OUTLET_FILE);
	s->held -= content->room;
}

size_t
scan_room_for_object(const struct scan *s)
{
	uint64_t left = s->limits.memory_bytes - s->held;

	return (size_t)(left < s->limits.object_bytes ? left : s->limits.object_bytes);
}

/* Returns false when the entry is too large for memory and ${or_through} asks not to settle for
 * its start. */
static bool
unpack_entry(struct scan *s, struct container *c, bool or_through)
{
	enum reading reading;
	struct buf content;
	bool done = true;

	buf_init(&content, scan_room_for_object(s));
	reading = read_entry(s, c, &content);
	if (reading == READ_TOO_LARGE && or_through) {
		done = false;
	} else {
		if (reading == READ_TOO_LARGE)
			scan_miss(s, content.max < s->limits.object_bytes ? VERDICT_GAP_MEMORY :
								       VERDICT_GAP_SIZE);
		look_at_memory(s, &content);
	}
	buf_fini(&content);
	return done;
}

static void
tell_entry(struct scan *s, const struct container_entry *entry)
{
	scan_member(s, &(struct outlet_member){ .name = bytes_of_text(entry->name),
	    .packed = entry->packed, .size = entry->size, .position = entry->position,
	    .encrypted = entry->encrypted });
}

/* Each entry of ${c}. False as unpack_entry. */
static bool
unpack_entries(struct scan *s, struct container *c, bool is_compression, bool or_through)
{
	struct container_entry entry;
	enum err e = ERR_NONE;

	while (scan_may_go_on(s) && (e = container_next(c, &entry)) == ERR_NONE) {
		size_t before;
		bool done = true;

		if (!is_compression)
			tell_entry(s, &entry);
		/* What is inside a compressed file has no name of its own. */
		before = scan_enter(s, is_compression ? "" : entry.name);
		if (s->out->objects >= s->limits.objects)
			scan_give_up(s, VERDICT_GAP_OBJECTS);
		else if (entry.encrypted)
			scan_miss(s, VERDICT_GAP_ENCRYPTED);
		else
			done = unpack_entry(s, c, or_through);
		scan_leave(s, before);
		if (!done)
			return false;
	}
	if (e == ERR_MALFORMED)
		scan_miss_for(s, container_trouble(c));
	return true;
}

static bool
is_carved_archive(enum outlet_what what)
{
	return what == OUTLET_LIKELY || what == OUTLET_DOUBTFUL;
}

static void
look_behind(struct scan *s, const struct source *object, uint64_t end)
{
	struct source part = source_part(object, end, UINT64_MAX);
	char name[32];
	size_t before;

	if (part.size < OUTLET_GAP_MIN || s->depth == s->limits.depth)
		return;
	snprintf(name, sizeof name, "at %llu", (unsigned long long)end);
	before = scan_enter(s, name);
	scan_look_beside(s, object, &part);
	scan_leave(s, before);
}

/* Nothing but zeros, as tapes and disks are filled up with. */
static bool
is_empty(struct scan *s, const struct source *part)
{
	uint8_t room[8192];
	size_t got;

	for (uint64_t at = 0; at < part->size && scan_may_go_on(s); at += got) {
		if (source_read(part, at, room, sizeof room, &got) != ERR_NONE || got == 0)
			return false;
		for (size_t i = 0; i < got; i++)
			if (room[i] != 0)
				return false;
	}
	return true;
}

void
scan_look_beside(struct scan *s, const struct source *whole, const struct source *part)
{
	uint64_t before = s->out->objects;

	if (is_carved_archive(s->what) || is_empty(s, part))
		return;
	if (s->out->objects >= s->limits.objects)
		scan_give_up(s, VERDICT_GAP_OBJECTS);
	/* The front of the object was looked at as what it is: a program, say, that unpacks itself. */
	else if (part->start == whole->start && part->whole.p == whole->whole.p)
		scan_inside(s, part, KIND_ANY, false);
	else if (scan_may_unpack(s, (size_t)part->size))
		scan_look_at(s, part, OUTLET_FILE);
	s->beside += s->out->objects - before;
}

/* Open and unpack. False: a compressed entry is too large for memory and was not looked at. */
static bool
unpack_in_depth(struct scan *s, const struct source *object, enum kind kind,
    enum container_depth depth, bool or_through)
{
	bool is_compression = depth == CONTAINER_ONE_LAYER && kind_is_compression(kind);
	struct container_hook hook = { scan_may_go_on, s };
	uint64_t before = s->out->objects + s->members;
	struct container *c = NULL;
	bool done = true;

	switch (container_open(object, kind, depth, hook, &c)) {
	case ERR_NONE:
		if (s->depth == s->limits.depth)
			scan_miss(s, VERDICT_GAP_DEPTH);
		else
			done = unpack_entries(s, c, is_compression, or_through);
		/* Nothing inside: the whole of it is carved. */
		if (done && depth == CONTAINER_ONE_LAYER && s->out->objects + s->members > before)
			look_behind(s, object, container_end(c));
		break;
	case ERR_NOT_FOUND:
		/* Asked to look through a compression that holds no archive. */
		done = depth != CONTAINER_THROUGH;
		if (done && (!kind_is_weak(kind) || likely_is(object, kind, 0)))
			scan_miss(s, VERDICT_GAP_DAMAGED);
		break;
	case ERR_NOMEM:
		scan_miss(s, VERDICT_GAP_MEMORY);
		break;
	case ERR_CLOSED:
		break;
	default:
		scan_miss(s, VERDICT_GAP_UNREADABLE);
		break;
	}
	container_close(c);
	return done;
}

static bool
unpack_one_layer(struct scan *s, const struct source *object, enum kind kind, bool or_through)
{
	/* libarchive takes a member that is cut short for the end. */
	return kind == KIND_GZIP ? scan_inside(s, object, kind, or_through) :
				   unpack_in_depth(s, object, kind, CONTAINER_ONE_LAYER, or_through);
}

static void
unpack(struct scan *s, const struct source *object, enum kind kind)
{
	uint64_t before = s->out->objects, damaged = s->out->missed[VERDICT_GAP_DAMAGED].count;

	/* A compressed archive is one object first, as a signature may be meant for the tar
	 * itself. Too large for that, its entries are read straight off the stream; and if there
	 * is no archive inside, the start of the content must do. */
	if (!unpack_one_layer(s, object, kind, kind_is_compression(kind)) &&
	    !unpack_in_depth(s, object, kind, CONTAINER_THROUGH, false))
		unpack_one_layer(s, object, kind, false);
	/* libarchive stumbles over a short stream with other bytes behind it. */
	if (kind != KIND_GZIP && (s->out->objects == before || s->out->missed[VERDICT_GAP_DAMAGED].count > damaged) &&
	    scan_may_go_on(s))
		scan_inside(s, object, kind, false);
}

/* Kinds that came out of a container which lists all that is inside: nothing is left to carve. */
static bool
is_archive(enum kind kind)
{
	return kind <= KIND_LZ4 || kind == KIND_COMPRESS || kind == KIND_ZIP || kind == KIND_CAB;
}

/* What signatures call a container of this kind; 0 where they have no name for it. */
static uint8_t
type_of(enum kind kind)
{
	static const char *const names[KINDS] = {
		[KIND_7ZIP] = "CL_TYPE_7Z", [KIND_RAR] = "CL_TYPE_RAR", [KIND_RAR5] = "CL_TYPE_RAR",
		[KIND_TAR] = "CL_TYPE_POSIX_TAR", [KIND_CPIO] = "CL_TYPE_CPIO_NEWC",
		[KIND_ISO] = "CL_TYPE_ISO9660", [KIND_LHA] = "CL_TYPE_LHA_LZH", [KIND_XAR] = "CL_TYPE_XAR",
		[KIND_GZIP] = "CL_TYPE_GZ", [KIND_BZIP2] = "CL_TYPE_BZ", [KIND_XZ] = "CL_TYPE_XZ",
		[KIND_ZIP] = "CL_TYPE_ZIP", [KIND_CAB] = "CL_TYPE_MSCAB", [KIND_CHM] = "CL_TYPE_MSCHM",
		[KIND_SZDD] = "CL_TYPE_MSSZDD", [KIND_ARJ] = "CL_TYPE_ARJ", [KIND_OLE2] = "CL_TYPE_MSOLE2",
		[KIND_PDF] = "CL_TYPE_PDF", [KIND_RTF] = "CL_TYPE_RTF", [KIND_MAIL] = "CL_TYPE_MAIL",
		[KIND_TNEF] = "CL_TYPE_TNEF", [KIND_UU] = "CL_TYPE_UUENCODED",
		[KIND_BINHEX] = "CL_TYPE_BINHEX", [KIND_HTML] = "CL_TYPE_HTML",
		[KIND_SCRIPT] = "CL_TYPE_SCRIPT", [KIND_SIS] = "CL_TYPE_SIS", [KIND_PE] = "CL_TYPE_MSEXE",
		[KIND_ELF] = "CL_TYPE_ELF", [KIND_MACHO] = "CL_TYPE_MACHO",
		[KIND_MACHO_FAT] = "CL_TYPE_MACHO_UNIBIN",
	};

	return names[kind] == NULL ? 0 : (uint8_t)object_type_by_name(bytes_of_text(names[kind]));
}

/* Sixteen sectors that belong to nobody, and in which programs lie that start from a disk. */
static void
look_before_iso(struct scan *s, const struct source *object)
{
	enum { SECTORS = 16, SECTOR = 2048 };
	struct source part = source_part(object, 0, (uint64_t)SECTORS * SECTOR);

	scan_look_beside(s, object, &part);
}

/* Unpack, and let what lies inside know in what. */
static void
unpack_by_kind(struct scan *s, const struct source *object, enum kind kind)
{
	uint64_t before = s->around_size;

	assert(s->around_n < sizeof s->around);
	s->around_size = object->size;
	s->around_n++;
	s->around[sizeof s->around - s->around_n] = type_of(kind);
	/* libarchive reads on behind a stream's end: of thousands in one file each would hold all behind
	 * it. */
	if (kind == KIND_ISO)
		look_before_iso(s, object);
	if (kind_is_by_libarchive(kind) && (!is_carved_archive(s->what) || !unpack_has_reader(kind)))
		unpack(s, object, kind);
	else
		scan_inside(s, object, kind, false);
	s->around_n--;
	s->around_size = before;
}

static void
unpack_all(struct scan *s, const struct source *object, enum outlet_what what)
{
	kind_set kinds = 0;
	bool opened = false;

	if (kind_find(object, &kinds) != ERR_NONE) {
		scan_miss(s, VERDICT_GAP_UNREADABLE);
		return;
	}
	for (int kind = 0; kind < KINDS && scan_may_go_on(s); kind++) {
		uint64_t before = s->out->objects - s->beside + s->members;

		if ((kinds & KIND_BIT(kind)) == 0)
			continue;
		if (kind == KIND_ANY && (opened || what >= OUTLET_CARVED))
			continue;
		unpack_by_kind(s, object, (enum kind)kind);
		opened |= is_archive((enum kind)kind) &&
		    s->out->objects - s->beside + s->members > before;
	}
}

bool
scan_is_matched(const struct source *object, enum outlet_what what)
{
	static const kind_set documents = KIND_BIT(KIND_OLE2) | KIND_BIT(KIND_PDF) |
	    KIND_BIT(KIND_RTF) | KIND_BIT(KIND_CHM);
	kind_set kinds;

	return !is_carved_archive(what) ||
	    kind_find(object, &kinds) != ERR_NONE || (kinds & documents) != 0;
}

void
scan_look_at(struct scan *s, const struct source *object, enum outlet_what what)
{
	enum outlet_what before = s->what;

	if (!scan_may_go_on(s))
		return;
	s->out->objects++;
	s->what = what;
	if (scan_is_matched(object, what)) {
		s->out->bytes += object->size;
		match(s, object);
	}
	if (!s->over && what != OUTLET_HTML && what != OUTLET_TEXT)
		unpack_all(s, object, what);
	s->what = before;
}

void
scan_object(struct scan *s, const struct source *object, struct verdict *out)
{
	s->out = out;
	s->outer_size = object->size;
	s->deadline = clock_boot_ms() + s->limits.time_ms;
	s->unpacked = 0;
	s->held = 0;
	s->depth = 0;
	s->around_n = 0;
	s->members = s->beside = 0;
	s->what = OUTLET_FILE;
	s->over = false;
	s->where_n = 0;
	s->where[0] = '\0';
	scan_look_at(s, object, OUTLET_FILE);
	verdict_finish(out);
	s->out = NULL;
}
