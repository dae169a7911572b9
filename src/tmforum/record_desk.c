/* tmforum/record_desk.c: see record_desk.h. */
#include "tmforum/record_desk.h"

#include <stdio.h>

#include "base/text.h"
#include "tmforum/characteristic.h"
#include "tmforum/limits.h"
#include "tmforum/merge_patch.h"

/* What the provider keeps with a subscription. */
struct kept {
	struct document document;
	json_t *own;
	bool exists;
};

static enum err
load_kept(const struct desk *d, const struct resource *r, const char *id, struct kept *out)
{
	struct kept k = { .document = { .created = d->now } };
	struct buf body;
	enum err e;

	buf_init(&body, DOCUMENT_BODY_MAX);
	e = d->store->document.get_any(d->store, r->name, id, &k.document, &body);
	if (e == ERR_NOT_FOUND) {
		memcpy(k.document.provider, d->provider->id, ID_SIZE);
		text_copy(k.document.kind, sizeof k.document.kind, r->name);
		e = text_copy(k.document.id, sizeof k.document.id, id);
	} else if (e == ERR_NONE) {
		k.exists = true;
		/* What another provider kept, before the subscription moved, is not there. */
		if (!text_equal(k.document.provider, d->provider->id))
			buf_clear(&body);
	}
	if (e == ERR_NONE)
		e = desk_parse(buf_bytes(&body), &k.own);
	if (e == ERR_NONE)
		*out = k;
	buf_fini(&body);
	return e;
}

/* The provider's own subscription, if it is to be seen in this interface, and what is kept with it. */
static enum err
load(const struct desk *d, const struct resource *r, const char *id, struct subscription *sub,
    struct kept *kept)
{
	enum err e;

	if ((e = authority_get(d->store, d->provider, id, sub)) != ERR_NONE ||
	    (e = load_kept(d, r, id, kept)) != ERR_NONE)
		return e;
	if (kept->document.deleted == 0 || sub->state != SUB_CANCELLED)
		return ERR_NONE;
	json_decref(kept->own);
	kept->own = NULL;
	return ERR_NOT_FOUND;
}

static enum err
refuse_unknown(const struct resource *r, struct refusal *why)
{
	return desk_refuse(why, ERR_NOT_FOUND, "not_found", "You have no %s with this id.", r->name);
}

static enum err
change_state(const struct desk *d, struct subscription *sub, enum sub_event event, enum reason reason,
    struct refusal *why)
{
	struct change change = { .event = event, .reason = reason, .actor = d->actor,
		.effective = d->effective };

	return authority_change(d->store, d->provider, sub->id, &change, d->now, sub, why);
}

static enum err
make_active(const struct desk *d, struct subscription *sub, struct refusal *why)
{
	switch (subscription_state_at(sub, d->now)) {
	case SUB_PENDING:
	case SUB_ACTIVE:
		return ERR_NONE;
	case SUB_SUSPENDED:
		return change_state(d, sub, EV_RESUME, REASON_NONE, why);
	case SUB_CANCELLED:
		return change_state(d, sub, EV_REINSTATE, REASON_NONE, why);
	case SUB_EXPIRED:
	case SUB_NONE:
	case SUB_STATES:
		break;
	}
	return desk_refuse(why, ERR_CONFLICT, "subscription_expired",
	    "Its paid time is over: give it a later \"paidUntil\".");
}

/* Bring the subscription into the state that is wished for; it stays when it is in it already. */
static enum err
grant_wish(const struct desk *d, struct subscription *sub, const struct record_terms *terms,
    struct refusal *why)
{
	enum reason reason = terms->reason;

	switch (terms->wish) {
	case WISH_NONE:
		return ERR_NONE;
	case WISH_ACTIVE:
		return make_active(d, sub, why);
	case WISH_PLANNED:
	case WISH_INACTIVE:
		if (sub->state == SUB_SUSPENDED && (reason == REASON_NONE || reason == sub->reason))
			return ERR_NONE;
		return change_state(d, sub, EV_SUSPEND,
		    reason == REASON_NONE ? REASON_PROVIDER_REQUEST : reason, why);
	case WISH_TERMINATED:
		if (sub->state == SUB_CANCELLED)
			return ERR_NONE;
		return change_state(d, sub, EV_CANCEL,
		    reason == REASON_NONE ? REASON_DISCONTINUED : reason, why);
	}
	return ERR_NONE;
}

static enum err
set_terms(const struct desk *d, struct subscription *sub, const struct record_terms *terms,
    struct refusal *why)
{
	struct terms t = { .seats = terms->seats, .sets_paid_until = terms->says_paid_until,
		.paid_until = terms->paid_until, .actor = d->actor };

	if (t.seats == 0 && !t.sets_paid_until)
		return ERR_NONE;
	return authority_set_terms(d->store, d->provider, sub->id, &t, d->now, sub, why);
}

/* A state before it is let go can be asked for at the beginning, or instead of another such. */
static enum err
check_planned(const struct desk *d, const struct resource *r, const struct subscription *sub,
    const struct kept *kept, struct refusal *why)
{
	const char *state = record_state(r, sub, kept->document.state, d->now);

	if (record_wish_of(r, state) == WISH_PLANNED)
		return ERR_NONE;
	return desk_refuse(why, ERR_CONFLICT, "not_possible",
	    "It is %s: it cannot go back to a state before that.", state);
}

/* What is kept: all but what we say ourselves. */
static enum err
strip_ours(const struct resource *r, json_t *own)
{
	json_t *list = json_object_get(own, r->characteristics), *kept;

	json_object_del(own, "id");
	json_object_del(own, "href");
	json_object_del(own, r->state);
	if (list == NULL)
		return ERR_NONE;
	/* The code opens the subscription: whoever reads the inventory need not have it. */
	kept = characteristic_without(list, "activationCode");
	if (kept == NULL || json_object_set_new(own, r->characteristics, kept) != 0)
		return ERR_NOMEM;
	return ERR_NONE;
}

static enum err
save_kept(const struct desk *d, const struct resource *r, struct kept *kept)
{
	enum err e = strip_ours(r, kept->own);

	kept->document.updated = d->now;
	kept->document.deleted = 0;
	if (e == ERR_NONE)
		e = desk_save(d, &kept->document, kept->own, kept->exists);
	return e;
}

/* The external id that it gets: its own, or the one that is offered if it is free, or one that we make. */
static enum err
choose_external_id(const struct desk *d, const struct record_terms *terms,
    const struct record_defaults *defaults, char out[static EXTERNAL_ID_SIZE])
{
	struct subscription other;
	char made[ID_SIZE];
	enum err e;

	if (terms->external_id[0] != '\0')
		return text_copy(out, EXTERNAL_ID_SIZE, terms->external_id);
	if (defaults->external_id[0] != '\0') {
		e = d->store->find_subscription_by_external_id(d->store, d->provider->id,
		    defaults->external_id, &other);
		if (e == ERR_NOT_FOUND)
			return text_copy(out, EXTERNAL_ID_SIZE, defaults->external_id);
		if (e != ERR_NONE)
			return e;
	}
	authority_make_id("tmf_", made);
	return text_copy(out, EXTERNAL_ID_SIZE, made);
}

static enum err
place_order(const struct desk *d, const struct record_terms *terms,
    const struct record_defaults *defaults, struct record_made *out, struct refusal *why)
{
	struct order order = { .seats = terms->seats != 0 ? terms->seats : defaults->seats,
		.paid_until = terms->paid_until };
	enum err e;

	if (terms->wish == WISH_TERMINATED)
		return desk_refuse(why, ERR_CONFLICT, "not_possible",
		    "What is new cannot have ended already.");
	if (order.paid_until != 0 && order.paid_until <= d->now)
		return desk_refuse(why, ERR_CONFLICT, "paid_time_over",
		    "\"paidUntil\" must lie in the future: such an order would protect nothing.");
	if ((e = choose_external_id(d, terms, defaults, order.external_id)) != ERR_NONE)
		return e;
	e = authority_order(d->store, d->provider, &order, d->now, &out->subscription, out->code, why);
	if (e == ERR_NONE && terms->wish != WISH_ACTIVE)
		e = grant_wish(d, &out->subscription, terms, why);
	return e;
}

static enum err
add_within(const struct desk *d, const struct resource *r, const json_t *record,
    const struct record_defaults *defaults, struct record_made *out, struct refusal *why)
{
	struct kept kept = { .own = NULL };
	struct record_terms terms;
	struct fault fault;
	enum err e;

	if ((e = record_read_terms(r, record, &terms, &fault)) != ERR_NONE)
		return desk_refuse_malformed(why, &fault);
	if ((e = place_order(d, &terms, defaults, out, why)) != ERR_NONE ||
	    (e = load_kept(d, r, out->subscription.id, &kept)) != ERR_NONE)
		goto done;
	json_decref(kept.own);
	if ((kept.own = json_deep_copy(record)) == NULL) {
		e = ERR_NOMEM;
		goto done;
	}
	if (terms.wish == WISH_PLANNED)
		e = text_copy(kept.document.state, sizeof kept.document.state,
		    json_string_value(json_object_get(record, r->state)));
	if (e == ERR_NONE)
		e = save_kept(d, r, &kept);
done:
	json_decref(kept.own);
	return e;
}

enum err
record_desk_add(const struct desk *d, const struct resource *r, const json_t *record,
    const struct record_defaults *defaults, struct record_made *out, struct refusal *why)
{
	struct record_made made;
	enum err e;

	if ((e = d->store->begin(d->store)) != ERR_NONE)
		return e;
	e = desk_finish(d, add_within(d, r, record, defaults, &made, why));
	if (e == ERR_NONE)
		*out = made;
	return e;
}

/* Merge ${patch} into what is kept, and say in the log what that changed. */
static enum err
patch_kept(const struct desk *d, const struct resource *r, struct kept *kept, const json_t *patch,
    struct refusal *why)
{
	json_t *merged = NULL, *copy = NULL, *changes = NULL;
	struct fault fault;
	enum err e;

	if ((e = merge_patch_apply(kept->own, patch, &merged)) != ERR_NONE)
		return e;
	copy = json_deep_copy(merged);
	json_decref(merged);
	if (copy == NULL || (e = strip_ours(r, copy)) != ERR_NONE ||
	    (changes = desk_list_changes(r, kept->own, copy)) == NULL) {
		e = ERR_NOMEM;
		goto done;
	}
	if (resource_check(r, copy, false, &fault) != ERR_NONE) {
		e = desk_refuse_malformed(why, &fault);
		goto done;
	}
	if (json_array_size(changes) > 0)
		e = desk_log(d, r, kept->document.id, "record_changed",
		    json_pack("{s:O}", "attributes", changes));
	json_decref(kept->own);
	kept->own = copy;
	copy = NULL;
done:
	json_decref(copy);
	json_decref(changes);
	return e;
}

/* What ${patch} says of the subscription itself, which is loaded. */
static enum err
patch_subscription(const struct desk *d, const struct resource *r, struct subscription *sub,
    struct kept *kept, const json_t *patch, struct refusal *why)
{
	struct record_terms terms;
	struct fault fault;
	enum err e;

	if (record_read_terms(r, patch, &terms, &fault) != ERR_NONE)
		return desk_refuse_malformed(why, &fault);
	if (terms.wish == WISH_PLANNED && (e = check_planned(d, r, sub, kept, why)) != ERR_NONE)
		return e;
	/* A paid time first: what has expired can be active again. Reinstated first: it has terms again. */
	if (terms.wish == WISH_ACTIVE && sub->state == SUB_CANCELLED &&
	    (e = grant_wish(d, sub, &terms, why)) != ERR_NONE)
		return e;
	if ((e = set_terms(d, sub, &terms, why)) != ERR_NONE ||
	    (e = grant_wish(d, sub, &terms, why)) != ERR_NONE)
		return e;
	if (terms.wish == WISH_PLANNED)
		return text_copy(kept->document.state, sizeof kept->document.state,
		    json_string_value(json_object_get(patch, r->state)));
	if (terms.wish != WISH_NONE)
		kept->document.state[0] = '\0';
	return ERR_NONE;
}

static enum err
change_within(const struct desk *d, const struct resource *r, const char *id, const json_t *patch,
    struct refusal *why)
{
	struct kept kept = { .own = NULL };
	struct subscription sub;
	struct fault fault;
	enum err e;

	if (resource_check(r, patch, false, &fault) != ERR_NONE)
		return desk_refuse_malformed(why, &fault);
	e = load(d, r, id, &sub, &kept);
	if (e == ERR_NOT_FOUND)
		return refuse_unknown(r, why);
	if (e != ERR_NONE)
		return e;
	if ((e = patch_subscription(d, r, &sub, &kept, patch, why)) == ERR_NONE &&
	    (e = patch_kept(d, r, &kept, patch, why)) == ERR_NONE)
		e = save_kept(d, r, &kept);
	json_decref(kept.own);
	return e;
}

enum err
record_desk_change(const struct desk *d, const struct resource *r, const char *id,
    const json_t *patch, struct refusal *why)
{
	enum err e;

	if ((e = d->store->begin(d->store)) != ERR_NONE)
		return e;
	return desk_finish(d, change_within(d, r, id, patch, why));
}

static enum err
remove_within(const struct desk *d, const struct resource *r, const char *id, struct refusal *why)
{
	struct record_terms terms = { .wish = WISH_TERMINATED };
	struct kept kept = { .own = NULL };
	struct subscription sub;
	enum err e;

	e = load(d, r, id, &sub, &kept);
	if (e == ERR_NOT_FOUND)
		return refuse_unknown(r, why);
	if (e != ERR_NONE)
		return e;
	if ((e = grant_wish(d, &sub, &terms, why)) == ERR_NONE &&
	    (e = desk_log(d, r, sub.id, "record_deleted", json_object())) == ERR_NONE) {
		kept.document.updated = kept.document.deleted = d->now;
		e = desk_save(d, &kept.document, kept.own, kept.exists);
	}
	json_decref(kept.own);
	return e;
}

enum err
record_desk_remove(const struct desk *d, const struct resource *r, const char *id,
    struct refusal *why)
{
	enum err e;

	if ((e = d->store->begin(d->store)) != ERR_NONE)
		return e;
	return desk_finish(d, remove_within(d, r, id, why));
}

enum err
record_desk_get(const struct desk *d, const struct resource *r, const char *id, const char *base_url,
    json_t **out)
{
	struct kept kept = { .own = NULL };
	struct subscription sub;
	struct record record = { .subscription = &sub };
	json_t *shown;
	enum err e;

	if ((e = load(d, r, id, &sub, &kept)) != ERR_NONE)
		return e;
	record.own = kept.own;
	record.planned = kept.document.state;
	shown = record_show(r, &record, base_url, d->now);
	json_decref(kept.own);
	if (shown == NULL)
		return ERR_NOMEM;
	*out = shown;
	return ERR_NONE;
}

enum err
record_desk_find(const struct desk *d, const struct resource *r, const json_t *record,
    struct subscription *out)
{
	const char *id = json_string_value(json_object_get(record, "id"));
	char external_id[EXTERNAL_ID_SIZE];
	enum err e;

	if (id != NULL)
		return authority_get(d->store, d->provider, id, out);
	e = characteristic_text(json_object_get(record, r->characteristics), "externalId", external_id,
	    sizeof external_id, NULL);
	if (e != ERR_NONE)
		return ERR_NOT_FOUND;
	return d->store->find_subscription_by_external_id(d->store, d->provider->id, external_id, out);
}
