/* tuf/client.c: see client.h. The numbers are the steps of section 5 of the specification. */
#include "tuf/client.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/timestamp.h"
#include "codec/encode.h"
#include "os/file.h"
#include "tuf/client_state.h"

/* Long enough for a version and ".timestamp.json". */
enum { FILE_NAME_SIZE = 48 };

static void
kept_name(enum tuf_role role, char out[static FILE_NAME_SIZE])
{
	snprintf(out, FILE_NAME_SIZE, "%s.json", tuf_role_name(role));
}

/* Read, understand and verify a root by itself. */
static enum err
read_root(struct bytes file, struct tuf_metadata **m, struct tuf_root **root, struct fault *why)
{
	struct tuf_metadata *got = NULL;
	struct tuf_root *understood = NULL;
	enum err e;

	if ((e = tuf_metadata_read(TUF_ROOT, file, &got, why)) != ERR_NONE ||
	    (e = tuf_root_read(got, &understood, why)) != ERR_NONE ||
	    (e = tuf_root_verify(understood, got, why)) != ERR_NONE)
		goto done;
	*m = got;
	*root = understood;
	got = NULL;
	understood = NULL;
done:
	tuf_root_free(understood);
	tuf_metadata_free(got);
	return e;
}

enum err
tuf_client_init(int dir, struct bytes file, struct fault *why)
{
	struct tuf_metadata *m = NULL;
	struct tuf_root *root = NULL;
	enum err e;

	if ((e = read_root(file, &m, &root, why)) == ERR_NONE)
		e = file_create(dir, "root.json", file, 0644, why);
	tuf_root_free(root);
	tuf_metadata_free(m);
	return e;
}

/* True for what is wrong with a file, as against what is wrong with us just now. */
static bool
is_damage(enum err e)
{
	switch (e) {
	case ERR_NOT_FOUND:
	case ERR_TRUNCATED:
	case ERR_MALFORMED:
	case ERR_LIMIT:
	case ERR_UNSUPPORTED:
	case ERR_FORGED:
		return true;
	default:
		return false;
	}
}

static enum err
load_one(struct tuf_client *c, enum tuf_role role, struct fault *why)
{
	struct tuf_metadata *m = NULL;
	char name[FILE_NAME_SIZE];
	struct buf file;
	enum err e;

	buf_init(&file, tuf_role_max(role));
	kept_name(role, name);
	if ((e = file_read(c->dir, name, &file, why)) != ERR_NONE ||
	    (e = tuf_metadata_read(role, buf_bytes(&file), &m, why)) != ERR_NONE ||
	    (e = tuf_root_verify(c->root, m, why)) != ERR_NONE)
		goto done;
	if (role != TUF_TARGETS && (e = tuf_listing_check(m, why)) != ERR_NONE)
		goto done;
	c->trusted[role] = m;
	m = NULL;
done:
	tuf_metadata_free(m);
	buf_fini(&file);
	return e;
}

/* Take up what is kept and still holds under the present root; what does not is as if absent. */
static enum err
load_trusted(struct tuf_client *c, struct fault *why)
{
	struct fault trouble;
	enum err e;

	for (enum tuf_role role = TUF_TIMESTAMP; role < TUF_ROLES; role++) {
		tuf_metadata_free(c->trusted[role]);
		c->trusted[role] = NULL;
		if ((e = load_one(c, role, &trouble)) != ERR_NONE && !is_damage(e))
			return fault_set(why, e, "%s", trouble.text);
	}
	return ERR_NONE;
}

static enum err
load_root(struct tuf_client *c, struct fault *why)
{
	struct buf file;
	enum err e;

	buf_init(&file, TUF_ROOT_MAX);
	if ((e = file_read(c->dir, "root.json", &file, why)) == ERR_NONE)
		e = read_root(buf_bytes(&file), &c->trusted[TUF_ROOT], &c->root, why);
	if (e != ERR_NONE)
		fault_within(why, "the trusted root");
	buf_fini(&file);
	return e;
}

enum err
tuf_client_open(int dir, struct tuf_client **out, struct fault *why)
{
	struct tuf_client *c = calloc(1, sizeof *c);
	enum err e;

	if (c == NULL)
		return fault_set(why, ERR_NOMEM, "out of memory");
	if ((c->dir = fcntl(dir, F_DUPFD_CLOEXEC, 0)) < 0) {
		e = fault_errno(why, "cannot keep the folder of trusted metadata open");
		goto done;
	}
	if ((e = load_root(c, why)) != ERR_NONE || (e = load_trusted(c, why)) != ERR_NONE)
		goto done;
	*out = c;
	c = NULL;
done:
	tuf_client_free(c);
	return e;
}

enum err
tuf_client_open_anew(int dir, struct bytes root, struct tuf_client **out, struct fault *why)
{
	enum err e = tuf_client_init(dir, root, why);

	if (e != ERR_NONE && e != ERR_EXISTS)
		return e;
	e = tuf_client_open(dir, out, why);
	if (e != ERR_MALFORMED && e != ERR_FORGED && e != ERR_TRUNCATED)
		return e;
	if (unlinkat(dir, "root.json", 0) != 0)
		return fault_errno(why, "cannot remove the damaged root");
	if ((e = tuf_client_init(dir, root, why)) != ERR_NONE)
		return e;
	return tuf_client_open(dir, out, why);
}

void
tuf_client_free(struct tuf_client *c)
{
	if (c == NULL)
		return;
	for (size_t i = 0; i < TUF_ROLES; i++)
		tuf_metadata_free(c->trusted[i]);
	tuf_root_free(c->root);
	if (c->dir >= 0)
		close(c->dir);
	free(c);
}

static enum err
fetch(const struct tuf_client *c, const char *path, struct buf *out, struct fault *why)
{
	enum err e = c->fetch(c->ctx, path, out, why);

	if (e == ERR_NONE && out->err != ERR_NONE)
		e = fault_set(why, out->err, "%s: %s", path, err_name(out->err));
	return e;
}

static enum err
check_expiry(const struct tuf_metadata *m, int64_t now, struct fault *why)
{
	char when[TIMESTAMP_SIZE];

	if (now < m->expires)
		return ERR_NONE;
	timestamp_write(m->expires, when);
	return fault_set(why, ERR_EXPIRED, "%s metadata, version %" PRId64 ", expired at %s",
	    tuf_role_name(m->role), m->version, when);
}

/* 5.3.11, fast-forward recovery: whoever had the old keys may have published versions so high that
 * nothing could follow. Where keys were only added, the old ones still count, and nothing is forgotten.
 * Forgotten before the new root is kept, so that no crash can skip it. */
static enum err
forget_rotated(struct tuf_client *c, const struct tuf_root *next, struct fault *why)
{
	static const char *const names[] = { "timestamp.json", "snapshot.json" };

	if (tuf_root_keeps_keys(c->root, next, TUF_TIMESTAMP) &&
	    tuf_root_keeps_keys(c->root, next, TUF_SNAPSHOT))
		return ERR_NONE;
	for (size_t i = 0; i < 2; i++)
		if (unlinkat(c->dir, names[i], 0) != 0 && errno != ENOENT)
			return fault_errno(why, "cannot remove %s", names[i]);
	return file_sync_dir(c->dir);
}

/* 5.3.4 to 5.3.8: signed by the old keys and by its own, the very next version, then kept. */
static enum err
take_root(struct tuf_client *c, struct bytes file, struct fault *why)
{
	struct tuf_metadata *m = NULL;
	struct tuf_root *next = NULL;
	enum err e;

	if ((e = read_root(file, &m, &next, why)) != ERR_NONE ||
	    (e = tuf_root_verify(c->root, m, why)) != ERR_NONE)
		goto done;
	if (m->version != tuf_root_version(c->root) + 1) {
		e = fault_set(why, ERR_CONFLICT,
		    "root metadata has version %" PRId64 ", not %" PRId64, m->version,
		    tuf_root_version(c->root) + 1);
		goto done;
	}
	if ((e = forget_rotated(c, next, why)) != ERR_NONE ||
	    (e = file_replace(c->dir, "root.json", file, 0644, why)) != ERR_NONE)
		goto done;
	tuf_root_free(c->root);
	tuf_metadata_free(c->trusted[TUF_ROOT]);
	c->root = next;
	c->trusted[TUF_ROOT] = m;
	next = NULL;
	m = NULL;
done:
	tuf_root_free(next);
	tuf_metadata_free(m);
	return e;
}

/* One turn of the loop 5.3.2 to 5.3.9. ERR_NOT_FOUND: there is no newer root. */
static enum err
step_root(struct tuf_client *c, struct fault *why)
{
	char path[FILE_NAME_SIZE];
	struct buf file;
	enum err e;

	buf_init(&file, TUF_ROOT_MAX);
	snprintf(path, sizeof path, "%" PRId64 ".root.json", tuf_root_version(c->root) + 1);
	if ((e = fetch(c, path, &file, why)) != ERR_NONE)
		goto done;
	/* What is wrong with a root that is there must not look like the end of the loop. */
	if ((e = take_root(c, buf_bytes(&file), why)) == ERR_NOT_FOUND)
		e = ERR_IO;
done:
	if (e != ERR_NONE && e != ERR_NOT_FOUND)
		fault_within(why, "%s", path);
	buf_fini(&file);
	return e;
}

static enum err
refresh_root(struct tuf_client *c, struct fault *why)
{
	int64_t before = tuf_root_version(c->root);
	enum err e = ERR_NONE;

	for (size_t i = 0; i < TUF_ROOT_STEPS_MAX && e == ERR_NONE; i++)
		e = step_root(c, why);
	if (tuf_root_version(c->root) != before) {
		enum err loaded = load_trusted(c, why);

		if (loaded != ERR_NONE)
			return loaded;
	}
	if (e != ERR_NONE && e != ERR_NOT_FOUND)
		return e;
	return check_expiry(c->trusted[TUF_ROOT], c->now, why);	/* 5.3.10 */
}

/* Verified, not rolled back and not expired: keep it and trust it. Takes ${m} over on success. */
static enum err
trust(struct tuf_client *c, struct tuf_metadata *m, struct bytes file, struct fault *why)
{
	char name[FILE_NAME_SIZE];
	enum err e;

	kept_name(m->role, name);
	if ((e = check_expiry(m, c->now, why)) != ERR_NONE ||
	    (e = file_replace(c->dir, name, file, 0644, why)) != ERR_NONE)
		return e;
	tuf_metadata_free(c->trusted[m->role]);
	c->trusted[m->role] = m;
	return ERR_NONE;
}

static enum err
check_timestamp(const struct tuf_client *c, const struct tuf_metadata *m, struct fault *why)
{
	const struct tuf_metadata *old = c->trusted[TUF_TIMESTAMP];
	enum err e;

	if ((e = tuf_root_verify(c->root, m, why)) != ERR_NONE ||
	    (e = tuf_listing_check(m, why)) != ERR_NONE)
		return e;
	if (old == NULL)
		return ERR_NONE;
	if (m->version < old->version)
		return fault_set(why, ERR_CONFLICT,
		    "timestamp metadata goes back from version %" PRId64 " to %" PRId64,
		    old->version, m->version);
	return m->version == old->version ? ERR_NONE : tuf_listing_no_rollback(old, m, why);
}

/* 5.4. The same version again is no news, and no error: what we have of it stays. */
static enum err
refresh_timestamp(struct tuf_client *c, struct fault *why)
{
	struct tuf_metadata *m = NULL;
	struct buf file;
	enum err e;

	buf_init(&file, TUF_TIMESTAMP_MAX);
	if ((e = fetch(c, "timestamp.json", &file, why)) != ERR_NONE ||
	    (e = tuf_metadata_read(TUF_TIMESTAMP, buf_bytes(&file), &m, why)) != ERR_NONE ||
	    (e = check_timestamp(c, m, why)) != ERR_NONE)
		goto done;
	if (c->trusted[TUF_TIMESTAMP] != NULL && m->version == c->trusted[TUF_TIMESTAMP]->version) {
		e = check_expiry(c->trusted[TUF_TIMESTAMP], c->now, why);
		goto done;
	}
	if ((e = trust(c, m, buf_bytes(&file), why)) == ERR_NONE)
		m = NULL;
done:
	tuf_metadata_free(m);
	buf_fini(&file);
	return e;
}

static enum err
verify(const struct tuf_client *c, const struct tuf_wanted *w, const struct tuf_metadata *m,
    struct fault *why)
{
	return w->delegation != NULL ? tuf_delegation_verify(w->delegation, m, why) :
				       tuf_root_verify(c->root, m, why);
}

/* 5.5.2 to 5.5.5 and 5.6.2 to 5.6.4. The digest comes first: nothing unannounced is even parsed. */
static enum err
check_listed(const struct tuf_client *c, const struct tuf_wanted *w, const struct tuf_metadata *old,
    struct bytes file, struct tuf_metadata **out, struct fault *why)
{
	struct tuf_metadata *m = NULL;
	enum err e;

	if ((e = tuf_listed_check(&w->listed, file, why)) != ERR_NONE ||
	    (e = tuf_metadata_read(w->role, file, &m, why)) != ERR_NONE ||
	    (e = verify(c, w, m, why)) != ERR_NONE)
		goto done;
	if (m->version != w->listed.version) {
		e = fault_set(why, ERR_CONFLICT,
		    "it has version %" PRId64 " and was announced as version %" PRId64, m->version,
		    w->listed.version);
		goto done;
	}
	if (w->role == TUF_SNAPSHOT && (e = tuf_listing_check(m, why)) != ERR_NONE)
		goto done;
	if (w->role == TUF_SNAPSHOT && old != NULL &&
	    (e = tuf_listing_no_rollback(old, m, why)) != ERR_NONE)
		goto done;
	*out = m;
	m = NULL;
done:
	tuf_metadata_free(m);
	return e;
}

enum err
tuf_wanted_name(const struct tuf_client *c, const char *name, struct tuf_wanted *w,
    struct fault *why)
{
	struct buf encoded;
	enum err e = ERR_NONE;

	buf_init(&encoded, sizeof w->kept - sizeof ".json");
	encode_url(name, &encoded);
	buf_u8(&encoded, '\0');
	if (encoded.err != ERR_NONE) {
		e = fault_set(why, encoded.err, "the role's name is too long for a file");
		goto done;
	}
	snprintf(w->kept, sizeof w->kept, "%s.json", (const char *)encoded.p);
	if (tuf_root_is_consistent(c->root))
		snprintf(w->path, sizeof w->path, "%" PRId64 ".%s", w->listed.version, w->kept);
	else
		snprintf(w->path, sizeof w->path, "%s", w->kept);
done:
	buf_fini(&encoded);
	return e;
}

enum err
tuf_wanted_fetch(struct tuf_client *c, const struct tuf_wanted *w, const struct tuf_metadata *old,
    struct tuf_metadata **out, struct fault *why)
{
	size_t most = tuf_role_max(w->role);
	struct tuf_metadata *m = NULL;
	struct buf file;
	enum err e;

	if (w->listed.has_length && (uint64_t)w->listed.length < most)
		most = (size_t)w->listed.length;
	buf_init(&file, most);
	if ((e = fetch(c, w->path, &file, why)) != ERR_NONE ||
	    (e = check_listed(c, w, old, buf_bytes(&file), &m, why)) != ERR_NONE ||
	    (e = check_expiry(m, c->now, why)) != ERR_NONE ||
	    (e = file_replace(c->dir, w->kept, buf_bytes(&file), 0644, why)) != ERR_NONE) {
		fault_within(why, "%s", w->path);
		goto done;
	}
	*out = m;
	m = NULL;
done:
	tuf_metadata_free(m);
	buf_fini(&file);
	return e;
}

enum err
tuf_wanted_load(const struct tuf_client *c, const struct tuf_wanted *w, struct tuf_metadata **out,
    struct fault *why)
{
	struct tuf_metadata *m = NULL;
	struct buf file;
	enum err e;

	buf_init(&file, tuf_role_max(w->role));
	if ((e = file_read(c->dir, w->kept, &file, why)) != ERR_NONE ||
	    (e = tuf_metadata_read(w->role, buf_bytes(&file), &m, why)) != ERR_NONE ||
	    (e = verify(c, w, m, why)) != ERR_NONE) {
		if (is_damage(e))
			e = ERR_NOT_FOUND;
		goto done;
	}
	if (!tuf_listed_is(&w->listed, m))
		e = ERR_NOT_FOUND;
	else
		e = check_expiry(m, c->now, why);
	if (e != ERR_NONE)
		goto done;
	*out = m;
	m = NULL;
done:
	tuf_metadata_free(m);
	buf_fini(&file);
	return e;
}

/* 5.5 and 5.6: bring ${role} to what ${lister}'s trusted file says of it. */
static enum err
refresh_listed(struct tuf_client *c, enum tuf_role lister, enum tuf_role role, struct fault *why)
{
	struct tuf_wanted w = { .role = role };
	struct tuf_metadata *m;
	enum err e;

	/* tuf_listing_check saw to it that it is there. */
	if ((e = tuf_listing_find(c->trusted[lister], tuf_role_name(role), &w.listed, why)) != ERR_NONE)
		return e;
	if (tuf_listed_is(&w.listed, c->trusted[role]))
		return check_expiry(c->trusted[role], c->now, why);
	if ((e = tuf_wanted_name(c, tuf_role_name(role), &w, why)) != ERR_NONE ||
	    (e = tuf_wanted_fetch(c, &w, c->trusted[role], &m, why)) != ERR_NONE)
		return e;
	tuf_metadata_free(c->trusted[role]);
	c->trusted[role] = m;
	return ERR_NONE;
}

enum err
tuf_client_refresh(struct tuf_client *c, tuf_fetch_fn *fetch_fn, void *ctx, int64_t now,
    struct fault *why)
{
	enum err e;

	c->ready = false;
	c->fetch = fetch_fn;
	c->ctx = ctx;
	c->now = now;
	if ((e = refresh_root(c, why)) != ERR_NONE || (e = refresh_timestamp(c, why)) != ERR_NONE ||
	    (e = refresh_listed(c, TUF_TIMESTAMP, TUF_SNAPSHOT, why)) != ERR_NONE ||
	    (e = refresh_listed(c, TUF_SNAPSHOT, TUF_TARGETS, why)) != ERR_NONE)
		return e;
	c->ready = true;
	return ERR_NONE;
}

int64_t
tuf_client_expires(const struct tuf_client *c)
{
	int64_t first = c->trusted[TUF_ROOT]->expires;

	for (enum tuf_role role = TUF_TIMESTAMP; role < TUF_ROLES; role++) {
		if (c->trusted[role] == NULL)
			return 0;
		if (c->trusted[role]->expires < first)
			first = c->trusted[role]->expires;
	}
	return first;
}

bool
tuf_client_stale(const struct tuf_client *c, int64_t now, struct fault *why)
{
	for (enum tuf_role role = TUF_ROOT; role < TUF_ROLES; role++) {
		if (c->trusted[role] == NULL) {
			fault_set(why, ERR_NOT_FOUND, "there is no trusted %s metadata yet",
			    tuf_role_name(role));
			return true;
		}
		if (check_expiry(c->trusted[role], now, why) != ERR_NONE)
			return true;
	}
	return false;
}

int64_t
tuf_client_version(const struct tuf_client *c, enum tuf_role role)
{
	return c->trusted[role] == NULL ? 0 : c->trusted[role]->version;
}
