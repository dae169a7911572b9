/* format/mspack.c: cabinets (MSZIP, Quantum, LZX; several volumes are reported as damaged), CHM help
 * files, SZDD and KWAJ, by libmspack. The library believes that it opens files by name: every name
 * is the one object for reading, or the outlet for writing. */
#include <limits.h>
#include <mspack.h>
#include <stdio.h>
#include <stdlib.h>

#include "format/limits.h"
#include "format/readers.h"

/* libmspack's handle of the object, or of what is written. */
struct handle {
	struct shelf *shelf;
	uint64_t at;
	bool writes;
};

/* The library's system, with what stands behind it. */
struct shelf {
	struct mspack_system system;	/* first: the library hands back a pointer to it */
	const struct source *object;
	const struct outlet *out;
	bool refused;		/* the outlet wants no more of this one */
	bool unreadable;
	bool short_memory;	/* for a handle: the library would say that it cannot open a file */
};

static struct mspack_file *
open_handle(struct mspack_system *self, const char *name, int mode)
{
	struct shelf *shelf = (struct shelf *)(void *)self;
	struct handle *h;

	(void)name;
	if (mode != MSPACK_SYS_OPEN_READ && mode != MSPACK_SYS_OPEN_WRITE)
		return NULL;
	if ((h = calloc(1, sizeof *h)) == NULL) {
		shelf->short_memory = true;
		return NULL;
	}
	h->shelf = shelf;
	h->writes = mode == MSPACK_SYS_OPEN_WRITE;
	return (struct mspack_file *)(void *)h;
}

static void
close_handle(struct mspack_file *file)
{
	free(file);
}

static int
read_handle(struct mspack_file *file, void *to, int n)
{
	struct handle *h = (struct handle *)(void *)file;
	size_t got;

	if (n < 0 || h->writes || !outlet_step(h->shelf->out))
		return -1;
	if (source_read(h->shelf->object, h->at, to, (size_t)n, &got) != ERR_NONE) {
		h->shelf->unreadable = true;
		return -1;
	}
	h->at += got;
	return (int)got;
}

static int
write_handle(struct mspack_file *file, void *from, int n)
{
	struct handle *h = (struct handle *)(void *)file;

	if (n < 0 || !h->writes)
		return -1;
	if (!outlet_put(h->shelf->out, bytes_of(from, (size_t)n))) {
		h->shelf->refused = true;
		return -1;
	}
	h->at += (uint64_t)n;
	return n;
}

static int
seek_handle(struct mspack_file *file, off_t offset, int mode)
{
	struct handle *h = (struct handle *)(void *)file;
	int64_t base = 0;

	if (mode == MSPACK_SYS_SEEK_CUR)
		base = (int64_t)h->at;
	else if (mode == MSPACK_SYS_SEEK_END)
		base = (int64_t)h->shelf->object->size;
	if (__builtin_add_overflow(base, (int64_t)offset, &base) || base < 0)
		return -1;
	h->at = (uint64_t)base;
	return 0;
}

static off_t
tell_handle(struct mspack_file *file)
{
	return (off_t)((struct handle *)(void *)file)->at;
}

static void
ignore_words(struct mspack_file *file, const char *format, ...)
{
	(void)file, (void)format;
}

static void *
allocate(struct mspack_system *self, size_t n)
{
	(void)self;
	/* Cleared: for a KWAJ header that is cut short it frees names that it never set. */
	return calloc(1, n);
}

static void
copy(void *from, void *to, size_t n)
{
	memcpy(to, from, n);
}

static struct shelf
make_shelf(const struct source *object, const struct outlet *out)
{
	return (struct shelf){
		.system = { open_handle, close_handle, read_handle, write_handle, seek_handle,
		    tell_handle, ignore_words, allocate, free, copy, NULL },
		.object = object,
		.out = out,
	};
}

/* Tell what came of one extraction. */
static void
conclude(struct shelf *shelf, int result, struct bytes name)
{
	/* An outlet that wants no more had reading fail. */
	if (shelf->refused || result == MSPACK_ERR_OK || !outlet_step(shelf->out))
		shelf->refused = false;
	else if (result == MSPACK_ERR_NOMEMORY || shelf->short_memory)
		outlet_miss(shelf->out, TROUBLE_MEMORY, name);
	else
		outlet_miss(shelf->out, shelf->unreadable ? TROUBLE_UNREADABLE : TROUBLE_DAMAGED, name);
}

/* What it means that the library could not open it. */
static enum err
conclude_open(const struct shelf *shelf, int result)
{
	if (shelf->unreadable)
		return ERR_IO;
	if (result == MSPACK_ERR_NOMEMORY || shelf->short_memory)
		return ERR_NOMEM;
	/* Their magics are long enough: something is wrong with it. */
	if (result != MSPACK_ERR_SIGNATURE && outlet_step(shelf->out))
		outlet_miss(shelf->out, TROUBLE_DAMAGED, bytes_of(NULL, 0));
	return ERR_NOT_FOUND;
}

static void
extract_files(struct mscab_decompressor *d, struct mscabd_cabinet *cab, struct shelf *shelf)
{
	unsigned left = FORMAT_ENTRIES_MAX;

	for (struct mscabd_file *f = cab->files; f != NULL; f = f->next) {
		struct bytes name = bytes_of_text(f->filename);
		int result;

		if (!outlet_step(shelf->out))
			return;
		if (left-- == 0) {
			outlet_miss(shelf->out, TROUBLE_LIMIT, bytes_of(NULL, 0));
			return;
		}
		outlet_tell(shelf->out, &(struct outlet_member){ .name = name,
		    .packed = OUTLET_UNKNOWN, .size = f->length,
		    .position = FORMAT_ENTRIES_MAX - left });
		if (f->length == 0 || !outlet_begin(shelf->out, name))
			continue;
		result = d->extract(d, f, "");
		outlet_end(shelf->out);
		conclude(shelf, result, name);
	}
}

enum err
mspack_unpack_cab(const struct source *object, const struct outlet *out)
{
	struct shelf shelf = make_shelf(object, out);
	struct mscab_decompressor *d = mspack_create_cab_decompressor(&shelf.system);
	struct mscabd_cabinet *cab;
	enum err e = ERR_NONE;

	if (d == NULL)
		return ERR_NOMEM;
	/* What a damaged block leaves is as good as nothing to a scanner that must see it: go on. */
	d->set_param(d, MSCABD_PARAM_SALVAGE, 1);
	if ((cab = d->open(d, "")) == NULL) {
		e = conclude_open(&shelf, d->last_error(d));
	} else {
		extract_files(d, cab, &shelf);
		outlet_give_gap(out, object, cab->length, object->size);
		d->close(d, cab);
	}
	mspack_destroy_cab_decompressor(d);
	return e;
}

static void
extract_pages(struct mschm_decompressor *d, struct mschmd_header *chm, struct shelf *shelf)
{
	unsigned left = FORMAT_ENTRIES_MAX;

	for (struct mschmd_file *f = chm->files; f != NULL; f = f->next) {
		struct bytes name = bytes_of_text(f->filename);
		int result;

		if (!outlet_step(shelf->out))
			return;
		if (left-- == 0) {
			outlet_miss(shelf->out, TROUBLE_LIMIT, bytes_of(NULL, 0));
			return;
		}
		if (f->length == 0 || !outlet_begin(shelf->out, name))
			continue;
		result = d->extract(d, f, "");
		outlet_end(shelf->out);
		conclude(shelf, result, name);
	}
}

enum err
mspack_unpack_chm(const struct source *object, const struct outlet *out)
{
	struct shelf shelf = make_shelf(object, out);
	struct mschm_decompressor *d = mspack_create_chm_decompressor(&shelf.system);
	struct mschmd_header *chm;
	enum err e = ERR_NONE;

	if (d == NULL)
		return ERR_NOMEM;
	if ((chm = d->open(d, "")) == NULL) {
		e = conclude_open(&shelf, d->last_error(d));
	} else {
		extract_pages(d, chm, &shelf);
		d->close(d, chm);
	}
	mspack_destroy_chm_decompressor(d);
	return e;
}

enum err
mspack_unpack_szdd(const struct source *object, const struct outlet *out)
{
	struct shelf shelf = make_shelf(object, out);
	struct msszdd_decompressor *d = mspack_create_szdd_decompressor(&shelf.system);
	struct msszddd_header *h;
	enum err e = ERR_NONE;

	if (d == NULL)
		return ERR_NOMEM;
	if ((h = d->open(d, "")) == NULL) {
		e = conclude_open(&shelf, d->last_error(d));
	} else {
		if (outlet_begin(out, bytes_of(NULL, 0))) {
			int result = d->extract(d, h, "");

			outlet_end(out);
			conclude(&shelf, result, bytes_of(NULL, 0));
		}
		d->close(d, h);
	}
	mspack_destroy_szdd_decompressor(d);
	return e;
}

enum err
mspack_unpack_kwaj(const struct source *object, const struct outlet *out)
{
	struct shelf shelf = make_shelf(object, out);
	struct mskwaj_decompressor *d = mspack_create_kwaj_decompressor(&shelf.system);
	struct mskwajd_header *h;
	enum err e = ERR_NONE;

	if (d == NULL)
		return ERR_NOMEM;
	if ((h = d->open(d, "")) == NULL) {
		e = conclude_open(&shelf, d->last_error(d));
	} else {
		struct bytes name = bytes_of_text(h->filename == NULL ? "" : h->filename);

		if (outlet_begin(out, name)) {
			int result = d->extract(d, h, "");

			outlet_end(out);
			conclude(&shelf, result, name);
		}
		d->close(d, h);
	}
	mspack_destroy_kwaj_decompressor(d);
	return e;
}
