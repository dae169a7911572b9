/* Goal of this test: signatures of every construct find what they ask for, in memory and in a file, wherever
 * windows end, and nothing else; and code that is damaged is refused. test/differential compares with
 * clamscan; here each rule stands alone. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/io.h"
#include "base/test.h"
#include "crypto/hash.h"
#include "sigdb/build.h"
#include "sigdb/cvd.h"
#include "sigdb/logical.h"
#include "sigdb/signature.h"

static bool
count_finding(void *ctx, const char *name)
{
	(void)name;
	++*(unsigned *)ctx;
	return true;
}

static int
memory_file(struct bytes content)
{
	int fd = memfd_create("test", MFD_CLOEXEC);

	CHECK(fd >= 0);
	CHECK_EQ(io_write_all(fd, content), ERR_NONE);
	return fd;
}

static void
no_line_is_skipped(void *ctx, const struct sigdb_skipped *s)
{
	(void)ctx;
	fail_msg("%s:%zu: %s", s->file, s->line, s->words);
}

static struct sigdb *
build(const char *name, const char *line)
{
	static const struct sigdb_stamp stamp = { 1, 0 };
	int fd = memory_file(bytes_of(NULL, 0));
	struct sigdb_build *b;
	struct sigdb *db;

	CHECK_EQ(sigdb_build_new(&b), ERR_NONE);
	CHECK_EQ(sigdb_build_add(b, name, bytes_of_text(line), no_line_is_skipped, NULL), ERR_NONE);
	CHECK_EQ(sigdb_build_write(b, &stamp, fd, NULL), ERR_NONE);
	sigdb_build_free(b);
	CHECK_EQ(sigdb_open(fd, &db, NULL), ERR_NONE);
	close(fd);
	return db;
}

/* How many findings there are, in memory and in a file alike. */
static unsigned
findings(struct sigdb *db, struct bytes text, enum err want)
{
	struct source in_memory = source_of_memory(text), in_file;
	unsigned memory = 0, file = 0;
	struct sigdb_matcher *m;
	int fd = memory_file(text);

	CHECK_EQ(sigdb_matcher_new(db, &m), ERR_NONE);
	CHECK_EQ(source_of_file(fd, &in_file), ERR_NONE);
	CHECK_EQ(sigdb_match(m, &in_memory, true, count_finding, &memory), want);
	CHECK_EQ(sigdb_match(m, &in_file, true, count_finding, &file), want);
	CHECK_EQ(memory, file);
	sigdb_matcher_free(m);
	close(fd);
	return memory;
}

struct body_case {
	const char *line;
	const char *text;
	bool found;
};

static void
check_cases(const char *source, const struct body_case *cases, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct sigdb *db = build(source, cases[i].line);

		if (findings(db, bytes_of_text(cases[i].text), ERR_NONE) != cases[i].found)
			fail_msg("%s in %s", cases[i].line, cases[i].text);
		sigdb_close(db);
	}
}

/* "abcd" is 61626364, "wxyz" 7778797a, "1234" 31323334. */
TEST(bodies_match_by_the_rules_of_each_construct)
{
	static const struct body_case cases[] = {
		{ "N:0:*:61626364*7778797a", "..abcd..wxyz", true },
		{ "N:0:*:61626364*7778797a", "..abcdwxyz", true },
		{ "N:0:*:61626364*7778797a", "..wxyz..abcd", false },
		{ "N:0:*:61626364{2-3}7778797a", "abcd.wxyz", false },
		{ "N:0:*:61626364{2-3}7778797a", "abcd..wxyz", true },
		{ "N:0:*:61626364{2-3}7778797a", "abcd...wxyz", true },
		{ "N:0:*:61626364{2-3}7778797a", "abcd....wxyz", false },
		{ "N:0:*:61626364{2-3}7778797a", "abcd....wxyz abcd..wxyz", true },
		{ "N:0:*:61626364{2-3}7778797a", "abcd..abcd....wxyz", false },
		{ "N:0:*:61626364{-1}7778797a", "abcd.wxyz", true },
		{ "N:0:*:61626364{-1}7778797a", "abcd..wxyz", false },
		{ "N:0:*:61626364{3-}7778797a", "abcd..wxyz", false },
		{ "N:0:*:61626364{3-}7778797a", "abcd..wxyz.wxyz", true },
		{ "N:0:*:61626364{3}7778797a", "abcd...wxyz", true },
		{ "N:0:*:61626364{3}7778797a", "abcd..wxyz", false },
		{ "N:0:*:6162(63|64)77", "..abdw", true },
		{ "N:0:*:6162(63|64)77", "..abew", false },
		{ "N:0:*:6162(6364|7778|79)7a", "abwxz", true },
		{ "N:0:*:6162(6364|7778|79)7a", "abyz", true },
		{ "N:0:*:6162(6364|7778|79)7a", "abwyz", false },
		{ "N:0:*:(6364|7778|79)6162", "wxab", true },
		{ "N:0:*:6162!(63|64)77", "abew", true },
		{ "N:0:*:6162!(63|64)77", "abcw", false },
		{ "N:0:*:6162!(63|64)", "ab", false },
		{ "N:0:*:61[2-4]77787a", "a..wxz", true },
		{ "N:0:*:61[2-4]77787a", "a.....wxz", false },
		{ "N:0:*:77787a[2-4]61", "wxz...a", true },
		{ "N:0:*:77787a[2-4]61", "wxz.a", false },
		{ "N:0:1:61[2-4]77787a", "a..wxz", false },
		{ "N:0:3:61[2-4]77787a", "a..wxz", true },
		{ "N:0:*:(B)61626364", "abcd", true },
		{ "N:0:*:(B)61626364", " abcd", true },
		{ "N:0:*:(B)61626364", "xabcd", false },
		{ "N:0:*:61626364(L)", "abcd\r\n", true },
		{ "N:0:*:61626364(L)", "abcd\r.", false },
		{ "N:0:*:(W)61626364(W)", "abcd", true },
		{ "N:0:*:(W)61626364(W)", "-abcd-", true },
		{ "N:0:*:(W)61626364(W)", "-abcde", false },
		{ "N:0:*:6162?3?4", "abCE", false },
		{ "N:0:*:6162?36?", "absl", true },
		{ "N:0:2:61626364*7778797a", "..abcd wxyz", true },
		{ "N:0:1:61626364*7778797a", "..abcd wxyz", false },
		{ "N:0:EOF-9:61626364{-5}7778797a", "abcd.wxyz", true },
	};

	check_cases("a.ndb", cases, sizeof cases / sizeof cases[0]);
}

TEST(logical_signatures_hold_by_the_rules_of_each_part)
{
	static const struct body_case cases[] = {
		{ "N;Target:0;0&1;61626364;7778797a", "wxyz abcd", true },
		{ "N;Target:0;0&1;61626364;7778797a", "wxy abcd", false },
		{ "N;Target:0;0|1;61626364;7778797a", "wxyz", true },
		{ "N;Target:0;0>1&1;61626364;7778797a", "wxyz abcd", false },
		{ "N;Target:0;0>1&1;61626364;7778797a", "abcd wxyz abcd", true },
		{ "N;Target:0;0=0;61626364", "wxyz", true },
		{ "N;Target:0;0=0;61626364", "abcd", false },
		{ "N;Target:0;0<2&1;61626364;7778797a", "abcd wxyz", true },
		{ "N;Target:0;0<2&1;61626364;7778797a", "abcd abcd wxyz", false },
		{ "N;Target:0;(0|1)>2;61626364;7778797a", "abcd wxyz abcd", true },
		{ "N;Target:0;(0|1)>2,2;61626364;7778797a", "abcd abcd abcd", false },
		{ "N;Target:0;(0|1)>2,2;61626364;7778797a", "abcd abcd wxyz", true },
		{ "N;Target:0;0&1|2;61626364;7778797a;31323334", "1234", false },
		{ "N;Target:0;0&1|2;61626364;7778797a;31323334", "abcd 1234", true },
		{ "N;Target:0;0;61626364::i", "aBCd", true },
		{ "N;Target:0;0;61626364::f", "abcde", false },
		{ "N;Target:0;0;61626364::wa", "abcd", true },
		{ "N;Target:0;0;61626364::w", "abcd", false },
		{ "N;Target:0;0;2:61626364", "..abcd", true },
		{ "N;Target:0;0;2:61626364", "...abcd", false },
		{ "N;Target:0,FileSize:5-6;0;61626364", "abcd", false },
		{ "N;Target:0,FileSize:4-6;0;61626364", "abcd", true },
		{ "N;Target:0,Container:CL_TYPE_ZIP;0;61626364", "abcd", false },
		{ "N;Target:0;0&1;61626364;0/x(\\d+)y/", "abcd x12y", true },
		{ "N;Target:0;0&1;61626364;0/x(\\d+)y/", "abce x12y", false },
		{ "N;Target:0;0&1;61626364;0/X(\\d+)Y/i", "abcd x12y", true },
		{ "N;Target:0;0&1>1;61626364;0/x\\d/g", "abcd x1 x2", true },
		{ "N;Target:0;0&1>1;61626364;0/x\\d/", "abcd x1 x2", false },
		{ "N;Target:0;0&1;61626364;5:0/x\\d/", "abcd x1", true },
		{ "N;Target:0;0&1;61626364;4:0/x\\d/", "abcd x1", false },
		{ "N;Target:0;0&1;61626364;4:0/x\\d/r", "abcd x1", true },
		{ "N;Target:0;0&1;61626364;0(>>5#de2#>41)", "abcd 42", true },
		{ "N;Target:0;0&1;61626364;0(>>5#de2#>41,<42)", "abcd 42", false },
		{ "N;Target:0;0&1;61626364;0(>>4#ib1#=0x20)", "abcd 42", true },
		{ "N;Target:0;0&1;61626364;0(<<1#ib1#=0x20)", "abcd 42", false },
	};

	check_cases("a.ldb", cases, sizeof cases / sizeof cases[0]);
}

TEST(parts_are_found_across_every_window_of_a_file)
{
	static const char line[] = "N;Target:0;0&1;6d616c77(61|62)7265{2-4}6865726521;6f74686572";
	struct sigdb *db = build("a.ldb", line);
	size_t size = 3 * SIGDB_WINDOW + 1000;
	uint8_t *text = malloc(size);

	CHECK(text != NULL);
	memset(text, 0x90, size);
	memcpy(text + size - 5, "other", 5);
	CHECK_EQ(findings(db, bytes_of(text, size), ERR_NONE), 0);
	for (size_t at = SIGDB_WINDOW - 20; at < SIGDB_WINDOW + 4; at++) {
		memcpy(text + at, "malware...here!", 15);
		CHECK_EQ(findings(db, bytes_of(text, size), ERR_NONE), 1);
		memset(text + at, 0x90, 15);
	}
	free(text);
	sigdb_close(db);
}

static void
note_part(void *ctx, const struct sigdb_part *part)
{
	char *text = ctx;

	snprintf(text + strlen(text), 200 - strlen(text), "%s.%u %u-%u; ", part->name, (unsigned)part->sub,
	    (unsigned)part->start, (unsigned)part->end);
}

TEST(who_asks_hears_of_each_part_also_of_what_does_not_match)
{
	struct sigdb *db = build("a.ldb", "N;Target:0;0&1;61626364{2-3}7778;31323334");
	struct source object = source_of_memory(bytes_of_text("abcd..wx abcd"));
	struct sigdb_matcher *m;
	char parts[200] = "";
	unsigned found = 0;

	CHECK_EQ(sigdb_matcher_new(db, &m), ERR_NONE);
	sigdb_matcher_trace(m, note_part, parts);
	CHECK_EQ(sigdb_match(m, &object, true, count_finding, &found), ERR_NONE);
	CHECK_EQ(found, 0);
	/* The second subsignature is nowhere; its anchor may never have woken the signature. */
	CHECK(parts[0] == '\0' || strcmp(parts, "N.0 0-4; N.0 6-8; N.0 9-13; ") == 0);
	object = source_of_memory(bytes_of_text("abcd..wx abcd 1234"));
	parts[0] = '\0';
	CHECK_EQ(sigdb_match(m, &object, true, count_finding, &found), ERR_NONE);
	CHECK_EQ(found, 1);
	CHECK_TEXT(parts, "N.0 0-4; N.0 6-8; N.0 9-13; N.1 14-18; ");
	sigdb_matcher_free(m);
	sigdb_close(db);
}

static void
note_warning(void *ctx, const struct sigdb_skipped *s)
{
	CHECK_EQ(s->reason, SIGDB_TAKEN);
	CHECK(s->words[0] != '\0');
	*(size_t *)ctx = *(size_t *)ctx * 10 + s->line;
}

TEST(lines_that_slow_every_scan_are_warned_of)
{
	struct sigdb_build *b;
	size_t lines = 0;

	CHECK_EQ(sigdb_build_new(&b), ERR_NONE);
	sigdb_build_warn(b, note_warning, &lines);
	CHECK_EQ(sigdb_build_add(b, "a.ldb",
		     bytes_of_text("A;Target:0;0;61626364\nB;Target:0;0=0;61626364\nC;Target:0;0;6162\n"
				   "D;Target:0;0&1;6162;61626364\nE;Target:0;0|1;6162;61626364\n"),
		     no_line_is_skipped, NULL),
	    ERR_NONE);
	CHECK_EQ(lines, 235);
	sigdb_build_free(b);
}

TEST(a_trusted_file_has_no_findings_and_an_ignored_name_is_not_found)
{
	static const struct sigdb_stamp stamp = { 1, 0 };
	static const char trusted[] = "e2fc714c4727ee9395f324cd2e7f331f:4:Trusted.File\n"; /* abcd */
	int fd = memory_file(bytes_of(NULL, 0));
	struct sigdb_build *b;
	struct sigdb *db;

	CHECK_EQ(sigdb_build_new(&b), ERR_NONE);
	CHECK_EQ(sigdb_build_add(b, "a.ign2", bytes_of_text("Ignored.Name\n"), no_line_is_skipped, NULL),
	    ERR_NONE);
	CHECK_EQ(sigdb_build_add(b, "a.fp", bytes_of_text(trusted), no_line_is_skipped, NULL), ERR_NONE);
	CHECK_EQ(sigdb_build_add(b, "a.ndb",
		     bytes_of_text("Good:0:*:61626364\nIgnored.Name:0:*:6162\n"), NULL, NULL),
	    ERR_NONE);
	CHECK_EQ(sigdb_build_counts(b)->skipped[SIGDB_IGNORED], 1);
	CHECK_EQ(sigdb_build_write(b, &stamp, fd, NULL), ERR_NONE);
	sigdb_build_free(b);
	CHECK_EQ(sigdb_open(fd, &db, NULL), ERR_NONE);
	close(fd);
	CHECK_EQ(findings(db, bytes_of_text("abcd"), ERR_NONE), 0);
	CHECK_EQ(findings(db, bytes_of_text("abcd."), ERR_NONE), 1);
	sigdb_close(db);
}

TEST(a_regular_expression_that_never_ends_is_cut_off_and_said)
{
	struct sigdb *db = build("a.ldb", "N;Target:0;0&1;61626364;0/(a+)+$/");
	char text[64] = "abcd aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab";

	CHECK_EQ(findings(db, bytes_of_text(text), ERR_LIMIT), 0);
	sigdb_close(db);
}

/* A tar of one file, behind the header of a container. */
static size_t
make_container(uint8_t *file, const char *name, const char *content, bool true_digest)
{
	size_t n = strlen(content), tar = 512 + (n + 511) / 512 * 512 + 1024;
	uint8_t *block = file + CVD_HEADER, digest[HASH_MAX];
	char hex[33] = "";

	memset(file, 0, CVD_HEADER + tar);
	snprintf((char *)block, 100, "%s", name);
	snprintf((char *)block + 124, 12, "%011o", (unsigned)n);
	block[156] = '0';
	memcpy(block + 512, content, n);
	CHECK_EQ(hash_of(HASH_MD5, bytes_of(block, tar), digest), ERR_NONE);
	for (int i = 0; i < 16; i++)
		snprintf(hex + 2 * i, 3, "%02x", digest[i] ^ (true_digest ? 0 : 1));
	memset(file, ' ', CVD_HEADER);
	n = (size_t)snprintf((char *)file, CVD_HEADER,
	    "ClamAV-VDB:16 Sep 2021 08-32 -0400:62:1:90:%s:sig:builder:1631795562", hex);
	file[n] = ' ';
	return CVD_HEADER + tar;
}

TEST(a_container_is_read_like_the_sources_in_it_or_told_to_be_damaged)
{
	static uint8_t file[8192];
	struct sigdb_build *b;
	size_t n;

	CHECK_EQ(sigdb_build_new(&b), ERR_NONE);
	n = make_container(file, "main.ndb", "A:0:*:61626364\nB:0:*:6161626263\n", true);
	CHECK_EQ(sigdb_build_add(b, "m.cvd", bytes_of(file, n), no_line_is_skipped, NULL), ERR_NONE);
	CHECK_EQ(sigdb_build_counts(b)->taken[SIGDB_BODY_PATTERN], 2);
	CHECK_EQ(sigdb_build_counts(b)->containers, 1);
	CHECK_EQ(sigdb_build_add(b, "m.cvd", bytes_of(file, n - 1), NULL, NULL), ERR_NONE);
	CHECK_EQ(sigdb_build_counts(b)->skipped[SIGDB_MALFORMED], 1);
	n = make_container(file, "main.ndb", "A:0:*:61626364\n", false);
	CHECK_EQ(sigdb_build_add(b, "m.cvd", bytes_of(file, n), NULL, NULL), ERR_NONE);
	CHECK_EQ(sigdb_build_counts(b)->skipped[SIGDB_MALFORMED], 2);
	for (size_t cut = 0; cut < n; cut += 61) {
		uint8_t *exact = test_copy(file, cut);
		struct cvd c;

		if (cvd_open(bytes_of(exact, cut), &c) == ERR_NONE)
			CHECK(cvd_each(&c, 1 << 20, NULL, NULL) != ERR_NONE || cut < 512);
		free(exact);
		if (cut > CVD_HEADER + 512)
			break;
	}
	sigdb_build_free(b);
}

static void
count_warning(void *ctx, const struct sigdb_skipped *s)
{
	size_t *n = ctx;

	CHECK_EQ(s->reason, SIGDB_TAKEN);
	CHECK_EQ(s->line, 0);
	++*n;
}

TEST(a_container_that_nobody_signed_is_taken_with_a_warning)
{
	static uint8_t file[8192];
	size_t n = make_container(file, "main.ndb", "A:0:*:61626364\n", true), warnings = 0;
	struct sigdb_build *b;

	CHECK_EQ(sigdb_build_new(&b), ERR_NONE);
	sigdb_build_warn(b, count_warning, &warnings);
	CHECK_EQ(sigdb_build_add(b, "m.cvd", bytes_of(file, n), no_line_is_skipped, NULL), ERR_NONE);
	CHECK_EQ(warnings, 1);
	CHECK_EQ(sigdb_build_counts(b)->containers, 1);
	CHECK_EQ(sigdb_build_counts(b)->signed_containers, 0);
	sigdb_build_free(b);
}

/* Digest and signature of an official daily.cvd, version 25784 of 16 April 2020. */
TEST(an_official_containers_signature_holds_over_its_digest_and_no_other)
{
	static const char signature[] =
	    "4Jp9JtGJY6nUk8JHDQQpQeBwlfXqskvhXL+vesDNqAeWCmjbudU+Hy/Nj4/BH2vl70c/R5B/VYY+eqqCQo6o7VGLqLJr/E+"
	    "19gejqMp/iRcuHrtnLw6V/x3UjO3/qYVSlcJvAjtMI7FK32wjB+Sp8kaS/ZbfaFQp6trRQhisjqf";
	uint8_t digest[16] = { 0x92, 0xba, 0xac, 0xd5, 0x9f, 0xd2, 0x6e, 0x6b, 0xcf, 0x03, 0x07, 0x7a, 0xdd,
		0x78, 0xd2, 0x09 };
	size_t n = sizeof signature - 1;
	enum cvd_signed is_signed;

	CHECK_EQ(cvd_check_signature(bytes_of_text(signature), digest, &is_signed), ERR_NONE);
	CHECK_EQ(is_signed, CVD_SIGNED_CLAMAV);
	for (size_t bit = 0; bit < 128; bit++) {
		digest[bit / 8] ^= (uint8_t)(1U << bit % 8);
		CHECK_EQ(cvd_check_signature(bytes_of_text(signature), digest, &is_signed), ERR_NONE);
		CHECK_EQ(is_signed, CVD_SIGNED_NOT);
		digest[bit / 8] ^= (uint8_t)(1U << bit % 8);
	}
	for (size_t cut = 0; cut < n; cut++) {
		char *exact = (char *)test_copy((const uint8_t *)signature, cut);

		CHECK_EQ(cvd_check_signature(bytes_of(exact, cut), digest, &is_signed), ERR_NONE);
		CHECK_EQ(is_signed, CVD_SIGNED_NOT);
		free(exact);
	}
}

TEST(what_is_no_signature_of_a_container_says_nothing)
{
	static const char *const none[] = { "", "s", "X", "no signature", "a:b", "////" };
	const uint8_t digest[16] = { 0 };
	enum cvd_signed is_signed;
	char large[400];

	memset(large, '/', sizeof large);
	CHECK_EQ(cvd_check_signature(bytes_of(large, sizeof large), digest, &is_signed), ERR_NONE);
	CHECK_EQ(is_signed, CVD_SIGNED_NOT);
	for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
		CHECK_EQ(cvd_check_signature(bytes_of_text(none[i]), digest, &is_signed), ERR_NONE);
		CHECK_EQ(is_signed, CVD_SIGNED_NOT);
	}
}

TEST(what_is_no_regular_expression_is_told_with_its_reason)
{
	struct sigdb_build *b;

	CHECK_EQ(sigdb_build_new(&b), ERR_NONE);
	CHECK_EQ(sigdb_build_add(b, "a.ldb", bytes_of_text("N;Target:0;0&1;61626364;0/(a/\n"), NULL, NULL),
	    ERR_NONE);
	CHECK_EQ(sigdb_build_counts(b)->skipped[SIGDB_MALFORMED], 1);
	CHECK_EQ(sigdb_build_counts(b)->taken[SIGDB_LOGICAL], 0);
	sigdb_build_free(b);
}

TEST(places_without_end_are_cut_off_and_said)
{
	struct sigdb *db = build("a.ndb", "N:0:*:6161{-100000}6262{-100000}6363");
	size_t size = 1 << 20;
	uint8_t *text = malloc(size);

	CHECK(text != NULL);
	/* One long stretch is fine; more stretches than are kept are not. */
	memset(text, 'a', size);
	CHECK_EQ(findings(db, bytes_of(text, size), ERR_NONE), 0);
	for (size_t i = 0; i < size; i++)
		text[i] = (uint8_t)"aa.bb."[i % 6];
	CHECK_EQ(findings(db, bytes_of(text, size), ERR_LIMIT), 0);
	free(text);
	sigdb_close(db);
}

TEST(no_truncated_or_flipped_code_is_read_past_its_end)
{
	static const char line[] = "N;Engine:81-255,Target:1,FileSize:1-9;(0|1)>2&2;EP+3:6162(63|64)*7778[2-4]79;"
				   "61626364::iwa;0/x+/i;0(>>1#ib2#>4)";
	static struct draft d;
	struct rarity *rarity;
	struct signature *s;
	const char *words;
	struct buf code;

	CHECK_EQ(rarity_new(1, &rarity), ERR_NONE);
	draft_clear(&d, rarity);
	CHECK_EQ(logical_read(&d, bytes_of_text(line), &words), SIGDB_TAKEN);
	buf_init(&code, SIZE_MAX);
	signature_write(&d.signature, &code);
	CHECK_EQ(signature_read(buf_bytes(&code), &s), ERR_NONE);
	CHECK_EQ(s->sub_count, 4);
	CHECK_EQ(s->part_count, d.signature.part_count);
	free(s);
	for (size_t n = 0; n < code.n; n++) {
		uint8_t *exact = test_copy(code.p, n);

		CHECK(signature_read(bytes_of(exact, n), &s) != ERR_NONE);
		free(exact);
	}
	for (size_t bit = 0; bit < 8 * code.n; bit++) {
		uint8_t *exact = test_copy(code.p, code.n);

		exact[bit / 8] ^= (uint8_t)(1U << (bit % 8));
		if (signature_read(bytes_of(exact, code.n), &s) == ERR_NONE)
			free(s);
		free(exact);
	}
	buf_fini(&code);
	rarity_free(rarity);
}

TEST(logical_lines_are_left_out_for_the_right_reason)
{
	static const struct {
		const char *line;
		enum sigdb_reason reason;
	} cases[] = {
		{ "", SIGDB_MALFORMED },
		{ "N;Target:0;0", SIGDB_MALFORMED },
		{ "N;Target:0;0;", SIGDB_MALFORMED },
		{ "N;Target:0;1;61626364", SIGDB_MALFORMED },
		{ "N;Target:0;0&;61626364", SIGDB_MALFORMED },
		{ "N;Target:0;(0;61626364", SIGDB_MALFORMED },
		{ "N;Target:0;0);61626364", SIGDB_MALFORMED },
		{ "N;Target:0;0>;61626364", SIGDB_MALFORMED },
		{ "N;Target:99;0;61626364", SIGDB_MALFORMED },
		{ "N;Engine:217-255,Target:0;0;61626364", SIGDB_LEVEL },
		{ "N;Engine:81-100,Target:0;0;61626364", SIGDB_LEVEL },
		{ "N;Target:0,IconGroup1:X;0;61626364", SIGDB_LATER },
		{ "N;Target:0,HandlerType:CL_TYPE_ZIP;0;61626364", SIGDB_LATER },
		{ "N;Target:0,Sky:blue;0;61626364", SIGDB_LATER },
		{ "N;Target:0,Container:CL_TYPE_X;0;61626364", SIGDB_MALFORMED },
		{ "N;Target:0,FileSize:9-1;0;61626364", SIGDB_MALFORMED },
		{ "N;Target:0,EntryPoint:1-9;0;61626364", SIGDB_MALFORMED },
		{ "N;Target:0;0&1;61626364;${6-7}12$", SIGDB_LATER },
		{ "N;Target:0;0&1;61626364;fuzzy_img#af2ad01ed42993c7#0", SIGDB_LATER },
		{ "N;Target:0;0&1;61626364;9/x/", SIGDB_MALFORMED },
		{ "N;Target:0;0&1;61626364;0/x/Q", SIGDB_MALFORMED },
		{ "N;Target:0;0&1;61626364;0/x", SIGDB_MALFORMED },
		{ "N;Target:0;0&1;61626364;2(>>1#ib1#=1)", SIGDB_MALFORMED },
		{ "N;Target:0;0&1;61626364;0(>>1#ib3#=1)", SIGDB_MALFORMED },
		{ "N;Target:0;0&1;61626364;0(>>1#ib1#=1,>2,<3)", SIGDB_MALFORMED },
		{ "N;Target:0;0;61626364::z", SIGDB_MALFORMED },
		{ "N;Target:0;0;61", SIGDB_TOO_SHORT },
	};
	static struct draft d;
	struct rarity *rarity;

	CHECK_EQ(rarity_new(1, &rarity), ERR_NONE);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		uint8_t *exact = test_copy(cases[i].line, strlen(cases[i].line));
		const char *words = "";

		draft_clear(&d, rarity);
		CHECK_EQ(logical_read(&d, bytes_of(exact, strlen(cases[i].line)), &words), cases[i].reason);
		CHECK(words[0] != '\0');
		free(exact);
	}
	rarity_free(rarity);
}
