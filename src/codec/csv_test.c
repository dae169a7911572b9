/* Goal of this test: CSV as spreadsheets and databases write it is read to the letter, and nothing else; what we write
 * comes back as it was. */
#include <stdio.h>
#include <stdlib.h>

#include "base/test.h"
#include "codec/csv.h"

/* All records as "a|b;c|d;", or "!" where reading ends in an error. */
static void
show(struct bytes text, char *out, size_t size)
{
	struct csv c = csv_over(text);
	struct csv_record r;
	size_t n = 0;
	enum err e;

	out[0] = '\0';
	while ((e = csv_take(&c, &r, NULL)) == ERR_NONE)
		for (size_t i = 0; i < r.count; i++)
			n += (size_t)snprintf(out + n, size - n, "%s%s", r.fields[i], i + 1 == r.count ? ";" : "|");
	if (e != ERR_NOT_FOUND)
		snprintf(out + n, size - n, "!");
}

TEST(every_form_of_a_field_and_a_line_is_read)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
		{ "", "" }, { "\n\r\n\n", "" }, { "a", "a;" }, { "a,b\nc,d\n", "a|b;c|d;" },
		{ "a,b\r\nc,d\r\n", "a|b;c|d;" }, { "\xef\xbb\xbf" "a,b", "a|b;" }, { ",", "|;" },
		{ "a,,b\n\n\nc", "a||b;c;" }, { "\"a,b\",\"c\"\"d\"", "a,b|c\"d;" }, { "\"\"", ";" },
		{ "\"a\nb\",c\nd", "a\nb|c;d;" }, { " a , b ", " a | b ;" }, { "\"a\"", "a;" },
		{ "a\"b", "!" }, { "\"a", "!" }, { "\"a\"b", "!" }, { "\"a\" ,b", "!" }, { "a\rb", "!" },
		{ "a\r", "!" }, { "\r", "!" }, { "a,\"b\n", "!" }, { "ok\nb\"", "ok;!" },
	};
	char got[200];

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		show(bytes_of_text(cases[i].text), got, sizeof got);
		CHECK_TEXT(got, cases[i].want);
	}
	show(bytes_of("a\0b", 3), got, sizeof got);
	CHECK_TEXT(got, "!");
	show(bytes_of("\"a\0b\"", 5), got, sizeof got);
	CHECK_TEXT(got, "!");
}

TEST(a_mistake_is_named_with_its_line)
{
	struct csv c = csv_over(bytes_of_text("a,b\n\"x\ny\",z\n\nc\"d\n"));
	struct csv_record r;
	struct fault why;

	CHECK_EQ(csv_take(&c, &r, &why), ERR_NONE);
	CHECK_EQ(r.line, 1);
	CHECK_EQ(csv_take(&c, &r, &why), ERR_NONE);
	CHECK_EQ(r.line, 2);
	CHECK_EQ(csv_take(&c, &r, &why), ERR_MALFORMED);
	CHECK(strstr(why.text, "line 5") != NULL);
}

TEST(no_record_is_larger_than_its_room)
{
	char text[CSV_RECORD_MAX + 10];
	struct csv_record r;
	struct csv c;

	memset(text, 'x', sizeof text);
	c = csv_over(bytes_of(text, CSV_RECORD_MAX - 1));
	CHECK_EQ(csv_take(&c, &r, NULL), ERR_NONE);
	CHECK_EQ(strlen(r.fields[0]), CSV_RECORD_MAX - 1);
	c = csv_over(bytes_of(text, CSV_RECORD_MAX));
	CHECK_EQ(csv_take(&c, &r, NULL), ERR_LIMIT);
	memset(text, ',', sizeof text);
	c = csv_over(bytes_of(text, CSV_FIELDS_MAX - 1));
	CHECK_EQ(csv_take(&c, &r, NULL), ERR_NONE);
	CHECK_EQ(r.count, CSV_FIELDS_MAX);
	c = csv_over(bytes_of(text, CSV_FIELDS_MAX));
	CHECK_EQ(csv_take(&c, &r, NULL), ERR_LIMIT);
}

TEST(every_truncation_ends_without_reading_on)
{
	static const char text[] = "external_id,seats\r\n\"a, \"\"b\"\"\",2\r\nc,\"3\r\n4\"\r\n";
	char got[200];

	for (size_t n = 0; n < sizeof text; n++) {
		uint8_t *exact = test_copy(text, n);

		show(bytes_of(exact, n), got, sizeof got);
		free(exact);
	}
	show(bytes_of_text(text), got, sizeof got);
	CHECK_TEXT(got, "external_id|seats;a, \"b\"|2;c|3\r\n4;");
}

TEST(what_was_written_comes_back)
{
	static const char *const fields[] = { "plain", "", "a,b", "\"", "\"\"", "line\nbreak", "\r", " x ", "=1+1" };
	enum { COUNT = sizeof fields / sizeof fields[0] };
	struct csv_record r;
	struct buf b;
	struct csv c;

	buf_init(&b, 1000);
	for (size_t i = 0; i < COUNT; i++)
		csv_put(&b, i == 0, fields[i]);
	csv_end(&b);
	c = csv_over(buf_bytes(&b));
	CHECK_EQ(csv_take(&c, &r, NULL), ERR_NONE);
	CHECK_EQ(r.count, COUNT);
	for (size_t i = 0; i < COUNT; i++)
		CHECK_TEXT(r.fields[i], fields[i]);
	CHECK_EQ(csv_take(&c, &r, NULL), ERR_NOT_FOUND);
	buf_fini(&b);
}
