/* format/packers.h: who packed a program, by its sections and its first instructions.
 * For pe.c only. */
#ifndef HOLDFAST_FORMAT_PACKERS_H
#define HOLDFAST_FORMAT_PACKERS_H

#include "exe/pe.h"

/* The packer's name when ${file} was packed by one that nothing here undoes, or NULL. */
const char *packers_find(struct bytes file, const struct pe *pe);

#endif
