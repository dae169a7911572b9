/* Goal of this test: whatever it is packed in, it is found and its place is named; and every limit
 * ends a scan as incomplete, with its reason, never as clean. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/test.h"
#include "format/sample.h"
#include "scan/scan.h"
#include "sigdb/build.h"

/* The EICAR test file, put together here so that no scanner minds this source. */
static const char *
eicar(void)
{
	static char text[69];

	snprintf(text, sizeof text, "%s%s%s", "X5O!P%@AP[4\\PZX54(P^)7CC)7}$EIC",
	    "AR-STANDARD-ANTIVIRUS-", "TEST-FILE!$H+H*");
	return text;
}

static struct sigdb *
database(void)
{
	static struct sigdb *db;
	struct sigdb_build *build;
	struct sigdb_stamp stamp = { 1, 0 };
	struct fault why;
	char path[256];
	int fd;

	if (db != NULL)
		return db;
	snprintf(path, sizeof path, "%s/database", test_dir());
	CHECK((fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600)) >= 0);
	CHECK_EQ(sigdb_build_new(&build), ERR_NONE);
	/* The whole of it by its digest, and its last words anywhere. */
	CHECK_EQ(sigdb_build_add(build, "a.hdb",
		     bytes_of_text("44d88612fea8a8f36de82e1278abb02f:68:Test.Whole\n"), NULL, NULL),
	    ERR_NONE);
	CHECK_EQ(sigdb_build_add(build, "a.ndb",
		     bytes_of_text("Test.Words:0:*:544553542d46494c452124482b482a\n"), NULL, NULL),
	    ERR_NONE);
	/* Words that count only in a zip. */
	CHECK_EQ(sigdb_build_add(build, "a.ldb",
		     bytes_of_text("Test.InZip;Target:0,Container:CL_TYPE_ZIP;0;6f6e6c792077697468696e\n"),
		     NULL, NULL),
	    ERR_NONE);
	/* The second file of a zip or tar, of 17 bytes. */
	CHECK_EQ(sigdb_build_add(build, "a.cdb",
		     bytes_of_text("Test.Member:*:*:^second\\.doc$:*:17:0:2:*:*\n"), NULL, NULL),
	    ERR_NONE);
	CHECK_EQ(sigdb_build_write(build, &stamp, fd, &why), ERR_NONE);
	sigdb_build_free(build);
	CHECK_EQ(sigdb_open(fd, &db, &why), ERR_NONE);
	close(fd);
	return db;
}

static void
scan_with(struct bytes content, const struct scan_limits *limits, bool all, struct verdict *v)
{
	struct source s = source_of_memory(content);
	struct scan *scan;

	CHECK_EQ(scan_new(database(), limits, all, &scan), ERR_NONE);
	verdict_init(v);
	scan_object(scan, &s, v);
	CHECK(v->finished);
	scan_free(scan);
}

static void
scan_bytes(struct bytes content, struct verdict *v)
{
	struct scan_limits limits = scan_limits_default();

	scan_with(content, &limits, false, v);
}

static void
check_found(struct bytes content, const char *where)
{
	struct verdict v;

	scan_bytes(content, &v);
	CHECK_EQ(verdict_kind(&v), VERDICT_INFECTED);
	CHECK_EQ(v.finding_count, 1);
	CHECK_TEXT(v.findings[0].where, where);
	verdict_fini(&v);
}

TEST(it_is_found_bare_and_what_is_harmless_is_clean)
{
	struct verdict v;

	check_found(bytes_of_text(eicar()), "");
	scan_bytes(bytes_of_text("nothing to see"), &v);
	CHECK_EQ(verdict_kind(&v), VERDICT_CLEAN);
	CHECK_EQ(v.objects, 1);
	CHECK_EQ(v.bytes, 14);
	verdict_fini(&v);
	scan_bytes(bytes_of(NULL, 0), &v);
	CHECK_EQ(verdict_kind(&v), VERDICT_CLEAN);
	verdict_fini(&v);
}

TEST(it_is_found_in_archives_and_in_archives_within_archives)
{
	struct buf inner, outer;

	sample_pack(archive_write_set_format_zip, NULL, "e.com", bytes_of_text(eicar()), &inner);
	check_found(buf_bytes(&inner), "e.com");
	sample_pack(archive_write_set_format_ustar, NULL, "b.zip", buf_bytes(&inner), &outer);
	check_found(buf_bytes(&outer), "b.zip/e.com");
	buf_fini(&inner);
	sample_pack(archive_write_set_format_7zip, NULL, "a.tar", buf_bytes(&outer), &inner);
	check_found(buf_bytes(&inner), "a.tar/b.zip/e.com");
	buf_fini(&inner);
	buf_fini(&outer);
	sample_pack(archive_write_set_format_ustar, archive_write_add_filter_gzip, "e.com",
	    bytes_of_text(eicar()), &inner);
	/* A tar does not hide its files: the words are found in it already, and that suffices. */
	check_found(buf_bytes(&inner), "");
	buf_fini(&inner);
}

static void
pack_two(sample_set_fn *format, const char *first, const char *second, struct buf *out)
{
	struct sample_packer p;

	sample_begin(&p, format, NULL, NULL, out);
	sample_add(&p, first, bytes_of_text("harmless words"));
	sample_add(&p, second, bytes_of_text("as harmless words"));
	sample_end(&p, out);
}

TEST(a_member_is_found_by_what_its_container_says_of_it)
{
	sample_set_fn *formats[] = { archive_write_set_format_zip, archive_write_set_format_ustar,
		archive_write_set_format_cpio_newc, archive_write_set_format_7zip };
	struct verdict v;
	struct buf b, outer;

	for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
		pack_two(formats[i], "first", "second.doc", &b);
		check_found(buf_bytes(&b), "second.doc");
		sample_pack(archive_write_set_format_ustar, NULL, "in.bin", buf_bytes(&b), &outer);
		check_found(buf_bytes(&outer), "in.bin/second.doc");
		buf_fini(&b);
		buf_fini(&outer);
		/* By its place, and by its name. */
		pack_two(formats[i], "second.doc", "third", &b);
		scan_bytes(buf_bytes(&b), &v);
		CHECK_EQ(verdict_kind(&v), VERDICT_CLEAN);
		verdict_fini(&v);
		buf_fini(&b);
		pack_two(formats[i], "first", "second.doc2", &b);
		scan_bytes(buf_bytes(&b), &v);
		CHECK_EQ(verdict_kind(&v), VERDICT_CLEAN);
		verdict_fini(&v);
		buf_fini(&b);
	}
}

TEST(a_signature_may_ask_in_what_an_object_lies)
{
	struct bytes words = bytes_of_text("only within");
	struct buf inner, outer;
	struct verdict v;

	scan_bytes(words, &v);
	CHECK_EQ(verdict_kind(&v), VERDICT_CLEAN);
	verdict_fini(&v);
	sample_pack(archive_write_set_format_zip, NULL, "a", words, &inner);
	check_found(buf_bytes(&inner), "a");
	buf_fini(&inner);
	sample_pack(archive_write_set_format_7zip, NULL, "a", words, &inner);
	scan_bytes(buf_bytes(&inner), &v);
	CHECK_EQ(verdict_kind(&v), VERDICT_CLEAN);
	verdict_fini(&v);
	/* What counts is the innermost. */
	sample_pack(archive_write_set_format_zip, NULL, "b.7z", buf_bytes(&inner), &outer);
	scan_bytes(buf_bytes(&outer), &v);
	CHECK_EQ(verdict_kind(&v), VERDICT_CLEAN);
	verdict_fini(&v);
	buf_fini(&inner);
	buf_fini(&outer);
}

TEST(every_signature_is_named_when_all_are_asked_for)
{
	struct scan_limits limits = scan_limits_default();
	struct verdict v;
	struct sample_packer p;
	struct buf b;

	sample_begin(&p, archive_write_set_format_zip, NULL, NULL, &b);
	sample_add(&p, "one", bytes_of_text(eicar()));
	sample_add(&p, "two", bytes_of_text(eicar()));
	sample_end(&p, &b);
	scan_with(buf_bytes(&b), &limits, true, &v);
	CHECK_EQ(v.finding_count, 4);
	verdict_fini(&v);
	scan_with(buf_bytes(&b), &limits, false, &v);
	CHECK_EQ(v.finding_count, 1);
	verdict_fini(&v);
	buf_fini(&b);
}

/* Scan under ${limits} and expect nothing found but ${gap} at ${where} (NULL: wherever). */
static void
check_gap(struct bytes content, const struct scan_limits *limits, enum verdict_gap gap,
    const char *where)
{
	struct verdict v;

	scan_with(content, limits, false, &v);
	if (v.missed[gap].count == 0)
		for (int g = 1; g < VERDICT_GAPS; g++)
			if (v.missed[g].count > 0)
				print_message("# %s\n", verdict_gap_name((enum verdict_gap)g));
	CHECK_EQ(verdict_kind(&v), VERDICT_INCOMPLETE);
	CHECK(v.missed[gap].count > 0);
	if (where != NULL)
		CHECK_TEXT(v.missed[gap].where, where);
	verdict_fini(&v);
}

TEST(too_deep_is_incomplete)
{
	struct scan_limits limits = scan_limits_default();
	struct buf a, b;

	limits.depth = 3;
	sample_pack(archive_write_set_format_zip, NULL, "e.com", bytes_of_text(eicar()), &a);
	for (int i = 0; i < 2; i++) {
		sample_pack(archive_write_set_format_zip, NULL, "x.zip", buf_bytes(&a), &b);
		buf_fini(&a);
		a = b;
	}
	check_found(buf_bytes(&a), "x.zip/x.zip/e.com");
	limits.depth = 2;
	/* Stored in a zip, the words lie open; compressed they would not. Nothing but depth is
	 * asked. */
	sample_pack(archive_write_set_format_raw, archive_write_add_filter_gzip, "", buf_bytes(&a), &b);
	check_gap(buf_bytes(&b), &limits, VERDICT_GAP_DEPTH, "x.zip");
	buf_fini(&a);
	buf_fini(&b);
}

static void
zeros(size_t n, struct buf *out)
{
	uint8_t *room;

	buf_init(out, n);
	CHECK((room = buf_reserve(out, n)) != NULL);
	memset(room, 0, n);
	out->n = n;
}

TEST(too_many_objects_are_incomplete)
{
	struct scan_limits limits = scan_limits_default();
	struct sample_packer p;
	struct buf b;

	sample_begin(&p, archive_write_set_format_ustar, NULL, NULL, &b);
	for (int i = 0; i < 100; i++)
		sample_add(&p, "x", bytes_of("x", 1));
	sample_end(&p, &b);
	limits.objects = 50;
	check_gap(buf_bytes(&b), &limits, VERDICT_GAP_OBJECTS, "x");
	buf_fini(&b);
}

TEST(a_bomb_ends_at_its_ratio_its_bytes_its_size_or_its_time)
{
	struct scan_limits limits = scan_limits_default();
	struct buf content, bomb;

	zeros(3 << 20, &content);
	sample_pack(archive_write_set_format_zip, NULL, "z", buf_bytes(&content), &bomb);
	limits.ratio_from = 1 << 20;
	check_gap(buf_bytes(&bomb), &limits, VERDICT_GAP_RATIO, "z");
	limits = scan_limits_default();
	limits.bytes = 1 << 20;
	check_gap(buf_bytes(&bomb), &limits, VERDICT_GAP_BYTES, "z");
	limits = scan_limits_default();
	limits.object_bytes = 1 << 20;
	check_gap(buf_bytes(&bomb), &limits, VERDICT_GAP_SIZE, "z");
	limits = scan_limits_default();
	limits.memory_bytes = 1 << 20;
	check_gap(buf_bytes(&bomb), &limits, VERDICT_GAP_MEMORY, "z");
	buf_fini(&bomb);
	buf_fini(&content);
}

TEST(time_ends_a_scan)
{
	struct scan_limits limits = scan_limits_default();
	struct sample_packer p;
	struct buf content, b;

	zeros(1 << 16, &content);
	sample_begin(&p, archive_write_set_format_7zip, NULL, NULL, &b);
	for (int i = 0; i < 2000; i++)
		sample_add(&p, "z", buf_bytes(&content));
	sample_end(&p, &b);
	limits.time_ms = 1;
	check_gap(buf_bytes(&b), &limits, VERDICT_GAP_TIME, NULL);
	buf_fini(&b);
	buf_fini(&content);
}

TEST(what_is_found_before_a_limit_counts)
{
	struct scan_limits limits = scan_limits_default();
	struct verdict v;
	struct sample_packer p;
	struct buf b;

	sample_begin(&p, archive_write_set_format_ustar, NULL, NULL, &b);
	for (int i = 0; i < 100; i++)
		sample_add(&p, "x", i == 5 ? bytes_of_text(eicar()) : bytes_of("x", 1));
	sample_end(&p, &b);
	limits.objects = 50;
	scan_with(buf_bytes(&b), &limits, true, &v);
	CHECK_EQ(verdict_kind(&v), VERDICT_INFECTED);
	CHECK_EQ(v.missed[VERDICT_GAP_OBJECTS].count, 1);
	verdict_fini(&v);
	buf_fini(&b);
}

TEST(a_compressed_tar_too_large_for_memory_is_read_off_the_stream)
{
	struct scan_limits limits = scan_limits_default();
	struct verdict v;
	struct sample_packer p;
	struct buf content, b;

	zeros(100000, &content);
	sample_begin(&p, archive_write_set_format_ustar, archive_write_add_filter_xz, NULL, &b);
	for (int i = 0; i < 20; i++)
		sample_add(&p, "z", buf_bytes(&content));
	sample_add(&p, "e.com", bytes_of_text(eicar()));
	sample_end(&p, &b);
	limits.object_bytes = 200000;
	scan_with(buf_bytes(&b), &limits, false, &v);
	CHECK_EQ(verdict_kind(&v), VERDICT_INFECTED);
	CHECK_TEXT(v.findings[0].where, "e.com");
	CHECK_EQ(v.missed[VERDICT_GAP_SIZE].count, 0);
	verdict_fini(&v);
	buf_fini(&b);
	/* No archive inside: the start is looked at, and the rest is owned up to. */
	sample_pack(archive_write_set_format_raw, archive_write_add_filter_xz, "", buf_bytes(&content),
	    &b);
	limits.object_bytes = 50000;
	check_gap(buf_bytes(&b), &limits, VERDICT_GAP_SIZE, "");
	buf_fini(&b);
	buf_fini(&content);
}

TEST(an_encrypted_entry_is_incomplete_and_named)
{
	struct scan_limits limits = scan_limits_default();
	struct sample_packer p;
	struct buf b;

	sample_begin(&p, archive_write_set_format_zip, NULL, "zip:encryption=zipcrypt", &b);
	sample_add(&p, "locked.txt", bytes_of_text("a secret"));
	sample_end(&p, &b);
	check_gap(buf_bytes(&b), &limits, VERDICT_GAP_ENCRYPTED, "locked.txt");
	buf_fini(&b);
}

static const struct {
	sample_set_fn *format;
	size_t told_from;	/* fewer have no magic, or no whole header behind a weak one */
} small_formats[] = { { archive_write_set_format_zip, 4 }, { archive_write_set_format_7zip, 6 },
	{ archive_write_set_format_cpio_newc, 116 } };

TEST(an_entry_spoilt_on_purpose_hides_none_behind_it)
{
	enum { SPOILT = 5, BEHIND_NAME = 30 };
	char words[600];
	struct verdict v;
	struct sample_packer p;
	struct buf b;
	int seen = 0;

	for (size_t i = 0; i < sizeof words; i++)
		words[i] = (char)('a' + i * i % 23 % 17);
	sample_begin(&p, archive_write_set_format_zip, NULL, NULL, &b);
	for (int i = 0; i < SPOILT; i++)
		sample_add(&p, "spoilt", bytes_of(words, sizeof words));
	sample_add(&p, "e.com", bytes_of_text(eicar()));
	sample_end(&p, &b);
	/* Well inside what deflate wrote; not in the directory at the end. */
	for (size_t i = 0; i + 6 < b.n && seen < SPOILT; i++)
		if (memcmp(b.p + i, "spoilt", 6) == 0) {
			memset(b.p + i + BEHIND_NAME, 0xff, 16);
			seen++;
		}
	scan_bytes(buf_bytes(&b), &v);
	CHECK_EQ(verdict_kind(&v), VERDICT_INFECTED);
	CHECK_TEXT(v.findings[0].where, "e.com");
	CHECK(v.missed[VERDICT_GAP_DAMAGED].count >= SPOILT);
	CHECK_TEXT(v.missed[VERDICT_GAP_DAMAGED].where, "spoilt");
	verdict_fini(&v);
	buf_fini(&b);
}

TEST(no_truncation_of_an_archive_passes_as_clean)
{
	for (size_t i = 0; i < sizeof small_formats / sizeof small_formats[0]; i++) {
		struct buf b;

		sample_pack(small_formats[i].format, NULL, "e.com", bytes_of_text(eicar()),
		    &b);
		for (size_t n = 0; n < b.n; n++) {
			uint8_t *exact = test_copy(b.p, n);
			struct verdict v;

			scan_bytes(bytes_of(exact, n), &v);
			CHECK_EQ(verdict_kind(&v) == VERDICT_CLEAN, n < small_formats[i].told_from);
			verdict_fini(&v);
			free(exact);
		}
		buf_fini(&b);
	}
}

/* Bytes that are always the same for the same ${seed}, and look like no text. */
static void
put_junk(struct buf *b, size_t n, uint32_t seed)
{
	for (size_t i = 0; i < n; i++) {
		seed ^= seed << 13, seed ^= seed >> 17, seed ^= seed << 5;
		buf_u8(b, (uint8_t)(seed >> 24));
	}
}

static enum verdict_kind
kind_of(const struct buf *b)
{
	enum verdict_kind kind;
	struct verdict v;

	scan_bytes(buf_bytes(b), &v);
	kind = verdict_kind(&v);
	verdict_fini(&v);
	return kind;
}

TEST(what_only_looks_like_an_archive_within_a_file_is_no_gap)
{
	/* Their magics, and what programs that write them hold as constants. */
	static const struct bytes fronts[] = { { (const uint8_t *)"PK\3\4", 4 },
		{ (const uint8_t *)"PK\3\4\x14\0\0\0\x08\0", 10 },
		{ (const uint8_t *)"PK\3\4\x14\0\0\0\0\0\0\0\0\0\0\0\0\0\xff\1\0\0\xff\1\0\0\0\0\0\0", 30 },
		{ (const uint8_t *)"\x1f\x8b\x08\0\0\0\0\0\0\3", 10 },
		{ (const uint8_t *)"7z\xbc\xaf\x27\x1c\0\4", 8 }, { (const uint8_t *)"Rar!\x1a\7\0", 7 },
		{ (const uint8_t *)"Rar!\x1a\7\1\0", 8 }, { (const uint8_t *)"\xfd" "7zXZ\0", 6 },
		{ (const uint8_t *)"MSCF\0\0\0\0", 8 }, { (const uint8_t *)"BZh\0" "1AY&SY", 10 },
		{ (const uint8_t *)"%PDF-1.4\n", 9 }, { (const uint8_t *)"{\\rtf", 5 },
		{ (const uint8_t *)"ITSF", 4 }, { (const uint8_t *)"\x60\xea\x2a\0\x22\x0b\1\x0b\x10\0\2\0", 12 },
		{ (const uint8_t *)"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 8 },
		{ (const uint8_t *)"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x3e\0\3\0\xfe\xff\x09\0\0\0", 34 },
		{ (const uint8_t *)"\x7f" "ELF\2\1\1\x33\7\0\1\0n\2\0\xbe", 16 },
		{ (const uint8_t *)"%PDF-1.3\n1 0 obj\n<< /Type /Catalog >>\nendobj\n%%EOF\n", 52 } };

	for (size_t i = 0; i < sizeof fronts / sizeof fronts[0]; i++)
		for (uint32_t seed = 1; seed <= 40; seed++) {
			struct buf b;

			buf_init(&b, SAMPLE_ROOM);
			put_junk(&b, 3000, seed);
			buf_put(&b, fronts[i]);
			put_junk(&b, 20000, seed * 7919);
			/* Too short for the record that it would begin. */
			buf_put(&b, bytes_of("PK\5\6 and no more", 16));
			if (kind_of(&b) != VERDICT_CLEAN)
				fail_msg("magic %zu before bytes of seed %u", i, seed);
			buf_fini(&b);
		}
}

static const struct {
	sample_set_fn *format, *filter;
} embedded[] = { { archive_write_set_format_zip, NULL }, { archive_write_set_format_7zip, NULL },
	{ archive_write_set_format_raw, archive_write_add_filter_gzip },
	{ archive_write_set_format_raw, archive_write_add_filter_xz } };

TEST(an_archive_behind_other_bytes_is_opened_and_a_cut_one_is_told)
{
	for (size_t i = 0; i < sizeof embedded / sizeof embedded[0]; i++) {
		struct buf packed, words, b;

		buf_init(&words, SAMPLE_ROOM);
		put_junk(&words, 4000, 77);
		sample_pack(embedded[i].format, embedded[i].filter, "words", buf_bytes(&words), &packed);
		for (size_t n = packed.n; n > packed.n - 900; n -= n == packed.n ? 30 : 87) {
			buf_init(&b, SAMPLE_ROOM);
			put_junk(&b, 3000, 5);
			buf_put(&b, bytes_first(buf_bytes(&packed), n));
			CHECK_EQ(kind_of(&b), n == packed.n ? VERDICT_CLEAN : VERDICT_INCOMPLETE);
			buf_fini(&b);
		}
		buf_fini(&packed);
		sample_pack(embedded[i].format, embedded[i].filter, "e.com", bytes_of_text(eicar()), &packed);
		buf_init(&b, SAMPLE_ROOM);
		put_junk(&b, 3000, 5);
		buf_put(&b, buf_bytes(&packed));
		put_junk(&b, 3000, 6);
		CHECK_EQ(kind_of(&b), VERDICT_INFECTED);
		buf_fini(&b);
		buf_fini(&packed);
		buf_fini(&words);
	}
}

TEST(many_streams_in_one_file_are_read_once_each)
{
	enum { STREAMS = 1500 };
	struct buf harmless, last, b;
	struct verdict v;

	sample_pack(archive_write_set_format_raw, archive_write_add_filter_gzip, "", bytes_of_text("words"), &harmless);
	sample_pack(archive_write_set_format_raw, archive_write_add_filter_gzip, "", bytes_of_text(eicar()), &last);
	buf_init(&b, SAMPLE_ROOM);
	put_junk(&b, 100, 9);
	for (int i = 0; i < STREAMS; i++)
		buf_put(&b, buf_bytes(&harmless));
	scan_bytes(buf_bytes(&b), &v);
	CHECK_EQ(verdict_kind(&v), VERDICT_CLEAN);
	/* Each with its content, that in two normal forms at most. */
	CHECK(v.objects <= 4 * STREAMS + 8);
	verdict_fini(&v);
	buf_put(&b, buf_bytes(&last));
	CHECK_EQ(kind_of(&b), VERDICT_INFECTED);
	buf_fini(&b);
	buf_fini(&harmless);
	buf_fini(&last);
}

TEST(a_quine_ends_at_its_depth)
{
	/* A gzip that unpacks to itself (by Russ Cox, "Zip Files All The Way Down", 2010) is 232
	 * bytes of other people's work; a hundred layers do as well, for no scan looks for
	 * sameness. */
	struct scan_limits limits = scan_limits_default();
	struct buf a, b;

	sample_pack(archive_write_set_format_zip, NULL, "x", bytes_of_text("core"), &a);
	for (int i = 0; i < 100; i++) {
		sample_pack(archive_write_set_format_zip, NULL, "x", buf_bytes(&a), &b);
		buf_fini(&a);
		a = b;
	}
	check_gap(buf_bytes(&a), &limits, VERDICT_GAP_DEPTH, "x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x");
	buf_fini(&a);
}

TEST(short_memory_is_a_gap_and_never_clean)
{
	struct scan_limits limits = scan_limits_default();
	struct source s;
	struct scan *scan = NULL;
	struct buf b;
	bool failed = true;

	sample_pack(archive_write_set_format_7zip, NULL, "e.com", bytes_of_text(eicar()), &b);
	s = source_of_memory(buf_bytes(&b));
	CHECK_EQ(scan_new(database(), &limits, false, &scan), ERR_NONE);
	for (unsigned nth = 1; failed; nth++) {
		struct verdict v;

		verdict_init(&v);
		test_fail_allocation(nth);
		scan_object(scan, &s, &v);
		failed = test_allocation_failed();
		test_fail_allocation(0);
		CHECK(verdict_kind(&v) != VERDICT_CLEAN);
		verdict_fini(&v);
	}
	scan_free(scan);
	buf_fini(&b);
}

TEST(a_scanner_without_memory_is_not_made)
{
	struct scan_limits limits = scan_limits_default();
	struct scan *scan = NULL;
	enum err e = ERR_NOMEM;

	(void)database();
	for (unsigned nth = 1; e != ERR_NONE; nth++) {
		test_fail_allocation(nth);
		e = scan_new(database(), &limits, false, &scan);
		test_fail_allocation(0);
		CHECK(e == ERR_NONE || e == ERR_NOMEM);
	}
	scan_free(scan);
	scan_free(NULL);
}

static const struct {
	const char *what;
	sample_set_fn *format, *filter;
} archives[] = {
	{ "gzip", archive_write_set_format_raw, archive_write_add_filter_gzip },
	{ "bzip2", archive_write_set_format_raw, archive_write_add_filter_bzip2 },
	{ "xz", archive_write_set_format_raw, archive_write_add_filter_xz },
	{ "zstd", archive_write_set_format_raw, archive_write_add_filter_zstd },
	{ "zip", archive_write_set_format_zip, NULL },
	{ "tar", archive_write_set_format_ustar, NULL },
	{ "cpio", archive_write_set_format_cpio_newc, NULL },
	{ "7z", archive_write_set_format_7zip, NULL },
	{ "iso", archive_write_set_format_iso9660, NULL },
};

/* Only within: signatures of whole files do not match what something stands in front of. */
TEST(what_lies_behind_an_archive_is_looked_at)
{
	for (size_t i = 0; i < sizeof archives / sizeof archives[0]; i++)
		for (size_t k = 0; k < 2; k++) {
			struct buf archive, behind;

			sample_pack(archives[i].format, archives[i].filter, "a", bytes_of_text("harmless words"),
			    &archive);
			sample_pack(archive_write_set_format_raw,
			    k == 0 ? archive_write_add_filter_gzip : archive_write_add_filter_bzip2, "",
			    bytes_of_text(eicar()), &behind);
			buf_put(&archive, buf_bytes(&behind));
			if (kind_of(&archive) != VERDICT_INFECTED)
				fail_msg("behind %s", archives[i].what);
			buf_fini(&archive);
			buf_fini(&behind);
		}
}

TEST(what_lies_before_or_between_entries_is_looked_at)
{
	struct sample_entry e = { "a", bytes_of_text("words"), 5, 0, 0 };
	struct buf packed, b;
	struct verdict v;

	sample_pack(archive_write_set_format_raw, archive_write_add_filter_gzip, "", bytes_of_text(eicar()),
	    &packed);
	for (int place = 0; place < 4; place++) {
		uint32_t at, second, from;

		buf_init(&b, SAMPLE_ROOM);
		put_junk(&b, 500, 3);
		if (place == 0)
			buf_put(&b, buf_bytes(&packed));
		at = sample_put_local(&b, &e);
		if (place == 1)
			buf_put(&b, buf_bytes(&packed));
		second = sample_put_local(&b, &e);
		if (place == 2)
			buf_put(&b, buf_bytes(&packed));
		from = (uint32_t)b.n;
		sample_put_central(&b, &e, at);
		sample_put_central(&b, &e, second);
		sample_put_end(&b, 2, from);
		if (place < 3)
			CHECK_EQ(kind_of(&b), VERDICT_INFECTED);
		else {
			/* Directory and end record are no gap. */
			scan_bytes(buf_bytes(&b), &v);
			CHECK_EQ(verdict_kind(&v), VERDICT_CLEAN);
			verdict_fini(&v);
		}
		buf_fini(&b);
	}
	/* The sectors in front of an image. */
	sample_pack(archive_write_set_format_iso9660, NULL, "a", bytes_of_text("words"), &b);
	memcpy(b.p + 600, packed.p, packed.n);
	CHECK_EQ(kind_of(&b), VERDICT_INFECTED);
	buf_fini(&b);
	buf_fini(&packed);
}

TEST(a_compiled_script_in_another_file_is_opened)
{
	static const char script[] = "\xa3\x48\x4b\xbe\x98\x6c\x4a\xa9\x99\x4c\x53\x0a\x86\xd6\x48\x7d"
				     "AU3!EA06" "0123456789abcdef" "\x6b\x43\xca\x52 and no more";
	struct buf b;

	buf_init(&b, SAMPLE_ROOM);
	put_junk(&b, 500, 4);
	buf_put(&b, bytes_of(script, sizeof script));
	CHECK_EQ(kind_of(&b), VERDICT_INCOMPLETE);
	buf_fini(&b);
}

TEST(text_of_which_only_the_front_is_read_as_a_script_is_no_gap)
{
	struct scan_limits limits = scan_limits_default();
	struct source s;
	struct scan *scan;
	struct verdict v;
	char path[256];
	int fd;

	/* A log larger than any object may be in memory, in a file. */
	snprintf(path, sizeof path, "%s/log", test_dir());
	CHECK((fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600)) >= 0);
	for (int i = 0; i < 400; i++)
		for (int k = 0; k < 50; k++)
			CHECK_EQ(write(fd, "words of a log, and then more of them, line after line, for ever and on\n",
				     72), 72);
	limits.object_bytes = limits.memory_bytes = 17 << 20;
	CHECK_EQ(ftruncate(fd, 24 << 20), 0);
	CHECK_EQ(source_of_file(fd, &s), ERR_NONE);
	CHECK_EQ(scan_new(database(), &limits, false, &scan), ERR_NONE);
	verdict_init(&v);
	scan_object(scan, &s, &v);
	CHECK_EQ(v.missed[VERDICT_GAP_SIZE].count + v.missed[VERDICT_GAP_MEMORY].count, 0);
	verdict_fini(&v);
	scan_free(scan);
	close(fd);
}
