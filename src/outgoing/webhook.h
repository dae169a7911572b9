/* outgoing/webhook.h: a webhook as Standard Webhooks 1.0 has it: what it says, and how it is signed. Pure. */
#ifndef HOLDFAST_OUTGOING_WEBHOOK_H
#define HOLDFAST_OUTGOING_WEBHOOK_H

#include "entitle/store.h"
#include "outgoing/delivery_message.h"

/* Append {"type", "timestamp", "data"} for ${event}. ${sub} is the subscription that it is about, or NULL. */
enum err webhook_write_body(const char *type, const struct event *event, const struct subscription *sub,
    struct buf *out);

/* Append "v1," and the base64 of HMAC-SHA256 over ID.TIMESTAMP.BODY. ERR_MALFORMED: ${secret} is not "whsec_" and
 * base64. */
enum err webhook_sign(const char *secret, const char *id, int64_t timestamp, struct bytes body,
    struct buf *out);

/* Fill in the request for one attempt at ${now}, signed with the endpoint's secrets. ${body} is borrowed. */
enum err webhook_fill(const struct endpoint *p, const struct delivery *d, struct bytes body, int64_t now,
    struct post_request *out);

#endif
