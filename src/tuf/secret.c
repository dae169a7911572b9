/* tuf/secret.c: see secret.h. */
#include "tuf/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/text.h"
#include "codec/encode.h"
#include "crypto/passphrase.h"
#include "crypto/random.h"
#include "os/file.h"

enum {
	PLAIN_SIZE = 2 * TUF_SECRET_SIZE + 1,
	SEALED_BYTES = TUF_SECRET_SIZE + PASSPHRASE_OVERHEAD,
	FILE_MAX = 7 + TUF_LABEL_SIZE + 2 * SEALED_BYTES + 1
};

static const char sealed_word[] = "sealed ";

enum err
tuf_secret_make(int dir, const char *name, struct fault *why)
{
	uint8_t secret[TUF_SECRET_SIZE];
	enum err e;

	random_fill(secret, sizeof secret);
	e = tuf_secret_keep(dir, name, secret, "", NULL, why);
	random_forget(secret, sizeof secret);
	return e;
}

static enum err
write_sealed(const uint8_t *secret, const char *label, const char *passphrase,
    char text[static FILE_MAX + 1], struct fault *why)
{
	uint8_t sealed[SEALED_BYTES];
	char hex[2 * SEALED_BYTES + 1];
	enum err e;

	e = passphrase_seal(passphrase, bytes_of(secret, TUF_SECRET_SIZE), sealed);
	if (e != ERR_NONE)
		return fault_set(why, e, "cannot seal a key: %s", err_name(e));
	encode_hex(bytes_of(sealed, sizeof sealed), hex);
	snprintf(text, FILE_MAX + 1, "%s%s %s\n", sealed_word, label, hex);
	return ERR_NONE;
}

enum err
tuf_secret_keep(int dir, const char *name, const uint8_t secret[static TUF_SECRET_SIZE],
    const char *label, const char *passphrase, struct fault *why)
{
	char text[FILE_MAX + 1];
	enum err e = ERR_NONE;

	if (passphrase == NULL) {
		encode_hex(bytes_of(secret, TUF_SECRET_SIZE), text);
		text[PLAIN_SIZE - 1] = '\n';
		text[PLAIN_SIZE] = '\0';
	} else {
		e = write_sealed(secret, label, passphrase, text, why);
	}
	if (e == ERR_NONE)
		e = file_create(dir, name, bytes_of_text(text), 0600, why);
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

/* Take a sealed file apart; both parts lie in ${text}. */
static bool
split(struct bytes text, struct bytes *label, struct bytes *hex)
{
	struct bytes rest = bytes_from(text, sizeof sealed_word - 1);
	size_t space = bytes_find(rest, ' ');

	*label = bytes_first(rest, space);
	*hex = bytes_from(rest, space + 1);
	if (hex->n != 2 * SEALED_BYTES + 1 || hex->p[2 * SEALED_BYTES] != '\n')
		return false;
	hex->n--;
	return true;
}

static enum err
open_sealed(struct bytes text, const char *name, const char *passphrase, uint8_t *out,
    struct fault *why)
{
	uint8_t sealed[SEALED_BYTES];
	struct bytes label, hex;
	enum err e;

	if (!split(text, &label, &hex) || decode_hex(hex, sealed, sizeof sealed) != ERR_NONE)
		return fault_set(why, ERR_MALFORMED, "the sealed key %s is damaged", name);
	if (passphrase == NULL)
		return fault_set(why, ERR_DENIED, "the key %s is sealed: its passphrase is needed", name);
	e = passphrase_open(passphrase, bytes_of(sealed, sizeof sealed), out);
	if (e == ERR_FORGED)
		return fault_set(why, ERR_DENIED, "the passphrase of the key %s is another", name);
	if (e != ERR_NONE)
		return fault_set(why, e, "the key %s cannot be opened: %s", name, err_name(e));
	return ERR_NONE;
}

static enum err
read_text(int dir, const char *name, struct buf *text, struct fault *why)
{
	enum err e;

	/* One allocation, so that no copy is left behind; and room for a byte more than is right. */
	buf_init(text, FILE_MAX + 1);
	if ((e = refuse_shared(dir, name, why)) == ERR_NONE)
		e = file_read(dir, name, text, why);
	return e;
}

static void
forget_text(struct buf *text)
{
	if (text->p != NULL)
		random_forget(text->p, text->room);
	buf_fini(text);
}

enum err
tuf_secret_label(int dir, const char *name, char label[static TUF_LABEL_SIZE], struct fault *why)
{
	struct bytes at, hex;
	struct buf text;
	enum err e;

	if ((e = read_text(dir, name, &text, why)) != ERR_NONE)
		goto done;
	if (!bytes_start_with(buf_bytes(&text), sealed_word))
		e = ERR_UNSUPPORTED;
	else if (!split(buf_bytes(&text), &at, &hex) ||
	    text_from_bytes(label, TUF_LABEL_SIZE, at) != ERR_NONE)
		e = fault_set(why, ERR_MALFORMED, "the sealed key %s is damaged", name);
done:
	forget_text(&text);
	return e;
}

enum err
tuf_secret_read(int dir, const char *name, const char *passphrase,
    uint8_t out[static TUF_SECRET_SIZE], struct fault *why)
{
	uint8_t secret[TUF_SECRET_SIZE];
	struct buf text;
	enum err e;

	if ((e = read_text(dir, name, &text, why)) != ERR_NONE)
		goto done;
	if (bytes_start_with(buf_bytes(&text), sealed_word))
		e = open_sealed(buf_bytes(&text), name, passphrase, secret, why);
	else if (text.n != PLAIN_SIZE || text.p[PLAIN_SIZE - 1] != '\n' ||
	    decode_hex(bytes_first(buf_bytes(&text), PLAIN_SIZE - 1), secret, sizeof secret) !=
		ERR_NONE)
		e = fault_set(why, ERR_MALFORMED, "the key %s must be %d hex digits and a newline",
		    name, PLAIN_SIZE - 1);
	if (e == ERR_NONE)
		memcpy(out, secret, sizeof secret);
done:
	random_forget(secret, sizeof secret);
	forget_text(&text);
	return e;
}
