/* Goal of this test: passwords are stored as Argon2id and nothing else opens them; codes of an authenticator app are
 * those of RFC 6238, open near their time, and once. */
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/test.h"
#include "crypto/password.h"
#include "crypto/totp.h"

static int memory_is_short;

/* The linker puts this before the library's, which fails only when memory is short. */
unsigned char *__real_HMAC(const EVP_MD *md, const void *key, int key_len, const unsigned char *data, size_t n,
    unsigned char *out, unsigned int *out_n);
unsigned char *__wrap_HMAC(const EVP_MD *md, const void *key, int key_len, const unsigned char *data, size_t n,
    unsigned char *out, unsigned int *out_n);

unsigned char *
__wrap_HMAC(const EVP_MD *md, const void *key, int key_len, const unsigned char *data, size_t n, unsigned char *out,
    unsigned int *out_n)
{
	return memory_is_short ? NULL : __real_HMAC(md, key, key_len, data, n, out, out_n);
}

static uint32_t
code_of(struct bytes key, int64_t step, unsigned digits)
{
	uint32_t code = 0;

	CHECK_EQ(totp_code(key, (uint64_t)step, digits, &code), ERR_NONE);
	return code;
}

TEST(a_password_opens_its_own_hash_and_no_other)
{
	char a[PASSWORD_HASH_SIZE], b[PASSWORD_HASH_SIZE];

	CHECK_EQ(password_hash("correct horse battery", a), ERR_NONE);
	CHECK_EQ(password_hash("correct horse battery", b), ERR_NONE);
	CHECK_EQ(strncmp(a, "$argon2id$v=19$m=32768,t=3,p=1$", 31), 0);
	CHECK(strcmp(a, b) != 0);
	CHECK_EQ(password_check(a, "correct horse battery"), ERR_NONE);
	CHECK_EQ(password_check(a, "correct horse batterx"), ERR_DENIED);
	CHECK_EQ(password_check(a, "correct horse battery "), ERR_DENIED);
	CHECK_EQ(password_check(a, ""), ERR_DENIED);
}

TEST(nobodys_hash_and_what_is_none_open_nothing)
{
	CHECK_EQ(password_check("", ""), ERR_DENIED);
	CHECK_EQ(password_check("", "anything"), ERR_DENIED);
	CHECK_EQ(password_check("$argon2id$", "anything"), ERR_DENIED);
	CHECK_EQ(password_check("$2b$12$abcdefghijklmnopqrstuv", "anything"), ERR_DENIED);
}

TEST(a_hash_that_is_cut_off_anywhere_opens_nothing)
{
	char hash[PASSWORD_HASH_SIZE];
	size_t n;

	CHECK_EQ(password_hash("correct horse battery", hash), ERR_NONE);
	n = strlen(hash);
	/* From where the cost is whole: each try costs as much as a real one. */
	for (size_t i = n - 8; i < n; i++) {
		char *exact = (char *)test_copy(hash, i + 1);

		exact[i] = '\0';
		CHECK_EQ(password_check(exact, "correct horse battery"), ERR_DENIED);
		free(exact);
	}
}

TEST(a_huge_password_is_refused_before_it_costs_anything)
{
	char huge[PASSWORD_MAX + 2], hash[PASSWORD_HASH_SIZE] = "as it was";

	memset(huge, 'x', sizeof huge - 1);
	huge[sizeof huge - 1] = '\0';
	CHECK_EQ(password_hash(huge, hash), ERR_LIMIT);
	CHECK_TEXT(hash, "as it was");
	CHECK_EQ(password_check("", huge), ERR_DENIED);
}

/* RFC 6238, appendix B, those of SHA-1. */
TEST(codes_are_those_of_the_standard)
{
	static const struct {
		int64_t at;
		uint32_t code;
	} cases[] = {
		{ 59, 94287082 }, { 1111111109, 7081804 }, { 1111111111, 14050471 },
		{ 1234567890, 89005924 }, { 2000000000, 69279037 }, { 20000000000, 65353130 },
	};
	const struct bytes key = bytes_of_text("12345678901234567890");
	char text[TOTP_DIGITS + 5];
	int64_t step;

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		CHECK_EQ(code_of(key, cases[i].at / TOTP_STEP_S, 8), cases[i].code);
		snprintf(text, sizeof text, "%06u", cases[i].code % 1000000);
		CHECK_EQ(totp_check(key, text, cases[i].at, -1, &step), ERR_NONE);
		CHECK_EQ(step, cases[i].at / TOTP_STEP_S);
	}
}

TEST(a_code_opens_near_its_time_and_once)
{
	const struct bytes key = bytes_of_text("12345678901234567890");
	const int64_t now = 1795000000, own = now / TOTP_STEP_S;
	int64_t step = 0;
	char text[16];

	for (int64_t s = own - 3; s <= own + 3; s++) {
		snprintf(text, sizeof text, "%06u", code_of(key, s, TOTP_DIGITS));
		CHECK_EQ(totp_check(key, text, now, 0, &step),
		    s >= own - TOTP_DRIFT && s <= own + TOTP_DRIFT ? ERR_NONE : ERR_DENIED);
	}
	snprintf(text, sizeof text, "%06u", code_of(key, own, TOTP_DIGITS));
	CHECK_EQ(totp_check(key, text, now, own - 1, &step), ERR_NONE);
	CHECK_EQ(step, own);
	CHECK_EQ(totp_check(key, text, now, step, &step), ERR_DENIED);
	/* Nor does an earlier one after a later. */
	CHECK_EQ(totp_check(key, text, now, own + 1, &step), ERR_DENIED);
}

TEST(what_is_no_code_is_denied)
{
	static const char *const texts[] = { "", "1", "12345", "1234567", "abcdef", "12345 ", "-12345", "000000000000" };
	int64_t step = 7;

	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		CHECK_EQ(totp_check(bytes_of_text("12345678901234567890"), texts[i], 1795000000, 0, &step), ERR_DENIED);
	CHECK_EQ(step, 7);
	CHECK_EQ(totp_check(bytes_of_text("12345678901234567890"), "755224", -1, -1, &step), ERR_DENIED);
}

TEST(short_memory_is_no_wrong_code)
{
	const struct bytes key = bytes_of_text("12345678901234567890");
	uint32_t code = 7;
	int64_t step = 7;

	memory_is_short = 1;
	CHECK_EQ(totp_code(key, 1, TOTP_DIGITS, &code), ERR_NOMEM);
	CHECK_EQ(totp_check(key, "287082", 59, -1, &step), ERR_NOMEM);
	memory_is_short = 0;
	CHECK_EQ(code, 7);
	CHECK_EQ(step, 7);
	CHECK_EQ(totp_check(key, "287082", 59, -1, &step), ERR_NONE);
}
