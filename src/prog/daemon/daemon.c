/* daemon/daemon.c: see daemon.h. */
#include "prog/daemon/daemon.h"

#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/place.h"
#include "base/log.h"
#include "base/text.h"
#include "entitle/notice.h"
#include "os/alarm.h"
#include "os/clock.h"
#include "os/file.h"
#include "os/process.h"
#include "prog/daemon/clients.h"
#include "prog/daemon/limits.h"

int64_t
daemon_now(const struct daemon *d)
{
	return membership_moment(&d->membership).now;
}

/* The device's condition in one line. */
static void
describe(const struct daemon *d, const struct condition *c, char *out, size_t size)
{
	const struct lease *lease = &d->membership.lease;
	struct buf words;

	buf_init(&words, size);
	if (c->kind == CONDITION_PROTECTED) {
		buf_printf(&words, "Protected by %s", lease->provider.name);
	} else {
		buf_printf(&words, "%s: %s ",
		    c->kind == CONDITION_GRACE ? "Still protected" : "Not protected",
		    notice_for(c->reason)->headline);
		buf_printf(&words, "(%s)", reason_code(c->reason));
	}
	text_make_plain(out, size, buf_bytes(&words));
	buf_fini(&words);
}

static void
tell_condition(struct daemon *d, const struct condition *c)
{
	char text[AGENT_SENTENCE_SIZE];

	describe(d, c, text, sizeof text);
	if (c->kind == CONDITION_PROTECTED)
		log_info("%s", text);
	else
		log_warn("%s", text);
	history_add(d->history, daemon_now(d), EVENT_CONDITION, EVENT_OF_ALL, text);
	d->record.condition = c->kind;
	d->record.reason = c->reason;
	membership_save_record(&d->membership);
}

/* The next moment at which time alone changes the condition, if any. */
static void
set_alarm(struct daemon *d, int64_t now)
{
	const struct membership *m = &d->membership;
	const struct lease *l = &m->lease;
	const int64_t moments[] = { l->not_before, l->expires, l->expires + l->grace_s,
		d->record.confirmed + DATABASE_STALE_S + 1 };
	int64_t next = 0;

	for (size_t i = 0; m->has_lease && i < sizeof moments / sizeof moments[0]; i++)
		if (moments[i] > now && (next == 0 || moments[i] < next))
			next = moments[i];
	if (next == 0)
		alarm_clear(d->alarm);
	else
		alarm_set(d->alarm, clock_boot_ms() + (next - now) * 1000);
}

void
daemon_reconsider(struct daemon *d)
{
	int64_t now = daemon_now(d);
	struct condition c;
	struct reply refusal;

	if (databases_current(d->databases)->generation == 0)
		d->record.confirmed = 0;
	c = membership_condition(&d->membership, now);
	if (c.kind != d->record.condition || c.reason != d->record.reason)
		tell_condition(d, &c);
	set_alarm(d, now);
	checkins_consider(d->checkins);
	updates_consider(d->updates);
	if (d->clients == NULL)
		return;
	if (!daemon_allows(d, FEATURE_SCAN, &refusal))
		clients_end_scans(d->clients, &refusal);
}

/* As daemon_reconsider; called back when a lease or protection data came. */
static void
on_change(void *ctx)
{
	struct daemon *d = ctx;

	daemon_reconsider(d);
	if (d->clients != NULL)
		clients_tell_watchers(d->clients);
}

static void
on_alarm(evutil_socket_t fd, short what, void *ctx)
{
	struct daemon *d = ctx;

	(void)fd, (void)what;
	alarm_clear(d->alarm);
	on_change(d);
}

bool
daemon_allows(struct daemon *d, enum feature feature, struct reply *refusal)
{
	const struct membership *m = &d->membership;
	int64_t now = daemon_now(d);
	struct condition c;

	if ((membership_features(m, now) & feature) != 0)
		return true;
	c = membership_condition(m, now);
	memset(refusal, 0, sizeof *refusal);
	refusal->kind = REPLY_REFUSED;
	refusal->refused.reason = c.reason;
	refusal->refused.since = c.since;
	if (m->has_lease) {
		text_copy(refusal->refused.provider, NAME_SIZE, m->lease.provider.name);
		text_copy(refusal->refused.moved_to, NAME_SIZE, m->lease.moved_to);
	}
	return false;
}

static void
fill_subscription(const struct daemon *d, struct device_status *out)
{
	const struct membership *m = &d->membership;
	struct moment t = membership_moment(m);
	struct condition c = membership_condition(m, t.now);

	out->condition = c.kind;
	out->reason = c.reason;
	out->now = t.now;
	out->since = c.since;
	out->until = c.until;
	out->clock_wrong = t.clock_wrong;
	out->clock_off = t.wall - t.now;
	out->features = membership_features(m, t.now);
	out->enrolled = m->enrolled;
	if (m->enrolled) {
		text_copy(out->device, sizeof out->device, m->device.id);
		text_copy(out->device_name, sizeof out->device_name, m->device.name);
	}
	if (!m->has_lease)
		return;
	out->paid_until = m->lease.paid_until;
	out->provider = m->lease.provider;
	memcpy(out->moved_to, m->lease.moved_to, sizeof out->moved_to);
	memcpy(out->reference, m->lease.reference, sizeof out->reference);
}

/* Where the articles lie, unless the address is too long for that. */
static void
fill_help(const struct daemon *d, struct device_status *out)
{
	size_t n = strlen(d->trust.server);
	int length = snprintf(out->help, sizeof out->help, "%s%ssupport/", d->trust.server,
	    n > 0 && d->trust.server[n - 1] == '/' ? "" : "/");

	if (length < 0 || (size_t)length >= sizeof out->help || !text_is_plain(out->help))
		out->help[0] = '\0';
}

void
daemon_status(struct daemon *d, uint32_t uid, bool owner, struct device_status *out)
{
	const struct database *database = databases_current(d->databases);
	const struct record *r = &d->record;

	memset(out, 0, sizeof *out);
	fill_subscription(d, out);
	out->notify = preferences_for(&d->preferences, uid, owner).notify;
	fill_help(d, out);
	out->generation = database->generation;
	out->signatures = database->signatures;
	out->database_received = database->received;
	out->database_confirmed = r->confirmed;
	out->checked_in = r->checked_in;
	out->next_checkin = checkins_next(d->checkins);
	out->scanned = r->scanned;
	out->scan_files = (uint64_t)r->scan_files;
	out->scan_infected = (uint64_t)r->scan_infected;
	out->scan_incomplete = (uint64_t)r->scan_incomplete;
	out->quarantined = quarantine_count(d->quarantine, uid, owner);
	text_copy(out->checkin_trouble, sizeof out->checkin_trouble, r->checkin_trouble);
	text_copy(out->update_trouble, sizeof out->update_trouble, r->update_trouble);
	out->update_trouble_time = r->update_trouble_time;
	text_make_plain(out->state_trouble, sizeof out->state_trouble,
	    bytes_of_text(d->membership.trouble));
}

void
daemon_follow_preferences(struct daemon *d)
{
	d->pool.workers = d->preferences.settings.gentle && d->workers > 1 ? d->workers / 2 : d->workers;
	if (d->clients != NULL)
		clients_tell_watchers(d->clients);
}

static int64_t
now_for_scans(void *ctx)
{
	return daemon_now(ctx);
}

static uint64_t
generation_in_use(void *ctx)
{
	const struct daemon *d = ctx;

	return databases_current(d->databases)->generation;
}

static void
on_scan_end(void *ctx, const struct scan_counts *counts)
{
	struct daemon *d = ctx;

	d->record.scanned = daemon_now(d);
	d->record.scan_files = (int64_t)counts->files;
	d->record.scan_infected = (int64_t)counts->infected;
	d->record.scan_incomplete = (int64_t)counts->incomplete;
	membership_save_record(&d->membership);
	/* Whoever watches shows the last scan, and what is in the quarantine. */
	if (d->clients != NULL)
		clients_tell_watchers(d->clients);
}

void
daemon_look_at_left(struct daemon *d)
{
	const struct timeval again = { .tv_sec = QUARANTINE_LOOK_S };

	event_add(d->looks, &again);
}

static void
on_look(evutil_socket_t fd, short what, void *ctx)
{
	struct daemon *d = ctx;

	(void)fd, (void)what;
	if (quarantine_look(d->quarantine, clock_boot_ms()))
		daemon_look_at_left(d);
}

/* The updater's folder belongs to the user that it becomes. */
static enum err
open_updates_dir(struct daemon *d, struct fault *why)
{
	const struct passwd *user;
	enum err e;

	if ((e = file_open_dir(d->dir, "updates", true, &d->updates_dir, why)) != ERR_NONE ||
	    geteuid() != 0)
		return e;
	if ((user = getpwnam(AGENT_UPDATER_USER)) == NULL) {
		log_warn("there is no user %s: holdfast-updater will run as root",
		    AGENT_UPDATER_USER);
		return ERR_NONE;
	}
	if (fchown(d->updates_dir, user->pw_uid, user->pw_gid) != 0)
		return fault_errno(why, "cannot give updates/ to %s", AGENT_UPDATER_USER);
	return ERR_NONE;
}

static enum err
open_dirs(struct daemon *d, const struct daemon_options *options, struct fault *why)
{
	/* Others must pass to the socket of an installed agent, and see nothing on the way. */
	mode_t mode = geteuid() == 0 ? 0711 : 0700;
	enum err e;

	if ((e = file_open_dir(AT_FDCWD, options->state, true, &d->dir, why)) != ERR_NONE ||
	    (e = file_lock(d->dir, "lock", &d->lock, why)) != ERR_NONE)
		return e;
	if (fchmod(d->dir, mode) != 0)
		return fault_errno(why, "cannot protect %s", options->state);
	file_remove_leftovers(d->dir);
	if ((e = file_open_dir(d->dir, "trusted", true, &d->trusted_dir, why)) != ERR_NONE)
		return e;
	return open_updates_dir(d, why);
}

static enum err
find_programs(struct daemon *d, const struct daemon_options *options, struct fault *why)
{
	enum err e;

	if ((e = process_find_sibling("updater", "holdfast-updater", d->updater, sizeof d->updater,
		 why)) != ERR_NONE ||
	    (e = process_find_sibling("worker", "holdfast-worker", d->worker, sizeof d->worker,
		 why)) != ERR_NONE)
		return e;
	d->jobs = (struct jobs){ .base = d->base, .updater = d->updater };
	d->workers = options->workers;
	d->pool = (struct pool_settings){ .worker = d->worker, .workers = options->workers,
		.limits = options->limits };
	return ERR_NONE;
}

/* What is kept on the disk. */
static enum err
load(struct daemon *d, const struct daemon_options *options, struct fault *why)
{
	enum err e;

	if ((e = trust_load(options->trust, &d->trust, why)) != ERR_NONE)
		return e;
	d->trust_loaded = true;
	if ((e = device_machine(options->state, d->machine)) != ERR_NONE)
		return fault_set(why, e, "cannot name this machine: %s", err_name(e));
	if ((e = record_load(d->dir, &d->record, why)) != ERR_NONE && e != ERR_NOT_FOUND)
		log_warn("%s; starting without it", why->text);
	if ((e = preferences_load(d->dir, &d->preferences, why)) != ERR_NONE && e != ERR_NOT_FOUND)
		log_warn("%s; going by the usual settings", why->text);
	daemon_follow_preferences(d);
	if ((e = membership_load(d->dir, &d->trust, &d->record, &d->membership, why)) != ERR_NONE)
		return e;
	if ((e = tasks_new(d->base, &d->tasks)) != ERR_NONE)
		return fault_set(why, e, "out of memory");
	if ((e = databases_open(d->dir, d->tasks, &d->pool, &d->databases, why)) != ERR_NONE ||
	    (e = history_open(d->dir, &d->history, why)) != ERR_NONE)
		return e;
	return quarantine_open(d->dir, d->tasks, &d->quarantine, why);
}

static void
on_activated(void *ctx)
{
	struct daemon *d = ctx;
	char text[AGENT_SENTENCE_SIZE];

	snprintf(text, sizeof text, "Activated as %s, by %s", d->membership.device.name,
	    d->membership.lease.provider.name);
	history_add(d->history, daemon_now(d), EVENT_ACTIVATED, EVENT_OF_ALL, text);
}

static void check_database(struct daemon *d);

/* The protection data that lay on the disk was looked at. */
static void
on_checked(void *ctx, enum err e, const struct fault *why)
{
	struct daemon *d = ctx;
	char text[AGENT_SENTENCE_SIZE];

	if (e == ERR_NONE)
		return;
	snprintf(text, sizeof text, "%.480s; fetching it again", why->text);
	history_add(d->history, daemon_now(d), EVENT_UPDATE_REFUSED, EVENT_OF_ALL, text);
	check_database(d);
	updates_hurry(d->updates);
	on_change(d);
}

/* Whatever lies on the disk since an earlier run may have changed there. */
static void
check_database(struct daemon *d)
{
	enum err e = ERR_NONE;

	if (databases_current(d->databases)->generation != 0)
		e = databases_check(d->databases, on_checked, d);
	if (e != ERR_NONE)
		log_warn("the protection data is not looked at: %s", err_name(e));
}

/* What runs in the loop. */
static enum err
assemble(struct daemon *d, const struct daemon_options *options, struct fault *why)
{
	const struct checkins_setup checkins = { .base = d->base, .jobs = &d->jobs,
		.membership = &d->membership, .machine = d->machine,
		.generation = generation_in_use, .activated = on_activated, .changed = on_change,
		.ctx = d };
	const struct updates_setup updates = { .base = d->base, .jobs = &d->jobs,
		.membership = &d->membership, .databases = d->databases, .history = d->history,
		.tasks = d->tasks, .dir = d->updates_dir, .trusted = d->trusted_dir, .interval_s = options->update_interval_s,
		.changed = on_change, .ctx = d };
	const struct scans_setup scans = { .base = d->base, .databases = d->databases,
		.pool = &d->pool, .quarantine = d->quarantine, .history = d->history,
		.now = now_for_scans, .ended = on_scan_end, .ctx = d };
	enum err e;

	if ((e = checkins_new(&checkins, &d->checkins)) != ERR_NONE ||
	    (e = fellows_new(&d->jobs, &d->membership, &d->fellows)) != ERR_NONE ||
	    (e = updates_new(&updates, &d->updates)) != ERR_NONE ||
	    (e = scans_new(&scans, &d->scans)) != ERR_NONE ||
	    (e = alarm_new(&d->alarm)) != ERR_NONE)
		return fault_set(why, e, "cannot start: %s", err_name(e));
	d->rings = event_new(d->base, d->alarm, EV_READ | EV_PERSIST, on_alarm, d);
	d->looks = event_new(d->base, -1, 0, on_look, d);
	if (d->rings == NULL || d->looks == NULL || event_add(d->rings, NULL) != 0)
		return fault_set(why, ERR_NOMEM, "cannot start: out of memory");
	daemon_look_at_left(d);
	check_database(d);
	return ERR_NONE;
}

enum err
daemon_open(struct daemon *d, const struct daemon_options *options, struct fault *why)
{
	char path[4096];
	enum err e;

	memset(d, 0, sizeof *d);
	d->dir = d->lock = d->updates_dir = d->trusted_dir = d->alarm = -1;
	if ((d->base = event_base_new()) == NULL)
		return fault_set(why, ERR_NOMEM, "out of memory");
	if ((e = open_dirs(d, options, why)) != ERR_NONE ||
	    (e = find_programs(d, options, why)) != ERR_NONE ||
	    (e = load(d, options, why)) != ERR_NONE ||
	    (e = assemble(d, options, why)) != ERR_NONE)
		return e;
	daemon_reconsider(d);
	/* The socket comes last: whoever can connect is answered. */
	snprintf(path, sizeof path, "%s/" AGENT_SOCKET, options->state);
	return clients_new(d, path, &d->clients, why);
}

void
daemon_run(struct daemon *d)
{
	event_base_dispatch(d->base);
}

static void
leave_when_drained(evutil_socket_t fd, short what, void *ctx)
{
	static const struct timeval soon = { .tv_usec = 50000 };
	static int turns;
	struct daemon *d = ctx;

	(void)fd, (void)what;
	if (tasks_count(d->tasks) == 0 || ++turns > DAEMON_DRAIN_S * 20)
		event_base_loopbreak(d->base);
	else
		event_base_once(d->base, -1, EV_TIMEOUT, leave_when_drained, d, &soon);
}

void
daemon_stop(struct daemon *d)
{
	struct reply reply;
	struct fault why;

	log_info("stopping");
	fault_set(&why, ERR_CLOSED, "holdfastd is stopping; scan again later");
	reply_of_fault(&why, &reply);
	clients_close_door(d->clients);
	clients_end_scans(d->clients, &reply);
	leave_when_drained(-1, 0, d);
}

void
daemon_close(struct daemon *d)
{
	if (d->checkins != NULL)
		membership_save_record(&d->membership);
	clients_free(d->clients);
	scans_free(d->scans);
	updates_free(d->updates);
	checkins_free(d->checkins);
	fellows_free(d->fellows);
	tasks_free(d->tasks);
	quarantine_close(d->quarantine);
	history_close(d->history);
	databases_close(d->databases);
	membership_forget(&d->membership);
	if (d->trust_loaded)
		trust_fini(&d->trust);
	if (d->rings != NULL)
		event_free(d->rings);
	if (d->looks != NULL)
		event_free(d->looks);
	for (size_t i = 0; i < 5; i++) {
		const int fds[] = { d->alarm, d->trusted_dir, d->updates_dir, d->lock, d->dir };

		if (fds[i] >= 0)
			close(fds[i]);
	}
	if (d->base != NULL)
		event_base_free(d->base);
}
