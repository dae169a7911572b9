/* publish/sources.h: signature sources as they lie on the disk: files, and folders of them. */
#ifndef HOLDFAST_PROG_PUBLISH_SOURCES_H
#define HOLDFAST_PROG_PUBLISH_SOURCES_H

#include "sigdb/build.h"

/* One source file; the largest in use has 300 MB, and all of it is in memory while it is read. */
#define SOURCES_FILE_MAX ((size_t)2 << 30)

/* Folders within folders: far beyond any use, and a bound for the recursion. */
#define SOURCES_DEPTH_MAX 32

/* Add the file ${path}, or all files in the folder ${path} and the folders in it, in the order of their
 * names. What starts with a dot is left out, and so are symbolic links within a folder. Lines that are
 * left out are told to ${skipped}. ERR_NOT_FOUND and others, naming the file. */
enum err sources_add(struct sigdb_build *b, const char *path, sigdb_skipped_fn *skipped, void *ctx,
    struct fault *why);

/* True when ${path} is a source by its name, or a folder: not a compiled database. */
bool sources_is_source(const char *path);

#endif
