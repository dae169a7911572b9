/* format/readers.h: the readers of format/unpack.c's table, one file each; their contract is
 * unpack_fn's. For this folder and its tests only. */
#ifndef HOLDFAST_FORMAT_READERS_H
#define HOLDFAST_FORMAT_READERS_H

#include "format/unpack.h"

/* mspack.c: Microsoft's cabinets, help files and single compressed files, by libmspack. */
unpack_fn mspack_unpack_cab, mspack_unpack_chm, mspack_unpack_szdd, mspack_unpack_kwaj;

/* zip.c: with all methods but PPMd by us or the libraries, that by libarchive. */
unpack_fn zip_unpack;

/* mail.c, rtf.c, armour.c, tnef.c: what carries other files. */
unpack_fn mail_unpack, rtf_unpack, tnef_unpack;
unpack_fn armour_unpack_uu, armour_unpack_yenc, armour_unpack_binhex;

/* html.c: HTML and scripts in normal form, and what data: addresses carry. */
unpack_fn html_unpack, html_unpack_script;

/* arj.c: ARJ archives. ole2.c: the streams of an OLE2 compound file, and VBA in clear. */
unpack_fn arj_unpack, ole2_unpack;

/* pdf.c: the streams of PDF files. */
unpack_fn pdf_unpack;

/* pe.c: what programs carry. sis.c: Symbian's installation files. autoit.c: compiled scripts with their
 * files, EA05 and EA06; those in programs are carved out. */
unpack_fn pe_unpack, sis_unpack, autoit_unpack;

/* stream.c: single streams that libarchive will not read. */
unpack_fn stream_unpack_gzip, stream_unpack_bzip2, stream_unpack_xz, stream_unpack_lzma;

/* carve.c: programs and archives that lie in other files, and the parts of a universal Mach-O. */
unpack_fn carve_unpack_any, carve_unpack_macho;

#endif
