/* entitle/event_type.c: see event_type.h. */
#include "entitle/event_type.h"

#include "base/text.h"

static const struct {
	const char *kind, *type;
} types[] = {
	{ "ordered", "subscription.ordered" },
	{ "activate", "subscription.activated" },
	{ "suspend", "subscription.suspended" },
	{ "resume", "subscription.resumed" },
	{ "cancel", "subscription.cancelled" },
	{ "reinstate", "subscription.reinstated" },
	{ "renew", "subscription.renewed" },
	{ "expired", "subscription.expired" },
	{ "scheduled", "subscription.change_scheduled" },
	{ "withdrawn", "subscription.change_withdrawn" },
	{ "dropped", "subscription.change_dropped" },
	{ "overtaken", "subscription.change_overtaken" },
	{ "confirmed", "subscription.change_confirmed" },
	{ "consent", "subscription.consent" },
	{ "terms_changed", "subscription.terms_changed" },
	{ "seats_changed", "subscription.seats_changed" },
	{ "merged", "subscription.merged" },
	{ "migrated", "subscription.migrated" },
	{ "code_renewed", "subscription.code_renewed" },
	{ "provider_leaving", "subscription.provider_leaving" },
	{ "provider_staying", "subscription.provider_staying" },
	{ "consent", "subscription.consent" },
	{ "provider_suspended", "subscription.provider_suspended" },
	{ "provider_resumed", "subscription.provider_resumed" },
	{ "purged", "subscription.purged" },
	{ "drift", "subscription.drift" },
	{ "reminder", "subscription.reminder" },
	{ "grace_ended", "subscription.grace_ended" },
	{ "doubt_ended", "subscription.doubt_ended" },
	{ "benefit_of_doubt", "subscription.benefit_of_doubt" },
	{ "still_blocked", "subscription.still_blocked" },
	{ "activated", "device.activated" },
	{ "transferred", "device.transferred" },
	{ "transfer_undone", "device.transfer_undone" },
	{ "seat_left", "device.left" },
	{ "seat_released", "device.removed" },
	{ "seat_assigned", "device.assigned" },
	{ "seat_returned", "device.returned" },
	{ "removal_complete", "device.removal_complete" },
	{ "purchased", "payment.purchased" },
	{ "renewed", "payment.renewed" },
	{ "renewal_failed", "payment.renewal_failed" },
	{ "renewal_ended", "payment.renewal_ended" },
	{ "refunded", "payment.refunded" },
	{ "refunded_in_part", "payment.refunded_in_part" },
	{ "payment_declined", "payment.declined" },
	{ "endpoint_disabled", "endpoint.disabled" },
	{ "service_suspended", "provider.suspended" },
	{ "service_resumed", "provider.resumed" },
};

const char *
event_type_of(const char *kind)
{
	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
		if (text_equal(types[i].kind, kind))
			return types[i].type;
	return NULL;
}

const char *
event_type_at(size_t i)
{
	return i < sizeof types / sizeof types[0] ? types[i].type : NULL;
}
