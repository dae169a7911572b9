/* publish/build.c: "holdfast-publish build": sources -> a database, and what became of each line. */
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"
#include "base/timestamp.h"
#include "os/clock.h"
#include "prog/publish/against.h"
#include "prog/publish/options.h"
#include "prog/publish/output.h"
#include "prog/publish/publish.h"
#include "prog/publish/sources.h"
#include "sigdb/build.h"

static const char usage[] =
    "usage: holdfast-publish build [OPTION...] -o OUT.hfdb SOURCE...\n"
    "\n"
    "Compile signatures into a database. A SOURCE is a file of ClamAV's kinds (.ndb, .ldb, .hdb,\n"
    ".hsb, .mdb, .msb, .imp, .cdb, .fp, .sfp, .ign, .ign2, .cvd, .cld) or a folder of them. Lines\n"
    "that are left out are listed on standard error with the reason.\n"
    "\n"
    "  -o, --output FILE    the database to write; an old one is replaced when all is done\n"
    "  --generation N       write this generation into it (default 0: not released)\n"
    "  --against FOLDER     warn of signatures that match its files, which are ordinary ones\n"
    "  --json               print the result as JSON\n"
    "  --verbose            list every line left out, not only the first hundred\n";

/* Lines left out that are listed one by one; the rest only counted. */
enum { LISTED_MAX = 100 };

struct build_options {
	const char *output, *generation;
	const char *against;
	bool json, verbose;
};

struct report {
	const struct build_options *options;
	uint64_t listed, unlisted;
	json_t *lines;		/* for JSON, else NULL */
};

static void
note_skipped(void *ctx, const struct sigdb_skipped *s)
{
	struct report *r = ctx;
	char file[1024], words[512];

	if (r->listed >= LISTED_MAX && !r->options->verbose) {
		r->unlisted++;
		return;
	}
	r->listed++;
	text_make_plain(file, sizeof file, bytes_of_text(s->file));
	text_make_plain(words, sizeof words, bytes_of_text(s->words));
	if (r->lines != NULL)
		json_array_append_new(r->lines,
		    json_pack("{s:s, s:I, s:s, s:s}", "file", file, "line", (json_int_t)s->line,
			"reason", sigdb_reason_words(s->reason), "words", words));
	else if (s->line == 0)
		fprintf(stderr, "%s: left out: %s: %s\n", file, sigdb_reason_words(s->reason), words);
	else
		fprintf(stderr, "%s:%zu: left out: %s: %s\n", file, s->line,
		    sigdb_reason_words(s->reason), words);
}

static void
note_warning(void *ctx, const struct sigdb_skipped *s)
{
	struct report *r = ctx;
	char file[1024];

	if (r->listed >= LISTED_MAX && !r->options->verbose) {
		r->unlisted++;
		return;
	}
	r->listed++;
	text_make_plain(file, sizeof file, bytes_of_text(s->file));
	if (r->lines == NULL && s->line == 0)
		fprintf(stderr, "%s: warning: %s\n", file, s->words);
	else if (r->lines == NULL)
		fprintf(stderr, "%s:%zu: warning: %s\n", file, s->line, s->words);
	else
		json_array_append_new(r->lines, json_pack("{s:s, s:I, s:s, s:s}", "file", file, "line",
		    (json_int_t)s->line, "reason", "warning", "words", s->words));
}

static uint64_t
total(const uint64_t *counts, size_t n)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += counts[i];
	return sum;
}

static void
print_plain(const struct report *r, const struct sigdb_counts *counts)
{
	printf("%s: %" PRIu64 " signatures\n", r->options->output,
	    total(counts->taken, SIGDB_KINDS));
	for (int i = 0; i < SIGDB_KINDS; i++)
		if (counts->taken[i] > 0)
			printf("%12" PRIu64 " %s\n", counts->taken[i],
			    sigdb_kind_words((enum sigdb_kind)i));
	if (counts->containers > 0)
		printf("%" PRIu64 " containers fit the digest in their header; %" PRIu64
		       " of them are signed by ClamAV's makers\n",
		    counts->containers, counts->signed_containers);
	fflush(stdout);
	if (r->unlisted > 0)
		fprintf(stderr, "... and %" PRIu64 " more; --verbose lists them all\n", r->unlisted);
	if (total(counts->skipped, SIGDB_REASONS) == 0)
		return;
	fprintf(stderr, "left out: %" PRIu64 "\n", total(counts->skipped, SIGDB_REASONS));
	for (int i = 0; i < SIGDB_REASONS; i++)
		if (counts->skipped[i] > 0)
			fprintf(stderr, "%12" PRIu64 " %s\n", counts->skipped[i],
			    sigdb_reason_words((enum sigdb_reason)i));
}

static void
print_json(struct report *r, const struct sigdb_counts *counts, const struct sigdb_stamp *stamp)
{
	json_t *taken = json_object(), *skipped = json_object(), *all;
	char built[TIMESTAMP_SIZE], *text;

	for (int i = 0; i < SIGDB_KINDS; i++)
		json_object_set_new(taken, sigdb_kind_words((enum sigdb_kind)i),
		    json_integer((json_int_t)counts->taken[i]));
	for (int i = 0; i < SIGDB_REASONS; i++)
		if (counts->skipped[i] > 0)
			json_object_set_new(skipped, sigdb_reason_words((enum sigdb_reason)i),
			    json_integer((json_int_t)counts->skipped[i]));
	timestamp_write(stamp->built, built);
	all = json_pack("{s:s, s:I, s:s, s:I, s:o, s:I, s:o, s:I, s:I, s:O}", "database",
	    r->options->output, "generation", (json_int_t)stamp->generation, "built", built,
	    "signatures", (json_int_t)total(counts->taken, SIGDB_KINDS), "kinds", taken, "left_out",
	    (json_int_t)total(counts->skipped, SIGDB_REASONS), "reasons", skipped, "containers",
	    (json_int_t)counts->containers, "signed_containers",
	    (json_int_t)counts->signed_containers, "lines", r->lines);
	text = json_dumps(all, JSON_INDENT(1));
	puts(text != NULL ? text : "{}");
	free(text);
	json_decref(all);
}

static enum err
write_database(struct sigdb_build *b, const struct sigdb_stamp *stamp, const char *path,
    struct fault *why)
{
	struct output out;
	enum err e;

	if ((e = output_start(path, &out, why)) != ERR_NONE)
		return e;
	if ((e = sigdb_build_write(b, stamp, out.fd, why)) != ERR_NONE) {
		fault_within(why, "%s", path);
		output_abandon(&out);
		return e;
	}
	return output_commit(&out, why);
}

static enum err
build(const struct command_line *line, const struct sigdb_stamp *stamp, struct report *r,
    struct fault *why)
{
	struct sigdb_build *b = NULL;
	enum err e;

	if ((e = sigdb_build_new(&b)) != ERR_NONE)
		return fault_set(why, e, "out of memory");
	sigdb_build_warn(b, note_warning, r);
	/* What is to be ignored holds for all sources, whatever their order. */
	for (int pass = SIGDB_PASS_IGNORED; pass <= SIGDB_PASS_REST; pass++) {
		sigdb_build_pass(b, (enum sigdb_pass)pass);
		for (size_t i = 0; i < line->operand_count; i++)
			if ((e = sources_add(b, line->operands[i], note_skipped, r, why)) != ERR_NONE)
				goto done;
	}
	if (total(sigdb_build_counts(b)->taken, SIGDB_KINDS) == 0) {
		e = fault_set(why, ERR_NOT_FOUND,
		    "not one signature was taken, so %s is not written", r->options->output);
		goto done;
	}
	if ((e = write_database(b, stamp, r->options->output, why)) != ERR_NONE)
		goto done;
	if (r->options->against != NULL &&
	    (e = against_match(r->options->output, r->options->against, why)) != ERR_NONE)
		goto done;
	if (r->options->json)
		print_json(r, sigdb_build_counts(b), stamp);
	else
		print_plain(r, sigdb_build_counts(b));
done:
	sigdb_build_free(b);
	return e;
}

static int
run(const struct command_line *line, const struct build_options *options)
{
	struct sigdb_stamp stamp = { .built = clock_wall() };
	struct report r = { .options = options };
	struct fault why;
	enum err e;

	if (options->output == NULL || line->operand_count == 0) {
		options_complain("build", "it needs -o OUT.hfdb and at least one SOURCE");
		return PUBLISH_USAGE;
	}
	if (options->generation != NULL &&
	    text_to_u64(bytes_of_text(options->generation), INT64_MAX, &stamp.generation) !=
		ERR_NONE) {
		options_complain("build", "--generation takes a whole number, not \"%s\"",
		    options->generation);
		return PUBLISH_USAGE;
	}
	if (options->json)
		r.lines = json_array();
	if ((e = build(line, &stamp, &r, &why)) != ERR_NONE)
		options_say_fault("build", &why);
	json_decref(r.lines);
	return e == ERR_NONE ? PUBLISH_DONE : PUBLISH_FAILED;
}

int
build_run(int argc, char **argv)
{
	struct build_options options = { .output = NULL };
	const struct option_spec specs[] = {
		{ "output", 'o', NULL, &options.output },
		{ "generation", 0, NULL, &options.generation },
		{ "against", 0, NULL, &options.against },
		{ "json", 0, &options.json, NULL },
		{ "verbose", 0, &options.verbose, NULL },
	};
	struct command_line line = { .usage = usage };

	switch (options_read(argc, argv, specs, sizeof specs / sizeof specs[0], &line)) {
	case OPTIONS_BAD:
		return PUBLISH_USAGE;
	case OPTIONS_ANSWERED:
		return PUBLISH_DONE;
	case OPTIONS_READ:
		break;
	}
	return run(&line, &options);
}
