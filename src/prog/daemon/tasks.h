/* daemon/tasks.h: work that would hold the event loop up (sealing, copying, trying a database), each in
 * a forked child of the daemon. Owns the children; knows nothing of what they do. */
#ifndef HOLDFAST_DAEMON_TASKS_H
#define HOLDFAST_DAEMON_TASKS_H

#include <event2/event.h>

#include "base/buf.h"
#include "base/bytes.h"

struct tasks;

/* In the child: do it, append at most TASK_RESULT_MAX bytes to ${result}. */
#define TASK_RESULT_MAX 1024
typedef enum err task_run_fn(void *ctx, struct buf *result, struct fault *why);

/* In the daemon, once: ${result} is borrowed. A child that died is ERR_IO, one that took longer than
 * DAEMON_TASK_TIMEOUT_S ERR_TIMEOUT. */
typedef void task_done_fn(void *ctx, enum err e, struct bytes result, const struct fault *why);

struct task_work {
	task_run_fn *run;
	task_done_fn *done;
	void *ctx;	/* for both; must live until ${done} */
};

enum err tasks_new(struct event_base *base, struct tasks **out);

/* Kills what runs; ${done} is not called for it, nor for what waits. NULL is fine. */
void tasks_free(struct tasks *t);

/* Run it now, or when one of DAEMON_TASKS_MAX places is free. ERR_NOMEM. */
enum err tasks_add(struct tasks *t, struct task_work work);

/* How many run or wait. */
size_t tasks_count(const struct tasks *t);

#endif
