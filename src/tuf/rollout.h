/* tuf/rollout.h: which devices take a release that is not for all yet. Pure; the publisher says how many percent, each
 * device knows by itself whether it is among them. */
#ifndef HOLDFAST_TUF_ROLLOUT_H
#define HOLDFAST_TUF_ROLLOUT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

/* The target that all devices take, and the one that is tried on some. */
#define TUF_RELEASE_NAME "holdfast.hfdb"
#define TUF_CANDIDATE_NAME "holdfast.candidate.hfdb"

/* Steps of a rollout, in percent. */
#define TUF_ROLLOUT_STEPS { 1, 10, 100 }

/* 0 to 99: where ${device} stands for this generation. Each generation shuffles anew, so that nobody is always first;
 * within one, whoever was among 1 % is among 10 %. ERR_NOMEM and the like. */
enum err tuf_rollout_cohort(const char *device, uint64_t generation, uint32_t *out);

/* True when the device is among ${percent} for this generation; not when that cannot be told. */
bool tuf_rollout_includes(const char *device, uint64_t generation, uint32_t percent);

#endif
