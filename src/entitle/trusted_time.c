/* entitle/trusted_time.c: see trusted_time.h. */
#include "entitle/trusted_time.h"

#include <string.h>

/* At least this late: the floor, and what the boot clock has run since. */
static int64_t
earliest_now(const struct trusted_time *t, const struct clock_reading *clocks, bool *same_boot)
{
	*same_boot = strcmp(t->boot_id, clocks->boot_id) == 0 &&
	    clocks->boot_ms >= t->floor_boot_ms;
	if (t->floor == 0)
		return 0;
	/* A later boot began after the floor was set, so all of its time comes on top. */
	return t->floor + (clocks->boot_ms - (*same_boot ? t->floor_boot_ms : 0)) / 1000;
}

static void
set_floor(struct trusted_time *t, int64_t floor, const struct clock_reading *clocks)
{
	t->floor = floor;
	t->floor_boot_ms = clocks->boot_ms;
	memcpy(t->boot_id, clocks->boot_id, sizeof t->boot_id);
}

void
trusted_time_learn(struct trusted_time *t, int64_t signed_time, const struct clock_reading *clocks)
{
	set_floor(t, signed_time > t->floor ? signed_time : t->floor, clocks);
	t->learnt = true;
}

int64_t
trusted_time_now(const struct trusted_time *t, const struct clock_reading *clocks,
    bool *clock_wrong)
{
	bool same_boot;
	int64_t now = earliest_now(t, clocks, &same_boot), off;

	if (!(same_boot && t->learnt) && clocks->wall > now)
		now = clocks->wall;
	off = clocks->wall - now;
	*clock_wrong = off > CLOCK_TOLERANCE_S || off < -CLOCK_TOLERANCE_S;
	return now;
}

void
trusted_time_advance(struct trusted_time *t, const struct clock_reading *clocks)
{
	bool same_boot;
	int64_t now = earliest_now(t, clocks, &same_boot);

	/* The wall clock is no proof: set forward once, it would push the floor ahead for good. */
	if (now == 0)
		return;
	set_floor(t, now, clocks);
	t->learnt = t->learnt && same_boot;
}
