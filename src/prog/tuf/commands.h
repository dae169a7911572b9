/* tuf/commands.h: what holdfast-tuf does. Owns the network and the folder of downloads; what is believed is
 * decided by tuf/client.h. */
#ifndef HOLDFAST_PROG_TUF_COMMANDS_H
#define HOLDFAST_PROG_TUF_COMMANDS_H

#include "base/err.h"

/* Targets in one run; a command line holds no more of any use. */
#define TUF_NAMES_MAX 256

struct tuf_options {
	const char *metadata_dir, *metadata_url;
	const char *root;		/* init: the file to trust */
	const char *target_dir, *target_url;
	const char *names[TUF_NAMES_MAX];
	int name_count;
};

/* Begin to trust a root; again with the same one is fine. Asks for nothing. */
enum err tuf_run_init(const struct tuf_options *o, struct fault *why);

enum err tuf_run_refresh(const struct tuf_options *o, struct fault *why);

/* Refresh, then fetch each target. The first that fails ends it; those before it stay. */
enum err tuf_run_download(const struct tuf_options *o, struct fault *why);

#endif
