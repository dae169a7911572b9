/* scan/state.h: one thread's scanner from within; for this folder only.
 * scan.c walks the tree of objects, inside.c takes what the readers of format/ give. */
#ifndef HOLDFAST_SCAN_STATE_H
#define HOLDFAST_SCAN_STATE_H

#include "format/container.h"
#include "format/outlet.h"
#include "scan/limits.h"
#include "scan/scan.h"

struct sigdb_matcher;

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
	uint8_t around[SCAN_DEPTH_MAX + 1]; /* their types for sigdb/, the innermost first, at the end */
	size_t around_n;
	uint64_t around_size;	/* bytes of the innermost */
	uint64_t members;	/* told of by containers, so far */
	uint64_t beside;	/* objects that belonged to no entry of their archive, so far */
	enum outlet_what what;	/* the present object was taken for: see scan_miss */
	bool over;		/* nothing more is looked at: a limit, or a finding that suffices */
	size_t where_n;		/* the place of the present object */
	char where[SCAN_DEPTH_MAX * (CONTAINER_NAME_SIZE + 1) + 1];
};

/* Match ${object}, then unpack what is in it, as far as ${what} allows. */
void scan_look_at(struct scan *s, const struct source *object, enum outlet_what what);

/* False: an archive that lies in its parent and has no end that is known yet. The parent was searched, and
 * what is inside will be. */
bool scan_is_matched(const struct source *object, enum outlet_what what);

/* Something at the present place was not looked at. Damage to what only looks like an archive
 * (OUTLET_DOUBTFUL) is none, whatever came out of it. */
void scan_miss(struct scan *s, enum verdict_gap gap);
void scan_miss_for(struct scan *s, enum trouble trouble);

/* A limit of the whole scan is reached: say so once and end. */
void scan_give_up(struct scan *s, enum verdict_gap gap);

/* The hook of containers (${ctx} is the scan), and asked between objects. */
bool scan_may_go_on(void *ctx);

/* Count ${n} more unpacked bytes against the limits of the whole. */
bool scan_may_unpack(struct scan *s, size_t n);

/* What the innermost container says of something inside it. */
void scan_member(struct scan *s, const struct outlet_member *member);

/* The ceiling for one more object in memory. */
size_t scan_room_for_object(const struct scan *s);

/* ${part} of the archive ${whole}, the present object, belongs to none of its entries: what it is, and what
 * is in it, is looked at. Of an archive that was carved out it is the parent's, and looked at there. */
void scan_look_beside(struct scan *s, const struct source *whole, const struct source *part);

/* Name the child that is looked at next; the caller gives what it returns back to scan_leave. */
size_t scan_enter(struct scan *s, const char *name);
void scan_leave(struct scan *s, size_t before);

/* Run the reader of ${kind} over ${object}, and look at all that it gives. False: something is too large for
 * memory and was not looked at, as ${or_through} asks not to settle for its start. */
bool scan_inside(struct scan *s, const struct source *object, enum kind kind, bool or_through);

#endif
