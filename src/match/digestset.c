/* match/digestset.c: see digestset.h. The image: magic, width, count of records and rows of sizes,
 * all u32; the rows; the records. */
#include "match/digestset.h"

#include <assert.h>
#include <stdlib.h>

#include "base/reader.h"
#include "match/image.h"
#include "match/limits.h"

enum { DIGESTSET_MAGIC = 0x54455344 /* "DSET" */, DIGESTSET_HEADER = 16 };

static int
record_compare(const void *a, const void *b)
{
	const struct digest_record *x = a, *y = b;
	int order;

	if (x->size != y->size)
		return x->size < y->size ? -1 : 1;
	if ((order = memcmp(x->digest, y->digest, sizeof x->digest)) != 0)
		return order;
	return x->id < y->id ? -1 : x->id > y->id;
}

static bool
begins_a_size(const struct digest_record *records, size_t i)
{
	return i == 0 || records[i].size != records[i - 1].size;
}

enum err
digestset_write(struct digest_record *records, size_t count, size_t width, struct buf *out)
{
	size_t rows = 0;

	assert(width > 0 && width <= DIGEST_BYTES_MAX);
	if (count > DIGESTSET_RECORDS_MAX)
		return ERR_LIMIT;
	if (count > 0)
		qsort(records, count, sizeof records[0], record_compare);
	for (size_t i = 0; i < count; i++)
		rows += begins_a_size(records, i);
	buf_u32le(out, DIGESTSET_MAGIC);
	buf_u32le(out, (uint32_t)width);
	buf_u32le(out, (uint32_t)count);
	buf_u32le(out, (uint32_t)rows);
	for (size_t i = 0; i < count; i++)
		if (begins_a_size(records, i)) {
			buf_u32le(out, records[i].size);
			buf_u32le(out, (uint32_t)i);
		}
	buf_u32le(out, UINT32_MAX);
	buf_u32le(out, (uint32_t)count);
	for (size_t i = 0; i < count; i++) {
		buf_put(out, bytes_of(records[i].digest, width));
		buf_u32le(out, records[i].id);
	}
	return out->err;
}

enum err
digestset_open(struct bytes image, struct digestset *out)
{
	struct reader r = reader_over(image);
	uint32_t magic = reader_u32le(&r);
	struct digestset set;
	size_t rows;

	set.width = reader_u32le(&r);
	set.count = reader_u32le(&r);
	rows = reader_u32le(&r);
	if (r.bad || magic != DIGESTSET_MAGIC || set.width == 0 || set.width > DIGEST_BYTES_MAX)
		return ERR_MALFORMED;
	if (set.count > DIGESTSET_RECORDS_MAX || rows > set.count)
		return ERR_MALFORMED;
	set.sizes = reader_take(&r, (rows + 1) * 8);
	set.records = reader_take(&r, set.count * (set.width + 4));
	if (!reader_is_done(&r))
		return ERR_MALFORMED;
	*out = set;
	return ERR_NONE;
}

/* Records of exactly this size in the table; false when there are none. */
static bool
find_size(const struct digestset *set, uint32_t size, size_t *first, size_t *end)
{
	size_t rows = set->sizes.n / 8 - 1, low = 0, high = rows;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (image_u32(set->sizes, 2 * middle) < size)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == rows || image_u32(set->sizes, 2 * low) != size)
		return false;
	*first = image_u32(set->sizes, 2 * low + 1);
	*end = image_u32(set->sizes, 2 * low + 3);
	return true;
}

bool
digestset_wants(const struct digestset *set, uint64_t size)
{
	size_t first, end;

	return find_size(set, DIGEST_ANY_SIZE, &first, &end) ||
	    (size < DIGEST_ANY_SIZE && find_size(set, (uint32_t)size, &first, &end));
}

/* The ${i}th record's digest; the caller knows that it has one. */
static const uint8_t *
digest_at(const struct digestset *set, size_t i)
{
	return set->records.p + i * (set->width + 4);
}

static enum err
find_among(const struct digestset *set, uint32_t size, const uint8_t *digest,
    digestset_found_fn *found, void *ctx)
{
	size_t low, high, end;

	if (!find_size(set, size, &low, &end))
		return ERR_NONE;
	if (low > end || end > set->count)
		return ERR_MALFORMED;
	for (high = end; low < high;) {
		size_t middle = low + (high - low) / 2;

		if (memcmp(digest_at(set, middle), digest, set->width) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < end && memcmp(digest_at(set, low), digest, set->width) == 0; low++)
		if (!found(ctx, image_load32(digest_at(set, low) + set->width)))
			return ERR_CLOSED;
	return ERR_NONE;
}

enum err
digestset_find(const struct digestset *set, uint64_t size, const uint8_t *digest,
    digestset_found_fn *found, void *ctx)
{
	enum err e = ERR_NONE;

	if (size < DIGEST_ANY_SIZE)
		e = find_among(set, (uint32_t)size, digest, found, ctx);
	if (e == ERR_NONE)
		e = find_among(set, DIGEST_ANY_SIZE, digest, found, ctx);
	return e;
}
