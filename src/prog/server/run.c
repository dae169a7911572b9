/* prog/server/run.c: the parent: reads the configuration, opens the sockets, starts the other processes and
 * starts them again; stops them on SIGTERM. It opens the store once, to bring it up to date, and then
 * touches nothing of what they touch. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <netdb.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/text.h"
#include "entitle/authority.h"
#include "os/channel.h"
#include "os/clock.h"
#include "os/file.h"
#include "prog/server/children.h"
#include "prog/server/config.h"
#include "prog/server/server.h"

static const char usage[] =
    "usage: holdfast-server run --state DIR [--config FILE] [--listen ADDRESS:PORT]\n"
    "         [--base-url URL] [--updates DIR] [--epochs DIR] [--proxy ADDRESS] [--web N] [--rate N]\n"
    "         [--payment none|local|stripe] [--stripe-key-file FILE]\n"
    "         [--stripe-webhook-secret-file FILE] [--callbacks public|private|development]\n"
    "         [--smtp-url URL --mail-from ADDRESS [--smtp-user NAME --smtp-password-file FILE]\n"
    "         [--support-mail ADDRESS]] [--articles DIR] [--community-url URL]\n\n"
    "  --state DIR      where everything of the server lies; made when missing\n"
    "  --config FILE    an INI file: the options below as name = value under [server]\n"
    "  --listen A:P     127.0.0.1:0 unless given; port 0 is the last run's, or any free one\n"
    "  --base-url URL   how devices reach it; http://ADDRESS:PORT/ unless given\n"
    "  --updates DIR    publish the release repository DIR under /updates/\n"
    "  --epochs DIR     the publisher's epoch keys\n"
    "  --proxy ADDRESS  believe X-Forwarded-For from this address (a TLS proxy in front)\n"
    "  --web N          web processes; one for each core unless given\n"
    "  --rate N         requests a second that one key may make; 1000 unless given, 0: any\n"
    "  --payment WHO    who takes a person's money; local (no money moves) unless given, none with https\n"
    "  --stripe-key-file, --stripe-webhook-secret-file FILE\n"
    "                   the API key, and the secret of the endpoint BASE-URL/webhooks/stripe\n"
    "  --callbacks WHOM whom webhooks may call; public with https, else development: this machine too\n"
    "  --smtp-url URL   the mail server, such as smtps://mail.example; no mail goes out without it\n"
    "  --mail-from A    the address that mail comes from\n"
    "  --smtp-user NAME, --smtp-password-file FILE\n"
    "                   for a mail server that wants to know who sends\n"
    "  --support-mail A where persons' requests go when no provider takes them\n"
    "  --articles DIR   the help articles; those that came with the program unless given\n"
    "  --community-url URL\n"
    "                   a Discourse site that help pages may search; no such search without it\n";

enum { STOP_WITHIN_MS = 5000 };

struct server {
	struct config *config;
	struct children children;
	int state;		/* the state directory */
	int lock, web, signer, courier; /* the lock, and the listening sockets */
	char keys[CONFIG_PATH_SIZE + 32];
};

static int
read_options(int argc, char **argv, struct config *c)
{
	static const struct option known[] = { { "state", required_argument, NULL, 's' },
		{ "config", required_argument, NULL, 'c' }, { "listen", required_argument, NULL, 0 },
		{ "base-url", required_argument, NULL, 0 }, { "updates", required_argument, NULL, 0 },
		{ "epochs", required_argument, NULL, 0 }, { "proxy", required_argument, NULL, 0 },
		{ "web", required_argument, NULL, 0 }, { "rate", required_argument, NULL, 0 }, { "payment", required_argument, NULL, 0 },
		{ "stripe-key-file", required_argument, NULL, 0 },
		{ "stripe-webhook-secret-file", required_argument, NULL, 0 },
		{ "stripe-api", required_argument, NULL, 0 }, { "callbacks", required_argument, NULL, 0 },
		{ "smtp-url", required_argument, NULL, 0 }, { "smtp-user", required_argument, NULL, 0 },
		{ "smtp-password-file", required_argument, NULL, 0 },
		{ "mail-from", required_argument, NULL, 0 }, { "articles", required_argument, NULL, 0 },
		{ "community-url", required_argument, NULL, 0 }, { "support-mail", required_argument, NULL, 0 },
		{ "help", no_argument, NULL, 'h' }, { 0 } };
	struct fault why;
	int o, which = 0;

	while ((o = getopt_long(argc, argv, "", known, &which)) != -1) {
		enum err e = ERR_NONE;

		if (o == 'h')
			return fputs(usage, stdout), -1;
		if (o == '?')
			return server_usage("run", "see holdfast-server run --help");
		if (o == 's') {
			if (text_copy(c->state, sizeof c->state, optarg) != ERR_NONE)
				return server_usage("run", "the path of the state is too long");
		} else if (o == 'c') {
			e = config_read_file(c, optarg, &why);
		} else {
			e = config_set(c, known[which].name, optarg, &why);
		}
		if (e != ERR_NONE)
			return server_usage("run", why.text);
	}
	if (c->state[0] == '\0' || optind != argc)
		return server_usage("run", "--state DIR is needed; see holdfast-server run --help");
	if (config_check(c, &why) != ERR_NONE)
		return server_usage("run", why.text);
	return EXIT_DONE;
}

static enum err
bind_port(const struct config *c, int port, int *out, struct fault *why)
{
	struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM };
	struct addrinfo *found = NULL;
	char service[8];
	int fd = -1, one = 1, failed;
	enum err e = ERR_NONE;

	snprintf(service, sizeof service, "%d", port);
	if ((failed = getaddrinfo(c->listen_host, service, &hints, &found)) != 0)
		return fault_set(why, ERR_NOT_FOUND, "cannot listen at %s: %s", c->listen_host,
		    gai_strerror(failed));
	fd = socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) != 0 ||
	    bind(fd, found->ai_addr, found->ai_addrlen) != 0 || listen(fd, SOMAXCONN) != 0) {
		e = fault_errno(why, "cannot listen at %s port %d", c->listen_host, port);
		if (fd >= 0)
			close(fd);
	} else {
		*out = fd;
	}
	freeaddrinfo(found);
	return e;
}

static int
last_port(int state)
{
	uint64_t port = 0;
	struct bytes text;
	struct buf b;

	buf_init(&b, 16);
	if (file_read(state, STATE_PORT, &b, NULL) == ERR_NONE) {
		text = buf_bytes(&b);
		if (text_to_u64(bytes_first(text, bytes_find(text, '\n')), 65535, &port) != ERR_NONE)
			port = 0;
	}
	buf_fini(&b);
	return (int)port;
}

/* A device keeps its server's address: after a restart the server must be found where it was. */
static enum err
open_web_socket(struct server *s, struct fault *why)
{
	struct sockaddr_storage address;
	socklen_t n = sizeof address;
	char text[URL_SIZE + 32];
	int port = s->config->listen_port;
	enum err e = ERR_NOT_FOUND;

	if (port == 0 && (port = last_port(s->state)) != 0)
		e = bind_port(s->config, port, &s->web, NULL);
	if (e != ERR_NONE)
		e = bind_port(s->config, s->config->listen_port, &s->web, why);
	if (e != ERR_NONE)
		return e;
	if (getsockname(s->web, (struct sockaddr *)&address, &n) != 0)
		return fault_errno(why, "cannot tell the port");
	port = ntohs(address.ss_family == AF_INET6
		? ((struct sockaddr_in6 *)&address)->sin6_port
		: ((struct sockaddr_in *)&address)->sin_port);
	snprintf(text, sizeof text, "%d\n", port);
	if ((e = file_replace(s->state, STATE_PORT, bytes_of_text(text), 0644, why)) != ERR_NONE)
		return e;
	if (s->config->base_url[0] == '\0' &&
	    snprintf(s->config->base_url, sizeof s->config->base_url, "http://%.200s:%d/",
		s->config->listen_host, port) < 0)
		return ERR_LIMIT;
	snprintf(text, sizeof text, "%s\n", s->config->base_url);
	return file_replace(s->state, STATE_BASE_URL, bytes_of_text(text), 0644, why);
}

static enum err
open_inner_socket(const struct server *s, const char *name, int *out, struct fault *why)
{
	char path[CONFIG_PATH_SIZE + 32];
	enum err e;

	snprintf(path, sizeof path, "%s/%s", s->config->state, name);
	if ((e = channel_listen(path, 0600, out, why)) != ERR_NONE)
		return e;
	if (fcntl(*out, F_SETFL, O_NONBLOCK) != 0)
		return fault_errno(why, "cannot set up %s", path);
	return ERR_NONE;
}

static enum err
prepare_store(const struct server *s, struct fault *why)
{
	static const struct contact vendor = { .name = "Holdfast Direct" };
	struct store *store = server_open_store(s->config->state);
	enum err e;

	if (store == NULL)
		return fault_set(why, ERR_IO, "the store cannot be used");
	e = authority_ensure_retail(store, &vendor, clock_wall());
	store->close(store);
	return e == ERR_NONE ? e : fault_set(why, e, "the store cannot be set up: %s", err_name(e));
}

/* Append "${name} ${value}" unless the value is empty. */
static void
add_option(const char **argv, size_t *n, const char *name, const char *value)
{
	if (value[0] == '\0')
		return;
	argv[(*n)++] = name;
	argv[(*n)++] = value;
}

static enum err
add_courier(struct server *s, struct fault *why)
{
	const char *argv[CHILD_ARGUMENTS_MAX] = { NULL };
	struct config *c = s->config;
	size_t n = 0;

	if (text_equal(config_payment(c), "stripe")) {
		add_option(argv, &n, "--stripe-key-file", c->stripe_key_file);
		add_option(argv, &n, "--stripe-api", c->stripe_api);
	}
	add_option(argv, &n, "--callbacks", config_callbacks(c));
	add_option(argv, &n, "--smtp-url", c->smtp_url);
	add_option(argv, &n, "--smtp-user", c->smtp_user);
	add_option(argv, &n, "--smtp-password-file", c->smtp_password_file);
	add_option(argv, &n, "--mail-from", c->mail_from);
	add_option(argv, &n, "--community-url", c->community_url);
	return children_add(&s->children, "courier", "holdfast-courier", argv, s->courier, why);
}

static enum err
add_clerk(struct server *s, struct fault *why)
{
	const char *argv[CHILD_ARGUMENTS_MAX] = { NULL };
	struct config *c = s->config;
	size_t n = 0;

	add_option(argv, &n, "--state", c->state);
	add_option(argv, &n, "--base-url", c->base_url);
	add_option(argv, &n, "--mail-from", c->mail_from);
	add_option(argv, &n, "--support-mail", c->support_mail);
	return children_add(&s->children, "clerk", "holdfast-clerk", argv, -1, why);
}

static enum err
add_web(struct server *s, struct fault *why)
{
	const char *argv[CHILD_ARGUMENTS_MAX] = { NULL };
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	struct config *c = s->config;
	int count = c->web_processes != 0 ? c->web_processes : cores > 60 ? 60 : (int)cores;
	enum err e = ERR_NONE;
	size_t n = 0;

	add_option(argv, &n, "--state", c->state);
	add_option(argv, &n, "--base-url", c->base_url);
	add_option(argv, &n, "--updates", c->updates);
	add_option(argv, &n, "--proxy", c->proxy);
	add_option(argv, &n, "--rate", c->rate);
	add_option(argv, &n, "--payment", config_payment(c));
	add_option(argv, &n, "--callbacks", config_callbacks(c));
	add_option(argv, &n, "--stripe-webhook-secret-file", c->stripe_webhook_secret_file);
	add_option(argv, &n, "--articles", c->articles);
	add_option(argv, &n, "--community-url", c->community_url);
	for (int i = 0; i < count && e == ERR_NONE; i++)
		e = children_add(&s->children, "web", "holdfast-web", argv, s->web, why);
	return e;
}

static enum err
add_children(struct server *s, struct fault *why)
{
	struct config *c = s->config;
	const char *signer[] = { "--keys", s->keys, "--issuer", c->base_url,
		c->epochs[0] == '\0' ? NULL : "--epochs", c->epochs, NULL };
	enum err e;

	if ((e = children_add(&s->children, "signer", "holdfast-signer", signer, s->signer, why)) !=
		ERR_NONE ||
	    (e = add_courier(s, why)) != ERR_NONE || (e = add_clerk(s, why)) != ERR_NONE)
		return e;
	return add_web(s, why);
}

static enum err
set_up(struct server *s, struct fault *why)
{
	enum err e;

	snprintf(s->keys, sizeof s->keys, "%s/" STATE_KEYS, s->config->state);
	if ((e = file_open_dir(AT_FDCWD, s->config->state, true, &s->state, why)) != ERR_NONE ||
	    (e = file_lock(s->state, STATE_LOCK, &s->lock, why)) != ERR_NONE) {
		if (e == ERR_CONFLICT)
			fault_set(why, e, "another server runs on %s", s->config->state);
		return e;
	}
	file_remove_leftovers(s->state);
	if ((e = prepare_store(s, why)) != ERR_NONE ||
	    (e = open_web_socket(s, why)) != ERR_NONE ||
	    (e = open_inner_socket(s, STATE_SIGNER_SOCKET, &s->signer, why)) != ERR_NONE ||
	    (e = open_inner_socket(s, STATE_COURIER_SOCKET, &s->courier, why)) != ERR_NONE)
		return e;
	return add_children(s, why);
}

static void
reap(struct server *s, bool stopping)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		children_ended(&s->children, pid, status, clock_boot_ms(), stopping);
}

/* Wait for a signal, or until a child is due. Returns the signal, or 0. */
static int
wait_for_signal(const sigset_t *set)
{
	struct timespec tenth = { 0, 100000000 };
	int got = sigtimedwait(set, NULL, &tenth);

	return got < 0 ? 0 : got;
}

static void
supervise(struct server *s, const sigset_t *set, bool ends_on_hangup)
{
	for (;;) {
		children_start_due(&s->children, clock_boot_ms());
		switch (wait_for_signal(set)) {
		case SIGTERM:
		case SIGINT:
			return;
		case SIGHUP:
			if (ends_on_hangup)
				return;
			log_info("reading the epoch keys again");
			/* Only it has any; the others would end, and cut check-ins off. */
			children_signal(&s->children, "holdfast-signer", SIGHUP);
			break;
		default:
			break;
		}
		reap(s, false);
	}
}

static void
reap_within(struct server *s, const sigset_t *set, int64_t ms)
{
	int64_t end = clock_boot_ms() + ms;

	while (children_running(&s->children) > 0 && clock_boot_ms() < end) {
		wait_for_signal(set);
		reap(s, true);
	}
}

static void
stop_children(struct server *s, const sigset_t *set)
{
	log_info("stopping");
	/* The clerk and the courier bring what is under way to its end, if that is soon; the signer has no such work. */
	children_signal(&s->children, NULL, SIGTERM);
	reap_within(s, set, STOP_WITHIN_MS);
	children_signal(&s->children, NULL, SIGKILL);
	reap_within(s, set, STOP_WITHIN_MS);
}

int
server_serve(const struct serving *serving)
{
	static struct server s;
	struct fault why = { ERR_NONE, "" };
	int status = EXIT_FAILED;
	sigset_t set;

	s.config = serving->config;
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	if (set_up(&s, &why) != ERR_NONE ||
	    serving->ready(serving->ctx, serving->config, &why) != ERR_NONE) {
		fprintf(stderr, "holdfast-server %s: %s\n", serving->command, why.text);
	} else {
		log_info("serving at %s, state in %s", s.config->base_url, s.config->state);
		supervise(&s, &set, serving->ends_on_hangup);
		stop_children(&s, &set);
		status = EXIT_DONE;
	}
	return status;
}

/* For whoever started it and waits: the address, on standard output. */
static enum err
print_base_url(void *ctx, const struct config *c, struct fault *why)
{
	(void)ctx;
	if (printf("%s\n", c->base_url) < 0 || fflush(stdout) != 0)
		return fault_errno(why, "cannot print the address");
	return ERR_NONE;
}

int
server_run(int argc, char **argv)
{
	static struct config config;
	struct serving serving = { "run", &config, print_base_url, NULL, false };
	int status;

	config_init(&config);
	if ((status = read_options(argc, argv, &config)) != EXIT_DONE)
		return status < 0 ? EXIT_DONE : status;
	return server_serve(&serving);
}
