/* delta/delta_apply.c: the reading half of delta.h. What comes in may have been made by anybody. */
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#include "base/io.h"
#include "base/reader.h"
#include "delta/delta_form.h"

struct applying {
	int old, delta, out;
	uint64_t old_size, left;	/* of the new file */
	uint8_t *stretch, *packed, *shard;
	size_t packed_room;
	ZSTD_DCtx *zstd;
	struct fault *why;
};

/* Exactly ${n} bytes of the delta. */
static enum err
take(struct applying *a, uint8_t *to, size_t n)
{
	size_t got;
	enum err e = io_read_full(a->delta, to, n, &got);

	if (e != ERR_NONE)
		return fault_set(a->why, e, "cannot read the delta: %s", err_name(e));
	return got == n ? ERR_NONE : fault_set(a->why, ERR_TRUNCATED, "the delta ends too early");
}

static enum err
take_header(struct applying *a, uint64_t most)
{
	uint8_t room[DELTA_HEADER];
	struct reader r = reader_over(bytes_of(room, sizeof room));
	struct stat st;
	enum err e;

	if ((e = take(a, room, sizeof room)) != ERR_NONE)
		return e;
	if (!bytes_equal(reader_take(&r, DELTA_MAGIC_SIZE), bytes_of(DELTA_MAGIC, DELTA_MAGIC_SIZE)))
		return fault_set(a->why, ERR_MALFORMED, "this is no delta");
	a->old_size = reader_u64le(&r);
	a->left = reader_u64le(&r);
	if (fstat(a->old, &st) != 0)
		return fault_errno(a->why, "cannot read the old file");
	if ((uint64_t)st.st_size != a->old_size)
		return fault_set(a->why, ERR_CONFLICT, "the delta is for another file than the one that is here");
	if (a->left > most)
		return fault_set(a->why, ERR_LIMIT, "the delta makes a longer file than was announced");
	return ERR_NONE;
}

static enum err
take_shard_header(struct applying *a, struct delta_shard *s)
{
	uint8_t room[DELTA_SHARD_HEADER];
	struct reader r = reader_over(bytes_of(room, sizeof room));
	enum err e;

	if ((e = take(a, room, sizeof room)) != ERR_NONE)
		return e;
	s->length = reader_u32le(&r);
	s->packed = reader_u32le(&r);
	s->from = reader_u64le(&r);
	s->stretch = reader_u32le(&r);
	if (s->length == 0 || s->length > DELTA_SHARD || s->length > a->left || s->packed > a->packed_room ||
	    s->stretch > DELTA_STRETCH || s->from > a->old_size || s->stretch > a->old_size - s->from ||
	    (s->packed == 0 && s->stretch != s->length))
		return fault_set(a->why, ERR_MALFORMED, "the delta is damaged: a shard of it fits nowhere");
	return ERR_NONE;
}

/* The stretch of the old file. That it ends too early means that somebody cuts it short meanwhile. */
static enum err
read_stretch(struct applying *a, const struct delta_shard *s)
{
	size_t done = 0;
	ssize_t n;

	while (done < s->stretch) {
		n = pread(a->old, a->stretch + done, s->stretch - done, (off_t)(s->from + done));
		if (n == 0)
			return fault_set(a->why, ERR_CONFLICT, "the old file was cut short");
		if (n < 0 && errno != EINTR)
			return fault_errno(a->why, "cannot read the old file");
		done += n > 0 ? (size_t)n : 0;
	}
	return ERR_NONE;
}

static enum err
unpack(struct applying *a, const struct delta_shard *s)
{
	size_t n;

	if (ZSTD_isError(ZSTD_DCtx_reset(a->zstd, ZSTD_reset_session_only)) ||
	    ZSTD_isError(ZSTD_DCtx_refPrefix(a->zstd, a->stretch, s->stretch)))
		return fault_set(a->why, ERR_NOMEM, "cannot unpack the delta");
	n = ZSTD_decompressDCtx(a->zstd, a->shard, s->length, a->packed, s->packed);
	if (ZSTD_isError(n) || n != s->length)
		return fault_set(a->why, ERR_MALFORMED, "the delta is damaged: %s",
		    ZSTD_isError(n) ? ZSTD_getErrorName(n) : "a shard of it is too short");
	return ERR_NONE;
}

static enum err
apply_shard(struct applying *a)
{
	struct delta_shard s;
	const uint8_t *from;
	enum err e;

	if ((e = take_shard_header(a, &s)) != ERR_NONE || (e = take(a, a->packed, s.packed)) != ERR_NONE ||
	    (e = read_stretch(a, &s)) != ERR_NONE || (s.packed > 0 && (e = unpack(a, &s)) != ERR_NONE))
		return e;
	from = s.packed > 0 ? a->shard : a->stretch;
	if ((e = io_write_all(a->out, bytes_of(from, s.length))) != ERR_NONE)
		return fault_set(a->why, e, e == ERR_FULL ? "there is no room on the disk for the update"
							  : "cannot write what the delta makes");
	a->left -= s.length;
	return ERR_NONE;
}

static enum err
check_end(struct applying *a)
{
	uint8_t more;
	size_t got;
	enum err e = io_read_full(a->delta, &more, 1, &got);

	if (e == ERR_NONE && got != 0)
		e = fault_set(a->why, ERR_MALFORMED, "something follows the delta");
	return e;
}

enum err
delta_apply(int old, int delta, uint64_t most, int out, struct fault *why)
{
	struct applying a = { .old = old, .delta = delta, .out = out, .why = why };
	enum err e;

	a.packed_room = ZSTD_compressBound(DELTA_SHARD);
	a.zstd = ZSTD_createDCtx();
	a.stretch = malloc(DELTA_STRETCH);
	a.packed = malloc(a.packed_room);
	a.shard = malloc(DELTA_SHARD);
	if (a.zstd == NULL || a.stretch == NULL || a.packed == NULL || a.shard == NULL) {
		e = fault_set(why, ERR_NOMEM, "out of memory");
		goto done;
	}
	if ((e = take_header(&a, most)) != ERR_NONE)
		goto done;
	while (a.left > 0)
		if ((e = apply_shard(&a)) != ERR_NONE)
			goto done;
	e = check_end(&a);
done:
	ZSTD_freeDCtx(a.zstd);
	free(a.stretch);
	free(a.packed);
	free(a.shard);
	return e;
}
