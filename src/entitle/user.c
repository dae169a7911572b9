/* entitle/user.c: accounts; see user.h. Signing in and its codes are in user_sign_in.c. */
#include "entitle/user.h"

#include <stdio.h>
#include <strings.h>

#include "base/text.h"
#include "crypto/random.h"
#include "entitle/access.h"
#include "entitle/event.h"
#include "entitle/session.h"
#include "entitle/user_internal.h"

void
user_write_actor(const struct user *u, char out[static NAME_SIZE])
{
	snprintf(out, NAME_SIZE, "user %s", u->id);
}

enum err
user_read_again(struct store *store, const struct user *u, struct user *out, struct refusal *why)
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

enum err
user_log_event(struct store *store, const struct user *u, const char *actor, const char *kind, json_t *detail,
    int64_t now)
{
	/* Not the address: the log is for ever, and people leave. */
	if (detail != NULL)
		json_object_set_new(detail, "user", json_string(u->id));
	return event_append(store, u->provider[0] == '\0' ? CHAIN_VENDOR : u->provider, actor, kind, detail, now);
}

void
user_make_groups(char *out, size_t size)
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
	return user_log_event(store, u, actor, "user_added", json_pack("{s:s}", "role", role_name(u->role)),
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
	memcpy(made.name, u->name, sizeof made.name);
	if (!session_normalise_address(u->mail, made.mail))
		return refuse(why, ERR_MALFORMED, "mail_address", "That is no address of mail.");
	if ((e = check_name(made.name, why)) != ERR_NONE || (e = check_role(made.role, why)) != ERR_NONE)
		return e;
	authority_make_id("usr_", made.id);
	user_make_groups(secret, sizeof secret);
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

	if ((e = user_read_again(store, u, u, why)) != ERR_NONE)
		return e;
	memcpy(u->password, hash, sizeof u->password);
	u->must_change = false;
	u->since = now;
	if ((e = end_sessions(store, u)) != ERR_NONE || (e = store->user.put(store, u)) != ERR_NONE)
		return e;
	return user_log_event(store, u, actor, "user_password", json_object(), now);
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
	return user_log_event(store, &u, c->actor, "user_changed",
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
	return user_log_event(store, &u, r->actor, "user_reset", json_object(), now);
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
	user_make_groups(secret, sizeof secret);
	if ((e = password_hash(secret, hash)) != ERR_NONE || (e = store->begin(store)) != ERR_NONE)
		goto done;
	if ((e = finish_transaction(store, reset(store, &r, now))) == ERR_NONE)
		memcpy(password, secret, sizeof secret);
done:
	random_forget(secret, sizeof secret);
	return e;
}
