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

enum err
tuf_key_read(const char *id, const json_t *value, struct tuf_key *out, struct fault *why)
{
	struct tuf_key key = { .kind = TUF_KEY_OTHER };
	const char *type, *scheme;
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
	case TUF_KEY_OTHER:
		break;
	}
	return text_equal(a->id, b->id);
}

bool
tuf_key_holds(const struct tuf_key *key, struct bytes message, const char *signature)
{
	uint8_t raw[SIGN_SIZE];

	switch (key->kind) {
	case TUF_KEY_ED25519:
		return decode_hex(bytes_of_text(signature), raw, SIGN_SIZE) == ERR_NONE &&
		    sign_holds(&key->ed25519, message, bytes_of(raw, SIGN_SIZE));
	case TUF_KEY_OTHER:
		break;
	}
	return false;
}
