/* entitle/store_document.h: what the authority needs from a store for documents that a provider's systems sent
 * and get back as sent: orders, customers, and what a service carries besides its subscription. Part of struct
 * store, whose errors and transactions hold here too. Knows no format: a body is bytes, a kind is a word.
 *
 * Whatever takes a provider sees that provider's documents and no other; a deleted one is not there. */
#ifndef HOLDFAST_ENTITLE_STORE_DOCUMENT_H
#define HOLDFAST_ENTITLE_STORE_DOCUMENT_H

#include "base/buf.h"
#include "entitle/subscription.h"

struct store;

#define DOCUMENT_KIND_SIZE 24	/* "cancelServiceOrder", with room */
#define DOCUMENT_STATE_SIZE 24	/* "assessingCancellation", with room */

struct document {
	char provider[ID_SIZE];
	char kind[DOCUMENT_KIND_SIZE];
	char id[ID_SIZE];	/* of its own, or a subscription's; no two of a kind have it */
	char external_id[EXTERNAL_ID_SIZE]; /* the provider's name for it; may be empty */
	char state[DOCUMENT_STATE_SIZE];
	int64_t created, updated;
	int64_t due;		/* when something must be done with it; 0: never */
	int64_t deleted;	/* when; 0: not */
	int64_t seq;		/* rises in the order in which they were added; the store's own */
};

/* Return false to stop the listing. ${body} is borrowed for the call. */
typedef bool store_document_fn(void *ctx, const struct document *d, struct bytes body);
/* ${body} is empty when the service has no document. */
typedef bool store_service_fn(void *ctx, const char *subscription, struct bytes body);

/* A part of all that a provider has of a kind: at most ${most} behind one of them. */
struct document_walk {
	const char *provider, *kind;
	int64_t most;
	int64_t after;		/* behind the document with this seq; 0: from the first */
	const char *after_id;	/* of services: behind this subscription; "": from the first */
};

/* So many behind the first so many. */
struct document_page {
	int64_t offset;
	int64_t limit;		/* -1: all */
};

struct store_document {
	/* ERR_EXISTS: the id is taken, or the provider has one of the kind with this external id. */
	enum err (*add)(struct store *s, const struct document *d, struct bytes body);
	/* Writes all but provider, kind, id and created; revives a deleted one when d->deleted is 0.
	 * ERR_NOT_FOUND; ERR_EXISTS: the external id is taken. */
	enum err (*put)(struct store *s, const struct document *d, struct bytes body);
	/* The body is appended to ${body}, which may be NULL. */
	enum err (*get)(struct store *s, const char *provider, const char *kind, const char *id,
	    struct document *out, struct buf *body);
	enum err (*find_by_external_id)(struct store *s, const char *provider, const char *kind,
	    const char *external_id, struct document *out, struct buf *body);
	/* As get, whoever's it is and also when it is deleted: for what reports on events. */
	enum err (*get_any)(struct store *s, const char *kind, const char *id, struct document *out,
	    struct buf *body);

	/* Of one provider and kind, in the order in which they were added. */
	enum err (*list)(struct store *s, const char *provider, const char *kind, struct document_page page,
	    store_document_fn *fn, void *ctx);
	enum err (*count)(struct store *s, const char *provider, const char *kind, int64_t *out);
	/* The same order, a part at a time: for who looks at all of them, and lets others have their turn. */
	enum err (*walk)(struct store *s, const struct document_walk *w, store_document_fn *fn, void *ctx);

	/* The one of this kind, of any provider, that is due first. ERR_NOT_FOUND: none ever is. */
	enum err (*get_next_due)(struct store *s, const char *kind, struct document *out);

	/* A provider's subscriptions with their documents of one kind, in the order of their ids. One that
	 * is cancelled and whose document is deleted is left out. */
	enum err (*list_services)(struct store *s, const char *provider, const char *kind,
	    struct document_page page, store_service_fn *fn, void *ctx);
	enum err (*count_services)(struct store *s, const char *provider, const char *kind,
	    int64_t *out);
	enum err (*walk_services)(struct store *s, const struct document_walk *w, store_service_fn *fn,
	    void *ctx);

	/* Forget for good what was deleted before ${before} and belongs to no subscription; *forgotten are
	 * gone. At most ${most} at once. */
	enum err (*purge)(struct store *s, int64_t before, int64_t most, int64_t *forgotten);
	/* Forget for good what every document of this id says: the subscription's data is purged. One that was
	 * deleted stays deleted. */
	enum err (*forget)(struct store *s, const char *id);
};

#endif
