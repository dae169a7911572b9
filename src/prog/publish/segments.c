/* publish/segments.c: see segments.h. */
#include "prog/publish/segments.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "crypto/random.h"
#include "delta/delta.h"
#include "os/file.h"
#include "prog/publish/epoch.h"
#include "tuf/rollout.h"

enum {
	VERSIONS_MAX = 256,	/* of targets metadata that are looked through for a generation */
	WORTH_PERCENT = 75	/* a delta larger than this part of the database is left out */
};

static enum err
memory_file(int *out, struct fault *why)
{
	*out = memfd_create("segment", MFD_CLOEXEC);
	return *out >= 0 ? ERR_NONE : fault_errno(why, "cannot make a file in memory");
}

/* The plain database of what was published as ${t}. Nobody vouches for old files any more: the seal and the digest do. */
static enum err
unseal_published(const struct site *s, const struct tuf_target *t, int *out, struct fault *why)
{
	char path[TUF_PATH_SIZE + 16];
	int sealed = -1, plain = -1;
	struct seal_key key;
	uint8_t digest[32];
	uint64_t size;
	enum err e;

	snprintf(path, sizeof path, "targets/%s", t->path);
	if ((sealed = openat(s->folder, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)) < 0)
		return fault_errno(why, "cannot open %s", path);
	if ((e = epoch_named(s->keys, t->release.epoch, &key, why)) != ERR_NONE ||
	    (e = memory_file(&plain, why)) != ERR_NONE)
		goto done;
	e = unseal_file(&key, sealed, plain, &size, digest);
	if (e == ERR_NONE &&
	    (size != t->release.plain_length || memcmp(digest, t->release.plain_sha256, sizeof digest) != 0))
		e = ERR_FORGED;
	if (e != ERR_NONE) {
		fault_set(why, e, "cannot read %s: %s", path, err_name(e));
		goto done;
	}
	*out = plain;
	plain = -1;
done:
	random_forget(&key, sizeof key);
	close(sealed);
	if (plain >= 0)
		close(plain);
	return e;
}

/* What one version of the targets metadata says of ${generation}. */
static bool
find_in_version(const struct site *s, int64_t version, uint64_t generation, struct tuf_target *out)
{
	static const char *const names[] = { TUF_RELEASE_NAME, TUF_CANDIDATE_NAME };
	struct tuf_metadata *m = NULL;
	bool found = false;
	struct fault unused;
	char path[64];
	struct buf file;

	buf_init(&file, TUF_TARGETS_MAX);
	snprintf(path, sizeof path, "metadata/%" PRId64 ".targets.json", version);
	if (file_read(s->folder, path, &file, &unused) == ERR_NONE &&
	    tuf_metadata_read(TUF_TARGETS, buf_bytes(&file), &m, &unused) == ERR_NONE)
		for (size_t i = 0; i < 2 && !found; i++)
			found = tuf_target_find(m, names[i], true, out, NULL) == ERR_NONE && out->is_release &&
			    out->release.generation == generation;
	tuf_metadata_free(m);
	buf_fini(&file);
	return found;
}

static enum err
open_generation(const struct site *s, uint64_t generation, int *out, struct fault *why)
{
	int64_t last = tuf_repo_version(s->repo, TUF_TARGETS);
	struct tuf_target t;

	for (int64_t version = last; version > 0 && version > last - VERSIONS_MAX; version--)
		if (find_in_version(s, version, generation, &t))
			return unseal_published(s, &t, out, why);
	return fault_set(why, ERR_NOT_FOUND, "generation %" PRIu64 " is not kept here any more", generation);
}

static enum err
map_file(int fd, struct bytes *out, struct fault *why)
{
	struct stat st;
	void *p;

	if (fstat(fd, &st) != 0)
		return fault_errno(why, "cannot read a database");
	p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (p == MAP_FAILED)
		return fault_errno(why, "cannot read a database");
	*out = bytes_of(p, (size_t)st.st_size);
	return ERR_NONE;
}

/* The delta from ${old} to ${fresh}, at its start in a file in memory. ERR_LIMIT: it is not worth it. */
static enum err
make_delta(int old, struct bytes fresh, int *out, struct fault *why)
{
	struct bytes from = { NULL, 0 };
	int delta = -1;
	enum err e;

	if ((e = map_file(old, &from, why)) != ERR_NONE || (e = memory_file(&delta, why)) != ERR_NONE ||
	    (e = delta_make(from, fresh, delta, why)) != ERR_NONE)
		goto done;
	if ((uint64_t)lseek(delta, 0, SEEK_CUR) * 100 > (uint64_t)fresh.n * WORTH_PERCENT) {
		e = fault_set(why, ERR_LIMIT, "hardly anything stayed as it was");
		goto done;
	}
	lseek(delta, 0, SEEK_SET);
	*out = delta;
	delta = -1;
done:
	if (from.p != NULL)
		munmap((void *)(uintptr_t)from.p, from.n);
	if (delta >= 0)
		close(delta);
	return e;
}

static enum err
seal_segment(const struct site *s, struct tuf_segment *segment, int delta, struct fault *why)
{
	char name[TUF_NAME_SIZE];
	struct tuf_target target;
	struct seal_key key;
	int sealed;
	enum err e;

	tuf_segment_name(segment->from, segment->to, name);
	if ((e = epoch_newest(s->keys, segment->epoch, &key, why)) == ERR_NONE &&
	    (e = tuf_repo_start(s->repo, name, &sealed, why)) == ERR_NONE &&
	    (e = seal_file(&key, delta, sealed, NULL, NULL)) != ERR_NONE)
		fault_set(why, e, "cannot seal the segment: %s", err_name(e));
	random_forget(&key, sizeof key);
	if (e == ERR_NONE && (e = tuf_repo_add_segment(s->repo, segment, &target, why)) == ERR_NONE)
		printf("segment: from generation %" PRIu64 " to %" PRIu64 ", %" PRIu64 " bytes\n", segment->from,
		    segment->to, target.length);
	return e;
}

static enum err
make_segment(const struct site *s, struct tuf_segment *segment, struct bytes fresh, struct fault *why)
{
	int old = -1, delta = -1;
	enum err e;

	if ((e = open_generation(s, segment->from, &old, why)) == ERR_NONE)
		e = make_delta(old, fresh, &delta, why);
	/* No disk was written to yet: what is full is memory. */
	if (e == ERR_FULL)
		e = ERR_NOMEM;
	if (e == ERR_NONE)
		e = seal_segment(s, segment, delta, why);
	if (old >= 0)
		close(old);
	if (delta >= 0)
		close(delta);
	return e;
}

enum err
segments_make(const struct site *s, uint64_t generation, int database, struct fault *why)
{
	struct bytes fresh;
	enum err e;

	tuf_repo_forget_segments(s->repo, generation > SEGMENTS_KEPT ? generation - SEGMENTS_KEPT : 0);
	if ((e = map_file(database, &fresh, why)) != ERR_NONE)
		return e;
	for (uint64_t span = 1; span <= SEGMENTS_KEPT && span < generation && generation % span == 0; span *= 2) {
		struct tuf_segment segment = { .from = generation - span, .to = generation };

		e = make_segment(s, &segment, fresh, why);
		if (e == ERR_FULL)
			break;
		if (e != ERR_NONE)
			fprintf(stderr, "release: no segment from generation %" PRIu64 ": %s\n", segment.from, why->text);
	}
	munmap((void *)(uintptr_t)fresh.p, fresh.n);
	return e == ERR_FULL ? e : ERR_NONE;
}
