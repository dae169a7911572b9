/* daemon/updates.h: keeps the protection data current: asks on time, hands what came to databases.h,
 * remembers why it did not work. Owns the timing and the question under way. */
#ifndef HOLDFAST_DAEMON_UPDATES_H
#define HOLDFAST_DAEMON_UPDATES_H

#include <event2/event.h>

#include "agent/reply.h"
#include "prog/daemon/databases.h"
#include "prog/daemon/history.h"
#include "prog/daemon/jobs.h"
#include "prog/daemon/membership.h"
#include "prog/daemon/tasks.h"

struct updates;

struct updates_setup {
	struct event_base *base;
	const struct jobs *jobs;
	struct membership *membership;
	struct databases *databases;
	struct history *history;
	struct tasks *tasks;
	int dir;			/* updates/, the updater's own */
	int trusted;			/* trusted/, where our trusted metadata is kept */
	int64_t interval_s;
	void (*changed)(void *ctx);	/* data came into use, or was confirmed */
	void *ctx;
};

/* All in ${setup} is borrowed. Asks for nothing yet: updates_consider. ERR_NOMEM, ERR_IO. */
enum err updates_new(const struct updates_setup *setup, struct updates **out);
void updates_free(struct updates *u);

/* Whether updates are allowed changed: begin to ask, at once, or stop. */
void updates_consider(struct updates *u);

/* Data was lost: ask at once, if that is allowed. */
void updates_hurry(struct updates *u);

/* Answers once, from the loop: REPLY_UPDATED or REPLY_FAULT; borrowed. */
typedef void updates_reply_fn(void *ctx, const struct reply *reply);

/* Ask now for the asker ${ctx}; joins what is under way. ERR_CONFLICT: too many ask. The caller has
 * looked whether the subscription allows it. */
enum err updates_ask(struct updates *u, updates_reply_fn *reply, void *ctx, struct fault *why);

/* The asker has gone. */
void updates_forget(struct updates *u, const void *ctx);

#endif
