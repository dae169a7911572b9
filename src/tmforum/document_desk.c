/* tmforum/document_desk.c: see document_desk.h. */
#include "tmforum/document_desk.h"

#include "base/text.h"
#include "tmforum/limits.h"
#include "tmforum/merge_patch.h"
#include "tmforum/record.h"

static enum err
load(const struct desk *d, const struct resource *r, const char *id, struct document *document,
    json_t **out)
{
	struct buf body;
	enum err e;

	buf_init(&body, DOCUMENT_BODY_MAX);
	e = d->store->document.get(d->store, d->provider->id, r->name, id, document, &body);
	if (e == ERR_NONE)
		e = desk_parse(buf_bytes(&body), out);
	buf_fini(&body);
	return e;
}

static enum err
refuse_unknown(const struct resource *r, struct refusal *why)
{
	return desk_refuse(why, ERR_NOT_FOUND, "not_found", "You have no %s with this id.", r->name);
}

static enum err
add_within(const struct desk *d, const struct resource *r, json_t *body)
{
	struct document document = { .created = d->now, .updated = d->now };
	enum err e;

	authority_make_id(r->prefix, document.id);
	memcpy(document.provider, d->provider->id, ID_SIZE);
	text_copy(document.kind, sizeof document.kind, r->name);
	json_object_del(body, "href");
	if (json_object_set_new(body, "id", json_string(document.id)) != 0 ||
	    (json_object_get(body, "@type") == NULL &&
		json_object_set_new(body, "@type", json_string(r->type)) != 0))
		return ERR_NOMEM;
	if ((e = desk_save(d, &document, body, false)) != ERR_NONE)
		return e;
	return desk_log(d, r, document.id, "document_created", json_object());
}

enum err
document_desk_add(const struct desk *d, const struct resource *r, const json_t *body, json_t **out,
    struct refusal *why)
{
	struct fault fault;
	json_t *copy;
	enum err e;

	if (resource_check(r, body, true, &fault) != ERR_NONE)
		return desk_refuse_malformed(why, &fault);
	if ((copy = json_deep_copy(body)) == NULL)
		return ERR_NOMEM;
	if ((e = d->store->begin(d->store)) == ERR_NONE)
		e = desk_finish(d, add_within(d, r, copy));
	if (e == ERR_NONE)
		*out = copy;
	else
		json_decref(copy);
	return e;
}

enum err
document_desk_get(const struct desk *d, const struct resource *r, const char *id, json_t **out)
{
	struct document document;

	return load(d, r, id, &document, out);
}

static enum err
change_within(const struct desk *d, const struct resource *r, const char *id, const json_t *patch,
    json_t **out, struct refusal *why)
{
	json_t *before = NULL, *after = NULL, *changes = NULL;
	struct document document;
	struct fault fault;
	enum err e;

	e = load(d, r, id, &document, &before);
	if (e == ERR_NOT_FOUND)
		return refuse_unknown(r, why);
	if (e != ERR_NONE)
		return e;
	if (resource_check_fixed(r, before, patch, &fault) != ERR_NONE) {
		e = desk_refuse_malformed(why, &fault);
		goto done;
	}
	if ((e = merge_patch_apply(before, patch, &after)) != ERR_NONE)
		goto done;
	if (resource_check(r, after, true, &fault) != ERR_NONE) {
		e = desk_refuse_malformed(why, &fault);
		goto done;
	}
	document.updated = d->now;
	if ((changes = desk_list_changes(r, before, after)) == NULL)
		e = ERR_NOMEM;
	else if (json_array_size(changes) > 0 && (e = desk_save(d, &document, after, true)) == ERR_NONE)
		e = desk_log(d, r, id, "document_changed", json_pack("{s:O}", "attributes", changes));
	if (e == ERR_NONE)
		*out = json_incref(after);
done:
	json_decref(before);
	json_decref(after);
	json_decref(changes);
	return e;
}

enum err
document_desk_change(const struct desk *d, const struct resource *r, const char *id,
    const json_t *patch, json_t **out, struct refusal *why)
{
	json_t *changed = NULL;
	struct fault fault;
	enum err e;

	if (resource_check(r, patch, false, &fault) != ERR_NONE)
		return desk_refuse_malformed(why, &fault);
	if ((e = d->store->begin(d->store)) != ERR_NONE)
		return e;
	e = desk_finish(d, change_within(d, r, id, patch, &changed, why));
	if (e == ERR_NONE)
		*out = changed;
	else
		json_decref(changed);
	return e;
}

static enum err
delete_within(const struct desk *d, const struct resource *r, const char *id, struct refusal *why)
{
	struct document document;
	json_t *body = NULL;
	enum err e;

	e = load(d, r, id, &document, &body);
	if (e == ERR_NOT_FOUND)
		return refuse_unknown(r, why);
	if (e == ERR_NONE && (e = desk_log(d, r, id, "document_deleted", json_object())) == ERR_NONE) {
		document.updated = document.deleted = d->now;
		e = desk_save(d, &document, body, true);
	}
	json_decref(body);
	return e;
}

enum err
document_desk_delete(const struct desk *d, const struct resource *r, const char *id,
    struct refusal *why)
{
	enum err e;

	if ((e = d->store->begin(d->store)) != ERR_NONE)
		return e;
	return desk_finish(d, delete_within(d, r, id, why));
}

json_t *
document_desk_show(const struct resource *r, struct bytes body, const char *base_url)
{
	json_t *own = NULL, *out;
	const char *id;

	if (desk_parse(body, &own) != ERR_NONE)
		return NULL;
	id = json_string_value(json_object_get(own, "id"));
	out = json_object();
	if (out == NULL || id == NULL || json_object_set(out, "id", json_object_get(own, "id")) != 0 ||
	    json_object_set_new(out, "href", record_href(r, base_url, id)) != 0 ||
	    json_object_update_missing(out, own) != 0) {
		json_decref(out);
		out = NULL;
	}
	json_decref(own);
	return out;
}
