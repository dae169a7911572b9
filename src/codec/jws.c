/* codec/jws.c: see jws.h. */
#include "codec/jws.h"

#include "base/reader.h"
#include "codec/encode.h"

enum err
jws_sign(struct bytes payload, jws_sign_fn *sign, void *ctx, struct buf *out)
{
	size_t start = out->n;
	uint8_t signature[64];

	encode_base64url(bytes_of_text(JWS_HEADER), out);
	buf_u8(out, '.');
	encode_base64url(payload, out);
	if (out->err != ERR_NONE)
		return out->err;
	sign(ctx, bytes_of(out->p + start, out->n - start), signature);
	buf_u8(out, '.');
	encode_base64url(bytes_of(signature, sizeof signature), out);
	return out->err;
}

static enum err
check_header(struct bytes encoded)
{
	struct buf header;
	enum err e;

	buf_init(&header, 256);
	e = decode_base64url(encoded, &header);
	if (e == ERR_NONE && !bytes_equal_text(buf_bytes(&header), JWS_HEADER))
		e = ERR_UNSUPPORTED;
	buf_fini(&header);
	return e == ERR_LIMIT ? ERR_UNSUPPORTED : e;
}

enum err
jws_open(struct bytes compact, jws_holds_fn *holds, void *ctx, struct buf *payload)
{
	struct reader r = reader_over(compact);
	struct bytes header = reader_take_until(&r, '.');
	struct bytes body = reader_take_until(&r, '.');
	size_t signed_size = header.n + 1 + body.n;
	struct buf signature;
	enum err e;

	buf_init(&signature, 128);
	e = ERR_MALFORMED;
	if (r.bad || header.n == 0 || decode_base64url(r.rest, &signature) != ERR_NONE)
		goto done;
	if ((e = check_header(header)) != ERR_NONE)
		goto done;
	e = ERR_FORGED;
	if (!holds(ctx, bytes_first(compact, signed_size), buf_bytes(&signature)))
		goto done;
	e = decode_base64url(body, payload);
done:
	buf_fini(&signature);
	return e;
}
