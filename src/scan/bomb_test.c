/* Goal of this test: what was made to keep a scanner busy, or to fill its memory, ends within the
 * limits, says which, and still yields what is found on the way. All of it is made here. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/io.h"
#include "base/test.h"
#include "format/sample.h"
#include "scan/scan.h"
#include "sigdb/build.h"

/* EICAR's last words: no scanner minds them alone. */
#define WORDS "TEST-FILE!$H+H*"

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
	CHECK_EQ(sigdb_build_add(build, "a.ndb",
		     bytes_of_text("Test.Words:0:*:544553542d46494c452124482b482a\n"), NULL, NULL),
	    ERR_NONE);
	CHECK_EQ(sigdb_build_write(build, &stamp, fd, &why), ERR_NONE);
	sigdb_build_free(build);
	CHECK_EQ(sigdb_open(fd, &db, &why), ERR_NONE);
	close(fd);
	return db;
}

static void
scan_source(const struct source *s, const struct scan_limits *limits, struct verdict *v)
{
	struct scan *scan;

	CHECK_EQ(scan_new(database(), limits, true, &scan), ERR_NONE);
	verdict_init(v);
	scan_object(scan, s, v);
	CHECK(v->finished);
	scan_free(scan);
}

static void
scan_bytes(struct bytes content, const struct scan_limits *limits, struct verdict *v)
{
	struct source s = source_of_memory(content);

	scan_source(&s, limits, v);
}

/* Sixteen of each in each, five times: a million files of a mebibyte, in some kilobytes. */
TEST(a_bomb_of_archives_within_archives_ends_at_a_limit)
{
	struct scan_limits limits = scan_limits_default();
	uint8_t *zeros = calloc(1, 1 << 20);
	struct verdict v;
	struct sample_packer p;
	struct buf inner, outer;

	sample_begin(&p, archive_write_set_format_zip, NULL, NULL, &inner);
	sample_add(&p, "zeros", bytes_of(zeros, 1 << 20));
	sample_end(&p, &inner);
	for (int level = 0; level < 5; level++) {
		sample_begin(&p, archive_write_set_format_zip, NULL, NULL, &outer);
		for (int i = 0; i < 16; i++) {
			char name[16];

			snprintf(name, sizeof name, "%d.zip", i);
			sample_add(&p, name, buf_bytes(&inner));
		}
		sample_end(&p, &outer);
		buf_fini(&inner);
		inner = outer;
	}
	limits.ratio_from = 64 << 20;
	scan_bytes(buf_bytes(&inner), &limits, &v);
	CHECK_EQ(verdict_kind(&v), VERDICT_INCOMPLETE);
	CHECK(v.missed[VERDICT_GAP_RATIO].count == 1);
	CHECK(v.bytes < UINT64_C(1) << 30);
	verdict_fini(&v);
	buf_fini(&inner);
	free(zeros);
}

/* A directory in which all entries are the same bytes, each of another length. */
TEST(entries_that_overlap_end_at_a_limit)
{
	enum { ENTRIES = 20000, SIZE = 1 << 20 };
	struct scan_limits limits = scan_limits_default();
	uint8_t *zeros = calloc(1, SIZE);
	struct sample_entry e = { "x", sample_deflate(bytes_of(zeros, SIZE)), SIZE, 8, 0 };
	struct verdict v;
	struct buf b;
	uint32_t from;

	buf_init(&b, 16 << 20);
	sample_put_local(&b, &e);
	from = (uint32_t)b.n;
	for (uint32_t i = 0; i < ENTRIES; i++) {
		e.data.n = 2000 + i;
		sample_put_central(&b, &e, 0);
	}
	sample_put_end(&b, ENTRIES, from);
	scan_bytes(buf_bytes(&b), &limits, &v);
	CHECK_EQ(verdict_kind(&v), VERDICT_INCOMPLETE);
	CHECK(v.missed[VERDICT_GAP_RATIO].count == 1);
	verdict_fini(&v);
	buf_fini(&b);
	free(zeros);
}

TEST(a_million_empty_members_are_passed_over_and_what_follows_is_found)
{
	struct scan_limits limits = scan_limits_default();
	struct verdict v;
	struct sample_packer p;
	struct buf b;

	sample_begin(&p, archive_write_set_format_ustar, archive_write_add_filter_gzip, NULL, &b);
	for (int i = 0; i < 1000000; i++)
		sample_add(&p, "x", bytes_of(NULL, 0));
	sample_add(&p, "last", bytes_of_text(WORDS));
	sample_end(&p, &b);
	scan_bytes(buf_bytes(&b), &limits, &v);
	/* Or its time was over, on a slow machine: never clean. */
	CHECK(verdict_kind(&v) == VERDICT_INFECTED || v.missed[VERDICT_GAP_TIME].count == 1 ||
	    v.missed[VERDICT_GAP_RATIO].count == 1);
	verdict_fini(&v);
	buf_fini(&b);
}

TEST(links_that_lead_in_a_circle_lead_nowhere)
{
	struct scan_limits limits = scan_limits_default();
	struct verdict v;
	struct sample_packer p;
	struct buf b;

	sample_begin(&p, archive_write_set_format_ustar, NULL, NULL, &b);
	sample_add_link(&p, "a", "b", false);
	sample_add_link(&p, "b", "a", false);
	sample_add_link(&p, "c", "c", true);
	sample_add(&p, "d", bytes_of_text("words"));
	sample_end(&p, &b);
	scan_bytes(buf_bytes(&b), &limits, &v);
	CHECK_EQ(verdict_kind(&v), VERDICT_CLEAN);
	CHECK_EQ(v.objects, 2);
	verdict_fini(&v);
	buf_fini(&b);
}

/* Each program that is found in it reaches to its end: looked at one within the other, they would
 * be looked at two to the power of forty times. */
TEST(programs_within_programs_are_looked_at_once_each)
{
	struct scan_limits limits = scan_limits_default();
	struct verdict v;
	struct buf b;

	buf_init(&b, 1 << 20);
	for (int i = 0; i < 40; i++) {
		size_t at = b.n;

		buf_put_string(&b, "MZ");
		while (b.n < at + 60)
			buf_u8(&b, 0);
		buf_u32le(&b, 64);
		buf_put(&b, bytes_of("PE\0\0\x4c\1\1\0", 8));
		while (b.n < at + 64 + 20)
			buf_u8(&b, 0);
		buf_u16le(&b, 224), buf_u16le(&b, 2), buf_u16le(&b, 0x10b);
		while (b.n < at + 64 + 24 + 224 + 16)
			buf_u8(&b, 0);
		buf_u32le(&b, 1 << 20);
		while (b.n < at + 64 + 24 + 224 + 40)
			buf_u8(&b, 0);
	}
	scan_bytes(buf_bytes(&b), &limits, &v);
	CHECK(v.objects < 100);
	verdict_fini(&v);
	buf_fini(&b);
}

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

/* A header as tar writes it, whose size may be in base 256. */
static void
write_tar_header(int fd, off_t at, const char *name, uint64_t size)
{
	uint8_t h[512] = { 0 };
	unsigned sum = 0;

	snprintf((char *)h, 100, "%s", name);
	memcpy(h + 100, "0000644\0" "0000000\0" "0000000", 23);
	h[124] = 0x80;
	for (int i = 0; i < 8; i++)
		h[135 - i] = (uint8_t)(size >> 8 * i);
	memcpy(h + 136, "00000000000", 11);
	memset(h + 148, ' ', 8);
	h[156] = '0';
	memcpy(h + 257, "ustar  ", 8);
	for (size_t i = 0; i < sizeof h; i++)
		sum += h[i];
	snprintf((char *)h + 148, 8, "%06o", sum);
	CHECK_EQ(pwrite(fd, h, sizeof h, at), sizeof h);
}

static int
scan_in_little_memory(int fd)
{
	struct scan_limits limits = scan_limits_default();
	struct rlimit little = { 64 << 20, 64 << 20 };
	struct source s;
	struct verdict v;

	limits.memory_bytes = limits.object_bytes = 24 << 20;
	limits.time_ms = 600000;
	if (setrlimit(RLIMIT_DATA, &little) != 0 || source_of_file(fd, &s) != ERR_NONE)
		return 2;
	scan_source(&s, &limits, &v);
	return verdict_kind(&v) == VERDICT_INFECTED && v.missed[VERDICT_GAP_MEMORY].count == 0 &&
		strcmp(v.findings[v.finding_count - 1].where, "last") == 0 ? 0 : 1;
}

/* A quarter of a gigabyte each time; ten where it may take its time (HOLDFAST_LONG, in ./check). */
TEST(a_tar_of_ten_gigabytes_is_scanned_in_64_megabytes)
{
	const uint64_t big = (UINT64_C(256) << 20) * (getenv("HOLDFAST_LONG") != NULL ? 40 : 1);
	char path[256];
	int fd, status;
	pid_t pid;

	if (SANITIZED)
		return;
	(void)database();
	snprintf(path, sizeof path, "%s/big.tar", test_dir());
	CHECK((fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600)) >= 0);
	write_tar_header(fd, 0, "big", big);
	write_tar_header(fd, (off_t)(512 + big), "last", sizeof WORDS - 1);
	CHECK_EQ(pwrite(fd, WORDS, sizeof WORDS - 1, (off_t)(1024 + big)), sizeof WORDS - 1);
	CHECK_EQ(ftruncate(fd, (off_t)(1024 + 512 + 1024 + big)), 0);
	if ((pid = fork()) == 0)
		_exit(scan_in_little_memory(fd));
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK(WIFEXITED(status));
	CHECK_EQ(WEXITSTATUS(status), 0);
	close(fd);
}
