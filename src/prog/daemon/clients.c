/* daemon/clients.c: see clients.h. */
#include "prog/daemon/clients.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "crypto/random.h"
#include "os/channel.h"
#include "prog/daemon/daemon.h"
#include "prog/daemon/limits.h"
#include "prog/daemon/requests.h"

/* Messages taken from one program before others have their turn. */
enum { TURN_MAX = 16 };

struct clients {
	struct daemon *daemon;
	int listener;
	struct event *knocks;
	struct event *sweeps;	/* frees the doomed */
	struct client *first;
	size_t count;
};

static void
client_free(struct client *c)
{
	requests_forget(c);
	if (c->readable != NULL)
		event_free(c->readable);
	if (c->writable != NULL)
		event_free(c->writable);
	for (size_t i = 0; i < c->backlog_count; i++)
		buf_fini(&c->backlog[i]);
	free(c->backlog);
	close(c->fd);
	free(c);
}

static void
sweep(evutil_socket_t fd, short what, void *ctx)
{
	struct clients *all = ctx;
	struct client **at = &all->first;

	(void)fd, (void)what;
	while (*at != NULL) {
		struct client *c = *at;

		if (!c->doomed) {
			at = &c->next;
			continue;
		}
		*at = c->next;
		all->count--;
		client_free(c);
	}
	if (all->listener >= 0)
		event_add(all->knocks, NULL);
}

void
client_drop(struct client *c)
{
	static const struct timeval now = { 0, 0 };

	if (c->doomed)
		return;
	c->doomed = true;
	event_del(c->readable);
	event_del(c->writable);
	event_add(c->all->sweeps, &now);
}

/* Send what waits, oldest first. */
static void
on_writable(evutil_socket_t fd, short what, void *ctx)
{
	struct client *c = ctx;
	size_t sent = 0;
	enum err e = ERR_NONE;

	(void)what;
	while (sent < c->backlog_count &&
	    (e = channel_send(fd, buf_bytes(&c->backlog[sent]), NULL, 0)) == ERR_NONE)
		buf_fini(&c->backlog[sent++]);
	c->backlog_count -= sent;
	memmove(c->backlog, c->backlog + sent, c->backlog_count * sizeof *c->backlog);
	if (e != ERR_NONE && e != ERR_TIMEOUT)
		client_drop(c);
	else if (c->backlog_count > 0)
		event_add(c->writable, NULL);
}

void
client_reply(struct client *c, const struct reply *reply)
{
	struct buf message;
	enum err e;

	if (c->doomed)
		return;
	buf_init(&message, CHANNEL_MESSAGE_MAX);
	reply_write(reply, &message);
	e = message.err;
	if (e == ERR_NONE && c->backlog_count == 0)
		e = channel_send(c->fd, buf_bytes(&message), NULL, 0);
	else if (e == ERR_NONE)
		e = ERR_TIMEOUT;
	if (e == ERR_TIMEOUT && c->backlog_count < DAEMON_BACKLOG_MAX) {
		c->backlog[c->backlog_count++] = message;
		event_add(c->writable, NULL);
		return;
	}
	buf_fini(&message);
	if (e != ERR_NONE)
		client_drop(c);
}

/* One message. False: none is there, or the program has gone. */
static bool
take_one(struct client *c)
{
	static uint8_t room[CHANNEL_MESSAGE_MAX];
	static struct request request;
	struct channel_message m;
	enum err e = channel_receive(c->fd, room, &m);

	if (e == ERR_TIMEOUT)
		return false;
	if (e != ERR_NONE) {
		client_drop(c);
		return false;
	}
	if (request_read(m.body, &request) != ERR_NONE) {
		log_warn("user %u sent a request that makes no sense", c->uid);
		client_drop(c);
	} else {
		requests_handle(c, &request, &m);
	}
	channel_close_fds(&m);
	random_forget(room, m.body.n);
	random_forget(&request, sizeof request);
	return !c->doomed;
}

static void
on_readable(evutil_socket_t fd, short what, void *ctx)
{
	(void)fd, (void)what;
	for (int i = 0; i < TURN_MAX && take_one(ctx); i++)
		continue;
}

static enum err
client_new(struct clients *all, int fd)
{
	struct event_base *base = all->daemon->base;
	struct client *c = calloc(1, sizeof *c);
	enum err e = ERR_NOMEM;
	uid_t uid;
	pid_t pid;

	if (c == NULL) {
		close(fd);
		return e;
	}
	c->all = all;
	c->daemon = all->daemon;
	c->fd = fd;
	if ((e = channel_peer(fd, &uid, &pid)) != ERR_NONE)
		goto done;
	c->uid = uid;
	c->owner = uid == 0 || uid == geteuid();
	if (!c->owner && geteuid() != 0) {
		e = ERR_DENIED;
		goto done;
	}
	e = ERR_NOMEM;
	c->backlog = calloc(DAEMON_BACKLOG_MAX, sizeof *c->backlog);
	c->readable = event_new(base, fd, EV_READ | EV_PERSIST, on_readable, c);
	c->writable = event_new(base, fd, EV_WRITE, on_writable, c);
	if (c->backlog == NULL || c->readable == NULL || c->writable == NULL ||
	    fcntl(fd, F_SETFL, O_NONBLOCK) != 0 || event_add(c->readable, NULL) != 0)
		goto done;
	c->next = all->first;
	all->first = c;
	all->count++;
	return ERR_NONE;
done:
	client_free(c);
	return e;
}

static void
on_knock(evutil_socket_t listener, short what, void *ctx)
{
	struct clients *all = ctx;
	enum err e;
	int fd;

	(void)what;
	/* Whoever comes now waits in the listener's queue until somebody leaves. */
	if (all->count >= DAEMON_CLIENTS_MAX) {
		event_del(all->knocks);
		return;
	}
	if ((e = channel_accept(listener, &fd)) == ERR_TIMEOUT)
		return;
	if (e == ERR_NONE)
		e = client_new(all, fd);
	if (e != ERR_NONE)
		log_warn("a connection was refused: %s", err_name(e));
}

enum err
clients_new(struct daemon *daemon, const char *path, struct clients **out, struct fault *why)
{
	struct clients *all = calloc(1, sizeof *all);
	/* Run as root, every user of the device may ask; each request goes by who asks. */
	mode_t mode = geteuid() == 0 ? 0666 : 0600;
	enum err e;

	if (all == NULL)
		return fault_set(why, ERR_NOMEM, "out of memory");
	all->daemon = daemon;
	all->listener = -1;
	if ((e = channel_listen(path, mode, &all->listener, why)) != ERR_NONE)
		goto done;
	all->knocks =
	    event_new(daemon->base, all->listener, EV_READ | EV_PERSIST, on_knock, all);
	all->sweeps = event_new(daemon->base, -1, 0, sweep, all);
	if (all->knocks == NULL || all->sweeps == NULL ||
	    fcntl(all->listener, F_SETFL, O_NONBLOCK) != 0 || event_add(all->knocks, NULL) != 0) {
		e = fault_set(why, ERR_NOMEM, "cannot listen at %s", path);
		goto done;
	}
	*out = all;
	all = NULL;
done:
	clients_free(all);
	return e;
}

void
clients_close_door(struct clients *all)
{
	if (all->listener < 0)
		return;
	event_del(all->knocks);
	close(all->listener);
	all->listener = -1;
}

void
clients_free(struct clients *all)
{
	if (all == NULL)
		return;
	while (all->first != NULL) {
		struct client *c = all->first;

		all->first = c->next;
		client_free(c);
	}
	if (all->knocks != NULL)
		event_free(all->knocks);
	if (all->sweeps != NULL)
		event_free(all->sweeps);
	if (all->listener >= 0)
		close(all->listener);
	free(all);
}

void
clients_tell_watchers(struct clients *all)
{
	for (struct client *c = all->first; c != NULL; c = c->next)
		if (c->phase == CLIENT_WATCHES)
			requests_send_status(c);
}

void
clients_end_scans(struct clients *all, const struct reply *reply)
{
	for (struct client *c = all->first; c != NULL; c = c->next) {
		if (c->phase != CLIENT_SCANS)
			continue;
		client_reply(c, reply);
		requests_end_scan(c);
	}
}
