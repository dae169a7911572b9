/* daemon/checkins.c: see checkins.h. Two questions may be under way: the check-in, and one that a
 * person asked, before which the check-in makes room. */
#include "prog/daemon/checkins.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "agent/page.h"
#include "base/log.h"
#include "base/text.h"
#include "codec/encode.h"
#include "crypto/random.h"
#include "os/alarm.h"
#include "os/clock.h"
#include "prog/daemon/schedule.h"

/* The updater keeps to its own, shorter times; these catch one that hangs. */
enum { ANSWER_S = 60, WAIT_S = 50 };

struct question {
	struct job_run *run;		/* NULL: none */
	struct job job;			/* its nonce is compared with the lease's */
	int64_t started_ms;
};

struct checkins {
	struct checkins_setup setup;
	int alarm;
	struct event *rings;
	struct question checkin, asked;
	struct checkins_asker asker;	/* of ${asked}; reply NULL: gone */
	struct seal_box_secret key;	/* ACTIVATE: the device's key to be */
	unsigned failures, watchers;
	int64_t next_ms;		/* boot clock; 0: none is due */
};

static void on_checkin(void *ctx, const struct outcome *outcome, int fd);
static void on_asked(void *ctx, const struct outcome *outcome, int fd);

static void
question_end(struct question *q)
{
	jobs_cancel(q->run);
	random_forget(q, sizeof *q);
	q->run = NULL;
}

static void
make_nonce(char out[static NONCE_SIZE])
{
	uint8_t bytes[32];
	struct buf text;

	random_fill(bytes, sizeof bytes);
	buf_init(&text, NONCE_SIZE);
	encode_base64url(bytes_of(bytes, sizeof bytes), &text);
	/* Short memory leaves it empty, and then no lease fits it. */
	if (text_from_bytes(out, NONCE_SIZE, buf_bytes(&text)) != ERR_NONE || text.err != ERR_NONE)
		out[0] = '\0';
	buf_fini(&text);
}

static enum err
question_start(struct checkins *c, struct question *q, int64_t timeout_s, job_done_fn *done,
    struct fault *why)
{
	const struct job_order order = { .job = &q->job, .timeout_s = timeout_s, .done = done, .ctx = c };
	const struct membership *m = c->setup.membership;
	enum err e;

	text_copy(q->job.server, sizeof q->job.server, m->trust->server);
	/* Also to activate: a seat that this device has in another subscription becomes free. */
	text_copy(q->job.token, sizeof q->job.token, m->device.token);
	make_nonce(q->job.nonce);
	q->started_ms = clock_boot_ms();
	if ((e = jobs_start(c->setup.jobs, &order, &q->run, why)) != ERR_NONE)
		return e;
	/* The updater has them now; the nonce is all that is needed here. */
	random_forget(q->job.token, sizeof q->job.token);
	random_forget(q->job.activate.code, sizeof q->job.activate.code);
	return ERR_NONE;
}

/* True when news must come at once: nothing protects, or somebody watches. */
static bool
must_wait_at_server(const struct checkins *c)
{
	const struct membership *m = c->setup.membership;

	return c->watchers > 0 ||
	    membership_features(m, membership_moment(m).now) == 0;
}

static void
schedule(struct checkins *c, int64_t after_ms)
{
	c->next_ms = clock_boot_ms() + after_ms;
	if (alarm_set(c->alarm, c->next_ms) != ERR_NONE)
		log_error("cannot set an alarm: check-ins stop");
}

static void
note_trouble(struct checkins *c, const char *text)
{
	char *trouble = c->setup.membership->record->checkin_trouble;

	/* The same trouble again and again is one line. */
	if (!text_equal(trouble, text))
		log_warn("check-in: %s", text);
	text_make_plain(trouble, FAULT_TEXT, bytes_of_text(text));
	membership_save_record(c->setup.membership);
}

static void
fail(struct checkins *c, const char *text, int64_t retry_after_s)
{
	note_trouble(c, text);
	c->failures++;
	schedule(c, schedule_retry_ms(c->failures, c->setup.membership->device.checkin_s, retry_after_s,
	    random_below(SCHEDULE_RANDOM)));
}

static void
start_checkin(struct checkins *c)
{
	struct membership *m = c->setup.membership;
	struct question *q = &c->checkin;
	struct job_checkin *job = &q->job.checkin;
	bool wait = must_wait_at_server(c) && m->has_lease && c->failures == 0;
	struct fault why;

	c->next_ms = 0;
	question_end(q);
	q->job.kind = JOB_CHECKIN;
	job->generation = c->setup.generation(c->setup.ctx);
	if (m->has_lease)
		text_copy(job->revision, sizeof job->revision, m->lease.revision);
	/* After a failure ask for a plain answer first: it says that the server is there again. */
	job->wait_s = wait ? WAIT_S : 0;
	if (question_start(c, q, ANSWER_S + WAIT_S, on_checkin, &why) != ERR_NONE)
		fail(c, why.text, -1);
}

/* The server answered: remember that, and how often it wants to be asked. */
static void
note_answer(struct checkins *c, int64_t checkin_s)
{
	struct membership *m = c->setup.membership;
	struct fault why;

	m->record->checked_in = membership_moment(m).now;
	m->record->checkin_trouble[0] = '\0';
	c->failures = 0;
	if (checkin_s == m->device.checkin_s)
		return;
	m->device.checkin_s = checkin_s;
	if (device_save(m->dir, &m->device, &why) != ERR_NONE)
		log_warn("%s", why.text);
}

static void
schedule_next(struct checkins *c, int64_t took_ms)
{
	const struct membership *m = c->setup.membership;

	if (must_wait_at_server(c))
		schedule(c, schedule_waiting_ms(took_ms));
	else
		schedule(c, schedule_interval_ms(m->device.checkin_s, random_below(SCHEDULE_RANDOM)));
}

/* Take up the lease in an answer. */
static enum err
take_lease(struct checkins *c, const struct question *q, const struct outcome_lease *l,
    struct fault *why)
{
	struct membership *m = c->setup.membership;
	enum err e;

	if ((e = membership_accept(m, l->lease, q->job.nonce, why)) != ERR_NONE)
		return e;
	note_answer(c, l->checkin_s);
	membership_save_record(m);
	return ERR_NONE;
}

/* The server's refusal, as a sentence for a person. */
static void
problem_text(const struct outcome_problem *p, char out[static FAULT_TEXT])
{
	if (p->detail[0] != '\0')
		snprintf(out, FAULT_TEXT, "%s", p->detail);
	else
		snprintf(out, FAULT_TEXT, "the service refused (%s)", p->code);
}

/* The server does not know this device (any more). */
static void
resign(struct checkins *c)
{
	struct fault why;

	log_warn("the service does not know this device any more: it is not activated");
	if (membership_resign(c->setup.membership, &why) != ERR_NONE) {
		fail(c, why.text, -1);
		return;
	}
	membership_save_record(c->setup.membership);
	c->setup.changed(c->setup.ctx);
}

static void
on_checkin(void *ctx, const struct outcome *outcome, int fd)
{
	struct checkins *c = ctx;
	int64_t took_ms = clock_boot_ms() - c->checkin.started_ms;
	char text[FAULT_TEXT];
	struct fault why;

	if (fd >= 0)
		close(fd);
	c->checkin.run = NULL;
	switch (outcome->kind) {
	case OUTCOME_LEASE:
		if (take_lease(c, &c->checkin, &outcome->lease, &why) != ERR_NONE) {
			fail(c, why.text, -1);
			return;
		}
		schedule_next(c, took_ms);
		c->setup.changed(c->setup.ctx);
		return;
	case OUTCOME_FAULT:
		fail(c, outcome->fault.text, -1);
		return;
	case OUTCOME_PROBLEM:
		if (outcome->problem.status == 401) {
			resign(c);
			return;
		}
		problem_text(&outcome->problem, text);
		fail(c, text, outcome->problem.retry_after_s);
		return;
	case OUTCOME_NONE:
	case OUTCOME_ACTIVATED:
	case OUTCOME_ADDRESS:
	case OUTCOME_UP_TO_DATE:
	case OUTCOME_NEW_DATABASE:
	case OUTCOME_DEVICES:
	case OUTCOME_KINDS:
		break;
	}
	fail(c, "holdfast-updater's answer does not fit a check-in", -1);
}

void
checkins_consider(struct checkins *c)
{
	bool waits_at_server = c->checkin.run != NULL && c->checkin.job.checkin.wait_s > 0;

	if (!c->setup.membership->enrolled) {
		question_end(&c->checkin);
		alarm_clear(c->alarm);
		c->next_ms = 0;
		return;
	}
	/* What a person asked comes first; afterwards this is called again. */
	if (c->asked.run != NULL)
		return;
	if (c->checkin.run != NULL && (!waits_at_server || must_wait_at_server(c)))
		return;
	if (c->checkin.run != NULL) {
		question_end(&c->checkin);
		schedule_next(c, 0);
	} else if (c->next_ms == 0 || (must_wait_at_server(c) && c->failures == 0)) {
		/* Not at once: this may be called from the answer to the last one. */
		if (c->next_ms == 0 || c->next_ms - clock_boot_ms() > SCHEDULE_WAITING_LEAST_MS)
			schedule(c, 0);
	}
}

static void
on_alarm(evutil_socket_t fd, short what, void *ctx)
{
	struct checkins *c = ctx;

	(void)fd, (void)what;
	alarm_clear(c->alarm);
	if (c->setup.membership->enrolled && c->checkin.run == NULL && c->asked.run == NULL)
		start_checkin(c);
}

void
checkins_watch(struct checkins *c, bool on)
{
	c->watchers = on ? c->watchers + 1 : c->watchers - 1;
	checkins_consider(c);
}

int64_t
checkins_next(const struct checkins *c)
{
	const struct membership *m = c->setup.membership;

	if (c->next_ms == 0 || !m->enrolled)
		return 0;
	return membership_moment(m).now + (c->next_ms - clock_boot_ms()) / 1000;
}

enum err
checkins_new(const struct checkins_setup *setup, struct checkins **out)
{
	struct checkins *c = calloc(1, sizeof *c);
	enum err e = ERR_NOMEM;

	if (c == NULL)
		return e;
	c->setup = *setup;
	c->alarm = -1;
	if ((e = alarm_new(&c->alarm)) != ERR_NONE)
		goto done;
	c->rings = event_new(setup->base, c->alarm, EV_READ | EV_PERSIST, on_alarm, c);
	if (c->rings == NULL || event_add(c->rings, NULL) != 0) {
		e = ERR_NOMEM;
		goto done;
	}
	*out = c;
	c = NULL;
done:
	checkins_free(c);
	return e;
}

void
checkins_free(struct checkins *c)
{
	if (c == NULL)
		return;
	question_end(&c->checkin);
	question_end(&c->asked);
	if (c->rings != NULL)
		event_free(c->rings);
	if (c->alarm >= 0)
		close(c->alarm);
	random_forget(c, sizeof *c);
	free(c);
}

static void
reply_to_asker(struct checkins *c, const struct reply *reply)
{
	struct checkins_asker asker = c->asker;

	c->asker.reply = NULL;
	if (asker.reply != NULL)
		asker.reply(asker.ctx, reply);
}

/* Become the device that the server says we are. */
static enum err
enrol(struct checkins *c, const struct outcome_lease *l, struct fault *why)
{
	struct membership *m = c->setup.membership;
	struct device device = { .enrolled = membership_moment(m).now, .checkin_s = l->checkin_s };
	enum err e;

	text_copy(device.id, sizeof device.id, l->device);
	text_copy(device.name, sizeof device.name, c->asked.job.activate.name);
	text_copy(device.token, sizeof device.token, l->token);
	device.key = c->key;
	if ((e = membership_enrol(m, &device, l->lease, c->asked.job.nonce, why)) == ERR_NONE) {
		note_answer(c, l->checkin_s);
		membership_save_record(m);
		c->setup.activated(c->setup.ctx);
	}
	device_forget(&device);
	return e;
}

/* What the outcome means for whom asked; ERR_NONE with *reply filled, or why not. */
static enum err
answer_asked(struct checkins *c, const struct outcome *outcome, struct reply *reply,
    struct fault *why)
{
	const struct outcome_problem *p = &outcome->problem;
	char text[FAULT_TEXT];
	enum err e;

	memset(reply, 0, sizeof *reply);
	if (outcome->kind == OUTCOME_FAULT)
		return fault_set(why, outcome->fault.err, "%s", outcome->fault.text);
	if (outcome->kind == OUTCOME_PROBLEM) {
		problem_text(p, text);
		if (!text_equal(p->code, "seats_taken"))
			return fault_set(why, ERR_DENIED, "%s", text);
		reply->kind = REPLY_SEATS;
		reply->seats = p->seats;
		return ERR_NONE;
	}
	if (outcome->kind == OUTCOME_ACTIVATED && c->asked.job.kind == JOB_ACTIVATE) {
		reply->kind = REPLY_DONE;
		return enrol(c, &outcome->lease, why);
	}
	if (outcome->kind == OUTCOME_LEASE && c->asked.job.kind == JOB_REACTIVATE) {
		reply->kind = REPLY_REACTIVATED;
		reply->reactivated.outcome = outcome->lease.reactivation;
		text_copy(reply->reactivated.detail, sizeof reply->reactivated.detail,
		    outcome->lease.detail);
		if ((e = take_lease(c, &c->asked, &outcome->lease, why)) != ERR_NONE)
			return e;
		return ERR_NONE;
	}
	if (outcome->kind == OUTCOME_ADDRESS &&
	    (c->asked.job.kind == JOB_PURCHASE || c->asked.job.kind == JOB_PORTAL)) {
		/* The updater looked, too, but it may have been captured, and a desktop opens more than pages. */
		if (!page_is_web(outcome->url))
			return fault_set(why, ERR_MALFORMED, "the service sent an address that is no web page");
		reply->kind = REPLY_ADDRESS;
		text_copy(reply->url, sizeof reply->url, outcome->url);
		return ERR_NONE;
	}
	return fault_set(why, ERR_MALFORMED, "holdfast-updater's answer does not fit the question");
}

static void
on_asked(void *ctx, const struct outcome *outcome, int fd)
{
	static struct reply reply;
	struct checkins *c = ctx;
	struct fault why;
	bool lease;

	if (fd >= 0)
		close(fd);
	c->asked.run = NULL;
	if (answer_asked(c, outcome, &reply, &why) != ERR_NONE) {
		log_warn("%s", why.text);
		reply_of_fault(&why, &reply);
	}
	lease = reply.kind == REPLY_DONE || reply.kind == REPLY_REACTIVATED;
	random_forget(&c->key, sizeof c->key);
	question_end(&c->asked);
	/* First what it changes, then the answer: whoever asks for the status next sees it. */
	if (lease) {
		schedule_next(c, SCHEDULE_WAITING_LEAST_MS);
		c->setup.changed(c->setup.ctx);
	}
	reply_to_asker(c, &reply);
	checkins_consider(c);
}

/* Make room for a question of a person's. */
static enum err
begin_asked(struct checkins *c, enum job_kind kind, struct fault *why)
{
	if (c->asked.run != NULL)
		return fault_set(why, ERR_CONFLICT,
		    "another question to the service is under way; try again in a moment");
	if (kind != JOB_ACTIVATE && !c->setup.membership->enrolled)
		return fault_set(why, ERR_DENIED,
		    "this device is not activated yet: run \"holdfast activate CODE\" first");
	question_end(&c->checkin);
	c->asked.job.kind = kind;
	return ERR_NONE;
}

static enum err
start_asked(struct checkins *c, struct checkins_asker asker, struct fault *why)
{
	enum err e = question_start(c, &c->asked, ANSWER_S, on_asked, why);

	if (e == ERR_NONE) {
		c->asker = asker;
		return e;
	}
	question_end(&c->asked);
	checkins_consider(c);
	return e;
}

enum err
checkins_activate(struct checkins *c, const struct request_activate *request,
    struct checkins_asker asker, struct fault *why)
{
	struct job_activate *a = &c->asked.job.activate;
	struct seal_box_public pub;
	struct buf key;
	enum err e;

	if ((e = begin_asked(c, JOB_ACTIVATE, why)) != ERR_NONE)
		return e;
	text_copy(a->code, sizeof a->code, request->code);
	text_copy(a->name, sizeof a->name, request->name);
	text_copy(a->replace, sizeof a->replace, request->replace);
	text_copy(a->machine, sizeof a->machine, c->setup.machine);
	text_copy(a->platform, sizeof a->platform, "linux");
	seal_make_box_pair(&pub, &c->key);
	buf_init(&key, AGENT_KEY_TEXT_SIZE);
	encode_base64url(bytes_of(pub.key, sizeof pub.key), &key);
	if ((e = key.err) == ERR_NONE)
		e = text_from_bytes(a->key, sizeof a->key, buf_bytes(&key));
	buf_fini(&key);
	return e == ERR_NONE ? start_asked(c, asker, why) : fault_set(why, e, "out of memory");
}

enum err
checkins_reactivate(struct checkins *c, struct checkins_asker asker, struct fault *why)
{
	enum err e = begin_asked(c, JOB_REACTIVATE, why);

	return e == ERR_NONE ? start_asked(c, asker, why) : e;
}

enum err
checkins_purchase(struct checkins *c, struct checkins_asker asker, struct fault *why)
{
	enum err e = begin_asked(c, JOB_PURCHASE, why);

	return e == ERR_NONE ? start_asked(c, asker, why) : e;
}

enum err
checkins_portal(struct checkins *c, struct checkins_asker asker, struct fault *why)
{
	enum err e = begin_asked(c, JOB_PORTAL, why);

	return e == ERR_NONE ? start_asked(c, asker, why) : e;
}

void
checkins_forget(struct checkins *c, const void *ctx)
{
	if (c->asker.reply != NULL && c->asker.ctx == ctx)
		c->asker.reply = NULL;
}
