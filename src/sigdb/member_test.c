/* Goal of this test: what a signature says of members of containers is read to the letter, kept in the
 * database, and holds for exactly the members that it means. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/test.h"
#include "sigdb/member.h"
#include "sigdb/object.h"

#define FIELDS_AFTER_NAME ":*:*:*:*:*:*:*:*:*"

static enum sigdb_reason
read_line(const char *text)
{
	uint8_t *exact = test_copy(text, strlen(text));
	char name[SIGDB_NAME_SIZE];
	struct member_rule rule;
	const char *words = "";
	enum sigdb_reason reason = member_read_line(bytes_of(exact, strlen(text)), name, &rule, &words);

	free(exact);
	CHECK((reason == SIGDB_TAKEN) == (words[0] == '\0'));
	return reason;
}

/* The third file of a zip of 5,000 bytes. */
static struct sigdb_member
member(void)
{
	return (struct sigdb_member){ .name = bytes_of_text("folder/Invoice.pdf.exe"),
		.container = (uint8_t)object_type_by_name(bytes_of_text("CL_TYPE_ZIP")),
		.container_size = 5000, .packed = 400, .size = 1000, .position = 3, .has_crc = true,
		.crc = 0x1342fae9 };
}

static bool
count(void *ctx, const char *name)
{
	size_t *n = ctx;

	CHECK_TEXT(name, "N");
	++*n;
	return true;
}

static struct sigdb *
compile(const char *text)
{
	static const struct sigdb_stamp stamp = { 1, 1 };
	int fd = memfd_create("members", MFD_CLOEXEC);
	struct sigdb_build *b;
	struct sigdb *db;

	CHECK_EQ(sigdb_build_new(&b), ERR_NONE);
	CHECK_EQ(sigdb_build_add(b, "a.cdb", bytes_of_text(text), NULL, NULL), ERR_NONE);
	CHECK_EQ(sigdb_build_counts(b)->taken[SIGDB_MEMBER], 1);
	CHECK_EQ(sigdb_build_write(b, &stamp, fd, NULL), ERR_NONE);
	sigdb_build_free(b);
	CHECK_EQ(sigdb_open(fd, &db, NULL), ERR_NONE);
	close(fd);
	return db;
}

/* Does the line hold for the member? */
static bool
holds(const char *line, const struct sigdb_member *m)
{
	struct sigdb *db = compile(line);
	struct sigdb_matcher *matcher;
	size_t n = 0;

	CHECK_EQ(sigdb_matcher_new(db, &matcher), ERR_NONE);
	CHECK_EQ(sigdb_match_member(matcher, m, true, count, &n), ERR_NONE);
	sigdb_matcher_free(matcher);
	sigdb_close(db);
	CHECK(n <= 1);
	return n == 1;
}

TEST(each_field_of_a_member_decides)
{
	static const struct {
		const char *line;
		bool holds;
	} cases[] = {
		{ "N" FIELDS_AFTER_NAME, true },
		{ "N:CL_TYPE_ZIP:*:*:*:*:*:*:*:*", true },
		{ "N:CL_TYPE_RAR:*:*:*:*:*:*:*:*", false },
		{ "N:CL_TYPE_ANY:*:*:*:*:*:*:*:*", true },
		{ "N:*:5000:*:*:*:*:*:*:*", true },
		{ "N:*:4999:*:*:*:*:*:*:*", false },
		{ "N:*:4000-5000:*:*:*:*:*:*:*", true },
		{ "N:*:5001-0:*:*:*:*:*:*:*", false },
		{ "N:*:5000-0:*:*:*:*:*:*:*", true },
		{ "N:*:*:Invoice:*:*:*:*:*:*", true },
		{ "N:*:*:invoice:*:*:*:*:*:*", false },
		{ "N:*:*:(INVOICE|invoice):*:*:*:*:*:*", false },
		{ "N:*:*:\\.(pdf|doc)\\.exe$:*:*:*:*:*:*", true },
		{ "N:*:*:^Invoice:*:*:*:*:*:*", false },
		{ "N:*:*:*:400:*:*:*:*:*", true },
		{ "N:*:*:*:401-500:*:*:*:*:*", false },
		{ "N:*:*:*:*:1000:*:*:*:*", true },
		{ "N:*:*:*:*:1-999:*:*:*:*", false },
		{ "N:*:*:*:*:*:0:*:*:*", true },
		{ "N:*:*:*:*:*:1:*:*:*", false },
		{ "N:*:*:*:*:*:*:3:*:*", true },
		{ "N:*:*:*:*:*:*:1-2:*:*", false },
		{ "N:CL_TYPE_ZIP:*:*:*:*:*:*:1342FAE9:*", true },
		{ "N:CL_TYPE_ZIP:*:*:*:*:*:*:1342fae8:*", false },
		{ "N:CL_TYPE_ZIP:5000:exe$:400:1000:0:3:1342fae9:*:1:255", true },
	};
	struct sigdb_member m = member();

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		bool got = holds(cases[i].line, &m);

		if (got != cases[i].holds)
			fprintf(stderr, "# %s\n", cases[i].line);
		CHECK_EQ(got, cases[i].holds);
	}
}

TEST(what_a_container_does_not_say_fits_no_range)
{
	struct sigdb_member m = member();

	m.packed = SIGDB_UNKNOWN;
	CHECK(!holds("N:*:*:*:0-0:*:*:*:*:*", &m));
	CHECK(!holds("N:*:*:*:1-0:*:*:*:*:*", &m));
	CHECK(holds("N" FIELDS_AFTER_NAME, &m));
	m.has_crc = false;
	CHECK(!holds("N:CL_TYPE_ZIP:*:*:*:*:*:*:1342fae9:*", &m));
	/* Of other containers the field says nothing. */
	CHECK(holds("N:*:*:*:*:*:*:*:1342fae9:*", &m));
}

TEST(lines_that_say_nothing_of_a_member_are_refused)
{
	static const char *const malformed[] = { "N", "N:*:*:*:*:*:*:*:*", "N:*:*:*:*:*:*:*:*:*:1:2:3",
		":*:*:*:*:*:*:*:*:*", "N:CL_TYPE_NONE_SUCH:*:*:*:*:*:*:*:*", "N:*:x:*:*:*:*:*:*:*",
		"N:*:1-:*:*:*:*:*:*:*", "N:*:-1:*:*:*:*:*:*:*", "N:*:9-1:*:*:*:*:*:*:*",
		"N:*:*::*:*:*:*:*:*", "N:*:*:(:*:*:*:*:*:*", "N:*:*:*:*:*:2:*:*:*",
		"N:*:*:*:99999999999:*:*:*:*:*", "N:CL_TYPE_ZIP:*:*:*:*:*:*:123456789:*",
		"N:CL_TYPE_ZIP:*:*:*:*:*:*:wrong:*" };

	for (size_t i = 0; i < sizeof malformed / sizeof malformed[0]; i++)
		CHECK_EQ(read_line(malformed[i]), SIGDB_MALFORMED);
	CHECK_EQ(read_line("N" FIELDS_AFTER_NAME ":217"), SIGDB_LEVEL);
	CHECK_EQ(read_line("N" FIELDS_AFTER_NAME ":1:215"), SIGDB_LEVEL);
	CHECK_EQ(read_line("N" FIELDS_AFTER_NAME ":1:216"), SIGDB_TAKEN);
}

TEST(a_rule_is_refused_at_every_truncation)
{
	struct member_rule rule = { .name = 7, .lock = MEMBER_OPEN, .pattern = bytes_of_text("a.*b") }, got;
	struct buf b;
	struct reader r;

	buf_init(&b, 1000);
	member_write(&rule, &b);
	for (size_t n = 0; n < b.n; n++) {
		uint8_t *exact = test_copy(b.p, n);

		r = reader_over(bytes_of(exact, n));
		CHECK_EQ(member_read(&r, &got), ERR_MALFORMED);
		free(exact);
	}
	r = reader_over(buf_bytes(&b));
	CHECK_EQ(member_read(&r, &got), ERR_NONE);
	CHECK(reader_is_done(&r));
	CHECK_EQ(got.name, 7);
	CHECK_EQ(got.lock, MEMBER_OPEN);
	CHECK_BYTES(got.pattern, rule.pattern);
	buf_fini(&b);
}

TEST(an_expression_that_never_ends_is_cut_off_and_said)
{
	struct sigdb *db = compile("N:*:*:(a+)+$:*:*:*:*:*:*");
	struct sigdb_member m = member();
	struct sigdb_matcher *matcher;
	size_t n = 0;

	m.name = bytes_of_text("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab");
	CHECK_EQ(sigdb_matcher_new(db, &matcher), ERR_NONE);
	CHECK_EQ(sigdb_match_member(matcher, &m, true, count, &n), ERR_LIMIT);
	CHECK_EQ(n, 0);
	sigdb_matcher_free(matcher);
	sigdb_close(db);
}
