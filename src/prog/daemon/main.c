/* holdfastd: the device's daemon. See doc/device.md. */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "agent/place.h"
#include "base/log.h"
#include "base/text.h"
#include "os/process.h"
#include "prog/daemon/daemon.h"

enum { EXIT_USAGE = 64, UPDATE_INTERVAL_S = 3600, UPDATE_INTERVAL_MAX_S = 7 * 86400 };

static const char usage[] =
    "usage: holdfastd [--state DIR] [--trust FILE] [--update-interval SPAN] [--workers N]\n"
    "                 [--limits LIST]\n"
    "       holdfastd --help | --version\n"
    "\n"
    "Protects this device: holds its lease, protection data, history and quarantine, and serves\n"
    "the command \"holdfast\" at DIR/" AGENT_SOCKET ". Stays in the foreground; logs to standard error.\n"
    "\n"
    "  --state DIR             where everything is kept (default " AGENT_STATE_DIR ")\n"
    "  --trust FILE            whom to trust (default " AGENT_TRUST_FILE ")\n"
    "  --update-interval SPAN  how often to look for new protection data, such as 5s, 60m, 4h\n"
    "                          (default 60m)\n"
    "  --workers N             scanning processes at most (default: one a processor)\n"
    "  --limits LIST           of each scan, such as depth=20,memory=64M,time=30s\n"
    "\n"
    "SIGTERM and SIGINT stop it after what is being quarantined or restored is done.\n"
    "See holdfastd(8).\n";

static int
wrong_use(const char *what)
{
	fprintf(stderr, "holdfastd: %s\n%s", what, usage);
	return EXIT_USAGE;
}

static unsigned
processors(void)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);

	return n < 1 ? 1 : n > POOL_WORKERS_MAX ? POOL_WORKERS_MAX : (unsigned)n;
}

/* -1: go on; else the exit status. */
static int
read_options(int argc, char **argv, struct daemon_options *out)
{
	enum { STATE = 1, TRUST, INTERVAL, WORKERS, LIMITS, FOREGROUND, HELP, VERSION };
	static const struct option options[] = { { "state", required_argument, NULL, STATE },
		{ "trust", required_argument, NULL, TRUST },
		{ "update-interval", required_argument, NULL, INTERVAL },
		{ "workers", required_argument, NULL, WORKERS },
		{ "limits", required_argument, NULL, LIMITS },
		{ "foreground", no_argument, NULL, FOREGROUND }, { "help", no_argument, NULL, HELP },
		{ "version", no_argument, NULL, VERSION }, { NULL, 0, NULL, 0 } };
	struct fault why;
	uint64_t n;
	int o;

	while ((o = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (o) {
		case STATE:
			out->state = optarg;
			break;
		case TRUST:
			out->trust = optarg;
			break;
		case INTERVAL:
			if (text_to_seconds(optarg, UPDATE_INTERVAL_MAX_S, &out->update_interval_s) !=
				ERR_NONE ||
			    out->update_interval_s < 1)
				return wrong_use("--update-interval must be a span from 1s to 7d");
			break;
		case WORKERS:
			if (text_to_u64(bytes_of_text(optarg), POOL_WORKERS_MAX, &n) != ERR_NONE || n < 1)
				return wrong_use("--workers must be a number from 1 to 256");
			out->workers = (unsigned)n;
			break;
		case LIMITS:
			if (scan_limits_change(&out->limits, optarg, &why) != ERR_NONE)
				return wrong_use(why.text);
			break;
		case FOREGROUND:	/* the only way that it runs */
			break;
		case HELP:
			fputs(usage, stdout);
			return EXIT_SUCCESS;
		case VERSION:
			puts("holdfastd " HOLDFAST_VERSION);
			return EXIT_SUCCESS;
		default:
			return wrong_use("unknown option");
		}
	}
	return optind == argc ? -1 : wrong_use("it takes no arguments");
}

static void
on_signal(evutil_socket_t fd, short what, void *ctx)
{
	(void)fd, (void)what;
	daemon_stop(ctx);
}

/* A window of descriptors for each scan may be more than the usual soft limit. */
static void
raise_descriptor_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return;
	limit.rlim_cur = limit.rlim_max < 65536 ? limit.rlim_max : 65536;
	setrlimit(RLIMIT_NOFILE, &limit);
}

int
main(int argc, char **argv)
{
	static struct daemon daemon;
	struct daemon_options options = { .state = AGENT_STATE_DIR,
		.trust = AGENT_TRUST_FILE,
		.update_interval_s = UPDATE_INTERVAL_S,
		.workers = processors(), .limits = scan_limits_default() };
	struct event *term = NULL, *interrupt = NULL;
	struct fault why = { ERR_NONE, "" };
	int status = read_options(argc, argv, &options);

	if (status >= 0)
		return status;
	log_init("holdfastd");
	process_protect_memory();
	raise_descriptor_limit();
	signal(SIGPIPE, SIG_IGN);
	/* A file-size limit is then an error like a full disk, here and in the processes started. */
	signal(SIGXFSZ, SIG_IGN);
	status = EXIT_FAILURE;
	if (daemon_open(&daemon, &options, &why) != ERR_NONE) {
		log_error("%s", why.text);
		goto done;
	}
	term = evsignal_new(daemon.base, SIGTERM, on_signal, &daemon);
	interrupt = evsignal_new(daemon.base, SIGINT, on_signal, &daemon);
	if (term == NULL || interrupt == NULL || event_add(term, NULL) != 0 ||
	    event_add(interrupt, NULL) != 0) {
		log_error("cannot wait for signals");
		goto done;
	}
	log_info("ready: state in %s, service %s", options.state, daemon.trust.server);
	daemon_run(&daemon);
	status = EXIT_SUCCESS;
done:
	if (term != NULL)
		event_free(term);
	if (interrupt != NULL)
		event_free(interrupt);
	daemon_close(&daemon);
	return status;
}
