/* codec/jws.h: one signed text: compact JWS (RFC 7515) with Ed25519 (RFC 8037).
 * Exactly one protected header is written and accepted, byte for byte, so that no field of it needs
 * to be understood before the signature holds. The payload is the caller's. */
#ifndef HOLDFAST_CODEC_JWS_H
#define HOLDFAST_CODEC_JWS_H

#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"

/* What stands between header and payload is an algorithm, so the key comes as a function. */
typedef void jws_sign_fn(void *ctx, struct bytes message, uint8_t signature[static 64]);
typedef bool jws_holds_fn(void *ctx, struct bytes message, struct bytes signature);

#define JWS_HEADER "{\"alg\":\"EdDSA\",\"typ\":\"holdfast-lease+jwt\"}"

/* Append header.payload.signature to ${out}. ERR_NOMEM, ERR_LIMIT. */
enum err jws_sign(struct bytes payload, jws_sign_fn *sign, void *ctx, struct buf *out);

/* Append the payload of ${compact} to ${payload} when its header is ours and its signature holds.
 * ERR_MALFORMED: not three parts of base64url. ERR_UNSUPPORTED: another header. ERR_FORGED. */
enum err jws_open(struct bytes compact, jws_holds_fn *holds, void *ctx, struct buf *payload);

#endif
