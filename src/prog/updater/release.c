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
#include "net/http_client.h"
#include "os/file.h"
#include "prog/updater/account.h"
#include "tuf/choice.h"

enum {
	METADATA_TIMEOUT_MS = 30000,
	TARGET_TIMEOUT_MS = 1800000	/* 200 MB over a line of 1 Mbit/s */
};

static const char scratch_name[] = "download" FILE_NEW_SUFFIX;

static enum err
fetch_from(const char *base, const char *folder, const char *path, struct http_call *call,
    struct http_answer *answer, struct fault *why)
{
	char url[URL_SIZE + TUF_PATH_SIZE + 16];
	size_t n = strlen(base);
	const char *slash = n > 0 && base[n - 1] == '/' ? "" : "/";
	int length = snprintf(url, sizeof url, "%s%s%s%s", base, slash, folder, path);
	enum err e;

	if (length < 0 || (size_t)length >= sizeof url)
		return fault_set(why, ERR_LIMIT, "the address of %s is too long", path);
	call->url = url;
	call->method = "GET";
	if ((e = http_ask(call, answer, why)) != ERR_NONE)
		return e;
	if (answer->status == 200)
		return ERR_NONE;
	http_answer_fini(answer);
	if (answer->status == 404)
		return fault_set(why, ERR_NOT_FOUND, "the update service does not have %s", path);
	return fault_set(why, ERR_CLOSED, "the update service answered with status %d for %s",
	    answer->status, path);
}

/* Whether another mirror may do better: this one could not be reached, or answered with an error of its own. */
static bool
is_outage(enum err e)
{
	return e == ERR_CLOSED || e == ERR_TIMEOUT;
}

/* From the first place that can be reached. What came of a file that was cut off is overwritten. */
static enum err
fetch(const struct job *job, const char *folder, const char *path, struct http_call *call,
    struct http_answer *answer, struct fault *why)
{
	enum err e = fetch_from(job->server, folder, path, call, answer, why);

	for (uint32_t i = 0; i < job->update.mirror_count && is_outage(e); i++) {
		if (call->sink >= 0 && (ftruncate(call->sink, 0) != 0 || lseek(call->sink, 0, SEEK_SET) != 0))
			return fault_errno(why, "cannot begin the download anew");
		e = fetch_from(job->update.mirrors[i], folder, path, call, answer, why);
	}
	return e;
}

/* What the client asks for, and where the roots are kept for the daemon, which walks the chain again by itself. */
struct source {
	const struct job *job;
	int dir;
};

static enum err
fetch_metadata(void *ctx, const char *path, struct buf *out, struct fault *why)
{
	const struct source *source = ctx;
	const struct job *job = source->job;
	size_t n = strlen(path);
	struct http_call call = { .timeout_ms = METADATA_TIMEOUT_MS,
		.max_answer = out->max - out->n,
		.sink = -1 };
	bool is_root = n > 10 && text_equal(path + n - 10, ".root.json");
	struct http_answer answer;
	enum err e;

	e = fetch(job, "metadata/", path, &call, &answer, why);
	/* What was served once, and refused, must not stand in the daemon's way. */
	if (e == ERR_NOT_FOUND && is_root)
		unlinkat(source->dir, path, 0);
	if (e != ERR_NONE)
		return e;
	buf_put(out, buf_bytes(&answer.body));
	e = out->err;
	http_answer_fini(&answer);
	if (e != ERR_NONE)
		return fault_set(why, e, "cannot keep %s: %s", path, err_name(e));
	if (is_root)
		e = file_replace(source->dir, path, buf_bytes(out), 0644, why);
	return e;
}

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

static enum err
fetch_sealed(const struct job *job, const struct tuf_target *target, int to, struct fault *why)
{
	struct http_call call = { .timeout_ms = TARGET_TIMEOUT_MS,
		.max_answer = target->length,
		.sink = to };
	struct http_answer answer;
	enum err e;

	if ((e = fetch(job, "targets/", target->path, &call, &answer, why)) != ERR_NONE) {
		if (e == ERR_FULL)
			return fault_set(why, e, "there is no room on the disk for the update");
		return e;
	}
	http_answer_fini(&answer);
	return tuf_target_check(target, to, why);
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
fetch_target(const struct job *job, int dir, const struct tuf_target *target, int *database,
    struct fault *why)
{
	const struct job_epoch *epoch = epoch_of(&job->update, target->release.epoch);
	int sealed = -1, plain = -1;
	enum err e;

	if (epoch == NULL)
		return fault_set(why, ERR_DENIED,
		    "the subscription brought no key for the protection data of epoch %s",
		    target->release.epoch);
	if ((e = open_scratch(dir, &sealed, why)) != ERR_NONE ||
	    (e = fetch_sealed(job, target, sealed, why)) != ERR_NONE ||
	    (e = open_scratch(dir, &plain, why)) != ERR_NONE ||
	    (e = unseal(epoch, &target->release, sealed, plain, why)) != ERR_NONE)
		goto done;
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
find_target(const struct job *job, int dir, int root, struct tuf_target *out, struct fault *why)
{
	struct source source = { job, dir };
	struct tuf_client *client = NULL;
	enum err e;

	if ((e = open_client(dir, root, &client, why)) != ERR_NONE)
		return e;
	if ((e = tuf_client_refresh(client, fetch_metadata, &source, job->update.now, why)) == ERR_NONE)
		e = tuf_choose_release(client, job->update.device, job->update.generation, out,
		    why);
	tuf_client_free(client);
	return e;
}

void
release_fetch(const struct job *job, int dir, int root, struct outcome *out, int *database)
{
	struct outcome_update *update = &out->update;
	struct fault why = { ERR_NONE, "" };
	struct tuf_target target;
	enum err e;

	memset(out, 0, sizeof *out);
	if ((e = find_target(job, dir, root, &target, &why)) != ERR_NONE) {
		account_fault(&why, out);
		return;
	}
	update->generation = target.release.generation;
	update->length = target.release.plain_length;
	memcpy(update->sha256, target.release.plain_sha256, sizeof update->sha256);
	out->kind = OUTCOME_UP_TO_DATE;
	if (target.release.generation == job->update.generation)
		return;
	out->kind = OUTCOME_NEW_DATABASE;
	if ((e = fetch_target(job, dir, &target, database, &why)) != ERR_NONE)
		account_fault(&why, out);
}
