/* exe/pe.h: the headers of a PE program: its sections, where it starts, how long it is as a file.
 * Bytes in, numbers out; nothing in them is trusted beyond what the bounded reader lets through.
 * Follows Microsoft's "PE Format". Judges nothing. */
#ifndef HOLDFAST_EXE_PE_H
#define HOLDFAST_EXE_PE_H

#include "base/source.h"

/* The loader of Windows takes no more. */
#define PE_SECTIONS_MAX 96
/* Directories that the format names. */
#define PE_DIRECTORIES 16

enum pe_directory { PE_EXPORT = 0, PE_IMPORT, PE_RESOURCE, PE_EXCEPTION, PE_SECURITY };

struct pe_section {
	char name[9];		/* as it stands there, and a NUL */
	uint32_t address;	/* relative to the image's base */
	uint32_t memory_size;
	uint32_t offset;	/* in the file, from the program's first byte, rounded as the loader does */
	uint32_t file_size;
	uint32_t flags;
};

struct pe {
	bool is_64;
	bool is_library;
	uint16_t machine;
	uint32_t header_at;	/* of "PE\0\0" */
	uint32_t header_end;	/* behind the table of sections */
	uint32_t entry;		/* relative to the image's base */
	uint64_t image_base;
	uint32_t image_size, headers_size;
	uint16_t section_count;
	struct pe_section sections[PE_SECTIONS_MAX];
	struct { uint32_t address, size; } directories[PE_DIRECTORIES];	/* zero where there is none */
	/* Bytes of the file that the headers account for: to the end of the last section or of the
	 * signature behind it. What follows was appended. May exceed what is there. */
	uint64_t size;
};

/* Read the headers of the program that begins at ${at}. ERR_NOT_FOUND: there is none. ERR_TRUNCATED:
 * its headers are cut off. ERR_IO. ${out} changes only on success. */
enum err pe_read(const struct source *file, uint64_t at, struct pe *out);

/* Where in the file an address of the image lies, from the program's first byte. False: nowhere. */
bool pe_offset(const struct pe *pe, uint32_t address, uint64_t *out);

#endif
