/* base/timestamp.c: see timestamp.h. */
#include "base/timestamp.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static const int64_t YEAR_0 = -62167219200, YEAR_9999_END = 253402300799;

static int64_t
clamp(int64_t t)
{
	return t < YEAR_0 ? YEAR_0 : t > YEAR_9999_END ? YEAR_9999_END : t;
}

void
timestamp_write(int64_t t, char out[static TIMESTAMP_SIZE])
{
	time_t when = (time_t)clamp(t);
	struct tm tm;

	gmtime_r(&when, &tm);
	snprintf(out, TIMESTAMP_SIZE, "%04u-%02u-%02uT%02u:%02u:%02uZ",
	    (unsigned)(tm.tm_year + 1900) % 10000, (unsigned)(tm.tm_mon + 1) % 100,
	    (unsigned)tm.tm_mday % 100, (unsigned)tm.tm_hour % 100, (unsigned)tm.tm_min % 100,
	    (unsigned)tm.tm_sec % 100);
}

enum err
timestamp_read(const char *text, int64_t *out)
{
	static const char shape[] = "dddd-dd-ddTdd:dd:ddZ";
	char again[TIMESTAMP_SIZE];
	struct tm tm = { 0 };
	int64_t t;

	if (strlen(text) != sizeof shape - 1)
		return ERR_MALFORMED;
	for (size_t i = 0; i < sizeof shape - 1; i++)
		if (shape[i] == 'd' ? (text[i] < '0' || text[i] > '9') : text[i] != shape[i])
			return ERR_MALFORMED;
	if (sscanf(text, "%4d-%2d-%2dT%2d:%2d:%2dZ", &tm.tm_year, &tm.tm_mon, &tm.tm_mday,
		&tm.tm_hour, &tm.tm_min, &tm.tm_sec) != 6)
		return ERR_MALFORMED;
	tm.tm_year -= 1900;
	tm.tm_mon -= 1;
	t = timegm(&tm);
	/* timegm mends the 31st of February; we refuse it. */
	timestamp_write(t, again);
	if (strcmp(again, text) != 0)
		return ERR_MALFORMED;
	*out = t;
	return ERR_NONE;
}

void
timestamp_write_human(int64_t t, char out[static TIMESTAMP_HUMAN_SIZE])
{
	time_t when = (time_t)clamp(t);
	struct tm tm;

	localtime_r(&when, &tm);
	if (strftime(out, TIMESTAMP_HUMAN_SIZE, "%-d %B %Y, %H:%M", &tm) == 0)
		out[0] = '\0';
}
