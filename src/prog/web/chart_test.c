/* Goal of this test: pictures of numbers are well formed whatever the labels and values are, and show them to scale. */
#include <stdio.h>
#include <stdlib.h>

#include "base/test.h"
#include "prog/web/chart.h"

enum { OUT_MAX = 65536 };

static char *
draw(void (*fn)(const struct chart *c, struct buf *out), const struct chart_value *values, size_t count)
{
	const struct chart c = { "Devices by \"condition\"", values, count };
	struct buf out;
	char *text;

	buf_init(&out, OUT_MAX);
	fn(&c, &out);
	CHECK_EQ(out.err, ERR_NONE);
	text = buf_take_string(&out);
	CHECK(text != NULL);
	buf_fini(&out);
	return text;
}

/* The ${nth} number behind ${name} in the rectangles. */
static int
number_of(const char *svg, int nth, const char *name)
{
	for (int i = 0; i <= nth; i++) {
		svg = strstr(svg, "<rect");
		CHECK(svg != NULL);
		svg++;
	}
	svg = strstr(svg, name);
	CHECK(svg != NULL);
	return atoi(svg + strlen(name));
}

TEST(bars_are_to_scale_and_what_is_something_is_seen)
{
	static const struct chart_value values[] = { { "Protected", 1000000, CHART_GOOD }, { "Grace", 500000, CHART_FAIR },
		{ "Unprotected", 1, CHART_BAD }, { "Never seen", 0, CHART_PLAIN }, { "Minus", -5, CHART_PLAIN } };
	char *svg = draw(chart_bars, values, 5);
	int whole = number_of(svg, 0, " width=\"");

	CHECK_EQ(whole, 350);
	CHECK_EQ(number_of(svg, 1, " width=\""), whole / 2);
	CHECK_EQ(number_of(svg, 2, " width=\""), 1);
	CHECK_EQ(number_of(svg, 3, " width=\""), 0);
	CHECK_EQ(number_of(svg, 4, " width=\""), 0);
	CHECK(strstr(svg, ">1000000</text>") != NULL);
	CHECK(strstr(svg, "class=\"chart-bad\"") != NULL);
	CHECK(strstr(svg, "role=\"img\" aria-label=\"Devices by &quot;condition&quot;\"") != NULL);
	free(svg);
}

TEST(a_label_is_text_whatever_stands_in_it)
{
	static const struct chart_value values[] = { { "</text><script>x</script>", 1 }, { "\" onload=\"", 2 }, { "&amp;", 3 } };
	char *svg = draw(chart_bars, values, 3);

	CHECK(strstr(svg, "<script") == NULL);
	CHECK(strstr(svg, "&lt;/text&gt;&lt;script&gt;x&lt;/scr") != NULL);
	CHECK(strstr(svg, "&quot; onload=&quot;") != NULL);
	CHECK(strstr(svg, "&amp;amp;") != NULL);
	free(svg);
}

TEST(a_long_label_loses_its_end_between_letters)
{
	static const struct chart_value values[] = {
		{ "ÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄ", 1 },
		{ "abcdefghijklmnopqrstuvwxyz", 1 },	/* just fits */
		{ "abcdefghijklmnopqrstuvwxyz1", 1 },
		{ "", 1 },
	};
	char *svg = draw(chart_bars, values, 4);

	CHECK(strstr(svg, ">ÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄ…</text>") != NULL);
	CHECK(strstr(svg, ">abcdefghijklmnopqrstuvwxyz</text>") != NULL);
	CHECK(strstr(svg, ">abcdefghijklmnopqrstuvwxy…</text>") != NULL);
	free(svg);
}

TEST(numbers_at_the_end_of_their_range_stay_within_the_picture)
{
	static const struct chart_value values[] = { { "a", INT64_MAX }, { "b", INT64_MAX / 2 }, { "c", INT64_MIN }, { "d", 1 } };
	char *svg = draw(chart_bars, values, 4);

	CHECK_EQ(number_of(svg, 0, " width=\""), 350);
	CHECK(number_of(svg, 1, " width=\"") <= 176);
	CHECK_EQ(number_of(svg, 2, " width=\""), 0);
	CHECK_EQ(number_of(svg, 3, " width=\""), 1);
	free(svg);
}

TEST(none_at_all_and_far_too_many_are_pictures_too)
{
	struct chart_value many[CHART_VALUES_MAX + 1];
	char *svg = draw(chart_bars, NULL, 0);

	CHECK(strstr(svg, "<rect") == NULL);
	CHECK_TEXT(svg + strlen(svg) - 6, "</svg>");
	free(svg);
	for (size_t i = 0; i < CHART_VALUES_MAX + 1; i++)
		many[i] = (struct chart_value){ i == CHART_VALUES_MAX ? "beyond" : "within", 1, CHART_PLAIN };
	svg = draw(chart_bars, many, CHART_VALUES_MAX + 1);
	CHECK(strstr(svg, "beyond") == NULL);
	CHECK_TEXT(svg + strlen(svg) - 6, "</svg>");
	free(svg);
}

TEST(a_buffer_without_room_says_so)
{
	static const struct chart_value values[] = { { "Protected", 1 } };
	const struct chart c = { "t", values, 1 };
	struct buf out;

	for (size_t max = 0; max < 300; max += 7) {
		buf_init(&out, max);
		chart_bars(&c, &out);
		CHECK(out.err == ERR_LIMIT);
		buf_fini(&out);
	}
}
