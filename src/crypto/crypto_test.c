/* Goal of this test: digests and signatures agree with their standards, and nothing sealed can be
 * changed unnoticed. */
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/test.h"
#include "crypto/hash.h"
#include "crypto/hmac.h"
#include "crypto/random.h"
#include "crypto/seal.h"
#include "crypto/sign.h"

static int
open_scratch(const char *name)
{
	char path[200];
	int fd;

	snprintf(path, sizeof path, "%s/%s", test_dir(), name);
	fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	CHECK(fd >= 0);
	return fd;
}

TEST(digests_are_those_of_the_standards)
{
	static const struct {
		enum hash_kind kind;
		const char *hex;
	} cases[] = {
		{ HASH_MD5, "900150983cd24fb0d6963f7d28e17f72" },
		{ HASH_SHA1, "a9993e364706816aba3e25717850c26c9cd0d89d" },
		{ HASH_SHA256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
	};
	uint8_t digest[HASH_MAX];
	char hex[HASH_HEX_SIZE];

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		CHECK_EQ(hash_of(cases[i].kind, bytes_of_text("abc"), digest), ERR_NONE);
		sodium_bin2hex(hex, sizeof hex, digest, hash_size(cases[i].kind));
		CHECK_TEXT(hex, cases[i].hex);
	}
	CHECK_EQ(hash_of(HASH_NONE, bytes_of_text(""), digest), ERR_UNSUPPORTED);
}

TEST(a_hash_can_be_used_again_after_it_finished)
{
	uint8_t a[HASH_MAX], b[HASH_MAX];
	struct hash *h;

	CHECK_EQ(hash_new(HASH_SHA256, &h), ERR_NONE);
	hash_add(h, bytes_of_text("ab"));
	hash_add(h, bytes_of_text("c"));
	hash_finish(h, a);
	hash_add(h, bytes_of_text("abc"));
	hash_finish(h, b);
	CHECK_EQ(memcmp(a, b, 32), 0);
	hash_free(h);
}

/* RFC 8032, 7.1, test 2. */
TEST(a_signature_is_that_of_the_standard_and_holds_for_its_message_only)
{
	uint8_t seed[SIGN_SEED_SIZE], want[SIGN_SIZE], got[SIGN_SIZE];
	struct sign_public pub;
	struct sign_secret secret;

	sodium_hex2bin(seed, sizeof seed,
	    "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb", 64, NULL, NULL, NULL);
	sodium_hex2bin(want, sizeof want,
	    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
	    "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
	    128, NULL, NULL, NULL);
	sign_pair_from_seed(seed, &pub, &secret);
	sign_bytes(&secret, bytes_of_text("r"), got);
	CHECK_EQ(memcmp(got, want, sizeof want), 0);
	CHECK(sign_holds(&pub, bytes_of_text("r"), bytes_of(got, sizeof got)));
	CHECK(!sign_holds(&pub, bytes_of_text("s"), bytes_of(got, sizeof got)));
	CHECK(!sign_holds(&pub, bytes_of_text("r"), bytes_of(got, sizeof got - 1)));
	got[5] ^= 1;
	CHECK(!sign_holds(&pub, bytes_of_text("r"), bytes_of(got, sizeof got)));
	sign_forget(&secret);
}

TEST(a_sealed_file_opens_to_the_same_bytes_at_every_chunk_boundary)
{
	static const size_t sizes[] = { 0, 1, SEAL_CHUNK - 1, SEAL_CHUNK, SEAL_CHUNK + 1,
		3 * SEAL_CHUNK };
	struct seal_key key;

	seal_make_key(&key);
	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
		int in = open_scratch("in"), sealed = open_scratch("sealed"), out = open_scratch("out");
		uint8_t *data = malloc(sizes[i] + 1), *back = malloc(sizes[i] + 1);
		uint8_t before[32], after[32];
		uint64_t size;

		random_fill(data, sizes[i]);
		CHECK_EQ(write(in, data, sizes[i]), (ssize_t)sizes[i]);
		lseek(in, 0, SEEK_SET);
		CHECK_EQ(seal_file(&key, in, sealed, &size, before), ERR_NONE);
		CHECK_EQ(size, sizes[i]);
		lseek(sealed, 0, SEEK_SET);
		CHECK_EQ(unseal_file(&key, sealed, out, &size, after), ERR_NONE);
		CHECK_EQ(memcmp(before, after, 32), 0);
		CHECK_EQ(pread(out, back, sizes[i] + 1, 0), (ssize_t)sizes[i]);
		CHECK_EQ(memcmp(data, back, sizes[i]), 0);
		free(data);
		free(back);
		close(in);
		close(sealed);
		close(out);
	}
}

TEST(a_sealed_file_that_was_cut_changed_or_lengthened_is_refused)
{
	int in = open_scratch("in"), sealed = open_scratch("sealed"), out = open_scratch("out");
	struct seal_key key, other;
	uint8_t byte;
	off_t n;

	seal_make_key(&key);
	seal_make_key(&other);
	CHECK_EQ(write(in, "quarantined", 11), 11);
	lseek(in, 0, SEEK_SET);
	CHECK_EQ(seal_file(&key, in, sealed, NULL, NULL), ERR_NONE);
	n = lseek(sealed, 0, SEEK_END);
	for (off_t i = 0; i < n; i++) {
		CHECK_EQ(pread(sealed, &byte, 1, i), 1);
		byte ^= 0x10;
		CHECK_EQ(pwrite(sealed, &byte, 1, i), 1);
		lseek(sealed, 0, SEEK_SET);
		CHECK_EQ(unseal_file(&key, sealed, out, NULL, NULL), ERR_FORGED);
		byte ^= 0x10;
		CHECK_EQ(pwrite(sealed, &byte, 1, i), 1);
	}
	lseek(sealed, 0, SEEK_SET);
	CHECK_EQ(unseal_file(&other, sealed, out, NULL, NULL), ERR_FORGED);
	CHECK_EQ(pwrite(sealed, "x", 1, n), 1);
	lseek(sealed, 0, SEEK_SET);
	CHECK_EQ(unseal_file(&key, sealed, out, NULL, NULL), ERR_FORGED);
	for (off_t i = n - 1; i >= 0; i--) {
		CHECK_EQ(ftruncate(sealed, i), 0);
		lseek(sealed, 0, SEEK_SET);
		CHECK_EQ(unseal_file(&key, sealed, out, NULL, NULL), ERR_FORGED);
	}
	close(in);
	close(sealed);
	close(out);
}

TEST(a_wrapped_secret_opens_for_its_owner_only)
{
	struct seal_box_public pub, other_pub;
	struct seal_box_secret secret, other;
	uint8_t wrapped[5 + SEAL_BOX_OVERHEAD], plain[5];

	seal_make_box_pair(&pub, &secret);
	seal_make_box_pair(&other_pub, &other);
	CHECK_EQ(seal_wrap(&pub, bytes_of_text("epoch"), wrapped), ERR_NONE);
	CHECK_EQ(seal_unwrap(&secret, bytes_of(wrapped, sizeof wrapped), plain), ERR_NONE);
	CHECK_EQ(memcmp(plain, "epoch", 5), 0);
	CHECK_EQ(seal_unwrap(&other, bytes_of(wrapped, sizeof wrapped), plain), ERR_FORGED);
	CHECK_EQ(seal_unwrap(&secret, bytes_of(wrapped, 20), plain), ERR_FORGED);
}

TEST(random_names_have_their_length_and_differ)
{
	char a[27], b[27];

	random_name(a, 26);
	random_name(b, 26);
	CHECK_EQ(strlen(a), 26);
	CHECK(strcmp(a, b) != 0);
	for (int i = 0; i < 100; i++)
		CHECK(random_below(3) < 3);
}

TEST(a_hash_reports_each_allocation_that_fails)
{
	uint8_t digest[HASH_MAX];

	test_fail_allocation(1);
	CHECK_EQ(hash_of(HASH_MD5, bytes_of_text("x"), digest), ERR_NOMEM);
	test_fail_allocation(0);
}

TEST(a_keyed_digest_is_that_of_the_standard_whatever_the_pieces)
{
	/* RFC 4231, cases 2 and 6: a short key, and one longer than a block. */
	static const uint8_t long_key[131] = { [0 ... 130] = 0xaa };
	static const char what[] = "what do ya want for nothing?";
	const struct bytes whole[] = { bytes_of_text(what) };
	const struct bytes pieces[] = { bytes_of(what, 7), bytes_of(what + 7, 0), bytes_of(what + 7, 21) };
	const struct bytes hashed[] = { bytes_of_text("Test Using Larger Than Block-Size Key - Hash Key First") };
	uint8_t a[HMAC_SIZE], b[HMAC_SIZE];
	char hex[2 * HMAC_SIZE + 1];

	hmac_sha256(bytes_of_text("Jefe"), whole, 1, a);
	sodium_bin2hex(hex, sizeof hex, a, sizeof a);
	CHECK_TEXT(hex, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
	hmac_sha256(bytes_of_text("Jefe"), pieces, 3, b);
	CHECK(hmac_equal(a, b));
	b[31] ^= 1;
	CHECK(!hmac_equal(a, b));
	hmac_sha256(bytes_of(long_key, sizeof long_key), hashed, 1, a);
	sodium_bin2hex(hex, sizeof hex, a, sizeof a);
	CHECK_TEXT(hex, "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST(bytes_come_back_under_their_key_and_no_other)
{
	struct seal_key key, other;
	struct buf sealed, plain;

	buf_init(&sealed, 1000);
	buf_init(&plain, 1000);
	seal_make_key(&key);
	seal_make_key(&other);
	for (size_t n = 0; n < 40; n++) {
		buf_clear(&sealed);
		buf_clear(&plain);
		CHECK_EQ(seal_bytes(&key, bytes_of("a text of forty bytes, and nothing more.", n), &sealed), ERR_NONE);
		CHECK_EQ(sealed.n, n + SEAL_BYTES_OVERHEAD);
		CHECK_EQ(unseal_bytes(&other, buf_bytes(&sealed), &plain), ERR_FORGED);
		CHECK_EQ(plain.n, 0);
		CHECK_EQ(unseal_bytes(&key, buf_bytes(&sealed), &plain), ERR_NONE);
		CHECK_BYTES(buf_bytes(&plain), bytes_of("a text of forty bytes, and nothing more.", n));
	}
	buf_fini(&sealed);
	buf_fini(&plain);
}

TEST(sealed_bytes_refuse_every_changed_bit_and_every_truncation)
{
	struct seal_key key;
	struct buf sealed, plain;

	buf_init(&sealed, 1000);
	buf_init(&plain, 1000);
	seal_make_key(&key);
	CHECK_EQ(seal_bytes(&key, bytes_of_text("secret"), &sealed), ERR_NONE);
	for (size_t n = 0; n < sealed.n; n++) {
		uint8_t *exact = test_copy(sealed.p, n);

		CHECK_EQ(unseal_bytes(&key, bytes_of(exact, n), &plain), ERR_FORGED);
		free(exact);
		sealed.p[n] ^= 1;
		CHECK_EQ(unseal_bytes(&key, buf_bytes(&sealed), &plain), ERR_FORGED);
		sealed.p[n] ^= 1;
	}
	buf_fini(&sealed);
	buf_fini(&plain);
}
