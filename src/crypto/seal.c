/* crypto/seal.c: see seal.h. */
#include "crypto/seal.h"

#include <assert.h>
#include <sodium.h>
#include <stdlib.h>

#include "base/io.h"
#include "crypto/hash.h"

_Static_assert(SEAL_KEY_SIZE == crypto_secretstream_xchacha20poly1305_KEYBYTES, "stream key");
_Static_assert(SEAL_BOX_OVERHEAD == crypto_box_SEALBYTES, "box overhead");
_Static_assert(SEAL_BOX_KEY_SIZE == crypto_box_PUBLICKEYBYTES, "box key");

_Static_assert(SEAL_KEY_SIZE == crypto_aead_xchacha20poly1305_ietf_KEYBYTES, "bytes key");
_Static_assert(SEAL_BYTES_OVERHEAD ==
	crypto_aead_xchacha20poly1305_ietf_NPUBBYTES + crypto_aead_xchacha20poly1305_ietf_ABYTES,
    "bytes overhead");

enum {
	NONCE = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
	OVERHEAD = crypto_secretstream_xchacha20poly1305_ABYTES,
	HEADER = crypto_secretstream_xchacha20poly1305_HEADERBYTES,
	TAG_MORE = 0,
	TAG_LAST = 3
};

/* What both directions carry along. */
struct stream {
	crypto_secretstream_xchacha20poly1305_state state;
	struct hash *hash;
	uint64_t size;
	uint8_t *plain;		/* SEAL_CHUNK bytes */
	uint8_t *sealed;	/* SEAL_CHUNK + OVERHEAD bytes */
};

void
seal_make_key(struct seal_key *out)
{
	assert(sodium_init() >= 0);
	crypto_secretstream_xchacha20poly1305_keygen(out->key);
}

static void
stream_fini(struct stream *s)
{
	hash_free(s->hash);
	if (s->plain != NULL)
		sodium_memzero(s->plain, SEAL_CHUNK);
	free(s->plain);
	free(s->sealed);
	sodium_memzero(&s->state, sizeof s->state);
}

static enum err
stream_init(struct stream *s)
{
	*s = (struct stream){ .size = 0 };
	s->plain = malloc(SEAL_CHUNK);
	s->sealed = malloc(SEAL_CHUNK + OVERHEAD);
	if (s->plain == NULL || s->sealed == NULL)
		return ERR_NOMEM;
	return hash_new(HASH_SHA256, &s->hash);
}

static void
stream_count(struct stream *s, size_t n)
{
	hash_add(s->hash, bytes_of(s->plain, n));
	s->size += n;
}

static void
stream_report(struct stream *s, uint64_t *size, uint8_t digest[32])
{
	if (size != NULL)
		*size = s->size;
	if (digest != NULL)
		hash_finish(s->hash, digest);
}

/* Seal chunk by chunk; a chunk that is not full, an empty one included, is the last. */
static enum err
seal_chunks(struct stream *s, int in, int out)
{
	size_t n;
	enum err e;

	do {
		unsigned long long made;

		if ((e = io_read_full(in, s->plain, SEAL_CHUNK, &n)) != ERR_NONE)
			return e;
		stream_count(s, n);
		assert(crypto_secretstream_xchacha20poly1305_push(&s->state, s->sealed, &made,
			   s->plain, n, NULL, 0, n < SEAL_CHUNK ? TAG_LAST : TAG_MORE) == 0);
		if ((e = io_write_all(out, bytes_of(s->sealed, (size_t)made))) != ERR_NONE)
			return e;
	} while (n == SEAL_CHUNK);
	return ERR_NONE;
}

enum err
seal_file(const struct seal_key *key, int in, int out, uint64_t *size, uint8_t digest[32])
{
	uint8_t header[HEADER];
	struct stream s;
	enum err e;

	if ((e = stream_init(&s)) != ERR_NONE)
		goto done;
	crypto_secretstream_xchacha20poly1305_init_push(&s.state, header, key->key);
	if ((e = io_write_all(out, bytes_of(header, sizeof header))) != ERR_NONE)
		goto done;
	if ((e = seal_chunks(&s, in, out)) != ERR_NONE)
		goto done;
	stream_report(&s, size, digest);
done:
	stream_fini(&s);
	return e;
}

static enum err
unseal_chunks(struct stream *s, int in, int out)
{
	unsigned char tag = TAG_MORE;
	size_t n;
	enum err e;

	while (tag != TAG_LAST) {
		unsigned long long made;

		if ((e = io_read_full(in, s->sealed, SEAL_CHUNK + OVERHEAD, &n)) != ERR_NONE)
			return e;
		if (n < OVERHEAD ||
		    crypto_secretstream_xchacha20poly1305_pull(&s->state, s->plain, &made, &tag,
			s->sealed, n, NULL, 0) != 0)
			return ERR_FORGED;
		stream_count(s, (size_t)made);
		if ((e = io_write_all(out, bytes_of(s->plain, (size_t)made))) != ERR_NONE)
			return e;
	}
	if ((e = io_read_full(in, s->sealed, 1, &n)) != ERR_NONE)
		return e;
	return n == 0 ? ERR_NONE : ERR_FORGED;
}

enum err
unseal_file(const struct seal_key *key, int in, int out, uint64_t *size, uint8_t digest[32])
{
	uint8_t header[HEADER];
	struct stream s;
	enum err e;
	size_t n;

	if ((e = stream_init(&s)) != ERR_NONE)
		goto done;
	if ((e = io_read_full(in, header, sizeof header, &n)) != ERR_NONE)
		goto done;
	e = ERR_FORGED;
	if (n != sizeof header ||
	    crypto_secretstream_xchacha20poly1305_init_pull(&s.state, header, key->key) != 0)
		goto done;
	if ((e = unseal_chunks(&s, in, out)) != ERR_NONE)
		goto done;
	stream_report(&s, size, digest);
done:
	stream_fini(&s);
	return e;
}

enum err
seal_bytes(const struct seal_key *key, struct bytes plain, struct buf *out)
{
	uint8_t *p = buf_reserve(out, plain.n + SEAL_BYTES_OVERHEAD);

	if (p == NULL)
		return out->err;
	/* A nonce of 192 bits may be random. */
	randombytes_buf(p, NONCE);
	crypto_aead_xchacha20poly1305_ietf_encrypt(p + NONCE, NULL, plain.p, plain.n, NULL, 0, NULL, p,
	    key->key);
	out->n += plain.n + SEAL_BYTES_OVERHEAD;
	return ERR_NONE;
}

enum err
unseal_bytes(const struct seal_key *key, struct bytes sealed, struct buf *out)
{
	uint8_t *p;

	if (sealed.n < SEAL_BYTES_OVERHEAD)
		return ERR_FORGED;
	/* A byte more, so that an empty text has a place too. */
	if ((p = buf_reserve(out, sealed.n - SEAL_BYTES_OVERHEAD + 1)) == NULL)
		return out->err;
	if (crypto_aead_xchacha20poly1305_ietf_decrypt(p, NULL, NULL, sealed.p + NONCE,
		sealed.n - NONCE, NULL, 0, sealed.p, key->key) != 0)
		return ERR_FORGED;
	out->n += sealed.n - SEAL_BYTES_OVERHEAD;
	return ERR_NONE;
}

void
seal_make_box_pair(struct seal_box_public *pub, struct seal_box_secret *secret)
{
	assert(sodium_init() >= 0);
	assert(crypto_box_keypair(pub->key, secret->key) == 0);
}

void
seal_box_public_of(const struct seal_box_secret *secret, struct seal_box_public *pub)
{
	assert(crypto_scalarmult_base(pub->key, secret->key) == 0);
}

enum err
seal_wrap(const struct seal_box_public *to, struct bytes plain, uint8_t *out)
{
	assert(sodium_init() >= 0);
	return crypto_box_seal(out, plain.p, plain.n, to->key) == 0 ? ERR_NONE : ERR_MALFORMED;
}

enum err
seal_unwrap(const struct seal_box_secret *own, struct bytes wrapped, uint8_t *out)
{
	struct seal_box_public pub;

	if (wrapped.n < SEAL_BOX_OVERHEAD)
		return ERR_FORGED;
	seal_box_public_of(own, &pub);
	return crypto_box_seal_open(out, wrapped.p, wrapped.n, pub.key, own->key) == 0 ? ERR_NONE
										    : ERR_FORGED;
}
