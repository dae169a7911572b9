/* service/recheck.c: see recheck.h. */
#include "service/recheck.h"

#include "base/reader.h"

enum { RECHECK_ASK = 1, RECHECK_ANSWER = 2 };

void
recheck_write_request(const struct recheck_request *q, struct buf *out)
{
	buf_u8(out, RECHECK_ASK);
	buf_put_text(out, q->url);
	buf_put_text(out, q->token);
	buf_put_text(out, q->external_id);
}

enum err
recheck_read_request(struct bytes message, struct recheck_request *out)
{
	struct reader r = reader_over(message);
	struct recheck_request q;
	uint8_t kind = reader_u8(&r);

	reader_text(&r, q.url, sizeof q.url);
	reader_text(&r, q.token, sizeof q.token);
	reader_text(&r, q.external_id, sizeof q.external_id);
	if (kind != RECHECK_ASK || !reader_is_done(&r))
		return ERR_MALFORMED;
	*out = q;
	return ERR_NONE;
}

void
recheck_write_answer(enum verify_answer answer, struct buf *out)
{
	buf_u8(out, RECHECK_ANSWER);
	buf_u8(out, (uint8_t)answer);
}

enum err
recheck_read_answer(struct bytes message, enum verify_answer *out)
{
	struct reader r = reader_over(message);
	uint8_t kind = reader_u8(&r), answer = reader_u8(&r);

	if (kind != RECHECK_ANSWER || !reader_is_done(&r) || answer >= VERIFY_ANSWERS)
		return ERR_MALFORMED;
	*out = (enum verify_answer)answer;
	return ERR_NONE;
}
