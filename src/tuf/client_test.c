/* Goal of this test: the whole workflow of a client, and every failure of other clients that we know
 * of, each by its name. */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/test.h"
#include "codec/json.h"
#include "os/file.h"
#include "tuf/kit.h"
#include "tuf/limits.h"

/* A kit whose client has refreshed once. */
static struct kit *
refreshed(void)
{
	struct kit *k = kit_new();

	kit_init_client(k);
	CHECK_EQ(kit_refresh(k), ERR_NONE);
	return k;
}

static json_t *
parse(const struct buf *file)
{
	json_t *whole = NULL;

	CHECK_EQ(json_parse(buf_bytes(file), &whole, NULL), ERR_NONE);
	return whole;
}

static void
put_json(struct kit *k, const char *path, json_t *whole)
{
	struct buf text;

	buf_init(&text, 4 << 20);
	CHECK_EQ(json_write(whole, &text), ERR_NONE);
	kit_put(k, path, buf_bytes(&text));
	buf_fini(&text);
	json_decref(whole);
}

TEST(a_first_refresh_trusts_everything_and_finds_the_target)
{
	struct kit *k = kit_new();
	struct tuf_client *c = NULL;
	struct tuf_target t;

	CHECK_EQ(tuf_client_open(k->dir, &c, &k->why), ERR_NOT_FOUND);
	kit_init_client(k);
	CHECK_EQ(tuf_client_open(k->dir, &c, &k->why), ERR_NONE);
	CHECK_EQ(tuf_client_expires(c), 0);
	CHECK(tuf_client_stale(c, KIT_NOW, &k->why));
	CHECK_EQ(tuf_client_target(c, "holdfast.hfdb", &t, &k->why), ERR_CONFLICT);
	CHECK_EQ(tuf_client_refresh(c, kit_fetch, k, KIT_NOW, &k->why), ERR_NONE);
	CHECK_EQ(tuf_client_target(c, "holdfast.hfdb", &t, &k->why), ERR_NONE);
	CHECK_EQ(t.length, 100);
	CHECK(t.is_release);
	CHECK_EQ(t.release.generation, 7);
	CHECK_TEXT(t.release.epoch, "1");
	CHECK_EQ(t.release.plain_length, 90);
	CHECK_TEXT(t.path,
	    "0000000000000000000000000000000000000000000000000000000000000000.holdfast.hfdb");
	CHECK_EQ(tuf_client_target(c, "other", &t, &k->why), ERR_NOT_FOUND);
	CHECK_EQ(tuf_client_expires(c), KIT_NOW + 1000);
	CHECK(!tuf_client_stale(c, KIT_NOW + 999, &k->why));
	CHECK(tuf_client_stale(c, KIT_NOW + 1000, &k->why));
	CHECK_EQ(k->why.err, ERR_EXPIRED);
	tuf_client_free(c);
	kit_free(k);
}

TEST(the_same_timestamp_again_is_a_silent_stop)
{
	struct kit *k = refreshed();

	CHECK_EQ(kit_refresh(k), ERR_NONE);
	CHECK_EQ(k->asked_count, 2);
	CHECK_TEXT(k->asked[0], "2.root.json");
	CHECK_TEXT(k->asked[1], "timestamp.json");
	kit_next(k);
	CHECK_EQ(kit_refresh(k), ERR_NONE);
	CHECK_EQ(kit_trusted(k, TUF_TARGETS), 2);
	kit_free(k);
}

TEST(a_root_given_first_must_be_signed_by_its_own_keys_and_stays)
{
	struct kit *k = kit_new();
	struct tuf_signer other = k->keys[TUF_ROOT][1], own = k->keys[TUF_ROOT][0];
	json_t *body = kit_body(k, TUF_ROOT);

	k->keys[TUF_ROOT][0] = other;
	kit_sign(k, TUF_ROOT, body);
	CHECK_EQ(tuf_client_init(k->dir, buf_bytes(&kit_role_file(k, TUF_ROOT)->content), &k->why),
	    ERR_FORGED);
	k->keys[TUF_ROOT][0] = own;
	kit_publish_root(k);
	kit_init_client(k);
	CHECK_EQ(tuf_client_init(k->dir, buf_bytes(&kit_role_file(k, TUF_ROOT)->content), &k->why),
	    ERR_EXISTS);
	kit_free(k);
}

TEST(a_duplicate_signature_is_not_counted_twice)
{
	struct kit *k = kit_new();
	json_t *whole, *list;

	k->key_count[TUF_TIMESTAMP] = 2;
	k->threshold[TUF_TIMESTAMP] = 2;
	kit_publish_root(k);
	kit_publish(k);
	kit_init_client(k);
	whole = parse(&kit_find(k, "timestamp.json")->content);
	list = json_object_get(whole, "signatures");
	json_array_set(list, 1, json_array_get(list, 0));
	put_json(k, "timestamp.json", whole);
	CHECK_EQ(kit_refresh(k), ERR_MALFORMED);
	CHECK_EQ(kit_trusted(k, TUF_TIMESTAMP), 0);
	kit_publish(k);
	CHECK_EQ(kit_refresh(k), ERR_NONE);
	kit_free(k);
}

/* List ${key} in ${keys} a second time, under the id that a useless field gives it. */
static void
add_twin(json_t *keys, const struct tuf_key *key, char id[static HASH_HEX_SIZE])
{
	json_t *twin = tuf_key_write(key);
	struct buf canonical;

	json_object_set_new(twin, "x", json_true());
	buf_init(&canonical, 1000);
	CHECK_EQ(json_write_canonical(twin, &canonical), ERR_NONE);
	CHECK_EQ(hash_sha256_hex(buf_bytes(&canonical), id), ERR_NONE);
	json_object_set_new(keys, id, twin);
	buf_fini(&canonical);
}

TEST(the_same_key_under_two_keyids_counts_once)
{
	struct kit *k = kit_new();
	const struct tuf_key *key = &k->keys[TUF_TIMESTAMP][0].key;
	json_t *root = kit_body(k, TUF_ROOT), *role, *whole, *list, *again;
	char id[HASH_HEX_SIZE];

	add_twin(json_object_get(root, "keys"), key, id);
	role = json_object_get(json_object_get(root, "roles"), "timestamp");
	json_array_append_new(json_object_get(role, "keyids"), json_string(id));
	json_object_set_new(role, "threshold", json_integer(2));
	kit_sign(k, TUF_ROOT, root);
	kit_init_client(k);
	whole = parse(&kit_find(k, "timestamp.json")->content);
	list = json_object_get(whole, "signatures");
	again = json_deep_copy(json_array_get(list, 0));
	json_object_set_new(again, "keyid", json_string(id));
	json_array_append_new(list, again);
	put_json(k, "timestamp.json", whole);
	CHECK_EQ(kit_refresh(k), ERR_FORGED);
	CHECK(strstr(k->why.text, "1 of the 2 signatures") != NULL);
	kit_free(k);
}

TEST(a_threshold_of_0_is_refused)
{
	struct kit *k = refreshed();

	k->version[TUF_ROOT] = 2;
	k->threshold[TUF_TIMESTAMP] = 0;
	kit_publish_root(k);
	CHECK_EQ(kit_refresh(k), ERR_MALFORMED);
	CHECK(strstr(k->why.text, "role timestamp: \"threshold\"") != NULL);
	CHECK_EQ(kit_trusted(k, TUF_ROOT), 1);
	kit_free(k);
}

TEST(malformed_json_is_refused_before_signatures_are_checked)
{
	static const char *const bad[] = { "", "{", "[]", "null", "7", "{}", "\"x\"",
		"{\"signed\":{}}", "{\"signatures\":[]}", "{\"signatures\":[],\"signed\":[]}",
		"{\"signatures\":{},\"signed\":{}}", "{\"signatures\":[7],\"signed\":{}}",
		"{\"signatures\":[{}],\"signed\":{}}", "{\"signatures\":[],\"signed\":{}}",
		"{\"signatures\":[{\"keyid\":7,\"sig\":7}],\"signed\":{}}",
		"{\"signatures\":[],\"signed\":{\"_type\":\"timestamp\"}}",
		"{\"signatures\":[],\"signed\":{\"a\":1.5}}",
		"{\"signatures\":[],\"signed\":{\"_type\":\"timestamp\",\"spec_version\":\"1.0\","
		"\"version\":0,\"expires\":\"2030-01-01T00:00:00Z\"}}",
		"{\"signatures\":[],\"signed\":{\"_type\":\"timestamp\",\"spec_version\":\"1.0\","
		"\"version\":1,\"expires\":\"2030-02-30T00:00:00Z\"}}" };
	static const char *const paths[] = { "2.root.json", "timestamp.json" };
	struct kit *k = refreshed();

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		for (size_t p = 0; p < 2; p++) {
			kit_put(k, paths[p], bytes_of_text(bad[i]));
			CHECK_EQ(kit_refresh(k), ERR_MALFORMED);
			if (p == 0)
				kit_remove(k, paths[p]);
			else
				kit_publish(k);
		}
	CHECK_EQ(kit_refresh(k), ERR_NONE);
	kit_free(k);
}

TEST(every_truncation_of_every_file_is_refused_and_the_old_is_kept)
{
	struct kit *k = refreshed();

	kit_next(k);
	for (enum tuf_role role = TUF_TIMESTAMP; role < TUF_ROLES; role++) {
		struct kit_file *file = kit_role_file(k, role);
		size_t whole = file->content.n;

		for (size_t n = 0; n < whole; n++) {
			enum err e;

			file->content.n = n;
			e = kit_refresh(k);
			CHECK(e == ERR_MALFORMED || e == ERR_FORGED);
			CHECK_EQ(kit_trusted(k, role), 1);
		}
		file->content.n = whole;
	}
	CHECK_EQ(kit_refresh(k), ERR_NONE);
	kit_free(k);
}

TEST(every_changed_byte_of_every_file_is_refused)
{
	struct kit *k = refreshed();

	kit_next(k);
	for (enum tuf_role role = TUF_TIMESTAMP; role < TUF_ROLES; role++) {
		struct kit_file *file = kit_role_file(k, role);

		for (size_t i = 0; i < file->content.n; i++) {
			file->content.p[i] ^= 1;
			CHECK(kit_refresh(k) != ERR_NONE);
			CHECK_EQ(kit_trusted(k, role), 1);
			file->content.p[i] ^= 1;
		}
	}
	CHECK_EQ(kit_refresh(k), ERR_NONE);
	kit_free(k);
}

TEST(dot_dot_in_a_role_or_target_name_is_refused)
{
	static const char *const bad[] = { "../root.json", "..", ".", "", "/etc/passwd", "a/../b",
		"a//b", "a/", "a\\b", "a\nb", "a/.." };
	struct kit *k = refreshed();
	struct tuf_client *c = NULL;
	struct tuf_target t;

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		json_t *body;

		CHECK(!tuf_name_is_safe(bad[i]));
		kit_next(k);
		k->version[TUF_SNAPSHOT]++;
		k->version[TUF_TIMESTAMP]++;
		body = kit_body(k, TUF_SNAPSHOT);
		json_object_set_new(json_object_get(body, "meta"), bad[i],
		    json_pack("{s:i}", "version", 1));
		kit_sign(k, TUF_SNAPSHOT, body);
		kit_sign(k, TUF_TIMESTAMP, kit_body(k, TUF_TIMESTAMP));
		CHECK_EQ(kit_refresh(k), ERR_MALFORMED);
		CHECK(strstr(k->why.text, "lead out of its folder") != NULL);
	}
	kit_next(k);
	CHECK_EQ(tuf_client_open(k->dir, &c, &k->why), ERR_NONE);
	CHECK_EQ(tuf_client_refresh(c, kit_fetch, k, KIT_NOW, &k->why), ERR_NONE);
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		CHECK_EQ(tuf_client_target(c, bad[i], &t, &k->why), ERR_MALFORMED);
	CHECK(tuf_name_is_safe("a/b..c/.d"));
	tuf_client_free(c);
	kit_free(k);
}

TEST(a_root_version_that_skips_is_refused)
{
	struct kit *k = refreshed();
	struct buf file;

	buf_init(&file, 1 << 20);
	k->version[TUF_ROOT] = 3;
	kit_publish_root(k);
	buf_put(&file, buf_bytes(&kit_find(k, "3.root.json")->content));
	kit_put(k, "2.root.json", buf_bytes(&file));
	CHECK_EQ(kit_refresh(k), ERR_CONFLICT);
	CHECK_EQ(kit_trusted(k, TUF_ROOT), 1);
	/* Nor is the same one again a step. */
	k->version[TUF_ROOT] = 1;
	kit_put(k, "2.root.json", buf_bytes(&kit_role_file(k, TUF_ROOT)->content));
	CHECK_EQ(kit_refresh(k), ERR_CONFLICT);
	buf_fini(&file);
	kit_free(k);
}

TEST(a_failed_root_is_not_persisted)
{
	struct kit *k = refreshed();
	struct tuf_signer old = k->keys[TUF_ROOT][0];
	json_t *body;

	/* Signed by the new key alone, then by the old alone. */
	k->version[TUF_ROOT] = 2;
	k->keys[TUF_ROOT][0] = k->keys[TUF_ROOT][1];
	kit_publish_root(k);
	CHECK_EQ(kit_refresh(k), ERR_FORGED);
	CHECK_EQ(kit_trusted(k, TUF_ROOT), 1);
	body = kit_body(k, TUF_ROOT);
	k->keys[TUF_ROOT][0] = old;
	kit_sign(k, TUF_ROOT, body);
	CHECK_EQ(kit_refresh(k), ERR_FORGED);
	CHECK_EQ(kit_trusted(k, TUF_ROOT), 1);
	kit_remove(k, "2.root.json");
	CHECK_EQ(kit_refresh(k), ERR_NONE);
	kit_free(k);
}

/* Publish a root whose only root key is ${next}, signed by the present keys and by ${next}. */
static void
rotate_root_key(struct kit *k, size_t next)
{
	struct tuf_signer present = k->keys[TUF_ROOT][0];
	json_t *body;

	k->version[TUF_ROOT]++;
	k->keys[TUF_ROOT][0] = k->keys[TUF_ROOT][next];
	body = kit_body(k, TUF_ROOT);
	k->keys[TUF_ROOT][1] = present;
	k->key_count[TUF_ROOT] = 2;
	kit_sign(k, TUF_ROOT, body);
	k->key_count[TUF_ROOT] = 1;
}

TEST(roots_are_followed_one_by_one_and_each_step_is_kept)
{
	struct kit *k = refreshed();

	/* The one in between may be expired: only the last counts (5.3.10). */
	k->expires[TUF_ROOT] = KIT_NOW - 1;
	rotate_root_key(k, 2);
	CHECK_EQ(kit_refresh(k), ERR_EXPIRED);
	CHECK_EQ(kit_trusted(k, TUF_ROOT), 2);
	k->expires[TUF_ROOT] = KIT_NOW + 1000;
	rotate_root_key(k, 3);
	k->keys[TUF_ROOT][3] = k->keys[TUF_ROOT][2];
	rotate_root_key(k, 2);
	/* The fifth is broken; those before it are kept all the same. */
	kit_put(k, "5.root.json", bytes_of_text("{}"));
	CHECK_EQ(kit_refresh(k), ERR_MALFORMED);
	CHECK(strstr(k->why.text, "5.root.json") != NULL);
	CHECK_EQ(kit_trusted(k, TUF_ROOT), 4);
	kit_remove(k, "5.root.json");
	CHECK_EQ(kit_refresh(k), ERR_NONE);
	kit_free(k);
}

TEST(a_root_needs_the_thresholds_of_the_old_and_of_the_new_keys)
{
	struct kit *k = kit_new();

	k->key_count[TUF_ROOT] = 3;
	k->threshold[TUF_ROOT] = 2;
	kit_publish_root(k);
	kit_init_client(k);
	k->version[TUF_ROOT] = 2;
	for (size_t signing = 1; signing <= 3; signing++) {
		json_t *body = kit_body(k, TUF_ROOT);

		k->key_count[TUF_ROOT] = signing;
		kit_sign(k, TUF_ROOT, body);
		k->key_count[TUF_ROOT] = 3;
		CHECK_EQ(kit_refresh(k), signing < 2 ? ERR_FORGED : ERR_NONE);
	}
	CHECK_EQ(kit_trusted(k, TUF_ROOT), 2);
	kit_free(k);
}

TEST(a_rejected_timestamp_is_not_cached)
{
	struct kit *k = refreshed();
	struct tuf_signer own = k->keys[TUF_TIMESTAMP][0];

	/* Expired, with a high version: keeping it would freeze the client. */
	k->version[TUF_TIMESTAMP] = 1000;
	k->expires[TUF_TIMESTAMP] = KIT_NOW;
	kit_sign(k, TUF_TIMESTAMP, kit_body(k, TUF_TIMESTAMP));
	CHECK_EQ(kit_refresh(k), ERR_EXPIRED);
	CHECK_EQ(kit_trusted(k, TUF_TIMESTAMP), 1);
	/* By another's key. */
	k->expires[TUF_TIMESTAMP] = KIT_NOW + 1000;
	k->keys[TUF_TIMESTAMP][0] = k->keys[TUF_TIMESTAMP][1];
	kit_sign(k, TUF_TIMESTAMP, kit_body(k, TUF_TIMESTAMP));
	CHECK_EQ(kit_refresh(k), ERR_FORGED);
	CHECK_EQ(kit_trusted(k, TUF_TIMESTAMP), 1);
	k->keys[TUF_TIMESTAMP][0] = own;
	k->version[TUF_TIMESTAMP] = 2;
	kit_publish(k);
	CHECK_EQ(kit_refresh(k), ERR_NONE);
	CHECK_EQ(kit_trusted(k, TUF_TIMESTAMP), 2);
	kit_free(k);
}

TEST(rollback_against_what_is_stored_is_refused)
{
	struct kit *k = refreshed();

	kit_next(k);
	kit_next(k);
	CHECK_EQ(kit_refresh(k), ERR_NONE);
	CHECK_EQ(kit_trusted(k, TUF_TIMESTAMP), 3);
	k->version[TUF_TIMESTAMP] = 2;
	kit_publish(k);
	CHECK_EQ(kit_refresh(k), ERR_CONFLICT);
	/* A newer timestamp with an older snapshot. */
	k->version[TUF_TIMESTAMP] = 4;
	k->version[TUF_SNAPSHOT] = 2;
	kit_publish(k);
	CHECK_EQ(kit_refresh(k), ERR_CONFLICT);
	/* A newer snapshot with older targets. */
	k->version[TUF_SNAPSHOT] = 4;
	k->version[TUF_TARGETS] = 2;
	kit_publish(k);
	CHECK_EQ(kit_refresh(k), ERR_CONFLICT);
	CHECK_EQ(kit_trusted(k, TUF_SNAPSHOT), 3);
	CHECK_EQ(kit_trusted(k, TUF_TARGETS), 3);
	kit_free(k);
}

TEST(an_unbounded_signature_list_is_refused)
{
	struct kit *k = refreshed();
	json_t *whole = parse(&kit_find(k, "timestamp.json")->content), *list;
	char id[32];

	list = json_object_get(whole, "signatures");
	for (int i = 0; i < TUF_SIGNATURES_MAX; i++) {
		snprintf(id, sizeof id, "%d", i);
		json_array_append_new(list, json_pack("{s:s, s:s}", "keyid", id, "sig", ""));
	}
	put_json(k, "timestamp.json", whole);
	CHECK_EQ(kit_refresh(k), ERR_LIMIT);
	kit_free(k);
}

TEST(a_snapshot_that_drops_a_role_is_refused)
{
	struct kit *k = kit_new();
	json_t *body = kit_body(k, TUF_SNAPSHOT);

	json_object_set_new(json_object_get(body, "meta"), "extra.json",
	    json_pack("{s:i}", "version", 5));
	kit_sign(k, TUF_SNAPSHOT, body);
	kit_sign(k, TUF_TIMESTAMP, kit_body(k, TUF_TIMESTAMP));
	kit_init_client(k);
	CHECK_EQ(kit_refresh(k), ERR_NONE);
	kit_next(k);
	CHECK_EQ(kit_refresh(k), ERR_CONFLICT);
	CHECK(strstr(k->why.text, "no longer names extra.json") != NULL);
	CHECK_EQ(kit_trusted(k, TUF_SNAPSHOT), 1);
	kit_free(k);
}

TEST(expired_metadata_of_any_role_is_refused)
{
	for (enum tuf_role role = TUF_ROOT; role < TUF_ROLES; role++) {
		struct kit *k = refreshed();

		k->version[TUF_ROOT] = 2;
		k->expires[role] = KIT_NOW;
		kit_publish_root(k);
		kit_next(k);
		CHECK_EQ(kit_refresh(k), ERR_EXPIRED);
		CHECK(strstr(k->why.text, tuf_role_name(role)) != NULL);
		CHECK(strstr(k->why.text, "2001-09-09T01:46:40Z") != NULL);
		CHECK_EQ(kit_trusted(k, TUF_TARGETS), 1);
		kit_free(k);
	}
}

TEST(a_frozen_repository_is_noticed_when_what_we_have_expires)
{
	struct kit *k = refreshed();

	CHECK_EQ(kit_refresh_at(k, KIT_NOW + 999), ERR_NONE);
	CHECK_EQ(kit_refresh_at(k, KIT_NOW + 1000), ERR_EXPIRED);
	kit_free(k);
}

TEST(fast_forward_is_recovered_from_by_rotating_the_key)
{
	static const enum tuf_role rotated[] = { TUF_TIMESTAMP, TUF_SNAPSHOT };

	for (size_t i = 0; i < 2; i++) {
		struct kit *k = refreshed();

		k->version[TUF_TIMESTAMP] = k->version[TUF_SNAPSHOT] = TUF_VERSION_MAX;
		kit_publish(k);
		CHECK_EQ(kit_refresh(k), ERR_NONE);
		k->version[TUF_TIMESTAMP] = k->version[TUF_SNAPSHOT] = 2;
		kit_publish(k);
		CHECK_EQ(kit_refresh(k), ERR_CONFLICT);
		k->version[TUF_ROOT] = 2;
		k->keys[rotated[i]][0] = k->keys[rotated[i]][1];
		kit_publish_root(k);
		kit_publish(k);
		CHECK_EQ(kit_refresh(k), ERR_NONE);
		CHECK_EQ(kit_trusted(k, TUF_SNAPSHOT), 2);
		kit_free(k);
	}
}

TEST(a_refresh_that_ended_early_is_completed_by_the_next)
{
	static const char *const missing[] = { "2.snapshot.json", "2.targets.json" };

	for (size_t i = 0; i < 2; i++) {
		struct kit *k = refreshed();
		struct buf kept;

		buf_init(&kept, 1 << 20);
		kit_next(k);
		buf_put(&kept, buf_bytes(&kit_find(k, missing[i])->content));
		kit_remove(k, missing[i]);
		CHECK_EQ(kit_refresh(k), ERR_NOT_FOUND);
		CHECK_EQ(kit_trusted(k, TUF_TIMESTAMP), 2);
		CHECK_EQ(kit_trusted(k, TUF_TARGETS), 1);
		kit_put(k, missing[i], buf_bytes(&kept));
		CHECK_EQ(kit_refresh(k), ERR_NONE);
		CHECK_EQ(kit_trusted(k, TUF_TARGETS), 2);
		buf_fini(&kept);
		kit_free(k);
	}
}

TEST(files_that_are_not_as_announced_are_refused)
{
	struct kit *k = refreshed();
	json_t *body;

	/* Signed well, but not the targets that the snapshot speaks of. */
	kit_next(k);
	body = kit_body(k, TUF_TARGETS);
	json_object_set_new(body, "more", json_true());
	kit_sign(k, TUF_TARGETS, body);
	CHECK(kit_refresh(k) != ERR_NONE);
	CHECK_EQ(kit_trusted(k, TUF_TARGETS), 1);
	/* The version inside is another than announced, with neither length nor digest to tell. */
	k->version[TUF_TARGETS] = 3;
	body = kit_body(k, TUF_TARGETS);
	json_object_set_new(body, "version", json_integer(4));
	kit_sign(k, TUF_TARGETS, body);
	k->version[TUF_SNAPSHOT]++;
	k->version[TUF_TIMESTAMP]++;
	body = kit_body(k, TUF_SNAPSHOT);
	json_object_set_new(json_object_get(body, "meta"), "targets.json",
	    json_pack("{s:i}", "version", 3));
	kit_sign(k, TUF_SNAPSHOT, body);
	kit_sign(k, TUF_TIMESTAMP, kit_body(k, TUF_TIMESTAMP));
	CHECK_EQ(kit_refresh(k), ERR_CONFLICT);
	CHECK(strstr(k->why.text, "announced as version 3") != NULL);
	kit_free(k);
}

TEST(a_file_over_its_ceiling_is_refused)
{
	static const char *const paths[] = { "2.root.json", "timestamp.json" };
	uint8_t *spaces = malloc(TUF_TARGETS_MAX);
	struct kit *k = refreshed();

	memset(spaces, ' ', TUF_TARGETS_MAX);
	for (size_t i = 0; i < 2; i++) {
		kit_put(k, paths[i], bytes_of(spaces, i == 0 ? TUF_ROOT_MAX + 1 : TUF_TIMESTAMP_MAX + 1));
		CHECK_EQ(kit_refresh(k), ERR_LIMIT);
		if (i == 0)
			kit_remove(k, paths[i]);
	}
	free(spaces);
	kit_free(k);
}

TEST(another_major_version_of_the_specification_is_refused)
{
	static const struct {
		const char *version;
		enum err want;
	} cases[] = { { "1.0", ERR_NONE }, { "1.0.99", ERR_NONE }, { "2.0.0", ERR_UNSUPPORTED },
		{ "1", ERR_UNSUPPORTED }, { "1.", ERR_UNSUPPORTED }, { "1.x", ERR_UNSUPPORTED },
		{ "10.0", ERR_UNSUPPORTED }, { "", ERR_UNSUPPORTED } };
	struct kit *k = refreshed();

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		json_t *body;

		kit_next(k);
		body = kit_body(k, TUF_TIMESTAMP);
		json_object_set_new(body, "spec_version", json_string(cases[i].version));
		kit_sign(k, TUF_TIMESTAMP, body);
		CHECK_EQ(kit_refresh(k), cases[i].want);
	}
	kit_free(k);
}

/* A well formed key of a kind that we do not verify, in place of ${role}'s. */
static json_t *
root_with_other_key(struct kit *k, enum tuf_role role, char id[static HASH_HEX_SIZE])
{
	json_t *root = kit_body(k, TUF_ROOT), *key, *roles = json_object_get(root, "roles");
	struct buf canonical;

	key = json_pack("{s:s, s:s, s:{s:s}}", "keytype", "ecdsa", "scheme", "ecdsa-sha2-nistp256",
	    "keyval", "public", "-----BEGIN PUBLIC KEY-----\n");
	buf_init(&canonical, 1000);
	CHECK_EQ(json_write_canonical(key, &canonical), ERR_NONE);
	CHECK_EQ(hash_sha256_hex(buf_bytes(&canonical), id), ERR_NONE);
	buf_fini(&canonical);
	json_object_set_new(json_object_get(root, "keys"), id, key);
	json_object_set_new(json_object_get(roles, tuf_role_name(role)), "keyids",
	    json_pack("[s]", id));
	return root;
}

TEST(metadata_that_needs_another_kind_of_key_is_refused_with_a_clear_sentence)
{
	struct kit *k = kit_new();
	char id[HASH_HEX_SIZE];
	json_t *whole;

	kit_sign(k, TUF_ROOT, root_with_other_key(k, TUF_TIMESTAMP, id));
	kit_init_client(k);
	CHECK_EQ(kit_refresh(k), ERR_FORGED);
	whole = parse(&kit_find(k, "timestamp.json")->content);
	json_array_append_new(json_object_get(whole, "signatures"),
	    json_pack("{s:s, s:s}", "keyid", id, "sig", "3045"));
	put_json(k, "timestamp.json", whole);
	CHECK_EQ(kit_refresh(k), ERR_UNSUPPORTED);
	CHECK(strstr(k->why.text, "not Ed25519 keys") != NULL);
	kit_free(k);
}

TEST(a_target_that_is_delegated_is_refused_with_a_clear_sentence)
{
	struct kit *k = kit_new();
	struct tuf_client *c = NULL;
	json_t *body = kit_body(k, TUF_TARGETS);
	struct tuf_target t;

	json_object_set_new(body, "delegations",
	    json_pack("{s:{}, s:[{s:s}]}", "keys", "roles", "name", "team"));
	kit_sign(k, TUF_TARGETS, body);
	kit_sign(k, TUF_SNAPSHOT, kit_body(k, TUF_SNAPSHOT));
	kit_sign(k, TUF_TIMESTAMP, kit_body(k, TUF_TIMESTAMP));
	kit_init_client(k);
	CHECK_EQ(tuf_client_open(k->dir, &c, &k->why), ERR_NONE);
	CHECK_EQ(tuf_client_refresh(c, kit_fetch, k, KIT_NOW, &k->why), ERR_NONE);
	CHECK_EQ(tuf_client_target(c, "holdfast.hfdb", &t, &k->why), ERR_NONE);
	CHECK_EQ(tuf_client_target(c, "other", &t, &k->why), ERR_UNSUPPORTED);
	CHECK(strstr(k->why.text, "delegates") != NULL);
	tuf_client_free(c);
	kit_free(k);
}

TEST(a_repository_without_consistent_snapshots_is_followed_too)
{
	struct kit *k = kit_new();

	k->consistent = false;
	kit_publish_root(k);
	kit_publish(k);
	kit_init_client(k);
	CHECK_EQ(kit_refresh(k), ERR_NONE);
	CHECK_EQ(kit_asked(k, "snapshot.json"), 1);
	kit_next(k);
	CHECK_EQ(kit_refresh(k), ERR_NONE);
	CHECK_EQ(kit_trusted(k, TUF_TARGETS), 2);
	kit_free(k);
}

TEST(trusted_files_that_are_damaged_on_disk_are_fetched_again)
{
	static const char *const names[] = { "timestamp.json", "snapshot.json", "targets.json" };
	struct kit *k = refreshed();

	for (size_t i = 0; i < 3; i++) {
		struct buf file;

		buf_init(&file, 1 << 20);
		CHECK_EQ(file_read(k->dir, names[i], &file, &k->why), ERR_NONE);
		for (size_t n = 0; n < file.n; n += 7) {
			CHECK_EQ(file_replace(k->dir, names[i], bytes_of(file.p, n), 0644, &k->why),
			    ERR_NONE);
			CHECK_EQ(kit_refresh(k), ERR_NONE);
		}
		CHECK_EQ(kit_trusted(k, TUF_TARGETS), 1);
		buf_fini(&file);
	}
	CHECK_EQ(file_replace(k->dir, "root.json", bytes_of_text("{"), 0644, &k->why), ERR_NONE);
	CHECK_EQ(kit_refresh(k), ERR_MALFORMED);
	CHECK(strstr(k->why.text, "the trusted root") != NULL);
	kit_free(k);
}

TEST(a_client_that_runs_out_of_memory_anywhere_is_none_the_worse)
{
	struct kit *k = refreshed();
	enum err e;

	kit_next(k);
	for (unsigned n = 1;; n++) {
		test_fail_allocation(n);
		e = kit_refresh(k);
		test_fail_allocation(0);
		if (e == ERR_NONE)
			break;
		CHECK_EQ(e, ERR_NOMEM);
		CHECK(n < 1000);
	}
	CHECK_EQ(kit_trusted(k, TUF_TARGETS), 2);
	kit_free(k);
}

TEST(a_target_is_told_from_what_only_looks_like_it)
{
	struct tuf_target t = { .name = "x" };
	char path[128];
	struct fault why;
	int fd;

	snprintf(path, sizeof path, "%s/target", test_dir());
	fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
	CHECK(fd >= 0);
	CHECK_EQ(write(fd, "abc", 3), 3);
	CHECK_EQ(tuf_target_measure(&t, fd, &why), ERR_NONE);
	CHECK_EQ(t.length, 3);
	CHECK_TEXT(t.path, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad.x");
	CHECK_EQ(tuf_target_check(&t, fd, &why), ERR_NONE);
	CHECK_EQ(pwrite(fd, "d", 1, 1), 1);
	CHECK_EQ(tuf_target_check(&t, fd, &why), ERR_FORGED);
	CHECK_EQ(ftruncate(fd, 2), 0);
	CHECK_EQ(tuf_target_check(&t, fd, &why), ERR_FORGED);
	close(fd);
}
