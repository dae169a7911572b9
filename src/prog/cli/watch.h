/* cli/watch.h: wait until the device is as it should be. While somebody watches, the daemon learns of
 * news at once. */
#ifndef HOLDFAST_CLI_WATCH_H
#define HOLDFAST_CLI_WATCH_H

#include "prog/cli/cli.h"

/* True when ${s} is what is waited for. */
typedef bool watch_fn(void *ctx, const struct device_status *s);

/* Wait for it, at most ${timeout_s} (-1: for ever); *out is the last status seen. ERR_TIMEOUT: it did
 * not come. */
enum err watch_until(const struct cli *cli, watch_fn *good, void *ctx, int64_t timeout_s,
    struct device_status *out, struct fault *why);

/* Protected, by current data. */
bool watch_is_protected(void *ctx, const struct device_status *s);

#endif
