/* entitle/access.h: who may ask: the credentials of providers and of the vendor.
 * Owns what a credential is and how it ends; what each may do is a column of the table of routes. */
#ifndef HOLDFAST_ENTITLE_ACCESS_H
#define HOLDFAST_ENTITLE_ACCESS_H

#include "crypto/seal.h"
#include "entitle/authority.h"

/* "read_only", "support", "operator", "owner"; "none". */
const char *role_name(enum role r);
/* False: there is no such role. */
bool role_from_name(const char *name, enum role *out);
/* "key", "client"; "none". */
const char *credential_kind_name(enum credential_kind k);

/* Add ${c}, which comes with kind, provider, label and role; the rest is filled in. ${secret} is its text,
 * shown once. ERR_NOT_FOUND: no such provider, or the vendor's role with one or another's without. */
enum err access_add(struct store *store, struct credential *c, const char *actor, int64_t now,
    char secret[static TOKEN_SIZE]);

/* As access_add, for who hands it over to somebody else's provider: whoever could make keys at any time could read what
 * is not theirs. ERR_CONFLICT "has_keys": the provider has, or had, a credential or a user of the console. */
enum err access_add_first(struct store *store, struct credential *c, const char *actor, int64_t now,
    char secret[static TOKEN_SIZE], struct refusal *why);

/* One of the provider's (empty: the vendor's). ERR_NOT_FOUND also for another's. */
enum err access_get(struct store *store, const char *provider, const char *id,
    struct credential *out);

/* From now on it opens nothing, nor do the tokens that were got with it. Once more changes nothing.
 * ERR_NOT_FOUND also for another's. */
enum err access_revoke(struct store *store, const char *provider, const char *id, const char *actor,
    int64_t now);

/* A credential in use: with what its answers are sealed, which only its secret gives. */
struct access {
	struct credential credential; /* its role is the token's */
	struct seal_key sealing;
};

/* Whose API key this is. ERR_DENIED: nobody's, or it is revoked. */
enum err access_find_key(struct store *store, const char *key, struct access *out);

/* How long a token opens anything: short, as it cannot be taken back but with its client. */
#define ACCESS_TOKEN_S 900

/* A client asks for a token (RFC 6749, section 4.4). */
struct token_request {
	const char *client, *secret;
	enum role role;		/* ROLE_NONE: the client's own */
};

/* ${token} is its text, shown once. ERR_DENIED: there is no such client, that is not its secret, or it
 * is revoked. ERR_UNSUPPORTED: the role is more than its own. */
enum err access_issue_token(struct store *store, const struct token_request *q, int64_t now,
    char token[static TOKEN_SIZE], enum role *role);

/* Whose token this is. ERR_DENIED: nobody's, or it or its client has ended. */
enum err access_find_token(struct store *store, const char *token, int64_t now, struct access *out);

/* For people: write down that it was used, once a minute. */
enum err access_note_used(struct store *store, struct credential *c, int64_t now);

#endif
