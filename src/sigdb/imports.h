/* sigdb/imports.h: the imports of a PE file as one line, whose hash .imp signatures hold:
 * "kernel32.exitprocess,user32.messageboxa,...", in lower case and in the order of the file.
 * Owns nothing; reads through a view. */
#ifndef HOLDFAST_SIGDB_IMPORTS_H
#define HOLDFAST_SIGDB_IMPORTS_H

#include "base/buf.h"
#include "sigdb/program.h"

/* Far more than any program imports. */
#define IMPORTS_BYTES_MAX ((size_t)4 << 20)

/* ERR_NOT_FOUND: there are none that can be read. ERR_NOMEM, ERR_LIMIT. */
enum err imports_read(struct view *v, const struct program *p, struct buf *out);

#endif
