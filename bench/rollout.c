/* bench/rollout.c: a million devices in one process, with the agent's own code for cohort, jitter and back-off: the load
 * that they are for a server each second, how long a release takes to reach them, and how far a bad one gets.
 *
 * Usage: rollout [DEVICES]. Time is simulated, second by second; nothing is sent. A device polls every four hours; a
 * server that is down for ten minutes answers 503. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "prog/daemon/schedule.h"
#include "tuf/rollout.h"

enum {
	DEVICES = 1000000,
	INTERVAL_S = 4 * 3600,
	DAYS = 3,
	SECONDS = DAYS * 86400,
	STEP_S = 6 * 3600,		/* the publisher takes a good release further this often */
	OUTAGE_FROM = 86400,
	OUTAGE_S = 600,
	REPORTS_TO_HALT = 50		/* HEALTH_DEVICES_LEAST of the publisher */
};

struct fleet {
	uint32_t count;
	int32_t head[SECONDS];		/* devices that poll in this second */
	int32_t *next;
	uint8_t *failures;
	uint8_t *cohort;
	bool *has;
};

static uint64_t seed = 88172645463325252U;

static uint32_t
random_number(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (uint32_t)(seed >> 20) % SCHEDULE_RANDOM;
}

static void
poll_after(struct fleet *f, int32_t device, int64_t now, int64_t ms)
{
	int64_t at = now + (ms < 1000 ? 1 : ms / 1000);

	if (at >= SECONDS)
		return;
	f->next[device] = f->head[at];
	f->head[at] = device;
}

static void
start_over(struct fleet *f, uint64_t generation)
{
	char name[32];

	for (int32_t s = 0; s < SECONDS; s++)
		f->head[s] = -1;
	for (uint32_t i = 0; i < f->count; i++) {
		uint32_t cohort = 99;

		snprintf(name, sizeof name, "device-%u", i);
		if (tuf_rollout_cohort(name, generation, &cohort) != ERR_NONE)
			abort();
		f->cohort[i] = (uint8_t)cohort;
		f->has[i] = false;
		f->failures[i] = 0;
		/* They began at any time of the day. */
		poll_after(f, (int32_t)i, 0, (int64_t)(random_number() * SCHEDULE_RANDOM + random_number()) *
		    INTERVAL_S / SCHEDULE_RANDOM * 1000 / SCHEDULE_RANDOM);
	}
}

/* What one run of the fleet came to. */
struct outcome {
	uint32_t usual_peak, outage_peak, after_peak;	/* polls in a second */
	int64_t reached[3];				/* seconds to 50, 95 and 100 % */
	uint32_t got_it;
	int64_t halted;					/* -1: never */
};

/* Percent of devices that the publisher allows at this time. */
static uint32_t
allowed(int64_t now, bool staged)
{
	static const uint32_t steps[] = TUF_ROLLOUT_STEPS;
	int64_t step = now / STEP_S;

	return !staged || step > 2 ? 100 : steps[step];
}

static void
count_poll(struct outcome *o, int64_t now, uint32_t polls)
{
	uint32_t *peak = now < OUTAGE_FROM ? &o->usual_peak :
	    now < OUTAGE_FROM + OUTAGE_S ? &o->outage_peak : &o->after_peak;

	if (polls > *peak)
		*peak = polls;
}

static void
run(struct fleet *f, bool staged, bool bad, bool outage, struct outcome *o)
{
	static const uint32_t marks[3] = { 50, 95, 100 };
	uint32_t reports = 0;

	*o = (struct outcome){ .halted = -1, .reached = { -1, -1, -1 } };
	start_over(f, staged ? 2 : 3);
	for (int64_t now = 0; now < SECONDS; now++) {
		bool down = outage && now >= OUTAGE_FROM && now < OUTAGE_FROM + OUTAGE_S;
		uint32_t polls = 0;
		int32_t device, after;

		for (device = f->head[now]; device >= 0; device = after) {
			after = f->next[device];
			polls++;
			if (down) {
				if (f->failures[device] < 30)
					f->failures[device]++;
				poll_after(f, device, now, schedule_retry_ms(f->failures[device], INTERVAL_S, -1,
				    random_number()));
				continue;
			}
			f->failures[device] = 0;
			if (!f->has[device] && o->halted < 0 && f->cohort[device] < allowed(now, staged)) {
				f->has[device] = true;
				o->got_it++;
				reports += bad;
			}
			poll_after(f, device, now, schedule_interval_ms(INTERVAL_S, random_number()));
		}
		count_poll(o, now, polls);
		if (bad && o->halted < 0 && reports >= REPORTS_TO_HALT)
			o->halted = now;
		for (int i = 0; i < 3; i++)
			if (o->reached[i] < 0 && (uint64_t)o->got_it * 100 >= (uint64_t)f->count * marks[i])
				o->reached[i] = now;
	}
}

static void
print_reached(const char *what, const struct outcome *o)
{
	printf("rollout, %s: 50 %% after %.1f h, 95 %% after %.1f h, 100 %% after %.1f h\n", what,
	    (double)o->reached[0] / 3600, (double)o->reached[1] / 3600, (double)o->reached[2] / 3600);
}

int
main(int argc, char **argv)
{
	struct fleet *f = calloc(1, sizeof *f);
	struct outcome o;

	f->count = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : DEVICES;
	f->next = calloc(f->count, sizeof *f->next);
	f->failures = calloc(f->count, sizeof *f->failures);
	f->cohort = calloc(f->count, sizeof *f->cohort);
	f->has = calloc(f->count, sizeof *f->has);
	if (f->next == NULL || f->failures == NULL || f->cohort == NULL || f->has == NULL)
		return 1;
	run(f, true, false, true, &o);
	printf("rollout, load of %u devices: at most %u polls a second, %u while the server is down for %d s, "
	       "%u after it; mean %.0f\n",
	    f->count, o.usual_peak, o.outage_peak, OUTAGE_S, o.after_peak, (double)f->count / INTERVAL_S);
	print_reached("1 %, 10 % and 100 % in steps of 6 h", &o);
	run(f, false, false, false, &o);
	print_reached("all at once", &o);
	run(f, true, true, false, &o);
	printf("rollout, a bad release: halted after %lld s, when %u devices had it (%.4f %%)\n",
	    (long long)o.halted, o.got_it, 100.0 * o.got_it / f->count);
	free(f->next);
	free(f->failures);
	free(f->cohort);
	free(f->has);
	free(f);
	return 0;
}
