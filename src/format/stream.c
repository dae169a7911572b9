/* format/stream.c: one compressed stream, by the decoder itself: for what libarchive will not read,
 * such as streams with other bytes behind them. */
#include "format/pack.h"
#include "format/readers.h"

static enum err
unpack(enum pack pack, const struct source *object, const struct outlet *out)
{
	enum trouble t;

	if (!outlet_begin(out, bytes_of(NULL, 0)))
		return ERR_NONE;
	t = pack_undo(pack, object, out, NULL);
	outlet_end(out);
	if (t == TROUBLE_MEMORY)
		outlet_miss(out, t, bytes_of(NULL, 0));
	return ERR_NONE;
}

enum err
stream_unpack_gzip(const struct source *object, const struct outlet *out)
{
	return unpack(PACK_GZIP, object, out);
}

enum err
stream_unpack_bzip2(const struct source *object, const struct outlet *out)
{
	return unpack(PACK_BZIP2, object, out);
}

enum err
stream_unpack_xz(const struct source *object, const struct outlet *out)
{
	return unpack(PACK_XZ, object, out);
}

enum err
stream_unpack_lzma(const struct source *object, const struct outlet *out)
{
	return unpack(PACK_LZMA_ALONE, object, out);
}
