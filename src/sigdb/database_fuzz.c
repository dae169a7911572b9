/* Fuzzer: a compiled database, opened and matched with.
 * The first byte says how the rest is used: as the database itself, or as changes to a good one
 * that is built here (2 bytes of place, 4 of content each), which goes deep at once without a
 * corpus. The header's checksum is made to fit, because it would stop nearly everything. */
#include <assert.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/reader.h"
#include "crypto/hash.h"
#include "sigdb/build.h"
#include "sigdb/dbfile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { GOOD_MAX = 1 << 17, CHECKSUM_AT = DBFILE_HEADER - SIGDB_DIGEST_SIZE };

static const char hashes[] =
    "0123456789abcdef0123456789abcdef:61:Hash.Sized\n"
    "0123456789abcdef0123456789abcdee:*:Hash.Any:73\n"
    "0123456789abcdef0123456789abcdef01234567:61:Hash.Sha1\n"
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef:*:Hash.Sha256:73\n";
static const char bodies[] =
    "Body.Long:0:*:7061747465726e207468617420697320666f756e64\n"
    "Body.Masked:0:*:70617474??726e2074686174206?7320666f756e64\n"
    "Body.Twelve:0:*:20666f756e6420696e20746869\n"
    "Body.Eight:0:*:2069732074657874\n"
    "Body.Five:0:*:7468617420\n"
    "Body.Four:0:*:74657874\n"
    "Body.Two:0:*:2121\n"
    "Body.Start:0:4,9:70??74\n"
    "Body.End:0:EOF-2:2121\n";
static const char logical[] =
    "L.And;Target:0,FileSize:1-99;0&1;70617474(65|66)726e;666f756e64\n"
    "L.Count;Target:0;(0|1)>2,2;7468::wa;20697320\n"
    "L.Gap;Target:0;0;70617474*666f756e64{2-9}74657874\n"
    "L.Regex;Target:0;0&1&2;3:666f;0/t[eh]+xt/gi;0(>>2#ib1#>2)\n"
    "L.Always;Target:0;0=0;7a7a7a7a\n";
static const char text[] = "the pattern that is found in this text, again the pattern!!!!";

static const char members[] = "M1:CL_TYPE_ZIP:1-9000:^a.*b$:1-0:5:0:1:*:*\nM2:*:*:*:*:*:1:*:*:*\n";

static uint8_t good[GOOD_MAX];
static size_t good_size;

static bool
go_on(void *ctx, const char *name)
{
	(void)ctx;
	assert(name[0] != '\0');
	return true;
}

static void
make_good(void)
{
	static const struct sigdb_stamp stamp = { 1, 1 };
	int fd = memfd_create("fuzz", MFD_CLOEXEC);
	struct sigdb_build *b;
	ssize_t n;

	assert(sigdb_build_new(&b) == ERR_NONE);
	assert(sigdb_build_add(b, "a.hdb", bytes_of_text(hashes), NULL, NULL) == ERR_NONE);
	assert(sigdb_build_add(b, "a.ndb", bytes_of_text(bodies), NULL, NULL) == ERR_NONE);
	assert(sigdb_build_add(b, "a.ldb", bytes_of_text(logical), NULL, NULL) == ERR_NONE);
	assert(sigdb_build_add(b, "a.cdb", bytes_of_text(members), NULL, NULL) == ERR_NONE);
	assert(sigdb_build_write(b, &stamp, fd, NULL) == ERR_NONE);
	sigdb_build_free(b);
	n = pread(fd, good, sizeof good, 0);
	assert(n > DBFILE_HEADER && n < GOOD_MAX);
	good_size = (size_t)n;
	close(fd);
}

static uint8_t *
changed(struct bytes changes)
{
	struct reader r = reader_over(changes);
	uint8_t *file = malloc(good_size);

	assert(file != NULL);
	memcpy(file, good, good_size);
	while (r.rest.n >= 6) {
		size_t at = reader_u16le(&r);
		struct bytes content = reader_take(&r, 4);

		if (at + 4 <= good_size)
			memcpy(file + at, content.p, 4);
	}
	return file;
}

static void
use(struct bytes file)
{
	struct source object = source_of_memory(bytes_of_text(text));
	const struct sigdb_member member = { .name = bytes_of_text("a text, that ends with b"),
		.container = 18, .container_size = 9, .packed = 5, .size = 5, .position = 1 };
	struct sigdb_matcher *m;
	struct sigdb *db;

	if (sigdb_open_memory(file, &db, NULL) != ERR_NONE)
		return;
	assert(sigdb_matcher_new(db, &m) == ERR_NONE);
	(void)sigdb_match(m, &object, true, go_on, NULL);
	(void)sigdb_match_member(m, &member, true, go_on, NULL);
	object = source_of_memory(file);
	(void)sigdb_match(m, &object, true, go_on, NULL);
	(void)sigdb_verify(db, NULL);
	sigdb_matcher_free(m);
	sigdb_close(db);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *file, checksum[HASH_MAX];
	size_t n;

	if (good_size == 0)
		make_good();
	if (size == 0)
		return 0;
	if (data[0] % 2 == 0) {
		n = good_size;
		file = changed(bytes_of(data + 1, size - 1));
	} else {
		n = size - 1;
		file = malloc(n + 1);
		assert(file != NULL);
		memcpy(file, data + 1, n);
	}
	if (n >= DBFILE_HEADER) {
		assert(hash_of(HASH_SHA256, bytes_of(file, CHECKSUM_AT), checksum) == ERR_NONE);
		memcpy(file + CHECKSUM_AT, checksum, SIGDB_DIGEST_SIZE);
	}
	use(bytes_of(file, n));
	free(file);
	return 0;
}
