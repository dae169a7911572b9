/* sigdb/build.c: see build.h. Reads sources; build_write.c makes the database. */
#include "sigdb/build.h"

#include <stdlib.h>

#include "base/array.h"
#include "sigdb/build_gathered.h"

static enum err add_hash(struct sigdb_build *b, struct bytes line, struct sigdb_skipped *skip);
static enum err add_body(struct sigdb_build *b, struct bytes line, struct sigdb_skipped *skip);

/* Take one line, or say in ${skip} why it is left out. */
typedef enum err add_fn(struct sigdb_build *b, struct bytes line, struct sigdb_skipped *skip);

static const struct source_kind {
	const char *ending;
	add_fn *add;
} source_kinds[] = {
	{ ".hdb", add_hash },
	{ ".hsb", add_hash },
	{ ".ndb", add_body },
};

const char *
sigdb_reason_words(enum sigdb_reason reason)
{
	static const char *const words[SIGDB_REASONS] = {
		[SIGDB_TAKEN] = "taken",
		[SIGDB_MALFORMED] = "malformed",
		[SIGDB_FILE_KIND] = "unknown kind of source",
		[SIGDB_LEVEL] = "for another functionality level",
		[SIGDB_TARGET] = "for one file type only",
		[SIGDB_OFFSET] = "unsupported offset",
		[SIGDB_BODY] = "unsupported body",
		[SIGDB_TOO_SHORT] = "too short",
		[SIGDB_TOO_LONG] = "over a limit",
	};

	return (unsigned)reason < SIGDB_REASONS ? words[reason] : "unknown";
}

enum err
sigdb_build_new(struct sigdb_build **out)
{
	struct sigdb_build *b = calloc(1, sizeof *b);
	enum err e;

	if (b == NULL)
		return ERR_NOMEM;
	buf_init(&b->names, SIGDB_NAMES_MAX);
	if ((e = rarity_new(SIGDB_SAMPLE, &b->rarity)) != ERR_NONE ||
	    (e = patset_build_new(b->rarity, &b->patterns)) != ERR_NONE) {
		sigdb_build_free(b);
		return e;
	}
	*out = b;
	return ERR_NONE;
}

void
sigdb_build_free(struct sigdb_build *b)
{
	if (b == NULL)
		return;
	patset_build_free(b->patterns);
	rarity_free(b->rarity);
	free(b->bodies);
	for (size_t i = 0; i < SIGDB_BODY_PATTERN; i++)
		free(b->digests[i].records);
	buf_fini(&b->names);
	free(b->name_ends);
	free(b);
}

enum err
sigdb_build_learn(struct sigdb_build *b, struct bytes file)
{
	return rarity_learn(b->rarity, file);
}

const struct sigdb_counts *
sigdb_build_counts(const struct sigdb_build *b)
{
	return &b->counts;
}

/* Is ${name} the one that was added last? Many hashes in a row often share theirs. */
static bool
is_last_name(const struct sigdb_build *b, const char *name)
{
	size_t from;

	if (b->name_count == 0)
		return false;
	from = b->name_count == 1 ? 0 : b->name_ends[b->name_count - 2];
	return bytes_equal_text(bytes_from(buf_bytes(&b->names), from), name);
}

/* Give ${name} a number. */
static enum err
add_name(struct sigdb_build *b, const char *name, uint32_t *number)
{
	enum err e;

	if (!is_last_name(b, name)) {
		if (b->name_count >= UINT32_MAX)
			return ERR_LIMIT;
		e = array_grow((void **)&b->name_ends, &b->name_room, b->name_count + 1,
		    sizeof b->name_ends[0]);
		if (e != ERR_NONE)
			return e;
		buf_put_string(&b->names, name);
		if (b->names.err != ERR_NONE)
			return b->names.err;
		b->name_ends[b->name_count++] = (uint32_t)b->names.n;
	}
	*number = (uint32_t)(b->name_count - 1);
	return ERR_NONE;
}

static enum sigdb_kind
kind_of_hash(enum hash_kind kind)
{
	switch (kind) {
	case HASH_MD5:
		return SIGDB_MD5;
	case HASH_SHA1:
		return SIGDB_SHA1;
	default:
		return SIGDB_SHA256;
	}
}

static enum err
add_hash(struct sigdb_build *b, struct bytes line, struct sigdb_skipped *skip)
{
	struct line_hash *hash = &b->line.hash;
	struct gathered_digests *set;
	struct digest_record *record;
	enum sigdb_kind kind;
	enum err e;

	if ((skip->reason = line_read_hash(line, hash, &skip->words)) != SIGDB_TAKEN)
		return ERR_NONE;
	kind = kind_of_hash(hash->kind);
	set = &b->digests[kind];
	if (set->count >= DIGESTSET_RECORDS_MAX)
		return ERR_LIMIT;
	e = array_grow((void **)&set->records, &set->room, set->count + 1, sizeof set->records[0]);
	if (e != ERR_NONE)
		return e;
	record = &set->records[set->count];
	if ((e = add_name(b, hash->name, &record->id)) != ERR_NONE)
		return e;
	memcpy(record->digest, hash->digest, sizeof record->digest);
	record->size = hash->size;
	set->count++;
	b->counts.taken[kind]++;
	return ERR_NONE;
}

static enum err
add_body(struct sigdb_build *b, struct bytes line, struct sigdb_skipped *skip)
{
	struct line_body *body = &b->line.body;
	uint32_t name;
	enum err e;

	if ((skip->reason = line_read_body(line, body, &skip->words)) != SIGDB_TAKEN)
		return ERR_NONE;
	/* Name and room first: once the pattern is in the set, nothing may fail. */
	e = array_grow((void **)&b->bodies, &b->body_room, b->body_count + 1, sizeof b->bodies[0]);
	if (e != ERR_NONE || (e = add_name(b, body->name, &name)) != ERR_NONE)
		return e;
	e = patset_build_add(b->patterns,
	    &(struct pattern){ body->value, body->mask, body->n, body->place });
	if (e == ERR_UNSUPPORTED) {
		skip->reason = SIGDB_TOO_SHORT;
		skip->words = "its body has no two whole bytes in a row to search for";
		return ERR_NONE;
	}
	if (e != ERR_NONE)
		return e;
	b->bodies[b->body_count++] = name;
	b->counts.taken[SIGDB_BODY_PATTERN]++;
	return ERR_NONE;
}

static const struct source_kind *
kind_of_source(const char *name)
{
	size_t n = strlen(name);

	for (size_t i = 0; i < sizeof source_kinds / sizeof source_kinds[0]; i++) {
		const char *ending = source_kinds[i].ending;

		if (n > strlen(ending) && strcmp(name + n - strlen(ending), ending) == 0)
			return &source_kinds[i];
	}
	return NULL;
}

static void
tell_skipped(struct sigdb_build *b, const struct sigdb_skipped *skip, sigdb_skipped_fn *skipped,
    void *ctx)
{
	b->counts.skipped[skip->reason]++;
	if (skipped != NULL)
		skipped(ctx, skip);
}

/* The next line, without its end; ${text} goes on behind it. */
static struct bytes
take_line(struct bytes *text)
{
	size_t n = bytes_find(*text, '\n');
	struct bytes line = bytes_first(*text, n);

	*text = bytes_from(*text, n + 1);
	if (line.n > 0 && line.p[line.n - 1] == '\r')
		line.n--;
	return line;
}

enum err
sigdb_build_add(struct sigdb_build *b, const char *name, struct bytes text,
    sigdb_skipped_fn *skipped, void *ctx)
{
	const struct source_kind *kind = kind_of_source(name);
	struct sigdb_skipped skip = { .file = name };
	enum err e;

	if (kind == NULL) {
		skip.reason = SIGDB_FILE_KIND;
		skip.words = "this kind of signature source is not read";
		tell_skipped(b, &skip, skipped, ctx);
		return ERR_NONE;
	}
	while (text.n > 0) {
		struct bytes line = take_line(&text);

		skip.line++;
		skip.reason = SIGDB_TAKEN;
		if (line.n == 0 || line.p[0] == '#')
			continue;
		if (line.n > SIGDB_LINE_MAX) {
			skip.reason = SIGDB_TOO_LONG;
			skip.words = "the line is longer than 65536 bytes";
		} else if ((e = kind->add(b, line, &skip)) != ERR_NONE)
			return e;
		if (skip.reason != SIGDB_TAKEN)
			tell_skipped(b, &skip, skipped, ctx);
	}
	return ERR_NONE;
}
