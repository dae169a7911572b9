/* prog/courier/main.c: everything that goes out: the question to a provider's system whether a subscription
 * is in order, and to the payment service for a place to pay at. Has the network; has no store and no key. Started by holdfast-server with its
 * listening socket as descriptor 3; each connection carries one question. */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "base/text.h"
#include "codec/encode.h"
#include "codec/json.h"
#include "net/http_client.h"
#include "os/channel.h"
#include "os/landlock.h"
#include "os/process.h"
#include "prog/courier/payments.h"
#include "service/payment.h"
#include "service/recheck.h"

enum {
	LISTENER = 3,
	ASK_TIMEOUT_MS = 4000,	/* below what the person waits for */
	ANSWER_MAX = 16384,	/* a small JSON object, whatever else the provider adds */
	MESSAGE_WAIT_MS = 200	/* a web process sends its question with the connection */
};

static const char usage[] = "usage: holdfast-courier [--stripe-key-file FILE [--stripe-api URL]]\n"
			    "Started by holdfast-server, which passes the listening socket as "
			    "descriptor 3.\n";

/* The answer says {"state": "active" | "suspended" | "cancelled"}; what else it says does not matter. */
static enum verify_answer
read_state(const struct http_answer *answer)
{
	enum verify_answer result = VERIFY_UNREACHABLE;
	json_t *value = NULL;
	const char *state;

	if (answer->status != 200 ||
	    json_parse(buf_bytes(&answer->body), &value, NULL) != ERR_NONE)
		return VERIFY_UNREACHABLE;
	state = json_string_value(json_object_get(value, "state"));
	if (state != NULL && text_equal(state, "active"))
		result = VERIFY_ACTIVE;
	else if (state != NULL && text_equal(state, "suspended"))
		result = VERIFY_SUSPENDED;
	else if (state != NULL && text_equal(state, "cancelled"))
		result = VERIFY_CANCELLED;
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
	buf_printf(&url, "%s%csubscription=", q->url, strchr(q->url, '?') == NULL ? '?' : '&');
	encode_url(q->external_id, &url);
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

static enum err
ask(struct http_client *client, const struct payments *payments, struct bytes message, int asker)
{
	struct recheck_request q;
	enum err e;

	if (message.n > 0 && message.p[0] == PAYMENT_ASK)
		return payments_start(payments, client, message, asker);
	e = recheck_read_request(message, &q);
	return e == ERR_NONE ? ask_provider(client, &q, asker) : e;
}

static void
take_question(struct http_client *client, const struct payments *payments)
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
	if ((e = ask(client, payments, m.body, fd)) != ERR_NONE) {
		log_warn("a question was not asked: %s", err_name(e));
		close(fd);
	}
}

struct options {
	const char *stripe_key_file, *stripe_api;
};

static void
read_options(int argc, char **argv, struct options *out)
{
	static const struct option known[] = { { "stripe-key-file", required_argument, NULL, 'k' },
		{ "stripe-api", required_argument, NULL, 'a' }, { "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' }, { 0 } };
	int o;

	while ((o = getopt_long(argc, argv, "", known, NULL)) != -1) {
		switch (o) {
		case 'k':
			out->stripe_key_file = optarg;
			break;
		case 'a':
			out->stripe_api = optarg;
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
	if (optind == argc)
		return;
	fputs(usage, stderr);
	exit(2);
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

int
main(int argc, char **argv)
{
	struct options options = { .stripe_api = STRIPE_API };
	struct payments payments = { .api = NULL };
	struct http_client *client;
	struct fault why;

	log_init("holdfast-courier");
	read_options(argc, argv, &options);
	process_protect_memory();
	signal(SIGPIPE, SIG_IGN);
	/* Without it persons cannot pay; all else goes on. */
	if (options.stripe_key_file != NULL &&
	    payments_init(&payments, options.stripe_key_file, options.stripe_api, &why) != ERR_NONE)
		log_error("%s", why.text);
	if (confine(&why) != ERR_NONE) {
		log_error("%s", why.text);
		return 1;
	}
	if (http_client_new(&client) != ERR_NONE) {
		log_error("out of memory");
		return 1;
	}
	/* The listener does not block: every turn takes what question there is. */
	for (;;) {
		take_question(client, &payments);
		if (http_client_turn(client, LISTENER, 1000) != ERR_NONE)
			log_warn("the network library failed; going on");
	}
}
