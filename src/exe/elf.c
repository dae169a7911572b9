/* exe/elf.c: see elf.h. */
#include "exe/elf.h"

#include <string.h>

#include "base/reader.h"

/* Numbers in the byte order of the file. */
struct fields {
	struct reader r;
	bool big, wide;
};

static uint16_t
half(struct fields *f)
{
	return f->big ? reader_u16be(&f->r) : reader_u16le(&f->r);
}

static uint32_t
word(struct fields *f)
{
	return f->big ? reader_u32be(&f->r) : reader_u32le(&f->r);
}

/* As wide as an address. */
static uint64_t
address(struct fields *f)
{
	uint64_t high, low;

	if (!f->wide)
		return word(f);
	low = word(f);
	high = word(f);
	return f->big ? low << 32 | high : high << 32 | low;
}

static void
reach(uint64_t *size, uint64_t offset, uint64_t n)
{
	if (n > 0 && offset + n > *size && offset + n > offset)
		*size = offset + n;
}

/* A table of segments or sections: where it lies, and how it is read. */
struct table {
	uint64_t offset;
	uint16_t entry_size, count;
	bool is_sections;
};

static void
read_entry(struct fields *f, bool is_section, uint64_t *size)
{
	uint64_t offset, n;
	uint32_t type;

	if (is_section) {
		word(f);
		type = word(f);
		address(f);
		address(f);
		offset = address(f);
		n = address(f);
		/* What has no bytes in the file (NOBITS). */
		if (type == 8)
			return;
	} else {
		word(f);
		if (f->wide)
			word(f);
		offset = address(f);
		address(f);
		address(f);
		n = address(f);
	}
	if (!f->r.bad)
		reach(size, offset, n);
}

static enum err
read_table(const struct source *file, uint64_t at, const struct fields *like, const struct table *t,
    uint64_t *size)
{
	reach(size, t->offset, (uint64_t)t->entry_size * t->count);
	for (unsigned i = 0; i < t->count; i++) {
		struct fields f = *like;
		uint8_t room[64];
		size_t got;
		enum err e = source_read(file, at + t->offset + (uint64_t)t->entry_size * i, room,
		    sizeof room, &got);

		if (e != ERR_NONE)
			return e;
		if (got == 0)
			break;
		f.r = reader_over(bytes_of(room, got));
		read_entry(&f, t->is_sections, size);
	}
	return ERR_NONE;
}

enum err
elf_size(const struct source *file, uint64_t at, uint64_t *out)
{
	struct table segments = { 0, 0, 0, false }, sections = { 0, 0, 0, true };
	struct fields f = { .big = false };
	uint64_t size = 0;
	uint8_t room[64];
	size_t got;
	enum err e;

	if ((e = source_read(file, at, room, sizeof room, &got)) != ERR_NONE)
		return e;
	f.r = reader_over(bytes_of(room, got));
	if (!bytes_equal_text(reader_take(&f.r, 4), "\177ELF"))
		return ERR_NOT_FOUND;
	f.wide = reader_u8(&f.r) == 2;
	f.big = reader_u8(&f.r) == 2;
	reader_take(&f.r, 10);
	half(&f), half(&f), word(&f), address(&f);
	segments.offset = address(&f);
	sections.offset = address(&f);
	word(&f);
	size = half(&f);
	segments.entry_size = half(&f), segments.count = half(&f);
	sections.entry_size = half(&f), sections.count = half(&f);
	if (f.r.bad)
		return ERR_TRUNCATED;
	if ((e = read_table(file, at, &f, &segments, &size)) != ERR_NONE ||
	    (e = read_table(file, at, &f, &sections, &size)) != ERR_NONE)
		return e;
	*out = size;
	return ERR_NONE;
}

enum { MACHO_COMMANDS_MAX = 65536 };

static void
read_commands(struct fields *f, uint32_t count, uint64_t *size)
{
	enum { SEGMENT = 1, SEGMENT_64 = 0x19 };

	for (uint32_t i = 0; i < count && !f->r.bad; i++) {
		uint32_t command = word(f), n = word(f);
		struct fields body = *f;
		struct bytes b = reader_take(&f->r, n < 8 ? 0 : n - 8);
		uint64_t offset;

		if (n < 8)
			return;
		body.r = reader_over(b);
		if (command != SEGMENT && command != SEGMENT_64)
			continue;
		body.wide = command == SEGMENT_64;
		reader_take(&body.r, 16);
		address(&body), address(&body);
		offset = address(&body);
		n = (uint32_t)address(&body);
		if (!body.r.bad)
			reach(size, offset, n);
	}
}

enum err
macho_size(const struct source *file, uint64_t at, uint64_t *out)
{
	uint8_t room[8192];
	struct fields f = { .big = false };
	uint32_t magic, count, bytes;
	uint64_t size;
	size_t got;
	enum err e;

	if ((e = source_read(file, at, room, sizeof room, &got)) != ERR_NONE)
		return e;
	f.r = reader_over(bytes_of(room, got));
	magic = reader_u32le(&f.r);
	if (magic != 0xfeedface && magic != 0xfeedfacf && magic != 0xcefaedfe &&
	    magic != 0xcffaedfe)
		return ERR_NOT_FOUND;
	f.big = magic == 0xcefaedfe || magic == 0xcffaedfe;
	f.wide = magic == 0xfeedfacf || magic == 0xcffaedfe;
	word(&f), word(&f), word(&f);
	count = word(&f);
	bytes = word(&f);
	word(&f);
	if (f.wide)
		word(&f);
	if (f.r.bad)
		return ERR_TRUNCATED;
	if (count > MACHO_COMMANDS_MAX)
		return ERR_NOT_FOUND;
	size = (uint64_t)bytes + (f.wide ? 32 : 28);
	read_commands(&f, count, &size);
	*out = size;
	return ERR_NONE;
}

enum err
macho_parts(const struct source *file, struct macho_part out[static MACHO_PARTS_MAX], size_t *count)
{
	uint8_t room[8 + 32 * MACHO_PARTS_MAX];
	struct fields f = { .big = true };
	uint32_t n;
	size_t got;
	enum err e;

	if ((e = source_read(file, 0, room, sizeof room, &got)) != ERR_NONE)
		return e;
	f.r = reader_over(bytes_of(room, got));
	f.wide = word(&f) == 0xcafebabf;
	n = word(&f);
	/* A class has its version here, 45 and more. */
	if (f.r.bad || n == 0 || n > MACHO_PARTS_MAX)
		return ERR_NOT_FOUND;
	for (uint32_t i = 0; i < n; i++) {
		word(&f), word(&f);
		out[i].offset = address(&f);
		out[i].size = address(&f);
		word(&f);
		if (f.wide)
			word(&f);
	}
	if (f.r.bad)
		return ERR_NOT_FOUND;
	*count = n;
	return ERR_NONE;
}
