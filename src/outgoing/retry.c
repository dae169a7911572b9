/* outgoing/retry.c: see retry.h. */
#include "outgoing/retry.h"

#include <stdio.h>

#include "base/text.h"

enum {
	DELAY_FIRST_S = 3,
	DELAY_MOST_S = 8 * 3600,
	PAUSE_MOST_S = 900	/* a receiver that comes back is found within a quarter of an hour */
};

static int64_t
spread(int64_t delay, uint32_t random)
{
	return delay - (int64_t)((uint64_t)random * (uint64_t)(delay / 3 + 1) >> 32);
}

static int64_t
grow(int64_t times, int64_t most)
{
	int64_t delay = DELAY_FIRST_S;

	for (int64_t i = 1; i < times && delay < most; i++)
		delay *= 3;
	return delay < most ? delay : most;
}

int64_t
retry_delay_s(int64_t attempts, uint32_t random)
{
	return spread(grow(attempts, DELAY_MOST_S), random);
}

size_t
retry_lane_limit(const struct lane *lane)
{
	return lane->failures > 0 ? 1 : LANE_LIMIT;
}

static bool
is_success(const struct delivery_result *r)
{
	return r->outcome == RESULT_ANSWERED && r->status >= 200 && r->status < 300;
}

/* What no later attempt can change: the receiver is gone, or a mail server has said no for good. */
static bool
is_final(const struct delivery *d, const struct delivery_result *r)
{
	if (r->outcome != RESULT_ANSWERED)
		return false;
	return d->kind == DELIVERY_MAIL ? r->status >= 500 : r->status == 410;
}

/* Not this delivery but its receiver has trouble: the others of the lane wait too. */
static bool
is_receivers_trouble(const struct delivery_result *r)
{
	return r->outcome != RESULT_ANSWERED || r->status == 429 || r->status == 503 || r->status == 421;
}

static void
note_words(struct delivery *d, const struct delivery_result *r)
{
	if (r->words[0] != '\0')
		text_copy(d->error, sizeof d->error, r->words);
	else
		snprintf(d->error, sizeof d->error, "it answered %d", (int)r->status);
}

static void
finish(struct delivery *d, enum delivery_state state, int64_t now)
{
	d->state = state;
	d->finished = now;
}

static void
put_off(struct delivery *d, struct lane *lane, const struct delivery_result *r, int64_t now,
    uint32_t random)
{
	int64_t delay = retry_delay_s(d->attempts, random), pause;

	if (r->retry_after_s > delay)
		delay = r->retry_after_s;
	d->due = now + delay < d->until ? now + delay : d->until;
	if (!is_receivers_trouble(r))
		return;
	pause = spread(grow(lane->failures, PAUSE_MOST_S), random);
	lane->paused = now + (r->retry_after_s > pause ? r->retry_after_s : pause);
}

enum retry_verdict
retry_note(struct delivery *d, struct lane *lane, const struct delivery_result *r, int64_t now,
    uint32_t random)
{
	if (r->outcome == RESULT_NONE)
		return RETRY_GO_ON;
	d->attempts++;
	d->status = r->status;
	if (is_success(r)) {
		d->error[0] = '\0';
		finish(d, DELIVERY_DELIVERED, now);
		lane->failures = lane->paused = 0;
		lane->delivered = now;
		return RETRY_GO_ON;
	}
	note_words(d, r);
	lane->failures++;
	if (is_final(d, r)) {
		finish(d, DELIVERY_FAILED, now);
		return d->kind == DELIVERY_MAIL ? RETRY_GO_ON : RETRY_GONE;
	}
	if (now < d->until) {
		put_off(d, lane, r, now, random);
		return RETRY_GO_ON;
	}
	finish(d, DELIVERY_FAILED, now);
	return d->kind == DELIVERY_MAIL || lane->delivered >= d->created ? RETRY_GO_ON : RETRY_FAILING;
}
