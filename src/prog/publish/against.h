/* publish/against.h: does a database find something in files that are known to be ordinary? */
#ifndef HOLDFAST_PROG_PUBLISH_AGAINST_H
#define HOLDFAST_PROG_PUBLISH_AGAINST_H

#include "base/err.h"

/* Match the files in ${folder} and the folders in it as they are, and warn of each finding on standard
 * error. ERR_NOT_FOUND and others, with words. */
enum err against_match(const char *database, const char *folder, struct fault *why);

#endif
