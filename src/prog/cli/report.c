/* cli/report.c: see report.h. File names are foreign bytes: what is shown of them is made plain. */
#include "prog/cli/report.h"

#include <stdio.h>
#include <unistd.h>

#include "agent/limits.h"
#include "base/text.h"
#include "os/clock.h"
#include "prog/cli/show.h"

enum { REDRAW_MS = 100, PATH_SHOWN = 48 };

void
report_begin(struct report *r, bool json)
{
	*r = (struct report){ .json = json, .began_ms = clock_boot_ms() };
	r->progress = isatty(STDERR_FILENO) == 1;
}

static void
clear_progress(struct report *r)
{
	if (r->drawn)
		fputs("\r\033[K", stderr);
	r->drawn = false;
}

static void
plain_path(const char *path, char out[static AGENT_PATH_SIZE])
{
	text_make_plain(out, AGENT_PATH_SIZE, bytes_of_text(path));
}

static json_t *
findings_to_json(const struct verdict *v, json_t *names)
{
	json_t *all = json_array();

	for (size_t i = 0; i < v->finding_count; i++) {
		json_array_append_new(names, json_string(v->findings[i].signature));
		json_array_append_new(all, json_pack("{s:s, s:s}", "name", v->findings[i].signature,
			"where", v->findings[i].where));
	}
	return all;
}

static json_t *
gaps_to_json(const struct verdict *v)
{
	json_t *all = json_array();

	for (int g = VERDICT_GAP_NONE + 1; g < VERDICT_GAPS; g++)
		if (v->missed[g].count > 0)
			json_array_append_new(all, json_pack("{s:s, s:s, s:I, s:s}", "reason",
				verdict_gap_name((enum verdict_gap)g), "words",
				verdict_gap_words((enum verdict_gap)g), "count",
				(json_int_t)v->missed[g].count, "where", v->missed[g].where));
	return all;
}

static void
print_json(const char *path, const struct verdict *v, const char *entry, const char *trouble)
{
	json_t *names = json_array(), *findings = findings_to_json(v, names);

	show_json(show_json_add_path(path,
	    json_pack("{s:s, s:o, s:o, s:o, s:s*, s:s*}", "verdict",
		verdict_kind_name(verdict_kind(v)), "names", names, "findings", findings, "gaps",
		gaps_to_json(v), "quarantine", entry[0] == '\0' ? NULL : entry, "trouble",
		trouble[0] == '\0' ? NULL : trouble)));
}

static void
print_text(const char *shown, const struct verdict *v, const char *entry, const char *trouble)
{
	for (size_t i = 0; i < v->finding_count; i++)
		printf("%s%s%s: %s FOUND\n", shown, v->findings[i].where[0] == '\0' ? "" : "!",
		    v->findings[i].where, v->findings[i].signature);
	for (int g = VERDICT_GAP_NONE + 1; g < VERDICT_GAPS; g++)
		if (v->missed[g].count > 0)
			printf("%s%s%s: INCOMPLETE (%s)\n", shown,
			    v->missed[g].where[0] == '\0' ? "" : "!", v->missed[g].where,
			    verdict_gap_words((enum verdict_gap)g));
	if (verdict_kind(v) == VERDICT_NONE)
		printf("%s: NOT SCANNED\n", shown);
	if (entry[0] != '\0')
		printf("%s: quarantined as %s\n", shown, entry);
	if (trouble[0] != '\0')
		fprintf(stderr, "%s: NOT quarantined: %s\n", shown, trouble);
}

void
report_verdict(struct report *r, const char *path, const struct verdict *v, const char *entry,
    const char *trouble)
{
	enum verdict_kind kind = verdict_kind(v);
	char shown[AGENT_PATH_SIZE];

	r->files++;
	r->infected += kind == VERDICT_INFECTED || kind == VERDICT_SUSPICIOUS;
	r->incomplete += kind == VERDICT_INCOMPLETE || kind == VERDICT_NONE;
	r->quarantined += entry[0] != '\0';
	r->errors += trouble[0] != '\0';
	if (kind == VERDICT_CLEAN && trouble[0] == '\0')
		return;
	clear_progress(r);
	plain_path(path, shown);
	if (r->json)
		print_json(path, v, entry, trouble);
	else
		print_text(shown, v, entry, trouble);
}

void
report_error(struct report *r, const char *path, const char *why)
{
	char shown[AGENT_PATH_SIZE];

	r->errors++;
	clear_progress(r);
	plain_path(path, shown);
	if (r->json)
		show_json(show_json_add_path(path, json_pack("{s:s}", "error", why)));
	else
		fprintf(stderr, "%s: %s\n", shown, why);
}

static double
seconds_since(int64_t began_ms)
{
	return (double)(clock_boot_ms() - began_ms) / 1000.0;
}

void
report_progress(struct report *r, const char *path)
{
	char size[SHOW_SIZE_SIZE], speed[SHOW_SIZE_SIZE], shown[PATH_SHOWN];
	int64_t now_ms = clock_boot_ms();

	if (!r->progress || now_ms - r->drawn_ms < REDRAW_MS)
		return;
	r->drawn_ms = now_ms;
	r->drawn = true;
	show_size(r->bytes, size);
	show_size((uint64_t)((double)r->bytes / (seconds_since(r->began_ms) + 0.001)), speed);
	text_make_plain(shown, sizeof shown, bytes_of_text(path));
	fprintf(stderr, "\r\033[K%llu files, %s, %s/s, %llu found  %s", (unsigned long long)r->files,
	    size, speed, (unsigned long long)r->infected, shown);
}

void
report_end(struct report *r)
{
	double seconds = seconds_since(r->began_ms);
	char size[SHOW_SIZE_SIZE];

	clear_progress(r);
	if (r->json) {
		show_json(json_pack("{s:b, s:I, s:I, s:I, s:I, s:I, s:I, s:f, s:b}", "summary", 1,
		    "files", (json_int_t)r->files, "bytes", (json_int_t)r->bytes, "infected",
		    (json_int_t)r->infected, "incomplete", (json_int_t)r->incomplete, "errors",
		    (json_int_t)r->errors, "quarantined", (json_int_t)r->quarantined, "seconds",
		    seconds, "cancelled", r->cancelled));
		return;
	}
	show_size(r->bytes, size);
	printf("\n%s%llu files scanned (%s) in %.1f s: %llu infected, %llu quarantined, %llu incomplete,"
	       " %llu errors\n",
	    r->cancelled ? "Cancelled. " : "", (unsigned long long)r->files, size, seconds,
	    (unsigned long long)r->infected, (unsigned long long)r->quarantined,
	    (unsigned long long)r->incomplete, (unsigned long long)r->errors);
}
