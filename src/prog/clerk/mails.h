/* prog/clerk/mails.h: mail to subscribers: kept when an event brings it, written when it goes out, as things are then. */
#ifndef HOLDFAST_PROG_CLERK_MAILS_H
#define HOLDFAST_PROG_CLERK_MAILS_H

#include "entitle/mail.h"
#include "prog/clerk/clerk.h"

/* Within the transaction of the cursor: keep the mail that ${event} of ${sub} brings, if any. */
enum err mails_keep(struct clerk *c, const struct event *event, const struct subscription *sub, int64_t now);

/* Append the message to the courier. ERR_EXPIRED: its cause has ended; it is not to be sent. ERR_MALFORMED,
 * ERR_LIMIT: it cannot be made. */
enum err mails_write(struct clerk *c, const struct delivery *d, int64_t now, struct buf *out);

/* Within the transaction of its result: a code that was told is kept no longer. */
enum err mails_finish(struct clerk *c, const struct delivery *d);

#endif
