/* entitle/user_sign_in.c: what a user of the console shows to get in: passwords, codes of an app, recovery codes, and how
 * often they may be tried; see user.h. */
#include <stdio.h>

#include "base/text.h"
#include "codec/encode.h"
#include "crypto/random.h"
#include "entitle/event.h"
#include "entitle/session.h"
#include "entitle/user_internal.h"

/* Under which names tries are counted: of one person from one place, of one person, from one place. */
struct tries {
	char near[MAIL_ADDRESS_SIZE + NAME_SIZE + 16], all[MAIL_ADDRESS_SIZE + 16], peer[NAME_SIZE + 16];
};

static void
name_tries(struct tries *t, const char *mail, const char *peer)
{
	snprintf(t->near, sizeof t->near, "user %s %s", mail, peer);
	snprintf(t->all, sizeof t->all, "user %s", mail);
	snprintf(t->peer, sizeof t->peer, "users from %s", peer);
}

static enum err
check_tries(struct store *store, const struct tries *t, int64_t now, struct refusal *why, int64_t *retry_s)
{
	const struct {
		const char *key;
		int64_t most;
	} limits[] = { { t->near, USER_TRIES }, { t->all, USER_TRIES_ALL }, { t->peer, USER_TRIES_PEER } };
	int64_t count, ends;
	enum err e;

	for (size_t k = 0; k < sizeof limits / sizeof limits[0]; k++) {
		if ((e = store->get_attempts(store, limits[k].key, now, &count, &ends)) != ERR_NONE)
			return e;
		if (count < limits[k].most)
			continue;
		*retry_s = ends - now;
		return refuse(why, ERR_LIMIT, "too_many_attempts",
		    "Too many wrong tries. Wait a quarter of an hour, then try again.");
	}
	return ERR_NONE;
}

static enum err
count_tries(struct store *store, const struct tries *t, const struct user *u, int64_t now)
{
	int64_t near, all, peer, ends;
	char actor[NAME_SIZE];
	enum err e;

	if ((e = store->count_attempt(store, t->peer, now, USER_WINDOW_S, &peer, &ends)) != ERR_NONE ||
	    (e = store->count_attempt(store, t->near, now, USER_WINDOW_S, &near, &ends)) != ERR_NONE ||
	    (e = store->count_attempt(store, t->all, now, USER_WINDOW_S, &all, &ends)) != ERR_NONE)
		return e;
	if (u->id[0] == '\0' || (near != USER_TRIES && all != USER_TRIES_ALL))
		return ERR_NONE;
	user_write_actor(u, actor);
	return user_log_event(store, u, actor, "user_locked", json_pack("{s:I}", "until", (json_int_t)ends), now);
}

/* A wrong try, counted in a transaction of its own, so that no rollback forgives it. */
static enum err
refuse_try(struct store *store, const struct tries *t, const struct user *u, int64_t now)
{
	enum err e;

	if ((e = store->begin(store)) != ERR_NONE)
		return e;
	return finish_transaction(store, count_tries(store, t, u, now));
}

enum err
user_sign_in(struct store *store, const struct sign_in *s, int64_t now, struct user *out, struct refusal *why,
    int64_t *retry_s)
{
	struct user u = { .role = ROLE_NONE };
	char mail[MAIL_ADDRESS_SIZE];
	struct tries tries;
	enum err e;

	/* What can be no address is nobody's, and counted all the same. */
	if (!session_normalise_address(s->mail, mail))
		text_copy(mail, sizeof mail, "?");
	name_tries(&tries, mail, s->peer);
	if ((e = check_tries(store, &tries, now, why, retry_s)) != ERR_NONE)
		return e;
	if ((e = store->user.find(store, mail, &u)) != ERR_NONE && e != ERR_NOT_FOUND)
		return e;
	if (u.disabled != 0)
		u.password[0] = '\0';
	e = password_check(u.password, s->password);
	if (e == ERR_NONE && (e = user_read_again(store, &u, &u, why)) == ERR_CONFLICT)
		e = ERR_DENIED;
	if (e == ERR_DENIED && (e = refuse_try(store, &tries, &u, now)) == ERR_NONE)
		e = refuse(why, ERR_DENIED, "wrong_sign_in", "Address and password do not belong together.");
	if (e == ERR_NONE)
		*out = u;
	return e;
}

/* Small letters and digits, without what people put between groups. ERR_LIMIT: too long for any code. */
static enum err
normalise_code(const char *typed, char out[static USER_RECOVERY_SIZE])
{
	size_t n = 0;

	for (; *typed != '\0'; typed++) {
		if (*typed == ' ' || *typed == '-')
			continue;
		if (n + 1 == USER_RECOVERY_SIZE)
			return ERR_LIMIT;
		out[n++] = *typed >= 'A' && *typed <= 'Z' ? (char)(*typed - 'A' + 'a') : *typed;
	}
	out[n] = '\0';
	return ERR_NONE;
}

/* Salted by whose it is. */
static enum err
recovery_digest(const struct user *u, const char *code, uint8_t out[static HASH_MAX])
{
	char text[ID_SIZE + USER_RECOVERY_SIZE + 1], plain[USER_RECOVERY_SIZE];
	enum err e;

	if (normalise_code(code, plain) != ERR_NONE)
		return ERR_DENIED;
	snprintf(text, sizeof text, "%s %s", u->id, plain);
	e = hash_of(HASH_SHA256, bytes_of_text(text), out);
	random_forget(text, sizeof text);
	return e;
}

static enum err
open_with(struct store *store, struct user *u, const char *code, int64_t now, const char **by)
{
	char plain[USER_RECOVERY_SIZE];
	uint8_t digest[HASH_MAX];
	enum err e;

	if (normalise_code(code, plain) != ERR_NONE)
		return ERR_DENIED;
	*by = "authenticator";
	if ((e = totp_check(bytes_of(u->totp, sizeof u->totp), plain, now, u->totp_step, &u->totp_step)) != ERR_DENIED)
		return e;
	*by = "recovery code";
	if ((e = recovery_digest(u, plain, digest)) != ERR_NONE)
		return e;
	e = store->user.use_recovery(store, u->id, digest);
	return e == ERR_NOT_FOUND ? ERR_DENIED : e;
}

static enum err
finish_sign_in(struct store *store, struct user *u, const char *code, int64_t now, struct refusal *why)
{
	const char *by = NULL;
	char actor[NAME_SIZE];
	enum err e;

	/* The same code may also be on its way twice. */
	if ((e = user_read_again(store, u, u, why)) != ERR_NONE)
		return e;
	if (u->must_change)
		return refuse(why, ERR_CONFLICT, "must_change", "Choose a password of your own first.");
	if (!u->totp_on)
		return refuse(why, ERR_CONFLICT, "no_authenticator", "Set up an authenticator app first.");
	if ((e = open_with(store, u, code, now, &by)) != ERR_NONE)
		return e;
	u->last_seen = now;
	if ((e = store->user.put(store, u)) != ERR_NONE)
		return e;
	user_write_actor(u, actor);
	return user_log_event(store, u, actor, "user_signed_in", json_pack("{s:s}", "by", by), now);
}

enum err
user_check_code(struct store *store, struct user *u, const struct sign_in *s, const char *code, int64_t now,
    struct refusal *why, int64_t *retry_s)
{
	struct user now_in = *u;
	struct tries tries;
	enum err e;

	name_tries(&tries, u->mail, s->peer);
	if ((e = check_tries(store, &tries, now, why, retry_s)) != ERR_NONE ||
	    (e = store->begin(store)) != ERR_NONE)
		return e;
	if ((e = finish_transaction(store, finish_sign_in(store, &now_in, code, now, why))) == ERR_NONE)
		*u = now_in;
	if (e == ERR_DENIED && (e = refuse_try(store, &tries, u, now)) == ERR_NONE)
		e = refuse(why, ERR_DENIED, "wrong_code",
		    "That is not the code of now. Wait for the next one; one that was used opens no more.");
	return e;
}

static enum err
begin_totp(struct store *store, struct user *u, int64_t now, struct refusal *why)
{
	char actor[NAME_SIZE];
	enum err e;

	if ((e = user_read_again(store, u, u, why)) != ERR_NONE)
		return e;
	if (u->totp_on)
		return refuse(why, ERR_CONFLICT, "has_authenticator", "An authenticator app is set up already.");
	random_fill(u->totp, sizeof u->totp);
	u->totp_step = 0;
	if ((e = store->user.put(store, u)) != ERR_NONE)
		return e;
	user_write_actor(u, actor);
	return user_log_event(store, u, actor, "user_authenticator_begun", json_object(), now);
}

enum err
user_begin_totp(struct store *store, struct user *u, int64_t now, struct refusal *why)
{
	struct user made = *u;
	enum err e;

	if ((e = store->begin(store)) != ERR_NONE)
		return e;
	if ((e = finish_transaction(store, begin_totp(store, &made, now, why))) == ERR_NONE)
		*u = made;
	return e;
}

void
user_write_totp(const struct user *u, const char *issuer, struct buf *out)
{
	buf_put_string(out, "otpauth://totp/");
	encode_url(issuer, out);
	buf_put_string(out, ":");
	encode_url(u->mail, out);
	buf_put_string(out, "?secret=");
	encode_base32(bytes_of(u->totp, sizeof u->totp), out);
	buf_put_string(out, "&issuer=");
	encode_url(issuer, out);
}

static enum err
put_codes(struct store *store, const struct user *u, char codes[static USER_RECOVERY_CODES][USER_RECOVERY_SIZE])
{
	uint8_t digests[USER_RECOVERY_CODES][HASH_MAX];
	enum err e = ERR_NONE;

	for (size_t i = 0; e == ERR_NONE && i < USER_RECOVERY_CODES; i++) {
		user_make_groups(codes[i], USER_RECOVERY_SIZE);
		e = recovery_digest(u, codes[i], digests[i]);
	}
	if (e != ERR_NONE)
		return e;
	return store->user.put_recovery(store, u->id, (const uint8_t(*)[HASH_MAX])digests, USER_RECOVERY_CODES);
}

/* Other recovery codes for who has an app. */
static enum err
renew_codes(struct store *store, const struct user *u, const char *kind, int64_t now,
    char codes[static USER_RECOVERY_CODES][USER_RECOVERY_SIZE])
{
	char actor[NAME_SIZE];
	enum err e;

	if ((e = put_codes(store, u, codes)) != ERR_NONE)
		return e;
	user_write_actor(u, actor);
	return user_log_event(store, u, actor, kind, json_object(), now);
}

static enum err
confirm_totp(struct store *store, struct user *u, const char *code, int64_t now, struct refusal *why)
{
	static const uint8_t none[TOTP_KEY_SIZE];
	char plain[USER_RECOVERY_SIZE];
	enum err e;

	if ((e = user_read_again(store, u, u, why)) != ERR_NONE)
		return e;
	if (u->totp_on)
		return refuse(why, ERR_CONFLICT, "has_authenticator", "An authenticator app is set up already.");
	e = ERR_DENIED;
	if (memcmp(u->totp, none, sizeof none) != 0 && normalise_code(code, plain) == ERR_NONE)
		e = totp_check(bytes_of(u->totp, sizeof u->totp), plain, now, u->totp_step, &u->totp_step);
	if (e == ERR_DENIED)
		return refuse(why, e, "wrong_code", "That is not the code of now. Is the clock of your phone right?");
	if (e != ERR_NONE)
		return e;
	u->totp_on = true;
	u->last_seen = now;
	return store->user.put(store, u);
}

enum err
user_confirm_totp(struct store *store, struct user *u, const char *code, int64_t now,
    char codes[static USER_RECOVERY_CODES][USER_RECOVERY_SIZE], struct refusal *why)
{
	char made[USER_RECOVERY_CODES][USER_RECOVERY_SIZE];
	struct user is = *u;
	enum err e;

	if ((e = store->begin(store)) != ERR_NONE)
		return e;
	if ((e = confirm_totp(store, &is, code, now, why)) == ERR_NONE)
		e = renew_codes(store, &is, "user_authenticator", now, made);
	if ((e = finish_transaction(store, e)) == ERR_NONE) {
		*u = is;
		memcpy(codes, made, sizeof made);
	}
	random_forget(made, sizeof made);
	return e;
}

enum err
user_renew_recovery(struct store *store, const struct user *u, int64_t now,
    char codes[static USER_RECOVERY_CODES][USER_RECOVERY_SIZE], struct refusal *why)
{
	char made[USER_RECOVERY_CODES][USER_RECOVERY_SIZE];
	struct user is;
	enum err e;

	if ((e = store->begin(store)) != ERR_NONE)
		return e;
	e = user_read_again(store, u, &is, why);
	if (e == ERR_NONE && !is.totp_on)
		e = refuse(why, ERR_CONFLICT, "no_authenticator", "Set up an authenticator app first.");
	if (e == ERR_NONE)
		e = renew_codes(store, &is, "user_recovery_codes", now, made);
	if ((e = finish_transaction(store, e)) == ERR_NONE)
		memcpy(codes, made, sizeof made);
	random_forget(made, sizeof made);
	return e;
}
