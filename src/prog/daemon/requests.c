/* daemon/requests.c: see requests.h. */
#include "prog/daemon/requests.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/log.h"
#include "prog/daemon/daemon.h"

typedef void handler_fn(struct client *c, const struct request *r, struct channel_message *m);

static void
reply_fault(struct client *c, const struct fault *why)
{
	struct reply reply;

	reply_of_fault(why, &reply);
	client_reply(c, &reply);
}

static void
reply_plainly(struct client *c, enum reply_kind kind)
{
	const struct reply reply = { .kind = kind };

	client_reply(c, &reply);
}

/* The program breaks the protocol: nothing more is believed of it. */
static void
break_off(struct client *c, const char *what)
{
	log_warn("user %u: %s; its connection was ended", c->uid, what);
	client_drop(c);
}

void
requests_send_status(struct client *c)
{
	struct reply reply = { .kind = REPLY_STATUS };

	daemon_status(c->daemon, c->uid, c->owner, &reply.status);
	client_reply(c, &reply);
}

static void
handle_status(struct client *c, const struct request *r, struct channel_message *m)
{
	(void)r, (void)m;
	daemon_reconsider(c->daemon);
	requests_send_status(c);
}

static void
handle_watch(struct client *c, const struct request *r, struct channel_message *m)
{
	handle_status(c, r, m);
	c->phase = CLIENT_WATCHES;
	checkins_watch(c->daemon->checkins, true);
}

/* The answer to what the client waited for. */
static void
answer_waiting(void *ctx, const struct reply *reply)
{
	struct client *c = ctx;

	c->phase = CLIENT_IDLE;
	client_reply(c, reply);
}

/* Wait for the answer, unless the question could not even be asked. */
static void
wait_for(struct client *c, enum err e, const struct fault *why)
{
	if (e == ERR_NONE)
		c->phase = CLIENT_WAITS;
	else
		reply_fault(c, why);
}

static void
handle_activate(struct client *c, const struct request *r, struct channel_message *m)
{
	const struct checkins_asker asker = { answer_waiting, c };
	struct fault why;

	(void)m;
	wait_for(c, checkins_activate(c->daemon->checkins, &r->activate, asker, &why), &why);
}

static void
handle_reactivate(struct client *c, const struct request *r, struct channel_message *m)
{
	const struct checkins_asker asker = { answer_waiting, c };
	struct fault why;

	(void)r, (void)m;
	wait_for(c, checkins_reactivate(c->daemon->checkins, asker, &why), &why);
}

static void
handle_purchase(struct client *c, const struct request *r, struct channel_message *m)
{
	const struct checkins_asker asker = { answer_waiting, c };
	struct fault why;

	(void)r, (void)m;
	wait_for(c, checkins_purchase(c->daemon->checkins, asker, &why), &why);
}

static void
handle_portal(struct client *c, const struct request *r, struct channel_message *m)
{
	const struct checkins_asker asker = { answer_waiting, c };
	struct fault why;

	(void)r, (void)m;
	wait_for(c, checkins_portal(c->daemon->checkins, asker, &why), &why);
}

static void
handle_update(struct client *c, const struct request *r, struct channel_message *m)
{
	struct reply refusal;
	struct fault why;

	(void)r, (void)m;
	if (!daemon_allows(c->daemon, FEATURE_UPDATE, &refusal)) {
		client_reply(c, &refusal);
		return;
	}
	wait_for(c, updates_ask(c->daemon->updates, answer_waiting, c, &why), &why);
}

static void
send_scan_reply(void *ctx, const struct reply *reply)
{
	client_reply(ctx, reply);
}

static void
handle_scan(struct client *c, const struct request *r, struct channel_message *m)
{
	const struct scan_order order = { .uid = c->uid, .quarantine = r->quarantine,
		.reply = send_scan_reply, .ctx = c };
	struct daemon *d = c->daemon;
	uint64_t before = databases_current(d->databases)->generation;
	struct reply refusal;
	struct fault why;
	enum err e;

	(void)m;
	if (!daemon_allows(d, FEATURE_SCAN, &refusal)) {
		client_reply(c, &refusal);
		return;
	}
	if ((e = scans_begin(d->scans, &order, &c->scan, &why)) == ERR_NONE) {
		c->phase = CLIENT_SCANS;
	} else {
		log_warn("scan: %s", why.text);
		reply_fault(c, &why);
	}
	if (databases_current(d->databases)->generation != before) {
		updates_hurry(d->updates);
		daemon_reconsider(d);
	}
}

static void
handle_object(struct client *c, const struct request *r, struct channel_message *m)
{
	enum err e = scan_object(c->scan, &r->object, channel_take_fd(m, 0));
	struct fault why;

	if (e == ERR_CONFLICT) {
		break_off(c, "it sent an object out of turn");
	} else if (e != ERR_NONE) {
		fault_set(&why, e, "the scan cannot go on: %s", err_name(e));
		reply_fault(c, &why);
		requests_end_scan(c);
	}
}

static void
handle_removed(struct client *c, const struct request *r, struct channel_message *m)
{
	(void)m;
	if (scan_removed(c->scan, &r->removed) != ERR_NONE)
		break_off(c, "it removed what was not sealed");
	daemon_look_at_left(c->daemon);
}

static void
handle_scan_end(struct client *c, const struct request *r, struct channel_message *m)
{
	(void)m;
	if (scan_end(c->scan, &r->end) != ERR_NONE)
		break_off(c, "it ended a scan twice");
}

static void
handle_entry(struct client *c, const struct request *r, struct channel_message *m)
{
	struct reply reply = { .kind = REPLY_ENTRY };

	(void)m;
	if (quarantine_next(c->daemon->quarantine, r->entry.id, c->uid, c->owner, &reply.entry) ==
	    ERR_NONE)
		client_reply(c, &reply);
	else
		reply_plainly(c, REPLY_END);
}

/* An unsealing under way; it outlives a client that goes. */
struct unsealing {
	struct client *client;
};

static void
finish_unsealing(void *ctx, enum err e, const struct quarantine_entry *entry, const struct fault *why)
{
	struct reply reply = { .kind = REPLY_ENTRY };
	struct unsealing *u = ctx;

	if (u->client != NULL) {
		u->client->unsealing = NULL;
		u->client->phase = CLIENT_IDLE;
		reply.entry = *entry;
		if (e == ERR_NONE)
			client_reply(u->client, &reply);
		else
			reply_fault(u->client, why);
	}
	free(u);
}

/* An empty regular file that may be written: it is nothing that the daemon could spoil. */
static bool
fit_to_unseal_into(int fd)
{
	int flags = fcntl(fd, F_GETFL);
	struct stat st;

	return flags >= 0 && (flags & O_ACCMODE) != O_RDONLY && (flags & O_PATH) == 0 &&
	    fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size == 0;
}

static void
handle_unseal(struct client *c, const struct request *r, struct channel_message *m)
{
	static struct quarantine_entry entry;
	struct quarantine *q = c->daemon->quarantine;
	struct unsealing *u = NULL;
	struct fault why;
	enum err e;

	e = quarantine_find(q, r->entry.id, c->uid, c->owner, &entry, &why);
	if (e == ERR_NONE && !fit_to_unseal_into(m->fds[0]))
		e = fault_set(&why, ERR_UNSUPPORTED, "the file to restore into must be new and empty");
	if (e == ERR_NONE && (u = calloc(1, sizeof *u)) == NULL)
		e = fault_set(&why, ERR_NOMEM, "out of memory");
	if (e == ERR_NONE) {
		u->client = c;
		c->unsealing = u;
		c->phase = CLIENT_WAITS;
		e = quarantine_unseal(q, &entry, channel_take_fd(m, 0),
		    (struct quarantine_call){ .done = finish_unsealing, .ctx = u });
		if (e == ERR_NONE)
			return;
		c->unsealing = NULL;
		c->phase = CLIENT_IDLE;
		free(u);
		fault_set(&why, e, "it cannot be restored: %s", err_name(e));
	}
	reply_fault(c, &why);
}

static void
handle_drop(struct client *c, const struct request *r, struct channel_message *m)
{
	static struct quarantine_entry entry;
	struct daemon *d = c->daemon;
	char text[AGENT_SENTENCE_SIZE];
	struct fault why;

	(void)m;
	if (quarantine_find(d->quarantine, r->entry.id, c->uid, c->owner, &entry, &why) != ERR_NONE ||
	    quarantine_drop(d->quarantine, r->entry.id, &why) != ERR_NONE) {
		reply_fault(c, &why);
		return;
	}
	snprintf(text, sizeof text, "%s %.400s",
	    r->entry.restored ? "Restored" : "Deleted from the quarantine:", entry.path);
	history_add(d->history, daemon_now(d), r->entry.restored ? EVENT_RESTORED : EVENT_DELETED,
	    entry.owner, text);
	reply_plainly(c, REPLY_DONE);
	clients_tell_watchers(d->clients);
}

static void
handle_history(struct client *c, const struct request *r, struct channel_message *m)
{
	struct reply reply = { .kind = REPLY_EVENT };

	(void)m;
	reply.event.cursor = r->cursor;
	if (history_next(c->daemon->history, c->uid, c->owner, &reply.event.cursor,
		&reply.event.event) == ERR_NONE)
		client_reply(c, &reply);
	else
		reply_plainly(c, REPLY_END);
}

static void
handle_devices(struct client *c, const struct request *r, struct channel_message *m)
{
	const struct checkins_asker asker = { answer_waiting, c };
	struct fault why;

	(void)r, (void)m;
	wait_for(c, fellows_ask(c->daemon->fellows, asker, &why), &why);
}

static void
handle_settings(struct client *c, const struct request *r, struct channel_message *m)
{
	struct reply reply = { .kind = REPLY_SETTINGS };

	(void)r, (void)m;
	reply.settings = preferences_for(&c->daemon->preferences, c->uid, c->owner);
	client_reply(c, &reply);
}

static void
handle_set(struct client *c, const struct request *r, struct channel_message *m)
{
	const struct preferences_change change = { c->uid, c->owner, &r->settings };
	struct daemon *d = c->daemon;
	struct fault why;

	if (preferences_change(d->dir, &d->preferences, &change, &why) != ERR_NONE) {
		reply_fault(c, &why);
		return;
	}
	handle_settings(c, r, m);
	daemon_follow_preferences(d);
}

/* Who may ask what, and when. No handler, the wrong phase or other descriptors: the connection ends. */
#define IDLE (1U << CLIENT_IDLE)
#define SCANS (1U << CLIENT_SCANS)
static const struct rule {
	handler_fn *handle;
	unsigned phases;
	size_t fds;
	bool owner_only;	/* root, or the user whom the daemon runs as */
} rules[REQUEST_KINDS] = {
	/*                      handler            in     descriptors  owner only */
	[REQUEST_STATUS]     = { handle_status,     IDLE,  0,           false },
	[REQUEST_WATCH]      = { handle_watch,      IDLE,  0,           false },
	[REQUEST_ACTIVATE]   = { handle_activate,   IDLE,  0,           true },
	[REQUEST_REACTIVATE] = { handle_reactivate, IDLE,  0,           false },
	[REQUEST_PURCHASE]   = { handle_purchase,   IDLE,  0,           false },
	[REQUEST_UPDATE]     = { handle_update,     IDLE,  0,           false },
	[REQUEST_SCAN]       = { handle_scan,       IDLE,  0,           false },
	[REQUEST_OBJECT]     = { handle_object,     SCANS, 1,           false },
	[REQUEST_REMOVED]    = { handle_removed,    SCANS, 0,           false },
	[REQUEST_SCAN_END]   = { handle_scan_end,   SCANS, 0,           false },
	[REQUEST_ENTRY]      = { handle_entry,      IDLE,  0,           false },
	[REQUEST_UNSEAL]     = { handle_unseal,     IDLE,  1,           false },
	[REQUEST_DROP]       = { handle_drop,       IDLE,  0,           false },
	[REQUEST_HISTORY]    = { handle_history,    IDLE,  0,           false },
	[REQUEST_DEVICES]    = { handle_devices,    IDLE,  0,           false },
	[REQUEST_SETTINGS]   = { handle_settings,   IDLE,  0,           false },
	[REQUEST_SET]        = { handle_set,        IDLE,  0,           false }, /* see preferences.h */
	/* Who opens it may take every device's seat. */
	[REQUEST_PORTAL]     = { handle_portal,     IDLE,  0,           true },
};

void
requests_handle(struct client *c, const struct request *request, struct channel_message *m)
{
	const struct rule *rule = &rules[request->kind];
	struct fault why;

	if (c->phase == CLIENT_ENDED)
		return;
	if (rule->handle == NULL || (rule->phases & 1U << c->phase) == 0 || m->fd_count != rule->fds) {
		break_off(c, "it sent a request out of turn");
		return;
	}
	if (rule->owner_only && !c->owner) {
		fault_set(&why, ERR_DENIED, "only the administrator of this device may do this");
		reply_fault(c, &why);
		return;
	}
	rule->handle(c, request, m);
}

void
requests_end_scan(struct client *c)
{
	scans_forget(c->scan);
	daemon_look_at_left(c->daemon);
	c->scan = NULL;
	c->phase = CLIENT_ENDED;
}

void
requests_forget(struct client *c)
{
	if (c->phase == CLIENT_WATCHES)
		checkins_watch(c->daemon->checkins, false);
	if (c->phase == CLIENT_SCANS)
		requests_end_scan(c);
	if (c->unsealing != NULL)
		c->unsealing->client = NULL;
	checkins_forget(c->daemon->checkins, c);
	fellows_forget(c->daemon->fellows, c);
	updates_forget(c->daemon->updates, c);
}
