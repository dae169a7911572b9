/* format/sample.c: see sample.h. */
#include "format/sample.h"

#include <zlib.h>

#include "base/test.h"
#include "format/unpack.h"

void
sample_begin(struct sample_packer *p, sample_set_fn *format, sample_set_fn *filter,
    const char *options, struct buf *out)
{
	uint8_t *room;

	buf_init(out, SAMPLE_ROOM);
	CHECK((room = buf_reserve(out, SAMPLE_ROOM)) != NULL);
	p->a = archive_write_new();
	CHECK_EQ(format(p->a), ARCHIVE_OK);
	if (filter != NULL)
		CHECK_EQ(filter(p->a), ARCHIVE_OK);
	archive_write_set_bytes_in_last_block(p->a, 1);
	if (options != NULL) {
		CHECK_EQ(archive_write_set_options(p->a, options), ARCHIVE_OK);
		archive_write_set_passphrase(p->a, "secret");
	}
	CHECK_EQ(archive_write_open_memory(p->a, room, SAMPLE_ROOM, &p->used), ARCHIVE_OK);
}

static void
add(struct sample_packer *p, struct archive_entry *entry, const char *name, struct bytes content)
{
	archive_entry_set_perm(entry, 0644);
	archive_entry_set_pathname(entry, name);
	archive_entry_set_size(entry, (la_int64_t)content.n);
	CHECK(archive_write_header(p->a, entry) >= ARCHIVE_WARN);
	if (content.n > 0)
		CHECK_EQ(archive_write_data(p->a, content.p, content.n), content.n);
	archive_entry_free(entry);
}

void
sample_add(struct sample_packer *p, const char *name, struct bytes content)
{
	struct archive_entry *entry = archive_entry_new();

	archive_entry_set_filetype(entry, AE_IFREG);
	add(p, entry, name, content);
}

void
sample_add_link(struct sample_packer *p, const char *name, const char *to, bool is_hard)
{
	struct archive_entry *entry = archive_entry_new();

	archive_entry_set_filetype(entry, is_hard ? AE_IFREG : AE_IFLNK);
	if (is_hard)
		archive_entry_set_hardlink(entry, to);
	else
		archive_entry_set_symlink(entry, to);
	add(p, entry, name, bytes_of(NULL, 0));
}

void
sample_end(struct sample_packer *p, struct buf *out)
{
	CHECK_EQ(archive_write_close(p->a), ARCHIVE_OK);
	archive_write_free(p->a);
	out->n = p->used;
}

void
sample_pack(sample_set_fn *format, sample_set_fn *filter, const char *name, struct bytes content,
    struct buf *out)
{
	struct sample_packer p;

	sample_begin(&p, format, filter, NULL, out);
	sample_add(&p, name, content);
	sample_end(&p, out);
}

uint32_t
sample_put_local(struct buf *b, const struct sample_entry *e)
{
	uint32_t at = (uint32_t)b->n;
	bool later = (e->flags & 8) != 0;

	buf_put_string(b, "PK\3\4");
	buf_u16le(b, 20), buf_u16le(b, e->flags), buf_u16le(b, e->method);
	buf_u32le(b, 0), buf_u32le(b, 0);
	buf_u32le(b, later ? 0 : (uint32_t)e->data.n), buf_u32le(b, later ? 0 : e->size);
	buf_u16le(b, (uint16_t)strlen(e->name)), buf_u16le(b, 0);
	buf_put_string(b, e->name);
	buf_put(b, e->data);
	if (later) {
		buf_put_string(b, "PK\7\10");
		buf_u32le(b, 0), buf_u32le(b, (uint32_t)e->data.n), buf_u32le(b, e->size);
	}
	return at;
}

void
sample_put_central(struct buf *b, const struct sample_entry *e, uint32_t at)
{
	buf_put_string(b, "PK\1\2");
	buf_u16le(b, 20), buf_u16le(b, 20), buf_u16le(b, e->flags), buf_u16le(b, e->method);
	buf_u32le(b, 0), buf_u32le(b, 0);
	buf_u32le(b, (uint32_t)e->data.n), buf_u32le(b, e->size);
	buf_u16le(b, (uint16_t)strlen(e->name)), buf_u16le(b, 0), buf_u16le(b, 0);
	buf_u16le(b, 0), buf_u16le(b, 0), buf_u32le(b, 0), buf_u32le(b, at);
	buf_put_string(b, e->name);
}

void
sample_put_end(struct buf *b, uint16_t count, uint32_t from)
{
	uint32_t size = (uint32_t)b->n - from;

	buf_put(b, bytes_of("PK\5\6\0\0\0", 8));
	buf_u16le(b, count), buf_u16le(b, count), buf_u32le(b, size), buf_u32le(b, from);
	buf_u16le(b, 0);
}

struct bytes
sample_deflate(struct bytes plain)
{
	static uint8_t room[4][SAMPLE_DEFLATED_MAX];
	static unsigned next;
	uint8_t *to = room[next++ % 4];
	z_stream z = { .zalloc = Z_NULL };

	CHECK_EQ(deflateInit2(&z, 9, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY), Z_OK);
	z.next_in = (Bytef *)(uintptr_t)plain.p;
	z.avail_in = (uInt)plain.n;
	z.next_out = to;
	z.avail_out = SAMPLE_DEFLATED_MAX;
	CHECK_EQ(deflate(&z, Z_FINISH), Z_STREAM_END);
	deflateEnd(&z);
	return bytes_of(to, SAMPLE_DEFLATED_MAX - z.avail_out);
}

static void
put_zeros_to(struct buf *b, size_t end)
{
	while (b->n < end)
		buf_u8(b, 0);
}

void
sample_put_program(struct buf *b)
{
	enum { HEADER = 64, OPTIONAL = 224 };
	size_t at = b->n;

	buf_put_string(b, "MZ");
	put_zeros_to(b, at + 60);
	buf_u32le(b, HEADER);
	buf_put(b, bytes_of("PE\0\0\x4c\1\0\0", 8));
	put_zeros_to(b, at + HEADER + 20);
	buf_u16le(b, OPTIONAL), buf_u16le(b, 2), buf_u16le(b, 0x10b);
	put_zeros_to(b, at + HEADER + 24 + OPTIONAL);
}

static void
put_number(struct buf *b, uint32_t v, int times)
{
	while (times-- > 0)
		buf_u32le(b, v);
}

static void
put_ole2_entry(struct buf *b, const char *name, uint8_t type, uint32_t first, uint32_t size)
{
	size_t at = b->n;

	for (const char *p = name; *p != '\0'; p++)
		buf_u16le(b, (uint8_t)*p);
	put_zeros_to(b, at + 64);
	buf_u16le(b, (uint16_t)(2 * strlen(name) + 2)), buf_u8(b, type), buf_u8(b, 1);
	put_number(b, UINT32_MAX, 3);
	put_zeros_to(b, at + 116);
	buf_u32le(b, first), buf_u32le(b, size), buf_u32le(b, 0);
}

void
sample_put_ole2(struct buf *b, struct bytes content)
{
	enum { SECTOR = 512, FREE = -1, LAST = -2, IS_FAT = -3, STREAM = 2, ROOT = 5, MINI = 64 };
	size_t at = b->n;

	CHECK(content.n > 0 && content.n <= 2 * MINI);
	buf_put(b, bytes_of("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 8));
	put_zeros_to(b, at + 24);
	buf_u16le(b, 0x3e), buf_u16le(b, 3), buf_u16le(b, 0xfffe), buf_u16le(b, 9), buf_u16le(b, 6);
	put_zeros_to(b, at + 44);
	/* One sector of the table, the directory in the second, small streams from 4096 bytes down, their
	 * table in the third; no further tables. */
	buf_u32le(b, 1), buf_u32le(b, 1), buf_u32le(b, 0), buf_u32le(b, 4096), buf_u32le(b, 2), buf_u32le(b, 1);
	buf_u32le(b, (uint32_t)LAST), buf_u32le(b, 0), buf_u32le(b, 0);
	put_number(b, (uint32_t)FREE, 108);
	buf_u32le(b, (uint32_t)IS_FAT);
	put_number(b, (uint32_t)LAST, 3);
	put_number(b, (uint32_t)FREE, SECTOR / 4 - 4);
	put_ole2_entry(b, "Root Entry", ROOT, 3, 2 * MINI);
	put_ole2_entry(b, "x", STREAM, 0, (uint32_t)content.n);
	put_zeros_to(b, at + 3 * (size_t)SECTOR);
	buf_u32le(b, content.n > MINI ? 1 : (uint32_t)LAST), buf_u32le(b, (uint32_t)LAST);
	put_number(b, (uint32_t)FREE, SECTOR / 4 - 2);
	buf_put(b, content);
	put_zeros_to(b, at + 5 * (size_t)SECTOR);
}

/*
 * Short memory: an outlet that allocates nothing itself, and remembers all by a sum.
 */

struct sum {
	uint64_t all;
	unsigned troubles[TROUBLES];
};

static void
add_to_sum(struct sum *s, struct bytes b)
{
	/* FNV-1a. */
	for (size_t i = 0; i < b.n; i++)
		s->all = (s->all ^ b.p[i]) * UINT64_C(0x100000001b3);
}

static bool
sum_step(void *ctx)
{
	(void)ctx;
	return true;
}

static bool
sum_begin(void *ctx, struct bytes name, enum outlet_what what)
{
	const uint8_t mark[] = { 0xff, (uint8_t)what };

	add_to_sum(ctx, bytes_of(mark, sizeof mark));
	add_to_sum(ctx, name);
	return true;
}

static bool
sum_put(void *ctx, struct bytes part)
{
	add_to_sum(ctx, part);
	return true;
}

static void
sum_end(void *ctx)
{
	add_to_sum(ctx, bytes_of("\xfe", 1));
}

static void
sum_give(void *ctx, struct bytes name, const struct source *part, enum outlet_what what)
{
	sum_begin(ctx, name, what);
	add_to_sum(ctx, part->whole);
	sum_end(ctx);
}

static void
sum_miss(void *ctx, enum trouble trouble, struct bytes name)
{
	struct sum *s = ctx;

	(void)name;
	s->troubles[trouble]++;
}

void
sample_check_memory(const char *what, enum kind kind, struct bytes object)
{
	static const struct outlet_calls calls = { sum_step, sum_begin, sum_put, sum_end, sum_give,
		sum_miss, NULL };
	struct source s = source_of_memory(object);
	struct sum whole = { 0 }, got;
	struct outlet out = { &calls, &whole };
	enum err want = unpack_object(kind, &s, &out), e;
	bool failed = true;

	out.ctx = &got;
	for (unsigned nth = 1; failed; nth++) {
		got = (struct sum){ 0 };
		test_fail_allocation(nth);
		e = unpack_object(kind, &s, &out);
		failed = test_allocation_failed();
		test_fail_allocation(0);
		if (e == ERR_NOMEM || got.troubles[TROUBLE_MEMORY] > 0)
			continue;
		if (e != want || got.all != whole.all ||
		    memcmp(got.troubles, whole.troubles, sizeof got.troubles) != 0)
			fail_msg("%s: allocation %u fails without a word", what, nth);
	}
}
