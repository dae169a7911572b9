/* pool/pool.h: hands objects to sandboxed worker processes and gives back their verdicts.
 * Owns the workers: starts, watches, replaces and recycles them. Knows no format and no signature,
 * and believes nothing that a worker says beyond the verdict on the object it was given:
 * whatever breaks the order of messages costs the worker its life and that object its verdict.
 * For one thread, which may sit in an event loop of its own: poll pool_fd for input and call
 * pool_turn(pool, 0) when it has some, and at least once a second while pool_busy. */
#ifndef HOLDFAST_POOL_POOL_H
#define HOLDFAST_POOL_POOL_H

#include <sys/types.h>

#include "verdict/scan_limits.h"
#include "verdict/verdict.h"

struct pool;

/* More than any machine we know of has use for. */
#define POOL_WORKERS_MAX 256

/* What a worker says of the database it loaded. */
struct pool_database {
	uint64_t signatures;	/* in all */
	uint64_t generation;
	int64_t built;		/* seconds since 1970 */
	uint32_t layers;	/* of the sandbox, in force there: see os/sandbox.h */
};

/* One verdict, in order of completion. ${verdict} is borrowed for the call. May call pool_submit,
 * but neither pool_turn nor pool_free. */
typedef void pool_verdict_fn(void *ctx, uint64_t tag, const struct verdict *verdict);

struct pool_settings {
	const char *worker;	/* the path of holdfast-worker; copied */
	unsigned workers;	/* at most; they are started as there is work for them */
	bool all;		/* name every signature that matches, not only the first */
	bool verify;		/* each worker tests the whole database's digest when it starts */
	struct scan_limits limits;
	uid_t uid;		/* when started as root: who the workers become; 0 for 65534 */
	pool_verdict_fn *verdict;
	void *ctx;
};

/* Start the first worker with ${database} (borrowed; the pool keeps a copy of the descriptor)
 * and wait until it is ready, so that a bad path or database is told here. The fault's sentence
 * is the worker's own. ERR_MALFORMED and others from the database; ERR_TIMEOUT; ERR_NOMEM. */
enum err pool_new(const struct pool_settings *settings, int database, struct pool **out,
    struct fault *why);

/* Kills the workers; objects still under way get no verdict. NULL is fine. */
void pool_free(struct pool *p);

/* What the first worker said when it was ready. */
struct pool_database pool_database(const struct pool *p);

/* How many more objects may be submitted now. */
size_t pool_room(const struct pool *p);

/* How many are under way: submitted, and not yet answered for. */
size_t pool_busy(const struct pool *p);

/* Queue one object. ${fd} is the pool's from here on, also on errors; it must be a regular file,
 * open for reading only (the worker gets the very descriptor). ${tag} comes back with the
 * verdict. ERR_LIMIT: there was no room. ERR_UNSUPPORTED: not a regular file. ERR_DENIED:
 * writable. */
enum err pool_submit(struct pool *p, uint64_t tag, int fd);

/* Readable when pool_turn has something to do. Stays the pool's. */
int pool_fd(const struct pool *p);

/* Do what can be done: hand out objects, call back with verdicts, replace workers. Waits at most
 * ${timeout_ms} (-1: for ever) for something to happen when nothing has. An error means that no
 * worker can be started any more (its sentence in ${why}); every object under way was then given
 * an incomplete verdict, and later turns try again. */
enum err pool_turn(struct pool *p, int timeout_ms, struct fault *why);

/* From now on new workers load ${database} (borrowed), and each present one is replaced once it has
 * answered for what it holds. Test it first with pool_test_database. */
enum err pool_set_database(struct pool *p, int database);

/* Stop workers that have nothing to do; the next object starts one again. */
void pool_rest(struct pool *p);

/* Load ${database} in a worker of its own, have it test the digest and scan a few harmless
 * objects (the worker's own program among them), so that one that cannot be loaded, crashes its
 * scanner or finds evil everywhere never comes into use. Takes a worker's path, limits and uid
 * from ${settings}. ${out} may be NULL. ERR_FORGED, ERR_MALFORMED, ERR_TRUNCATED: the database
 * is at fault. Others as pool_new. Blocks for as long as that takes: milliseconds for most,
 * seconds for the largest. */
enum err pool_test_database(const struct pool_settings *settings, int database,
    struct pool_database *out, struct fault *why);

#endif
