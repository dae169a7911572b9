/* prog/web/portal_words.c: see portal_words.h. */
#include "prog/web/portal_words.h"

#include <jansson.h>

#include "base/text.h"
#include "base/timestamp.h"
#include "entitle/reason.h"

/* {MEMBER} stands for that member of the event's detail; {MEMBER@} for it as a moment. */
static const struct {
	const char *kind, *words;
} sentences[] = {
	{ "ordered", "Your subscription was ordered." },
	{ "purchased", "Your subscription was bought." },
	{ "activate", "Your subscription began: its first device was activated." },
	{ "suspend", "Your subscription was suspended{because}." },
	{ "resume", "The suspension was lifted." },
	{ "cancel", "Your subscription was cancelled{because}." },
	{ "reinstate", "Your subscription was taken up again." },
	{ "renew", "Your subscription was renewed." },
	{ "expired", "The time that was paid for was over." },
	{ "terms_changed", "The number of devices or the paid time was changed." },
	{ "seats_changed", "The number of devices changed from {before} to {seats}." },
	{ "merged", "Another subscription was joined with this one." },
	{ "merged_into", "This subscription was joined with another." },
	{ "migrated", "Your subscription moved to another provider." },
	{ "provider_leaving", "The provider announced that its service ends on {at@}." },
	{ "provider_staying", "The provider's service goes on after all." },
	{ "consent", "The question whether to move to another provider was answered." },
	{ "provider_suspended", "The provider's own service was suspended, and with it your subscription." },
	{ "provider_resumed", "The provider's own service goes on." },
	{ "scheduled", "A change was planned for {effective@}." },
	{ "withdrawn", "A change that was planned was called off." },
	{ "code_renewed", "A new activation code was made; the one before opens nothing any more." },
	{ "recipient_changed", "The address for mail was changed." },
	{ "sign_in_link", "A link to sign in was asked for by mail." },
	{ "forget_asked", "Deletion of the data was asked for." },
	{ "grace_ended", "The time for which devices stayed protected all the same was over." },
	{ "benefit_of_doubt", "The provider could not be asked: devices are protected until {until@} all the same." },
	{ "doubt_ended", "That time was over." },
	{ "still_blocked", "The provider was asked, and said that it is not resolved." },
	{ "activated", "{name} was activated." },
	{ "transferred", "The licence moved from {from_name} to {to_name}." },
	{ "transfer_undone", "A move of the licence was undone: from {from_name} back to {to_name}." },
	{ "seat_left", "{name} left for another subscription." },
	{ "seat_released", "{name} was removed." },
	{ "seat_assigned", "{name} got a licence." },
	{ "seat_returned", "A licence was free again, and {name} got it." },
	{ "removal_complete", "{name} has learnt that it has no licence any more." },
	{ "renewed", "A payment renewed it." },
	{ "renewal_failed", "A renewal could not be paid; it is tried again." },
	{ "renewal_ended", "It is not renewed any more." },
	{ "refunded", "A payment was given back." },
	{ "refunded_in_part", "A part of a payment was given back." },
	{ "payment_declined", "A payment did not come through." },
	{ "reminder", "A reminder was sent." },
	{ "purged", "What was known of you was deleted." },
};

static const char *
because_of(const json_t *detail)
{
	const char *code = json_string_value(json_object_get(detail, "reason"));
	enum reason reason = REASON_NONE;

	if (code != NULL)
		reason_from_code(code, &reason);
	switch (reason) {
	case REASON_BILLING:
		return ", because a payment was open";
	case REASON_DISCONTINUED:
		return ", because the service ended";
	case REASON_NOT_ACTIVATED:
		return ", because it was never activated";
	default:
		return "";
	}
}

static void
put_member(const json_t *detail, const char *name, bool moment, struct buf *out)
{
	const json_t *v = json_object_get(detail, name);
	char text[TIMESTAMP_HUMAN_SIZE];

	if (text_equal(name, "because")) {
		buf_put_string(out, because_of(detail));
	} else if (json_is_integer(v) && moment) {
		timestamp_write_human(json_integer_value(v), text);
		buf_put_string(out, text);
	} else if (json_is_integer(v)) {
		buf_printf(out, "%lld", (long long)json_integer_value(v));
	} else if (json_is_string(v) && json_string_length(v) > 0) {
		buf_put_string(out, json_string_value(v));
	} else {
		/* Its detail was forgotten. */
		buf_put_string(out, moment ? "a day that is forgotten" : out->n == 0 ? "A device" : "a device");
	}
}

static void
fill(const char *words, const json_t *detail, struct buf *out)
{
	char name[32];

	while (*words != '\0') {
		size_t n = strcspn(words, "{");

		buf_put(out, bytes_of(words, n));
		words += n;
		if (*words == '\0')
			break;
		n = strcspn(words, "}") - 1;
		if (text_from_bytes(name, sizeof name, bytes_of(words + 1, n)) == ERR_NONE) {
			bool moment = n > 0 && name[n - 1] == '@';

			if (moment)
				name[n - 1] = '\0';
			put_member(detail, name, moment, out);
		}
		words += n + 2;
	}
}

/* Actors are for machines: "provider prv_… key_…", "device dev_…", "person". */
static void
put_actor(const char *actor, const char *provider, struct buf *out)
{
	static const struct {
		const char *begins, *words;
	} known[] = {
		{ "device", "a device" },
		{ "person", "you" },
		{ "checkout", "a payment" },
		{ "payment", "a payment" },
		{ "vendor", "Holdfast's operator" },
	};

	if (strncmp(actor, "provider", 8) == 0 || strncmp(actor, "user ", 5) == 0)
		buf_put_string(out, provider);
	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
		if (strncmp(actor, known[i].begins, strlen(known[i].begins)) == 0)
			buf_put_string(out, known[i].words);
}

bool
portal_words_write(const struct event *e, const char *provider, struct buf *words, struct buf *actor)
{
	for (size_t i = 0; i < sizeof sentences / sizeof sentences[0]; i++) {
		json_t *detail;

		if (!text_equal(sentences[i].kind, e->kind))
			continue;
		detail = json_loads(e->detail, 0, NULL);
		fill(sentences[i].words, detail, words);
		put_actor(e->actor, provider, actor);
		json_decref(detail);
		return words->err == ERR_NONE && actor->err == ERR_NONE;
	}
	return false;
}
