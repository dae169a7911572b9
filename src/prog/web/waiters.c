/* prog/web/waiters.c: see waiters.h. All processes of the server see a change through the store: the
 * position of its log rises. Then each waiter's revision is looked at again. */
#include "prog/web/waiters.h"

#include <event2/event.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/text.h"
#include "os/clock.h"
#include "prog/web/leases.h"

struct waiter {
	struct waiter *next, **at;
	struct web *web;
	struct http_request *request;
	char device[ID_SIZE];
	struct wait wait;
	int64_t ends_ms;	/* by the boot clock */
};

struct waiters {
	struct web *web;
	struct event *look;
	struct waiter *first;
	int64_t position;	/* of the log when it was last looked at */
};

static void
waiter_unlink(struct waiter *w)
{
	*w->at = w->next;
	if (w->next != NULL)
		w->next->at = w->at;
	free(w);
}

static void
client_left(void *ctx)
{
	waiter_unlink(ctx);
}

static void
answer_waiter(struct waiter *w)
{
	struct http_request *r = w->request;
	struct web *web = w->web;
	struct device d;
	char nonce[NONCE_SIZE];
	enum err e;

	e = web->store->get_device(web->store, w->device, &d);
	memcpy(nonce, w->wait.nonce, sizeof nonce);
	waiter_unlink(w);
	if (e == ERR_NONE)
		leases_answer(web, r, &d, nonce, NULL);
	else
		http_answer(r, 503, NULL, bytes_of(NULL, 0));
}

static bool
has_changed(struct waiter *w, int64_t now)
{
	char revision[REVISION_SIZE];

	/* A store that fails now is asked again at the next look. */
	return authority_revision(w->web->store, w->device, now, revision) == ERR_NONE &&
	    !text_equal(revision, w->wait.revision);
}

static void
look(evutil_socket_t fd, short what, void *ctx)
{
	struct waiters *all = ctx;
	struct store *store = all->web->store;
	int64_t position = all->position, now_ms = clock_boot_ms(), now = clock_wall();
	bool moved;

	(void)fd, (void)what;
	if (all->first == NULL)
		return;
	if (store->get_position(store, &position) != ERR_NONE)
		log_warn("cannot look for changes; trying again");
	moved = position != all->position;
	all->position = position;
	for (struct waiter *w = all->first, *next; w != NULL; w = next) {
		next = w->next;
		if (now_ms >= w->ends_ms || (moved && has_changed(w, now)))
			answer_waiter(w);
	}
}

enum err
waiters_new(struct web *w, struct waiters **out)
{
	struct timeval every = { 0, WAIT_LOOK_MS * 1000 };
	struct waiters *all = calloc(1, sizeof *all);

	if (all == NULL)
		return ERR_NOMEM;
	all->web = w;
	all->look = event_new(w->base, -1, EV_PERSIST, look, all);
	if (all->look == NULL || event_add(all->look, &every) != 0) {
		waiters_free(all);
		return ERR_NOMEM;
	}
	*out = all;
	return ERR_NONE;
}

void
waiters_free(struct waiters *all)
{
	if (all == NULL)
		return;
	if (all->look != NULL)
		event_free(all->look);
	while (all->first != NULL)
		waiter_unlink(all->first);
	free(all);
}

enum err
waiters_add(struct web *web, struct http_request *r, const struct device *d,
    const struct wait *wait)
{
	struct waiters *all = web->waiters;
	struct waiter *w = calloc(1, sizeof *w);

	if (w == NULL)
		return ERR_NOMEM;
	w->web = web;
	w->request = r;
	w->wait = *wait;
	memcpy(w->device, d->id, ID_SIZE);
	w->ends_ms = clock_boot_ms() + wait->seconds * 1000;
	/* Looked at once more before it waits: the change may have come since it was compared. */
	if (all->first == NULL)
		all->position = -1;
	w->next = all->first;
	w->at = &all->first;
	if (w->next != NULL)
		w->next->at = &w->next;
	all->first = w;
	http_request_keep(r, client_left, w);
	return ERR_NONE;
}
