/* daemon/vouch.c: see vouch.h. */
#include "prog/daemon/vouch.h"

#include <stdio.h>
#include <unistd.h>

#include "base/text.h"
#include "os/file.h"
#include "os/landlock.h"
#include "tuf/choice.h"

enum { PATH_ROOM = 32 };

/* The updater keeps what it trusts without the version in its name, exactly as it came; only roots carry it. */
static enum err
fetch(void *ctx, const char *path, struct buf *out, struct fault *why)
{
	const struct vouch_question *q = ctx;
	const char *dot = strchr(path, '.');
	size_t n = strlen(path);
	bool is_root = n > 10 && text_equal(path + n - 10, ".root.json");

	if (!is_root && dot != NULL && text_equal(dot, ".snapshot.json"))
		path = "snapshot.json";
	else if (!is_root && dot != NULL && text_equal(dot, ".targets.json"))
		path = "targets.json";
	/* The folder is the updater's: what it put there may be anything. */
	return file_read_plain(q->updates, path, out, why);
}

/* Whether ${choice} is what the updater told of. */
static enum err
compare(const struct vouch_question *q, const struct tuf_choice *choice, struct fault *why)
{
	const struct outcome_update *update = q->update;
	const struct tuf_release *release = &choice->target.release;

	if (q->fresh && (choice->stays || release->generation <= q->generation))
		return fault_set(why, ERR_FORGED,
		    "holdfast-updater brought generation %llu, and nothing newer than generation %llu is for this device",
		    (unsigned long long)update->generation, (unsigned long long)q->generation);
	if (!q->fresh && !choice->stays)
		return fault_set(why, ERR_FORGED,
		    "holdfast-updater says that there is nothing newer, and there is generation %llu",
		    (unsigned long long)release->generation);
	if (q->fresh &&
	    (release->generation != update->generation || release->plain_length != update->length ||
		memcmp(release->plain_sha256, update->sha256, sizeof update->sha256) != 0))
		return fault_set(why, ERR_FORGED,
		    "what holdfast-updater brought as generation %llu is not what its publisher released",
		    (unsigned long long)update->generation);
	return ERR_NONE;
}

enum err
vouch_for(const struct vouch_question *q, struct fault *why)
{
	struct tuf_client *c = NULL;
	struct tuf_choice choice;
	enum err e;

	if ((e = tuf_client_open_anew(q->trusted, q->root, &c, why)) != ERR_NONE)
		return e;
	if ((e = tuf_client_refresh(c, fetch, (void *)(uintptr_t)q, q->now, why)) != ERR_NONE) {
		/* Perhaps it lacks a root that only the updater has seen: let it bring them all again. */
		unlinkat(q->updates, "root.json", 0);
		goto done;
	}
	if ((e = tuf_choose_release(c, q->device, q->generation, &choice, why)) == ERR_NONE)
		e = compare(q, &choice, why);
done:
	tuf_client_free(c);
	return e;
}

enum err
vouch_confined(const struct vouch_question *q, struct fault *why)
{
	char trusted[PATH_ROOM], updates[PATH_ROOM];
	const struct landlock_path paths[] = { { trusted, LANDLOCK_WRITE }, { updates, LANDLOCK_WRITE } };
	bool in_force;
	enum err e;

	snprintf(trusted, sizeof trusted, "/proc/self/fd/%d", q->trusted);
	snprintf(updates, sizeof updates, "/proc/self/fd/%d", q->updates);
	if ((e = landlock_enter(paths, 2, false, &in_force, why)) != ERR_NONE)
		return e;
	return vouch_for(q, why);
}
