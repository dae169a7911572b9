/* prog/clerk/courier.c: see courier.h. */
#include "prog/clerk/courier.h"

#include <unistd.h>

#include "base/log.h"
#include "os/channel.h"
#include "os/clock.h"

enum { PAUSE_MS = 1000 };

void
courier_lost(struct clerk *c)
{
	c->courier_back_ms = clock_boot_ms() + PAUSE_MS;
}

bool
courier_is_there(const struct clerk *c)
{
	return clock_boot_ms() >= c->courier_back_ms;
}

enum err
courier_ask(struct clerk *c, struct bytes message, int within_s, event_callback_fn spoke, void *ctx, int *fd,
    struct event **event)
{
	const struct timeval within = { within_s, 0 };
	struct event *ev = NULL;
	int connection = -1;
	struct fault why;
	enum err e;

	if ((e = channel_connect(c->courier_path, &connection, &why)) != ERR_NONE) {
		log_warn("the courier: %s", why.text);
		goto done;
	}
	if ((e = channel_send(connection, message, NULL, 0)) != ERR_NONE)
		goto done;
	e = ERR_NOMEM;
	if ((ev = event_new(c->base, connection, EV_READ, spoke, ctx)) == NULL || event_add(ev, &within) != 0)
		goto done;
	*fd = connection;
	*event = ev;
	return ERR_NONE;
done:
	if (ev != NULL)
		event_free(ev);
	if (connection >= 0)
		close(connection);
	courier_lost(c);
	return e;
}
