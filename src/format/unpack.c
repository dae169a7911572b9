/* format/unpack.c: see unpack.h. */
#include "format/unpack.h"

#include "format/limits.h"
#include "format/readers.h"

/* One byte more tells the reader that there is more. */
enum { TEXT = FORMAT_TEXT_MAX + 1 };

static const struct {
	unpack_fn *unpack;
	size_t in_memory;
} readers[KINDS] = {
	[KIND_GZIP] = { stream_unpack_gzip, 0 },
	[KIND_BZIP2] = { stream_unpack_bzip2, 0 },
	[KIND_XZ] = { stream_unpack_xz, 0 },
	[KIND_LZMA] = { stream_unpack_lzma, 0 },
	[KIND_ZIP] = { zip_unpack, 0 },
	[KIND_CAB] = { mspack_unpack_cab, 0 },
	[KIND_CHM] = { mspack_unpack_chm, 0 },
	[KIND_SZDD] = { mspack_unpack_szdd, 0 },
	[KIND_KWAJ] = { mspack_unpack_kwaj, 0 },
	[KIND_MAIL] = { mail_unpack, SIZE_MAX },
	[KIND_RTF] = { rtf_unpack, SIZE_MAX },
	[KIND_UU] = { armour_unpack_uu, SIZE_MAX },
	[KIND_YENC] = { armour_unpack_yenc, SIZE_MAX },
	[KIND_BINHEX] = { armour_unpack_binhex, SIZE_MAX },
	[KIND_HTML] = { html_unpack, TEXT },
	[KIND_SCRIPT] = { html_unpack_script, TEXT },
	[KIND_TNEF] = { tnef_unpack, SIZE_MAX },
	[KIND_ARJ] = { arj_unpack, SIZE_MAX },
	[KIND_OLE2] = { ole2_unpack, SIZE_MAX },
	[KIND_PDF] = { pdf_unpack, SIZE_MAX },
	[KIND_PE] = { pe_unpack, SIZE_MAX },
	[KIND_SIS] = { sis_unpack, SIZE_MAX },
	[KIND_AUTOIT] = { autoit_unpack, SIZE_MAX },
	[KIND_MACHO_FAT] = { carve_unpack_macho, 0 },
	[KIND_ANY] = { carve_unpack_any, 0 },
};

size_t
unpack_memory(enum kind kind)
{
	return readers[kind].in_memory;
}

bool
unpack_has_reader(enum kind kind)
{
	return readers[kind].unpack != NULL;
}

enum err
unpack_object(enum kind kind, const struct source *object, const struct outlet *out)
{
	return readers[kind].unpack == NULL ? ERR_NOT_FOUND : readers[kind].unpack(object, out);
}
