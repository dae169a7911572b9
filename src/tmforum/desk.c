/* tmforum/desk.c: see desk.h. */
#include "tmforum/desk.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/text.h"
#include "codec/json.h"
#include "entitle/event.h"
#include "tmforum/limits.h"

enum err
desk_refuse(struct refusal *why, enum err e, const char *code, const char *fmt, ...)
{
	va_list ap;

	text_copy(why->code, sizeof why->code, code);
	va_start(ap, fmt);
	vsnprintf(why->detail, sizeof why->detail, fmt, ap);
	va_end(ap);
	return e;
}

enum err
desk_refuse_malformed(struct refusal *why, const struct fault *fault)
{
	if (fault->err == ERR_NOMEM)
		return ERR_NOMEM;
	return desk_refuse(why, ERR_MALFORMED, "malformed_request", "%s", fault->text);
}

bool
desk_is_refusal(enum err e)
{
	return e == ERR_MALFORMED || e == ERR_NOT_FOUND || e == ERR_CONFLICT;
}

enum err
desk_finish(const struct desk *d, enum err e)
{
	if (e == ERR_NONE)
		e = d->store->commit(d->store);
	if (e != ERR_NONE)
		d->store->rollback(d->store);
	return e;
}

enum err
desk_log(const struct desk *d, const struct resource *r, const char *chain, const char *kind,
    json_t *detail)
{
	if (detail != NULL &&
	    (json_object_set_new(detail, "resource", json_string(r->name)) != 0 ||
		json_object_set_new(detail, "provider", json_string(d->provider->id)) != 0)) {
		json_decref(detail);
		detail = NULL;
	}
	return event_append(d->store, chain, d->actor, kind, detail, d->now);
}

enum err
desk_parse(struct bytes body, json_t **out)
{
	json_t *value = NULL;
	enum err e = ERR_NONE;

	if (body.n == 0)
		value = json_object();
	else
		e = json_parse(body, &value, NULL);
	if (e == ERR_NONE && value == NULL)
		e = ERR_NOMEM;
	/* We wrote it: anything else is a damaged store. */
	if (e == ERR_NONE && !json_is_object(value)) {
		json_decref(value);
		e = ERR_IO;
	}
	if (e == ERR_NONE)
		*out = value;
	return e == ERR_MALFORMED ? ERR_IO : e;
}

enum err
desk_save(const struct desk *d, const struct document *document, const json_t *body, bool exists)
{
	struct buf text;
	enum err e;

	buf_init(&text, DOCUMENT_BODY_MAX);
	if ((e = json_write(body, &text)) == ERR_NONE)
		e = exists ? d->store->document.put(d->store, document, buf_bytes(&text))
			   : d->store->document.add(d->store, document, buf_bytes(&text));
	buf_fini(&text);
	return e;
}

/* Whether ${name} has another value in one than in the other. */
static bool
differs(const json_t *before, const json_t *after, const char *name)
{
	const json_t *a = json_object_get(before, name), *b = json_object_get(after, name);

	return a == NULL || b == NULL ? a != b : !json_equal(a, b);
}

/* Whether ${from} has something unknown that ${to} has not, or not so. */
static bool
differs_otherwise(const struct resource *r, json_t *from, const json_t *to)
{
	const char *name;
	json_t *value;

	json_object_foreach(from, name, value)
		if (resource_attribute(r, name) == NULL && differs(from, to, name))
			return true;
	return false;
}

json_t *
desk_list_changes(const struct resource *r, const json_t *before, const json_t *after)
{
	json_t *out = json_array();
	int bad = out == NULL;

	for (size_t i = 0; i < r->attribute_count && !bad; i++)
		if (differs(before, after, r->attributes[i].name))
			bad |= json_array_append_new(out, json_string(r->attributes[i].name));
	if (!bad && (differs_otherwise(r, (json_t *)(uintptr_t)before, after) ||
			differs_otherwise(r, (json_t *)(uintptr_t)after, before)))
		bad |= json_array_append_new(out, json_string("other"));
	if (!bad)
		return out;
	json_decref(out);
	return NULL;
}
