/* daemon/fellows.h: asks the server which devices share this one's subscription, for whoever looks at the window.
 * Owns that question, beside the check-ins and never in their way: nothing that protects hangs on the answer. */
#ifndef HOLDFAST_DAEMON_FELLOWS_H
#define HOLDFAST_DAEMON_FELLOWS_H

#include "prog/daemon/checkins.h"

struct fellows;

/* Both are borrowed. ERR_NOMEM. */
enum err fellows_new(const struct jobs *jobs, const struct membership *membership, struct fellows **out);
void fellows_free(struct fellows *f);

/* Ask; whoever asks while an answer is awaited gets the same one. REPLY_DEVICES, or a fault. ERR_DENIED: not
 * activated. ERR_LIMIT, ERR_NOMEM. */
enum err fellows_ask(struct fellows *f, struct checkins_asker asker, struct fault *why);

/* The asker ${ctx} has gone. */
void fellows_forget(struct fellows *f, const void *ctx);

#endif
