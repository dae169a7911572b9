/* tmforum/date_time.c: see date_time.h. */
#include "tmforum/date_time.h"

#include "base/timestamp.h"

/* Take ${n} digits; -1 when there are fewer. */
static int
take_digits(struct bytes *text, size_t n)
{
	int value = 0;

	if (text->n < n)
		return -1;
	for (size_t i = 0; i < n; i++) {
		if (text->p[i] < '0' || text->p[i] > '9')
			return -1;
		value = value * 10 + (text->p[i] - '0');
	}
	*text = bytes_from(*text, n);
	return value;
}

static bool
take_letter(struct bytes *text, const char *any_of)
{
	if (text->n == 0 || text->p[0] == '\0' || strchr(any_of, text->p[0]) == NULL)
		return false;
	*text = bytes_from(*text, 1);
	return true;
}

/* Microseconds of ".508"; 0 when there is no fraction; -1 when it has no digits. */
static int64_t
take_fraction(struct bytes *text)
{
	int64_t value = 0, unit = DATE_TIME_SECOND;
	bool any = false;

	if (!take_letter(text, "."))
		return 0;
	for (; text->n > 0 && text->p[0] >= '0' && text->p[0] <= '9'; *text = bytes_from(*text, 1)) {
		unit /= 10;
		value += unit * (text->p[0] - '0');
		any = true;
	}
	return any ? value : -1;
}

/* Seconds east of Greenwich. */
static bool
take_zone(struct bytes *text, int64_t *out)
{
	bool west = text->n > 0 && text->p[0] == '-';
	int hours, minutes;

	*out = 0;
	if (take_letter(text, "Zz"))
		return true;
	if (!take_letter(text, "+- "))
		return false;
	hours = take_digits(text, 2);
	if (!take_letter(text, ":"))
		return false;
	minutes = take_digits(text, 2);
	if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59)
		return false;
	*out = (hours * 60 + minutes) * 60;
	if (west)
		*out = -*out;
	return true;
}

enum err
date_time_read(struct bytes text, int64_t *out)
{
	char first[TIMESTAMP_SIZE] = "yyyy-mm-ddT00:00:00Z";
	int64_t seconds, fraction = 0, zone = 0;

	if (text.n < 10)
		return ERR_MALFORMED;
	memcpy(first, text.p, 10);
	text = bytes_from(text, 10);
	if (text.n > 0) {
		if (!take_letter(&text, "Tt ") || text.n < 8)
			return ERR_MALFORMED;
		memcpy(first + 11, text.p, 8);
		text = bytes_from(text, 8);
		if ((fraction = take_fraction(&text)) < 0 || !take_zone(&text, &zone) || text.n > 0)
			return ERR_MALFORMED;
	}
	if (timestamp_read(first, &seconds) != ERR_NONE)
		return ERR_MALFORMED;
	*out = (seconds - zone) * DATE_TIME_SECOND + fraction;
	return ERR_NONE;
}

enum err
date_time_read_seconds(const char *text, int64_t *out)
{
	int64_t whole, rest;
	enum err e = date_time_read(bytes_of_text(text), &whole);

	if (e != ERR_NONE)
		return e;
	rest = whole % DATE_TIME_SECOND;
	*out = whole / DATE_TIME_SECOND - (rest < 0);
	return ERR_NONE;
}
