/* updater/release.c: see release.h. */
#include "prog/updater/release.h"

#include <unistd.h>

#include "base/io.h"
#include "base/log.h"
#include "base/text.h"
#include "os/clock.h"
#include "prog/updater/account.h"
#include "prog/updater/fetch.h"
#include "prog/updater/sealed.h"
#include "prog/updater/segments.h"
#include "tuf/choice.h"

/* Begin with the first root, which lies at ${root}. */
static enum err
open_client(int dir, int root, struct tuf_client **out, struct fault *why)
{
	struct buf text;
	uint8_t *to;
	size_t got = 0;
	enum err e = ERR_NOMEM;

	buf_init(&text, TUF_ROOT_MAX);
	if ((to = buf_reserve(&text, TUF_ROOT_MAX)) == NULL ||
	    lseek(root, 0, SEEK_SET) != 0 ||
	    (e = io_read_full(root, to, TUF_ROOT_MAX, &got)) != ERR_NONE)
		fault_set(why, e, "cannot read the first root: %s", err_name(e));
	else
		e = tuf_client_open_anew(dir, bytes_of(to, got), out, why);
	buf_fini(&text);
	return e;
}

static enum err
unseal(const struct job *job, const struct tuf_release *release, int sealed, int plain, struct fault *why)
{
	uint8_t digest[32];
	uint64_t size = 0;
	enum err e = sealed_open(job, release->epoch, sealed, plain, &size, digest, why);

	if (e != ERR_NONE) {
		fault_within(why, "generation %llu", (unsigned long long)release->generation);
		return e;
	}
	if (size != release->plain_length || memcmp(digest, release->plain_sha256, sizeof digest) != 0)
		return fault_set(why, ERR_FORGED,
		    "generation %llu is not what its publisher described",
		    (unsigned long long)release->generation);
	return ERR_NONE;
}

/* The whole file. */
static enum err
take_whole(struct fetcher *f, const struct tuf_target *target, int *database, struct fault *why)
{
	int sealed = -1, plain = -1;
	enum err e;

	if ((e = sealed_has_key(f->job, target->release.epoch, why)) != ERR_NONE ||
	    (e = fetch_target(f, target, &sealed, why)) != ERR_NONE ||
	    (e = sealed_scratch(f->dir, &plain, why)) != ERR_NONE ||
	    (e = unseal(f->job, &target->release, sealed, plain, why)) != ERR_NONE)
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

/* Whether what the segments, or the whole file, came to would come of the other, too: no server in reach, no room. */
static bool
is_final(enum err e)
{
	return e == ERR_NONE || e == ERR_CLOSED || e == ERR_TIMEOUT || e == ERR_FULL || e == ERR_NOMEM;
}

static enum err
take_target(struct fetcher *f, struct tuf_client *client, const struct tuf_target *target, int base,
    int *database, struct fault *why)
{
	enum err e;

	if (base < 0 || f->job->update.generation == 0)
		return take_whole(f, target, database, why);
	/* One download is kept at a time, and what came of the whole file is worth more than another try of segments. */
	if (fetch_has_part(f, target) && is_final(e = take_whole(f, target, database, why)))
		return e;
	e = segments_bring(f, client, target, base, database, why);
	if (is_final(e))
		return e;
	if (e != ERR_NOT_FOUND)
		log_warn("%s; fetching the whole file", why->text);
	return take_whole(f, target, database, why);
}

/* Find what is released now; the caller frees *client, also on errors. */
static enum err
find_target(struct fetcher *f, int root, struct tuf_client **client, struct tuf_choice *out, struct fault *why)
{
	const struct job *job = f->job;
	enum err e;

	if ((e = open_client(f->dir, root, client, why)) == ERR_NONE &&
	    (e = tuf_client_refresh(*client, fetch_metadata, f, job->update.now, why)) == ERR_NONE)
		e = tuf_choose_release(*client, job->update.device, job->update.generation, out,
		    why);
	return e;
}

static void
tell_fault(const struct fetcher *f, const struct fault *why, struct outcome *out)
{
	account_fault(why, out);
	/* A full disk is not made emptier by leaving a server alone. */
	if (fetch_is_outage(why->err))
		out->fault.retry_after_s = f->retry_after_s;
}

void
release_fetch(const struct job *job, const struct release_files *files, struct outcome *out, int *database)
{
	struct outcome_update *update = &out->update;
	struct fetcher f = { .job = job, .dir = files->dir, .retry_after_s = -1,
		.deadline_ms = clock_boot_ms() + AGENT_UPDATE_FETCH_S * 1000 };
	struct fault why = { ERR_NONE, "" };
	struct tuf_client *client = NULL;
	const struct tuf_release *release;
	struct tuf_choice choice;

	memset(out, 0, sizeof *out);
	if (find_target(&f, files->root, &client, &choice, &why) != ERR_NONE) {
		tell_fault(&f, &why, out);
		goto done;
	}
	if (choice.stays) {
		out->kind = OUTCOME_UP_TO_DATE;
		update->generation = job->update.generation;
		goto done;
	}
	release = &choice.target.release;
	out->kind = OUTCOME_NEW_DATABASE;
	update->generation = release->generation;
	update->length = release->plain_length;
	memcpy(update->sha256, release->plain_sha256, sizeof update->sha256);
	if (take_target(&f, client, &choice.target, files->base, database, &why) != ERR_NONE)
		tell_fault(&f, &why, out);
done:
	tuf_client_free(client);
}
