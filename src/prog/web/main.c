/* prog/web/main.c: one web process. It serves the providers' and devices' interfaces and the pages; it holds
 * the store and no signing key. Started by holdfast-server, with the listening socket as descriptor 3. */
#include <event2/event.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "base/text.h"
#include "crypto/random.h"
#include "os/file.h"
#include "os/landlock.h"
#include "os/process.h"
#include "prog/web/questions.h"
#include "prog/web/routes.h"
#include "prog/web/seen.h"
#include "prog/web/site.h"
#include "prog/web/waiters.h"
#include "service/place.h"
#include "store/store_sqlite.h"
#include "support/library.h"

enum { LISTENER = 3 };

/* Requests a second of one credential unless the vendor says otherwise: far above what a provider's systems
 * send, far below what would hold up the others'. Five seconds' worth may come at once. */
enum { RATE = 1000, RATE_MAX = 1000000, BURST_S = 5 };

static const char usage[] =
    "usage: holdfast-web --state DIR --base-url URL [--updates DIR] [--proxy ADDRESS]\n"
    "         [--payment none|local|stripe] [--stripe-webhook-secret-file FILE]\n"
    "         [--callbacks public|private|development] [--rate N]\n"
    "         [--articles DIR] [--community-url URL]\n"
    "       holdfast-web --routes\n"
    "Started by holdfast-server, which passes the listening socket as descriptor 3. --routes prints\n"
    "every operation and whom it lets in.\n";

struct options {
	const char *state, *base_url, *updates, *proxy, *payment, *stripe_secret_file, *callbacks;
	const char *articles, *community_url;
	uint64_t rate;
};

/* The options that are kept as they come. */
static const struct text_option {
	const char *name;
	size_t offset;		/* in struct options */
} text_options[] = {
	{ "state", offsetof(struct options, state) },
	{ "base-url", offsetof(struct options, base_url) },
	{ "updates", offsetof(struct options, updates) },
	{ "proxy", offsetof(struct options, proxy) },
	{ "payment", offsetof(struct options, payment) },
	{ "stripe-webhook-secret-file", offsetof(struct options, stripe_secret_file) },
	{ "callbacks", offsetof(struct options, callbacks) },
	{ "articles", offsetof(struct options, articles) },
	{ "community-url", offsetof(struct options, community_url) },
};
enum { TEXT_OPTIONS = sizeof text_options / sizeof text_options[0], TEXT_FIRST = 256 };

_Noreturn static void
stop_at_usage(void)
{
	fputs(usage, stderr);
	exit(2);
}

static void
take_option(struct options *out, int which)
{
	switch (which) {
	case 'R':
		if (text_to_u64(bytes_of_text(optarg), RATE_MAX, &out->rate) != ERR_NONE)
			stop_at_usage();
		break;
	case 'r':
		routes_print();
		exit(0);
	case 'h':
		fputs(usage, stdout);
		exit(0);
	case 'V':
		puts("holdfast-web " HOLDFAST_VERSION);
		exit(0);
	default:
		if (which < TEXT_FIRST)
			stop_at_usage();
		*(const char **)((char *)out + text_options[which - TEXT_FIRST].offset) = optarg;
	}
}

static void
read_options(int argc, char **argv, struct options *out)
{
	static const struct option fixed[] = { { "rate", required_argument, NULL, 'R' },
		{ "routes", no_argument, NULL, 'r' }, { "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' } };
	enum { FIXED = sizeof fixed / sizeof fixed[0] };
	struct option known[FIXED + TEXT_OPTIONS + 1] = { { 0 } };
	enum pay_backend backend;
	enum reach reach;
	int which;

	memcpy(known, fixed, sizeof fixed);
	for (int i = 0; i < TEXT_OPTIONS; i++)
		known[FIXED + i] =
		    (struct option){ text_options[i].name, required_argument, NULL, TEXT_FIRST + i };
	while ((which = getopt_long(argc, argv, "", known, NULL)) != -1)
		take_option(out, which);
	if (out->state == NULL || out->base_url == NULL || optind != argc ||
	    (out->payment != NULL && !pay_backend_from_name(out->payment, &backend)) ||
	    (out->callbacks != NULL && !reach_from_name(out->callbacks, &reach)))
		stop_at_usage();
}

struct stopping {
	struct event_base *base;
	struct http_server *server;
};

/* Accept nothing new, give what is under way a moment, then end. */
static void
stop(evutil_socket_t fd, short what, void *ctx)
{
	struct timeval moment = { 1, 0 };
	struct stopping *s = ctx;

	(void)fd, (void)what;
	http_server_stop(s->server);
	event_base_loopexit(s->base, &moment);
}

static enum err
serve(struct web *w)
{
	struct stopping stopping = { .base = w->base };
	struct event *term = NULL;
	enum err e;

	if ((e = waiters_new(w, &w->waiters)) != ERR_NONE ||
	    (e = questions_new(&w->questions)) != ERR_NONE ||
	    (e = seen_new(w, &w->seen)) != ERR_NONE ||
	    (e = http_server_new(w->base, LISTENER, routes_dispatch, w, &stopping.server)) != ERR_NONE)
		goto done;
	e = ERR_NOMEM;
	term = evsignal_new(w->base, SIGTERM, stop, &stopping);
	if (term == NULL || event_add(term, NULL) != 0)
		goto done;
	e = event_base_dispatch(w->base) < 0 ? ERR_IO : ERR_NONE;
done:
	if (term != NULL)
		event_free(term);
	/* The server first: closing its connections calls back into the waiters. */
	http_server_free(stopping.server);
	waiters_free(w->waiters);
	questions_free(w->questions);
	seen_free(w->seen);
	return e;
}

/* Without the secret no notice can be believed, so nothing is sold. */
static void
set_up_payment(struct web *w, const struct options *options)
{
	struct fault why = { ERR_NONE, "" };
	struct buf text;
	enum err e;

	if (options->payment != NULL)
		pay_backend_from_name(options->payment, &w->pay);
	if (w->pay != PAY_STRIPE)
		return;
	buf_init(&text, STRIPE_SECRETS_MAX * STRIPE_SECRET_SIZE);
	if (options->stripe_secret_file == NULL)
		e = fault_set(&why, ERR_NOT_FOUND, "there is no secret for Stripe's notices");
	else if ((e = file_read(AT_FDCWD, options->stripe_secret_file, &text, &why)) == ERR_NONE &&
	    (e = stripe_read_secrets(buf_bytes(&text), &w->stripe)) != ERR_NONE)
		fault_set(&why, e, "%s holds no secret of Stripe's", options->stripe_secret_file);
	if (e != ERR_NONE) {
		log_error("nothing is sold: %s", why.text);
		w->pay = PAY_NONE;
	}
	if (text.p != NULL)
		random_forget(text.p, text.n);
	buf_fini(&text);
}

/* The articles of the vendor's own folder; else as they are installed or, run from where it was built, as they lie in
 * the sources. One that is wrong is named, and the rest of the server goes on without them. */
static void
open_library(struct web *w, const char *own)
{
	static const char *const places[] = { "../../share/holdfast/support", "../../../../../web/support" };
	char dir[PATH_MAX], path[2 * PATH_MAX];
	struct fault why = { ERR_NOT_FOUND, "they are nowhere near this program" };
	enum err e;

	if (own != NULL) {
		if (library_open(own, &w->library, &why) != ERR_NONE)
			log_error("there are no help articles: %s", why.text);
		return;
	}
	e = process_own_dir(dir, sizeof dir);
	for (size_t i = 0; i < sizeof places / sizeof places[0] && e == ERR_NONE && w->library == NULL; i++) {
		snprintf(path, sizeof path, "%s/%s", dir, places[i]);
		if (access(path, R_OK) == 0)
			library_open(path, &w->library, &why);
	}
	if (w->library == NULL)
		log_warn("there are no help articles: %s", why.text);
}

/* The store and what is published, and above all not the signer's keys. */
static enum err
confine(const struct options *options, struct fault *why)
{
	char store_dir[PATH_MAX];
	const struct landlock_path paths[] = { { store_dir, LANDLOCK_WRITE },
		{ options->updates, LANDLOCK_READ } };

	snprintf(store_dir, sizeof store_dir, "%s/" STATE_STORE_DIR, options->state);
	return landlock_confine(paths, sizeof paths / sizeof paths[0], false, why);
}

int
main(int argc, char **argv)
{
	char store[PATH_MAX], signer[PATH_MAX], courier[PATH_MAX];
	struct web w = { .updates_dir = -1, .signer = -1, .reach = REACH_PUBLIC };
	struct options options = { .rate = RATE };
	struct fault why;
	enum err e;

	log_init("holdfast-web");
	read_options(argc, argv, &options);
	process_protect_memory();
	signal(SIGPIPE, SIG_IGN);
	/* A store that may not grow is an error to report, not a death. */
	signal(SIGXFSZ, SIG_IGN);
	snprintf(store, sizeof store, "%s/" STATE_STORE, options.state);
	snprintf(signer, sizeof signer, "%s/" STATE_SIGNER_SOCKET, options.state);
	snprintf(courier, sizeof courier, "%s/" STATE_COURIER_SOCKET, options.state);
	w.base_url = options.base_url;
	w.signer_path = signer;
	w.courier_path = courier;
	w.proxy = options.proxy;
	w.community_url = options.community_url;
	if (options.callbacks != NULL)
		reach_from_name(options.callbacks, &w.reach);
	set_up_payment(&w, &options);
	if (options.updates != NULL &&
	    (w.updates_dir = open(options.updates, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
		log_warn("nothing is published at %s", options.updates);
	open_library(&w, options.articles);
	if (site_open_own(&w.site, &why) != ERR_NONE || confine(&options, &why) != ERR_NONE ||
	    store_sqlite_open(store, &w.store, &why) != ERR_NONE) {
		log_error("%s", why.text);
		return 1;
	}
	snprintf(store, sizeof store, "%s/" STATE_LIMITS, options.state);
	if (options.rate != 0)
		w.rate = (struct limit){ (int64_t)options.rate * BURST_S, 1000000 / (int64_t)options.rate };
	/* Who is not counted is served all the same. */
	if (limiter_open(store, &w.limiter, &why) != ERR_NONE)
		log_warn("no limits: %s", why.text);
	if ((w.base = event_base_new()) == NULL) {
		log_error("out of memory");
		return 1;
	}
	e = serve(&w);
	if (e != ERR_NONE)
		log_error("cannot serve: %s", err_name(e));
	event_base_free(w.base);
	w.store->close(w.store);
	library_free(w.library);
	site_free(w.site);
	limiter_free(w.limiter);
	return e == ERR_NONE ? 0 : 1;
}
