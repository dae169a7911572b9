/* tuf/ceremony.c: see ceremony.h. */
#include "tuf/ceremony.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "codec/json.h"
#include "os/file.h"
#include "tuf/render.h"
#include "tuf/repo.h"
#include "tuf/root.h"

const struct tuf_quorum tuf_quorums[TUF_ROLES] = {
	[TUF_ROOT] = { 3, 5 },
	[TUF_TIMESTAMP] = { 1, 1 },
	[TUF_SNAPSHOT] = { 1, 1 },
	[TUF_TARGETS] = { 2, 3 },
};

enum { NAME_SIZE = 48, PUBLIC_MODE = 0644 };

/* Which root keys should still sign a draft. */
struct wanted {
	const struct tuf_root *last, *next;	/* NULL: there is none */
	const json_t *signatures;		/* who has signed already */
};

static bool
is_wanted(void *ctx, const char *id)
{
	const struct wanted *w = ctx;

	for (size_t i = 0; i < json_array_size(w->signatures); i++) {
		const json_t *one = json_array_get(w->signatures, i);

		if (strcmp(json_string_value(json_object_get(one, "keyid")), id) == 0)
			return false;
	}
	return (w->last != NULL && tuf_root_lists(w->last, TUF_ROOT, id)) ||
	    (w->next != NULL && tuf_root_lists(w->next, TUF_ROOT, id));
}

/* --- the first root --- */

/* The public part of ${role}'s key of this number, which is made when it is not there. */
static enum err
ensure_key(const struct tuf_keyring *ring, enum tuf_role role, int number, struct tuf_key *out,
    struct fault *why)
{
	struct tuf_signer signer;
	enum err e = tuf_signer_make(ring, role, number, out, why);

	if (e != ERR_EXISTS)
		return e;
	if ((e = tuf_signer_load(ring, role, number, &signer, why)) != ERR_NONE)
		return e;
	*out = signer.key;
	tuf_signer_forget(&signer);
	return ERR_NONE;
}

static enum err
add_role(const struct tuf_keyring *ring, enum tuf_role role, const struct tuf_quorum *q, json_t *body,
    struct fault *why)
{
	enum err e = tuf_render_set_role(body, role, q->threshold);

	for (int number = 1; number <= q->count && e == ERR_NONE; number++) {
		struct tuf_key key;

		if ((e = ensure_key(ring, role, number, &key, why)) != ERR_NONE)
			return e;
		e = tuf_render_add_key(body, role, &key);
	}
	return e == ERR_NONE ? e : fault_set(why, e, "out of memory");
}

/* Append it as a file. */
static enum err
write_draft(json_t *body, json_t *signatures, struct buf *out)
{
	json_t *whole = json_pack("{s:O, s:O}", "signatures", signatures, "signed", body);
	enum err e = whole == NULL ? ERR_NOMEM : json_write(whole, out);

	json_decref(whole);
	return e;
}

static enum err
copy_first_root(int dir, struct fault *why)
{
	struct buf file;
	enum err e;

	buf_init(&file, TUF_ROOT_MAX);
	if ((e = file_read(dir, "1.root.json", &file, why)) == ERR_NONE)
		e = file_create(dir, "root.json", buf_bytes(&file), PUBLIC_MODE, why);
	buf_fini(&file);
	return e;
}

static enum err
first_draft(const struct tuf_keyring *ring, const struct tuf_quorum *quorums, int64_t now,
    struct buf *out, struct fault *why)
{
	json_t *body = tuf_render_root(now + TUF_REPO_ROOT_LIFE), *none = json_array();
	enum err e = body == NULL ? ERR_NOMEM : ERR_NONE;

	for (enum tuf_role role = TUF_ROOT; role < TUF_ROLES && e == ERR_NONE; role++)
		if ((e = add_role(ring, role, &quorums[role], body, why)) != ERR_NONE)
			goto done;
	if (e == ERR_NONE)
		e = write_draft(body, none, out);
	if (e != ERR_NONE)
		fault_set(why, e, "cannot write the root: %s", err_name(e));
done:
	json_decref(none);
	json_decref(body);
	return e;
}

enum err
tuf_ceremony_begin(const struct tuf_keyring *ring, const struct tuf_quorum quorums[static TUF_ROLES],
    int64_t now, struct fault *why)
{
	struct buf draft, root;
	size_t added;
	int64_t version;
	enum err e;

	if (faccessat(ring->dir, "root.json", F_OK, 0) == 0)
		return fault_set(why, ERR_EXISTS, "there are keys already; they stay as they are");
	buf_init(&draft, TUF_ROOT_MAX);
	buf_init(&root, TUF_ROOT_MAX);
	/* A run that was cut short may have left the root that these keys belong to. */
	if (faccessat(ring->dir, "1.root.json", F_OK, 0) != 0 &&
	    ((e = first_draft(ring, quorums, now, &draft, why)) != ERR_NONE ||
		(e = tuf_ceremony_sign(ring, buf_bytes(&draft), &added, &root, why)) != ERR_NONE ||
		(e = tuf_ceremony_keep(ring, buf_bytes(&root), &version, why)) != ERR_NONE))
		goto done;
	e = copy_first_root(ring->dir, why);
done:
	buf_fini(&draft);
	buf_fini(&root);
	return e;
}

/* --- the ones that follow --- */

/* Read and understand a root; both are the caller's. */
static enum err
read_root(struct bytes file, struct tuf_metadata **m, struct tuf_root **root, struct fault *why)
{
	struct tuf_metadata *got = NULL;
	enum err e;

	if ((e = tuf_metadata_read(TUF_ROOT, file, &got, why)) != ERR_NONE)
		return e;
	if ((e = tuf_root_read(got, root, why)) == ERR_NONE)
		*m = got;
	else
		tuf_metadata_free(got);
	return e;
}

/* The last N.root.json in the folder. ERR_NOT_FOUND: there is none. */
static enum err
read_last(int dir, struct tuf_metadata **m, struct tuf_root **root, struct fault *why)
{
	char name[NAME_SIZE];
	int64_t version = 1;
	struct buf file;
	enum err e;

	for (;; version++) {
		snprintf(name, sizeof name, "%" PRId64 ".root.json", version);
		if (faccessat(dir, name, F_OK, 0) != 0)
			break;
	}
	buf_init(&file, TUF_ROOT_MAX);
	snprintf(name, sizeof name, "%" PRId64 ".root.json", version - 1);
	if ((e = file_read(dir, name, &file, why)) == ERR_NONE &&
	    (e = read_root(buf_bytes(&file), m, root, why)) != ERR_NONE)
		fault_within(why, "%s", name);
	buf_fini(&file);
	return e;
}

/* As many new keys as the role has. */
static enum err
rotate(const struct tuf_keyring *ring, enum tuf_role role, const struct tuf_root *last, json_t *body,
    struct fault *why)
{
	size_t count = tuf_root_key_count(last, role);
	enum err e = tuf_render_set_role(body, role, (int)tuf_root_threshold(last, role));

	for (size_t i = 0; i < count && e == ERR_NONE; i++) {
		struct tuf_key key;
		int number;

		if ((e = tuf_signer_free_number(ring, role, &number, why)) != ERR_NONE ||
		    (e = ensure_key(ring, role, number, &key, why)) != ERR_NONE)
			return e;
		e = tuf_render_add_key(body, role, &key);
	}
	return e == ERR_NONE ? e : fault_set(why, e, "out of memory");
}

enum err
tuf_ceremony_draft(const struct tuf_keyring *ring, enum tuf_role rotated, int64_t now,
    struct buf *out, struct fault *why)
{
	struct tuf_metadata *m = NULL;
	struct tuf_root *last = NULL;
	json_t *body = NULL, *none = json_array();
	enum err e;

	if ((e = read_last(ring->dir, &m, &last, why)) != ERR_NONE)
		goto done;
	body = tuf_render_next_root(m, now + TUF_REPO_ROOT_LIFE);
	if (body == NULL) {
		e = fault_set(why, ERR_NOMEM, "out of memory");
		goto done;
	}
	if (rotated != TUF_NO_ROLE && (e = rotate(ring, rotated, last, body, why)) != ERR_NONE)
		goto done;
	tuf_render_drop_keys(body);
	if ((e = write_draft(body, none, out)) != ERR_NONE)
		fault_set(why, e, "cannot write the root: %s", err_name(e));
done:
	json_decref(none);
	json_decref(body);
	tuf_root_free(last);
	tuf_metadata_free(m);
	return e;
}

enum err
tuf_ceremony_sign(const struct tuf_keyring *ring, struct bytes draft, size_t *added, struct buf *out,
    struct fault *why)
{
	struct tuf_metadata *m = NULL, *before = NULL;
	struct tuf_root *next = NULL, *last = NULL;
	struct wanted w;
	enum err e;

	if ((e = read_root(draft, &m, &next, why)) != ERR_NONE)
		goto done;
	e = read_last(ring->dir, &before, &last, why);
	if (e != ERR_NONE && e != ERR_NOT_FOUND)
		goto done;
	w = (struct wanted){ last, next, m->signatures };
	if ((e = tuf_signer_sign(ring, TUF_ROOT, buf_bytes(&m->canonical), is_wanted, &w, TUF_KEYS_MAX,
		 m->signatures, added, why)) != ERR_NONE)
		goto done;
	if ((e = write_draft(m->body, m->signatures, out)) != ERR_NONE)
		fault_set(why, e, "cannot write the draft: %s", err_name(e));
done:
	tuf_root_free(next);
	tuf_root_free(last);
	tuf_metadata_free(m);
	tuf_metadata_free(before);
	return e;
}

enum err
tuf_ceremony_keep(const struct tuf_keyring *ring, struct bytes draft, int64_t *version,
    struct fault *why)
{
	struct tuf_metadata *m = NULL, *before = NULL;
	struct tuf_root *next = NULL, *last = NULL;
	char name[NAME_SIZE];
	enum err e;

	if ((e = read_root(draft, &m, &next, why)) != ERR_NONE ||
	    (e = tuf_root_verify(next, m, why)) != ERR_NONE)
		goto done;
	e = read_last(ring->dir, &before, &last, why);
	if (e == ERR_NONE)
		e = tuf_root_verify(last, m, why);
	else if (e == ERR_NOT_FOUND)
		e = ERR_NONE;
	if (e != ERR_NONE)
		goto done;
	if (m->version != (before == NULL ? 1 : before->version + 1)) {
		e = fault_set(why, ERR_CONFLICT, "the draft is version %" PRId64 " of the root, and not the next",
		    m->version);
		goto done;
	}
	snprintf(name, sizeof name, "%" PRId64 ".root.json", m->version);
	if ((e = file_create(ring->dir, name, draft, PUBLIC_MODE, why)) == ERR_NONE)
		*version = m->version;
done:
	tuf_root_free(next);
	tuf_root_free(last);
	tuf_metadata_free(m);
	tuf_metadata_free(before);
	return e;
}
