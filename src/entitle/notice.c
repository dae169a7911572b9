/* entitle/notice.c: see notice.h and reason.h. The words are reviewed with the help articles. */
#include "entitle/notice.h"

#include <stddef.h>

#include "base/text.h"

static const char *const codes[REASON_COUNT] = {
	[REASON_NONE] = "none",
	[REASON_NOT_ACTIVATED] = "not_activated",
	[REASON_BILLING] = "billing",
	[REASON_PROVIDER_REQUEST] = "provider_request",
	[REASON_DISCONTINUED] = "discontinued",
	[REASON_TRANSFERRED] = "transferred",
	[REASON_REMOVED] = "removed",
	[REASON_SEAT_LOST] = "seat_lost",
	[REASON_EXPIRED] = "expired",
	[REASON_UNREACHABLE] = "unreachable",
	[REASON_CLOCK] = "clock",
	[REASON_UPDATE_STALE] = "update_stale",
};

#define BUY_FIRST { OPTION_PURCHASE, OPTION_CONTACT, OPTION_REACTIVATE }
#define CONTACT_FIRST { OPTION_CONTACT, OPTION_REACTIVATE, OPTION_PURCHASE }
#define REACTIVATE_FIRST { OPTION_REACTIVATE, OPTION_CONTACT, OPTION_PURCHASE }

static const struct notice notices[REASON_COUNT] = {
	[REASON_NONE] = {
		"This device is protected",
		"Your subscription with {provider} is active.",
		"Nobody needs to do anything.",
		"Protection keeps itself up to date.",
		BUY_FIRST, "HF-1000" },
	[REASON_NOT_ACTIVATED] = {
		"This device is not activated yet",
		"No subscription has been activated on this device.",
		"You, with the activation code from your service provider.",
		"Protection starts as soon as you enter the code.",
		CONTACT_FIRST, "HF-1001" },
	[REASON_BILLING] = {
		"Your protection is suspended",
		"{provider} has suspended your subscription because a payment is open.",
		"You and {provider}: settle the payment with them.",
		"Protection returns by itself as soon as {provider} says that it is settled.",
		BUY_FIRST, "HF-1002" },
	[REASON_PROVIDER_REQUEST] = {
		"Your protection is suspended",
		"{provider} has stopped your subscription and gave no further reason.",
		"{provider}: only they can say why and resolve it.",
		"Protection returns by itself as soon as {provider} has resolved it.",
		BUY_FIRST, "HF-1003" },
	[REASON_DISCONTINUED] = {
		"Your subscription is cancelled",
		"Your service with {provider} has ended, and this protection was a part of it.",
		"You: buy the product yourself, or take up the service with {provider} again.",
		"This device stays vulnerable until one of these is done. Your quarantine stays yours.",
		BUY_FIRST, "HF-1004" },
	[REASON_TRANSFERRED] = {
		"The licence has moved to another device",
		"The licence of this device was moved to {device}.",
		"You: move it back, or buy protection for this device too.",
		"This device stays vulnerable until it has a licence of its own.",
		BUY_FIRST, "HF-1005" },
	[REASON_REMOVED] = {
		"This device was removed from the subscription",
		"Somebody with access to your subscription removed this device from it.",
		"You, with your activation code, if a seat is free.",
		"This device stays vulnerable until it is activated again.",
		BUY_FIRST, "HF-1006" },
	[REASON_SEAT_LOST] = {
		"There is no seat left for this device",
		"Your subscription with {provider} now covers fewer devices than it did.",
		"{provider} can add a seat; you can free one by removing another device.",
		"Protection returns by itself when a seat is free.",
		BUY_FIRST, "HF-1007" },
	[REASON_EXPIRED] = {
		"Your subscription has expired",
		"The time that was paid for is over.",
		"You: renew it.",
		"Protection returns by itself when it is renewed.",
		BUY_FIRST, "HF-1008" },
	[REASON_UNREACHABLE] = {
		"Your subscription could not be confirmed",
		"This device has not reached the protection service for too long.",
		"You: connect this device to the internet. If it is connected, the service is down.",
		"Protection returns by itself at the next contact.",
		REACTIVATE_FIRST, "HF-1009" },
	[REASON_CLOCK] = {
		"The clock of this device is wrong",
		"The date and time of this device do not agree with the protection service.",
		"You: set the date and time of this device.",
		"Protection goes by the service's time until then.",
		REACTIVATE_FIRST, "HF-1010" },
	[REASON_UPDATE_STALE] = {
		"The protection data is missing or out of date",
		"No current protection data has arrived on this device.",
		"You: connect this device to the internet. If it is connected, the service is down.",
		"The device keeps trying, and is protected again with the next update.",
		REACTIVATE_FIRST, "HF-1011" },
};

static const struct {
	const char *title, *effect;
} options[OPTION_COUNT] = {
	[OPTION_NONE] = { "", "" },
	[OPTION_PURCHASE] = { "Help me stay protected",
	    "Buy the product for this device; protection starts when it is paid." },
	[OPTION_CONTACT] = { "Contact my service provider",
	    "See how to reach your provider, and the reference to quote." },
	[OPTION_REACTIVATE] = { "Reactivate the service \xe2\x80\x93 I've resolved the issue",
	    "Ask your provider's system now, and be protected at once when it agrees." },
};

const char *
reason_code(enum reason r)
{
	return (unsigned)r < REASON_COUNT ? codes[r] : codes[REASON_NONE];
}

bool
reason_from_code(const char *code, enum reason *out)
{
	for (int r = 0; r < REASON_COUNT; r++) {
		if (!text_equal(codes[r], code))
			continue;
		*out = (enum reason)r;
		return true;
	}
	return false;
}

const char *
option_title(enum option o)
{
	return (unsigned)o < OPTION_COUNT ? options[o].title : "";
}

const char *
option_effect(enum option o)
{
	return (unsigned)o < OPTION_COUNT ? options[o].effect : "";
}

const struct notice *
notice_for(enum reason r)
{
	return &notices[(unsigned)r < REASON_COUNT ? r : REASON_NONE];
}

void
notice_write(const char *text, const char *provider, const char *device, struct buf *out)
{
	static const char provider_mark[] = "{provider}", device_mark[] = "{device}";

	while (*text != '\0') {
		if (strncmp(text, provider_mark, sizeof provider_mark - 1) == 0) {
			buf_put_string(out, provider[0] != '\0' ? provider : "your provider");
			text += sizeof provider_mark - 1;
		} else if (strncmp(text, device_mark, sizeof device_mark - 1) == 0) {
			buf_put_string(out, device[0] != '\0' ? device : "another device");
			text += sizeof device_mark - 1;
		} else {
			buf_u8(out, (uint8_t)*text++);
		}
	}
}
