/* Goal of this test: keys and signatures that others made (with Node's OpenSSL) are read as they are, and
 * nothing that only looks like them is. */
#include <stdlib.h>

#include "base/test.h"
#include "codec/encode.h"
#include "crypto/verify.h"

static const char p256[] =
    "-----BEGIN PUBLIC KEY-----\n"
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEp4l4pR1PPKCA9KdT9f6RY/cVR6WF\n"
    "tiP8QdRFNdp7NsPooTTk08qMWNFjYI7LHhv8SbWeGd7YGULKaU0c97yyuQ==\n"
    "-----END PUBLIC KEY-----\n";
static const char p256_short[] =
    "-----BEGIN PUBLIC KEY-----\n"
    "MDkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDIgADp4l4pR1PPKCA9KdT9f6RY/cVR6WF\n"
    "tiP8QdRFNdp7NsM=\n"
    "-----END PUBLIC KEY-----\n";
static const char p256_signature[] =
    "30440220194099f6f20f012074acd7f2237bd78c9751b0910a94de487df8912e"
    "86c0b9ac022059937d3c9f24d2357a5af61bae582ca51a381e17bab9562d4c27"
    "016bc764d76e";
static const char rsa[] =
    "-----BEGIN PUBLIC KEY-----\n"
    "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAjidvk5PyL5CdXNFVtqXx\n"
    "RtSbP+EODugEJnv465nljYNYy2kPNERx1gPDBQJ3Urz/OhvIBb217FbhdUe1GikE\n"
    "Z79vmcCPRVW0ooYrMTuSofiHK/xVDKr9hL9j+vZlmXQKlX/mLvoltpHBwk2Ewx2t\n"
    "lyDgnOYVkAyrPwRY9OkdrE8egbrSzpz++Z9P/szfk/bUKJNeoZALjCR7Unqw1oKQ\n"
    "0HJk5haIqFNxzO3xacE2GDCLKiIWJwHdx7kIopsaxtrFS8B7ep75oCUtZ0U3E+Vl\n"
    "UBCiAdRKtUR9obvskDJ7S6tQxqSQlBFDnXDBlNU5+u/HL8kIWIwWg5SC3nJCoUSe\n"
    "zQIDAQAB\n"
    "-----END PUBLIC KEY-----\n";
static const char pss_signature[] =
    "17efdc9ed0b497db451c2ab5253f9a01748ed2586f240886ae84e73885bdaab6"
    "5c263dfc7d6204c6ce25a3e574d0810e70ea6995b5bf27e5921d76a779b3473a"
    "1912779608455c4527d5104168443544f97f81d9330b826196051812b335003f"
    "1c83a6075f5cd7cbe7c8a327b0c84d28da789304ef45f1fb1447895cb7d87266"
    "8235201bd425d9daaa8e1d11744d42af1a4b01fdebe8bd7e6b41a0dd52a3c10e"
    "d64bc9c911c328f125750bfcc6389aa23d77f799e7b60cb97adf7a449c7bb9a8"
    "df6c297a002bb097380631af29853af11079af6125635c9dcfaa2102958c7836"
    "372df05c5ab8475648882e8457e2fb60d9d408a04af3f4353b160ca4c911262e";
static const char pkcs1_signature[] =
    "7571fd86d0c5dcdfea01f1aaf060fd2af23bbd06a272c633fb0a03d8929b8aee"
    "361083c05cd2f6d0e26680a4ae42e4365275b1e73c355cbbffeee4a097b58662"
    "feae3a9d59495a993e168f4c35f3e385476ebb7b8d35324728ebb5e51a371082"
    "3839f65656054e1bf366ab584083639016214780821245128ad032e274b34381"
    "9ec0553536982a9095ca0f2e59636faaae52611fe8587f0d56bb3788f35bff35"
    "a13f1b033a7d41664ad1b2450d4c2cd05fb63830da4a60d8f4ef772b5922269d"
    "99b735ab371fe83e4ed63bbb6987ffb91c83ae6147352fa5d39faca3598258fc"
    "dbbea03ca911f65415439426ad5ad472d4b6ef1c0152d78a377158347383c781";
static const char other_curve[] =
    "-----BEGIN PUBLIC KEY-----\n"
    "MFYwEAYHKoZIzj0CAQYFK4EEAAoDQgAEtMihCcNyz80IbmW30hR14Za8P0b/+22i\n"
    "GPXQHX19ZcOMjvGJGa5rY6zOHjp5KLaZ0pONF9Rx75/27If2LCJQaQ==\n"
    "-----END PUBLIC KEY-----\n";
static const char rsa_of_1024_bits[] =
    "-----BEGIN PUBLIC KEY-----\n"
    "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDRWmdjzelkjL3z48Zx9YBGSxqI\n"
    "dageorK99OdrUDQWRM6JFCnep1XIyRzECETGxf3uhwTtxFPGJWQuvUCoMgT2+7pi\n"
    "463Rxt3K/7Fa36bTSJ6qbgUgwqkSv2INKD2G2Qnf/TTVv2HHkH+HQVqlP2cr45ah\n"
    "0P6COclWpzy739vRTQIDAQAB\n"
    "-----END PUBLIC KEY-----\n";

static const struct {
	enum verify_kind kind;
	const char *key, *signature;
} cases[] = {
	{ VERIFY_ECDSA_P256, p256, p256_signature },
	{ VERIFY_RSA_PSS, rsa, pss_signature },
	{ VERIFY_RSA_PKCS1, rsa, pkcs1_signature },
};

enum { CASES = sizeof cases / sizeof cases[0] };

TEST(signatures_of_each_kind_hold_and_no_changed_byte_of_them_does)
{
	for (size_t i = 0; i < CASES; i++) {
		size_t n = strlen(cases[i].signature) / 2;
		uint8_t signature[512];
		struct verify_key key;

		CHECK_EQ(verify_key_read(cases[i].kind, bytes_of_text(cases[i].key), &key), ERR_NONE);
		CHECK_EQ(decode_hex(bytes_of_text(cases[i].signature), signature, n), ERR_NONE);
		CHECK(verify_holds(&key, bytes_of_text("message"), bytes_of(signature, n)));
		CHECK(!verify_holds(&key, bytes_of_text("massage"), bytes_of(signature, n)));
		for (size_t at = 0; at < n; at++) {
			signature[at] ^= 0x10;
			CHECK(!verify_holds(&key, bytes_of_text("message"), bytes_of(signature, n)));
			signature[at] ^= 0x10;
		}
		for (size_t cut = 0; cut < n; cut++)
			CHECK(!verify_holds(&key, bytes_of_text("message"), bytes_of(signature, cut)));
	}
}

TEST(one_kind_of_padding_is_not_taken_for_the_other)
{
	uint8_t signature[256];
	struct verify_key key;

	CHECK_EQ(verify_key_read(VERIFY_RSA_PSS, bytes_of_text(rsa), &key), ERR_NONE);
	CHECK_EQ(decode_hex(bytes_of_text(pkcs1_signature), signature, 256), ERR_NONE);
	CHECK(!verify_holds(&key, bytes_of_text("message"), bytes_of(signature, 256)));
}

TEST(a_key_that_is_written_short_is_the_same_key)
{
	struct verify_key whole, brief, other;

	CHECK_EQ(verify_key_read(VERIFY_ECDSA_P256, bytes_of_text(p256), &whole), ERR_NONE);
	CHECK_EQ(verify_key_read(VERIFY_ECDSA_P256, bytes_of_text(p256_short), &brief), ERR_NONE);
	CHECK_EQ(verify_key_read(VERIFY_RSA_PSS, bytes_of_text(rsa), &other), ERR_NONE);
	CHECK(verify_key_equal(&whole, &brief));
	CHECK(!verify_key_equal(&whole, &other));
}

TEST(keys_of_another_kind_or_size_and_every_truncation_are_refused)
{
	struct verify_key key = { .kind = VERIFY_NONE };

	CHECK_EQ(verify_key_read(VERIFY_RSA_PSS, bytes_of_text(p256), &key), ERR_MALFORMED);
	CHECK_EQ(verify_key_read(VERIFY_ECDSA_P256, bytes_of_text(rsa), &key), ERR_MALFORMED);
	CHECK_EQ(verify_key_read(VERIFY_NONE, bytes_of_text(rsa), &key), ERR_MALFORMED);
	CHECK_EQ(verify_key_read(VERIFY_ECDSA_P256, bytes_of_text(other_curve), &key), ERR_MALFORMED);
	CHECK_EQ(verify_key_read(VERIFY_RSA_PSS, bytes_of_text(rsa_of_1024_bits), &key), ERR_MALFORMED);
	/* Without the last line's end it is still whole. */
	for (size_t n = 0; n + 2 < sizeof p256; n++) {
		uint8_t *exact = test_copy(p256, n);

		CHECK_EQ(verify_key_read(VERIFY_ECDSA_P256, bytes_of(exact, n), &key), ERR_MALFORMED);
		free(exact);
	}
	CHECK_EQ(key.kind, VERIFY_NONE);
}
