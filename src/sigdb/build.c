/* sigdb/build.c: see build.h. Reads sources; build_write.c makes the database. */
#include "sigdb/build.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/array.h"
#include "sigdb/build_gathered.h"
#include "sigdb/cvd.h"
#include "sigdb/logical.h"
#include "sigdb/member.h"

/* Take one line, or say in ${skip} why it is left out. ${use} is what its hash is of. */
typedef enum err add_fn(
    struct sigdb_build *b, struct bytes line, enum digest_use use, struct sigdb_skipped *skip);

static add_fn add_hash, add_section_hash, add_body, add_logical, add_member, add_ignored, add_ignored_old;

static const struct source_kind {
	const char *ending;
	add_fn *add;
	enum digest_use use;
} source_kinds[] = {
	{ ".hdb", add_hash, DIGEST_OF_FILE },
	{ ".hsb", add_hash, DIGEST_OF_FILE },
	{ ".hdu", add_hash, DIGEST_OF_FILE },
	{ ".hsu", add_hash, DIGEST_OF_FILE },
	{ ".mdb", add_section_hash, DIGEST_OF_SECTION },
	{ ".msb", add_section_hash, DIGEST_OF_SECTION },
	{ ".mdu", add_section_hash, DIGEST_OF_SECTION },
	{ ".msu", add_section_hash, DIGEST_OF_SECTION },
	{ ".imp", add_hash, DIGEST_OF_IMPORTS },
	{ ".fp", add_hash, DIGEST_TRUSTED },
	{ ".sfp", add_hash, DIGEST_TRUSTED },
	{ ".ndb", add_body, DIGEST_OF_FILE },
	{ ".ndu", add_body, DIGEST_OF_FILE },
	{ ".ldb", add_logical, DIGEST_OF_FILE },
	{ ".ldu", add_logical, DIGEST_OF_FILE },
	{ ".cdb", add_member, DIGEST_OF_FILE },
	{ ".ign", add_ignored_old, DIGEST_OF_FILE },
	{ ".ign2", add_ignored, DIGEST_OF_FILE },
};

/* What is known, and left for later; by ending, with the words for it. */
static const struct {
	const char *ending, *words;
} later_kinds[] = {
	{ ".cbc", "bytecode is not run" },
	{ ".idb", "icons are not compared" },
	{ ".pdb", "links in mail are not compared (phishing domains)" },
	{ ".gdb", "links in mail are not compared (Google Safe Browsing)" },
	{ ".wdb", "links in mail are not compared (trusted domains)" },
	{ ".crb", "certificates of programs are not judged" },
	{ ".ftm", "file types are told by what is built in" },
	{ ".cfg", "it is a setting of another engine" },
	{ ".yar", "YARA rules are not read" },
	{ ".yara", "YARA rules are not read" },
};

const char *
sigdb_reason_words(enum sigdb_reason reason)
{
	static const char *const words[SIGDB_REASONS] = {
		[SIGDB_TAKEN] = "taken",
		[SIGDB_MALFORMED] = "malformed",
		[SIGDB_FILE_KIND] = "unknown kind of source",
		[SIGDB_LEVEL] = "for another functionality level",
		[SIGDB_LATER] = "not done yet",
		[SIGDB_BODY] = "unsupported body",
		[SIGDB_IGNORED] = "ignored on request",
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
	buf_init(&b->code, UINT32_MAX);
	buf_init(&b->members, UINT32_MAX);
	ignored_init(&b->ignored);
	e = rarity_new(SIGDB_SAMPLE, &b->rarity);
	for (size_t i = 0; i < TARGETS && e == ERR_NONE; i++)
		e = patset_build_new(b->rarity, &b->targets[i].patterns);
	if (e != ERR_NONE) {
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
	for (size_t i = 0; i < TARGETS; i++) {
		patset_build_free(b->targets[i].patterns);
		free(b->targets[i].bodies);
	}
	rarity_free(b->rarity);
	for (size_t i = 0; i < DIGEST_TABLES; i++)
		free(b->digests[i].records);
	free(b->anchors);
	free(b->always);
	buf_fini(&b->code);
	buf_fini(&b->members);
	free(b->code_ends);
	buf_fini(&b->names);
	free(b->name_ends);
	ignored_fini(&b->ignored);
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

enum err
build_name_add(struct sigdb_build *b, const char *name, uint32_t *number)
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

static size_t
table_of(enum digest_use use, enum hash_kind kind)
{
	size_t at = use * DIGEST_KINDS;

	return kind == HASH_MD5 ? at : kind == HASH_SHA1 ? at + 1 : at + 2;
}

static enum sigdb_kind
kind_of_table(size_t table)
{
	static const enum sigdb_kind kinds[DIGEST_TABLES] = { SIGDB_MD5, SIGDB_SHA1, SIGDB_SHA256,
		SIGDB_SECTION_HASH, SIGDB_SECTION_HASH, SIGDB_SECTION_HASH, SIGDB_IMPORT_HASH,
		SIGDB_IMPORT_HASH, SIGDB_IMPORT_HASH, SIGDB_TRUSTED_HASH, SIGDB_TRUSTED_HASH,
		SIGDB_TRUSTED_HASH };

	return kinds[table];
}

/* True, with ${skip} filled, when a source said to leave ${name} out. */
static bool
is_ignored(const struct sigdb_build *b, const char *name, struct sigdb_skipped *skip)
{
	if (!ignored_has(&b->ignored, name))
		return false;
	skip->reason = SIGDB_IGNORED;
	skip->words = "a source says to ignore its name";
	return true;
}

static enum err
take_hash(struct sigdb_build *b, enum digest_use use, struct sigdb_skipped *skip)
{
	const struct line_hash *hash = &b->hash;
	size_t table = table_of(use, hash->kind);
	struct gathered_digests *set = &b->digests[table];
	struct digest_record *record;
	enum err e;

	if (is_ignored(b, hash->name, skip))
		return ERR_NONE;
	if (set->count >= DIGESTSET_RECORDS_MAX)
		return ERR_LIMIT;
	e = array_grow((void **)&set->records, &set->room, set->count + 1, sizeof set->records[0]);
	if (e != ERR_NONE)
		return e;
	record = &set->records[set->count];
	if ((e = build_name_add(b, hash->name, &record->id)) != ERR_NONE)
		return e;
	memcpy(record->digest, hash->digest, sizeof record->digest);
	record->size = hash->size;
	set->count++;
	b->counts.taken[kind_of_table(table)]++;
	return ERR_NONE;
}

static enum err
add_hash(struct sigdb_build *b, struct bytes line, enum digest_use use, struct sigdb_skipped *skip)
{
	skip->reason = line_read_hash(line, &b->hash, &skip->words);
	return skip->reason == SIGDB_TAKEN ? take_hash(b, use, skip) : ERR_NONE;
}

static enum err
add_section_hash(
    struct sigdb_build *b, struct bytes line, enum digest_use use, struct sigdb_skipped *skip)
{
	skip->reason = line_read_section_hash(line, &b->hash, &skip->words);
	return skip->reason == SIGDB_TAKEN ? take_hash(b, use, skip) : ERR_NONE;
}

/* The draft holds a signature, if it was read. */
static enum err
take_draft(struct sigdb_build *b, enum sigdb_kind kind, struct sigdb_skipped *skip)
{
	enum err e;

	if (skip->reason != SIGDB_TAKEN || is_ignored(b, b->draft.name, skip))
		return ERR_NONE;
	if ((e = build_signature_add(b, skip)) == ERR_NONE && skip->reason == SIGDB_TAKEN)
		b->counts.taken[kind]++;
	return e;
}

static enum err
add_body(struct sigdb_build *b, struct bytes line, enum digest_use use, struct sigdb_skipped *skip)
{
	(void)use;
	draft_clear(&b->draft, b->rarity);
	skip->reason = line_read_body(line, &b->draft, &skip->words);
	return take_draft(b, SIGDB_BODY_PATTERN, skip);
}

static enum err
add_logical(struct sigdb_build *b, struct bytes line, enum digest_use use, struct sigdb_skipped *skip)
{
	(void)use;
	draft_clear(&b->draft, b->rarity);
	skip->reason = logical_read(&b->draft, line, &skip->words);
	return take_draft(b, SIGDB_LOGICAL, skip);
}

static enum err
add_member(struct sigdb_build *b, struct bytes line, enum digest_use use, struct sigdb_skipped *skip)
{
	char name[SIGDB_NAME_SIZE];
	struct member_rule rule;
	enum err e;

	(void)use;
	skip->reason = member_read_line(line, name, &rule, &skip->words);
	if (skip->reason != SIGDB_TAKEN || is_ignored(b, name, skip))
		return ERR_NONE;
	if ((e = build_name_add(b, name, &rule.name)) != ERR_NONE)
		return e;
	member_write(&rule, &b->members);
	if ((e = b->members.err) == ERR_NONE)
		b->counts.taken[SIGDB_MEMBER]++;
	return e;
}

static enum err
ignore(struct sigdb_build *b, struct bytes name, struct sigdb_skipped *skip)
{
	char text[SIGDB_NAME_SIZE];

	if ((skip->reason = line_read_name(name, text, &skip->words)) != SIGDB_TAKEN)
		return ERR_NONE;
	return ignored_add(&b->ignored, text);
}

/* .ign2: NAME[:MD5 of the signature]. The digest, if there is one, is not compared. */
static enum err
add_ignored(struct sigdb_build *b, struct bytes line, enum digest_use use, struct sigdb_skipped *skip)
{
	(void)use;
	return ignore(b, bytes_first(line, bytes_find(line, ':')), skip);
}

/* .ign: SOURCE:LINE:NAME. */
static enum err
add_ignored_old(struct sigdb_build *b, struct bytes line, enum digest_use use, struct sigdb_skipped *skip)
{
	(void)use;
	for (int i = 0; i < 2; i++)
		line = bytes_from(line, bytes_find(line, ':') + 1);
	return ignore(b, bytes_first(line, bytes_find(line, ':')), skip);
}

static bool
ends_with(const char *name, const char *ending)
{
	size_t n = strlen(name), m = strlen(ending);

	return n > m && strcmp(name + n - m, ending) == 0;
}

static const struct source_kind *
kind_of_source(const char *name)
{
	for (size_t i = 0; i < sizeof source_kinds / sizeof source_kinds[0]; i++)
		if (ends_with(name, source_kinds[i].ending))
			return &source_kinds[i];
	return NULL;
}

static bool
is_container(const char *name)
{
	return ends_with(name, ".cvd") || ends_with(name, ".cld") || ends_with(name, ".cud");
}

bool
sigdb_build_reads(const char *name)
{
	return kind_of_source(name) != NULL || is_container(name);
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

/* Say why the whole source is left out. */
static void
refuse_source(const char *name, struct sigdb_skipped *skip)
{
	skip->reason = SIGDB_FILE_KIND;
	skip->words = "this kind of signature source is not read";
	for (size_t i = 0; i < sizeof later_kinds / sizeof later_kinds[0]; i++)
		if (ends_with(name, later_kinds[i].ending)) {
			skip->reason = SIGDB_LATER;
			skip->words = later_kinds[i].words;
		}
}

void
sigdb_build_warn(struct sigdb_build *b, sigdb_skipped_fn *warn, void *ctx)
{
	b->warn = warn;
	b->warn_ctx = ctx;
}

void
sigdb_build_pass(struct sigdb_build *b, enum sigdb_pass pass)
{
	b->pass = pass;
}

/* Files in a container that say something of the container only. */
static bool
is_about_container(const char *name)
{
	return ends_with(name, "/COPYING") || ends_with(name, ".info");
}

/* Is it for this pass? */
static bool
kind_is_wanted(const struct sigdb_build *b, const struct source_kind *kind)
{
	bool ignores = kind != NULL && (kind->add == add_ignored || kind->add == add_ignored_old);

	return b->pass == SIGDB_PASS_ALL || ignores == (b->pass == SIGDB_PASS_IGNORED);
}

bool
sigdb_build_wants(const struct sigdb_build *b, const char *name)
{
	return is_container(name) || kind_is_wanted(b, kind_of_source(name));
}

static enum err
add_source(struct sigdb_build *b, const char *name, struct bytes text,
    sigdb_skipped_fn *skipped, void *ctx)
{
	const struct source_kind *kind = kind_of_source(name);
	struct sigdb_skipped skip = { .file = name };
	enum err e;

	if (!kind_is_wanted(b, kind) || is_about_container(name))
		return ERR_NONE;
	if (kind == NULL) {
		refuse_source(name, &skip);
		tell_skipped(b, &skip, skipped, ctx);
		return ERR_NONE;
	}
	while (text.n > 0) {
		struct bytes line = take_line(&text);

		skip.line++;
		skip.reason = SIGDB_TAKEN;
		skip.words = NULL;
		if (line.n == 0 || line.p[0] == '#')
			continue;
		if (line.n > SIGDB_LINE_MAX) {
			skip.reason = SIGDB_TOO_LONG;
			skip.words = "the line is longer than 65536 bytes";
		} else if ((e = kind->add(b, line, kind->use, &skip)) != ERR_NONE)
			return e;
		if (skip.reason != SIGDB_TAKEN)
			tell_skipped(b, &skip, skipped, ctx);
		else if (skip.words != NULL && b->warn != NULL)
			b->warn(b->warn_ctx, &skip);
	}
	return ERR_NONE;
}

/* What unpacking a container needs to know. */
struct unpacking {
	struct sigdb_build *b;
	const char *container;
	sigdb_skipped_fn *skipped;
	void *ctx;
};

static enum err
add_unpacked(void *ctx, const char *name, struct bytes content)
{
	struct unpacking *u = ctx;
	char path[CVD_NAME_MAX + 4096];
	int n = snprintf(path, sizeof path, "%s/%s", u->container, name);

	if (n < 0 || (size_t)n >= sizeof path)
		return ERR_LIMIT;
	return add_source(u->b, path, content, u->skipped, u->ctx);
}

static void
tell_container(struct unpacking *u, enum sigdb_reason reason, const char *words)
{
	const struct sigdb_skipped skip = { u->container, 0, reason, words };

	/* Once, whatever the passes. */
	if (u->b->pass != SIGDB_PASS_IGNORED)
		tell_skipped(u->b, &skip, u->skipped, u->ctx);
}

static void
note_container(struct unpacking *u, bool is_signed)
{
	const struct sigdb_skipped unsigned_one = { u->container, 0, SIGDB_TAKEN,
		"it is not signed by ClamAV's makers: nothing says who made it" };

	u->b->counts.containers++;
	if (is_signed)
		u->b->counts.signed_containers++;
	else if (u->b->warn != NULL)
		u->b->warn(u->b->warn_ctx, &unsigned_one);
}

static enum err
add_container(struct unpacking *u, struct bytes file)
{
	struct cvd c;
	enum err e = cvd_open(file, &c);

	if (e == ERR_MALFORMED || e == ERR_TRUNCATED) {
		tell_container(u, SIGDB_MALFORMED, "it is no container of signatures");
		return ERR_NONE;
	}
	if (e != ERR_NONE)
		return e;
	if (!c.digest_holds) {
		tell_container(u, SIGDB_MALFORMED, "its content does not fit the digest in its header");
		return ERR_NONE;
	}
	if (u->b->pass != SIGDB_PASS_IGNORED)
		note_container(u, c.is_signed == CVD_SIGNED_CLAMAV);
	e = cvd_each(&c, SIGDB_CONTAINER_FILE_MAX, add_unpacked, u);
	if (e == ERR_MALFORMED || e == ERR_TRUNCATED) {
		tell_container(u, SIGDB_MALFORMED, "its content is damaged from some place on");
		return ERR_NONE;
	}
	return e;
}

enum err
sigdb_build_add(struct sigdb_build *b, const char *name, struct bytes text, sigdb_skipped_fn *skipped,
    void *ctx)
{
	struct unpacking u = { b, name, skipped, ctx };

	return is_container(name) ? add_container(&u, text) : add_source(b, name, text, skipped, ctx);
}
