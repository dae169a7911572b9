/* daemon/quarantine.c: see quarantine.h. The order of the writes is the point:
 *	sealing		content, then entry (not final), then the original goes, then the entry is final
 *	dropping	entry, then content
 * so that content without an entry is rubbish, and an entry always has its content. */
#include "prog/daemon/quarantine.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/text.h"
#include "crypto/random.h"
#include "os/clock.h"
#include "os/file.h"
#include "prog/daemon/index.h"

static const char key_name[] = "quarantine.key", suffix[] = ".sealed";
enum { NAME_ROOM = AGENT_ENTRY_ID_SIZE + sizeof suffix + sizeof FILE_NEW_SUFFIX };

struct quarantine {
	int dir;
	struct tasks *tasks;
	struct seal_key key;
	struct index index;
};

/* Sealing or unsealing under way. */
struct work {
	struct quarantine *q;
	struct quarantine_entry entry;
	int fd;			/* the original, or the file to write to */
	struct quarantine_call call;
};

static void
name_of(const char *id, const char *ending, char out[static NAME_ROOM])
{
	snprintf(out, NAME_ROOM, "%s%s%s", id, suffix, ending);
}

static enum err
load_key(int dir, struct seal_key *out, struct fault *why)
{
	struct buf file;
	enum err e;

	buf_init(&file, SEAL_KEY_SIZE + 1);
	e = file_read(dir, key_name, &file, why);
	if (e == ERR_NOT_FOUND) {
		seal_make_key(out);
		e = file_create(dir, key_name, bytes_of(out->key, sizeof out->key), 0600, why);
	} else if (e == ERR_NONE && file.n != SEAL_KEY_SIZE) {
		e = fault_set(why, ERR_MALFORMED, "%s is damaged: without it nothing that is in the"
		    " quarantine can be restored; put it back from a backup", key_name);
	} else if (e == ERR_NONE) {
		memcpy(out->key, file.p, SEAL_KEY_SIZE);
	}
	if (file.p != NULL)
		random_forget(file.p, file.n);
	buf_fini(&file);
	return e;
}

/* Content whose entry never came to be, or has gone. */
static void
remove_orphans(struct quarantine *q)
{
	int again = openat(q->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *list = again < 0 ? NULL : fdopendir(again);
	struct dirent *entry;

	if (list == NULL) {
		if (again >= 0)
			close(again);
		return;
	}
	while ((entry = readdir(list)) != NULL) {
		size_t n = strlen(entry->d_name), ending = sizeof suffix - 1;
		char name[AGENT_ENTRY_ID_SIZE + sizeof ".entry"];

		if (n <= ending || n - ending >= AGENT_ENTRY_ID_SIZE ||
		    strcmp(entry->d_name + n - ending, suffix) != 0)
			continue;
		/* Asked of the disk, not of the index: a damaged entry's content stays. */
		snprintf(name, sizeof name, "%.*s.entry", (int)(n - ending), entry->d_name);
		if (faccessat(q->dir, name, F_OK, 0) != 0 && errno == ENOENT)
			unlinkat(q->dir, entry->d_name, 0);
	}
	closedir(list);
}

/* Whether the original is still where it was, the very same file. */
static bool
original_is_there(const struct quarantine_entry *entry)
{
	struct stat st;

	return fstatat(AT_FDCWD, entry->path, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    (uint64_t)st.st_dev == entry->dev && (uint64_t)st.st_ino == entry->ino &&
	    (uint64_t)st.st_size == entry->size && st.st_mtim.tv_sec == entry->mtime_s &&
	    (uint32_t)st.st_mtim.tv_nsec == entry->mtime_ns;
}

static bool
is_left(const struct index_item *item)
{
	return !item->final && item->left_ms != 0;
}

/* What to do with one that was left. */
typedef void left_fn(struct quarantine *q, const char *id);

/* Call ${deal} with all that was left at ${before_ms} or earlier. */
static void
each_left(struct quarantine *q, int64_t before_ms, left_fn *deal)
{
	char id[AGENT_ENTRY_ID_SIZE];

	/* Backwards, since the call may remove this item and others. */
	for (size_t i = q->index.count; i > 0; i--) {
		const struct index_item *item;

		if (i > q->index.count)
			continue;
		item = &q->index.items[i - 1];
		if (!is_left(item) || item->left_ms > before_ms)
			continue;
		memcpy(id, item->id, sizeof id);
		deal(q, id);
	}
}

static void
finish_if_gone(struct quarantine *q, const char *id)
{
	struct quarantine_entry entry;
	struct fault why;
	enum err e;

	if ((e = index_get(&q->index, id, &entry, &why)) == ERR_NONE && !entry.final &&
	    !original_is_there(&entry))
		e = quarantine_finish(q, id, &why);
	if (e != ERR_NONE)
		log_warn("%s", why.text);
}

enum err
quarantine_open(int dir, struct tasks *tasks, struct quarantine **out, struct fault *why)
{
	struct quarantine *q = calloc(1, sizeof *q);
	enum err e;

	if (q == NULL)
		return fault_set(why, ERR_NOMEM, "out of memory");
	q->dir = -1;
	q->tasks = tasks;
	if ((e = load_key(dir, &q->key, why)) != ERR_NONE ||
	    (e = file_open_dir(dir, "quarantine", true, &q->dir, why)) != ERR_NONE)
		goto done;
	file_remove_leftovers(q->dir);
	if ((e = index_load(q->dir, &q->index, why)) != ERR_NONE)
		goto done;
	for (size_t i = 0; i < q->index.count; i++)
		q->index.items[i].left_ms = clock_boot_ms();
	each_left(q, INT64_MAX, finish_if_gone);
	remove_orphans(q);
	*out = q;
	q = NULL;
done:
	quarantine_close(q);
	return e;
}

void
quarantine_close(struct quarantine *q)
{
	if (q == NULL)
		return;
	if (q->dir >= 0)
		close(q->dir);
	index_fini(&q->index);
	random_forget(&q->key, sizeof q->key);
	free(q);
}

/* In the helper process: the sealed content under its name, synced. */
static enum err
run_seal(void *ctx, struct buf *result, struct fault *why)
{
	char fresh[NAME_ROOM], name[NAME_ROOM];
	const struct work *w = ctx;
	uint8_t digest[32];
	uint64_t size;
	enum err e;
	int to;

	name_of(w->entry.id, "", name);
	name_of(w->entry.id, FILE_NEW_SUFFIX, fresh);
	if ((to = openat(w->q->dir, fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)) < 0)
		return fault_errno(why, "cannot make a file in the quarantine");
	if (lseek(w->fd, 0, SEEK_SET) != 0)
		e = fault_errno(why, "cannot read the file");
	else if ((e = seal_file(&w->q->key, w->fd, to, &size, digest)) == ERR_FULL)
		fault_set(why, e, "there is no room on the disk to quarantine it; it was left where it is");
	else if (e != ERR_NONE)
		fault_set(why, e, "it cannot be sealed: %s", err_name(e));
	else if (fsync(to) != 0 || renameat(w->q->dir, fresh, w->q->dir, name) != 0 ||
	    file_sync_dir(w->q->dir) != ERR_NONE)
		e = fault_errno(why, "it cannot be kept in the quarantine");
	close(to);
	if (e != ERR_NONE) {
		unlinkat(w->q->dir, fresh, 0);
		return e;
	}
	buf_u64le(result, size);
	buf_put(result, bytes_of(digest, sizeof digest));
	return ERR_NONE;
}

static void
work_free(struct work *w)
{
	close(w->fd);
	free(w);
}

static void
finish_seal(void *ctx, enum err e, struct bytes result, const struct fault *told)
{
	struct reader r = reader_over(result);
	struct fault why = *told;
	struct work *w = ctx;
	char name[NAME_ROOM];

	if (e == ERR_NONE) {
		struct bytes digest;

		w->entry.size = reader_u64le(&r);
		digest = reader_take(&r, sizeof w->entry.sha256);
		if (reader_is_done(&r)) {
			memcpy(w->entry.sha256, digest.p, digest.n);
			e = index_put(&w->q->index, &w->entry, &why);
		} else {
			e = fault_set(&why, ERR_IO, "it cannot be sealed");
		}
	}
	if (e != ERR_NONE) {
		name_of(w->entry.id, "", name);
		unlinkat(w->q->dir, name, 0);
	}
	w->call.done(w->call.ctx, e, &w->entry, &why);
	work_free(w);
}

static enum err
describe(int fd, struct quarantine_entry *entry)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return err_from_errno(errno);
	if (!S_ISREG(st.st_mode))
		return ERR_UNSUPPORTED;
	entry->final = false;
	entry->dev = (uint64_t)st.st_dev;
	entry->ino = (uint64_t)st.st_ino;
	entry->mode = st.st_mode;
	entry->uid = st.st_uid;
	entry->gid = st.st_gid;
	entry->atime_s = st.st_atim.tv_sec;
	entry->atime_ns = (uint32_t)st.st_atim.tv_nsec;
	entry->mtime_s = st.st_mtim.tv_sec;
	entry->mtime_ns = (uint32_t)st.st_mtim.tv_nsec;
	return ERR_NONE;
}

static enum err
work_start(struct quarantine *q, const struct quarantine_entry *entry, int fd,
    struct quarantine_call call, struct task_work task)
{
	struct work *w = calloc(1, sizeof *w);
	enum err e = ERR_NOMEM;

	if (w == NULL) {
		close(fd);
		return e;
	}
	*w = (struct work){ .q = q, .entry = *entry, .fd = fd, .call = call };
	task.ctx = w;
	if ((e = tasks_add(q->tasks, task)) != ERR_NONE)
		work_free(w);
	return e;
}

enum err
quarantine_seal(struct quarantine *q, const struct quarantine_entry *draft, int fd,
    struct quarantine_call call)
{
	struct quarantine_entry entry = *draft;
	enum err e;

	if ((e = describe(fd, &entry)) != ERR_NONE) {
		close(fd);
		return e;
	}
	random_name(entry.id, AGENT_ENTRY_ID_SIZE - 1);
	return work_start(q, &entry, fd, call,
	    (struct task_work){ .run = run_seal, .done = finish_seal });
}

static bool
is_same_original(const struct quarantine_entry *a, const struct quarantine_entry *b)
{
	return a->owner == b->owner && a->dev == b->dev && a->ino == b->ino && a->size == b->size &&
	    memcmp(a->sha256, b->sha256, sizeof a->sha256) == 0 && text_equal(a->path, b->path);
}

/* A scan that was cut off may have sealed the same file before. */
static void
drop_left_twins(struct quarantine *q, const struct quarantine_entry *kept)
{
	struct quarantine_entry entry;

	/* Backwards, since this removes items. */
	for (size_t i = q->index.count; i > 0; i--) {
		const struct index_item *item = &q->index.items[i - 1];

		if (is_left(item) && !text_equal(item->id, kept->id) &&
		    index_get(&q->index, item->id, &entry, NULL) == ERR_NONE &&
		    is_same_original(&entry, kept))
			quarantine_drop(q, entry.id, NULL);
	}
}

enum err
quarantine_finish(struct quarantine *q, const char *id, struct fault *why)
{
	struct quarantine_entry entry;
	enum err e;

	if ((e = index_get(&q->index, id, &entry, why)) != ERR_NONE || entry.final)
		return e;
	entry.final = true;
	if ((e = index_put(&q->index, &entry, why)) == ERR_NONE)
		drop_left_twins(q, &entry);
	return e;
}

void
quarantine_settle(struct quarantine *q, const char *id)
{
	struct quarantine_entry entry;
	struct fault why;
	enum err e;

	if ((e = index_get(&q->index, id, &entry, &why)) == ERR_NONE && !entry.final)
		e = original_is_there(&entry) ? quarantine_drop(q, id, &why)
					      : quarantine_finish(q, id, &why);
	if (e != ERR_NONE && e != ERR_NOT_FOUND)
		log_warn("%s", why.text);
}

void
quarantine_leave(struct quarantine *q, const char *id)
{
	size_t at = index_position(&q->index, id);

	if (at == q->index.count)
		return;
	q->index.items[at].left_ms = clock_boot_ms();
	finish_if_gone(q, id);
}

bool
quarantine_look(struct quarantine *q, int64_t now_ms)
{
	each_left(q, INT64_MAX, finish_if_gone);
	each_left(q, now_ms - QUARANTINE_PATIENCE_MS, quarantine_settle);
	for (size_t i = 0; i < q->index.count; i++)
		if (is_left(&q->index.items[i]))
			return true;
	return false;
}

static bool
may_have(const struct index_item *item, uint32_t uid, bool all)
{
	return item->final && (all || uid == 0 || item->owner == uid);
}

enum err
quarantine_next(struct quarantine *q, const char *id, uint32_t uid, bool all,
    struct quarantine_entry *out)
{
	size_t i = 0;

	if (id[0] != '\0')
		i = index_position(&q->index, id) + 1;
	for (; i < q->index.count; i++)
		/* A damaged entry was logged at the start; the rest of the list is shown. */
		if (may_have(&q->index.items[i], uid, all) &&
		    index_get(&q->index, q->index.items[i].id, out, NULL) == ERR_NONE)
			return ERR_NONE;
	return ERR_NOT_FOUND;
}

uint64_t
quarantine_count(const struct quarantine *q, uint32_t uid, bool all)
{
	uint64_t n = 0;

	for (size_t i = 0; i < q->index.count; i++)
		n += may_have(&q->index.items[i], uid, all);
	return n;
}

enum err
quarantine_find(struct quarantine *q, const char *id, uint32_t uid, bool all,
    struct quarantine_entry *out, struct fault *why)
{
	size_t at = index_position(&q->index, id);

	if (at == q->index.count || !may_have(&q->index.items[at], uid, all))
		return fault_set(why, ERR_NOT_FOUND, "there is no quarantined file %s", id);
	return index_get(&q->index, id, out, why);
}

/* In the helper process. */
static enum err
run_unseal(void *ctx, struct buf *result, struct fault *why)
{
	const struct work *w = ctx;
	char name[NAME_ROOM];
	uint8_t digest[32];
	uint64_t size;
	enum err e;
	int from;

	(void)result;
	name_of(w->entry.id, "", name);
	if ((from = openat(w->q->dir, name, O_RDONLY | O_CLOEXEC)) < 0)
		return fault_errno(why, "cannot open the quarantined file");
	e = unseal_file(&w->q->key, from, w->fd, &size, digest);
	close(from);
	if (e == ERR_FULL)
		return fault_set(why, e, "there is no room on the disk to restore it");
	if (e != ERR_NONE)
		return fault_set(why, e, "the quarantined file cannot be read back: %s", err_name(e));
	if (size != w->entry.size || memcmp(digest, w->entry.sha256, sizeof digest) != 0)
		return fault_set(why, ERR_FORGED, "the quarantined file is damaged");
	return ERR_NONE;
}

static void
finish_unseal(void *ctx, enum err e, struct bytes result, const struct fault *why)
{
	struct work *w = ctx;

	(void)result;
	w->call.done(w->call.ctx, e, &w->entry, why);
	work_free(w);
}

enum err
quarantine_unseal(struct quarantine *q, const struct quarantine_entry *entry, int to,
    struct quarantine_call call)
{
	return work_start(q, entry, to, call,
	    (struct task_work){ .run = run_unseal, .done = finish_unseal });
}

enum err
quarantine_drop(struct quarantine *q, const char *id, struct fault *why)
{
	char name[NAME_ROOM];
	enum err e;

	if ((e = index_remove(&q->index, id, why)) != ERR_NONE)
		return e;
	name_of(id, "", name);
	/* What stays behind here goes at the next start. */
	unlinkat(q->dir, name, 0);
	return ERR_NONE;
}
