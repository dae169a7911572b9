/* Goal of this test: what the web process keeps to itself: limits that several processes share, and the tables by
 * which bodies are read, answers written and both described. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/test.h"
#include "prog/web/limiter.h"
#include "prog/web/shape.h"

static struct limiter *
open_limiter(const char *name)
{
	struct limiter *l = NULL;
	char path[200];

	snprintf(path, sizeof path, "%s/%s", test_dir(), name);
	CHECK_EQ(limiter_open(path, &l, NULL), ERR_NONE);
	return l;
}

/* How many of ${tries} are let through. */
static int
take(struct limiter *l, const char *name, const struct limit *limit, int64_t now_ms, int tries)
{
	int64_t wait_s;
	int n = 0;

	for (int i = 0; i < tries; i++)
		n += limiter_take(l, name, limit, now_ms, &wait_s);
	return n;
}

TEST(a_burst_is_let_through_and_then_as_many_as_time_allows)
{
	const struct limit limit = { 5, 1000000 };
	struct limiter *l = open_limiter("burst");
	int64_t wait_s = 0;

	CHECK_EQ(take(l, "key_a", &limit, 1000, 20), 5);
	CHECK(!limiter_take(l, "key_a", &limit, 1000, &wait_s));
	CHECK_EQ(wait_s, 1);
	CHECK_EQ(take(l, "key_a", &limit, 1999, 20), 0);
	CHECK_EQ(take(l, "key_a", &limit, 2000, 20), 1);
	CHECK_EQ(take(l, "key_a", &limit, 5000, 20), 3);
	CHECK_EQ(take(l, "key_a", &limit, 1000000, 20), 5);
	limiter_free(l);
}

TEST(one_name_takes_nothing_from_another)
{
	const struct limit limit = { 2, 60000000 };
	struct limiter *l = open_limiter("names");
	char name[32];

	for (int i = 0; i < 1000; i++) {
		snprintf(name, sizeof name, "key_%d", i);
		CHECK_EQ(take(l, name, &limit, 1000, 3), 2);
	}
	limiter_free(l);
}

TEST(no_limit_is_none)
{
	const struct limit limit = { 1, 0 };
	struct limiter *l = open_limiter("none");

	CHECK_EQ(take(l, "key_a", &limit, 1000, 100), 100);
	CHECK_EQ(take(NULL, "key_a", &(struct limit){ 1, 1000000 }, 1000, 100), 100);
	limiter_free(l);
}

TEST(processes_count_together)
{
	const struct limit limit = { 1000, 3600000000 };
	int fds[2], all = 0, n;

	CHECK_EQ(pipe(fds), 0);
	for (int i = 0; i < 4; i++) {
		if (fork() == 0) {
			struct limiter *l = open_limiter("shared");

			n = take(l, "key_a", &limit, 1000, 700);
			_exit(write(fds[1], &n, sizeof n) == sizeof n ? 0 : 1);
		}
	}
	for (int i = 0; i < 4; i++) {
		CHECK_EQ(read(fds[0], &n, sizeof n), sizeof n);
		all += n;
	}
	while (wait(NULL) > 0)
		;
	close(fds[0]);
	close(fds[1]);
	/* Who finds the cell being taken goes uncounted that once. */
	CHECK(all >= 1000 && all <= 1003);
}

TEST(a_clock_that_began_anew_holds_nobody_up)
{
	const struct limit limit = { 2, 1000000 };
	struct limiter *l = open_limiter("boot");

	CHECK_EQ(take(l, "key_a", &limit, 1000000000, 9), 2);
	CHECK_EQ(take(l, "key_a", &limit, 1000, 9), 2);
	limiter_free(l);
}

TEST(one_place_is_a_network_of_ipv6_and_an_address_of_ipv4)
{
	static const struct {
		const char *address, *place;
	} cases[] = {
		{ "192.0.2.1", "192.0.2.1" }, { "::ffff:192.0.2.1", "192.0.2.1" },
		{ "2001:db8:1:2::1", "2001:db8:1:2::/64" }, { "2001:db8:1:2:ffff:ffff:ffff:ffff", "2001:db8:1:2::/64" },
		{ "2001:db8:1:3::1", "2001:db8:1:3::/64" }, { "2001:DB8:1:2:0:0:0:9", "2001:db8:1:2::/64" },
		{ "::1", "::/64" }, { "unix:", "unix:" }, { "", "" },
	};
	char place[LIMITER_PLACE_SIZE];

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		limiter_name_place(cases[i].address, place);
		CHECK_TEXT(place, cases[i].place);
	}
}

enum colour { COLOUR_NONE = 0, COLOUR_RED, COLOUR_BLUE, COLOUR_SECRET };

static const char *
colour_choice(int value)
{
	static const char *const names[] = { "none", "red", "blue", "secret" };

	return names[value];
}

struct inner {
	int64_t depth;
};
static const struct field inner_fields[] = {
	{ SHAPE_WHOLE(inner, depth, "depth", 0, 9), .flags = FIELD_REQUIRED },
};
SHAPE(inner, inner, "Inner");

struct thing {
	char name[8], nick[8];
	int64_t size, at;
	bool good;
	enum colour colour;
	struct inner inner;
	json_t *list;
};
static const struct field thing_fields[] = {
	{ SHAPE_TEXT(thing, name, "name"), .flags = FIELD_REQUIRED | FIELD_FILLED },
	{ SHAPE_TEXT(thing, nick, "nick"), .flags = FIELD_NULLABLE | FIELD_SPARSE },
	{ SHAPE_WHOLE(thing, size, "size", 1, 100) },
	{ SHAPE_TIME(thing, at, "at"), .flags = FIELD_NULLABLE },
	{ SHAPE_BOOL(thing, good, "good") },
	{ SHAPE_CHOICE(thing, colour, "colour", colour_choice, 1 << COLOUR_RED | 1 << COLOUR_BLUE) },
	{ SHAPE_OBJECT(thing, inner, "inner", &inner_shape) },
	{ SHAPE_LIST(thing, list, "list", NULL), .flags = FIELD_SPARSE },
};
SHAPE(thing, thing, "Thing");

static enum err
read_thing(const char *text, struct thing *out, struct fault *why)
{
	json_t *object = json_loads(text, JSON_DECODE_ANY, NULL);
	enum err e;

	assert_non_null(object);
	e = shape_read(&thing_shape, object, out, why);
	json_decref(object);
	return e;
}

TEST(a_body_is_read_into_its_struct_and_what_is_absent_stays)
{
	struct thing t = { .size = 7, .nick = "old", .at = 5, .colour = COLOUR_BLUE };
	struct fault why;

	CHECK_EQ(read_thing("{\"name\": \"a\"}", &t, &why), ERR_NONE);
	CHECK_TEXT(t.name, "a");
	CHECK_TEXT(t.nick, "old");
	CHECK_EQ(t.size, 7);
	CHECK_EQ(t.at, 5);
	CHECK_EQ(t.colour, COLOUR_BLUE);
	CHECK_EQ(read_thing("{\"name\": \"b\", \"nick\": null, \"size\": 100, \"at\": null, \"good\": true,"
			    " \"colour\": \"red\", \"inner\": {\"depth\": 9}}",
		     &t, &why),
	    ERR_NONE);
	CHECK_TEXT(t.nick, "");
	CHECK_EQ(t.at, 0);
	CHECK(t.good);
	CHECK_EQ(t.colour, COLOUR_RED);
	CHECK_EQ(t.inner.depth, 9);
	CHECK_EQ(read_thing("{\"name\": \"b\", \"at\": \"1970-01-01T00:00:09Z\"}", &t, &why), ERR_NONE);
	CHECK_EQ(t.at, 9);
}

TEST(a_body_that_does_not_fit_is_refused_by_the_name_of_its_field)
{
	static const struct {
		const char *text, *names;
	} cases[] = {
		{ "{}", "name" }, { "[]", "object" }, { "{\"name\": \"\"}", "name" },
		{ "{\"name\": null}", "name" }, { "{\"name\": \"12345678\"}", "name" },
		{ "{\"name\": \"a\", \"size\": 0}", "size" }, { "{\"name\": \"a\", \"size\": 101}", "size" },
		{ "{\"name\": \"a\", \"size\": null}", "size" }, { "{\"name\": \"a\", \"size\": \"1\"}", "size" },
		{ "{\"name\": \"a\", \"at\": 5}", "at" }, { "{\"name\": \"a\", \"at\": \"soon\"}", "at" },
		{ "{\"name\": \"a\", \"good\": 1}", "good" },
		{ "{\"name\": \"a\", \"colour\": \"secret\"}", "red, blue" },
		{ "{\"name\": \"a\", \"colour\": 1}", "colour" },
		{ "{\"name\": \"a\", \"inner\": {}}", "in \"inner\"" },
		{ "{\"name\": \"a\", \"inner\": {\"depth\": 10}}", "depth" },
		{ "{\"name\": \"a\", \"list\": {}}", "list" },
		{ "{\"name\": \"a\", \"other\": 1}", "other" },
	};
	struct thing t;
	struct fault why;

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		t = (struct thing){ .size = 1 };
		CHECK_EQ(read_thing(cases[i].text, &t, &why), ERR_MALFORMED);
		assert_non_null(strstr(why.text, cases[i].names));
	}
}

TEST(a_query_is_read_by_the_same_table)
{
	struct thing t = { .size = 1 };
	struct fault why;

	CHECK_EQ(shape_read_query(&thing_shape, bytes_of_text("name=a%20b&size=50&good=true&colour=blue&at=1970-01-01T00:00:09Z"),
		     &t, &why),
	    ERR_NONE);
	CHECK_TEXT(t.name, "a b");
	CHECK_EQ(t.size, 50);
	CHECK(t.good);
	CHECK_EQ(t.colour, COLOUR_BLUE);
	CHECK_EQ(t.at, 9);
	CHECK_EQ(shape_read_query(&thing_shape, bytes_of_text("name=a&"), &t, &why), ERR_NONE);
	static const char *const wrong[] = { "", "name=", "size=5", "name=a&name=b", "name=a&other=1", "name=a&size=x",
		"name=a&size=101", "name=a&size=-1", "name=%zz", "name=12345678", "name=a&colour=secret",
		"name=a&at=soon", "name=a&good=1", "name=%00" };

	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		t = (struct thing){ .size = 1 };
		CHECK_EQ(shape_read_query(&thing_shape, bytes_of_text(wrong[i]), &t, &why), ERR_MALFORMED);
	}
}

TEST(an_answer_is_written_by_the_same_table)
{
	struct thing t = { .name = "a", .size = 5, .colour = COLOUR_RED, .inner = { 3 }, .list = json_pack("[s]", "x") };
	json_t *object = shape_write(&thing_shape, &t);
	char *text = json_dumps(object, JSON_COMPACT);

	CHECK_TEXT(text, "{\"name\":\"a\",\"size\":5,\"at\":null,\"good\":false,\"colour\":\"red\","
			 "\"inner\":{\"depth\":3},\"list\":[\"x\"]}");
	free(text);
	json_decref(object);
	t.list = NULL;
	object = shape_write(&thing_shape, &t);
	CHECK(json_object_get(object, "list") == NULL);
	CHECK(json_object_get(object, "nick") == NULL);
	json_decref(object);
}

TEST(a_shape_describes_itself_as_it_is_read_and_as_it_is_written)
{
	json_t *in = shape_schema(&thing_shape, false), *out = shape_schema(&thing_shape, true);
	json_t *colours = json_object_get(json_object_get(json_object_get(in, "properties"), "colour"), "enum");

	CHECK_EQ(json_array_size(json_object_get(in, "required")), 1);
	CHECK_EQ(json_array_size(json_object_get(out, "required")), 6);
	CHECK_EQ(json_array_size(colours), 2);
	CHECK(json_is_false(json_object_get(in, "additionalProperties")));
	CHECK_TEXT(json_string_value(json_object_get(
		       json_object_get(json_object_get(in, "properties"), "inner"), "$ref")),
	    "#/components/schemas/Inner");
	json_decref(in);
	json_decref(out);
}
