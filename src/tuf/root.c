/* tuf/root.c: see root.h. */
#include "tuf/root.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>

#include "base/text.h"
#include "tuf/key.h"
#include "tuf/limits.h"

struct role_keys {
	int64_t threshold;
	size_t count;
	char ids[TUF_KEYS_MAX][HASH_HEX_SIZE];	/* different ones; a key may be missing from the root */
};

struct tuf_root {
	int64_t version;
	int64_t expires;
	bool consistent;
	struct tuf_key keys[TUF_KEYS_MAX];
	size_t key_count;
	struct role_keys roles[TUF_ROLES];
};

static enum err
read_keys(struct tuf_root *root, const json_t *body, struct fault *why)
{
	const char *id;
	json_t *keys, *value;
	enum err e;

	if ((e = tuf_field_object(body, "keys", &keys, why)) != ERR_NONE)
		return e;
	if (json_object_size(keys) > TUF_KEYS_MAX)
		return fault_set(why, ERR_LIMIT, "it has %zu keys; at most %d are read",
		    json_object_size(keys), TUF_KEYS_MAX);
	json_object_foreach(keys, id, value)
		if ((e = tuf_key_read(id, value, &root->keys[root->key_count++], why)) != ERR_NONE)
			return e;
	return ERR_NONE;
}

static bool
role_has(const struct role_keys *role, const char *id)
{
	for (size_t i = 0; i < role->count; i++)
		if (text_equal(role->ids[i], id))
			return true;
	return false;
}

static enum err
read_role_ids(struct role_keys *role, const json_t *ids, struct fault *why)
{
	if (!json_is_array(ids) || json_array_size(ids) > TUF_KEYS_MAX)
		return fault_set(why, ERR_MALFORMED, "\"keyids\" must be an array of at most %d",
		    TUF_KEYS_MAX);
	for (size_t i = 0; i < json_array_size(ids); i++) {
		const char *id = json_string_value(json_array_get(ids, i));

		if (id == NULL || strlen(id) != HASH_HEX_SIZE - 1)
			return fault_set(why, ERR_MALFORMED, "a key's id must have %d letters",
			    HASH_HEX_SIZE - 1);
		if (role_has(role, id))
			return fault_set(why, ERR_MALFORMED, "\"keyids\" lists %.16s twice", id);
		memcpy(role->ids[role->count++], id, HASH_HEX_SIZE);
	}
	return ERR_NONE;
}

static enum err
read_role(struct role_keys *role, const json_t *roles, const char *name, struct fault *why)
{
	json_t *value;
	enum err e;

	if ((e = tuf_field_object(roles, name, &value, why)) != ERR_NONE)
		return e;
	if ((e = tuf_field_whole(value, "threshold", 1, &role->threshold, why)) != ERR_NONE ||
	    (e = read_role_ids(role, json_object_get(value, "keyids"), why)) != ERR_NONE)
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

static const struct tuf_key *
find_key(const struct tuf_root *root, const char *id)
{
	for (size_t i = 0; i < root->key_count; i++)
		if (text_equal(root->keys[i].id, id))
			return &root->keys[i];
	return NULL;
}

/* The keys that have signed so far, each once: two ids may stand for one key, since a field that
 * nobody reads changes the id and not the key. */
struct tally {
	const struct tuf_key *counted[TUF_SIGNATURES_MAX];
	size_t count;
	size_t unread;	/* by keys of the role that are of a kind we do not verify */
};

static bool
tally_has(const struct tally *t, const struct tuf_key *key)
{
	for (size_t i = 0; i < t->count; i++)
		if (tuf_key_equal(t->counted[i], key))
			return true;
	return false;
}

static void
tally_signature(struct tally *t, const struct tuf_key *key, struct bytes message,
    const char *signature)
{
	if (key->kind == TUF_KEY_OTHER) {
		t->unread++;
		return;
	}
	if (!tally_has(t, key) && tuf_key_holds(key, message, signature))
		t->counted[t->count++] = key;
}

enum err
tuf_root_verify(const struct tuf_root *root, const struct tuf_metadata *m, struct fault *why)
{
	const struct role_keys *role = &root->roles[m->role];
	const char *name = tuf_role_name(m->role);
	struct tally t = { .count = 0 };

	assert(json_array_size(m->signatures) <= TUF_SIGNATURES_MAX);
	for (size_t i = 0; i < json_array_size(m->signatures); i++) {
		const json_t *one = json_array_get(m->signatures, i);
		const char *id = json_string_value(json_object_get(one, "keyid"));
		const char *signature = json_string_value(json_object_get(one, "sig"));
		const struct tuf_key *key = find_key(root, id);

		if (key != NULL && role_has(role, id))
			tally_signature(&t, key, buf_bytes(&m->canonical), signature);
	}
	if (t.count >= (size_t)role->threshold)
		return ERR_NONE;
	if (t.unread > 0)
		return fault_set(why, ERR_UNSUPPORTED,
		    "%s metadata, version %" PRId64 ": some of its keys are not Ed25519 keys, "
		    "which are all that this version verifies",
		    name, m->version);
	return fault_set(why, ERR_FORGED,
	    "%s metadata, version %" PRId64 ": %zu of the %" PRId64
	    " signatures hold that version %" PRId64 " of the root asks for",
	    name, m->version, t.count, role->threshold, root->version);
}

bool
tuf_root_same_keys(const struct tuf_root *a, const struct tuf_root *b, enum tuf_role role)
{
	const struct role_keys *in_a = &a->roles[role], *in_b = &b->roles[role];

	if (in_a->count != in_b->count)
		return false;
	for (size_t i = 0; i < in_a->count; i++)
		if (!role_has(in_b, in_a->ids[i]))
			return false;
	return true;
}
