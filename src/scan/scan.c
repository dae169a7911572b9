/* scan/scan.c: see scan.h.
 *
 * An object is looked at in this order: it is matched as it is; then each thing that lies inside
 * it becomes an object of its own (look_at calls itself, at most limits.depth deep). What lies
 * inside comes from format/ today. What is carved out of an object, unpacked by running it in an
 * emulator, or normalised (scripts, HTML) are further kinds of children and belong beside
 * unpack_all: they yield a source, and look_at does the rest, under the same limits. */
#include "scan/scan.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "format/container.h"
#include "os/clock.h"
#include "scan/limits.h"
#include "sigdb/sigdb.h"

struct scan {
	struct sigdb_matcher *matcher;
	struct scan_limits limits;
	bool all;

	/* Of the object that is being scanned. */
	struct verdict *out;
	uint64_t outer_size;
	int64_t deadline;	/* on the boot clock, in ms */
	uint64_t unpacked;	/* bytes, all depths together */
	uint64_t held;		/* bytes of objects in memory now */
	uint32_t depth;		/* containers around the present object */
	bool over;		/* nothing more is looked at: a limit, or a finding that suffices */
	size_t where_n;		/* the place of the present object */
	char where[SCAN_DEPTH_MAX * (CONTAINER_NAME_SIZE + 1) + 1];
};

static void look_at(struct scan *s, const struct source *object);

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

static void
miss(struct scan *s, enum verdict_gap gap)
{
	verdict_add_gap(s->out, gap, s->where);
}

/* A limit of the whole scan is reached: say so once and end. */
static void
give_up(struct scan *s, enum verdict_gap gap)
{
	if (!s->over)
		miss(s, gap);
	s->over = true;
}

/* The hook of containers, and asked between objects. */
static bool
may_go_on(void *ctx)
{
	struct scan *s = ctx;

	if (!s->over && clock_boot_ms() >= s->deadline)
		give_up(s, VERDICT_GAP_TIME);
	return !s->over;
}

/* Name the child that is looked at next; the caller gives ${before} back to leave_child. */
static size_t
enter_child(struct scan *s, const char *name)
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

static void
leave_child(struct scan *s, size_t before)
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
match(struct scan *s, const struct source *object)
{
	switch (sigdb_match(s->matcher, object, s->all, note_finding, s)) {
	case ERR_NONE:
		break;
	case ERR_LIMIT:
		miss(s, VERDICT_GAP_TIME);
		break;
	case ERR_NOMEM:
		miss(s, VERDICT_GAP_MEMORY);
		break;
	case ERR_MALFORMED:
		miss(s, VERDICT_GAP_SCANNER);
		break;
	default:
		miss(s, VERDICT_GAP_UNREADABLE);
		break;
	}
}

static void
miss_for(struct scan *s, enum container_trouble trouble)
{
	static const enum verdict_gap gaps[] = {
		[CONTAINER_TROUBLE_NONE] = VERDICT_GAP_DAMAGED,
		[CONTAINER_TROUBLE_DAMAGED] = VERDICT_GAP_DAMAGED,
		[CONTAINER_TROUBLE_ENCRYPTED] = VERDICT_GAP_ENCRYPTED,
		[CONTAINER_TROUBLE_UNSUPPORTED] = VERDICT_GAP_UNSUPPORTED,
		[CONTAINER_TROUBLE_MEMORY] = VERDICT_GAP_MEMORY,
		[CONTAINER_TROUBLE_UNREADABLE] = VERDICT_GAP_UNREADABLE,
	};

	miss(s, gaps[trouble]);
}

/* Count ${n} more unpacked bytes against the limits of the whole. */
static bool
may_unpack(struct scan *s, size_t n)
{
	const struct scan_limits *l = &s->limits;

	s->unpacked += n;
	if (s->unpacked > l->bytes)
		give_up(s, VERDICT_GAP_BYTES);
	else if (s->unpacked > l->ratio_from && s->unpacked / l->ratio > s->outer_size)
		give_up(s, VERDICT_GAP_RATIO);
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

		if (!may_unpack(s, part.n))
			return READ_PART;
		buf_put(into, bytes_first(part, room));
		if (into->err == ERR_NOMEM) {
			miss(s, VERDICT_GAP_MEMORY);
			return READ_PART;
		}
		if (part.n > room)
			return READ_TOO_LARGE;
	}
	if (e == ERR_MALFORMED)
		miss_for(s, container_trouble(c));
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
	look_at(s, &child);
	s->held -= content->room;
}

/* The ceiling for one more object in memory. */
static size_t
room_for_object(const struct scan *s)
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

	buf_init(&content, room_for_object(s));
	reading = read_entry(s, c, &content);
	if (reading == READ_TOO_LARGE && or_through) {
		done = false;
	} else {
		if (reading == READ_TOO_LARGE)
			miss(s, content.max < s->limits.object_bytes ? VERDICT_GAP_MEMORY :
								       VERDICT_GAP_SIZE);
		look_at_memory(s, &content);
	}
	buf_fini(&content);
	return done;
}

/* Each entry of ${c}. False as unpack_entry. */
static bool
unpack_entries(struct scan *s, struct container *c, bool is_compression, bool or_through)
{
	struct container_entry entry;
	enum err e = ERR_NONE;

	while (may_go_on(s) && (e = container_next(c, &entry)) == ERR_NONE) {
		/* What is inside a compressed file has no name of its own. */
		size_t before = enter_child(s, is_compression ? "" : entry.name);
		bool done = true;

		if (s->out->objects >= s->limits.objects)
			give_up(s, VERDICT_GAP_OBJECTS);
		else if (entry.encrypted)
			miss(s, VERDICT_GAP_ENCRYPTED);
		else
			done = unpack_entry(s, c, or_through);
		leave_child(s, before);
		if (!done)
			return false;
	}
	if (e == ERR_MALFORMED)
		miss_for(s, container_trouble(c));
	return true;
}

/* Open and unpack. False: a compressed entry is too large for memory and was not looked at. */
static bool
unpack_in_depth(struct scan *s, const struct source *object, enum kind kind,
    enum container_depth depth, bool or_through)
{
	bool is_compression = depth == CONTAINER_ONE_LAYER && kind_is_compression(kind);
	struct container_hook hook = { may_go_on, s };
	struct container *c = NULL;
	bool done = true;

	switch (container_open(object, kind, depth, hook, &c)) {
	case ERR_NONE:
		if (s->depth == s->limits.depth)
			miss(s, VERDICT_GAP_DEPTH);
		else
			done = unpack_entries(s, c, is_compression, or_through);
		break;
	case ERR_NOT_FOUND:
		/* Asked to look through a compression that holds no archive. */
		done = depth != CONTAINER_THROUGH;
		break;
	case ERR_NOMEM:
		miss(s, VERDICT_GAP_MEMORY);
		break;
	case ERR_CLOSED:
		break;
	default:
		miss(s, VERDICT_GAP_UNREADABLE);
		break;
	}
	container_close(c);
	return done;
}

static void
unpack(struct scan *s, const struct source *object, enum kind kind)
{
	/* A compressed archive is one object first, as a signature may be meant for the tar
	 * itself. Too large for that, its entries are read straight off the stream; and if there
	 * is no archive inside, the start of the content must do. */
	if (!unpack_in_depth(s, object, kind, CONTAINER_ONE_LAYER, kind_is_compression(kind)) &&
	    !unpack_in_depth(s, object, kind, CONTAINER_THROUGH, false))
		unpack_in_depth(s, object, kind, CONTAINER_ONE_LAYER, false);
}

static void
unpack_all(struct scan *s, const struct source *object)
{
	uint32_t kinds = 0;

	if (kind_find(object, &kinds) != ERR_NONE) {
		miss(s, VERDICT_GAP_UNREADABLE);
		return;
	}
	for (int kind = 0; kinds != 0 && kind < KINDS && may_go_on(s); kind++)
		if ((kinds >> kind & 1) != 0)
			unpack(s, object, (enum kind)kind);
}

static void
look_at(struct scan *s, const struct source *object)
{
	if (!may_go_on(s))
		return;
	s->out->objects++;
	s->out->bytes += object->size;
	match(s, object);
	if (!s->over)
		unpack_all(s, object);
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
	s->over = false;
	s->where_n = 0;
	s->where[0] = '\0';
	look_at(s, object);
	verdict_finish(out);
	s->out = NULL;
}
