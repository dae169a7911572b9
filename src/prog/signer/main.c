/* prog/signer/main.c: signs leases and wraps epoch keys. Holds the keys; has no network and no store, and
 * parses nothing but the one request that its table permits. Started by holdfast-server with its
 * listening socket as descriptor 3. */
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "base/text.h"
#include "crypto/seal.h"
#include "os/channel.h"
#include "os/landlock.h"
#include "os/process.h"
#include "prog/signer/keys.h"
#include "service/signing.h"

enum {
	LISTENER = 3,
	CLIENTS_MAX = 64,	/* one for each web process; cores are fewer */
	LEASE_MAX_S = 31 * 86400 /* no lease that we sign lives longer, whoever asks */
};

static const char usage[] =
    "usage: holdfast-signer --keys DIR --issuer URL [--epochs DIR]\n"
    "Started by holdfast-server, which passes the listening socket as descriptor 3.\n";

struct signer {
	struct signer_keys keys;
	const char *issuer, *keys_dir, *epochs_dir;
};

static volatile sig_atomic_t reload_wanted;

static void
want_reload(int signal_number)
{
	(void)signal_number;
	reload_wanted = 1;
}

/* Never sign what no rule of ours would make. */
static const char *
find_objection(const struct lease *l)
{
	if (l->expires <= l->issued || l->expires - l->issued > LEASE_MAX_S)
		return "the lease's time is out of bounds";
	if (l->grace_s < 0 || l->grace_s > LEASE_MAX_S)
		return "the lease's grace is out of bounds";
	if ((l->features & ~(unsigned)FEATURES_ALL) != 0 ||
	    (l->features == 0) != (l->reason != REASON_NONE))
		return "the lease's features and reason contradict each other";
	if (l->ending != REASON_NONE && (l->features == 0 || l->grace_s != 0))
		return "the lease ends for a reason, and grants nothing or a grace";
	if (l->device[0] == '\0' || l->nonce[0] == '\0')
		return "the lease names no device or no nonce";
	return NULL;
}

static enum err
wrap_epochs(const struct signer *s, struct signing_request *q)
{
	struct seal_box_public to;
	enum err e = ERR_NONE;

	_Static_assert(sizeof to.key == sizeof q->device_key, "one form of device key");
	_Static_assert(EPOCH_KEY_SIZE + SEAL_BOX_OVERHEAD == WRAPPED_KEY_SIZE, "a wrapped key");
	memcpy(to.key, q->device_key, sizeof to.key);
	for (size_t i = 0; i < s->keys.epoch_count && e == ERR_NONE; i++) {
		struct lease_epoch *epoch = &q->lease.epochs[i];

		memcpy(epoch->name, s->keys.epochs[i].name, sizeof epoch->name);
		e = seal_wrap(&to, bytes_of(s->keys.epochs[i].key, EPOCH_KEY_SIZE), epoch->wrapped);
	}
	q->lease.epoch_count = s->keys.epoch_count;
	return e;
}

static void
answer_lease(const struct signer *s, struct bytes message, struct buf *out)
{
	struct signing_request q;
	const char *objection;
	struct buf lease;

	buf_init(&lease, LEASE_MAX * 2);
	if (signing_read_request(message, &q) != ERR_NONE) {
		signing_write_refused("the request is malformed", out);
		goto done;
	}
	if ((objection = find_objection(&q.lease)) != NULL) {
		signing_write_refused(objection, out);
		goto done;
	}
	/* What is not entitled to updates gets no key to read them with. */
	if (text_copy(q.lease.issuer, sizeof q.lease.issuer, s->issuer) != ERR_NONE ||
	    ((q.lease.features & FEATURE_UPDATE) != 0 && wrap_epochs(s, &q) != ERR_NONE) ||
	    lease_sign(&q.lease, &s->keys.lease, &lease) != ERR_NONE)
		signing_write_refused("the lease cannot be made", out);
	else
		signing_write_signed(buf_bytes(&lease), out);
done:
	buf_fini(&lease);
}

typedef void request_fn(const struct signer *s, struct bytes message, struct buf *out);

/* What a web process may ask of the signer. No handler: the connection is closed. */
static request_fn *const permitted[256] = {
	[SIGNING_LEASE] = answer_lease,
};

/* False: the client has gone or asked what it may not. */
static bool
serve_client(const struct signer *s, int fd)
{
	static uint8_t room[CHANNEL_MESSAGE_MAX];
	struct channel_message m;
	request_fn *handler;
	struct buf answer;
	bool good = false;

	if (channel_receive(fd, room, &m) != ERR_NONE)
		return false;
	channel_close_fds(&m);
	if ((handler = permitted[m.body.p[0]]) == NULL) {
		log_warn("a request of an unknown kind: closing the connection");
		return false;
	}
	buf_init(&answer, CHANNEL_MESSAGE_MAX);
	handler(s, m.body, &answer);
	if (answer.err == ERR_NONE)
		good = channel_send(fd, buf_bytes(&answer), NULL, 0) == ERR_NONE;
	buf_fini(&answer);
	return good;
}

static void
accept_client(struct pollfd *fds, nfds_t *count)
{
	uid_t uid;
	pid_t pid;
	int fd;

	if (channel_accept(LISTENER, &fd) != ERR_NONE)
		return;
	if (*count == CLIENTS_MAX + 1 || channel_peer(fd, &uid, &pid) != ERR_NONE ||
	    uid != getuid()) {
		log_warn("a connection from a stranger, or one too many: refused");
		close(fd);
		return;
	}
	fds[(*count)++] = (struct pollfd){ .fd = fd, .events = POLLIN };
}

static void
reload(struct signer *s)
{
	struct signer_keys fresh;
	struct fault why;

	reload_wanted = 0;
	if (signer_keys_load(s->keys_dir, s->epochs_dir, &fresh, &why) != ERR_NONE) {
		log_error("keys not reloaded: %s", why.text);
		return;
	}
	s->keys = fresh;
	signer_keys_forget(&fresh);
	log_info("keys reloaded: %zu epochs", s->keys.epoch_count);
}

static void
serve(struct signer *s)
{
	struct pollfd fds[CLIENTS_MAX + 1] = { { .fd = LISTENER, .events = POLLIN } };
	nfds_t count = 1;

	for (;;) {
		if (reload_wanted)
			reload(s);
		if (poll(fds, count, -1) <= 0)
			continue;
		for (nfds_t i = count; i > 1; i--) {
			if (fds[i - 1].revents == 0 || serve_client(s, fds[i - 1].fd))
				continue;
			close(fds[i - 1].fd);
			fds[i - 1] = fds[--count];
		}
		if (fds[0].revents != 0)
			accept_client(fds, &count);
	}
}

static void
read_options(int argc, char **argv, struct signer *s)
{
	static const struct option known[] = { { "keys", required_argument, NULL, 'k' },
		{ "issuer", required_argument, NULL, 'i' },
		{ "epochs", required_argument, NULL, 'e' }, { "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' }, { 0 } };
	int o;

	while ((o = getopt_long(argc, argv, "", known, NULL)) != -1) {
		switch (o) {
		case 'k':
			s->keys_dir = optarg;
			break;
		case 'i':
			s->issuer = optarg;
			break;
		case 'e':
			s->epochs_dir = optarg;
			break;
		case 'h':
			fputs(usage, stdout);
			exit(0);
		case 'V':
			puts("holdfast-signer " HOLDFAST_VERSION);
			exit(0);
		default:
			fputs(usage, stderr);
			exit(2);
		}
	}
	if (s->keys_dir == NULL || s->issuer == NULL || optind != argc) {
		fputs(usage, stderr);
		exit(2);
	}
}

/* The keys, which SIGHUP has read again, and nothing else. */
static enum err
confine(const struct signer *s, struct fault *why)
{
	const struct landlock_path paths[] = { { s->keys_dir, LANDLOCK_READ },
		{ s->epochs_dir, LANDLOCK_READ } };

	return landlock_confine(paths, sizeof paths / sizeof paths[0], false, why);
}

int
main(int argc, char **argv)
{
	struct sigaction on_hup = { .sa_handler = want_reload };
	struct signer s = { .issuer = NULL };
	struct fault why;

	log_init("holdfast-signer");
	read_options(argc, argv, &s);
	process_protect_memory();
	signal(SIGPIPE, SIG_IGN);
	sigaction(SIGHUP, &on_hup, NULL);
	/* The first start makes a key: after that there is nothing to write. */
	if (signer_keys_load(s.keys_dir, s.epochs_dir, &s.keys, &why) != ERR_NONE ||
	    confine(&s, &why) != ERR_NONE) {
		log_error("%s", why.text);
		return 1;
	}
	serve(&s);
}
