/* holdfast-updater: does one job for holdfastd and ends. See agent/job.h and doc/device.md.
 * Talks to the network, so it holds nothing between jobs and, started as root, becomes another user
 * before it reads anything. */
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "agent/place.h"
#include "base/log.h"
#include "base/text.h"
#include "crypto/random.h"
#include "os/channel.h"
#include "os/process.h"
#include "prog/updater/account.h"
#include "prog/updater/release.h"

enum { EXIT_USAGE = 64 };

static const char usage[] =
    "usage: holdfast-updater [--help | --version]\n"
    "\n"
    "Does one job for holdfastd, which starts it with a channel at descriptor 3:\n"
    "a question to the service, or the download of protection data.\n"
    "It is of no use on its own. See holdfast-updater(8).\n";

static int
answer_options(int argc, char **argv)
{
	if (argc == 2 && text_equal(argv[1], "--help")) {
		fputs(usage, stdout);
		return EXIT_SUCCESS;
	}
	if (argc == 2 && text_equal(argv[1], "--version")) {
		puts("holdfast-updater " HOLDFAST_VERSION);
		return EXIT_SUCCESS;
	}
	fputs(usage, stderr);
	return EXIT_USAGE;
}

/* Whatever the network makes of this process, it shall not be root. */
static enum err
give_up_root(struct fault *why)
{
	const struct passwd *user;

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (geteuid() != 0 || (user = getpwnam(AGENT_UPDATER_USER)) == NULL)
		return ERR_NONE;
	if (setgroups(0, NULL) != 0 || setgid(user->pw_gid) != 0 || setuid(user->pw_uid) != 0)
		return fault_errno(why, "cannot become the user %s", AGENT_UPDATER_USER);
	return ERR_NONE;
}

static void
do_job(const struct job *job, struct channel_message *m, struct outcome *out, int *database)
{
	struct fault why;

	if (job->kind != JOB_UPDATE) {
		account_ask(job, out);
	} else if (m->fd_count < 2 || m->fd_count > 3) {
		fault_set(&why, ERR_MALFORMED, "an update needs two or three descriptors");
		account_fault(&why, out);
	} else {
		release_fetch(job, &(struct release_files){ m->fds[0], m->fds[1], m->fd_count == 3 ? m->fds[2] : -1 }, out,
		    database);
	}
}

static enum err
answer(const struct outcome *out, int database)
{
	struct buf message;
	enum err e;

	buf_init(&message, CHANNEL_MESSAGE_MAX);
	outcome_write(out, &message);
	if ((e = message.err) == ERR_NONE)
		e = channel_send(AGENT_JOB_FD, buf_bytes(&message), &database,
		    database >= 0 ? 1 : 0);
	if (message.p != NULL)
		random_forget(message.p, message.n);
	buf_fini(&message);
	return e;
}

int
main(int argc, char **argv)
{
	static uint8_t room[CHANNEL_MESSAGE_MAX];
	static struct outcome out;
	static struct job job;
	struct channel_message m;
	struct fault why = { ERR_NONE, "" };
	int database = -1;
	enum err e;

	log_init("holdfast-updater");
	if (argc > 1)
		return answer_options(argc, argv);
	process_protect_memory();
	if (channel_receive(AGENT_JOB_FD, room, &m) != ERR_NONE)
		return answer_options(argc, argv);
	if (job_read(m.body, &job) != ERR_NONE) {
		log_error("the job makes no sense");
		return EXIT_FAILURE;
	}
	random_forget(room, sizeof room);
	if (give_up_root(&why) != ERR_NONE)
		account_fault(&why, &out);
	else
		do_job(&job, &m, &out, &database);
	e = answer(&out, database);
	random_forget(&job, sizeof job);
	random_forget(&out, sizeof out);
	channel_close_fds(&m);
	/* When the daemon has gone, nobody waits for the answer any more. */
	return e == ERR_NONE || e == ERR_CLOSED ? EXIT_SUCCESS : EXIT_FAILURE;
}
