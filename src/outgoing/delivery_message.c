/* outgoing/delivery_message.c: see delivery_message.h. */
#include "outgoing/delivery_message.h"

#include "base/reader.h"
#include "base/text.h"

void
delivery_write_post(const struct post_request *q, struct buf *out)
{
	buf_u8(out, DELIVERY_POST);
	buf_put_text(out, q->url);
	buf_u8(out, (uint8_t)q->header_count);
	for (size_t i = 0; i < q->header_count; i++)
		buf_put_text(out, q->headers[i]);
	buf_put_blob(out, q->body);
}

enum err
delivery_read_post(struct bytes message, struct post_request *out)
{
	struct reader r = reader_over(message);
	struct post_request q = { .header_count = 0 };
	uint8_t kind = reader_u8(&r);

	reader_text(&r, q.url, sizeof q.url);
	q.header_count = reader_u8(&r);
	if (q.header_count > POST_HEADERS_MAX)
		return ERR_MALFORMED;
	for (size_t i = 0; i < q.header_count; i++) {
		reader_text(&r, q.headers[i], sizeof q.headers[i]);
		if (!text_is_plain(q.headers[i]))
			return ERR_MALFORMED;
	}
	q.body = reader_blob(&r, POST_BODY_MAX);
	if (kind != DELIVERY_POST || !reader_is_done(&r))
		return ERR_MALFORMED;
	*out = q;
	return ERR_NONE;
}

void
delivery_write_mail(const struct mail_request *q, struct buf *out)
{
	buf_u8(out, DELIVERY_SEND_MAIL);
	buf_put_text(out, q->to);
	buf_put_blob(out, q->content);
}

enum err
delivery_read_mail(struct bytes message, struct mail_request *out)
{
	struct reader r = reader_over(message);
	struct mail_request q;
	uint8_t kind = reader_u8(&r);

	reader_text(&r, q.to, sizeof q.to);
	q.content = reader_blob(&r, MAIL_CONTENT_MAX);
	if (kind != DELIVERY_SEND_MAIL || !reader_is_done(&r) || !text_is_plain(q.to))
		return ERR_MALFORMED;
	*out = q;
	return ERR_NONE;
}

void
delivery_write_result(const struct delivery_result *r, struct buf *out)
{
	buf_u8(out, DELIVERY_RESULT);
	buf_u8(out, (uint8_t)r->outcome);
	buf_i64le(out, r->status);
	buf_i64le(out, r->retry_after_s);
	buf_put_text(out, r->words);
}

enum err
delivery_read_result(struct bytes message, struct delivery_result *out)
{
	struct reader r = reader_over(message);
	struct delivery_result got;
	uint8_t kind = reader_u8(&r), outcome = reader_u8(&r);

	got.status = reader_i64le(&r);
	got.retry_after_s = reader_i64le(&r);
	reader_text(&r, got.words, sizeof got.words);
	if (kind != DELIVERY_RESULT || outcome >= RESULT_OUTCOMES || !reader_is_done(&r) || got.status < 0 ||
	    got.status > 999 || got.retry_after_s < -1 || !text_is_plain(got.words))
		return ERR_MALFORMED;
	got.outcome = (enum delivery_outcome)outcome;
	*out = got;
	return ERR_NONE;
}
