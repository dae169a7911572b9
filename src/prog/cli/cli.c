/* cli/cli.c: see cli.h. */
#include "prog/cli/cli.h"

#include <stdarg.h>
#include <stdio.h>

#include "prog/cli/show.h"

int
cli_fail(const struct fault *why)
{
	fprintf(stderr, "holdfast: %s\n", why->text);
	return EXIT_ERROR;
}

int
cli_wrong_use(const struct cli *cli, const char *fmt, ...)
{
	va_list ap;

	fputs("holdfast: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, "\nusage: holdfast %s\n", cli->usage);
	return EXIT_WRONG_USE;
}

int
cli_unwelcome(const struct reply *reply)
{
	struct fault why;

	if (reply->kind == REPLY_REFUSED) {
		show_refusal(&reply->refused);
		return EXIT_REFUSED;
	}
	if (reply->kind == REPLY_FAULT)
		fault_set(&why, reply->fault.err, "%s", reply->fault.text);
	else
		fault_set(&why, ERR_MALFORMED, "holdfastd gave an answer to another question");
	return cli_fail(&why);
}
