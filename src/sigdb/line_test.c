/* Goal of this test: lines of signature sources are read to the letter, and each that is left out
 * is left out for the right reason. */
#include <stdlib.h>

#include "base/test.h"
#include "match/digestset.h"
#include "sigdb/line.h"

#define MD5 "0123456789abcdef0123456789ABCDEF"
#define SHA1 MD5 "01234567"
#define SHA256 MD5 MD5

/* Read from exactly as many bytes as there are. */
static enum sigdb_reason
read_hash(const char *text, struct line_hash *out)
{
	uint8_t *exact = test_copy(text, strlen(text));
	const char *words = "";
	enum sigdb_reason reason = line_read_hash(bytes_of(exact, strlen(text)), out, &words);

	free(exact);
	CHECK((reason == SIGDB_TAKEN) == (words[0] == '\0'));
	return reason;
}

static enum sigdb_reason
read_body(const char *text, struct draft *out)
{
	uint8_t *exact = test_copy(text, strlen(text));
	const char *words = "";
	enum sigdb_reason reason;
	struct rarity *rarity;

	CHECK_EQ(rarity_new(1, &rarity), ERR_NONE);
	draft_clear(out, rarity);
	reason = line_read_body(bytes_of(exact, strlen(text)), out, &words);
	rarity_free(rarity);
	free(exact);
	CHECK((reason == SIGDB_TAKEN) == (words[0] == '\0'));
	return reason;
}

TEST(hash_lines_are_read_in_every_field)
{
	struct line_hash h;

	CHECK_EQ(read_hash(MD5 ":68:Win.Test-1", &h), SIGDB_TAKEN);
	CHECK_EQ(h.kind, HASH_MD5);
	CHECK_EQ(h.size, 68);
	CHECK_TEXT(h.name, "Win.Test-1");
	CHECK_EQ(h.digest[0], 0x01);
	CHECK_EQ(h.digest[15], 0xef);
	CHECK_EQ(h.digest[16], 0);
	CHECK_EQ(read_hash(SHA1 ":1:N", &h), SIGDB_TAKEN);
	CHECK_EQ(h.kind, HASH_SHA1);
	CHECK_EQ(read_hash(SHA256 ":*:N:73", &h), SIGDB_TAKEN);
	CHECK_EQ(h.kind, HASH_SHA256);
	CHECK_EQ(h.size, DIGEST_ANY_SIZE);
}

TEST(hash_lines_are_left_out_for_the_right_reason)
{
	static const struct {
		const char *line;
		enum sigdb_reason reason;
	} cases[] = {
		{ "", SIGDB_MALFORMED },
		{ MD5, SIGDB_MALFORMED },
		{ MD5 ":68", SIGDB_MALFORMED },
		{ MD5 ":68:", SIGDB_MALFORMED },
		{ MD5 "0:68:N", SIGDB_MALFORMED },
		{ "g123456789abcdef0123456789abcdef:68:N", SIGDB_MALFORMED },
		{ MD5 ":-1:N", SIGDB_MALFORMED },
		{ MD5 ":0:N", SIGDB_MALFORMED },
		{ MD5 "::N", SIGDB_MALFORMED },
		{ MD5 ":4294967294:N", SIGDB_TAKEN },
		{ MD5 ":4294967295:N", SIGDB_TOO_LONG },
		{ MD5 ":99999999999999999999999:N", SIGDB_TOO_LONG },
		{ MD5 ":*:N", SIGDB_MALFORMED },
		{ MD5 ":*:N:72", SIGDB_MALFORMED },
		{ MD5 ":*:N:216", SIGDB_TAKEN },
		{ MD5 ":*:N:217", SIGDB_LEVEL },
		{ MD5 ":1:N:1:215", SIGDB_LEVEL },
		{ MD5 ":1:N:1:216", SIGDB_TAKEN },
		{ MD5 ":1:N:x", SIGDB_MALFORMED },
		{ MD5 ":1:N:1:x", SIGDB_MALFORMED },
		{ MD5 ":1:N:1:300:9", SIGDB_MALFORMED },
		{ MD5 ":1:N:::::::::", SIGDB_MALFORMED },
		{ MD5 ":1:bad\x1bname", SIGDB_MALFORMED },
	};
	struct line_hash h;

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		CHECK_EQ(read_hash(cases[i].line, &h), cases[i].reason);
}

TEST(a_name_may_have_255_bytes)
{
	char line[400] = MD5 ":1:";
	struct line_hash h;
	size_t n = strlen(line);

	memset(line + n, 'x', 255);
	CHECK_EQ(read_hash(line, &h), SIGDB_TAKEN);
	CHECK_EQ(strlen(h.name), 255);
	line[n + 255] = 'x';
	CHECK_EQ(read_hash(line, &h), SIGDB_TOO_LONG);
}

TEST(body_lines_are_read_in_every_field)
{
	static struct draft b;

	CHECK_EQ(read_body("Doc.Test-2:0:*:dEadBE?f?0??", &b), SIGDB_TAKEN);
	CHECK_TEXT(b.name, "Doc.Test-2");
	CHECK_EQ(b.subs[0].where.kind, WHERE_ANY);
	CHECK_EQ(b.signature.part_count, 1);
	CHECK_EQ(b.parts[0].count, 1);
	CHECK_BYTES(bytes_of(b.atoms[0].value, b.atoms[0].n),
	    bytes_of("\xde\xad\xbe\x0f\x00\x00", 6));
	CHECK_BYTES(bytes_of(b.atoms[0].mask, b.atoms[0].n),
	    bytes_of("\xff\xff\xff\x0f\x0f\x00", 6));
	CHECK_EQ(read_body("N::17:abcd", &b), SIGDB_TAKEN);
	CHECK_EQ(b.subs[0].where.kind, WHERE_START);
	CHECK_EQ(b.subs[0].where.from, 17);
	CHECK_EQ(b.subs[0].where.shift, 0);
	CHECK_EQ(read_body("N:0:EOF-20,5:abcd:1:255", &b), SIGDB_TAKEN);
	CHECK_EQ(b.subs[0].where.kind, WHERE_END);
	CHECK_EQ(b.subs[0].where.from, 20);
	CHECK_EQ(b.subs[0].where.shift, 5);
	CHECK_EQ(read_body("N:1:S3+0x:abcd", &b), SIGDB_MALFORMED);
	CHECK_EQ(read_body("N:1:S3+20:abcd", &b), SIGDB_TAKEN);
	CHECK_EQ(b.subs[0].where.kind, WHERE_SECTION);
	CHECK_EQ(b.subs[0].where.number, 3);
	CHECK_EQ(b.subs[0].where.from, 20);
}

TEST(body_lines_are_left_out_for_the_right_reason)
{
	static const struct {
		const char *line;
		enum sigdb_reason reason;
	} cases[] = {
		{ "", SIGDB_MALFORMED },
		{ "N:0:*", SIGDB_MALFORMED },
		{ "N:0:*:", SIGDB_MALFORMED },
		{ ":0:*:abcd", SIGDB_MALFORMED },
		{ "N:0:*:abc", SIGDB_MALFORMED },
		{ "N:0:*:abxy", SIGDB_MALFORMED },
		{ "N:x:*:abcd", SIGDB_MALFORMED },
		{ "N:1:*:abcd", SIGDB_TAKEN },
		{ "N:14:*:abcd", SIGDB_LATER },
		{ "N:0:EP+3:abcd", SIGDB_MALFORMED },
		{ "N:1:EP+3:abcd", SIGDB_TAKEN },
		{ "N:6:EP-3,20:abcd", SIGDB_TAKEN },
		{ "N:0:S0+1:abcd", SIGDB_MALFORMED },
		{ "N:1:S96+1:abcd", SIGDB_MALFORMED },
		{ "N:1:SE95:abcd", SIGDB_TAKEN },
		{ "N:9:SL+1:abcd", SIGDB_TAKEN },
		{ "N:1:VI:abcd", SIGDB_TAKEN },
		{ "N:6:VI:abcd", SIGDB_MALFORMED },
		{ "N:1:$12:abcd", SIGDB_LATER },
		{ "N:0:EOF:abcd", SIGDB_MALFORMED },
		{ "N:0:EOF-:abcd", SIGDB_MALFORMED },
		{ "N:0:-3:abcd", SIGDB_MALFORMED },
		{ "N:0:1,:abcd", SIGDB_MALFORMED },
		{ "N:0:,1:abcd", SIGDB_MALFORMED },
		{ "N:0::abcd", SIGDB_MALFORMED },
		{ "N:0:4294967296:abcd", SIGDB_MALFORMED },
		{ "N:0:*:abcd*ef00", SIGDB_TAKEN },
		{ "N:0:*:abcd{2-5}ef00", SIGDB_TAKEN },
		{ "N:0:*:abcd{-5}ef00{7}1234{130}4567{9-}8910", SIGDB_TAKEN },
		{ "N:0:*:abcd(aa|bb)", SIGDB_TAKEN },
		{ "N:0:*:abcd(aa|bbcc|dd?0)", SIGDB_TAKEN },
		{ "N:0:*:abcd!(aa)", SIGDB_TAKEN },
		{ "N:0:*:abcd!(aa|bbcc)", SIGDB_MALFORMED },
		{ "N:0:*:abcd(aa|(bb|cc))", SIGDB_BODY },
		{ "N:0:*:abcd[1-2]aa", SIGDB_TAKEN },
		{ "N:0:*:(B)abcd(L)ff!(W)", SIGDB_TAKEN },
		{ "N:0:*:abcd[1-33]aa", SIGDB_MALFORMED },
		{ "N:0:*:abcd{5-2}ef00", SIGDB_MALFORMED },
		{ "N:0:*:abcd{}ef00", SIGDB_MALFORMED },
		{ "N:0:*:abcd{-}ef00", SIGDB_MALFORMED },
		{ "N:0:*:abcd{3ef00", SIGDB_MALFORMED },
		{ "N:0:*:abcd(aa|", SIGDB_MALFORMED },
		{ "N:0:*:abcd()", SIGDB_MALFORMED },
		{ "N:0:*:abcd!", SIGDB_MALFORMED },
		{ "N:0:*:*abcd", SIGDB_MALFORMED },
		{ "N:0:*:abcd*", SIGDB_MALFORMED },
		{ "N:0:*:ab??cd", SIGDB_TOO_SHORT },
		{ "N:0:*:abcd*ef", SIGDB_TOO_SHORT },
		{ "N:0:*:abcd:217", SIGDB_LEVEL },
		{ "N:0:*:abcd:1:2:3", SIGDB_MALFORMED },
	};
	static struct draft b;

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		CHECK_EQ(read_body(cases[i].line, &b), cases[i].reason);
}

TEST(a_body_may_have_as_many_bytes_as_a_pattern)
{
	static char line[2 * PATTERN_BYTES_MAX + 20] = "N:0:*:";
	static struct draft b;
	size_t n = strlen(line);

	memset(line + n, 'a', 2 * PATTERN_BYTES_MAX);
	CHECK_EQ(read_body(line, &b), SIGDB_TAKEN);
	CHECK_EQ(b.atoms[0].n, PATTERN_BYTES_MAX);
	line[n + 2 * PATTERN_BYTES_MAX] = 'a';
	line[n + 2 * PATTERN_BYTES_MAX + 1] = 'a';
	CHECK_EQ(read_body(line, &b), SIGDB_TOO_LONG);
}

TEST(no_truncated_line_reads_past_its_end)
{
	static const char hash[] = SHA256 ":*:Name:73:300";
	static const char body[] = "Name:1:EP+20,30:a?bbccdd?0(aa|bbb?)[1-3]ccdd{4-9}eeff*!(aa)1122(B):1:300";
	static struct draft b;
	struct rarity *rarity;
	struct line_hash h;
	const char *words;

	CHECK_EQ(rarity_new(1, &rarity), ERR_NONE);
	for (size_t n = 0; n < sizeof hash; n++) {
		uint8_t *exact = test_copy(hash, n);

		(void)line_read_hash(bytes_of(exact, n), &h, &words);
		free(exact);
	}
	for (size_t n = 0; n < sizeof body; n++) {
		uint8_t *exact = test_copy(body, n);

		draft_clear(&b, rarity);
		(void)line_read_body(bytes_of(exact, n), &b, &words);
		free(exact);
	}
	rarity_free(rarity);
}
