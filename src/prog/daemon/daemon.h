/* daemon/daemon.h: the parts of holdfastd, put together. Owns them all, and what is told to whom when
 * the device's condition changes. */
#ifndef HOLDFAST_DAEMON_DAEMON_H
#define HOLDFAST_DAEMON_DAEMON_H

#include <event2/event.h>

#include "pool/pool.h"
#include "prog/daemon/checkins.h"
#include "prog/daemon/databases.h"
#include "prog/daemon/fellows.h"
#include "prog/daemon/history.h"
#include "prog/daemon/preferences.h"
#include "prog/daemon/quarantine.h"
#include "prog/daemon/scans.h"
#include "prog/daemon/updates.h"

struct clients;

struct daemon_options {
	const char *state;	/* the state directory */
	const char *trust;	/* the trust file */
	int64_t update_interval_s;
	unsigned workers;	/* at most, while scanning */
	struct scan_limits limits;	/* of each scan */
};

struct daemon {
	struct event_base *base;
	int dir, lock, updates_dir;
	int trusted_dir;		/* trusted/: the metadata that we vouch by */
	char updater[4096], worker[4096];
	char machine[AGENT_MACHINE_SIZE];
	struct trust trust;
	bool trust_loaded;
	struct record record;
	struct membership membership;
	struct preferences preferences;
	unsigned workers;		/* as the options say */
	struct pool_settings pool;
	struct jobs jobs;
	struct tasks *tasks;
	struct databases *databases;
	struct history *history;
	struct quarantine *quarantine;
	struct checkins *checkins;
	struct fellows *fellows;
	struct updates *updates;
	struct scans *scans;
	struct clients *clients;
	int alarm;		/* when time alone will change the condition */
	struct event *rings;
	struct event *looks;	/* at what was left half done in the quarantine */
};

/* Take up the state directory and begin to listen. ERR_CONFLICT: another daemon has it. */
enum err daemon_open(struct daemon *d, const struct daemon_options *options, struct fault *why);

/* Run until daemon_stop. */
void daemon_run(struct daemon *d);

/* Listen no more, end scans, let what is being sealed or unsealed finish, then leave daemon_run. */
void daemon_stop(struct daemon *d);
void daemon_close(struct daemon *d);

/* The condition, or what it hangs on, may have changed: tell everybody whom it concerns. */
void daemon_reconsider(struct daemon *d);

/* What the user ${uid} is told of the device. */
void daemon_status(struct daemon *d, uint32_t uid, bool owner, struct device_status *out);

/* True when ${feature} may be used now; else *refusal says why not. */
bool daemon_allows(struct daemon *d, enum feature feature, struct reply *refusal);

/* What people set has changed: go by it from now on. */
void daemon_follow_preferences(struct daemon *d);

/* Something may have been left half done in the quarantine: look until nothing is. */
void daemon_look_at_left(struct daemon *d);

int64_t daemon_now(const struct daemon *d);

#endif
