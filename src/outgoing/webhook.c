/* outgoing/webhook.c: see webhook.h. */
#include "outgoing/webhook.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/text.h"
#include "base/timestamp.h"
#include "codec/encode.h"
#include "codec/json.h"
#include "crypto/hmac.h"
#include "crypto/random.h"

enum { KEY_MAX = 64 };	/* Standard Webhooks: 24 to 64 bytes */

enum err
webhook_write_body(const char *type, const struct event *event, const struct subscription *sub,
    struct buf *out)
{
	json_t *detail = json_loads(event->detail, 0, NULL), *data, *all;
	char at[TIMESTAMP_SIZE];
	enum err e = ERR_NOMEM;

	timestamp_write(event->at, at);
	data = json_pack("{s:s*, s:s*, s:I, s:s, s:o}", "subscription", sub == NULL ? NULL : sub->id,
	    "external_id", sub == NULL ? NULL : sub->external_id, "sequence", (json_int_t)event->seq,
	    "actor", event->actor, "detail", detail == NULL ? json_object() : detail);
	all = json_pack("{s:s, s:s, s:o}", "type", type, "timestamp", at, "data", data);
	if (all != NULL)
		e = json_write(all, out);
	json_decref(all);
	return e;
}

enum err
webhook_sign(const char *secret, const char *id, int64_t timestamp, struct bytes body, struct buf *out)
{
	uint8_t digest[HMAC_SIZE];
	char head[ID_SIZE + 24];
	struct bytes pieces[2];
	struct buf key;
	enum err e = ERR_MALFORMED;

	buf_init(&key, KEY_MAX);
	if (strncmp(secret, "whsec_", 6) != 0 ||
	    decode_base64(bytes_of_text(secret + 6), &key) != ERR_NONE || key.n == 0)
		goto done;
	snprintf(head, sizeof head, "%s.%" PRId64 ".", id, timestamp);
	pieces[0] = bytes_of_text(head);
	pieces[1] = body;
	hmac_sha256(buf_bytes(&key), pieces, 2, digest);
	buf_put_string(out, "v1,");
	encode_base64(bytes_of(digest, sizeof digest), out);
	e = out->err;
done:
	if (key.p != NULL)
		random_forget(key.p, key.n);
	buf_fini(&key);
	return e;
}

enum err
webhook_fill(const struct endpoint *p, const struct delivery *d, struct bytes body, int64_t now,
    struct post_request *out)
{
	struct post_request q = { .header_count = POST_HEADERS_MAX, .body = body };
	struct buf signature;
	enum err e;

	buf_init(&signature, POST_HEADER_SIZE - 1);
	buf_put_string(&signature, "webhook-signature: ");
	if ((e = text_copy(q.url, sizeof q.url, p->url)) != ERR_NONE ||
	    (e = webhook_sign(p->secret, d->id, now, body, &signature)) != ERR_NONE)
		goto done;
	if (p->old_secret[0] != '\0' && now < p->old_until) {
		buf_u8(&signature, ' ');
		if ((e = webhook_sign(p->old_secret, d->id, now, body, &signature)) != ERR_NONE)
			goto done;
	}
	snprintf(q.headers[0], sizeof q.headers[0], "webhook-id: %s", d->id);
	snprintf(q.headers[1], sizeof q.headers[1], "webhook-timestamp: %" PRId64, now);
	if ((e = text_from_bytes(q.headers[2], sizeof q.headers[2], buf_bytes(&signature))) == ERR_NONE)
		*out = q;
done:
	buf_fini(&signature);
	return e;
}
