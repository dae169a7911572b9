/* daemon/membership.h: what this device may do, and why not: device.json, the lease, trusted time.
 * Owns these three on the disk. Believes a lease only as doc/device-protocol.md says; never talks to
 * anybody. */
#ifndef HOLDFAST_DAEMON_MEMBERSHIP_H
#define HOLDFAST_DAEMON_MEMBERSHIP_H

#include "entitle/condition.h"
#include "prog/daemon/device.h"
#include "prog/daemon/record.h"
#include "prog/daemon/trust.h"

#define LEASE_FILE "lease"

struct membership {
	int dir;			/* the state directory; borrowed */
	const struct trust *trust;	/* borrowed */
	struct record *record;		/* borrowed; its trusted time and lease time are ours */
	bool enrolled, has_lease;
	struct device device;		/* when enrolled */
	struct lease lease;		/* when has_lease; whether it still counts, the condition says */
	char trouble[FAULT_TEXT];	/* what is wrong with the files; empty: nothing */
};

/* The clocks, and the time to go by. */
struct moment {
	int64_t now;		/* trusted time */
	int64_t wall;		/* what the device's clock says */
	bool clock_wrong;
};

/* Load what is there. Damaged or foreign files count as missing and are named in m->trouble, so that
 * nothing is protected by them; so does a lease when ${record} does not know which one was accepted last.
 * ERR_IO and the like: not readable at all just now. */
enum err membership_load(int dir, const struct trust *trust, struct record *record,
    struct membership *out, struct fault *why);
void membership_forget(struct membership *m);

struct moment membership_moment(const struct membership *m);

/* Take up the lease ${text}, the answer to a question that carried ${nonce}: check, learn its time, keep it
 * on the disk. On an error nothing changed. ERR_FORGED: not signed by whom we trust, not for this
 * device, or not an answer to our question. ERR_EXPIRED: older than the time that is known.
 * A disk that takes nothing is no error: the service's word counts, and m->trouble says that it is not
 * kept. */
enum err membership_accept(struct membership *m, const char *text, const char *nonce,
    struct fault *why);

/* Become ${device} with its first lease. Errors as membership_accept, and from the disk. */
enum err membership_enrol(struct membership *m, const struct device *device, const char *text,
    const char *nonce, struct fault *why);

/* The server does not know the device any more: it is as never activated. */
enum err membership_resign(struct membership *m, struct fault *why);

struct condition membership_condition(const struct membership *m, int64_t now);

/* enum feature that may be used at ${now}. */
unsigned membership_features(const struct membership *m, int64_t now);

/* Write the record, its floor of time moved up to now. Logs when that fails: it is no reason to stop. */
void membership_save_record(struct membership *m);

#endif
