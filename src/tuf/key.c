/* tuf/key.c: see key.h. */
#include "tuf/key.h"

#include <assert.h>

#include "base/buf.h"
#include "base/text.h"
#include "codec/encode.h"
#include "codec/json.h"
#include "tuf/limits.h"
#include "tuf/metadata.h"

static const char ed25519_name[] = "ed25519";

/* What the id of ${value} must be. */
static enum err
id_of(const json_t *value, char out[static HASH_HEX_SIZE])
{
	struct buf canonical;
	enum err e;

	buf_init(&canonical, TUF_ROOT_MAX);
	if ((e = json_write_canonical(value, &canonical)) == ERR_NONE)
		e = hash_sha256_hex(buf_bytes(&canonical), out);
	buf_fini(&canonical);
	return e;
}

static enum err
read_ed25519(const json_t *value, struct tuf_key *out, struct fault *why)
{
	const char *hex;
	json_t *keyval;
	enum err e;

	if ((e = tuf_field_object(value, "keyval", &keyval, why)) != ERR_NONE)
		return e;
	if ((e = tuf_field_text(keyval, "public", &hex, why)) != ERR_NONE)
		return e;
	if (decode_hex(bytes_of_text(hex), out->ed25519.key, SIGN_PUBLIC_SIZE) != ERR_NONE)
		return fault_set(why, ERR_MALFORMED,
		    "an Ed25519 key must be %d hex digits", 2 * SIGN_PUBLIC_SIZE);
	out->kind = TUF_KEY_ED25519;
	return ERR_NONE;
}

/* Names that we read (section 4.2), and two that others write: the first form of "ecdsa", and RSA with the
 * older padding. */
static const struct {
	const char *type, *scheme;
	enum verify_kind kind;
} pem_kinds[] = {
	{ "ecdsa", "ecdsa-sha2-nistp256", VERIFY_ECDSA_P256 },
	{ "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256", VERIFY_ECDSA_P256 },
	{ "rsa", "rsassa-pss-sha256", VERIFY_RSA_PSS },
	{ "rsa", "rsa-pkcs1v15-sha256", VERIFY_RSA_PKCS1 },
};

static enum verify_kind
pem_kind_of(const char *type, const char *scheme)
{
	for (size_t i = 0; i < sizeof pem_kinds / sizeof pem_kinds[0]; i++)
		if (text_equal(type, pem_kinds[i].type) && text_equal(scheme, pem_kinds[i].scheme))
			return pem_kinds[i].kind;
	return VERIFY_NONE;
}

/* A key that OpenSSL cannot read stays TUF_KEY_OTHER: others of its role may be enough. */
static enum err
read_pem(const json_t *value, enum verify_kind kind, struct tuf_key *out, struct fault *why)
{
	const char *text;
	json_t *keyval;
	enum err e;

	if ((e = tuf_field_object(value, "keyval", &keyval, why)) != ERR_NONE)
		return e;
	if ((e = tuf_field_text(keyval, "public", &text, why)) != ERR_NONE)
		return e;
	if ((e = verify_key_read(kind, bytes_of_text(text), &out->pem)) == ERR_NOMEM)
		return fault_set(why, e, "out of memory");
	if (e == ERR_NONE)
		out->kind = TUF_KEY_PEM;
	return ERR_NONE;
}

enum err
tuf_key_read(const char *id, const json_t *value, struct tuf_key *out, struct fault *why)
{
	struct tuf_key key = { .kind = TUF_KEY_OTHER };
	const char *type, *scheme;
	enum verify_kind pem;
	enum err e;

	if ((e = tuf_field_text(value, "keytype", &type, why)) != ERR_NONE ||
	    (e = tuf_field_text(value, "scheme", &scheme, why)) != ERR_NONE)
		return e;
	if ((e = id_of(value, key.id)) != ERR_NONE)
		return fault_set(why, e == ERR_NOMEM ? e : ERR_MALFORMED,
		    "the id of a key cannot be computed: %s", err_name(e));
	if (!text_equal(key.id, id))
		return fault_set(why, ERR_MALFORMED,
		    "the key listed as \"%.64s\" has another digest", id);
	if (text_equal(type, ed25519_name) && text_equal(scheme, ed25519_name) &&
	    (e = read_ed25519(value, &key, why)) != ERR_NONE)
		return e;
	pem = pem_kind_of(type, scheme);
	if (pem != VERIFY_NONE && (e = read_pem(value, pem, &key, why)) != ERR_NONE)
		return e;
	*out = key;
	return ERR_NONE;
}

json_t *
tuf_key_write(const struct tuf_key *key)
{
	char hex[2 * SIGN_PUBLIC_SIZE + 1];

	assert(key->kind == TUF_KEY_ED25519);
	encode_hex(bytes_of(key->ed25519.key, SIGN_PUBLIC_SIZE), hex);
	return json_pack("{s:s, s:s, s:{s:s}}", "keytype", ed25519_name, "scheme", ed25519_name,
	    "keyval", "public", hex);
}

enum err
tuf_key_of_ed25519(const struct sign_public *pub, struct tuf_key *out)
{
	struct tuf_key key = { .kind = TUF_KEY_ED25519, .ed25519 = *pub };
	json_t *value = tuf_key_write(&key);
	enum err e = value == NULL ? ERR_NOMEM : id_of(value, key.id);

	json_decref(value);
	if (e == ERR_NONE)
		*out = key;
	return e;
}

bool
tuf_key_equal(const struct tuf_key *a, const struct tuf_key *b)
{
	if (a->kind != b->kind)
		return false;
	switch (a->kind) {
	case TUF_KEY_ED25519:
		return memcmp(a->ed25519.key, b->ed25519.key, SIGN_PUBLIC_SIZE) == 0;
	case TUF_KEY_PEM:
		return verify_key_equal(&a->pem, &b->pem);
	case TUF_KEY_OTHER:
		break;
	}
	return text_equal(a->id, b->id);
}

static bool
pem_holds(const struct verify_key *key, struct bytes message, const char *signature)
{
	uint8_t raw[VERIFY_RSA_BITS_MAX / 8];
	size_t n = strlen(signature) / 2;

	/* Key holders who have not signed yet stand there with an empty signature. */
	return n > 0 && n <= sizeof raw &&
	    decode_hex(bytes_of_text(signature), raw, n) == ERR_NONE &&
	    verify_holds(key, message, bytes_of(raw, n));
}

bool
tuf_key_holds(const struct tuf_key *key, struct bytes message, const char *signature)
{
	uint8_t raw[SIGN_SIZE];

	switch (key->kind) {
	case TUF_KEY_ED25519:
		return decode_hex(bytes_of_text(signature), raw, SIGN_SIZE) == ERR_NONE &&
		    sign_holds(&key->ed25519, message, bytes_of(raw, SIGN_SIZE));
	case TUF_KEY_PEM:
		return pem_holds(&key->pem, message, signature);
	case TUF_KEY_OTHER:
		break;
	}
	return false;
}
