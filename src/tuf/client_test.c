/* Goal of this test: the whole workflow of a client, from the first root on. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/test.h"
#include "codec/json.h"
#include "os/file.h"
#include "tuf/kit.h"
#include "tuf/limits.h"

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

/* The fuzzer's first corpus: HOLDFAST_CORPUS names the folder to write it to. */
TEST(what_the_roles_sign_is_a_corpus_for_the_fuzzer)
{
	const char *folder = getenv("HOLDFAST_CORPUS");
	struct kit *k = kit_new();
	int dir = k->dir;

	if (folder != NULL)
		CHECK_EQ(file_open_dir(AT_FDCWD, folder, false, &dir, &k->why), ERR_NONE);
	for (enum tuf_role role = TUF_ROOT; role < TUF_ROLES; role++) {
		const struct kit_file *file = kit_role_file(k, role);
		char name[32];
		struct buf seed;

		buf_init(&seed, 1 << 20);
		buf_u8(&seed, (uint8_t)(role - TUF_ROOT));
		buf_put(&seed, buf_bytes(&file->content));
		CHECK_EQ(seed.err, ERR_NONE);
		snprintf(name, sizeof name, "tuf-%s", tuf_role_name(role));
		CHECK_EQ(file_replace(dir, name, buf_bytes(&seed), 0644, &k->why), ERR_NONE);
		buf_fini(&seed);
	}
	if (folder != NULL)
		close(dir);
	kit_free(k);
}

TEST(the_same_timestamp_again_is_a_silent_stop)
{
	struct kit *k = kit_new_refreshed();

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
	struct kit *k = kit_new_refreshed();

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

TEST(a_frozen_repository_is_noticed_when_what_we_have_expires)
{
	struct kit *k = kit_new_refreshed();

	CHECK_EQ(kit_refresh_at(k, KIT_NOW + 999), ERR_NONE);
	CHECK_EQ(kit_refresh_at(k, KIT_NOW + 1000), ERR_EXPIRED);
	kit_free(k);
}

TEST(fast_forward_is_recovered_from_by_rotating_the_key)
{
	static const enum tuf_role rotated[] = { TUF_TIMESTAMP, TUF_SNAPSHOT };

	for (size_t i = 0; i < 2; i++) {
		struct kit *k = kit_new_refreshed();

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
		struct kit *k = kit_new_refreshed();
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

TEST(another_major_version_of_the_specification_is_refused)
{
	static const struct {
		const char *version;
		enum err want;
	} cases[] = { { "1.0", ERR_NONE }, { "1.0.99", ERR_NONE }, { "2.0.0", ERR_UNSUPPORTED },
		{ "1", ERR_UNSUPPORTED }, { "1.", ERR_UNSUPPORTED }, { "1.x", ERR_UNSUPPORTED },
		{ "10.0", ERR_UNSUPPORTED }, { "", ERR_UNSUPPORTED } };
	struct kit *k = kit_new_refreshed();

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
	whole = kit_parse(&kit_find(k, "timestamp.json")->content);
	json_array_append_new(json_object_get(whole, "signatures"),
	    json_pack("{s:s, s:s}", "keyid", id, "sig", "3045"));
	kit_put_json(k, "timestamp.json", whole);
	CHECK_EQ(kit_refresh(k), ERR_UNSUPPORTED);
	CHECK(strstr(k->why.text, "neither Ed25519 nor ECDSA") != NULL);
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
	struct kit *k = kit_new_refreshed();

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

TEST(a_damaged_root_is_given_up_for_the_first_and_nothing_older_gets_in_by_that)
{
	struct kit *k = kit_new();
	struct tuf_client *c = NULL;
	struct buf root, old;

	buf_init(&root, 1 << 20);
	buf_put(&root, buf_bytes(&kit_role_file(k, TUF_ROOT)->content));
	buf_init(&old, 1 << 20);
	buf_put(&old, buf_bytes(&kit_role_file(k, TUF_TIMESTAMP)->content));
	CHECK_EQ(tuf_client_open_anew(k->dir, buf_bytes(&root), &c, &k->why), ERR_NONE);
	tuf_client_free(c);
	k->version[TUF_ROOT] = 2;
	kit_publish_root(k);
	kit_next(k);
	CHECK_EQ(kit_refresh(k), ERR_NONE);
	CHECK_EQ(kit_trusted(k, TUF_ROOT), 2);
	CHECK_EQ(file_replace(k->dir, "root.json", bytes_of_text("{"), 0644, &k->why), ERR_NONE);
	CHECK_EQ(tuf_client_open(k->dir, &c, &k->why), ERR_MALFORMED);
	CHECK_EQ(tuf_client_open_anew(k->dir, buf_bytes(&root), &c, &k->why), ERR_NONE);
	CHECK_EQ(tuf_client_version(c, TUF_ROOT), 1);
	CHECK_EQ(tuf_client_version(c, TUF_TIMESTAMP), 2);
	tuf_client_free(c);
	kit_put(k, "timestamp.json", buf_bytes(&old));
	CHECK_EQ(kit_refresh(k), ERR_CONFLICT);
	/* A sound one stays. */
	CHECK_EQ(tuf_client_open_anew(k->dir, buf_bytes(&root), &c, &k->why), ERR_NONE);
	CHECK_EQ(tuf_client_version(c, TUF_ROOT), 2);
	tuf_client_free(c);
	buf_fini(&old);
	buf_fini(&root);
	kit_free(k);
}

TEST(a_client_that_runs_out_of_memory_anywhere_is_none_the_worse)
{
	struct kit *k = kit_new_refreshed();
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
