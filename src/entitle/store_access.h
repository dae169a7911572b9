/* entitle/store_access.h: what the authority needs from a store for those who may ask; part of struct store,
 * whose errors and transactions hold here too. No secret is stored: only SHA-256 digests of them. */
#ifndef HOLDFAST_ENTITLE_STORE_ACCESS_H
#define HOLDFAST_ENTITLE_STORE_ACCESS_H

#include "base/buf.h"
#include "crypto/hash.h"
#include "entitle/limits.h"

struct store;

/* What a credential may do; each of a provider's may all that the ones above it may. */
enum role {
	ROLE_NONE = 0,
	ROLE_READ_ONLY,		/* look */
	ROLE_SUPPORT,		/* and help a subscriber: free a seat, a new activation code */
	ROLE_OPERATOR,		/* and order and change */
	ROLE_OWNER,		/* and keys, clients, webhooks, settings */
	ROLE_VENDOR,		/* a kind of its own: what only the vendor may, and nothing of the above */
	ROLE_COUNT
};

enum credential_kind {
	CREDENTIAL_NONE = 0,
	CREDENTIAL_KEY,		/* an API key: the secret alone says whose it is */
	CREDENTIAL_CLIENT,	/* an OAuth client: its id and secret get tokens */
	CREDENTIAL_KINDS
};

struct credential {
	char id[ID_SIZE];	/* "key_…" or "cli_…" */
	enum credential_kind kind;
	char provider[ID_SIZE];	/* empty if and only if the role is ROLE_VENDOR */
	char label[NAME_SIZE];	/* what it is for, in its owner's words; may be empty */
	enum role role;
	int64_t created;
	int64_t last_used;	/* to the minute; 0: never */
	int64_t revoked;	/* 0: not */
};

/* What a client got for its secret. */
struct access_token {
	char client[ID_SIZE];
	enum role role;		/* at most its client's */
	int64_t expires;
	uint8_t sealing[HASH_MAX]; /* the client's sealing key under one that only the token's text gives */
};

/* A command that was carried out, and its answer, sealed so that only who gave it can read it. */
struct access_answer {
	char credential[ID_SIZE];
	uint8_t key[HASH_MAX];	/* digest of the Idempotency-Key */
	uint8_t request[HASH_MAX]; /* digest of the whole request */
	int64_t created;
};

/* Return false to stop the listing. */
typedef bool store_credential_fn(void *ctx, const struct credential *c);

struct store_access {
	/* ERR_EXISTS: the id or the digest is taken. */
	enum err (*add)(struct store *s, const struct credential *c, const uint8_t *digest);
	/* The credential whose secret has this digest. */
	enum err (*find)(struct store *s, const uint8_t *digest, struct credential *out);
	/* By its id, whoever owns it. */
	enum err (*get)(struct store *s, const char *id, struct credential *out);
	/* All of one provider (empty: the vendor), in the order of their ids. */
	enum err (*list)(struct store *s, const char *provider, store_credential_fn *fn, void *ctx);
	/* Writes last_used and revoked. */
	enum err (*put)(struct store *s, const struct credential *c);

	/* Add a token, and forget those that expired before ${now}. ERR_EXISTS. */
	enum err (*add_token)(struct store *s, const uint8_t *digest, const struct access_token *t,
	    int64_t now);
	enum err (*find_token)(struct store *s, const uint8_t *digest, struct access_token *out);

	/* Add an answer, and forget those that are older than ${forget}. ERR_EXISTS: the credential gave that
	 * key before. */
	enum err (*add_answer)(struct store *s, const struct access_answer *a, struct bytes sealed,
	    int64_t forget);
	/* By its credential and key; the sealed answer is appended. */
	enum err (*find_answer)(struct store *s, struct access_answer *answer, struct buf *sealed);
};

#endif
