/* tmforum/date_time.h: points in time as other systems write them: RFC 3339 with fractions and zones.
 * base/timestamp.h has the one form that we write. */
#ifndef HOLDFAST_TMFORUM_DATE_TIME_H
#define HOLDFAST_TMFORUM_DATE_TIME_H

#include <stdint.h>

#include "base/bytes.h"
#include "base/err.h"

#define DATE_TIME_SECOND 1000000

/* Microseconds since 1970 UTC of an RFC 3339 date-time, or of a date's first moment in UTC; further digits of a
 * fraction are dropped. A space may stand for the '+' that a query turned into one.
 * ERR_MALFORMED; ${out} changes only on success. */
enum err date_time_read(struct bytes text, int64_t *out);

/* As date_time_read, in whole seconds. */
enum err date_time_read_seconds(const char *text, int64_t *out);

#endif
