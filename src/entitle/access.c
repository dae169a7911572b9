/* entitle/access.c: see access.h. */
#include "entitle/access.h"

#include "base/text.h"
#include "crypto/hmac.h"
#include "crypto/random.h"
#include "entitle/authority_internal.h"
#include "entitle/event.h"

/* "last_used" is written back at most this often: it is for people. */
enum { USED_EVERY_S = 60 };

static const char *const role_names[ROLE_COUNT] = {
	[ROLE_NONE] = "none",
	[ROLE_READ_ONLY] = "read_only",
	[ROLE_SUPPORT] = "support",
	[ROLE_OPERATOR] = "operator",
	[ROLE_OWNER] = "owner",
	[ROLE_VENDOR] = "vendor",
};

/* The kinds' names, and how their ids and secrets begin. */
static const struct {
	const char *name, *id, *secret;
} kinds[CREDENTIAL_KINDS] = {
	[CREDENTIAL_NONE] = { "none", "", "" },
	[CREDENTIAL_KEY] = { "key", "key_", "hfk_" },
	[CREDENTIAL_CLIENT] = { "client", "cli_", "hfs_" },
};

const char *
role_name(enum role r)
{
	return role_names[r];
}

bool
role_from_name(const char *name, enum role *out)
{
	for (enum role r = ROLE_NONE + 1; r < ROLE_COUNT; r++)
		if (text_equal(role_names[r], name)) {
			*out = r;
			return true;
		}
	return false;
}

const char *
credential_kind_name(enum credential_kind k)
{
	return kinds[k].name;
}

static enum err
insert(struct store *store, const struct credential *c, const uint8_t *digest, const char *actor)
{
	struct provider p;
	enum err e;

	/* An empty id must never make a provider's key the vendor's. */
	if ((c->role == ROLE_VENDOR) != (c->provider[0] == '\0') || c->role == ROLE_NONE)
		return ERR_NOT_FOUND;
	if (c->role != ROLE_VENDOR && (e = store->get_provider(store, c->provider, &p)) != ERR_NONE)
		return e;
	if ((e = store->access.add(store, c, digest)) != ERR_NONE)
		return e;
	return event_append(store, c->provider[0] == '\0' ? CHAIN_VENDOR : c->provider, actor, "credential_added",
	    json_pack("{s:s, s:s, s:s, s:s, s:s}", "id", c->id, "kind", kinds[c->kind].name,
		"provider", c->provider, "label", c->label, "role", role_names[c->role]),
	    c->created);
}

enum err
access_add(struct store *store, struct credential *c, const char *actor, int64_t now,
    char secret[static TOKEN_SIZE])
{
	struct credential made = *c;
	uint8_t digest[HASH_MAX];
	enum err e;

	authority_make_id(kinds[c->kind].id, made.id);
	made.created = now;
	made.last_used = made.revoked = 0;
	authority_make_token(kinds[c->kind].secret, secret);
	if ((e = authority_token_digest(secret, digest)) != ERR_NONE ||
	    (e = store->begin(store)) != ERR_NONE)
		return e;
	if ((e = finish_transaction(store, insert(store, &made, digest, actor))) == ERR_NONE)
		*c = made;
	return e;
}

static bool
stop_at_credential(void *ctx, const struct credential *c)
{
	(void)c;
	*(bool *)ctx = true;
	return false;
}

static bool
stop_at_user(void *ctx, const struct user *u)
{
	(void)u;
	*(bool *)ctx = true;
	return false;
}

/* That nobody could ask for the provider ever: one who could may have left something there. */
static enum err
check_untouched(struct store *store, const char *provider, struct refusal *why)
{
	bool found = false;
	enum err e;

	if ((e = store->access.list(store, provider, stop_at_credential, &found)) != ERR_NONE ||
	    (e = store->user.list(store, provider, stop_at_user, &found)) != ERR_NONE || !found)
		return e;
	return refuse(why, ERR_CONFLICT, "has_keys",
	    "The provider has keys or people of its own; its owner makes the others.");
}

enum err
access_add_first(struct store *store, struct credential *c, const char *actor, int64_t now,
    char secret[static TOKEN_SIZE], struct refusal *why)
{
	enum err e;

	if ((e = store->begin(store)) != ERR_NONE)
		return e;
	if ((e = check_untouched(store, c->provider, why)) == ERR_NONE)
		e = access_add(store, c, actor, now, secret);
	return finish_transaction(store, e);
}

enum err
access_get(struct store *store, const char *provider, const char *id, struct credential *out)
{
	struct credential c;
	enum err e;

	if ((e = store->access.get(store, id, &c)) != ERR_NONE)
		return e;
	if (!text_equal(c.provider, provider))
		return ERR_NOT_FOUND;
	*out = c;
	return ERR_NONE;
}

static enum err
revoke(struct store *store, const char *provider, const char *id, const char *actor, int64_t now)
{
	struct credential c;
	enum err e;

	if ((e = access_get(store, provider, id, &c)) != ERR_NONE || c.revoked != 0)
		return e;
	c.revoked = now;
	if ((e = store->access.put(store, &c)) != ERR_NONE)
		return e;
	return event_append(store, c.provider[0] == '\0' ? CHAIN_VENDOR : c.provider, actor, "credential_revoked",
	    json_pack("{s:s, s:s}", "id", c.id, "provider", c.provider), now);
}

enum err
access_revoke(struct store *store, const char *provider, const char *id, const char *actor,
    int64_t now)
{
	enum err e;

	if ((e = store->begin(store)) != ERR_NONE)
		return e;
	return finish_transaction(store, revoke(store, provider, id, actor, now));
}

/* Only who has the secret has this key: what is stored is a digest of another form. */
static void
derive_sealing(const char *secret, uint8_t out[static HASH_MAX])
{
	const struct bytes purpose = bytes_of_text("holdfast sealing of answers");

	hmac_sha256(bytes_of_text(secret), &purpose, 1, out);
}

static enum err
find_secret(struct store *store, const char *secret, enum credential_kind kind, struct access *out)
{
	struct access a = { .credential = { .kind = CREDENTIAL_NONE } };
	uint8_t digest[HASH_MAX];
	enum err e;

	if ((e = authority_token_digest(secret, digest)) != ERR_NONE)
		return e;
	if ((e = store->access.find(store, digest, &a.credential)) != ERR_NONE)
		return e == ERR_NOT_FOUND ? ERR_DENIED : e;
	if (a.credential.kind != kind || a.credential.revoked != 0)
		return ERR_DENIED;
	derive_sealing(secret, a.sealing.key);
	*out = a;
	return ERR_NONE;
}

enum err
access_find_key(struct store *store, const char *key, struct access *out)
{
	return find_secret(store, key, CREDENTIAL_KEY, out);
}

/* The client's sealing key under the token's, or back: each token's is used for this alone. */
static void
mask_sealing(const char *token, const uint8_t *in, uint8_t out[static HASH_MAX])
{
	uint8_t mask[HASH_MAX];

	derive_sealing(token, mask);
	for (size_t i = 0; i < HASH_MAX; i++)
		out[i] = in[i] ^ mask[i];
	random_forget(mask, sizeof mask);
}

enum err
access_issue_token(struct store *store, const struct token_request *q, int64_t now,
    char token[static TOKEN_SIZE], enum role *role)
{
	struct access_token t = { .expires = now + ACCESS_TOKEN_S };
	uint8_t digest[HASH_MAX];
	struct access a;
	enum err e;

	if ((e = find_secret(store, q->secret, CREDENTIAL_CLIENT, &a)) != ERR_NONE)
		return e;
	if (!text_equal(a.credential.id, q->client))
		return ERR_DENIED;
	t.role = q->role == ROLE_NONE ? a.credential.role : q->role;
	/* The vendor's is no more than an owner's, but another. */
	if (t.role > a.credential.role || (t.role == ROLE_VENDOR) != (a.credential.role == ROLE_VENDOR))
		return ERR_UNSUPPORTED;
	memcpy(t.client, a.credential.id, sizeof t.client);
	authority_make_token("hft_", token);
	mask_sealing(token, a.sealing.key, t.sealing);
	if ((e = authority_token_digest(token, digest)) != ERR_NONE ||
	    (e = store->begin(store)) != ERR_NONE)
		return e;
	if ((e = store->access.add_token(store, digest, &t, now)) == ERR_NONE)
		e = access_note_used(store, &a.credential, now);
	if ((e = finish_transaction(store, e)) == ERR_NONE)
		*role = t.role;
	return e;
}

enum err
access_find_token(struct store *store, const char *token, int64_t now, struct access *out)
{
	uint8_t digest[HASH_MAX];
	struct access_token t;
	struct access a;
	enum err e;

	if ((e = authority_token_digest(token, digest)) != ERR_NONE)
		return e;
	if ((e = store->access.find_token(store, digest, &t)) != ERR_NONE)
		return e == ERR_NOT_FOUND ? ERR_DENIED : e;
	if (t.expires <= now)
		return ERR_DENIED;
	if ((e = store->access.get(store, t.client, &a.credential)) != ERR_NONE)
		return e;
	if (a.credential.revoked != 0)
		return ERR_DENIED;
	a.credential.role = t.role;
	mask_sealing(token, t.sealing, a.sealing.key);
	*out = a;
	return ERR_NONE;
}

enum err
access_note_used(struct store *store, struct credential *c, int64_t now)
{
	if (now - c->last_used < USED_EVERY_S)
		return ERR_NONE;
	c->last_used = now;
	return store->access.put(store, c);
}
