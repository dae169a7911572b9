/* publish/output.h: a file that is made under another name and appears whole, or not at all. */
#ifndef HOLDFAST_PROG_PUBLISH_OUTPUT_H
#define HOLDFAST_PROG_PUBLISH_OUTPUT_H

#include <limits.h>

#include "base/err.h"

struct output {
	int dir;
	int fd;			/* to be written to; stays this module's */
	char name[NAME_MAX + 1];
	char fresh[NAME_MAX + 1];
};

/* Start the file that is to be ${path}. On success end with output_commit or output_abandon. */
enum err output_start(const char *path, struct output *out, struct fault *why);

/* Sync it and give it its name, replacing what had it. On errors it is abandoned. */
enum err output_commit(struct output *out, struct fault *why);
void output_abandon(struct output *out);

#endif
