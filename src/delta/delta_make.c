/* delta/delta_make.c: the writing half of delta.h. For each shard it looks where most of it stood in the old file, and lets
 * zstd say the rest. */
#include <stdlib.h>
#include <zstd.h>

#include "base/buf.h"
#include "base/io.h"
#include "delta/delta_form.h"

enum {
	BLOCK = 32,		/* bytes that must be equal to count as found */
	STEP = 65536,		/* a stretch begins at a multiple of it */
	LEVEL = 12,		/* 9 takes a tenth of the time for half as much again */
	WINDOW_LOG = 24		/* a stretch and a shard */
};

struct making {
	struct bytes old, fresh;
	uint32_t *blocks;	/* by the digest of its bytes: the number of a block of the old file, and 1 */
	size_t mask;
	uint32_t *votes;	/* for each STEP of the old file: how many blocks of the shard stand there */
	size_t steps;
	uint8_t *packed;
	size_t packed_room;
	ZSTD_CCtx *zstd;
	int out;
	struct fault *why;
};

static uint64_t
digest_of(const uint8_t *p)
{
	uint64_t words[BLOCK / 8], h = 0;

	memcpy(words, p, BLOCK);
	for (size_t i = 0; i < BLOCK / 8; i++) {
		h = (h ^ words[i]) * UINT64_C(0x9e3779b97f4a7c15);
		h ^= h >> 29;
	}
	return h;
}

static enum err
index_old(struct making *m)
{
	size_t blocks = m->old.n / BLOCK, slots = 1024;

	while (slots < 2 * blocks)
		slots *= 2;
	m->mask = slots - 1;
	m->steps = m->old.n / STEP + 1;
	m->blocks = calloc(slots, sizeof *m->blocks);
	m->votes = calloc(m->steps, sizeof *m->votes);
	if (m->blocks == NULL || m->votes == NULL)
		return fault_set(m->why, ERR_NOMEM, "out of memory");
	/* The first of equal blocks stays: long runs of zeros then do not push all else out. */
	for (size_t i = 0; i < blocks; i++) {
		uint32_t *slot = &m->blocks[digest_of(m->old.p + i * BLOCK) & m->mask];

		if (*slot == 0)
			*slot = (uint32_t)i + 1;
	}
	return ERR_NONE;
}

static void
count_votes(struct making *m, struct bytes shard)
{
	memset(m->votes, 0, m->steps * sizeof *m->votes);
	for (size_t at = 0; at + BLOCK <= shard.n;) {
		uint32_t found = m->blocks[digest_of(shard.p + at) & m->mask];
		size_t from = found == 0 ? 0 : (size_t)(found - 1) * BLOCK;

		if (found == 0 || memcmp(m->old.p + from, shard.p + at, BLOCK) != 0) {
			at++;
			continue;
		}
		m->votes[from / STEP]++;
		at += BLOCK;
	}
}

/* The stretch in which most of the shard stood: the middle one of those that are as good. Where nothing of it did, around the
 * same place. */
static struct bytes
choose_stretch(struct making *m, size_t at, struct bytes shard)
{
	size_t width = DELTA_STRETCH / STEP, first = 0, last = 0, from;
	size_t n = m->old.n < DELTA_STRETCH ? m->old.n : DELTA_STRETCH;
	uint64_t sum = 0, most = 0;

	count_votes(m, shard);
	for (size_t i = 0; i < m->steps; i++) {
		sum += m->votes[i];
		if (i >= width)
			sum -= m->votes[i - width];
		if (sum > most) {
			most = sum;
			first = i;
		}
		if (sum == most)
			last = i;
	}
	/* The stretch that ends with step i; or the one around ${at}. */
	from = most == 0 ? at + shard.n / 2 + n / 2 : ((first + last) / 2 + 1) * STEP;
	from = from > n ? from - n : 0;
	if (from > m->old.n - n)
		from = m->old.n - n;
	return bytes_of(m->old.p + from, n);
}

/* The same bytes at the same place, as most are? Returns the old ones; else none. */
static struct bytes
find_same(const struct making *m, size_t at, struct bytes shard)
{
	if (at <= m->old.n && shard.n <= m->old.n - at && memcmp(m->old.p + at, shard.p, shard.n) == 0)
		return bytes_of(m->old.p + at, shard.n);
	return (struct bytes){ NULL, 0 };
}

static enum err
pack(struct making *m, struct bytes stretch, struct bytes shard, size_t *packed)
{
	ZSTD_CCtx_reset(m->zstd, ZSTD_reset_session_and_parameters);
	ZSTD_CCtx_setParameter(m->zstd, ZSTD_c_compressionLevel, LEVEL);
	ZSTD_CCtx_setParameter(m->zstd, ZSTD_c_windowLog, WINDOW_LOG);
	ZSTD_CCtx_setParameter(m->zstd, ZSTD_c_enableLongDistanceMatching, 1);
	ZSTD_CCtx_refPrefix(m->zstd, stretch.p, stretch.n);
	*packed = ZSTD_compress2(m->zstd, m->packed, m->packed_room, shard.p, shard.n);
	return ZSTD_isError(*packed) ? fault_set(m->why, ERR_NOMEM, "cannot pack the delta: %s",
				    ZSTD_getErrorName(*packed))
				     : ERR_NONE;
}

static enum err
put(struct making *m, struct buf *b)
{
	enum err e = b->err != ERR_NONE ? b->err : io_write_all(m->out, buf_bytes(b));

	return e == ERR_NONE ? e : fault_set(m->why, e, "cannot write the delta: %s", err_name(e));
}

static enum err
make_shard(struct making *m, size_t at, struct bytes shard)
{
	struct bytes stretch = find_same(m, at, shard);
	size_t packed = 0;
	struct buf header;
	enum err e;

	if (stretch.p == NULL) {
		stretch = choose_stretch(m, at, shard);
		if ((e = pack(m, stretch, shard, &packed)) != ERR_NONE)
			return e;
	}
	buf_init(&header, DELTA_SHARD_HEADER);
	buf_u32le(&header, (uint32_t)shard.n);
	buf_u32le(&header, (uint32_t)packed);
	buf_u64le(&header, (uint64_t)(stretch.p - m->old.p));
	buf_u32le(&header, (uint32_t)stretch.n);
	e = put(m, &header);
	buf_fini(&header);
	if (e == ERR_NONE && (e = io_write_all(m->out, bytes_of(m->packed, packed))) != ERR_NONE)
		fault_set(m->why, e, "cannot write the delta: %s", err_name(e));
	return e;
}

static enum err
make_header(struct making *m)
{
	struct buf header;
	enum err e;

	buf_init(&header, DELTA_HEADER);
	buf_put(&header, bytes_of(DELTA_MAGIC, DELTA_MAGIC_SIZE));
	buf_u64le(&header, m->old.n);
	buf_u64le(&header, m->fresh.n);
	e = put(m, &header);
	buf_fini(&header);
	return e;
}

enum err
delta_make(struct bytes old, struct bytes fresh, int out, struct fault *why)
{
	struct making m = { .old = old, .fresh = fresh, .out = out, .why = why };
	enum err e;

	if (old.n > UINT32_MAX || fresh.n > UINT32_MAX)
		return fault_set(why, ERR_LIMIT, "no deltas are made of files over 4 GiB");
	m.packed_room = ZSTD_compressBound(DELTA_SHARD);
	m.packed = malloc(m.packed_room);
	m.zstd = ZSTD_createCCtx();
	if (m.packed == NULL || m.zstd == NULL) {
		e = fault_set(why, ERR_NOMEM, "out of memory");
		goto done;
	}
	if ((e = index_old(&m)) != ERR_NONE || (e = make_header(&m)) != ERR_NONE)
		goto done;
	for (size_t at = 0; at < fresh.n && e == ERR_NONE; at += DELTA_SHARD) {
		size_t n = fresh.n - at < DELTA_SHARD ? fresh.n - at : DELTA_SHARD;

		e = make_shard(&m, at, bytes_of(fresh.p + at, n));
	}
done:
	ZSTD_freeCCtx(m.zstd);
	free(m.packed);
	free(m.blocks);
	free(m.votes);
	return e;
}
