/* format/kind.c: see kind.h. */
#include "format/kind.h"

#include <strings.h>

#include "format/decode.h"
#include "format/likely.h"

/* The front of an object: mail and HTML may have much before what tells them. */
enum { FRONT = 4096 };

struct magic {
	enum kind kind;
	uint16_t offset;
	uint16_t n;
	const char *bytes;
};

static const struct magic magics[] = {
	{ KIND_ZIP, 0, 4, "PK\3\4" },
	{ KIND_ZIP, 0, 4, "PK\5\6" },		/* empty */
	{ KIND_ZIP, 0, 8, "PK00PK\3\4" },	/* once split, now whole */
	{ KIND_ZIP, 0, 8, "PK\7\10PK\3\4" },	/* first of a split one */
	{ KIND_7ZIP, 0, 6, "7z\xbc\xaf\x27\x1c" },
	{ KIND_RAR, 0, 7, "Rar!\x1a\x07\x00" },
	{ KIND_RAR5, 0, 8, "Rar!\x1a\x07\x01\x00" },
	{ KIND_CAB, 0, 4, "MSCF" },
	{ KIND_CHM, 0, 4, "ITSF" },
	{ KIND_SZDD, 0, 8, "SZDD\x88\xf0\x27\x33" },
	{ KIND_SZDD, 0, 8, "SZ\x20\x88\xf0\x27\x33\xd1" },
	{ KIND_KWAJ, 0, 8, "KWAJ\x88\xf0\x27\xd1" },
	{ KIND_ARJ, 0, 2, "\x60\xea" },
	{ KIND_OLE2, 0, 8, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" },
	{ KIND_TNEF, 0, 4, "\x78\x9f\x3e\x22" },
	{ KIND_SIS, 8, 4, "\x19\x04\x00\x10" },
	{ KIND_SIS, 0, 4, "\x7a\x1a\x20\x10" },
	{ KIND_TAR, 257, 5, "ustar" },
	{ KIND_CPIO, 0, 6, "070701" },
	{ KIND_CPIO, 0, 6, "070702" },
	{ KIND_CPIO, 0, 6, "070707" },
	{ KIND_CPIO, 0, 6, "070727" },		/* afio */
	{ KIND_CPIO, 0, 2, "\xc7\x71" },
	{ KIND_CPIO, 0, 2, "\x71\xc7" },
	{ KIND_AR, 0, 8, "!<arch>\n" },
	{ KIND_LHA, 2, 3, "-lh" },
	{ KIND_LHA, 2, 3, "-lz" },
	{ KIND_XAR, 0, 4, "xar!" },
	{ KIND_WARC, 0, 5, "WARC/" },
	{ KIND_GZIP, 0, 3, "\x1f\x8b\x08" },
	{ KIND_BZIP2, 0, 3, "BZh" },
	{ KIND_XZ, 0, 6, "\xfd" "7zXZ\0" },
	{ KIND_LZMA, 0, 3, "\x5d\0\0" },
	{ KIND_LZIP, 0, 4, "LZIP" },
	{ KIND_ZSTD, 0, 4, "\x28\xb5\x2f\xfd" },
	{ KIND_LZ4, 0, 4, "\x04\x22\x4d\x18" },
	{ KIND_LZ4, 0, 4, "\x02\x21\x4c\x18" },	/* the old form */
	{ KIND_COMPRESS, 0, 2, "\x1f\x9d" },
	{ KIND_RPM, 0, 4, "\xed\xab\xee\xdb" },
	{ KIND_AUTOIT, 0, 8, "\xa3\x48\x4b\xbe\x98\x6c\x4a\xa9" },
	{ KIND_PE, 0, 2, "MZ" },
	{ KIND_PE, 0, 2, "ZM" },
	{ KIND_ELF, 0, 4, "\x7f" "ELF" },
	{ KIND_MACHO, 0, 4, "\xce\xfa\xed\xfe" },
	{ KIND_MACHO, 0, 4, "\xcf\xfa\xed\xfe" },
	{ KIND_MACHO, 0, 4, "\xfe\xed\xfa\xce" },
	{ KIND_MACHO, 0, 4, "\xfe\xed\xfa\xcf" },
	{ KIND_MACHO_FAT, 0, 4, "\xca\xfe\xba\xbe" },
	{ KIND_MACHO_FAT, 0, 4, "\xca\xfe\xba\xbf" },
};

/* Words anywhere in the front. The case of letters does not matter. */
static const struct {
	enum kind kind;
	const char *word;
} words[] = {
	{ KIND_PDF, "%PDF-" },
	{ KIND_RTF, "{\\rt" },
	{ KIND_UU, "begin 6" },
	{ KIND_UU, "begin 7" },
	{ KIND_UU, "begin 4" },
	{ KIND_UU, "begin 5" },
	{ KIND_UU, "begin 0" },
	{ KIND_UU, "begin-base64 " },
	{ KIND_YENC, "=ybegin " },
	{ KIND_BINHEX, "converted with BinHex" },
	{ KIND_HTML, "<html" },
	{ KIND_HTML, "<!doctype" },
	{ KIND_HTML, "<head" },
	{ KIND_HTML, "<body" },
	{ KIND_HTML, "<script" },
	{ KIND_HTML, "<iframe" },
	{ KIND_HTML, "<a href" },
	{ KIND_HTML, "<img " },
	{ KIND_HTML, "<svg" },
	{ KIND_HTML, "<table" },
	{ KIND_HTML, "<object" },
	{ KIND_HTML, "<form" },
	{ KIND_HTML, "<meta" },
	{ KIND_HTML, "<title" },
	{ KIND_HTML, "<div" },
	{ KIND_HTML, "<?xml" },
};

bool
kind_is_weak(enum kind kind)
{
	static const kind_set weak = KIND_BIT(KIND_TAR) | KIND_BIT(KIND_CPIO) |
	    KIND_BIT(KIND_LHA) | KIND_BIT(KIND_LZMA) | KIND_BIT(KIND_COMPRESS) |
	    KIND_BIT(KIND_WARC) | KIND_BIT(KIND_BZIP2);

	return (weak & KIND_BIT(kind)) != 0;
}

const char *
kind_name(enum kind kind)
{
	static const char *const names[KINDS] = { "7z", "rar", "rar5", "tar", "cpio", "ar", "iso",
		"lha", "xar", "warc", "gzip", "bzip2", "xz", "lzma", "lzip", "zstd", "lz4",
		"compress", "rpm", "zip", "cab", "chm", "szdd", "kwaj", "arj", "ole2", "pdf",
		"rtf", "mail", "tnef", "uu", "yenc", "binhex", "html", "script", "sis", "autoit", "pe", "elf",
		"mach-o", "mach-o fat", "any" };

	return names[kind];
}

/* Whether it reads as text for the most part: then words are looked for. */
static bool
is_text(struct bytes front)
{
	size_t odd = 0;

	front = bytes_first(front, 1024);
	for (size_t i = 0; i < front.n; i++)
		odd += front.p[i] < ' ' && front.p[i] != '\n' && front.p[i] != '\r' &&
		    front.p[i] != '\t' && front.p[i] != '\f';
	return odd * 16 <= front.n;
}

static bool
has_word(struct bytes front, const char *word)
{
	return decode_find(front, word) < front.n;
}

/* Mail begins with fields; two that only mail has must be among them. */
static bool
is_mail(struct bytes front)
{
	static const char *const fields[] = { "From:", "To:", "Subject:", "Date:", "Message-ID:",
		"MIME-Version:", "Content-Type:", "Received:", "Return-Path:", "Reply-To:", "Cc:",
		"Content-Transfer-Encoding:", "Delivered-To:", "Content-Disposition:", "X-Mailer:",
		"Sender:", "From " };
	unsigned seen = 0;
	bool first = true;

	for (unsigned lines = 0; front.n > 0 && lines < 200; lines++) {
		size_t end = bytes_find(front, '\n');
		bool field = false;

		for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
			field |= front.n > strlen(fields[i]) &&
			    strncasecmp((const char *)front.p, fields[i], strlen(fields[i])) == 0;
		seen += field;
		/* The first line that says anything must be a field of some name. */
		if (first && end > 1) {
			size_t colon = bytes_find(bytes_first(front, end), ':');

			first = false;
			for (size_t i = 0; !field && i < colon; i++)
				if (colon == end || front.p[i] <= ' ' || front.p[i] > '~')
					return false;
		}
		if (!first && end <= 1)
			break;
		front = bytes_from(front, end + 1);
	}
	return seen >= 2;
}

static kind_set
find_words(struct bytes front)
{
	kind_set found = 0;

	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if ((found & KIND_BIT(words[i].kind)) == 0 && has_word(front, words[i].word))
			found |= KIND_BIT(words[i].kind);
	if (is_mail(front))
		found |= KIND_BIT(KIND_MAIL);
	/* Mail carries the others inside, each of which becomes an object of its own. */
	if ((found & KIND_BIT(KIND_MAIL)) != 0)
		found &= ~(KIND_BIT(KIND_HTML) | KIND_BIT(KIND_UU) | KIND_BIT(KIND_PDF) |
		    KIND_BIT(KIND_RTF));
	else if (found == 0 || found == KIND_BIT(KIND_UU))
		found |= KIND_BIT(KIND_SCRIPT);
	return found;
}

static kind_set
find_in_front(struct bytes front)
{
	kind_set found = 0;

	for (size_t i = 0; i < sizeof magics / sizeof magics[0]; i++) {
		const struct magic *m = &magics[i];

		if (bytes_equal(bytes_first(bytes_from(front, m->offset), m->n),
			bytes_of(m->bytes, m->n)))
			found |= KIND_BIT(m->kind);
	}
	/* A skippable frame, as pzstd begins: 16 magics that differ in 4 bits. */
	if (front.n >= 4 && (front.p[0] & 0xf0) == 0x50 &&
	    memcmp(front.p + 1, "\x2a\x4d\x18", 3) == 0)
		found |= KIND_BIT(KIND_ZSTD);
	if (likely_is_tar(front))
		found |= KIND_BIT(KIND_TAR);
	if (found == 0 && is_text(front))
		found = find_words(front);
	else if (found == 0 && has_word(bytes_first(front, 1100), "%PDF-"))
		found = KIND_BIT(KIND_PDF);
	return found;
}

/* The tail holds the end record of a zip, whatever stands in front: self-extracting programs, and
 * documents that carry a zip behind them. */
static enum err
find_zip_end(const struct source *object, kind_set *found)
{
	enum { TAIL = 1024, END_SIZE = 22 };
	uint8_t room[TAIL];
	size_t n = object->size < TAIL ? (size_t)object->size : TAIL, got;
	enum err e;

	if ((e = source_read(object, object->size - n, room, n, &got)) != ERR_NONE)
		return e;
	/* Programs that read zips hold the magic as a constant; a record is longer. */
	if (got >= END_SIZE && memmem(room, got - END_SIZE + 4, "PK\5\6", 4) != NULL)
		*found |= KIND_BIT(KIND_ZIP);
	return ERR_NONE;
}

/* The first volume descriptor lies behind 16 sectors that belong to nobody. */
static enum err
find_iso(const struct source *object, kind_set *found)
{
	enum { AT = 32769 };
	uint8_t room[5];
	size_t got;
	enum err e;

	if ((e = source_read(object, AT, room, sizeof room, &got)) != ERR_NONE)
		return e;
	if (bytes_equal_text(bytes_of(room, got), "CD001"))
		*found |= KIND_BIT(KIND_ISO);
	return ERR_NONE;
}

enum err
kind_find(const struct source *object, kind_set *found)
{
	uint8_t room[FRONT];
	kind_set bits;
	size_t got;
	enum err e;

	if ((e = source_read(object, 0, room, sizeof room, &got)) != ERR_NONE)
		return e;
	bits = find_in_front(bytes_of(room, got));
	if ((bits & KIND_BIT(KIND_ZIP)) == 0 && (e = find_zip_end(object, &bits)) != ERR_NONE)
		return e;
	if ((e = find_iso(object, &bits)) != ERR_NONE)
		return e;
	*found = bits | KIND_BIT(KIND_ANY);
	return ERR_NONE;
}
