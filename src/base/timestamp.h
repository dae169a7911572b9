/* base/timestamp.h: points in time as seconds since 1970 UTC, and how they are written.
 * Reads no clock: os/clock does. */
#ifndef HOLDFAST_BASE_TIMESTAMP_H
#define HOLDFAST_BASE_TIMESTAMP_H

#include <stdint.h>

#include "base/err.h"

/* "2026-11-23T23:41:00Z" and a NUL. */
#define TIMESTAMP_SIZE 21

/* RFC 3339 in UTC. Times outside the years 0 to 9999 are written as the nearest end. */
void timestamp_write(int64_t t, char out[static TIMESTAMP_SIZE]);

/* Exactly the form that timestamp_write writes. ERR_MALFORMED; ${out} changes only on success. */
enum err timestamp_read(const char *text, int64_t *out);

/* As a person reads it, in the local zone: "23 November 2026, 23:41". Always NUL-terminated. */
#define TIMESTAMP_HUMAN_SIZE 40
void timestamp_write_human(int64_t t, char out[static TIMESTAMP_HUMAN_SIZE]);

#endif
