/* Goal of this test: each text form has one reading, and what is not that form is refused. */
#include <stdlib.h>

#include "base/test.h"
#include "codec/encode.h"
#include "codec/json.h"
#include "codec/jws.h"

TEST(json_from_outside_is_read_strictly)
{
	static const struct {
		const char *text;
		enum err want;
	} cases[] = {
		{ "{\"a\":1}", ERR_NONE },
		{ "{\"a\":1,\"a\":2}", ERR_MALFORMED },
		{ "{\"a\":1} x", ERR_MALFORMED },
		{ "{\"a\":\"\\u0000\"}", ERR_MALFORMED },
		{ "{\"a\":\"\xff\"}", ERR_MALFORMED },
		{ "{\"a\":", ERR_MALFORMED },
		{ "", ERR_MALFORMED },
		{ "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]", ERR_LIMIT },
		{ "{\"a\":\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\\\"[[[[\"}", ERR_NONE },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		json_t *value = NULL;

		CHECK_EQ(json_parse(bytes_of_text(cases[i].text), &value, NULL), cases[i].want);
		json_decref(value);
	}
}

static enum err
read_order(const char *text, struct fault *why)
{
	char name[6] = "";
	int64_t seats = 1;
	bool trial = false;
	json_t *value = NULL, *extra = NULL;
	const struct json_field fields[] = {
		{ .name = "name", .kind = JSON_KIND_TEXT, .required = true, .out = name,
		    .size = sizeof name },
		{ .name = "seats", .kind = JSON_KIND_WHOLE, .out = &seats, .least = 1, .most = 9 },
		{ .name = "trial", .kind = JSON_KIND_BOOL, .out = &trial },
		{ .name = "extra", .kind = JSON_KIND_VALUE, .out = &extra },
	};
	enum err e;

	if ((e = json_parse(bytes_of_text(text), &value, why)) == ERR_NONE)
		e = json_read_object(value, fields, 4, why);
	json_decref(value);
	return e;
}

TEST(an_object_holds_what_its_table_says_and_the_error_names_the_field)
{
	static const struct {
		const char *text, *says;
	} bad[] = {
		{ "{}", "field \"name\" is missing" },
		{ "[]", "a JSON object was expected" },
		{ "{\"name\":1}", "field \"name\" must be a string" },
		{ "{\"name\":\"abcdef\"}", "field \"name\" may have at most 5 bytes" },
		{ "{\"name\":\"a\\nb\"}", "field \"name\" holds control characters" },
		{ "{\"name\":\"a\",\"seats\":10}", "field \"seats\" must be from 1 to 9" },
		{ "{\"name\":\"a\",\"seats\":1.5}", "field \"seats\" must be a whole number" },
		{ "{\"name\":\"a\",\"trial\":1}", "field \"trial\" must be true or false" },
		{ "{\"name\":\"a\",\"seat\":1}", "unknown field \"seat\"" },
	};
	struct fault why;

	CHECK_EQ(read_order("{\"name\":\"abcde\",\"seats\":9,\"trial\":true,\"extra\":[]}", &why),
	    ERR_NONE);
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		CHECK_EQ(read_order(bad[i].text, &why), ERR_MALFORMED);
		CHECK_TEXT(why.text, bad[i].says);
	}
}

TEST(canonical_json_sorts_and_escapes_as_tuf_asks)
{
	static const char in[] = "{\"b\":[1,true,null],\"a\":\"x\\n\\\"\\\\\",\"\xc3\xa9\":{}}";
	json_t *value = NULL;
	struct buf out;

	buf_init(&out, 1000);
	CHECK_EQ(json_parse(bytes_of_text(in), &value, NULL), ERR_NONE);
	CHECK_EQ(json_write_canonical(value, &out), ERR_NONE);
	CHECK_BYTES(buf_bytes(&out),
	    bytes_of_text("{\"a\":\"x\n\\\"\\\\\",\"b\":[1,true,null],\"\xc3\xa9\":{}}"));
	json_decref(value);
	CHECK_EQ(json_parse(bytes_of_text("[1.5]"), &value, NULL), ERR_NONE);
	CHECK_EQ(json_write_canonical(value, &out), ERR_UNSUPPORTED);
	json_decref(value);
	buf_fini(&out);
}

TEST(hex_and_base64url_have_one_form_each)
{
	static const char *const bad[] = { "A", "AB", "AA=", "A+AA", "AAA\n" };
	struct buf text, back;
	uint8_t two[2];

	CHECK_EQ(decode_hex(bytes_of_text("00fF"), two, 2), ERR_NONE);
	CHECK_EQ(two[1], 255);
	CHECK_EQ(decode_hex(bytes_of_text("00f"), two, 2), ERR_MALFORMED);
	CHECK_EQ(decode_hex(bytes_of_text("00fg"), two, 2), ERR_MALFORMED);
	buf_init(&text, 100);
	buf_init(&back, 100);
	for (size_t n = 0; n < 5; n++) {
		buf_clear(&text);
		buf_clear(&back);
		encode_base64url(bytes_of("\xfb\xff\x00\x10", n < 4 ? n : 4), &text);
		CHECK_EQ(decode_base64url(buf_bytes(&text), &back), ERR_NONE);
		CHECK_BYTES(buf_bytes(&back), bytes_of("\xfb\xff\x00\x10", n < 4 ? n : 4));
	}
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		CHECK_EQ(decode_base64url(bytes_of_text(bad[i]), &back), ERR_MALFORMED);
	buf_fini(&text);
	buf_fini(&back);
}

TEST(html_and_urls_escape_what_could_break_out)
{
	struct buf out;

	buf_init(&out, 200);
	encode_html("<a href='x\"&", &out);
	CHECK_BYTES(buf_bytes(&out), bytes_of_text("&lt;a href=&#39;x&quot;&amp;"));
	buf_clear(&out);
	encode_url("a b/é~", &out);
	CHECK_BYTES(buf_bytes(&out), bytes_of_text("a%20b%2F%C3%A9~"));
	buf_fini(&out);
}

TEST(a_form_field_is_found_once_or_refused)
{
	struct bytes form = bytes_of_text("card=4242+4242&x=%41%00&y=1&y=2&z=%4");
	char out[10];

	CHECK_EQ(decode_form_field(form, "card", out, sizeof out), ERR_NONE);
	CHECK_TEXT(out, "4242 4242");
	CHECK_EQ(decode_form_field(form, "card", out, 5), ERR_LIMIT);
	CHECK_EQ(decode_form_field(form, "x", out, sizeof out), ERR_MALFORMED);
	CHECK_EQ(decode_form_field(form, "y", out, sizeof out), ERR_MALFORMED);
	CHECK_EQ(decode_form_field(form, "z", out, sizeof out), ERR_MALFORMED);
	CHECK_EQ(decode_form_field(form, "none", out, sizeof out), ERR_NOT_FOUND);
}

/* A checksum stands in for the signature: codec knows no keys. */
static void
sum_sign(void *ctx, struct bytes message, uint8_t signature[static 64])
{
	memset(signature, *(int *)ctx, 64);
	for (size_t i = 0; i < message.n; i++)
		signature[i % 64] ^= message.p[i];
}

static bool
sum_holds(void *ctx, struct bytes message, struct bytes signature)
{
	uint8_t want[64];

	sum_sign(ctx, message, want);
	return bytes_equal(bytes_of(want, 64), signature);
}

TEST(a_signed_text_opens_with_its_key_and_breaks_with_any_letter)
{
	struct buf text, payload;
	int key = 7, other = 8;

	buf_init(&text, 1000);
	buf_init(&payload, 1000);
	CHECK_EQ(jws_sign(bytes_of_text("{\"sub\":\"dev\"}"), sum_sign, &key, &text), ERR_NONE);
	CHECK_EQ(jws_open(buf_bytes(&text), sum_holds, &key, &payload), ERR_NONE);
	CHECK_BYTES(buf_bytes(&payload), bytes_of_text("{\"sub\":\"dev\"}"));
	CHECK_EQ(jws_open(buf_bytes(&text), sum_holds, &other, &payload), ERR_FORGED);
	for (size_t i = 0; i < text.n; i++) {
		enum err e;

		text.p[i] ^= 1;
		e = jws_open(buf_bytes(&text), sum_holds, &key, &payload);
		CHECK(e == ERR_FORGED || e == ERR_MALFORMED || e == ERR_UNSUPPORTED);
		text.p[i] ^= 1;
		e = jws_open(bytes_of(text.p, i), sum_holds, &key, &payload);
		CHECK(e == ERR_FORGED || e == ERR_MALFORMED || e == ERR_UNSUPPORTED);
	}
	buf_fini(&text);
	buf_fini(&payload);
}

TEST(another_header_is_refused_even_when_signed)
{
	struct buf text, payload;
	uint8_t signature[64];
	int key = 7;

	buf_init(&text, 1000);
	buf_init(&payload, 1000);
	encode_base64url(bytes_of_text("{\"alg\":\"none\"}"), &text);
	buf_u8(&text, '.');
	encode_base64url(bytes_of_text("{}"), &text);
	sum_sign(&key, buf_bytes(&text), signature);
	buf_u8(&text, '.');
	encode_base64url(bytes_of(signature, 64), &text);
	CHECK_EQ(jws_open(buf_bytes(&text), sum_holds, &key, &payload), ERR_UNSUPPORTED);
	buf_fini(&text);
	buf_fini(&payload);
}

TEST(base64_of_rfc_4648_is_read_and_only_in_its_one_form)
{
	static const struct {
		const char *text, *plain; /* NULL: refused */
	} cases[] = {
		{ "", "" }, { "Zg==", "f" }, { "Zm8=", "fo" }, { "Zm9v", "foo" }, { "Zm9vYg==", "foob" },
		{ "Zm9vYmE=", "fooba" }, { "Zm9vYmFy", "foobar" }, { "Pz8/Pj4+", "?\?\?>>>" },
		{ "Zg", NULL }, { "Zg=", NULL }, { "Zg===", NULL }, { "Zh==", NULL }, { "Z===", NULL },
		{ "====", NULL }, { "Pz8_", NULL }, { "Pj4-", NULL }, { "Zm 9", NULL }, { "=Zg=", NULL },
	};
	struct buf out;

	buf_init(&out, 100);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		buf_clear(&out);
		CHECK_EQ(decode_base64(bytes_of_text(cases[i].text), &out),
		    cases[i].plain == NULL ? ERR_MALFORMED : ERR_NONE);
		CHECK_BYTES(buf_bytes(&out), bytes_of_text(cases[i].plain == NULL ? "" : cases[i].plain));
	}
	buf_fini(&out);
}

TEST(base64_of_rfc_4648_is_written_as_its_examples_are)
{
	static const char *const cases[][2] = { { "", "" }, { "f", "Zg==" }, { "fo", "Zm8=" }, { "foo", "Zm9v" },
		{ "foob", "Zm9vYg==" }, { "\xfb\xff", "+/8=" } };
	struct buf out;

	buf_init(&out, 100);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		buf_clear(&out);
		encode_base64(bytes_of_text(cases[i][0]), &out);
		CHECK_BYTES(buf_bytes(&out), bytes_of_text(cases[i][1]));
	}
	buf_fini(&out);
}

/* RFC 4648, section 10, without the padding. */
TEST(base32_is_that_of_the_standard)
{
	static const char *const cases[][2] = { { "", "" }, { "f", "MY" }, { "fo", "MZXQ" }, { "foo", "MZXW6" },
		{ "foob", "MZXW6YQ" }, { "fooba", "MZXW6YTB" }, { "foobar", "MZXW6YTBOI" } };
	struct buf out;

	buf_init(&out, 64);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		buf_clear(&out);
		encode_base32(bytes_of_text(cases[i][0]), &out);
		CHECK_BYTES(buf_bytes(&out), bytes_of_text(cases[i][1]));
	}
	buf_fini(&out);
}
