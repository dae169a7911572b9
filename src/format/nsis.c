/* format/nsis.c: installers of the Nullsoft system. Behind their first header come blocks: the
 * script, then the files, either each packed by itself or all as one stream. Names stand only in the
 * script and are not read. */
#include <stdlib.h>

#include "base/reader.h"
#include "format/installers.h"
#include "format/limits.h"
#include "format/pack.h"

enum { PACKED = (int)0x80000000 };

/* LZMA's properties, as NSIS writes them: one byte, and a dictionary whose low half is zero. */
static bool
is_lzma(struct bytes b)
{
	return b.n > 6 && b.p[0] == 0x5d && b.p[1] == 0 && b.p[2] == 0 && b.p[5] == 0;
}

static enum pack
method_of(struct bytes *b)
{
	/* A byte in front says whether code was filtered. */
	if (b->n > 1 && b->p[0] <= 1 && is_lzma(bytes_from(*b, 1)))
		*b = bytes_from(*b, 1);
	return is_lzma(*b) ? PACK_LZMA_5 : PACK_DEFLATE;
}

/* bzip2 without its own header and sums, which the library does not read. */
static bool
is_bzip2(struct bytes b)
{
	return b.n > 2 && b.p[0] == '1' && b.p[1] < 0x0e;
}

static void
give_block(const struct outlet *out, struct bytes block)
{
	enum pack method = method_of(&block);
	struct source part = source_of_memory(block);
	struct bytes name = bytes_of_text("nsis");
	enum trouble t;

	if (is_bzip2(block)) {
		outlet_miss(out, TROUBLE_UNSUPPORTED, name);
		return;
	}
	if (!outlet_begin(out, name))
		return;
	t = pack_undo(method, &part, out, NULL);
	outlet_end(out);
	if (t != TROUBLE_NONE)
		outlet_miss(out, t, name);
}

/* Blocks with their sizes in front: packed ones, or those of an unpacked solid stream. */
static void
give_blocks(const struct outlet *out, struct bytes b)
{
	struct reader r = reader_over(b);
	unsigned left = FORMAT_ENTRIES_MAX;

	while (r.rest.n > 4 && outlet_step(out)) {
		uint32_t n = reader_u32le(&r);
		struct bytes block = reader_take(&r, n & 0x7fffffff);

		/* A checksum of the whole is last. */
		if (r.bad)
			return;
		if (left-- == 0) {
			outlet_miss(out, TROUBLE_LIMIT, bytes_of_text("nsis"));
			return;
		}
		if ((n & (uint32_t)PACKED) != 0)
			give_block(out, block);
		else
			outlet_give(out, bytes_of_text("nsis"), block, OUTLET_FILE);
	}
}

static enum err
give_solid(const struct outlet *out, struct bytes b)
{
	enum pack method = method_of(&b);
	struct buf plain;
	enum trouble t;

	if (is_bzip2(b)) {
		outlet_miss(out, TROUBLE_UNSUPPORTED, bytes_of_text("nsis"));
		return ERR_NONE;
	}
	buf_init(&plain, FORMAT_SOLID_MAX);
	t = pack_undo_into(method, b, &plain);
	give_blocks(out, buf_bytes(&plain));
	/* A checksum stands behind the stream, and no size in front: that it "ends wrongly" is usual. */
	if (t == TROUBLE_DAMAGED && plain.n > 0)
		t = TROUBLE_NONE;
	buf_fini(&plain);
	if (t != TROUBLE_NONE)
		outlet_miss(out, t, bytes_of_text("nsis"));
	return ERR_NONE;
}

/* What begins behind a magic of ${in_front} bytes and all that ${rest} has; flags stand before it. */
static enum err
give_installer(size_t in_front, struct bytes rest, const struct outlet *out)
{
	struct reader r = reader_over(rest);
	uint32_t header = reader_u32le(&r), following = reader_u32le(&r), first;
	struct bytes data = bytes_first(r.rest, following);

	first = reader_u32le(&r);
	if (r.bad || header == 0)
		return ERR_NONE;
	/* The size counts from the flags. */
	if (in_front + rest.n < following)
		outlet_miss(out, TROUBLE_DAMAGED, bytes_of_text("nsis"));
	/* In a solid stream the first bytes are the packer's and no size. */
	if (is_lzma(data) || is_lzma(bytes_from(data, 1)) || (first & 0x7fffffff) >= data.n)
		return give_solid(out, data);
	give_blocks(out, data);
	return ERR_NONE;
}

enum err
nsis_give(struct bytes file, const struct pe *pe, const struct outlet *out)
{
	static const char magic[] = "\xef\xbe\xad\xdeNullsoftInst";
	enum { FLAGS = 4 };
	struct bytes rest = file;
	enum err e = ERR_NONE;

	(void)pe;
	/* The first may be a decoy. */
	while (rest.n > 0 && e == ERR_NONE && outlet_step(out)) {
		const uint8_t *at = memmem(rest.p, rest.n, magic, sizeof magic - 1);

		if (at == NULL)
			break;
		rest = bytes_from(file, (size_t)(at - file.p) + sizeof magic - 1);
		e = give_installer(at - file.p >= FLAGS ? sizeof magic - 1 + FLAGS : sizeof magic - 1, rest, out);
	}
	return e;
}
