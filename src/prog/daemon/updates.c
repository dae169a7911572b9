/* daemon/updates.c: see updates.h. One update: the updater fetches, databases.h takes. */
#include "prog/daemon/updates.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/io.h"
#include "base/log.h"
#include "base/text.h"
#include "crypto/random.h"
#include "os/alarm.h"
#include "os/clock.h"
#include "prog/daemon/limits.h"
#include "prog/daemon/schedule.h"
#include "prog/daemon/vouch.h"

/* Nobody may put us off for longer, whatever the updater says. */
enum { RETRY_AFTER_MAX_S = 86400 };

struct asker {
	updates_reply_fn *reply;
	void *ctx;
};

struct updates {
	struct updates_setup setup;
	int alarm;
	struct event *rings;
	struct job_run *run;		/* the updater at work */
	struct vouching *vouching;	/* vouch.h at work */
	bool taking;			/* databases.h at work */
	uint64_t generation;		/* that it takes */
	unsigned failures;
	int64_t not_before_ms;		/* a server asked to be left alone until then, by the boot clock; 0: none did */
	bool scheduled;
	bool hurry;			/* ask once more: the answer under way is to another question */
	struct asker askers[DAEMON_CLIENTS_MAX];
	size_t asker_count;
};

/* What the updater said, while a helper looks whether it is true. */
struct vouching {
	struct updates *all;
	int fd;				/* the database, or -1 */
	struct outcome_update update;
	char device[ID_SIZE];
	struct vouch_question question;
};

static bool
allowed(const struct updates *u)
{
	const struct membership *m = u->setup.membership;

	return (membership_features(m, membership_moment(m).now) & FEATURE_UPDATE) != 0;
}

static void
schedule(struct updates *u, int64_t after_ms)
{
	int64_t at = clock_boot_ms() + after_ms;

	u->scheduled = true;
	if (alarm_set(u->alarm, at < u->not_before_ms ? u->not_before_ms : at) != ERR_NONE)
		log_error("cannot set an alarm: updates stop");
}

static void
reply_to_all(struct updates *u, const struct reply *reply)
{
	struct asker askers[DAEMON_CLIENTS_MAX];
	size_t n = u->asker_count;

	/* An answer may bring the next question. */
	memcpy(askers, u->askers, sizeof askers);
	u->asker_count = 0;
	for (size_t i = 0; i < n; i++)
		askers[i].reply(askers[i].ctx, reply);
}

static void
succeed(struct updates *u, bool fresh)
{
	struct membership *m = u->setup.membership;
	struct reply reply = { .kind = REPLY_UPDATED };

	u->failures = 0;
	u->not_before_ms = 0;
	m->record->confirmed = membership_moment(m).now;
	m->record->update_trouble[0] = '\0';
	m->record->update_trouble_time = 0;
	membership_save_record(m);
	schedule(u, u->hurry ? 0
			     : schedule_interval_ms(u->setup.interval_s, random_below(SCHEDULE_RANDOM)));
	u->hurry = false;
	reply.updated.fresh = fresh;
	reply.updated.generation = databases_current(u->setup.databases)->generation;
	u->setup.changed(u->setup.ctx);
	reply_to_all(u, &reply);
}

/* Whether the mirror could just not be reached: no release was refused. */
static bool
is_outage(enum err e)
{
	return e == ERR_CLOSED || e == ERR_TIMEOUT;
}

static void
fail_until(struct updates *u, const struct fault *why, int64_t retry_after_s)
{
	struct membership *m = u->setup.membership;
	struct record *record = m->record;
	char plain[FAULT_TEXT], text[AGENT_SENTENCE_SIZE];
	int64_t now = membership_moment(m).now;
	struct reply reply;

	text_make_plain(plain, sizeof plain, bytes_of_text(why->text));
	/* The same trouble again and again is one line and one event. */
	if (!text_equal(record->update_trouble, plain)) {
		log_warn("update: %s", plain);
		snprintf(text, sizeof text, "Update not taken: %.480s", plain);
		if (!is_outage(why->err))
			history_add(u->setup.history, now, EVENT_UPDATE_REFUSED, EVENT_OF_ALL, text);
	}
	memcpy(record->update_trouble, plain, sizeof plain);
	record->update_trouble_time = now;
	membership_save_record(m);
	u->failures++;
	if (retry_after_s > RETRY_AFTER_MAX_S)
		retry_after_s = RETRY_AFTER_MAX_S;
	u->not_before_ms = retry_after_s > 0 ? clock_boot_ms() + retry_after_s * 1000 : 0;
	schedule(u, schedule_retry_ms(u->failures, u->setup.interval_s, retry_after_s,
	    random_below(SCHEDULE_RANDOM)));
	reply_of_fault(why, &reply);
	u->setup.changed(u->setup.ctx);
	reply_to_all(u, &reply);
}

static void
fail(struct updates *u, const struct fault *why)
{
	fail_until(u, why, -1);
}

static void
on_taken(void *ctx, enum err e, const struct fault *why)
{
	struct updates *u = ctx;
	char text[AGENT_SENTENCE_SIZE];

	u->taking = false;
	if (e != ERR_NONE) {
		fail(u, why);
		return;
	}
	snprintf(text, sizeof text, "Protection data: generation %llu, %llu signatures",
	    (unsigned long long)u->generation,
	    (unsigned long long)databases_current(u->setup.databases)->signatures);
	log_info("%s", text);
	history_add(u->setup.history, membership_moment(u->setup.membership).now, EVENT_UPDATED,
	    EVENT_OF_ALL, text);
	succeed(u, true);
}

static void
take(struct updates *u, const struct outcome_update *update, int fd)
{
	int64_t now = membership_moment(u->setup.membership).now;
	struct fault why;
	enum err e;

	u->taking = true;
	u->generation = update->generation;
	if ((e = databases_take(u->setup.databases, fd, update, now, on_taken, u)) == ERR_NONE)
		return;
	u->taking = false;
	fault_set(&why, e, "generation %llu cannot be taken: %s",
	    (unsigned long long)update->generation, err_name(e));
	fail(u, &why);
}

static void
vouching_free(struct vouching *v)
{
	if (v != NULL && v->fd >= 0)
		close(v->fd);
	free(v);
}

/* In the helper process. */
static enum err
run_vouching(void *ctx, struct buf *result, struct fault *why)
{
	const struct vouching *v = ctx;

	(void)result;
	return vouch_confined(&v->question, why);
}

static void
finish_vouching(void *ctx, enum err e, struct bytes result, const struct fault *why)
{
	struct vouching *v = ctx;
	struct updates *u = v->all;

	(void)result;
	u->vouching = NULL;
	if (e != ERR_NONE) {
		fail(u, why);
	} else if (v->question.fresh) {
		take(u, &v->update, v->fd);
		v->fd = -1;
	} else {
		succeed(u, false);
	}
	vouching_free(v);
}

/* ${fd} is given; -1 when there is nothing newer. */
static void
vouch(struct updates *u, const struct outcome_update *update, int fd)
{
	const struct membership *m = u->setup.membership;
	struct vouching *v = calloc(1, sizeof *v);
	struct fault why;
	enum err e = ERR_NOMEM;

	if (v == NULL) {
		if (fd >= 0)
			close(fd);
		goto done;
	}
	*v = (struct vouching){ .all = u, .fd = fd, .update = *update };
	text_copy(v->device, sizeof v->device, m->device.id);
	v->question = (struct vouch_question){ .trusted = u->setup.trusted, .updates = u->setup.dir,
		.root = buf_bytes(&m->trust->root), .now = membership_moment(m).now, .device = v->device,
		.generation = databases_current(u->setup.databases)->generation, .update = &v->update,
		.fresh = fd >= 0 };
	u->vouching = v;
	e = tasks_add(u->setup.tasks,
	    (struct task_work){ .run = run_vouching, .done = finish_vouching, .ctx = v });
	if (e == ERR_NONE)
		return;
	u->vouching = NULL;
	vouching_free(v);
done:
	fault_set(&why, e, "cannot look whether the update is right: %s", err_name(e));
	fail(u, &why);
}

static void
on_outcome(void *ctx, const struct outcome *outcome, int fd)
{
	struct updates *u = ctx;
	int64_t retry_after_s = -1;
	struct fault why;

	u->run = NULL;
	if (outcome->kind == OUTCOME_NEW_DATABASE && fd >= 0) {
		vouch(u, &outcome->update, fd);
		return;
	}
	if (fd >= 0)
		close(fd);
	if (outcome->kind == OUTCOME_UP_TO_DATE) {
		vouch(u, &outcome->update, -1);
		return;
	}
	if (outcome->kind == OUTCOME_FAULT) {
		fault_set(&why, outcome->fault.err, "%s", outcome->fault.text);
		if (is_outage(why.err))
			retry_after_s = outcome->fault.retry_after_s;
	} else {
		fault_set(&why, ERR_MALFORMED, "holdfast-updater's answer does not fit an update");
	}
	fail_until(u, &why, retry_after_s);
}

/* The keys of the lease's epochs, unwrapped with the device's own. One that is not for us is left out:
 * the updater says so when it is needed. */
static void
unwrap_epochs(const struct membership *m, struct job_update *out)
{
	_Static_assert(WRAPPED_KEY_SIZE == EPOCH_KEY_SIZE + SEAL_BOX_OVERHEAD, "a key in its box");
	for (size_t i = 0; i < m->lease.epoch_count; i++) {
		const struct lease_epoch *from = &m->lease.epochs[i];
		struct job_epoch *to = &out->epochs[out->epoch_count];

		if (seal_unwrap(&m->device.key, bytes_of(from->wrapped, sizeof from->wrapped), to->key) !=
		    ERR_NONE) {
			log_warn("the key of epoch %s is not for this device", from->name);
			continue;
		}
		memcpy(to->name, from->name, sizeof to->name);
		out->epoch_count++;
	}
}

/* The first root, where the updater can read it. */
static enum err
open_root(const struct trust *trust, int *out, struct fault *why)
{
	int fd = memfd_create("root.json", MFD_CLOEXEC);

	if (fd < 0)
		return fault_errno(why, "cannot hand the first root over");
	if (io_write_all(fd, buf_bytes(&trust->root)) != ERR_NONE) {
		close(fd);
		return fault_set(why, ERR_NOMEM, "cannot hand the first root over");
	}
	*out = fd;
	return ERR_NONE;
}

static void
start(struct updates *u)
{
	const struct membership *m = u->setup.membership;
	struct job job = { .kind = JOB_UPDATE };
	/* The last is what segments begin at; it is open for reading only. */
	int fds[3] = { u->setup.dir, -1, databases_fd(u->setup.databases) };
	struct job_order order = { .job = &job, .fd_count = fds[2] >= 0 ? 3 : 2, .timeout_s = AGENT_UPDATE_S,
		.done = on_outcome, .ctx = u };
	struct fault why;
	enum err e;

	u->scheduled = false;
	text_copy(job.server, sizeof job.server, m->trust->updates);
	job.update.generation = databases_current(u->setup.databases)->generation;
	text_copy(job.update.device, sizeof job.update.device, m->device.id);
	job.update.now = membership_moment(m).now;
	job.update.mirror_count = m->trust->mirror_count;
	memcpy(job.update.mirrors, m->trust->mirrors, sizeof job.update.mirrors);
	unwrap_epochs(m, &job.update);
	if ((e = open_root(m->trust, &fds[1], &why)) == ERR_NONE) {
		order.fds = fds;
		e = jobs_start(u->setup.jobs, &order, &u->run, &why);
		close(fds[1]);
	}
	random_forget(&job, sizeof job);
	if (e != ERR_NONE)
		fail(u, &why);
}

static bool
busy(const struct updates *u)
{
	return u->run != NULL || u->vouching != NULL || u->taking;
}

static void
on_alarm(evutil_socket_t fd, short what, void *ctx)
{
	struct updates *u = ctx;

	(void)fd, (void)what;
	alarm_clear(u->alarm);
	if (allowed(u) && !busy(u))
		start(u);
}

static void
give_up(struct updates *u)
{
	struct reply reply;
	struct fault why;

	fault_set(&why, ERR_DENIED, "protection has ended meanwhile: see \"holdfast subscription\"");
	reply_of_fault(&why, &reply);
	reply_to_all(u, &reply);
}

void
updates_consider(struct updates *u)
{
	if (!allowed(u)) {
		/* What is being taken is on the device already and harms nobody. */
		jobs_cancel(u->run);
		u->run = NULL;
		u->scheduled = false;
		u->failures = 0;
		alarm_clear(u->alarm);
		if (!u->taking && u->vouching == NULL)
			give_up(u);
	} else if (!busy(u) && !u->scheduled) {
		schedule(u, 0);
	}
}

void
updates_hurry(struct updates *u)
{
	if (!allowed(u))
		return;
	if (busy(u))
		u->hurry = true;
	else
		schedule(u, 0);
}

enum err
updates_ask(struct updates *u, updates_reply_fn *reply, void *ctx, struct fault *why)
{
	int64_t left_ms = u->not_before_ms - clock_boot_ms();
	char span[32];

	if (u->asker_count == DAEMON_CLIENTS_MAX)
		return fault_set(why, ERR_CONFLICT, "too many programs ask for an update");
	if (u->not_before_ms != 0 && left_ms > 0 && !busy(u)) {
		text_of_span((left_ms + 999) / 1000, span, sizeof span);
		return fault_set(why, ERR_CLOSED,
		    "the update service is overloaded and asks to be left alone; this device asks it again in %s",
		    span);
	}
	u->askers[u->asker_count++] = (struct asker){ reply, ctx };
	if (!busy(u))
		schedule(u, 0);
	return ERR_NONE;
}

void
updates_forget(struct updates *u, const void *ctx)
{
	for (size_t i = u->asker_count; i > 0; i--)
		if (u->askers[i - 1].ctx == ctx)
			u->askers[i - 1] = u->askers[--u->asker_count];
}

enum err
updates_new(const struct updates_setup *setup, struct updates **out)
{
	struct updates *u = calloc(1, sizeof *u);
	enum err e = ERR_NOMEM;

	if (u == NULL)
		return e;
	u->setup = *setup;
	u->alarm = -1;
	if ((e = alarm_new(&u->alarm)) != ERR_NONE)
		goto done;
	u->rings = event_new(setup->base, u->alarm, EV_READ | EV_PERSIST, on_alarm, u);
	if (u->rings == NULL || event_add(u->rings, NULL) != 0) {
		e = ERR_NOMEM;
		goto done;
	}
	*out = u;
	u = NULL;
done:
	updates_free(u);
	return e;
}

void
updates_free(struct updates *u)
{
	if (u == NULL)
		return;
	jobs_cancel(u->run);
	vouching_free(u->vouching);
	if (u->rings != NULL)
		event_free(u->rings);
	if (u->alarm >= 0)
		close(u->alarm);
	free(u);
}
