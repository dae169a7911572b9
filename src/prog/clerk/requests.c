/* prog/clerk/requests.c: see requests.h. */
#include "prog/clerk/requests.h"

#include "base/text.h"
#include "entitle/contact_request.h"
#include "entitle/endpoint.h"
#include "outgoing/request_mail.h"

enum { BATCH = 16 };	/* requests in one turn */

struct batch {
	struct contact_request list[BATCH];
	size_t count;
};

static bool
take_request(void *ctx, const struct contact_request *r)
{
	struct batch *b = ctx;

	b->list[b->count++] = *r;
	return b->count < BATCH;
}

static enum err
put_into_queue(struct clerk *c, const struct contact_request *r, int64_t now)
{
	struct delivery d = { .kind = DELIVERY_MAIL, .lane = LANE_MAIL, .type = CONTACT_MAIL_TYPE,
		.state = DELIVERY_PENDING, .created = now, .due = now, .until = now + DELIVERY_WINDOW_S };

	authority_make_id("msg_", d.id);
	memcpy(d.provider, r->provider, sizeof d.provider);
	memcpy(d.subject, r->reference, sizeof r->reference);
	return c->store->delivery.add(c->store, &d, bytes_of_text(""));
}

static enum err
hand_on(struct clerk *c, const struct contact_request *r, int64_t now)
{
	enum contact_mail how = CONTACT_MAILED;
	char to[MAIL_ADDRESS_SIZE];
	enum err e = contact_request_address(c->store, r, c->support_mail, to);

	if (e == ERR_NONE) {
		e = put_into_queue(c, r, now);
	} else if (e == ERR_NOT_FOUND) {
		how = CONTACT_NOWHERE;
		e = ERR_NONE;
	}
	return e == ERR_NONE ? c->store->support.note_mailed(c->store, r->reference, how) : e;
}

enum err
requests_turn(struct clerk *c, int64_t now, bool *more)
{
	static struct batch batch;
	enum err e;

	if (c->mail_from == NULL)
		return ERR_NONE;
	batch.count = 0;
	e = c->store->support.list_unmailed(c->store, BATCH, take_request, &batch);
	if (e != ERR_NONE || batch.count == 0)
		return e;
	if ((e = c->store->begin(c->store)) != ERR_NONE)
		return e;
	for (size_t i = 0; i < batch.count && e == ERR_NONE; i++)
		e = hand_on(c, &batch.list[i], now);
	if (e == ERR_NONE)
		e = c->store->commit(c->store);
	if (e != ERR_NONE)
		c->store->rollback(c->store);
	*more = *more || batch.count == BATCH;
	return e;
}

bool
requests_is_one(const struct delivery *d)
{
	return d->kind == DELIVERY_MAIL && text_equal(d->type, CONTACT_MAIL_TYPE);
}

enum err
requests_write(struct clerk *c, const struct delivery *d, int64_t now, struct buf *out)
{
	static struct contact_request r;
	struct mail_request q;
	struct request_mail mail = { .request = &r, .id = d->id, .from = c->mail_from, .to = q.to,
		.base_url = c->base_url, .now = now };
	struct buf content;
	enum err e;

	if (c->mail_from == NULL)
		return ERR_EXPIRED;
	if ((e = c->store->support.get_contact_request(c->store, d->subject, &r)) != ERR_NONE ||
	    (e = contact_request_address(c->store, &r, c->support_mail, q.to)) != ERR_NONE)
		return e == ERR_NOT_FOUND ? ERR_EXPIRED : e;
	buf_init(&content, MAIL_CONTENT_MAX);
	if ((e = request_mail_write(&mail, &content)) == ERR_NONE) {
		q.content = buf_bytes(&content);
		delivery_write_mail(&q, out);
		e = out->err;
	}
	buf_fini(&content);
	return e;
}
