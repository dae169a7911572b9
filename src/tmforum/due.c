/* tmforum/due.c: see due.h. */
#include "tmforum/due.h"

#include <stdio.h>

#include "base/text.h"
#include "tmforum/cancellation.h"
#include "tmforum/limits.h"
#include "tmforum/order_desk.h"

/* So much is forgotten at once, so that no transaction is long. */
enum { FORGOTTEN_MAX = 100 };

/* So long is what cannot be done left alone. */
enum { PUT_OFF_S = 3600 };

typedef enum err due_work_fn(const struct desk *d, const struct resource *r, const char *id);

static const struct {
	enum resource_kind kind;
	due_work_fn *work;
} works[] = {
	{ RESOURCE_SERVICE_ORDER, order_desk_work },
	{ RESOURCE_PRODUCT_ORDER, order_desk_work },
	{ RESOURCE_CANCEL_SERVICE_ORDER, cancellation_work },
	{ RESOURCE_CANCEL_PRODUCT_ORDER, cancellation_work },
};
enum { WORKS = sizeof works / sizeof works[0] };

/* What is due first of all kinds. ERR_NOT_FOUND: nothing ever is. */
static enum err
find_first(struct store *store, struct document *out, size_t *which)
{
	enum err found = ERR_NOT_FOUND;

	for (size_t i = 0; i < WORKS; i++) {
		struct document d;
		enum err e = store->document.get_next_due(store, resource_of(works[i].kind)->name, &d);

		if (e != ERR_NONE && e != ERR_NOT_FOUND)
			return e;
		if (e == ERR_NONE && (found == ERR_NOT_FOUND || d.due < out->due)) {
			*out = d;
			*which = i;
			found = ERR_NONE;
		}
	}
	return found;
}

static enum err
work(struct store *store, const struct document *document, size_t which, int64_t now)
{
	struct desk d = { .store = store, .now = now };
	struct provider provider;
	char actor[NAME_SIZE];
	enum err e;

	if ((e = store->get_provider(store, document->provider, &provider)) != ERR_NONE)
		return e;
	snprintf(actor, sizeof actor, "order %s", document->id);
	d.provider = &provider;
	d.actor = actor;
	if ((e = store->begin(store)) != ERR_NONE)
		return e;
	e = desk_finish(&d, works[which].work(&d, resource_of(works[which].kind), document->id));
	/* Another process was faster: that is as well. */
	return e == ERR_NOT_FOUND ? ERR_NONE : e;
}

/* What cannot be done for its own sake, such as a damaged document, is put off, so that it keeps nothing else. */
static enum err
put_off(struct store *store, const struct document *document, int64_t now)
{
	struct desk d = { .store = store, .now = now };
	struct document late;
	struct buf body;
	enum err e;

	if ((e = store->begin(store)) != ERR_NONE)
		return e;
	buf_init(&body, DOCUMENT_BODY_MAX);
	e = store->document.get(store, document->provider, document->kind, document->id, &late, &body);
	if (e == ERR_NONE) {
		late.due = now + PUT_OFF_S;
		e = store->document.put(store, &late, buf_bytes(&body));
	}
	buf_fini(&body);
	return desk_finish(&d, e);
}

enum err
due_forget(struct store *store, int64_t now, bool *more)
{
	struct desk d = { .store = store, .now = now };
	int64_t forgotten = 0;
	enum err e;

	if ((e = store->begin(store)) != ERR_NONE)
		return e;
	e = store->document.purge(store, now - DUE_DELETED_KEPT_S, FORGOTTEN_MAX, &forgotten);
	if ((e = desk_finish(&d, e)) == ERR_NONE)
		*more = forgotten == FORGOTTEN_MAX;
	return e;
}

enum err
due_run(struct store *store, int64_t now, int most, int64_t *next)
{
	struct document d;
	size_t which = 0;
	enum err e;

	while ((e = find_first(store, &d, &which)) == ERR_NONE && d.due <= now && most-- > 0)
		if ((e = work(store, &d, which, now)) != ERR_NONE &&
		    (e == ERR_NOMEM || e == ERR_FULL || e == ERR_TIMEOUT ||
			(e = put_off(store, &d, now)) != ERR_NONE))
			return e;
	if (e != ERR_NONE && e != ERR_NOT_FOUND)
		return e;
	*next = e == ERR_NONE ? d.due : 0;
	return ERR_NONE;
}
