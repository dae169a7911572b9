/* prog/clerk/clerk.h: what the parts of the clerk share. */
#ifndef HOLDFAST_PROG_CLERK_CLERK_H
#define HOLDFAST_PROG_CLERK_CLERK_H

#include <event2/event.h>
#include <stdbool.h>

#include "entitle/store.h"
#include "outgoing/delivery_message.h"

/* So many deliveries are under way at once, however many receivers: as many as are worth their descriptors. A
 * failing lane has one at a time (outgoing/retry.h), so that few of them are lost to the dead. */
#define SENDING_MAX 128

struct clerk;

/* One delivery with the courier. */
struct sending {
	struct clerk *clerk;
	bool used, answered;
	bool dropped;		/* not sent: what it would say is no longer so */
	struct delivery delivery;
	struct delivery_result result; /* once answered */
	struct event *event;
	int courier;		/* the connection that the answer comes on */
};

struct clerk {
	struct event_base *base;
	struct store *store;
	const char *courier_path;
	const char *base_url;
	const char *mail_from;	/* NULL: no mail is sent */
	const char *support_mail; /* the vendor's address for requests; NULL: none */
	struct event *turn;	/* the next look at log and queue, */
	int64_t turn_at_ms;	/* and when, by the boot clock; 0: it is not set */
	int64_t courier_back_ms; /* boot clock: the courier is not asked before */
	int64_t purge_at;
	int64_t time_kept;	/* all that was due then is done */
	bool stopping;
	struct sending sending[SENDING_MAX];
};

/* Look again within ${ms}. */
void clerk_turn_within(struct clerk *c, int ms);

#endif
