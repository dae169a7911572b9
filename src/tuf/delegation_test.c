/* Goal of this test: which paths a delegation covers, and which delegations make no sense. The search itself is
 * tested from outside, in test/e2e/tuf_targets.test.mjs. */
#include "base/test.h"
#include "codec/json.h"
#include "tuf/delegation.h"

TEST(a_pattern_fits_within_one_folder_only)
{
	static const struct {
		const char *pattern, *name;
		bool fits;
	} cases[] = {
		{ "", "", true }, { "", "a", false }, { "a", "", false }, { "a", "a", true },
		{ "*", "", true }, { "*", "abc", true }, { "*", "a/b", false }, { "*/*", "a/b", true },
		{ "*/*", "a", false }, { "*/*", "a/b/c", false }, { "a/*", "a/b", true },
		{ "a/*", "a/b/c", false }, { "a/*", "b/b", false }, { "*.md", "README.md", true },
		{ "*.md", ".md", true }, { "*.md", "a.md.x", false }, { "*.md", "d/a.md", false },
		{ "a*b*c", "abc", true }, { "a*b*c", "aXbXbXc", true }, { "a*b*c", "acb", false },
		{ "**", "abc", true }, { "a**", "a", true }, { "?", "a", true }, { "?", "", false },
		{ "?", "/", false }, { "a?c", "abc", true }, { "a?c", "a/c", false }, { "?", "\u00e9", true },
		{ "??", "\u00e9", false }, { "*?", "\u00e9x", true }, { "[a-z]", "b", false },
		{ "[a-z]", "[a-z]", true }, { "a\\*", "a*", false }, { "*/a", "x/y/a", false },
		{ "*x/b", "axx/b", true }, { "*/*.zip", "y/v1.zip", true }, { "/a", "a", false },
		{ "A", "a", false }, { "foo-version-?.tgz", "foo-version-2.tgz", true },
		{ "foo-version-?.tgz", "foo-version-alpha.tgz", false },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		if (tuf_pattern_fits(cases[i].pattern, cases[i].name) != cases[i].fits)
			print_message("# %s, %s\n", cases[i].pattern, cases[i].name);
		CHECK_EQ(tuf_pattern_fits(cases[i].pattern, cases[i].name), cases[i].fits);
	}
}

TEST(a_pattern_of_many_stars_takes_no_longer_than_their_product)
{
	char pattern[2001], name[1001];

	for (size_t i = 0; i < 2000; i += 2)
		memcpy(pattern + i, "*a", 2);
	pattern[2000] = '\0';
	memset(name, 'a', 1000);
	name[999] = 'b';
	name[1000] = '\0';
	CHECK(!tuf_pattern_fits(pattern, name));
}

TEST(delegations_that_make_no_sense_are_refused)
{
#define ROLE(more) "{\"keys\":{},\"roles\":[{\"keyids\":[],\"threshold\":1," more "}]}"
	static const struct {
		const char *text;
		enum err want;
	} cases[] = {
		{ "{}", ERR_MALFORMED }, { "[]", ERR_MALFORMED }, { "{\"keys\":{}}", ERR_MALFORMED },
		{ "{\"keys\":{},\"roles\":{}}", ERR_MALFORMED }, { "{\"keys\":[],\"roles\":[]}", ERR_MALFORMED },
		{ "{\"keys\":{},\"roles\":[]}", ERR_NOT_FOUND }, { "{\"keys\":{},\"roles\":[7]}", ERR_MALFORMED },
		{ "{\"keys\":{},\"roles\":[],\"succinct_roles\":{}}", ERR_MALFORMED },
		{ ROLE("\"name\":\"a\",\"terminating\":true,\"paths\":[\"x\"]"), ERR_NONE },
		{ ROLE("\"name\":\"a\",\"terminating\":true,\"paths\":[\"y\"]"), ERR_NOT_FOUND },
		{ ROLE("\"name\":\"a\",\"terminating\":true,\"paths\":[7]"), ERR_MALFORMED },
		{ ROLE("\"name\":\"a\",\"terminating\":true,\"paths\":\"x\""), ERR_MALFORMED },
		{ ROLE("\"name\":\"a\",\"terminating\":true"), ERR_MALFORMED },
		{ ROLE("\"name\":\"a\",\"terminating\":true,\"paths\":[],\"path_hash_prefixes\":[]"), ERR_MALFORMED },
		{ ROLE("\"name\":\"a\",\"terminating\":1,\"paths\":[\"x\"]"), ERR_MALFORMED },
		{ ROLE("\"name\":\"a\",\"paths\":[\"x\"]"), ERR_MALFORMED },
		{ ROLE("\"name\":7,\"terminating\":true,\"paths\":[\"x\"]"), ERR_MALFORMED },
		{ ROLE("\"name\":\"\",\"terminating\":true,\"paths\":[\"x\"]"), ERR_MALFORMED },
		{ ROLE("\"name\":\"targets\",\"terminating\":true,\"paths\":[\"x\"]"), ERR_MALFORMED },
		/* SHA-256 of "x" is 2d711642... */
		{ ROLE("\"name\":\"a\",\"terminating\":true,\"path_hash_prefixes\":[\"ff\",\"2d7\"]"), ERR_NONE },
		{ ROLE("\"name\":\"a\",\"terminating\":true,\"path_hash_prefixes\":[\"2D7\"]"), ERR_NOT_FOUND },
		{ "{\"keys\":{},\"succinct_roles\":{\"bit_length\":8,\"name_prefix\":\"b\"}}", ERR_NONE },
		{ "{\"keys\":{},\"succinct_roles\":{\"bit_length\":0,\"name_prefix\":\"b\"}}", ERR_MALFORMED },
		{ "{\"keys\":{},\"succinct_roles\":{\"bit_length\":33,\"name_prefix\":\"b\"}}", ERR_MALFORMED },
		{ "{\"keys\":{},\"succinct_roles\":{\"bit_length\":8,\"name_prefix\":\"\"}}", ERR_MALFORMED },
		{ "{\"keys\":{},\"succinct_roles\":{\"bit_length\":8}}", ERR_MALFORMED },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct tuf_metadata m = { .role = TUF_TARGETS, .body = json_object() };
		json_t *value = json_loads(cases[i].text, 0, NULL);
		struct tuf_delegation d;
		size_t at = 0;

		CHECK(value != NULL);
		json_object_set_new(m.body, "delegations", value);
		if (tuf_delegation_next(&m, "x", &at, &d, NULL) != cases[i].want)
			print_message("# %s\n", cases[i].text);
		at = 0;
		CHECK_EQ(tuf_delegation_next(&m, "x", &at, &d, NULL), cases[i].want);
		json_decref(m.body);
	}
}

TEST(a_bin_is_named_by_as_many_digits_as_the_last_one_has)
{
	static const struct {
		int bits;
		const char *role;
	} cases[] = { { 1, "b-0" }, { 4, "b-2" }, { 5, "b-05" }, { 8, "b-2d" }, { 9, "b-05a" },
		{ 16, "b-2d71" }, { 32, "b-2d711642" } };

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct tuf_metadata m = { .role = TUF_TARGETS,
			.body = json_pack("{s:{s:{}, s:{s:i, s:s}}}", "delegations", "keys", "succinct_roles",
			    "bit_length", cases[i].bits, "name_prefix", "b") };
		struct tuf_delegation d;
		size_t at = 0;

		CHECK_EQ(tuf_delegation_next(&m, "x", &at, &d, NULL), ERR_NONE);
		CHECK_TEXT(d.role, cases[i].role);
		CHECK(d.terminating);
		CHECK_EQ(tuf_delegation_next(&m, "x", &at, &d, NULL), ERR_NOT_FOUND);
		json_decref(m.body);
	}
}
