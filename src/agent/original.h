/* agent/original.h: remove an infected file once a sealed copy of it is in the quarantine.
 * Owns the question whether the name still is that file. Must not remove anything else. */
#ifndef HOLDFAST_AGENT_ORIGINAL_H
#define HOLDFAST_AGENT_ORIGINAL_H

#include <sys/stat.h>

/* Remove ${path}, with the rights of whoever runs this, when it still is the file that ${sealed} describes,
 * unchanged since. NULL when it is removed; else why not, in words for a person. Further hard links stay. */
const char *original_remove(const char *path, const struct stat *sealed);

#endif
