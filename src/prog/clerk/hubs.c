/* prog/clerk/hubs.c: see hubs.h. What an event is in their words is tmforum/notification's. */
#include "prog/clerk/hubs.h"

#include "base/text.h"
#include "entitle/endpoint.h"
#include "tmforum/notification.h"

/* One notification, and all that hear it. */
struct telling {
	struct clerk *clerk;
	const struct event *event;
	const struct notification *notification;
	char provider[ID_SIZE], scope[ENDPOINT_SCOPE_SIZE];
	int64_t now;
	enum err err;
};

static enum err
add_delivery(const struct telling *t, const struct endpoint *p, struct bytes body)
{
	struct delivery d = { .kind = DELIVERY_HUB, .state = DELIVERY_PENDING, .position = t->event->position,
		.created = t->now, .due = t->now, .until = t->now + DELIVERY_WINDOW_S };

	authority_make_id("msg_", d.id);
	memcpy(d.provider, t->provider, sizeof d.provider);
	memcpy(d.lane, p->id, sizeof d.lane);
	text_copy(d.subject, sizeof d.subject, t->event->chain);
	text_copy(d.type, sizeof d.type, t->notification->type);
	return t->clerk->store->delivery.add(t->clerk->store, &d, body);
}

static bool
tell_listener(void *ctx, const struct endpoint *p)
{
	struct telling *t = ctx;
	const struct notification_receiver to = { t->clerk->base_url, p->filter };
	struct buf body;

	if (p->disabled != 0 || !text_equal(p->scope, t->scope))
		return true;
	buf_init(&body, POST_BODY_MAX);
	t->err = notification_write(t->clerk->store, t->event, t->notification, &to, &body);
	if (t->err == ERR_NONE)
		t->err = add_delivery(t, p, buf_bytes(&body));
	/* Its query does not want it, or there is nothing to tell of any more. What cannot be told at all must not keep
	 * the queue from going on. */
	else if (t->err == ERR_DENIED || t->err == ERR_NOT_FOUND || t->err == ERR_LIMIT)
		t->err = ERR_NONE;
	buf_fini(&body);
	return t->err == ERR_NONE;
}

enum err
hubs_tell(struct clerk *c, const struct event *event, int64_t now)
{
	struct notification plan[NOTIFICATIONS_MAX];
	size_t count = notification_plan(event, plan);
	struct telling t = { .clerk = c, .event = event, .now = now };
	enum err e;

	if (count == 0)
		return ERR_NONE;
	if ((e = notification_provider(c->store, event, t.provider)) != ERR_NONE)
		return e == ERR_NOT_FOUND ? ERR_NONE : e;
	for (size_t i = 0; i < count && e == ERR_NONE; i++) {
		t.notification = &plan[i];
		notification_scope(&plan[i], t.scope);
		e = c->store->delivery.list_endpoints(c->store, t.provider, ENDPOINT_HUB, tell_listener, &t);
		if (e == ERR_NONE)
			e = t.err;
	}
	return e;
}
