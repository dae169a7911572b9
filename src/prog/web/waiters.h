/* prog/web/waiters.h: check-ins that are held until something changes. */
#ifndef HOLDFAST_PROG_WEB_WAITERS_H
#define HOLDFAST_PROG_WEB_WAITERS_H

#include "prog/web/web.h"

/* The longest that an answer is held: below what proxies cut off. */
#define WAIT_MAX_S 60

/* Changes are looked for this often; a change reaches its device so much later at most. */
#define WAIT_LOOK_MS 100

struct wait {
	char nonce[NONCE_SIZE];
	char revision[REVISION_SIZE]; /* what the device holds */
	int64_t seconds;	/* 0 to WAIT_MAX_S */
};

enum err waiters_new(struct web *w, struct waiters **out);
void waiters_free(struct waiters *all);

/* Hold ${r} until the device's revision is another, or the time is over; then answer
 * with a lease. ERR_NOMEM: not held. */
enum err waiters_add(struct web *w, struct http_request *r, const struct device *d,
    const struct wait *wait);

#endif
