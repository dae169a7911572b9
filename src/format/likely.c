/* format/likely.c: see likely.h. */
#include "format/likely.h"

#include <ctype.h>
#include <zlib.h>

#include "base/reader.h"

/* What is looked at: the longest header, and where a stream's first block should decode. */
enum { FRONT = 4096, TAR_HEADER = 512 };

/* The CRC-32 of ${b} is ${sum}. */
static bool
has_sum(struct bytes b, uint32_t sum)
{
	return b.n > 0 && crc32(0, b.p, (uInt)b.n) == sum;
}

/* PKWARE's APPNOTE 4.3.7. */
static bool
is_zip(struct bytes front)
{
	enum { VERSION_LAST = 63, HOST_LAST = 20, METHOD_LAST = 99, FLAGS_RESERVED = 0xd780 };
	struct reader r = reader_over(bytes_from(front, 4));
	uint8_t version = reader_u8(&r), host = reader_u8(&r);
	uint16_t flags = reader_u16le(&r), method = reader_u16le(&r), name_size;
	struct bytes name;
	bool plain = true;

	reader_take(&r, 16);
	name_size = reader_u16le(&r);
	reader_u16le(&r);
	name = bytes_first(r.rest, name_size);
	for (size_t i = 0; i < name.n; i++)
		plain &= name.p[i] >= ' ' || name.p[i] == '\t';
	return plain && !r.bad && version <= VERSION_LAST && host <= HOST_LAST &&
	    method <= METHOD_LAST && (flags & FLAGS_RESERVED) == 0 && name_size > 0 && name_size <= 1024;
}

static bool
is_rar(struct bytes front)
{
	struct reader r = reader_over(bytes_from(front, 6));
	uint32_t sum, size;
	struct bytes head;

	/* Version 4: a main header, whose sum is half of a CRC. */
	if (reader_u8(&r) == 0) {
		sum = reader_u16le(&r);
		head = bytes_first(r.rest, 11);
		return !r.bad && head.n == 11 && head.p[0] == 0x73 &&
		    (crc32(0, head.p, (uInt)head.n) & 0xffff) == sum;
	}
	/* Version 5: sum, size in seven bits a byte, and so many bytes. */
	reader_u8(&r);
	sum = reader_u32le(&r);
	head = r.rest;
	size = reader_u8(&r);
	if ((size & 0x80) != 0)
		size = (size & 0x7f) | (uint32_t)reader_u8(&r) << 7;
	size += (uint32_t)(head.n - r.rest.n);
	return !r.bad && size <= head.n && has_sum(bytes_first(head, size), sum);
}

static bool
is_7zip(struct bytes front)
{
	struct reader r = reader_over(bytes_from(front, 8));
	uint32_t sum = reader_u32le(&r);
	struct bytes start = reader_take(&r, 20);

	return has_sum(start, sum);
}

/* [MS-CAB] 2.1: reserved fields, and the only version there is. */
static bool
is_cab(struct bytes front)
{
	struct reader r = reader_over(bytes_from(front, 12));
	uint32_t second = reader_u32le(&r), files = reader_u32le(&r), third = reader_u32le(&r);
	uint16_t version = reader_u16le(&r);

	return !r.bad && second == 0 && third == 0 && files >= 36 && version == 0x0103;
}

static bool
is_arj(struct bytes front)
{
	struct reader r = reader_over(bytes_from(front, 2));
	struct bytes head = reader_take(&r, reader_u16le(&r));

	return has_sum(head, reader_u32le(&r));
}

static bool
is_chm(struct bytes front)
{
	struct reader r = reader_over(bytes_from(front, 4));
	uint32_t version = reader_u32le(&r), size = reader_u32le(&r);

	return !r.bad && version >= 2 && version <= 4 && size >= 0x58 && size <= 0x100;
}

/* [MS-CFB] 2.2. */
static bool
is_ole2(struct bytes front)
{
	struct reader r = reader_over(bytes_from(front, 26));
	uint16_t version = reader_u16le(&r), order = reader_u16le(&r), shift = reader_u16le(&r),
		 mini = reader_u16le(&r);

	return !r.bad && order == 0xfffe && version <= 4 && (shift == 9 || shift == 12) && mini == 6;
}

/* Programs that write PDF hold its first line as a constant, but seldom an object behind it. */
static bool
is_pdf(struct bytes front)
{
	front = bytes_first(front, 1100);
	return front.n >= 8 && isdigit(front.p[5]) && front.p[6] == '.' &&
	    memmem(front.p, front.n, " obj", 4) != NULL && memmem(front.p, front.n, "<<", 2) != NULL;
}

static bool
is_rtf(struct bytes front)
{
	front = bytes_from(front, 5);
	return front.n >= 3 && isdigit(front.p[0]) && front.p[1] == '\\' && isalpha(front.p[2]);
}

/* Programs that write gzip hold its header as a constant: what stands behind must decode. */
static bool
is_gzip(struct bytes front)
{
	uint8_t room[FRONT];
	z_stream z = { .zalloc = Z_NULL };
	int result;

	if (front.n < 18 || (front.p[3] & 0xe0) != 0 || inflateInit2(&z, MAX_WBITS + 16) != Z_OK)
		return false;
	z.next_in = (Bytef *)(uintptr_t)front.p;
	z.avail_in = (uInt)front.n;
	do {
		z.next_out = room;
		z.avail_out = sizeof room;
		result = inflate(&z, Z_NO_FLUSH);
	} while (result == Z_OK && z.avail_in > 0);
	inflateEnd(&z);
	/* More output than the room, or more input than the front: it was going well. */
	return result == Z_STREAM_END || ((result == Z_OK || result == Z_BUF_ERROR) && z.total_out > 0);
}

static bool
is_xz(struct bytes front)
{
	struct reader r = reader_over(bytes_from(front, 6));
	struct bytes flags = reader_take(&r, 2);

	return has_sum(flags, reader_u32le(&r)) && !r.bad;
}

static bool
is_bzip2(struct bytes front)
{
	return front.n > 10 && memcmp(front.p, "BZh", 3) == 0 && front.p[3] >= '1' && front.p[3] <= '9';
}

/* Streams of lzma have no magic: their fields must be those that encoders write. */
static bool
is_lzma(struct bytes front)
{
	struct reader r = reader_over(front);
	uint8_t properties = reader_u8(&r);
	uint32_t dictionary = reader_u32le(&r), round = dictionary - 1;
	uint64_t size = reader_u64le(&r);

	/* A power of two, or that and its half. */
	round |= round >> 2, round |= round >> 3, round |= round >> 4, round |= round >> 8;
	round |= round >> 16;
	return !r.bad && properties < 9 * 5 * 5 && dictionary >= 4096 &&
	    (round + 1 == dictionary || dictionary == UINT32_MAX) &&
	    (size == UINT64_MAX || size < UINT64_C(1) << 38);
}

/* An octal number as tar writes it, or UINT32_MAX. */
static uint32_t
octal(struct bytes b)
{
	uint32_t v = 0;
	size_t i = 0;

	while (i < b.n && b.p[i] == ' ')
		i++;
	if (i == b.n || b.p[i] < '0' || b.p[i] > '7')
		return UINT32_MAX;
	for (; i < b.n && b.p[i] >= '0' && b.p[i] <= '7'; i++)
		v = v << 3 | (uint32_t)(b.p[i] - '0');
	return v;
}

/* Tars older than POSIX have no magic, only a sum over their header. */
bool
likely_is_tar(struct bytes front)
{
	enum { SUM_AT = 148, SUM_BYTES = 8 };
	uint32_t sum = 0;

	if (front.n < TAR_HEADER || front.p[0] == '\0')
		return false;
	for (size_t i = 0; i < TAR_HEADER; i++)
		sum += i >= SUM_AT && i < SUM_AT + SUM_BYTES ? ' ' : front.p[i];
	return octal(bytes_of(front.p + SUM_AT, SUM_BYTES)) == sum;
}

bool
likely_is(const struct source *object, enum kind kind, uint64_t at)
{
	static bool (*const tests[KINDS])(struct bytes) = { [KIND_ZIP] = is_zip, [KIND_RAR] = is_rar,
		[KIND_7ZIP] = is_7zip, [KIND_CAB] = is_cab, [KIND_ARJ] = is_arj, [KIND_CHM] = is_chm,
		[KIND_OLE2] = is_ole2, [KIND_PDF] = is_pdf, [KIND_RTF] = is_rtf, [KIND_GZIP] = is_gzip,
		[KIND_XZ] = is_xz, [KIND_BZIP2] = is_bzip2, [KIND_LZMA] = is_lzma, [KIND_TAR] = likely_is_tar,
		[KIND_AUTOIT] = autoit_is_likely };
	uint8_t room[FRONT];
	size_t got;

	return tests[kind] != NULL && source_read(object, at, room, sizeof room, &got) == ERR_NONE &&
	    tests[kind](bytes_of(room, got));
}
