/* publish/passphrase_file.h: the passphrase of sealed keys, from a file. */
#ifndef HOLDFAST_PROG_PUBLISH_PASSPHRASE_FILE_H
#define HOLDFAST_PROG_PUBLISH_PASSPHRASE_FILE_H

#include <stdbool.h>

#include "base/err.h"

#define PASSPHRASE_TEXT 256
#define PASSPHRASE_LEAST 12	/* letters: fewer can be tried out, whatever each costs */

struct passphrase {
	bool is_there;
	char text[PASSPHRASE_TEXT];
};

/* Read it from the first line of the file ${path}; NULL: there is none. Wipe with passphrase_forget.
 * ERR_MALFORMED: shorter than PASSPHRASE_LEAST, longer than fits, or not plain text. */
enum err passphrase_read(const char *path, struct passphrase *out, struct fault *why);

/* NULL when there is none. */
const char *passphrase_text(const struct passphrase *p);

void passphrase_forget(struct passphrase *p);

#endif
