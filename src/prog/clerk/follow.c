/* prog/clerk/follow.c: see follow.h. Killed at any moment, an event's deliveries are all in the queue and the
 * cursor behind it, or neither. */
#include "prog/clerk/follow.h"

#include <jansson.h>

#include "base/log.h"
#include "base/text.h"
#include "entitle/endpoint.h"
#include "entitle/event_type.h"
#include "outgoing/webhook.h"
#include "prog/clerk/hubs.h"
#include "prog/clerk/mails.h"

enum { BATCH = 64 };		/* events in one transaction: a moment for the others who write */
#define CURSOR "outgoing"

struct batch {
	struct event events[BATCH];
	size_t count;
};

/* One event, and all that is told about it. */
struct telling {
	struct clerk *clerk;
	const struct event *event;
	const struct subscription *subscription; /* NULL: of the vendor's chain */
	const char *type;
	char provider[ID_SIZE];
	int64_t now;
	enum err err;
};

static bool
take_event(void *ctx, const struct event *e)
{
	struct batch *b = ctx;

	b->events[b->count++] = *e;
	return b->count < BATCH;
}

static enum err
add_delivery(struct telling *t, enum delivery_kind kind, const char *lane, const char *type,
    struct bytes body)
{
	struct delivery d = { .kind = kind, .state = DELIVERY_PENDING, .position = t->event->position,
		.created = t->now, .due = t->now, .until = t->now + DELIVERY_WINDOW_S };
	enum err e;

	authority_make_id("msg_", d.id);
	memcpy(d.provider, t->provider, sizeof d.provider);
	if (t->subscription != NULL)
		memcpy(d.subject, t->subscription->id, sizeof d.subject);
	if ((e = text_copy(d.lane, sizeof d.lane, lane)) != ERR_NONE ||
	    (e = text_copy(d.type, sizeof d.type, type)) != ERR_NONE)
		return e;
	return t->clerk->store->delivery.add(t->clerk->store, &d, body);
}

static bool
tell_webhook(void *ctx, const struct endpoint *p)
{
	struct telling *t = ctx;
	struct buf body;

	if (p->disabled != 0 || !endpoint_wants(p, t->type))
		return true;
	buf_init(&body, POST_BODY_MAX);
	t->err = webhook_write_body(t->type, t->event, t->subscription, &body);
	if (t->err == ERR_NONE)
		t->err = add_delivery(t, DELIVERY_WEBHOOK, p->id, t->type, buf_bytes(&body));
	buf_fini(&body);
	return t->err == ERR_NONE;
}

/* Whom the event concerns: the subscription's provider or, in the vendor's chain, the one that it names. */
static enum err
find_provider(struct telling *t, struct subscription *room)
{
	const char *named;
	json_t *detail;
	enum err e;

	/* A provider's own chain. */
	if (strncmp(t->event->chain, "prv_", 4) == 0)
		return text_copy(t->provider, sizeof t->provider, t->event->chain);
	if (!text_equal(t->event->chain, CHAIN_VENDOR)) {
		e = t->clerk->store->get_subscription(t->clerk->store, t->event->chain, room);
		if (e == ERR_NONE) {
			t->subscription = room;
			memcpy(t->provider, room->provider, sizeof t->provider);
		}
		return e;
	}
	detail = json_loads(t->event->detail, 0, NULL);
	named = json_string_value(json_object_get(detail, "provider"));
	e = named == NULL ? ERR_NOT_FOUND : text_copy(t->provider, sizeof t->provider, named);
	json_decref(detail);
	return e;
}

static enum err
tell_webhooks(struct telling *t)
{
	struct store *store = t->clerk->store;
	enum err e = store->delivery.list_endpoints(store, t->provider, ENDPOINT_WEBHOOK, tell_webhook, t);

	return e == ERR_NONE ? t->err : e;
}

static enum err
tell_event(struct clerk *c, const struct event *event, int64_t now)
{
	struct telling t = { .clerk = c, .event = event, .type = event_type_of(event->kind), .now = now };
	struct subscription sub;
	enum err e = find_provider(&t, &sub);

	if (e == ERR_NONE && t.type != NULL)
		e = tell_webhooks(&t);
	if (e == ERR_NONE && t.subscription != NULL)
		e = mails_keep(c, event, &sub, now);
	/* An event of no subscription, such as an order's: the hubs know whose it is. */
	if (e == ERR_NOT_FOUND || e == ERR_LIMIT)
		e = ERR_NONE;
	return e == ERR_NONE ? hubs_tell(c, event, now) : e;
}

static enum err
tell_batch(struct clerk *c, const struct batch *b, int64_t now)
{
	enum err e;

	if ((e = c->store->begin(c->store)) != ERR_NONE)
		return e;
	for (size_t i = 0; i < b->count && e == ERR_NONE; i++)
		e = tell_event(c, &b->events[i], now);
	if (e == ERR_NONE)
		e = c->store->delivery.put_cursor(c->store, CURSOR, b->events[b->count - 1].position);
	if (e == ERR_NONE)
		e = c->store->commit(c->store);
	if (e != ERR_NONE)
		c->store->rollback(c->store);
	return e;
}

enum err
follow_log(struct clerk *c, int64_t now, bool *more)
{
	static struct batch b;
	int64_t cursor, position;
	enum err e;

	b.count = 0;
	if ((e = c->store->delivery.get_cursor(c->store, CURSOR, &cursor)) != ERR_NONE ||
	    (e = c->store->get_position(c->store, &position)) != ERR_NONE || position <= cursor)
		return e;
	e = c->store->list_events(c->store, NULL, cursor, take_event, &b);
	if (e != ERR_NONE || b.count == 0)
		return e;
	*more = *more || b.count == BATCH;
	return tell_batch(c, &b, now);
}
