/* Goal of this test: the bytes, numbers and texts that everything above stands on. */
#include <errno.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/reader.h"
#include "base/test.h"
#include "base/text.h"
#include "base/timestamp.h"

TEST(every_error_has_a_name_of_its_own)
{
	for (int a = 0; a < ERR_COUNT; a++)
		for (int b = 0; b < a; b++)
			CHECK(strcmp(err_name((enum err)a), err_name((enum err)b)) != 0);
	CHECK_TEXT(err_name((enum err)99), "unknown");
}

TEST(a_fault_gathers_context_as_it_rises)
{
	struct fault f;

	errno = ENOSPC;
	CHECK_EQ(fault_errno(&f, "cannot write %s", "x.db"), ERR_FULL);
	CHECK_EQ(fault_within(&f, "release %d", 7), ERR_FULL);
	CHECK_TEXT(f.text, "release 7: cannot write x.db: No space left on device");
	CHECK_EQ(fault_set(NULL, ERR_LIMIT, "unused"), ERR_LIMIT);
}

TEST(reader_refuses_to_read_past_its_end)
{
	uint8_t *exact = test_copy("\x01\x02\x03", 3);
	struct reader r = reader_over(bytes_of(exact, 3));

	CHECK_EQ(reader_u16le(&r), 0x0201);
	CHECK_EQ(reader_u16le(&r), 0);
	CHECK(r.bad);
	CHECK_EQ(reader_u8(&r), 0);
	CHECK(!reader_is_done(&r));
	free(exact);
}

TEST(what_buf_writes_the_reader_reads_back)
{
	struct reader r;
	struct buf b;
	char text[8];

	buf_init(&b, 1000);
	buf_u8(&b, 7);
	buf_u16le(&b, 0x1234);
	buf_u32le(&b, 0xfedcba98);
	buf_i64le(&b, -2);
	buf_put_text(&b, "seat");
	buf_put_blob(&b, bytes_of("\0\1", 2));
	CHECK_EQ(b.err, ERR_NONE);
	r = reader_over(buf_bytes(&b));
	CHECK_EQ(reader_u8(&r), 7);
	CHECK_EQ(reader_u16le(&r), 0x1234);
	CHECK_EQ(reader_u32le(&r), 0xfedcba98);
	CHECK_EQ(reader_i64le(&r), -2);
	reader_text(&r, text, sizeof text);
	CHECK_TEXT(text, "seat");
	CHECK_BYTES(reader_blob(&r, 2), bytes_of("\0\1", 2));
	CHECK(reader_is_done(&r));
	buf_fini(&b);
}

TEST(reader_text_refuses_what_does_not_fit_and_embedded_nuls)
{
	char text[4];
	struct reader r = reader_over(bytes_of("\4\0\0\0abcd", 8));

	reader_text(&r, text, sizeof text);
	CHECK(r.bad);
	CHECK_TEXT(text, "");
	r = reader_over(bytes_of("\2\0\0\0a\0", 6));
	reader_text(&r, text, sizeof text);
	CHECK(r.bad);
}

TEST(buf_stops_at_its_ceiling_and_stays_stopped)
{
	struct buf b;

	buf_init(&b, 4);
	buf_put_string(&b, "abc");
	buf_put_string(&b, "de");
	CHECK_EQ(b.err, ERR_LIMIT);
	buf_u8(&b, 'x');
	CHECK_EQ(b.n, 3);
	buf_fini(&b);
}

TEST(buf_reports_each_allocation_that_fails)
{
	struct buf b;
	char *text;

	for (unsigned n = 1;; n++) {
		buf_init(&b, 100000);
		test_fail_allocation(n);
		for (int i = 0; i < 500; i++)
			buf_printf(&b, "%d,", i);
		text = buf_take_string(&b);
		test_fail_allocation(0);
		free(text);
		buf_fini(&b);
		if (text != NULL)
			break;
		CHECK(n < 50);
	}
}

TEST(numbers_are_read_strictly)
{
	uint64_t v = 99;

	CHECK_EQ(text_to_u64(bytes_of_text("0"), 10, &v), ERR_NONE);
	CHECK_EQ(v, 0);
	CHECK_EQ(text_to_u64(bytes_of_text("18446744073709551615"), UINT64_MAX, &v), ERR_NONE);
	CHECK(v == UINT64_MAX);
	CHECK_EQ(text_to_u64(bytes_of_text("18446744073709551616"), UINT64_MAX, &v), ERR_LIMIT);
	CHECK_EQ(text_to_u64(bytes_of_text("11"), 10, &v), ERR_LIMIT);
	CHECK_EQ(text_to_u64(bytes_of_text("7"), 3, &v), ERR_LIMIT);
	CHECK_EQ(text_to_u64(bytes_of_text(""), 10, &v), ERR_MALFORMED);
	CHECK_EQ(text_to_u64(bytes_of_text("+1"), 10, &v), ERR_MALFORMED);
	CHECK_EQ(text_to_u64(bytes_of_text("1 "), 10, &v), ERR_MALFORMED);
}

TEST(spans_are_read_and_said)
{
	char out[32];
	int64_t v;

	CHECK_EQ(text_to_seconds("72h", 1000000, &v), ERR_NONE);
	CHECK_EQ(v, 72 * 3600);
	CHECK_EQ(text_to_seconds("72", 1000000, &v), ERR_MALFORMED);
	CHECK_EQ(text_to_seconds("", 1000000, &v), ERR_MALFORMED);
	CHECK_EQ(text_to_seconds("2d", 86400, &v), ERR_LIMIT);
	text_of_span(3 * 86400 + 5, out, sizeof out);
	CHECK_TEXT(out, "3 days");
	text_of_span(61, out, sizeof out);
	CHECK_TEXT(out, "1 minute");
	text_of_span(-5, out, sizeof out);
	CHECK_TEXT(out, "less than a minute");
}

TEST(plain_text_is_utf8_without_controls)
{
	CHECK(text_is_plain("Grüße, 例"));
	CHECK(!text_is_plain("a\nb"));
	CHECK(!text_is_plain("\x1b[31m"));
	CHECK(!text_is_plain("\xc3"));
	CHECK(!text_is_plain("\xc0\x80"));
	CHECK(!text_is_plain("\xed\xa0\x80"));
	CHECK(!text_is_plain("\xe2\x80\xae"));
}

TEST(timestamps_round_trip_and_refuse_what_no_calendar_has)
{
	char out[TIMESTAMP_SIZE];
	int64_t t;

	CHECK_EQ(timestamp_read("2026-11-23T23:41:00Z", &t), ERR_NONE);
	timestamp_write(t, out);
	CHECK_TEXT(out, "2026-11-23T23:41:00Z");
	CHECK_EQ(timestamp_read("2026-02-31T00:00:00Z", &t), ERR_MALFORMED);
	CHECK_EQ(timestamp_read("2026-11-23 23:41:00Z", &t), ERR_MALFORMED);
	CHECK_EQ(timestamp_read("2026-11-23T23:41:00", &t), ERR_MALFORMED);
	CHECK_EQ(timestamp_read("2026-11-23T23:41:60Z", &t), ERR_MALFORMED);
	timestamp_write(INT64_MAX, out);
	CHECK_TEXT(out, "9999-12-31T23:59:59Z");
}

TEST(foreign_bytes_become_plain_text_that_fits)
{
	static const struct {
		const char *in, *want;
	} cases[] = { { "", "" }, { "a b", "a b" }, { "\x1b[2J\n", "?[2J?" },
		{ "gr\xc3\xbc\xc3", "gr\xc3\xbc?" },
		{ "0123456789abcdef", "01234...bcdef" },
		{ "0123\xc3\xbc""789abcdef", "0123...bcdef" },
		{ "0123456789\xc3\xbc""2345", "01234...2345" } };
	char out[14];

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		text_make_plain(out, sizeof out, bytes_of_text(cases[i].in));
		CHECK_TEXT(out, cases[i].want);
		CHECK(text_is_plain(out));
	}
}
