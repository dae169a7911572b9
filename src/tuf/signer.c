/* tuf/signer.c: see signer.h. */
#include "tuf/signer.h"

#include "codec/encode.h"
#include "codec/json.h"
#include "crypto/random.h"
#include "tuf/limits.h"
#include "tuf/secret.h"

_Static_assert(TUF_SECRET_SIZE == SIGN_SEED_SIZE, "a secret file holds a seed");

enum err
tuf_signer_load(int dir, const char *name, struct tuf_signer *out, struct fault *why)
{
	uint8_t seed[SIGN_SEED_SIZE];
	struct tuf_signer signer;
	struct sign_public pub;
	enum err e;

	if ((e = tuf_secret_read(dir, name, seed, why)) != ERR_NONE)
		return e;
	sign_pair_from_seed(seed, &pub, &signer.secret);
	random_forget(seed, sizeof seed);
	if ((e = tuf_key_of_ed25519(&pub, &signer.key)) == ERR_NONE)
		*out = signer;
	else
		fault_set(why, e, "the id of the key %s cannot be computed: %s", name, err_name(e));
	tuf_signer_forget(&signer);
	return e;
}

enum err
tuf_signer_ensure(int dir, const char *name, struct tuf_signer *out, struct fault *why)
{
	enum err e = tuf_secret_make(dir, name, why);

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
