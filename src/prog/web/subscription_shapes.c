/* prog/web/subscription_shapes.c: see subscription_shapes.h. */
#include "prog/web/subscription_shapes.h"

#include "base/text.h"
#include "prog/web/answer.h"

#define COUNT(a) (sizeof(a) / sizeof(a)[0])
#define ALL_REASONS ((1 << REASON_COUNT) - 1)

const char *
subscription_state_choice(int value)
{
	return sub_state_name((enum sub_state)value);
}

const char *
subscription_reason_choice(int value)
{
	return reason_code((enum reason)value);
}

static const char *
says_choice(int value)
{
	return verify_answer_name((enum verify_answer)value);
}

static const char *
consent_choice(int value)
{
	return consent_name((enum consent)value);
}

static const struct field device_fields[] = {
	{ SHAPE_TEXT(device, id, "id") },
	{ SHAPE_TEXT(device, name, "name") },
	{ SHAPE_TEXT(device, platform, "platform") },
	{ SHAPE_BOOL(device, seated, "seated"), .about = "Whether it has a seat now" },
	{ SHAPE_CHOICE(device, left, "left_reason", subscription_reason_choice, ALL_REASONS),
	    .about = "Why it has none" },
	{ SHAPE_TIME(device, left_at, "left"), .flags = FIELD_SPARSE },
	{ SHAPE_TIME(device, told, "told"), .flags = FIELD_SPARSE, .about = "When it learnt that it lost its seat" },
	{ SHAPE_TEXT(device, moved_to_id, "moved_to"), .flags = FIELD_SPARSE, .about = "The device that got its seat" },
	{ SHAPE_TIME(device, created, "activated") },
	{ SHAPE_TIME(device, last_seen, "last_seen"), .about = "To the minute" },
	{ SHAPE_WHOLE(device, generation, "generation", 0, INT64_MAX),
	    .about = "Of its protection data; 0: none yet" },
};
const struct shape subscription_device_shape = { "Device", device_fields, COUNT(device_fields),
	sizeof(struct device) };

static const struct field subscription_fields[] = {
	{ SHAPE_TEXT(subscription_answer, sub.id, "id") },
	{ SHAPE_TEXT(subscription_answer, sub.external_id, "external_id"), .about = "Your own name for it" },
	{ SHAPE_TEXT(subscription_answer, sub.reference, "reference"),
	    .about = "What the subscriber reads out when they call" },
	{ SHAPE_CHOICE(subscription_answer, state, "state", subscription_state_choice, SUBSCRIPTION_STATES) },
	{ SHAPE_CHOICE(subscription_answer, sub.reason, "reason", subscription_reason_choice, ALL_REASONS),
	    .about = "Why it is suspended or cancelled" },
	{ SHAPE_TIME(subscription_answer, sub.since, "since"), .about = "Since when it is in this state" },
	{ SHAPE_WHOLE(subscription_answer, sub.seats, "seats", 1, SEATS_MAX) },
	{ SHAPE_TIME(subscription_answer, sub.paid_until, "paid_until"), .about = "null: open-ended" },
	{ SHAPE_TIME(subscription_answer, sub.grace_until, "protected_until"), .flags = FIELD_SPARSE,
	    .about = "Suspended, but protected until then all the same" },
	{ SHAPE_TIME(subscription_answer, sub.activated, "activated"), .about = "By its first device" },
	{ SHAPE_TEXT(subscription_answer, sub.merged_into, "merged_into"), .flags = FIELD_SPARSE,
	    .about = "The subscription that took it over" },
	{ SHAPE_CHOICE(subscription_answer, sub.said, "provider_says", says_choice, (1 << VERIFY_ANSWERS) - 1),
	    .about = "What your system last said of it, asked or in your inventory" },
	{ SHAPE_TIME(subscription_answer, sub.said_at, "provider_said"), .about = "And when" },
	{ SHAPE_CHOICE(subscription_answer, sub.consent, "consent", consent_choice, (1 << CONSENTS) - 1),
	    .about = "To moving, when you end your service" },
	{ SHAPE_TIME(subscription_answer, sub.created, "created") },
	{ SHAPE_LIST(subscription_answer, devices, "devices", &subscription_device_shape),
	    .flags = FIELD_SPARSE, .about = "Each that has or had a seat" },
	{ SHAPE_TEXT(subscription_answer, activation_code, "activation_code"), .flags = FIELD_SPARSE,
	    .about = "In the answer that makes it, and nowhere else" },
	{ SHAPE_TEXT(subscription_answer, outcome, "outcome"), .flags = FIELD_SPARSE,
	    .about = "Of a change: done; scheduled (dated ahead); overtaken (dated before one that took effect);"
		     " confirmed (it was so already, and has a date)" },
};
const struct shape subscription_shape = { "Subscription", subscription_fields, COUNT(subscription_fields),
	sizeof(struct subscription_answer) };

#define RECIPIENT_FIELDS(needed)                                                                     \
	{ SHAPE_TEXT(recipient, address, "address"), .flags = needed, .about = "A mail address" },     \
	{ SHAPE_TEXT(recipient, name, "name") },                                                       \
	{ SHAPE_TEXT(recipient, language, "language"), .about = "en or de" }

static const struct field recipient_fields[] = { RECIPIENT_FIELDS(0) };
const struct shape subscription_recipient_shape = { "Recipient", recipient_fields, COUNT(recipient_fields),
	sizeof(struct recipient) };
static const struct field recipient_request_fields[] = { RECIPIENT_FIELDS(FIELD_REQUIRED | FIELD_FILLED) };
const struct shape subscription_recipient_request_shape = { "RecipientRequest", recipient_request_fields,
	COUNT(recipient_request_fields), sizeof(struct recipient) };

json_t *
subscription_to_json(const struct subscription *s, int64_t now)
{
	struct subscription_answer a = { .sub = *s, .state = subscription_state_at(s, now) };

	return shape_write(&subscription_shape, &a);
}

static bool
add_device(void *ctx, const struct device *d)
{
	json_array_append_new(ctx, shape_write(&subscription_device_shape, d));
	return true;
}

void
subscription_answer_whole(struct call *c, const struct subscription *s)
{
	subscription_answer_change(c, s, "");
}

void
subscription_answer_change(struct call *c, const struct subscription *s, const char *outcome)
{
	struct subscription_answer a = { .sub = *s, .state = subscription_state_at(s, c->now),
		.devices = json_array() };
	struct store *store = c->web->store;
	enum err e = ERR_NOMEM;

	text_copy(a.outcome, sizeof a.outcome, outcome);
	if (a.devices != NULL)
		e = store->list_devices(store, s->id, add_device, a.devices);
	if (e == ERR_NONE) {
		answer_shape(c, &a);
		return;
	}
	json_decref(a.devices);
	answer_failure(c->request, e, "listing devices");
}

void
subscription_refuse(struct call *c, enum err e, const struct refusal *why, const char *doing)
{
	if (e == ERR_MALFORMED && why != NULL && why->code[0] != '\0')
		answer_problem_with(c->request, 422, why, NULL);
	else
		answer_error(c, e, &(struct answer_error){ .why = why, .missing = "unknown_subscription",
			       .sentence = "You have no subscription with this id.", .doing = doing });
}

bool
subscription_find_own(struct call *c, struct subscription *out)
{
	enum err e = authority_get(c->web->store, &c->principal.provider, c->parameter, out);

	if (e != ERR_NONE)
		subscription_refuse(c, e, NULL, "looking up a subscription");
	return e == ERR_NONE;
}
