/* Goal of this test: a visitor has one vote on an article, comments are kept and counted, and a request for help
 * is there when it was acknowledged. */
#include <stdio.h>

#include "base/test.h"
#include "entitle/contact_request.h"
#include "store/store_sqlite.h"

static struct store *
open_store(void)
{
	static int number;
	struct store *s = NULL;
	char path[4096];

	snprintf(path, sizeof path, "%s/support%d.db", test_dir(), number++);
	CHECK_EQ(store_sqlite_open(path, &s, NULL), ERR_NONE);
	return s;
}

static void
vote(struct store *s, const char *visitor, bool helpful, const char *comment, int64_t at)
{
	struct feedback f = { .article = "HF-1", .helpful = helpful, .at = at };

	strcpy(f.visitor, visitor);
	strcpy(f.comment, comment);
	CHECK_EQ(s->begin(s), ERR_NONE);
	CHECK_EQ(s->support.put_feedback(s, &f), ERR_NONE);
	CHECK_EQ(s->commit(s), ERR_NONE);
}

TEST(a_visitor_has_one_vote_and_may_change_it)
{
	struct store *s = open_store();
	struct feedback_count c;
	struct feedback f;

	vote(s, "anna", true, "", 1);
	vote(s, "anna", false, "", 2);
	vote(s, "bert", true, "", 3);
	CHECK_EQ(s->support.count_feedback(s, "HF-1", &c), ERR_NONE);
	CHECK(c.yes == 1 && c.no == 1 && c.comments == 0);
	CHECK_EQ(s->support.count_feedback(s, "HF-2", &c), ERR_NONE);
	CHECK(c.yes == 0 && c.no == 0 && c.comments == 0);
	CHECK_EQ(s->support.get_feedback(s, "HF-1", "anna", &f), ERR_NONE);
	CHECK(!f.helpful);
	CHECK_EQ(s->support.get_feedback(s, "HF-1", "carl", &f), ERR_NOT_FOUND);
	s->close(s);
}

static bool
keep_first(void *ctx, const struct feedback *f)
{
	*(struct feedback *)ctx = *f;
	return false;
}

TEST(a_comment_stays_when_the_vote_changes)
{
	struct store *s = open_store();
	struct feedback f = { .at = 0 };

	vote(s, "anna", false, "it did not say how", 1);
	vote(s, "anna", true, "", 2);
	vote(s, "bert", true, "fine", 3);
	CHECK_EQ(s->support.list_comments(s, "HF-1", 10, keep_first, &f), ERR_NONE);
	CHECK_TEXT(f.comment, "fine");
	CHECK_EQ(s->support.get_feedback(s, "HF-1", "anna", &f), ERR_NONE);
	CHECK_TEXT(f.comment, "it did not say how");
	CHECK(f.helpful);
	s->close(s);
}

static bool
keep_request(void *ctx, const struct contact_request *r)
{
	*(struct contact_request *)ctx = *r;
	return false;
}

TEST(a_request_for_help_is_kept_under_a_reference_of_its_own)
{
	struct contact_request r = { .reference = "HF-AAAA-BBBB", .name = "Anna", .mail = "a@example.com",
		.article = "HF-1", .text = "Help", .device = "suspended (billing)", .at = 5 }, got;
	struct store *s = open_store();

	CHECK_EQ(s->support.add_contact_request(s, &r), ERR_NONE);
	CHECK_EQ(s->support.add_contact_request(s, &r), ERR_EXISTS);
	CHECK_EQ(s->support.list_contact_requests(s, &(struct contact_filter){ .most = 10 }, keep_request, &got), ERR_NONE);
	CHECK_TEXT(got.name, "Anna");
	CHECK_TEXT(got.device, "suspended (billing)");
	CHECK_EQ(got.at, 5);
	s->close(s);
}

/* A provider's subscription with a known reference. */
static void
add_subscription(struct store *s, const char *provider, const char *id, const char *reference)
{
	struct subscription sub = { .state = SUB_ACTIVE, .seats = 1, .revision = 1 };
	struct provider p = { .policy = policy_default() };
	uint8_t digest[32] = { 0 };

	strcpy(p.id, provider);
	strcpy(p.contact.name, "Example Broadband");
	strcpy(sub.id, id);
	strcpy(sub.provider, provider);
	strcpy(sub.external_id, id);
	strcpy(sub.reference, reference);
	memcpy(digest, id, strlen(id));
	CHECK_EQ(s->begin(s), ERR_NONE);
	if (s->get_provider(s, provider, &p) == ERR_NOT_FOUND)
		CHECK_EQ(s->add_provider(s, &p), ERR_NONE);
	CHECK_EQ(s->add_subscription(s, &sub, digest), ERR_NONE);
	CHECK_EQ(s->commit(s), ERR_NONE);
}

static struct contact_request
take(struct store *s, const char *quoted)
{
	struct contact_request r = { .name = "Anna", .mail = "a@example.com", .text = "Help" };

	strcpy(r.quoted, quoted);
	CHECK_EQ(contact_request_take(s, &r, 100), ERR_NONE);
	return r;
}

TEST(a_request_belongs_to_the_provider_whose_subscription_it_quotes)
{
	static const char *const typed[] = { "HF-7K3M-9QD0", "hf 7k3m 9qd0", "HF7K3M9QDO", " hf-7k3m-9qdo" };
	static const char *const none[] = { "", "HF-0000-0000", "7K3M-9QD0", "HF-7K3M-9QD00", "HF-7K3M-9QD", "'; --",
		"HF-7K3M-9Q\xc3\xa4" };
	struct store *s = open_store();

	add_subscription(s, "prv_a", "sub_a", "HF-7K3M-9QD0");
	for (size_t i = 0; i < sizeof typed / sizeof typed[0]; i++) {
		struct contact_request r = take(s, typed[i]);

		CHECK_TEXT(r.provider, "prv_a");
		CHECK_TEXT(r.subscription, "sub_a");
		CHECK_TEXT(r.quoted, "HF-7K3M-9QD0");
	}
	for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
		struct contact_request r = take(s, none[i]);

		CHECK_TEXT(r.provider, "");
		CHECK_TEXT(r.quoted, none[i]);
		CHECK(r.reference[0] != '\0');
	}
	/* Chance gave it to two: it is nobody's. */
	add_subscription(s, "prv_b", "sub_b", "HF-7K3M-9QD0");
	CHECK_TEXT(take(s, typed[0]).provider, "");
	s->close(s);
}

static bool
count_request(void *ctx, const struct contact_request *r)
{
	(void)r;
	++*(int *)ctx;
	return true;
}

static int
count(struct store *s, const char *provider)
{
	int n = 0;

	CHECK_EQ(s->support.list_contact_requests(s, &(struct contact_filter){ .provider = provider, .most = 100 }, count_request, &n),
	    ERR_NONE);
	return n;
}

TEST(a_request_is_looked_at_once_seen_by_its_provider_and_forgotten_in_the_end)
{
	struct store *s = open_store();
	struct contact_request r;
	int unmailed = 0;

	add_subscription(s, "prv_a", "sub_a", "HF-7K3M-9QD0");
	r = take(s, "HF-7K3M-9QD0");
	take(s, "");
	CHECK_EQ(count(s, NULL), 2);
	CHECK_EQ(count(s, "prv_a"), 1);
	CHECK_EQ(count(s, "prv_b"), 0);
	CHECK_EQ(s->support.note_mailed(s, r.reference, CONTACT_MAILED), ERR_NONE);
	CHECK_EQ(s->support.list_unmailed(s, 10, count_request, &unmailed), ERR_NONE);
	CHECK_EQ(unmailed, 1);
	CHECK_EQ(s->support.purge_contact_requests(s, 100), ERR_NONE);
	CHECK_EQ(count(s, NULL), 2);
	CHECK_EQ(s->support.purge_contact_requests(s, 101), ERR_NONE);
	CHECK_EQ(count(s, NULL), 0);
	CHECK_EQ(s->support.get_contact_request(s, r.reference, &r), ERR_NOT_FOUND);
	s->close(s);
}

TEST(a_request_goes_to_its_providers_address_else_to_the_vendors)
{
	struct brand brand = { .provider = "prv_a", .reply_to = "help@provider.example" };
	struct contact_request r = { .provider = "prv_a" };
	struct store *s = open_store();
	char to[MAIL_ADDRESS_SIZE];

	add_subscription(s, "prv_a", "sub_a", "HF-7K3M-9QD0");
	CHECK_EQ(contact_request_address(s, &r, NULL, to), ERR_NOT_FOUND);
	CHECK_EQ(contact_request_address(s, &r, "help@vendor.example", to), ERR_NONE);
	CHECK_TEXT(to, "help@vendor.example");
	CHECK_EQ(s->delivery.put_brand(s, &brand), ERR_NONE);
	CHECK_EQ(contact_request_address(s, &r, "help@vendor.example", to), ERR_NONE);
	CHECK_TEXT(to, "help@provider.example");
	r.provider[0] = '\0';
	CHECK_EQ(contact_request_address(s, &r, "help@vendor.example", to), ERR_NONE);
	CHECK_TEXT(to, "help@vendor.example");
	s->close(s);
}

static bool
add_counts(void *ctx, const struct feedback_count *c)
{
	struct feedback_count *sum = ctx;

	sum->yes += c->yes;
	sum->no = sum->no * 10 + c->no;
	return true;
}

TEST(votes_are_counted_for_every_article_in_one_go)
{
	struct feedback f = { .article = "HF-2", .visitor = "anna", .at = 3 };
	struct feedback_count sum = { .yes = 0 };
	struct store *s = open_store();

	vote(s, "anna", true, "", 1);
	vote(s, "bert", false, "", 2);
	CHECK_EQ(s->support.put_feedback(s, &f), ERR_NONE);
	CHECK_EQ(s->support.list_feedback_counts(s, add_counts, &sum), ERR_NONE);
	CHECK_EQ(sum.yes, 1);
	CHECK_EQ(sum.no, 11);
	s->close(s);
}

TEST(a_persons_requests_are_listed_by_their_address_in_either_case)
{
	struct contact_request r = { .name = "Ann", .mail = "Ann@Example.org", .text = "x" };
	struct store *s = open_store();
	int n = 0;

	CHECK_EQ(contact_request_take(s, &r, 1795000000), ERR_NONE);
	strcpy(r.mail, "bob@example.org");
	CHECK_EQ(contact_request_take(s, &r, 1795000000), ERR_NONE);
	CHECK_EQ(s->support.list_contact_requests(s, &(struct contact_filter){ .mail = "ann@example.org", .most = 9 },
		     count_request, &n), ERR_NONE);
	CHECK_EQ(n, 1);
	s->close(s);
}
