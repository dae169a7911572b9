/* daemon/schedule.h: when to ask the server and the mirror again. Pure: milliseconds to wait, from
 * what was learnt and a random number below SCHEDULE_RANDOM. */
#ifndef HOLDFAST_DAEMON_SCHEDULE_H
#define HOLDFAST_DAEMON_SCHEDULE_H

#include <stdint.h>

#define SCHEDULE_RANDOM 1000

/* A regular interval, give or take a tenth, so that devices do not ask in step. */
int64_t schedule_interval_ms(int64_t interval_s, uint32_t random);

/* The first retry comes soon, since most outages are short. */
#define SCHEDULE_RETRY_FIRST_MS 2000
#define SCHEDULE_RETRY_MOST_MS 900000

/* After ${failures} in a row (1: the first): doubled each time up to the interval or
 * SCHEDULE_RETRY_MOST_MS, give or take a half; never before ${retry_after_s} when that is not -1. */
int64_t schedule_retry_ms(unsigned failures, int64_t interval_s, int64_t retry_after_s,
    uint32_t random);

/* A server that answers a waiting question at once, again and again, is asked this often at most. */
#define SCHEDULE_WAITING_LEAST_MS 1000

/* The pause before the next waiting check-in, when the last one took ${took_ms}. */
int64_t schedule_waiting_ms(int64_t took_ms);

#endif
