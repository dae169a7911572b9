/* Goal of this test: credentials in a real store: whose they are, what ends them, and that what was given out
 * before there were roles still opens what it did. */
#include <sqlite3.h>
#include <stdio.h>

#include "base/test.h"
#include "codec/encode.h"
#include "entitle/access.h"
#include "entitle/event.h"
#include "store/schema.h"
#include "store/store_sqlite.h"

static const int64_t NOW = 1795000000;

struct world {
	struct store *store;
	struct provider own, other;
	char path[200];
};

static void
world_open(struct world *w)
{
	static int number;

	*w = (struct world){ .own = { .contact = { .name = "Own" } }, .other = { .contact = { .name = "Other" } } };
	w->own.policy = w->other.policy = policy_default();
	snprintf(w->path, sizeof w->path, "%s/access%d.db", test_dir(), number++);
	CHECK_EQ(store_sqlite_open(w->path, &w->store, NULL), ERR_NONE);
	CHECK_EQ(authority_add_provider(w->store, &w->own, NOW), ERR_NONE);
	CHECK_EQ(authority_add_provider(w->store, &w->other, NOW), ERR_NONE);
}

static void
world_close(struct world *w)
{
	struct event_check check;

	CHECK_EQ(event_verify_log(w->store, &check), ERR_NONE);
	CHECK_EQ(check.broken_at, 0);
	w->store->close(w->store);
}

static struct credential
add(struct world *w, const char *provider, enum role role, char secret[static TOKEN_SIZE])
{
	struct credential c = { .kind = CREDENTIAL_KEY, .label = "billing", .role = role };

	strcpy(c.provider, provider);
	CHECK_EQ(access_add(w->store, &c, "vendor", NOW, secret), ERR_NONE);
	return c;
}

static bool
count(void *ctx, const struct credential *c)
{
	(void)c;
	++*(int *)ctx;
	return true;
}

static int
count_of(struct world *w, const char *provider)
{
	int n = 0;

	CHECK_EQ(w->store->access.list(w->store, provider, count, &n), ERR_NONE);
	return n;
}

TEST(a_key_says_whose_it_is_and_what_it_may)
{
	char secret[TOKEN_SIZE];
	struct credential made, found;
	struct world w;

	world_open(&w);
	made = add(&w, w.own.id, ROLE_SUPPORT, secret);
	CHECK_EQ(access_find_key(w.store, secret, &found), ERR_NONE);
	CHECK_TEXT(found.id, made.id);
	CHECK_TEXT(found.provider, w.own.id);
	CHECK_TEXT(found.label, "billing");
	CHECK_EQ(found.role, ROLE_SUPPORT);
	CHECK_EQ(found.created, NOW);
	CHECK_EQ(access_find_key(w.store, "hfk_nobody", &found), ERR_DENIED);
	CHECK_EQ(access_find_key(w.store, "", &found), ERR_DENIED);
	CHECK_EQ(access_find_key(w.store, made.id, &found), ERR_DENIED);
	world_close(&w);
}

TEST(a_vendor_key_needs_the_vendors_role_and_a_providers_key_a_provider)
{
	struct credential c = { .kind = CREDENTIAL_KEY, .role = ROLE_OWNER };
	char secret[TOKEN_SIZE];
	struct world w;

	world_open(&w);
	CHECK_EQ(access_add(w.store, &c, "vendor", NOW, secret), ERR_NOT_FOUND);
	c.role = ROLE_NONE;
	strcpy(c.provider, w.own.id);
	CHECK_EQ(access_add(w.store, &c, "vendor", NOW, secret), ERR_NOT_FOUND);
	c.role = ROLE_VENDOR;
	CHECK_EQ(access_add(w.store, &c, "vendor", NOW, secret), ERR_NOT_FOUND);
	c.provider[0] = '\0';
	CHECK_EQ(access_add(w.store, &c, "vendor", NOW, secret), ERR_NONE);
	CHECK_EQ(count_of(&w, ""), 1);
	CHECK_EQ(count_of(&w, w.own.id), 0);
	strcpy(c.provider, "prv_nobody");
	c.role = ROLE_OWNER;
	CHECK_EQ(access_add(w.store, &c, "vendor", NOW, secret), ERR_NOT_FOUND);
	world_close(&w);
}

TEST(a_revoked_key_opens_nothing_and_can_be_revoked_again)
{
	char secret[TOKEN_SIZE], kept[TOKEN_SIZE];
	struct credential made, found;
	struct world w;

	world_open(&w);
	made = add(&w, w.own.id, ROLE_OWNER, secret);
	add(&w, w.own.id, ROLE_OWNER, kept);
	CHECK_EQ(access_revoke(w.store, w.own.id, made.id, "vendor", NOW + 1), ERR_NONE);
	CHECK_EQ(access_find_key(w.store, secret, &found), ERR_DENIED);
	CHECK_EQ(access_find_key(w.store, kept, &found), ERR_NONE);
	CHECK_EQ(access_revoke(w.store, w.own.id, made.id, "vendor", NOW + 2), ERR_NONE);
	CHECK_EQ(access_get(w.store, w.own.id, made.id, &found), ERR_NONE);
	CHECK_EQ(found.revoked, NOW + 1);
	world_close(&w);
}

TEST(what_is_anothers_does_not_exist)
{
	char secret[TOKEN_SIZE];
	struct credential made, found;
	struct world w;

	world_open(&w);
	made = add(&w, w.own.id, ROLE_OWNER, secret);
	CHECK_EQ(access_get(w.store, w.other.id, made.id, &found), ERR_NOT_FOUND);
	CHECK_EQ(access_get(w.store, "", made.id, &found), ERR_NOT_FOUND);
	CHECK_EQ(access_revoke(w.store, w.other.id, made.id, "vendor", NOW), ERR_NOT_FOUND);
	CHECK_EQ(access_find_key(w.store, secret, &found), ERR_NONE);
	CHECK_EQ(count_of(&w, w.own.id), 1);
	CHECK_EQ(count_of(&w, w.other.id), 0);
	world_close(&w);
}

TEST(its_last_use_is_written_once_a_minute)
{
	char secret[TOKEN_SIZE];
	struct credential c, found;
	struct world w;

	world_open(&w);
	c = add(&w, w.own.id, ROLE_OWNER, secret);
	CHECK_EQ(access_note_used(w.store, &c, NOW), ERR_NONE);
	CHECK_EQ(access_note_used(w.store, &c, NOW + 59), ERR_NONE);
	CHECK_EQ(access_find_key(w.store, secret, &found), ERR_NONE);
	CHECK_EQ(found.last_used, NOW);
	CHECK_EQ(access_note_used(w.store, &c, NOW + 60), ERR_NONE);
	CHECK_EQ(access_find_key(w.store, secret, &found), ERR_NONE);
	CHECK_EQ(found.last_used, NOW + 60);
	world_close(&w);
}

/* A store as it was before there were credentials, with one provider and its key. */
static void
make_old_store(const char *path, const char *key)
{
	enum { BEFORE_CREDENTIALS = 3 };
	char sql[500], hex[2 * HASH_MAX + 1];
	uint8_t digest[HASH_MAX];
	sqlite3 *db = NULL;

	CHECK_EQ(authority_token_digest(key, digest), ERR_NONE);
	encode_hex(bytes_of(digest, sizeof digest), hex);
	CHECK_EQ(sqlite3_open(path, &db), SQLITE_OK);
	CHECK_EQ(schema_migrate_to(db, BEFORE_CREDENTIALS, NULL), ERR_NONE);
	snprintf(sql, sizeof sql,
	    "INSERT INTO provider (id, name, phone, web, hours, verify_url, verify_token, lease_s, checkin_s,"
	    " grace_s, doubt_s, retention_s, retail, created)"
	    " VALUES ('prv_old', 'Old', '', '', '', '', '', 1, 1, 1, 1, 1, 0, 1);"
	    "INSERT INTO api_key (digest, provider, created) VALUES (x'%s', 'prv_old', 7);",
	    hex);
	CHECK_EQ(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

TEST(a_key_from_before_there_were_roles_is_an_owners)
{
	struct store *store = NULL;
	struct credential found;
	char path[200];

	snprintf(path, sizeof path, "%s/old.db", test_dir());
	make_old_store(path, "hfk_old");
	CHECK_EQ(store_sqlite_open(path, &store, NULL), ERR_NONE);
	CHECK_EQ(access_find_key(store, "hfk_old", &found), ERR_NONE);
	CHECK_TEXT(found.provider, "prv_old");
	CHECK_EQ(found.role, ROLE_OWNER);
	CHECK_EQ(found.kind, CREDENTIAL_KEY);
	CHECK_EQ(found.created, 7);
	CHECK_EQ(strlen(found.id), 30);
	store->close(store);
}
