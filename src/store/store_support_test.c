/* Goal of this test: a visitor has one vote on an article, comments are kept and counted, and a request for help
 * is there when it was acknowledged. */
#include <stdio.h>

#include "base/test.h"
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
	CHECK_EQ(s->support.list_contact_requests(s, 10, keep_request, &got), ERR_NONE);
	CHECK_TEXT(got.name, "Anna");
	CHECK_TEXT(got.device, "suspended (billing)");
	CHECK_EQ(got.at, 5);
	s->close(s);
}
