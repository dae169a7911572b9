/* Goal of this test: credentials in a real store: whose they are, what ends them, and that what was given out
 * before there were roles still opens what it did. */
#include <sqlite3.h>
#include <stdio.h>

#include "base/test.h"
#include "codec/encode.h"
#include "entitle/access.h"
#include "entitle/event.h"
#include "entitle/user.h"
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
	CHECK_EQ(authority_add_provider(w->store, &w->own, "vendor", NOW, NULL), ERR_NONE);
	CHECK_EQ(authority_add_provider(w->store, &w->other, "vendor", NOW, NULL), ERR_NONE);
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

static enum err
find(struct world *w, const char *key, struct credential *out)
{
	struct access a;
	enum err e = access_find_key(w->store, key, &a);

	if (e == ERR_NONE)
		*out = a.credential;
	return e;
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
	CHECK_EQ(find(&w, secret, &found), ERR_NONE);
	CHECK_TEXT(found.id, made.id);
	CHECK_TEXT(found.provider, w.own.id);
	CHECK_TEXT(found.label, "billing");
	CHECK_EQ(found.role, ROLE_SUPPORT);
	CHECK_EQ(found.created, NOW);
	CHECK_EQ(find(&w, "hfk_nobody", &found), ERR_DENIED);
	CHECK_EQ(find(&w, "", &found), ERR_DENIED);
	CHECK_EQ(find(&w, made.id, &found), ERR_DENIED);
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
	CHECK_EQ(find(&w, secret, &found), ERR_DENIED);
	CHECK_EQ(find(&w, kept, &found), ERR_NONE);
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
	CHECK_EQ(find(&w, secret, &found), ERR_NONE);
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
	CHECK_EQ(find(&w, secret, &found), ERR_NONE);
	CHECK_EQ(found.last_used, NOW);
	CHECK_EQ(access_note_used(w.store, &c, NOW + 60), ERR_NONE);
	CHECK_EQ(find(&w, secret, &found), ERR_NONE);
	CHECK_EQ(found.last_used, NOW + 60);
	world_close(&w);
}

TEST(a_providers_card_and_policy_can_be_changed_within_limits)
{
	struct provider changed, got;
	struct fault why;
	struct world w;

	world_open(&w);
	changed = w.own;
	strcpy(changed.contact.phone, "+44 20 7946 0001");
	changed.policy.lease_s = 3600;
	CHECK_EQ(authority_set_provider(w.store, &changed, "vendor", NOW, &why), ERR_NONE);
	CHECK_EQ(w.store->get_provider(w.store, w.own.id, &got), ERR_NONE);
	CHECK_TEXT(got.contact.phone, "+44 20 7946 0001");
	CHECK_EQ(got.policy.lease_s, 3600);
	CHECK_EQ(got.created, NOW);
	CHECK_EQ(w.store->get_provider(w.store, w.other.id, &got), ERR_NONE);
	CHECK_TEXT(got.contact.phone, "");
	changed.policy.lease_s = LEASE_MAX_S + 1;
	CHECK_EQ(authority_set_provider(w.store, &changed, "vendor", NOW, &why), ERR_MALFORMED);
	CHECK_TEXT(why.text, "field \"lease_s\" must be from 1 to 2678400");
	changed.policy = policy_default();
	strcpy(changed.id, "prv_nobody");
	CHECK_EQ(authority_set_provider(w.store, &changed, "vendor", NOW, &why), ERR_NOT_FOUND);
	world_close(&w);
}

TEST(figures_count_a_providers_own_and_by_what_is_so_now)
{
	static const struct {
		const char *name;
		int64_t seats, paid_until;
		enum sub_event event;
	} orders[] = {
		{ "a", 2, 0, EV_NONE }, { "b", 3, 1795000100, EV_NONE }, { "c", 4, 0, EV_SUSPEND },
		{ "d", 5, 0, EV_CANCEL },
	};
	struct activation a = { .peer = "test", .device = { .name = "d", .machine = "machine-of-the-test", .platform = "linux" } };
	char token[TOKEN_SIZE], code[CODE_SHOWN_SIZE];
	struct subscription sub, seated;
	struct refusal why;
	struct figures f;
	struct device d;
	struct world w;
	int64_t retry_s;

	world_open(&w);
	for (size_t i = 0; i < sizeof orders / sizeof orders[0]; i++) {
		struct order order = { .seats = orders[i].seats, .paid_until = orders[i].paid_until };
		struct change change = { .event = orders[i].event, .reason = REASON_BILLING, .actor = "test" };

		strcpy(order.external_id, orders[i].name);
		CHECK_EQ(authority_order(w.store, &w.own, &order, NOW, &sub, code, &why), ERR_NONE);
		if (i == 1) {
			strcpy(a.code, code);
			CHECK_EQ(authority_activate(w.store, &a, NOW, &d, token, &seated, &why, &retry_s), ERR_NONE);
		}
		if (change.event != EV_NONE)
			CHECK_EQ(authority_change(w.store, &w.own, sub.id, &change, NOW, &sub, &why), ERR_NONE);
	}
	CHECK_EQ(w.store->get_figures(w.store, w.own.id, NOW, &f), ERR_NONE);
	CHECK_EQ(f.by_state[SUB_PENDING], 1);
	CHECK_EQ(f.by_state[SUB_ACTIVE], 1);
	CHECK_EQ(f.by_state[SUB_SUSPENDED], 1);
	CHECK_EQ(f.by_state[SUB_CANCELLED], 1);
	CHECK_EQ(f.by_state[SUB_EXPIRED], 0);
	CHECK_EQ(f.seats, 9);
	CHECK_EQ(f.devices, 1);
	CHECK_EQ(w.store->get_figures(w.store, w.own.id, NOW + 100, &f), ERR_NONE);
	CHECK_EQ(f.by_state[SUB_ACTIVE], 0);
	CHECK_EQ(f.by_state[SUB_EXPIRED], 1);
	CHECK_EQ(w.store->get_figures(w.store, w.other.id, NOW, &f), ERR_NONE);
	CHECK_EQ(f.by_state[SUB_PENDING] + f.seats + f.devices, 0);
	world_close(&w);
}

static struct credential
add_client(struct world *w, enum role role, char secret[static TOKEN_SIZE])
{
	struct credential c = { .kind = CREDENTIAL_CLIENT, .label = "orders", .role = role };

	strcpy(c.provider, w->own.id);
	CHECK_EQ(access_add(w->store, &c, "vendor", NOW, secret), ERR_NONE);
	return c;
}

static enum err
issue(struct world *w, const char *client, const char *secret, enum role role, char token[static TOKEN_SIZE])
{
	struct token_request q = { client, secret, role };

	return access_issue_token(w->store, &q, NOW, token, &role);
}

TEST(a_client_gets_tokens_that_end_and_may_no_more_than_it)
{
	char secret[TOKEN_SIZE], token[TOKEN_SIZE], less[TOKEN_SIZE];
	struct credential c, found;
	struct access a;
	struct world w;

	world_open(&w);
	c = add_client(&w, ROLE_OPERATOR, secret);
	CHECK_EQ(issue(&w, c.id, secret, ROLE_NONE, token), ERR_NONE);
	CHECK_EQ(access_find_token(w.store, token, NOW + ACCESS_TOKEN_S - 1, &a), ERR_NONE);
	CHECK_TEXT(a.credential.id, c.id);
	CHECK_TEXT(a.credential.provider, w.own.id);
	CHECK_EQ(a.credential.role, ROLE_OPERATOR);
	CHECK_EQ(access_find_token(w.store, token, NOW + ACCESS_TOKEN_S, &a), ERR_DENIED);
	CHECK_EQ(issue(&w, c.id, secret, ROLE_READ_ONLY, less), ERR_NONE);
	CHECK_EQ(access_find_token(w.store, less, NOW, &a), ERR_NONE);
	CHECK_EQ(a.credential.role, ROLE_READ_ONLY);
	CHECK_EQ(issue(&w, c.id, secret, ROLE_OWNER, less), ERR_UNSUPPORTED);
	CHECK_EQ(issue(&w, c.id, secret, ROLE_VENDOR, less), ERR_UNSUPPORTED);
	/* A secret is no key, and a token no secret. */
	CHECK_EQ(find(&w, secret, &found), ERR_DENIED);
	CHECK_EQ(find(&w, token, &found), ERR_DENIED);
	CHECK_EQ(issue(&w, c.id, token, ROLE_NONE, less), ERR_DENIED);
	world_close(&w);
}

TEST(only_the_clients_own_secret_gets_a_token)
{
	char secret[TOKEN_SIZE], other[TOKEN_SIZE], key[TOKEN_SIZE], token[TOKEN_SIZE];
	struct credential c, d;
	struct world w;

	world_open(&w);
	c = add_client(&w, ROLE_OWNER, secret);
	d = add_client(&w, ROLE_OWNER, other);
	CHECK_EQ(issue(&w, c.id, other, ROLE_NONE, token), ERR_DENIED);
	CHECK_EQ(issue(&w, d.id, secret, ROLE_NONE, token), ERR_DENIED);
	CHECK_EQ(issue(&w, "", secret, ROLE_NONE, token), ERR_DENIED);
	CHECK_EQ(issue(&w, c.id, "", ROLE_NONE, token), ERR_DENIED);
	d = add(&w, w.own.id, ROLE_OWNER, key);
	CHECK_EQ(issue(&w, d.id, key, ROLE_NONE, token), ERR_DENIED);
	CHECK_EQ(issue(&w, c.id, secret, ROLE_NONE, token), ERR_NONE);
	world_close(&w);
}

TEST(a_revoked_client_gets_no_token_and_its_tokens_end)
{
	char secret[TOKEN_SIZE], token[TOKEN_SIZE];
	struct credential c;
	struct access a;
	struct world w;

	world_open(&w);
	c = add_client(&w, ROLE_OWNER, secret);
	CHECK_EQ(issue(&w, c.id, secret, ROLE_NONE, token), ERR_NONE);
	CHECK_EQ(access_revoke(w.store, w.own.id, c.id, "vendor", NOW), ERR_NONE);
	CHECK_EQ(access_find_token(w.store, token, NOW, &a), ERR_DENIED);
	CHECK_EQ(issue(&w, c.id, secret, ROLE_NONE, token), ERR_DENIED);
	world_close(&w);
}

TEST(every_token_of_a_client_opens_the_same_answers_and_no_other_clients)
{
	char secret[TOKEN_SIZE], other[TOKEN_SIZE], one[TOKEN_SIZE], two[TOKEN_SIZE], three[TOKEN_SIZE];
	struct access a, b, x;
	struct credential c;
	struct world w;

	world_open(&w);
	c = add_client(&w, ROLE_OWNER, secret);
	CHECK_EQ(issue(&w, c.id, secret, ROLE_NONE, one), ERR_NONE);
	CHECK_EQ(issue(&w, c.id, secret, ROLE_SUPPORT, two), ERR_NONE);
	c = add_client(&w, ROLE_OWNER, other);
	CHECK_EQ(issue(&w, c.id, other, ROLE_NONE, three), ERR_NONE);
	CHECK_EQ(access_find_token(w.store, one, NOW, &a), ERR_NONE);
	CHECK_EQ(access_find_token(w.store, two, NOW, &b), ERR_NONE);
	CHECK_EQ(access_find_token(w.store, three, NOW, &x), ERR_NONE);
	CHECK_BYTES(bytes_of(a.sealing.key, SEAL_KEY_SIZE), bytes_of(b.sealing.key, SEAL_KEY_SIZE));
	CHECK(memcmp(a.sealing.key, x.sealing.key, SEAL_KEY_SIZE) != 0);
	world_close(&w);
}

TEST(an_answer_is_kept_once_for_each_credential_and_forgotten_in_time)
{
	struct access_answer a = { .key = { 1 }, .request = { 2 }, .created = NOW }, got = { .key = { 1 } };
	char secret[TOKEN_SIZE];
	struct credential c, d;
	struct buf sealed;
	struct world w;

	world_open(&w);
	buf_init(&sealed, 100);
	c = add(&w, w.own.id, ROLE_OWNER, secret);
	d = add(&w, w.own.id, ROLE_OWNER, secret);
	strcpy(a.credential, c.id);
	CHECK_EQ(w.store->access.add_answer(w.store, &a, bytes_of_text("sealed"), NOW - 100), ERR_NONE);
	CHECK_EQ(w.store->access.add_answer(w.store, &a, bytes_of_text("again"), NOW - 100), ERR_EXISTS);
	strcpy(got.credential, d.id);
	CHECK_EQ(w.store->access.find_answer(w.store, &got, &sealed), ERR_NOT_FOUND);
	strcpy(got.credential, c.id);
	CHECK_EQ(w.store->access.find_answer(w.store, &got, &sealed), ERR_NONE);
	CHECK_BYTES(buf_bytes(&sealed), bytes_of_text("sealed"));
	CHECK_EQ(got.created, NOW);
	CHECK_EQ(got.request[0], 2);
	strcpy(a.credential, d.id);
	a.created = NOW + 200;
	CHECK_EQ(w.store->access.add_answer(w.store, &a, bytes_of_text("other"), NOW + 1), ERR_NONE);
	CHECK_EQ(w.store->access.find_answer(w.store, &got, &sealed), ERR_NOT_FOUND);
	buf_fini(&sealed);
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
	struct access found;
	char path[200];

	snprintf(path, sizeof path, "%s/old.db", test_dir());
	make_old_store(path, "hfk_old");
	CHECK_EQ(store_sqlite_open(path, &store, NULL), ERR_NONE);
	CHECK_EQ(access_find_key(store, "hfk_old", &found), ERR_NONE);
	CHECK_TEXT(found.credential.provider, "prv_old");
	CHECK_EQ(found.credential.role, ROLE_OWNER);
	CHECK_EQ(found.credential.kind, CREDENTIAL_KEY);
	CHECK_EQ(found.credential.created, 7);
	CHECK_EQ(strlen(found.credential.id), 30);
	store->close(store);
}

static enum err
add_first(struct world *w, const char *provider, struct refusal *why)
{
	struct credential c = { .kind = CREDENTIAL_KEY, .role = ROLE_OWNER };
	char secret[TOKEN_SIZE];

	strcpy(c.provider, provider);
	return access_add_first(w->store, &c, "above", NOW, secret, why);
}

TEST(a_first_key_is_for_a_provider_that_nobody_could_ask_for)
{
	struct user u = { .role = ROLE_READ_ONLY, .mail = "ann@example.org", .name = "Ann" };
	char secret[TOKEN_SIZE], password[USER_PASSWORD_SIZE];
	struct refusal why = { "", "" };
	struct credential c;
	struct world w;

	world_open(&w);
	CHECK_EQ(add_first(&w, "prv_nobody", &why), ERR_NOT_FOUND);
	/* A user of the console is somebody, without any key. */
	strcpy(u.provider, w.own.id);
	CHECK_EQ(user_add(w.store, &u, "vendor", NOW, password, &why), ERR_NONE);
	CHECK_EQ(add_first(&w, w.own.id, &why), ERR_CONFLICT);
	CHECK_TEXT(why.code, "has_keys");
	CHECK_EQ(count_of(&w, w.own.id), 0);
	/* So is a key that opens nothing any more. */
	c = add(&w, w.other.id, ROLE_OWNER, secret);
	CHECK_EQ(access_revoke(w.store, w.other.id, c.id, "vendor", NOW), ERR_NONE);
	CHECK_EQ(add_first(&w, w.other.id, &why), ERR_CONFLICT);
	world_close(&w);
}

TEST(only_one_key_is_the_first)
{
	struct refusal why = { "", "" };
	struct world w;

	world_open(&w);
	CHECK_EQ(add_first(&w, w.own.id, &why), ERR_NONE);
	CHECK_EQ(add_first(&w, w.own.id, &why), ERR_CONFLICT);
	CHECK_EQ(count_of(&w, w.own.id), 1);
	world_close(&w);
}
