/* holdfast-tuf: The Update Framework's client as a program: for mirrors, for diagnosis, and so that others can
 * test it. This file owns the command line and its contract; trust is tuf/'s. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/text.h"
#include "prog/tuf/commands.h"

static const char usage[] =
    "usage: holdfast-tuf --metadata-dir DIR init ROOT\n"
    "       holdfast-tuf --metadata-dir DIR --metadata-url URL refresh\n"
    "       holdfast-tuf --metadata-dir DIR --metadata-url URL --target-name NAME...\n"
    "                    --target-dir DIR --target-base-url URL download\n"
    "       holdfast-tuf --help | --version\n"
    "\n"
    "A client of The Update Framework, specification 1.0.34.\n"
    "\n"
    "  init        begin to trust ROOT, a file\n"
    "  refresh     bring the trusted metadata up to date\n"
    "  download    the same, then fetch targets; what is there already is not fetched again\n"
    "\n"
    "  --metadata-dir DIR       trusted metadata: root.json, timestamp.json, ...\n"
    "  --metadata-url URL       where the repository's metadata lies\n"
    "  --target-name NAME       what to download; may be repeated\n"
    "  --target-dir DIR         where to put it, as NAME with all but letters, digits and -._~\n"
    "                           written as %HH\n"
    "  --target-base-url URL    where the repository's targets lie\n"
    "\n"
    "Exit status: 0, or 1 when any part of it failed.\n";

enum {
	RETURN_HELP = 256,
	RETURN_VERSION,
	RETURN_METADATA_DIR,
	RETURN_METADATA_URL,
	RETURN_TARGET_NAME,
	RETURN_TARGET_DIR,
	RETURN_TARGET_URL
};

static const struct option longs[] = {
	{ "help", no_argument, NULL, RETURN_HELP },
	{ "version", no_argument, NULL, RETURN_VERSION },
	{ "metadata-dir", required_argument, NULL, RETURN_METADATA_DIR },
	{ "metadata-url", required_argument, NULL, RETURN_METADATA_URL },
	{ "target-name", required_argument, NULL, RETURN_TARGET_NAME },
	{ "target-dir", required_argument, NULL, RETURN_TARGET_DIR },
	{ "target-base-url", required_argument, NULL, RETURN_TARGET_URL },
	{ NULL, 0, NULL, 0 },
};

static int
complain(const char *words)
{
	fprintf(stderr, "holdfast-tuf: %s\n\n%s", words, usage);
	return EXIT_FAILURE;
}

/* -1: go on. */
static int
read_options(int argc, char **argv, struct tuf_options *o)
{
	int got;

	while ((got = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		switch (got) {
		case RETURN_HELP:
			fputs(usage, stdout);
			return EXIT_SUCCESS;
		case RETURN_VERSION:
			puts("holdfast-tuf " HOLDFAST_VERSION);
			return EXIT_SUCCESS;
		case RETURN_METADATA_DIR:
			o->metadata_dir = optarg;
			break;
		case RETURN_METADATA_URL:
			o->metadata_url = optarg;
			break;
		case RETURN_TARGET_NAME:
			if (o->name_count == TUF_NAMES_MAX)
				return complain("too many targets at once");
			o->names[o->name_count++] = optarg;
			break;
		case RETURN_TARGET_DIR:
			o->target_dir = optarg;
			break;
		case RETURN_TARGET_URL:
			o->target_url = optarg;
			break;
		default:
			return complain("see above");
		}
	}
	return -1;
}

/* The command's name, operands and what it needs. */
static int
run(int argc, char **argv, struct tuf_options *o, struct fault *why)
{
	const char *command = argc > optind ? argv[optind] : "";
	int operands = argc - optind - 1;
	enum err e;

	if (o->metadata_dir == NULL)
		return complain("it needs --metadata-dir");
	if (text_equal(command, "init") && operands == 1) {
		o->root = argv[optind + 1];
		e = tuf_run_init(o, why);
	} else if (text_equal(command, "refresh") && operands == 0 && o->metadata_url != NULL) {
		e = tuf_run_refresh(o, why);
	} else if (text_equal(command, "download") && operands == 0 && o->metadata_url != NULL &&
	    o->target_dir != NULL && o->target_url != NULL && o->name_count > 0) {
		e = tuf_run_download(o, why);
	} else {
		return complain("there is no such command, or it lacks an option");
	}
	return e == ERR_NONE ? EXIT_SUCCESS : EXIT_FAILURE;
}

int
main(int argc, char **argv)
{
	static struct tuf_options o;
	struct fault why = { ERR_NONE, "" };
	char plain[2 * FAULT_TEXT];
	int code;

	log_init("holdfast-tuf");
	if ((code = read_options(argc, argv, &o)) >= 0)
		return code;
	code = run(argc, argv, &o, &why);
	if (why.err != ERR_NONE) {
		text_make_plain(plain, sizeof plain, bytes_of_text(why.text));
		fprintf(stderr, "holdfast-tuf: %s\n", plain);
	}
	return code;
}
