/* Goal of this test: the program as its users run it: from a signature to a device that has it, with
 * everything that may go wrong on the way. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "base/test.h"
#include "crypto/hash.h"
#include "crypto/seal.h"
#include "os/clock.h"
#include "os/file.h"
#include "prog/publish/place.h"
#include "tuf/client.h"
#include "tuf/secret.h"

enum { OUTPUT_MAX = 1 << 20 };

static const char release_words[] = "release --keys keys --repo repo db.hfdb";

/* Build, make keys, release once, and let a device trust the root. */
static void
place_open_released(struct place *p)
{
	struct buf root;
	int device;

	place_open(p);
	place_put_sources(p);
	CHECK_EQ(place_run(p, "build -o db.hfdb sources"), 0);
	CHECK_EQ(place_run(p, "keys keys"), 0);
	CHECK_EQ(place_run(p, release_words), 0);
	buf_init(&root, 1 << 20);
	CHECK_EQ(file_read(p->dir, "keys/root.json", &root, &p->why), ERR_NONE);
	CHECK_EQ(file_open_dir(p->dir, "device", true, &device, &p->why), ERR_NONE);
	CHECK_EQ(tuf_client_init(device, buf_bytes(&root), &p->why), ERR_NONE);
	close(device);
	buf_fini(&root);
}

static enum err
fetch(void *ctx, const char *path, struct buf *to, struct fault *why)
{
	struct place *p = ctx;
	char name[128];

	snprintf(name, sizeof name, "repo/metadata/%s", path);
	return file_read(p->dir, name, to, why);
}

/* Refresh the device's metadata and find the target. */
static enum err
device_refresh(struct place *p, struct tuf_target *target)
{
	struct tuf_client *c = NULL;
	enum err e;
	int device;

	CHECK_EQ(file_open_dir(p->dir, "device", false, &device, &p->why), ERR_NONE);
	CHECK_EQ(tuf_client_open(device, &c, &p->why), ERR_NONE);
	if ((e = tuf_client_refresh(c, fetch, p, clock_wall(), &p->why)) == ERR_NONE)
		e = tuf_client_target(c, "holdfast.hfdb", target, &p->why);
	tuf_client_free(c);
	close(device);
	return e;
}

static int
open_target(struct place *p, const struct tuf_target *target, int flags)
{
	char name[TUF_PATH_SIZE + 16];
	int fd;

	snprintf(name, sizeof name, "repo/targets/%s", target->path);
	CHECK((fd = openat(p->dir, name, flags | O_CLOEXEC)) >= 0);
	return fd;
}

/* The generation that the device now has, its file checked against the metadata. 0: refused. */
static uint64_t
device_generation(struct place *p)
{
	struct tuf_target target;
	int fd;

	if (device_refresh(p, &target) != ERR_NONE)
		return 0;
	fd = open_target(p, &target, O_RDONLY);
	CHECK_EQ(tuf_target_check(&target, fd, &p->why), ERR_NONE);
	close(fd);
	return target.release.generation;
}

static void
get_epoch(struct place *p, const char *name, struct seal_key *key)
{
	int epochs;

	CHECK_EQ(file_open_dir(p->dir, "keys/epochs", false, &epochs, &p->why), ERR_NONE);
	CHECK_EQ(tuf_secret_read(epochs, name, NULL, key->key, &p->why), ERR_NONE);
	close(epochs);
}

TEST(what_was_built_and_released_is_what_the_device_unseals)
{
	uint8_t digest[HASH_MAX];
	struct tuf_target target;
	struct buf built, got;
	struct seal_key key;
	struct place p;
	int sealed, plain;

	place_open_released(&p);
	CHECK(strstr(place_out(&p), "2 signatures, loads and scans in the sandbox") != NULL);
	CHECK(strstr(place_out(&p), "released: generation 1, sealed with epoch 1") != NULL);
	CHECK_EQ(device_refresh(&p, &target), ERR_NONE);
	CHECK_EQ(target.release.generation, 1);
	get_epoch(&p, target.release.epoch, &key);
	sealed = open_target(&p, &target, O_RDONLY);
	plain = openat(p.dir, "plain.hfdb", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	CHECK_EQ(tuf_target_check(&target, sealed, &p.why), ERR_NONE);
	CHECK_EQ(unseal_file(&key, sealed, plain, NULL, digest), ERR_NONE);
	CHECK_BYTES(bytes_of(digest, 32), bytes_of(target.release.plain_sha256, 32));
	buf_init(&built, OUTPUT_MAX);
	buf_init(&got, OUTPUT_MAX);
	CHECK_EQ(file_read(p.dir, "db.hfdb", &built, &p.why), ERR_NONE);
	CHECK_EQ(file_read(p.dir, "plain.hfdb", &got, &p.why), ERR_NONE);
	CHECK_BYTES(buf_bytes(&got), buf_bytes(&built));
	CHECK_EQ(target.release.plain_length, built.n);
	/* Released again: the next generation; the newest epoch's key, by number, not by letter. */
	CHECK_EQ(faccessat(p.dir, "keys/epochs/10", F_OK, 0), -1);
	CHECK_EQ(linkat(p.dir, "keys/epochs/1", p.dir, "keys/epochs/9", 0), 0);
	CHECK_EQ(linkat(p.dir, "keys/epochs/1", p.dir, "keys/epochs/10", 0), 0);
	CHECK_EQ(place_run(&p, release_words), 0);
	CHECK_EQ(device_refresh(&p, &target), ERR_NONE);
	CHECK_EQ(target.release.generation, 2);
	CHECK_TEXT(target.release.epoch, "10");
	CHECK_EQ(place_run(&p, "resign --keys keys --repo repo"), 0);
	CHECK_EQ(device_generation(&p), 2);
	buf_fini(&built);
	buf_fini(&got);
	close(sealed);
	close(plain);
	place_close(&p);
}

TEST(no_secret_is_ever_printed)
{
	static const char *const files[] = { "keys/root-1.key", "keys/targets-1.key",
		"keys/snapshot-1.key", "keys/timestamp-1.key", "keys/epochs/1" };
	static const char *const words[] = { "keys more", release_words,
		"resign --keys keys --repo repo", "keys keys" };
	struct place p;

	place_open_released(&p);
	for (size_t w = 0; w < 4; w++) {
		place_run(&p, words[w]);
		for (size_t f = 0; f < 5; f++) {
			struct buf key;

			buf_init(&key, 200);
			CHECK_EQ(file_read(p.dir, files[f], &key, &p.why), ERR_NONE);
			key.p[16] = '\0';
			CHECK(strstr(place_out(&p), (char *)key.p) == NULL);
			CHECK(strstr(place_err(&p), (char *)key.p) == NULL);
			buf_fini(&key);
		}
	}
	place_close(&p);
}

/* Cut ${name} to ${n} bytes, and put it back. */
static void
cut(struct place *p, const char *name, size_t n)
{
	int fd = openat(p->dir, name, O_WRONLY | O_CLOEXEC);

	CHECK(fd >= 0);
	CHECK_EQ(ftruncate(fd, (off_t)n), 0);
	close(fd);
}

static void
restore(struct place *p, const char *name, struct bytes content)
{
	int fd = openat(p->dir, name, O_WRONLY | O_TRUNC | O_CLOEXEC);

	CHECK(fd >= 0);
	CHECK_EQ(io_write_all(fd, content), ERR_NONE);
	close(fd);
}

TEST(metadata_that_is_cut_or_changed_is_refused_and_the_old_is_kept)
{
	static const char *const names[] = { "repo/metadata/timestamp.json",
		"repo/metadata/2.snapshot.json", "repo/metadata/2.targets.json" };
	struct place p;

	place_open_released(&p);
	CHECK_EQ(device_generation(&p), 1);
	CHECK_EQ(place_run(&p, release_words), 0);
	for (size_t i = 0; i < 3; i++) {
		struct buf whole;

		buf_init(&whole, OUTPUT_MAX);
		CHECK_EQ(file_read(p.dir, names[i], &whole, &p.why), ERR_NONE);
		for (size_t n = 0; n < whole.n; n += 11) {
			cut(&p, names[i], n);
			CHECK_EQ(device_generation(&p), 0);
			restore(&p, names[i], buf_bytes(&whole));
			whole.p[n] ^= 4;
			restore(&p, names[i], buf_bytes(&whole));
			CHECK_EQ(device_generation(&p), 0);
			whole.p[n] ^= 4;
			restore(&p, names[i], buf_bytes(&whole));
		}
		buf_fini(&whole);
	}
	CHECK_EQ(device_generation(&p), 2);
	place_close(&p);
}

TEST(a_target_that_is_cut_or_changed_is_refused_before_and_after_its_seal)
{
	struct tuf_target target;
	struct seal_key key;
	struct place p;
	uint8_t byte;
	int fd, null;

	place_open_released(&p);
	CHECK_EQ(device_refresh(&p, &target), ERR_NONE);
	get_epoch(&p, "1", &key);
	null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	fd = open_target(&p, &target, O_RDWR);
	for (off_t at = 0; at < (off_t)target.length; at += 61) {
		CHECK_EQ(pread(fd, &byte, 1, at), 1);
		byte ^= 1;
		CHECK_EQ(pwrite(fd, &byte, 1, at), 1);
		CHECK_EQ(tuf_target_check(&target, fd, &p.why), ERR_FORGED);
		CHECK_EQ(lseek(fd, 0, SEEK_SET), 0);
		CHECK_EQ(unseal_file(&key, fd, null, NULL, NULL), ERR_FORGED);
		byte ^= 1;
		CHECK_EQ(pwrite(fd, &byte, 1, at), 1);
	}
	CHECK_EQ(tuf_target_check(&target, fd, &p.why), ERR_NONE);
	for (off_t n = (off_t)target.length - 1; n >= 0; n -= 61) {
		CHECK_EQ(ftruncate(fd, n), 0);
		CHECK_EQ(tuf_target_check(&target, fd, &p.why), ERR_FORGED);
		CHECK_EQ(lseek(fd, 0, SEEK_SET), 0);
		CHECK_EQ(unseal_file(&key, fd, null, NULL, NULL), ERR_FORGED);
	}
	close(null);
	close(fd);
	place_close(&p);
}

TEST(a_release_that_is_killed_leaves_the_old_and_the_next_completes)
{
	uint64_t before = 1;
	struct place p;

	place_open_released(&p);
	for (long after = 1; after < 120; after += 4) {
		const struct conditions c = { 0, after * 1000 };
		uint64_t now;

		place_run_under(&p, release_words, &c);
		now = device_generation(&p);
		CHECK(now == before || now == before + 1);
		before = now;
	}
	CHECK_EQ(place_run(&p, release_words), 0);
	CHECK_EQ(device_generation(&p), before + 1);
	place_close(&p);
}

/* A source whose database is larger than ${least} bytes. */
static void
put_large_source(struct place *p, const char *name, size_t least)
{
	struct buf text;

	buf_init(&text, 1 << 22);
	for (size_t i = 0; i < least / 20; i++)
		buf_printf(&text, "%064zx:7:Test.Hash-%zu\n", i * 1234567, i);
	buf_u8(&text, '\0');
	CHECK_EQ(text.err, ERR_NONE);
	place_put(p, name, (const char *)text.p);
	buf_fini(&text);
}

/* What is smaller than the memory files that a database is tried with is tested in tuf/repo_test.c. */
TEST(a_full_disk_leaves_the_old_release_and_is_said)
{
	static const char words[] = "release --keys keys --repo repo large.hfdb";
	struct place p;

	place_open_released(&p);
	put_large_source(&p, "large.hsb", 200000);
	CHECK_EQ(place_run(&p, "build -o large.hfdb large.hsb"), 0);
	for (rlim_t room = 70000; room <= 190000; room += 40000) {
		const struct conditions c = { room, 0 };

		CHECK_EQ(place_run_under(&p, words, &c), 1);
		CHECK(strstr(place_err(&p), "cannot seal the database: disk full") != NULL);
		CHECK(strstr(place_err(&p), "Make room on the disk and run it again.") != NULL);
		CHECK_EQ(device_generation(&p), 1);
		CHECK(faccessat(p.dir, "repo/targets/holdfast.hfdb.new", F_OK, 0) != 0);
		CHECK_EQ(place_run_under(&p, "build -o other.hfdb large.hsb", &c), 1);
		CHECK(faccessat(p.dir, "other.hfdb", F_OK, 0) != 0);
		CHECK(faccessat(p.dir, "other.hfdb.new", F_OK, 0) != 0);
	}
	CHECK_EQ(place_run(&p, words), 0);
	CHECK_EQ(device_generation(&p), 2);
	place_close(&p);
}

TEST(the_service_signs_again_and_again_and_cries_out_when_it_cannot)
{
	const struct conditions c = { 0, 5000000 };
	struct place p;
	struct buf cry;

	place_open_released(&p);
	place_put(&p, "alarm", "#!/bin/sh\necho \"$1\" >>cries\n");
	CHECK_EQ(fchmodat(p.dir, "alarm", 0755, 0), 0);
	CHECK_EQ(place_run_under(&p, "resign --keys keys --repo repo --every 1s --alarm ./alarm", &c), -9);
	CHECK(strstr(place_out(&p), "timestamp  version 3") != NULL);
	CHECK(faccessat(p.dir, "cries", F_OK, 0) != 0);
	CHECK_EQ(renameat(p.dir, "keys/timestamp-1.key", p.dir, "away"), 0);
	CHECK_EQ(place_run_under(&p, "resign --keys keys --repo repo --every 1s --alarm ./alarm", &c), -9);
	buf_init(&cry, OUTPUT_MAX);
	CHECK_EQ(file_read(p.dir, "cries", &cry, &p.why), ERR_NONE);
	buf_u8(&cry, '\0');
	CHECK(strstr((char *)cry.p, "nothing was signed: 0 of the 1 keys") != NULL);
	CHECK_EQ(device_generation(&p), 1);
	buf_fini(&cry);
	place_close(&p);
}

TEST(sealed_keys_make_a_release_only_with_their_passphrase)
{
	struct place p;

	place_open_released(&p);
	place_put(&p, "pass", "correct horse battery\n");
	place_put(&p, "other", "another horse battery\n");
	place_put(&p, "short", "horse\n");
	CHECK_EQ(place_run(&p, "keys --root 1/1 --targets 1/1 --passphrase-file short sealed"), 1);
	CHECK(strstr(place_err(&p), "passphrase of 12 letters or more") != NULL);
	CHECK_EQ(place_run(&p, "keys --root 1/1 --targets 1/1 --passphrase-file pass sealed"), 0);
	CHECK_EQ(place_run(&p, "release --keys sealed --repo other-repo db.hfdb"), 1);
	CHECK(strstr(place_err(&p), "targets-1.key is sealed") != NULL);
	CHECK_EQ(place_run(&p, "release --keys sealed --repo other-repo --passphrase-file other db.hfdb"), 1);
	CHECK(strstr(place_err(&p), "passphrase of the key targets-1.key is another") != NULL);
	CHECK_EQ(place_run(&p, "release --keys sealed --repo other-repo --passphrase-file pass db.hfdb"), 0);
	CHECK_EQ(place_run(&p, "resign --keys sealed --repo other-repo"), 0);
	place_close(&p);
}

TEST(two_releases_at_once_are_not)
{
	struct place p;
	int lock;

	place_open_released(&p);
	lock = openat(p.dir, "repo/publish.lock", O_RDWR | O_CLOEXEC);
	CHECK_EQ(flock(lock, LOCK_EX | LOCK_NB), 0);
	CHECK_EQ(place_run(&p, release_words), 1);
	CHECK(strstr(place_err(&p), "held by another process") != NULL);
	CHECK_EQ(place_run(&p, "resign --keys keys --repo repo"), 1);
	close(lock);
	CHECK_EQ(place_run(&p, release_words), 0);
	place_close(&p);
}

TEST(a_database_that_is_cut_or_changed_is_not_released)
{
	struct buf whole;
	struct place p;

	place_open_released(&p);
	buf_init(&whole, OUTPUT_MAX);
	CHECK_EQ(file_read(p.dir, "db.hfdb", &whole, &p.why), ERR_NONE);
	for (size_t n = 0; n < whole.n; n += 499) {
		cut(&p, "db.hfdb", n);
		CHECK_EQ(place_run(&p, release_words), 1);
		CHECK(strstr(place_err(&p), "release: db.hfdb: ") != NULL);
		whole.p[n] ^= 1;
		restore(&p, "db.hfdb", buf_bytes(&whole));
		CHECK_EQ(place_run(&p, release_words), 1);
		whole.p[n] ^= 1;
		restore(&p, "db.hfdb", buf_bytes(&whole));
	}
	CHECK_EQ(device_generation(&p), 1);
	buf_fini(&whole);
	place_close(&p);
}

TEST(wrong_input_is_answered_with_what_is_wrong_and_its_own_exit_code)
{
	static const struct {
		const char *words;
		int code;
		const char *says;
	} cases[] = {
		{ "", 64, "usage: holdfast-publish SUBCOMMAND" },
		{ "frob", 64, "no subcommand \"frob\"" },
		{ "build", 64, "it needs -o OUT.hfdb and at least one SOURCE" },
		{ "build -o", 64, "-o needs a value" },
		{ "build --frob", 64, "no option --frob" },
		{ "build -o x --generation 1x sources", 64, "--generation takes a whole number" },
		{ "build -o x nothing.ndb", 1, "cannot open nothing.ndb: No such file" },
		{ "build -o x sources/README", 1, "not one signature was taken" },
		{ "build -o no/where/x sources", 1, "no/where" },
		{ "keys", 64, "it needs one folder" },
		{ "keys keys", 1, "there are keys already" },
		{ "keys --root 3/2 fresh-keys", 64, "take M/N" },
		{ "keys --targets 0/2 fresh-keys", 64, "take M/N" },
		{ "root --keys keys draft", 64, "and a FILE" },
		{ "root --keys keys frob x", 64, "draft, sign or keep" },
		{ "root --keys keys --rotate frob draft x", 64, "--rotate takes" },
		{ "root --keys keys sign nothing", 1, "nothing" },
		{ "root --keys keys keep sources/a.ndb", 1, "root metadata" },
		{ "release --keys keys --repo repo --percent 0 db.hfdb", 64, "--percent takes" },
		{ "release --keys keys --repo fresh --percent 5 db.hfdb", 1, "the first release is for all" },
		{ "rollout --keys keys", 64, "it needs --keys DIR and --repo DIR" },
		{ "rollout --keys keys --repo repo --halt --percent 5", 64, "one step at most" },
		{ "rollout --keys keys --repo repo --percent 101", 64, "--percent takes" },
		{ "rollout --keys keys --repo repo --halt", 1, "nothing is being tried" },
		{ "resign --keys keys --repo repo --every x", 64, "--every takes a span" },
		{ "keys no/where", 1, "cannot make the directory no/where" },
		{ "release db.hfdb", 64, "it needs --keys DIR, --repo DIR" },
		{ "release --keys keys --repo repo nothing", 1, "cannot open nothing" },
		{ "release --keys keys --repo repo sources", 1, "sources is not a file" },
		{ "release --keys keys --repo repo sources/a.ndb", 1, "not a signature database" },
		{ "release --keys none --repo repo db.hfdb", 1, "publish keys none\" makes" },
		{ "release --keys keys --repo no/where db.hfdb", 1, "make the directory no/where" },
		{ "release --keys other --repo repo db.hfdb", 1, "belongs to other keys" },
		{ "resign --keys keys --repo repo more", 64, "nothing else" },
		{ "resign --keys keys --repo fresh", 1, "nothing is released yet" },
		{ "scan -d db.hfdb", 2, "it needs -d DB and at least one PATH" },
		{ "scan -d nothing .", 2, "cannot open nothing" },
		{ "scan -d sources/README sources", 2, "not a signature database" },
		{ "scan --threads 0 -d db.hfdb .", 2, "--threads takes a number from 1" },
		{ "scan -d db.hfdb nothing", 2, "nothing: ERROR (No such file or directory)" },
	};
	struct place p;

	place_open_released(&p);
	CHECK_EQ(place_run(&p, "keys other"), 0);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		int code = place_run(&p, cases[i].words);

		if (code != cases[i].code || strstr(place_err(&p), cases[i].says) == NULL)
			print_message("# %s: exit %d: %s\n", cases[i].words, code, place_err(&p));
		CHECK_EQ(code, cases[i].code);
		CHECK(strstr(place_err(&p), cases[i].says) != NULL);
	}
	place_close(&p);
}

TEST(every_subcommand_answers_help_and_version)
{
	static const char *const names[] = { "", "build ", "scan ", "keys ", "root ", "release ", "rollout ", "resign " };
	char words[64];
	struct place p;

	place_open(&p);
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		snprintf(words, sizeof words, "%s--help", names[i]);
		CHECK_EQ(place_run(&p, words), 0);
		CHECK(strncmp(place_out(&p), "usage: holdfast-publish ", 24) == 0);
		snprintf(words, sizeof words, "%s--version", names[i]);
		CHECK_EQ(place_run(&p, words), 0);
		CHECK_TEXT(place_out(&p), "holdfast-publish " HOLDFAST_VERSION "\n");
	}
	place_close(&p);
}
