/* prog/server/children.c: see children.h. */
#include "prog/server/children.h"

#include <assert.h>
#include <signal.h>

#include "base/log.h"
#include "base/text.h"
#include "os/process.h"

enum {
	PAUSE_FIRST_MS = 50,	/* a process that was killed is back before anybody notices */
	PAUSE_MOST_MS = 10000,	/* one that cannot run must not fill the log */
	STEADY_MS = 10000	/* one that ran so long had no trouble at its start */
};

enum err
children_add(struct children *all, const char *folder, const char *name, const char *const *argv,
    int listener, struct fault *why)
{
	struct child *c;
	size_t n = 0;
	enum err e;

	assert(all->count < CHILDREN_MAX);
	c = &all->list[all->count];
	*c = (struct child){ .name = name, .listener = listener, .pause_ms = PAUSE_FIRST_MS };
	if ((e = process_find_sibling(folder, name, c->path, sizeof c->path, why)) != ERR_NONE)
		return e;
	c->argv[n++] = name;
	for (; *argv != NULL; argv++) {
		assert(n < CHILD_ARGUMENTS_MAX);
		c->argv[n++] = *argv;
	}
	all->count++;
	return ERR_NONE;
}

static void
schedule(struct child *c, int64_t now_ms)
{
	c->again_ms = now_ms + c->pause_ms;
	c->pause_ms = c->pause_ms * 2 > PAUSE_MOST_MS ? PAUSE_MOST_MS : c->pause_ms * 2;
}

void
children_start_due(struct children *all, int64_t now_ms)
{
	for (size_t i = 0; i < all->count; i++) {
		struct child *c = &all->list[i];
		struct fault why;

		if (c->pid != 0 || now_ms < c->again_ms)
			continue;
		if (process_start(c->path, c->argv, &c->listener, c->listener < 0 ? 0 : 1, &c->pid, &why) == ERR_NONE) {
			c->started_ms = now_ms;
			continue;
		}
		c->pid = 0;
		log_error("%s", why.text);
		schedule(c, now_ms);
	}
}

void
children_ended(struct children *all, pid_t pid, int status, int64_t now_ms, bool stopping)
{
	char how[64];

	for (size_t i = 0; i < all->count; i++) {
		struct child *c = &all->list[i];

		if (c->pid != pid)
			continue;
		c->pid = 0;
		if (stopping)
			return;
		process_end_text(status, how, sizeof how);
		if (now_ms - c->started_ms >= STEADY_MS)
			c->pause_ms = PAUSE_FIRST_MS;
		log_warn("%s ended (%s); starting it again", c->name, how);
		schedule(c, now_ms);
		return;
	}
}

void
children_signal(struct children *all, const char *name, int signal_number)
{
	for (size_t i = 0; i < all->count; i++)
		if (all->list[i].pid != 0 && (name == NULL || text_equal(name, all->list[i].name)))
			kill(all->list[i].pid, signal_number);
}

size_t
children_running(const struct children *all)
{
	size_t n = 0;

	for (size_t i = 0; i < all->count; i++)
		n += all->list[i].pid != 0;
	return n;
}
