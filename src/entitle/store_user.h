/* entitle/store_user.h: what the authority needs from a store for those who sign in to the console; part of struct
 * store, whose errors and transactions hold here too. Of passwords and recovery codes only hashes are stored. */
#ifndef HOLDFAST_ENTITLE_STORE_USER_H
#define HOLDFAST_ENTITLE_STORE_USER_H

#include "crypto/hash.h"
#include "crypto/password.h"
#include "crypto/totp.h"
#include "entitle/store_access.h"
#include "entitle/store_delivery.h"

/* A person who works at a provider, or at the vendor. */
struct user {
	char id[ID_SIZE];	/* "usr_…" */
	char provider[ID_SIZE];	/* empty: the vendor's */
	char mail[MAIL_ADDRESS_SIZE]; /* signs in with it; in lower case, nobody else's */
	char name[NAME_SIZE];
	enum role role;		/* read_only to owner, among the provider's or among the vendor's */
	char password[PASSWORD_HASH_SIZE];
	bool must_change;	/* the password: somebody else made it */
	uint8_t totp[TOTP_KEY_SIZE];
	bool totp_on;		/* the person has shown that an app has the key */
	int64_t totp_step;	/* of the last code that opened: an earlier one opens no more */
	int64_t created;
	int64_t last_seen;	/* signed in; 0: never */
	int64_t since;		/* sessions that began before are over */
	int64_t disabled;	/* when; 0: not */
};

/* Return false to stop the listing. */
typedef bool store_user_fn(void *ctx, const struct user *u);

struct store_user {
	/* ERR_EXISTS: the id or the address is taken. */
	enum err (*add)(struct store *s, const struct user *u);
	enum err (*get)(struct store *s, const char *id, struct user *out);
	enum err (*find)(struct store *s, const char *mail, struct user *out);
	/* All of one provider (empty: the vendor), in the order of their addresses. */
	enum err (*list)(struct store *s, const char *provider, store_user_fn *fn, void *ctx);
	/* Writes all but id, provider, mail and created. */
	enum err (*put)(struct store *s, const struct user *u);

	/* These recovery codes, of HASH_MAX bytes each, and none from before. */
	enum err (*put_recovery)(struct store *s, const char *user, const uint8_t (*digests)[HASH_MAX],
	    size_t count);
	/* It is used up. ERR_NOT_FOUND: the user has no such code. */
	enum err (*use_recovery)(struct store *s, const char *user, const uint8_t *digest);
	enum err (*count_recovery)(struct store *s, const char *user, int64_t *out);
};

#endif
