/* publish/health.h: whether a rollout goes on, from what devices that took the release report. Pure. What is not known
 * is not good: without a report, or with one of another release or of too few devices, nothing goes on. */
#ifndef HOLDFAST_PROG_PUBLISH_HEALTH_H
#define HOLDFAST_PROG_PUBLISH_HEALTH_H

#include <stdint.h>

#include "base/bytes.h"
#include "base/err.h"

/* Counts of devices; "usual" is as detected, of as many devices, with the release before. */
struct health {
	int64_t generation;
	int64_t devices;	/* that took it and were heard from since */
	int64_t failed;		/* could not load it */
	int64_t crashed;	/* a worker died with it */
	int64_t detected;	/* found something */
	int64_t usual;
};

/* Fewer devices say nothing: one of a hundred is chance. */
#define HEALTH_DEVICES_LEAST 50

enum health_verdict {
	HEALTH_UNKNOWN = 0,	/* stop where it is */
	HEALTH_GOOD,
	HEALTH_BAD		/* halt it */
};

/* Read a report: a JSON object with just these members. ERR_MALFORMED, ERR_NOMEM. */
enum err health_read(struct bytes text, struct health *out, struct fault *why);

/* What it means for ${generation}; ${words}, of ${size}, says why. */
enum health_verdict health_judge(const struct health *h, uint64_t generation, char *words, size_t size);

#endif
