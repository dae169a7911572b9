/* Fuzzer for the headers of programs, at the front and within. */
#include <assert.h>

#include "exe/elf.h"
#include "exe/pe.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct source file = source_of_memory(bytes_of(data, size));
	struct macho_part parts[MACHO_PARTS_MAX];
	uint64_t n, offset;
	struct pe pe;
	size_t count;

	for (uint64_t at = 0; at < 2; at++) {
		if (pe_read(&file, at, &pe) == ERR_NONE) {
			assert(pe.size >= pe.header_end && pe.section_count <= PE_SECTIONS_MAX);
			(void)pe_offset(&pe, pe.entry, &offset);
		}
		(void)elf_size(&file, at, &n);
		(void)macho_size(&file, at, &n);
	}
	(void)macho_parts(&file, parts, &count);
	return 0;
}
