/* daemon/databases.h: the protection data on this device: database/N.hfdb, and which is in use.
 * Owns that folder. Never reads what is in a database: a sandboxed worker does. */
#ifndef HOLDFAST_DAEMON_DATABASES_H
#define HOLDFAST_DAEMON_DATABASES_H

#include "agent/job.h"
#include "pool/pool.h"
#include "prog/daemon/tasks.h"

struct databases;

/* One generation that this device took. */
struct database {
	uint64_t generation;	/* 0: none */
	uint64_t size;
	uint64_t signatures;
	int64_t received;	/* trusted time */
	uint8_t sha256[32];
};

/* ${dir} is the state directory and is borrowed, as are ${tasks} and ${pool} (how workers are started).
 * Without a usable database it opens too. ERR_NOMEM, ERR_IO and the like. */
enum err databases_open(int dir, struct tasks *tasks, const struct pool_settings *pool,
    struct databases **out, struct fault *why);
void databases_close(struct databases *d);

/* The one in use; generation 0 when there is none. */
const struct database *databases_current(const struct databases *d);

/* A descriptor of it, open for reading, which stays ours; -1 when there is none. */
int databases_fd(const struct databases *d);

typedef void databases_done_fn(void *ctx, enum err e, const struct fault *why);

/* Copy ${fd} (given) into the folder, check it against ${update}, have a worker load and try it, and
 * only then make it the current one; ${done} is called once, from the loop. One at a time:
 * ERR_CONFLICT. On any error the old one stays in use. ERR_FORGED: not what ${update} says;
 * ERR_FULL; otherwise what pool_test_database says. */
enum err databases_take(struct databases *d, int fd, const struct outcome_update *update,
    int64_t now, databases_done_fn *done, void *ctx);

/* Compare the current one, which lay on the disk since some earlier run, with what was taken then; ${done} is
 * called once, from the loop. On an error it cannot be used, and databases_go_back was called already.
 * ERR_FORGED: changed bytes. One at a time: ERR_CONFLICT. */
enum err databases_check(struct databases *d, databases_done_fn *done, void *ctx);

/* False as long as nobody has looked: then each worker must test the whole database itself. */
bool databases_is_checked(const struct databases *d);

/* The current one cannot be used: take the one before it. ERR_NOT_FOUND: there is none, and now no
 * current one either. */
enum err databases_go_back(struct databases *d, struct fault *why);

#endif
