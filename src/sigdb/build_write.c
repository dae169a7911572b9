/* sigdb/build_write.c: from what was gathered to the file of dbfile.h. One section is in memory at
 * a time; the header, which holds their places and digest, is written last, so that a file that was
 * not finished is none. */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/io.h"
#include "match/scramble.h"
#include "sigdb/dbfile.h"
#include "sigdb/build_gathered.h"

struct writing {
	struct sigdb_build *b;
	int fd;
	struct hash *hash;		/* of all behind the header */
	struct dbfile_header header;	/* its size grows with what was written */
};

static enum err
put(struct writing *w, struct bytes b)
{
	enum err e;

	if ((e = io_write_all(w->fd, b)) != ERR_NONE)
		return e;
	hash_add(w->hash, b);
	w->header.size += b.n;
	return ERR_NONE;
}

static enum err
put_section(struct writing *w, size_t section, struct bytes content)
{
	static const uint8_t zeros[DBFILE_ALIGN];
	size_t pad = (size_t)(-w->header.size % DBFILE_ALIGN);
	enum err e;

	if ((e = put(w, bytes_of(zeros, pad))) != ERR_NONE)
		return e;
	w->header.sections[section].offset = w->header.size;
	w->header.sections[section].length = content.n;
	return put(w, content);
}

static enum err
write_patterns(struct writing *w, size_t target)
{
	struct buf section;
	enum err e;

	buf_init(&section, SIGDB_SECTION_MAX);
	if ((e = patset_build_write(w->b->targets[target].patterns, &section)) == ERR_NONE)
		e = put_section(w, SECTION_PATTERNS + target, buf_bytes(&section));
	buf_fini(&section);
	return e;
}

static enum err
write_u32s(struct writing *w, size_t kind, const uint32_t *numbers, size_t n)
{
	struct buf section;
	enum err e;

	buf_init(&section, SIGDB_SECTION_MAX);
	for (size_t i = 0; i < n; i++)
		buf_u32le(&section, numbers[i]);
	if ((e = section.err) == ERR_NONE)
		e = put_section(w, kind, buf_bytes(&section));
	buf_fini(&section);
	return e;
}

static enum err
write_digests(struct writing *w, size_t table)
{
	static const enum hash_kind kinds[DIGEST_KINDS] = { HASH_MD5, HASH_SHA1, HASH_SHA256 };
	struct gathered_digests *set = &w->b->digests[table];
	struct buf section;
	enum err e;

	buf_init(&section, SIGDB_SECTION_MAX);
	e = digestset_write(set->records, set->count, hash_size(kinds[table % DIGEST_KINDS]), &section);
	if (e == ERR_NONE)
		e = put_section(w, SECTION_DIGESTS + table, buf_bytes(&section));
	buf_fini(&section);
	return e;
}

/* Rows of two numbers each. */
static enum err
write_rows(struct writing *w, size_t kind, const void *rows, size_t n)
{
	_Static_assert(sizeof(struct anchor_row) == 8 && sizeof(struct always_row) == 8,
	    "rows are two numbers without room between");
	return write_u32s(w, kind, rows, 2 * n);
}

static enum err
write_code(struct writing *w)
{
	struct buf *code = &w->b->code;
	enum err e;

	if ((e = write_rows(w, SECTION_ANCHORS, w->b->anchors, w->b->anchor_count)) != ERR_NONE ||
	    (e = write_u32s(w, SECTION_CODE_ENDS, w->b->code_ends, w->b->code_count)) != ERR_NONE)
		return e;
	scramble_bytes(SCRAMBLE_CODE, 0, code->p, code->n);
	e = put_section(w, SECTION_CODE, buf_bytes(code));
	scramble_bytes(SCRAMBLE_CODE, 0, code->p, code->n);
	if (e != ERR_NONE)
		return e;
	return write_rows(w, SECTION_ALWAYS, w->b->always, w->b->always_count);
}

static enum err
write_members(struct writing *w)
{
	struct buf *members = &w->b->members;
	enum err e;

	scramble_bytes(SCRAMBLE_MEMBERS, 0, members->p, members->n);
	e = put_section(w, SECTION_MEMBERS, buf_bytes(members));
	scramble_bytes(SCRAMBLE_MEMBERS, 0, members->p, members->n);
	return e;
}

static enum err
write_names(struct writing *w)
{
	struct buf *names = &w->b->names;
	enum err e;

	e = write_u32s(w, SECTION_NAME_ENDS, w->b->name_ends, w->b->name_count);
	if (e != ERR_NONE)
		return e;
	scramble_bytes(SCRAMBLE_NAMES, 0, names->p, names->n);
	e = put_section(w, SECTION_NAMES, buf_bytes(names));
	scramble_bytes(SCRAMBLE_NAMES, 0, names->p, names->n);
	return e;
}

static enum err
write_header(struct writing *w)
{
	uint8_t header[DBFILE_HEADER], digest[HASH_MAX];
	enum err e;

	hash_finish(w->hash, digest);
	memcpy(w->header.info.digest, digest, SIGDB_DIGEST_SIZE);
	memcpy(w->header.info.signatures, w->b->counts.taken, sizeof w->header.info.signatures);
	if ((e = dbfile_write_header(&w->header, header)) != ERR_NONE)
		return e;
	if (lseek(w->fd, 0, SEEK_SET) != 0)
		return err_from_errno(errno);
	return io_write_all(w->fd, bytes_of(header, sizeof header));
}

static enum err
write_all(struct writing *w)
{
	static const uint8_t zeros[DBFILE_HEADER];
	enum err e;

	if ((e = io_write_all(w->fd, bytes_of(zeros, sizeof zeros))) != ERR_NONE)
		return e;
	w->header.size = DBFILE_HEADER;
	for (size_t i = 0; i < TARGETS; i++)
		if ((e = write_patterns(w, i)) != ERR_NONE)
			return e;
	for (size_t i = 0; i < TARGETS; i++) {
		const struct gathered_target *t = &w->b->targets[i];

		if ((e = write_u32s(w, SECTION_BODIES + i, t->bodies, t->body_count)) != ERR_NONE)
			return e;
	}
	if ((e = write_code(w)) != ERR_NONE || (e = write_members(w)) != ERR_NONE)
		return e;
	for (size_t table = 0; table < DIGEST_TABLES; table++)
		if ((e = write_digests(w, table)) != ERR_NONE)
			return e;
	if ((e = write_names(w)) != ERR_NONE)
		return e;
	return write_header(w);
}

enum err
sigdb_build_write(struct sigdb_build *b, const struct sigdb_stamp *stamp, int fd,
    struct fault *why)
{
	struct writing w = { .b = b, .fd = fd };
	enum err e;

	w.header.info.generation = stamp->generation;
	w.header.info.built = stamp->built;
	if ((e = hash_new(HASH_SHA256, &w.hash)) == ERR_NONE)
		e = write_all(&w);
	hash_free(w.hash);
	if (e != ERR_NONE)
		return fault_set(why, e, "cannot write the database: %s", err_name(e));
	return ERR_NONE;
}
