/* format/container.c: see container.h. Reads through libarchive, which is only ever loaded
 * inside the worker's sandbox and the publisher's programs. Never enables a filter that
 * libarchive would run as a program. */
#include "format/container.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"
#include "format/likely.h"

/* Small, so that the hook is asked often even while a bomb unpacks; a read costs 2 microseconds. */
#define BLOCK 32768
/* How often an archive is opened anew behind an entry that cannot be read. */
#define RESUMES_MAX 32
/* libarchive asks to be called again a few times at most; more is a loop. */
#define RETRIES_MAX 16

struct container {
	struct archive *reader;
	const struct source *object;
	enum kind kind;
	enum container_depth depth;
	uint64_t at;		/* where libarchive reads next */
	struct container_hook hook;
	bool stopped;		/* the hook said so */
	bool unreadable;	/* the object could not be read */
	bool broken;		/* no more entries can be had */
	bool dead;		/* the present reader must not be asked anything more */
	uint64_t headers;	/* read so far */
	uint64_t position;	/* members that are no folders, so far */
	unsigned resumes;	/* see resume() */
	bool skip_header;	/* container_open read the first header already ... */
	int first;		/* ... with this result */
	struct archive_entry *entry;	/* libarchive's, valid until the next header */
	struct bytes pending;	/* of the entry's content, libarchive's: to be given out when ... */
	uint64_t pending_at;	/* ... as far as this ... */
	uint64_t entry_at;	/* ... was: what lies between is a hole */
	enum trouble trouble;
	uint8_t block[BLOCK];	/* what was read last, when the object is a file */
};

void
container_prepare(void)
{
	setlocale(LC_CTYPE, "C.UTF-8");
}

/* True when reading may go on. */
static bool
take_step(struct container *c)
{
	if (!c->stopped && c->hook.step != NULL && !c->hook.step(c->hook.ctx))
		c->stopped = true;
	return !c->stopped;
}

static la_ssize_t
read_block(struct archive *a, void *ctx, const void **out)
{
	struct container *c = ctx;
	size_t got = 0;

	if (!take_step(c)) {
		archive_set_error(a, ECANCELED, "stopped");
		return -1;
	}
	if (c->object->whole.p != NULL) {
		struct bytes b = bytes_first(bytes_from(c->object->whole, (size_t)c->at), BLOCK);

		*out = b.p;
		got = b.n;
	} else if (source_read(c->object, c->at, c->block, BLOCK, &got) != ERR_NONE) {
		c->unreadable = true;
		archive_set_error(a, EIO, "the object cannot be read");
		return -1;
	} else {
		*out = c->block;
	}
	c->at += got;
	return (la_ssize_t)got;
}

static la_int64_t
skip_block(struct archive *a, void *ctx, la_int64_t request)
{
	struct container *c = ctx;
	uint64_t left = c->object->size - c->at, n = request < 0 ? 0 : (uint64_t)request;

	(void)a;
	if (!take_step(c))
		return 0;
	n = n < left ? n : left;
	c->at += n;
	return (la_int64_t)n;
}

static la_int64_t
seek_block(struct archive *a, void *ctx, la_int64_t offset, int whence)
{
	struct container *c = ctx;
	la_int64_t base = 0;

	(void)a;
	if (whence == SEEK_CUR)
		base = (la_int64_t)c->at;
	else if (whence == SEEK_END)
		base = (la_int64_t)c->object->size;
	if (!take_step(c) || __builtin_add_overflow(base, offset, &offset) || offset < 0 ||
	    (uint64_t)offset > c->object->size)
		return ARCHIVE_FATAL;
	c->at = (uint64_t)offset;
	return offset;
}

typedef int support_fn(struct archive *);

static support_fn *const formats[KINDS] = {
	[KIND_ZIP] = archive_read_support_format_zip,
	[KIND_7ZIP] = archive_read_support_format_7zip,
	[KIND_RAR] = archive_read_support_format_rar,
	[KIND_RAR5] = archive_read_support_format_rar5,
	[KIND_TAR] = archive_read_support_format_tar,
	[KIND_CPIO] = archive_read_support_format_cpio,
	[KIND_AR] = archive_read_support_format_ar,
	[KIND_ISO] = archive_read_support_format_iso9660,
	[KIND_LHA] = archive_read_support_format_lha,
	[KIND_XAR] = archive_read_support_format_xar,
	[KIND_WARC] = archive_read_support_format_warc,
};

static const struct {
	support_fn *support;
	int code;
} filters[KINDS] = {
	[KIND_GZIP] = { archive_read_support_filter_gzip, ARCHIVE_FILTER_GZIP },
	[KIND_BZIP2] = { archive_read_support_filter_bzip2, ARCHIVE_FILTER_BZIP2 },
	[KIND_XZ] = { archive_read_support_filter_xz, ARCHIVE_FILTER_XZ },
	[KIND_LZMA] = { archive_read_support_filter_lzma, ARCHIVE_FILTER_LZMA },
	[KIND_LZIP] = { archive_read_support_filter_lzip, ARCHIVE_FILTER_LZIP },
	[KIND_ZSTD] = { archive_read_support_filter_zstd, ARCHIVE_FILTER_ZSTD },
	[KIND_LZ4] = { archive_read_support_filter_lz4, ARCHIVE_FILTER_LZ4 },
	[KIND_COMPRESS] = { archive_read_support_filter_compress, ARCHIVE_FILTER_COMPRESS },
	[KIND_RPM] = { archive_read_support_filter_rpm, ARCHIVE_FILTER_RPM },
};

/* What can stand behind a compression and be read without going back. */
static void
support_through(struct archive *a)
{
	for (int kind = KIND_GZIP; kind_is_compression((enum kind)kind); kind++)
		filters[kind].support(a);
	archive_read_support_format_tar(a);
	archive_read_support_format_cpio(a);
	archive_read_support_format_ar(a);
}

static void
support_one_layer(struct archive *a, enum kind kind)
{
	if (!kind_is_compression(kind)) {
		formats[kind](a);
		return;
	}
	/* Named outright, a filter is applied once, whatever comes out of it; asked to judge for
	 * itself it sees more than our few bytes, but may be applied again to what it yields. */
	if (kind_is_weak(kind))
		filters[kind].support(a);
	else
		archive_read_append_filter(a, filters[kind].code);
	archive_read_support_format_raw(a);
	archive_read_support_format_empty(a);
}

/* Tell damage from what we cannot do. libarchive has no number for it, only words. */
static enum trouble
find_trouble(struct container *c)
{
	const char *words = archive_error_string(c->reader);

	if (c->unreadable)
		return TROUBLE_UNREADABLE;
	if (archive_errno(c->reader) == ENOMEM)
		return TROUBLE_MEMORY;
	if (words == NULL)
		return TROUBLE_DAMAGED;
	if (strcasestr(words, "encrypt") != NULL || strcasestr(words, "passphrase") != NULL)
		return TROUBLE_ENCRYPTED;
	if (strcasestr(words, "support") != NULL)
		return TROUBLE_UNSUPPORTED;
	if (strcasestr(words, "memory") != NULL)
		return TROUBLE_MEMORY;
	return TROUBLE_DAMAGED;
}

/* A fresh reader at the start of the object. ERR_NOT_FOUND: it is none for libarchive, but see
 * refusal. ERR_NOMEM. */
static enum err
open_reader(struct container *c)
{
	struct archive *a = archive_read_new();

	if (a == NULL)
		return ERR_NOMEM;
	c->reader = a;
	c->at = 0;
	if (c->depth == CONTAINER_THROUGH)
		support_through(a);
	else
		support_one_layer(a, c->kind);
	archive_read_set_read_callback(a, read_block);
	archive_read_set_skip_callback(a, skip_block);
	archive_read_set_seek_callback(a, seek_block);
	archive_read_set_callback_data(a, c);
	if (archive_read_open1(a) != ARCHIVE_OK)
		return ERR_NOT_FOUND;
	/* What cannot be decompressed at all looks like an empty file to libarchive, but for the
	 * words that the failure left; the next call would clear them. */
	if (archive_error_string(a) != NULL) {
		c->broken = true;
		c->trouble = find_trouble(c);
	}
	return ERR_NONE;
}

/* Decide whether it is what the few bytes promised. */
static bool
is_convincing(struct container *c)
{
	if (c->depth == CONTAINER_ONE_LAYER && !kind_is_weak(c->kind))
		return true;
	if (c->depth == CONTAINER_ONE_LAYER && kind_is_compression(c->kind))
		return archive_filter_count(c->reader) > 1;
	c->first = archive_read_next_header(c->reader, &c->entry);
	c->skip_header = true;
	/* Nothing inside: of what has a magic only, that is no archive. */
	return c->first == ARCHIVE_EOF ? likely_is(c->object, c->kind, 0) : c->first != ARCHIVE_FATAL;
}

/* Why it could not be opened: "none of mine" must not stand for "could not look". */
static enum err
refusal(struct container *c)
{
	if (c->stopped)
		return ERR_CLOSED;
	switch (find_trouble(c)) {
	case TROUBLE_UNREADABLE:
		return ERR_IO;
	case TROUBLE_MEMORY:
		return ERR_NOMEM;
	default:
		return ERR_NOT_FOUND;
	}
}

enum err
container_open(const struct source *object, enum kind kind, enum container_depth depth,
    struct container_hook hook, struct container **out)
{
	struct container *c = malloc(sizeof *c);
	enum err e;

	if (c == NULL)
		return ERR_NOMEM;
	/* The block need not be cleared. */
	memset(c, 0, offsetof(struct container, block));
	c->object = object;
	c->kind = kind;
	c->depth = depth;
	c->hook = hook;
	if ((e = open_reader(c)) == ERR_NOMEM)
		goto done;
	if (e != ERR_NONE || !is_convincing(c)) {
		e = refusal(c);
		goto done;
	}
	*out = c;
	c = NULL;
done:
	container_close(c);
	return e;
}

/* ARCHIVE_OK, _WARN, _EOF, _FAILED or _FATAL. */
static int
next_header(struct container *c)
{
	int r = ARCHIVE_RETRY;

	if (c->skip_header) {
		c->skip_header = false;
		r = c->first;
	}
	for (int i = 0; i < RETRIES_MAX && r == ARCHIVE_RETRY; i++)
		r = archive_read_next_header(c->reader, &c->entry);
	c->headers++;
	return r == ARCHIVE_RETRY ? ARCHIVE_FATAL : r;
}

/* After a fatal error in an entry libarchive is not to be used any more, but behind one that was
 * spoilt on purpose others may be whole: open anew, and pass over those that were seen. */
static bool
resume(struct container *c)
{
	uint64_t seen = c->headers;

	if (c->resumes++ == RESUMES_MAX)
		return false;
	archive_read_free(c->reader);
	c->reader = NULL;
	if (open_reader(c) != ERR_NONE || c->broken)
		return false;
	c->headers = 0;
	while (c->headers < seen) {
		int r = take_step(c) ? next_header(c) : ARCHIVE_FATAL;

		if (r != ARCHIVE_OK && r != ARCHIVE_WARN)
			return false;
	}
	c->dead = false;
	return true;
}

static void
describe_entry(struct container *c, struct container_entry *out)
{
	const char *name = archive_entry_pathname(c->entry);

	if (name == NULL)
		name = archive_entry_pathname_utf8(c->entry);
	text_make_plain(out->name, sizeof out->name, bytes_of_text(name == NULL ? "?" : name));
	out->encrypted = archive_entry_is_data_encrypted(c->entry) != 0;
	out->size = archive_entry_size_is_set(c->entry) ? (uint64_t)archive_entry_size(c->entry) :
							  OUTLET_UNKNOWN;
	/* Where nothing is packed; for others libarchive does not tell. */
	out->packed = c->kind == KIND_TAR || c->kind == KIND_CPIO ? out->size : OUTLET_UNKNOWN;
	out->position = c->position;
}

static enum err
fail(struct container *c)
{
	if (c->stopped)
		return ERR_CLOSED;
	c->trouble = find_trouble(c);
	return ERR_MALFORMED;
}

enum err
container_next(struct container *c, struct container_entry *out)
{
	if (c->dead && !c->broken && !resume(c))
		c->broken = true;
	if (c->broken)
		return c->stopped ? ERR_CLOSED : ERR_MALFORMED;
	c->trouble = TROUBLE_NONE;
	c->pending = bytes_of(NULL, 0);
	c->entry_at = 0;
	for (;;) {
		int r;

		if (!take_step(c))
			return ERR_CLOSED;
		r = next_header(c);
		if (r == ARCHIVE_EOF)
			return ERR_NOT_FOUND;
		if (r != ARCHIVE_OK && r != ARCHIVE_WARN)
			break;
		c->position += archive_entry_filetype(c->entry) != AE_IFDIR;
		/* Folders, links and empty files; but what only claims to be a folder is read. */
		if (archive_entry_size_is_set(c->entry) && archive_entry_size(c->entry) == 0)
			continue;
		describe_entry(c, out);
		return ERR_NONE;
	}
	c->broken = true;
	/* 7z and rar can hide even the names; the words of the error do not always tell. */
	if (!c->stopped && archive_read_has_encrypted_entries(c->reader) > 0) {
		c->trouble = TROUBLE_ENCRYPTED;
		return ERR_MALFORMED;
	}
	return fail(c);
}

/* Get libarchive's next block into c->pending. False at the entry's end or on a failure (*e).
 * Not archive_read_data: that throws away what it has read when an error follows in the same
 * call. */
static bool
next_block(struct container *c, enum err *e)
{
	for (int i = 0; i < RETRIES_MAX; i++) {
		const void *p = NULL;
		la_int64_t at = 0;
		size_t n = 0;
		int r = archive_read_data_block(c->reader, &p, &n, &at);

		if (r == ARCHIVE_EOF) {
			*e = ERR_NONE;
			return false;
		}
		c->dead = r == ARCHIVE_FATAL;
		if (c->dead || r == ARCHIVE_FAILED)
			break;
		/* A wrong checksum is a warning that comes with the last block. */
		if (n > 0 && p != NULL) {
			c->pending = bytes_of(p, n);
			c->pending_at = at < 0 ? 0 : (uint64_t)at;
			return true;
		}
	}
	*e = fail(c);
	return false;
}

enum err
container_read(struct container *c, struct bytes *out)
{
	static const uint8_t hole[BLOCK];
	enum err e;

	*out = bytes_of(NULL, 0);
	if (!take_step(c))
		return ERR_CLOSED;
	if (c->dead)
		return ERR_MALFORMED;
	if (c->pending.n == 0 && !next_block(c, &e))
		return e;
	if (c->pending_at > c->entry_at) {
		uint64_t n = c->pending_at - c->entry_at;

		*out = bytes_of(hole, n < BLOCK ? (size_t)n : BLOCK);
		c->entry_at += out->n;
		return ERR_NONE;
	}
	*out = c->pending;
	c->entry_at = c->pending_at + c->pending.n;
	c->pending = bytes_of(NULL, 0);
	return ERR_NONE;
}

enum trouble
container_trouble(const struct container *c)
{
	return c->trouble;
}

uint64_t
container_end(const struct container *c)
{
	la_int64_t at = c->reader == NULL ? -1 : archive_filter_bytes(c->reader, -1);

	return at < 0 ? c->object->size : (uint64_t)at;
}

void
container_close(struct container *c)
{
	if (c == NULL)
		return;
	archive_read_free(c->reader);
	free(c);
}
