/* Goal of this test: what was made to keep a reader busy, to pass it by or to end it silently does
 * not: the outlet is asked in time, what is inside comes out, and what does not is told. */
#include <stdio.h>
#include <stdlib.h>

#include "base/test.h"
#include "format/collect.h"
#include "format/container.h"
#include "format/installers.h"
#include "format/limits.h"
#include "format/packers.h"
#include "format/sample.h"
#include "format/vba.h"

#define CONTENT "The quick brown fox jumps over the lazy dog, again and again and again.\n"

static struct collect c;

static void
unpack(enum kind kind, struct bytes object)
{
	collect_init(&c, 1 << 20);
	CHECK_EQ(collect_unpack(&c, kind, object), ERR_NONE);
}

static void
unpack_text(enum kind kind, const char *text)
{
	unpack(kind, bytes_of_text(text));
}

static void
check_has(const char *content)
{
	if (collect_find(&c, bytes_of_text(content)) == NULL)
		fail_msg("it does not give '%s' (%zu entries)", content, c.count);
}

/* ${front}, then ${again} so many times, then ${last}. */
static void
repeat(struct buf *b, const char *front, const char *again, unsigned times, const char *last)
{
	buf_init(b, 16 << 20);
	buf_put_string(b, front);
	for (unsigned i = 0; i < times; i++)
		buf_put_string(b, again);
	buf_put_string(b, last);
}

/*
 * PDF.
 */

/* Each took minutes, or hours, and never asked the outlet. */
TEST(a_pdf_that_refers_to_itself_over_and_over_is_looked_through_once)
{
	static const struct {
		const char *front, *again, *last;
	} made[] = {
		{ "%PDF-1.4\n/Encrypt 1 0 R\n", "1 0 obj<<\n", "%%EOF" },
		{ "%PDF-1.4\n1 0 obj<</A 1>>endobj\n", "/Encrypt 1 0 R\n", "%%EOF" },
		{ "%PDF-1.4\n1 0 obj<</V 1/R 2>>endobj\n/Encrypt 1 0 R\n", "/ID[(", "%%EOF" },
		{ "%PDF-1.4\n1 0 obj<</V 1/R 2>>endobj\n/Encrypt 1 0 R\n", "/ID%", "%%EOF" },
		{ "%PDF-1.4\n1 0 obj<</A 1>>endobj\n", "/JS %", "%%EOF" },
		{ "%PDF-1.4\n1 0 obj/Flate\n", "2 0 obj<</Filter 1 0 R>>stream\nendobj\n", "%%EOF" },
	};

	for (size_t i = 0; i < sizeof made / sizeof made[0]; i++) {
		struct buf b;

		repeat(&b, made[i].front, made[i].again, 100000, made[i].last);
		collect_init(&c, 1 << 20);
		(void)collect_unpack(&c, KIND_PDF, buf_bytes(&b));
		collect_fini(&c);
		/* And it ends when it is told to. */
		collect_init(&c, 1 << 20);
		c.steps_left = 3;
		(void)collect_unpack(&c, KIND_PDF, buf_bytes(&b));
		CHECK_EQ(c.steps_left, 0);
		collect_fini(&c);
		buf_fini(&b);
	}
}

TEST(the_filter_of_a_pdf_stream_may_stand_elsewhere)
{
	static const char hex[] = "48656c6c6f2c20776f726c64";
	static const char *const filters[] = { "/Filter 9 0 R", "/Filter[9 0 R]", "/Filter 8 0 R",
		"/Filter 7 0 R", "/Filter[/AHx]/DecodeParms 6 0 R", "/Filter[/AHx]/DecodeParms[6 0 R]" };
	char text[1024];

	for (size_t i = 0; i < sizeof filters / sizeof filters[0]; i++) {
		snprintf(text, sizeof text,
		    "%%PDF-1.4\n1 0 obj<<%s>>stream\n%s\nendstream endobj\n9 0 obj/ASCIIHexDecode endobj\n"
		    "8 0 obj[9 0 R]endobj\n7 0 obj 8 0 R endobj\n6 0 obj null endobj\n%%%%EOF",
		    filters[i], hex);
		unpack_text(KIND_PDF, text);
		check_has("Hello, world");
		CHECK_EQ(collect_troubles(&c), 0);
		collect_fini(&c);
	}
}

TEST(a_pdf_stream_that_is_not_unpacked_is_told)
{
	static const struct {
		const char *filters;
		enum trouble trouble;
	} made[] = {
		{ "/Filter 5 0 R", TROUBLE_UNSUPPORTED },
		{ "/Filter[5 0 R]", TROUBLE_UNSUPPORTED },
		{ "/Filter[/AHx]/DecodeParms[5 0 R]", TROUBLE_UNSUPPORTED },
		{ "/Filter 4 0 R", TROUBLE_UNSUPPORTED },
		{ "/Filter[/AHx/AHx/AHx/AHx/AHx/AHx/AHx/AHx/AHx]", TROUBLE_LIMIT },
		{ "/Filter/LZW/DecodeParms<</Predictor 7>>", TROUBLE_UNSUPPORTED },
		{ "/Filter/LZW/DecodeParms<</Predictor 12/Columns 9 0 R>>", TROUBLE_UNSUPPORTED },
		{ "/Filter/LZW/DecodeParms<</Predictor 12/Columns 99999999>>", TROUBLE_UNSUPPORTED },
	};
	char text[1024];

	for (size_t i = 0; i < sizeof made / sizeof made[0]; i++) {
		snprintf(text, sizeof text,
		    "%%PDF-1.4\n1 0 obj<<%s>>stream\n\x80\x0b\x60\x50\x22\x0c\x0c\x85\x01\nendstream endobj\n"
		    "4 0 obj 4 0 R endobj\n%%%%EOF",
		    made[i].filters);
		unpack_text(KIND_PDF, text);
		if (c.troubles[made[i].trouble] != 1)
			fail_msg("%s is not told", made[i].filters);
		collect_fini(&c);
	}
}

TEST(the_predictor_of_tiff_is_undone)
{
	static const struct {
		const char *parameters, *hex, *want;
	} made[] = {
		{ "/Columns 5", "61010101016601010101", "abcdefghij" },
		{ "/Columns 4/Colors 2", "614102020202020261410000", "aAcCeEgGaAaA" },
		{ "/Columns 2/BitsPerComponent 16", "616101026263ff02", "aabcbcae" },
		{ "/Columns 4/BitsPerComponent 4", "6b5e6b5e", "adad" },
	};
	char text[1024];

	for (size_t i = 0; i < sizeof made / sizeof made[0]; i++) {
		struct bytes packed;
		struct buf b, plain;

		/* A zlib stream without its header, as some are written. */
		buf_init(&plain, 256);
		for (const char *p = made[i].hex; *p != '\0'; p += 2) {
			snprintf(text, sizeof text, "%.2s", p);
			buf_u8(&plain, (uint8_t)strtoul(text, NULL, 16));
		}
		packed = sample_deflate(buf_bytes(&plain));
		buf_init(&b, 4096);
		buf_printf(&b,
		    "%%PDF-1.4\n1 0 obj<</Filter/Fl/DecodeParms<</Predictor 2%s>>>>stream\n",
		    made[i].parameters);
		buf_put(&b, packed);
		buf_put_string(&b, "\nendstream endobj\n%%EOF");
		unpack(KIND_PDF, buf_bytes(&b));
		check_has(made[i].want);
		CHECK_EQ(collect_troubles(&c), 0);
		collect_fini(&c);
		buf_fini(&plain);
		buf_fini(&b);
	}
}

/* Made by qpdf: 40 bits of RC4, and no password. */
TEST(a_script_in_a_string_of_an_encrypted_pdf_comes_in_clear)
{
	static const char encrypted[] =
	    "%PDF-1.4\n1 0 obj\n<< /OpenAction << /JS <85e7291b7482d6e0c2b1c1f7c21c746e205c34f9e4054297984235"
	    "bdc27a> /S /JavaScript >> /Pages 2 0 R /Type /Catalog >>\nendobj\n"
	    "2 0 obj\n<< /Count 0 /Kids [ ] /Type /Pages >>\nendobj\n"
	    "3 0 obj\n<< /Filter /Standard /Length 40 /O <c92422687facee686e373f10b5c7d04738053152f7e2ee30e11c"
	    "69ec442576ab> /P -4 /R 2 /U <431c57fedcef14510978eaa5f64d687a05eb6d0ac661f041c5fc7050c2b0960f> "
	    "/V 1 >>\nendobj\ntrailer << /Root 1 0 R /ID [<091100e6c8bad26bbd76db130cab9be7>"
	    "<091100e6c8bad26bbd76db130cab9be7>] /Encrypt 3 0 R >>\nstartxref\n423\n%%EOF\n";

	unpack_text(KIND_PDF, encrypted);
	check_has("app.alert('words of a script')");
	CHECK_EQ(collect_troubles(&c), 0);
	collect_fini(&c);
	sample_check_memory("an encrypted PDF", KIND_PDF, bytes_of_text(encrypted));
}

/*
 * Packings that go on without a byte of output.
 */

TEST(packings_without_output_ask_the_outlet)
{
	enum { MANY = 1 << 20 };
	struct sample_entry shrunk = { "x", { NULL, 0 }, 100, 1, 0 }, inflated = { "x", { NULL, 0 }, 100, 9, 0 };
	struct sample_entry plain = { "x", { NULL, 0 }, 100, 8, 0 }, *all[] = { &shrunk, &inflated, &plain };
	struct buf codes, blocks, b;

	/* Nine bits each: the control code, then the command to free leaves. */
	buf_init(&codes, MANY);
	for (unsigned bit = 0, held = 0; codes.n < MANY / 2;) {
		held |= 256U << bit | 2U << (bit + 9);
		for (bit += 18; bit >= 8; bit -= 8, held >>= 8)
			buf_u8(&codes, (uint8_t)held);
	}
	/* Ten bits each: not the last, the fixed codes, and their end. */
	buf_init(&blocks, MANY);
	for (unsigned bit = 0, held = 0; blocks.n < MANY / 2;) {
		held |= 2U << bit;
		for (bit += 10; bit >= 8; bit -= 8, held >>= 8)
			buf_u8(&blocks, (uint8_t)held);
	}
	shrunk.data = buf_bytes(&codes);
	inflated.data = plain.data = buf_bytes(&blocks);
	for (size_t i = 0; i < 3; i++) {
		buf_init(&b, MANY);
		sample_put_local(&b, all[i]);
		collect_init(&c, 1 << 20);
		c.steps_left = 12;
		(void)collect_unpack(&c, KIND_ZIP, buf_bytes(&b));
		CHECK_EQ(c.steps_left, 0);
		collect_fini(&c);
		buf_fini(&b);
	}
	buf_fini(&codes);
	buf_fini(&blocks);
}

/*
 * Zip.
 */

/* One entry whose header in the directory is ${named}, with ${behind} put behind its data. */
static void
make_zip(struct buf *b, const struct sample_entry *local, const struct sample_entry *named,
    struct bytes behind)
{
	uint32_t at, from;

	buf_init(b, 1 << 16);
	at = sample_put_local(b, local);
	buf_put(b, behind);
	from = (uint32_t)b->n;
	sample_put_central(b, named, at);
	sample_put_end(b, 1, from);
}

TEST(an_entry_that_claims_what_is_behind_it_hides_nothing)
{
	/* Methods that are read, whose data ends before the claimed length does; and one that is not. */
	const struct bytes deflate = sample_deflate(bytes_of_text("harmless words"));
	const struct sample_entry inner = { "hidden", bytes_of_text(CONTENT), sizeof CONTENT - 1, 0, 0 };
	struct sample_entry claims[] = {
		{ "a", deflate, 14, 8, 0 },
		{ "a", deflate, 14, 9, 0 },
		{ "a", deflate, 14, 77, 0 },
		{ "a", bytes_of("\x28\xb5\x2f\xfd\x20\x05\x29\0\0words", 14), 5, 93, 0 },
		{ "a", bytes_of_text("not PPMd"), 5, 98, 0 },
		/* The letter a in nine bits. */
		{ "a", bytes_of("a\0", 2), 1, 1, 0 },
	};
	struct buf b, hidden;

	buf_init(&hidden, 1 << 16);
	sample_put_local(&hidden, &inner);
	for (size_t i = 0; i < sizeof claims / sizeof claims[0]; i++) {
		struct sample_entry named = claims[i];

		named.data.n += hidden.n;
		/* The header and the directory lie alike. */
		make_zip(&b, &claims[i], &named, buf_bytes(&hidden));
		b.p[18] = (uint8_t)named.data.n;
		unpack(KIND_ZIP, buf_bytes(&b));
		if (collect_find(&c, bytes_of_text(CONTENT)) == NULL)
			fail_msg("method %u hides an entry", claims[i].method);
		collect_fini(&c);
		buf_fini(&b);
	}
	buf_fini(&hidden);
}

TEST(a_hidden_entry_is_read_by_its_method_or_told)
{
	const struct sample_entry plain = { "a", bytes_of_text("words"), 5, 0, 0 };
	struct sample_entry zstd = { "z", bytes_of("\x28\xb5\x2f\xfd\x20\x05\x29\0\0hello", 14), 5, 93, 0 };
	struct sample_entry ppmd = { "p", bytes_of_text("not PPMd at all"), 5, 98, 0 };
	struct buf b, hidden;

	buf_init(&hidden, 1 << 16);
	sample_put_local(&hidden, &zstd);
	make_zip(&b, &plain, &plain, buf_bytes(&hidden));
	unpack(KIND_ZIP, buf_bytes(&b));
	check_has("hello");
	CHECK_EQ(collect_troubles(&c), 0);
	collect_fini(&c);
	buf_fini(&b);
	buf_clear(&hidden);
	sample_put_local(&hidden, &ppmd);
	make_zip(&b, &plain, &plain, buf_bytes(&hidden));
	unpack(KIND_ZIP, buf_bytes(&b));
	CHECK(collect_troubles(&c) > 0);
	collect_fini(&c);
	buf_fini(&b);
	/* Named, but what the header says is no PPMd. */
	zstd.method = 98;
	make_zip(&b, &plain, &zstd, bytes_of(NULL, 0));
	unpack(KIND_ZIP, buf_bytes(&b));
	CHECK_EQ(c.troubles[TROUBLE_UNSUPPORTED], 1);
	collect_fini(&c);
	buf_fini(&b);
	buf_fini(&hidden);
}

TEST(old_methods_end_by_either_size)
{
	/* "abc" in nine bits each. */
	struct sample_entry longer = { "a", bytes_of("a\xc4\x8c\x01", 4), 3, 1, 0 }, shorter = longer;
	struct buf b;

	shorter.size = 1;
	make_zip(&b, &longer, &shorter, bytes_of(NULL, 0));
	unpack(KIND_ZIP, buf_bytes(&b));
	check_has("a");
	check_has("abc");
	collect_fini(&c);
	buf_fini(&b);
}

/*
 * Mail.
 */

TEST(a_boundary_is_found_however_it_is_written)
{
	static const char *const made[] = {
		"multipart/mixed; boundary*0=foo; boundary*1=bar",
		"multipart/mixed; boundary*1=bar;\n boundary*0=\"foo\"",
		"multipart/mixed; boundary*0*=us-ascii'en'fo%6f; boundary*1*=b%61r",
		"multipart/mixed; boundary*=''foobar",
		"multipart/mixed; name=\"boundary\"; boundary=foobar",
		"multipart/mixed; name=\"a; boundary=x; \\\"\"; boundary=foobar",
		"multipart/mixed; x-boundary=no; boundary=foobar",
		"multipart/mixed; boundary=\"foo\\bar\"",
		"multipart/mixed; boundary=other; boundary=foobar",
		"multipart/mixed; boundary=other\nContent-Type: multipart/mixed; boundary=foobar",
		"multipart/mixed; a=\"not closed; boundary=foobar",
		"multipart/mixed boundary=foobar",
	};
	char text[1024];

	for (size_t i = 0; i < sizeof made / sizeof made[0]; i++) {
		snprintf(text, sizeof text,
		    "From: x\nContent-Type: %s\n\n--foobar\nContent-Type: application/x\n"
		    "Content-Transfer-Encoding: base64\n\nd29yZHM=\n--foobar--\n",
		    made[i]);
		unpack_text(KIND_MAIL, text);
		if (collect_find(&c, bytes_of_text("words")) == NULL)
			fail_msg("%s", made[i]);
		CHECK_EQ(collect_troubles(&c), 0);
		collect_fini(&c);
	}
}

TEST(a_mail_that_is_no_multipart_after_all_comes_as_one_body)
{
	unpack_text(KIND_MAIL, "From: x\nContent-Type: multipart/mixed; boundary=b\n\nwords without one");
	check_has("words without one");
	CHECK_EQ(c.troubles[TROUBLE_DAMAGED], 1);
	collect_fini(&c);
	/* Programs save this one as a file, whatever stands in it. */
	unpack_text(KIND_MAIL, "From: x\nContent-Type: application/zip; boundary=b\n"
			       "Content-Transfer-Encoding: base64\n\n--b\n\nd29yZHM=\n");
	CHECK(c.count >= 2);
	collect_fini(&c);
	unpack_text(KIND_MAIL, "From: x\nContent-Type: text/plain; boundary=b\n\nwords");
	check_has("words");
	CHECK_EQ(collect_troubles(&c), 0);
	collect_fini(&c);
}

TEST(boundaries_without_number_are_told)
{
	unpack_text(KIND_MAIL, "From: x\nContent-Type: multipart/mixed; boundary=a; boundary=b; boundary=c;"
			       " boundary=d; boundary=e\n\n--e\n\nwords\n--e--\n");
	CHECK_EQ(c.troubles[TROUBLE_LIMIT], 1);
	collect_fini(&c);
}

TEST(multiparts_that_are_read_in_two_ways_each_end)
{
	struct buf b;

	buf_init(&b, 1 << 20);
	buf_put_string(&b, "From: x\n");
	/* Both ways at every level: two to the power of the depth. */
	for (int i = 0; i < 60; i++)
		buf_printf(&b, "Content-Type: multipart/mixed; boundary=a%d; boundary=b%d\n\n--a%d\n--b%d\n", i,
		    i, i, i);
	collect_init(&c, 1 << 24);
	CHECK_EQ(collect_unpack(&c, KIND_MAIL, buf_bytes(&b)), ERR_NONE);
	CHECK(c.troubles[TROUBLE_LIMIT] >= 1 || c.steps_left == 0);
	collect_fini(&c);
	buf_fini(&b);
}

/*
 * Installers, pages and others that end at a number.
 */

TEST(the_first_magic_of_an_installer_may_be_a_decoy)
{
	struct buf b;

	buf_init(&b, 4096);
	for (int i = 0; i < 2; i++) {
		buf_put_string(&b, "MZ and so on, up to the flags");
		buf_put(&b, bytes_of("\xef\xbe\xad\xdeNullsoftInst", 16));
		buf_u32le(&b, (uint32_t)i), buf_u32le(&b, 13);
	}
	buf_put_blob(&b, bytes_of_text("words"));
	buf_u32le(&b, 0);
	collect_init(&c, 1 << 20);
	CHECK_EQ(nsis_give(buf_bytes(&b), NULL, &c.outlet), ERR_NONE);
	check_has("words");
	CHECK_EQ(collect_troubles(&c), 0);
	collect_fini(&c);
	buf_fini(&b);
}

TEST(what_a_page_has_too_many_of_is_told)
{
	static const char *const again[] = { "<script>a</script>", "<a href=\"data:,a\">", "<a href='data:;base64,YQ=='>" };

	for (size_t i = 0; i < sizeof again / sizeof again[0]; i++) {
		struct buf b;

		repeat(&b, "<html>", again[i], FORMAT_DATA_MAX, "");
		collect_init(&c, 1 << 30);
		CHECK_EQ(collect_unpack(&c, KIND_HTML, buf_bytes(&b)), ERR_NONE);
		CHECK_EQ(c.troubles[TROUBLE_LIMIT], 0);
		collect_fini(&c);
		buf_put_string(&b, again[i]);
		collect_init(&c, 1 << 30);
		CHECK_EQ(collect_unpack(&c, KIND_HTML, buf_bytes(&b)), ERR_NONE);
		CHECK_EQ(c.troubles[TROUBLE_LIMIT], 1);
		collect_fini(&c);
		buf_fini(&b);
	}
}

TEST(a_page_that_is_longer_than_is_read_is_told)
{
	struct bytes page = { calloc(1, FORMAT_TEXT_MAX + 1), FORMAT_TEXT_MAX };

	CHECK(page.p != NULL);
	for (int more = 0; more < 2; more++) {
		page.n += (size_t)more;
		collect_init(&c, 1 << 20);
		CHECK_EQ(collect_unpack(&c, KIND_HTML, page), ERR_NONE);
		CHECK_EQ(c.troubles[TROUBLE_LIMIT], more);
		collect_fini(&c);
	}
	free((void *)(uintptr_t)page.p);
}

/* The least entry of each kind that ends at a number. */
TEST(entries_without_end_are_told)
{
	static const struct {
		enum kind kind;
		struct bytes front, again;
	} made[] = {
		{ KIND_TNEF, { (const uint8_t *)"\x78\x9f\x3e\x22\0", 6 }, { (const uint8_t *)"\1\1\1\1\1\0\0\0\0\0", 11 } },
		{ KIND_ARJ,
		    { (const uint8_t *)"\x60\xea\x20\0\x1e\0\0\0\0\0\2\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 42 },
		    { (const uint8_t *)"\x60\xea\x20\0\x1e\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 42 } },
	};

	for (size_t i = 0; i < sizeof made / sizeof made[0]; i++) {
		struct buf b;

		buf_init(&b, 64 << 20);
		buf_put(&b, made[i].front);
		for (unsigned k = 0; k <= FORMAT_ENTRIES_MAX; k++)
			buf_put(&b, made[i].again);
		collect_init(&c, 1 << 30);
		CHECK_EQ(collect_unpack(&c, made[i].kind, buf_bytes(&b)), ERR_NONE);
		CHECK_EQ(c.troubles[TROUBLE_LIMIT], 1);
		collect_fini(&c);
		buf_fini(&b);
	}
}

/*
 * Programs and macros.
 */

TEST(a_packer_is_told_by_its_whole_mark)
{
	static const struct {
		const char *code;
		const char *packer;
	} made[] = {
		{ "\x60\xe8\x03\0\0\0\xe9\xeb", "ASPack" },
		{ "\x60\xe8\x03\0\0\0\x5d\x81", NULL },
		{ "\x60\xe8\x03\0\0\1\xe9\xeb", NULL },
		{ "\x87\x25\1\2\3\4\x61\x94", "FSG" },
		{ "\x55\x8b\xec\x53\x56\x57\x60\xe8", "yoda's Crypter" },
	};
	struct pe pe = { .entry = 0x1000, .section_count = 1 };

	pe.sections[0] = (struct pe_section){ .name = ".text", .address = 0x1000, .memory_size = 8,
		.file_size = 8 };
	for (size_t i = 0; i < sizeof made / sizeof made[0]; i++) {
		const char *got = packers_find(bytes_of(made[i].code, 8), &pe);

		if (made[i].packer == NULL)
			CHECK(got == NULL);
		else
			CHECK_TEXT(got, made[i].packer);
	}
}

TEST(what_unpacks_to_hundreds_of_its_size_ends_at_a_limit)
{
	enum { CHUNK = 4096 };
	struct buf b;

	/* One byte, and a copy of it that fills the chunk. */
	buf_init(&b, 4 << 20);
	buf_u8(&b, 1);
	for (int i = 0; i <= FORMAT_SOLID_MAX / CHUNK; i++)
		buf_put(&b, bytes_of("\x03\xb0\x02" "a\xff\x0f", 6));
	collect_init(&c, 1 << 20);
	vba_give(&c.outlet, bytes_of_text("dir"), buf_bytes(&b));
	CHECK_EQ(c.troubles[TROUBLE_LIMIT], 1);
	collect_fini(&c);
	/* Runs of 255 and of 255 again. */
	buf_clear(&b);
	buf_put_string(&b, "(This file must be converted with BinHex 4.0)\n:");
	while (b.n < (size_t)FORMAT_SOLID_MAX / 762 * 8 + 1000)
		buf_put_string(&b, "N2q3rj$r");
	collect_init(&c, 1 << 20);
	CHECK_EQ(collect_unpack(&c, KIND_BINHEX, buf_bytes(&b)), ERR_NONE);
	CHECK_EQ(c.troubles[TROUBLE_LIMIT], 1);
	collect_fini(&c);
	buf_fini(&b);
}
