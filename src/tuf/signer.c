/* tuf/signer.c: see signer.h. */
#include "tuf/signer.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "codec/encode.h"
#include "codec/json.h"
#include "crypto/random.h"
#include "tuf/secret.h"

_Static_assert(TUF_SECRET_SIZE == SIGN_SEED_SIZE, "a secret file holds a seed");
_Static_assert(TUF_LABEL_SIZE == HASH_HEX_SIZE, "its label is a key's id");

enum { NAME_SIZE = 32 };

static void
name_of(enum tuf_role role, int number, char out[static NAME_SIZE])
{
	snprintf(out, NAME_SIZE, "%s-%d.key", tuf_role_name(role), number);
}

void
tuf_signer_forget(struct tuf_signer *signer)
{
	sign_forget(&signer->secret);
}

static enum err
signer_of_seed(const uint8_t *seed, struct tuf_signer *out, struct fault *why)
{
	struct tuf_signer signer;
	struct sign_public pub;
	enum err e;

	sign_pair_from_seed(seed, &pub, &signer.secret);
	if ((e = tuf_key_of_ed25519(&pub, &signer.key)) == ERR_NONE)
		*out = signer;
	else
		fault_set(why, e, "the id of a key cannot be computed: %s", err_name(e));
	tuf_signer_forget(&signer);
	return e;
}

enum err
tuf_signer_load(const struct tuf_keyring *ring, enum tuf_role role, int number,
    struct tuf_signer *out, struct fault *why)
{
	uint8_t seed[SIGN_SEED_SIZE];
	char name[NAME_SIZE];
	enum err e;

	name_of(role, number, name);
	if ((e = tuf_secret_read(ring->dir, name, ring->passphrase, seed, why)) == ERR_NONE)
		e = signer_of_seed(seed, out, why);
	random_forget(seed, sizeof seed);
	return e;
}

enum err
tuf_signer_make(const struct tuf_keyring *ring, enum tuf_role role, int number,
    struct tuf_key *out, struct fault *why)
{
	bool sealed = role == TUF_ROOT || role == TUF_TARGETS;
	struct tuf_signer signer;
	uint8_t seed[SIGN_SEED_SIZE];
	char name[NAME_SIZE];
	enum err e;

	name_of(role, number, name);
	random_fill(seed, sizeof seed);
	if ((e = signer_of_seed(seed, &signer, why)) == ERR_NONE)
		e = tuf_secret_keep(ring->dir, name, seed, signer.key.id,
		    sealed ? ring->passphrase : NULL, why);
	if (e == ERR_NONE)
		*out = signer.key;
	tuf_signer_forget(&signer);
	random_forget(seed, sizeof seed);
	return e;
}

enum err
tuf_signer_free_number(const struct tuf_keyring *ring, enum tuf_role role, int *out,
    struct fault *why)
{
	char name[NAME_SIZE];

	for (int number = 1; number <= TUF_KEYS_MAX; number++) {
		name_of(role, number, name);
		if (faccessat(ring->dir, name, F_OK, AT_SYMLINK_NOFOLLOW) != 0) {
			*out = number;
			return ERR_NONE;
		}
	}
	return fault_set(why, ERR_LIMIT, "there are %d keys for %s already", TUF_KEYS_MAX,
	    tuf_role_name(role));
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

/* Sign with one key, when it is wanted. ERR_NOT_FOUND: there is none of this number. */
static enum err
sign_with(const struct tuf_keyring *ring, enum tuf_role role, int number, struct bytes message,
    tuf_signer_wanted_fn *wanted, void *ctx, json_t *signatures, struct fault *why)
{
	char name[NAME_SIZE], id[TUF_LABEL_SIZE];
	struct tuf_signer signer;
	enum err e;

	/* What is sealed and not wanted costs nobody a passphrase. */
	name_of(role, number, name);
	e = tuf_secret_label(ring->dir, name, id, why);
	if (e == ERR_NONE && !wanted(ctx, id))
		return ERR_CONFLICT;
	if (e != ERR_NONE && e != ERR_UNSUPPORTED)
		return e;
	if ((e = tuf_signer_load(ring, role, number, &signer, why)) != ERR_NONE)
		return e;
	if (!wanted(ctx, signer.key.id))
		e = ERR_CONFLICT;
	else if (json_array_append_new(signatures, make_signature(&signer, message)) != 0)
		e = fault_set(why, ERR_NOMEM, "out of memory");
	tuf_signer_forget(&signer);
	return e;
}

enum err
tuf_signer_sign(const struct tuf_keyring *ring, enum tuf_role role, struct bytes message,
    tuf_signer_wanted_fn *wanted, void *ctx, size_t most, json_t *signatures, size_t *made,
    struct fault *why)
{
	*made = 0;
	for (int number = 1; number <= TUF_KEYS_MAX && *made < most; number++) {
		enum err e = sign_with(ring, role, number, message, wanted, ctx, signatures, why);

		if (e == ERR_NONE)
			++*made;
		else if (e != ERR_NOT_FOUND && e != ERR_CONFLICT)
			return e;
	}
	return ERR_NONE;
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
	for (size_t i = 0; i < count; i++) {
		json_t *signature = make_signature(&signers[i], buf_bytes(&canonical));

		if (json_array_append_new(list, signature) != 0)
			goto done;
	}
	if ((whole = json_pack("{s:O, s:O}", "signatures", list, "signed", body)) == NULL)
		goto done;
	e = json_write(whole, out);
done:
	json_decref(whole);
	json_decref(list);
	buf_fini(&canonical);
	return e;
}
