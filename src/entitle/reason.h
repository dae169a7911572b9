/* entitle/reason.h: why a device is not protected as it should be. One list of codes for the API, the
 * window, the portal, the console and the help articles. */
#ifndef HOLDFAST_ENTITLE_REASON_H
#define HOLDFAST_ENTITLE_REASON_H

#include <stdbool.h>

enum reason {
	REASON_NONE = 0,	/* nothing is wrong */
	REASON_NOT_ACTIVATED,	/* this device was never activated */
	REASON_BILLING,		/* the provider suspended it: a payment is open */
	REASON_PROVIDER_REQUEST, /* the provider suspended or cancelled it, for reasons of its own */
	REASON_DISCONTINUED,	/* the service with the provider has ended */
	REASON_TRANSFERRED,	/* the licence moved to another device */
	REASON_REMOVED,		/* the device was removed from the subscription */
	REASON_SEAT_LOST,	/* the subscription has fewer seats than it had */
	REASON_EXPIRED,		/* the paid time is over */
	REASON_UNREACHABLE,	/* the server was not reached for too long */
	REASON_CLOCK,		/* the device's clock is wrong */
	REASON_UPDATE_STALE,	/* no protection data, or old data */
	REASON_PROVIDER_SUSPENDED, /* the provider itself, or one above it, is suspended */
	REASON_COUNT
};

/* The stable code, such as "billing"; "none" for REASON_NONE. */
const char *reason_code(enum reason r);

/* The reverse. False, and *out untouched, for a code that is none. */
bool reason_from_code(const char *code, enum reason *out);

#endif
