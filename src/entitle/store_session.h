/* entitle/store_session.h: what sessions need from a store: who is signed in at the pages, and the links that sign
 * somebody in; part of struct store, whose errors and transactions hold here too. No token is stored: only SHA-256
 * digests of them. */
#ifndef HOLDFAST_ENTITLE_STORE_SESSION_H
#define HOLDFAST_ENTITLE_STORE_SESSION_H

#include <stdbool.h>

#include "crypto/hash.h"
#include "entitle/store_delivery.h"

/* What a session is about. */
enum subject_kind {
	SUBJECT_NONE = 0,
	SUBJECT_ADDRESS,	/* a person who reads mail there: all subscriptions whose recipient that is */
	SUBJECT_SUBSCRIPTION,	/* a person at one of its devices: that one */
	SUBJECT_USER,		/* of the console */
	SUBJECT_KINDS
};

#define SUBJECT_SIZE MAIL_ADDRESS_SIZE	/* an address in small letters, or an id */

struct session {
	char id[ID_SIZE];	/* "ses_…" */
	enum subject_kind kind;
	char subject[SUBJECT_SIZE];
	int64_t created;
	int64_t seen;		/* to the minute */
	int64_t expires;	/* whatever happens */
};

/* Signs in once, until it expires. */
struct sign_in_link {
	enum subject_kind kind;
	char subject[SUBJECT_SIZE];
	int64_t expires;
};

/* Return false to stop the listing. */
typedef bool store_id_fn(void *ctx, const char *id);

struct store_session {
	/* Add it, and forget those that expired before ${now}. ERR_EXISTS: the id or the digest is taken. */
	enum err (*add)(struct store *s, const struct session *session, const uint8_t *digest, int64_t now);
	enum err (*find)(struct store *s, const uint8_t *digest, struct session *out);
	/* Writes seen. */
	enum err (*put)(struct store *s, const struct session *session);
	/* One that is not there is removed already. */
	enum err (*remove)(struct store *s, const char *id);
	/* All of a subject's, and the links that were made for it. */
	enum err (*remove_all)(struct store *s, enum subject_kind kind, const char *subject);

	/* Add a link, and forget those that expired before ${now}. ERR_EXISTS. */
	enum err (*add_link)(struct store *s, const struct sign_in_link *l, const uint8_t *digest, int64_t now);
	/* It is used up. ERR_NOT_FOUND: there is none (any more). */
	enum err (*take_link)(struct store *s, const uint8_t *digest, struct sign_in_link *out);

	/* The ids of the subscriptions whose mail goes to ${address}, in small letters, in their order. */
	enum err (*list_by_address)(struct store *s, const char *address, store_id_fn *fn, void *ctx);
};

#endif
