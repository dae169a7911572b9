/* entitle/user.c: see user.h. */
#include "entitle/user.h"

#include <stdio.h>
#include <strings.h>

#include "base/text.h"
#include "codec/encode.h"
#include "crypto/random.h"
#include "entitle/access.h"
#include "entitle/authority_internal.h"
#include "entitle/event.h"
#include "entitle/recipient.h"

void
user_write_actor(const struct user *u, char out[static NAME_SIZE])
{
	snprintf(out, NAME_SIZE, "user %s", u->id);
}

/* ${u} as it is now: pages and hashes took their time, and meanwhile somebody may have disabled or reset the person,
 * or taken rights away. Within the transaction that writes. */
static enum err
read_again(struct store *store, const struct user *u, struct user *out, struct refusal *why)
{
	struct user is;
	enum err e;

	if ((e = store->user.get(store, u->id, &is)) != ERR_NONE)
		return e;
	/* Two things within one second have one time: the password tells them apart. */
	if (is.disabled != 0 || is.since != u->since || !text_equal(is.password, u->password))
		return refuse(why, ERR_CONFLICT, "user_changed",
		    "Somebody has changed this account meanwhile. Sign in again.");
	*out = is;
	return ERR_NONE;
}

/* In the chain of whose user it is. */
static enum err
log_event(struct store *store, const struct user *u, const char *actor, const char *kind, json_t *detail,
    int64_t now)
{
	/* Not the address: the log is for ever, and people leave. */
	if (detail != NULL)
		json_object_set_new(detail, "user", json_string(u->id));
	return event_append(store, u->provider[0] == '\0' ? CHAIN_VENDOR : u->provider, actor, kind, detail, now);
}

static void
lower(char *text)
{
	for (; *text != '\0'; text++)
		if (*text >= 'A' && *text <= 'Z')
			*text = (char)(*text - 'A' + 'a');
}

/* Groups of letters of a secret, such as "abcd-efgh"; ${size} with the NUL. */
static void
make_groups(char *out, size_t size)
{
	random_name(out, size - 1);
	for (size_t i = 4; i + 1 < size; i += 5)
		out[i] = '-';
}

static bool
role_is_users(enum role r)
{
	return r > ROLE_NONE && r <= ROLE_OWNER;
}

static enum err
check_name(const char *name, struct refusal *why)
{
	if (name[0] != '\0' && text_is_plain(name))
		return ERR_NONE;
	return refuse(why, ERR_MALFORMED, "user_name", "Write the person's name, in one line.");
}

static enum err
check_role(enum role role, struct refusal *why)
{
	if (role_is_users(role))
		return ERR_NONE;
	return refuse(why, ERR_MALFORMED, "user_role", "A role is one of read_only, support, operator, owner.");
}

static enum err
insert(struct store *store, const struct user *u, const char *actor, struct refusal *why)
{
	struct provider p;
	enum err e;

	if (u->provider[0] != '\0' && (e = store->get_provider(store, u->provider, &p)) != ERR_NONE)
		return e != ERR_NOT_FOUND ? e : refuse(why, e, "unknown_provider", "There is no such provider.");
	if ((e = store->user.add(store, u)) == ERR_EXISTS)
		return refuse(why, e, "user_exists", "Somebody signs in with this address already.");
	if (e != ERR_NONE)
		return e;
	return log_event(store, u, actor, "user_added", json_pack("{s:s}", "role", role_name(u->role)),
	    u->created);
}

enum err
user_add(struct store *store, struct user *u, const char *actor, int64_t now,
    char password[static USER_PASSWORD_SIZE], struct refusal *why)
{
	struct user made = { .role = u->role, .must_change = true, .created = now, .since = now };
	char secret[USER_PASSWORD_SIZE];
	enum err e;

	memcpy(made.provider, u->provider, sizeof made.provider);
	memcpy(made.mail, u->mail, sizeof made.mail);
	memcpy(made.name, u->name, sizeof made.name);
	lower(made.mail);
	if (!mail_address_is_valid(made.mail))
		return refuse(why, ERR_MALFORMED, "mail_address", "That is no address of mail.");
	if ((e = check_name(made.name, why)) != ERR_NONE || (e = check_role(made.role, why)) != ERR_NONE)
		return e;
	authority_make_id("usr_", made.id);
	make_groups(secret, sizeof secret);
	if ((e = password_hash(secret, made.password)) != ERR_NONE || (e = store->begin(store)) != ERR_NONE)
		goto done;
	if ((e = finish_transaction(store, insert(store, &made, actor, why))) != ERR_NONE)
		goto done;
	*u = made;
	memcpy(password, secret, sizeof secret);
done:
	random_forget(secret, sizeof secret);
	return e;
}

enum err
user_get(struct store *store, const char *provider, const char *id, struct user *out)
{
	struct user u;
	enum err e;

	if ((e = store->user.get(store, id, &u)) != ERR_NONE)
		return e;
	if (!text_equal(u.provider, provider))
		return ERR_NOT_FOUND;
	*out = u;
	return ERR_NONE;
}

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
	return log_event(store, u, actor, "user_locked", json_pack("{s:I}", "until", (json_int_t)ends), now);
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

void
user_normalise_mail(const char *typed, char out[static MAIL_ADDRESS_SIZE])
{
	if (text_copy(out, MAIL_ADDRESS_SIZE, typed) != ERR_NONE || !text_is_plain(out))
		text_copy(out, MAIL_ADDRESS_SIZE, "?");
	lower(out);
}

enum err
user_sign_in(struct store *store, const struct sign_in *s, int64_t now, struct user *out, struct refusal *why,
    int64_t *retry_s)
{
	struct user u = { .role = ROLE_NONE };
	char mail[MAIL_ADDRESS_SIZE];
	struct tries tries;
	enum err e;

	user_normalise_mail(s->mail, mail);
	name_tries(&tries, mail, s->peer);
	if ((e = check_tries(store, &tries, now, why, retry_s)) != ERR_NONE)
		return e;
	if ((e = store->user.find(store, mail, &u)) != ERR_NONE && e != ERR_NOT_FOUND)
		return e;
	if (u.disabled != 0)
		u.password[0] = '\0';
	e = password_check(u.password, s->password);
	if (e == ERR_NONE && (e = read_again(store, &u, &u, why)) == ERR_CONFLICT)
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
		out[n++] = *typed;
	}
	out[n] = '\0';
	lower(out);
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
	if ((e = read_again(store, u, u, why)) != ERR_NONE)
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
	return log_event(store, u, actor, "user_signed_in", json_pack("{s:s}", "by", by), now);
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

/* Nobody goes on with what they had: neither signed in nor half way there. */
static enum err
end_sessions(struct store *store, const struct user *u)
{
	return store->session.remove_all(store, SUBJECT_USER, u->id);
}

static bool
is_weak(const struct user *u, const char *password)
{
	return strspn(password, (char[]){ password[0], '\0' }) == strlen(password) ||
	    strcasestr(password, u->mail) != NULL || strcasecmp(password, u->name) == 0;
}

static enum err
check_password(const struct user *u, const char *password, struct refusal *why)
{
	enum err e;

	if (strlen(password) < USER_PASSWORD_MIN)
		return refuse(why, ERR_MALFORMED, "password_short", "A password has at least %d letters.",
		    USER_PASSWORD_MIN);
	if (strlen(password) > PASSWORD_MAX)
		return refuse(why, ERR_MALFORMED, "password_long", "A password has at most %d letters.", PASSWORD_MAX);
	if (is_weak(u, password))
		return refuse(why, ERR_MALFORMED, "password_weak",
		    "Take a password that is not your name, your address, or one letter over and over.");
	if ((e = password_check(u->password, password)) == ERR_NONE)
		return refuse(why, ERR_MALFORMED, "password_same", "That is the password that you have.");
	return e == ERR_DENIED ? ERR_NONE : e;
}

/* ${u} is as it was when ${hash} was made. */
static enum err
put_password(struct store *store, struct user *u, const char *hash, const char *actor, int64_t now,
    struct refusal *why)
{
	enum err e;

	if ((e = read_again(store, u, u, why)) != ERR_NONE)
		return e;
	memcpy(u->password, hash, sizeof u->password);
	u->must_change = false;
	u->since = now;
	if ((e = end_sessions(store, u)) != ERR_NONE || (e = store->user.put(store, u)) != ERR_NONE)
		return e;
	return log_event(store, u, actor, "user_password", json_object(), now);
}

enum err
user_set_password(struct store *store, struct user *u, const char *password, const char *actor, int64_t now,
    struct refusal *why)
{
	char hash[PASSWORD_HASH_SIZE];
	struct user made = *u;
	enum err e;

	if ((e = check_password(u, password, why)) != ERR_NONE || (e = password_hash(password, hash)) != ERR_NONE ||
	    (e = store->begin(store)) != ERR_NONE)
		return e;
	if ((e = finish_transaction(store, put_password(store, &made, hash, actor, now, why))) == ERR_NONE)
		*u = made;
	return e;
}

static enum err
begin_totp(struct store *store, struct user *u, int64_t now, struct refusal *why)
{
	char actor[NAME_SIZE];
	enum err e;

	if ((e = read_again(store, u, u, why)) != ERR_NONE)
		return e;
	if (u->totp_on)
		return refuse(why, ERR_CONFLICT, "has_authenticator", "An authenticator app is set up already.");
	random_fill(u->totp, sizeof u->totp);
	u->totp_step = 0;
	if ((e = store->user.put(store, u)) != ERR_NONE)
		return e;
	user_write_actor(u, actor);
	return log_event(store, u, actor, "user_authenticator_begun", json_object(), now);
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
		make_groups(codes[i], USER_RECOVERY_SIZE);
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
	return log_event(store, u, actor, kind, json_object(), now);
}

static enum err
confirm_totp(struct store *store, struct user *u, const char *code, int64_t now, struct refusal *why)
{
	static const uint8_t none[TOTP_KEY_SIZE];
	char plain[USER_RECOVERY_SIZE];
	enum err e;

	if ((e = read_again(store, u, u, why)) != ERR_NONE)
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
	e = read_again(store, u, &is, why);
	if (e == ERR_NONE && !is.totp_on)
		e = refuse(why, ERR_CONFLICT, "no_authenticator", "Set up an authenticator app first.");
	if (e == ERR_NONE)
		e = renew_codes(store, &is, "user_recovery_codes", now, made);
	if ((e = finish_transaction(store, e)) == ERR_NONE)
		memcpy(codes, made, sizeof made);
	random_forget(made, sizeof made);
	return e;
}

struct owners {
	const char *but;	/* this one */
	int64_t count;
};

static bool
count_owner(void *ctx, const struct user *u)
{
	struct owners *o = ctx;

	o->count += u->role == ROLE_OWNER && u->disabled == 0 && !text_equal(u->id, o->but);
	return true;
}

/* ${was} becomes ${u}: somebody must be left who can add others. */
static enum err
check_owners(struct store *store, const struct user *was, const struct user *u, struct refusal *why)
{
	struct owners o = { u->id, 0 };
	enum err e;

	if (was->role != ROLE_OWNER || was->disabled != 0 || (u->role == ROLE_OWNER && u->disabled == 0))
		return ERR_NONE;
	if ((e = store->user.list(store, u->provider, count_owner, &o)) != ERR_NONE || o.count > 0)
		return e;
	return refuse(why, ERR_CONFLICT, "last_owner", "This is the last owner: make somebody else an owner first.");
}

static enum err
change(struct store *store, const struct user_change *c, int64_t now, struct user *out, struct refusal *why)
{
	struct user was, u;
	enum err e;

	if ((e = user_get(store, c->provider, c->id, &was)) != ERR_NONE)
		return e;
	u = was;
	if (c->name != NULL && text_copy(u.name, sizeof u.name, c->name) != ERR_NONE)
		return check_name("", why);
	if (c->role != ROLE_NONE)
		u.role = c->role;
	if (c->disabled != NULL && *c->disabled != (u.disabled != 0))
		u.disabled = *c->disabled ? now : 0;
	if (u.role < was.role || u.disabled != 0)
		u.since = now;
	if ((e = check_name(u.name, why)) != ERR_NONE || (e = check_role(u.role, why)) != ERR_NONE ||
	    (!c->even_last && (e = check_owners(store, &was, &u, why)) != ERR_NONE))
		return e;
	*out = u;
	if (text_equal(was.name, u.name) && was.role == u.role && was.disabled == u.disabled)
		return ERR_NONE;
	if ((u.since == now && (e = end_sessions(store, &u)) != ERR_NONE) ||
	    (e = store->user.put(store, &u)) != ERR_NONE)
		return e;
	return log_event(store, &u, c->actor, "user_changed",
	    json_pack("{s:s, s:b}", "role", role_name(u.role), "disabled", u.disabled != 0), now);
}

enum err
user_change(struct store *store, const struct user_change *c, int64_t now, struct user *out, struct refusal *why)
{
	struct user u;
	enum err e;

	if ((e = store->begin(store)) != ERR_NONE)
		return e;
	if ((e = finish_transaction(store, change(store, c, now, &u, why))) == ERR_NONE)
		*out = u;
	return e;
}

struct resetting {
	const char *provider, *id, *actor;
	const char *hash;	/* of the new password */
};

static enum err
reset(struct store *store, const struct resetting *r, int64_t now)
{
	struct user u;
	enum err e;

	/* What it says of name, role and being disabled stays as it is now. */
	if ((e = user_get(store, r->provider, r->id, &u)) != ERR_NONE)
		return e;
	memcpy(u.password, r->hash, sizeof u.password);
	u.must_change = true;
	u.since = now;
	memset(u.totp, 0, sizeof u.totp);
	u.totp_on = false;
	u.totp_step = 0;
	if ((e = end_sessions(store, &u)) != ERR_NONE ||
	    (e = store->user.put_recovery(store, u.id, NULL, 0)) != ERR_NONE ||
	    (e = store->user.put(store, &u)) != ERR_NONE)
		return e;
	return log_event(store, &u, r->actor, "user_reset", json_object(), now);
}

enum err
user_reset(struct store *store, const char *provider, const char *id, const char *actor, int64_t now,
    char password[static USER_PASSWORD_SIZE])
{
	char secret[USER_PASSWORD_SIZE], hash[PASSWORD_HASH_SIZE];
	const struct resetting r = { provider, id, actor, hash };
	struct user u;
	enum err e;

	/* Nobody waits for a hash of nobody's. */
	if ((e = user_get(store, provider, id, &u)) != ERR_NONE)
		return e;
	make_groups(secret, sizeof secret);
	if ((e = password_hash(secret, hash)) != ERR_NONE || (e = store->begin(store)) != ERR_NONE)
		goto done;
	if ((e = finish_transaction(store, reset(store, &r, now))) == ERR_NONE)
		memcpy(password, secret, sizeof secret);
done:
	random_forget(secret, sizeof secret);
	return e;
}
