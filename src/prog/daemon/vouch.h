/* daemon/vouch.h: whether what the updater brought is what the publisher released. The updater has the network and may
 * have been captured: so the daemon walks the whole of The Update Framework's workflow again, from its own first root
 * and with its own trusted files, reading what the updater left in its folder in place of a network. */
#ifndef HOLDFAST_DAEMON_VOUCH_H
#define HOLDFAST_DAEMON_VOUCH_H

#include "agent/job.h"

struct vouch_question {
	int trusted;			/* our folder of trusted metadata */
	int updates;			/* the updater's */
	struct bytes root;		/* the first root */
	int64_t now;			/* trusted time */
	const char *device;
	uint64_t generation;		/* that this device has */
	const struct outcome_update *update;
	bool fresh;			/* the updater says that it is newer; else that there is nothing newer */
};

/* For a helper process: confines itself to the two folders, as far as the kernel can, for good. ERR_NONE: it is as
 * the updater says. ERR_FORGED: it is not. Otherwise as tuf_client_refresh; the updater then begins anew from the
 * first root, as it must when only it had followed a root. */
enum err vouch_confined(const struct vouch_question *q, struct fault *why);

/* The same, without confining anybody. */
enum err vouch_for(const struct vouch_question *q, struct fault *why);

#endif
