/* store/store_sqlite.h: the authority's store in one SQLite file. */
#ifndef HOLDFAST_STORE_STORE_SQLITE_H
#define HOLDFAST_STORE_STORE_SQLITE_H

#include "entitle/store.h"

/* Open or make ${path}, bringing its schema up to date; free with (*out)->close. Any number of
 * processes may have it open; each opens its own. A commit is on the disk when it returns.
 * ERR_UNSUPPORTED: written by a later version. ERR_MALFORMED: not a store of ours, or damaged. */
enum err store_sqlite_open(const char *path, struct store **out, struct fault *why);

#endif
