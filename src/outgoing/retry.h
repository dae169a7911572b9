/* outgoing/retry.h: when a delivery is tried again, and when it is given up. Owns the rule; no clock, no chance:
 * ${now} and ${random} are arguments. */
#ifndef HOLDFAST_OUTGOING_RETRY_H
#define HOLDFAST_OUTGOING_RETRY_H

#include "entitle/store_delivery.h"
#include "outgoing/delivery_message.h"

/* Seconds until the next attempt after ${attempts} that failed: about 3, 9, 27, 81, … up to 8 hours, less up to a
 * third by ${random}, so that what failed together does not come back together. */
int64_t retry_delay_s(int64_t attempts, uint32_t random);

/* So many of one lane are under way at once; only one while it fails. */
#define LANE_LIMIT 4
size_t retry_lane_limit(const struct lane *lane);

/* What becomes of the endpoint. */
enum retry_verdict {
	RETRY_GO_ON = 0,
	RETRY_GONE,		/* it answered 410: it wants no more */
	RETRY_FAILING		/* nothing got through from when this was made until it was given up */
};

/* Note what an attempt came to, in ${d} and its lane. RESULT_NONE changes nothing: it is tried again. */
enum retry_verdict retry_note(struct delivery *d, struct lane *lane, const struct delivery_result *r,
    int64_t now, uint32_t random);

#endif
