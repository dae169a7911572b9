/* sigdb/sigdb_match.c: matches one object after another; see sigdb.h. */
#include <stdlib.h>

#include "match/image.h"
#include "match/scramble.h"
#include "sigdb/evaluate.h"
#include "sigdb/imports.h"
#include "sigdb/limits.h"
#include "sigdb/member.h"
#include "sigdb/opened.h"
#include "sigdb/where.h"

struct sigdb_matcher {
	const struct sigdb *db;
	struct patset_scan *scans[TARGETS];	/* NULL for targets that have no patterns */
	struct evaluation *evaluation;
	struct hash *hashes[DIGEST_KINDS];
	struct member_set *members;		/* NULL until a container is looked into */
	struct program program;
	struct versions versions;
	struct view view;
	const uint8_t *containers;		/* around the next objects; borrowed */
	size_t container_count;
	uint64_t bases[PLACE_BASES_MAX];	/* of the object at hand */
	enum object_target target;
	bool hashing[DIGEST_KINDS];		/* wanted for the object at hand */
	bool all;
	bool stopped;				/* the hearer, or its first finding, said stop */
	bool damaged;				/* something in the database did not fit */
	sigdb_found_fn *found;
	void *ctx;
	size_t overlap;				/* of the windows */
	size_t room;				/* bytes of the window */
	uint8_t *window;
	struct evaluate_trace trace;
	sigdb_part_fn *part;			/* who wants to hear of parts */
	void *part_ctx;
	uint8_t aside[VIEW_ASIDE];
};

/* A pattern set that is searched: any target's, or the object's. */
struct set_search {
	struct sigdb_matcher *m;
	unsigned target;
};

static bool
has_digests(const struct sigdb *db, size_t kind)
{
	for (size_t use = 0; use < DIGEST_USES; use++)
		if (db->digests[use * DIGEST_KINDS + kind].count > 0)
			return true;
	return false;
}

static enum err
make_scans(struct sigdb_matcher *m)
{
	enum err e;

	for (size_t i = 0; i < TARGETS; i++) {
		const struct patset *set = m->db->patterns[i];

		if (patset_count(set) == 0)
			continue;
		if ((e = patset_scan_new(set, &m->scans[i])) != ERR_NONE)
			return e;
		if (patset_overlap(set) > m->overlap)
			m->overlap = patset_overlap(set);
	}
	return ERR_NONE;
}

enum err
sigdb_matcher_new(const struct sigdb *db, struct sigdb_matcher **out)
{
	struct sigdb_matcher *m = calloc(1, sizeof *m);
	enum err e = ERR_NOMEM;

	if (m == NULL)
		return e;
	m->db = db;
	if ((e = make_scans(m)) != ERR_NONE ||
	    (e = evaluation_new(db, &m->trace, &m->evaluation)) != ERR_NONE)
		goto done;
	m->room = SIGDB_WINDOW + m->overlap;
	if ((m->window = malloc(m->room)) == NULL) {
		e = ERR_NOMEM;
		goto done;
	}
	for (size_t i = 0; i < DIGEST_KINDS; i++)
		if (has_digests(db, i) &&
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
	for (size_t i = 0; i < TARGETS; i++)
		patset_scan_free(m->scans[i]);
	evaluation_free(m->evaluation);
	member_set_free(m->members);
	free(m->window);
	free(m);
}

void
sigdb_matcher_inside(struct sigdb_matcher *m, const uint8_t *types, size_t count)
{
	m->containers = types;
	m->container_count = count;
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

static void
tell_part(void *ctx, uint32_t name, uint32_t sub, uint64_t start, uint64_t end)
{
	struct sigdb_matcher *m = ctx;
	char text[SIGDB_NAME_SIZE];

	if (name_read(m->db, name, text))
		m->part(m->part_ctx, &(struct sigdb_part){ text, sub, start, end });
}

void
sigdb_matcher_trace(struct sigdb_matcher *m, sigdb_part_fn *part, void *ctx)
{
	m->part = part;
	m->part_ctx = ctx;
	m->trace.ctx = m;
	m->trace.part = part != NULL ? tell_part : NULL;
}

/* The hearer of evaluation, and of what holds for a member. */
static bool
signature_found(void *ctx, uint32_t name)
{
	struct sigdb_matcher *m = ctx;

	tell(m, name);
	return !m->stopped;
}

static enum patset_want
pattern_hit(void *ctx, struct patset_hit hit)
{
	struct set_search *s = ctx;
	uint32_t body = image_u32(s->m->db->bodies[s->target], hit.pattern);

	if ((body & BODY_IS_ANCHOR) != 0)
		return evaluation_anchor(s->m->evaluation, body & ~BODY_IS_ANCHOR, hit.start,
		    signature_found, s->m);
	if (s->m->part != NULL)
		tell_part(s->m, body, 0, hit.start,
		    hit.start + patset_length(s->m->db->patterns[s->target], hit.pattern));
	tell(s->m, body);
	return s->m->stopped ? PATSET_STOP : PATSET_OTHERS;
}

static bool
digest_found(void *ctx, uint32_t id)
{
	struct sigdb_matcher *m = ctx;

	tell(m, id);
	return !m->stopped;
}

static const struct digestset *
digests_of(const struct sigdb_matcher *m, enum digest_use use, size_t kind)
{
	return &m->db->digests[use * DIGEST_KINDS + kind];
}

static bool
any_digests(const struct sigdb_matcher *m, enum digest_use use)
{
	for (size_t i = 0; i < DIGEST_KINDS; i++)
		if (digests_of(m, use, i)->count > 0)
			return true;
	return false;
}

/* Where the places of a program lie, for patterns that are fixed to them. */
static size_t
find_bases(struct sigdb_matcher *m)
{
	const struct program *p = &m->program;

	if (!p->known)
		return 0;
	m->bases[BASE_ENTRY] = p->has_entry ? p->entry : PLACE_NO_BASE;
	m->bases[BASE_LAST_SECTION] =
	    p->section_count > 0 ? p->sections[p->section_count - 1].at : PLACE_NO_BASE;
	for (uint32_t i = 0; i < p->section_count; i++)
		m->bases[BASE_SECTIONS + i] = p->sections[i].at;
	return BASE_SECTIONS + p->section_count;
}

/* Get to know the object, and make ready for it. */
static void
begin(struct sigdb_matcher *m, const struct source *object)
{
	struct evaluated evaluated = { object, &m->view, TARGET_ANY, &m->program, m->containers,
		m->container_count, &m->versions };
	size_t base_count;

	m->stopped = false;
	m->damaged = false;
	view_init(&m->view, object, m->aside);
	m->target = object_target_of(&m->view);
	program_read(&m->view, m->target, &m->program);
	m->versions.read = false;
	base_count = find_bases(m);
	evaluated.target = m->target;
	evaluation_begin(m->evaluation, &evaluated);
	for (unsigned i = 0; i < TARGETS; i++) {
		if (m->scans[i] == NULL || (i != TARGET_ANY && i != (unsigned)m->target))
			continue;
		patset_scan_begin(m->scans[i], object->size);
		patset_scan_bases(m->scans[i], m->bases, base_count);
	}
	for (size_t i = 0; i < DIGEST_KINDS; i++)
		m->hashing[i] = m->hashes[i] != NULL &&
		    digestset_wants(digests_of(m, DIGEST_OF_FILE, i), object->size);
}

/* Of two errors that do not end the match, the one that the caller must hear. */
static enum err
worse(enum err a, enum err b)
{
	return a == ERR_NONE || b == ERR_LIMIT ? b : a;
}

/* Search ${text}, which stands at ${offset} of the object, and hash what of it is new. */
static enum err
use_stretch(struct sigdb_matcher *m, struct bytes text, size_t seen_before, uint64_t offset)
{
	enum err e = ERR_NONE;

	for (size_t i = 0; i < DIGEST_KINDS; i++)
		if (m->hashing[i])
			hash_add(m->hashes[i], bytes_from(text, seen_before));
	m->view.window = text;
	m->view.window_at = offset;
	for (unsigned i = 0; i < TARGETS && !m->stopped; i++) {
		struct set_search search = { m, i };
		enum err searched;

		if (m->scans[i] == NULL || (i != TARGET_ANY && i != (unsigned)m->target))
			continue;
		searched = patset_scan_text(m->scans[i], text, offset, pattern_hit, &search);
		e = searched == ERR_NONE ? e : worse(e, searched);
	}
	return e;
}

/* Read and use the object from its start to its end. */
static enum err
stream_file(struct sigdb_matcher *m, const struct source *object)
{
	size_t overlap = m->overlap, kept = 0;
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
	/* The window's memory is not the view's to keep. */
	m->view.window = (struct bytes){ NULL, 0 };
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
		if (digestset_find(digests_of(m, DIGEST_OF_FILE, i), size, digest, digest_found,
			m) == ERR_MALFORMED)
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

/* The digest of ${n} bytes of the object from ${at} on. */
static enum err
hash_stretch(struct sigdb_matcher *m, const struct source *object, uint64_t at, uint64_t n, size_t kind,
    uint8_t digest[static HASH_MAX])
{
	enum err e = ERR_NONE;
	size_t got;

	for (uint64_t done = 0; done < n && e == ERR_NONE; done += got) {
		size_t want = n - done < SIGDB_WINDOW ? (size_t)(n - done) : SIGDB_WINDOW;

		e = source_read(object, at + done, m->window, want, &got);
		if (e == ERR_NONE && got < want)
			e = ERR_TRUNCATED;
		if (e == ERR_NONE)
			hash_add(m->hashes[kind], bytes_of(m->window, got));
	}
	hash_finish(m->hashes[kind], digest);
	return e;
}

/* Look up the digest of a stretch of the object, if there is one for its size. */
static enum err
look_up_stretch(struct sigdb_matcher *m, const struct source *object, uint64_t at, uint64_t n,
    enum digest_use use, digestset_found_fn *found, void *ctx)
{
	uint8_t digest[HASH_MAX];
	enum err e;

	for (size_t i = 0; i < DIGEST_KINDS && !m->stopped; i++) {
		const struct digestset *set = digests_of(m, use, i);

		if (m->hashes[i] == NULL || !digestset_wants(set, n))
			continue;
		if ((e = hash_stretch(m, object, at, n, i, digest)) != ERR_NONE)
			return e;
		if (digestset_find(set, n, digest, found, ctx) == ERR_MALFORMED)
			m->damaged = true;
	}
	return ERR_NONE;
}

static bool
note_trusted(void *ctx, uint32_t id)
{
	bool *trusted = ctx;

	(void)id;
	*trusted = true;
	return false;
}

static enum err
look_up_sections(struct sigdb_matcher *m, const struct source *object)
{
	enum err e = ERR_NONE;

	if (m->target != TARGET_PE || !any_digests(m, DIGEST_OF_SECTION))
		return ERR_NONE;
	for (uint32_t i = 0; i < m->program.section_count && e == ERR_NONE && !m->stopped; i++) {
		const struct program_section *s = &m->program.sections[i];

		if (s->size > 0 && s->at < object->size && s->size <= object->size - s->at)
			e = look_up_stretch(
			    m, object, s->at, s->size, DIGEST_OF_SECTION, digest_found, m);
	}
	return e;
}

static enum err
look_up_imports(struct sigdb_matcher *m)
{
	struct buf imports;
	uint8_t digest[HASH_MAX];
	enum err e = ERR_NONE;

	if (m->target != TARGET_PE || !any_digests(m, DIGEST_OF_IMPORTS))
		return ERR_NONE;
	buf_init(&imports, IMPORTS_BYTES_MAX);
	if (imports_read(&m->view, &m->program, &imports) == ERR_NONE && imports.n > 0)
		for (size_t i = 0; i < DIGEST_KINDS && !m->stopped; i++) {
			const struct digestset *set = digests_of(m, DIGEST_OF_IMPORTS, i);

			if (set->count == 0)
				continue;
			hash_add(m->hashes[i], buf_bytes(&imports));
			hash_finish(m->hashes[i], digest);
			if (digestset_find(set, imports.n, digest, digest_found, m) == ERR_MALFORMED)
				m->damaged = true;
		}
	e = imports.err == ERR_NOMEM ? ERR_NOMEM : ERR_NONE;
	buf_fini(&imports);
	return e;
}

/* Look at all of the object: bodies, logical signatures, hashes. */
static enum err
match_all(struct sigdb_matcher *m, const struct source *object)
{
	enum err e, last;

	e = object->fd < 0 ? use_stretch(m, object->whole, 0, 0) : stream_file(m, object);
	if (!m->stopped && (e == ERR_NONE || e == ERR_LIMIT || e == ERR_MALFORMED)) {
		look_up_digests(m, object->size);
		if (!m->stopped && (last = look_up_sections(m, object)) != ERR_NONE)
			e = worse(e, last);
		if (!m->stopped && (last = look_up_imports(m)) != ERR_NONE)
			e = worse(e, last);
	}
	if (!m->stopped) {
		last = evaluation_finish(m->evaluation, signature_found, m);
		if (last != ERR_NONE && last != ERR_CLOSED)
			e = worse(e, last);
	}
	return e;
}

enum err
sigdb_match(struct sigdb_matcher *m, const struct source *object, bool all, sigdb_found_fn *found,
    void *ctx)
{
	bool trusted = false;
	enum err e;

	m->all = all;
	m->found = found;
	m->ctx = ctx;
	begin(m, object);
	e = look_up_stretch(m, object, 0, object->size, DIGEST_TRUSTED, note_trusted, &trusted);
	if (trusted || e != ERR_NONE)
		return e;
	e = match_all(m, object);
	drop_digests(m);
	if (m->stopped)
		return ERR_NONE;
	if (e == ERR_NONE && m->damaged)
		return ERR_MALFORMED;
	return e;
}

enum err
sigdb_match_member(struct sigdb_matcher *m, const struct sigdb_member *member, bool all, sigdb_found_fn *found,
    void *ctx)
{
	enum err e;

	if (m->db->members.n == 0)
		return ERR_NONE;
	if (m->members == NULL && (e = member_set_new(m->db->members, &m->members)) != ERR_NONE)
		return e;
	m->all = all;
	m->found = found;
	m->ctx = ctx;
	m->stopped = false;
	m->damaged = false;
	e = member_set_match(m->members, member, signature_found, m);
	if (m->stopped)
		return ERR_NONE;
	return e == ERR_NONE && m->damaged ? ERR_MALFORMED : e;
}
