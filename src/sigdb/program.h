/* sigdb/program.h: what signatures ask of a program: entry point and sections of PE, ELF and Mach-O files.
 * Reads headers only, through a view that cannot leave the object. Owns no memory. */
#ifndef HOLDFAST_SIGDB_PROGRAM_H
#define HOLDFAST_SIGDB_PROGRAM_H

#include "sigdb/limits.h"
#include "sigdb/object.h"

struct program_section {
	uint64_t at, size;	/* bytes of the file */
	uint64_t address;	/* where it is loaded, relative to the image for PE */
};

struct program {
	bool known;		/* the headers could be read */
	bool has_entry;
	uint64_t entry;		/* where in the file the entry point lies */
	uint32_t section_count;
	struct program_section sections[SECTIONS_MAX];
	/* PE only, for the hash of the imports and for version information; addresses, 0 when there are none. */
	bool is_64;
	uint32_t imports_address, resources_address, header_size;
};

/* Fill ${out}; not known when ${target} is no program or its headers are damaged. */
void program_read(struct view *v, enum object_target target, struct program *out);

/* Where in the file the byte lies that a PE file loads at ${address}. */
bool program_offset(const struct program *p, uint64_t address, uint64_t *out);

#endif
