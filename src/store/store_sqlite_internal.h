/* store/store_sqlite_internal.h: what the parts of the SQLite store share. */
#ifndef HOLDFAST_STORE_STORE_SQLITE_INTERNAL_H
#define HOLDFAST_STORE_STORE_SQLITE_INTERNAL_H

#include "entitle/store.h"
#include "store/statement.h"

struct store_sqlite {
	struct store store;	/* first, so that one is the other */
	struct statements statements;
	int depth;		/* 0: no transaction; 1: in one; above: in a part of one */
};

static inline struct store_sqlite *
store_sqlite_of(struct store *s)
{
	return (struct store_sqlite *)s;
}

/* Fill in the functions on devices. */
void store_sqlite_add_device_operations(struct store *s);

/* Fill in the function that counts. */
void store_sqlite_add_figures_operations(struct store *s);

/* Fill in the functions on those who may ask. */
void store_sqlite_add_access_operations(struct store *s);

/* Fill in the functions on payments. */
void store_sqlite_add_payment_operations(struct store *s);

/* Fill in the functions on events. */
void store_sqlite_add_event_operations(struct store *s);

/* Fill in the functions on what is due. */
void store_sqlite_add_schedule_operations(struct store *s);

/* Fill in the functions on documents. */
void store_sqlite_add_document_operations(struct store *s);

/* Fill in the functions on what goes out: endpoints, the queue, and what mail needs. */
void store_sqlite_add_endpoint_operations(struct store *s);
void store_sqlite_add_delivery_operations(struct store *s);
void store_sqlite_add_mail_operations(struct store *s);

/* Fill in the functions on what visitors of the support site leave behind. */
void store_sqlite_add_support_operations(struct store *s);

/* Fill in the functions on those who sign in to the console. */
void store_sqlite_add_user_operations(struct store *s);

/* A row of these columns into a struct checkout. */
#define CHECKOUT_COLUMNS "id, device, created, paid, subscription, payer"
void store_sqlite_take_checkout(struct statement *st, void *out);

#endif
