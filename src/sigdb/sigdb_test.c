/* Goal of this test: from source lines through a database file to findings; and a database that was
 * damaged on its way is refused or harmless. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/io.h"
#include "base/test.h"
#include "crypto/hash.h"
#include "sigdb/build.h"
#include "sigdb/dbfile.h"
#include "sigdb/limits.h"

static const struct sigdb_stamp stamp = { 42, 1700000000 };

/* The names found, each with a space behind it. */
struct found {
	char names[4000];
	size_t stop_after;	/* 0: never */
	size_t n;
};

static bool
hear(void *ctx, const char *name)
{
	struct found *f = ctx;
	size_t used = strlen(f->names);

	snprintf(f->names + used, sizeof f->names - used, "%s ", name);
	return ++f->n != f->stop_after;
}

struct source_text {
	const char *name;
	const char *text;
};

static void
no_line_is_skipped(void *ctx, const struct sigdb_skipped *s)
{
	(void)ctx;
	fail_msg("%s:%zu: %s", s->file, s->line, s->words);
}

static void
build_fd(const struct source_text *sources, size_t n, int fd)
{
	struct sigdb_build *b;

	CHECK_EQ(sigdb_build_new(&b), ERR_NONE);
	for (size_t i = 0; i < n; i++)
		CHECK_EQ(sigdb_build_add(b, sources[i].name, bytes_of_text(sources[i].text),
		    no_line_is_skipped, NULL), ERR_NONE);
	CHECK_EQ(sigdb_build_write(b, &stamp, fd, NULL), ERR_NONE);
	sigdb_build_free(b);
}

static int
memory_file(struct bytes content)
{
	int fd = memfd_create("test", MFD_CLOEXEC);

	CHECK(fd >= 0);
	CHECK_EQ(io_write_all(fd, content), ERR_NONE);
	return fd;
}

static struct sigdb *
build(const struct source_text *sources, size_t n)
{
	int fd = memory_file(bytes_of(NULL, 0));
	struct sigdb *db;

	build_fd(sources, n, fd);
	CHECK_EQ(sigdb_open(fd, &db, NULL), ERR_NONE);
	close(fd);
	return db;
}

/* The database as bytes, which the test frees. */
static struct buf
build_bytes(const struct source_text *sources, size_t n)
{
	int fd = memory_file(bytes_of(NULL, 0));
	struct buf b;
	size_t got;

	build_fd(sources, n, fd);
	buf_init(&b, SIZE_MAX);
	CHECK_EQ(lseek(fd, 0, SEEK_SET), 0);
	CHECK_EQ(io_read_full(fd, buf_reserve(&b, 1 << 20), 1 << 20, &got), ERR_NONE);
	b.n = got;
	close(fd);
	return b;
}

static enum err
match(struct sigdb *db, const struct source *object, bool all, struct found *f)
{
	struct sigdb_matcher *m;
	enum err e;

	*f = (struct found){ .stop_after = f->stop_after };
	CHECK_EQ(sigdb_matcher_new(db, &m), ERR_NONE);
	e = sigdb_match(m, object, all, hear, f);
	sigdb_matcher_free(m);
	return e;
}

/* Match ${text} in memory and as a file, which must find the same. */
static const char *
names_in(struct sigdb *db, struct bytes text)
{
	static struct found in_memory, in_file;
	struct source object = source_of_memory(text);
	int fd = memory_file(text);

	CHECK_EQ(match(db, &object, true, &in_memory), ERR_NONE);
	CHECK_EQ(source_of_file(fd, &object), ERR_NONE);
	CHECK_EQ(match(db, &object, true, &in_file), ERR_NONE);
	close(fd);
	CHECK_TEXT(in_memory.names, in_file.names);
	return in_file.names;
}

static const char *
names_in_text(struct sigdb *db, const char *text)
{
	return names_in(db, bytes_of_text(text));
}

static void
hex(struct bytes b, char *out)
{
	for (size_t i = 0; i < b.n; i++)
		sprintf(out + 2 * i, "%02x", b.p[i]);
}

/* A line "HASH:SIZE:NAME[:73]" for ${text}. */
static void
hash_line(enum hash_kind kind, const char *text, const char *size, const char *rest, char line[300])
{
	uint8_t digest[HASH_MAX];

	CHECK_EQ(hash_of(kind, bytes_of_text(text), digest), ERR_NONE);
	hex(bytes_of(digest, hash_size(kind)), line);
	snprintf(line + 2 * hash_size(kind), 300 - 2 * hash_size(kind), ":%s:%s\n", size, rest);
}

TEST(each_kind_of_signature_finds_its_file)
{
	char md5[300], sha1[300], sha256[300];
	struct source_text sources[] = {
		{ "a.hdb", md5 },
		{ "dir/b.hsb", sha1 },
		{ "c.hsb", sha256 },
		{ "d.ndb", "Body.One:0:*:62756720\r\n# a comment\n\nBody.Two:0:EOF-5:7469676572" },
	};
	struct sigdb *db;

	hash_line(HASH_MD5, "a small bug in here", "19", "Hash.Md5", md5);
	hash_line(HASH_SHA1, "paper tiger", "11", "Hash.Sha1", sha1);
	hash_line(HASH_SHA256, "harmless?", "*", "Hash.Sha256:73", sha256);
	db = build(sources, 4);
	CHECK_TEXT(names_in_text(db, "a small bug in here"), "Body.One Hash.Md5 ");
	CHECK_TEXT(names_in_text(db, "paper tiger"), "Body.Two Hash.Sha1 ");
	CHECK_TEXT(names_in_text(db, "harmless?"), "Hash.Sha256 ");
	CHECK_TEXT(names_in_text(db, "harmless!"), "");
	CHECK_TEXT(names_in_text(db, ""), "");
	CHECK_EQ(sigdb_info(db)->generation, 42);
	CHECK_EQ(sigdb_info(db)->built, 1700000000);
	for (enum sigdb_kind kind = SIGDB_MD5; kind <= SIGDB_SHA256; kind++)
		CHECK_EQ(sigdb_info(db)->signatures[kind], 1);
	CHECK_EQ(sigdb_info(db)->signatures[SIGDB_BODY_PATTERN], 2);
	CHECK_EQ(sigdb_verify(db, NULL), ERR_NONE);
	sigdb_close(db);
}

TEST(a_hash_with_another_size_does_not_match)
{
	char line[300];
	struct source_text source = { "a.hdb", line };
	struct sigdb *db;

	hash_line(HASH_MD5, "text", "5", "Never", line);
	db = build(&source, 1);
	CHECK_TEXT(names_in_text(db, "text"), "");
	CHECK_TEXT(names_in_text(db, "text5"), "");
	sigdb_close(db);
}

TEST(a_pattern_is_found_across_every_window_of_a_file)
{
	enum { SIZE = 3 * SIGDB_WINDOW + 1000 };
	struct source_text source = { "a.ndb",
		"Across:0:*:112233445566778899aabbccddeeff0112233445566778899aabbc\n" };
	static const char pattern[] = "\x11\x22\x33\x44\x55\x66\x77\x88\x99\xaa\xbb\xcc\xdd\xee\xff"
	    "\x01\x12\x23\x34\x45\x56\x67\x78\x89\x9a\xab\xbc";
	size_t n = sizeof pattern - 1;
	struct sigdb *db = build(&source, 1);
	uint8_t *text = calloc(1, SIZE);

	for (size_t window = 1; window <= 3; window++)
		for (size_t at = window * SIGDB_WINDOW - 2 * n; at < window * SIGDB_WINDOW + 4 * n;
		     at++) {
			memcpy(text + at, pattern, n);
			CHECK_TEXT(names_in(db, bytes_of(text, SIZE)), "Across ");
			memset(text + at, 0, n);
		}
	memcpy(text, pattern, n);
	CHECK_TEXT(names_in(db, bytes_of(text, SIZE)), "Across ");
	memset(text, 0, n);
	memcpy(text + SIZE - n, pattern, n);
	CHECK_TEXT(names_in(db, bytes_of(text, SIZE)), "Across ");
	CHECK_TEXT(names_in(db, bytes_of(text, SIZE - 1)), "");
	free(text);
	sigdb_close(db);
}

TEST(a_large_file_is_hashed_over_all_its_windows)
{
	enum { SIZE = 2 * SIGDB_WINDOW + 77 };
	char *text = malloc(SIZE + 1), line[300], size[20];
	struct source_text sources[] = { { "a.hdb", line },
		{ "b.ndb", "Body:0:EOF-3:62756720202020202020202020202020202020\n" } };
	struct sigdb *db;

	for (size_t i = 0; i < SIZE; i++)
		text[i] = (char)('a' + i % 23);
	text[SIZE] = '\0';
	snprintf(size, sizeof size, "%d", SIZE);
	hash_line(HASH_MD5, text, size, "Large", line);
	db = build(sources, 2);
	CHECK_TEXT(names_in_text(db, text), "Large ");
	text[SIGDB_WINDOW] ^= 1;
	CHECK_TEXT(names_in_text(db, text), "");
	free(text);
	sigdb_close(db);
}

TEST(the_hearer_stops_at_the_first_or_when_it_likes)
{
	struct source_text source = {
	    "a.ndb", "A:0:*:6161616161\nB:0:*:6262626262\nC:0:*:6363636363\n"};
	struct source object = source_of_memory(bytes_of_text("aaaaa bbbbb ccccc aaaaa"));
	struct sigdb *db = build(&source, 1);
	struct found f = { .stop_after = 0 };

	CHECK_EQ(match(db, &object, true, &f), ERR_NONE);
	CHECK_TEXT(f.names, "A B C ");
	CHECK_EQ(match(db, &object, false, &f), ERR_NONE);
	CHECK_TEXT(f.names, "A ");
	f.stop_after = 2;
	CHECK_EQ(match(db, &object, true, &f), ERR_NONE);
	CHECK_TEXT(f.names, "A B ");
	sigdb_close(db);
}

TEST(a_matcher_takes_one_object_after_another)
{
	char line[300];
	struct source_text sources[] = { { "a.hdb", line }, { "b.ndb", "Body:0:*:626f6479\n" } };
	struct sigdb_matcher *m;
	struct sigdb *db;

	hash_line(HASH_MD5, "the file", "8", "Hash", line);
	db = build(sources, 2);
	CHECK_EQ(sigdb_matcher_new(db, &m), ERR_NONE);
	for (int i = 0; i < 3; i++) {
		struct source stopped = source_of_memory(bytes_of_text("the body"));
		struct source object = source_of_memory(bytes_of_text("the file"));
		struct found f = { .stop_after = 0 };

		/* Of the right size for the hash, but left at its first finding. */
		CHECK_EQ(sigdb_match(m, &stopped, false, hear, &f), ERR_NONE);
		CHECK_EQ(sigdb_match(m, &object, true, hear, &f), ERR_NONE);
		CHECK_TEXT(f.names, "Body Hash ");
	}
	sigdb_matcher_free(m);
	sigdb_close(db);
}

TEST(a_file_that_became_shorter_is_reported_after_what_was_found)
{
	struct source_text source = { "a.ndb", "Early:0:*:6561726c79\n" };
	int fd = memory_file(bytes_of_text("early, and then there was more"));
	struct sigdb *db = build(&source, 1);
	struct found f = { .stop_after = 0 };
	struct source object;

	CHECK_EQ(source_of_file(fd, &object), ERR_NONE);
	CHECK_EQ(ftruncate(fd, 10), 0);
	CHECK_EQ(match(db, &object, true, &f), ERR_TRUNCATED);
	CHECK_TEXT(f.names, "Early ");
	close(fd);
	sigdb_close(db);
}

TEST(work_without_end_is_reported_after_what_was_found)
{
	enum { LINES = 3000, SIZE = 4 << 20, PREFIX = 64 };
	struct source_text source = { "a.ndb", NULL };
	uint8_t *text = malloc(SIZE);
	struct source object = source_of_memory(bytes_of(text, SIZE));
	struct found f = { .stop_after = 0 };
	struct sigdb *db;
	struct buf lines;

	/* Signatures that differ only in bytes between wildcards, and a file of what they share. */
	buf_init(&lines, SIZE_MAX);
	for (unsigned i = 0; i < LINES; i++) {
		buf_printf(&lines, "Sig-%u:0:*:", i);
		for (size_t k = 0; k < PREFIX; k++)
			buf_put_string(&lines, "f1");
		buf_printf(&lines, "??%02x??%02x\n", i >> 8, i & 0xff);
	}
	buf_u8(&lines, 0);
	source.text = (const char *)lines.p;
	db = build(&source, 1);
	memset(text, 0xf1, SIZE);
	memcpy(text + PREFIX, "\xf1\x00\xf1\x05", 4);
	CHECK_EQ(match(db, &object, true, &f), ERR_LIMIT);
	CHECK_TEXT(f.names, "Sig-5 ");
	sigdb_close(db);
	buf_fini(&lines);
	free(text);
}

struct skipped_list {
	char text[1000];
};

static void
note_skipped(void *ctx, const struct sigdb_skipped *s)
{
	struct skipped_list *list = ctx;
	size_t used = strlen(list->text);

	CHECK(strlen(s->words) > 0);
	snprintf(list->text + used, sizeof list->text - used, "%s:%zu %s; ", s->file, s->line,
	    sigdb_reason_words(s->reason));
}

TEST(what_is_left_out_is_told_with_its_place_and_counted)
{
	struct skipped_list list = { "" };
	const struct sigdb_counts *counts;
	struct sigdb_build *b;

	CHECK_EQ(sigdb_build_new(&b), ERR_NONE);
	CHECK_EQ(
	    sigdb_build_add(b, "a.ndb",
		bytes_of_text("Good:0:*:aabbccdd\nBad\n\n# no\n"
			      "T:0:$m:aabb\nO:0:EP+0:aabb\nG:0:*:aabb(cc|(d))\nS:0:*:aa\nL:0:*:aabb:999\n"),
		note_skipped, &list),
	    ERR_NONE);
	CHECK_EQ(
	    sigdb_build_add(b, "b.xdb", bytes_of_text("x\ny\n"), note_skipped, &list), ERR_NONE);
	CHECK_EQ(sigdb_build_add(b, ".hdb", bytes_of_text("x\n"), note_skipped, &list), ERR_NONE);
	CHECK_TEXT(list.text, "a.ndb:2 malformed; a.ndb:5 not done yet; "
	    "a.ndb:6 malformed; a.ndb:7 unsupported body; a.ndb:8 too short; "
	    "a.ndb:9 for another functionality level; b.xdb:0 unknown kind of source; "
	    ".hdb:0 unknown kind of source; ");
	counts = sigdb_build_counts(b);
	CHECK_EQ(counts->taken[SIGDB_BODY_PATTERN], 1);
	CHECK_EQ(counts->taken[SIGDB_MD5], 0);
	CHECK_EQ(counts->skipped[SIGDB_MALFORMED], 2);
	CHECK_EQ(counts->skipped[SIGDB_FILE_KIND], 2);
	CHECK_EQ(counts->skipped[SIGDB_LATER], 1);
	sigdb_build_free(b);
}

TEST(every_reason_and_kind_has_words_of_its_own)
{
	for (int a = 0; a < SIGDB_REASONS; a++)
		for (int b = 0; b < a; b++)
			CHECK(strcmp(sigdb_reason_words((enum sigdb_reason)a),
			    sigdb_reason_words((enum sigdb_reason)b)) != 0);
	for (int a = 0; a < SIGDB_KINDS; a++)
		for (int b = 0; b < a; b++)
			CHECK(strcmp(sigdb_kind_words((enum sigdb_kind)a),
			    sigdb_kind_words((enum sigdb_kind)b)) != 0);
}

static const struct source_text mixed_sources[] = {
	{ "a.hdb", "0123456789abcdef0123456789abcdef:40:Mixed.Hash\n" },
	{ "b.ndb", "Mixed.Sixteen:0:*:7061747465726e207468617420697320666f756e64\n"
	    "Mixed.Fixed:0:0,3:746865??70\n" },
};
static const char mixed_text[] = "the pattern that is found in this text!!";

TEST(a_database_does_not_show_what_is_in_it)
{
	struct buf b = build_bytes(mixed_sources, 2);

	for (size_t i = 0; i + 5 <= b.n; i++) {
		CHECK(memcmp(b.p + i, "Mixed", 5) != 0);
		CHECK(memcmp(b.p + i, "patte", 5) != 0);
	}
	buf_fini(&b);
}

TEST(the_same_sources_give_the_same_database)
{
	struct buf a = build_bytes(mixed_sources, 2), b = build_bytes(mixed_sources, 2);

	CHECK_BYTES(buf_bytes(&a), buf_bytes(&b));
	buf_fini(&a);
	buf_fini(&b);
}

TEST(every_truncation_of_a_database_is_refused_with_words)
{
	struct buf b = build_bytes(mixed_sources, 2);

	for (size_t n = 0; n < b.n; n++) {
		uint8_t *exact = test_copy(b.p, n);
		struct fault why = { .text = "" };
		struct sigdb *db;

		CHECK_EQ(sigdb_open_memory(bytes_of(exact, n), &db, &why), ERR_TRUNCATED);
		CHECK(strlen(why.text) > 0);
		free(exact);
	}
	buf_fini(&b);
}

TEST(a_database_with_anything_behind_its_end_is_refused)
{
	struct buf b = build_bytes(mixed_sources, 2);
	struct sigdb *db;

	buf_u8(&b, 0);
	CHECK_EQ(sigdb_open_memory(buf_bytes(&b), &db, NULL), ERR_MALFORMED);
	buf_fini(&b);
}

/* Open a damaged database and use it, whatever it says. */
static void
use_damaged(struct bytes file, size_t flipped)
{
	struct found f = { .stop_after = 0 };
	struct source object = source_of_memory(bytes_of_text(mixed_text));
	uint8_t *exact = test_copy(file.p, file.n);
	struct sigdb *db;
	enum err e = sigdb_open_memory(bytes_of(exact, file.n), &db, NULL);

	if (flipped < DBFILE_HEADER)
		CHECK(e != ERR_NONE);
	if (e == ERR_NONE) {
		CHECK_EQ(sigdb_verify(db, NULL), ERR_FORGED);
		(void)match(db, &object, true, &f);
		sigdb_close(db);
	}
	free(exact);
}

TEST(each_flipped_bit_is_refused_or_harmless_and_found_by_verifying)
{
	struct buf b = build_bytes(mixed_sources, 2);

	for (size_t at = 0; at < b.n; at++) {
		/* Filters are mostly zeros, all alike: a few of them stand for all. */
		if (at >= DBFILE_HEADER && b.p[at] == 0 && at % 37 != 0)
			continue;
		for (size_t bit = 0; bit < 8; bit += 1 + at % 3) {
			b.p[at] ^= (uint8_t)(1U << bit);
			use_damaged(buf_bytes(&b), at);
			b.p[at] ^= (uint8_t)(1U << bit);
		}
	}
	buf_fini(&b);
}

TEST(what_is_no_database_is_refused_with_words)
{
	int directory =
	    memory_file(bytes_of_text("this is a text that someone took for a database"));
	struct fault why;
	struct sigdb *db;
	int pipes[2];

	CHECK_EQ(sigdb_open(directory, &db, &why), ERR_MALFORMED);
	CHECK_TEXT(why.text, "this is not a signature database");
	CHECK_EQ(ftruncate(directory, 0), 0);
	CHECK_EQ(sigdb_open(directory, &db, &why), ERR_TRUNCATED);
	close(directory);
	CHECK_EQ(pipe(pipes), 0);
	CHECK_EQ(sigdb_open(pipes[0], &db, &why), ERR_MALFORMED);
	close(pipes[0]);
	close(pipes[1]);
}

TEST(a_full_disk_is_reported_as_such)
{
	int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
	struct sigdb_build *b;
	struct fault why;

	if (full < 0)
		skip();
	CHECK_EQ(sigdb_build_new(&b), ERR_NONE);
	CHECK_EQ(sigdb_build_write(b, &stamp, full, &why), ERR_FULL);
	sigdb_build_free(b);
	close(full);
}

/* Everything that allocates, once. */
static enum err
build_and_match(int fd)
{
	struct source object = source_of_memory(bytes_of_text(mixed_text));
	struct found f = { .stop_after = 0 };
	struct sigdb_matcher *m = NULL;
	struct sigdb_build *b = NULL;
	struct sigdb *db = NULL;
	enum err e;

	CHECK_EQ(ftruncate(fd, 0), 0);
	CHECK_EQ(lseek(fd, 0, SEEK_SET), 0);
	if ((e = sigdb_build_new(&b)) != ERR_NONE)
		goto done;
	for (size_t i = 0; i < 2; i++)
		if ((e = sigdb_build_add(b, mixed_sources[i].name,
			 bytes_of_text(mixed_sources[i].text), NULL, NULL)) != ERR_NONE)
			goto done;
	if ((e = sigdb_build_write(b, &stamp, fd, NULL)) != ERR_NONE ||
	    (e = sigdb_open(fd, &db, NULL)) != ERR_NONE ||
	    (e = sigdb_matcher_new(db, &m)) != ERR_NONE)
		goto done;
	if ((e = sigdb_match(m, &object, true, hear, &f)) == ERR_NONE)
		CHECK_TEXT(f.names, "Mixed.Fixed Mixed.Sixteen ");
done:
	sigdb_matcher_free(m);
	sigdb_close(db);
	sigdb_build_free(b);
	return e;
}

TEST(each_allocation_that_fails_is_reported)
{
	int fd = memory_file(bytes_of(NULL, 0));

	for (unsigned n = 1;; n++) {
		enum err e;
		int failed;

		test_fail_allocation(n);
		e = build_and_match(fd);
		failed = test_allocation_failed();
		test_fail_allocation(0);
		CHECK_EQ(e, failed ? ERR_NOMEM : ERR_NONE);
		if (!failed)
			break;
		CHECK(n < 300);
	}
	close(fd);
}
