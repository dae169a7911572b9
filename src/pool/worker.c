/* pool/worker.c: see worker.h. */
#include "pool/worker.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/channel.h"
#include "os/clock.h"
#include "os/process.h"

static enum err
send_setup(int channel, const struct message_setup *setup)
{
	struct buf b;
	enum err e;

	buf_init(&b, CHANNEL_MESSAGE_MAX);
	message_write_setup(setup, &b);
	e = b.err != ERR_NONE ? b.err : channel_send(channel, buf_bytes(&b), NULL, 0);
	buf_fini(&b);
	return e;
}

/* The page of its progress, of a size that nobody can change. -1: there is none. */
static int
make_progress(const volatile uint32_t **out)
{
	int fd = memfd_create("progress", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	void *p;

	if (fd < 0)
		return -1;
	if (ftruncate(fd, sizeof **out) != 0 ||
	    fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0 ||
	    (p = mmap(NULL, sizeof **out, PROT_READ, MAP_SHARED, fd, 0)) == MAP_FAILED) {
		close(fd);
		return -1;
	}
	*out = p;
	return fd;
}

enum err
worker_start(struct worker *w, const char *path, uid_t uid, int database,
    const struct message_setup *setup, struct fault *why)
{
	char number[16];
	const char *argv[] = { path, "--uid", number, NULL };
	const volatile uint32_t *progress = NULL;
	int ends[2], fds[3];
	pid_t pid;
	enum err e;

	snprintf(number, sizeof number, "%lu", (unsigned long)(uid == 0 ? 65534 : uid));
	if ((e = channel_pair(ends)) != ERR_NONE)
		return fault_set(why, e, "cannot make a channel to a scan worker");
	fds[0] = ends[1];
	fds[1] = database;
	fds[2] = make_progress(&progress);
	e = fds[2] < 0 ? fault_errno(why, "cannot make a page for a scan worker") :
			 process_start(path, argv, fds, 3, &pid, why);
	close(ends[1]);
	if (fds[2] >= 0)
		close(fds[2]);
	if (e != ERR_NONE) {
		close(ends[0]);
		if (progress != NULL)
			munmap((void *)(uintptr_t)progress, sizeof *progress);
		return e;
	}
	*w = (struct worker){ .state = WORKER_STARTING, .pid = pid, .channel = ends[0],
		.progress = progress };
	w->born = clock_boot_ms();
	w->deadline = w->born + POOL_START_MS;
	if (fcntl(w->channel, F_SETFL, O_NONBLOCK) != 0 ||
	    (e = send_setup(w->channel, setup)) != ERR_NONE) {
		worker_stop(w, NULL, 0);
		return fault_set(why, ERR_CLOSED, "a scan worker ended as soon as it was started");
	}
	return ERR_NONE;
}

static void
set_deadline(struct worker *w, int64_t time_ms)
{
	int64_t grace = time_ms / 8 > POOL_GRACE_MS ? time_ms / 8 : POOL_GRACE_MS;

	w->deadline = clock_boot_ms() + time_ms + grace;
}

enum err
worker_send(struct worker *w, const struct object *objects, size_t count, int64_t time_ms)
{
	struct message_object m[MESSAGE_OBJECTS_MAX];
	int fds[MESSAGE_OBJECTS_MAX];
	struct buf b;
	enum err e;

	assert(w->state == WORKER_READY && count >= 1 && count <= MESSAGE_OBJECTS_MAX &&
	    w->held_count + count <= POOL_PIPELINE);
	for (size_t i = 0; i < count; i++) {
		m[i] = (struct message_object){ objects[i].tag, objects[i].size };
		fds[i] = objects[i].fd;
	}
	buf_init(&b, CHANNEL_MESSAGE_MAX);
	message_write_objects(m, count, &b);
	e = b.err != ERR_NONE ? b.err : channel_send(w->channel, buf_bytes(&b), fds, count);
	buf_fini(&b);
	if (e != ERR_NONE)
		return e;
	if (w->held_count == 0)
		set_deadline(w, time_ms);
	memcpy(w->held + w->held_count, objects, count * sizeof *objects);
	w->held_count += count;
	return ERR_NONE;
}

size_t
worker_at(const struct worker *w)
{
	/* It counts from its start; what it was heard of is served. */
	uint32_t ahead = *w->progress - (uint32_t)w->served;

	return ahead < w->held_count ? ahead : 0;
}

/* The first ${n} that it holds have their verdicts. */
static void
drop_first(struct worker *w, size_t n, int64_t time_ms)
{
	for (size_t i = 0; i < n; i++)
		close(w->held[i].fd);
	w->held_count -= n;
	memmove(&w->held[0], &w->held[n], w->held_count * sizeof w->held[0]);
	w->served += n;
	set_deadline(w, time_ms);
}

/* All of them, or none: one that does not fit spoils its message. */
static enum worker_said
hear_verdicts(struct worker *w, int64_t time_ms, struct reader *r, struct worker_message *out)
{
	bool good = w->state == WORKER_READY;

	out->count = 0;
	while (good && (out->count == 0 || r->rest.n > 0)) {
		size_t i = out->count;

		good = i < w->held_count &&
		    message_take_verdict(r, &out->tags[i], &out->verdicts[i]) == ERR_NONE;
		if (!good)
			break;
		out->count++;
		good = out->tags[i] == w->held[i].tag && out->verdicts[i].finished;
	}
	if (good && reader_is_done(r)) {
		drop_first(w, out->count, time_ms);
		return WORKER_SAID_VERDICT;
	}
	for (size_t i = 0; i < out->count; i++)
		verdict_fini(&out->verdicts[i]);
	return WORKER_SAID_NONSENSE;
}

static enum worker_said
judge(struct worker *w, int64_t time_ms, struct bytes body, struct worker_message *out,
    struct fault *why)
{
	struct reader r = reader_over(body);

	switch (message_kind(&r)) {
	case MESSAGE_READY:
		if (w->state != WORKER_STARTING ||
		    message_read_ready(&r, &out->ready) != ERR_NONE)
			return WORKER_SAID_NONSENSE;
		w->state = WORKER_READY;
		return WORKER_SAID_READY;
	case MESSAGE_FAULT:
		if (w->state != WORKER_STARTING || message_read_fault(&r, why) != ERR_NONE)
			return WORKER_SAID_NONSENSE;
		return WORKER_SAID_FAULT;
	case MESSAGE_VERDICT:
		return hear_verdicts(w, time_ms, &r, out);
	default:
		return WORKER_SAID_NONSENSE;
	}
}

enum worker_said
worker_hear(struct worker *w, int64_t time_ms, uint8_t *room, struct worker_message *out,
    struct fault *why)
{
	struct channel_message m;
	enum worker_said said;

	switch (channel_receive(w->channel, room, &m)) {
	case ERR_NONE:
		break;
	case ERR_TIMEOUT:
		return WORKER_SAID_NOTHING;
	case ERR_LIMIT:
		return WORKER_SAID_NONSENSE;
	default:
		return WORKER_SAID_GONE;
	}
	/* None of its messages carries a descriptor. */
	said = m.fd_count > 0 ? WORKER_SAID_NONSENSE : judge(w, time_ms, m.body, out, why);
	channel_close_fds(&m);
	return said;
}

bool
worker_is_late(const struct worker *w, int64_t now)
{
	return (w->state == WORKER_STARTING || w->held_count > 0) && now >= w->deadline;
}

void
worker_stop(struct worker *w, char *end, size_t end_size)
{
	int status;
	pid_t got;

	assert(w->state != WORKER_NONE);
	munmap((void *)(uintptr_t)w->progress, sizeof *w->progress);
	w->progress = NULL;
	close(w->channel);
	kill(w->pid, SIGKILL);
	do {
		got = waitpid(w->pid, &status, 0);
	} while (got < 0 && errno == EINTR);
	if (end != NULL && got == w->pid)
		process_end_text(status, end, end_size);
	else if (end != NULL)
		snprintf(end, end_size, "unknown");
	w->state = WORKER_NONE;
}
