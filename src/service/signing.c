/* service/signing.c: see signing.h. */
#include "service/signing.h"

#include "base/reader.h"

void
signing_write_request(const struct signing_request *q, struct buf *out)
{
	const struct lease *l = &q->lease;

	buf_u8(out, SIGNING_LEASE);
	buf_put_text(out, l->device);
	buf_put_text(out, l->subscription);
	buf_i64le(out, l->issued);
	buf_i64le(out, l->not_before);
	buf_i64le(out, l->expires);
	buf_i64le(out, l->grace_s);
	buf_put_text(out, l->nonce);
	buf_u32le(out, l->features);
	buf_u32le(out, (uint32_t)l->reason);
	buf_i64le(out, l->since);
	buf_u32le(out, (uint32_t)l->ending);
	buf_i64le(out, l->paid_until);
	buf_put_text(out, l->moved_to);
	buf_put_text(out, l->provider.name);
	buf_put_text(out, l->provider.phone);
	buf_put_text(out, l->provider.web);
	buf_put_text(out, l->provider.hours);
	buf_put_text(out, l->reference);
	buf_put_text(out, l->revision);
	buf_put(out, bytes_of(q->device_key, sizeof q->device_key));
}

#define READ_TEXT(r, field) reader_text(r, field, sizeof field)

static void
read_lease(struct reader *r, struct lease *l)
{
	READ_TEXT(r, l->device);
	READ_TEXT(r, l->subscription);
	l->issued = reader_i64le(r);
	l->not_before = reader_i64le(r);
	l->expires = reader_i64le(r);
	l->grace_s = reader_i64le(r);
	READ_TEXT(r, l->nonce);
	l->features = reader_u32le(r);
	l->reason = (enum reason)reader_u32le(r);
	l->since = reader_i64le(r);
	l->ending = (enum reason)reader_u32le(r);
	l->paid_until = reader_i64le(r);
	READ_TEXT(r, l->moved_to);
	READ_TEXT(r, l->provider.name);
	READ_TEXT(r, l->provider.phone);
	READ_TEXT(r, l->provider.web);
	READ_TEXT(r, l->provider.hours);
	READ_TEXT(r, l->reference);
	READ_TEXT(r, l->revision);
}

enum err
signing_read_request(struct bytes message, struct signing_request *out)
{
	struct reader r = reader_over(message);
	struct signing_request q = { .lease = { .features = 0 } };
	struct bytes key;

	if (reader_u8(&r) != SIGNING_LEASE)
		return ERR_MALFORMED;
	read_lease(&r, &q.lease);
	key = reader_take(&r, sizeof q.device_key);
	if (!reader_is_done(&r) || (unsigned)q.lease.reason >= REASON_COUNT ||
	    (unsigned)q.lease.ending >= REASON_COUNT)
		return ERR_MALFORMED;
	memcpy(q.device_key, key.p, sizeof q.device_key);
	*out = q;
	return ERR_NONE;
}

void
signing_write_signed(struct bytes lease, struct buf *out)
{
	buf_u8(out, SIGNING_SIGNED);
	buf_put_blob(out, lease);
}

void
signing_write_refused(const char *why, struct buf *out)
{
	buf_u8(out, SIGNING_REFUSED);
	buf_put_text(out, why);
}

enum err
signing_read_answer(struct bytes message, struct buf *lease, struct fault *why)
{
	struct reader r = reader_over(message);
	char text[FAULT_TEXT];
	struct bytes got;

	switch (reader_u8(&r)) {
	case SIGNING_SIGNED:
		got = reader_blob(&r, LEASE_MAX * 2);
		if (!reader_is_done(&r))
			break;
		buf_put(lease, got);
		return lease->err;
	case SIGNING_REFUSED:
		reader_text(&r, text, sizeof text - 32);
		if (!reader_is_done(&r))
			break;
		return fault_set(why, ERR_DENIED, "the signer refused: %.400s", text);
	default:
		break;
	}
	return fault_set(why, ERR_MALFORMED, "the signer's answer is malformed");
}
