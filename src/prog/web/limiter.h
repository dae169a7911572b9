/* prog/web/limiter.h: how often somebody may ask, counted for all web processes together: in a small file that each
 * of them has mapped. Nothing in it is worth keeping; it knows neither keys nor routes, only names. */
#ifndef HOLDFAST_PROG_WEB_LIMITER_H
#define HOLDFAST_PROG_WEB_LIMITER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct limiter;

/* ${burst} at once, and one more every ${every_us}. every_us 0: no limit. */
struct limit {
	int64_t burst;
	int64_t every_us;
};

/* Map the file ${path}, which is made when it is not there. Free with limiter_free. ERR_IO, ERR_FULL, ERR_NOMEM. */
enum err limiter_open(const char *path, struct limiter **out, struct fault *why);
void limiter_free(struct limiter *l);

/* Whether ${name} may go on at ${now_ms} of the boot clock; if so, it is counted. If not, *wait_s says when to
 * come again. More names at once than there is room for go uncounted: a limit must never stop who did
 * nothing. */
bool limiter_take(struct limiter *l, const char *name, const struct limit *limit, int64_t now_ms,
    int64_t *wait_s);

/* Whom a limit by place takes ${address} for: an IPv6 address by its first 64 bits, as one household or machine has all
 * that follow (RFC 6177); an IPv4 address, also one written as IPv6, as it is; what is no address, as it is. */
#define LIMITER_PLACE_SIZE 56
void limiter_name_place(const char *address, char out[static LIMITER_PLACE_SIZE]);

#endif
