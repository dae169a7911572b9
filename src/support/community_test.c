/* Goal of this test: whatever a community's site answers ends as a few topics of plain text, or as no answer; and the
 * messages about it are read whole or not at all. */
#include <stdlib.h>

#include "base/test.h"
#include "base/text.h"
#include "support/community.h"

/* As a Discourse site answers, shortened: posts in the order of their rank, topics beside them. */
static const char good[] =
    "{\"posts\":[{\"id\":11,\"username\":\"anna\",\"blurb\":\"It says &quot;open&quot; &amp; I\\npaid\",\"topic_id\":7},"
    "{\"id\":12,\"blurb\":\"again\",\"topic_id\":7},{\"id\":13,\"blurb\":\"\",\"topic_id\":5}],"
    "\"topics\":[{\"id\":5,\"title\":\"Zweites Ger\xc3\xa4t\",\"slug\":\"zweites-ger%C3%A4t\",\"posts_count\":2},"
    "{\"id\":7,\"title\":\"Paid, still <b>suspended</b>\",\"slug\":\"paid-still-suspended\"}],"
    "\"users\":[],\"grouped_search_result\":{\"term\":\"paid\"}}";

static struct community_topics
read_good(void)
{
	struct community_topics t = { .count = 99 };

	CHECK_EQ(community_read_search(bytes_of_text(good), &t), ERR_NONE);
	return t;
}

TEST(topics_come_in_the_order_of_their_posts_and_each_once)
{
	struct community_topics t = read_good();

	CHECK_EQ(t.count, 2);
	CHECK_EQ(t.list[0].id, 7);
	CHECK_TEXT(t.list[0].title, "Paid, still <b>suspended</b>");
	CHECK_TEXT(t.list[0].excerpt, "It says \"open\" & I paid");
	CHECK_TEXT(t.list[0].slug, "paid-still-suspended");
	CHECK_EQ(t.list[1].id, 5);
	CHECK_TEXT(t.list[1].slug, "");
	CHECK_TEXT(t.list[1].excerpt, "");
}

TEST(a_search_that_finds_nothing_is_no_error)
{
	struct community_topics t = { .count = 99 };

	CHECK_EQ(community_read_search(bytes_of_text("{\"posts\":[],\"users\":[],\"grouped_search_result\":{}}"), &t),
	    ERR_NONE);
	CHECK_EQ(t.count, 0);
	CHECK_EQ(community_read_search(bytes_of_text("{\"grouped_search_result\":null}"), &t), ERR_NONE);
}

TEST(what_is_no_answer_of_a_search_is_refused)
{
	static const char *const bad[] = { "", "[]", "{}", "null", "<html>", "{\"posts\":{}}", "{\"posts\":\"x\"}",
		"{\"errors\":[\"You are not permitted\"]}" };
	struct community_topics t = { .count = 99 };

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		CHECK_EQ(community_read_search(bytes_of_text(bad[i]), &t), ERR_MALFORMED);
	for (size_t n = 0; n < sizeof good - 1; n++) {
		uint8_t *exact = test_copy((const uint8_t *)good, n);

		CHECK_EQ(community_read_search(bytes_of(exact, n), &t), ERR_MALFORMED);
		free(exact);
	}
	CHECK_EQ(t.count, 99);
}

TEST(what_is_no_topic_is_passed_over)
{
	static const char *const odd[] = {
		"{\"posts\":[1,null,\"x\",{},{\"topic_id\":-1},{\"topic_id\":\"7\"},{\"topic_id\":7}],\"topics\":{}}",
		"{\"posts\":[{\"topic_id\":7,\"blurb\":5}],\"topics\":[{\"id\":7,\"title\":[]},null,3]}",
		"{\"posts\":[{\"topic_id\":7}],\"topics\":[{\"id\":8,\"title\":\"x\"}]}",
		"{\"posts\":[{\"topic_id\":7}]}" };
	struct community_topics t;

	for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++) {
		CHECK_EQ(community_read_search(bytes_of_text(odd[i]), &t), ERR_NONE);
		CHECK_EQ(t.count, 0);
	}
}

TEST(slugs_that_would_lead_elsewhere_are_left_out)
{
	static const char *const slugs[] = { "../../evil", "a/b", "a?b", "a#b", "//evil.example", "A", "a b", "\\u0000x",
		"javascript:x" };
	struct community_topics t;
	struct buf json;

	for (size_t i = 0; i < sizeof slugs / sizeof slugs[0]; i++) {
		buf_init(&json, 1000);
		buf_printf(&json, "{\"posts\":[{\"topic_id\":7}],\"topics\":[{\"id\":7,\"title\":\"x\",\"slug\":\"%s\"}]}",
		    slugs[i]);
		if (community_read_search(buf_bytes(&json), &t) == ERR_NONE)
			CHECK_TEXT(t.list[0].slug, "");
		buf_fini(&json);
	}
}

TEST(a_flood_of_topics_and_of_letters_is_cut)
{
	struct community_topics t;
	struct buf json, long_title;

	buf_init(&long_title, 1 << 20);
	for (int i = 0; i < 50000; i++)
		buf_put_string(&long_title, "\xc3\xa4");
	buf_u8(&long_title, 0);
	buf_init(&json, 8 << 20);
	buf_put_string(&json, "{\"posts\":[");
	for (int i = 1; i <= 60; i++)
		buf_printf(&json, "%s{\"topic_id\":%d,\"blurb\":\"%s\"}", i == 1 ? "" : ",", i,
		    i == 1 ? (const char *)long_title.p : "");
	buf_put_string(&json, "],\"topics\":[");
	for (int i = 1; i <= 60; i++)
		buf_printf(&json, "%s{\"id\":%d,\"title\":\"%s\"}", i == 1 ? "" : ",", i,
		    i == 1 ? (const char *)long_title.p : "t");
	buf_put_string(&json, "]}");
	CHECK_EQ(community_read_search(buf_bytes(&json), &t), ERR_NONE);
	CHECK_EQ(t.count, COMMUNITY_TOPICS_MAX);
	CHECK(text_is_plain(t.list[0].title));
	CHECK(text_is_plain(t.list[0].excerpt));
	buf_fini(&json);
	buf_fini(&long_title);
}

TEST(addresses_are_made_below_the_site)
{
	struct community_topics t = read_good();
	struct buf b;

	buf_init(&b, 1000);
	community_write_topic_url("https://community.example/", &t.list[0], &b);
	CHECK_BYTES(buf_bytes(&b), bytes_of_text("https://community.example/t/paid-still-suspended/7"));
	buf_clear(&b);
	community_write_topic_url("https://example/forum/", &t.list[1], &b);
	CHECK_BYTES(buf_bytes(&b), bytes_of_text("https://example/forum/t/5"));
	buf_clear(&b);
	community_write_search_url("https://community.example/", "a&b =?#/", &b);
	CHECK_BYTES(buf_bytes(&b), bytes_of_text("https://community.example/search.json?q=a%26b%20%3D%3F%23%2F"));
	buf_fini(&b);
}

TEST(messages_go_there_and_back_and_every_cut_is_refused)
{
	struct community_topics t = read_good(), got;
	char words[COMMUNITY_WORDS_SIZE] = "before";
	struct buf b;

	buf_init(&b, 65536);
	community_write_request("my device", &b);
	for (size_t n = 0; n < b.n; n++)
		CHECK_EQ(community_read_request(bytes_of(b.p, n), words), ERR_MALFORMED);
	CHECK_TEXT(words, "before");
	CHECK_EQ(community_read_request(buf_bytes(&b), words), ERR_NONE);
	CHECK_TEXT(words, "my device");
	buf_clear(&b);
	community_write_answer(&t, &b);
	for (size_t n = 0; n < b.n; n++) {
		uint8_t *exact = test_copy(b.p, n);

		CHECK_EQ(community_read_answer(bytes_of(exact, n), &got), ERR_MALFORMED);
		free(exact);
	}
	CHECK_EQ(community_read_answer(buf_bytes(&b), &got), ERR_NONE);
	CHECK_EQ(got.count, 2);
	CHECK_TEXT(got.list[0].excerpt, t.list[0].excerpt);
	buf_clear(&b);
	community_write_answer(NULL, &b);
	CHECK_EQ(community_read_answer(buf_bytes(&b), &got), ERR_CLOSED);
	buf_fini(&b);
}
