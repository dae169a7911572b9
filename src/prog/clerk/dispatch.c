/* prog/clerk/dispatch.c: see dispatch.h. What is under way is known to memory alone: after kill -9 it is due still,
 * and goes out once more under the same id. */
#include "prog/clerk/dispatch.h"

#include <stdio.h>
#include <unistd.h>

#include "base/log.h"
#include "base/text.h"
#include "crypto/random.h"
#include "entitle/endpoint.h"
#include "os/channel.h"
#include "outgoing/retry.h"
#include "outgoing/webhook.h"
#include "prog/clerk/courier.h"
#include "prog/clerk/mails.h"
#include "prog/clerk/requests.h"

enum {
	ANSWER_WITHIN_S = 40,	/* above what the courier gives a receiver */
	RECORD_SOON_MS = 5	/* answers that come together are written together */
};

static struct sending *
free_place(struct clerk *c)
{
	for (size_t i = 0; i < SENDING_MAX; i++)
		if (!c->sending[i].used)
			return &c->sending[i];
	return NULL;
}

static size_t
under_way(const struct clerk *c, const char *lane)
{
	size_t n = 0;

	for (size_t i = 0; i < SENDING_MAX; i++)
		n += c->sending[i].used && text_equal(c->sending[i].delivery.lane, lane);
	return n;
}

static bool
is_under_way(const struct clerk *c, const char *delivery)
{
	for (size_t i = 0; i < SENDING_MAX; i++)
		if (c->sending[i].used && text_equal(c->sending[i].delivery.id, delivery))
			return true;
	return false;
}

size_t
dispatch_busy(const struct clerk *c)
{
	size_t n = 0;

	for (size_t i = 0; i < SENDING_MAX; i++)
		n += c->sending[i].used;
	return n;
}

static void
release(struct sending *s)
{
	if (s->event != NULL)
		event_free(s->event);
	if (s->courier >= 0)
		close(s->courier);
	*s = (struct sending){ .courier = -1 };
}

static void
courier_spoke(evutil_socket_t fd, short what, void *ctx)
{
	static uint8_t room[CHANNEL_MESSAGE_MAX];
	struct sending *s = ctx;
	struct channel_message m;

	(void)fd;
	s->answered = true;
	s->result = (struct delivery_result){ .outcome = RESULT_NONE };
	if ((what & EV_READ) == 0) {
		s->result = (struct delivery_result){ RESULT_UNREACHABLE, 0, -1, "no answer in time" };
	} else if (channel_receive(s->courier, room, &m) == ERR_NONE) {
		if (delivery_read_result(m.body, &s->result) != ERR_NONE)
			log_error("the courier's answer is not understood");
		channel_close_fds(&m);
	} else {
		/* It ended: whether the receiver was told is not known. */
		courier_lost(s->clerk);
	}
	clerk_turn_within(s->clerk, RECORD_SOON_MS);
}

static enum err
hand_over(struct clerk *c, const struct delivery *d, struct bytes message)
{
	struct sending *s = free_place(c);
	enum err e;

	*s = (struct sending){ .clerk = c, .used = true, .delivery = *d, .courier = -1 };
	e = courier_ask(c, message, ANSWER_WITHIN_S, courier_spoke, s, &s->courier, &s->event);
	if (e != ERR_NONE)
		release(s);
	return e;
}

/* Nobody needs to be asked: it is not sent because its cause has ended, or it cannot be made; that counts as an
 * attempt all the same, so that it ends some day. */
static void
answer_ourselves(struct clerk *c, const struct delivery *d, bool dropped)
{
	struct sending *s = free_place(c);

	*s = (struct sending){ .clerk = c, .used = true, .answered = true, .dropped = dropped, .delivery = *d,
		.courier = -1, .result = { RESULT_REFUSED, 0, -1, "it cannot be made" } };
	clerk_turn_within(c, RECORD_SOON_MS);
}

/* The message for one attempt. ERR_NOT_FOUND: there is nobody to send it to any more. ERR_EXPIRED: nor is
 * there a reason to. ERR_MALFORMED, ERR_LIMIT: it cannot be made. */
static enum err
write_message(struct clerk *c, const struct delivery *d, struct bytes body, int64_t now, struct buf *out)
{
	struct endpoint p;
	struct post_request q;
	enum err e;

	if (requests_is_one(d))
		return requests_write(c, d, now, out);
	if (d->kind == DELIVERY_MAIL)
		return mails_write(c, d, now, out);
	if ((e = c->store->delivery.get_endpoint(c->store, d->lane, &p)) != ERR_NONE)
		return e;
	if (d->kind == DELIVERY_WEBHOOK) {
		if ((e = webhook_fill(&p, d, body, now, &q)) != ERR_NONE)
			return e;
	} else {
		q = (struct post_request){ .body = body };
		memcpy(q.url, p.url, sizeof q.url);
	}
	delivery_write_post(&q, out);
	return out->err;
}

/* One lane that is served: what of it goes out now. */
struct serving {
	struct clerk *clerk;
	size_t room;		/* so many more of the lane may be under way */
	int64_t now;
	enum err err;
};

static bool
serve_delivery(void *ctx, const struct delivery *d, struct bytes body)
{
	struct serving *s = ctx;
	struct buf message;

	if (is_under_way(s->clerk, d->id))
		return true;
	buf_init(&message, CHANNEL_MESSAGE_MAX);
	s->err = write_message(s->clerk, d, body, s->now, &message);
	if (s->err == ERR_NONE)
		s->err = hand_over(s->clerk, d, buf_bytes(&message));
	else if (s->err == ERR_MALFORMED || s->err == ERR_LIMIT || s->err == ERR_NOT_FOUND ||
	    s->err == ERR_EXPIRED) {
		answer_ourselves(s->clerk, d, s->err == ERR_EXPIRED);
		s->err = ERR_NONE;
	}
	if (message.p != NULL)
		random_forget(message.p, message.n);
	buf_fini(&message);
	return s->err == ERR_NONE && --s->room > 0 && free_place(s->clerk) != NULL;
}

/* Lanes that may have more under way than they have. */
struct choice {
	struct clerk *clerk;
	struct lane lanes[SENDING_MAX];
	size_t count, most;
};

static bool
choose_lane(void *ctx, const struct lane *lane)
{
	struct choice *choice = ctx;

	if (under_way(choice->clerk, lane->name) < retry_lane_limit(lane))
		choice->lanes[choice->count++] = *lane;
	return choice->count < choice->most;
}

static enum err
serve_lane(struct clerk *c, const struct lane *lane, int64_t now)
{
	struct serving s = { c, retry_lane_limit(lane) - under_way(c, lane->name), now, ERR_NONE };
	enum err e = c->store->delivery.list_due(c->store, lane->name, now, serve_delivery, &s);

	return e == ERR_NONE ? s.err : e;
}

enum err
dispatch_due(struct clerk *c, int64_t now, bool *more)
{
	static struct choice choice;
	enum err e;

	(void)more;
	choice.clerk = c;
	choice.count = 0;
	choice.most = SENDING_MAX - dispatch_busy(c);
	if (choice.most == 0 || !courier_is_there(c))
		return ERR_NONE;
	e = c->store->delivery.list_due_lanes(c->store, now, choose_lane, &choice);
	for (size_t i = 0; i < choice.count && e == ERR_NONE && free_place(c) != NULL; i++)
		e = serve_lane(c, &choice.lanes[i], now);
	return e;
}

static enum err
act_on(struct clerk *c, enum retry_verdict verdict, const struct delivery *d, int64_t now)
{
	struct endpoint p;
	enum err e;

	if (verdict == RETRY_GO_ON)
		return ERR_NONE;
	if ((e = c->store->delivery.get_endpoint(c->store, d->lane, &p)) != ERR_NONE)
		return e == ERR_NOT_FOUND ? ERR_NONE : e;
	log_warn("the endpoint %s is disabled: %s", p.id, d->error);
	return endpoint_disable(c->store, &p, verdict == RETRY_GONE ? "gone" : "failing", "clerk", now);
}

static enum err
record_dropped(struct clerk *c, struct delivery *d, int64_t now)
{
	d->state = DELIVERY_DROPPED;
	d->finished = now;
	text_copy(d->error, sizeof d->error, "what it would say is no longer so");
	return c->store->delivery.put(c->store, d);
}

static enum err
record_one(struct clerk *c, struct sending *s, int64_t now)
{
	struct store_delivery *q = &c->store->delivery;
	enum retry_verdict verdict;
	struct delivery d;
	struct lane lane;
	enum err e;

	/* It may have been removed, or failed with its endpoint, while it was under way. */
	if ((e = q->get(c->store, s->delivery.provider, s->delivery.id, &d, NULL)) != ERR_NONE)
		return e == ERR_NOT_FOUND ? ERR_NONE : e;
	if (d.state != DELIVERY_PENDING)
		return ERR_NONE;
	if (s->dropped)
		return record_dropped(c, &d, now);
	if ((e = q->get_lane(c->store, d.lane, &lane)) != ERR_NONE)
		return e;
	verdict = retry_note(&d, &lane, &s->result, now, random_below(UINT32_MAX));
	if ((e = q->put_lane(c->store, &lane)) != ERR_NONE || (e = q->put(c->store, &d)) != ERR_NONE ||
	    (d.kind == DELIVERY_MAIL && (e = mails_finish(c, &d)) != ERR_NONE))
		return e;
	return act_on(c, verdict, &d, now);
}

enum err
dispatch_record(struct clerk *c, int64_t now)
{
	bool any = false;
	enum err e;

	for (size_t i = 0; i < SENDING_MAX; i++)
		any = any || c->sending[i].answered;
	if (!any)
		return ERR_NONE;
	if ((e = c->store->begin(c->store)) != ERR_NONE)
		return e;
	for (size_t i = 0; i < SENDING_MAX && e == ERR_NONE; i++)
		if (c->sending[i].answered)
			e = record_one(c, &c->sending[i], now);
	if (e == ERR_NONE)
		e = c->store->commit(c->store);
	if (e != ERR_NONE) {
		c->store->rollback(c->store);
		return e;
	}
	for (size_t i = 0; i < SENDING_MAX; i++)
		if (c->sending[i].answered)
			release(&c->sending[i]);
	return ERR_NONE;
}
