/* prog/web/chart.h: numbers as a picture: values in, SVG out, to stand in a page beside a table of the same numbers.
 * Owns the drawing; knows no store, and no colour: classes name what the style sheet paints. */
#ifndef HOLDFAST_PROG_WEB_CHART_H
#define HOLDFAST_PROG_WEB_CHART_H

#include <stdint.h>

#include "base/buf.h"

/* What a value means for whoever looks. The label says it too: nobody needs the colour. */
enum chart_tone {
	CHART_PLAIN = 0,
	CHART_GOOD,
	CHART_FAIR,
	CHART_BAD,
	CHART_TONES
};

struct chart_value {
	const char *label;	/* anybody's text; what is too long to fit loses its end, visibly */
	int64_t value;		/* below 0 counts as 0 */
	enum chart_tone tone;
};

/* More are no picture any more. */
#define CHART_VALUES_MAX 64

struct chart {
	const char *title;	/* what a screen reader says instead */
	const struct chart_value *values;
	size_t count;		/* what is beyond CHART_VALUES_MAX is left out */
};

/* A bar lying for each value, its label before it and its number behind. Appended; errors are the buffer's. */
void chart_bars(const struct chart *c, struct buf *out);

#endif
