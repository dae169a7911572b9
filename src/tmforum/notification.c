/* tmforum/notification.c: see notification.h. */
#include "tmforum/notification.h"

#include <stdio.h>

#include "base/text.h"
#include "base/timestamp.h"
#include "codec/json.h"
#include "tmforum/cancellation.h"
#include "tmforum/characteristic.h"
#include "tmforum/document_desk.h"
#include "tmforum/limits.h"
#include "tmforum/order_store.h"
#include "tmforum/query.h"
#include "tmforum/record.h"

enum news { NEWS_NONE = 0, NEWS_CREATE, NEWS_STATE, NEWS_ATTRIBUTE, NEWS_DELETE, NEWS_COUNT };

static const char *const suffixes[NEWS_COUNT] = { "", "CreateEvent", "StateChangeEvent",
	"AttributeValueChangeEvent", "DeleteEvent" };

/* What an event of ours is in their words. */
static const struct {
	const char *kind;
	enum news news;
	bool subscription;	/* of a subscription, whichever interface shows it; else its detail names one */
} kinds[] = {
	{ "ordered", NEWS_CREATE, true },
	{ "suspend", NEWS_STATE, true },
	{ "resume", NEWS_STATE, true },
	{ "cancel", NEWS_STATE, true },
	{ "reinstate", NEWS_STATE, true },
	{ "expired", NEWS_STATE, true },
	{ "migrated", NEWS_CREATE, true },
	{ "activate", NEWS_ATTRIBUTE, true },
	{ "terms_changed", NEWS_ATTRIBUTE, true },
	{ "seats_changed", NEWS_ATTRIBUTE, true },
	{ "renew", NEWS_ATTRIBUTE, true },
	{ "renewed", NEWS_ATTRIBUTE, true },
	{ "record_changed", NEWS_ATTRIBUTE, false },
	{ "record_deleted", NEWS_DELETE, false },
	{ "order_created", NEWS_CREATE, false },
	{ "order_state", NEWS_STATE, false },
	{ "order_changed", NEWS_ATTRIBUTE, false },
	{ "order_deleted", NEWS_DELETE, false },
	{ "task_created", NEWS_CREATE, false },
	{ "task_state", NEWS_STATE, false },
	{ "document_created", NEWS_CREATE, false },
	{ "document_changed", NEWS_ATTRIBUTE, false },
	{ "document_deleted", NEWS_DELETE, false },
};
enum { KINDS = sizeof kinds / sizeof kinds[0] };

/* A text in the event's detail; empty when there is none. */
static void
take_detail(const struct event *e, const char *name, char *out, size_t size)
{
	json_t *detail = NULL;
	const char *text;

	out[0] = '\0';
	if (json_parse(bytes_of_text(e->detail), &detail, NULL) != ERR_NONE)
		return;
	text = json_string_value(json_object_get(detail, name));
	if (text != NULL)
		text_copy(out, size, text);
	json_decref(detail);
}

static struct notification
notification_of(const struct resource *r, enum news news)
{
	struct notification n = { .resource = r };

	snprintf(n.type, sizeof n.type, "%s%s", r->type, suffixes[news]);
	return n;
}

size_t
notification_plan(const struct event *e, struct notification out[static NOTIFICATIONS_MAX])
{
	char name[DOCUMENT_KIND_SIZE];
	const struct resource *r;
	size_t i = 0;

	while (i < KINDS && !text_equal(kinds[i].kind, e->kind))
		i++;
	if (i == KINDS)
		return 0;
	if (kinds[i].subscription) {
		out[0] = notification_of(resource_of(RESOURCE_SERVICE), kinds[i].news);
		out[1] = notification_of(resource_of(RESOURCE_PRODUCT), kinds[i].news);
		return 2;
	}
	take_detail(e, "resource", name, sizeof name);
	if ((r = resource_by_name(name)) == NULL)
		return 0;
	out[0] = notification_of(r, kinds[i].news);
	return 1;
}

void
notification_scope(const struct notification *n, char out[static ENDPOINT_SCOPE_SIZE])
{
	const char *name = n->resource->base + strlen("tmf-api/");

	text_from_bytes(out, ENDPOINT_SCOPE_SIZE, bytes_of(name, strcspn(name, "/")));
}

enum err
notification_provider(struct store *store, const struct event *e, char out[static ID_SIZE])
{
	struct subscription sub;
	enum err err;

	take_detail(e, "provider", out, ID_SIZE);
	if (out[0] != '\0')
		return ERR_NONE;
	if ((err = store->get_subscription(store, e->chain, &sub)) == ERR_NONE)
		memcpy(out, sub.provider, ID_SIZE);
	return err;
}

/* A document as it is shown, with the state that it had then. */
static enum err
show_document(struct store *store, const struct event *e, const struct resource *r,
    const char *base_url, json_t **out)
{
	struct document document;
	json_t *shown = NULL, *task = NULL;
	struct buf body;
	enum err err;

	buf_init(&body, DOCUMENT_BODY_MAX);
	err = store->document.get_any(store, r->name, e->chain, &document, &body);
	if (err != ERR_NONE)
		goto done;
	if (r->nature == NATURE_ORDER) {
		shown = order_store_show(r, buf_bytes(&body), base_url);
		order_document_hide_codes(r, shown);
	} else if (r->nature == NATURE_DOCUMENT) {
		shown = document_desk_show(r, buf_bytes(&body), base_url);
	} else if ((err = desk_parse(buf_bytes(&body), &task)) == ERR_NONE) {
		shown = cancellation_show(r, task, base_url);
	}
	if (err == ERR_NONE && shown == NULL)
		err = ERR_NOMEM;
	if (err == ERR_NONE)
		*out = shown;
done:
	json_decref(task);
	buf_fini(&body);
	return err;
}

/* The subscription as it stood behind the event, so far as the event says. */
static void
turn_back(struct subscription *sub, const struct event *e)
{
	char state[DOCUMENT_STATE_SIZE], reason[DOCUMENT_STATE_SIZE];

	take_detail(e, "state", state, sizeof state);
	take_detail(e, "reason", reason, sizeof reason);
	for (enum sub_state s = SUB_PENDING; s < SUB_STATES; s++)
		if (text_equal(sub_state_name(s), state)) {
			sub->state = s;
			sub->since = e->at;
			sub->reason = REASON_NONE;
			reason_from_code(reason, &sub->reason);
		}
}

static enum err
show_record(struct store *store, const struct event *e, const struct resource *r,
    const char *base_url, json_t **out)
{
	struct document document = { .state = "" };
	struct subscription sub;
	struct record record = { .subscription = &sub, .planned = document.state };
	json_t *own = NULL;
	struct buf body;
	enum err err;

	buf_init(&body, DOCUMENT_BODY_MAX);
	if ((err = store->get_subscription(store, e->chain, &sub)) != ERR_NONE)
		goto done;
	err = store->document.get_any(store, r->name, e->chain, &document, &body);
	if (err != ERR_NONE && err != ERR_NOT_FOUND)
		goto done;
	/* What another provider kept with it, before it moved, is not told. */
	if (err == ERR_NONE && !text_equal(document.provider, sub.provider))
		buf_clear(&body);
	if ((err = desk_parse(buf_bytes(&body), &own)) != ERR_NONE)
		goto done;
	turn_back(&sub, e);
	record.own = own;
	if ((*out = record_show(r, &record, base_url, e->at)) == NULL)
		err = ERR_NOMEM;
done:
	json_decref(own);
	buf_fini(&body);
	return err;
}

/* What the event is about. */
static enum err
show(struct store *store, const struct event *e, const struct resource *r, const char *base_url,
    json_t **out)
{
	char state[DOCUMENT_STATE_SIZE];
	enum err err;

	if (r->nature == NATURE_RECORD)
		return show_record(store, e, r, base_url, out);
	if ((err = show_document(store, e, r, base_url, out)) != ERR_NONE)
		return err;
	take_detail(e, "state", state, sizeof state);
	if (state[0] != '\0' && json_object_set_new(*out, "state", json_string(state)) != 0) {
		json_decref(*out);
		return ERR_NOMEM;
	}
	return ERR_NONE;
}

/* ${subject} is released. */
static json_t *
envelope(const struct event *e, const struct notification *n, json_t *subject)
{
	char when[TIMESTAMP_SIZE], id[ID_SIZE];

	timestamp_write(e->at, when);
	/* The same event is the same notification, however often it is sent. */
	snprintf(id, sizeof id, "evt_%lld", (long long)e->position);
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:{s:o}}", "eventId", id, "eventTime", when,
	    "timeOcurred", when, "eventType", n->type, "correlationId", e->chain, "domain",
	    n->resource->name, "title", n->type, "event", n->resource->name, subject);
}

static enum err
check_query(const json_t *body, const char *text)
{
	struct query *q = NULL;
	enum err e = query_parse(bytes_of_text(text), &q, NULL);

	if (e == ERR_NOMEM)
		return e;
	/* One that cannot be read was refused when the listener came: let it hear rather than not. */
	if (e == ERR_NONE && !query_matches(q, body))
		e = ERR_DENIED;
	else
		e = ERR_NONE;
	query_free(q);
	return e;
}

/* Only what names the thing: for what is too large to be told whole. */
static json_t *
name_only(const struct resource *r, const json_t *subject)
{
	const char *const names[] = { "id", "href", r->state != NULL ? r->state : "state" };
	json_t *out = json_object();

	for (size_t i = 0; i < sizeof names / sizeof names[0] && out != NULL; i++) {
		json_t *value = json_object_get(subject, names[i]);

		if (value != NULL && json_object_set(out, names[i], value) != 0) {
			json_decref(out);
			return NULL;
		}
	}
	return out;
}

/* Write the body; when it does not fit, once more with the name alone: whoever hears it can ask for the rest. */
static enum err
write_body(const struct resource *r, json_t *body, struct buf *out)
{
	json_t *event = json_object_get(body, "event"), *small;
	size_t before = out->n;
	enum err e = json_write(body, out);

	if (e != ERR_LIMIT)
		return e;
	out->n = before;
	out->err = ERR_NONE;
	small = name_only(r, json_object_get(event, r->name));
	if (small == NULL || json_object_set_new(event, r->name, small) != 0)
		return ERR_NOMEM;
	return json_write(body, out);
}

enum err
notification_write(struct store *store, const struct event *e, const struct notification *n,
    const struct notification_receiver *to, struct buf *out)
{
	json_t *subject = NULL, *body = NULL;
	enum err err;

	if ((err = show(store, e, n->resource, to->base_url, &subject)) != ERR_NONE)
		return err;
	if ((body = envelope(e, n, subject)) == NULL)
		return ERR_NOMEM;
	if ((err = check_query(body, to->query)) == ERR_NONE)
		err = write_body(n->resource, body, out);
	json_decref(body);
	return err;
}
