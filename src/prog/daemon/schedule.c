/* daemon/schedule.c: see schedule.h. */
#include "prog/daemon/schedule.h"

/* ${ms} less ${part} percent, plus up to twice that. */
static int64_t
spread(int64_t ms, int64_t part, uint32_t random)
{
	int64_t least = ms - ms * part / 100;

	return least + 2 * ms * part / 100 * (int64_t)(random % SCHEDULE_RANDOM) / SCHEDULE_RANDOM;
}

int64_t
schedule_interval_ms(int64_t interval_s, uint32_t random)
{
	return spread(interval_s * 1000, 10, random);
}

int64_t
schedule_retry_ms(unsigned failures, int64_t interval_s, int64_t retry_after_s, uint32_t random)
{
	int64_t most = interval_s * 1000 < SCHEDULE_RETRY_MOST_MS ? interval_s * 1000
								   : SCHEDULE_RETRY_MOST_MS;
	int64_t ms = SCHEDULE_RETRY_FIRST_MS;

	for (unsigned i = 1; i < failures && ms < most; i++)
		ms *= 2;
	if (ms > most)
		ms = most;
	ms = spread(ms, 50, random);
	return retry_after_s >= 0 && ms < retry_after_s * 1000 ? retry_after_s * 1000 : ms;
}

int64_t
schedule_waiting_ms(int64_t took_ms)
{
	return took_ms < SCHEDULE_WAITING_LEAST_MS ? SCHEDULE_WAITING_LEAST_MS - took_ms : 0;
}
