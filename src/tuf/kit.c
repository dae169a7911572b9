/* tuf/kit.c: see kit.h. */
#include "tuf/kit.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/test.h"
#include "base/timestamp.h"
#include "codec/encode.h"
#include "codec/json.h"
#include "os/file.h"

static const enum tuf_role written_first[] = { TUF_TARGETS, TUF_SNAPSHOT, TUF_TIMESTAMP };

static void
make_signer(struct tuf_signer *signer)
{
	struct sign_public pub;

	sign_make_pair(&pub, &signer->secret);
	assert(tuf_key_of_ed25519(&pub, &signer->key) == ERR_NONE);
}

struct kit *
kit_new(void)
{
	struct kit *k = calloc(1, sizeof *k);
	static unsigned number;
	char name[128];

	assert(k != NULL);
	k->consistent = true;
	for (enum tuf_role role = TUF_ROOT; role < TUF_ROLES; role++) {
		for (size_t i = 0; i < KIT_KEYS; i++)
			make_signer(&k->keys[role][i]);
		k->key_count[role] = 1;
		k->threshold[role] = 1;
		k->version[role] = 1;
		k->expires[role] = KIT_NOW + 1000;
	}
	snprintf(name, sizeof name, "%s/client%u", test_dir(), number++);
	assert(file_open_dir(-100, name, true, &k->dir, &k->why) == ERR_NONE);
	kit_publish_root(k);
	kit_publish(k);
	return k;
}

void
kit_free(struct kit *k)
{
	for (size_t i = 0; i < k->count; i++)
		buf_fini(&k->files[i].content);
	close(k->dir);
	free(k);
}

static void
role_path(const struct kit *k, enum tuf_role role, char out[static 64])
{
	if (role == TUF_ROOT || (role != TUF_TIMESTAMP && k->consistent))
		snprintf(out, 64, "%" PRId64 ".%s.json", k->version[role], tuf_role_name(role));
	else
		snprintf(out, 64, "%s.json", tuf_role_name(role));
}

static json_t *
keys_and_roles(const struct kit *k, json_t *body)
{
	json_t *keys = json_object(), *roles = json_object();

	for (enum tuf_role role = TUF_ROOT; role < TUF_ROLES; role++) {
		json_t *ids = json_array();

		for (size_t i = 0; i < k->key_count[role]; i++) {
			const struct tuf_key *key = &k->keys[role][i].key;

			json_array_append_new(ids, json_string(key->id));
			json_object_set_new(keys, key->id, tuf_key_write(key));
		}
		json_object_set_new(roles, tuf_role_name(role),
		    json_pack("{s:o, s:I}", "keyids", ids, "threshold",
			(json_int_t)k->threshold[role]));
	}
	json_object_set_new(body, "keys", keys);
	json_object_set_new(body, "roles", roles);
	json_object_set_new(body, "consistent_snapshot", json_boolean(k->consistent));
	return body;
}

static json_t *
listing(struct kit *k, enum tuf_role listed)
{
	struct kit_file *file = kit_role_file(k, listed);
	char name[32], hex[HASH_HEX_SIZE];

	assert(file != NULL);
	assert(hash_sha256_hex(buf_bytes(&file->content), hex) == ERR_NONE);
	snprintf(name, sizeof name, "%s.json", tuf_role_name(listed));
	return json_pack("{s:{s:I, s:I, s:{s:s}}}", name, "version",
	    (json_int_t)k->version[listed], "length", (json_int_t)file->content.n, "hashes",
	    "sha256", hex);
}

static json_t *
one_target(void)
{
	static const char zeros[] = "0000000000000000000000000000000000000000000000000000000000000000";

	return json_pack("{s:{s:i, s:{s:s}, s:{s:i, s:s, s:{s:i, s:s}}}}", "holdfast.hfdb", "length",
	    100, "hashes", "sha256", zeros, "custom", "generation", 7, "epoch", "1", "plain",
	    "length", 90, "sha256", zeros);
}

json_t *
kit_body(struct kit *k, enum tuf_role role)
{
	char when[TIMESTAMP_SIZE];
	json_t *body;

	timestamp_write(k->expires[role], when);
	body = json_pack("{s:s, s:s, s:I, s:s}", "_type", tuf_role_name(role), "spec_version",
	    "1.0.34", "version", (json_int_t)k->version[role], "expires", when);
	switch (role) {
	case TUF_ROOT:
		return keys_and_roles(k, body);
	case TUF_TIMESTAMP:
		json_object_set_new(body, "meta", listing(k, TUF_SNAPSHOT));
		break;
	case TUF_SNAPSHOT:
		json_object_set_new(body, "meta", listing(k, TUF_TARGETS));
		break;
	default:
		json_object_set_new(body, "targets", one_target());
	}
	return body;
}

void
kit_sign(struct kit *k, enum tuf_role role, json_t *body)
{
	struct buf file;
	char path[64];

	buf_init(&file, 4 << 20);
	assert(tuf_sign(body, k->keys[role], k->key_count[role], &file) == ERR_NONE);
	role_path(k, role, path);
	kit_put(k, path, buf_bytes(&file));
	buf_fini(&file);
	json_decref(body);
}

void
kit_publish_root(struct kit *k)
{
	kit_sign(k, TUF_ROOT, kit_body(k, TUF_ROOT));
}

void
kit_publish(struct kit *k)
{
	for (size_t i = 0; i < 3; i++)
		kit_sign(k, written_first[i], kit_body(k, written_first[i]));
}

void
kit_next(struct kit *k)
{
	for (size_t i = 0; i < 3; i++)
		k->version[written_first[i]]++;
	kit_publish(k);
}

struct kit_file *
kit_find(struct kit *k, const char *path)
{
	for (size_t i = 0; i < k->count; i++)
		if (strcmp(k->files[i].path, path) == 0)
			return &k->files[i];
	return NULL;
}

struct kit_file *
kit_role_file(struct kit *k, enum tuf_role role)
{
	char path[64];

	role_path(k, role, path);
	return kit_find(k, path);
}

void
kit_put(struct kit *k, const char *path, struct bytes content)
{
	struct kit_file *file = kit_find(k, path);

	if (file == NULL) {
		assert(k->count < KIT_FILES);
		file = &k->files[k->count++];
		snprintf(file->path, sizeof file->path, "%s", path);
		buf_init(&file->content, 4 << 20);
	}
	buf_clear(&file->content);
	buf_put(&file->content, content);
	assert(file->content.err == ERR_NONE);
}

void
kit_remove(struct kit *k, const char *path)
{
	struct kit_file *file = kit_find(k, path);

	assert(file != NULL);
	buf_fini(&file->content);
	*file = k->files[--k->count];
}

size_t
kit_asked(const struct kit *k, const char *path)
{
	size_t n = 0;

	for (size_t i = 0; i < k->asked_count; i++)
		n += strcmp(k->asked[i], path) == 0;
	return n;
}

enum err
kit_fetch(void *ctx, const char *path, struct buf *out, struct fault *why)
{
	struct kit *k = ctx;
	struct kit_file *file = kit_find(k, path);

	if (k->asked_count < KIT_FILES)
		snprintf(k->asked[k->asked_count++], sizeof k->asked[0], "%s", path);
	if (file == NULL)
		return fault_set(why, ERR_NOT_FOUND, "no %s", path);
	if (file->content.n > out->max)
		return fault_set(why, ERR_LIMIT, "%s is too large", path);
	buf_put(out, buf_bytes(&file->content));
	return out->err == ERR_NONE ? ERR_NONE : fault_set(why, out->err, "%s", path);
}

void
kit_init_client(struct kit *k)
{
	struct kit_file *root = kit_role_file(k, TUF_ROOT);

	CHECK_EQ(tuf_client_init(k->dir, buf_bytes(&root->content), &k->why), ERR_NONE);
}

enum err
kit_refresh_at(struct kit *k, int64_t now)
{
	struct tuf_client *c = NULL;
	enum err e;

	k->asked_count = 0;
	if ((e = tuf_client_open(k->dir, &c, &k->why)) == ERR_NONE)
		e = tuf_client_refresh(c, kit_fetch, k, now, &k->why);
	tuf_client_free(c);
	return e;
}

enum err
kit_refresh(struct kit *k)
{
	return kit_refresh_at(k, KIT_NOW);
}

int64_t
kit_trusted(struct kit *k, enum tuf_role role)
{
	struct tuf_client *c = NULL;
	int64_t version;

	CHECK_EQ(tuf_client_open(k->dir, &c, &k->why), ERR_NONE);
	version = tuf_client_version(c, role);
	tuf_client_free(c);
	return version;
}

struct kit *
kit_new_refreshed(void)
{
	struct kit *k = kit_new();

	kit_init_client(k);
	CHECK_EQ(kit_refresh(k), ERR_NONE);
	return k;
}

json_t *
kit_parse(const struct buf *file)
{
	json_t *whole = NULL;

	CHECK_EQ(json_parse(buf_bytes(file), &whole, NULL), ERR_NONE);
	return whole;
}

void
kit_put_json(struct kit *k, const char *path, json_t *whole)
{
	struct buf text;

	buf_init(&text, 4 << 20);
	CHECK_EQ(json_write(whole, &text), ERR_NONE);
	kit_put(k, path, buf_bytes(&text));
	buf_fini(&text);
	json_decref(whole);
}
