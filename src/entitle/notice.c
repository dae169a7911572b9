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
	[REASON_PROVIDER_SUSPENDED] = "provider_suspended",
};

/* Marks what is translated where it is shown. */
#define N_(text) text

#define BUY_FIRST { OPTION_PURCHASE, OPTION_CONTACT, OPTION_REACTIVATE }
#define CONTACT_FIRST { OPTION_CONTACT, OPTION_REACTIVATE, OPTION_PURCHASE }
#define REACTIVATE_FIRST { OPTION_REACTIVATE, OPTION_CONTACT, OPTION_PURCHASE }

static const struct notice notices[REASON_COUNT] = {
	[REASON_NONE] = {
		N_("This device is protected"),
		N_("Your subscription with {provider} is active."),
		N_("Nobody needs to do anything."),
		N_("Protection keeps itself up to date."),
		BUY_FIRST, "HF-1000" },
	[REASON_NOT_ACTIVATED] = {
		N_("This device is not activated yet"),
		N_("No subscription has been activated on this device."),
		N_("You, with the activation code from your service provider."),
		N_("Protection starts as soon as you enter the code."),
		CONTACT_FIRST, "HF-1001" },
	[REASON_BILLING] = {
		N_("Your protection is suspended"),
		N_("{provider} has suspended your subscription because a payment is open."),
		N_("You and {provider}: settle the payment with them."),
		N_("Protection returns by itself as soon as {provider} says that it is settled."),
		BUY_FIRST, "HF-1002" },
	[REASON_PROVIDER_REQUEST] = {
		N_("Your protection is suspended"),
		N_("{provider} has stopped your subscription and gave no further reason."),
		N_("{provider}: only they can say why and resolve it."),
		N_("Protection returns by itself as soon as {provider} has resolved it."),
		BUY_FIRST, "HF-1003" },
	[REASON_DISCONTINUED] = {
		N_("Your subscription is cancelled"),
		N_("Your service with {provider} has ended, and this protection was a part of it."),
		N_("You: buy the product yourself, or take up the service with {provider} again."),
		N_("This device stays vulnerable until one of these is done. Your quarantine stays yours."),
		BUY_FIRST, "HF-1004" },
	[REASON_TRANSFERRED] = {
		N_("The licence has moved to another device"),
		N_("The licence of this device was moved to {device}."),
		N_("You: move it back, or buy protection for this device too."),
		N_("This device stays vulnerable until it has a licence of its own."),
		BUY_FIRST, "HF-1005" },
	[REASON_REMOVED] = {
		N_("This device was removed from the subscription"),
		N_("Somebody with access to your subscription removed this device from it."),
		N_("You, with your activation code, if a seat is free."),
		N_("This device stays vulnerable until it is activated again."),
		BUY_FIRST, "HF-1006" },
	[REASON_SEAT_LOST] = {
		N_("There is no seat left for this device"),
		N_("Your subscription with {provider} now covers fewer devices than it did."),
		N_("{provider} can add a seat; you can free one by removing another device."),
		N_("Protection returns by itself when a seat is free."),
		BUY_FIRST, "HF-1007" },
	[REASON_EXPIRED] = {
		N_("Your subscription has expired"),
		N_("The time that was paid for is over."),
		N_("You: renew it."),
		N_("Protection returns by itself when it is renewed."),
		BUY_FIRST, "HF-1008" },
	[REASON_UNREACHABLE] = {
		N_("Your subscription could not be confirmed"),
		N_("This device has not reached the protection service for too long."),
		N_("You: connect this device to the internet. If it is connected, the service is down."),
		N_("Protection returns by itself at the next contact."),
		REACTIVATE_FIRST, "HF-1009" },
	[REASON_CLOCK] = {
		N_("The clock of this device is wrong"),
		N_("The date and time of this device do not agree with the protection service."),
		N_("You: set the date and time of this device."),
		N_("Protection goes by the service's time until then."),
		REACTIVATE_FIRST, "HF-1010" },
	[REASON_UPDATE_STALE] = {
		N_("The protection data is missing or out of date"),
		N_("No current protection data has arrived on this device."),
		N_("You: connect this device to the internet. If it is connected, the service is down."),
		N_("The device keeps trying, and is protected again with the next update."),
		REACTIVATE_FIRST, "HF-1011" },
	[REASON_PROVIDER_SUSPENDED] = {
		N_("The service of your provider is suspended"),
		N_("{provider} cannot offer protection at the moment. Your own subscription is in order."),
		N_("{provider}: only they can resolve it. You have done nothing wrong."),
		N_("Protection returns by itself as soon as {provider} has resolved it."),
		BUY_FIRST, "HF-1012" },
};

static const struct {
	const char *title, *effect;
} options[OPTION_COUNT] = {
	[OPTION_NONE] = { "", "" },
	[OPTION_PURCHASE] = { N_("Help me stay protected"),
	    N_("Buy the product for this device; protection starts when it is paid.") },
	[OPTION_CONTACT] = { N_("Contact my service provider"),
	    N_("See how to reach your provider, and the reference to quote.") },
	[OPTION_REACTIVATE] = { N_("Reactivate the service \xe2\x80\x93 I've resolved the issue"),
	    N_("Ask your provider's system now, and be protected at once when it agrees.") },
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
