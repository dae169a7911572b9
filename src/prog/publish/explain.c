/* publish/explain.c: "holdfast-publish explain": which parts of which signatures stand where in a file, for
 * those who write signatures. The file is matched as it is; nothing in it is unpacked. */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "base/text.h"
#include "prog/publish/database.h"
#include "prog/publish/options.h"
#include "prog/publish/publish.h"
#include "sigdb/sigdb.h"

static const char usage[] =
    "usage: holdfast-publish explain [OPTION...] -d DB FILE...\n"
    "\n"
    "Show which parts of which signatures stand where in a file, with the bytes there, also of\n"
    "signatures that do not match as a whole; then what is found.\n"
    "\n"
    "  -d, --database DB    compiled (.hfdb), or a source or folder of sources, compiled first\n"
    "  --most N             show so many parts of a file (default 1000)\n";

/* Bytes of a part that are shown: its start, as a row of what hex dumps have. */
enum { ROW = 16, MOST_DEFAULT = 1000 };

struct explaining {
	const struct source *object;
	uint64_t shown, most;
	uint64_t found;
};

static void
print_row(const struct source *object, uint64_t start, uint64_t end)
{
	uint8_t bytes[ROW];
	size_t n = end - start < ROW ? (size_t)(end - start) : ROW, got;

	if (source_read(object, start, bytes, n, &got) != ERR_NONE)
		return;
	printf("    %08" PRIx64 " ", start);
	for (size_t i = 0; i < ROW; i++)
		if (i < got)
			printf(" %02x", bytes[i]);
		else
			fputs("   ", stdout);
	fputs("  |", stdout);
	for (size_t i = 0; i < got; i++)
		putchar(bytes[i] >= 32 && bytes[i] < 127 ? bytes[i] : '.');
	puts(end - start > ROW ? "|..." : "|");
}

static void
show_part(void *ctx, const struct sigdb_part *part)
{
	struct explaining *x = ctx;

	if (x->shown++ >= x->most)
		return;
	printf("  %s, subsignature %" PRIu32 ": bytes %" PRIu64 " to %" PRIu64 "\n", part->name, part->sub,
	    part->start, part->end);
	print_row(x->object, part->start, part->end);
}

static bool
show_finding(void *ctx, const char *name)
{
	struct explaining *x = ctx;

	x->found++;
	printf("  FOUND %s\n", name);
	return true;
}

static enum err
explain_file(struct sigdb_matcher *m, const char *path, uint64_t most, struct fault *why)
{
	struct explaining x = { .most = most };
	struct source object;
	char plain[1024];
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	enum err e;

	text_make_plain(plain, sizeof plain, bytes_of_text(path));
	if (fd < 0)
		return fault_errno(why, "cannot open %s", plain);
	if ((e = source_of_file(fd, &object)) != ERR_NONE) {
		fault_set(why, e, "%s is not a regular file", plain);
		goto done;
	}
	x.object = &object;
	printf("%s: %" PRIu64 " bytes\n", plain, object.size);
	sigdb_matcher_trace(m, show_part, &x);
	if ((e = sigdb_match(m, &object, true, show_finding, &x)) != ERR_NONE)
		fault_set(why, e, "%s could not be matched to its end: %s", plain, err_name(e));
	if (x.shown > x.most)
		printf("  ... and %" PRIu64 " more parts; --most N shows them\n", x.shown - x.most);
	if (x.found == 0 && e == ERR_NONE)
		puts("  nothing is found");
done:
	close(fd);
	return e;
}

static enum err
explain(const struct command_line *line, const char *database, uint64_t most, struct fault *why)
{
	struct sigdb_matcher *m = NULL;
	struct sigdb *db = NULL;
	uint64_t left_out = 0;
	int fd = -1;
	enum err e;

	if ((e = database_open(database, &fd, &left_out, why)) != ERR_NONE ||
	    (e = sigdb_open(fd, &db, why)) != ERR_NONE)
		goto done;
	if (left_out > 0)
		fprintf(stderr, "%" PRIu64 " lines or files of the sources are left out\n", left_out);
	if ((e = sigdb_matcher_new(db, &m)) != ERR_NONE) {
		fault_set(why, e, "out of memory");
		goto done;
	}
	for (size_t i = 0; i < line->operand_count; i++)
		if ((e = explain_file(m, line->operands[i], most, why)) != ERR_NONE)
			break;
done:
	sigdb_matcher_free(m);
	sigdb_close(db);
	if (fd >= 0)
		close(fd);
	return e;
}

int
explain_run(int argc, char **argv)
{
	const char *database = NULL, *most_text = NULL;
	const struct option_spec specs[] = {
		{ "database", 'd', NULL, &database },
		{ "most", 0, NULL, &most_text },
	};
	struct command_line line = { .usage = usage };
	uint64_t most = MOST_DEFAULT;
	struct fault why;

	switch (options_read(argc, argv, specs, sizeof specs / sizeof specs[0], &line)) {
	case OPTIONS_BAD:
		return PUBLISH_USAGE;
	case OPTIONS_ANSWERED:
		return PUBLISH_DONE;
	case OPTIONS_READ:
		break;
	}
	if (database == NULL || line.operand_count == 0) {
		options_complain("explain", "it needs -d DB and at least one FILE");
		return PUBLISH_USAGE;
	}
	if (most_text != NULL &&
	    text_to_u64(bytes_of_text(most_text), UINT64_MAX, &most) != ERR_NONE) {
		options_complain("explain", "--most takes a whole number, not \"%s\"", most_text);
		return PUBLISH_USAGE;
	}
	if (explain(&line, database, most, &why) != ERR_NONE) {
		options_say_fault("explain", &why);
		return PUBLISH_FAILED;
	}
	return PUBLISH_DONE;
}
