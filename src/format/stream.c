/* format/stream.c: one compressed stream, by the decoder itself, to its own end: for what libarchive will
 * not read, such as streams with other bytes behind them, and for those that were carved out. */
#include "format/likely.h"
#include "format/pack.h"
#include "format/readers.h"

static bool
is_member(const struct source *object, uint64_t at)
{
	uint8_t room[3];
	size_t got;

	return source_read(object, at, room, sizeof room, &got) == ERR_NONE && got > 0 &&
	    memcmp(room, "\x1f\x8b\x08", got) == 0;
}

/* Members behind one another, as pigz and "cat" make them, are one content. */
static enum trouble
undo_members(enum pack pack, const struct source *object, const struct outlet *out, uint64_t *end)
{
	uint64_t at = 0, used = 0;
	enum trouble t;

	do {
		struct source rest = source_part(object, at, UINT64_MAX);

		t = pack_undo(pack, &rest, out, &used);
		at += used;
	} while (t == TROUBLE_NONE && used > 0 && outlet_step(out) && is_member(object, at));
	*end = at;
	return t;
}

static enum err
unpack(enum kind kind, enum pack pack, const struct source *object, const struct outlet *out)
{
	uint64_t end = 0;
	enum trouble t;

	if (!outlet_begin(out, bytes_of(NULL, 0)))
		return ERR_NONE;
	t = pack == PACK_GZIP ? undo_members(pack, object, out, &end) : pack_undo(pack, object, out, &end);
	outlet_end(out);
	/* Damage to what few bytes made look like a stream is none. */
	if (t == TROUBLE_MEMORY || (t != TROUBLE_NONE && (!kind_is_weak(kind) || likely_is(object, kind, 0))))
		outlet_miss(out, t, bytes_of(NULL, 0));
	/* Programs that undo it tell of other bytes behind it, and pass them over. */
	if (t == TROUBLE_NONE && outlet_step(out))
		outlet_give_gap(out, object, end, object->size);
	return ERR_NONE;
}

enum err
stream_unpack_gzip(const struct source *object, const struct outlet *out)
{
	return unpack(KIND_GZIP, PACK_GZIP, object, out);
}

enum err
stream_unpack_bzip2(const struct source *object, const struct outlet *out)
{
	return unpack(KIND_BZIP2, PACK_BZIP2, object, out);
}

enum err
stream_unpack_xz(const struct source *object, const struct outlet *out)
{
	return unpack(KIND_XZ, PACK_XZ, object, out);
}

enum err
stream_unpack_lzma(const struct source *object, const struct outlet *out)
{
	return unpack(KIND_LZMA, PACK_LZMA_ALONE, object, out);
}
