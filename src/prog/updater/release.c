/* updater/release.c: see release.h. */
#include "prog/updater/release.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/io.h"
#include "base/text.h"
#include "crypto/random.h"
#include "crypto/seal.h"
#include "os/file.h"
#include "prog/updater/account.h"
#include "prog/updater/fetch.h"
#include "tuf/choice.h"

static const char scratch_name[] = "download" FILE_NEW_SUFFIX;

static enum err
begin_trust(int dir, int root, struct fault *why)
{
	struct buf text;
	uint8_t *to;
	size_t got = 0;
	enum err e = ERR_NOMEM;

	buf_init(&text, TUF_ROOT_MAX);
	if ((to = buf_reserve(&text, TUF_ROOT_MAX)) == NULL ||
	    lseek(root, 0, SEEK_SET) != 0 ||
	    (e = io_read_full(root, to, TUF_ROOT_MAX, &got)) != ERR_NONE) {
		fault_set(why, e, "cannot read the first root: %s", err_name(e));
		goto done;
	}
	e = tuf_client_init(dir, bytes_of(to, got), why);
	if (e == ERR_EXISTS)
		e = ERR_NONE;
done:
	buf_fini(&text);
	return e;
}

static enum err
open_client(int dir, int root, struct tuf_client **out, struct fault *why)
{
	enum err e;

	if ((e = begin_trust(dir, root, why)) != ERR_NONE)
		return e;
	e = tuf_client_open(dir, out, why);
	if (e != ERR_MALFORMED && e != ERR_FORGED && e != ERR_TRUNCATED)
		return e;
	/* A damaged root on the disk is worth nothing. What else is trusted there still keeps older
	 * metadata out, and the chain of roots is walked again from the first. */
	if (unlinkat(dir, "root.json", 0) != 0)
		return fault_errno(why, "cannot remove the damaged root");
	if ((e = begin_trust(dir, root, why)) != ERR_NONE)
		return e;
	return tuf_client_open(dir, out, why);
}

/* A file without a name in ${dir}, so that nothing is left behind whatever happens. */
static enum err
open_scratch(int dir, int *out, struct fault *why)
{
	int fd = openat(dir, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	if (fd < 0) {
		unlinkat(dir, scratch_name, 0);
		fd = openat(dir, scratch_name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
		if (fd < 0)
			return fault_errno(why, "cannot make a file for the download");
		unlinkat(dir, scratch_name, 0);
	}
	*out = fd;
	return ERR_NONE;
}

static const struct job_epoch *
epoch_of(const struct job_update *update, const char *name)
{
	for (uint32_t i = 0; i < update->epoch_count; i++)
		if (text_equal(update->epochs[i].name, name))
			return &update->epochs[i];
	return NULL;
}

static enum err
unseal(const struct job_epoch *epoch, const struct tuf_release *release, int sealed, int plain,
    struct fault *why)
{
	struct seal_key key;
	uint64_t size = 0;
	uint8_t digest[32];
	enum err e;

	if (lseek(sealed, 0, SEEK_SET) != 0)
		return fault_errno(why, "cannot read the download");
	memcpy(key.key, epoch->key, sizeof key.key);
	e = unseal_file(&key, sealed, plain, &size, digest);
	random_forget(&key, sizeof key);
	if (e == ERR_FULL)
		return fault_set(why, e, "there is no room on the disk for the update");
	if (e != ERR_NONE)
		return fault_set(why, e, "generation %llu cannot be decrypted: %s",
		    (unsigned long long)release->generation, err_name(e));
	if (size != release->plain_length || memcmp(digest, release->plain_sha256, sizeof digest) != 0)
		return fault_set(why, ERR_FORGED,
		    "generation %llu is not what its publisher described",
		    (unsigned long long)release->generation);
	return ERR_NONE;
}

static enum err
take_target(struct fetcher *f, const struct tuf_target *target, int *database, struct fault *why)
{
	const struct job_epoch *epoch = epoch_of(&f->job->update, target->release.epoch);
	int sealed = -1, plain = -1;
	enum err e;

	if (epoch == NULL)
		return fault_set(why, ERR_DENIED,
		    "the subscription brought no key for the protection data of epoch %s",
		    target->release.epoch);
	if ((e = fetch_target(f, target, &sealed, why)) != ERR_NONE ||
	    (e = open_scratch(f->dir, &plain, why)) != ERR_NONE ||
	    (e = unseal(epoch, &target->release, sealed, plain, why)) != ERR_NONE)
		goto done;
	fetch_forget(f);
	*database = plain;
	plain = -1;
done:
	if (sealed >= 0)
		close(sealed);
	if (plain >= 0)
		close(plain);
	return e;
}

/* Find what is released now. */
static enum err
find_target(struct fetcher *f, int root, struct tuf_target *out, struct fault *why)
{
	const struct job *job = f->job;
	struct tuf_client *client = NULL;
	enum err e;

	if ((e = open_client(f->dir, root, &client, why)) != ERR_NONE)
		return e;
	if ((e = tuf_client_refresh(client, fetch_metadata, f, job->update.now, why)) == ERR_NONE)
		e = tuf_choose_release(client, job->update.device, job->update.generation, out,
		    why);
	tuf_client_free(client);
	return e;
}

static void
tell_fault(const struct fetcher *f, const struct fault *why, struct outcome *out)
{
	account_fault(why, out);
	out->fault.retry_after_s = f->retry_after_s;
}

void
release_fetch(const struct job *job, int dir, int root, struct outcome *out, int *database)
{
	struct outcome_update *update = &out->update;
	struct fetcher f = { .job = job, .dir = dir, .retry_after_s = -1 };
	struct fault why = { ERR_NONE, "" };
	struct tuf_target target;

	memset(out, 0, sizeof *out);
	if (find_target(&f, root, &target, &why) != ERR_NONE) {
		tell_fault(&f, &why, out);
		return;
	}
	update->generation = target.release.generation;
	update->length = target.release.plain_length;
	memcpy(update->sha256, target.release.plain_sha256, sizeof update->sha256);
	out->kind = OUTCOME_UP_TO_DATE;
	if (target.release.generation == job->update.generation)
		return;
	out->kind = OUTCOME_NEW_DATABASE;
	if (take_target(&f, &target, database, &why) != ERR_NONE)
		tell_fault(&f, &why, out);
}
