/* Goal of this test: a verdict never says less than what was found or missed, and nothing but a
 * well-formed message is taken from a worker. */
#include <stdio.h>
#include <stdlib.h>

#include "base/test.h"
#include "verdict/message.h"

TEST(an_untouched_verdict_is_no_verdict)
{
	struct verdict v;

	verdict_init(&v);
	CHECK_EQ(verdict_kind(&v), VERDICT_NONE);
	verdict_finish(&v);
	CHECK_EQ(verdict_kind(&v), VERDICT_CLEAN);
	verdict_fini(&v);
	verdict_fini(NULL);
}

TEST(infected_wins_over_suspicious_over_incomplete_over_clean)
{
	struct verdict v;

	verdict_init(&v);
	verdict_finish(&v);
	verdict_add_gap(&v, VERDICT_GAP_ENCRYPTED, "a.zip/b");
	CHECK_EQ(verdict_kind(&v), VERDICT_INCOMPLETE);
	CHECK_EQ(verdict_add_finding(&v, VERDICT_SUSPICIOUS, "Odd", "a.zip/c"), ERR_NONE);
	CHECK_EQ(verdict_kind(&v), VERDICT_SUSPICIOUS);
	CHECK_EQ(verdict_add_finding(&v, VERDICT_INFECTED, "Bad", "a.zip/d"), ERR_NONE);
	CHECK_EQ(verdict_kind(&v), VERDICT_INFECTED);
	CHECK_EQ(v.missed[VERDICT_GAP_ENCRYPTED].count, 1);
	verdict_fini(&v);
}

TEST(a_finding_counts_before_the_scan_is_finished)
{
	struct verdict v;

	verdict_init(&v);
	verdict_add_finding(&v, VERDICT_INFECTED, "Bad", "");
	CHECK_EQ(verdict_kind(&v), VERDICT_INFECTED);
	verdict_fini(&v);
}

TEST(the_same_finding_counts_once_and_a_gap_keeps_its_first_place)
{
	struct verdict v;

	verdict_init(&v);
	verdict_add_finding(&v, VERDICT_INFECTED, "Bad", "x");
	verdict_add_finding(&v, VERDICT_INFECTED, "Bad", "x");
	verdict_add_finding(&v, VERDICT_INFECTED, "Bad", "y");
	CHECK_EQ(v.finding_count, 2);
	verdict_add_gap(&v, VERDICT_GAP_DAMAGED, "first");
	verdict_add_gap(&v, VERDICT_GAP_DAMAGED, "second");
	CHECK_EQ(v.missed[VERDICT_GAP_DAMAGED].count, 2);
	CHECK_TEXT(v.missed[VERDICT_GAP_DAMAGED].where, "first");
	verdict_fini(&v);
}

TEST(names_from_an_archive_cannot_drive_a_terminal)
{
	struct verdict v;

	verdict_init(&v);
	verdict_add_finding(&v, VERDICT_INFECTED, "", "\x1b]0;x\x07");
	CHECK_TEXT(v.findings[0].signature, "?");
	CHECK_TEXT(v.findings[0].where, "?]0;x?");
	verdict_fini(&v);
}

TEST(every_kind_and_gap_has_words_of_its_own)
{
	for (int a = 0; a < VERDICT_GAPS; a++)
		for (int b = 0; b < a; b++) {
			CHECK(strcmp(verdict_gap_name((enum verdict_gap)a),
				  verdict_gap_name((enum verdict_gap)b)) != 0);
			CHECK(strcmp(verdict_gap_words((enum verdict_gap)a),
				  verdict_gap_words((enum verdict_gap)b)) != 0);
		}
	CHECK_TEXT(verdict_kind_name((enum verdict_kind)77), "not scanned");
	CHECK_TEXT(verdict_gap_name((enum verdict_gap)77), "unknown");
}

/* As large as a verdict can become. */
static void
fill(struct verdict *v)
{
	char signature[VERDICT_SIGNATURE_SIZE], where[VERDICT_WHERE_SIZE + 100];

	verdict_init(v);
	memset(where, 'w', sizeof where);
	where[sizeof where - 1] = '\0';
	for (int i = 0; i < 1000; i++) {
		snprintf(signature, sizeof signature, "%0*d", i % 200 + 1, i);
		CHECK_EQ(verdict_add_finding(v, VERDICT_INFECTED, signature, where + i % 90),
		    ERR_NONE);
	}
	for (int gap = 1; gap < VERDICT_GAPS; gap++)
		verdict_add_gap(v, (enum verdict_gap)gap, where);
	v->objects = 7;
	v->bytes = UINT64_MAX;
	verdict_finish(v);
}

TEST(the_largest_verdict_fits_one_message_and_comes_back_whole)
{
	struct verdict v, back;
	struct reader r;
	struct buf b;
	uint64_t tag = 0;

	fill(&v);
	CHECK(v.findings_unlisted > 0 && v.finding_count > 50);
	CHECK_EQ(v.finding_count + v.findings_unlisted, 1000);
	buf_init(&b, VERDICT_BYTES_MAX + 9);
	message_write_verdict(42, &v, &b);
	CHECK_EQ(b.err, ERR_NONE);
	r = reader_over(buf_bytes(&b));
	CHECK_EQ(message_kind(&r), MESSAGE_VERDICT);
	CHECK_EQ(message_take_verdict(&r, &tag, &back), ERR_NONE);
	CHECK(reader_is_done(&r));
	CHECK_EQ(tag, 42);
	CHECK_EQ(back.finding_count, v.finding_count);
	CHECK_EQ(back.findings_unlisted, v.findings_unlisted);
	CHECK_TEXT(back.findings[3].signature, v.findings[3].signature);
	CHECK_TEXT(back.missed[VERDICT_GAP_TIME].where, v.missed[VERDICT_GAP_TIME].where);
	CHECK_EQ(back.bytes, UINT64_MAX);
	verdict_fini(&back);
	verdict_fini(&v);
	buf_fini(&b);
}

static void
write_example(struct buf *b)
{
	struct verdict v;

	verdict_init(&v);
	verdict_add_finding(&v, VERDICT_INFECTED, "Some.Name-1", "a.tar/b");
	verdict_add_gap(&v, VERDICT_GAP_DEPTH, "a.tar/c");
	verdict_finish(&v);
	buf_init(b, VERDICT_BYTES_MAX);
	verdict_write(&v, b);
	CHECK_EQ(b->err, ERR_NONE);
	verdict_fini(&v);
}

TEST(every_truncation_of_a_verdict_is_refused)
{
	struct buf b;

	write_example(&b);
	for (size_t n = 0; n < b.n; n++) {
		uint8_t *exact = test_copy(b.p, n);
		struct reader r = reader_over(bytes_of(exact, n));
		struct verdict v;

		CHECK_EQ(verdict_read(&r, &v), ERR_MALFORMED);
		free(exact);
	}
	buf_fini(&b);
}

/* Change one byte of the example at ${at}. */
static enum err
read_altered(size_t at, uint8_t value)
{
	struct buf b;
	struct reader r;
	struct verdict v;
	enum err e;

	write_example(&b);
	b.p[at] = value;
	r = reader_over(buf_bytes(&b));
	if ((e = verdict_read(&r, &v)) == ERR_NONE)
		verdict_fini(&v);
	buf_fini(&b);
	return e;
}

TEST(what_no_honest_worker_writes_is_refused)
{
	enum { FINDINGS = 26, KIND = 28, NAME = 33 };

	CHECK_EQ(read_altered(0, 1), ERR_NONE);
	CHECK_EQ(read_altered(0, 2), ERR_MALFORMED);		/* another form */
	CHECK_EQ(read_altered(1, 2), ERR_MALFORMED);		/* neither finished nor not */
	CHECK_EQ(read_altered(FINDINGS + 1, 9), ERR_MALFORMED);	/* too many findings */
	CHECK_EQ(read_altered(KIND, VERDICT_CLEAN), ERR_MALFORMED);
	CHECK_EQ(read_altered(NAME, 0x1b), ERR_MALFORMED);	/* would drive a terminal */
	CHECK_EQ(read_altered(NAME, 0xff), ERR_MALFORMED);	/* not UTF-8 */
	CHECK_EQ(read_altered(NAME, 0), ERR_MALFORMED);
}

TEST(a_message_with_anything_behind_it_is_refused)
{
	struct message_object object = { 1, 2 }, objects[MESSAGE_OBJECTS_MAX];
	struct message_ready ready = { 1, 2, 3, 4 };
	struct message_setup setup = { true, false, scan_limits_default() };
	struct fault f = { ERR_MALFORMED, "the database \xff is damaged" }, got;
	struct reader r;
	struct buf b;
	size_t count;

	buf_init(&b, 1000);
	message_write_objects(&object, 1, &b);
	buf_u8(&b, 0);
	r = reader_over(buf_bytes(&b));
	CHECK_EQ(message_kind(&r), MESSAGE_OBJECT);
	CHECK_EQ(message_read_objects(&r, objects, &count), ERR_MALFORMED);
	buf_clear(&b);
	message_write_ready(&ready, &b);
	r = reader_over(bytes_of(b.p + 1, b.n - 2));
	CHECK_EQ(message_read_ready(&r, &ready), ERR_MALFORMED);
	buf_clear(&b);
	message_write_setup(&setup, &b);
	b.p[1] = 2;
	r = reader_over(bytes_of(b.p + 1, b.n - 1));
	CHECK_EQ(message_read_setup(&r, &setup), ERR_MALFORMED);
	buf_clear(&b);
	message_write_fault(&f, &b);
	r = reader_over(bytes_of(b.p + 1, b.n - 1));
	CHECK_EQ(message_read_fault(&r, &got), ERR_NONE);
	CHECK_TEXT(got.text, "the database ? is damaged");
	CHECK_EQ(got.err, ERR_MALFORMED);
	buf_fini(&b);
}

TEST(no_limit_may_be_zero)
{
	struct scan_limits limits = scan_limits_default(), got;
	struct reader r;
	struct buf b;

	buf_init(&b, 1000);
	scan_limits_write(&limits, &b);
	r = reader_over(buf_bytes(&b));
	CHECK_EQ(scan_limits_read(&r, &got), ERR_NONE);
	CHECK(memcmp(&got.depth, &limits.depth, sizeof limits.depth) == 0);
	CHECK_EQ(got.time_ms, limits.time_ms);
	memset(b.p, 0, 4);
	r = reader_over(buf_bytes(&b));
	CHECK_EQ(scan_limits_read(&r, &got), ERR_MALFORMED);
	buf_fini(&b);
}

TEST(short_memory_never_hides_a_finding)
{
	struct verdict v;

	for (unsigned nth = 1; nth < 10; nth++) {
		enum err e;

		verdict_init(&v);
		test_fail_allocation(nth);
		e = verdict_add_finding(&v, VERDICT_INFECTED, "Bad", "x");
		test_fail_allocation(0);
		verdict_finish(&v);
		CHECK_EQ(verdict_kind(&v), VERDICT_INFECTED);
		CHECK_EQ(e, v.finding_count == 0 ? ERR_NOMEM : ERR_NONE);
		verdict_fini(&v);
	}
}

TEST(short_memory_while_reading_leaves_nothing_behind)
{
	struct buf b;
	enum err e = ERR_NOMEM;

	write_example(&b);
	for (unsigned nth = 1; e != ERR_NONE; nth++) {
		struct reader r = reader_over(buf_bytes(&b));
		struct verdict v;

		test_fail_allocation(nth);
		e = verdict_read(&r, &v);
		test_fail_allocation(0);
		if (e == ERR_NONE)
			verdict_fini(&v);
		else
			CHECK_EQ(e, ERR_NOMEM);
	}
	buf_fini(&b);
}

TEST(limits_are_changed_by_words_or_not_at_all)
{
	static const char *const wrong[] = { "", "depth", "depth=", "depth=0", "depth=x", "deep=1",
		"depth=5000000000", "time=0s", "time=30", "memory=1T", "depth=3,bytes" };
	struct scan_limits l = scan_limits_default(), before = l;
	struct buf was;
	struct fault why;

	buf_init(&was, 1024);
	scan_limits_write(&before, &was);
	CHECK_EQ(scan_limits_change(&l, "depth=3,memory=64M,time=30s,bytes=2G,object-bytes=5", &why),
	    ERR_NONE);
	CHECK_EQ(l.depth, 3);
	CHECK_EQ(l.memory_bytes, 64 << 20);
	CHECK_EQ(l.time_ms, 30000);
	CHECK_EQ(l.bytes, UINT64_C(2) << 30);
	CHECK_EQ(l.object_bytes, 5);
	CHECK_EQ(l.ratio, before.ratio);
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		struct scan_limits same = before;
		struct buf is;

		CHECK_EQ(scan_limits_change(&same, wrong[i], &why), ERR_MALFORMED);
		buf_init(&is, 1024);
		scan_limits_write(&same, &is);
		CHECK_BYTES(buf_bytes(&is), buf_bytes(&was));
		buf_fini(&is);
	}
	buf_fini(&was);
}
