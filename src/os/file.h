/* os/file.h: whole small files, and files that are either the old or the new one, never a third.
 * All names are relative to a directory descriptor (AT_FDCWD for the current one). */
#ifndef HOLDFAST_OS_FILE_H
#define HOLDFAST_OS_FILE_H

#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"

/* Open a directory; the caller closes *out. With ${create}, make it (mode 0700) when missing. */
enum err file_open_dir(int dir, const char *name, bool create, int *out, struct fault *why);

/* Append the whole file to ${out}, whose ceiling holds. ERR_NOT_FOUND, ERR_LIMIT, ERR_IO, ERR_NOMEM. */
enum err file_read(int dir, const char *name, struct buf *out, struct fault *why);

/* The same of a regular file in a folder that others may write to: a symbolic link there is not followed, and nothing
 * else, such as a pipe, is waited for. ERR_DENIED: it is one of these. */
enum err file_read_plain(int dir, const char *name, struct buf *out, struct fault *why);

/* Put ${content} under ${name}: written to a new file beside it, synced, renamed, directory synced.
 * After any interruption the name holds the old content or the new. ERR_FULL leaves the old. */
enum err file_replace(int dir, const char *name, struct bytes content, mode_t mode,
    struct fault *why);

/* As file_replace, but ERR_EXISTS when the name is taken. For keys, which are made once. */
enum err file_create(int dir, const char *name, struct bytes content, mode_t mode,
    struct fault *why);

/* Wait until what was renamed in this directory is on the disk. */
enum err file_sync_dir(int dir);

/* Take the lock on ${name} in ${dir}, making the file; the caller closes *out, which releases it.
 * ERR_CONFLICT when another process holds it. */
enum err file_lock(int dir, const char *name, int *out, struct fault *why);

/* Remove what file_replace left behind when it was killed: names that end in FILE_NEW_SUFFIX. */
#define FILE_NEW_SUFFIX ".new"
enum err file_remove_leftovers(int dir);

#endif
