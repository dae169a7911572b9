/* daemon/engines.c: see engines.h. */
#include "prog/daemon/engines.h"

#include <stdlib.h>

#include "base/log.h"
#include "prog/daemon/limits.h"

struct engine {
	struct engines *all;
	struct pool *pool;
	uint64_t generation;
	unsigned holders;
	struct event *readable;	/* the pool has something to do */
	struct event *timer;	/* while busy: its deadlines; while idle: the end of its rest */
	struct engine *next;
};

struct engines {
	struct engines_setup setup;
	struct engine *first;
};

enum err
engines_new(const struct engines_setup *setup, struct engines **out)
{
	struct engines *e = calloc(1, sizeof *e);

	if (e == NULL)
		return ERR_NOMEM;
	e->setup = *setup;
	*out = e;
	return ERR_NONE;
}

static void
engine_free(struct engine *engine)
{
	if (engine == NULL)
		return;
	if (engine->readable != NULL)
		event_free(engine->readable);
	if (engine->timer != NULL)
		event_free(engine->timer);
	pool_free(engine->pool);
	free(engine);
}

void
engines_free(struct engines *e)
{
	if (e == NULL)
		return;
	while (e->first != NULL) {
		struct engine *engine = e->first;

		e->first = engine->next;
		engine_free(engine);
	}
	free(e);
}

static void
engine_end(struct engine *engine)
{
	for (struct engine **at = &engine->all->first; *at != NULL; at = &(*at)->next)
		if (*at == engine) {
			*at = engine->next;
			break;
		}
	engine_free(engine);
}

static void
set_timer(struct engine *engine, int seconds)
{
	const struct timeval after = { .tv_sec = seconds };

	event_add(engine->timer, &after);
}

/* One turn of the pool, and when to have the next. */
static void
turn(struct engine *engine)
{
	struct fault why;

	if (pool_turn(engine->pool, 0, &why) != ERR_NONE)
		log_error("%s", why.text);
	if (pool_busy(engine->pool) > 0)
		set_timer(engine, 1);
	engine->all->setup.room(engine->all->setup.ctx);
}

static void
on_readable(evutil_socket_t fd, short what, void *ctx)
{
	(void)fd, (void)what;
	turn(ctx);
}

static void
on_timer(evutil_socket_t fd, short what, void *ctx)
{
	struct engine *engine = ctx;

	(void)fd, (void)what;
	if (engine->holders == 0 && pool_busy(engine->pool) == 0)
		engine_end(engine);
	else
		turn(engine);
}

/* Tags are the objects' addresses: the pool gives back only what it was given. */
static void
on_verdict(void *ctx, uint64_t tag, const struct verdict *verdict)
{
	const struct engines *all = ctx;

	all->setup.verdict((void *)(uintptr_t)tag, verdict);
}

static enum err
engine_new(struct engines *all, struct engine **out, struct fault *why)
{
	struct pool_settings settings = *all->setup.pool;
	struct engine *engine = calloc(1, sizeof *engine);
	struct event_base *base = all->setup.base;
	enum err e;

	if (engine == NULL)
		return fault_set(why, ERR_NOMEM, "out of memory");
	settings.verdict = on_verdict;
	settings.ctx = all;
	settings.verify = !databases_is_checked(all->setup.databases);
	engine->all = all;
	engine->generation = databases_current(all->setup.databases)->generation;
	if ((e = pool_new(&settings, databases_fd(all->setup.databases), &engine->pool, why)) !=
	    ERR_NONE)
		goto done;
	engine->readable =
	    event_new(base, pool_fd(engine->pool), EV_READ | EV_PERSIST, on_readable, engine);
	engine->timer = event_new(base, -1, 0, on_timer, engine);
	if (engine->readable == NULL || engine->timer == NULL ||
	    event_add(engine->readable, NULL) != 0) {
		e = fault_set(why, ERR_NOMEM, "out of memory");
		goto done;
	}
	engine->next = all->first;
	all->first = engine;
	*out = engine;
	engine = NULL;
done:
	engine_free(engine);
	return e;
}

static struct engine *
find(const struct engines *all, uint64_t generation)
{
	struct engine *engine = all->first;

	while (engine != NULL && engine->generation != generation)
		engine = engine->next;
	return engine;
}

/* True when another database may do better: this one is damaged, not the machine short of something. */
static bool
blames_database(enum err e)
{
	return e == ERR_TRUNCATED || e == ERR_MALFORMED || e == ERR_FORGED || e == ERR_UNSUPPORTED;
}

enum err
engines_hold(struct engines *all, struct engine **out, struct fault *why)
{
	struct engine *engine;
	enum err e = ERR_NONE;

	for (;;) {
		uint64_t generation = databases_current(all->setup.databases)->generation;

		if (generation == 0)
			return fault_set(why, ERR_NOT_FOUND, "there is no protection data yet");
		if ((engine = find(all, generation)) != NULL)
			break;
		if ((e = engine_new(all, &engine, why)) == ERR_NONE)
			break;
		log_error("generation %llu of the protection data: %s",
		    (unsigned long long)generation, why->text);
		if (!blames_database(e) ||
		    databases_go_back(all->setup.databases, why) != ERR_NONE)
			return e;
	}
	engine->holders++;
	event_del(engine->timer);
	*out = engine;
	return ERR_NONE;
}

void
engine_release(struct engine *engine)
{
	bool current = engine->generation ==
	    databases_current(engine->all->setup.databases)->generation;

	if (--engine->holders > 0)
		return;
	/* Not freed here: this may be called from one of the pool's own calls back. */
	set_timer(engine, current ? DAEMON_REST_S : 0);
}

uint64_t
engine_generation(const struct engine *engine)
{
	return engine->generation;
}

uint64_t
engine_signatures(const struct engine *engine)
{
	return pool_database(engine->pool).signatures;
}

size_t
engine_room(const struct engine *engine)
{
	return pool_room(engine->pool);
}

enum err
engine_submit(struct engine *engine, void *object, int fd)
{
	enum err e = pool_submit(engine->pool, (uint64_t)(uintptr_t)object, fd);

	if (e == ERR_NONE && !event_pending(engine->timer, EV_TIMEOUT, NULL))
		set_timer(engine, 1);
	return e;
}
