/* agent/putback.c: see putback.h. */
#include "agent/putback.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/talk.h"
#include "base/text.h"
#include "os/file.h"

/* A file that is being put back: it has no name until it is whole, or, where the file system cannot do
 * that, a fresh one. */
struct target {
	char folder[AGENT_PATH_SIZE], name[AGENT_PATH_SIZE], fresh[NAME_MAX + 1];
	bool nameless;
	int dir, fd;
};

static enum err
target_open(const char *path, struct target *t, struct fault *why)
{
	char copy[AGENT_PATH_SIZE];

	if (text_copy(copy, sizeof copy, path) != ERR_NONE)
		return fault_set(why, ERR_LIMIT, "the name is too long");
	text_copy(t->folder, sizeof t->folder, dirname(copy));
	text_copy(copy, sizeof copy, path);
	text_copy(t->name, sizeof t->name, basename(copy));
	if ((t->dir = open(t->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
		return fault_errno(why, "cannot open the folder %s", t->folder);
	if (faccessat(t->dir, t->name, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		return fault_set(why, ERR_EXISTS,
		    "%s exists already: move it away, or restore to another name with --to", path);
	snprintf(t->fresh, sizeof t->fresh, ".%.200s.%ld" FILE_NEW_SUFFIX, t->name, (long)getpid());
	t->nameless = true;
	t->fd = openat(t->dir, ".", O_RDWR | O_TMPFILE | O_CLOEXEC, 0600);
	if (t->fd < 0 && errno == EOPNOTSUPP) {
		t->nameless = false;
		t->fd = openat(t->dir, t->fresh, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	}
	return t->fd >= 0 ? ERR_NONE : fault_errno(why, "cannot write in %s", t->folder);
}

static void
target_close(struct target *t)
{
	if (t->fd >= 0) {
		if (!t->nameless)
			unlinkat(t->dir, t->fresh, 0);
		close(t->fd);
	}
	if (t->dir >= 0)
		close(t->dir);
}

/* As it was: owner when that is possible, mode, times; then its name, which must be free. */
static enum err
target_finish(struct target *t, const struct quarantine_entry *e, bool as_it_was, struct fault *why)
{
	const struct timespec times[2] = { { e->atime_s, (long)e->atime_ns },
		{ e->mtime_s, (long)e->mtime_ns } };
	mode_t mode = (mode_t)e->mode & 07777;
	char itself[32];
	struct stat st;

	if (as_it_was) {
		if (geteuid() == 0 && fchown(t->fd, e->uid, e->gid) != 0)
			return fault_errno(why, "cannot set the owner of %s", t->name);
		/* A program that runs as its owner must not come back as another one's. */
		if (fstat(t->fd, &st) != 0 || st.st_uid != e->uid || st.st_gid != e->gid)
			mode &= 0777;
		if (fchmod(t->fd, mode) != 0 || futimens(t->fd, times) != 0)
			return fault_errno(why, "cannot set mode and times of %s", t->name);
	}
	if (fsync(t->fd) != 0)
		return fault_errno(why, "cannot write %s", t->name);
	snprintf(itself, sizeof itself, "/proc/self/fd/%d", t->fd);
	if ((t->nameless ? linkat(AT_FDCWD, itself, t->dir, t->name, AT_SYMLINK_FOLLOW)
			 : linkat(t->dir, t->fresh, t->dir, t->name, 0)) != 0)
		return fault_errno(why, "cannot put it back as %s/%s", t->folder, t->name);
	return file_sync_dir(t->dir);
}

enum err
putback_find(const char *state, const char *id, struct quarantine_entry *out, struct fault *why)
{
	struct request request = { .kind = REQUEST_ENTRY };
	static struct reply reply;
	static struct talk t;
	enum err e;

	if ((e = talk_open(state, &t, why)) != ERR_NONE)
		return e;
	while ((e = talk_ask(&t, &request, -1, &reply, why)) == ERR_NONE) {
		if (reply.kind != REPLY_ENTRY) {
			e = fault_set(why, ERR_NOT_FOUND,
			    "there is no quarantined file %s; holdfast quarantine list names them", id);
			break;
		}
		if (text_equal(reply.entry.id, id)) {
			*out = reply.entry;
			break;
		}
		text_copy(request.entry.id, sizeof request.entry.id, reply.entry.id);
	}
	talk_close(&t);
	return e;
}

enum err
putback_write(const char *state, const struct quarantine_entry *entry, const char *path,
    bool as_it_was, struct fault *why)
{
	struct request request = { .kind = REQUEST_UNSEAL };
	struct target t = { .dir = -1, .fd = -1 };
	static struct reply reply;
	static struct talk talk;
	enum err e;

	text_copy(request.entry.id, sizeof request.entry.id, entry->id);
	if ((e = target_open(path, &t, why)) != ERR_NONE ||
	    (e = talk_open(state, &talk, why)) != ERR_NONE)
		goto done;
	if ((e = talk_ask(&talk, &request, t.fd, &reply, why)) == ERR_NONE &&
	    reply.kind == REPLY_FAULT)
		e = fault_set(why, reply.fault.err, "%s", reply.fault.text);
	if (e == ERR_NONE)
		e = target_finish(&t, entry, as_it_was, why);
	talk_close(&talk);
done:
	target_close(&t);
	return e;
}
