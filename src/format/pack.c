/* format/pack.c: see pack.h. Over zlib, bzip2, liblzma and libzstd. */
#include "format/pack.h"

#include <bzlib.h>
#include <lzma.h>
#include <stdlib.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "base/reader.h"

enum { IN = 32768, OUT = 65536 };

/* More than xz -9 needs (65 MB); what asks for more is told. */
#define LZMA_MEMORY (UINT64_C(256) << 20)

/* The buffers of one stream, and how far it is. */
struct work {
	const struct source *part;
	const struct outlet *out;
	uint64_t at;
	struct bytes in;	/* read and not yet taken */
	bool unreadable, refused;
	uint8_t in_room[IN], out_room[OUT];
};

/* Have more input in w->in, if there is any. */
static void
fill(struct work *w)
{
	size_t got;

	if (w->in.n > 0 || w->at >= w->part->size)
		return;
	if (w->part->whole.p != NULL) {
		w->in = bytes_first(bytes_from(w->part->whole, (size_t)w->at), IN);
	} else if (source_read(w->part, w->at, w->in_room, IN, &got) != ERR_NONE) {
		w->unreadable = true;
	} else {
		w->in = bytes_of(w->in_room, got);
	}
	w->at += w->in.n;
}

static bool
give(struct work *w, size_t n)
{
	if (n > 0 && !outlet_put(w->out, bytes_of(w->out_room, n)))
		w->refused = true;
	return !w->refused;
}

/* One step of a method: take from w->in, put into out_room; *n is what came out. */
enum step { STEP_ON = 0, STEP_END, STEP_DAMAGED, STEP_MEMORY };

typedef enum step step_fn(void *state, struct work *w, bool last, size_t *n);

static enum trouble
run(struct work *w, step_fn *step, void *state)
{
	for (;;) {
		size_t n = 0, before;
		enum step s;
		bool last;

		fill(w);
		before = w->in.n;
		last = w->at >= w->part->size;
		s = w->unreadable ? STEP_DAMAGED : step(state, w, last, &n);
		/* Empty blocks yield nothing: their output alone would not ask. */
		if (!give(w, n) || (n == 0 && !outlet_step(w->out)))
			return TROUBLE_NONE;
		if (s == STEP_END)
			return TROUBLE_NONE;
		if (s == STEP_MEMORY)
			return TROUBLE_MEMORY;
		if (s == STEP_DAMAGED)
			return w->unreadable ? TROUBLE_UNREADABLE : TROUBLE_DAMAGED;
		/* The input ended before the stream did. */
		if (n == 0 && w->in.n == before && (before == 0 || last))
			return TROUBLE_DAMAGED;
	}
}

static enum step
step_zlib(void *state, struct work *w, bool last, size_t *n)
{
	z_stream *z = state;
	int r;

	(void)last;
	z->next_in = (Bytef *)(uintptr_t)w->in.p;
	z->avail_in = (uInt)w->in.n;
	z->next_out = w->out_room;
	z->avail_out = OUT;
	r = inflate(z, Z_NO_FLUSH);
	w->in = bytes_from(w->in, w->in.n - z->avail_in);
	*n = OUT - z->avail_out;
	if (r == Z_STREAM_END)
		return STEP_END;
	if (r == Z_MEM_ERROR)
		return STEP_MEMORY;
	return r == Z_OK || r == Z_BUF_ERROR ? STEP_ON : STEP_DAMAGED;
}

static enum step
step_bzip2(void *state, struct work *w, bool last, size_t *n)
{
	bz_stream *z = state;
	int r;

	(void)last;
	z->next_in = (char *)(uintptr_t)w->in.p;
	z->avail_in = (unsigned)w->in.n;
	z->next_out = (char *)w->out_room;
	z->avail_out = OUT;
	r = BZ2_bzDecompress(z);
	w->in = bytes_from(w->in, w->in.n - z->avail_in);
	*n = OUT - z->avail_out;
	if (r == BZ_STREAM_END)
		return STEP_END;
	if (r == BZ_MEM_ERROR)
		return STEP_MEMORY;
	return r == BZ_OK ? STEP_ON : STEP_DAMAGED;
}

static enum step
step_lzma(void *state, struct work *w, bool last, size_t *n)
{
	lzma_stream *z = state;
	lzma_ret r;

	z->next_in = w->in.p;
	z->avail_in = w->in.n;
	z->next_out = w->out_room;
	z->avail_out = OUT;
	r = lzma_code(z, last ? LZMA_FINISH : LZMA_RUN);
	w->in = bytes_from(w->in, w->in.n - z->avail_in);
	*n = OUT - z->avail_out;
	if (r == LZMA_STREAM_END)
		return STEP_END;
	if (r == LZMA_MEM_ERROR || r == LZMA_MEMLIMIT_ERROR)
		return STEP_MEMORY;
	return r == LZMA_OK ? STEP_ON : STEP_DAMAGED;
}

/* One frame. The library refuses windows over 128 MiB by itself. */
static enum step
step_zstd(void *state, struct work *w, bool last, size_t *n)
{
	ZSTD_inBuffer in = { w->in.p, w->in.n, 0 };
	ZSTD_outBuffer to = { w->out_room, OUT, 0 };
	size_t r = ZSTD_decompressStream(state, &to, &in);

	(void)last;
	w->in = bytes_from(w->in, in.pos);
	*n = to.pos;
	if (ZSTD_isError(r))
		return ZSTD_getErrorCode(r) == ZSTD_error_memory_allocation ||
			ZSTD_getErrorCode(r) == ZSTD_error_frameParameter_windowTooLarge ?
		    STEP_MEMORY :
		    STEP_DAMAGED;
	return r == 0 ? STEP_END : STEP_ON;
}

static enum trouble
undo_zstd(struct work *w)
{
	ZSTD_DStream *z = ZSTD_createDStream();
	enum trouble t = z == NULL ? TROUBLE_MEMORY : run(w, step_zstd, z);

	ZSTD_freeDStream(z);
	return t;
}

static enum trouble
undo_zlib(struct work *w, int bits)
{
	z_stream z = { .zalloc = Z_NULL };
	enum trouble t;

	if (inflateInit2(&z, bits) != Z_OK)
		return TROUBLE_MEMORY;
	t = run(w, step_zlib, &z);
	inflateEnd(&z);
	return t;
}

static enum trouble
undo_bzip2(struct work *w)
{
	bz_stream z = { .bzalloc = NULL };
	enum trouble t;

	if (BZ2_bzDecompressInit(&z, 0, 0) != BZ_OK)
		return TROUBLE_MEMORY;
	t = run(w, step_bzip2, &z);
	BZ2_bzDecompressEnd(&z);
	return t;
}

static enum trouble
undo_xz(struct work *w, bool alone)
{
	lzma_stream z = LZMA_STREAM_INIT;
	lzma_ret r = alone ? lzma_alone_decoder(&z, LZMA_MEMORY) :
			     lzma_stream_decoder(&z, LZMA_MEMORY, 0);
	enum trouble t = r == LZMA_OK ? run(w, step_lzma, &z) : TROUBLE_MEMORY;

	lzma_end(&z);
	return t;
}

/* Properties stand by themselves in front of the bare stream, whose size stands nowhere: a missing
 * mark at its end is no damage. */
static enum trouble
undo_bare_lzma(struct work *w, size_t skip)
{
	lzma_stream z = LZMA_STREAM_INIT;
	lzma_filter filters[2] = { { .id = LZMA_FILTER_LZMA1 }, { .id = LZMA_VLI_UNKNOWN } };
	uint8_t head[16];
	size_t got;
	enum trouble t = TROUBLE_DAMAGED;

	if (source_read(w->part, 0, head, skip + 5, &got) != ERR_NONE)
		return TROUBLE_UNREADABLE;
	if (got < skip + 5 ||
	    lzma_properties_decode(&filters[0], NULL, head + skip, 5) != LZMA_OK)
		return TROUBLE_DAMAGED;
	if (lzma_raw_decoder_memusage(filters) > LZMA_MEMORY ||
	    lzma_raw_decoder(&z, filters) != LZMA_OK) {
		t = TROUBLE_MEMORY;
	} else {
		w->at = skip + 5;
		t = run(w, step_lzma, &z);
		if (t == TROUBLE_DAMAGED && z.total_out > 0 && w->at >= w->part->size &&
		    w->in.n == 0)
			t = TROUBLE_NONE;
	}
	lzma_end(&z);
	free(filters[0].options);
	return t;
}

enum trouble
pack_undo(enum pack pack, const struct source *part, const struct outlet *out, uint64_t *used)
{
	struct work *w = malloc(sizeof *w);
	enum trouble t = TROUBLE_UNSUPPORTED;

	if (w == NULL)
		return TROUBLE_MEMORY;
	memset(w, 0, offsetof(struct work, in_room));
	w->part = part;
	w->out = out;
	switch (pack) {
	case PACK_NONE:
		break;
	case PACK_DEFLATE:
		t = undo_zlib(w, -MAX_WBITS);
		break;
	case PACK_ZLIB:
		t = undo_zlib(w, MAX_WBITS);
		break;
	case PACK_GZIP:
		t = undo_zlib(w, MAX_WBITS + 16);
		break;
	case PACK_BZIP2:
		t = undo_bzip2(w);
		break;
	case PACK_LZMA_ZIP:
		t = undo_bare_lzma(w, 4);
		break;
	case PACK_LZMA_5:
		t = undo_bare_lzma(w, 0);
		break;
	case PACK_LZMA_ALONE:
	case PACK_XZ:
		t = undo_xz(w, pack == PACK_LZMA_ALONE);
		break;
	case PACK_ZSTD:
		t = undo_zstd(w);
		break;
	}
	if (used != NULL)
		*used = w->at - w->in.n;
	free(w);
	return t;
}

static bool
always(void *ctx)
{
	(void)ctx;
	return true;
}

static bool
put_into(void *ctx, struct bytes part)
{
	struct buf *into = ctx;

	buf_put(into, bytes_first(part, into->max - into->n));
	return into->err == ERR_NONE && into->n < into->max;
}

enum trouble
pack_undo_into(enum pack pack, struct bytes part, struct buf *into)
{
	static const struct outlet_calls calls = { .step = always, .put = put_into };
	struct outlet out = { &calls, into };
	struct source s = source_of_memory(part);
	enum trouble t = pack_undo(pack, &s, &out, NULL);

	if (into->err != ERR_NONE)
		return TROUBLE_MEMORY;
	return t == TROUBLE_NONE && into->n == into->max ? TROUBLE_LIMIT : t;
}
