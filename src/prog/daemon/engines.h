/* daemon/engines.h: the sandboxed workers of running scans: a pool (pool/pool.h) for each generation of
 * protection data that a scan began with. Owns the pools and when they rest; knows no scan. */
#ifndef HOLDFAST_DAEMON_ENGINES_H
#define HOLDFAST_DAEMON_ENGINES_H

#include <event2/event.h>

#include "pool/pool.h"
#include "prog/daemon/databases.h"

struct engines;
struct engine;

/* The verdict on one object; ${verdict} is borrowed for the call. */
typedef void engine_verdict_fn(void *object, const struct verdict *verdict);

/* Called for the loop's sake when there may be room for objects again. */
typedef void engines_room_fn(void *ctx);

struct engines_setup {
	struct event_base *base;
	struct databases *databases;
	const struct pool_settings *pool;	/* its verdict and ctx are ours to set */
	engine_verdict_fn *verdict;
	engines_room_fn *room;
	void *ctx;				/* of ${room} */
};

/* All in ${setup} is borrowed. ERR_NOMEM. */
enum err engines_new(const struct engines_setup *setup, struct engines **out);
void engines_free(struct engines *e);

/* An engine with the current protection data, for a scan to use until engine_release. When the current
 * data cannot be loaded, the data before it is taken into use. ERR_NOT_FOUND: there is none. */
enum err engines_hold(struct engines *e, struct engine **out, struct fault *why);
void engine_release(struct engine *engine);

/* Of the data that it scans with. */
uint64_t engine_generation(const struct engine *engine);
uint64_t engine_signatures(const struct engine *engine);

size_t engine_room(const struct engine *engine);

/* Scan ${fd}, which is given; ${object} comes back with the verdict. Errors as pool_submit. */
enum err engine_submit(struct engine *engine, void *object, int fd);

#endif
