/* pool/pool.c: see pool.h. */
#include "pool/pool.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "os/channel.h"
#include "os/clock.h"
#include "pool/worker.h"

/* What the queue may hold: what was submitted, and what lost workers give back. */
enum { QUEUE_RING = POOL_QUEUE + POOL_WORKERS_MAX * (POOL_PIPELINE - 1) };

struct pool {
	char *path;
	uid_t uid;
	pool_verdict_fn *verdict;
	void *ctx;
	struct message_setup setup;
	int database;
	int epoll;
	struct pool_database info;
	bool in_turn;		/* submitting from the callback must not hand out: the turn does */
	int64_t retry_at;	/* no worker is started before; see POOL_RETRY_MS */
	struct fault failure;	/* why the last could not be started, or ERR_NONE */

	struct object queue[QUEUE_RING];
	size_t queue_first, queue_count;

	unsigned worker_count;
	struct worker *workers;
	struct worker_message message;	/* the last that was heard */
	uint8_t room[CHANNEL_MESSAGE_MAX];
};

/*
 * The queue.
 */

static void
queue_push(struct pool *p, const struct object *object)
{
	assert(p->queue_count < QUEUE_RING);
	p->queue[(p->queue_first + p->queue_count++) % QUEUE_RING] = *object;
}

/* For what a lost worker had not begun: it keeps its turn. */
static void
queue_push_front(struct pool *p, const struct object *object)
{
	assert(p->queue_count < QUEUE_RING);
	p->queue_first = (p->queue_first + QUEUE_RING - 1) % QUEUE_RING;
	p->queue[p->queue_first] = *object;
	p->queue_count++;
}

static struct object
queue_pop(struct pool *p)
{
	struct object object = p->queue[p->queue_first];

	assert(p->queue_count > 0);
	p->queue_first = (p->queue_first + 1) % QUEUE_RING;
	p->queue_count--;
	return object;
}

static size_t
held_by_workers(const struct pool *p)
{
	size_t n = 0;

	for (unsigned i = 0; i < p->worker_count; i++)
		n += p->workers[i].held_count;
	return n;
}

size_t
pool_busy(const struct pool *p)
{
	return p->queue_count + held_by_workers(p);
}

size_t
pool_room(const struct pool *p)
{
	return p->queue_count < POOL_QUEUE ? POOL_QUEUE - p->queue_count : 0;
}

/*
 * Losing workers.
 */

/* The verdict on an object that no worker could finish. Closes its descriptor. */
static void
answer_for_lost(struct pool *p, const struct object *object, enum verdict_gap gap)
{
	struct verdict v;

	close(object->fd);
	verdict_init(&v);
	verdict_add_gap(&v, gap, "");
	v.objects = 1;
	verdict_finish(&v);
	p->verdict(p->ctx, object->tag, &v);
	verdict_fini(&v);
}

static unsigned
count_workers(const struct pool *p)
{
	unsigned n = 0;

	for (unsigned i = 0; i < p->worker_count; i++)
		n += p->workers[i].state != WORKER_NONE;
	return n;
}

/* ${why} is the answer to whoever asks for a worker; while others run, nobody does. */
static void
note_failure(struct pool *p, const struct fault *why)
{
	if (count_workers(p) > 0)
		log_warn("cannot start one more scan worker: %s", why->text);
	p->failure = *why;
	p->retry_at = clock_boot_ms() + POOL_RETRY_MS;
}

/* Stop a worker that failed: what it was scanning gets ${gap}, what it had not begun goes back. */
static void
lose_worker(struct pool *p, struct worker *w, enum verdict_gap gap, const char *what)
{
	bool was_starting = w->state == WORKER_STARTING;
	size_t held = w->held_count, at = was_starting ? 0 : worker_at(w);
	struct object lost = w->held[at];
	struct fault why;
	char end[64];

	worker_stop(w, end, sizeof end);
	w->held_count = 0;
	if (was_starting) {
		fault_set(&why, gap == VERDICT_GAP_TIME ? ERR_TIMEOUT : ERR_CLOSED,
		    "the scan worker %s before it was ready (%s)", what, end);
		note_failure(p, &why);
		return;
	}
	log_warn("a scan worker %s (%s)%s", what, end,
	    held > 0 ? "; the file it was at counts as not scanned" : "");
	/* What it was done with, but had not told of, is scanned again. */
	for (size_t i = held; i-- > 0;)
		if (i != at)
			queue_push_front(p, &w->held[i]);
	if (held > 0)
		answer_for_lost(p, &lost, gap);
}

/* No worker runs and none can be started. */
static void
give_up_queue(struct pool *p)
{
	/* Not for ever: the callback may submit again. */
	for (size_t n = p->queue_count; n > 0; n--) {
		struct object object = queue_pop(p);

		answer_for_lost(p, &object, VERDICT_GAP_SCANNER);
	}
}

static bool
is_due_to_leave(const struct worker *w)
{
	return w->leaving || w->served >= POOL_RECYCLE_OBJECTS ||
	    clock_boot_ms() - w->born >= POOL_RECYCLE_MS;
}

/* A worker that is to be replaced goes once it holds nothing. */
static void
let_leave(struct worker *w)
{
	if (w->state != WORKER_READY || !is_due_to_leave(w))
		return;
	w->leaving = true;
	if (w->held_count == 0)
		worker_stop(w, NULL, 0);
}

/*
 * Starting workers.
 */

static enum err
start_worker(struct pool *p, struct worker *w, struct fault *why)
{
	struct epoll_event event = { .events = EPOLLIN };
	enum err e;

	event.data.u32 = (uint32_t)(w - p->workers);
	e = worker_start(w, p->path, p->uid, p->database, &p->setup, why);
	if (e == ERR_NONE && epoll_ctl(p->epoll, EPOLL_CTL_ADD, w->channel, &event) != 0) {
		e = fault_errno(why, "cannot watch a scan worker");
		worker_stop(w, NULL, 0);
	}
	return e;
}

static bool
may_start(const struct pool *p)
{
	return count_workers(p) < p->worker_count && clock_boot_ms() >= p->retry_at;
}

static size_t
count_starting(const struct pool *p)
{
	size_t n = 0;

	for (unsigned i = 0; i < p->worker_count; i++)
		n += p->workers[i].state == WORKER_STARTING;
	return n;
}

/* Start one more when there is work for it and room. */
static void
start_if_needed(struct pool *p)
{
	struct fault why;
	unsigned i = 0;

	if (!may_start(p) || p->queue_count <= count_starting(p))
		return;
	while (p->workers[i].state != WORKER_NONE)
		i++;
	if (start_worker(p, &p->workers[i], &why) != ERR_NONE)
		note_failure(p, &why);
}

/*
 * Handing out.
 */

/* How many objects from the front of the queue may go to ${w} in one message. */
static size_t
batch_for(const struct pool *p, const struct worker *w)
{
	size_t small = 0, most = POOL_BATCH;
	uint64_t taken = w->served + w->held_count;

	/* One that is due to be replaced gets no more than it is to have. */
	if (w->state != WORKER_READY || w->leaving || p->queue_count == 0 ||
	    taken >= POOL_RECYCLE_OBJECTS)
		return 0;
	if (most > POOL_RECYCLE_OBJECTS - taken)
		most = (size_t)(POOL_RECYCLE_OBJECTS - taken);
	while (small < p->queue_count && small < POOL_BATCH &&
	    p->queue[(p->queue_first + small) % QUEUE_RING].size <= POOL_SMALL_BYTES)
		small++;
	/* A share of what waits, so that all workers get some. */
	if (most > (p->queue_count + p->worker_count - 1) / p->worker_count)
		most = (p->queue_count + p->worker_count - 1) / p->worker_count;
	if (w->held_count <= 1)
		return small > most ? most : small > 0 ? small : 1;
	/* It has enough to go on with: only whole batches behind it. */
	return small == POOL_BATCH && most == POOL_BATCH &&
		w->held_count <= POOL_PIPELINE - POOL_BATCH ? POOL_BATCH : 0;
}

/* The worker that holds the fewest, and can take more. */
static struct worker *
least_busy(struct pool *p)
{
	struct worker *best = NULL;

	for (unsigned i = 0; i < p->worker_count; i++) {
		struct worker *w = &p->workers[i];

		if (batch_for(p, w) > 0 && (best == NULL || w->held_count < best->held_count))
			best = w;
	}
	return best;
}

static void
hand_out(struct pool *p)
{
	struct worker *w;

	while (p->queue_count > 0 && (w = least_busy(p)) != NULL) {
		struct object objects[POOL_BATCH];
		size_t n = batch_for(p, w);

		/* Better to wait for a worker that is starting than behind a file that takes
		 * long. */
		if (w->held_count > 0 && (may_start(p) || count_starting(p) > 0))
			break;
		for (size_t i = 0; i < n; i++)
			objects[i] = queue_pop(p);
		if (worker_send(w, objects, n, p->setup.limits.time_ms) != ERR_NONE) {
			while (n-- > 0)
				queue_push_front(p, &objects[n]);
			/* Its end is in the channel as well, and is heard in the next turn. */
			w->leaving = true;
			break;
		}
	}
	start_if_needed(p);
}

/*
 * Hearing.
 */

static void
take_ready(struct pool *p, const struct message_ready *ready)
{
	p->info = (struct pool_database){ ready->signatures, ready->generation, ready->built,
		ready->layers };
	p->failure = (struct fault){ ERR_NONE, "" };
	p->retry_at = 0;
}

/* One message. False when there is no more to hear from this worker now. */
static bool
hear(struct pool *p, struct worker *w)
{
	struct worker_message *m = &p->message;
	struct fault why;

	switch (worker_hear(w, p->setup.limits.time_ms, p->room, m, &why)) {
	case WORKER_SAID_NOTHING:
		return false;
	case WORKER_SAID_READY:
		take_ready(p, &m->ready);
		return true;
	case WORKER_SAID_VERDICT:
		for (size_t i = 0; i < m->count; i++) {
			p->verdict(p->ctx, m->tags[i], &m->verdicts[i]);
			verdict_fini(&m->verdicts[i]);
		}
		let_leave(w);
		return w->state != WORKER_NONE;
	case WORKER_SAID_FAULT:
		worker_stop(w, NULL, 0);
		note_failure(p, &why);
		return false;
	case WORKER_SAID_GONE:
		lose_worker(p, w, VERDICT_GAP_SCANNER, "ended");
		return false;
	case WORKER_SAID_NONSENSE:
		break;
	}
	lose_worker(p, w, VERDICT_GAP_SCANNER, "broke the protocol and was stopped");
	return false;
}

static void
stop_late_ones(struct pool *p)
{
	int64_t now = clock_boot_ms();

	for (unsigned i = 0; i < p->worker_count; i++) {
		struct worker *w = &p->workers[i];

		if (worker_is_late(w, now))
			lose_worker(p, w, VERDICT_GAP_TIME, "took too long and was stopped");
	}
}

/* The time to wait for, in ms: ${timeout_ms}, or less when something is due before. */
static int
time_to_wait(const struct pool *p, int timeout_ms)
{
	int64_t now = clock_boot_ms(), wait = timeout_ms < 0 ? INT32_MAX : timeout_ms;

	for (unsigned i = 0; i < p->worker_count; i++) {
		const struct worker *w = &p->workers[i];

		if ((w->state == WORKER_STARTING || w->held_count > 0) && w->deadline - now < wait)
			wait = w->deadline - now;
	}
	if (p->queue_count > 0 && p->retry_at > now && p->retry_at - now < wait)
		wait = p->retry_at - now;
	return wait < 0 ? 0 : (int)wait;
}

static enum err
hear_all(struct pool *p, int timeout_ms, struct fault *why)
{
	enum { EVENTS = 32 };
	struct epoll_event events[EVENTS];
	int n = epoll_wait(p->epoll, events, EVENTS, time_to_wait(p, timeout_ms));

	if (n < 0 && errno != EINTR)
		return fault_errno(why, "cannot wait for the scan workers");
	for (int i = 0; i < n; i++) {
		struct worker *w = &p->workers[events[i].data.u32];

		while (w->state != WORKER_NONE && hear(p, w))
			;
	}
	return ERR_NONE;
}

enum err
pool_turn(struct pool *p, int timeout_ms, struct fault *why)
{
	enum err e;

	assert(!p->in_turn);
	p->in_turn = true;
	hand_out(p);
	if ((e = hear_all(p, timeout_ms, why)) != ERR_NONE)
		goto done;
	stop_late_ones(p);
	hand_out(p);
	if (p->queue_count > 0 && count_workers(p) == 0 && p->failure.err != ERR_NONE) {
		give_up_queue(p);
		e = fault_set(why, p->failure.err, "%s", p->failure.text);
	}
done:
	p->in_turn = false;
	return e;
}

/*
 * From outside.
 */

static enum err
describe_object(struct object *object)
{
	int flags = fcntl(object->fd, F_GETFL);
	struct stat st;

	if (flags < 0 || fstat(object->fd, &st) != 0)
		return err_from_errno(errno);
	if ((flags & O_ACCMODE) != O_RDONLY)
		return ERR_DENIED;
	if (!S_ISREG(st.st_mode))
		return ERR_UNSUPPORTED;
	object->size = (uint64_t)st.st_size;
	return ERR_NONE;
}

enum err
pool_submit(struct pool *p, uint64_t tag, int fd)
{
	struct object object = { tag, 0, fd };
	enum err e = pool_room(p) == 0 ? ERR_LIMIT : describe_object(&object);

	if (e != ERR_NONE) {
		close(fd);
		return e;
	}
	queue_push(p, &object);
	if (!p->in_turn)
		hand_out(p);
	return ERR_NONE;
}

int
pool_fd(const struct pool *p)
{
	return p->epoll;
}

struct pool_database
pool_database(const struct pool *p)
{
	return p->info;
}

void
pool_rest(struct pool *p)
{
	for (unsigned i = 0; i < p->worker_count; i++)
		if (p->workers[i].state == WORKER_READY && p->workers[i].held_count == 0)
			worker_stop(&p->workers[i], NULL, 0);
}

enum err
pool_set_database(struct pool *p, int database)
{
	int copy = fcntl(database, F_DUPFD_CLOEXEC, 3);

	if (copy < 0)
		return err_from_errno(errno);
	close(p->database);
	p->database = copy;
	p->retry_at = 0;
	for (unsigned i = 0; i < p->worker_count; i++) {
		struct worker *w = &p->workers[i];

		/* One that is still starting has nothing to lose. */
		if (w->state == WORKER_STARTING)
			worker_stop(w, NULL, 0);
		w->leaving = w->state != WORKER_NONE;
		let_leave(w);
	}
	return ERR_NONE;
}

/* Wait until the first worker is ready, or says why not. */
static enum err
await_first(struct pool *p, struct fault *why)
{
	struct worker *w = &p->workers[0];
	enum err e;

	if ((e = start_worker(p, w, why)) != ERR_NONE)
		return e;
	while (w->state == WORKER_STARTING) {
		if ((e = hear_all(p, -1, why)) != ERR_NONE)
			return e;
		stop_late_ones(p);
	}
	if (w->state == WORKER_NONE)
		return fault_set(why, p->failure.err, "%s", p->failure.text);
	return ERR_NONE;
}

static enum err
pool_init(struct pool *p, const struct pool_settings *s, int database)
{
	assert(s->workers >= 1 && s->workers <= POOL_WORKERS_MAX);
	p->uid = s->uid;
	p->verdict = s->verdict;
	p->ctx = s->ctx;
	p->setup = (struct message_setup){ s->all, s->verify, s->limits };
	p->worker_count = s->workers;
	p->path = strdup(s->worker);
	p->workers = calloc(s->workers, sizeof *p->workers);
	p->database = fcntl(database, F_DUPFD_CLOEXEC, 3);
	p->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (p->path == NULL || p->workers == NULL)
		return ERR_NOMEM;
	return p->database < 0 || p->epoll < 0 ? err_from_errno(errno) : ERR_NONE;
}

enum err
pool_new(const struct pool_settings *settings, int database, struct pool **out, struct fault *why)
{
	struct pool *p = calloc(1, sizeof *p);
	enum err e;

	if (p == NULL)
		return fault_set(why, ERR_NOMEM, "memory is short");
	if ((e = pool_init(p, settings, database)) != ERR_NONE) {
		fault_set(why, e, "cannot prepare the scan workers: %s", err_name(e));
		goto done;
	}
	if ((e = await_first(p, why)) != ERR_NONE)
		goto done;
	*out = p;
	p = NULL;
done:
	pool_free(p);
	return e;
}

void
pool_free(struct pool *p)
{
	if (p == NULL)
		return;
	for (unsigned i = 0; p->workers != NULL && i < p->worker_count; i++) {
		struct worker *w = &p->workers[i];

		if (w->state != WORKER_NONE)
			worker_stop(w, NULL, 0);
		for (size_t k = 0; k < w->held_count; k++)
			close(w->held[k].fd);
	}
	while (p->queue_count > 0)
		close(queue_pop(p).fd);
	if (p->epoll >= 0)
		close(p->epoll);
	if (p->database >= 0)
		close(p->database);
	free(p->workers);
	free(p->path);
	free(p);
}
