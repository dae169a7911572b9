/* entitle/user.h: people who sign in to the console: password, authenticator code, recovery codes, role; each
 * function one transaction. Owns the rules; what a role may do is a column of the table of routes, and how long
 * somebody stays signed in is the sessions'. Everything but the secrets is in the log: in the chain of the provider's
 * id, or the vendor's. */
#ifndef HOLDFAST_ENTITLE_USER_H
#define HOLDFAST_ENTITLE_USER_H

#include "entitle/authority.h"

/* Longer beats stranger (NIST SP 800-63B); what is refused besides is the address itself, and one letter over
 * and over. */
#define USER_PASSWORD_MIN 12

/* A password that we make, to be changed when it is first used: letters in groups, and a NUL. */
#define USER_PASSWORD_SIZE 25

/* So many wrong passwords or codes of one person from one place, and so many of one person from anywhere, in so many
 * seconds; then even the right one must wait. The second is larger, so that a stranger locks nobody out soon. From one
 * place so many of all persons together: each costs a hash. */
#define USER_TRIES 10
#define USER_TRIES_ALL 50
#define USER_TRIES_PEER 100
#define USER_WINDOW_S 900

#define USER_RECOVERY_CODES 10
#define USER_RECOVERY_SIZE 20	/* four groups of four letters */

/* Add ${u}, which comes with provider, mail, name and role. ${password} is shown once. Refused: ERR_MALFORMED
 * "mail_address", "user_name", "user_role"; ERR_EXISTS "user_exists"; ERR_NOT_FOUND "unknown_provider". */
enum err user_add(struct store *store, struct user *u, const char *actor, int64_t now,
    char password[static USER_PASSWORD_SIZE], struct refusal *why);

/* One of the provider's (empty: the vendor's). ERR_NOT_FOUND also for another's. */
enum err user_get(struct store *store, const char *provider, const char *id, struct user *out);

struct sign_in {
	const char *mail, *password;
	const char *peer;	/* where it comes from, for the rate limit */
};

/* Whose address and password these are. They open nothing yet: user_check_code does. Refused: ERR_DENIED
 * "wrong_sign_in", the same whoever is known; ERR_LIMIT "too_many_attempts", with *retry_s. */
enum err user_sign_in(struct store *store, const struct sign_in *s, int64_t now, struct user *out,
    struct refusal *why, int64_t *retry_s);

/* What follows takes ${u} as it was read, and writes nothing of it but what it is about: ERR_CONFLICT "user_changed" when
 * the person was disabled or reset meanwhile, or something else ended the sessions. ERR_NOT_FOUND. */

/* The code of ${u}'s app, or a recovery code, which is then used up: now the person is signed in, which ${u} and the
 * log say. Refused: ERR_DENIED "wrong_code"; ERR_LIMIT "too_many_attempts", with *retry_s; ERR_CONFLICT
 * "no_authenticator", "must_change". */
enum err user_check_code(struct store *store, struct user *u, const struct sign_in *s, const char *code,
    int64_t now, struct refusal *why, int64_t *retry_s);

/* The person's own new password; ends older sessions. Refused: ERR_MALFORMED "password_short", "password_long",
 * "password_weak", "password_same". */
enum err user_set_password(struct store *store, struct user *u, const char *password, const char *actor,
    int64_t now, struct refusal *why);

/* A new key for an app, which counts once a code of it was shown. ERR_CONFLICT "has_authenticator". */
enum err user_begin_totp(struct store *store, struct user *u, int64_t now, struct refusal *why);

/* What an app reads from a QR code: "otpauth://totp/…"; appended. */
void user_write_totp(const struct user *u, const char *issuer, struct buf *out);

/* The app has the key: from now on its codes are asked for. ${codes} are shown once; older ones are gone. Refused:
 * ERR_DENIED "wrong_code", ERR_CONFLICT "has_authenticator". */
enum err user_confirm_totp(struct store *store, struct user *u, const char *code, int64_t now,
    char codes[static USER_RECOVERY_CODES][USER_RECOVERY_SIZE], struct refusal *why);

/* Other recovery codes; the ones before are gone. ERR_CONFLICT "no_authenticator". */
enum err user_renew_recovery(struct store *store, const struct user *u, int64_t now,
    char codes[static USER_RECOVERY_CODES][USER_RECOVERY_SIZE], struct refusal *why);

struct user_change {
	const char *provider, *id; /* as of user_get */
	const char *name;	/* NULL: it stays */
	enum role role;		/* ROLE_NONE: it stays */
	const bool *disabled;	/* NULL: it stays */
	bool even_last;		/* the vendor's command: leave nobody who could add another */
	const char *actor;
};

/* Ends the person's sessions when the role shrinks or the person is disabled. Refused: ERR_MALFORMED "user_name",
 * "user_role"; ERR_CONFLICT "last_owner". ERR_NOT_FOUND. */
enum err user_change(struct store *store, const struct user_change *c, int64_t now, struct user *out,
    struct refusal *why);

/* Somebody has lost password or app: a new password to be changed when it is used, no app, no recovery codes, no
 * sessions. ERR_NOT_FOUND as user_get. */
enum err user_reset(struct store *store, const char *provider, const char *id, const char *actor, int64_t now,
    char password[static USER_PASSWORD_SIZE]);

/* "user usr_…", for the log. */
void user_write_actor(const struct user *u, char out[static NAME_SIZE]);

#endif
