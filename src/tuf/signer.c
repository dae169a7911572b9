/* tuf/signer.c: see signer.h. */
#include "tuf/signer.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "codec/encode.h"
#include "codec/json.h"
#include "crypto/random.h"
#include "os/file.h"
#include "tuf/limits.h"

/* 64 hex digits and a newline. */
enum { FILE_SIZE = 2 * SIGN_SEED_SIZE + 1 };

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

static enum err
pair_from_seed(const uint8_t seed[static SIGN_SEED_SIZE], struct tuf_signer *out, struct fault *why)
{
	struct tuf_signer signer;
	struct sign_public pub;
	enum err e;

	sign_pair_from_seed(seed, &pub, &signer.secret);
	if ((e = tuf_key_of_ed25519(&pub, &signer.key)) == ERR_NONE)
		*out = signer;
	else
		fault_set(why, e, "a key's id cannot be computed: %s", err_name(e));
	tuf_signer_forget(&signer);
	return e;
}

enum err
tuf_signer_load(int dir, const char *name, struct tuf_signer *out, struct fault *why)
{
	uint8_t seed[SIGN_SEED_SIZE];
	struct buf text;
	enum err e;

	/* Room for one byte more than is right, so that what is longer does not pass. */
	buf_init(&text, FILE_SIZE + 1);
	if ((e = refuse_shared(dir, name, why)) != ERR_NONE ||
	    (e = file_read(dir, name, &text, why)) != ERR_NONE)
		goto done;
	if (text.n != FILE_SIZE || text.p[FILE_SIZE - 1] != '\n' ||
	    decode_hex(bytes_first(buf_bytes(&text), FILE_SIZE - 1), seed, sizeof seed) !=
		ERR_NONE) {
		e = fault_set(why, ERR_MALFORMED, "the key %s must be %d hex digits and a newline",
		    name, FILE_SIZE - 1);
		goto done;
	}
	e = pair_from_seed(seed, out, why);
done:
	random_forget(seed, sizeof seed);
	if (text.p != NULL)
		random_forget(text.p, text.n);
	buf_fini(&text);
	return e;
}

static enum err
make_file(int dir, const char *name, struct fault *why)
{
	uint8_t seed[SIGN_SEED_SIZE];
	char text[FILE_SIZE + 1];
	enum err e;

	random_fill(seed, sizeof seed);
	encode_hex(bytes_of(seed, sizeof seed), text);
	text[FILE_SIZE - 1] = '\n';
	e = file_create(dir, name, bytes_of(text, FILE_SIZE), 0600, why);
	random_forget(seed, sizeof seed);
	random_forget(text, sizeof text);
	return e;
}

enum err
tuf_signer_ensure(int dir, const char *name, struct tuf_signer *out, struct fault *why)
{
	enum err e = make_file(dir, name, why);

	if (e != ERR_NONE && e != ERR_EXISTS)
		return e;
	return tuf_signer_load(dir, name, out, why);
}

void
tuf_signer_forget(struct tuf_signer *signer)
{
	sign_forget(&signer->secret);
}

static json_t *
make_signature(const struct tuf_signer *signer, struct bytes message)
{
	uint8_t raw[SIGN_SIZE];
	char hex[2 * SIGN_SIZE + 1];

	sign_bytes(&signer->secret, message, raw);
	encode_hex(bytes_of(raw, sizeof raw), hex);
	return json_pack("{s:s, s:s}", "keyid", signer->key.id, "sig", hex);
}

enum err
tuf_sign(json_t *body, const struct tuf_signer *signers, size_t count, struct buf *out)
{
	json_t *list = json_array(), *whole = NULL;
	struct buf canonical;
	enum err e;

	buf_init(&canonical, TUF_TARGETS_MAX);
	if ((e = json_write_canonical(body, &canonical)) != ERR_NONE)
		goto done;
	e = ERR_NOMEM;
	for (size_t i = 0; i < count; i++)
		if (json_array_append_new(list, make_signature(&signers[i], buf_bytes(&canonical))) != 0)
			goto done;
	if ((whole = json_pack("{s:O, s:O}", "signatures", list, "signed", body)) == NULL)
		goto done;
	e = json_write(whole, out);
done:
	json_decref(whole);
	json_decref(list);
	buf_fini(&canonical);
	return e;
}
