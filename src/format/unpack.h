/* format/unpack.h: what lies inside an object of one kind, into an outlet. For the kinds that are
 * not libarchive's (format/container.h): a table of readers, one file each.
 *
 *	kind_find(&object, &kinds)
 *	unpack_object(KIND_ZIP, &object, &outlet)
 *
 * Detects nothing, keeps no limit but those in limits.h, touches no file system. */
#ifndef HOLDFAST_FORMAT_UNPACK_H
#define HOLDFAST_FORMAT_UNPACK_H

#include "format/kind.h"
#include "format/outlet.h"

/* A reader of one kind. ERR_NOT_FOUND: it is none, after all. ERR_NOMEM; ERR_IO: the object cannot
 * be read. Everything else that is wrong with what is inside goes through outlet_miss. */
typedef enum err unpack_fn(const struct source *object, const struct outlet *out);

/* How much of the front of an object the reader goes back and forth in, so that it must lie in memory: all,
 * SIZE_MAX; 0: it reads as it goes. What is behind is not its to miss. */
size_t unpack_memory(enum kind kind);

/* False: only libarchive reads it. */
bool unpack_has_reader(enum kind kind);

/* As unpack_fn. Of the kinds that libarchive reads, it has a reader of its own for a few streams. */
enum err unpack_object(enum kind kind, const struct source *object, const struct outlet *out);

#endif
