/* format/sample.h: archives that are put together at run time, for the tests of this folder and of
 * scan/. Whatever cannot be made fails the test. */
#ifndef HOLDFAST_FORMAT_SAMPLE_H
#define HOLDFAST_FORMAT_SAMPLE_H

#include <archive.h>
#include <archive_entry.h>

#include "base/buf.h"
#include "format/kind.h"

/* The largest archive that is made here. */
enum { SAMPLE_ROOM = 24 << 20 };

typedef int sample_set_fn(struct archive *);

/* An archive that libarchive writes into memory. */
struct sample_packer {
	struct archive *a;
	size_t used;
};

/* ${format} and ${filter} (may be NULL) are libarchive's; ${options} (may be NULL) too, which come
 * with a password. The test frees ${out}. */
void sample_begin(struct sample_packer *p, sample_set_fn *format, sample_set_fn *filter,
    const char *options, struct buf *out);
void sample_add(struct sample_packer *p, const char *name, struct bytes content);
void sample_add_link(struct sample_packer *p, const char *name, const char *to, bool is_hard);
void sample_end(struct sample_packer *p, struct buf *out);

/* All of these, with one file. */
void sample_pack(sample_set_fn *format, sample_set_fn *filter, const char *name,
    struct bytes content, struct buf *out);

/* Zip, byte by byte, so that it may lie. */
struct sample_entry {
	const char *name;
	struct bytes data;	/* as it is stored */
	uint32_t size;
	uint16_t method, flags;
};

/* Append a local header with its data, and return where it begins. */
uint32_t sample_put_local(struct buf *b, const struct sample_entry *e);
/* Its place in a directory, and the record that ends the directory which began at ${from}. */
void sample_put_central(struct buf *b, const struct sample_entry *e, uint32_t at);
void sample_put_end(struct buf *b, uint16_t count, uint32_t from);

/* Bare Deflate of ${plain}, which packs to no more than SAMPLE_DEFLATED_MAX; kept until the fourth
 * call from now. */
enum { SAMPLE_DEFLATED_MAX = 4096 };
struct bytes sample_deflate(struct bytes plain);

/* An OLE2 file with one stream "x", small enough for mini sectors. */
void sample_put_ole2(struct buf *b, struct bytes content);

/* Let each allocation that reading ${object} makes fail in turn, and all behind it: it is told, or the same
 * comes out. */
void sample_check_memory(const char *what, enum kind kind, struct bytes object);

/* A program of two sections: the least that counts as one. Its end is that of its headers. */
void sample_put_program(struct buf *b);

#endif
