/* tuf/render.c: see render.h. jansson's setters take the value over, fail on NULL and are asked to
 * go on, so that each function tests once at its end. */
#include "tuf/render.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/timestamp.h"
#include "codec/encode.h"

static json_t *
common(enum tuf_role role, int64_t version, int64_t expires)
{
	char when[TIMESTAMP_SIZE];

	timestamp_write(expires, when);
	return json_pack("{s:s, s:s, s:I, s:s}", "_type", tuf_role_name(role), "spec_version",
	    "1.0.34", "version", (json_int_t)version, "expires", when);
}

/* ${body} when nothing failed, else NULL, released. */
static json_t *
finished(json_t *body, int failed)
{
	if (failed == 0)
		return body;
	json_decref(body);
	return NULL;
}

json_t *
tuf_render_root(int64_t expires)
{
	json_t *body = common(TUF_ROOT, 1, expires);
	int failed = 0;

	failed |= json_object_set_new(body, "consistent_snapshot", json_true());
	failed |= json_object_set_new(body, "keys", json_object());
	failed |= json_object_set_new(body, "roles", json_object());
	return finished(body, failed);
}

json_t *
tuf_render_next_root(const struct tuf_metadata *last, int64_t expires)
{
	json_t *body = json_deep_copy(last->body), *fresh = common(TUF_ROOT, last->version + 1, expires);
	int failed = json_object_update(body, fresh);

	json_decref(fresh);
	return finished(body, failed);
}

enum err
tuf_render_set_role(json_t *root, enum tuf_role role, int threshold)
{
	return json_object_set_new(json_object_get(root, "roles"), tuf_role_name(role),
		   json_pack("{s:[], s:i}", "keyids", "threshold", threshold)) == 0 ? ERR_NONE : ERR_NOMEM;
}

enum err
tuf_render_add_key(json_t *root, enum tuf_role role, const struct tuf_key *key)
{
	json_t *of_role = json_object_get(json_object_get(root, "roles"), tuf_role_name(role));
	int failed = 0;

	failed |= json_array_append_new(json_object_get(of_role, "keyids"), json_string(key->id));
	failed |= json_object_set_new(json_object_get(root, "keys"), key->id, tuf_key_write(key));
	return failed == 0 ? ERR_NONE : ERR_NOMEM;
}

static bool
is_listed(const json_t *root, const char *id)
{
	json_t *roles = json_object_get(root, "roles"), *role, *one;
	const char *name;
	size_t i;

	json_object_foreach(roles, name, role)
		json_array_foreach(json_object_get(role, "keyids"), i, one)
			if (strcmp(json_string_value(one), id) == 0)
				return true;
	return false;
}

void
tuf_render_drop_keys(json_t *root)
{
	json_t *keys = json_object_get(root, "keys"), *key;
	const char *id;
	void *next;

	json_object_foreach_safe(keys, next, id, key)
		if (!is_listed(root, id))
			json_object_del(keys, id);
}

static void
drop_segments(json_t *list, uint64_t oldest)
{
	json_t *entry, *from;
	const char *name;
	void *next;

	json_object_foreach_safe(list, next, name, entry) {
		from = json_object_get(json_object_get(entry, "custom"), "from");
		if (json_is_integer(from) && (uint64_t)json_integer_value(from) < oldest)
			json_object_del(list, name);
	}
}

json_t *
tuf_render_targets(const struct tuf_metadata *published, struct tuf_render_change change,
    int64_t version, int64_t expires)
{
	json_t *body = common(TUF_TARGETS, version, expires), *list;
	int failed = 0;

	list = published == NULL ? json_object() :
	    json_deep_copy(json_object_get(published->body, "targets"));
	if (change.drop != NULL)
		json_object_del(list, change.drop);
	drop_segments(list, change.oldest);
	for (size_t i = 0; i < change.segment_count; i++)
		failed |= json_object_set_new(list, change.segments[i].name, tuf_target_write(&change.segments[i]));
	if (change.put != NULL)
		failed |= json_object_set_new(list, change.put->name, tuf_target_write(change.put));
	failed |= json_object_set_new(body, "targets", list);
	return finished(body, failed);
}

json_t *
tuf_render_listing(enum tuf_role role, const struct tuf_metadata *listed, int64_t version,
    int64_t expires)
{
	json_t *body = common(role, version, expires);
	char name[32], hex[65];

	assert(role == TUF_SNAPSHOT || role == TUF_TIMESTAMP);
	snprintf(name, sizeof name, "%s.json", tuf_role_name(listed->role));
	encode_hex(bytes_of(listed->digests.sha256, sizeof listed->digests.sha256), hex);
	return finished(body, json_object_set_new(body, "meta",
	    json_pack("{s:{s:I, s:I, s:{s:s}}}", name, "version", (json_int_t)listed->version,
		"length", (json_int_t)listed->length, "hashes", "sha256", hex)));
}
