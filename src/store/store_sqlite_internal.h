/* store/store_sqlite_internal.h: what the two halves of the SQLite store share. */
#ifndef HOLDFAST_STORE_STORE_SQLITE_INTERNAL_H
#define HOLDFAST_STORE_STORE_SQLITE_INTERNAL_H

#include "entitle/store.h"
#include "store/statement.h"

struct store_sqlite {
	struct store store;	/* first, so that one is the other */
	struct statements statements;
};

static inline struct store_sqlite *
store_sqlite_of(struct store *s)
{
	return (struct store_sqlite *)s;
}

/* Fill in the functions on devices. */
void store_sqlite_add_device_operations(struct store *s);

#endif
