/* updater/segments.c: see segments.h. */
#include "prog/updater/segments.h"

#include <inttypes.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "crypto/hash.h"
#include "delta/delta.h"
#include "prog/updater/sealed.h"

enum {
	WAY_MAX = 64,		/* segments in one way: twice the powers of two below any number of generations, and more */
	CHUNK = 65536,
	SPAN_MAX_LOG = 20	/* a million generations */
};

/* The longest segment that begins at ${from} and does not lead past ${to}. */
static enum err
find_step(struct tuf_client *client, uint64_t from, uint64_t to, struct tuf_target *out, struct fault *why)
{
	char name[TUF_NAME_SIZE];
	enum err e = ERR_NOT_FOUND;

	for (int log = SPAN_MAX_LOG; log >= 0 && e == ERR_NOT_FOUND; log--) {
		uint64_t span = UINT64_C(1) << log;

		if (from % span != 0 || span > to - from)
			continue;
		tuf_segment_name(from, from + span, name);
		e = tuf_client_target(client, name, out, why);
		if (e == ERR_NONE && (!out->is_segment || out->segment.from != from || out->segment.to != from + span))
			e = fault_set(why, ERR_MALFORMED, "%s is not what its name says", name);
	}
	return e;
}

/* All segments from what the device has to the release; *count of them. */
static enum err
find_way(const struct fetcher *f, struct tuf_client *client, const struct tuf_target *release,
    struct tuf_target way[static WAY_MAX], size_t *count, struct fault *why)
{
	uint64_t at = f->job->update.generation, to = release->release.generation, bytes = 0;
	enum err e;

	for (*count = 0; at < to; at = way[(*count)++].segment.to) {
		if (*count == WAY_MAX)
			return fault_set(why, ERR_NOT_FOUND, "too many segments lead to generation %" PRIu64, to);
		if ((e = find_step(client, at, to, &way[*count], why)) != ERR_NONE)
			return e;
		bytes += way[*count].length;
	}
	if (*count == 0 || bytes >= release->length)
		return fault_set(why, ERR_NOT_FOUND, "the whole file is shorter");
	return ERR_NONE;
}

/* Fetch one, and apply it to ${old}. */
static enum err
take_step(struct fetcher *f, const struct tuf_target *step, int old, int *out, struct fault *why)
{
	int sealed = -1, delta = -1, fresh = -1;
	enum err e;

	if ((e = sealed_has_key(f->job, step->segment.epoch, why)) != ERR_NONE ||
	    (e = fetch_target(f, step, &sealed, why)) != ERR_NONE ||
	    (e = sealed_scratch(f->dir, &delta, why)) != ERR_NONE ||
	    (e = sealed_open(f->job, step->segment.epoch, sealed, delta, NULL, NULL, why)) != ERR_NONE ||
	    (e = sealed_scratch(f->dir, &fresh, why)) != ERR_NONE)
		goto done;
	if (lseek(delta, 0, SEEK_SET) != 0)
		e = fault_errno(why, "cannot read the download");
	else
		e = delta_apply(old, delta, SEALED_DATABASE_MAX, fresh, why);
	if (e != ERR_NONE)
		goto done;
	fetch_forget(f);
	*out = fresh;
	fresh = -1;
done:
	if (sealed >= 0)
		close(sealed);
	if (delta >= 0)
		close(delta);
	if (fresh >= 0)
		close(fresh);
	return e;
}

static enum err
take_way(struct fetcher *f, const struct tuf_target *way, size_t count, int base, int *out, struct fault *why)
{
	int at = base, next = -1;
	enum err e;

	for (size_t i = 0; i < count; i++) {
		e = take_step(f, &way[i], at, &next, why);
		if (at != base)
			close(at);
		if (e != ERR_NONE)
			return e;
		at = next;
	}
	*out = at;
	return ERR_NONE;
}

/* Whether ${fd}, copied to ${to} unless that is -1, is just what was released. */
static enum err
measure(int fd, int to, const struct tuf_release *release, struct fault *why)
{
	struct hash *hash = NULL;
	uint8_t room[CHUNK], digest[HASH_MAX];
	uint64_t size = 0;
	ssize_t n = 0;
	enum err e;

	if ((e = hash_new(HASH_SHA256, &hash)) != ERR_NONE)
		return fault_set(why, e, "cannot measure the database: %s", err_name(e));
	while (e == ERR_NONE && (n = pread(fd, room, sizeof room, (off_t)size)) > 0) {
		hash_add(hash, bytes_of(room, (size_t)n));
		if (to >= 0)
			e = io_write_all(to, bytes_of(room, (size_t)n));
		size += (uint64_t)n;
	}
	hash_finish(hash, digest);
	hash_free(hash);
	if (e != ERR_NONE || n < 0)
		return n < 0 ? fault_errno(why, "cannot read the database")
			     : fault_set(why, e, "cannot copy the database: %s", err_name(e));
	if (size != release->plain_length || memcmp(digest, release->plain_sha256, HASH_MAX) != 0)
		return fault_set(why, ERR_FORGED, "the segments to generation %" PRIu64
		    " do not lead to what its publisher described", release->generation);
	return ERR_NONE;
}

/* What a halted release brings back is what most devices never gave up. It is copied only when it is that. */
static enum err
keep_same(const struct fetcher *f, const struct tuf_release *release, int base, int *out, struct fault *why)
{
	struct stat st;
	int copy = -1;
	enum err e;

	if (fstat(base, &st) != 0 || (uint64_t)st.st_size != release->plain_length)
		return ERR_NOT_FOUND;
	if ((e = measure(base, -1, release, why)) == ERR_NONE && (e = sealed_scratch(f->dir, &copy, why)) == ERR_NONE &&
	    (e = measure(base, copy, release, why)) == ERR_NONE) {
		*out = copy;
		return ERR_NONE;
	}
	if (copy >= 0)
		close(copy);
	return e == ERR_FORGED ? ERR_NOT_FOUND : e;
}

enum err
segments_bring(struct fetcher *f, struct tuf_client *client, const struct tuf_target *release, int base, int *out,
    struct fault *why)
{
	static struct tuf_target way[WAY_MAX];
	size_t count;
	int made = -1;
	enum err e;

	if ((e = keep_same(f, &release->release, base, out, why)) != ERR_NOT_FOUND)
		return e;
	if ((e = find_way(f, client, release, way, &count, why)) != ERR_NONE ||
	    (e = take_way(f, way, count, base, &made, why)) != ERR_NONE)
		return e;
	if ((e = measure(made, -1, &release->release, why)) == ERR_NONE)
		*out = made;
	else
		close(made);
	return e;
}
