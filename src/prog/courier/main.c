/* prog/courier/main.c: everything that goes out: now the question to a provider's system whether a
 * subscription is in order. Has the network; has no store and no key. Started by holdfast-server with its
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
#include "service/recheck.h"

enum {
	LISTENER = 3,
	ASK_TIMEOUT_MS = 4000,	/* below what the person waits for */
	ANSWER_MAX = 16384,	/* a small JSON object, whatever else the provider adds */
	MESSAGE_WAIT_MS = 200	/* a web process sends its question with the connection */
};

static const char usage[] = "usage: holdfast-courier\n"
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

static void
take_question(struct http_client *client)
{
	static uint8_t room[CHANNEL_MESSAGE_MAX];
	struct recheck_request q;
	struct channel_message m;
	uid_t uid;
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
	if (recheck_read_request(m.body, &q) != ERR_NONE ||
	    ask_provider(client, &q, fd) != ERR_NONE) {
		log_warn("a question was not asked");
		close(fd);
	}
}

static void
read_options(int argc, char **argv)
{
	static const struct option known[] = { { "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' }, { 0 } };
	int o = getopt_long(argc, argv, "", known, NULL);

	if (o == 'h')
		fputs(usage, stdout);
	else if (o == 'V')
		puts("holdfast-courier " HOLDFAST_VERSION);
	else if (o == -1 && optind == argc)
		return;
	else
		fputs(usage, stderr);
	exit(o == 'h' || o == 'V' ? 0 : 2);
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
	struct http_client *client;
	struct fault why;

	log_init("holdfast-courier");
	read_options(argc, argv);
	process_protect_memory();
	signal(SIGPIPE, SIG_IGN);
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
		take_question(client);
		if (http_client_turn(client, LISTENER, 1000) != ERR_NONE)
			log_warn("the network library failed; going on");
	}
}
