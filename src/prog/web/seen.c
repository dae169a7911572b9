/* prog/web/seen.c: see seen.h. */
#include "prog/web/seen.h"

#include <event2/event.h>
#include <stdlib.h>

#include "base/log.h"

enum {
	SEEN_EVERY_S = 60,	/* what is newer for one device is not written again */
	SEEN_MAX = 200		/* in one transaction, which nobody should notice: about a millisecond */
};

struct seen {
	struct web *web;
	struct event *timer;
	size_t count;
	struct seen_device {
		char id[ID_SIZE];
		int64_t at, generation;
	} list[SEEN_MAX];
};

static void
write_all(struct seen *all)
{
	struct store *store = all->web->store;
	enum err e;

	if (all->count == 0)
		return;
	e = store->begin(store);
	for (size_t i = 0; i < all->count && e == ERR_NONE; i++)
		e = store->note_device_seen(store, all->list[i].id, all->list[i].at,
		    all->list[i].generation);
	if (e == ERR_NONE)
		e = store->commit(store);
	if (e != ERR_NONE) {
		log_warn("when %zu devices were seen is not written: %s", all->count, err_name(e));
		store->rollback(store);
	}
	all->count = 0;
}

static void
time_has_come(evutil_socket_t fd, short what, void *ctx)
{
	(void)fd, (void)what;
	write_all(ctx);
}

enum err
seen_new(struct web *w, struct seen **out)
{
	struct seen *all = calloc(1, sizeof *all);

	if (all == NULL)
		return ERR_NOMEM;
	all->web = w;
	if ((all->timer = evtimer_new(w->base, time_has_come, all)) == NULL) {
		free(all);
		return ERR_NOMEM;
	}
	*out = all;
	return ERR_NONE;
}

void
seen_free(struct seen *all)
{
	if (all == NULL)
		return;
	write_all(all);
	event_free(all->timer);
	free(all);
}

void
seen_note(struct seen *all, const struct device *d, int64_t generation, int64_t now)
{
	static const struct timeval soon = { SEEN_WRITE_MS / 1000, SEEN_WRITE_MS % 1000 * 1000 };
	struct seen_device *s;

	if (now - d->last_seen < SEEN_EVERY_S && d->generation == generation)
		return;
	if (all->count == SEEN_MAX)
		write_all(all);
	if (all->count == 0)
		evtimer_add(all->timer, &soon);
	s = &all->list[all->count++];
	memcpy(s->id, d->id, ID_SIZE);
	s->at = now;
	s->generation = generation;
}
