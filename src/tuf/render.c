/* tuf/render.c: see render.h. jansson's setters take the value over, fail on NULL and are asked to
 * go on, so that each function tests once at its end. */
#include "tuf/render.h"

#include <assert.h>
#include <stdio.h>

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
tuf_render_root(const struct tuf_key keys[static TUF_ROLES], int64_t expires)
{
	json_t *body = common(TUF_ROOT, 1, expires), *list = json_object(), *roles = json_object();
	int failed = 0;

	for (enum tuf_role role = TUF_ROOT; role < TUF_ROLES; role++) {
		failed |= json_object_set_new(list, keys[role].id, tuf_key_write(&keys[role]));
		failed |= json_object_set_new(roles, tuf_role_name(role),
		    json_pack("{s:[s], s:i}", "keyids", keys[role].id, "threshold", 1));
	}
	failed |= json_object_set_new(body, "consistent_snapshot", json_true());
	failed |= json_object_set_new(body, "keys", list);
	failed |= json_object_set_new(body, "roles", roles);
	return finished(body, failed);
}

json_t *
tuf_render_targets(const struct tuf_metadata *published, const struct tuf_target *more,
    int64_t version, int64_t expires)
{
	json_t *body = common(TUF_TARGETS, version, expires), *list;
	int failed = 0;

	list = published == NULL ? json_object() :
	    json_deep_copy(json_object_get(published->body, "targets"));
	if (more != NULL)
		failed |= json_object_set_new(list, more->name, tuf_target_write(more));
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
