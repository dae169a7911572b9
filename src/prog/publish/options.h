/* publish/options.h: the command line of a subcommand, read by a table.
 * --help and --version are answered here; errors and notes for a person are said here, in one form. */
#ifndef HOLDFAST_PROG_PUBLISH_OPTIONS_H
#define HOLDFAST_PROG_PUBLISH_OPTIONS_H

#include "base/bytes.h"
#include "base/err.h"

/* One option: exactly one of ${flag} and ${text} is where it goes. */
struct option_spec {
	const char *name;	/* such as "keys", for --keys */
	char letter;		/* such as 'o', for -o; 0: none */
	bool *flag;
	const char **text;
};

enum options_outcome {
	OPTIONS_BAD = 0,	/* it was said what is wrong */
	OPTIONS_ANSWERED,	/* --help or --version: nothing is left to do */
	OPTIONS_READ
};

struct command_line {
	const char *usage;	/* what --help prints */
	char **operands;	/* what is left beside the options */
	size_t operand_count;
};

/* Read argv[1...]; argv[0] is the subcommand's name. ${line->usage} is given. */
enum options_outcome options_read(int argc, char **argv, const struct option_spec *specs,
    size_t count, struct command_line *line);

/* Say what is wrong with the command line, and where to read on. */
void options_complain(const char *subcommand, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Say what went wrong, on standard error, in one line of plain text. */
void options_say_fault(const char *subcommand, const struct fault *why);

#endif
