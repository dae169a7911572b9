/* format/pdf_crypt.c: see pdf_crypt.h. Ciphers and digests by OpenSSL, which makes no system call for
 * them once it was used before the sandbox was entered. */
#include "format/pdf_crypt.h"

#include <openssl/evp.h>

#include "format/pdf_syntax.h"

enum { MD5_SIZE = 16, HASH_ROOM = 64, PADDING = 32 };

static const uint8_t padding[PADDING] = { 0x28, 0xbf, 0x4e, 0x5e, 0x4e, 0x75, 0x8a, 0x41, 0x64, 0x00,
	0x4e, 0x56, 0xff, 0xfa, 0x01, 0x08, 0x2e, 0x2e, 0x00, 0xb6, 0xd0, 0x68, 0x3e, 0x80, 0x2f, 0x0c,
	0xa9, 0xfe, 0x64, 0x53, 0x69, 0x7a };

static size_t
digest(const EVP_MD *kind, struct bytes in, uint8_t out[static HASH_ROOM])
{
	unsigned n = 0;

	return EVP_Digest(in.p == NULL ? "" : (const void *)in.p, in.n, out, &n, kind, NULL) == 1 ?
	    n : 0;
}

/* RC4, of its own: OpenSSL keeps it apart from what it loads. */
static void
rc4(struct bytes key, struct bytes in, struct buf *out)
{
	uint8_t s[256];
	uint8_t i = 0, j = 0;

	if (key.n == 0)
		return;
	for (unsigned k = 0; k < 256; k++)
		s[k] = (uint8_t)k;
	for (unsigned k = 0; k < 256; k++) {
		uint8_t t = s[k];

		j = (uint8_t)(j + t + key.p[k % key.n]);
		s[k] = s[j];
		s[j] = t;
	}
	j = 0;
	for (size_t k = 0; k < in.n; k++) {
		uint8_t t;

		i++;
		t = s[i];
		j = (uint8_t)(j + t);
		s[i] = s[j];
		s[j] = t;
		buf_u8(out, (uint8_t)(in.p[k] ^ s[(uint8_t)(s[i] + s[j])]));
	}
}

/* CBC. With ${padded} the last bytes say how many of them are padding; a wrong number takes none. */
static bool
aes(bool encrypt, struct bytes key, const uint8_t iv[static 16], struct bytes in, struct buf *out)
{
	const EVP_CIPHER *kind = key.n == 32 ? EVP_aes_256_cbc() : EVP_aes_128_cbc();
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	bool ok = false;
	uint8_t *to;
	int n = 0;

	in.n &= ~(size_t)15;
	if (ctx != NULL && in.n > 0 && in.n < INT32_MAX && (key.n == 16 || key.n == 32) &&
	    (to = buf_reserve(out, in.n + 16)) != NULL &&
	    EVP_CipherInit_ex(ctx, kind, NULL, key.p, iv, encrypt) == 1 &&
	    EVP_CIPHER_CTX_set_padding(ctx, 0) == 1 &&
	    EVP_CipherUpdate(ctx, to, &n, in.p, (int)in.n) == 1) {
		out->n += (size_t)n;
		ok = true;
	}
	EVP_CIPHER_CTX_free(ctx);
	return ok;
}

/* What the key is made of. */
struct fields {
	int64_t version, revision, length, permissions;
	struct buf owner, user;	/* strings O and U */
	struct buf id;
	bool metadata;
};

/* Algorithm 2: the key from the empty password. */
static void
make_key(const struct fields *f, struct pdf_crypt *c)
{
	uint8_t sum[HASH_ROOM];
	struct buf b;

	buf_init(&b, 4096);
	buf_put(&b, bytes_of(padding, PADDING));
	buf_put(&b, bytes_first(buf_bytes(&f->owner), 32));
	buf_u32le(&b, (uint32_t)f->permissions);
	buf_put(&b, bytes_first(buf_bytes(&f->id), 1024));
	if (f->revision >= 4 && !f->metadata)
		buf_u32le(&b, UINT32_MAX);
	digest(EVP_md5(), buf_bytes(&b), sum);
	for (int i = 0; f->revision >= 3 && i < 50; i++)
		digest(EVP_md5(), bytes_of(sum, c->key_size), sum);
	memcpy(c->key, sum, c->key_size);
	buf_fini(&b);
}

/* Algorithms 4 and 5: the key is right when U says so. */
static bool
key_is_right(const struct fields *f, const struct pdf_crypt *c)
{
	struct buf b, next;
	uint8_t sum[HASH_ROOM];
	size_t compared = f->revision >= 3 ? MD5_SIZE : PADDING;
	bool right;

	buf_init(&b, 4096);
	if (f->revision < 3) {
		rc4(bytes_of(c->key, c->key_size), bytes_of(padding, PADDING), &b);
	} else {
		buf_put(&b, bytes_of(padding, PADDING));
		buf_put(&b, bytes_first(buf_bytes(&f->id), 1024));
		digest(EVP_md5(), buf_bytes(&b), sum);
		buf_clear(&b);
		buf_put(&b, bytes_of(sum, MD5_SIZE));
		for (unsigned i = 0; i < 20; i++) {
			uint8_t key[32];

			for (size_t k = 0; k < c->key_size; k++)
				key[k] = (uint8_t)(c->key[k] ^ i);
			buf_init(&next, 4096);
			rc4(bytes_of(key, c->key_size), buf_bytes(&b), &next);
			buf_fini(&b);
			b = next;
		}
	}
	right = b.n >= compared && f->user.n >= compared && memcmp(b.p, f->user.p, compared) == 0;
	buf_fini(&b);
	return right;
}

/* Algorithm 2.B of revision 6: the digest that is made slow on purpose. 0: memory is short. */
static size_t
slow_digest(struct bytes salt, uint8_t k[static HASH_ROOM])
{
	const EVP_MD *const kinds[] = { EVP_sha256(), EVP_sha384(), EVP_sha512() };
	size_t n = digest(kinds[0], salt, k);
	struct buf text, packed;

	buf_init(&text, 64 * HASH_ROOM);
	buf_init(&packed, 65 * HASH_ROOM);
	/* At most: the real number depends on the bytes, and stays well below. */
	for (unsigned round = 0; round < 512 && n > 0; round++) {
		unsigned sum = 0;

		buf_clear(&text);
		buf_clear(&packed);
		for (int i = 0; i < 64; i++)
			buf_put(&text, bytes_of(k, n));
		if (!aes(true, bytes_of(k, 16), k + 16, buf_bytes(&text), &packed)) {
			n = 0;
			break;
		}
		for (int i = 0; i < 16; i++)
			sum += packed.p[i];
		n = digest(kinds[sum % 3], buf_bytes(&packed), k);
		if (round >= 63 && packed.p[packed.n - 1] <= round - 31)
			break;
	}
	buf_fini(&text);
	buf_fini(&packed);
	return n < 32 ? 0 : 32;
}

/* Revisions 5 and 6: the key itself is in the file, under a key from the password. */
static bool
open_256(const struct fields *f, struct bytes wrapped, struct pdf_crypt *c)
{
	static const uint8_t zeros[16];
	uint8_t k[HASH_ROOM];
	struct bytes u = buf_bytes(&f->user);
	struct buf key;
	bool ok;

	if (u.n < 48 || wrapped.n < 32)
		return false;
	if (f->revision == 5)
		digest(EVP_sha256(), bytes_of(u.p + 32, 8), k);
	else if (slow_digest(bytes_of(u.p + 32, 8), k) == 0)
		return false;
	if (memcmp(k, u.p, 32) != 0)
		return false;
	if (f->revision == 5)
		digest(EVP_sha256(), bytes_of(u.p + 40, 8), k);
	else if (slow_digest(bytes_of(u.p + 40, 8), k) == 0)
		return false;
	buf_init(&key, 64);
	ok = aes(false, bytes_of(k, 32), zeros, bytes_first(wrapped, 32), &key) && key.n >= 32;
	if (ok)
		memcpy(c->key, key.p, 32);
	c->key_size = 32;
	c->is_256 = c->is_aes = true;
	buf_fini(&key);
	return ok;
}

/* How streams are encrypted: the version says it, or from 4 on a named filter. */
static bool
find_cipher(struct bytes encrypt, const struct fields *f, struct pdf_crypt *c)
{
	struct bytes name, filter, method;
	char text[64];
	size_t n;

	c->key_size = f->version == 1 ? 5 : (size_t)(f->length / 8);
	if (f->version < 4)
		return c->key_size >= 5 && c->key_size <= 16;
	name = pdf_get(encrypt, "StmF");
	n = name.n > 1 && name.n < sizeof text ? name.n - 1 : 0;
	memcpy(text, name.p == NULL ? (const uint8_t *)"" : name.p + 1, n);
	text[n] = '\0';
	filter = pdf_get(pdf_get(encrypt, "CF"), text);
	method = pdf_get(filter, "CFM");
	c->key_size = 16;
	c->is_aes = pdf_is_name(method, "AESV2") || pdf_is_name(method, "AESV3");
	return c->is_aes || pdf_is_name(method, "V2");
}

bool
pdf_crypt_open(struct bytes encrypt, struct bytes id, struct pdf_crypt *out)
{
	struct pdf_crypt c = { .is_aes = false };
	struct fields f = {
		.version = pdf_number(pdf_get(encrypt, "V"), 0),
		.revision = pdf_number(pdf_get(encrypt, "R"), 0),
		.length = pdf_number(pdf_get(encrypt, "Length"), 40),
		.permissions = pdf_number(pdf_get(encrypt, "P"), 0),
		.metadata = !bytes_equal_text(pdf_get(encrypt, "EncryptMetadata"), "false"),
	};
	struct buf wrapped;
	bool ok = false;

	buf_init(&f.owner, 4096);
	buf_init(&f.user, 4096);
	buf_init(&f.id, 4096);
	buf_init(&wrapped, 4096);
	pdf_string(pdf_get(encrypt, "O"), &f.owner);
	pdf_string(pdf_get(encrypt, "U"), &f.user);
	pdf_string(id, &f.id);
	pdf_string(pdf_get(encrypt, "UE"), &wrapped);
	if (f.version == 5 && (f.revision == 5 || f.revision == 6)) {
		ok = open_256(&f, buf_bytes(&wrapped), &c);
	} else if (f.version >= 1 && f.version <= 4 && find_cipher(encrypt, &f, &c)) {
		make_key(&f, &c);
		ok = key_is_right(&f, &c);
	}
	if (ok)
		*out = c;
	buf_fini(&f.owner);
	buf_fini(&f.user);
	buf_fini(&f.id);
	buf_fini(&wrapped);
	return ok;
}

void
pdf_crypt_undo(const struct pdf_crypt *c, uint32_t number, uint32_t generation, struct bytes data,
    struct buf *out)
{
	uint8_t key[64], sum[HASH_ROOM];
	size_t n = c->key_size, before = out->n;

	memcpy(key, c->key, sizeof c->key);
	if (!c->is_256) {
		/* Algorithm 1: each object has a key of its own. */
		key[n++] = (uint8_t)number;
		key[n++] = (uint8_t)(number >> 8);
		key[n++] = (uint8_t)(number >> 16);
		key[n++] = (uint8_t)generation;
		key[n++] = (uint8_t)(generation >> 8);
		if (c->is_aes) {
			memcpy(key + n, "sAlT", 4);
			n += 4;
		}
		digest(EVP_md5(), bytes_of(key, n), sum);
		n = c->key_size + 5 < MD5_SIZE ? c->key_size + 5 : MD5_SIZE;
		memcpy(key, sum, n);
	}
	if (!c->is_aes) {
		rc4(bytes_of(key, n), data, out);
		return;
	}
	if (data.n < 32)
		return;
	if (aes(false, bytes_of(key, n), data.p, bytes_from(data, 16), out) && out->n > before &&
	    out->p[out->n - 1] >= 1 && out->p[out->n - 1] <= 16)
		out->n -= out->p[out->n - 1];
}
