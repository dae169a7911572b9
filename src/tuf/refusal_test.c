/* Goal of this test: what a client must refuse: every failure of other clients that we know of, each by
 * its name. */
#include <stdio.h>
#include <stdlib.h>

#include "base/test.h"
#include "codec/json.h"
#include "tuf/kit.h"
#include "tuf/limits.h"

TEST(a_duplicate_signature_is_not_counted_twice)
{
	struct kit *k = kit_new();
	json_t *whole, *list;

	k->key_count[TUF_TIMESTAMP] = 2;
	k->threshold[TUF_TIMESTAMP] = 2;
	kit_publish_root(k);
	kit_publish(k);
	kit_init_client(k);
	whole = kit_parse(&kit_find(k, "timestamp.json")->content);
	list = json_object_get(whole, "signatures");
	json_array_set(list, 1, json_array_get(list, 0));
	kit_put_json(k, "timestamp.json", whole);
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
	whole = kit_parse(&kit_find(k, "timestamp.json")->content);
	list = json_object_get(whole, "signatures");
	again = json_deep_copy(json_array_get(list, 0));
	json_object_set_new(again, "keyid", json_string(id));
	json_array_append_new(list, again);
	kit_put_json(k, "timestamp.json", whole);
	CHECK_EQ(kit_refresh(k), ERR_FORGED);
	CHECK(strstr(k->why.text, "1 of the 2 signatures") != NULL);
	kit_free(k);
}

TEST(a_threshold_of_0_is_refused)
{
	struct kit *k = kit_new_refreshed();

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
	struct kit *k = kit_new_refreshed();

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
	struct kit *k = kit_new_refreshed();

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
	struct kit *k = kit_new_refreshed();

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

TEST(dot_dot_in_a_target_name_is_refused)
{
	static const char *const bad[] = { "../root.json", "..", ".", "", "/etc/passwd", "a/../b",
		"a//b", "a/", "a\\b", "a\nb", "a/.." };
	struct kit *k = kit_new_refreshed();
	struct tuf_client *c = NULL;
	struct tuf_target t;

	CHECK_EQ(tuf_client_open(k->dir, &c, &k->why), ERR_NONE);
	CHECK_EQ(tuf_client_refresh(c, kit_fetch, k, KIT_NOW, &k->why), ERR_NONE);
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		CHECK(!tuf_name_is_safe(bad[i]));
		CHECK_EQ(tuf_client_target(c, bad[i], &t, &k->why), ERR_MALFORMED);
	}
	CHECK(tuf_name_is_safe("a/b..c/.d"));
	tuf_client_free(c);
	kit_free(k);
}

TEST(a_role_that_no_file_could_be_named_after_is_refused)
{
	static const char *const bad[] = { "", "a\nb", "\x7f" };
	struct kit *k = kit_new_refreshed();
	char *longest = calloc(1, TUF_NAME_SIZE + 1);

	memset(longest, 'x', TUF_NAME_SIZE);
	CHECK(!tuf_role_name_is_fit(longest));
	for (size_t i = 0; i < 3; i++) {
		json_t *body;

		CHECK(!tuf_role_name_is_fit(bad[i]));
		kit_next(k);
		k->version[TUF_SNAPSHOT]++;
		k->version[TUF_TIMESTAMP]++;
		body = kit_body(k, TUF_SNAPSHOT);
		json_object_set_new(json_object_get(body, "meta"), bad[i],
		    json_pack("{s:i}", "version", 1));
		kit_sign(k, TUF_SNAPSHOT, body);
		kit_sign(k, TUF_TIMESTAMP, kit_body(k, TUF_TIMESTAMP));
		CHECK_EQ(kit_refresh(k), ERR_MALFORMED);
		CHECK(strstr(k->why.text, "which no role can have") != NULL);
	}
	free(longest);
	kit_free(k);
}

TEST(a_root_version_that_skips_is_refused)
{
	struct kit *k = kit_new_refreshed();
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
	struct kit *k = kit_new_refreshed();
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

TEST(a_rejected_timestamp_is_not_cached)
{
	struct kit *k = kit_new_refreshed();
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
	struct kit *k = kit_new_refreshed();

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
	struct kit *k = kit_new_refreshed();
	json_t *whole = kit_parse(&kit_find(k, "timestamp.json")->content), *list;
	char id[32];

	list = json_object_get(whole, "signatures");
	for (int i = 0; i < TUF_SIGNATURES_MAX; i++) {
		snprintf(id, sizeof id, "%d", i);
		json_array_append_new(list, json_pack("{s:s, s:s}", "keyid", id, "sig", ""));
	}
	kit_put_json(k, "timestamp.json", whole);
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
		struct kit *k = kit_new_refreshed();

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

TEST(files_that_are_not_as_announced_are_refused)
{
	struct kit *k = kit_new_refreshed();
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
	static const size_t ceilings[] = { TUF_ROOT_MAX, TUF_TIMESTAMP_MAX };
	uint8_t *spaces = malloc(TUF_TARGETS_MAX);
	struct kit *k = kit_new_refreshed();

	memset(spaces, ' ', TUF_TARGETS_MAX);
	for (size_t i = 0; i < 2; i++) {
		kit_put(k, paths[i], bytes_of(spaces, ceilings[i] + 1));
		CHECK_EQ(kit_refresh(k), ERR_LIMIT);
		if (i == 0)
			kit_remove(k, paths[i]);
	}
	free(spaces);
	kit_free(k);
}
