/* crypto/passphrase.c: see passphrase.h. */
#include "crypto/passphrase.h"

#include <assert.h>
#include <sodium.h>

#include "base/reader.h"

enum {
	SALT = crypto_pwhash_argon2id_SALTBYTES,
	KEY = crypto_aead_xchacha20poly1305_ietf_KEYBYTES,
	NONCE = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
	TAG = crypto_aead_xchacha20poly1305_ietf_ABYTES,
	HEAD = SALT + 8
};

_Static_assert(HEAD + NONCE + TAG == PASSPHRASE_OVERHEAD, "what passphrase.h says");

static void
put_u32le(uint8_t *to, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		to[i] = (uint8_t)(v >> 8 * i);
}

static enum err
derive(const char *passphrase, const uint8_t *salt, uint32_t operations, uint32_t memory,
    uint8_t key[static KEY])
{
	/* Memory is all that it can lack. */
	return crypto_pwhash_argon2id(key, KEY, passphrase, strlen(passphrase), salt, operations,
		   memory, crypto_pwhash_argon2id_ALG_ARGON2ID13) == 0 ? ERR_NONE : ERR_NOMEM;
}

enum err
passphrase_seal(const char *passphrase, struct bytes plain, uint8_t *out)
{
	uint8_t key[KEY];
	enum err e;

	assert(sodium_init() >= 0);
	randombytes_buf(out, SALT);
	put_u32le(out + SALT, PASSPHRASE_OPERATIONS);
	put_u32le(out + SALT + 4, PASSPHRASE_MEMORY);
	randombytes_buf(out + HEAD, NONCE);
	e = derive(passphrase, out, PASSPHRASE_OPERATIONS, PASSPHRASE_MEMORY, key);
	if (e == ERR_NONE)
		crypto_aead_xchacha20poly1305_ietf_encrypt(out + HEAD + NONCE, NULL, plain.p, plain.n,
		    out, HEAD, NULL, out + HEAD, key);
	sodium_memzero(key, sizeof key);
	return e;
}

enum err
passphrase_open(const char *passphrase, struct bytes sealed, uint8_t *out)
{
	struct reader r = reader_over(sealed);
	struct bytes salt = reader_take(&r, SALT);
	uint32_t operations = reader_u32le(&r), memory = reader_u32le(&r);
	struct bytes nonce = reader_take(&r, NONCE);
	uint8_t key[KEY];
	enum err e;

	assert(sodium_init() >= 0);
	if (r.bad || r.rest.n < TAG || operations < crypto_pwhash_argon2id_OPSLIMIT_MIN ||
	    memory < crypto_pwhash_argon2id_MEMLIMIT_MIN)
		return ERR_MALFORMED;
	if (operations > 2 * PASSPHRASE_OPERATIONS || memory > 2 * PASSPHRASE_MEMORY)
		return ERR_LIMIT;
	if ((e = derive(passphrase, salt.p, operations, memory, key)) == ERR_NONE &&
	    crypto_aead_xchacha20poly1305_ietf_decrypt(out, NULL, NULL, r.rest.p, r.rest.n, sealed.p,
		HEAD, nonce.p, key) != 0)
		e = ERR_FORGED;
	sodium_memzero(key, sizeof key);
	return e;
}
