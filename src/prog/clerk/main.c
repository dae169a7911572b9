/* prog/clerk/main.c: the server's process that keeps time, and the queue of all that goes out: it follows the event
 * log, and hands what is to be told to the courier. Has the store; no network, no key. Started by holdfast-server. */
#include <getopt.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "entitle/authority_schedule.h"
#include "entitle/contact_request.h"
#include "entitle/endpoint.h"
#include "os/clock.h"
#include "os/landlock.h"
#include "os/process.h"
#include "prog/clerk/dispatch.h"
#include "prog/clerk/follow.h"
#include "prog/clerk/inventory.h"
#include "prog/clerk/requests.h"
#include "service/place.h"
#include "store/store_sqlite.h"
#include "tmforum/due.h"

enum {
	TURN_MS = 100,
	TROUBLE_MS = 1000,	/* a store that fails is left alone for a while */
	DRAIN_S = 4,		/* below what the parent waits for us */
	PURGE_EVERY_S = 3600,
	PURGE_MOST = 1000,
	ORDERS_MOST = 50	/* worked off before the rest has its turn */
};

static const char usage[] = "usage: holdfast-clerk --state DIR --base-url URL [--mail-from ADDRESS]\n"
			    "         [--support-mail ADDRESS]\n"
			    "Started by holdfast-server.\n";

struct options {
	const char *state, *base_url, *mail_from, *support_mail;
};

static void
read_options(int argc, char **argv, struct options *out)
{
	static const struct option known[] = { { "state", required_argument, NULL, 's' },
		{ "base-url", required_argument, NULL, 'b' }, { "mail-from", required_argument, NULL, 'm' },
		{ "support-mail", required_argument, NULL, 'u' },
		{ "help", no_argument, NULL, 'h' }, { "version", no_argument, NULL, 'V' }, { 0 } };
	int o;

	while ((o = getopt_long(argc, argv, "", known, NULL)) != -1) {
		switch (o) {
		case 's':
			out->state = optarg;
			break;
		case 'b':
			out->base_url = optarg;
			break;
		case 'm':
			out->mail_from = optarg;
			break;
		case 'u':
			out->support_mail = optarg;
			break;
		case 'h':
			fputs(usage, stdout);
			exit(0);
		case 'V':
			puts("holdfast-clerk " HOLDFAST_VERSION);
			exit(0);
		default:
			fputs(usage, stderr);
			exit(2);
		}
	}
	if (out->state != NULL && out->base_url != NULL && optind == argc)
		return;
	fputs(usage, stderr);
	exit(2);
}

void
clerk_turn_within(struct clerk *c, int ms)
{
	const struct timeval when = { ms / 1000, ms % 1000 * 1000 };
	int64_t at = clock_boot_ms() + ms;

	/* What is due sooner stays so. */
	if (c->turn_at_ms != 0 && c->turn_at_ms <= at)
		return;
	c->turn_at_ms = at;
	event_add(c->turn, &when);
}

/* What was finished long ago is forgotten, a little at a time. */
static enum err
purge(struct clerk *c, int64_t now, bool *more)
{
	int64_t forgotten;
	enum err e;

	if (now < c->purge_at)
		return ERR_NONE;
	if ((e = c->store->support.purge_contact_requests(c->store, now - CONTACT_KEEP_S)) != ERR_NONE)
		return e;
	e = c->store->delivery.purge(c->store, now - DELIVERY_KEEP_S, PURGE_MOST, &forgotten);
	if (e == ERR_NONE && forgotten == PURGE_MOST)
		*more = true;
	else if (e == ERR_NONE && (e = due_forget(c->store, now, more)) == ERR_NONE && !*more)
		c->purge_at = now + PURGE_EVERY_S;
	return e;
}

/* What was dated ahead, expires or must be said by now. Times are whole seconds: once in each is enough. */
static enum err
keep_time(struct clerk *c, int64_t now, bool *more)
{
	int64_t next, order;
	enum err e;

	if (now == c->time_kept)
		return ERR_NONE;
	if ((e = authority_run_due(c->store, now, &next)) != ERR_NONE ||
	    (e = due_run(c->store, now, ORDERS_MOST, &order)) != ERR_NONE)
		return e;
	if ((next != 0 && next <= now) || (order != 0 && order <= now))
		*more = true;
	else
		c->time_kept = now;
	return ERR_NONE;
}

/* One piece of work that fails does not keep the others from being done. */
static enum err
work(struct clerk *c, bool *more)
{
	static enum err (*const pieces[])(struct clerk *c, int64_t now, bool *more) = { keep_time, follow_log,
		requests_turn, dispatch_due, inventory_turn, purge };
	int64_t now = clock_wall();
	enum err first = dispatch_record(c, now), e;

	for (size_t i = 0; !c->stopping && i < sizeof pieces / sizeof pieces[0]; i++) {
		e = pieces[i](c, now, more);
		first = first != ERR_NONE ? first : e;
	}
	return first;
}

static void
take_turn(evutil_socket_t fd, short what, void *ctx)
{
	struct clerk *c = ctx;
	bool more = false;
	enum err e;

	(void)fd, (void)what;
	c->turn_at_ms = 0;
	if ((e = work(c, &more)) != ERR_NONE)
		log_error("the queue of what goes out: %s; trying again", err_name(e));
	if (c->stopping && e == ERR_NONE && dispatch_busy(c) == 0)
		event_base_loopbreak(c->base);
	else
		clerk_turn_within(c, e != ERR_NONE ? TROUBLE_MS : more ? 0 : TURN_MS);
}

/* Begin nothing new; what the courier answers within a moment is written down still. */
static void
stop(evutil_socket_t fd, short what, void *ctx)
{
	const struct timeval moment = { DRAIN_S, 0 };
	struct clerk *c = ctx;

	(void)fd, (void)what;
	c->stopping = true;
	event_base_loopexit(c->base, &moment);
	clerk_turn_within(c, 0);
}

static enum err
keep(struct clerk *c)
{
	struct event *term = evsignal_new(c->base, SIGTERM, stop, c);
	enum err e = ERR_NOMEM;

	c->turn = evtimer_new(c->base, take_turn, c);
	if (term != NULL && c->turn != NULL && event_add(term, NULL) == 0) {
		clerk_turn_within(c, 0);
		e = event_base_dispatch(c->base) < 0 ? ERR_IO : ERR_NONE;
	}
	if (term != NULL)
		event_free(term);
	if (c->turn != NULL)
		event_free(c->turn);
	return e;
}

/* The store, and nothing else: the courier's socket is connected to by its name, which Landlock does not ask about. */
static enum err
confine(const char *state, struct fault *why)
{
	char store_dir[PATH_MAX];
	const struct landlock_path paths[] = { { store_dir, LANDLOCK_WRITE } };

	snprintf(store_dir, sizeof store_dir, "%s/" STATE_STORE_DIR, state);
	return landlock_confine(paths, sizeof paths / sizeof paths[0], false, why);
}

int
main(int argc, char **argv)
{
	static struct clerk c;
	char store[PATH_MAX], courier[PATH_MAX];
	struct options options = { .state = NULL };
	struct fault why;
	enum err e;

	log_init("holdfast-clerk");
	read_options(argc, argv, &options);
	process_protect_memory();
	signal(SIGPIPE, SIG_IGN);
	/* A store that may not grow is an error to report, not a death. */
	signal(SIGXFSZ, SIG_IGN);
	snprintf(store, sizeof store, "%s/" STATE_STORE, options.state);
	snprintf(courier, sizeof courier, "%s/" STATE_COURIER_SOCKET, options.state);
	c.courier_path = courier;
	c.base_url = options.base_url;
	c.mail_from = options.mail_from;
	c.support_mail = options.support_mail;
	if (confine(options.state, &why) != ERR_NONE ||
	    store_sqlite_open(store, &c.store, &why) != ERR_NONE) {
		log_error("%s", why.text);
		return 1;
	}
	if ((c.base = event_base_new()) == NULL) {
		log_error("out of memory");
		return 1;
	}
	if ((e = keep(&c)) != ERR_NONE)
		log_error("cannot go on: %s", err_name(e));
	event_base_free(c.base);
	c.store->close(c.store);
	return e == ERR_NONE ? 0 : 1;
}
