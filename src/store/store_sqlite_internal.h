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

/* Fill in the functions on providers. */
void store_sqlite_add_provider_operations(struct store *s);

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

/* Fill in the functions on who is signed in. */
void store_sqlite_add_session_operations(struct store *s);

/* Fill in the functions on what visitors of the support site leave behind. */
void store_sqlite_add_support_operations(struct store *s);

/* Fill in the functions on those who sign in to the console. */
void store_sqlite_add_user_operations(struct store *s);

/* Fill in the functions on what people look for. */
void store_sqlite_add_look_operations(struct store *s);

/* What put_subscription writes, in that order, and all there is. A row of it into a struct subscription. */
#define SUBSCRIPTION_CHANGES                                                             \
	"provider, external_id, state, reason, since, decided, activated, seats, paid_until," \
	" expiry_grace_s, expiry_told, renews, grace_until, doubt_until, doubt_given, said,"  \
	" said_at, consent, merged_into, purged, revision"
#define SUBSCRIPTION_COLUMNS SUBSCRIPTION_CHANGES ", id, reference, created"
void store_sqlite_take_subscription(struct statement *st, void *out);

/* Likewise an event and a delivery. */
#define EVENT_COLUMNS "position, chain, seq, at, actor, kind, detail, hash, salt, sum"
void store_sqlite_take_event(struct statement *st, void *out);
#define DELIVERY_COLUMNS                                                                 \
	"id, kind, provider, lane, subject, type, position, state, created, due, until, finished,"  \
	" attempts, status, error"
void store_sqlite_take_delivery(struct statement *st, struct delivery *d);

/* A row of these columns into a struct checkout. */
#define CHECKOUT_COLUMNS "id, device, created, paid, subscription, payer"
void store_sqlite_take_checkout(struct statement *st, void *out);

#endif
