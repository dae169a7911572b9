/* format/packers.c: see packers.h. A table of marks, and one rule for those that have none. */
#include "format/packers.h"

#include "base/text.h"
#include "format/decode.h"

static const struct {
	const char *name;
	const char *section;	/* of this name, or NULL */
	const char *entry;	/* first instructions in hexadecimal digits, '?' for any, or NULL: bytes would end
				 * at the first zero */
} packers[] = {
	{ "ASPack", ".aspack", NULL },
	{ "ASPack", NULL, "60e803????00e9eb" },
	{ "PESpin", NULL, "eb016860e8" },
	{ "Petite", ".petite", NULL },
	{ "WWPack32", ".WWP32", NULL },
	{ "yoda's Crypter", "yC", NULL },
	{ "yoda's Crypter", NULL, "558bec53565760e8" },
	{ "Upack", NULL, "be????????ad8bf8" },
	{ "Upack", NULL, "be????????ad50ff" },
	{ "FSG", NULL, "8725????????6194" },
	{ "MPRESS", ".MPRESS1", NULL },
	{ "Themida", ".themida", NULL },
	{ "VMProtect", ".vmp0", NULL },
	{ "NsPack", ".nsp0", NULL },
	{ "NsPack", "nsp0", NULL },
	{ "PECompact", "PEC2", NULL },
};

static bool
matches(struct bytes code, const char *mark)
{
	size_t n = strlen(mark) / 2;

	if (code.n < n)
		return false;
	for (size_t i = 0; i < 2 * n; i++)
		if (mark[i] != '?' &&
		    (code.p[i / 2] >> (i % 2 == 0 ? 4 : 0) & 15) != decode_hex_digit((uint8_t)mark[i]))
			return false;
	return true;
}

static bool
has_section(const struct pe *pe, const char *name)
{
	for (unsigned i = 0; i < pe->section_count; i++)
		if (text_equal(pe->sections[i].name, name))
			return true;
	return false;
}

/* Code that is written before it is run: it starts in a section that may be both written and run,
 * behind another that has room in memory and nothing in the file. */
static bool
unpacks_itself(const struct pe *pe)
{
	const uint32_t both = 0xa0000000;
	bool empty = false;

	for (unsigned i = 0; i < pe->section_count; i++) {
		const struct pe_section *s = &pe->sections[i];

		if (s->file_size == 0 && s->memory_size >= 4096 && (s->flags & 0x80000000) != 0)
			empty = true;
		else if (empty && (s->flags & both) == both && pe->entry >= s->address &&
		    pe->entry - s->address < s->file_size)
			return true;
	}
	return false;
}

const char *
packers_find(struct bytes file, const struct pe *pe)
{
	struct bytes code = bytes_of(NULL, 0);
	uint64_t at;

	if (pe_offset(pe, pe->entry, &at) && at < file.n)
		code = bytes_from(file, (size_t)at);
	for (size_t i = 0; i < sizeof packers / sizeof packers[0]; i++)
		if ((packers[i].section != NULL && has_section(pe, packers[i].section)) ||
		    (packers[i].entry != NULL && matches(code, packers[i].entry)))
			return packers[i].name;
	return unpacks_itself(pe) ? "unknown packer" : NULL;
}
