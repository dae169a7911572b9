/* prog/web/questions.c: see questions.h. */
#include "prog/web/questions.h"

#include <event2/event.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "os/channel.h"

struct questions {
	struct question *first;
};

static void
disconnect(struct question *q)
{
	if (q->event != NULL)
		event_free(q->event);
	if (q->courier >= 0)
		close(q->courier);
}

static void
question_free(struct question *q)
{
	*q->at = q->next;
	if (q->next != NULL)
		q->next->at = q->at;
	disconnect(q);
	free(q);
}

static void
client_left(void *ctx)
{
	struct question *q = ctx;

	q->request = NULL;
}

static void
courier_spoke(evutil_socket_t fd, short what, void *ctx)
{
	static uint8_t room[CHANNEL_MESSAGE_MAX];
	struct channel_message m = { .fd_count = 0 };
	struct question *q = ctx;

	(void)fd;
	if ((what & EV_READ) == 0 || channel_receive(q->courier, room, &m) != ERR_NONE)
		m = (struct channel_message){ .fd_count = 0 };
	channel_close_fds(&m);
	q->answered(q, m.body);
	question_free(q);
}

static void
keep(struct question *q)
{
	struct questions *all = q->web->questions;

	q->next = all->first;
	q->at = &all->first;
	if (q->next != NULL)
		q->next->at = &q->next;
	all->first = q;
	http_request_keep(q->request, client_left, q);
}

enum err
question_ask(struct question *q, const struct buf *message, int most_ms)
{
	struct timeval within = { most_ms / 1000, most_ms % 1000 * 1000 };
	struct fault why = { ERR_NONE, "" };
	enum err e;

	q->event = NULL;
	q->courier = -1;
	if ((e = message->err) != ERR_NONE ||
	    (e = channel_connect(q->web->courier_path, &q->courier, &why)) != ERR_NONE ||
	    (e = channel_send(q->courier, buf_bytes(message), NULL, 0)) != ERR_NONE)
		goto done;
	q->event = event_new(q->web->base, q->courier, EV_READ, courier_spoke, q);
	if (q->event == NULL || event_add(q->event, &within) != 0)
		e = ERR_NOMEM;
done:
	if (e == ERR_NONE) {
		keep(q);
		return ERR_NONE;
	}
	log_error("the courier: %s", why.text[0] != '\0' ? why.text : err_name(e));
	disconnect(q);
	return e;
}

enum err
questions_new(struct questions **out)
{
	return (*out = calloc(1, sizeof **out)) == NULL ? ERR_NOMEM : ERR_NONE;
}

void
questions_free(struct questions *all)
{
	if (all == NULL)
		return;
	while (all->first != NULL)
		question_free(all->first);
	free(all);
}
