/* entitle/trusted_time.h: what time it is, whatever the device's clock was set to.
 * Time never goes back: signed times of the server make a floor, and the boot clock carries it on.
 * Within the boot in which a signed time was learnt, that time and the boot clock alone decide, so that
 * a clock set forward does no harm either. After a reboot without contact the later of the wall clock
 * and the floor counts. Pure: the clocks' readings are arguments. */
#ifndef HOLDFAST_ENTITLE_TRUSTED_TIME_H
#define HOLDFAST_ENTITLE_TRUSTED_TIME_H

#include <stdbool.h>
#include <stdint.h>

#define BOOT_ID_SIZE 37

/* What the clocks say at one moment. */
struct clock_reading {
	int64_t wall;		/* seconds since 1970 UTC, as the device believes */
	int64_t boot_ms;	/* since boot */
	char boot_id[BOOT_ID_SIZE];
};

/* What is kept across restarts. All zero: nothing learnt yet. */
struct trusted_time {
	int64_t floor;		/* seconds since 1970 UTC: it is at least this late */
	int64_t floor_boot_ms;	/* the boot clock when the floor was set */
	char boot_id[BOOT_ID_SIZE]; /* and the boot that it belongs to */
	bool learnt;		/* a signed time was learnt in that boot */
};

/* How far the wall clock may be off before a person is told: beyond drift and a lazy NTP. */
#define CLOCK_TOLERANCE_S 300

/* The server signed ${signed_time} just now, in answer to our nonce. */
void trusted_time_learn(struct trusted_time *t, int64_t signed_time,
    const struct clock_reading *clocks);

/* The time to go by. *clock_wrong: the wall clock is off by more than CLOCK_TOLERANCE_S. */
int64_t trusted_time_now(const struct trusted_time *t, const struct clock_reading *clocks,
    bool *clock_wrong);

/* Move the floor up to now, to be kept: after a reboot time cannot start below it. */
void trusted_time_advance(struct trusted_time *t, const struct clock_reading *clocks);

#endif
