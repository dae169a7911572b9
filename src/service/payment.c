/* service/payment.c: see payment.h. */
#include "service/payment.h"

#include "base/reader.h"

void
payment_write_request(const struct payment_request *q, struct buf *out)
{
	buf_u8(out, PAYMENT_ASK);
	buf_put_text(out, q->checkout);
	buf_put_text(out, q->page);
	buf_put_text(out, q->title);
	buf_put_text(out, q->currency);
	buf_i64le(out, q->amount);
}

enum err
payment_read_request(struct bytes message, struct payment_request *out)
{
	struct reader r = reader_over(message);
	struct payment_request q;
	uint8_t kind = reader_u8(&r);

	reader_text(&r, q.checkout, sizeof q.checkout);
	reader_text(&r, q.page, sizeof q.page);
	reader_text(&r, q.title, sizeof q.title);
	reader_text(&r, q.currency, sizeof q.currency);
	q.amount = reader_i64le(&r);
	if (kind != PAYMENT_ASK || !reader_is_done(&r))
		return ERR_MALFORMED;
	*out = q;
	return ERR_NONE;
}

void
payment_write_answer(const char *url, struct buf *out)
{
	buf_u8(out, PAYMENT_ANSWER);
	buf_put_text(out, url);
}

enum err
payment_read_answer(struct bytes message, char url[static PAYMENT_URL_SIZE])
{
	struct reader r = reader_over(message);
	uint8_t kind = reader_u8(&r);
	char text[PAYMENT_URL_SIZE];

	reader_text(&r, text, sizeof text);
	if (kind != PAYMENT_ANSWER || !reader_is_done(&r))
		return ERR_MALFORMED;
	memcpy(url, text, sizeof text);
	return ERR_NONE;
}
