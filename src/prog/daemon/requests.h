/* daemon/requests.h: what each request leads to, who may ask it and when: one table. */
#ifndef HOLDFAST_DAEMON_REQUESTS_H
#define HOLDFAST_DAEMON_REQUESTS_H

#include "os/channel.h"
#include "prog/daemon/clients.h"

/* Do what ${c} asks. A request that is not allowed where it stands ends the connection. */
void requests_handle(struct client *c, const struct request *request, struct channel_message *m);

/* ${c} has gone: nothing that is under way may come back to it. */
void requests_forget(struct client *c);

void requests_send_status(struct client *c);

/* The scan of ${c} is over before its end; it was told why. */
void requests_end_scan(struct client *c);

#endif
