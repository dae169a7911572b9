/* entitle/lease.c: see lease.h. */
#include "entitle/lease.h"

#include <assert.h>

#include "base/text.h"
#include "codec/encode.h"
#include "codec/json.h"
#include "codec/jws.h"

/* Times in a lease lie within these years; far beyond any real one, far from overflow. */
static const int64_t TIME_MAX = 253402300799;

struct feature_name {
	enum feature feature;
	const char *name;
};
static const struct feature_name feature_names[] = { { FEATURE_SCAN, "scan" },
	{ FEATURE_UPDATE, "update" } };
enum { FEATURE_NAMES = sizeof feature_names / sizeof feature_names[0] };

static json_t *
features_to_json(unsigned features)
{
	json_t *list = json_array();

	for (size_t i = 0; list != NULL && i < FEATURE_NAMES; i++)
		if ((features & feature_names[i].feature) != 0)
			json_array_append_new(list, json_string(feature_names[i].name));
	return list;
}

static json_t *
epochs_to_json(const struct lease *l)
{
	json_t *all = json_object();
	struct buf text;

	buf_init(&text, 2 * WRAPPED_KEY_SIZE);
	for (size_t i = 0; all != NULL && i < l->epoch_count; i++) {
		buf_clear(&text);
		encode_base64url(bytes_of(l->epochs[i].wrapped, WRAPPED_KEY_SIZE), &text);
		json_object_set_new(all, l->epochs[i].name,
		    json_stringn((const char *)text.p, text.n));
	}
	buf_fini(&text);
	return all;
}

static json_t *
lease_to_json(const struct lease *l)
{
	return json_pack("{s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:s, s:o, s:{s:s, s:I, s:s, s:s*}, s:I,"
			 " s:{s:s, s:s, s:s, s:s}, s:s, s:s, s:o}",
	    "iss", l->issuer, "sub", l->device, "sid", l->subscription, "iat",
	    (json_int_t)l->issued, "nbf", (json_int_t)l->not_before, "exp", (json_int_t)l->expires,
	    "grace", (json_int_t)l->grace_s, "nonce", l->nonce, "features",
	    features_to_json(l->features), "notice", "code", reason_code(l->reason), "since",
	    (json_int_t)l->since, "moved_to", l->moved_to, "ending",
	    l->ending == REASON_NONE ? NULL : reason_code(l->ending), "paid_until", (json_int_t)l->paid_until,
	    "provider", "name", l->provider.name, "phone", l->provider.phone, "web",
	    l->provider.web, "hours", l->provider.hours, "ref", l->reference, "rev", l->revision,
	    "epochs", epochs_to_json(l));
}

static void
sign_with(void *ctx, struct bytes message, uint8_t signature[static 64])
{
	sign_bytes(ctx, message, signature);
}

enum err
lease_sign(const struct lease *lease, const struct sign_secret *secret, struct buf *out)
{
	json_t *claims = lease_to_json(lease);
	struct sign_secret copy = *secret;
	struct buf payload;
	enum err e = ERR_NOMEM;

	buf_init(&payload, LEASE_MAX);
	if (claims == NULL)
		goto done;
	if ((e = json_write(claims, &payload)) != ERR_NONE)
		goto done;
	e = jws_sign(buf_bytes(&payload), sign_with, &copy, out);
done:
	sign_forget(&copy);
	json_decref(claims);
	buf_fini(&payload);
	return e;
}

static enum err
features_from_json(const json_t *list, unsigned *out, struct fault *why)
{
	const json_t *item;
	size_t i;

	if (!json_is_array(list))
		return fault_set(why, ERR_MALFORMED, "lease: \"features\" must be a list");
	json_array_foreach(list, i, item) {
		/* A feature of a later version is none that this device has. */
		for (size_t k = 0; k < FEATURE_NAMES; k++)
			if (json_is_string(item) &&
			    text_equal(json_string_value(item), feature_names[k].name))
				*out |= feature_names[k].feature;
	}
	return ERR_NONE;
}

static enum err
epochs_from_json(json_t *all, struct lease *out, struct fault *why)
{
	const char *name;
	struct buf wrapped;
	json_t *value;

	if (!json_is_object(all) || json_object_size(all) > EPOCHS_MAX)
		return fault_set(why, ERR_MALFORMED, "lease: \"epochs\" must be an object of at most %d",
		    EPOCHS_MAX);
	buf_init(&wrapped, WRAPPED_KEY_SIZE);
	json_object_foreach(all, name, value) {
		struct lease_epoch *epoch = &out->epochs[out->epoch_count];

		buf_clear(&wrapped);
		if (!json_is_string(value) ||
		    text_copy(epoch->name, sizeof epoch->name, name) != ERR_NONE ||
		    decode_base64url(bytes_of_text(json_string_value(value)), &wrapped) != ERR_NONE ||
		    wrapped.n != WRAPPED_KEY_SIZE) {
			buf_fini(&wrapped);
			return fault_set(why, ERR_MALFORMED, "lease: epoch \"%.11s\" is broken", name);
		}
		memcpy(epoch->wrapped, wrapped.p, WRAPPED_KEY_SIZE);
		out->epoch_count++;
	}
	buf_fini(&wrapped);
	return ERR_NONE;
}

#define TEXT_FIELD(n, o) { .name = n, .kind = JSON_KIND_TEXT, .required = true, .out = o, .size = sizeof o }
#define TIME_FIELD(n, o) { .name = n, .kind = JSON_KIND_WHOLE, .required = true, .out = &o, .most = TIME_MAX }
#define VALUE_FIELD(n, o) { .name = n, .kind = JSON_KIND_VALUE, .required = true, .out = &o }

static enum err
parts_from_json(const json_t *notice, const json_t *provider, struct lease *l, struct fault *why)
{
	char code[32], ending[32] = "none";
	const struct json_field notice_fields[] = { TEXT_FIELD("code", code),
		TIME_FIELD("since", l->since), TEXT_FIELD("moved_to", l->moved_to),
		{ .name = "ending", .kind = JSON_KIND_TEXT, .out = ending, .size = sizeof ending } };
	const struct json_field provider_fields[] = { TEXT_FIELD("name", l->provider.name),
		TEXT_FIELD("phone", l->provider.phone), TEXT_FIELD("web", l->provider.web),
		TEXT_FIELD("hours", l->provider.hours) };
	enum err e;

	if ((e = json_read_object(notice, notice_fields, 4, why)) != ERR_NONE)
		return fault_within(why, "lease, notice");
	if (!reason_from_code(code, &l->reason))
		return fault_set(why, ERR_UNSUPPORTED, "lease: unknown notice code \"%s\"", code);
	if (!reason_from_code(ending, &l->ending))
		return fault_set(why, ERR_UNSUPPORTED, "lease: unknown notice code \"%s\"", ending);
	if ((e = json_read_object(provider, provider_fields, 4, why)) != ERR_NONE)
		return fault_within(why, "lease, provider");
	return ERR_NONE;
}

static enum err
lease_from_json(const json_t *claims, struct lease *out, struct fault *why)
{
	json_t *features = NULL, *notice = NULL, *provider = NULL, *epochs = NULL;
	struct lease l = { .features = 0 };
	const struct json_field fields[] = { TEXT_FIELD("iss", l.issuer),
		TEXT_FIELD("sub", l.device), TEXT_FIELD("sid", l.subscription),
		TIME_FIELD("iat", l.issued), TIME_FIELD("nbf", l.not_before),
		TIME_FIELD("exp", l.expires), TIME_FIELD("grace", l.grace_s),
		TEXT_FIELD("nonce", l.nonce), VALUE_FIELD("features", features),
		VALUE_FIELD("notice", notice), TIME_FIELD("paid_until", l.paid_until),
		VALUE_FIELD("provider", provider), TEXT_FIELD("ref", l.reference),
		TEXT_FIELD("rev", l.revision), VALUE_FIELD("epochs", epochs) };
	enum err e;

	if (json_read_object(claims, fields, sizeof fields / sizeof fields[0], why) != ERR_NONE)
		return fault_within(why, "lease");
	if ((e = features_from_json(features, &l.features, why)) != ERR_NONE ||
	    (e = parts_from_json(notice, provider, &l, why)) != ERR_NONE ||
	    (e = epochs_from_json(epochs, &l, why)) != ERR_NONE)
		return e;
	/* Protected for a reason, or not protected for none, would be a lie either way. */
	if ((l.features == 0) != (l.reason != REASON_NONE) ||
	    (l.ending != REASON_NONE && (l.features == 0 || l.grace_s != 0)))
		return fault_set(why, ERR_MALFORMED, "lease: features and notice contradict each other");
	*out = l;
	return ERR_NONE;
}

struct key_list {
	const struct sign_public *keys;
	size_t count;
};

static bool
any_key_holds(void *ctx, struct bytes message, struct bytes signature)
{
	const struct key_list *list = ctx;

	for (size_t i = 0; i < list->count; i++)
		if (sign_holds(&list->keys[i], message, signature))
			return true;
	return false;
}

enum err
lease_open(struct bytes text, const struct sign_public *keys, size_t key_count, struct lease *out,
    struct fault *why)
{
	struct key_list list = { keys, key_count };
	json_t *claims = NULL;
	struct buf payload;
	enum err e;

	buf_init(&payload, LEASE_MAX);
	if ((e = jws_open(text, any_key_holds, &list, &payload)) != ERR_NONE) {
		fault_set(why, e, "the lease is not one that this device's service signed (%s)",
		    err_name(e));
		goto done;
	}
	if ((e = json_parse(buf_bytes(&payload), &claims, why)) != ERR_NONE)
		goto done;
	e = lease_from_json(claims, out, why);
done:
	json_decref(claims);
	buf_fini(&payload);
	return e;
}
