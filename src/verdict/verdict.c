/* verdict/verdict.c: see verdict.h. */
#include "verdict/verdict.h"

#include <assert.h>
#include <stdlib.h>

#include "base/text.h"

/* Raised with every change of the written form: the two ends are of one build, or must not talk. */
enum { FORM = 1 };

void
verdict_init(struct verdict *v)
{
	*v = (struct verdict){ 0 };
}

void
verdict_fini(struct verdict *v)
{
	if (v == NULL)
		return;
	/* The place lies behind the name, in one allocation. */
	for (size_t i = 0; i < v->finding_count; i++)
		free((void *)(uintptr_t)v->findings[i].signature);
	free(v->findings);
	verdict_init(v);
}

static bool
is_listed(const struct verdict *v, const char *signature, const char *where)
{
	for (size_t i = 0; i < v->finding_count; i++)
		if (text_equal(v->findings[i].signature, signature) &&
		    text_equal(v->findings[i].where, where))
			return true;
	return false;
}

/* Both texts are plain and within their sizes. */
static enum err
list_finding(struct verdict *v, enum verdict_kind kind, const char *signature, const char *where)
{
	size_t name_size = strlen(signature) + 1, where_size = strlen(where) + 1;
	struct verdict_finding *more;
	char *texts;

	if (v->finding_count == VERDICT_FINDINGS_MAX ||
	    name_size + where_size > VERDICT_FINDINGS_BYTES - v->finding_bytes)
		return ERR_LIMIT;
	more = realloc(v->findings, (v->finding_count + 1) * sizeof *more);
	if (more == NULL)
		return ERR_NOMEM;
	v->findings = more;
	if ((texts = malloc(name_size + where_size)) == NULL)
		return ERR_NOMEM;
	memcpy(texts, signature, name_size);
	memcpy(texts + name_size, where, where_size);
	v->findings[v->finding_count++] =
	    (struct verdict_finding){ kind, texts, texts + name_size };
	v->finding_bytes += name_size + where_size;
	return ERR_NONE;
}

enum err
verdict_add_finding(struct verdict *v, enum verdict_kind kind, const char *signature,
    const char *where)
{
	char name[VERDICT_SIGNATURE_SIZE], place[VERDICT_WHERE_SIZE];
	enum err e;

	assert(kind == VERDICT_INFECTED || kind == VERDICT_SUSPICIOUS);
	text_make_plain(name, sizeof name, bytes_of_text(signature));
	text_make_plain(place, sizeof place, bytes_of_text(where));
	if (name[0] == '\0')
		memcpy(name, "?", 2);
	if (is_listed(v, name, place))
		return ERR_NONE;
	if ((e = list_finding(v, kind, name, place)) != ERR_NONE)
		v->findings_unlisted++;
	return e == ERR_NOMEM ? e : ERR_NONE;
}

void
verdict_add_gap(struct verdict *v, enum verdict_gap gap, const char *where)
{
	struct verdict_missed *m = &v->missed[gap];

	assert(gap > VERDICT_GAP_NONE && gap < VERDICT_GAPS);
	if (m->count == 0)
		text_make_plain(m->where, sizeof m->where, bytes_of_text(where));
	if (m->count < UINT64_MAX)
		m->count++;
}

void
verdict_finish(struct verdict *v)
{
	v->finished = true;
}

enum verdict_kind
verdict_kind(const struct verdict *v)
{
	bool suspicious = false;

	for (size_t i = 0; i < v->finding_count; i++) {
		if (v->findings[i].kind == VERDICT_INFECTED)
			return VERDICT_INFECTED;
		suspicious = true;
	}
	/* What did not fit into the list cannot have been less than what a list is for. */
	if (v->findings_unlisted > 0)
		return VERDICT_INFECTED;
	if (suspicious)
		return VERDICT_SUSPICIOUS;
	if (!v->finished)
		return VERDICT_NONE;
	for (int gap = 1; gap < VERDICT_GAPS; gap++)
		if (v->missed[gap].count > 0)
			return VERDICT_INCOMPLETE;
	return VERDICT_CLEAN;
}

const char *
verdict_kind_name(enum verdict_kind kind)
{
	static const char *const names[VERDICT_KINDS] = {
		[VERDICT_NONE] = "not scanned",
		[VERDICT_CLEAN] = "clean",
		[VERDICT_INFECTED] = "infected",
		[VERDICT_SUSPICIOUS] = "suspicious",
		[VERDICT_INCOMPLETE] = "incomplete",
	};

	return (unsigned)kind < VERDICT_KINDS ? names[kind] : names[VERDICT_NONE];
}

/* Marks what is translated where it is shown. */
#define N_(text) text

static const struct {
	const char *name, *words;
} gaps[VERDICT_GAPS] = {
	[VERDICT_GAP_NONE] = { "none", N_("nothing was left out") },
	[VERDICT_GAP_DEPTH] = { "depth", N_("it is packed inside too many other files") },
	[VERDICT_GAP_OBJECTS] = { "objects", N_("it holds more files than one scan may take") },
	[VERDICT_GAP_BYTES] = { "bytes", N_("it unpacks to more than one scan may take") },
	[VERDICT_GAP_RATIO] = { "ratio",
	    N_("it unpacks to so many times its own size that it may be meant to harm") },
	[VERDICT_GAP_SIZE] = { "size",
	    N_("a file inside is so large that only its start was looked at") },
	[VERDICT_GAP_MEMORY] = { "memory", N_("unpacking it needs too much memory") },
	[VERDICT_GAP_TIME] = { "time", N_("it took longer than one scan may take") },
	[VERDICT_GAP_ENCRYPTED] = { "encrypted",
	    N_("it is encrypted: only someone with the password can look inside") },
	[VERDICT_GAP_DAMAGED] = { "damaged", N_("it is damaged and cannot be read to its end") },
	[VERDICT_GAP_UNSUPPORTED] = { "unsupported",
	    N_("it is packed in a way that cannot be unpacked here") },
	[VERDICT_GAP_UNREADABLE] = { "unreadable", N_("it could not be read") },
	[VERDICT_GAP_SCANNER] = { "scanner", N_("the scanner failed on it") },
};

const char *
verdict_gap_name(enum verdict_gap gap)
{
	return (unsigned)gap < VERDICT_GAPS ? gaps[gap].name : "unknown";
}

const char *
verdict_gap_words(enum verdict_gap gap)
{
	return (unsigned)gap < VERDICT_GAPS ? gaps[gap].words : "for an unknown reason";
}

void
verdict_write(const struct verdict *v, struct buf *out)
{
	buf_u8(out, FORM);
	buf_u8(out, v->finished);
	buf_u64le(out, v->objects);
	buf_u64le(out, v->bytes);
	buf_u64le(out, v->findings_unlisted);
	buf_u16le(out, (uint16_t)v->finding_count);
	for (size_t i = 0; i < v->finding_count; i++) {
		buf_u8(out, (uint8_t)v->findings[i].kind);
		buf_put_text(out, v->findings[i].signature);
		buf_put_text(out, v->findings[i].where);
	}
	for (int gap = 1; gap < VERDICT_GAPS; gap++) {
		buf_u64le(out, v->missed[gap].count);
		if (v->missed[gap].count > 0)
			buf_put_text(out, v->missed[gap].where);
	}
}

static enum err
read_finding(struct reader *r, struct verdict *v)
{
	char name[VERDICT_SIGNATURE_SIZE], where[VERDICT_WHERE_SIZE];
	uint8_t kind = reader_u8(r);
	enum err e;

	reader_text(r, name, sizeof name);
	reader_text(r, where, sizeof where);
	if (r->bad || (kind != VERDICT_INFECTED && kind != VERDICT_SUSPICIOUS))
		return ERR_MALFORMED;
	if (name[0] == '\0' || !text_is_plain(name) || !text_is_plain(where) ||
	    is_listed(v, name, where))
		return ERR_MALFORMED;
	e = list_finding(v, (enum verdict_kind)kind, name, where);
	return e == ERR_LIMIT ? ERR_MALFORMED : e;
}

static enum err
read_findings(struct reader *r, struct verdict *v)
{
	size_t count = reader_u16le(r);
	enum err e = count > VERDICT_FINDINGS_MAX ? ERR_MALFORMED : ERR_NONE;

	for (size_t i = 0; i < count && e == ERR_NONE; i++)
		e = read_finding(r, v);
	return e;
}

static bool
read_missed(struct reader *r, struct verdict *v)
{
	for (int gap = 1; gap < VERDICT_GAPS; gap++) {
		struct verdict_missed *m = &v->missed[gap];

		m->count = reader_u64le(r);
		if (m->count > 0)
			reader_text(r, m->where, sizeof m->where);
		if (!text_is_plain(m->where))
			return false;
	}
	return !r->bad;
}

enum err
verdict_read(struct reader *r, struct verdict *out)
{
	struct verdict v;
	uint8_t form = reader_u8(r), finished = reader_u8(r);
	enum err e;

	verdict_init(&v);
	v.finished = finished == 1;
	v.objects = reader_u64le(r);
	v.bytes = reader_u64le(r);
	v.findings_unlisted = reader_u64le(r);
	if (r->bad || form != FORM || finished > 1)
		return ERR_MALFORMED;
	if ((e = read_findings(r, &v)) != ERR_NONE)
		goto done;
	if (!read_missed(r, &v)) {
		e = ERR_MALFORMED;
		goto done;
	}
	*out = v;
	verdict_init(&v);
done:
	verdict_fini(&v);
	return e;
}
