/* sigdb/limits.h: every ceiling of this folder, with its reason. */
#ifndef HOLDFAST_SIGDB_LIMITS_H
#define HOLDFAST_SIGDB_LIMITS_H

#include "match/limits.h"

/* Bytes of a line of a source: the longest pattern in hex, and as much again for the rest. */
#define SIGDB_LINE_MAX (4 * PATTERN_BYTES_MAX)

/* Of one signature: what a line of SIGDB_LINE_MAX can hold at most, a part taking 5 characters, an atom
 * 2 or more; and the steps of its expression and triggers. */
#define SIGNATURE_PARTS_MAX 8192
#define SIGNATURE_ATOMS_MAX 32768
#define SIGNATURE_STEPS_MAX 8192

/* Sections of a program: ClamAV reads 96. */
#define SECTIONS_MAX 96

/* Of one object: signatures that are looked at beyond their anchor, and bytes of memory for them.
 * Ordinary files wake a few; over this the object is incomplete. */
#define AWAKE_MAX 65536
#define AWAKE_BYTES_MAX ((size_t)128 << 20)

/* Of one object: the steps of verifying, and so many more for each of its bytes; match/limits.h has the
 * same for finding candidates. */
#define EVALUATION_WORK_BASE (UINT64_C(64) << 20)
#define EVALUATION_WORK_PER_BYTE 16

/* Separate stretches of places from which a part's next may follow. Parts that match at every place of
 * a stretch are one; over this the object is incomplete. */
#define REACH_MAX 1024

/* Bytes of an object that a regular expression sees, as in ClamAV: larger ones are incomplete, if it
 * comes to that. And how far it may backtrack. */
#define REGEX_BYTES_MAX ((size_t)100 << 20)
#define REGEX_MATCH_LIMIT 100000
#define REGEX_DEPTH_LIMIT 2000
#define REGEX_HEAP_KIB (16 << 10)

/* Bytes of an expression for the names of files in containers. */
#define MEMBER_PATTERN_MAX 1024

/* Bytes of one file in a container: the largest official one has a tenth of that. */
#define SIGDB_CONTAINER_FILE_MAX ((size_t)2 << 30)

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
