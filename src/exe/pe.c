/* exe/pe.c: see pe.h. */
#include "exe/pe.h"

#include <string.h>

#include "base/reader.h"

enum {
	DOS_HEADER = 64,
	FILE_HEADER = 24,	/* with the signature */
	SECTION_HEADER = 40,
	/* The longest optional header that the loader takes is far shorter. */
	OPTIONAL_MAX = 1024,
	HEADERS_MAX = FILE_HEADER + OPTIONAL_MAX + SECTION_HEADER * PE_SECTIONS_MAX,
	/* The loader ignores what is below this in a section's offset. */
	SECTOR = 0x200,
};

/* The optional header, as far as it goes: tiny programs cut it short. */
static bool
read_optional(struct bytes b, struct pe *pe)
{
	struct reader r = reader_over(b);
	uint16_t magic = reader_u16le(&r);
	uint32_t count;

	if (magic != 0x10b && magic != 0x20b)
		return false;
	pe->is_64 = magic == 0x20b;
	reader_take(&r, 14);
	pe->entry = reader_u32le(&r);
	reader_take(&r, pe->is_64 ? 4 : 8);
	pe->image_base = pe->is_64 ? reader_u64le(&r) : reader_u32le(&r);
	reader_take(&r, 24);
	pe->image_size = reader_u32le(&r);
	pe->headers_size = reader_u32le(&r);
	reader_take(&r, pe->is_64 ? 44 : 28);
	count = reader_u32le(&r);
	for (uint32_t i = 0; i < count && i < PE_DIRECTORIES && !r.bad; i++) {
		pe->directories[i].address = reader_u32le(&r);
		pe->directories[i].size = reader_u32le(&r);
	}
	return true;
}

static void
read_section(struct reader *r, struct pe_section *s)
{
	struct bytes name = reader_take(r, 8);

	memset(s, 0, sizeof *s);
	if (name.n == 8)
		memcpy(s->name, name.p, 8);
	s->memory_size = reader_u32le(r);
	s->address = reader_u32le(r);
	s->file_size = reader_u32le(r);
	s->offset = reader_u32le(r) & ~(uint32_t)(SECTOR - 1);
	reader_take(r, 12);
	s->flags = reader_u32le(r);
}

static void
reach(uint64_t *size, uint64_t offset, uint64_t n)
{
	if (n > 0 && offset + n > *size)
		*size = offset + n;
}

static void
measure(struct pe *pe)
{
	pe->size = pe->header_end;
	for (unsigned i = 0; i < pe->section_count; i++)
		reach(&pe->size, pe->sections[i].offset, pe->sections[i].file_size);
	/* The one directory whose address is an offset in the file. */
	reach(&pe->size, pe->directories[PE_SECURITY].address, pe->directories[PE_SECURITY].size);
}

/* ${b} begins at the signature "PE\0\0". */
static enum err
read_headers(struct bytes b, struct pe *pe)
{
	struct reader r = reader_over(b);
	struct bytes optional;
	uint16_t optional_size, flags;

	if (!bytes_equal(reader_take(&r, 4), bytes_of("PE\0", 4)))
		return ERR_NOT_FOUND;
	pe->machine = reader_u16le(&r);
	pe->section_count = reader_u16le(&r);
	reader_take(&r, 12);
	optional_size = reader_u16le(&r);
	flags = reader_u16le(&r);
	pe->is_library = (flags & 0x2000) != 0;
	if (r.bad)
		return ERR_TRUNCATED;
	if (pe->section_count > PE_SECTIONS_MAX || optional_size > OPTIONAL_MAX)
		return ERR_NOT_FOUND;
	optional = reader_take(&r, optional_size);
	if (r.bad)
		return ERR_TRUNCATED;
	if (!read_optional(optional, pe))
		return ERR_NOT_FOUND;
	for (unsigned i = 0; i < pe->section_count; i++)
		read_section(&r, &pe->sections[i]);
	pe->header_end = pe->header_at + FILE_HEADER + optional_size +
	    (uint32_t)SECTION_HEADER * pe->section_count;
	return r.bad ? ERR_TRUNCATED : ERR_NONE;
}

enum err
pe_read(const struct source *file, uint64_t at, struct pe *out)
{
	struct pe pe = { .is_64 = false };
	uint8_t room[HEADERS_MAX];
	struct reader r;
	struct bytes magic;
	size_t got;
	enum err e;

	if ((e = source_read(file, at, room, DOS_HEADER, &got)) != ERR_NONE)
		return e;
	r = reader_over(bytes_of(room, got));
	magic = reader_take(&r, 2);
	if (!bytes_equal_text(magic, "MZ") && !bytes_equal_text(magic, "ZM"))
		return ERR_NOT_FOUND;
	reader_take(&r, 58);
	pe.header_at = reader_u32le(&r);
	if (r.bad)
		return ERR_TRUNCATED;
	if (at + pe.header_at < at || at + pe.header_at >= file->size)
		return ERR_NOT_FOUND;
	if ((e = source_read(file, at + pe.header_at, room, HEADERS_MAX, &got)) != ERR_NONE ||
	    (e = read_headers(bytes_of(room, got), &pe)) != ERR_NONE)
		return e;
	measure(&pe);
	*out = pe;
	return ERR_NONE;
}

bool
pe_offset(const struct pe *pe, uint32_t address, uint64_t *out)
{
	for (unsigned i = 0; i < pe->section_count; i++) {
		const struct pe_section *s = &pe->sections[i];

		if (address >= s->address && address - s->address < s->file_size) {
			*out = (uint64_t)s->offset + (address - s->address);
			return true;
		}
	}
	if (address < pe->headers_size) {
		*out = address;
		return true;
	}
	return false;
}
