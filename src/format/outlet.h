/* format/outlet.h: where a reader puts what it finds inside an object: one thing after another,
 * each begun, filled and ended, or given whole. Whoever made the outlet keeps the limits and
 * says with false when enough is enough; a reader that was told so ends soon. */
#ifndef HOLDFAST_FORMAT_OUTLET_H
#define HOLDFAST_FORMAT_OUTLET_H

#include "base/source.h"
#include "format/trouble.h"

/* What a thing inside is to be taken for. */
enum outlet_what {
	OUTLET_FILE = 0,	/* whatever its bytes say */
	OUTLET_HTML,		/* HTML, normalised: not to be unpacked again */
	OUTLET_TEXT,		/* text or script, normalised: likewise */
	OUTLET_CARVED,		/* a program within its parent, which was searched already */
	OUTLET_LIKELY,		/* an archive or a document within its parent: its header holds. What is
				 * behind its end belongs to the parent */
	OUTLET_DOUBTFUL,	/* as that, but perhaps no more than bytes that look like one */
	OUTLET_GAP,		/* a part of an archive that no entry covers: see outlet_give_gap */
};

#define OUTLET_UNKNOWN UINT64_MAX

/* What a container says of something inside it, whether that can be read or not. */
struct outlet_member {
	struct bytes name;		/* foreign bytes, borrowed */
	uint64_t packed, size;		/* in the container, and unpacked; OUTLET_UNKNOWN: it does not say */
	uint64_t position;		/* from 1 */
	bool encrypted;
	bool has_crc;
	uint32_t crc;			/* CRC-32 */
};

struct outlet_calls {
	/* True when reading may go on; ask at least once for each 64 KiB of work. */
	bool (*step)(void *ctx);
	/* False: this one is not wanted, go on to the next while step allows it. ${name} is foreign
	 * bytes, borrowed. */
	bool (*begin)(void *ctx, struct bytes name, enum outlet_what what);
	/* False: no more of this one is wanted; end it. */
	bool (*put)(void *ctx, struct bytes part);
	void (*end)(void *ctx);
	/* All at once, without a copy. ${part} is borrowed for the call. */
	void (*give)(void *ctx, struct bytes name, const struct source *part,
	    enum outlet_what what);
	/* Something called ${name} (empty: the object itself) could not be had, or not wholly. */
	void (*miss)(void *ctx, enum trouble trouble, struct bytes name);
	/* Before it is begun, given or missed. NULL: nobody wants to know. */
	void (*tell)(void *ctx, const struct outlet_member *member);
};

struct outlet {
	const struct outlet_calls *calls;
	void *ctx;
};

static inline bool
outlet_step(const struct outlet *o)
{
	return o->calls->step(o->ctx);
}

static inline bool
outlet_begin(const struct outlet *o, struct bytes name)
{
	return o->calls->begin(o->ctx, name, OUTLET_FILE);
}

static inline bool
outlet_put(const struct outlet *o, struct bytes part)
{
	return o->calls->put(o->ctx, part);
}

static inline void
outlet_end(const struct outlet *o)
{
	o->calls->end(o->ctx);
}

static inline void
outlet_miss(const struct outlet *o, enum trouble trouble, struct bytes name)
{
	o->calls->miss(o->ctx, trouble, name);
}

static inline void
outlet_tell(const struct outlet *o, const struct outlet_member *member)
{
	if (o->calls->tell != NULL)
		o->calls->tell(o->ctx, member);
}

/* Bytes that lie in memory until this returns. Nothing is nothing. */
void outlet_give(const struct outlet *o, struct bytes name, struct bytes content,
    enum outlet_what what);

/* A part of ${object}, which may be a file; it is cut at the object's end. */
void outlet_give_part(const struct outlet *o, struct bytes name, const struct source *object,
    uint64_t at, uint64_t n, enum outlet_what what);

/* The bytes of the archive ${object} from ${from} to before ${to}, which belong to none of its entries: before
 * them, between them, behind its end. Few bytes (OUTLET_GAP_MIN) are nothing. */
#define OUTLET_GAP_MIN 32
void outlet_give_gap(const struct outlet *o, const struct source *object, uint64_t from, uint64_t to);

#endif
