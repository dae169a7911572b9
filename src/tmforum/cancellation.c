/* tmforum/cancellation.c: see cancellation.h. */
#include "tmforum/cancellation.h"

#include "base/text.h"
#include "tmforum/characteristic.h"
#include "tmforum/date_time.h"
#include "tmforum/order_store.h"
#include "tmforum/record.h"

struct task {
	const struct resource *resource;
	struct document document;
	json_t *task;
	bool exists;
};

static const json_t *
order_id(const struct task *t)
{
	const struct resource *order = resource_of(t->resource->partner);

	return json_object_get(json_object_get(t->task, order->name), "id");
}

static enum err
set_state(const struct desk *d, struct task *t, enum task_state state)
{
	const char *name = task_state_name(state);
	enum err e;

	if (json_object_set_new(t->task, "state", json_string(name)) != 0 ||
	    (e = text_copy(t->document.state, sizeof t->document.state, name)) != ERR_NONE)
		return ERR_NOMEM;
	return desk_log(d, t->resource, t->document.id,
	    state == TASK_ACCEPTED ? "task_created" : "task_state", json_pack("{s:s}", "state", name));
}

static enum err
save(const struct desk *d, struct task *t)
{
	enum err e;

	t->document.updated = d->now;
	e = desk_save(d, &t->document, t->task, t->exists);
	t->exists = e == ERR_NONE || t->exists;
	return e;
}

/* The order is past what can be cancelled. */
static enum err
fail(const struct desk *d, struct task *t, enum order_state order)
{
	static const char words[] = "Nothing of the order can be cancelled any more.";
	json_t *error = json_pack("{s:s, s:s, s:o}", "code", "order_is_final", "reason", words,
	    "message", json_sprintf("The order is %s.", order_state_name(order)));
	int bad = json_object_set_new(t->task, "errorMessage", error);

	bad |= json_object_set_new(t->task, "completionMessage", json_string(words));
	return bad ? ERR_NOMEM : set_state(d, t, TASK_FAILED);
}

static enum err
succeed(const struct desk *d, struct task *t)
{
	int bad = json_object_set_new(t->task, "effectiveCancellationDate", characteristic_of_date(d->now));

	bad |= json_object_set_new(t->task, "completionMessage", json_string("The order is cancelled."));
	return bad ? ERR_NOMEM : set_state(d, t, TASK_DONE);
}

/* Cancel the order, if it is there and can be. */
static enum err
work(const struct desk *d, struct task *t)
{
	const char *reason = json_string_value(json_object_get(t->task, "cancellationReason"));
	enum order_state state = ORDER_NONE;
	struct order_held held;
	enum err e;

	if ((e = set_state(d, t, TASK_IN_PROGRESS)) != ERR_NONE)
		return e;
	t->document.due = 0;
	e = order_store_load(d, resource_of(t->resource->partner), json_string_value(order_id(t)), &held);
	if (e == ERR_NOT_FOUND)
		return fail(d, t, state);
	if (e != ERR_NONE)
		return e;
	state = order_document_state(held.order);
	if (!order_state_may_ask(state, ORDER_ASSESSING_CANCELLATION))
		e = fail(d, t, state);
	else if ((e = order_store_cancel(d, &held, reason)) == ERR_NONE &&
	    (e = order_store_save(d, &held)) == ERR_NONE)
		e = succeed(d, t);
	json_decref(held.order);
	return e;
}

/* Make a task of what a client sent. */
static enum err
open_task(const struct desk *d, struct task *t)
{
	const struct resource *r = t->resource;
	int bad = 0;

	for (size_t i = 0; i < r->attribute_count; i++)
		if (r->attributes[i].flags & ATTRIBUTE_OURS)
			json_object_del(t->task, r->attributes[i].name);
	authority_make_id(r->prefix, t->document.id);
	memcpy(t->document.provider, d->provider->id, ID_SIZE);
	text_copy(t->document.kind, sizeof t->document.kind, r->name);
	bad |= json_object_set_new(t->task, "id", json_string(t->document.id));
	if (json_object_get(t->task, "@type") == NULL)
		bad |= json_object_set_new(t->task, "@type", json_string(r->type));
	return bad ? ERR_NOMEM : ERR_NONE;
}

static int64_t
wanted_date(const struct task *t)
{
	const char *text = json_string_value(json_object_get(t->task, "requestedCancellationDate"));
	int64_t at;

	return text != NULL && date_time_read_seconds(text, &at) == ERR_NONE ? at : 0;
}

static enum err
place_within(const struct desk *d, struct task *t, struct refusal *why)
{
	const struct resource *order = resource_of(t->resource->partner);
	struct order_held held;
	enum err e;

	e = order_store_load(d, order, json_string_value(order_id(t)), &held);
	if (e == ERR_NOT_FOUND)
		return desk_refuse(why, ERR_MALFORMED, "unknown_order", "You have no %s with this id.",
		    order->name);
	if (e != ERR_NONE)
		return e;
	json_decref(held.order);
	if ((e = open_task(d, t)) != ERR_NONE || (e = set_state(d, t, TASK_ACCEPTED)) != ERR_NONE)
		return e;
	if (wanted_date(t) > d->now)
		t->document.due = wanted_date(t);
	else if ((e = work(d, t)) != ERR_NONE)
		return e;
	return save(d, t);
}

enum err
cancellation_place(const struct desk *d, const struct resource *r, const json_t *body, json_t **out,
    struct refusal *why)
{
	struct task t = { .resource = r, .document = { .created = d->now } };
	struct fault fault;
	enum err e;

	if (resource_check(r, body, true, &fault) != ERR_NONE)
		return desk_refuse_malformed(why, &fault);
	if ((t.task = json_deep_copy(body)) == NULL)
		return ERR_NOMEM;
	if ((e = d->store->begin(d->store)) == ERR_NONE)
		e = desk_finish(d, place_within(d, &t, why));
	if (e == ERR_NONE)
		*out = t.task;
	else
		json_decref(t.task);
	return e;
}

enum err
cancellation_work(const struct desk *d, const struct resource *r, const char *id)
{
	struct task t = { .resource = r, .exists = true };
	struct buf body;
	enum err e;

	buf_init(&body, DOCUMENT_BODY_MAX);
	e = d->store->document.get(d->store, d->provider->id, r->name, id, &t.document, &body);
	/* Another process may have been faster. */
	if (e == ERR_NONE && t.document.due != 0 &&
	    (e = desk_parse(buf_bytes(&body), &t.task)) == ERR_NONE && (e = work(d, &t)) == ERR_NONE)
		e = save(d, &t);
	json_decref(t.task);
	buf_fini(&body);
	return e;
}

json_t *
cancellation_show(const struct resource *r, const json_t *task, const char *base_url)
{
	const struct resource *order = resource_of(r->partner);
	json_t *out = json_deep_copy(task), *ref = json_object_get(out, order->name);
	const char *id = json_string_value(json_object_get(out, "id"));
	const char *of = json_string_value(json_object_get(ref, "id"));

	if (id != NULL && of != NULL &&
	    json_object_set_new(out, "href", record_href(r, base_url, id)) == 0 &&
	    json_object_set_new(ref, "href", record_href(order, base_url, of)) == 0)
		return out;
	json_decref(out);
	return NULL;
}
