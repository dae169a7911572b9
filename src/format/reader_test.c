/* Goal of this test: each reader of our own gives back what went in, wherever the file is cut it
 * neither reads beyond nor stays silent, and what lies about itself yields all its parts. Samples
 * are put together here, or by the tools that write them elsewhere (test/differential). */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/io.h"
#include "base/test.h"
#include "format/collect.h"
#include "format/container.h"
#include "format/decode.h"
#include "format/pack.h"
#include "format/sample.h"
#include "format/vba.h"

#define CONTENT "The quick brown fox jumps over the lazy dog, again and again and again.\n"
/* Its base64, uuencoded and quoted-printable forms begin with these. */
#define CONTENT_BASE64 \
	"VGhlIHF1aWNrIGJyb3duIGZveCBqdW1wcyBvdmVyIHRoZSBsYXp5IGRvZywgYWdhaW4gYW5k\n" \
	"IGFnYWluIGFuZCBhZ2Fpbi4K\n"

static struct collect c;

static void
unpack(enum kind kind, struct bytes object)
{
	collect_init(&c, 1 << 20);
	CHECK_EQ(collect_unpack(&c, kind, object), ERR_NONE);
}

/* The fuzzers' first corpus: HOLDFAST_CORPUS names the folder to write it to. */
static void
keep(const char *what, enum kind kind, struct bytes object)
{
	const char *dir = getenv("HOLDFAST_CORPUS");
	uint8_t first = (uint8_t)(kind - KIND_RPM - 1);
	char path[512];
	int fd;

	if (dir == NULL)
		return;
	snprintf(path, sizeof path, "%s/reader-%s", dir, what);
	CHECK((fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644)) >= 0);
	CHECK_EQ(io_write_all(fd, bytes_of(&first, 1)), ERR_NONE);
	CHECK_EQ(io_write_all(fd, object), ERR_NONE);
	close(fd);
}

static void
check_content(const char *what, enum kind kind, struct bytes object, struct bytes content)
{
	kind_set kinds;
	struct source s = source_of_memory(object);

	CHECK_EQ(kind_find(&s, &kinds), ERR_NONE);
	if ((kinds & KIND_BIT(kind)) == 0)
		fail_msg("%s is not taken for a %s", what, kind_name(kind));
	unpack(kind, object);
	if (collect_find(&c, content) == NULL)
		fail_msg("%s does not give its content (%zu entries)", what, c.count);
	collect_fini(&c);
	keep(what, kind, object);
	sample_check_memory(what, kind, object);
	/* Cut anywhere: what comes out is no more than there was, and nothing is read beyond. */
	for (size_t n = 0; n < object.n; n++) {
		collect_init(&c, 1 << 20);
		(void)collect_unpack(&c, kind, bytes_first(object, n));
		collect_fini(&c);
	}
}

static const struct {
	const char *what;
	enum kind kind;
	const char *text;
} texts[] = {
	{ "mail with base64", KIND_MAIL,
	    "From: a@b\nTo: c\nContent-Type: application/x; name=x\n"
	    "Content-Transfer-Encoding: base64\n\n" CONTENT_BASE64 },
	{ "multipart", KIND_MAIL,
	    "Received: x\nSubject: s\nMIME-Version: 1.0\nContent-Type: multipart/mixed;\n"
	    "\tboundary=\"=_b\"\n\nnothing\n--=_b\nContent-Type: text/plain\n\nhello\n"
	    "--=_b\nContent-Transfer-Encoding: base64\nContent-Disposition: attachment;\n"
	    " filename=x\n\n" CONTENT_BASE64 "--=_b--\n" },
	{ "multipart that never ends", KIND_MAIL,
	    "From: x\nContent-Type: multipart/mixed; boundary=b\n\n--b\n"
	    "Content-Transfer-Encoding: base64\n\n" CONTENT_BASE64 },
	{ "mail within mail", KIND_MAIL,
	    "From: x\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: message/rfc822\n\n"
	    "From: y\nContent-Type: multipart/mixed; boundary=cc\n\n--cc\n"
	    "Content-Transfer-Encoding: base64\n\n" CONTENT_BASE64 "--cc--\n--b--\n" },
	{ "quoted-printable", KIND_MAIL,
	    "From: x\nTo: y\nContent-Transfer-Encoding: quoted-printable\n\n"
	    "The=20quick =\nbrown fox jumps over the lazy dog,= \n again and again and again=2E\n" },
	{ "mailbox, second message", KIND_MAIL,
	    "From a b\nFrom: x\nTo: y\n\nfirst\n\nFrom c d\nFrom: x\n"
	    "Content-Transfer-Encoding: base64\n\n" CONTENT_BASE64 },
	{ "uuencoded in mail", KIND_MAIL,
	    "From: x\nTo: y\n\nsee\n\nbegin 644 x\n"
	    "M5&AE('%U:6-K(&)R;W=N(&9O>\"!J=6UP<R!O=F5R('1H92!L87IY(&1O9RP@\n"
	    ";86=A:6X@86YD(&%G86EN(&%N9\"!A9V%I;BX*\n`\nend\n" },
	{ "uuencoded", KIND_UU,
	    "begin 644 x\n"
	    "M5&AE('%U:6-K(&)R;W=N(&9O>\"!J=6UP<R!O=F5R('1H92!L87IY(&1O9RP@\n"
	    ";86=A:6X@86YD(&%G86EN(&%N9\"!A9V%I;BX*\n`\nend\n" },
	{ "base64 as uuencode writes it", KIND_UU, "begin-base64 644 x\n" CONTENT_BASE64 "====\n" },
	{ "data address", KIND_HTML,
	    "<html><a href=\"data:application/octet-stream;base64,"
	    "VGhlIHF1aWNrIGJyb3duIGZveCBqdW1wcyBvdmVyIHRoZSBsYXp5IGRvZywgYWdhaW4gYW5k"
	    "IGFnYWluIGFuZCBhZ2Fpbi4K\">x</a>" },
};

TEST(text_that_carries_files_gives_them_back)
{
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		check_content(texts[i].what, texts[i].kind, bytes_of_text(texts[i].text),
		    bytes_of_text(CONTENT));
}

TEST(yenc_is_undone)
{
	struct buf b;

	buf_init(&b, 4096);
	buf_put_string(&b, "=ybegin line=128 size=72 name=x.bin\n");
	for (const char *p = CONTENT; *p != '\0'; p++) {
		uint8_t v = (uint8_t)(*p + 42);

		if (v == '=' || v == '\n' || v == '\r' || v == 0) {
			buf_u8(&b, '=');
			v = (uint8_t)(v + 64);
		}
		buf_u8(&b, v);
	}
	buf_put_string(&b, "\n=yend size=72\n");
	check_content("yenc", KIND_YENC, buf_bytes(&b), bytes_of_text(CONTENT));
	buf_fini(&b);
}

TEST(objects_in_rtf_are_found_whatever_stands_between_the_digits)
{
	struct buf b, object;

	buf_init(&b, 1 << 16);
	buf_init(&object, 1 << 16);
	/* [MS-OLEDS]: a Package that holds the content. */
	buf_u32le(&object, 0x501);
	buf_u32le(&object, 2);
	buf_put_blob(&object, bytes_of("Package", 8));
	buf_u32le(&object, 0);
	buf_u32le(&object, 0);
	buf_u32le(&object, 2 + 6 + 2 + 4 + 4 + 2 + 4 + sizeof CONTENT - 1);
	buf_u16le(&object, 2);
	buf_put(&object, bytes_of("x.exe", 6));
	buf_put(&object, bytes_of("y", 2));
	buf_u32le(&object, 0x30000);
	buf_put_blob(&object, bytes_of("z", 2));
	buf_put_blob(&object, bytes_of_text(CONTENT));
	buf_put_string(&b, "{\\rtf1{\\object\\objemb{\\*\\objdata ");
	for (size_t i = 0; i < object.n; i++)
		buf_printf(&b, i % 7 == 3 ? "%x\r\n%x{\\foo}" : "%x%x", object.p[i] >> 4,
		    object.p[i] & 15);
	buf_put_string(&b, "}}}");
	check_content("rtf", KIND_RTF, buf_bytes(&b), bytes_of_text(CONTENT));
	buf_fini(&b);
	buf_fini(&object);
}

static bool
has_text(const char *text)
{
	for (size_t i = 0; i < c.count; i++)
		if (c.entries[i].content.n > 0 &&
		    memmem(c.entries[i].content.p, c.entries[i].content.n, text, strlen(text)) != NULL)
			return true;
	return false;
}

TEST(html_and_scripts_come_in_normal_form)
{
	unpack(KIND_HTML, bytes_of_text("<HTML>\n<!-- hidden --><B>Evil &#87;o<i></i>rd&#x53;</B>"
					"<SCRIPT>var a = \"ev\" + 'AL'; b=unescape('%48\\x49');</SCRIPT>"));
	CHECK(has_text("evil words"));
	CHECK(!has_text("hidden --><b>"));
	CHECK(has_text("<html> <b>evil wo<i></i>rds</b>"));
	CHECK(has_text("var a = \"eval'; b=unescape('hi');"));
	collect_fini(&c);
	unpack(KIND_SCRIPT, bytes_of_text("Some   TEXT\n\twith\x01 blanks"));
	CHECK(has_text("some text with\x01 blanks"));
	CHECK_EQ(c.entries[0].what, OUTLET_TEXT);
	collect_fini(&c);
}

/*
 * Zip.
 */

static struct bytes
deflated(const char *text)
{
	return sample_deflate(bytes_of_text(text));
}

TEST(zips_of_every_make_are_read)
{
	struct sample_entry plain = { "a.txt", bytes_of_text(CONTENT), sizeof CONTENT - 1, 0, 0 };
	struct sample_entry packed = { "a.txt", deflated(CONTENT), sizeof CONTENT - 1, 8, 0 };
	struct sample_entry later = packed, *all[] = { &plain, &packed, &later };
	uint32_t at;
	struct buf b;

	later.flags = 8;
	for (size_t i = 0; i < 3; i++) {
		buf_init(&b, 1 << 16);
		at = sample_put_local(&b, all[i]);
		{
			uint32_t from = (uint32_t)b.n;

			sample_put_central(&b, all[i], at);
			sample_put_end(&b, 1, from);
		}
		check_content(i == 0 ? "zip stored" : i == 1 ? "zip deflated" : "zip streamed",
		    KIND_ZIP, buf_bytes(&b), bytes_of_text(CONTENT));
		unpack(KIND_ZIP, buf_bytes(&b));
		CHECK_EQ(collect_troubles(&c), 0);
		CHECK_EQ(c.count, 1);
		CHECK_TEXT(c.entries[0].name, "a.txt");
		collect_fini(&c);
		buf_fini(&b);
	}
}

TEST(a_zip_with_two_directories_gives_the_parts_of_both)
{
	struct sample_entry one = { "one", bytes_of_text("first"), 5, 0, 0 };
	struct sample_entry two = { "two", bytes_of_text(CONTENT), sizeof CONTENT - 1, 0, 0 };
	struct sample_entry hidden = { "three", deflated("hidden words"), 12, 8, 0 };
	struct buf b;
	uint32_t at, from;

	buf_init(&b, 1 << 16);
	buf_put_string(&b, "something in front");
	at = sample_put_local(&b, &one);
	from = (uint32_t)b.n;
	sample_put_central(&b, &one, at);
	sample_put_end(&b, 1, from);
	/* No directory names this one. */
	sample_put_local(&b, &hidden);
	at = sample_put_local(&b, &two);
	from = (uint32_t)b.n;
	sample_put_central(&b, &two, at);
	sample_put_end(&b, 1, from);
	buf_put_string(&b, "and something behind");
	unpack(KIND_ZIP, buf_bytes(&b));
	CHECK(collect_find(&c, bytes_of_text("first")) != NULL);
	CHECK(collect_find(&c, bytes_of_text(CONTENT)) != NULL);
	CHECK(collect_find(&c, bytes_of_text("hidden words")) != NULL);
	collect_fini(&c);
	keep("zip-two", KIND_ZIP, buf_bytes(&b));
	buf_fini(&b);
}

TEST(where_directory_and_header_disagree_both_are_believed)
{
	struct sample_entry truth = { "x", deflated(CONTENT), sizeof CONTENT - 1, 8, 0 }, lie = truth;
	struct buf b;
	uint32_t at, from;

	/* The header says stored; the directory, deflated. Either may be the lie. */
	lie.method = 0;
	buf_init(&b, 1 << 16);
	at = sample_put_local(&b, &lie);
	from = (uint32_t)b.n;
	sample_put_central(&b, &truth, at);
	sample_put_end(&b, 1, from);
	unpack(KIND_ZIP, buf_bytes(&b));
	CHECK(collect_find(&c, bytes_of_text(CONTENT)) != NULL);
	CHECK(collect_find(&c, truth.data) != NULL);
	collect_fini(&c);
	buf_fini(&b);
}

TEST(an_encrypted_entry_is_told_and_an_unknown_method_too)
{
	struct sample_entry secret = { "x", bytes_of_text(CONTENT), sizeof CONTENT - 1, 8, 1 };
	struct sample_entry odd = { "x", bytes_of_text(CONTENT), sizeof CONTENT - 1, 77, 0 };
	struct buf b;

	buf_init(&b, 1 << 16);
	sample_put_local(&b, &secret);
	sample_put_local(&b, &odd);
	unpack(KIND_ZIP, buf_bytes(&b));
	CHECK_EQ(c.troubles[TROUBLE_ENCRYPTED], 1);
	CHECK_EQ(c.troubles[TROUBLE_UNSUPPORTED], 1);
	/* It has no end. */
	CHECK_EQ(c.troubles[TROUBLE_DAMAGED], 1);
	CHECK_EQ(c.count, 0);
	collect_fini(&c);
	buf_fini(&b);
}

/*
 * VBA, and the old methods.
 */

TEST(vba_is_decompressed_and_its_truncations_end)
{
	/* [MS-OVBA] 3.2.2, the normal compression example. */
	static const uint8_t packed[] = { 0x01, 0x2f, 0xb0, 0x00, 0x23, 0x61, 0x61, 0x61, 0x62, 0x63,
		0x64, 0x65, 0x82, 0x66, 0x00, 0x70, 0x61, 0x67, 0x68, 0x69, 0x6a, 0x01, 0x38, 0x08,
		0x61, 0x6b, 0x6c, 0x00, 0x30, 0x6d, 0x6e, 0x6f, 0x70, 0x06, 0x71, 0x02, 0x70, 0x04,
		0x10, 0x72, 0x73, 0x74, 0x75, 0x76, 0x10, 0x77, 0x78, 0x79, 0x7a, 0x00, 0x3c };
	struct buf out;

	for (size_t n = 0; n <= sizeof packed; n++) {
		uint8_t *exact = test_copy(packed, n);

		buf_init(&out, 1 << 16);
		(void)vba_decompress(bytes_of(exact, n), &out);
		if (n == sizeof packed)
			CHECK_BYTES(buf_bytes(&out),
			    bytes_of_text("#aaabcdefaaaaghijaaaaaklaaamnopqaaaaaaaaaaaarstuvwxyzaaa"));
		buf_fini(&out);
		free(exact);
	}
}

TEST(deflate64_reads_what_deflate_wrote_and_refuses_nonsense)
{
	/* Without a match of 258 bytes or a distance over 32 KiB they are the same. */
	struct bytes packed = deflated(CONTENT);
	size_t used = 0;

	collect_init(&c, 1 << 20);
	CHECK(outlet_begin(&c.outlet, bytes_of_text("x")));
	CHECK_EQ(pack_inflate64(packed, &c.outlet, &used), TROUBLE_NONE);
	outlet_end(&c.outlet);
	CHECK_BYTES(buf_bytes(&c.entries[0].content), bytes_of_text(CONTENT));
	CHECK_EQ(used, packed.n);
	collect_fini(&c);
	for (size_t n = 0; n < packed.n; n++) {
		uint8_t *exact = test_copy(packed.p, n);

		collect_init(&c, 1 << 20);
		CHECK(outlet_begin(&c.outlet, bytes_of_text("x")));
		CHECK_EQ(pack_inflate64(bytes_of(exact, n), &c.outlet, &used), TROUBLE_DAMAGED);
		outlet_end(&c.outlet);
		collect_fini(&c);
		free(exact);
	}
}

TEST(programs_in_other_files_are_carved_out_with_their_true_size)
{
	static const char front[] = "0123456789 some bytes ";
	struct buf b, program;
	size_t at;

	buf_init(&program, 1 << 16);
	sample_put_program(&program);
	/* At every distance from the lanes and windows. */
	for (at = 0; at < 300; at += 7) {
		buf_init(&b, 1 << 20);
		for (size_t i = 0; i < at; i++)
			buf_u8(&b, (uint8_t)front[i % (sizeof front - 1)]);
		buf_put(&b, buf_bytes(&program));
		buf_put_string(&b, "what was appended to it");
		unpack(KIND_ANY, buf_bytes(&b));
		CHECK(collect_find(&c, buf_bytes(&program)) != NULL);
		CHECK_EQ(c.entries[0].what, OUTLET_CARVED);
		collect_fini(&c);
		if (at == 14)
			keep("carve", KIND_ANY, buf_bytes(&b));
		buf_fini(&b);
	}
	buf_fini(&program);
}

TEST(streams_of_ole2_are_read)
{
	struct buf b;

	buf_init(&b, 1 << 16);
	sample_put_ole2(&b, bytes_of_text(CONTENT));
	check_content("ole2", KIND_OLE2, buf_bytes(&b), bytes_of_text(CONTENT));
	unpack(KIND_OLE2, buf_bytes(&b));
	CHECK_EQ(collect_troubles(&c), 0);
	collect_fini(&c);
	buf_fini(&b);
}

/* What is not checked where it is unpacked. */
TEST(allocations_that_fail_are_told_by_every_reader)
{
	static const struct {
		enum kind kind;
		const char *text;
	} made[] = {
		{ KIND_HTML, "<html><script>a = 1</script><b>words</b><script>b = 2</script>"
			     "<a href='data:;base64,d29yZHM='></a></html>" },
		{ KIND_SCRIPT, "a = 'b'   + 'c'" },
		{ KIND_PDF, "%PDF-1.4\n1 0 obj<</Filter 2 0 R>>stream\n616263\nendstream endobj\n"
			    "2 0 obj[/AHx/AHx]endobj\n3 0 obj<</JS(a script)>>endobj\n"
			    "4 0 obj<<>>stream\nplain\nendstream endobj\n%%EOF" },
		{ KIND_RTF, "{\\rtf1{\\object{\\*\\objdata 0102030405060708}}}" },
		{ KIND_MAIL, "From: x\nTo: y\nContent-Type: multipart/mixed; boundary*0=a; boundary*1=b\n\n--ab\n"
			     "Content-Transfer-Encoding: quoted-printable\n\na=62c\n--ab--\n" },
		{ KIND_BINHEX, "(This file must be converted with BinHex 4.0)\n:\"N2q3rj$rN2q3rj$rN2q3rj$rN2q:" },
		{ KIND_SZDD, "SZDD\x88\xf0\x27\x33" "Ax\5\1\1\1\xffwords" },
	};

	for (size_t i = 0; i < sizeof made / sizeof made[0]; i++)
		sample_check_memory(kind_name(made[i].kind), made[i].kind, bytes_of_text(made[i].text));
}

/* Each of its steps may be the last: that is no damage. */
TEST(an_outlet_that_wants_no_more_is_no_damage)
{
	static const char szdd[] = "SZDD\x88\xf0\x27\x33" "Ax\5\0\0\0\xffwords";

	for (uint64_t steps = 1; steps < 20; steps++) {
		collect_init(&c, 1 << 20);
		c.steps_left = steps;
		(void)collect_unpack(&c, KIND_SZDD, bytes_of(szdd, sizeof szdd - 1));
		CHECK_EQ(collect_troubles(&c), 0);
		collect_fini(&c);
	}
	unpack(KIND_SZDD, bytes_of(szdd, sizeof szdd - 1));
	CHECK(collect_find(&c, bytes_of_text("words")) != NULL);
	collect_fini(&c);
}

TEST(what_cannot_be_opened_in_spite_of_its_magic_is_told)
{
	static const struct {
		enum kind kind;
		struct bytes front;
	} made[] = { { KIND_SZDD, { (const uint8_t *)"SZDD\x88\xf0\x27\x33" "Ax", 10 } },
		{ KIND_KWAJ, { (const uint8_t *)"KWAJ\x88\xf0\x27\xd1\x02\0", 10 } },
		{ KIND_CAB, { (const uint8_t *)"MSCF\0\0\0\0", 8 } } };

	for (size_t i = 0; i < sizeof made / sizeof made[0]; i++) {
		collect_init(&c, 1 << 20);
		CHECK_EQ(collect_unpack(&c, made[i].kind, made[i].front), ERR_NOT_FOUND);
		CHECK_EQ(c.troubles[TROUBLE_DAMAGED], 1);
		collect_fini(&c);
	}
}

/* libmspack freed what it had not set. */
TEST(a_kwaj_header_that_is_cut_short_is_none)
{
	static const char front[] = "KWAJ\x88\xf0\x27\xd1\x02\0\x10\0\x18\0name";

	for (size_t n = 0; n < sizeof front; n++) {
		collect_init(&c, 1 << 20);
		CHECK(collect_unpack(&c, KIND_KWAJ, bytes_of(front, n)) != ERR_IO);
		collect_fini(&c);
	}
	collect_init(&c, 1 << 20);
	CHECK_EQ(collect_unpack(&c, KIND_KWAJ, bytes_of_text("<html> no KWAJ, whatever it was taken for")),
	    ERR_NOT_FOUND);
	collect_fini(&c);
}
