/* tmforum/record.c: see record.h. */
#include "tmforum/record.h"

#include "base/text.h"
#include "tmforum/characteristic.h"
#include "tmforum/date_time.h"

/* The states of an interface: what each asks for. */
struct state_word {
	const char *name;
	enum record_wish wish;
};

static const struct state_word service_words[] = {
	{ "feasibilityChecked", WISH_PLANNED },
	{ "designed", WISH_PLANNED },
	{ "reserved", WISH_PLANNED },
	{ "inactive", WISH_INACTIVE },
	{ "active", WISH_ACTIVE },
	{ "terminated", WISH_TERMINATED },
	{ NULL, WISH_NONE },
};

static const struct state_word product_words[] = {
	{ "created", WISH_PLANNED },
	{ "pendingActive", WISH_PLANNED },
	{ "suspended", WISH_INACTIVE },
	{ "active", WISH_ACTIVE },
	{ "terminated", WISH_TERMINATED },
	{ "cancelled", WISH_TERMINATED },
	{ NULL, WISH_NONE },
};

static const struct state_word *
words_of(const struct resource *r)
{
	return r->kind == RESOURCE_PRODUCT ? product_words : service_words;
}

enum record_wish
record_wish_of(const struct resource *r, const char *state)
{
	const struct state_word *w = words_of(r);

	while (w->name != NULL && !text_equal(w->name, state))
		w++;
	return w->wish;
}

const char *
record_state(const struct resource *r, const struct subscription *s, const char *planned, int64_t now)
{
	bool product = r->kind == RESOURCE_PRODUCT;

	switch (subscription_state_at(s, now)) {
	case SUB_PENDING:
	case SUB_ACTIVE:
		return "active";
	case SUB_SUSPENDED:
		/* It was ordered planned, so it was suspended in the same moment; later it was let go. */
		if (s->since == s->created && record_wish_of(r, planned) == WISH_PLANNED)
			return planned;
		return product ? "suspended" : "inactive";
	case SUB_EXPIRED:
		return product ? "suspended" : "inactive";
	case SUB_CANCELLED:
	case SUB_NONE:
	case SUB_STATES:
		break;
	}
	return "terminated";
}

static enum err
read_state(const struct resource *r, const json_t *record, struct record_terms *out,
    struct fault *why)
{
	const json_t *value = json_object_get(record, r->state);

	if (value == NULL || json_is_null(value))
		return ERR_NONE;
	if (json_is_string(value))
		out->wish = record_wish_of(r, json_string_value(value));
	if (out->wish == WISH_NONE)
		return fault_set(why, ERR_MALFORMED, "\"%s\" is not a state that a %s can be asked to have",
		    json_is_string(value) ? json_string_value(value) : "that", r->name);
	return ERR_NONE;
}

/* Who asks may name these; the others are found out here. */
static enum err
read_reason(const json_t *list, struct record_terms *out, struct fault *why)
{
	char code[32];
	enum err e = characteristic_text(list, "reason", code, sizeof code, why);

	/* What we show ourselves comes back in a record that was read and sent again. */
	if (e == ERR_NOT_FOUND || (e == ERR_NONE && text_equal(code, "none")))
		return ERR_NONE;
	if (e == ERR_NONE && !reason_from_code(code, &out->reason))
		e = fault_set(why, ERR_MALFORMED,
		    "characteristic \"reason\" is one of billing, provider_request, discontinued");
	if (e == ERR_NONE && out->reason != REASON_BILLING && out->reason != REASON_PROVIDER_REQUEST &&
	    out->reason != REASON_DISCONTINUED)
		out->reason = REASON_NONE;
	return e;
}

static enum err
read_paid_until(const json_t *list, struct record_terms *out, struct fault *why)
{
	const json_t *value = characteristic_find(list, "paidUntil");
	enum err e;

	if (json_is_null(value)) {
		out->says_paid_until = true;
		return ERR_NONE;
	}
	e = characteristic_date(list, "paidUntil", &out->paid_until, why);
	if (e == ERR_NOT_FOUND)
		return ERR_NONE;
	out->says_paid_until = e == ERR_NONE;
	return e;
}

enum err
record_read_terms(const struct resource *r, const json_t *record, struct record_terms *out,
    struct fault *why)
{
	const json_t *list = json_object_get(record, r->characteristics);
	struct record_terms t = { .wish = WISH_NONE };
	enum err e;

	if ((e = read_state(r, record, &t, why)) != ERR_NONE)
		return e;
	e = characteristic_text(list, "externalId", t.external_id, sizeof t.external_id, why);
	if (e != ERR_NONE && e != ERR_NOT_FOUND)
		return e;
	e = characteristic_whole(list, "seats", 1, SEATS_MAX, &t.seats, why);
	if (e != ERR_NONE && e != ERR_NOT_FOUND)
		return e;
	if ((e = read_reason(list, &t, why)) != ERR_NONE ||
	    (e = read_paid_until(list, &t, why)) != ERR_NONE)
		return e;
	*out = t;
	return ERR_NONE;
}

json_t *
record_href(const struct resource *r, const char *base_url, const char *id)
{
	return json_sprintf("%s%s%s/%s", base_url, r->base, r->name, id);
}

/* Set ${name} unless the provider has said it. */
static int
fill(json_t *record, const char *name, json_t *value)
{
	if (json_object_get(record, name) == NULL)
		return json_object_set_new(record, name, value);
	json_decref(value);
	return 0;
}

/* What we know of every subscription and the provider need not say. */
static int
fill_known(json_t *record, const struct resource *r, const struct record *of, int64_t now)
{
	const struct subscription *s = of->subscription;
	static const char words[] = "Holdfast endpoint protection";
	const char *state = record_state(r, s, of->planned, now);
	bool on = record_wish_of(r, state) == WISH_ACTIVE, product = r->kind == RESOURCE_PRODUCT;
	bool begun = s->state != SUB_PENDING && record_wish_of(r, state) != WISH_PLANNED;
	int bad = 0;

	bad |= fill(record, "name", json_string(words));
	bad |= fill(record, "description", json_sprintf("%s, reference %s", words, s->reference));
	bad |= fill(record, "startDate", characteristic_of_date(s->created));
	bad |= fill(record, "isBundle", json_false());
	bad |= fill(record, r->specification,
	    json_pack("{s:s, s:s, s:s}", "id", "endpoint-protection", "name", words, "version", "1.0"));
	if (product) {
		bad |= fill(record, "orderDate", characteristic_of_date(s->created));
		bad |= fill(record, "isCustomerVisible", json_true());
		bad |= fill(record, "productSerialNumber", json_string(s->reference));
	} else {
		bad |= fill(record, "serviceDate", characteristic_of_date(s->created));
		bad |= fill(record, "category", json_string("CFS"));
		bad |= fill(record, "serviceType", json_string("EndpointProtection"));
		bad |= fill(record, "hasStarted", json_boolean(begun));
		bad |= fill(record, "isServiceEnabled", json_boolean(on));
		bad |= fill(record, "isStateful", json_true());
		bad |= fill(record, "startMode", json_string("4"));
	}
	bad |= fill(record, "@type", json_string(r->type));
	bad |= fill(record, "@baseType", json_string(r->type));
	return bad;
}

/* When it ended, or will. */
static int
fill_end(json_t *record, const struct resource *r, const struct subscription *s)
{
	const char *name = r->kind == RESOURCE_PRODUCT ? "terminationDate" : "endDate";

	if (s->state == SUB_CANCELLED)
		return json_object_set_new(record, name, characteristic_of_date(s->since));
	if (s->paid_until != 0)
		return fill(record, name, characteristic_of_date(s->paid_until));
	return 0;
}

/* An open end is said by nothing: every characteristic has a value. */
static enum err
set_paid_until(json_t **list, int64_t paid_until)
{
	json_t *without;

	if (paid_until != 0)
		return characteristic_set(*list, "paidUntil", characteristic_of_date(paid_until));
	if ((without = characteristic_without(*list, "paidUntil")) == NULL)
		return ERR_NOMEM;
	json_decref(*list);
	*list = without;
	return ERR_NONE;
}

static enum err
set_characteristics(json_t *record, const struct resource *r, const struct subscription *s, int64_t now)
{
	json_t *own = json_object_get(record, r->characteristics);
	json_t *list = json_is_array(own) ? json_copy(own) : json_array();
	struct standing standing = subscription_standing(s, now);
	enum sub_state state = subscription_state_at(s, now);
	/* Also while a grace lasts: it is the subscription that is told of. */
	enum reason reason = standing.reason != REASON_NONE ? standing.reason : standing.ending;
	enum err e;

	if (list == NULL)
		return ERR_NOMEM;
	if ((e = characteristic_set(list, "subscriptionState", json_string(sub_state_name(state)))) ==
		ERR_NONE &&
	    (e = characteristic_set(list, "reason",
		 json_string(reason_code(state == SUB_PENDING ? REASON_NONE : reason)))) == ERR_NONE &&
	    (e = characteristic_set(list, "since", characteristic_of_date(standing.since))) == ERR_NONE &&
	    (e = characteristic_set(list, "seats", json_integer(s->seats))) == ERR_NONE &&
	    (e = set_paid_until(&list, s->paid_until)) == ERR_NONE &&
	    (e = characteristic_set(list, "externalId", json_string(s->external_id))) == ERR_NONE)
		e = characteristic_set(list, "reference", json_string(s->reference));
	if (e == ERR_NONE && json_object_set(record, r->characteristics, list) != 0)
		e = ERR_NOMEM;
	json_decref(list);
	return e;
}

enum err
record_add_code(const struct resource *r, json_t *shown, const char *code)
{
	return characteristic_set(json_object_get(shown, r->characteristics), "activationCode",
	    json_string(code));
}

json_t *
record_own_characteristics(const json_t *list)
{
	static const char *const ours[] = { "subscriptionState", "reason", "since", "seats", "paidUntil",
		"externalId", "reference" };
	json_t *out = characteristic_without(list, "activationCode"), *less;

	for (size_t i = 0; out != NULL && i < sizeof ours / sizeof ours[0]; i++) {
		less = characteristic_without(out, ours[i]);
		json_decref(out);
		out = less;
	}
	return out;
}

json_t *
record_show(const struct resource *r, const struct record *record, const char *base_url, int64_t now)
{
	const struct subscription *s = record->subscription;
	json_t *out = json_object(), *own = (json_t *)(uintptr_t)record->own;

	if (out == NULL)
		return NULL;
	if (json_object_set_new(out, "id", json_string(s->id)) == 0 &&
	    json_object_set_new(out, "href", record_href(r, base_url, s->id)) == 0 &&
	    (own == NULL || json_object_update_missing(out, own) == 0) &&
	    fill_known(out, r, record, now) == 0 && fill_end(out, r, s) == 0 &&
	    set_characteristics(out, r, s, now) == ERR_NONE &&
	    json_object_set_new(out, r->state,
		json_string(record_state(r, s, record->planned, now))) == 0)
		return out;
	json_decref(out);
	return NULL;
}
