/* format/kind.h: what containers an object may be, by its bytes. An object may be several at
 * once, such as a program with a zip behind it: all are told. Cheap, for most objects are none.
 * Must not read more than a few windows of the object. */
#ifndef HOLDFAST_FORMAT_KIND_H
#define HOLDFAST_FORMAT_KIND_H

#include "base/source.h"

/* In the order in which they are tried. */
enum kind {
	KIND_ZIP = 0,
	KIND_7ZIP,
	KIND_RAR,
	KIND_RAR5,
	KIND_CAB,
	KIND_TAR,
	KIND_CPIO,
	KIND_AR,
	KIND_ISO,
	KIND_LHA,
	KIND_XAR,
	KIND_WARC,
	KIND_ZIP_BEHIND,	/* behind something else, such as a program that unpacks itself */
	/* From here on one compressed stream, with nothing but its content inside. */
	KIND_GZIP,
	KIND_BZIP2,
	KIND_XZ,
	KIND_LZMA,
	KIND_LZIP,
	KIND_ZSTD,
	KIND_LZ4,
	KIND_COMPRESS,
	KIND_RPM,
	KIND_UU,
	KINDS
};

static inline bool
kind_is_compression(enum kind kind)
{
	return kind >= KIND_GZIP;
}

/* True when the bytes that tell it are so few that honest files of other kinds have them too:
 * then a failure to open it means that it was none. */
bool kind_is_weak(enum kind kind);

/* *found gets the bit 1 << kind for each. ERR_IO. */
enum err kind_find(const struct source *object, uint32_t *found);

#endif
