/* publish/options.c: see options.h. */
#include "prog/publish/options.h"

#include <assert.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/text.h"

enum {
	SPECS_MAX = 16,
	/* What getopt_long returns for --help, --version and the spec of index 0. */
	RETURN_HELP = 256,
	RETURN_VERSION,
	RETURN_FIRST
};

struct getopt_tables {
	struct option longs[SPECS_MAX + 3];
	char shorts[2 * SPECS_MAX + 2];
};

static void
make_tables(const struct option_spec *specs, size_t count, struct getopt_tables *t)
{
	size_t n = 0;

	assert(count <= SPECS_MAX);
	*t = (struct getopt_tables){ .shorts = ":" };
	n = 1;
	for (size_t i = 0; i < count; i++) {
		bool takes_text = specs[i].text != NULL;

		t->longs[i] = (struct option){ specs[i].name,
			takes_text ? required_argument : no_argument, NULL, RETURN_FIRST + (int)i };
		if (specs[i].letter == 0)
			continue;
		t->shorts[n++] = specs[i].letter;
		if (takes_text)
			t->shorts[n++] = ':';
	}
	t->longs[count] = (struct option){ "help", no_argument, NULL, RETURN_HELP };
	t->longs[count + 1] = (struct option){ "version", no_argument, NULL, RETURN_VERSION };
}

static const struct option_spec *
find_spec(const struct option_spec *specs, size_t count, int returned)
{
	for (size_t i = 0; i < count; i++)
		if (returned == RETURN_FIRST + (int)i ||
		    (specs[i].letter != 0 && returned == specs[i].letter))
			return &specs[i];
	return NULL;
}

static enum options_outcome
refuse(int returned, char **argv)
{
	const char *word = argv[optind - 1];

	if (returned == ':')
		options_complain(argv[0], "%s needs a value", word);
	else if (optopt != 0 && optopt < 256)
		options_complain(argv[0], "there is no option -%c", optopt);
	else
		options_complain(argv[0], "there is no option %s, or not with that value", word);
	return OPTIONS_BAD;
}

enum options_outcome
options_read(int argc, char **argv, const struct option_spec *specs, size_t count,
    struct command_line *line)
{
	struct getopt_tables t;
	int returned;

	make_tables(specs, count, &t);
	while ((returned = getopt_long(argc, argv, t.shorts, t.longs, NULL)) != -1) {
		const struct option_spec *spec = find_spec(specs, count, returned);

		if (returned == RETURN_HELP) {
			fputs(line->usage, stdout);
			return OPTIONS_ANSWERED;
		}
		if (returned == RETURN_VERSION) {
			puts("holdfast-publish " HOLDFAST_VERSION);
			return OPTIONS_ANSWERED;
		}
		if (spec == NULL)
			return refuse(returned, argv);
		if (spec->flag != NULL)
			*spec->flag = true;
		else
			*spec->text = optarg;
	}
	line->operands = argv + optind;
	line->operand_count = (size_t)(argc - optind);
	return OPTIONS_READ;
}

/* "holdfast-publish SUBCOMMAND: WORDS", whatever bytes of names are in the words. */
static void
say(const char *subcommand, const char *words)
{
	char plain[2 * FAULT_TEXT];

	text_make_plain(plain, sizeof plain, bytes_of_text(words));
	fprintf(stderr, "holdfast-publish %s: %s\n", subcommand, plain);
}

void
options_complain(const char *subcommand, const char *fmt, ...)
{
	char words[FAULT_TEXT];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(words, sizeof words, fmt, ap);
	va_end(ap);
	say(subcommand, words);
	fprintf(stderr, "\"holdfast-publish %s --help\" says how it is used.\n", subcommand);
}

void
options_say_fault(const char *subcommand, const struct fault *why)
{
	say(subcommand, why->text);
}
