/* sigdb/program.c: see program.h. */
#include "sigdb/program.h"

#include "match/image.h"

/* Header fields of either byte order, at most PROGRAM_FIELDS bytes at a time. */
struct fields {
	const uint8_t *p;
	size_t n;
	bool big;
};

static bool
fields_at(struct view *v, uint64_t at, size_t n, bool big, struct fields *out)
{
	*out = (struct fields){ view_bytes(v, at, n), n, big };
	return out->p != NULL;
}

/* A number of ${size} bytes at ${at} of the fields; 0 outside of them. */
static uint64_t
field(const struct fields *f, size_t at, size_t size)
{
	uint64_t value = 0;

	if (at > f->n || size > f->n - at)
		return 0;
	for (size_t i = 0; i < size; i++)
		value |= (uint64_t)f->p[at + i] << (8 * (f->big ? size - 1 - i : i));
	return value;
}

enum { PE_HEADER = 24, PE_SECTION = 40, PE_ALIGN = 512 };

static uint64_t
align_down(uint64_t n, uint64_t by)
{
	return by == 0 ? n : n / by * by;
}

static uint64_t
align_up(uint64_t n, uint64_t by)
{
	return by == 0 ? n : (n + by - 1) / by * by;
}

/* Some files give an alignment that their sections do not keep; the usual one then holds. */
static uint64_t
pe_alignment(struct view *v, uint64_t table, uint32_t count, uint64_t alignment)
{
	struct fields f;

	for (uint32_t i = 0; i < count && alignment != PE_ALIGN && alignment != 0; i++) {
		uint64_t at;

		if (!fields_at(v, table + (uint64_t)i * PE_SECTION, PE_SECTION, false, &f))
			break;
		at = field(&f, 20, 4);
		if (field(&f, 16, 4) != 0 && at % alignment != 0 && at % PE_ALIGN == 0)
			return PE_ALIGN;
	}
	return alignment;
}

static void
read_pe_sections(struct view *v, uint64_t table, uint32_t count, uint64_t file_align,
    uint64_t memory_align, struct program *out)
{
	uint64_t size = v->object->size;
	struct fields f;

	file_align = pe_alignment(v, table, count, file_align);
	for (uint32_t i = 0; i < count; i++) {
		struct program_section s;

		if (!fields_at(v, table + (uint64_t)i * PE_SECTION, PE_SECTION, false, &f))
			return;
		s.address = align_down(field(&f, 12, 4), memory_align);
		s.at = align_down(field(&f, 20, 4), file_align);
		s.size = align_up(field(&f, 16, 4), file_align);
		if (s.at >= size)
			s.size = 0;
		else if (s.size > size - s.at)
			s.size = size - s.at;
		out->sections[i] = s;
	}
	out->section_count = count;
}

bool
program_offset(const struct program *p, uint64_t address, uint64_t *out)
{
	if (address < p->header_size) {
		*out = address;
		return true;
	}
	for (uint32_t i = p->section_count; i > 0; i--) {
		const struct program_section *s = &p->sections[i - 1];

		if (s->size > 0 && address >= s->address && address - s->address < s->size) {
			*out = s->at + (address - s->address);
			return true;
		}
	}
	return false;
}

/* From the optional header at ${at}; 0 when there are none. */
static uint32_t
read_resources_address(struct view *v, uint64_t at, bool is_64)
{
	struct fields f;

	if (!fields_at(v, at + (is_64 ? 108 : 92), 28, false, &f))
		return 0;
	/* The count of directories, then eight bytes for each: this is the third. */
	return field(&f, 0, 4) > 2 && field(&f, 24, 4) != 0 ? (uint32_t)field(&f, 20, 4) : 0;
}

static void
read_pe(struct view *v, struct program *out)
{
	struct fields f;
	uint64_t head, optional, entry;
	uint32_t count;

	if (!fields_at(v, 0x3c, 4, false, &f))
		return;
	head = field(&f, 0, 4);
	if (!fields_at(v, head, PE_HEADER + 2, false, &f) || field(&f, 0, 4) != 0x4550)
		return;
	count = (uint32_t)field(&f, 6, 2);
	optional = field(&f, 20, 2);
	out->is_64 = field(&f, 24, 2) == 0x20b;
	if (count == 0 || count > SECTIONS_MAX || optional < 64)
		return;
	if (!fields_at(v, head + PE_HEADER, out->is_64 ? 128 : 112, false, &f))
		return;
	entry = field(&f, 16, 4);
	out->header_size = (uint32_t)field(&f, 60, 4);
	out->imports_address = (uint32_t)field(&f, out->is_64 ? 120 : 104, 4);
	read_pe_sections(v, head + PE_HEADER + optional, count, field(&f, 36, 4), field(&f, 32, 4), out);
	out->resources_address = read_resources_address(v, head + PE_HEADER, out->is_64);
	out->known = out->section_count > 0;
	out->has_entry = program_offset(out, entry, &out->entry) && out->entry < v->object->size;
}

/* Where each number stands in an ELF file of 32 and of 64 bits. */
struct elf_form {
	uint8_t header, word;
	uint8_t entry, programs, sections;	/* in the header */
	uint8_t program_size, program_count, section_size, section_count;
	uint8_t p_offset, p_address, p_memory;	/* in a program header */
	uint8_t s_address, s_offset, s_size;	/* in a section header */
	uint8_t p_least, s_least;		/* bytes of each */
};

static const struct elf_form elf_forms[2] = {
	{ 52, 4, 24, 28, 32, 42, 44, 46, 48, 4, 8, 20, 12, 16, 20, 32, 40 },
	{ 64, 8, 24, 32, 40, 54, 56, 58, 60, 8, 16, 40, 16, 24, 32, 56, 64 },
};

static void
read_elf_entry(struct view *v, const struct elf_form *form, const struct fields *header, struct program *out)
{
	uint64_t table = field(header, form->programs, form->word), size, count, entry;
	bool big = header->big;
	struct fields f;

	size = field(header, form->program_size, 2);
	count = field(header, form->program_count, 2);
	entry = field(header, form->entry, form->word);
	for (uint64_t i = 0; i < count && i < 128; i++) {
		uint64_t address, length;

		if (!fields_at(v, table + i * size, form->p_least, big, &f))
			return;
		address = field(&f, form->p_address, form->word);
		length = field(&f, form->p_memory, form->word);
		if (entry < address || entry - address >= length)
			continue;
		out->entry = entry - address + field(&f, form->p_offset, form->word);
		out->has_entry = out->entry < v->object->size;
		return;
	}
}

static void
read_elf(struct view *v, struct program *out)
{
	const struct elf_form *form;
	uint8_t copy[64];
	uint64_t table, size, count;
	struct fields header, f;

	if (!fields_at(v, 0, 52, false, &header) || (header.p[4] != 1 && header.p[4] != 2))
		return;
	form = &elf_forms[header.p[4] - 1];
	if (!fields_at(v, 0, form->header, header.p[5] == 2, &header))
		return;
	/* The view may move on while the tables are read. */
	memcpy(copy, header.p, form->header);
	header.p = copy;
	out->known = true;
	read_elf_entry(v, form, &header, out);
	table = field(&header, form->sections, form->word);
	size = field(&header, form->section_size, 2);
	count = field(&header, form->section_count, 2);
	for (uint64_t i = 0; i < count && i < SECTIONS_MAX; i++) {
		if (!fields_at(v, table + i * size, form->s_least, header.big, &f))
			return;
		out->sections[i] = (struct program_section){ field(&f, form->s_offset, form->word),
			field(&f, form->s_size, form->word), field(&f, form->s_address, form->word) };
		out->section_count = (uint32_t)i + 1;
	}
}

enum { MACHO_SEGMENT = 1, MACHO_THREAD = 4, MACHO_UNIX_THREAD = 5, MACHO_SEGMENT_64 = 25 };

struct macho {
	bool big, is_64;
	bool has_entry;
	uint64_t entry;		/* as an address */
};

static void
read_macho_segment(struct view *v, const struct macho *m, uint64_t at, struct program *out)
{
	size_t head = m->is_64 ? 72 : 56, size = m->is_64 ? 80 : 68, word = m->is_64 ? 8 : 4;
	struct fields f;
	uint64_t count;

	if (!fields_at(v, at, head, m->big, &f))
		return;
	count = field(&f, m->is_64 ? 64 : 48, 4);
	for (uint64_t i = 0; i < count && out->section_count < SECTIONS_MAX; i++) {
		if (!fields_at(v, at + head + i * size, size, m->big, &f))
			return;
		out->sections[out->section_count++] = (struct program_section){
			field(&f, m->is_64 ? 48 : 40, 4), field(&f, 32 + word, word), field(&f, 32, word)
		};
	}
}

/* The program counter of the first thread, as the processor has it. */
static void
read_macho_thread(struct view *v, struct macho *m, uint64_t at)
{
	struct fields f;
	uint64_t flavor;

	if (!fields_at(v, at + 8, 8 + 17 * 8, m->big, &f))
		return;
	flavor = field(&f, 0, 4);
	m->has_entry = true;
	if (flavor == 1 && !m->is_64)
		m->entry = m->big ? field(&f, 8, 4) : field(&f, 8 + 40, 4);
	else if (flavor == 4 && m->is_64)
		m->entry = field(&f, 8 + 128, 8);
	else
		m->has_entry = false;
}

static void
read_macho(struct view *v, struct program *out)
{
	struct macho m = { false };
	struct fields f;
	uint64_t at, count;

	if (!fields_at(v, 0, 28, false, &f) || memcmp(f.p, "\xca\xfe\xba\xbe", 4) == 0)
		return;
	m.big = f.p[0] == 0xfe;
	m.is_64 = (m.big ? f.p[3] : f.p[0]) == 0xcf;
	f.big = m.big;
	count = field(&f, 16, 4);
	at = m.is_64 ? 32 : 28;
	out->known = true;
	for (uint64_t i = 0; i < count && i < 1024; i++) {
		uint64_t kind, size;

		if (!fields_at(v, at, 8, m.big, &f))
			break;
		kind = field(&f, 0, 4);
		size = field(&f, 4, 4);
		if (size < 8)
			break;
		if (kind == (m.is_64 ? MACHO_SEGMENT_64 : MACHO_SEGMENT))
			read_macho_segment(v, &m, at, out);
		else if (kind == MACHO_THREAD || kind == MACHO_UNIX_THREAD)
			read_macho_thread(v, &m, at);
		at += size;
	}
	if (m.has_entry && program_offset(out, m.entry, &out->entry))
		out->has_entry = out->entry < v->object->size;
}

void
program_read(struct view *v, enum object_target target, struct program *out)
{
	out->known = out->has_entry = out->is_64 = false;
	out->section_count = 0;
	out->imports_address = out->resources_address = out->header_size = 0;
	switch (target) {
	case TARGET_PE:
		read_pe(v, out);
		break;
	case TARGET_ELF:
		read_elf(v, out);
		break;
	case TARGET_MACHO:
		read_macho(v, out);
		break;
	default:
		break;
	}
}
