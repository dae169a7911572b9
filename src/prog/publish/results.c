/* publish/results.c: see results.h. */
#include "prog/publish/results.h"

#include <assert.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

enum {
	/* Files on their way or waiting for an earlier one. More than a pool with few workers holds;
	 * with many, they wait for the slowest only when it takes a thousand files' time. */
	WINDOW = 1024,
	/* A verdict's lines; what lies beyond is left out, with a word. */
	TEXT_MAX = 1 << 20,
	/* Paths are shown in full up to this. */
	SHOWN_MAX = 8192
};

struct slot {
	char *path;
	bool answered;
	bool to_stderr;
	struct buf text;	/* lines to print */
};

struct results {
	struct results_settings settings;
	struct results_counts counts;
	uint64_t first, next;	/* tags: those in between are in slots[tag % WINDOW] */
	struct slot slots[WINDOW];
};

enum err
results_new(const struct results_settings *settings, struct results **out)
{
	struct results *r = calloc(1, sizeof *r);

	if (r == NULL)
		return ERR_NOMEM;
	r->settings = *settings;
	for (size_t i = 0; i < WINDOW; i++)
		buf_init(&r->slots[i].text, TEXT_MAX);
	*out = r;
	return ERR_NONE;
}

void
results_free(struct results *r)
{
	if (r == NULL)
		return;
	for (size_t i = 0; i < WINDOW; i++) {
		free(r->slots[i].path);
		buf_fini(&r->slots[i].text);
	}
	free(r);
}

bool
results_is_full(const struct results *r)
{
	return r->next - r->first == WINDOW;
}

enum err
results_expect(struct results *r, const char *path, uint64_t *tag)
{
	struct slot *slot = &r->slots[r->next % WINDOW];
	char *copy = strdup(path);

	assert(!results_is_full(r));
	if (copy == NULL)
		return ERR_NOMEM;
	slot->path = copy;
	slot->answered = false;
	slot->to_stderr = false;
	buf_clear(&slot->text);
	*tag = r->next++;
	return ERR_NONE;
}

static void
print_slot(const struct slot *slot)
{
	FILE *to = slot->to_stderr ? stderr : stdout;

	fwrite(slot->text.p, 1, slot->text.n, to);
	/* The counts, and so the exit code, hold all the same. */
	if (slot->text.err != ERR_NONE)
		fputs("(the results of a file are too long to be shown, or memory is short)\n", stderr);
}

/* Print all that is answered up to the first that is not. */
static void
print_ready(struct results *r)
{
	while (r->first < r->next && r->slots[r->first % WINDOW].answered) {
		struct slot *slot = &r->slots[r->first++ % WINDOW];

		print_slot(slot);
		free(slot->path);
		slot->path = NULL;
	}
}

/* Append a JSON value and a newline. Takes it over. */
static void
put_json(struct buf *out, json_t *value)
{
	char *text = value == NULL ? NULL : json_dumps(value, JSON_COMPACT);

	if (text == NULL)
		out->err = ERR_NOMEM;
	else
		buf_printf(out, "%s\n", text);
	free(text);
	json_decref(value);
}

static void
verdict_as_json(const struct verdict *v, const char *path, struct buf *out)
{
	json_t *findings = json_array(), *missed = json_array();

	for (size_t i = 0; i < v->finding_count; i++)
		json_array_append_new(findings,
		    json_pack("{s:s, s:s, s:s}", "signature", v->findings[i].signature, "where",
			v->findings[i].where, "kind", verdict_kind_name(v->findings[i].kind)));
	for (int i = 1; i < VERDICT_GAPS; i++)
		if (v->missed[i].count > 0)
			json_array_append_new(missed,
			    json_pack("{s:s, s:s, s:I}", "reason",
				verdict_gap_name((enum verdict_gap)i), "where", v->missed[i].where,
				"count", (json_int_t)v->missed[i].count));
	put_json(out,
	    json_pack("{s:s, s:s, s:o, s:o, s:I, s:I}", "path", path, "verdict",
		verdict_kind_name(verdict_kind(v)), "findings", findings, "incomplete", missed,
		"objects", (json_int_t)v->objects, "bytes", (json_int_t)v->bytes));
}

static void
put_reasons(const struct verdict *v, struct buf *out)
{
	const char *before = "";

	for (int i = 1; i < VERDICT_GAPS; i++) {
		if (v->missed[i].count == 0)
			continue;
		buf_printf(out, "%s%s", before, verdict_gap_words((enum verdict_gap)i));
		before = "; ";
	}
	if (before[0] == '\0')
		buf_put_string(out, "the scan did not come to its end");
}

static void
verdict_as_text(const struct results *r, const struct verdict *v, const char *path,
    struct buf *out)
{
	size_t shown = r->settings.all || v->finding_count < 1 ? v->finding_count : 1;

	for (size_t i = 0; i < shown; i++)
		buf_printf(out, "%s: %s %s\n", path, v->findings[i].signature,
		    v->findings[i].kind == VERDICT_SUSPICIOUS ? "SUSPICIOUS" : "FOUND");
	if (shown < v->finding_count + v->findings_unlisted && r->settings.all)
		buf_printf(out, "%s: ... and %llu more FOUND\n", path,
		    (unsigned long long)v->findings_unlisted);
	if (v->finding_count > 0)
		return;
	if (verdict_kind(v) == VERDICT_CLEAN) {
		buf_printf(out, "%s: OK\n", path);
		return;
	}
	buf_printf(out, "%s: INCOMPLETE (", path);
	put_reasons(v, out);
	buf_put_string(out, ")\n");
}

static void
count(struct results *r, const struct verdict *v)
{
	r->counts.files++;
	r->counts.bytes += v->bytes;
	switch (verdict_kind(v)) {
	case VERDICT_CLEAN:
		break;
	case VERDICT_INFECTED:
	case VERDICT_SUSPICIOUS:
		r->counts.infected++;
		break;
	default:
		r->counts.incomplete++;
	}
}

void
results_take(struct results *r, uint64_t tag, const struct verdict *verdict)
{
	struct slot *slot = &r->slots[tag % WINDOW];
	char shown[SHOWN_MAX];

	assert(tag >= r->first && tag < r->next && !slot->answered);
	text_make_plain(shown, sizeof shown, bytes_of_text(slot->path));
	count(r, verdict);
	if (r->settings.json)
		verdict_as_json(verdict, shown, &slot->text);
	else
		verdict_as_text(r, verdict, shown, &slot->text);
	slot->answered = true;
	print_ready(r);
}

/* Append that something went wrong with ${path}. */
static void
put_error(const struct results *r, const char *path, const char *words, struct buf *out)
{
	char shown[SHOWN_MAX];

	text_make_plain(shown, sizeof shown, bytes_of_text(path));
	if (r->settings.json)
		put_json(out, json_pack("{s:s, s:s}", "path", shown, "error", words));
	else
		buf_printf(out, "%s: ERROR (%s)\n", shown, words);
}

void
results_take_error(struct results *r, uint64_t tag, const char *words)
{
	struct slot *slot = &r->slots[tag % WINDOW];

	assert(tag >= r->first && tag < r->next && !slot->answered);
	r->counts.errors++;
	slot->to_stderr = !r->settings.json;
	put_error(r, slot->path, words, &slot->text);
	slot->answered = true;
	print_ready(r);
}

void
results_note_error(struct results *r, const char *path, const char *words)
{
	uint64_t tag;

	if (results_expect(r, path, &tag) == ERR_NONE) {
		results_take_error(r, tag, words);
		return;
	}
	r->counts.errors++;
	fputs("(something could not be scanned, and memory is too short to say what)\n", stderr);
}

void
results_note_folder(struct results *r)
{
	r->counts.folders++;
}

const struct results_counts *
results_counts(const struct results *r)
{
	return &r->counts;
}
