/* exe/elf.h: how long an ELF or Mach-O program is as a file, by its own headers; and which
 * programs a universal Mach-O file holds. Bytes in, numbers out. */
#ifndef HOLDFAST_EXE_ELF_H
#define HOLDFAST_EXE_ELF_H

#include "base/source.h"

/* Bytes from ${at} that the headers account for. ERR_NOT_FOUND: it is none. ERR_TRUNCATED. ERR_IO. */
enum err elf_size(const struct source *file, uint64_t at, uint64_t *out);
enum err macho_size(const struct source *file, uint64_t at, uint64_t *out);

/* More processors than there ever were in one file. */
#define MACHO_PARTS_MAX 32

struct macho_part {
	uint64_t offset, size;
};

/* The programs in a universal file. ERR_NOT_FOUND: it is none, but perhaps a Java class, which has
 * the same magic. ERR_IO. */
enum err macho_parts(const struct source *file, struct macho_part out[static MACHO_PARTS_MAX],
    size_t *count);

#endif
