/* format/limits.h: the ceilings of the readers, beside those that the outlet's owner keeps
 * (verdict/scan_limits.h), each with its reason. */
#ifndef HOLDFAST_FORMAT_LIMITS_H
#define HOLDFAST_FORMAT_LIMITS_H

/* Beyond each of these is told. Entries that one reader of ours follows in one container; more than the
 * limit of objects of any scan in ordinary use, so that a list which runs in a circle ends. */
#define FORMAT_ENTRIES_MAX 1000000

/* Programs and archives carved out of one object. Browsers pack some thousands of compressed pages in
 * one file; a file made to be looked at over and over ends here, or at the limit of bytes. */
#define FORMAT_CARVED_MAX 16384

/* Parts of one mail, and multiparts within each other: forwarding programs nest a few. */
#define FORMAT_MAIL_PARTS_MAX 20000
#define FORMAT_MAIL_DEPTH_MAX 64

/* Boundaries that different programs may read in one field, each of which has the body read anew; the
 * pieces of one (RFC 2231), where writers break every 70 characters; and bytes of a field with
 * parameters, of which mail servers refuse more than some kilobytes. */
#define FORMAT_MAIL_BOUNDARIES_MAX 4
#define FORMAT_MAIL_PIECES_MAX 64
#define FORMAT_MAIL_FIELD_MAX 65536

/* Text that is brought into normal form: what browsers and script hosts run is far shorter. Beyond, HTML
 * is told as cut; of other text, such as logs, the rest is searched as it stands. */
#define FORMAT_TEXT_MAX (16 << 20)

/* Scripts, and files in data: addresses, of one page. */
#define FORMAT_DATA_MAX 4096

/* Headers of cabinets in one setup.exe of InstallShield's older kind, which has two or three. */
#define FORMAT_CABINETS_MAX 8

/* What may be unpacked in a reader's own memory, before it is cut up or given: a solid stream of an installer,
 * a module of VBA, a file of BinHex (one byte of each makes hundreds, or scores), a stream of PDF. */
#define FORMAT_SOLID_MAX (128 << 20)

/* Objects of one PDF file, and filters of one stream: readers follow a handful. */
#define FORMAT_PDF_OBJECTS_MAX 1000000
#define FORMAT_FILTERS_MAX 8

/* Bytes of a value that a reference of PDF leads to, where we follow one: names of filters, their
 * parameters, the dictionary of encryption. A few kilobytes at most. */
#define FORMAT_PDF_REFERRED_MAX (1 << 16)

/* How often all values of a PDF file may be parsed: honest ones are once each, and those that begin
 * within each other and never end would be as often as they are many. */
#define FORMAT_PDF_PARSES 16

#endif
