/* Goal of this test: a captured updater, which may leave anything in its folder and say anything, brings in nothing that
 * the publisher did not release, nothing older, and hides nothing that is there. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/test.h"
#include "os/file.h"
#include "prog/daemon/vouch.h"
#include "tuf/kit.h"
#include "tuf/rollout.h"

struct place {
	struct kit *kit;	/* the repository; its client is the updater's */
	int trusted;
	struct buf root;
	struct outcome_update update;
	struct fault why;
};

/* As the real one: fetch, and keep roots under their names. */
static enum err
fetch(void *ctx, const char *path, struct buf *out, struct fault *why)
{
	struct place *p = ctx;
	enum err e = kit_fetch(p->kit, path, out, why);

	if (e == ERR_NONE && strstr(path, ".root.json") != NULL)
		CHECK_EQ(file_replace(p->kit->dir, path, buf_bytes(out), 0644, &p->why), ERR_NONE);
	return e;
}

static void
run_updater(struct place *p)
{
	struct tuf_client *c = NULL;

	if (faccessat(p->kit->dir, "root.json", F_OK, 0) != 0)
		CHECK_EQ(tuf_client_init(p->kit->dir, buf_bytes(&p->root), &p->why), ERR_NONE);
	CHECK_EQ(tuf_client_open(p->kit->dir, &c, &p->why), ERR_NONE);
	CHECK_EQ(tuf_client_refresh(c, fetch, p, KIT_NOW, &p->why), ERR_NONE);
	tuf_client_free(c);
}

static void
place_open(struct place *p)
{
	static unsigned number;
	char path[200];

	/* What the kit publishes: generation 7, 90 bytes, a digest of zeros. */
	*p = (struct place){ .kit = kit_new() };
	buf_init(&p->root, 1 << 20);
	buf_put(&p->root, buf_bytes(&kit_role_file(p->kit, TUF_ROOT)->content));
	snprintf(path, sizeof path, "%s/trusted%u", test_dir(), number++);
	CHECK_EQ(file_open_dir(AT_FDCWD, path, true, &p->trusted, &p->why), ERR_NONE);
	run_updater(p);
	p->update = (struct outcome_update){ .generation = 7, .length = 90 };
}

static void
place_close(struct place *p)
{
	buf_fini(&p->root);
	close(p->trusted);
	kit_free(p->kit);
}

static enum err
vouch(struct place *p, uint64_t own, bool fresh)
{
	const struct vouch_question q = { .trusted = p->trusted, .updates = p->kit->dir,
		.root = buf_bytes(&p->root), .now = KIT_NOW, .device = "dev", .generation = own,
		.update = &p->update, .fresh = fresh };

	return vouch_for(&q, &p->why);
}

TEST(what_the_publisher_released_is_vouched_for)
{
	struct place p;

	place_open(&p);
	CHECK_EQ(vouch(&p, 6, true), ERR_NONE);
	CHECK_EQ(vouch(&p, 7, false), ERR_NONE);
	place_close(&p);
}

TEST(another_database_than_the_released_one_is_not)
{
	struct place p;

	place_open(&p);
	p.update.sha256[31] = 1;
	CHECK_EQ(vouch(&p, 6, true), ERR_FORGED);
	CHECK(strstr(p.why.text, "is not what its publisher released") != NULL);
	p.update.sha256[31] = 0;
	p.update.length = 91;
	CHECK_EQ(vouch(&p, 6, true), ERR_FORGED);
	p.update.length = 90;
	p.update.generation = 8;
	CHECK_EQ(vouch(&p, 6, true), ERR_FORGED);
	p.update.generation = 7;
	CHECK_EQ(vouch(&p, 6, true), ERR_NONE);
	place_close(&p);
}

TEST(a_newer_release_cannot_be_hidden_and_an_older_one_not_be_brought)
{
	struct place p;

	place_open(&p);
	CHECK_EQ(vouch(&p, 6, false), ERR_FORGED);
	CHECK(strstr(p.why.text, "there is generation 7") != NULL);
	CHECK_EQ(vouch(&p, 8, true), ERR_CONFLICT);
	place_close(&p);
}

/* A candidate beside what is for all: 80 bytes, likewise a digest of zeros. */
static void
publish_candidate(struct place *p, int generation, int percent)
{
	static const char zeros[] = "0000000000000000000000000000000000000000000000000000000000000000";
	static const enum tuf_role roles[] = { TUF_TARGETS, TUF_SNAPSHOT, TUF_TIMESTAMP };

	for (int i = 0; i < 3; i++) {
		json_t *body;

		p->kit->version[roles[i]]++;
		body = kit_body(p->kit, roles[i]);
		if (roles[i] == TUF_TARGETS)
			json_object_set_new(json_object_get(body, "targets"), TUF_CANDIDATE_NAME,
			    json_pack("{s:i, s:{s:s}, s:{s:i, s:s, s:i, s:{s:i, s:s}}}", "length", 85, "hashes",
				"sha256", zeros, "custom", "generation", generation, "epoch", "1", "percent", percent,
				"plain", "length", 80, "sha256", zeros));
		kit_sign(p->kit, roles[i], body);
	}
	run_updater(p);
}

TEST(what_the_device_has_already_is_not_brought_again)
{
	struct place p;

	place_open(&p);
	CHECK_EQ(vouch(&p, 7, true), ERR_FORGED);
	CHECK(strstr(p.why.text, "nothing newer than generation 7 is for this device") != NULL);
	CHECK_EQ(vouch(&p, 7, false), ERR_NONE);
	place_close(&p);
}

TEST(an_older_release_cannot_come_under_the_generation_of_a_candidate_that_the_device_has)
{
	struct place p;

	place_open(&p);
	CHECK(!tuf_rollout_includes("dev", 9, 1));
	publish_candidate(&p, 9, 1);
	/* Generation 7 is for all, 8 was tried and taken here, 9 is tried elsewhere. */
	for (uint64_t said = 6; said <= 9; said++) {
		p.update.generation = said;
		CHECK_EQ(vouch(&p, 8, true), ERR_FORGED);
	}
	CHECK_EQ(vouch(&p, 8, false), ERR_NONE);
	CHECK_EQ(vouch(&p, 9, true), ERR_FORGED);
	CHECK_EQ(vouch(&p, 9, false), ERR_NONE);
	CHECK_EQ(vouch(&p, 10, false), ERR_CONFLICT);
	/* Now it is tried here, too. */
	publish_candidate(&p, 9, 100);
	CHECK_EQ(vouch(&p, 8, false), ERR_FORGED);
	p.update.length = 80;
	CHECK_EQ(vouch(&p, 8, true), ERR_NONE);
	place_close(&p);
}

TEST(metadata_that_the_updater_changed_or_brought_back_is_refused)
{
	static const char *const names[] = { "timestamp.json", "snapshot.json", "targets.json" };
	struct buf old[3];
	struct place p;

	place_open(&p);
	for (int i = 0; i < 3; i++) {
		buf_init(&old[i], 1 << 20);
		CHECK_EQ(file_read(p.kit->dir, names[i], &old[i], &p.why), ERR_NONE);
	}
	kit_next(p.kit);
	run_updater(&p);
	CHECK_EQ(vouch(&p, 6, true), ERR_NONE);
	/* All of it as it was before: each file is signed well, and older than what we know. */
	for (int i = 0; i < 3; i++)
		CHECK_EQ(file_replace(p.kit->dir, names[i], buf_bytes(&old[i]), 0644, &p.why), ERR_NONE);
	CHECK_EQ(vouch(&p, 6, true), ERR_CONFLICT);
	for (int i = 0; i < 3; i++) {
		old[i].p[old[i].n / 2] ^= 1;
		CHECK_EQ(file_replace(p.kit->dir, names[i], buf_bytes(&old[i]), 0644, &p.why), ERR_NONE);
	}
	CHECK(vouch(&p, 6, true) != ERR_NONE);
	for (int i = 0; i < 3; i++)
		buf_fini(&old[i]);
	place_close(&p);
}

TEST(what_is_no_plain_file_in_the_updaters_folder_is_neither_waited_for_nor_followed)
{
	struct place p;

	place_open(&p);
	CHECK_EQ(renameat(p.kit->dir, "timestamp.json", p.kit->dir, "elsewhere.json"), 0);
	CHECK_EQ(symlinkat("elsewhere.json", p.kit->dir, "timestamp.json"), 0);
	CHECK_EQ(vouch(&p, 6, true), ERR_DENIED);
	CHECK_EQ(unlinkat(p.kit->dir, "timestamp.json", 0), 0);
	CHECK_EQ(mkfifoat(p.kit->dir, "timestamp.json", 0600), 0);
	alarm(20);	/* whoever waits here waits for good */
	CHECK_EQ(vouch(&p, 6, true), ERR_DENIED);
	alarm(0);
	CHECK_EQ(unlinkat(p.kit->dir, "timestamp.json", 0), 0);
	CHECK_EQ(renameat(p.kit->dir, "elsewhere.json", p.kit->dir, "timestamp.json"), 0);
	CHECK_EQ(vouch(&p, 6, true), ERR_NONE);
	place_close(&p);
}

TEST(roots_are_walked_again_and_the_updater_begins_anew_when_one_is_missing)
{
	struct place p;

	place_open(&p);
	CHECK_EQ(vouch(&p, 6, true), ERR_NONE);
	p.kit->version[TUF_ROOT] = 2;
	p.kit->keys[TUF_TIMESTAMP][0] = p.kit->keys[TUF_TIMESTAMP][1];
	kit_publish_root(p.kit);
	kit_next(p.kit);
	run_updater(&p);
	CHECK_EQ(unlinkat(p.kit->dir, "2.root.json", 0), 0);
	CHECK_EQ(vouch(&p, 6, true), ERR_FORGED);
	CHECK(faccessat(p.kit->dir, "root.json", F_OK, 0) != 0);
	run_updater(&p);
	CHECK_EQ(vouch(&p, 6, true), ERR_NONE);
	place_close(&p);
}
