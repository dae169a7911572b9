/* tuf/secret.c: see secret.h. */
#include "tuf/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "codec/encode.h"
#include "crypto/random.h"
#include "os/file.h"

enum { FILE_SIZE = 2 * TUF_SECRET_SIZE + 1 };

enum err
tuf_secret_make(int dir, const char *name, struct fault *why)
{
	uint8_t secret[TUF_SECRET_SIZE];
	char text[FILE_SIZE + 1];
	enum err e;

	random_fill(secret, sizeof secret);
	encode_hex(bytes_of(secret, sizeof secret), text);
	text[FILE_SIZE - 1] = '\n';
	e = file_create(dir, name, bytes_of(text, FILE_SIZE), 0600, why);
	random_forget(secret, sizeof secret);
	random_forget(text, sizeof text);
	return e;
}

static enum err
refuse_shared(int dir, const char *name, struct fault *why)
{
	struct stat st;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return fault_errno(why, "the key %s", name);
	if (!S_ISREG(st.st_mode) || (st.st_mode & (S_IRWXG | S_IRWXO)) != 0)
		return fault_set(why, ERR_DENIED,
		    "the key %s may be read by others than its owner: chmod 600 it, and consider "
		    "whether somebody has", name);
	return ERR_NONE;
}

enum err
tuf_secret_read(int dir, const char *name, uint8_t out[static TUF_SECRET_SIZE], struct fault *why)
{
	uint8_t secret[TUF_SECRET_SIZE];
	struct buf text;
	enum err e;

	/* One allocation, so that no copy is left behind; and room for a byte more than is right. */
	buf_init(&text, FILE_SIZE + 1);
	if ((e = refuse_shared(dir, name, why)) != ERR_NONE ||
	    (e = file_read(dir, name, &text, why)) != ERR_NONE)
		goto done;
	if (text.n != FILE_SIZE || text.p[FILE_SIZE - 1] != '\n' ||
	    decode_hex(bytes_first(buf_bytes(&text), FILE_SIZE - 1), secret, sizeof secret) !=
		ERR_NONE) {
		e = fault_set(why, ERR_MALFORMED, "the key %s must be %d hex digits and a newline",
		    name, FILE_SIZE - 1);
		goto done;
	}
	memcpy(out, secret, sizeof secret);
done:
	random_forget(secret, sizeof secret);
	if (text.p != NULL)
		random_forget(text.p, text.room);
	buf_fini(&text);
	return e;
}
