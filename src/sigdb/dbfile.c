/* sigdb/dbfile.c: see dbfile.h. */
#include "sigdb/dbfile.h"

#include "base/buf.h"
#include "base/reader.h"
#include "crypto/hash.h"
#include "match/image.h"

/* As PNG does: a byte over 127, the name, and line ends that a text transfer would change. */
static const uint8_t magic[8] = { 0x89, 'H', 'F', 'D', 'B', '\r', '\n', 0x1a };

/* Where the header's own checksum stands. */
enum { CHECKSUM_AT = DBFILE_HEADER - SIGDB_DIGEST_SIZE };

enum err
dbfile_write_header(const struct dbfile_header *h, uint8_t out[static DBFILE_HEADER])
{
	uint8_t checksum[HASH_MAX];
	struct buf b;
	enum err e;

	buf_init(&b, DBFILE_HEADER);
	buf_put(&b, bytes_of(magic, sizeof magic));
	buf_u32le(&b, DBFILE_VERSION);
	buf_u32le(&b, SECTIONS);
	buf_u64le(&b, h->size);
	buf_u64le(&b, h->info.generation);
	buf_i64le(&b, h->info.built);
	for (size_t i = 0; i < SIGDB_KINDS; i++)
		buf_u64le(&b, h->info.signatures[i]);
	for (size_t i = 0; i < SECTIONS; i++) {
		buf_u64le(&b, h->sections[i].offset);
		buf_u64le(&b, h->sections[i].length);
	}
	buf_put(&b, bytes_of(h->info.digest, SIGDB_DIGEST_SIZE));
	if ((e = b.err) != ERR_NONE ||
	    (e = hash_of(HASH_SHA256, buf_bytes(&b), checksum)) != ERR_NONE)
		goto done;
	memcpy(out, b.p, CHECKSUM_AT);
	memcpy(out + CHECKSUM_AT, checksum, SIGDB_DIGEST_SIZE);
done:
	buf_fini(&b);
	return e;
}

/* The header's fields behind magic, version and count of sections. */
static bool
read_fields(struct reader *r, struct dbfile_header *h)
{
	struct bytes digest;

	h->size = reader_u64le(r);
	h->info.generation = reader_u64le(r);
	h->info.built = reader_i64le(r);
	for (size_t i = 0; i < SIGDB_KINDS; i++)
		h->info.signatures[i] = reader_u64le(r);
	for (size_t i = 0; i < SECTIONS; i++) {
		h->sections[i].offset = reader_u64le(r);
		h->sections[i].length = reader_u64le(r);
	}
	digest = reader_take(r, SIGDB_DIGEST_SIZE);
	if (r->bad)
		return false;
	memcpy(h->info.digest, digest.p, SIGDB_DIGEST_SIZE);
	return true;
}

/* Is this a database of our version with an intact header? Leaves ${r} behind the version. */
static enum err
test_header(struct bytes file, struct reader *r, struct fault *why)
{
	struct bytes header = bytes_first(file, CHECKSUM_AT);
	uint8_t checksum[HASH_MAX];
	uint32_t version;
	enum err e;

	*r = reader_over(header);
	if (file.n >= sizeof magic && memcmp(file.p, magic, sizeof magic) != 0)
		return fault_set(why, ERR_MALFORMED, "this is not a signature database");
	reader_take(r, sizeof magic);
	version = reader_u32le(r);
	if (!r->bad && version != DBFILE_VERSION)
		return fault_set(why, ERR_UNSUPPORTED,
		    "the database has form %u and this program reads form %u", version,
		    DBFILE_VERSION);
	if (file.n < DBFILE_HEADER)
		return fault_set(why, ERR_TRUNCATED, "the database ends inside its header");
	if ((e = hash_of(HASH_SHA256, header, checksum)) != ERR_NONE)
		return fault_set(why, e, "cannot test the database's header: %s", err_name(e));
	if (memcmp(checksum, file.p + CHECKSUM_AT, SIGDB_DIGEST_SIZE) != 0)
		return fault_set(why, ERR_MALFORMED, "the database's header is damaged");
	if (reader_u32le(r) != SECTIONS)
		return fault_set(
		    why, ERR_MALFORMED, "the database has other sections than its form");
	return ERR_NONE;
}

enum err
dbfile_read(struct bytes file, struct sigdb_info *info, struct bytes sections[static SECTIONS],
    struct fault *why)
{
	struct bytes carved[SECTIONS];
	struct dbfile_header h;
	struct reader r;
	enum err e;

	if ((e = test_header(file, &r, why)) != ERR_NONE)
		return e;
	if (!read_fields(&r, &h) || h.size > file.n)
		return fault_set(why, ERR_TRUNCATED, "the database ends too early");
	if (h.size < file.n)
		return fault_set(why, ERR_MALFORMED, "the database has bytes behind its end");
	for (size_t i = 0; i < SECTIONS; i++)
		if (!image_part(file, h.sections[i].offset, h.sections[i].length, &carved[i]))
			return fault_set(
			    why, ERR_MALFORMED, "section %zu lies outside the database", i);
	memcpy(sections, carved, sizeof carved);
	*info = h.info;
	return ERR_NONE;
}

struct bytes
dbfile_body(struct bytes file)
{
	return bytes_from(file, DBFILE_HEADER);
}
