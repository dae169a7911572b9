/* tuf/keyset.c: see keyset.h. */
#include "tuf/keyset.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>

#include "base/text.h"

bool
tuf_role_keys_has(const struct tuf_role_keys *role, const char *id)
{
	for (size_t i = 0; i < role->count; i++)
		if (text_equal(role->ids[i], id))
			return true;
	return false;
}

static enum err
read_ids(struct tuf_role_keys *role, const json_t *ids, struct fault *why)
{
	if (!json_is_array(ids) || json_array_size(ids) > TUF_KEYS_MAX)
		return fault_set(why, ERR_MALFORMED, "\"keyids\" must be an array of at most %d",
		    TUF_KEYS_MAX);
	for (size_t i = 0; i < json_array_size(ids); i++) {
		const char *id = json_string_value(json_array_get(ids, i));

		if (id == NULL || strlen(id) != HASH_HEX_SIZE - 1)
			return fault_set(why, ERR_MALFORMED, "a key's id must have %d letters",
			    HASH_HEX_SIZE - 1);
		if (tuf_role_keys_has(role, id))
			return fault_set(why, ERR_MALFORMED, "\"keyids\" lists %.16s twice", id);
		memcpy(role->ids[role->count++], id, HASH_HEX_SIZE);
	}
	return ERR_NONE;
}

enum err
tuf_role_keys_read(const json_t *value, struct tuf_role_keys *out, struct fault *why)
{
	enum err e;

	out->count = 0;
	if ((e = tuf_field_whole(value, "threshold", 1, &out->threshold, why)) != ERR_NONE)
		return e;
	return read_ids(out, json_object_get(value, "keyids"), why);
}

static enum err
take_key(struct tuf_keyset *set, const struct tuf_role_keys *only, const char *id,
    const json_t *value, struct fault *why)
{
	struct tuf_key key;
	enum err e;

	if ((e = tuf_key_read(id, value, &key, why)) != ERR_NONE)
		return e;
	if (only != NULL && !tuf_role_keys_has(only, id))
		return ERR_NONE;
	if (set->count == TUF_KEYS_MAX)
		return fault_set(why, ERR_LIMIT, "it has more keys than the %d that are read",
		    TUF_KEYS_MAX);
	set->keys[set->count++] = key;
	return ERR_NONE;
}

enum err
tuf_keyset_read(const json_t *keys, const struct tuf_role_keys *only, struct tuf_keyset **out,
    struct fault *why)
{
	struct tuf_keyset *set = calloc(1, sizeof *set);
	const char *id;
	json_t *value;
	enum err e;

	if (set == NULL)
		return fault_set(why, ERR_NOMEM, "out of memory");
	json_object_foreach((json_t *)(uintptr_t)keys, id, value)
		if ((e = take_key(set, only, id, value, why)) != ERR_NONE) {
			free(set);
			return e;
		}
	*out = set;
	return ERR_NONE;
}

static const struct tuf_key *
find_key(const struct tuf_keyset *set, const char *id)
{
	for (size_t i = 0; i < set->count; i++)
		if (text_equal(set->keys[i].id, id))
			return &set->keys[i];
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
tuf_keyset_verify(const struct tuf_keyset *set, const struct tuf_role_keys *role,
    const struct tuf_metadata *m, struct fault *why)
{
	struct tally t = { .count = 0 };

	assert(json_array_size(m->signatures) <= TUF_SIGNATURES_MAX);
	for (size_t i = 0; i < json_array_size(m->signatures); i++) {
		const json_t *one = json_array_get(m->signatures, i);
		const char *id = json_string_value(json_object_get(one, "keyid"));
		const char *signature = json_string_value(json_object_get(one, "sig"));
		const struct tuf_key *key = find_key(set, id);

		if (key != NULL && tuf_role_keys_has(role, id))
			tally_signature(&t, key, buf_bytes(&m->canonical), signature);
	}
	if (t.count >= (size_t)role->threshold)
		return ERR_NONE;
	if (t.unread > 0)
		return fault_set(why, ERR_UNSUPPORTED,
		    "some of its keys are neither Ed25519 nor ECDSA P-256 nor RSA keys, which are all "
		    "that this version verifies");
	return fault_set(why, ERR_FORGED, "%zu of the %" PRId64 " signatures hold that are asked for",
	    t.count, role->threshold);
}
