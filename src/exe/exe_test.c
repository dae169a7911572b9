/* Goal of this test: headers say how long a program is, wherever they are cut or lie. */
#include <stdlib.h>
#include <unistd.h>
#include <fcntl.h>

#include "base/buf.h"
#include "base/test.h"
#include "exe/elf.h"
#include "exe/pe.h"

static void
pad_to(struct buf *b, size_t n)
{
	while (b->n < n)
		buf_u8(b, 0);
}

/* A program with one section of 512 bytes at 512, whose headers begin at 64. */
static void
make_pe(struct buf *b, bool wide)
{
	size_t optional;

	buf_init(b, 4096);
	buf_put_string(b, "MZ");
	pad_to(b, 60);
	buf_u32le(b, 64);
	buf_put(b, bytes_of("PE\0", 4));
	buf_u16le(b, wide ? 0x8664 : 0x14c);
	buf_u16le(b, 1);
	pad_to(b, 64 + 20);
	buf_u16le(b, wide ? 240 : 224);
	buf_u16le(b, 0x102);
	optional = b->n;
	buf_u16le(b, wide ? 0x20b : 0x10b);
	pad_to(b, optional + 16);
	buf_u32le(b, 0x1010);
	pad_to(b, optional + (wide ? 24 : 28));
	buf_u32le(b, 0x400000);
	pad_to(b, optional + 56);
	buf_u32le(b, 0x2000);
	buf_u32le(b, 0x200);
	pad_to(b, optional + (wide ? 108 : 92));
	buf_u32le(b, 16);
	pad_to(b, optional + (wide ? 240 : 224));
	buf_put(b, bytes_of(".text\0\0", 8));
	buf_u32le(b, 0x1000);
	buf_u32le(b, 0x1000);
	buf_u32le(b, 512);
	/* The loader rounds it down, and so do we. */
	buf_u32le(b, 513);
	pad_to(b, b->n + 12);
	buf_u32le(b, 0x60000020);
	pad_to(b, 1024);
}

TEST(the_headers_of_a_program_are_read_in_both_widths)
{
	for (int wide = 0; wide < 2; wide++) {
		struct source s;
		struct pe pe;
		struct buf b;
		uint64_t offset;

		make_pe(&b, wide == 1);
		s = source_of_memory(buf_bytes(&b));
		CHECK_EQ(pe_read(&s, 0, &pe), ERR_NONE);
		CHECK_EQ(pe.is_64, wide);
		CHECK_EQ(pe.section_count, 1);
		CHECK_TEXT(pe.sections[0].name, ".text");
		CHECK_EQ(pe.sections[0].offset, 512);
		CHECK_EQ(pe.entry, 0x1010);
		CHECK_EQ(pe.image_base, 0x400000);
		CHECK_EQ(pe.size, 1024);
		CHECK(pe_offset(&pe, pe.entry, &offset));
		CHECK_EQ(offset, 0x210);
		CHECK(pe_offset(&pe, 0x10, &offset));
		CHECK_EQ(offset, 0x10);
		CHECK(!pe_offset(&pe, 0x5000, &offset));
		buf_fini(&b);
	}
}

TEST(every_truncation_of_the_headers_is_noticed)
{
	struct pe pe;
	struct buf b;

	make_pe(&b, false);
	for (size_t n = 0; n < 64 + 24 + 224 + 40; n++) {
		uint8_t *exact = test_copy(b.p, n);
		struct source s = source_of_memory(bytes_of(exact, n));
		enum err e = pe_read(&s, 0, &pe);

		CHECK(e == ERR_TRUNCATED || e == ERR_NOT_FOUND);
		free(exact);
	}
	buf_fini(&b);
}

TEST(what_lies_is_refused)
{
	struct pe pe;
	struct buf b;
	struct source s;

	make_pe(&b, false);
	s = source_of_memory(buf_bytes(&b));
	b.p[60] = 0xf0, b.p[61] = b.p[62] = b.p[63] = 0xff;
	CHECK_EQ(pe_read(&s, 0, &pe), ERR_NOT_FOUND);
	b.p[60] = 64, b.p[61] = b.p[62] = b.p[63] = 0;
	b.p[64 + 7] = 1;	/* 257 sections */
	CHECK_EQ(pe_read(&s, 0, &pe), ERR_NOT_FOUND);
	buf_fini(&b);
}

TEST(this_program_is_as_long_as_its_elf_headers_say)
{
	int fd = open("/proc/self/exe", O_RDONLY);
	uint64_t size = 0;
	struct source s;

	CHECK(fd >= 0);
	CHECK_EQ(source_of_file(fd, &s), ERR_NONE);
	CHECK_EQ(elf_size(&s, 0, &size), ERR_NONE);
	CHECK_EQ(size, s.size);
	CHECK_EQ(elf_size(&s, 1, &size), ERR_NOT_FOUND);
	close(fd);
}

TEST(mach_o_is_measured_by_its_segments_and_split_by_processor)
{
	struct macho_part parts[MACHO_PARTS_MAX];
	struct source s;
	struct buf b;
	uint64_t size;
	size_t count;

	buf_init(&b, 4096);
	buf_u32le(&b, 0xfeedfacf);
	pad_to(&b, 16);
	buf_u32le(&b, 1);	/* one command ... */
	buf_u32le(&b, 72);
	pad_to(&b, 32);
	buf_u32le(&b, 0x19);	/* ... a segment */
	buf_u32le(&b, 72);
	pad_to(&b, 32 + 8 + 16 + 16);
	buf_u64le(&b, 100);
	buf_u64le(&b, 900);
	pad_to(&b, 32 + 72);
	s = source_of_memory(buf_bytes(&b));
	CHECK_EQ(macho_size(&s, 0, &size), ERR_NONE);
	CHECK_EQ(size, 1000);
	for (size_t n = 0; n < 32; n++) {
		struct source cut = source_of_memory(bytes_of(b.p, n));

		CHECK(macho_size(&cut, 0, &size) != ERR_NONE);
	}
	buf_clear(&b);
	buf_put(&b, bytes_of("\xca\xfe\xba\xbe\0\0\0\1" "\0\0\0\7\0\0\0\3\0\0\x10\0\0\0\x20\0\0\0\0\x0c", 28));
	s = source_of_memory(buf_bytes(&b));
	CHECK_EQ(macho_parts(&s, parts, &count), ERR_NONE);
	CHECK_EQ(count, 1);
	CHECK_EQ(parts[0].offset, 0x1000);
	CHECK_EQ(parts[0].size, 0x2000);
	b.p[7] = 52;	/* a Java class */
	CHECK_EQ(macho_parts(&s, parts, &count), ERR_NOT_FOUND);
	buf_fini(&b);
}
