/* sigdb/logical.h: one line of .ldb: NAME;CONDITIONS;EXPRESSION;SUBSIGNATURE;...
 * The grammar is that of ClamAV's manual, "Logical signatures". Owns nothing. */
#ifndef HOLDFAST_SIGDB_LOGICAL_H
#define HOLDFAST_SIGDB_LOGICAL_H

#include "sigdb/draft.h"

/* Read the line into the draft, which is empty. Anything but SIGDB_TAKEN says why not. */
enum sigdb_reason logical_read(struct draft *d, struct bytes line, const char **words);

#endif
