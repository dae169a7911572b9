/* format/kind.h: what an object may be, by its bytes, never by its name. An object may be several
 * things at once, such as a program with a zip behind it: all are told. Cheap, for most objects
 * hold nothing. Must not read more than a few windows of the object. */
#ifndef HOLDFAST_FORMAT_KIND_H
#define HOLDFAST_FORMAT_KIND_H

#include "base/source.h"

/* In the order in which they are tried. */
enum kind {
	/* Archives, by libarchive. */
	KIND_7ZIP = 0,
	KIND_RAR,
	KIND_RAR5,
	KIND_TAR,
	KIND_CPIO,
	KIND_AR,
	KIND_ISO,
	KIND_LHA,
	KIND_XAR,
	KIND_WARC,
	/* One compressed stream, with nothing but its content inside; by libarchive. */
	KIND_GZIP,
	KIND_BZIP2,
	KIND_XZ,
	KIND_LZMA,
	KIND_LZIP,
	KIND_ZSTD,
	KIND_LZ4,
	KIND_COMPRESS,
	KIND_RPM,
	/* By readers of our own, or by libmspack: format/unpack.h. */
	KIND_ZIP,
	KIND_CAB,
	KIND_CHM,
	KIND_SZDD,
	KIND_KWAJ,
	KIND_ARJ,
	KIND_OLE2,
	KIND_PDF,
	KIND_RTF,
	KIND_MAIL,
	KIND_TNEF,
	KIND_UU,
	KIND_YENC,
	KIND_BINHEX,
	KIND_HTML,
	KIND_SCRIPT,
	KIND_SIS,
	KIND_AUTOIT,	/* a compiled script */
	KIND_PE,
	KIND_ELF,
	KIND_MACHO,
	KIND_MACHO_FAT,
	KIND_ANY,	/* programs and archives carved out of whatever it is */
	KINDS
};

/* One bit for each kind. */
typedef uint64_t kind_set;

#define KIND_BIT(kind) (UINT64_C(1) << (kind))

static inline bool
kind_is_compression(enum kind kind)
{
	return kind >= KIND_GZIP && kind <= KIND_RPM;
}

static inline bool
kind_is_by_libarchive(enum kind kind)
{
	return kind <= KIND_RPM;
}

/* True when the bytes that tell it are so few that honest files of other kinds have them too:
 * then a failure to open it means that it was none. */
bool kind_is_weak(enum kind kind);

/* A few constant words for the kind, such as "zip". */
const char *kind_name(enum kind kind);

/* *found gets the bit for each. ERR_IO. */
enum err kind_find(const struct source *object, kind_set *found);

#endif
