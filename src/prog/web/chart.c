/* prog/web/chart.c: see chart.h. Whole numbers only: the same values are the same bytes everywhere. */
#include "prog/web/chart.h"

#include <string.h>

#include "codec/encode.h"

/* In the picture's own units; the page scales it. */
enum {
	WIDTH = 640,
	LABEL_WIDTH = 200,	/* before the bars */
	LABEL_LETTERS = 26,	/* fit there */
	NUMBER_WIDTH = 90,	/* behind them */
	BAR_MOST = WIDTH - LABEL_WIDTH - NUMBER_WIDTH,
	ROW = 32,
	BAR_HEIGHT = 20
};

static const char *const tones[CHART_TONES] = {
	[CHART_PLAIN] = "chart-plain",
	[CHART_GOOD] = "chart-good",
	[CHART_FAIR] = "chart-fair",
	[CHART_BAD] = "chart-bad",
};

static size_t
count_of(const struct chart *c)
{
	return c->count < CHART_VALUES_MAX ? c->count : CHART_VALUES_MAX;
}

static int64_t
value_of(const struct chart *c, size_t i)
{
	return c->values[i].value < 0 ? 0 : c->values[i].value;
}

static int64_t
largest(const struct chart *c)
{
	int64_t most = 0;

	for (size_t i = 0; i < count_of(c); i++)
		if (value_of(c, i) > most)
			most = value_of(c, i);
	return most;
}

/* ${value} of ${most} in ${room}; what is something is seen. */
static int
length_of(int64_t value, int64_t most, int room)
{
	int64_t n;

	if (value == 0)
		return 0;
	/* No product overflows: a large most is divided first. */
	n = most > INT64_MAX / WIDTH ? value / (most / room) : value * room / most;
	return n < 1 ? 1 : n > room ? room : (int)n;
}

/* At most ${letters} letters of ${text} (UTF-8), escaped; an ellipsis stands for the rest. */
static void
put_label(struct buf *out, const char *text, int letters)
{
	char part[4 * LABEL_LETTERS + 1];
	size_t n = 0;
	int count = 0;

	while (text[n] != '\0') {
		size_t next = n + 1;

		while (((unsigned char)text[next] & 0xc0) == 0x80)
			next++;
		if (next >= sizeof part || (count + 1 == letters && text[next] != '\0')) {
			break;
		}
		n = next;
		count++;
	}
	memcpy(part, text, n);
	part[n] = '\0';
	encode_html(part, out);
	if (text[n] != '\0')
		buf_put_string(out, "\xe2\x80\xa6");
}

static void
begin(const struct chart *c, struct buf *out, int height)
{
	buf_printf(out, "<svg class=\"chart\" viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"", WIDTH, height);
	encode_html(c->title, out);
	buf_put_string(out, "\" xmlns=\"http://www.w3.org/2000/svg\">");
}

void
chart_bars(const struct chart *c, struct buf *out)
{
	int64_t most = largest(c);

	begin(c, out, (int)count_of(c) * ROW);
	for (size_t i = 0; i < count_of(c); i++) {
		const struct chart_value *v = &c->values[i];
		int y = (int)i * ROW, length = length_of(value_of(c, i), most, BAR_MOST);

		buf_printf(out, "<text class=\"chart-label\" x=\"%d\" y=\"%d\" text-anchor=\"end\">", LABEL_WIDTH - 10,
		    y + ROW / 2 + 5);
		put_label(out, v->label, LABEL_LETTERS);
		buf_printf(out, "</text><rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\"/>",
		    tones[v->tone], LABEL_WIDTH, y + (ROW - BAR_HEIGHT) / 2, length, BAR_HEIGHT);
		buf_printf(out, "<text class=\"chart-number\" x=\"%d\" y=\"%d\">%lld</text>", LABEL_WIDTH + length + 8,
		    y + ROW / 2 + 5, (long long)value_of(c, i));
	}
	buf_put_string(out, "</svg>");
}
