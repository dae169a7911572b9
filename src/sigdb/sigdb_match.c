/* sigdb/sigdb_match.c: matches one object after another; see sigdb.h. */
#include <stdlib.h>

#include "match/image.h"
#include "match/scramble.h"
#include "sigdb/limits.h"
#include "sigdb/opened.h"

struct sigdb_matcher {
	const struct sigdb *db;
	struct patset_scan *scan;
	struct hash *hashes[DIGEST_KINDS];	/* NULL for kinds that the database has none of */
	bool hashing[DIGEST_KINDS];		/* wanted for the object at hand */
	bool all;
	bool stopped;				/* the hearer, or its first finding, said stop */
	bool damaged;				/* something in the database did not fit */
	sigdb_found_fn *found;
	void *ctx;
	size_t room;				/* bytes of the window */
	uint8_t *window;
};

enum err
sigdb_matcher_new(const struct sigdb *db, struct sigdb_matcher **out)
{
	struct sigdb_matcher *m = calloc(1, sizeof *m);
	enum err e = ERR_NOMEM;

	if (m == NULL)
		return e;
	m->db = db;
	m->room = SIGDB_WINDOW + patset_overlap(db->patterns);
	if ((m->window = malloc(m->room)) == NULL)
		goto done;
	if ((e = patset_scan_new(db->patterns, &m->scan)) != ERR_NONE)
		goto done;
	for (size_t i = 0; i < DIGEST_KINDS; i++)
		if (db->digests[i].count > 0 &&
		    (e = hash_new(opened_hash_kind(i), &m->hashes[i])) != ERR_NONE)
			goto done;
	*out = m;
	m = NULL;
done:
	sigdb_matcher_free(m);
	return e;
}

void
sigdb_matcher_free(struct sigdb_matcher *m)
{
	if (m == NULL)
		return;
	for (size_t i = 0; i < DIGEST_KINDS; i++)
		hash_free(m->hashes[i]);
	patset_scan_free(m->scan);
	free(m->window);
	free(m);
}

/* The ${number}th name, unscrambled. False when the database has none such. */
static bool
name_read(const struct sigdb *db, uint32_t number, char name[static SIGDB_NAME_SIZE])
{
	size_t from = number == 0 ? 0 : image_u32(db->name_ends, number - 1U);
	size_t end = image_u32(db->name_ends, number);

	if (number >= db->name_ends.n / 4 || end <= from || end > db->names.n ||
	    end - from >= SIGDB_NAME_SIZE)
		return false;
	memcpy(name, db->names.p + from, end - from);
	scramble_bytes(SCRAMBLE_NAMES, from, (uint8_t *)name, end - from);
	name[end - from] = '\0';
	return true;
}

/* Report one finding. */
static void
tell(struct sigdb_matcher *m, uint32_t name_number)
{
	char name[SIGDB_NAME_SIZE];

	if (!name_read(m->db, name_number, name)) {
		/* It matched nevertheless: to say nothing would be worse than a poor name. */
		m->damaged = true;
		memcpy(name, "Unnamed", sizeof "Unnamed");
	}
	if (!m->found(m->ctx, name) || !m->all)
		m->stopped = true;
}

static enum patset_want
pattern_hit(void *ctx, struct patset_hit hit)
{
	struct sigdb_matcher *m = ctx;

	tell(m, image_u32(m->db->bodies, hit.pattern));
	return m->stopped ? PATSET_STOP : PATSET_OTHERS;
}

static bool
digest_found(void *ctx, uint32_t id)
{
	struct sigdb_matcher *m = ctx;

	tell(m, id);
	return !m->stopped;
}

/* Returns true when the object's bytes are needed at all. */
static bool
begin(struct sigdb_matcher *m, uint64_t size)
{
	bool needed = size > 0 && patset_count(m->db->patterns) > 0;

	m->stopped = false;
	m->damaged = false;
	patset_scan_begin(m->scan, size);
	for (size_t i = 0; i < DIGEST_KINDS; i++) {
		m->hashing[i] = m->hashes[i] != NULL && digestset_wants(&m->db->digests[i], size);
		needed = needed || m->hashing[i];
	}
	return needed;
}

/* Search ${text}, which stands at ${offset} of the object, and hash what of it is new. */
static enum err
use_stretch(struct sigdb_matcher *m, struct bytes text, size_t seen_before, uint64_t offset)
{
	for (size_t i = 0; i < DIGEST_KINDS; i++)
		if (m->hashing[i])
			hash_add(m->hashes[i], bytes_from(text, seen_before));
	return patset_scan_text(m->scan, text, offset, pattern_hit, m);
}

/* Of two errors that do not end the match, the one that the caller must hear. */
static enum err
worse(enum err a, enum err b)
{
	return a == ERR_NONE || b == ERR_LIMIT ? b : a;
}

/* Read and use the object from its start to its end. */
static enum err
stream_file(struct sigdb_matcher *m, const struct source *object)
{
	size_t overlap = patset_overlap(m->db->patterns), kept = 0;
	enum err e, searched = ERR_NONE;
	uint64_t read = 0;

	while (read < object->size && !m->stopped) {
		size_t got;

		e = source_read(object, read, m->window + kept, m->room - kept, &got);
		if (e != ERR_NONE)
			return e;
		e = use_stretch(m, bytes_of(m->window, kept + got), kept, read - kept);
		if (e != ERR_NONE)
			searched = worse(searched, e);
		if (got < m->room - kept && read + got < object->size)
			return ERR_TRUNCATED;
		read += got;
		/* What ends the window begins the next: a match may stand across. */
		got += kept;
		kept = got < overlap ? got : overlap;
		memmove(m->window, m->window + got - kept, kept);
	}
	return searched;
}

static void
look_up_digests(struct sigdb_matcher *m, uint64_t size)
{
	for (size_t i = 0; i < DIGEST_KINDS && !m->stopped; i++) {
		uint8_t digest[HASH_MAX];

		if (!m->hashing[i])
			continue;
		hash_finish(m->hashes[i], digest);
		m->hashing[i] = false;
		if (digestset_find(&m->db->digests[i], size, digest, digest_found, m) ==
		    ERR_MALFORMED)
			m->damaged = true;
	}
}

/* Digests that were begun and are not looked up must not run into the next object's. */
static void
drop_digests(struct sigdb_matcher *m)
{
	for (size_t i = 0; i < DIGEST_KINDS; i++) {
		uint8_t digest[HASH_MAX];

		if (m->hashing[i])
			hash_finish(m->hashes[i], digest);
	}
}

enum err
sigdb_match(struct sigdb_matcher *m, const struct source *object, bool all, sigdb_found_fn *found,
    void *ctx)
{
	enum err e;

	m->all = all;
	m->found = found;
	m->ctx = ctx;
	if (!begin(m, object->size))
		return ERR_NONE;
	if (object->fd < 0)
		e = use_stretch(m, object->whole, 0, 0);
	else
		e = stream_file(m, object);
	if (!m->stopped && (e == ERR_NONE || e == ERR_LIMIT || e == ERR_MALFORMED))
		look_up_digests(m, object->size);
	drop_digests(m);
	if (m->stopped)
		return ERR_NONE;
	if (e == ERR_NONE && m->damaged)
		return ERR_MALFORMED;
	return e;
}
