/* sigdb/object.c: see object.h. */
#include "sigdb/object.h"

unsigned
object_type_by_name(struct bytes name)
{
	/* In this order for good: compiled databases hold the numbers. */
	static const char *const names[] = { "CL_TYPE_ANY", "CL_TYPE_TEXT_ASCII", "CL_TYPE_TEXT_UTF8",
		"CL_TYPE_TEXT_UTF16LE", "CL_TYPE_TEXT_UTF16BE", "CL_TYPE_BINARY_DATA", "CL_TYPE_ERROR",
		"CL_TYPE_MSEXE", "CL_TYPE_ELF", "CL_TYPE_MACHO", "CL_TYPE_MACHO_UNIBIN",
		"CL_TYPE_POSIX_TAR", "CL_TYPE_OLD_TAR", "CL_TYPE_CPIO_OLD", "CL_TYPE_CPIO_ODC",
		"CL_TYPE_CPIO_NEWC", "CL_TYPE_CPIO_CRC", "CL_TYPE_GZ", "CL_TYPE_ZIP", "CL_TYPE_BZ",
		"CL_TYPE_RAR", "CL_TYPE_ARJ", "CL_TYPE_MSSZDD", "CL_TYPE_MSOLE2", "CL_TYPE_MSCAB",
		"CL_TYPE_MSCHM", "CL_TYPE_SIS", "CL_TYPE_SCRENC", "CL_TYPE_GRAPHICS", "CL_TYPE_GIF",
		"CL_TYPE_PNG", "CL_TYPE_JPEG", "CL_TYPE_TIFF", "CL_TYPE_RIFF", "CL_TYPE_BINHEX",
		"CL_TYPE_TNEF", "CL_TYPE_CRYPTFF", "CL_TYPE_PDF", "CL_TYPE_UUENCODED",
		"CL_TYPE_HTML_UTF16", "CL_TYPE_SCRIPT", "CL_TYPE_RTF", "CL_TYPE_HTML", "CL_TYPE_MAIL",
		"CL_TYPE_SFX", "CL_TYPE_ZIPSFX", "CL_TYPE_RARSFX", "CL_TYPE_CABSFX", "CL_TYPE_ARJSFX",
		"CL_TYPE_NULSFT", "CL_TYPE_AUTOIT", "CL_TYPE_ISHIELD_MSI", "CL_TYPE_7Z",
		"CL_TYPE_7ZSFX", "CL_TYPE_SWF", "CL_TYPE_ISO9660", "CL_TYPE_JAVA", "CL_TYPE_DMG",
		"CL_TYPE_XAR", "CL_TYPE_PART_HFSPLUS", "CL_TYPE_XZ", "CL_TYPE_OOXML_WORD",
		"CL_TYPE_OOXML_PPT", "CL_TYPE_OOXML_XL", "CL_TYPE_OOXML_HWP", "CL_TYPE_XDP",
		"CL_TYPE_XML_WORD", "CL_TYPE_XML_XL", "CL_TYPE_XML_HWP", "CL_TYPE_HWP3",
		"CL_TYPE_HWPOLE2", "CL_TYPE_MBR", "CL_TYPE_GPT", "CL_TYPE_APM", "CL_TYPE_LNK",
		"CL_TYPE_EGG", "CL_TYPE_ONENOTE", "CL_TYPE_PYTHON_COMPILED", "CL_TYPE_ALZ", "CL_TYPE_UDF",
		"CL_TYPE_LHA_LZH", "CL_TYPE_AI_MODEL" };

	for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++)
		if (bytes_equal_text(name, names[i]))
			return i;
	return 0;
}

/* The first bytes that say what an object is. */
static const struct magic {
	const char *bytes;
	size_t n;
	enum object_target target;
} magics[] = {
	{ "MZ", 2, TARGET_PE },
	{ "\x7f" "ELF", 4, TARGET_ELF },
	{ "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 8, TARGET_OLE2 },
	{ "%PDF-", 5, TARGET_PDF },
	{ "\xce\xfa\xed\xfe", 4, TARGET_MACHO },
	{ "\xcf\xfa\xed\xfe", 4, TARGET_MACHO },
	{ "\xfe\xed\xfa\xce", 4, TARGET_MACHO },
	{ "\xfe\xed\xfa\xcf", 4, TARGET_MACHO },
	{ "GIF8", 4, TARGET_GRAPHICS },
	{ "\x89PNG", 4, TARGET_GRAPHICS },
	{ "\xff\xd8\xff", 3, TARGET_GRAPHICS },
	{ "BM", 2, TARGET_GRAPHICS },
	{ "II*\0", 4, TARGET_GRAPHICS },
	{ "MM\0*", 4, TARGET_GRAPHICS },
	{ "FWS", 3, TARGET_FLASH },
	{ "CWS", 3, TARGET_FLASH },
	{ "ZWS", 3, TARGET_FLASH },
	{ "From ", 5, TARGET_MAIL },
	{ "Received: ", 10, TARGET_MAIL },
	{ "Return-Path: ", 13, TARGET_MAIL },
	{ "Return-path: ", 13, TARGET_MAIL },
	{ "Delivered-To: ", 14, TARGET_MAIL },
	{ "X-Original-To: ", 15, TARGET_MAIL },
	{ "MIME-Version: ", 14, TARGET_MAIL },
};

/* 0xcafebabe begins Java classes and Mach-O files for several processors: those are few. */
static enum object_target
java_or_macho(struct view *v)
{
	const uint8_t *p = view_bytes(v, 0, 8);

	if (p == NULL || memcmp(p, "\xca\xfe\xba\xbe", 4) != 0)
		return TARGET_ANY;
	return p[4] == 0 && p[5] == 0 && p[6] == 0 && p[7] < 40 ? TARGET_MACHO : TARGET_JAVA;
}

/* Nothing but printable text in the first bytes? */
static enum object_target
text_or_nothing(struct view *v)
{
	size_t n = v->object->size < 1024 ? (size_t)v->object->size : 1024;
	const uint8_t *p = view_bytes(v, 0, n);

	for (size_t i = 0; p != NULL && i < n; i++)
		if (p[i] < 9 || (p[i] > 13 && p[i] < 32 && p[i] != 27) || p[i] == 127)
			return TARGET_ANY;
	return p != NULL && n > 0 ? TARGET_TEXT : TARGET_ANY;
}

static bool
holds_tag(struct view *v)
{
	static const char *const tags[] = { "<html", "<!doctype html", "<head", "<body", "<script" };
	size_t n = v->object->size < 1024 ? (size_t)v->object->size : 1024;
	const uint8_t *p = view_bytes(v, 0, n);
	char lower[1024 + 1];

	if (p == NULL)
		return false;
	for (size_t i = 0; i < n; i++)
		lower[i] = (char)(p[i] >= 'A' && p[i] <= 'Z' ? p[i] | 0x20 : p[i] == 0 ? ' ' : p[i]);
	lower[n] = '\0';
	for (size_t i = 0; i < sizeof tags / sizeof tags[0]; i++)
		if (strstr(lower, tags[i]) != NULL)
			return true;
	return false;
}

enum object_target
object_target_of(struct view *v)
{
	enum object_target target;

	for (size_t i = 0; i < sizeof magics / sizeof magics[0]; i++) {
		const uint8_t *p = view_bytes(v, 0, magics[i].n);

		if (p != NULL && memcmp(p, magics[i].bytes, magics[i].n) == 0)
			return magics[i].target;
	}
	if ((target = java_or_macho(v)) != TARGET_ANY)
		return target;
	if ((target = text_or_nothing(v)) == TARGET_TEXT && holds_tag(v))
		return TARGET_HTML;
	return target;
}
