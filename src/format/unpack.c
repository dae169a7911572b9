/* format/unpack.c: see unpack.h. */
#include "format/unpack.h"

#include "format/readers.h"

static const struct {
	unpack_fn *unpack;
	bool in_memory;
} readers[KINDS] = {
	[KIND_GZIP] = { stream_unpack_gzip, false },
	[KIND_BZIP2] = { stream_unpack_bzip2, false },
	[KIND_XZ] = { stream_unpack_xz, false },
	[KIND_LZMA] = { stream_unpack_lzma, false },
	[KIND_ZIP] = { zip_unpack, false },
	[KIND_CAB] = { mspack_unpack_cab, false },
	[KIND_CHM] = { mspack_unpack_chm, false },
	[KIND_SZDD] = { mspack_unpack_szdd, false },
	[KIND_KWAJ] = { mspack_unpack_kwaj, false },
	[KIND_MAIL] = { mail_unpack, true },
	[KIND_RTF] = { rtf_unpack, true },
	[KIND_UU] = { armour_unpack_uu, true },
	[KIND_YENC] = { armour_unpack_yenc, true },
	[KIND_BINHEX] = { armour_unpack_binhex, true },
	[KIND_HTML] = { html_unpack, true },
	[KIND_SCRIPT] = { html_unpack_script, true },
	[KIND_TNEF] = { tnef_unpack, true },
	[KIND_ARJ] = { arj_unpack, true },
	[KIND_OLE2] = { ole2_unpack, true },
	[KIND_PDF] = { pdf_unpack, true },
	[KIND_PE] = { pe_unpack, true },
	[KIND_SIS] = { sis_unpack, true },
	[KIND_MACHO_FAT] = { carve_unpack_macho, false },
	[KIND_ANY] = { carve_unpack_any, false },
};

bool
unpack_needs_memory(enum kind kind)
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
