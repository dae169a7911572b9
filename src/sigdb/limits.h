/* sigdb/limits.h: every ceiling of this folder, with its reason. */
#ifndef HOLDFAST_SIGDB_LIMITS_H
#define HOLDFAST_SIGDB_LIMITS_H

#include "match/limits.h"

/* Bytes of a line of a source: the longest pattern in hex, and as much again for the rest. */
#define SIGDB_LINE_MAX (4 * PATTERN_BYTES_MAX)

/* Bytes of all names together: their index has 32 bits. That is 100 million names. */
#define SIGDB_NAMES_MAX UINT32_MAX

/* Bytes of one section while it is compiled in memory: 64 million hashes fit. */
#define SIGDB_SECTION_MAX ((size_t)4 << 30)

/* The functionality level that we answer to, which is that of ClamAV 1.4: lines that are meant for
 * others are left out, as there. */
#define SIGDB_LEVEL_OURS 216

/* A hash for files of any size must be marked as needing at least this level, as ClamAV demands. */
#define SIGDB_LEVEL_ANY_SIZE 73

/* Bytes of a file that are read and searched at once: they share the second-level cache with the
 * gram filter, and a system call for each costs nothing beside them. */
#define SIGDB_WINDOW (256 << 10)

/* Bytes of ordinary files that sigdb_build_learn is expected to see: more teach little. */
#define SIGDB_SAMPLE ((size_t)256 << 20)

#endif
