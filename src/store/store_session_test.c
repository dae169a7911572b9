/* Goal of this test: a session is found by its token alone, lasts as long as its kind may and ends when it is told to;
 * a link signs in once; an address leads to its own subscriptions and to no others. */
#include <stdio.h>

#include "base/test.h"
#include "entitle/authority_forget.h"
#include "entitle/event.h"
#include "entitle/recipient.h"
#include "entitle/session.h"
#include "store/store_sqlite.h"

enum { NOW = 1800000000, DAY = 86400 };

static struct store *
open_store(void)
{
	static int number;
	struct store *s = NULL;
	char path[4096];

	snprintf(path, sizeof path, "%s/session%d.db", test_dir(), number++);
	CHECK_EQ(store_sqlite_open(path, &s, NULL), ERR_NONE);
	return s;
}

TEST(a_session_is_found_by_its_token_alone)
{
	char token[TOKEN_SIZE], other[TOKEN_SIZE];
	struct store *s = open_store();
	struct session a, got;

	CHECK_EQ(session_begin(s, SUBJECT_ADDRESS, "anna@example.com", NOW, token, &a), ERR_NONE);
	CHECK_EQ(session_begin(s, SUBJECT_ADDRESS, "anna@example.com", NOW, other, &got), ERR_NONE);
	CHECK(strcmp(token, other) != 0);
	CHECK_EQ(session_find(s, token, NOW + 1, &got), ERR_NONE);
	CHECK_TEXT(got.id, a.id);
	CHECK_TEXT(got.subject, "anna@example.com");
	CHECK_EQ(got.kind, SUBJECT_ADDRESS);
	token[TOKEN_SIZE - 2] = token[TOKEN_SIZE - 2] == 'a' ? 'b' : 'a';
	CHECK_EQ(session_find(s, token, NOW + 1, &got), ERR_DENIED);
	CHECK_EQ(session_find(s, a.id, NOW + 1, &got), ERR_DENIED);
	CHECK_EQ(session_find(s, "", NOW + 1, &got), ERR_DENIED);
	s->close(s);
}

TEST(a_session_ends_when_it_is_idle_or_too_old)
{
	static const struct {
		enum subject_kind kind;
		int64_t idle, span;
	} kinds[] = { { SUBJECT_ADDRESS, DAY, 14 * DAY }, { SUBJECT_SUBSCRIPTION, 3600, 12 * 3600 },
		{ SUBJECT_USER, 1800, 12 * 3600 } };

	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
		char token[TOKEN_SIZE];
		struct store *s = open_store();
		struct session got;
		int64_t at = NOW;

		CHECK_EQ(session_begin(s, kinds[i].kind, "x", NOW, token, &got), ERR_NONE);
		CHECK_EQ(session_find(s, token, NOW + kinds[i].idle, &got), ERR_DENIED);
		CHECK_EQ(session_find(s, token, NOW + kinds[i].idle - 1, &got), ERR_NONE);
		/* It was seen, so it goes on; but not for ever. */
		for (at = NOW + kinds[i].idle; at < NOW + kinds[i].span; at += kinds[i].idle - 60)
			CHECK_EQ(session_find(s, token, at, &got), ERR_NONE);
		CHECK_EQ(session_find(s, token, NOW + kinds[i].span, &got), ERR_DENIED);
		s->close(s);
	}
}

TEST(a_session_ends_when_it_is_told_to_here_or_everywhere)
{
	char one[TOKEN_SIZE], two[TOKEN_SIZE], hers[TOKEN_SIZE], link[TOKEN_SIZE];
	struct store *s = open_store();
	struct sign_in_link l;
	struct session a, b, c;

	CHECK_EQ(session_begin(s, SUBJECT_ADDRESS, "a@b.c", NOW, one, &a), ERR_NONE);
	CHECK_EQ(session_begin(s, SUBJECT_ADDRESS, "a@b.c", NOW, two, &b), ERR_NONE);
	CHECK_EQ(session_begin(s, SUBJECT_USER, "a@b.c", NOW, hers, &c), ERR_NONE);
	CHECK_EQ(session_end(s, &a), ERR_NONE);
	CHECK_EQ(session_end(s, &a), ERR_NONE);
	CHECK_EQ(session_find(s, one, NOW, &a), ERR_DENIED);
	CHECK_EQ(session_find(s, two, NOW, &b), ERR_NONE);
	CHECK_EQ(session_begin(s, SUBJECT_ADDRESS, "a@b.c", NOW, one, &a), ERR_NONE);
	CHECK_EQ(session_make_link(s, SUBJECT_ADDRESS, "a@b.c", NOW, link), ERR_NONE);
	CHECK_EQ(session_find(s, one, NOW, &a), ERR_NONE);
	CHECK_EQ(session_find(s, two, NOW, &b), ERR_NONE);
	CHECK_EQ(session_end_all(s, SUBJECT_ADDRESS, "a@b.c"), ERR_NONE);
	CHECK_EQ(session_find(s, one, NOW, &a), ERR_DENIED);
	CHECK_EQ(session_find(s, two, NOW, &b), ERR_DENIED);
	/* Nor does a link that was on its way bring one back. */
	CHECK_EQ(session_take_link(s, link, NOW, &l), ERR_DENIED);
	CHECK_EQ(session_find(s, hers, NOW, &c), ERR_NONE);
	s->close(s);
}

TEST(a_link_signs_in_once_and_for_a_quarter_of_an_hour)
{
	char token[TOKEN_SIZE];
	struct store *s = open_store();
	struct sign_in_link l;
	struct session session;

	CHECK_EQ(session_make_link(s, SUBJECT_SUBSCRIPTION, "sub_1", NOW, token), ERR_NONE);
	/* One is no token of the other kind. */
	CHECK_EQ(session_find(s, token, NOW, &session), ERR_DENIED);
	CHECK_EQ(session_take_link(s, token, NOW + SIGN_IN_LINK_S - 1, &l), ERR_NONE);
	CHECK_EQ(l.kind, SUBJECT_SUBSCRIPTION);
	CHECK_TEXT(l.subject, "sub_1");
	CHECK_EQ(session_take_link(s, token, NOW + 1, &l), ERR_DENIED);
	CHECK_EQ(session_make_link(s, SUBJECT_SUBSCRIPTION, "sub_1", NOW, token), ERR_NONE);
	CHECK_EQ(session_take_link(s, token, NOW + SIGN_IN_LINK_S, &l), ERR_DENIED);
	s->close(s);
}

TEST(a_form_s_key_is_its_session_s)
{
	char key[FORM_KEY_SIZE], other[FORM_KEY_SIZE];

	session_make_form_key("hfw_one", key);
	session_make_form_key("hfw_two", other);
	CHECK(session_check_form_key("hfw_one", key));
	CHECK(!session_check_form_key("hfw_one", other));
	CHECK(!session_check_form_key("hfw_one", ""));
	CHECK(!session_check_form_key("hfw_one", "zz"));
	key[0] = '\0';
	CHECK(!session_check_form_key("hfw_one", key));
}

TEST(an_address_is_the_same_however_it_is_written)
{
	char out[MAIL_ADDRESS_SIZE], huge[400];

	CHECK(session_normalise_address("  Anna.Berg@Example.COM ", out));
	CHECK_TEXT(out, "anna.berg@example.com");
	CHECK(!session_normalise_address("anna", out));
	CHECK(!session_normalise_address("", out));
	CHECK(!session_normalise_address("a@b.c\r\nBcc: x@y.z", out));
	memset(huge, 'a', sizeof huge);
	huge[sizeof huge - 1] = '\0';
	CHECK(!session_normalise_address(huge, out));
}

static void
order(struct store *s, const struct provider *p, const char *external, const char *address, struct subscription *out)
{
	struct order o = { .seats = 1 };
	struct recipient r = { .name = "Anna" };
	char code[CODE_SHOWN_SIZE];
	struct refusal why;

	strcpy(o.external_id, external);
	CHECK_EQ(authority_order(s, p, &o, NOW, out, code, &why), ERR_NONE);
	strcpy(r.subscription, out->id);
	strcpy(r.address, address);
	CHECK_EQ(recipient_set(s, p, &r, "test", NOW, &why), ERR_NONE);
}

TEST(who_is_forgotten_loses_what_the_contract_does_not_need_and_in_the_end_all)
{
	struct provider p = { .contact.name = "One", .policy = policy_default() }, other = p;
	struct change cancel = { .event = EV_CANCEL, .reason = REASON_DISCONTINUED, .actor = "test" };
	enum forgotten forgotten = FORGOTTEN_NOTHING;
	struct event_check check;
	struct store *s = open_store();
	struct subscription sub;
	struct refusal why;
	struct recipient r;

	CHECK_EQ(authority_add_provider(s, &p, "vendor", NOW, NULL), ERR_NONE);
	CHECK_EQ(authority_add_provider(s, &other, "vendor", NOW, NULL), ERR_NONE);
	order(s, &p, "customer-1", "anna@example.com", &sub);
	CHECK_EQ(authority_forget(s, &other, sub.id, "person", NOW, &forgotten), ERR_NOT_FOUND);
	CHECK_EQ(authority_forget(s, &p, sub.id, "person", NOW, &forgotten), ERR_NONE);
	CHECK_EQ(forgotten, FORGOTTEN_CONTACT);
	CHECK_EQ(s->delivery.get_recipient(s, sub.id, &r), ERR_NOT_FOUND);
	CHECK_EQ(s->get_subscription(s, sub.id, &sub), ERR_NONE);
	CHECK_TEXT(sub.external_id, "customer-1");
	CHECK_EQ(sub.purged, 0);
	/* Once more is no error, and no second event. */
	CHECK_EQ(authority_forget(s, &p, sub.id, "person", NOW, &forgotten), ERR_NONE);

	CHECK_EQ(authority_change(s, &p, sub.id, &cancel, NOW + 1, &sub, &why), ERR_NONE);
	CHECK_EQ(authority_forget(s, &p, sub.id, "person", NOW + 2, &forgotten), ERR_NONE);
	CHECK_EQ(forgotten, FORGOTTEN_ALL);
	CHECK_EQ(s->get_subscription(s, sub.id, &sub), ERR_NONE);
	CHECK_EQ(sub.purged, NOW + 2);
	CHECK_TEXT(sub.external_id, sub.reference);
	cancel = (struct change){ .event = EV_REINSTATE, .actor = "test" };
	CHECK_EQ(authority_change(s, &p, sub.id, &cancel, NOW + 3, &sub, &why), ERR_CONFLICT);
	CHECK_EQ(event_verify_log(s, &check), ERR_NONE);
	CHECK_EQ(check.broken_at, 0);
	CHECK(check.purged > 0);
	s->close(s);
}

TEST(an_address_leads_to_its_own_subscriptions_and_to_no_others)
{
	struct provider one = { .contact.name = "One", .policy = policy_default() }, two = one;
	struct subscription a, b, c, got[4];
	struct store *s = open_store();
	struct session anna = { .kind = SUBJECT_ADDRESS, .subject = "anna@example.com" };
	struct session device = { .kind = SUBJECT_SUBSCRIPTION };
	struct session user = { .kind = SUBJECT_USER, .subject = "anna@example.com" };
	size_t n = 0;

	CHECK_EQ(authority_add_provider(s, &one, "vendor", NOW, NULL), ERR_NONE);
	CHECK_EQ(authority_add_provider(s, &two, "vendor", NOW, NULL), ERR_NONE);
	order(s, &one, "1", "Anna@Example.com", &a);
	order(s, &two, "1", "anna@example.com", &b);
	order(s, &one, "2", "bert@example.com", &c);
	CHECK_EQ(session_list_subscriptions(s, &anna, got, 4, &n), ERR_NONE);
	CHECK_EQ(n, 2);
	CHECK(strcmp(got[0].id, c.id) != 0 && strcmp(got[1].id, c.id) != 0);
	CHECK_EQ(session_list_subscriptions(s, &anna, got, 1, &n), ERR_NONE);
	CHECK_EQ(n, 1);
	strcpy(device.subject, c.id);
	CHECK_EQ(session_list_subscriptions(s, &device, got, 4, &n), ERR_NONE);
	CHECK_EQ(n, 1);
	CHECK_TEXT(got[0].id, c.id);
	CHECK_EQ(session_list_subscriptions(s, &user, got, 4, &n), ERR_NONE);
	CHECK_EQ(n, 0);
	s->close(s);
}
