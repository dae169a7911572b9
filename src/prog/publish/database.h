/* publish/database.h: a database from the command line: compiled already, or sources, compiled now. */
#ifndef HOLDFAST_PROG_PUBLISH_DATABASE_H
#define HOLDFAST_PROG_PUBLISH_DATABASE_H

#include <stdint.h>

#include "base/err.h"

/* Open ${path} for reading, or compile it in memory when it is a source or a folder of them; the caller
 * closes *out. *left_out says how many lines of sources were. */
enum err database_open(const char *path, int *out, uint64_t *left_out, struct fault *why);

/* Open ${path}, a compiled database. */
enum err database_open_compiled(const char *path, int *out, struct fault *why);

#endif
