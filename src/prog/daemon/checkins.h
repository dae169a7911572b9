/* daemon/checkins.h: the conversation with the server: checking in on time, and what a person asks for
 * (activate, reactivate, purchase, portal). Owns its timing and the questions under way; what a lease means is
 * the membership's business. */
#ifndef HOLDFAST_DAEMON_CHECKINS_H
#define HOLDFAST_DAEMON_CHECKINS_H

#include <event2/event.h>

#include "agent/reply.h"
#include "agent/request.h"
#include "prog/daemon/jobs.h"
#include "prog/daemon/membership.h"

struct checkins;

struct checkins_setup {
	struct event_base *base;
	const struct jobs *jobs;
	struct membership *membership;
	const char *machine;			/* device_machine */
	uint64_t (*generation)(void *ctx);	/* of the protection data in use, for the server */
	void (*activated)(void *ctx);		/* the device took a seat; before ${changed} */
	void (*changed)(void *ctx);		/* a lease came, or the device was forgotten */
	void *ctx;
};

/* All in ${setup} is borrowed. Asks for nothing yet: checkins_consider. ERR_NOMEM, ERR_IO. */
enum err checkins_new(const struct checkins_setup *setup, struct checkins **out);
void checkins_free(struct checkins *c);

/* Something changed: ask now, later, or not at all, as it now should be. */
void checkins_consider(struct checkins *c);

/* Somebody watches (${on}), or does so no more: while anybody does, news must come at once. */
void checkins_watch(struct checkins *c, bool on);

/* When the next check-in is due, trusted time; 0: one is under way, or none is due. */
int64_t checkins_next(const struct checkins *c);

/* Answers once, from the loop. ${reply} is borrowed. */
typedef void checkins_reply_fn(void *ctx, const struct reply *reply);

struct checkins_asker {
	checkins_reply_fn *reply;
	void *ctx;
};

/* One at a time: ERR_CONFLICT with its sentence when another is under way. A check-in that waits makes
 * room. ERR_DENIED: any but activate before activation. */
enum err checkins_activate(struct checkins *c, const struct request_activate *request,
    struct checkins_asker asker, struct fault *why);
enum err checkins_reactivate(struct checkins *c, struct checkins_asker asker, struct fault *why);
enum err checkins_purchase(struct checkins *c, struct checkins_asker asker, struct fault *why);
enum err checkins_portal(struct checkins *c, struct checkins_asker asker, struct fault *why);

/* The asker ${ctx} has gone: its question goes on, but nobody is answered. */
void checkins_forget(struct checkins *c, const void *ctx);

#endif
