/* tuf/repo.c: see repo.h. */
#include "tuf/repo.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tuf/listing.h"
#include "tuf/render.h"
#include "tuf/repo_sign.h"
#include "tuf/repo_state.h"

static const int64_t lives[TUF_ROLES] = {
	[TUF_ROOT] = TUF_REPO_ROOT_LIFE,
	[TUF_TIMESTAMP] = TUF_REPO_TIMESTAMP_LIFE,
	[TUF_SNAPSHOT] = TUF_REPO_SNAPSHOT_LIFE,
	[TUF_TARGETS] = TUF_REPO_TARGETS_LIFE,
};

/* --- opening --- */

/* A folder for everybody to read. */
static enum err
open_public_dir(int dir, const char *name, int *out, struct fault *why)
{
	if (mkdirat(dir, name, 0755) != 0 && errno != EEXIST)
		return fault_errno(why, "cannot make the directory %s", name);
	return file_open_dir(dir, name, false, out, why);
}

/* ERR_CONFLICT when another root is published under this name. */
static enum err
compare_root(const struct tuf_repo *r, const char *name, struct bytes file, struct fault *why)
{
	struct buf there;
	enum err e;

	buf_init(&there, TUF_ROOT_MAX);
	e = file_read(r->metadata, name, &there, why);
	if (e == ERR_NONE && !bytes_equal(buf_bytes(&there), file))
		e = fault_set(why, ERR_CONFLICT,
		    "metadata/%s is another root than that of these keys: the repository belongs to "
		    "other keys", name);
	buf_fini(&there);
	return e == ERR_NOT_FOUND ? ERR_NONE : e;
}

static enum err
take_root(struct tuf_repo *r, struct bytes file, struct fault *why)
{
	struct tuf_metadata *m = NULL;
	struct tuf_root *root = NULL;
	enum err e;

	if ((e = tuf_metadata_read(TUF_ROOT, file, &m, why)) != ERR_NONE ||
	    (e = tuf_root_read(m, &root, why)) != ERR_NONE ||
	    (e = tuf_root_verify(root, m, why)) != ERR_NONE ||
	    (r->root != NULL && (e = tuf_root_verify(r->root, m, why)) != ERR_NONE)) {
		tuf_metadata_free(m);
		tuf_root_free(root);
		return e;
	}
	tuf_metadata_free(r->published[TUF_ROOT]);
	tuf_root_free(r->before);
	r->before = r->root;
	r->published[TUF_ROOT] = m;
	r->root = root;
	return ERR_NONE;
}

/* All roots that lie with the keys: 1.root.json, 2.root.json, ... The last one counts. */
static enum err
take_roots(struct tuf_repo *r, struct fault *why)
{
	char name[FILE_NAME_SIZE];
	struct buf file;
	enum err e;

	buf_init(&file, TUF_ROOT_MAX);
	for (int64_t version = 1;; version++) {
		buf_clear(&file);
		snprintf(name, sizeof name, "%" PRId64 ".root.json", version);
		if ((e = file_read(r->ring.dir, name, &file, why)) != ERR_NONE)
			break;
		if ((e = compare_root(r, name, buf_bytes(&file), why)) != ERR_NONE ||
		    (e = take_root(r, buf_bytes(&file), why)) != ERR_NONE) {
			fault_within(why, "%s", name);
			break;
		}
	}
	buf_fini(&file);
	return e == ERR_NOT_FOUND && r->root != NULL ? ERR_NONE : e;
}

void
tuf_repo_file_name(enum tuf_role role, int64_t version, char out[static FILE_NAME_SIZE])
{
	if (role == TUF_TIMESTAMP)
		snprintf(out, FILE_NAME_SIZE, "timestamp.json");
	else
		snprintf(out, FILE_NAME_SIZE, "%" PRId64 ".%s.json", version, tuf_role_name(role));
}

/* Signed for the last root, or still for the one before it: then it must be signed anew. */
static enum err
verify_published(struct tuf_repo *r, const struct tuf_metadata *m, struct fault *why)
{
	enum err e = tuf_root_verify(r->root, m, why);

	if (e == ERR_NONE || r->before == NULL || tuf_root_verify(r->before, m, NULL) != ERR_NONE)
		return e;
	r->outdated[m->role] = true;
	return ERR_NONE;
}

/* Take up one published file; ${listed} is what another says of it, or NULL for the timestamp. */
static enum err
load_one(struct tuf_repo *r, enum tuf_role role, const struct tuf_listed *listed, struct fault *why)
{
	struct tuf_metadata *m = NULL;
	char name[FILE_NAME_SIZE];
	struct buf file;
	enum err e;

	buf_init(&file, tuf_role_max(role));
	tuf_repo_file_name(role, listed == NULL ? 0 : listed->version, name);
	if ((e = file_read(r->metadata, name, &file, why)) != ERR_NONE)
		goto done;
	if ((listed != NULL && (e = tuf_listed_check(listed, buf_bytes(&file), why)) != ERR_NONE) ||
	    (e = tuf_metadata_read(role, buf_bytes(&file), &m, why)) != ERR_NONE ||
	    (e = verify_published(r, m, why)) != ERR_NONE ||
	    (role != TUF_TARGETS && (e = tuf_listing_check(m, why)) != ERR_NONE)) {
		fault_within(why, "metadata/%s is damaged or not by these keys, restore it first",
		    name);
		goto done;
	}
	r->published[role] = m;
	m = NULL;
done:
	tuf_metadata_free(m);
	buf_fini(&file);
	return e;
}

/* What the timestamp leads to is the repository; anything else there is left over. */
static enum err
load_published(struct tuf_repo *r, struct fault *why)
{
	struct tuf_listed listed;
	enum err e;

	if ((e = load_one(r, TUF_TIMESTAMP, NULL, why)) == ERR_NOT_FOUND)
		return ERR_NONE;
	if (e != ERR_NONE ||
	    (e = tuf_listing_find(r->published[TUF_TIMESTAMP], "snapshot", &listed, why)) !=
		ERR_NONE ||
	    (e = load_one(r, TUF_SNAPSHOT, &listed, why)) != ERR_NONE ||
	    (e = tuf_listing_find(r->published[TUF_SNAPSHOT], "targets", &listed, why)) !=
		ERR_NONE)
		return e;
	return load_one(r, TUF_TARGETS, &listed, why);
}

static enum err
open_dirs(struct tuf_repo *r, int repo, struct fault *why)
{
	enum err e;

	if ((e = file_lock(repo, "publish.lock", &r->lock, why)) != ERR_NONE ||
	    (e = open_public_dir(repo, "metadata", &r->metadata, why)) != ERR_NONE ||
	    (e = open_public_dir(repo, "targets", &r->targets, why)) != ERR_NONE)
		return e;
	/* Nobody else writes here: what is half written is of a run that was killed. */
	if ((e = file_remove_leftovers(r->metadata)) != ERR_NONE ||
	    (e = file_remove_leftovers(r->targets)) != ERR_NONE)
		return fault_set(why, e, "cannot clear up after an interrupted run: %s", err_name(e));
	return ERR_NONE;
}

enum err
tuf_repo_open(const struct tuf_keyring *ring, int repo, struct tuf_repo **out, struct fault *why)
{
	struct tuf_repo *r = calloc(1, sizeof *r);
	enum err e;

	if (r == NULL)
		return fault_set(why, ERR_NOMEM, "out of memory");
	r->ring = *ring;
	r->lock = r->metadata = r->targets = r->started = -1;
	if ((e = open_dirs(r, repo, why)) != ERR_NONE || (e = take_roots(r, why)) != ERR_NONE ||
	    (e = load_published(r, why)) != ERR_NONE)
		goto done;
	*out = r;
	r = NULL;
done:
	tuf_repo_close(r);
	return e;
}

static void
give_up_started(struct tuf_repo *r)
{
	if (r->started < 0)
		return;
	close(r->started);
	r->started = -1;
	unlinkat(r->targets, r->started_file, 0);
}

void
tuf_repo_close(struct tuf_repo *r)
{
	if (r == NULL)
		return;
	give_up_started(r);
	free(r->segments);
	for (size_t i = 0; i < TUF_ROLES; i++)
		tuf_metadata_free(r->published[i]);
	tuf_root_free(r->root);
	tuf_root_free(r->before);
	if (r->metadata >= 0)
		close(r->metadata);
	if (r->targets >= 0)
		close(r->targets);
	if (r->lock >= 0)
		close(r->lock);
	free(r);
}

enum err
tuf_repo_find(const struct tuf_repo *r, const char *name, struct tuf_target *out, struct fault *why)
{
	if (r->published[TUF_TARGETS] == NULL)
		return fault_set(why, ERR_NOT_FOUND, "nothing is released yet");
	return tuf_target_find(r->published[TUF_TARGETS], name, true, out, why);
}

int64_t
tuf_repo_version(const struct tuf_repo *r, enum tuf_role role)
{
	return r->published[role] == NULL ? 0 : r->published[role]->version;
}

int64_t
tuf_repo_expires(const struct tuf_repo *r, enum tuf_role role)
{
	return r->published[role] == NULL ? 0 : r->published[role]->expires;
}

/* --- publishing --- */

/* One change of the repository under way: what is to be published, role by role. */
struct change {
	struct tuf_repo *repo;
	int64_t now;
	struct tuf_metadata *next[TUF_ROLES];	/* NULL: stays as it is */
	struct buf file[TUF_ROLES];
	struct fault *why;
};

static void
change_init(struct change *c, struct tuf_repo *r, int64_t now, struct fault *why)
{
	*c = (struct change){ .repo = r, .now = now, .why = why };
	for (enum tuf_role role = TUF_ROOT; role < TUF_ROLES; role++)
		buf_init(&c->file[role], tuf_role_max(role));
}

static void
change_fini(struct change *c)
{
	for (enum tuf_role role = TUF_ROOT; role < TUF_ROLES; role++) {
		tuf_metadata_free(c->next[role]);
		buf_fini(&c->file[role]);
	}
}

/* Sign ${body} (taken over) as ${role}'s next file, and test it as a device would: what the root does
 * not vouch for is not even written. */
static enum err
change_sign(struct change *c, enum tuf_role role, json_t *body)
{
	struct buf *file = &c->file[role];
	enum err e;

	if (body == NULL)
		return fault_set(c->why, ERR_NOMEM, "out of memory");
	if ((e = tuf_repo_sign(&c->repo->ring, c->repo->root, role, body, file, c->why)) == ERR_NONE &&
	    (e = tuf_metadata_read(role, buf_bytes(file), &c->next[role], c->why)) == ERR_NONE)
		e = tuf_root_verify(c->repo->root, c->next[role], c->why);
	json_decref(body);
	return e;
}

static int64_t
next_version(const struct change *c, enum tuf_role role)
{
	return tuf_repo_version(c->repo, role) + 1;
}

static enum err
change_targets(struct change *c, struct tuf_render_change what)
{
	return change_sign(c, TUF_TARGETS,
	    tuf_render_targets(c->repo->published[TUF_TARGETS], what, next_version(c, TUF_TARGETS),
		c->now + lives[TUF_TARGETS]));
}

/* Sign ${role} anew over what is, or will be, published as ${listed}. */
static enum err
change_listing(struct change *c, enum tuf_role role, enum tuf_role listed)
{
	const struct tuf_metadata *m = c->next[listed] != NULL ? c->next[listed] :
								 c->repo->published[listed];

	return change_sign(c, role,
	    tuf_render_listing(role, m, next_version(c, role), c->now + lives[role]));
}

static enum err
change_write(struct change *c, enum tuf_role role)
{
	char name[FILE_NAME_SIZE];

	if (c->next[role] == NULL)
		return ERR_NONE;
	tuf_repo_file_name(role, c->next[role]->version, name);
	return file_replace(c->repo->metadata, name, buf_bytes(&c->file[role]), PUBLIC_MODE, c->why);
}

/* Publish the roots that lie with the keys and not here. */
static enum err
publish_roots(struct tuf_repo *r, struct fault *why)
{
	char name[FILE_NAME_SIZE];
	struct buf file;
	enum err e = ERR_NONE;

	buf_init(&file, TUF_ROOT_MAX);
	for (int64_t version = 1; version <= tuf_root_version(r->root) && e == ERR_NONE; version++) {
		snprintf(name, sizeof name, "%" PRId64 ".root.json", version);
		if (faccessat(r->metadata, name, F_OK, 0) == 0)
			continue;
		buf_clear(&file);
		if ((e = file_read(r->ring.dir, name, &file, why)) == ERR_NONE)
			e = file_replace(r->metadata, name, buf_bytes(&file), PUBLIC_MODE, why);
	}
	buf_fini(&file);
	return e;
}

/* The last steps, which make the rest count. A new root goes just before what it vouches for: a device that comes
 * between the two is refused and asks again. */
static enum err
change_commit(struct change *c)
{
	enum err e;

	if ((e = publish_roots(c->repo, c->why)) != ERR_NONE ||
	    (e = change_write(c, TUF_TIMESTAMP)) != ERR_NONE)
		return e;
	for (enum tuf_role role = TUF_TIMESTAMP; role < TUF_ROLES; role++) {
		if (c->next[role] == NULL)
			continue;
		tuf_metadata_free(c->repo->published[role]);
		c->repo->published[role] = c->next[role];
		c->repo->outdated[role] = false;
		c->next[role] = NULL;
	}
	return ERR_NONE;
}

enum err
tuf_repo_start(struct tuf_repo *r, const char *name, int *fd, struct fault *why)
{
	give_up_started(r);
	if (!tuf_name_is_safe(name) || strchr(name, '/') != NULL)
		return fault_set(why, ERR_MALFORMED, "the target's name must be a plain file name");
	snprintf(r->started_name, sizeof r->started_name, "%s", name);
	snprintf(r->started_file, sizeof r->started_file, "%s" FILE_NEW_SUFFIX, name);
	r->started = openat(r->targets, r->started_file,
	    O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, PUBLIC_MODE);
	if (r->started < 0)
		return fault_errno(why, "cannot make targets/%s", r->started_file);
	*fd = r->started;
	return ERR_NONE;
}

/* Give the started file its name for good. */
static enum err
place_started(struct tuf_repo *r, const struct tuf_target *target, struct fault *why)
{
	if (fsync(r->started) != 0 ||
	    renameat(r->targets, r->started_file, r->targets, target->path) != 0 ||
	    file_sync_dir(r->targets) != ERR_NONE)
		return fault_errno(why, "cannot write targets/%s", target->path);
	close(r->started);
	r->started = -1;
	return ERR_NONE;
}

enum err
tuf_repo_add_segment(struct tuf_repo *r, const struct tuf_segment *segment, struct tuf_target *out, struct fault *why)
{
	struct tuf_target target = { .is_segment = true, .segment = *segment }, *more;
	enum err e;

	assert(r->started >= 0);
	memcpy(target.name, r->started_name, sizeof target.name);
	more = realloc(r->segments, (r->segment_count + 1) * sizeof *more);
	if (more == NULL)
		return fault_set(why, ERR_NOMEM, "out of memory");
	r->segments = more;
	if ((e = tuf_target_measure(&target, r->started, why)) != ERR_NONE ||
	    (e = place_started(r, &target, why)) != ERR_NONE)
		return e;
	r->segments[r->segment_count++] = target;
	*out = target;
	return ERR_NONE;
}

void
tuf_repo_forget_segments(struct tuf_repo *r, uint64_t oldest)
{
	r->oldest = oldest;
}

/* Targets metadata and all above it, but for the timestamp, which is only signed yet. */
static enum err
prepare_words(struct change *c, struct tuf_render_change what)
{
	enum err e;

	if ((e = change_targets(c, what)) != ERR_NONE ||
	    (e = change_listing(c, TUF_SNAPSHOT, TUF_TARGETS)) != ERR_NONE ||
	    (e = change_listing(c, TUF_TIMESTAMP, TUF_SNAPSHOT)) != ERR_NONE ||
	    (e = change_write(c, TUF_TARGETS)) != ERR_NONE ||
	    (e = change_write(c, TUF_SNAPSHOT)) != ERR_NONE)
		return e;
	return ERR_NONE;
}

enum err
tuf_repo_release(struct tuf_repo *r, const struct tuf_release *release, int64_t now,
    struct tuf_target *out, struct fault *why)
{
	struct tuf_target target = { .is_release = true, .release = *release };
	const struct tuf_render_change what = { .put = &target, .drop = out->name[0] != '\0' ? out->name : NULL,
		.oldest = r->oldest, .segments = r->segments, .segment_count = r->segment_count };
	struct change c;
	enum err e;

	assert(r->started >= 0);
	change_init(&c, r, now, why);
	memcpy(target.name, r->started_name, sizeof target.name);
	/* The target is placed last, so that a run that ends early rarely leaves it. */
	if ((e = tuf_target_measure(&target, r->started, why)) != ERR_NONE ||
	    (e = prepare_words(&c, what)) != ERR_NONE ||
	    (e = place_started(r, &target, why)) != ERR_NONE || (e = change_commit(&c)) != ERR_NONE)
		goto done;
	*out = target;
	r->segment_count = 0;
	r->oldest = 0;
done:
	change_fini(&c);
	return e;
}

/* Fill ${put}, of which name and release are given, from what is published as ${from}, whose file gets its name too. */
static enum err
link_target(const struct tuf_repo *r, const char *from, struct tuf_target *put, struct fault *why)
{
	struct tuf_target there, same;
	enum err e;

	if ((e = tuf_repo_find(r, from, &there, why)) != ERR_NONE)
		return e;
	same = there;
	same.release = put->release;
	memcpy(same.name, put->name, sizeof same.name);
	tuf_target_place(&same);
	if (linkat(r->targets, there.path, r->targets, same.path, 0) != 0 && errno != EEXIST)
		return fault_errno(why, "cannot write targets/%s", same.path);
	*put = same;
	return file_sync_dir(r->targets);
}

enum err
tuf_repo_say(struct tuf_repo *r, struct tuf_repo_words words, int64_t now, struct fault *why)
{
	struct change c;
	enum err e;

	change_init(&c, r, now, why);
	if (words.put != NULL && (e = link_target(r, words.from, words.put, why)) != ERR_NONE)
		goto done;
	if ((e = prepare_words(&c, (struct tuf_render_change){ .put = words.put, .drop = words.drop })) == ERR_NONE)
		e = change_commit(&c);
done:
	change_fini(&c);
	return e;
}

/* --- renewing --- */

static bool
is_old(const struct tuf_repo *r, enum tuf_role role, int64_t now)
{
	return r->outdated[role] || r->published[role]->expires - now < lives[role] / 3;
}

/* Targets keys may lie on a shelf: what goes out every hour must not wait for them. */
static enum err
renew_targets(struct change *c, bool *due)
{
	enum err e = change_targets(c, (struct tuf_render_change){ .put = NULL });

	if ((e != ERR_DENIED && e != ERR_NOT_FOUND) || c->repo->outdated[TUF_TARGETS])
		return e;
	*due = true;
	return ERR_NONE;
}

enum err
tuf_repo_resign(struct tuf_repo *r, int64_t now, bool *targets_due, struct fault *why)
{
	struct change c;
	enum err e;

	*targets_due = false;

	if (r->published[TUF_TIMESTAMP] == NULL)
		return fault_set(why, ERR_NOT_FOUND, "nothing is released yet: use release first");
	change_init(&c, r, now, why);
	if (is_old(r, TUF_TARGETS, now) && (e = renew_targets(&c, targets_due)) != ERR_NONE)
		goto done;
	if ((c.next[TUF_TARGETS] != NULL || is_old(r, TUF_SNAPSHOT, now)) &&
	    (e = change_listing(&c, TUF_SNAPSHOT, TUF_TARGETS)) != ERR_NONE)
		goto done;
	if ((e = change_listing(&c, TUF_TIMESTAMP, TUF_SNAPSHOT)) != ERR_NONE ||
	    (e = change_write(&c, TUF_TARGETS)) != ERR_NONE ||
	    (e = change_write(&c, TUF_SNAPSHOT)) != ERR_NONE)
		goto done;
	e = change_commit(&c);
done:
	change_fini(&c);
	return e;
}
