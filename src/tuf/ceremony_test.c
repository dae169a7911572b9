/* Goal of this test: keys with thresholds, sealed keys, and the way from one root to the next, as a device sees it. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "base/test.h"
#include "codec/json.h"
#include "crypto/passphrase.h"
#include "os/file.h"
#include "tuf/ceremony.h"
#include "tuf/client.h"
#include "tuf/repo.h"
#include "tuf/secret.h"

enum { NOW = 1000000000 };

struct place {
	struct tuf_keyring ring;
	int repo, device;
	struct fault why;
};

static int
open_fresh_dir(const char *name)
{
	static unsigned number;
	struct fault why;
	char path[200];
	int dir;

	snprintf(path, sizeof path, "%s/%s%u", test_dir(), name, number++);
	CHECK_EQ(file_open_dir(AT_FDCWD, path, true, &dir, &why), ERR_NONE);
	return dir;
}

static void
place_open(struct place *p)
{
	struct buf root;

	p->ring = (struct tuf_keyring){ open_fresh_dir("keys"), NULL };
	p->repo = open_fresh_dir("repo");
	p->device = open_fresh_dir("device");
	CHECK_EQ(tuf_ceremony_begin(&p->ring, tuf_quorums, NOW, &p->why), ERR_NONE);
	buf_init(&root, 1 << 20);
	CHECK_EQ(file_read(p->ring.dir, "root.json", &root, &p->why), ERR_NONE);
	CHECK_EQ(tuf_client_init(p->device, buf_bytes(&root), &p->why), ERR_NONE);
	buf_fini(&root);
}

static void
place_close(struct place *p)
{
	close(p->ring.dir);
	close(p->repo);
	close(p->device);
}

static enum err
release(struct place *p, bool fresh)
{
	struct tuf_release what = { .generation = 1, .epoch = "1" };
	struct tuf_repo *r = NULL;
	struct tuf_target t = { .length = 0 };
	enum err e;
	int fd;

	if ((e = tuf_repo_open(&p->ring, p->repo, &r, &p->why)) != ERR_NONE)
		return e;
	if (!fresh)
		e = tuf_repo_resign(r, NOW, &(bool){ false }, &p->why);
	else if ((e = tuf_repo_start(r, "db", &fd, &p->why)) == ERR_NONE &&
	    (e = io_write_all(fd, bytes_of_text("content"))) == ERR_NONE)
		e = tuf_repo_release(r, &what, NOW, &t, &p->why);
	tuf_repo_close(r);
	return e;
}

static enum err
fetch(void *ctx, const char *path, struct buf *out, struct fault *why)
{
	struct place *p = ctx;
	char name[128];

	snprintf(name, sizeof name, "metadata/%s", path);
	return file_read(p->repo, name, out, why);
}

/* The version of the root that the device is at after a refresh; 0: it was refused. */
static int64_t
device_root(struct place *p)
{
	struct tuf_client *c = NULL;
	int64_t version = 0;

	CHECK_EQ(tuf_client_open(p->device, &c, &p->why), ERR_NONE);
	if (tuf_client_refresh(c, fetch, p, NOW, &p->why) == ERR_NONE)
		version = tuf_client_version(c, TUF_ROOT);
	tuf_client_free(c);
	return version;
}

/* Draft, sign with what is in ${ring}, keep. */
static enum err
renew(struct place *p, enum tuf_role rotated)
{
	struct buf draft, signed_draft;
	int64_t version;
	size_t added;
	enum err e;

	buf_init(&draft, 1 << 20);
	buf_init(&signed_draft, 1 << 20);
	CHECK_EQ(tuf_ceremony_draft(&p->ring, rotated, NOW, &draft, &p->why), ERR_NONE);
	CHECK_EQ(tuf_ceremony_keep(&p->ring, buf_bytes(&draft), &version, &p->why), ERR_FORGED);
	CHECK_EQ(tuf_ceremony_sign(&p->ring, buf_bytes(&draft), &added, &signed_draft, &p->why), ERR_NONE);
	CHECK(added >= 3);
	e = tuf_ceremony_keep(&p->ring, buf_bytes(&signed_draft), &version, &p->why);
	buf_fini(&draft);
	buf_fini(&signed_draft);
	return e;
}

TEST(any_role_is_rotated_and_a_device_follows)
{
	static const enum tuf_role roles[] = { TUF_NO_ROLE, TUF_ROOT, TUF_TARGETS, TUF_SNAPSHOT,
		TUF_TIMESTAMP, TUF_ROOT };
	struct place p;

	place_open(&p);
	CHECK_EQ(release(&p, true), ERR_NONE);
	CHECK_EQ(device_root(&p), 1);
	for (size_t i = 0; i < sizeof roles / sizeof roles[0]; i++) {
		CHECK_EQ(renew(&p, roles[i]), ERR_NONE);
		/* Nothing is public before the next run. */
		CHECK_EQ(device_root(&p), (int64_t)i + 1);
		CHECK_EQ(release(&p, i % 2 == 0), ERR_NONE);
		CHECK_EQ(device_root(&p), (int64_t)i + 2);
	}
	place_close(&p);
}

TEST(the_old_keys_of_a_rotated_role_sign_nothing_any_more)
{
	struct place p;

	place_open(&p);
	CHECK_EQ(release(&p, true), ERR_NONE);
	CHECK_EQ(renew(&p, TUF_TIMESTAMP), ERR_NONE);
	CHECK_EQ(unlinkat(p.ring.dir, "timestamp-2.key", 0), 0);
	CHECK_EQ(release(&p, false), ERR_NOT_FOUND);
	CHECK(strstr(p.why.text, "0 of the 1 keys that must sign timestamp metadata") != NULL);
	place_close(&p);
}

TEST(two_of_three_targets_keys_make_a_release_and_one_does_not)
{
	struct place p;

	place_open(&p);
	CHECK_EQ(unlinkat(p.ring.dir, "targets-2.key", 0), 0);
	CHECK_EQ(release(&p, true), ERR_NONE);
	CHECK_EQ(unlinkat(p.ring.dir, "targets-1.key", 0), 0);
	CHECK_EQ(release(&p, true), ERR_NOT_FOUND);
	CHECK_EQ(device_root(&p), 1);
	place_close(&p);
}

/* Move the holder's root key into a folder of its own, with the roots that it needs to know. */
static int
take_away(struct place *p, int number)
{
	int shelf = open_fresh_dir("shelf");
	struct buf root;
	char name[32];

	snprintf(name, sizeof name, "root-%d.key", number);
	CHECK_EQ(renameat(p->ring.dir, name, shelf, name), 0);
	buf_init(&root, 1 << 20);
	CHECK_EQ(file_read(p->ring.dir, "1.root.json", &root, &p->why), ERR_NONE);
	CHECK_EQ(file_create(shelf, "1.root.json", buf_bytes(&root), 0644, &p->why), ERR_NONE);
	buf_fini(&root);
	return shelf;
}

TEST(a_draft_travels_from_holder_to_holder_until_enough_have_signed)
{
	struct buf draft, next;
	int64_t version;
	struct place p;
	int shelves[5];

	place_open(&p);
	CHECK_EQ(release(&p, true), ERR_NONE);
	for (int i = 0; i < 5; i++)
		shelves[i] = take_away(&p, i + 1);
	/* Root keys are needed for no release. */
	CHECK_EQ(release(&p, true), ERR_NONE);
	buf_init(&draft, 1 << 20);
	buf_init(&next, 1 << 20);
	CHECK_EQ(tuf_ceremony_draft(&p.ring, TUF_TARGETS, NOW, &draft, &p.why), ERR_NONE);
	for (int i = 0; i < 3; i++) {
		const struct tuf_keyring ring = { shelves[i], NULL };
		size_t added;

		CHECK_EQ(tuf_ceremony_keep(&p.ring, buf_bytes(&draft), &version, &p.why), ERR_FORGED);
		buf_clear(&next);
		CHECK_EQ(tuf_ceremony_sign(&ring, buf_bytes(&draft), &added, &next, &p.why), ERR_NONE);
		CHECK_EQ(added, 1);
		buf_clear(&draft);
		/* The same holder again adds nothing. */
		CHECK_EQ(tuf_ceremony_sign(&ring, buf_bytes(&next), &added, &draft, &p.why), ERR_NONE);
		CHECK_EQ(added, 0);
	}
	CHECK_EQ(tuf_ceremony_keep(&p.ring, buf_bytes(&draft), &version, &p.why), ERR_NONE);
	CHECK_EQ(version, 2);
	CHECK_EQ(tuf_ceremony_keep(&p.ring, buf_bytes(&draft), &version, &p.why), ERR_CONFLICT);
	CHECK_EQ(release(&p, false), ERR_NONE);
	CHECK_EQ(device_root(&p), 2);
	for (int i = 0; i < 5; i++)
		close(shelves[i]);
	buf_fini(&draft);
	buf_fini(&next);
	place_close(&p);
}

TEST(a_draft_that_was_changed_after_it_was_signed_is_not_kept)
{
	struct buf draft, next;
	struct place p;
	int64_t version;
	size_t added;

	place_open(&p);
	buf_init(&draft, 1 << 20);
	buf_init(&next, 1 << 20);
	CHECK_EQ(tuf_ceremony_draft(&p.ring, TUF_NO_ROLE, NOW, &draft, &p.why), ERR_NONE);
	CHECK_EQ(tuf_ceremony_sign(&p.ring, buf_bytes(&draft), &added, &next, &p.why), ERR_NONE);
	/* Behind the signatures: of those two more are there than are needed. */
	for (size_t i = next.n - 200; i < next.n; i++) {
		next.p[i] ^= 1;
		CHECK(tuf_ceremony_keep(&p.ring, buf_bytes(&next), &version, &p.why) != ERR_NONE);
		next.p[i] ^= 1;
	}
	for (size_t n = 0; n < next.n; n += 7) {
		uint8_t *exact = test_copy(next.p, n);

		CHECK(tuf_ceremony_keep(&p.ring, bytes_of(exact, n), &version, &p.why) != ERR_NONE);
		free(exact);
	}
	CHECK_EQ(tuf_ceremony_keep(&p.ring, buf_bytes(&next), &version, &p.why), ERR_NONE);
	buf_fini(&draft);
	buf_fini(&next);
	place_close(&p);
}

TEST(a_sealed_key_opens_with_its_passphrase_only)
{
	const uint8_t secret[TUF_SECRET_SIZE] = "a secret of thirty-two bytes....";
	char label[TUF_LABEL_SIZE];
	uint8_t got[TUF_SECRET_SIZE];
	struct fault why;
	int dir = open_fresh_dir("sealed");
	struct buf text;

	CHECK_EQ(tuf_secret_keep(dir, "k", secret, "the-label", "correct horse", &why), ERR_NONE);
	CHECK_EQ(tuf_secret_keep(dir, "k", secret, "the-label", "correct horse", &why), ERR_EXISTS);
	CHECK_EQ(tuf_secret_label(dir, "k", label, &why), ERR_NONE);
	CHECK_TEXT(label, "the-label");
	CHECK_EQ(tuf_secret_read(dir, "k", NULL, got, &why), ERR_DENIED);
	CHECK(strstr(why.text, "its passphrase is needed") != NULL);
	CHECK_EQ(tuf_secret_read(dir, "k", "wrong horse", got, &why), ERR_DENIED);
	CHECK_EQ(tuf_secret_read(dir, "k", "correct horse", got, &why), ERR_NONE);
	CHECK_BYTES(bytes_of(got, sizeof got), bytes_of(secret, sizeof secret));
	/* What asks for more work than ours is not obeyed: the count lies behind 16 bytes of salt. */
	buf_init(&text, 1000);
	CHECK_EQ(file_read(dir, "k", &text, &why), ERR_NONE);
	memcpy(text.p + 7 + 9 + 1 + 32, "ffffffff", 8);
	CHECK_EQ(file_replace(dir, "k", buf_bytes(&text), 0600, &why), ERR_NONE);
	CHECK_EQ(tuf_secret_read(dir, "k", "correct horse", got, &why), ERR_LIMIT);
	for (size_t n = 0; n < text.n; n += 3) {
		CHECK_EQ(file_replace(dir, "k", bytes_first(buf_bytes(&text), n), 0600, &why), ERR_NONE);
		CHECK_EQ(tuf_secret_read(dir, "k", "correct horse", got, &why), ERR_MALFORMED);
	}
	buf_fini(&text);
	close(dir);
}
