/* agent/talk.c: see talk.h. */
#include "agent/talk.h"

#include <poll.h>
#include <stdio.h>
#include <unistd.h>

#include "agent/place.h"
#include "crypto/random.h"

enum err
talk_open(const char *state, struct talk *out, struct fault *why)
{
	char path[4096];
	enum err e;

	out->fd = -1;
	if (snprintf(path, sizeof path, "%s/" AGENT_SOCKET, state) >= (int)sizeof path)
		return fault_set(why, ERR_LIMIT, "the name of the state directory is too long");
	e = channel_connect(path, &out->fd, why);
	if (e == ERR_NOT_FOUND || e == ERR_CLOSED || e == ERR_IO)
		return fault_set(why, e,
		    "holdfastd does not answer at %s: start it, or name its directory with --state DIR"
		    " or " AGENT_STATE_VARIABLE, path);
	return e;
}

void
talk_close(struct talk *t)
{
	if (t->fd >= 0)
		close(t->fd);
	t->fd = -1;
}

static enum err
gone(struct fault *why)
{
	return fault_set(why, ERR_CLOSED, "holdfastd ended the connection: its log says why");
}

enum err
talk_send(struct talk *t, const struct request *request, int fd, struct fault *why)
{
	struct buf message;
	enum err e;

	buf_init(&message, CHANNEL_MESSAGE_MAX);
	request_write(request, &message);
	if ((e = message.err) == ERR_NONE)
		e = channel_send(t->fd, buf_bytes(&message), &fd, fd >= 0 ? 1 : 0);
	if (message.p != NULL)
		random_forget(message.p, message.n);
	buf_fini(&message);
	if (e == ERR_NONE)
		return e;
	return e == ERR_CLOSED ? gone(why)
			       : fault_set(why, e, "cannot ask holdfastd: %s", err_name(e));
}

enum err
talk_receive(struct talk *t, int timeout_ms, struct reply *out, struct fault *why)
{
	struct channel_message m;
	enum err e = channel_receive_within(t->fd, timeout_ms, t->room, &m);

	if (e == ERR_TIMEOUT)
		return fault_set(why, e, "holdfastd did not answer in time");
	if (e != ERR_NONE)
		return gone(why);
	channel_close_fds(&m);
	if ((e = reply_read(m.body, out)) != ERR_NONE)
		return fault_set(why, e, "holdfastd's answer makes no sense: is it of this version?");
	return ERR_NONE;
}

enum err
talk_ask(struct talk *t, const struct request *request, int fd, struct reply *out, struct fault *why)
{
	enum err e = talk_send(t, request, fd, why);

	/* A signal is no answer. */
	while (e == ERR_NONE && (e = talk_receive(t, -1, out, why)) == ERR_TIMEOUT)
		e = ERR_NONE;
	return e;
}

enum err
talk_once(const char *state, const struct request *request, struct reply *out,
    struct fault *why)
{
	static struct talk t;
	enum err e;

	if ((e = talk_open(state, &t, why)) == ERR_NONE)
		e = talk_ask(&t, request, -1, out, why);
	talk_close(&t);
	return e;
}

bool
talk_is_alive(const struct talk *t)
{
	struct pollfd p = { .fd = t->fd, .events = POLLRDHUP };

	return poll(&p, 1, 0) >= 0 && (p.revents & (POLLRDHUP | POLLHUP | POLLERR)) == 0;
}
