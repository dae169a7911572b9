/* prog/courier/main.c: everything that goes out: the question to a provider's system whether a subscription is in
 * order, to the payment service for a place to pay at, and to the community's site for what it knows; what the clerk hands over for receivers and for the mail
 * server. Has the network; has no store and no key. Started by holdfast-server with its listening socket as
 * descriptor 3; each connection carries one question. */
#include <getopt.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "base/text.h"
#include "codec/encode.h"
#include "codec/json.h"
#include "entitle/endpoint.h"
#include "net/http_client.h"
#include "os/channel.h"
#include "os/clock.h"
#include "os/landlock.h"
#include "os/process.h"
#include "outgoing/delivery_message.h"
#include "prog/courier/community.h"
#include "prog/courier/deliveries.h"
#include "prog/courier/payments.h"
#include "service/payment.h"
#include "service/recheck.h"
#include "support/community.h"

enum {
	LISTENER = 3,
	ASK_TIMEOUT_MS = 4000,	/* below what the person waits for */
	ANSWER_MAX = 16384,	/* a small JSON object, whatever else the provider adds */
	MESSAGE_WAIT_MS = 200,	/* who connects sends the question with the connection */
	DRAIN_MS = 4000		/* below what the parent waits for us */
};

static const char usage[] = "usage: holdfast-courier [--stripe-key-file FILE [--stripe-api URL]]\n"
			    "         [--callbacks public|private|development] [--smtp-url URL --mail-from ADDRESS\n"
			    "         [--smtp-user NAME --smtp-password-file FILE]] [--community-url URL]\n"
			    "Started by holdfast-server, which passes the listening socket as "
			    "descriptor 3.\n";

/* What the word in "state" means: our own words, and those of a TMF638 service, of which every other stands for one
 * that does not run (yet). */
static const struct {
	const char *word;
	enum verify_answer answer;
} states[] = {
	{ "active", VERIFY_ACTIVE },
	{ "suspended", VERIFY_SUSPENDED },
	{ "cancelled", VERIFY_CANCELLED },
	{ "inactive", VERIFY_SUSPENDED },
	{ "reserved", VERIFY_SUSPENDED },
	{ "designed", VERIFY_SUSPENDED },
	{ "feasibilityChecked", VERIFY_SUSPENDED },
	{ "terminated", VERIFY_CANCELLED },
};

/* 404: it has no such subscription. Else the answer is a JSON object, or the list with one that a TMF638 query gives; what else it says does not matter. */
static enum verify_answer
read_state(const struct http_answer *answer)
{
	enum verify_answer result = VERIFY_UNREACHABLE;
	json_t *value = NULL;
	const char *state;

	if (answer->status == 404)
		return VERIFY_MISSING;
	if (answer->status != 200 ||
	    json_parse(buf_bytes(&answer->body), &value, NULL) != ERR_NONE)
		return VERIFY_UNREACHABLE;
	state = json_string_value(json_object_get(
	    json_array_size(value) == 1 ? json_array_get(value, 0) : value, "state"));
	for (size_t i = 0; state != NULL && i < sizeof states / sizeof states[0]; i++)
		if (text_equal(state, states[i].word))
			result = states[i].answer;
	json_decref(value);
	return result;
}

/* ${ctx} holds the connection to the web process that asked. */
static void
provider_spoke(void *ctx, enum err e, const struct http_answer *answer, const struct fault *why)
{
	enum verify_answer result = VERIFY_UNREACHABLE;
	int *asker = ctx;
	struct buf b;

	if (e == ERR_NONE)
		result = read_state(answer);
	if (e != ERR_NONE)
		log_warn("a provider's system: %s", why->text);
	else if (result == VERIFY_UNREACHABLE)
		log_warn("a provider's system answered %d without a state that is known",
		    answer->status);
	buf_init(&b, 64);
	recheck_write_answer(result, &b);
	/* A web process that stopped waiting is no trouble of ours. */
	if (b.err == ERR_NONE)
		channel_send(*asker, buf_bytes(&b), NULL, 0);
	buf_fini(&b);
	close(*asker);
	free(asker);
}

/* The external id stands where the address says {id}, as in …/service/{id}; else it is a parameter. */
static void
write_question(const struct recheck_request *q, struct buf *url)
{
	const char *place = strstr(q->url, "{id}");

	if (place == NULL) {
		buf_printf(url, "%s%csubscription=", q->url, strchr(q->url, '?') == NULL ? '?' : '&');
		encode_url(q->external_id, url);
		return;
	}
	buf_put(url, bytes_of(q->url, (size_t)(place - q->url)));
	encode_url(q->external_id, url);
	buf_put_string(url, place + 4);
}

static enum err
ask_provider(struct http_client *client, const struct recheck_request *q, int asker)
{
	struct http_call call = { .method = "GET", .timeout_ms = ASK_TIMEOUT_MS,
		.max_answer = ANSWER_MAX, .sink = -1 };
	int *ctx = malloc(sizeof *ctx);
	struct buf url;
	char *text = NULL;
	enum err e = ERR_NOMEM;

	buf_init(&url, 4096);
	write_question(q, &url);
	if (ctx == NULL || (text = buf_take_string(&url)) == NULL)
		goto done;
	*ctx = asker;
	call.url = text;
	call.bearer = q->token[0] == '\0' ? NULL : q->token;
	/* A secret goes out in the clear to nobody but this machine itself. */
	if (call.bearer != NULL && !http_url_is_private(text)) {
		log_error("a provider's verify address is not https: its token is not sent");
		e = ERR_DENIED;
		goto done;
	}
	if ((e = http_client_start(client, &call, provider_spoke, ctx)) == ERR_NONE)
		ctx = NULL;
done:
	buf_fini(&url);
	free(text);
	free(ctx);
	return e;
}

struct courier {
	struct http_client *client;
	struct payments payments;
	struct deliveries deliveries;
	const char *community;	/* its site's address; NULL: there is none */
};

static enum err
ask(const struct courier *c, struct bytes message, int asker)
{
	uint8_t kind = message.n > 0 ? message.p[0] : 0;
	struct http_client *client = c->client;
	struct recheck_request q;
	enum err e;

	if (kind == PAYMENT_ASK)
		return payments_start(&c->payments, client, message, asker);
	if (kind == COMMUNITY_ASK)
		return community_start(c->community, client, message, asker);
	if (kind == DELIVERY_POST || kind == DELIVERY_SEND_MAIL)
		return deliveries_start(&c->deliveries, client, message, asker);
	e = recheck_read_request(message, &q);
	return e == ERR_NONE ? ask_provider(client, &q, asker) : e;
}

static void
take_question(const struct courier *c)
{
	static uint8_t room[CHANNEL_MESSAGE_MAX];
	struct channel_message m;
	uid_t uid;
	enum err e;
	pid_t pid;
	int fd;

	if (channel_accept(LISTENER, &fd) != ERR_NONE)
		return;
	if (channel_peer(fd, &uid, &pid) != ERR_NONE || uid != getuid() ||
	    channel_receive_within(fd, MESSAGE_WAIT_MS, room, &m) != ERR_NONE) {
		close(fd);
		return;
	}
	channel_close_fds(&m);
	if ((e = ask(c, m.body, fd)) != ERR_NONE) {
		log_warn("a question was not asked: %s", err_name(e));
		close(fd);
	}
}

struct options {
	const char *stripe_key_file, *stripe_api;
	const char *callbacks, *smtp_url, *smtp_user, *smtp_password_file, *mail_from, *community_url;
};

/* Those that take a value, and where it goes. */
static const struct {
	const char *name;
	size_t offset;
} values[] = {
	{ "stripe-key-file", offsetof(struct options, stripe_key_file) },
	{ "stripe-api", offsetof(struct options, stripe_api) },
	{ "callbacks", offsetof(struct options, callbacks) },
	{ "smtp-url", offsetof(struct options, smtp_url) },
	{ "smtp-user", offsetof(struct options, smtp_user) },
	{ "smtp-password-file", offsetof(struct options, smtp_password_file) },
	{ "mail-from", offsetof(struct options, mail_from) },
	{ "community-url", offsetof(struct options, community_url) },
};
enum { VALUES = sizeof values / sizeof values[0] };

static void
read_options(int argc, char **argv, struct options *out)
{
	struct option known[VALUES + 3] = { { 0 } };
	int o, which = 0;

	for (size_t i = 0; i < VALUES; i++)
		known[i] = (struct option){ values[i].name, required_argument, NULL, 0 };
	known[VALUES] = (struct option){ "help", no_argument, NULL, 'h' };
	known[VALUES + 1] = (struct option){ "version", no_argument, NULL, 'V' };
	while ((o = getopt_long(argc, argv, "", known, &which)) != -1) {
		switch (o) {
		case 0:
			*(const char **)((char *)out + values[which].offset) = optarg;
			break;
		case 'h':
			fputs(usage, stdout);
			exit(0);
		case 'V':
			puts("holdfast-courier " HOLDFAST_VERSION);
			exit(0);
		default:
			fputs(usage, stderr);
			exit(2);
		}
	}
	if (optind == argc && (out->smtp_url == NULL || out->mail_from != NULL))
		return;
	fputs(usage, stderr);
	exit(2);
}

/* Whom callbacks may reach, in the network's words. */
static enum address_reach
reach_of(const char *name)
{
	static const enum address_reach reaches[REACH_COUNT] = {
		[REACH_NONE] = ADDRESS_REACH_PUBLIC,
		[REACH_PUBLIC] = ADDRESS_REACH_PUBLIC,
		[REACH_PRIVATE] = ADDRESS_REACH_PRIVATE,
		[REACH_DEVELOPMENT] = ADDRESS_REACH_DEVELOPMENT,
	};
	enum reach reach = REACH_NONE;

	if (name != NULL && !reach_from_name(name, &reach)) {
		fputs(usage, stderr);
		exit(2);
	}
	return reaches[reach];
}

/* What the network libraries read: resolver, certificates, time zones. Nothing of the server's. */
static enum err
confine(struct fault *why)
{
	const struct landlock_path paths[] = { { "/etc", LANDLOCK_READ }, { "/usr", LANDLOCK_READ },
		{ "/lib", LANDLOCK_READ }, { "/run/systemd/resolve", LANDLOCK_READ },
		{ "/dev/null", LANDLOCK_WRITE }, { "/dev/urandom", LANDLOCK_READ },
		{ getenv("SSL_CERT_FILE"), LANDLOCK_READ }, { getenv("SSL_CERT_DIR"), LANDLOCK_READ } };

	return landlock_confine(paths, sizeof paths / sizeof paths[0], true, why);
}

static volatile sig_atomic_t stopping;

static void
stop(int signal_number)
{
	(void)signal_number;
	stopping = 1;
}

/* The listener does not block: every turn takes what question there is. */
static void
serve(struct courier *c)
{
	int64_t end;

	while (!stopping) {
		take_question(c);
		if (http_client_turn(c->client, LISTENER, 1000) != ERR_NONE)
			log_warn("the network library failed; going on");
	}
	/* Nothing new; what is under way is brought to its end, as far as there is time. */
	end = clock_boot_ms() + DRAIN_MS;
	while (http_client_busy(c->client) > 0 && clock_boot_ms() < end)
		http_client_turn(c->client, -1, 100);
}

/* Secrets are read before the files that hold them are out of reach. */
static void
set_up(struct courier *c, const struct options *options)
{
	struct fault why;

	c->deliveries = (struct deliveries){ .reach = reach_of(options->callbacks),
		.smtp_url = options->smtp_url, .smtp_user = options->smtp_user,
		.mail_from = options->mail_from };
	c->community = options->community_url;
	/* Without it persons cannot pay; all else goes on. */
	if (options->stripe_key_file != NULL &&
	    payments_init(&c->payments, options->stripe_key_file, options->stripe_api, &why) != ERR_NONE)
		log_error("%s", why.text);
	/* Without it the mail server lets nobody in; mail waits. */
	if (options->smtp_password_file != NULL &&
	    deliveries_read_password(&c->deliveries, options->smtp_password_file, &why) != ERR_NONE)
		log_error("%s", why.text);
}

int
main(int argc, char **argv)
{
	struct options options = { .stripe_api = STRIPE_API };
	const struct sigaction on_term = { .sa_handler = stop };
	static struct courier courier;
	struct fault why;

	log_init("holdfast-courier");
	read_options(argc, argv, &options);
	process_protect_memory();
	signal(SIGPIPE, SIG_IGN);
	/* Not restarted: a wait for the network ends with the signal. */
	sigaction(SIGTERM, &on_term, NULL);
	set_up(&courier, &options);
	if (confine(&why) != ERR_NONE) {
		log_error("%s", why.text);
		return 1;
	}
	if (http_client_new(&courier.client) != ERR_NONE) {
		log_error("out of memory");
		return 1;
	}
	serve(&courier);
	http_client_free(courier.client);
	return 0;
}
