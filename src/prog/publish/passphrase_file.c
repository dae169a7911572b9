/* publish/passphrase_file.c: see passphrase_file.h. */
#include "prog/publish/passphrase_file.h"

#include <fcntl.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "crypto/random.h"
#include "os/file.h"

enum err
passphrase_read(const char *path, struct passphrase *out, struct fault *why)
{
	struct bytes line;
	struct buf text;
	enum err e;

	*out = (struct passphrase){ .is_there = false };
	if (path == NULL)
		return ERR_NONE;
	buf_init(&text, 2 * PASSPHRASE_TEXT);
	if ((e = file_read(AT_FDCWD, path, &text, why)) != ERR_NONE)
		goto done;
	line = bytes_first(buf_bytes(&text), bytes_find(buf_bytes(&text), '\n'));
	if (line.n < PASSPHRASE_LEAST || text_from_bytes(out->text, sizeof out->text, line) != ERR_NONE ||
	    !text_is_plain(out->text))
		e = fault_set(why, ERR_MALFORMED,
		    "the first line of %s must be a passphrase of %d letters or more", path,
		    PASSPHRASE_LEAST);
	else
		out->is_there = true;
done:
	if (text.p != NULL)
		random_forget(text.p, text.room);
	buf_fini(&text);
	return e;
}

const char *
passphrase_text(const struct passphrase *p)
{
	return p->is_there ? p->text : NULL;
}

void
passphrase_forget(struct passphrase *p)
{
	random_forget(p, sizeof *p);
}
