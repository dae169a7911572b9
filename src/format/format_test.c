/* Goal of this test: what archives hold comes out whole, whatever the format; what is cut short,
 * encrypted or not an archive is told as such, and nothing is lost that could be read. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/io.h"
#include "base/test.h"
#include "format/collect.h"
#include "format/container.h"
#include "format/sample.h"

/* Large enough for libarchive's formats to be themselves, small enough to be cut at every byte. */
#define CONTENT "The quick brown fox jumps over the lazy dog, again and again and again.\n"

/* Pack CONTENT; the test frees out->p. */
static void
pack(sample_set_fn *format, sample_set_fn *filter, const char *options, struct buf *out)
{
	struct sample_packer p;

	sample_begin(&p, format, filter, options, out);
	sample_add(&p, "b.txt", bytes_of_text(CONTENT));
	sample_end(&p, out);
}

/* What came out of an object. */
struct walk {
	struct buf content;	/* of all entries, one after the other */
	char name[CONTAINER_NAME_SIZE];	/* of the last */
	unsigned entries;	/* that have content */
	bool opened, encrypted, finished;
	enum trouble trouble;
};

static void
walk_entry(struct container *c, struct walk *w)
{
	size_t before = w->content.n;
	struct bytes part;
	enum err e;

	while ((e = container_read(c, &part)) == ERR_NONE && part.n > 0)
		buf_put(&w->content, part);
	w->entries += w->content.n > before;
	if (e == ERR_MALFORMED)
		w->trouble = container_trouble(c);
}

/* By a reader that gives to an outlet. */
static void
walk_outlet(const struct source *s, enum kind kind, struct walk *w)
{
	static struct collect c;

	collect_init(&c, 1 << 20);
	w->opened |= unpack_object(kind, s, &c.outlet) == ERR_NONE && kind != KIND_ANY &&
	    kind != KIND_SCRIPT;
	w->finished = true;
	for (size_t i = 0; i < c.count && i < COLLECT_MAX; i++) {
		if (c.entries[i].what != OUTLET_FILE)
			continue;
		buf_put(&w->content, buf_bytes(&c.entries[i].content));
		w->entries += c.entries[i].content.n > 0;
		memcpy(w->name, c.entries[i].name, sizeof c.entries[i].name);
	}
	for (int t = 1; t < TROUBLES; t++)
		if (c.troubles[t] > 0)
			w->trouble = (enum trouble)t;
	w->encrypted |= c.troubles[TROUBLE_ENCRYPTED] > 0;
	collect_fini(&c);
}

static void
walk_kind(const struct source *s, enum kind kind, enum container_depth depth, struct walk *w)
{
	struct container_hook none = { NULL, NULL };
	struct container_entry entry;
	struct container *c = NULL;
	enum err e;

	if (!kind_is_by_libarchive(kind)) {
		walk_outlet(s, kind, w);
		return;
	}
	if (container_open(s, kind, depth, none, &c) != ERR_NONE)
		return;
	w->opened = true;
	while ((e = container_next(c, &entry)) == ERR_NONE) {
		w->encrypted |= entry.encrypted;
		memcpy(w->name, entry.name, sizeof w->name);
		walk_entry(c, w);
	}
	w->finished = e == ERR_NOT_FOUND;
	if (e == ERR_MALFORMED)
		w->trouble = container_trouble(c);
	container_close(c);
}

/* Open a copy with guarded ends as everything that it may be. */
static void
walk(struct bytes b, enum container_depth depth, struct walk *w)
{
	uint8_t *exact = test_copy(b.p, b.n);
	struct source s = source_of_memory(bytes_of(exact, b.n));
	kind_set kinds = 0;

	*w = (struct walk){ .opened = false };
	buf_init(&w->content, 1 << 20);
	CHECK_EQ(kind_find(&s, &kinds), ERR_NONE);
	for (int kind = 0; kind < KINDS; kind++)
		if ((kinds & KIND_BIT(kind)) != 0)
			walk_kind(&s, (enum kind)kind, depth, w);
	free(exact);
}

static const struct {
	const char *what;
	sample_set_fn *format, *filter;
	bool has_name;
	/* Cuts that its reader takes for an end: all in front of any content, but for Z, which
	 * has no mark at its end. */
	size_t silent;
} archives[] = {
	{ "zip", archive_write_set_format_zip, NULL, true, 0 },
	{ "7z", archive_write_set_format_7zip, NULL, true, 0 },
	{ "tar", archive_write_set_format_ustar, NULL, true, 0 },
	{ "gnu tar", archive_write_set_format_gnutar, NULL, true, 0 },
	{ "v7 tar", archive_write_set_format_v7tar, NULL, true, 0 },
	{ "pax", archive_write_set_format_pax, NULL, true, 0 },
	{ "cpio odc", archive_write_set_format_cpio, NULL, true, 0 },
	{ "cpio newc", archive_write_set_format_cpio_newc, NULL, true, 0 },
	{ "ar", archive_write_set_format_ar_svr4, NULL, true, 60 },
	{ "iso", archive_write_set_format_iso9660, NULL, true, 0 },
	{ "xar", archive_write_set_format_xar, NULL, true, 0 },
	{ "gz", archive_write_set_format_raw, archive_write_add_filter_gzip, false, 15 },
	{ "bz2", archive_write_set_format_raw, archive_write_add_filter_bzip2, false, 0 },
	{ "xz", archive_write_set_format_raw, archive_write_add_filter_xz, false, 0 },
	{ "lzma", archive_write_set_format_raw, archive_write_add_filter_lzma, false, 0 },
	{ "lzip", archive_write_set_format_raw, archive_write_add_filter_lzip, false, 2 },
	{ "zstd", archive_write_set_format_raw, archive_write_add_filter_zstd, false, 0 },
	{ "lz4", archive_write_set_format_raw, archive_write_add_filter_lz4, false, 0 },
	{ "Z", archive_write_set_format_raw, archive_write_add_filter_compress, false, 70 },
	{ "uu", archive_write_set_format_raw, archive_write_add_filter_uuencode, false, 0 },
	{ "base64", archive_write_set_format_raw, archive_write_add_filter_b64encode, false, 0 },
};

/* The fuzzers' first corpus: HOLDFAST_CORPUS names the folder to write it to. */
static void
keep_for_fuzzers(const char *what, struct bytes content)
{
	const char *dir = getenv("HOLDFAST_CORPUS");
	char path[512];
	int fd;

	if (dir == NULL)
		return;
	snprintf(path, sizeof path, "%s/%s", dir, what);
	CHECK((fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644)) >= 0);
	CHECK_EQ(io_write_all(fd, content), ERR_NONE);
	close(fd);
}

TEST(every_format_gives_back_what_went_in)
{
	container_prepare();
	for (size_t i = 0; i < sizeof archives / sizeof archives[0]; i++) {
		struct buf packed;
		struct walk w;

		pack(archives[i].format, archives[i].filter, NULL, &packed);
		keep_for_fuzzers(archives[i].what, buf_bytes(&packed));
		walk(buf_bytes(&packed), CONTAINER_ONE_LAYER, &w);
		CHECK(w.opened && w.finished);
		CHECK_EQ(w.trouble, TROUBLE_NONE);
		CHECK_EQ(w.entries, 1);
		CHECK_BYTES(buf_bytes(&w.content), bytes_of_text(CONTENT));
		if (archives[i].has_name)
			CHECK_TEXT(w.name, "b.txt");
		buf_fini(&w.content);
		buf_fini(&packed);
	}
}

/* Cut anywhere, an archive yields the front of its content and says that it is damaged. */
TEST(every_truncation_is_noticed_or_harmless)
{
	for (size_t i = 0; i < sizeof archives / sizeof archives[0]; i++) {
		struct buf packed;
		size_t silent = 0;

		pack(archives[i].format, archives[i].filter, NULL, &packed);
		/* An image is mostly empty sectors: try a part of the cuts. */
		for (size_t n = 0; n < packed.n; n += packed.n > 8192 ? 509 : 1) {
			struct walk w;

			walk(bytes_of(packed.p, n), CONTAINER_ONE_LAYER, &w);
			CHECK(w.content.n <= sizeof CONTENT - 1);
			if (w.opened && w.content.n < sizeof CONTENT - 1 &&
			    w.trouble == TROUBLE_NONE)
				silent++;
			if (w.content.n > 0 && memcmp(w.content.p, CONTENT, w.content.n) != 0)
				fail_msg("%s cut at %zu", archives[i].what, n);
			buf_fini(&w.content);
		}
		CHECK(silent <= archives[i].silent);
		buf_fini(&packed);
	}
}

TEST(a_zip_that_needs_a_password_says_so)
{
	struct buf packed;
	struct walk w;

	pack(archive_write_set_format_zip, NULL, "zip:encryption=aes256", &packed);
	walk(buf_bytes(&packed), CONTAINER_ONE_LAYER, &w);
	CHECK(w.opened && w.encrypted);
	CHECK_EQ(w.content.n, 0);
	CHECK_EQ(w.trouble, TROUBLE_ENCRYPTED);
	buf_fini(&w.content);
	buf_fini(&packed);
}

TEST(a_zip_behind_other_bytes_is_found)
{
	struct buf packed, both;
	struct walk w;

	pack(archive_write_set_format_zip, NULL, NULL, &packed);
	buf_init(&both, 1 << 20);
	for (int i = 0; i < 5000; i++)
		buf_put_string(&both, "MZ not a program ");
	buf_put(&both, buf_bytes(&packed));
	walk(buf_bytes(&both), CONTAINER_ONE_LAYER, &w);
	CHECK_BYTES(buf_bytes(&w.content), bytes_of_text(CONTENT));
	buf_fini(&w.content);
	buf_fini(&both);
	buf_fini(&packed);
}

TEST(a_compressed_tar_is_read_through_its_compression_only_when_asked)
{
	struct buf packed;
	struct walk w;

	pack(archive_write_set_format_ustar, archive_write_add_filter_xz, NULL, &packed);
	walk(buf_bytes(&packed), CONTAINER_ONE_LAYER, &w);
	CHECK_EQ(w.content.n, 2048);
	buf_fini(&w.content);
	walk(buf_bytes(&packed), CONTAINER_THROUGH, &w);
	CHECK_TEXT(w.name, "b.txt");
	CHECK_BYTES(buf_bytes(&w.content), bytes_of_text(CONTENT));
	buf_fini(&w.content);
	buf_fini(&packed);
	/* Compressed, but no archive. */
	pack(archive_write_set_format_raw, archive_write_add_filter_xz, NULL, &packed);
	walk(buf_bytes(&packed), CONTAINER_THROUGH, &w);
	CHECK(!w.opened);
	buf_fini(&w.content);
	buf_fini(&packed);
}

TEST(ordinary_files_are_no_containers)
{
	static const char *const files[] = { "", "x", "#!/bin/sh\nexit 0\n", "PK", "BZhello",
		"begin here, said the fox", "\x1f\x9d", "0707", "%PDF-1.4\n", "\x7f\x45LF\2\1\1",
		"a -lh0- b", "\xc7\x71 no cpio, but its magic" };

	for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
		struct walk w;

		walk(bytes_of_text(files[i]), CONTAINER_ONE_LAYER, &w);
		CHECK(!w.opened);
		CHECK_EQ(w.content.n, 0);
		buf_fini(&w.content);
	}
}

static bool
stop_after(void *ctx)
{
	int *left = ctx;

	return --*left > 0;
}

TEST(the_hook_ends_it_at_any_step)
{
	struct buf packed;

	pack(archive_write_set_format_7zip, NULL, NULL, &packed);
	for (int steps = 1; steps < 8; steps++) {
		struct source s = source_of_memory(buf_bytes(&packed));
		int left = steps;
		struct container_hook hook = { stop_after, &left };
		struct container_entry entry;
		struct container *c = NULL;
		struct bytes part;
		enum err e = container_open(&s, KIND_7ZIP, CONTAINER_ONE_LAYER, hook, &c);

		if (e == ERR_NONE && (e = container_next(c, &entry)) == ERR_NONE)
			e = container_read(c, &part);
		CHECK(e == ERR_NONE || e == ERR_CLOSED);
		CHECK(steps > 3 || e == ERR_CLOSED);
		container_close(c);
	}
	buf_fini(&packed);
}

TEST(short_memory_is_told)
{
	struct container_hook none = { NULL, NULL };
	struct source s = source_of_memory(bytes_of_text("!<arch>\n"));
	struct container *c = NULL;

	test_fail_allocation(1);
	CHECK_EQ(container_open(&s, KIND_AR, CONTAINER_ONE_LAYER, none, &c), ERR_NOMEM);
	test_fail_allocation(0);
	CHECK(c == NULL);
	container_close(NULL);
}
