/* store/schema.h: bring a store's tables up to date. */
#ifndef HOLDFAST_STORE_SCHEMA_H
#define HOLDFAST_STORE_SCHEMA_H

#include <sqlite3.h>

#include "base/err.h"

/* Run the migrations that the file lacks, all or none. Errors as store_sqlite_open. */
enum err schema_migrate(sqlite3 *db, struct fault *why);

/* The same up to the migration ${last}, for tests of what a later one makes of an older store. */
enum err schema_migrate_to(sqlite3 *db, int last, struct fault *why);

#endif
