/* Goal of this test: people who sign in to the console, in a real store: what opens, what does not, how often it may
 * be tried, and that nobody's secret is kept as it is. */
#include <openssl/hmac.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/test.h"
#include "base/text.h"
#include "entitle/event.h"
#include "entitle/user.h"
#include "store/store_sqlite.h"

static const int64_t NOW = 1795000000;

static bool memory_is_short;

/* The linker puts this before the library's, which fails only when memory is short. */
unsigned char *__real_HMAC(const EVP_MD *md, const void *key, int key_len, const unsigned char *data, size_t n,
    unsigned char *out, unsigned int *out_n);
unsigned char *__wrap_HMAC(const EVP_MD *md, const void *key, int key_len, const unsigned char *data, size_t n,
    unsigned char *out, unsigned int *out_n);

unsigned char *
__wrap_HMAC(const EVP_MD *md, const void *key, int key_len, const unsigned char *data, size_t n, unsigned char *out,
    unsigned int *out_n)
{
	return memory_is_short ? NULL : __real_HMAC(md, key, key_len, data, n, out, out_n);
}

struct world {
	struct store *store;
	struct provider own, other;
	char path[200];
	char password[USER_PASSWORD_SIZE]; /* of the last one added */
};

static void
world_open(struct world *w)
{
	static int number;

	*w = (struct world){ .own = { .contact = { .name = "Own" } }, .other = { .contact = { .name = "Other" } } };
	w->own.policy = w->other.policy = policy_default();
	snprintf(w->path, sizeof w->path, "%s/user%d.db", test_dir(), number++);
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

static enum err
try_add(struct world *w, const char *provider, const char *mail, const char *name, enum role role,
    struct user *out)
{
	struct refusal why = { "", "" };
	struct user u = { .role = role };
	enum err e;

	strcpy(u.provider, provider);
	strcpy(u.mail, mail);
	strcpy(u.name, name);
	e = user_add(w->store, &u, "vendor", NOW, w->password, &why);
	CHECK_EQ(e == ERR_NONE, why.code[0] == '\0');
	*out = u;
	return e;
}

static struct user
add(struct world *w, const char *provider, const char *mail, enum role role)
{
	struct user u;

	CHECK_EQ(try_add(w, provider, mail, "Ann Example", role, &u), ERR_NONE);
	return u;
}

static enum err
sign_in_from(struct world *w, const char *mail, const char *password, const char *peer, struct user *out)
{
	struct sign_in s = { mail, password, peer };
	struct refusal why;
	int64_t retry_s = 0;
	enum err e = user_sign_in(w->store, &s, NOW, out, &why, &retry_s);

	if (e == ERR_LIMIT)
		CHECK(retry_s > 0 && retry_s <= USER_WINDOW_S);
	return e;
}

static enum err
sign_in(struct world *w, const char *mail, const char *password, struct user *out)
{
	return sign_in_from(w, mail, password, "192.0.2.1", out);
}

static void
code_at(const struct user *u, int64_t at, char out[static 16])
{
	uint32_t code = 0;

	CHECK_EQ(totp_code(bytes_of(u->totp, sizeof u->totp), (uint64_t)(at / TOTP_STEP_S), TOTP_DIGITS, &code),
	    ERR_NONE);
	snprintf(out, 16, "%06u", code);
}

static void
enrol(struct world *w, struct user *u, char codes[static USER_RECOVERY_CODES][USER_RECOVERY_SIZE])
{
	struct refusal why;
	char code[16];

	CHECK_EQ(user_set_password(w->store, u, "a sentence of mine", "user", NOW, &why), ERR_NONE);
	CHECK_EQ(user_begin_totp(w->store, u, NOW, &why), ERR_NONE);
	code_at(u, NOW, code);
	CHECK_EQ(user_confirm_totp(w->store, u, code, NOW, codes, &why), ERR_NONE);
}

static enum err
check_code(struct world *w, struct user *u, const char *code, int64_t now)
{
	struct sign_in s = { u->mail, "", "192.0.2.1" };
	struct refusal why;
	int64_t retry_s;

	return user_check_code(w->store, u, &s, code, now, &why, &retry_s);
}

static bool
count_kind(void *ctx, const struct event *e)
{
	struct {
		const char *kind;
		int n;
	} *c = ctx;

	c->n += strcmp(e->kind, c->kind) == 0;
	return true;
}

static int
events_of(struct world *w, const char *chain, const char *kind)
{
	struct {
		const char *kind;
		int n;
	} c = { kind, 0 };

	CHECK_EQ(w->store->list_events(w->store, chain, 0, count_kind, &c), ERR_NONE);
	return c.n;
}

TEST(a_user_signs_in_with_address_and_password_whatever_the_case_of_the_address)
{
	struct user u, got;
	struct world w;

	world_open(&w);
	u = add(&w, w.own.id, "Ann@Example.ORG", ROLE_OPERATOR);
	CHECK_TEXT(u.mail, "ann@example.org");
	CHECK_EQ(sign_in(&w, "ann@example.org", w.password, &got), ERR_NONE);
	CHECK_TEXT(got.id, u.id);
	CHECK_EQ(got.role, ROLE_OPERATOR);
	CHECK(got.must_change && !got.totp_on);
	CHECK_EQ(sign_in(&w, "ANN@example.org", w.password, &got), ERR_NONE);
	CHECK_EQ(sign_in(&w, "ann@example.org", "", &got), ERR_DENIED);
	CHECK_EQ(sign_in(&w, "ann@example.org", "another password", &got), ERR_DENIED);
	CHECK_EQ(sign_in(&w, "nobody@example.org", w.password, &got), ERR_DENIED);
	CHECK_EQ(sign_in(&w, "ann@example.org'--", w.password, &got), ERR_DENIED);
	CHECK_EQ(events_of(&w, w.own.id, "user_added"), 1);
	world_close(&w);
}

TEST(an_address_belongs_to_one_user_wherever_that_one_works)
{
	struct world w;
	struct user u;

	world_open(&w);
	add(&w, w.own.id, "ann@example.org", ROLE_OWNER);
	CHECK_EQ(try_add(&w, w.other.id, "ann@example.org", "Ann", ROLE_OWNER, &u), ERR_EXISTS);
	CHECK_EQ(try_add(&w, "", "ANN@example.org", "Ann", ROLE_OWNER, &u), ERR_EXISTS);
	CHECK_EQ(try_add(&w, "prv_nobody", "bob@example.org", "Bob", ROLE_OWNER, &u), ERR_NOT_FOUND);
	CHECK_EQ(try_add(&w, w.own.id, "bob", "Bob", ROLE_OWNER, &u), ERR_MALFORMED);
	CHECK_EQ(try_add(&w, w.own.id, "bob@example.org", "", ROLE_OWNER, &u), ERR_MALFORMED);
	CHECK_EQ(try_add(&w, w.own.id, "bob@example.org", "Bob\n", ROLE_OWNER, &u), ERR_MALFORMED);
	CHECK_EQ(try_add(&w, w.own.id, "bob@example.org", "Bob", ROLE_VENDOR, &u), ERR_MALFORMED);
	CHECK_EQ(try_add(&w, w.own.id, "bob@example.org", "Bob", ROLE_NONE, &u), ERR_MALFORMED);
	/* The vendor's own have roles too. */
	CHECK_EQ(try_add(&w, "", "vera@example.org", "Vera", ROLE_READ_ONLY, &u), ERR_NONE);
	CHECK_EQ(user_get(w.store, w.own.id, u.id, &u), ERR_NOT_FOUND);
	CHECK_EQ(user_get(w.store, "", u.id, &u), ERR_NONE);
	world_close(&w);
}

TEST(wrong_passwords_lock_who_tries_and_later_everybody_but_not_for_ever)
{
	char password[USER_PASSWORD_SIZE], peer[32];
	struct user got;
	struct world w;

	world_open(&w);
	add(&w, w.own.id, "ann@example.org", ROLE_OPERATOR);
	memcpy(password, w.password, sizeof password);
	for (int i = 0; i < USER_TRIES; i++)
		CHECK_EQ(sign_in(&w, "ann@example.org", "wrong", &got), ERR_DENIED);
	/* The right one too, from there; not from elsewhere. */
	CHECK_EQ(sign_in(&w, "Ann@example.org", password, &got), ERR_LIMIT);
	CHECK_EQ(sign_in_from(&w, "ann@example.org", password, "192.0.2.2", &got), ERR_NONE);
	CHECK_EQ(events_of(&w, w.own.id, "user_locked"), 1);
	for (int i = USER_TRIES; i < USER_TRIES_ALL; i++) {
		snprintf(peer, sizeof peer, "198.51.100.%d", i);
		CHECK_EQ(sign_in_from(&w, "ann@example.org", "wrong", peer, &got), ERR_DENIED);
	}
	CHECK_EQ(sign_in_from(&w, "ann@example.org", password, "192.0.2.2", &got), ERR_LIMIT);
	CHECK_EQ(events_of(&w, w.own.id, "user_locked"), 2);
	{
		struct sign_in s = { "ann@example.org", password, "192.0.2.1" };
		struct refusal why;
		int64_t retry_s;

		CHECK_EQ(user_sign_in(w.store, &s, NOW + USER_WINDOW_S + 1, &got, &why, &retry_s), ERR_NONE);
	}
	world_close(&w);
}

TEST(what_nobody_has_is_counted_like_what_somebody_has)
{
	struct user got;
	struct world w;

	world_open(&w);
	for (int i = 0; i < USER_TRIES; i++)
		CHECK_EQ(sign_in(&w, "nobody@example.org", "wrong", &got), ERR_DENIED);
	CHECK_EQ(sign_in(&w, "nobody@example.org", "wrong", &got), ERR_LIMIT);
	CHECK_EQ(events_of(&w, CHAIN_VENDOR, "user_locked"), 0);
	world_close(&w);
}

TEST(whoever_tries_many_persons_from_one_place_waits_too)
{
	char password[USER_PASSWORD_SIZE], mail[40];
	struct user got;
	struct world w;

	world_open(&w);
	add(&w, w.own.id, "ann@example.org", ROLE_OPERATOR);
	memcpy(password, w.password, sizeof password);
	for (int i = 0; i < USER_TRIES_PEER; i++) {
		snprintf(mail, sizeof mail, "nobody%d@example.org", i);
		CHECK_EQ(sign_in(&w, mail, "wrong", &got), ERR_DENIED);
	}
	CHECK_EQ(sign_in(&w, "another@example.org", "wrong", &got), ERR_LIMIT);
	CHECK_EQ(sign_in(&w, "ann@example.org", password, &got), ERR_LIMIT);
	CHECK_EQ(sign_in_from(&w, "ann@example.org", password, "192.0.2.9", &got), ERR_NONE);
	world_close(&w);
}

TEST(a_new_password_must_be_long_and_not_the_old_one_nor_the_name)
{
	static const struct {
		const char *password, *code;
	} cases[] = {
		{ "", "password_short" }, { "elevenchars", "password_short" }, { "aaaaaaaaaaaaaaaa", "password_weak" },
		{ "my ann@example.org", "password_weak" }, { "ANN EXAMPLE LONG", "password_weak" },
	};
	char huge[PASSWORD_MAX + 2];
	struct refusal why;
	struct user u, got;
	struct world w;

	world_open(&w);
	CHECK_EQ(try_add(&w, w.own.id, "ann@example.org", "Ann Example Long", ROLE_OPERATOR, &u), ERR_NONE);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		CHECK_EQ(user_set_password(w.store, &u, cases[i].password, "user", NOW, &why), ERR_MALFORMED);
		CHECK_TEXT(why.code, cases[i].code);
	}
	memset(huge, 'a', sizeof huge - 1);
	huge[1] = 'b';
	huge[sizeof huge - 1] = '\0';
	CHECK_EQ(user_set_password(w.store, &u, huge, "user", NOW, &why), ERR_MALFORMED);
	CHECK_EQ(user_set_password(w.store, &u, w.password, "user", NOW, &why), ERR_MALFORMED);
	CHECK_TEXT(why.code, "password_same");
	CHECK_EQ(user_set_password(w.store, &u, "a sentence of mine", "user", NOW + 5, &why), ERR_NONE);
	CHECK(!u.must_change);
	CHECK_EQ(u.since, NOW + 5);
	CHECK_EQ(sign_in(&w, "ann@example.org", w.password, &got), ERR_DENIED);
	CHECK_EQ(sign_in(&w, "ann@example.org", "a sentence of mine", &got), ERR_NONE);
	world_close(&w);
}

TEST(codes_of_an_app_open_once_and_only_after_one_was_shown)
{
	char codes[USER_RECOVERY_CODES][USER_RECOVERY_SIZE], code[16];
	struct user u, again;
	struct refusal why;
	struct world w;

	world_open(&w);
	u = add(&w, w.own.id, "ann@example.org", ROLE_OPERATOR);
	CHECK_EQ(check_code(&w, &u, "000000", NOW), ERR_CONFLICT);
	/* Nothing begun: twenty zeros are no key. */
	code_at(&u, NOW, code);
	CHECK_EQ(user_confirm_totp(w.store, &u, code, NOW, codes, &why), ERR_DENIED);
	CHECK_EQ(user_set_password(w.store, &u, "a sentence of mine", "user", NOW, &why), ERR_NONE);
	CHECK_EQ(user_begin_totp(w.store, &u, NOW, &why), ERR_NONE);
	CHECK_EQ(user_confirm_totp(w.store, &u, "12345", NOW, codes, &why), ERR_DENIED);
	code_at(&u, NOW, code);
	CHECK_EQ(user_confirm_totp(w.store, &u, code, NOW, codes, &why), ERR_NONE);
	CHECK(u.totp_on);
	CHECK_EQ(user_begin_totp(w.store, &u, NOW, &why), ERR_CONFLICT);
	/* What confirmed it opens no more; the next does, once, with a space in it. */
	CHECK_EQ(check_code(&w, &u, code, NOW), ERR_DENIED);
	code_at(&u, NOW + TOTP_STEP_S, code);
	memmove(code + 4, code + 3, 4);
	code[3] = ' ';
	again = u;
	CHECK_EQ(check_code(&w, &u, code, NOW + TOTP_STEP_S), ERR_NONE);
	CHECK_EQ(u.last_seen, NOW + TOTP_STEP_S);
	/* Also for another process that read the user before. */
	CHECK_EQ(check_code(&w, &again, code, NOW + TOTP_STEP_S), ERR_DENIED);
	CHECK_EQ(events_of(&w, w.own.id, "user_signed_in"), 1);
	world_close(&w);
}

TEST(wrong_codes_lock_like_wrong_passwords)
{
	char codes[USER_RECOVERY_CODES][USER_RECOVERY_SIZE];
	struct world w;
	struct user u;

	world_open(&w);
	u = add(&w, w.own.id, "ann@example.org", ROLE_OPERATOR);
	enrol(&w, &u, codes);
	for (int i = 0; i < USER_TRIES; i++)
		CHECK_EQ(check_code(&w, &u, "wrong", NOW), ERR_DENIED);
	CHECK_EQ(check_code(&w, &u, codes[0], NOW), ERR_LIMIT);
	CHECK_EQ(check_code(&w, &u, codes[0], NOW + USER_WINDOW_S + 1), ERR_NONE);
	world_close(&w);
}

TEST(a_recovery_code_opens_once_and_only_its_own_user)
{
	char codes[USER_RECOVERY_CODES][USER_RECOVERY_SIZE], others[USER_RECOVERY_CODES][USER_RECOVERY_SIZE];
	struct user ann, bob;
	struct refusal why;
	struct world w;
	int64_t left;

	world_open(&w);
	ann = add(&w, w.own.id, "ann@example.org", ROLE_OPERATOR);
	bob = add(&w, w.own.id, "bob@example.org", ROLE_OPERATOR);
	enrol(&w, &ann, codes);
	enrol(&w, &bob, others);
	CHECK_EQ(check_code(&w, &ann, others[0], NOW), ERR_DENIED);
	CHECK_EQ(check_code(&w, &ann, codes[3], NOW), ERR_NONE);
	CHECK_EQ(check_code(&w, &ann, codes[3], NOW), ERR_DENIED);
	CHECK_EQ(w.store->user.count_recovery(w.store, ann.id, &left), ERR_NONE);
	CHECK_EQ(left, USER_RECOVERY_CODES - 1);
	CHECK_EQ(user_renew_recovery(w.store, &ann, NOW, others, &why), ERR_NONE);
	CHECK_EQ(check_code(&w, &ann, codes[4], NOW), ERR_DENIED);
	CHECK_EQ(check_code(&w, &ann, others[4], NOW), ERR_NONE);
	CHECK_EQ(check_code(&w, &ann, "this is far too long to be any code of anybody at all", NOW), ERR_DENIED);
	world_close(&w);
}

TEST(the_last_owner_stays_one_unless_the_vendor_says_otherwise)
{
	static const bool yes = true, no = false;
	struct user ann, bob, got;
	struct refusal why;
	struct world w;

	world_open(&w);
	ann = add(&w, w.own.id, "ann@example.org", ROLE_OWNER);
	add(&w, w.other.id, "olga@example.org", ROLE_OWNER);
	{
		struct user_change less = { w.own.id, ann.id, NULL, ROLE_SUPPORT, NULL, false, "user" };
		struct user_change off = { w.own.id, ann.id, NULL, ROLE_NONE, &yes, false, "user" };
		struct user_change on = { w.own.id, ann.id, "Ann Other", ROLE_NONE, &no, false, "user" };
		struct user_change foreign = { w.other.id, ann.id, NULL, ROLE_SUPPORT, NULL, false, "user" };

		CHECK_EQ(user_change(w.store, &less, NOW, &got, &why), ERR_CONFLICT);
		CHECK_TEXT(why.code, "last_owner");
		CHECK_EQ(user_change(w.store, &off, NOW, &got, &why), ERR_CONFLICT);
		CHECK_EQ(user_change(w.store, &foreign, NOW, &got, &why), ERR_NOT_FOUND);
		bob = add(&w, w.own.id, "bob@example.org", ROLE_OWNER);
		CHECK_EQ(user_change(w.store, &off, NOW + 1, &got, &why), ERR_NONE);
		CHECK_EQ(got.disabled, NOW + 1);
		CHECK_EQ(got.since, NOW + 1);
		CHECK_EQ(user_change(w.store, &on, NOW + 2, &got, &why), ERR_NONE);
		CHECK_EQ(got.disabled, 0);
		CHECK_TEXT(got.name, "Ann Other");
		CHECK_EQ(user_change(w.store, &less, NOW + 3, &got, &why), ERR_NONE);
		less.id = bob.id;
		CHECK_EQ(user_change(w.store, &less, NOW + 3, &got, &why), ERR_CONFLICT);
		less.even_last = true;
		CHECK_EQ(user_change(w.store, &less, NOW + 3, &got, &why), ERR_NONE);
		/* What is so already is no event. */
		CHECK_EQ(events_of(&w, w.own.id, "user_changed"), 4);
		CHECK_EQ(user_change(w.store, &less, NOW + 4, &got, &why), ERR_NONE);
		CHECK_EQ(events_of(&w, w.own.id, "user_changed"), 4);
	}
	world_close(&w);
}

TEST(who_is_disabled_cannot_sign_in)
{
	static const bool yes = true;
	struct user u, got;
	struct refusal why;
	struct world w;

	world_open(&w);
	u = add(&w, w.own.id, "ann@example.org", ROLE_SUPPORT);
	CHECK_EQ(user_change(w.store, &(struct user_change){ w.own.id, u.id, NULL, ROLE_NONE, &yes, false, "user" },
	    NOW, &got, &why), ERR_NONE);
	CHECK_EQ(sign_in(&w, "ann@example.org", w.password, &got), ERR_DENIED);
	world_close(&w);
}

TEST(who_was_reset_begins_again)
{
	char codes[USER_RECOVERY_CODES][USER_RECOVERY_SIZE], fresh[USER_PASSWORD_SIZE];
	struct user u, got;
	struct world w;
	int64_t left;

	world_open(&w);
	u = add(&w, w.own.id, "ann@example.org", ROLE_SUPPORT);
	enrol(&w, &u, codes);
	CHECK_EQ(user_reset(w.store, w.other.id, u.id, "vendor", NOW + 9, fresh), ERR_NOT_FOUND);
	CHECK_EQ(user_reset(w.store, w.own.id, u.id, "vendor", NOW + 9, fresh), ERR_NONE);
	CHECK_EQ(sign_in(&w, "ann@example.org", w.password, &got), ERR_DENIED);
	CHECK_EQ(sign_in(&w, "ann@example.org", fresh, &got), ERR_NONE);
	CHECK(got.must_change && !got.totp_on);
	CHECK_EQ(got.since, NOW + 9);
	CHECK_EQ(w.store->user.count_recovery(w.store, u.id, &left), ERR_NONE);
	CHECK_EQ(left, 0);
	CHECK_EQ(check_code(&w, &got, codes[0], NOW), ERR_CONFLICT);
	world_close(&w);
}

/* What another process does once, in the moment before a transaction begins here. */
static struct meanwhile {
	enum err (*begin)(struct store *s), (*find)(struct store *s, const char *mail, struct user *out);
	void (*act)(struct store *s, const struct user *u);
	struct user user;
} meanwhile;

static void
let_it_happen(struct store *s)
{
	void (*act)(struct store *s, const struct user *u) = meanwhile.act;

	meanwhile.act = NULL;
	s->begin = meanwhile.begin;
	s->user.find = meanwhile.find;
	if (act != NULL)
		act(s, &meanwhile.user);
}

static enum err
begin_later(struct store *s)
{
	let_it_happen(s);
	return s->begin(s);
}

/* Signing in reads, and hashes for long. */
static enum err
find_before(struct store *s, const char *mail, struct user *out)
{
	enum err e = meanwhile.find(s, mail, out);

	let_it_happen(s);
	return e;
}

static void
expect_meanwhile(struct world *w, const struct user *u, void (*act)(struct store *s, const struct user *u), bool found)
{
	meanwhile = (struct meanwhile){ w->store->begin, w->store->user.find, act, *u };
	if (found)
		w->store->user.find = find_before;
	else
		w->store->begin = begin_later;
}

static void
change_to(struct store *s, const struct user *u, enum role role, const bool *disabled)
{
	const struct user_change c = { u->provider, u->id, NULL, role, disabled, true, "user" };
	struct refusal why;
	struct user got;

	CHECK_EQ(user_change(s, &c, NOW + 50, &got, &why), ERR_NONE);
}

static void
disable(struct store *s, const struct user *u)
{
	change_to(s, u, ROLE_NONE, &(const bool){ true });
}

static void
demote(struct store *s, const struct user *u)
{
	change_to(s, u, ROLE_READ_ONLY, NULL);
}

static void
promote(struct store *s, const struct user *u)
{
	change_to(s, u, ROLE_OWNER, NULL);
}

static void
start_over(struct store *s, const struct user *u)
{
	char password[USER_PASSWORD_SIZE];

	/* In the same second as everything else. */
	CHECK_EQ(user_reset(s, u->provider, u->id, "vendor", u->since, password), ERR_NONE);
}

enum doing { SETTING_A_PASSWORD, BEGINNING_AN_APP, CONFIRMING_AN_APP, RENEWING_CODES, GIVING_A_CODE, DOINGS };

static enum err
do_it(struct world *w, struct user *u, enum doing doing, const char *code, struct refusal *why)
{
	char codes[USER_RECOVERY_CODES][USER_RECOVERY_SIZE];
	struct sign_in s = { u->mail, "", "192.0.2.1" };
	int64_t retry_s;

	switch (doing) {
	case SETTING_A_PASSWORD:
		return user_set_password(w->store, u, "another sentence", "user", NOW + 60, why);
	case BEGINNING_AN_APP:
		return user_begin_totp(w->store, u, NOW + 60, why);
	case CONFIRMING_AN_APP:
		return user_confirm_totp(w->store, u, code, NOW + 60, codes, why);
	case RENEWING_CODES:
		return user_renew_recovery(w->store, u, NOW + 60, codes, why);
	default:
		return user_check_code(w->store, u, &s, code, NOW + 60, why, &retry_s);
	}
}

/* Ready for ${doing}; ${code} is right when one is needed. */
static struct user
prepare(struct world *w, enum doing doing, char code[static 16])
{
	char codes[USER_RECOVERY_CODES][USER_RECOVERY_SIZE];
	struct refusal why;
	struct user u;

	u = add(w, w->own.id, "ann@example.org", ROLE_OPERATOR);
	if (doing == CONFIRMING_AN_APP)
		CHECK_EQ(user_begin_totp(w->store, &u, NOW, &why), ERR_NONE);
	else if (doing == RENEWING_CODES || doing == GIVING_A_CODE)
		enrol(w, &u, codes);
	code_at(&u, NOW + 60, code);
	return u;
}

TEST(who_is_disabled_demoted_or_reset_meanwhile_does_not_come_back)
{
	static void (*const acts[])(struct store *, const struct user *) = { disable, demote, start_over };

	for (enum doing doing = 0; doing < DOINGS; doing++)
		for (size_t i = 0; i < sizeof acts / sizeof acts[0]; i++) {
			struct refusal why = { "", "" };
			struct user u, before, is;
			char code[16];
			struct world w;

			world_open(&w);
			before = u = prepare(&w, doing, code);
			expect_meanwhile(&w, &u, acts[i], false);
			CHECK_EQ(do_it(&w, &u, doing, code, &why), ERR_CONFLICT);
			CHECK_TEXT(why.code, "user_changed");
			CHECK_EQ(memcmp(&u, &before, sizeof u), 0);
			CHECK_EQ(user_get(w.store, w.own.id, u.id, &is), ERR_NONE);
			CHECK_EQ(is.disabled != 0, acts[i] == disable);
			CHECK_EQ(is.role, acts[i] == demote ? ROLE_READ_ONLY : ROLE_OPERATOR);
			CHECK_EQ(text_equal(is.password, before.password), acts[i] != start_over);
			CHECK_EQ(is.totp_on, before.totp_on && acts[i] != start_over);
			world_close(&w);
		}
}

TEST(what_an_operation_is_not_about_stays_as_it_is_now)
{
	for (enum doing doing = 0; doing < DOINGS; doing++) {
		struct refusal why;
		struct user u, is;
		char code[16];
		struct world w;

		world_open(&w);
		u = prepare(&w, doing, code);
		expect_meanwhile(&w, &u, promote, false);
		CHECK_EQ(do_it(&w, &u, doing, code, &why), ERR_NONE);
		CHECK_EQ(user_get(w.store, w.own.id, u.id, &is), ERR_NONE);
		CHECK_EQ(is.role, ROLE_OWNER);
		world_close(&w);
	}
}

TEST(a_reset_gives_nobody_back_what_was_taken_meanwhile)
{
	char fresh[USER_PASSWORD_SIZE];
	struct user u, is;
	struct world w;

	world_open(&w);
	u = add(&w, w.own.id, "ann@example.org", ROLE_OPERATOR);
	expect_meanwhile(&w, &u, disable, false);
	CHECK_EQ(user_reset(w.store, w.own.id, u.id, "vendor", NOW + 60, fresh), ERR_NONE);
	CHECK_EQ(user_get(w.store, w.own.id, u.id, &is), ERR_NONE);
	CHECK_EQ(is.disabled, NOW + 50);
	world_close(&w);
}

TEST(a_password_that_was_right_when_it_was_read_opens_no_account_that_was_reset)
{
	static void (*const acts[])(struct store *, const struct user *) = { disable, start_over };

	for (size_t i = 0; i < sizeof acts / sizeof acts[0]; i++) {
		struct user u, got;
		struct world w;

		world_open(&w);
		u = add(&w, w.own.id, "ann@example.org", ROLE_OPERATOR);
		expect_meanwhile(&w, &u, acts[i], true);
		CHECK_EQ(sign_in(&w, u.mail, w.password, &got), ERR_DENIED);
		world_close(&w);
	}
}

TEST(short_memory_is_no_wrong_code)
{
	struct refusal why;
	struct world w;
	struct user u;
	char code[16];

	for (enum doing doing = CONFIRMING_AN_APP; doing < DOINGS; doing++) {
		if (doing == RENEWING_CODES)
			continue;
		world_open(&w);
		u = prepare(&w, doing, code);
		memory_is_short = true;
		/* However often: no try is counted. */
		for (int i = 0; i <= USER_TRIES; i++)
			CHECK_EQ(do_it(&w, &u, doing, code, &why), ERR_NOMEM);
		memory_is_short = false;
		CHECK_EQ(do_it(&w, &u, doing, code, &why), ERR_NONE);
		world_close(&w);
	}
}

TEST(an_app_reads_the_key_as_it_is_agreed)
{
	struct user u = { .mail = "ann@example.org", .totp = "12345678901234567890" };
	struct buf out;

	buf_init(&out, 512);
	user_write_totp(&u, "Own & Sons", &out);
	CHECK_BYTES(buf_bytes(&out), bytes_of_text("otpauth://totp/Own%20%26%20Sons:ann%40example.org?secret="
	    "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Own%20%26%20Sons"));
	buf_fini(&out);
}

TEST(the_file_holds_no_password_and_no_recovery_code)
{
	char codes[USER_RECOVERY_CODES][USER_RECOVERY_SIZE], *all = NULL;
	struct world w;
	struct user u;
	FILE *f;
	long n;

	world_open(&w);
	u = add(&w, w.own.id, "ann@example.org", ROLE_SUPPORT);
	enrol(&w, &u, codes);
	world_close(&w);
	f = fopen(w.path, "rb");
	CHECK(f != NULL);
	fseek(f, 0, SEEK_END);
	n = ftell(f);
	rewind(f);
	all = malloc((size_t)n);
	CHECK_EQ(fread(all, 1, (size_t)n, f), (size_t)n);
	fclose(f);
	CHECK(memmem(all, (size_t)n, u.mail, strlen(u.mail)) != NULL);
	CHECK(memmem(all, (size_t)n, w.password, strlen(w.password)) == NULL);
	CHECK(memmem(all, (size_t)n, codes[0], strlen(codes[0])) == NULL);
	free(all);
}

TEST(a_damaged_row_is_no_user)
{
	struct world w;
	struct user u;
	sqlite3 *db;

	world_open(&w);
	u = add(&w, w.own.id, "ann@example.org", ROLE_SUPPORT);
	CHECK_EQ(sqlite3_open(w.path, &db), SQLITE_OK);
	CHECK_EQ(sqlite3_exec(db, "UPDATE console_user SET role = 99", NULL, NULL, NULL), SQLITE_OK);
	CHECK_EQ(user_get(w.store, w.own.id, u.id, &u), ERR_MALFORMED);
	CHECK_EQ(sqlite3_exec(db, "UPDATE console_user SET role = 2, totp = x'00'", NULL, NULL, NULL), SQLITE_OK);
	CHECK_EQ(user_get(w.store, w.own.id, u.id, &u), ERR_MALFORMED);
	sqlite3_close(db);
	world_close(&w);
}
