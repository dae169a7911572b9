/* format/sample.c: see sample.h. */
#include "format/sample.h"

#include <zlib.h>

#include "base/test.h"

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
