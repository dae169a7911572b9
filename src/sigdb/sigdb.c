/* sigdb/sigdb.c: see sigdb.h. Opens and tests; sigdb_match.c matches. */
#include "sigdb/sigdb.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "sigdb/opened.h"

const char *
sigdb_kind_words(enum sigdb_kind kind)
{
	static const char *const words[SIGDB_KINDS] = {
		[SIGDB_MD5] = "MD5 hashes",
		[SIGDB_SHA1] = "SHA-1 hashes",
		[SIGDB_SHA256] = "SHA-256 hashes",
		[SIGDB_SECTION_HASH] = "section hashes",
		[SIGDB_IMPORT_HASH] = "import hashes",
		[SIGDB_TRUSTED_HASH] = "trusted files",
		[SIGDB_BODY_PATTERN] = "body patterns",
		[SIGDB_LOGICAL] = "logical signatures",
		[SIGDB_MEMBER] = "container signatures",
	};

	return (unsigned)kind < SIGDB_KINDS ? words[kind] : "unknown";
}

static enum err
open_digests(struct sigdb *db, const struct bytes sections[static SECTIONS], struct fault *why)
{
	enum err e;

	for (size_t i = 0; i < DIGEST_TABLES; i++) {
		e = digestset_open(sections[SECTION_DIGESTS + i], &db->digests[i]);
		if (e != ERR_NONE || db->digests[i].width != hash_size(opened_hash_kind(i)))
			return fault_set(why, ERR_MALFORMED, "the database's hashes are damaged");
	}
	return ERR_NONE;
}

static enum err
open_patterns(struct sigdb *db, const struct bytes sections[static SECTIONS], struct fault *why)
{
	enum err e;

	for (size_t i = 0; i < TARGETS; i++) {
		e = patset_open(sections[SECTION_PATTERNS + i], &db->patterns[i]);
		if (e != ERR_NONE)
			return fault_set(why, e, "the database's patterns cannot be used: %s", err_name(e));
		db->bodies[i] = sections[SECTION_BODIES + i];
		if (db->bodies[i].n != (size_t)patset_count(db->patterns[i]) * 4)
			return fault_set(why, ERR_MALFORMED, "the database's patterns are damaged");
	}
	return ERR_NONE;
}

/* Open the parts of a database whose file is set. */
static enum err
open_sections(struct sigdb *db, struct fault *why)
{
	struct bytes sections[SECTIONS];
	enum err e;

	if ((e = dbfile_read(db->file, &db->info, sections, why)) != ERR_NONE ||
	    (e = open_patterns(db, sections, why)) != ERR_NONE ||
	    (e = open_digests(db, sections, why)) != ERR_NONE)
		return e;
	db->anchors = sections[SECTION_ANCHORS];
	db->code_ends = sections[SECTION_CODE_ENDS];
	db->code = sections[SECTION_CODE];
	db->always = sections[SECTION_ALWAYS];
	db->members = sections[SECTION_MEMBERS];
	db->name_ends = sections[SECTION_NAME_ENDS];
	db->names = sections[SECTION_NAMES];
	return ERR_NONE;
}

/* Takes ${mapping}, which may be NULL, whatever the outcome. */
static enum err
open_bytes(struct bytes file, void *mapping, struct sigdb **out, struct fault *why)
{
	struct sigdb *db = calloc(1, sizeof *db);
	enum err e;

	if (db == NULL) {
		if (mapping != NULL)
			munmap(mapping, file.n);
		return fault_set(why, ERR_NOMEM, "memory is short");
	}
	db->file = file;
	db->mapping = mapping;
	if ((e = open_sections(db, why)) != ERR_NONE) {
		sigdb_close(db);
		return e;
	}
	*out = db;
	return ERR_NONE;
}

enum err
sigdb_open(int fd, struct sigdb **out, struct fault *why)
{
	struct stat st;
	void *mapping;
	size_t n;

	if (fstat(fd, &st) != 0)
		return fault_errno(why, "cannot look at the database");
	if (!S_ISREG(st.st_mode))
		return fault_set(why, ERR_MALFORMED, "the database is not a regular file");
	if (st.st_size == 0)
		return fault_set(why, ERR_TRUNCATED, "the database is empty");
	n = (size_t)st.st_size;
	if ((mapping = mmap(NULL, n, PROT_READ, MAP_SHARED, fd, 0)) == MAP_FAILED)
		return fault_errno(why, "cannot map the database");
	return open_bytes(bytes_of(mapping, n), mapping, out, why);
}

enum err
sigdb_open_memory(struct bytes file, struct sigdb **out, struct fault *why)
{
	return open_bytes(file, NULL, out, why);
}

void
sigdb_close(struct sigdb *db)
{
	if (db == NULL)
		return;
	for (size_t i = 0; i < TARGETS; i++)
		patset_close(db->patterns[i]);
	if (db->mapping != NULL)
		munmap(db->mapping, db->file.n);
	free(db);
}

const struct sigdb_info *
sigdb_info(const struct sigdb *db)
{
	return &db->info;
}

enum err
sigdb_verify(const struct sigdb *db, struct fault *why)
{
	uint8_t digest[HASH_MAX];
	enum err e;

	if ((e = hash_of(HASH_SHA256, dbfile_body(db->file), digest)) != ERR_NONE)
		return fault_set(why, e, "cannot test the database: %s", err_name(e));
	if (memcmp(digest, db->info.digest, SIGDB_DIGEST_SIZE) != 0)
		return fault_set(why, ERR_FORGED, "the database's content does not fit its digest");
	return ERR_NONE;
}
