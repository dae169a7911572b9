/* tuf/root.c: see root.h. */
#include "tuf/root.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>

#include "tuf/keyset.h"

struct tuf_root {
	int64_t version;
	int64_t expires;
	bool consistent;
	struct tuf_keyset *keys;
	struct tuf_role_keys roles[TUF_ROLES];
};

static enum err
read_keys(struct tuf_root *root, const json_t *body, struct fault *why)
{
	json_t *keys;
	enum err e;

	if ((e = tuf_field_object(body, "keys", &keys, why)) != ERR_NONE)
		return e;
	return tuf_keyset_read(keys, NULL, &root->keys, why);
}

static enum err
read_role(struct tuf_role_keys *role, const json_t *roles, const char *name, struct fault *why)
{
	json_t *value;
	enum err e;

	if ((e = tuf_field_object(roles, name, &value, why)) != ERR_NONE)
		return e;
	if ((e = tuf_role_keys_read(value, role, why)) != ERR_NONE)
		fault_within(why, "role %s", name);
	return e;
}

static enum err
read_body(struct tuf_root *root, const json_t *body, struct fault *why)
{
	json_t *consistent = json_object_get(body, "consistent_snapshot"), *roles;
	enum err e;

	if (consistent != NULL && !json_is_boolean(consistent))
		return fault_set(why, ERR_MALFORMED, "\"consistent_snapshot\" must be true or false");
	root->consistent = json_is_true(consistent);
	if ((e = read_keys(root, body, why)) != ERR_NONE)
		return e;
	if ((e = tuf_field_object(body, "roles", &roles, why)) != ERR_NONE)
		return e;
	for (enum tuf_role role = TUF_ROOT; role < TUF_ROLES; role++)
		if ((e = read_role(&root->roles[role], roles, tuf_role_name(role), why)) != ERR_NONE)
			return e;
	return ERR_NONE;
}

enum err
tuf_root_read(const struct tuf_metadata *m, struct tuf_root **out, struct fault *why)
{
	struct tuf_root *root = calloc(1, sizeof *root);
	enum err e;

	assert(m->role == TUF_ROOT);
	if (root == NULL)
		return fault_set(why, ERR_NOMEM, "out of memory");
	root->version = m->version;
	root->expires = m->expires;
	if ((e = read_body(root, m->body, why)) != ERR_NONE) {
		fault_within(why, "root metadata");
		goto done;
	}
	*out = root;
	root = NULL;
done:
	tuf_root_free(root);
	return e;
}

void
tuf_root_free(struct tuf_root *root)
{
	if (root != NULL)
		free(root->keys);
	free(root);
}

int64_t
tuf_root_version(const struct tuf_root *root)
{
	return root->version;
}

int64_t
tuf_root_expires(const struct tuf_root *root)
{
	return root->expires;
}

bool
tuf_root_is_consistent(const struct tuf_root *root)
{
	return root->consistent;
}

size_t
tuf_root_key_count(const struct tuf_root *root, enum tuf_role role)
{
	return root->roles[role].count;
}

size_t
tuf_root_threshold(const struct tuf_root *root, enum tuf_role role)
{
	return (size_t)root->roles[role].threshold;
}

bool
tuf_root_lists(const struct tuf_root *root, enum tuf_role role, const char *id)
{
	return tuf_role_keys_has(&root->roles[role], id);
}

enum err
tuf_root_verify(const struct tuf_root *root, const struct tuf_metadata *m, struct fault *why)
{
	enum err e = tuf_keyset_verify(root->keys, &root->roles[m->role], m, why);

	if (e != ERR_NONE)
		fault_within(why, "%s metadata, version %" PRId64 ", by version %" PRId64 " of the root",
		    tuf_role_name(m->role), m->version, root->version);
	return e;
}

/* By the keys themselves: an id stays the same only as long as its key does. */
bool
tuf_root_keeps_keys(const struct tuf_root *a, const struct tuf_root *b, enum tuf_role role)
{
	const struct tuf_role_keys *in_a = &a->roles[role], *in_b = &b->roles[role];

	for (size_t i = 0; i < in_a->count; i++)
		if (!tuf_role_keys_has(in_b, in_a->ids[i]))
			return false;
	return true;
}
